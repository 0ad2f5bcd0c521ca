"""The columns of a table as a person looks at them: one line each with a sparkline, and a card for the one they click."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd
import streamlit as st

from app.session import open_workbench, plain, project, t, tell, written
from app.widgets.bars import bars
from app.widgets.boxes import guarded
from app.widgets.reading import undecided
from app.widgets.rows import count_columns, rows
from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.types import family, is_number, is_temporal
from core.words import Msg, msg, percent
from core.workbench import privacy, profile
from core.workbench.privacy import label

BARS = 24

MANY = 20
"""Columns from which a search and filters are offered."""


def overview(table: TableProfile, key: str) -> ColumnProfile | None:
    """All columns of a table, sortable, with a search; returns the one that is selected."""
    shown = list(table.columns)
    if len(shown) > MANY:
        shown = _sought(table, key)
    if not shown:
        st.caption(t("No column has this in its name, or is of these kinds."))
        return None
    frame = pd.DataFrame([_line(table, column) for column in shown])
    config = {
        t("Nulls"): st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width="small"),
        t("Distinct"): st.column_config.NumberColumn(format="localized", width="small"),
        t("Values"): st.column_config.BarChartColumn(width=90, y_min=0),
    }
    picked = st.dataframe(
        frame,
        hide_index=True,
        column_config=config,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [0]}},
        key=f"columns-{key}-{len(shown)}",
        placeholder="—",
        height=min(38 + 35 * len(shown), 440),
    ).selection.rows
    return shown[picked[0]] if picked and picked[0] < len(shown) else None


def _sought(table: TableProfile, key: str) -> list[ColumnProfile]:
    """The columns that a search and the chosen kinds leave."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(t("Search columns"), key=f"find-{key}", width=280).casefold()
        kinds = _kinds(table)
        chosen = st.pills(t("Only"), list(kinds), selection_mode="multi", key=f"only-{key}")
    return [column for column in table.columns if wanted in column.name.casefold() and all(kinds[one](column) for one in chosen)]


def _kinds(table: TableProfile) -> dict[str, Callable[[ColumnProfile], bool]]:
    """What columns can be filtered by, those of which the table has any."""
    every: dict[str, Callable[[ColumnProfile], bool]] = {
        t("with empty cells"): lambda column: column.nulls > 0,
        t("unique"): lambda column: column.unique,
        t("constant or nearly"): lambda column: column.constant or column.near_constant or not column.distinct,
        t("repeated"): lambda column: bool(column.same_as),
        t("personal data"): lambda column: column.personal,
        t("kept as text"): lambda column: column.refused is not None or bool(column.ambiguous),
        t("numbers"): lambda column: is_number(column.type),
        t("times"): lambda column: is_temporal(column.type),
        t("texts"): lambda column: family(column.type) == "text",
    }
    return {name: test for name, test in every.items() if any(map(test, table.columns))}


def _line(table: TableProfile, column: ColumnProfile) -> dict[str, object]:
    """A line of the overview, the picture of the values where a narrow page shows it. What they mean is told where anything is recognised."""
    shown = str if column.type == "VARCHAR" else written
    low, high = (shown(value)[:40] if value is not None else None for value in (column.low, column.high))
    meaning = ", ".join(tell(label(one.kind)) for one in column.meanings) or None
    return {
        t("Column"): column.name,
        t("Values"): _spark(column),
        t("Key"): _key(table, column),
        t("Type"): column.type,
        **({t("Meaning"): meaning} if any(one.meaning for one in table.columns) else {}),
        t("Nulls"): column.null_share,
        t("Distinct"): column.distinct,
        t("Least"): low,
        t("Greatest"): high,
    }


def _key(table: TableProfile, column: ColumnProfile) -> str:
    """Whether the column is of the primary key, or unique by itself."""
    if column.name in table.primary_key:
        return t("primary")
    return t("unique") if column.unique else ""


def _spark(column: ColumnProfile) -> list[int]:
    if column.histogram:
        return [one.count for one in column.histogram[:BARS]]
    return [one.count for one in column.top[:BARS]]


def card(found: Profile | None, table: TableProfile, column: ColumnProfile) -> None:
    """Everything known about one column; `found` is None for a table on a server, of which no rows are here."""
    with st.container(border=True):
        st.markdown(f"#### {plain(column.name)} · {plain(column.type)}")
        if column.refused:
            st.caption(
                plain(
                    msg(
                        "Kept as {type}: {where} holds {cell}, which is no {wanted}.",
                        type=column.type,
                        where=column.refused.where,
                        cell=column.refused.cell,
                        wanted=column.refused.wanted,
                    )
                )
            )
        if column.ambiguous:
            how = t("It can be read another way on the page Connect.")
            st.caption(f"{t('Kept as text')}: {plain(undecided(column.ambiguous))}. {how}")
        _meaning(table, column)
        _metrics(column)
        for line in _lines_about(column):
            st.caption(plain(line))
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _chart(column)
        with right:
            _lists(column)
        if found is None:
            with st.expander(t("The query behind these figures")):
                st.code(column.query, language="sql", wrap_lines=True)
            return
        if beyond := profile.outlier_query(found, table.name, column):
            _query(t("The rows with outliers, the farthest first"), beyond, f"beyond-{table.name}-{column.name}")
        _query(t("The query behind these figures"), column.query, f"query-{table.name}-{column.name}")


def _query(title: str, query: str, key: str) -> None:
    """A query to read, and its rows on request."""
    with st.expander(title):
        st.code(query, language="sql", wrap_lines=True)
        if st.button(t("Run it"), key=key):
            with guarded(), st.spinner(t("Running…")):
                rows(profile.rows_of(open_workbench(), query))


