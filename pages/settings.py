"""Settings: language, projects, saved connections, prices."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, choose, flash, leave, open_workbench, plain, project, t, tn
from app.widgets.prices import prices
from core.models.project import Project
from core.workbench import connect

# Deleted projects that are listed at once.
SHOWN = 5


def main() -> None:
    st.title(t("Settings"))
    _language()
    here = project()
    if here is not None:
        _project(here)
    _gone()
    _connections()
    prices()


def _language() -> None:
    wb = open_workbench()
    names = {"": t("As the browser says"), "en": "English", "ru": "Русский"}
    options = list(names)
    st.subheader(t("Language"))
    st.segmented_control(
        t("Language"),
        options,
        default=wb.language or "",
        required=True,
        key="language",
        format_func=names.get,
        on_change=_set_language,
        label_visibility="collapsed",
    )
    st.caption(t("Light and dark follow the system or the browser."))


def _set_language() -> None:
    open_workbench().language = st.session_state["language"] or None


def _project(here: Project) -> None:
    wb = open_workbench()
    st.subheader(t("Project {name}", name=plain(here.name)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(t("Name"), here.name, key=f"rename-{here.id}", max_chars=80)
        st.button(t("Rename"), disabled=name.strip() == here.name, on_click=attempt, args=(wb.rename_project, here.id, name))
        st.button(t("Delete the project"), key="delete-project", on_click=_delete, args=(here,))


def _delete(here: Project) -> None:
    attempt(open_workbench().delete_project, here.id)
    flash(t("The project {name} was deleted.", name=plain(here.name)), ":material/delete:")
    leave()


def _gone() -> None:
    """Every deleted project, with the way back."""
    gone = open_workbench().removed_projects()
    if not gone:
        return
    st.subheader(t("Deleted projects"))
    for one in gone[:SHOWN]:
        _way_back(one)
    if gone[SHOWN:]:
        with st.expander(tn("{n} deleted earlier", "{n} deleted earlier", n=len(gone) - SHOWN)):
            for one in gone[SHOWN:]:
                _way_back(one)


def _way_back(gone: Project) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("**{name}**, made {day}", name=plain(gone.name), day=f"{gone.created:%Y-%m-%d %H:%M}"), width="content")
        st.button(t("Bring back"), key=f"undelete-{gone.id}", on_click=_restore, args=(gone.id,))


def _restore(identity: str) -> None:
    attempt(open_workbench().restore_project, identity)
    choose(identity)


def _connections() -> None:
    wb = open_workbench()
    st.subheader(t("Saved connections"))
    saved = connect.connections(wb)
    if not saved:
        st.caption(t("None yet. The Connect step saves one when you load tables from a server."))
    for one in saved:
        with st.container(horizontal=True, vertical_alignment="center"):
            where = " · ".join(f"{name} {value}" for name, value in one.settings)
            st.markdown(f"**{plain(one.name)}** ({plain(one.kind)}) {plain(where)}")
            st.button(
                t("Forget"),
                key=f"forget-{one.id}",
                on_click=attempt,
                args=(connect.forget_connection, wb, one.id),
                help=t("Tables that were loaded through it stay. Its password is deleted."),
            )


main()
