"""The sidebar: which project, how far it is, what runs."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, choose, flash, open_workbench, plain, t, tn
from core.models.project import Project
from core.words import size
from core.workbench import STEPS, connect


def sidebar(project: Project | None, done: dict[str, bool], pages: list[st.Page]) -> None:
    """The project and how far it is, and the links to the pages that are no step of the journey."""
    with st.sidebar:
        st.markdown(f"**{t('Project')}**")
        _chooser(project)
        if project is not None:
            _state(project, done)
        st.divider()
        st.caption(t("This machine"))
        for page in pages:
            st.page_link(page)


def _chooser(project: Project | None) -> None:
    known = {one.id: one.name for one in open_workbench().projects()}
    left, right = st.columns([3, 1], gap="small", vertical_alignment="bottom")
    if project is None:
        left.caption(t("None yet"))
    else:
        st.session_state["project-box"] = project.id
        left.selectbox(
            t("Project"), list(known), key="project-box", format_func=known.get, label_visibility="collapsed", on_change=_chosen
        )
    # A new popover for a new number of projects: the one that made the last of them would stay open.
    with right.popover("", icon=":material/add:", help=t("New project"), key=f"new-project-of-{len(known)}"):
        with st.form("new-project", border=False):
            st.text_input(t("Name of the new project"), key="new-project-name", max_chars=80)
            st.form_submit_button(t("Create"), type="primary", on_click=_create)


def _create() -> None:
    """Make the project and choose it; a name that cannot be stays in its field."""
    made = attempt(open_workbench().create_project, st.session_state["new-project-name"])
    if made is not None:
        st.session_state["new-project-name"] = ""
        choose(made.id)
        flash(t("Project {name} is ready.", name=plain(made.name)))


def _chosen() -> None:
    choose(st.session_state["project-box"])


def _state(project: Project, done: dict[str, bool]) -> None:
    tables = [table for table in connect.tables(open_workbench(), project.id) if table.landed]
    if tables:
        rows, held = sum(table.landed.rows for table in tables), sum(table.landed.bytes for table in tables)
        st.caption(f"{tn('{n} table', '{n} tables', n=len(tables))} · {tn('{n} row', '{n} rows', n=rows)} · {plain(size(held))}")
    finished = sum(done.values())
    st.progress(finished / len(STEPS), text=t("{n} of {all} steps done", n=finished, all=len(STEPS)))
    active = open_workbench().jobs(project.id, active=True)
    if active:
        st.caption(":material/hourglass_top: " + tn("{n} job is running", "{n} jobs are running", n=len(active)))
