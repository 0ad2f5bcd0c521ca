"""Findings about single columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.models import privacy, times
from core.models.profile import ColumnProfile, Quantile, TableProfile
from core.models.report import Level
from core.models.types import family
from core.words import Msg, msg, percent, plural
from reports import masks, sql
from reports.data_analysis.findings import Finding, Rule, each, listed
from reports.data_analysis.known import Known

MOSTLY = 0.5
"""The share of empty rows from which a column says little about most rows."""

MANY_OUTLIERS = 0.1
"""The share of values outside Tukey's fences from which a mean misleads; a normal distribution has 0.7 %."""

EMPTY = '""'
"""How a text without a letter is shown."""

FAR = 20.0
"""How many times further than the 99th percentile an extreme lies from the median before it looks like an error."""


def _text(table: TableProfile, column: ColumnProfile) -> dict[str, str]:
    return {"table": table.name, "column": column.name}


def empty_columns(known: Known) -> Iterator[Finding]:
    """A column without a value."""
    fix = msg("Leave it out of the target tables, or find out why it is not filled")

    def one(table: TableProfile, column: ColumnProfile) -> Finding:
        said = msg("{table}.{column} is empty in every row", **_text(table, column))
        return Finding("empty_columns", "warning", table.name, said, fix, (known.column(table, column),))

    return each(
        known,
        lambda table, column: column.nulls == table.rows,
        one,
        lambda table, columns: _more("empty_columns", "warning", known, table, columns, msg("are empty in every row"), fix),
    )


def mostly_empty(known: Known) -> Iterator[Finding]:
    """A column that most rows leave empty."""
    fix = msg("Keep it nullable, and say in its comment what an empty value means")

    def one(table: TableProfile, column: ColumnProfile) -> Finding:
        said = msg("{table}.{column} is empty in {share} of the rows", share=percent(column.null_share), **_text(table, column))
        return Finding("mostly_empty", "warning", table.name, said, fix, (known.column(table, column),))

    return each(
        known,
        lambda table, column: MOSTLY <= column.null_share < 1,
        one,
        lambda table, columns: _more("mostly_empty", "warning", known, table, columns, msg("are empty in most rows"), fix),
    )


def constant_columns(known: Known) -> Iterator[Finding]:
    """A column that holds one value tells no row from another."""
    fix = msg("Leave it out of the target tables, or keep it as a constant of a view")

    def one(table: TableProfile, column: ColumnProfile) -> Finding:
        said = msg("{table}.{column} holds the same value in every filled row", **_text(table, column))
        return Finding("constant_columns", "info", table.name, said, fix, (known.column(table, column),))

    return each(
        known,
        lambda table, column: column.distinct == 1 and column.distinct_exact and table.rows > 1,
        one,
        lambda table, columns: _more("constant_columns", "info", known, table, columns, msg("hold a single value"), fix),
    )


def placeholders(known: Known) -> Iterator[Finding]:
    """Texts such as NA that stand for nothing, counted as values by every query."""
    for table in known.tables:
        for column in table.columns:
            if held := column.placeholders:
                values = tuple(top.value for top in held)
                about = msg("{table}.{column}: rows with a text that stands for nothing", **_text(table, column))
                query = known.book.sql(about, sql.holding(table.name, column.name, values))
                yield Finding(
                    "placeholders",
                    "warning",
                    table.name,
                    plural(
                        "{table}.{column}: {n} row holds {values} where it means no value",
                        "{table}.{column}: {n} rows hold {values} where they mean no value",
                        n=sum(top.count for top in held),
                        values=", ".join(value if value.strip() else EMPTY for value in values),
                        **_text(table, column),
                    ),
                    msg("Load {table}.{column} with these texts as nulls", **_text(table, column)),
                    (query,),
                )


def refused_types(known: Known) -> Iterator[Finding]:
    """A cell that kept a column from a narrower type: often the one wrong cell of a column of numbers or dates."""
    fix = msg("Correct the cell at its source and load the table again, or accept the wider type")

    def one(table: TableProfile, column: ColumnProfile) -> Finding:
        refused = column.refused
        assert refused is not None
        said = msg(
            "{table}.{column} stays {type}: {where} holds {cell}, which does not fit {wanted}",
            type=column.type,
            where=refused.where,
            cell=_shape(refused.cell),
            wanted=refused.wanted,
            **_text(table, column),
        )
        return Finding("refused_types", "info", table.name, said, fix, (known.reading(),))

    return each(
        known,
        lambda table, column: column.refused is not None,
        one,
        lambda table, columns: _more(
            "refused_types", "info", known, table, columns, msg("were refused a narrower type by a single cell"), fix
        ),
    )