def _meaning(table: TableProfile, column: ColumnProfile) -> None:
    """What the values are, and the switch for those that belong to persons."""
    if not column.meanings:
        return
    here = project()
    shown = here is not None and (table.name, column.name) in privacy.revealed(open_workbench(), here.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        for one in column.meanings:
            evidence = plain("; ".join(map(tell, one.evidence)))
            st.markdown(f":material/label: **{plain(tell(label(one.kind)))}** · {evidence}", width="content")
        if here is not None and (column.personal or shown):
            st.badge(t("personal data, shown") if shown else t("personal data, masked"), color="orange" if shown else "green")
            wanted = (open_workbench(), here.id, table.name, (column.name,), not shown)
            text = t("Mask again") if shown else t("Show the values")
            st.button(text, key=f"reveal-{table.name}-{column.name}", type="tertiary", on_click=privacy.reveal, args=wanted)


def _lines_about(column: ColumnProfile) -> Iterator[Msg]:
    """What stands out in a column, a sentence each."""
    if column.constant:
        yield msg("Every filled row holds the same value.")
    elif column.near_constant:
        share = column.top[0].count / (column.rows - column.nulls)
        yield msg(
            "Nearly constant: {share} of the filled rows hold {value}.", share=percent(share), value=column.top[0].value[:80]
        )
    if column.order in _ORDERS:
        yield _ORDERS[column.order]
    if column.same_as:
        yield msg("Holds in every row the same value as {columns}.", columns=", ".join(column.same_as))


_ORDERS = {
    "strictly ascending": msg("From row to row the values rise, none comes twice."),
    "ascending": msg("From row to row the values never fall."),
    "strictly descending": msg("From row to row the values fall, none comes twice."),
    "descending": msg("From row to row the values never rise."),
}


def _metrics(column: ColumnProfile) -> None:
    distinct = tell(msg("{n}", n=column.distinct) if column.distinct_exact else msg("about {n}", n=column.distinct))
    shown: list[tuple[str, str]] = [
        (t("Rows"), tell(msg("{n}", n=column.rows))),
        (t("Nulls"), tell(percent(column.null_share))),
        (t("Distinct"), distinct),
    ]
    if column.mean is not None:
        shown += [(t("Mean"), str(round(column.mean)) if column.years else tell(msg("{n}", n=column.mean)))]
    if column.deviation is not None:
        shown += [(t("Standard deviation"), tell(msg("{n}", n=column.deviation)))]
    if column.outliers is not None:
        shown += [(t("Outliers"), tell(msg("{n}", n=column.outliers)))]
    if column.length_max is not None:
        shown += [(t("Length"), f"{column.length_min}–{column.length_max}")]
    if column.placeholders:
        shown += [(t("Stand for nothing"), tell(msg("{n}", n=sum(one.count for one in column.placeholders))))]
    with st.container(horizontal=True):
        for label, value in shown:
            st.metric(label, value, border=True, width=140)
    if column.placeholders:
        held = ", ".join(one.value.strip() or '""' for one in column.placeholders)
        st.caption(plain(msg("Texts that mean no value and are counted as values: {texts}", texts=held)))
    if not column.distinct_exact:
        st.caption(
            t(
                "The number of distinct values is an estimate, within {error} of the truth.",
                error=tell(percent(column.distinct_error)),
            )
        )


def _chart(column: ColumnProfile) -> None:
    if column.histogram:
        st.markdown(f"**{t('Distribution')}**")
        labels = [_edge(one.low) for one in column.histogram]
        bars(
            labels, [one.count for one in column.histogram], [f"{_edge(one.low)} – {_edge(one.high)}" for one in column.histogram]
        )
    elif column.top:
        st.markdown(f"**{t('Most frequent values')}**")
        shown = column.top[:12]
        bars([one.value[:24] for one in shown], [one.count for one in shown], [one.value[:80] for one in shown])
    elif column.distinct:
        st.caption(t("There is nothing to draw: the values differ from row to row."))
    else:
        st.caption(t("There is nothing to draw: the column holds no value."))


def _edge(text: str) -> str:
    """An edge of a histogram, short enough for an axis."""
    try:
        return written(f"{float(text):g}")
    except ValueError:
        return text.removesuffix(" 00:00:00")[:16]


def _lists(column: ColumnProfile) -> None:
    if column.quantiles:
        st.markdown(f"**{t('Quantiles')}**")
        head = (t("Share of rows below"), t("Value"))
        lines = [dict(zip(head, (tell(percent(one.share)), written(one.value)), strict=True)) for one in column.quantiles]
        st.dataframe(lines, hide_index=True, height=min(38 + 35 * len(lines), 250))
    if column.patterns:
        _counted(
            t("Patterns"),
            (t("Pattern"), t("Rows")),
            [(one.mask, one.count) for one in column.patterns[:8]],
            column.patterns_sampled,
        )
    if column.histogram and column.top:
        _counted(
            t("Most frequent values"),
            (t("Value"), t("Rows")),
            [(one.value[:80], one.count) for one in column.top[:8]],
            column.top_sampled,
        )


def _counted(title: str, head: tuple[str, str], lines: list[tuple[str, int]], sampled: int) -> None:
    st.markdown(f"**{title}**")
    st.dataframe(
        [dict(zip(head, line, strict=True)) for line in lines],
        hide_index=True,
        column_config=count_columns(head[1]),
        height=min(38 + 35 * len(lines), 250),
    )
    if sampled:
        st.caption(tell(_from(sampled)))


def _from(sampled: int) -> Msg:
    return msg("Counted over {n} rows, evenly spread.", n=sampled)
