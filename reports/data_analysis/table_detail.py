"""One table: its size, its rows over time, and its columns as types, numbers and categories."""

from __future__ import annotations

from math import isfinite

from core.models import privacy
from core.models.profile import Bin, ColumnProfile, TableProfile
from core.models.report import Block, Cell, Chart, Fact, Facts, Paragraph, Section, TableBlock
from core.models.types import family
from core.words import Msg, msg, percent, plural, size
from reports import sql
from reports.data_analysis.known import Known

CHARTED = 12
"""Tables that get charts, the largest first."""

NULL_BARS = 12
"""Columns in the chart of empty cells."""

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles that are shown."""


def section(known: Known, table: TableProfile, place: int) -> Section:
    """`place` is the rank of the table by rows; it names the section, because a table's name may hold anything."""
    blocks: list[Block] = [_facts(known, table)]
    if table.rows and place < CHARTED:
        blocks += [*_over_time(known, table), *_null_chart(known, table)]
    blocks += [_columns(known, table), *_numbers(known, table), *_categories(known, table)]
    return Section(f"table-{place + 1}", msg("{table}", table=table.name), tuple(blocks))


def _facts(known: Known, table: TableProfile) -> Facts:
    cells = table.rows * len(table.columns)
    nulls = sum(column.nulls for column in table.columns)
    items = [
        Fact(msg("Rows"), table.rows, known.rows(table)),
        Fact(msg("Columns"), len(table.columns), known.width(table)),
        Fact(msg("As Parquet"), size(table.bytes), known.sizes()),
        Fact(msg("Empty cells"), percent(nulls / cells if cells else 0.0), known.nulls(table)),
    ]
    if table.duplicate_rows is not None:
        items.append(Fact(msg("Repeated rows"), table.duplicate_rows, known.duplicates(table)))
    return Facts(tuple(items))


def _over_time(known: Known, table: TableProfile) -> tuple[Block, ...]:
    column = table.column(table.time_column) if table.time_column else None
    if column is None or len(column.histogram) < 3:
        return ()
    title = msg("Rows of {table} over {column}", table=table.name, column=column.name)
    return (
        Chart(
            "histogram",
            title,
            tuple(map(_edge, column.histogram)),
            ((msg("Rows"), tuple(float(bar.count) for bar in column.histogram)),),
            msg("rows"),
            known.bars(table, column),
        ),
    )


def _edge(bar: Bin) -> str:
    """The start of a bar, without a time of midnight."""
    day, _, clock = bar.low.partition(" ")
    return day if clock.startswith("00:00:00") else bar.low.removesuffix("+00")


def _null_chart(known: Known, table: TableProfile) -> tuple[Block, ...]:
    holed = sorted((column for column in table.columns if column.nulls), key=lambda column: -column.nulls)[:NULL_BARS]
    if len(holed) < 2:
        return ()
    return (
        Chart(
            "hbar",
            msg("Empty cells of {table} by column", table=table.name),
            tuple(column.name for column in holed),
            ((msg("Empty rows"), tuple(float(column.nulls) for column in holed)),),
            msg("empty rows"),
            known.nulls(table),
        ),
    )


def _columns(known: Known, table: TableProfile) -> TableBlock:
    header = (msg("Column"), msg("Type"), msg("Empty"), msg("Empty, %"), msg("Distinct"), msg("Smallest"), msg("Largest"))
    rows = tuple(_column_row(column) for column in table.columns)
    queries = tuple(known.column(table, column) for column in table.columns)
    return TableBlock(msg("Columns of {table}", table=table.name), header, rows, "", queries)


def _column_row(column: ColumnProfile) -> tuple[Cell, ...]:
    low, high = privacy.extremes(column) or (None, None)
    distinct: Cell = column.distinct if column.distinct_exact else msg("≈ {n}", n=column.distinct)
    return (
        column.name,
        column.type,
        column.nulls,
        percent(column.null_share) if column.rows else None,
        distinct,
        _value(column, low),
        _value(column, high),
    )


