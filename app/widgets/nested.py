"""The ways to read nested parts of a file, with what each costs, and a button for each."""

from __future__ import annotations

import streamlit as st

from app.session import attempt_at, open_workbench, plain, t, tell
from app.widgets.boxes import errors_at
from app.widgets.jobs import begin
from app.widgets.rows import count_columns
from core.models.source import NestedChoice, Table
from core.words import percent, size
from core.workbench import connect, parts


def nested_parts(table: Table) -> None:
    """Offer the choices for a table whose file has nested parts; they are measured when a person asks for it."""
    if not parts.may_be_asked(table.source):
        return
    st.markdown(f"**{t('Nested parts')}**")
    key = f"nested-{table.id}"
    if st.button(t("Show what each way to read them costs"), key=f"{key}-ask", icon=":material/account_tree:"):
        with st.spinner(t("Reading the first rows in each way…")):
            st.session_state[key] = attempt_at(key, parts.nested_choices, open_workbench(), table.id)
    errors_at(key)
    found: tuple[NestedChoice, ...] | None = st.session_state.get(key)
    if found is None:
        return
    if not found:
        st.caption(t("Nothing is nested in it."))
        return
    _costs(found)
    _buttons(table, found, key)


def _costs(found: tuple[NestedChoice, ...]) -> None:
    head = [t("Way"), t("Tables"), t("Columns"), t("Size as Parquet"), t("Share of nulls"), t("Names of the tables")]
    names = labels()
    lines = [
        dict(
            zip(
                head,
                (
                    names[one.choice] + (f" ({t('now')})" if one.chosen else ""),
                    len(one.tables),
                    one.columns,
                    tell(size(one.bytes)),
                    tell(percent(one.null_share)),
                    ", ".join(one.tables),
                ),
                strict=True,
            )
        )
        for one in found
    ]
    st.dataframe(lines, hide_index=True, column_config=count_columns(head[1], head[2]))
    st.caption(t("Measured on the first {n} rows, really read in each way.", n=found[0].rows))


def _buttons(table: Table, found: tuple[NestedChoice, ...], key: str) -> None:
    with st.container(horizontal=True):
        for one in found:
            st.button(
                t("Read it so: {way}", way=plain(labels()[one.choice])),
                key=f"{key}-{one.choice}",
                disabled=one.chosen,
                on_click=_read_so,
                args=(table, one.choice, key),
            )


def _read_so(table: Table, choice: str, key: str) -> None:
    st.session_state.pop(key, None)
    begin("read-as", connect.read_as, open_workbench(), table.id, {"nested": choice})


def labels() -> dict[str, str]:
    """The choices in the reader's words."""
    return {"json": t("as they are"), "flatten": t("columns a.b.c"), "tables": t("tables with keys")}
