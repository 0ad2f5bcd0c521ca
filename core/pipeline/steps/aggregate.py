"""Groups with measures. HAVING is a condition over the columns that come out."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from core.models.pipeline import Aggregate, Function, Measure
from core.models.source import Column
from core.pipeline.expressions import scalar
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation, aliased, free_of_doubles
from core.words import msg

# stddev and variance are those of a sample (n - 1), as in SQL; quantile interpolates between neighbours.
FUNCTIONS: dict[Function, Callable[[exp.Expression], exp.Expression]] = {
    "sum": lambda column: exp.Sum(this=column),
    "avg": lambda column: exp.Avg(this=column),
    "count": lambda column: exp.Count(this=column),
    "count_distinct": lambda column: exp.Count(this=exp.Distinct(expressions=[column])),
    "min": lambda column: exp.Min(this=column),
    "max": lambda column: exp.Max(this=column),
    "stddev": lambda column: exp.StddevSamp(this=column),
    "variance": lambda column: exp.Variance(this=column),
    "median": lambda column: exp.Median(this=column),
    "quantile": lambda column: column,
}


def inputs(step: Aggregate) -> tuple[str, ...]:
    return (step.input,)


def query(step: Aggregate, given: tuple[Relation, ...]) -> exp.Query:
    groups, out = grouped(step, given[0])
    if not step.having.strip():
        return groups
    return exp.select("*").from_(groups.subquery(out.name)).where(scalar(step.having, out))


def grouped(step: Aggregate, source: Relation) -> tuple[exp.Select, Relation]:
    """The groups before HAVING, and the relation of that name HAVING is bound to. Raises `Fault`."""
    if not step.measures and not step.by:
        raise Fault(msg("It neither groups nor measures."), msg("Add a measure or a column to group by."))
    free_of_doubles([*step.by, *(measure.name for measure in step.measures)], msg("Give each measure a name of its own."))
    keys = [source.column(name) for name in step.by]
    made = [aliased(measure(one, source), one.name) for one in step.measures]
    select = exp.select(*keys, *made).from_(source.table())
    if keys:
        select = select.group_by(*(key.copy() for key in keys))
    return select, Relation("groups", tuple(Column(one.alias_or_name, "") for one in (*keys, *made)))


def measure(one: Measure, source: Relation) -> exp.Expression:
    """The expression of one measure. Raises `Fault`."""
    if one.function == "count" and not one.column:
        return exp.Count(this=exp.Star())
    column = source.column(one.column)
    if one.function in ("median", "quantile"):
        column = _finer(column, source.find(one.column).type)
    if one.function != "quantile":
        return FUNCTIONS[one.function](column)
    if one.share is None or not 0 <= one.share <= 1:
        raise Fault(
            msg("The quantile {name} has no share.", name=one.name), msg("Give a share between 0 and 1; 0.5 is the median.")
        )
    return exp.Anonymous(this="quantile_cont", expressions=[column, exp.Literal.number(one.share)])


def _finer(column: exp.Expression, type_name: str) -> exp.Expression:
    """A decimal with six more digits behind the point, as far as 38 digits hold them.

    DuckDB gives the value between two neighbours in the type of the column, so that the median of 0.01 and 0.02 would be 0.01.
    """
    found = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", type_name)
    if not found:
        return column
    width, scale = int(found[1]), int(found[2])
    more = min(6, 38 - width)
    wider = exp.DataType.build(f"DECIMAL({width + more}, {scale + more})", dialect="duckdb")
    return exp.Cast(this=column, to=wider)
