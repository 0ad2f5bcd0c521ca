"""The graph editor: drag a node, draw a connection from its port, click to select, Delete to remove; keyboard too.

The true graph is in the store. The component draws what it is given and says what the person did to which nodes, never what the graph is
now: an action on a picture that is a moment old still does what was meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.session import t

COLORS = {
    "source": "#64748b",
    "filter": "#d97706",
    "derive": "#0891b2",
    "join": "#9333ea",
    "aggregate": "#0d9488",
    "window": "#65a30d",
    "sort": "#2563eb",
    "sink": "#dc2626",
}
INPUTS = {"source": 0, "join": 2}

_HTML = '<div class="frame" role="group"><svg></svg></div><div class="hint"></div>'
_CSS = """
.frame{overflow:auto;border:1px solid var(--st-border-color);border-radius:var(--st-base-radius);background:var(--st-background-color);
  background-image:radial-gradient(var(--st-border-color) 1px,transparent 1px);background-size:22px 22px;max-height:460px}
svg{display:block;font-family:var(--st-font);touch-action:none}
.node{cursor:grab;outline:none}
.node .box{fill:var(--st-secondary-background-color);stroke:var(--st-border-color);stroke-width:1.4}
.node:focus-visible .box{stroke:var(--st-primary-color);stroke-dasharray:4 3}
.node.sel .box{stroke:var(--st-primary-color);stroke-width:2.5}
.node.bad .box{stroke:#dc2626;stroke-width:2}
.node text{fill:var(--st-text-color);pointer-events:none}
.node .name{font-size:13.5px;font-weight:600}.node .sub{font-size:11.5px;opacity:.72}
.port{fill:var(--st-primary-color);stroke:var(--st-background-color);stroke-width:1.5;cursor:crosshair}
.edge{fill:none;stroke:var(--st-text-color);stroke-opacity:.4;stroke-width:2;pointer-events:none}
.edge.sel{stroke:var(--st-primary-color);stroke-opacity:1;stroke-width:3}
.hit{fill:none;stroke:transparent;stroke-width:14;cursor:pointer}
.hint{font-family:var(--st-font);font-size:.82rem;opacity:.68;color:var(--st-text-color);margin-top:.3rem}
"""
_JS = """
const W=164,H=52,NS='http://www.w3.org/2000/svg';
const make=(tag,attributes,parent)=>{const e=document.createElementNS(NS,tag);for(const k in attributes)e.setAttribute(k,attributes[k]);if(parent)parent.appendChild(e);return e};
const cut=(s,n)=>s.length>n?s.slice(0,n-1)+'…':s;
const curve=(x1,y1,x2,y2)=>{const d=Math.max(40,Math.abs(x2-x1)/2);return `M${x1} ${y1}C${x1+d} ${y1} ${x2-d} ${y2} ${x2} ${y2}`};
export default function(c){
  const {data,parentElement,setTriggerValue}=c;
  const frame=parentElement.querySelector('.frame'),svg=frame.querySelector('svg');
  parentElement.querySelector('.hint').textContent=data.hint;
  frame.setAttribute('aria-label',data.label);
  const focused=frame.getRootNode().activeElement?.dataset?.id;
  svg.replaceChildren();
  const nodes=data.nodes.map(n=>({...n})),by=Object.fromEntries(nodes.map(n=>[n.id,n]));
  let picked=frame.__edge&&frame.__rev===data.rev?frame.__edge:null; frame.__rev=data.rev;
  const say=action=>setTriggerValue('action',action);
  const fit=()=>{const room=frame.clientWidth-2,w=Math.max(room,...nodes.map(n=>n.x+W+30)),h=Math.max(240,...nodes.map(n=>n.y+H+40)),k=Math.max(.6,Math.min(1,room/w));
    svg.setAttribute('viewBox',`0 0 ${w} ${h}`);svg.setAttribute('width',w*k);svg.setAttribute('height',h*k)};
  const at=e=>new DOMPoint(e.clientX,e.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const reaches=(from,to)=>from===to||data.edges.some(([a,b])=>a===from&&reaches(b,to));
  const defs=make('defs',{},svg),tip=make('marker',{id:'tip',viewBox:'0 0 8 8',refX:7,refY:4,markerWidth:6,markerHeight:6,orient:'auto'},defs);
  make('path',{d:'M0 0L8 4L0 8z',fill:'var(--st-text-color)','fill-opacity':.55},tip);
  const wires=make('g',{},svg),boxes=make('g',{},svg);
  const wire=()=>{wires.replaceChildren();for(const [a,b] of data.edges){const A=by[a],B=by[b],id=a+'\\u0000'+b,d=curve(A.x+W,A.y+H/2,B.x-3,B.y+H/2);
    const line=make('path',{class:'edge'+(picked===id?' sel':''),d,'marker-end':'url(#tip)'},wires),hit=make('path',{class:'hit',d},wires);
    hit.onclick=()=>{picked=frame.__edge=picked===id?null:id;wire();frame.focus({preventScroll:true})}}};
  frame.tabIndex=-1;
  frame.onkeydown=e=>{if((e.key==='Delete'||e.key==='Backspace')&&picked){const [a,b]=picked.split('\\u0000');picked=frame.__edge=null;say({do:'disconnect',from:a,to:b});e.preventDefault()}};
  for(const n of nodes){
    const g=make('g',{class:'node'+(n.id===data.selected?' sel':'')+(n.problem?' bad':''),transform:`translate(${n.x},${n.y})`,tabindex:0,role:'button','aria-label':n.kind+' '+n.id+' '+n.sub,'data-id':n.id},boxes);
    const full=make('title',{},g);full.textContent=n.problem||n.id;
    make('rect',{class:'box',width:W,height:H,rx:8},g);make('rect',{width:6,height:H,rx:3,fill:n.color},g);
    make('text',{class:'name',x:16,y:22},g).textContent=cut(n.id,18);
    make('text',{class:'sub',x:16,y:40},g).textContent=cut((n.problem?'⚠ ':'')+n.kind+(n.sub?' · '+n.sub:''),24);
    g.onpointerdown=e=>{if(e.button)return;const from=at(e),ox=n.x,oy=n.y;let moved=false;g.setPointerCapture(e.pointerId);
      g.onpointermove=m=>{const p=at(m);if(Math.hypot(p.x-from.x,p.y-from.y)<4&&!moved)return;moved=true;n.x=Math.max(0,ox+p.x-from.x);n.y=Math.max(0,oy+p.y-from.y);g.setAttribute('transform',`translate(${n.x},${n.y})`);wire()};
      g.onpointerup=()=>{g.onpointermove=g.onpointerup=null;fit();say(moved?{do:'move',id:n.id,x:n.x,y:n.y}:{do:'select',id:n.id})}};
    g.onkeydown=e=>{const step={ArrowLeft:[-20,0],ArrowRight:[20,0],ArrowUp:[0,-20],ArrowDown:[0,20]}[e.key];
      if(e.key==='Enter'||e.key===' '){say({do:'select',id:n.id});e.preventDefault()}
      else if(e.key==='Delete'||e.key==='Backspace'){say({do:'remove',id:n.id});e.preventDefault();e.stopPropagation()}
      else if(step){say({do:'move',id:n.id,x:n.x+step[0],y:n.y+step[1]});e.preventDefault()}};
    if(!n.out)continue;
    const port=make('circle',{class:'port',cx:W,cy:H/2,r:6.5},g);
    port.onpointerdown=e=>{e.stopPropagation();port.setPointerCapture(e.pointerId);const line=make('path',{class:'edge sel'},wires);
      port.onpointermove=m=>{const p=at(m);line.setAttribute('d',curve(n.x+W,n.y+H/2,p.x,p.y))};
      port.onpointerup=m=>{port.onpointermove=port.onpointerup=null;line.remove();const p=at(m),to=nodes.find(k=>p.x>=k.x-12&&p.x<=k.x+W&&p.y>=k.y-8&&p.y<=k.y+H+8);
        if(to&&to.id!==n.id&&to.ins>0&&!reaches(to.id,n.id)&&!data.edges.some(([a,b])=>a===n.id&&b===to.id))say({do:'connect',from:n.id,to:to.id})}};
  }
  wire();fit();
  const chosen=by[data.selected];
  if(chosen&&frame.__seen!==data.selected){frame.__seen=data.selected;const k=svg.getScreenCTM().a,left=chosen.x*k,right=(chosen.x+W)*k;
    if(right>frame.scrollLeft+frame.clientWidth||left<frame.scrollLeft)frame.scrollLeft=Math.max(0,(left+right-frame.clientWidth)/2)}
  if(focused)boxes.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({preventScroll:true});
}
"""
_component = st.components.v2.component("assay_graph", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node as it is drawn: `sub` is a word on its columns, `problem` is empty where it is sound."""

    id: str
    step: str
    kind: str
    place: tuple[float, float]
    sub: str
    problem: str


def graph(
    nodes: tuple[Drawn, ...], edges: tuple[tuple[str, str], ...], revision: int, selected: str, key: str
) -> dict[str, Any] | None:
    """Draw the graph; returns what the person has just done (`do` and its arguments), once, or None."""
    data = {
        "rev": revision,
        "selected": selected,
        "nodes": [_node(one) for one in nodes],
        "edges": [list(edge) for edge in edges],
        "label": t("Graph of the pipeline"),
        "hint": t(
            "Click a step to edit it. Drag from its blue dot to another step to connect them. Delete removes what is selected."
        ),
    }
    action = _component(key=key, data=data, on_action_change=lambda: None, height="content").action
    return dict(action) if action else None


def _node(one: Drawn) -> dict[str, Any]:
    x, y = one.place
    return {
        "id": one.id,
        "kind": one.kind,
        "sub": one.sub,
        "problem": one.problem,
        "x": x,
        "y": y,
        "color": COLORS[one.step],
        "ins": INPUTS.get(one.step, 1),
        "out": one.step != "sink",
    }
