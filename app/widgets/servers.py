"""Tables that stay on their server: the profiles that were computed there."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, open_workbench, plain, t
from app.widgets.columns import card, overview
from app.widgets.drift import changes
from app.widgets.jobs import watch
from app.widgets.relations import dependencies_of, drawn, foreign_keys, related
from app.widgets.timeline import counted, timelines
from core.models.profile import Profile, TableProfile
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
    if not found.tables:
        return
    st.subheader(t("On servers"))
    if found.foreign_keys:
        _relations(found)
    for table in found.tables:
        with st.expander(_title(table), icon=":material/cloud:", expanded=len(found.tables) == 1):
            _table(here, table)


def _relations(found: Profile) -> None:
    with st.expander(t("Keys and relations"), icon=":material/account_tree:", expanded=True):
        drawn(related(found), "")
        foreign_keys(found, _query)


def _query(query: str, _: str) -> None:
    """The SQL to be run on the server: nothing of it can be run here."""
    if query:
        st.code(query, language="sql", wrap_lines=True)


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
    if table.dependencies:
        st.markdown(f":material/table_chart: {t('Could be a table of its own')}:")
        dependencies_of(table, _query)
    counted(table)
    timelines(table)
    if (found := pushdown.moved(open_workbench(), here, table.name)) is not None:
        with st.expander(t("Since the profile before"), icon=":material/difference:"):
            changes(found)
    chosen = overview(table, f"server-{table.name}")
    if chosen is not None:
        card(None, table, chosen)
