"""Rows of data: at most a page of them, values shown exactly, text as text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from app.session import open_workbench, plain, project, t, tell
from app.widgets.boxes import guarded
from core.models.source import Table
from core.words import msg
from core.workbench import connect, privacy

PAGE = 100
# JavaScript numbers are exact up to 2^53 and decimals of 15 digits.
SAFE = 2**53
DIGITS = 15


def exact(table: pa.Table) -> pa.Table:
    """The table with every value that a browser would round or cannot draw written as text."""
    columns = [_exact(table.column(number)) for number in range(table.num_columns)]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _exact(column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    kind = column.type
    if pa.types.is_decimal(kind) and (ends := pc.min_max(column).as_py())["min"] is not None:
        # A number of this many digits is written by a browser as it was read; the type may have room for more than there is.
        if max(len(end.as_tuple().digits) for end in ends.values()) <= DIGITS:
            return column.cast(pa.float64())
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    long = pa.types.is_integer(kind) and kind.bit_width == 64 and any(v is not None and abs(v) > SAFE for v in column.to_pylist())
    odd = pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind) or pa.types.is_interval(kind)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([None if v is None else f"0x{v.hex()}" for v in column.to_pylist()], pa.string())
    if long or odd:
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    return column


def rows(table: pa.Table, key: str | None = None, height: int | str = "auto", of: str = "") -> frozenset[str]:
    """A table of at most a few hundred rows, personal data in it masked; returns the columns that are. `of` is the landed table they are from."""
    here = project()
    masked = privacy.personal(open_workbench(), here.id, table, of) if here else frozenset()
    table = privacy.masked(table, masked)
    shown = exact(table)
    st.dataframe(shown, hide_index=True, key=key, height=height, placeholder="NULL", column_config=_fractions(table, shown))
    if masked:
        said = msg("Personal data, masked: {columns}", columns=", ".join(name for name in table.column_names if name in masked))
        st.caption(f":material/visibility_off: {plain(said)}")
    return masked


def _fractions(table: pa.Table, shown: pa.Table) -> dict:
    """The settings of decimals that are shown as numbers: all digits of their scale, with the mark of the reader's browser."""
    return {
        field.name: st.column_config.NumberColumn(format="localized", step=10.0**-field.type.scale)
        for field, drawn in zip(table.schema, shown.schema, strict=True)
        if pa.types.is_decimal(field.type) and pa.types.is_floating(drawn.type)
    }


def count_columns(*names: str) -> dict:
    """The settings of columns that count: digits in groups, as the reader writes them."""
    return {one: st.column_config.NumberColumn(format="localized") for one in names}


def _reveal(table: Table, masked: frozenset[str]) -> None:
    """What shows the masked values of a table, or masks again those that were shown."""
    wb = open_workbench()
    shown = [column for of, column in privacy.revealed(wb, table.project) if of == table.name]
    for columns, label, show in ((masked, t("Show the masked values"), True), (shown, t("Mask personal data again"), False)):
        if columns:
            wanted = (wb, table.project, table.name, tuple(columns), show)
            st.button(label, key=f"reveal-{table.id}-{show}", type="tertiary", on_click=privacy.reveal, args=wanted)


@st.fragment
def landed_rows(table: Table) -> None:
    """Every row of a landed table, a page at a time, sorted by a column on request."""
    landed = table.landed
    # By place: a box with None in it offers to clear what is already clear.
    names = [t("as in the source"), *(column.name for column in landed.schema)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(t("Sort by"), range(len(names)), key=f"sort-{table.id}", format_func=names.__getitem__, width=280)
        sort = names[place] if place else None
        down = st.toggle(t("Descending"), key=f"down-{table.id}", disabled=sort is None)
        st.caption(tell(msg("{n} rows, {page} on a page", n=landed.rows, page=PAGE)), width="content")
    pages = max(1, -(-landed.rows // PAGE))
    chosen = st.session_state.get(f"page-{table.id}", 1)
    with guarded():
        page = connect.rows(open_workbench(), table.id, (min(chosen, pages) - 1) * PAGE, PAGE, sort, down)
        _reveal(table, rows(page, height=420, of=table.name))
    if pages > 1:
        st.pagination(pages, key=f"page-{table.id}")
