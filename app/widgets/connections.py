"""Saved connections: use, test, rename, forget and bring back; what came from each."""

from __future__ import annotations

import streamlit as st

from app.session import attempt_at, flash, open_workbench, plain, t, tell, tn
from app.waiting import forget, waited
from app.widgets import gallery
from app.widgets.boxes import errors_at, guarded
from app.widgets.source_form import checks
from core.models.project import Connection
from core.models.source import Kind
from core.workbench import Workbench, connect


def saved_connections(kinds: tuple[Kind, ...]) -> None:
    """The list, where there is any, and the one forgotten last."""
    wb = open_workbench()
    known = {kind.name: kind for kind in kinds}
    saved = connect.connections(wb)
    if saved:
        st.caption(f"**{t('Saved connections')}**")
    for one in saved:
        with st.container(border=True, key=f"connection-{one.id}"):
            _line(wb, one, known.get(one.kind))
    errors_at("connection")
    gone = connect.forgotten_connections(wb)
    if gone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("Forgotten: {name}", name=plain(gone[0].name)), width="content")
            st.button(t("Undo"), key=f"remember-{gone[0].id}", on_click=_remember, args=(gone[0],))


def _line(wb: Workbench, one: Connection, kind: Kind | None) -> None:
    tables = connect.tables_through(wb, one.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        label = tell(kind.label) if kind else one.kind
        st.markdown(f"**{plain(one.name)}** · {plain(label)} {plain(where(one))}", width="stretch")
        if tables:
            with st.popover(tn("{n} table", "{n} tables", n=len(tables)), type="tertiary", key=f"from-{one.id}"):
                for project, table in tables:
                    st.markdown(f"{plain(project.name)} · **{plain(table.name)}** · {plain('/'.join(table.source.path))}")
        if kind is not None and kind.missing is None:
            st.button(t("Open"), key=f"use-{one.id}", on_click=use, args=(one,))
            st.button(t("Test"), key=f"test-{one.id}", on_click=_test, args=(one.id,))
        with st.popover(t("Change"), key=f"more-{one.id}"):
            name = st.text_input(t("Name"), one.name, key=f"connection-name-{one.id}", max_chars=80)
            st.button(
                t("Rename"),
                key=f"connection-rename-{one.id}",
                disabled=name.strip() == one.name,
                on_click=attempt_at,
                args=("connection", connect.rename_connection, wb, one.id, name),
            )
            st.button(
                t("Forget"),
                key=f"forget-{one.id}",
                on_click=_forget,
                args=(one,),
                help=t("Tables that were loaded through it stay. Its password is deleted."),
            )
    if st.session_state.get("connection-tested") == one.id:
        with guarded():
            found = waited(f"test-{one.id}", t("Testing…"), _checked, wb, one.id)
            if found is not None:
                checks(found)


def where(one: Connection) -> str:
    """Where a connection leads, in short."""
    settings = dict(one.settings)
    place = settings.get("endpoint") or settings.get("folder") or settings.get("host") or settings.get("servers") or ""
    return " · ".join(str(part) for part in (place, settings.get("database"), settings.get("user")) if part)


def _checked(wb: Workbench, connection: str):
    kind = wb.store.connections.get(connection).kind
    return connect.check(wb, kind, connect.settings_of(wb, connection))


def use(one: Connection) -> None:
    """Open the form of the kind with this connection."""
    gallery.choose(one.kind)
    st.session_state[f"saved-{one.kind}"] = one.id


def _test(connection: str) -> None:
    st.session_state["connection-tested"] = connection
    forget(f"test-{connection}")


def _forget(one: Connection) -> None:
    attempt_at("connection", connect.forget_connection, open_workbench(), one.id)
    flash(t("Forgotten: {name}", name=plain(one.name)), ":material/delete:")


def _remember(one: Connection) -> None:
    if attempt_at("connection", connect.restore_connection, open_workbench(), one.id) is False:
        flash(
            t("{name} is back, but its password was deleted: open it and enter the password again.", name=plain(one.name)),
            ":material/key:",
        )
