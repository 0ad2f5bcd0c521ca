"""A place to drop files: each is streamed to the server's disk with progress, whatever its size."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.session import open_workbench, t
from app.uploads import safe_name
from core.workbench import connect

_HTML = '<div class="drop" tabindex="0" role="button"><div class="title"></div><div class="hint"></div><input type="file" multiple hidden><ul></ul></div>'
_CSS = """
.drop{border:1.5px dashed var(--st-border-color);border-radius:var(--st-base-radius);padding:1.1rem 1rem;text-align:center;cursor:pointer;
  color:var(--st-text-color);font-family:var(--st-font);background:var(--st-secondary-background-color)}
.drop:focus-visible,.drop.over{outline:2px solid var(--st-primary-color);border-color:var(--st-primary-color)}
.title{font-weight:600}.hint{opacity:.7;font-size:.88rem;margin-top:.2rem}
ul{list-style:none;margin:.5rem 0 0;padding:0;text-align:left;font-size:.88rem}
li{margin:.25rem 0}li.bad{color:#dc2626}
.bar{height:5px;border-radius:3px;background:var(--st-border-color);overflow:hidden}.bar i{display:block;height:100%;background:var(--st-primary-color);width:0}
"""
_JS = """
export default function(c){
  const {data,parentElement,setTriggerValue}=c;
  const box=parentElement.querySelector('.drop'),input=box.querySelector('input'),list=box.querySelector('ul');
  box.querySelector('.title').textContent=data.title; box.querySelector('.hint').textContent=data.hint;
  const send=(file)=>new Promise(done=>{
    const item=document.createElement('li'),name=document.createElement('div'),bar=document.createElement('div'),fill=document.createElement('i');
    name.textContent=file.name; bar.className='bar'; bar.appendChild(fill); item.append(name,bar); list.appendChild(item);
    const ask=new XMLHttpRequest(); ask.open('PUT',data.url+encodeURIComponent(file.name));
    const fail=why=>{item.className='bad';name.textContent=file.name+': '+(why==='disk'?data.full:data.failed);done(null)};
    ask.upload.onprogress=e=>{if(e.lengthComputable)fill.style.width=(100*e.loaded/e.total)+'%'};
    ask.onload=()=>{let said={};try{said=JSON.parse(ask.responseText)}catch(e){said={error:'?'}}
      if(ask.status===200){fill.style.width='100%';done(file.name)}else fail(said.error)};
    ask.onerror=()=>fail('network'); ask.send(file)});
  input.multiple=data.many;
  const take=async files=>{if(!data.many)files=files.slice(0,1);if(!files.length||box.dataset.busy)return;box.dataset.busy='1';list.textContent='';
    const names=[];for(const f of files){const n=await send(f);if(n)names.push(n)}
    delete box.dataset.busy; if(names.length)setTriggerValue('uploaded',names)};
  box.onclick=e=>{if(e.target!==input)input.click()};
  box.onkeydown=e=>{if(e.key==='Enter'||e.key===' '){e.preventDefault();input.click()}};
  input.onchange=()=>{take([...input.files]);input.value=''};
  box.ondragover=e=>{e.preventDefault();box.classList.add('over')};
  box.ondragleave=()=>box.classList.remove('over');
  box.ondrop=e=>{e.preventDefault();box.classList.remove('over');take([...e.dataTransfer.files])};
}
"""
_component = st.components.v2.component("assay_uploader", html=_HTML, css=_CSS, js=_JS)


def uploader(project: str, kind: str = "") -> tuple[Path, ...]:
    """The files that have just arrived, once. With a `kind`, one file for the form of that kind below."""
    many = t("CSV, Parquet, JSON, XML or Excel, plain or gzip, any size. Several files become several tables.")
    data = {
        "url": f"/upload/{project}/",
        "many": not kind,
        "title": t("Drop a file here, or click to choose") if kind else t("Drop files here, or click to choose"),
        "hint": t("Its path comes into the form below; nothing is loaded yet.") if kind else many,
        "full": t("the disk of the workspace is full"),
        "failed": t("the upload broke off; try again"),
    }
    arrived = _component(key=f"uploader-{project}-{kind}", data=data, on_uploaded_change=lambda: None, height="content").uploaded
    folder = connect.upload_folder(open_workbench(), project)
    return tuple(folder / safe_name(name) for name in arrived or ())
