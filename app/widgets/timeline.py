"""What the times in a table say of it: a line each, with its gaps."""

from __future__ import annotations

import streamlit as st

from app.session import plain, t, tell
from app.widgets.bars import bars
from core.models.profile import TableProfile, Timeline
from core.words import Msg, msg, percent, plural
from core.workbench import profile

DRAWN = 3
"""Columns of times whose rows are drawn."""


def timelines(table: TableProfile) -> None:
    """Range, rate, order and gaps of each column of times; nothing where the table has none."""
    if not table.timelines:
        return
    with st.expander(f"{t('Over time')}: {plain(_span(table.timelines[0]))}", icon=":material/timeline:"):
        head = [t("Column"), t("First"), t("Last"), t("Rows a day"), t("Rows a day lately"), t("In order of time"), t("Gaps")]
        st.dataframe(
            [dict(zip(head, _line(one), strict=True)) for one in table.timelines],
            hide_index=True,
            height=min(38 + 35 * len(table.timelines), 250),
        )
        for one in table.timelines[:DRAWN]:
            if len(one.periods) > 1:
                st.markdown(f"**{plain(one.column)}**")
                names = [period.low if period.low == period.high else f"{period.low} – {period.high}" for period in one.periods]
                bars(
                    [period.low[:16].removesuffix(" 00:00") for period in one.periods],
                    [period.count for period in one.periods],
                    names,
                )
        st.caption(t("Lately: over the last tenth of the range. In order: rows that do not lie before the row above them."))
        for one in table.timelines:
            for gap in one.gaps[:3]:
                st.markdown(
                    "- "
                    + plain(
                        msg(
                            "{column}: no row for {days} between {start} and {end}",
                            column=one.column,
                            days=_days(gap.days),
                            start=gap.start,
                            end=gap.end,
                        )
                    )
                )


def counted(table: TableProfile) -> None:
    """What the table's server counted of its use; nothing where it did not."""
    if table.activity is not None and (lines := profile.counted(table.activity)):
        since = table.activity.since
        label = t("The server counted since {when}", when=f"{since:%Y-%m-%d}") if since else t("The server counted")
        st.caption(f"{label}: {'; '.join(plain(one) for one in lines)}")


def _span(one: Timeline) -> Msg:
    return msg("{column} from {first} to {last}", column=one.column, first=one.first[:10], last=one.last[:10])


def _line(one: Timeline) -> tuple[str, ...]:
    per_day, recent = (
        tell(msg("{n}", n=round(rate) if rate >= 10 else round(rate, 2))) for rate in (one.per_day, one.recent_per_day)
    )
    gaps = str(len(one.gaps)) if one.gaps else "—"
    in_order = "—" if one.in_order is None else tell(percent(one.in_order))
    return (one.column, one.first[:19], one.last[:19], per_day, recent, in_order, gaps)


def _days(days: float) -> Msg:
    if days < 2:
        return plural("{n} hour", "{n} hours", n=round(days * 24))
    return plural("{n} day", "{n} days", n=round(days))
