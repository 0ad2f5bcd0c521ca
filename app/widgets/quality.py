"""The quality of the tables: a bar for each dimension, the checks that are kept, the rules that are broken, their rows on request."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.session import attempt, open_workbench, plain, t, tell, tn
from app.widgets import checks
from app.widgets.boxes import guarded
from app.widgets.jobs import watch
from app.widgets.rows import rows
from core.models.profile import Profile
from core.models.quality import Check, Quality, Result
from core.words import msg, percent
from core.workbench import profile, quality


def shown(here: str, taken: Profile) -> None:
    """The tab: an offer to count, or what was counted and what a person makes of it."""
    wb = open_workbench()
    busy = watch(here, ("quality",))
    found = quality.latest(wb, here)
    if found is None:
        if not busy:
            st.markdown(
                t(
                    "Rules that nearly hold in your data are found, and the rows that break them counted: empty cells, odd values, repeats, rows that refer to nothing, sums that do not add up, moments in the wrong order or in the future."
                )
            )
            st.button(t("Check the quality"), type="primary", key="quality", on_click=attempt, args=(quality.start, wb, here))
        return
    _scores(found)
    _kept(here, found)
    _broken(here, found)
    _holding(here, found)
    checks.adding(here, taken)
    checks.files(here, found)
    checks.dismissed(here)


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
    if len(tables) > 1:
        st.caption(t("All tables together: {share}", share=percent(found.whole)))
    with st.expander(t("How the scores are reckoned")):
        st.markdown("- " + t("Quality: the mean of the dimensions, each weighing the same."))
        for dimension, name in names.items():
            for formula in dict.fromkeys(
                tell(one.formula) for one in found.scores if one.dimension == dimension and not one.column
            ):
                st.markdown(f"- {name}: {plain(formula)}")


def _kept(here: str, found: Quality) -> None:
    mine = [one for one in found.results if one.kept]
    for rule in found.lost:
        said = t("A check you keep speaks of what is not there any more: {rule}", rule=f"{rule.table} {', '.join(rule.columns)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(plain(said), icon=":material/warning:", width="stretch")
            args = (quality.forget, open_workbench(), here, rule)
            st.button(t("Take back"), key=f"lost-{hash(rule)}", on_click=attempt, args=args)
    if not mine:
        return
    failed = len(found.failed_checks)
    st.subheader(tn("{n} check you keep", "{n} checks you keep", n=len(mine)))
    st.caption(t("All hold.") if not failed else tn("{n} does not hold.", "{n} do not hold.", n=failed))
    for one in mine:
        icon = ":material/check_circle:" if one.holds else ":material/error:"
        with st.expander(_title(one), icon=icon):
            _evidence(one)
            with st.container(horizontal=True, vertical_alignment="bottom"):
                most = st.number_input(
                    t("May be broken by, % of rows"), 0.0, 99.0, one.most * 100, 0.1, key=f"most-{_key(one)}", width=200
                )
                change = (quality.keep, open_workbench(), here, one.rule, most / 100)
                st.button(t("Change"), key=f"change-{_key(one)}", on_click=attempt, args=change, disabled=most == one.most * 100)
                back = (quality.forget, open_workbench(), here, one.rule)
                st.button(t("Take back"), key=f"forget-{_key(one)}", on_click=attempt, args=back)


def _broken(here: str, found: Quality) -> None:
    broken = [one for one in found.broken if not one.kept]
    st.subheader(tn("{n} rule is broken", "{n} rules are broken", n=len(broken)))
    if not broken:
        st.caption(t("Every rule that was found holds in every row."))
    for one in broken:
        with st.expander(_title(one)):
            _evidence(one)
            with st.container(horizontal=True):
                _decide(here, (one,), _key(one))


def _holding(here: str, found: Quality) -> None:
    """Rules that hold everywhere: a table to choose checks from."""
    holding = [one for one in found.results if not one.kept and not one.failed]
    if not holding:
        return
    with st.expander(tn("{n} rule holds in every row", "{n} rules hold in every row", n=len(holding))):
        names = dimensions()
        lines = [{t("Table"): one.rule.table, t("Rule"): tell(one.text), t("Dimension"): names[one.dimension]} for one in holding]
        # The key changes with the rules: a selection must not pass on to others.
        key = f"holding-{hash(tuple(one.rule for one in holding))}"
        chosen = st.dataframe(lines, hide_index=True, on_select="rerun", selection_mode="multi-row", key=key).selection.rows
        with st.container(horizontal=True):
            _decide(here, [holding[row] for row in chosen], "holding", disabled=not chosen)


def _decide(here: str, results: Sequence[Result], key: str, disabled: bool = False) -> None:
    wb = open_workbench()

    def keep() -> None:
        for one in results:
            attempt(quality.keep, wb, here, one.rule)

    def dismiss() -> None:
        for one in results:
            attempt(quality.dismiss, wb, here, one.rule)

    st.button(t("Keep as a check"), key=f"keep-{key}", on_click=keep, disabled=disabled, icon=":material/add_task:")
    st.button(
        t("Never again"),
        key=f"dismiss-{key}",
        on_click=dismiss,
        disabled=disabled,
        help=t("Not a rule of these data: it is not found any more."),
    )


def _title(one: Result) -> str:
    said = tn("{n} row does not keep it", "{n} rows do not keep it", n=one.failed)
    share = tell(percent(one.failed / max(one.checked, 1)))
    return f"**{plain(one.rule.table)}**: {plain(one.text)}" + (f" · {said} ({share})" if one.failed else "")


def _evidence(one: Result) -> None:
    """What was asked, of how many rows, and those that break it."""
    st.caption(f"{dimensions()[one.dimension]} · {tell(msg('asked of {n} rows', n=one.checked))}")
    if one.error:
        st.error(plain(msg("It cannot be counted: {error}", error=one.error)), icon=":material/error:")
    st.code(one.query, language="sql", wrap_lines=True)
    if one.failed and st.button(t("Show these rows"), key=f"rows-{_key(one)}"):
        with guarded(), st.spinner(t("Running…")):
            rows(profile.rows_of(open_workbench(), one.query), of=one.rule.table)


def _key(one: Result) -> str:
    return f"{hash(Check(one.rule, one.most))}"
