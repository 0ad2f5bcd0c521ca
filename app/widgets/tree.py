"""What is in a source, a level at a time: schemas, buckets and folders are opened, tables and files are picked."""

from __future__ import annotations

import streamlit as st

from app.session import open_workbench, plain, t, tell
from app.waiting import forget, waited
from core.models.source import Item, Kind, Settings
from core.words import msg, size
from core.workbench import Workbench, connect

SHOWN = 2000
PLACES = 60
OPENED = ("schema", "folder", "bucket")


def begin(kind: str) -> None:
    """Look at a source from its top."""
    st.session_state[f"tree-{kind}"] = ()
    forget(f"tree-{kind}")


def pick(kind: Kind, settings: Settings) -> list[Item] | None:
    """Draw the level that is open, with the way back up; returns what is picked there, None while it is not known what is there.

    Raises what browsing raises.
    """
    path = st.session_state.get(f"tree-{kind.name}", ())
    found = waited(f"tree-{kind.name}", t("Looking…"), _looked, open_workbench(), kind.name, settings, path)
    if found is None:
        return None
    path, items = found
    _way_up(kind, path)
    if not items:
        st.info(t("There is nothing to load here: no table or file that this user may read."))
        return []
    # A new search box for a new level: what was sought above is not sought below.
    level = "/".join(path)
    wanted = (
        st.text_input(t("Filter"), key=f"search-{kind.name}-{level}", type="search", live=True, width=420).casefold()
        if len(items) > 10
        else ""
    )
    fitting = [item for item in items if wanted in item.name.casefold()]
    if not fitting:
        st.caption(t("Nothing here has this in its name."))
    _inner(kind.name, [item for item in fitting if item.kind in OPENED])
    leaves = [item for item in fitting if item.kind not in OPENED]
    return _grid(f"{kind.name}-{level}-{wanted}", leaves) if leaves else []


def _looked(wb: Workbench, kind: str, settings: Settings, path: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Item, ...]]:
    """What is in a place; where that is nothing but one place more, what is in that."""
    items = connect.browse(wb, kind, settings, path)
    while len(items) == 1 and items[0].kind in OPENED:
        path = items[0].path
        items = connect.browse(wb, kind, settings, path)
    return path, items


def _open(kind: str, path: tuple[str, ...]) -> None:
    st.session_state[f"tree-{kind}"] = path
    forget(f"tree-{kind}")


def _way_up(kind: Kind, path: tuple[str, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"way-{kind.name}"):
        for depth in range(len(path) + 1):
            label = plain(path[depth - 1]) if depth else tell(kind.label)
            if depth:
                st.caption("›", width="content")
            last = depth == len(path)
            st.button(
                f"**{label}**" if last else label,
                key=f"up-{kind.name}-{depth}",
                type="tertiary",
                disabled=last,
                on_click=_open,
                args=(kind.name, path[:depth]),
            )
        st.button(
            "",
            icon=":material/refresh:",
            key=f"refresh-{kind.name}",
            type="tertiary",
            help=t("Look again"),
            on_click=_open,
            args=(kind.name, path),
        )


def _inner(kind: str, places: list[Item]) -> None:
    """The places one level down, each a button that opens it."""
    _of_many(len(places), PLACES)
    with st.container(horizontal=True, gap="small"):
        for one in places[:PLACES]:
            icon = ":material/database:" if one.kind == "schema" else ":material/folder:"
            held = " · ".join(part for part in (_count(one), tell(size(one.bytes)) if one.bytes else "") if part)
            st.button(
                plain(one.name) + (f" :small[{held}]" if held else ""),
                key=f"in-{kind}-{'/'.join(one.path)}",
                icon=icon,
                on_click=_open,
                args=(kind, one.path),
                width="content",
            )


def _grid(key: str, items: list[Item]) -> list[Item]:
    """What can be picked; returns what is."""
    _of_many(len(items), SHOWN)
    shown = items[:SHOWN]
    every = len(shown) > 1 and st.checkbox(t("Select all {n}", n=len(shown)), key=f"all-{key}")
    words = {"table": t("table"), "view": t("view"), "file": t("file"), "topic": t("topic")}
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
        height=min(38 + 35 * len(lines), 320),
        selection_default={"selection": {"rows": [0] if len(shown) == 1 else []}},
    ).selection.rows
    return shown if every else [shown[number] for number in picked if number < len(shown)]


def _of_many(count: int, shown: int) -> None:
    if count > shown:
        st.caption(tell(msg("Showing {n} of {all}; filter to narrow down.", n=shown, all=count)))


def _count(item: Item) -> str:
    if item.rows is None:
        return ""
    return tell(msg("{n}", n=item.rows) if item.rows_exact else msg("about {n}", n=item.rows))