def _numbers(known: Known, table: TableProfile) -> tuple[Block, ...]:
    columns = [column for column in table.columns if _numeric(column) and column.distinct > 1 and privacy.measure(column)]
    columns = [column for column in columns if column.quantiles]
    if not columns:
        return ()
    header = (
        msg("Column"),
        msg("Mean"),
        msg("Deviation"),
        *(msg("{n} %", n=round(share * 100)) for share in SHARES),
        msg("Outliers"),
    )
    rows = tuple(
        (column.name, _mean(column), _float(column.deviation), *_quantiles(column), column.outliers) for column in columns
    )
    queries = tuple(known.spread(table, column) for column in columns)
    block = TableBlock(msg("Numbers of {table}: mean, quantiles, outliers", table=table.name), header, rows, "", queries)
    sampled = [column for column in columns if column.quantiles_sampled]
    return (
        (block, Paragraph(_sampled(sampled), tuple(known.spread(table, column) for column in sampled))) if sampled else (block,)
    )


def _numeric(column: ColumnProfile) -> bool:
    return family(column.type) in ("integer", "decimal", "float")


def _sampled(columns: list[ColumnProfile]) -> Msg:
    return plural(
        "The quantiles of {columns} come from a sample of {n} row; the query in the appendix reads all rows.",
        "The quantiles of {columns} come from a sample of {n} rows; the query in the appendix reads all rows.",
        n=max(column.quantiles_sampled for column in columns),
        columns=", ".join(column.name for column in columns),
    )


def _quantiles(column: ColumnProfile) -> tuple[Cell, ...]:
    found = {quantile.share: quantile.value for quantile in column.quantiles}
    return tuple(_value(column, found.get(share)) for share in SHARES)


def _value(column: ColumnProfile, text: str | None) -> Cell:
    """A value of a column as a figure where it is one. Years stay text: nobody groups their digits."""
    kind = family(column.type)
    if text is None or kind not in ("integer", "decimal", "float") or column.years:
        return text
    return int(text) if kind == "integer" else _float(float(text)) if isfinite(float(text)) else text


def _mean(column: ColumnProfile) -> Cell:
    mean = _float(column.mean)
    return str(round(mean)) if column.years and mean is not None else mean


def _float(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _categories(known: Known, table: TableProfile) -> tuple[Block, ...]:
    columns = [column for column in table.columns if privacy.values(column) and column.distinct > 1 and not _calendar(column)]
    if not columns:
        return ()
    rows = tuple((column.name, _frequent(column)) for column in columns)
    queries = tuple(
        known.book.sql(
            msg("{table}.{column}: frequent values", table=table.name, column=column.name), sql.top(table.name, column.name, 10)
        )
        for column in columns
    )
    said = plural(
        "Values are shown for columns with at most {most} different values, and only those held by {n} row or more: personal data is not recognised yet.",
        "Values are shown for columns with at most {most} different values, and only those held by {n} rows or more: personal data is not recognised yet.",
        n=privacy.ROWS_EACH,
        most=privacy.CATEGORIES,
    )
    rule = known.book.rule(said)
    header = (msg("Column"), msg("Most frequent values and their rows"))
    title = msg("Categories of {table}", table=table.name)
    return (TableBlock(title, header, rows, rule, queries), Paragraph(said, (rule,)))


def _calendar(column: ColumnProfile) -> bool:
    """Numbers that are all different steps of a scale (months, hours) are better told by their quantiles."""
    return family(column.type) in ("integer", "decimal", "float") and column.distinct > 12


def _held(column: ColumnProfile, text: str) -> str | int | float:
    """A frequent value as a number where the reader's notation keeps all of it: 0.25 and 0.2500001 are not the same value."""
    value = _value(column, text)
    return value if isinstance(value, int) or (isinstance(value, float) and round(value, 2) == value) else text


def _frequent(column: ColumnProfile) -> Msg:
    shown = privacy.values(column)[:6]
    parts = [msg("{value}: {n}", value=_held(column, top.value), n=top.count) for top in shown]
    joined = parts[0]
    for part in parts[1:]:
        joined = msg("{before}; {next}", before=joined, next=part)
    return joined
