"""The quality of the tables: a bar for each dimension, the rules that are broken, and their rows on request."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, open_workbench, plain, t, tell, tn
from app.widgets.boxes import guarded
from app.widgets.jobs import watch
from app.widgets.rows import rows
from core.models.quality import Quality, Result
from core.words import msg, percent
from core.workbench import profile, quality


def shown(here: str) -> None:
    """The tab: an offer to count, or what was counted."""
    wb = open_workbench()
    busy = watch(here, ("quality",))
    found = quality.latest(wb, here)
    if found is None and not busy:
        st.markdown(
            t(
                "Rules that nearly hold in your data are found, and the rows that break them counted: empty cells, odd values, repeats, rows that refer to nothing, moments in the wrong order or in the future."
            )
        )
        st.button(t("Check the quality"), type="primary", key="quality", on_click=attempt, args=(quality.start, wb, here))
    if found is not None:
        _scores(found)
        _broken(found)


def dimensions() -> dict[str, str]:
    """The dimensions in the reader's words."""
    return {
        "completeness": t("Completeness"),
        "validity": t("Validity"),
        "uniqueness": t("Uniqueness"),
        "consistency": t("Consistency"),
        "timeliness": t("Timeliness"),
    }


def _scores(found: Quality) -> None:
    names = dimensions()
    head = [t("Table"), t("Quality"), *names.values()]
    tables = list(dict.fromkeys(one.table for one in found.scores))
    lines = []
    for table in tables:
        of = {one.dimension: one.share for one in found.scores if one.table == table and not one.column}
        lines.append(dict(zip(head, (table, found.score(table), *(of.get(one) for one in names)), strict=True)))
    bar = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width="small")
    st.dataframe(lines, hide_index=True, column_config=dict.fromkeys(head[1:], bar), placeholder="—")
    with st.expander(t("How the scores are reckoned")):
        st.markdown("- " + t("Quality: the mean of the dimensions, each weighing the same."))
        for dimension, name in names.items():
            for formula in dict.fromkeys(
                tell(one.formula) for one in found.scores if one.dimension == dimension and not one.column
            ):
                st.markdown(f"- {name}: {plain(formula)}")


def _broken(found: Quality) -> None:
    kept = len(found.results) - len(found.broken)
    st.subheader(tn("{n} rule is broken", "{n} rules are broken", n=len(found.broken)))
    if not found.broken:
        st.caption(t("Every rule that was found holds in every row."))
    for number, one in enumerate(found.broken):
        _result(one, number)
    if kept:
        st.caption(tn("{n} more rule holds in every row.", "{n} more rules hold in every row.", n=kept))


def _result(one: Result, number: int) -> None:
    said = tn("{n} row does not keep it", "{n} rows do not keep it", n=one.failed)
    with st.expander(
        f"**{plain(one.rule.table)}**: {plain(one.text)} · {said} ({tell(percent(one.failed / max(one.checked, 1)))})"
    ):
        st.caption(f"{dimensions()[one.dimension]} · {tell(msg('asked of {n} rows', n=one.checked))}")
        st.code(one.query, language="sql", wrap_lines=True)
        if st.button(t("Show these rows"), key=f"broken-{number}"):
            with guarded(), st.spinner(t("Running…")):
                rows(profile.rows_of(open_workbench(), one.query), of=one.rule.table)
