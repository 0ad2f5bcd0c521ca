"""What is in a source, a level at a time: schemas, buckets and folders are opened, tables and files are picked."""

from __future__ import annotations

import streamlit as st

from app.session import open_workbench, plain, t, tell
from core.models.source import Item, Kind, Settings
from core.words import msg, size
from core.workbench import connect

SHOWN = 200
OPENED = ("schema", "folder", "bucket")


def begin(kind: str) -> None:
    """Look at a source from its top."""
    st.session_state[f"tree-{kind}"] = ((), None)


def pick(kind: Kind, settings: Settings) -> list[Item]:
    """Draw the level that is open, with the way back up; returns what is picked there. Raises what browsing raises."""
    path, items = st.session_state.get(f"tree-{kind.name}", ((), None))
    if items is None:
        path, items = _looked(kind.name, settings, path)
        st.session_state[f"tree-{kind.name}"] = (path, items)
    _way_up(kind, path)
    if not items:
        st.info(t("There is nothing to load here: no table or file that this user may read."))
        return []
    # A new search box for a new level: what was sought above is not sought below.
    level = "/".join(path)
    wanted = st.text_input(t("Search"), key=f"search-{kind.name}-{level}").casefold() if len(items) > 10 else ""
    found = [item for item in items if wanted in item.name.casefold()]
    _inner(kind.name, [item for item in found if item.kind in OPENED])
    leaves = [item for item in found if item.kind not in OPENED]
    return _grid(f"{kind.name}-{level}-{wanted}", leaves) if leaves else []


def _looked(kind: str, settings: Settings, path: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Item, ...]]:
    """What is in a place; where that is nothing but one place more, what is in that."""
    with st.spinner(t("Looking…")):
        items = connect.browse(open_workbench(), kind, settings, path)
        while len(items) == 1 and items[0].kind in OPENED:
            path = items[0].path
            items = connect.browse(open_workbench(), kind, settings, path)
    return path, items


def _open(kind: str, path: tuple[str, ...]) -> None:
    st.session_state[f"tree-{kind}"] = (path, None)


def _way_up(kind: Kind, path: tuple[str, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"way-{kind.name}"):
        for depth in range(len(path) + 1):
            label = plain(path[depth - 1]) if depth else tell(kind.label)
            last = depth == len(path)
            st.button(
                label,
                key=f"up-{kind.name}-{depth}",
                type="tertiary",
                disabled=last,
                on_click=_open,
                args=(kind.name, path[:depth]),
            )


def _inner(kind: str, places: list[Item]) -> None:
    """The places one level down, each a button that opens it."""
    _of_many(len(places))
    with st.container(horizontal=True, gap="small"):
        for one in places[:SHOWN]:
            icon = ":material/database:" if one.kind == "schema" else ":material/folder:"
            st.button(
                plain(one.name),
                key=f"in-{kind}-{'/'.join(one.path)}",
                icon=icon,
                on_click=_open,
                args=(kind, one.path),
                width="content",
            )


def _grid(key: str, items: list[Item]) -> list[Item]:
    """What can be picked; returns what is."""
    _of_many(len(items))
    shown = items[:SHOWN]
    words = {"table": t("table"), "view": t("view"), "file": t("file")}
    head = (t("Name"), t("Kind"), t("Rows"), t("Size"))
    lines = [
        dict(
            zip(
                head,
                (one.name, words.get(one.kind, one.kind), _count(one), tell(size(one.bytes)) if one.bytes else ""),
                strict=True,
            )
        )
        for one in shown
    ]
    picked = st.dataframe(
        lines,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"pick-{key}",
        selection_default={"selection": {"rows": [0] if len(shown) == 1 else []}},
    ).selection.rows
    return [shown[number] for number in picked if number < len(shown)]


def _of_many(count: int) -> None:
    if count > SHOWN:
        st.caption(tell(msg("Showing {n} of {all}; search to narrow down.", n=SHOWN, all=count)))


def _count(item: Item) -> str:
    if item.rows is None:
        return ""
    return tell(msg("{n}", n=item.rows) if item.rows_exact else msg("about {n}", n=item.rows))
