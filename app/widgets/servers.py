"""Tables that stay on their server: the profiles that were computed there."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, open_workbench, plain, t
from app.widgets.columns import card, overview
from app.widgets.jobs import watch
from core.models.profile import TableProfile
from core.words import msg, plural, size
from core.workbench import pushdown


def any_kept(here: str) -> bool:
    """Whether there is such a profile, or one is being computed."""
    wb = open_workbench()
    return pushdown.known(wb, here) or any(job.kind == "pushdown" for job in wb.jobs(here, active=True))


def shown(here: str) -> None:
    """A part of the page for each table; nothing where there is none."""
    watch(here, ("pushdown",))
    found = pushdown.kept(open_workbench(), here)
    if not found:
        return
    st.subheader(t("On servers"))
    for table in found:
        with st.expander(_title(table), icon=":material/cloud:", expanded=len(found) == 1):
            _table(here, table)


def _title(table: TableProfile) -> str:
    return f"**{plain(table.name)}** · {plain(plural('{n} row', '{n} rows', n=table.rows))}"


def _table(here: str, table: TableProfile) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        said = msg(
            "Computed by {kind}; about {size} came here. Shapes and meanings are those of {n} rows.",
            kind=table.computed,
            size=size(table.moved or 0),
            n=pushdown.SAMPLE,
        )
        st.caption(plain(said), width="stretch")
        st.button(
            t("Remove"), key=f"forget-{table.name}", on_click=attempt, args=(pushdown.forget, open_workbench(), here, table.name)
        )
    if table.primary_key:
        st.markdown(f":material/key: {t('Primary key')}: **{plain(', '.join(table.primary_key))}**")
    chosen = overview(table, f"server-{table.name}")
    if chosen is not None:
        card(None, table, chosen)
