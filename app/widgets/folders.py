"""The folders of this machine, to fill a path field by clicking."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.session import plain, t, tell
from app.widgets.boxes import guarded
from core.models.source import Item
from core.words import size
from core.workbench import connect

SHOWN = 100


def folder_browser(field: str) -> None:
    """A popover with the folders of this machine; a click on a file writes its path into the text field with the key `field`."""
    box = st.popover(t("Browse this machine"), icon=":material/folder_open:", type="tertiary", key=_key(field), on_change="rerun")
    if box.open:
        with box, guarded():
            _folder(field)


def _key(field: str) -> str:
    # A new popover for each pick: the one in which something was picked would stay open.
    return f"folders-{field}-{st.session_state.get(f'picked-{field}', 0)}"


def _folder(field: str) -> None:
    folder, items = connect.folder_of(st.session_state.get(f"at-{field}") or str(st.session_state.get(field) or ""))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"crumbs-{field}"):
        for above in (*reversed(folder.parents), folder)[-6:]:
            label = plain(above.name or str(above))
            st.button(
                label,
                key=f"above-{field}-{above}",
                type="tertiary",
                on_click=_open,
                args=(field, above),
                disabled=above == folder,
            )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            t("Filter"),
            key=f"filter-{field}-{folder}",
            type="search",
            live=True,
            label_visibility="collapsed",
            placeholder=t("Filter"),
        ).casefold()
        st.button(t("Take this folder"), key=f"take-{field}", on_click=_pick, args=(field, str(folder)))
    found = [one for one in items if wanted in Path(one.name).name.casefold()]
    if not found:
        st.caption(t("There is no folder here, and no file of a kind that Assay reads."))
    with st.container(height=320 if len(found) > 8 else "content", border=False, gap=None, key=f"list-{field}"):
        for one in found[:SHOWN]:
            _entry(field, one)
    if len(found) > SHOWN:
        st.caption(t("Showing {n} of {all}; filter to narrow down.", n=SHOWN, all=len(found)))


def _entry(field: str, one: Item) -> None:
    path = Path(one.name)
    inside = one.kind == "folder"
    held = f" :small[{tell(size(one.bytes))}]" if one.bytes is not None else ""
    st.button(
        plain(path.name) + held,
        key=f"entry-{field}-{path}",
        icon=":material/folder:" if inside else ":material/description:",
        type="tertiary",
        on_click=_open if inside else _pick,
        args=(field, path if inside else str(path)),
    )


def _open(field: str, folder: Path) -> None:
    st.session_state[f"at-{field}"] = str(folder)


def _pick(field: str, path: str) -> None:
    st.session_state[field] = path
    st.session_state[f"picked-{field}"] = st.session_state.get(f"picked-{field}", 0) + 1
    st.session_state.pop(f"at-{field}", None)