def _shape(cell: str) -> Msg | str:
    """A cell as it may be shown: itself where the mask hides nothing, else said to be a mask, or it would be taken for the value."""
    shape = masks.refused(cell)
    if shape == cell:
        return cell
    return msg("a value of the form {shape} (9 is any digit, a or A any letter)", shape=shape)


def far_extremes(known: Known) -> Iterator[Finding]:
    """An extreme far beyond almost all values: a slip of the decimal point, or a code such as 9999."""
    for table in known.tables:
        for column in table.columns:
            quantiles = {quantile.share: float(quantile.value) for quantile in _numbers(column)}
            if not {0.5, 0.99} <= quantiles.keys() or not privacy.extremes(column):
                continue
            high, middle, nearly = float(column.high or 0), quantiles[0.5], quantiles[0.99]
            if nearly > middle and high - middle > FAR * (nearly - middle):
                yield Finding(
                    "far_extremes",
                    "warning",
                    table.name,
                    msg(
                        "{table}.{column}: the largest value {high} lies far from all others; 99 of 100 are at most {nearly}",
                        high=high,
                        nearly=nearly,
                        **_text(table, column),
                    ),
                    msg(
                        "Look at the largest values of {table}.{column} before sums and means are trusted", **_text(table, column)
                    ),
                    (known.column(table, column), known.spread(table, column)),
                )


def many_outliers(known: Known) -> Iterator[Finding]:
    """A long tail, in which a mean says little."""
    fix = msg("Report the median and quantiles of it rather than the mean")

    def one(table: TableProfile, column: ColumnProfile) -> Finding:
        said = plural(
            "{table}.{column}: {n} value lies outside Tukey's fences",
            "{table}.{column}: {n} values lie outside Tukey's fences",
            n=column.outliers or 0,
            **_text(table, column),
        )
        return Finding("many_outliers", "info", table.name, said, fix, (known.spread(table, column),))

    return each(
        known,
        lambda table, column: (column.outliers or 0) >= max(1, MANY_OUTLIERS * (column.rows - column.nulls)),
        one,
        lambda table, columns: _more(
            "many_outliers", "info", known, table, columns, msg("have many values outside Tukey's fences"), fix
        ),
    )


def future_times(known: Known) -> Iterator[Finding]:
    """A time after the profile was taken: a plan, or a wrong year."""
    now = times.rank(known.profile.taken_at.date().isoformat())
    for table in known.tables:
        for column in table.columns:
            latest = column.high if family(column.type) in ("date", "timestamp") else None
            if latest and times.is_finite(latest) and times.rank(times.day(latest)) > now:
                yield Finding(
                    "future_times",
                    "info",
                    table.name,
                    msg("{table}.{column}: the latest value {high} lies in the future", high=latest, **_text(table, column)),
                    msg("Make sure that {table}.{column} holds planned times", **_text(table, column)),
                    (known.column(table, column),),
                )


def _numbers(column: ColumnProfile) -> tuple[Quantile, ...]:
    return column.quantiles if family(column.type) in ("integer", "decimal", "float") else ()


def _more(
    rule: str, level: Level, known: Known, table: TableProfile, columns: Sequence[ColumnProfile], what: Msg, fix: Msg
) -> Finding:
    said = plural(
        "{table}: {n} more column of the same kind ({what}): {names}",
        "{table}: {n} more columns of the same kind ({what}): {names}",
        n=len(columns),
        table=table.name,
        what=what,
        names=listed([column.name for column in columns]),
    )
    return Finding(rule, level, table.name, said, fix, (known.nulls(table),))


RULES: tuple[Rule, ...] = (
    empty_columns,
    mostly_empty,
    placeholders,
    far_extremes,
    constant_columns,
    refused_types,
    many_outliers,
    future_times,
)
