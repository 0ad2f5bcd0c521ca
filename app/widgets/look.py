"""The first rows of a source before it is loaded, page by page, with its types, how it was read, and a way to read it otherwise."""

from __future__ import annotations

import json

import streamlit as st

from app.session import open_workbench, plain, t, tell, tn
from app.waiting import waited
from app.widgets.boxes import error_box
from app.widgets.reading import reading_names, reading_of, words
from app.widgets.rows import PAGE, rows
from app.widgets.source_form import options_now
from core.errors import AssayError
from core.models.source import Kind, Settings, Source
from core.workbench import connect

FIRST, MOST = 200, 10_000
_STYLE = """<style>
[class*="st-key-grid-options-"]{display:grid!important;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));gap:.5rem .8rem}
[class*="st-key-grid-options-"]>div{width:100%!important}
@media(max-width:1100px){.st-key-look [data-testid="stHorizontalBlock"]:has(>[data-testid="stColumn"]){flex-wrap:wrap}
.st-key-look [data-testid="stColumn"]{min-width:100%!important}}
</style>"""


def look(kind: Kind, source: Source, settings: Settings, key: str) -> Settings | None:
    """Draw the first rows of a source. Returns what the person says of how its file is read; None where it cannot be read so.

    Raises nothing: an error is drawn where the rows would be, beside the options that may mend it.
    """
    st.html(_STYLE)
    options = tuple(field for field in kind.fields if field.name != "path") if "files" in kind.capabilities else ()
    with st.container(key="look", border=True):
        left, right = st.columns([5, 2], gap="medium")
        with right:
            said = _options(options, key) if options else {}
        with left:
            sight = _rows(source, settings, said, key)
        with right:
            if sight is not None:
                _read(sight.look)
    return said if sight is not None else None


def _options(options, key: str) -> Settings:
    st.markdown(
        f"**{t('How to read it')}**", help=t("Change one, and the rows are read anew. What you choose goes along when you load.")
    )
    return options_now(options, key)


def _rows(source: Source, settings: Settings, said: Settings, key: str) -> connect.Sight | None:
    st.markdown(f"**{t('First rows of {name}', name=plain(connect.name_of(source)))}**")
    # Not of all settings: the key of a widget goes to the browser, and there are secrets among them.
    mark = f"{key}-{json.dumps([settings.get('path'), source.path, said], sort_keys=True, default=str)}"
    page = int(st.session_state.get(f"head-{mark}", 1))
    # Said anew, it outlasts the runs in which the rows are waited for and the pages are not drawn.
    st.session_state[f"head-{mark}"] = page
    more = f"more-{mark}"
    if page * PAGE > FIRST:
        st.session_state[more] = True
    limit = MOST if st.session_state.get(more) else FIRST
    try:
        sight = waited(f"look-{key}", t("Looking…"), connect.look, open_workbench(), source, {**settings, **said}, limit)
    except AssayError as error:
        error_box(error)
        return None
    if sight is None:
        return None
    if sight.union is not None:
        st.caption(":material/join: " + plain(sight.union))
    count = sight.look.rows.num_rows
    pages = max(1, -(-count // PAGE)) if count < limit else MOST // PAGE if limit == FIRST else -(-count // PAGE)
    page = min(page, pages)
    shown = sight.look.rows.slice((page - 1) * PAGE, PAGE)
    rows(shown, height=330 if shown.num_rows > 8 else "auto")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(_told(count, limit, page), width="content")
        if pages > 1:
            st.pagination(pages, key=f"head-{mark}", max_visible_pages=5)
    return sight


def _told(count: int, limit: int, page: int) -> str:
    if count < limit:
        return tn("All of it: {n} row", "All of it: {n} rows", n=count) if limit == FIRST else tn("{n} row", "{n} rows", n=count)
    if limit == FIRST:
        return t("Rows {first} to {last} of the first {most}", first=(page - 1) * PAGE + 1, last=page * PAGE, most=MOST)
    return t("The first {n} rows; load it to see all", n=count)


def _read(seen: connect.Look) -> None:
    st.markdown(
        f"**{t('Columns and types')}**",
        help=None
        if seen.sure
        else t("By the first rows. Loading checks every cell: one that does not fit makes its column wider, never lost."),
    )
    head = (t("Column"), t("Type"), t("Read as"))
    lines = [
        dict(zip(head, (one.column.name, one.column.source_type or one.column.type, reading_of(one.read_as)), strict=True))
        for one in seen.columns
    ]
    if not any(one.read_as for one in seen.columns):
        lines = [{name: value for name, value in line.items() if name != head[2]} for line in lines]
    st.dataframe(lines, hide_index=True, height=min(38 + 35 * max(len(lines), 1), 248))
    names, marks = reading_names(), words()
    for name, value, evidence in seen.reading:
        st.caption(f"**{plain(names.get(name, name))}**: {plain(marks.get(value, value))} — {plain(tell(evidence))}")
