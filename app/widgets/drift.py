"""What changed since an earlier profile: the changes by their weight, and both distributions of each column that moved."""

from __future__ import annotations

import streamlit as st

from app.session import open_workbench, plain, t, tell, tn
from app.widgets.bars import pairs
from app.widgets.boxes import empty, guarded
from core.models.drift import Distribution, Drift, Shift
from core.words import msg
from core.workbench import drift

DRAWN = 12
"""Distributions that are drawn at once, those that moved most first."""

_COLOURS = {"alert": "red", "warning": "orange", "notice": "gray"}


def shown(here: str) -> None:
    """The tab: a choice among earlier profiles and what changed since."""
    wb = open_workbench()
    when = drift.earlier(wb, here)
    if not when:
        empty(
            t("There is one profile so far"),
            t("Load the data again when it has changed and profile it: what moved since then is shown here."),
        )
        return
    chosen = st.selectbox(
        t("Compare with the profile of"), when, format_func=lambda one: f"{one:%Y-%m-%d %H:%M} UTC", key="drift-when", width=320
    )
    with guarded():
        changes(drift.since(wb, here, chosen))


def changes(found: Drift) -> None:
    """What changed between two profiles."""
    _summary(found)
    _shifts(found)
    _distributions(found)


def levels() -> dict[str, str]:
    """The weights in the reader's words."""
    return {"alert": t("alert"), "warning": t("warning"), "notice": t("notice")}


def _summary(found: Drift) -> None:
    if not found.shifts:
        st.success(t("Nothing changed that is worth a word."), icon=":material/check_circle:")
        return
    counts = {level: sum(one.level == level for one in found.shifts) for level in _COLOURS}
    with st.container(horizontal=True):
        for level, name in levels().items():
            st.badge(f"{counts[level]} · {name}", color=_COLOURS[level])


def _shifts(found: Drift) -> None:
    if not found.shifts:
        return
    names = levels()
    head = [t("Weight"), t("Table"), t("Column"), t("What changed"), t("Measure"), t("Threshold")]
    lines = [_line(one, names) for one in found.shifts]
    st.dataframe(
        [dict(zip(head, line, strict=True)) for line in lines],
        hide_index=True,
        height=min(38 + 35 * len(lines), 440),
        placeholder="",
        column_config={head[3]: st.column_config.TextColumn(width="large")},
    )
    with st.expander(t("What the weights mean")):
        for line in _sources():
            st.markdown(f"- {plain(line)}")


def _line(one: Shift, names: dict[str, str]) -> tuple:
    return (names[one.level], one.table, one.column, tell(one.text), _rounded(one.measure), _rounded(one.threshold))


def _rounded(value: float | None) -> float | None:
    return round(value, 3) if value is not None else None


def _sources():
    yield msg(
        "PSI (population stability index) over the deciles of the earlier rows, or over frequent values: from 0.1 a warning, from 0.25 an alert (Lewis 1994, Siddiqi 2006)."
    )
    yield msg(
        "Distance of the distribution functions (Kolmogorov and Smirnov): it must be no chance (1 in 100, Smirnov 1948) and 0.1 at least, from 0.25 an alert. It is reckoned from histograms and quantiles, so its error is told."
    )
    yield msg(
        "Empty cells: from 1 in 100 a warning, from 1 in 10 an alert. Rows: from a fifth more or less than the table's own times let expect a warning, from a half an alert."
    )
    yield msg(
        "Tables, columns, keys and relations that are gone, texts in the place of numbers, and personal data that is new are alerts."
    )


def _distributions(found: Drift) -> None:
    moved = [one for one in found.distributions if one.psi >= 0.01]
    if not moved:
        return
    st.subheader(tn("{n} column moved", "{n} columns moved", n=len(moved)))
    for start in range(0, min(len(moved), DRAWN), 2):
        for place, one in zip(st.columns(2), moved[start : start + 2], strict=False):
            with place:
                _drawn(one)
    if len(moved) > DRAWN:
        st.caption(t("The {n} that moved most are drawn.", n=DRAWN))


def _drawn(one: Distribution) -> None:
    measure = f"PSI {one.psi:.3f}" + (f" · KS {one.ks:.3f}" if one.ks is not None else "")
    st.markdown(f"**{plain(one.table)}.{plain(one.column)}** · {measure}")
    pairs(
        [band.label for band in one.bands],
        [band.before for band in one.bands],
        [band.after for band in one.bands],
        (t("before"), t("now")),
    )
