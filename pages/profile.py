"""Profile: what is in the tables, every column over every row, keys and relations."""

from __future__ import annotations

import streamlit as st

from app.frame import go
from app.session import attempt, open_workbench, plain, project, t, tell
from app.widgets import drift, full, quality, servers
from app.widgets.boxes import empty, guarded
from app.widgets.columns import card, overview
from app.widgets.relations import dependencies_of, foreign_keys, keys_of, linked, relations
from app.widgets.rows import rows
from app.widgets.stale import old_profile
from app.widgets.timeline import counted, timelines
from core.models.profile import Profile, TableProfile
from core.words import clock_time, msg, percent, size
from core.workbench import connect, privacy, profile


def main() -> None:
    st.title(t("Profile"))
    here = project()
    local = here is not None and (_loaded(here.id) or profile.known(open_workbench(), here.id))
    if here is None or not (local or servers.any_kept(here.id)):
        empty(t("No data yet"), t("Load a table first, or take the sample."), "connect", t("Open Connect"))
        return
    if local:
        _local(here.id)
    servers.shown(here.id)


def _local(here: str) -> None:
    """The tables that were loaded."""
    wb = open_workbench()
    busy = old_profile(here, own=True)
    found, old = profile.latest(wb, here), profile.stale(wb, here)
    if found is None and not busy:
        _offer(here)
    if found is None:
        return
    _show(here, privacy.shown(wb, here, found), busy, old)


def _loaded(here: str) -> bool:
    return any(table.landed for table in connect.tables(open_workbench(), here))


def _offer(here: str) -> None:
    st.markdown(
        t(
            "Every column over every row: nulls, distinct values, extremes, distribution, patterns; keys proven on all rows; how the tables refer to one another."
        )
    )
    st.button(
        t("Profile the tables"), type="primary", key="profile", on_click=attempt, args=(profile.start, open_workbench(), here)
    )


def _show(here: str, found: Profile, busy: bool, old: bool) -> None:
    took = tell(clock_time(found.seconds))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("Taken {when} UTC in {took}, over all rows.", when=f"{found.taken_at:%Y-%m-%d %H:%M}", took=took))
        st.space("stretch")
        if not old:
            st.button(
                t("Profile again"),
                key="again",
                type="tertiary",
                disabled=busy,
                on_click=attempt,
                args=(profile.start, open_workbench(), here),
            )
        if st.button(t("Go on: storage advice"), type="primary", icon=":material/arrow_forward:", key="next"):
            go("advice")
    linked()
    names = [t("Tables and columns"), t("Keys and relations"), t("Quality"), t("Drift")]
    columns, links, good, moved = st.tabs(names, key="profile-tab", on_change="rerun")
    if columns.open:
        with columns:
            _tables(here, found)
    if links.open:
        with links:
            _relations(here, found)
    if good.open:
        with good:
            quality.shown(here, found)
    if moved.open:
        with moved:
            drift.shown(here)


def _tables(here: str, found: Profile) -> None:
    names = [table.name for table in found.tables]
    chosen = names[0]
    if len(names) > 1:
        chosen = (
            st.segmented_control(
                t("Table"), names, default=names[0], required=True, key="profile-table", label_visibility="collapsed"
            )
            or names[0]
        )
    table = found.table(chosen if chosen in names else names[0])
    _figures(table)
    counted(table)
    timelines(table)
    _columns(found, table)
    full.asked(here, table)


def _figures(table: TableProfile) -> None:
    cells = table.rows * len(table.columns)
    nulls = sum(column.nulls for column in table.columns)
    with st.container(horizontal=True):
        st.metric(t("Rows"), tell(msg("{n}", n=table.rows)), border=True, width=145)
        st.metric(t("Columns"), tell(msg("{n}", n=len(table.columns))), border=True, width=145)
        st.metric(t("Size as Parquet"), tell(size(table.bytes)), border=True, width=145)
        st.metric(t("Empty cells"), tell(percent(nulls / cells if cells else 0.0)), border=True, width=145)
        if table.duplicate_rows is not None:
            st.metric(t("Duplicate rows"), tell(msg("{n}", n=table.duplicate_rows)), border=True, width=145)
    if table.primary_key:
        st.markdown(f":material/key: {t('Primary key')}: **{plain(', '.join(table.primary_key))}**")
    elif table.keys:
        st.markdown(f":material/key_off: {t('Values that are unique, but none that identify a row: see the keys.')}")
    else:
        st.markdown(f":material/key_off: {t('No column or small set of columns identifies a row.')}")


@st.fragment
def _columns(found: Profile, table: TableProfile) -> None:
    chosen = overview(table, table.name)
    if chosen is not None:
        card(found, table, chosen)


def _relations(here: str, found: Profile) -> None:
    if found.foreign_keys:
        st.caption(
            t("Arrows lead from the table that refers to the one it refers to; dashed where some values are not found there.")
        )
    if len(found.tables) > 1:
        relations(found, here)
    st.subheader(t("Foreign keys"))
    if not found.foreign_keys:
        st.caption(t("No table refers to another."))
    foreign_keys(found, _query)
    st.subheader(t("Keys"))
    for table in found.tables:
        keys_of(table, _query)
    if any(table.dependencies for table in found.tables):
        st.subheader(t("Could be a table of its own"))
    for table in found.tables:
        dependencies_of(table, _query)


def _query(query: str, key: str) -> None:
    if query:
        st.code(query, language="sql", wrap_lines=True)
        if st.button(t("Run it"), key=f"run-{key}"):
            with guarded(), st.spinner(t("Running…")):
                rows(profile.rows_of(open_workbench(), query))


main()
