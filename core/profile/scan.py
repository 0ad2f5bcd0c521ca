"""One table's columns over all rows: a few wide passes for the scalars, then one grouped pass a column for its shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile
from core.models.source import Column, Landed, LandedColumn
from core.models.types import family
from core.profile import figures, shape
from core.profile.frame import Frame, frame

CHUNK = 50
"""Columns scanned together: a wide table must not need all its columns in memory at once."""

FEW_VALUES = 1_000
"""A column with no more different values than this in the sample is counted value by value without an estimate first."""

GROUPED_VALUES = 2_000_000
"""Up to this many different values are counted one by one (about 100 MB of hash table)."""

GROUPED_BYTES = 64_000_000
"""The same for text: different values times their mean length."""

SLICE = 64
"""One in this many hash values is kept where different values are estimated (distinct sampling, Gibbons 2001)."""

NEARLY_UNIQUE = 0.95
"""An estimate from this share of the rows up is replaced by an exact count: the column may be a key."""

Facts = dict[str, Any]


def columns(
    connection: duckdb.DuckDBPyConnection, landed: Landed, said: Callable[[float, str], None]
) -> tuple[ColumnProfile, ...]:
    """The profile of every column of a landed table. `said` is told the share that is done and the column that is next."""
    found: list[ColumnProfile] = []
    total = len(landed.columns)
    for start in range(0, total, CHUNK):
        chunk = landed.columns[start : start + CHUNK]
        said(start / total, chunk[0].column.name)
        if not landed.rows:
            found.extend(_profile(item, landed, {"filled": 0}, shape.Shape(distinct=0)) for item in chunk)
            continue
        source = frame(connection, landed, [item.column for item in chunk])
        for item, facts in zip(chunk, _measure(source, [item.column for item in chunk])):
            said(len(found) / total, item.column.name)
            found.append(_profile(item, landed, facts, _shape(source, item.column, facts)))
    return tuple(found)


def _measure(source: Frame, chunk: Sequence[Column]) -> list[Facts]:
    """The scalar figures of the columns, from one pass over the sample and one over all rows."""
    facts: list[Facts] = [{} for _ in chunk]
    if source.sampled:
        _collect(source, source.sample, [_from_sample(column) for column in chunk], facts)
    wanted = [_from_rows(column, source.sampled and fact["sampled"] > FEW_VALUES) for column, fact in zip(chunk, facts)]
    _collect(source, source.rows, wanted, facts)
    return facts


def _collect(source: Frame, rows: exp.Expression, wanted: list[dict[str, exp.Expression]], facts: list[Facts]) -> None:
    """Run all aggregates in one pass and put each result with its column."""
    places = [(index, name, aggregate) for index, group in enumerate(wanted) for name, aggregate in group.items()]
    selected = [exp.alias_(aggregate, f"f{place}") for place, (_, _, aggregate) in enumerate(places)]
    values = source.row(exp.select(*selected).from_(rows.copy()))
    for (index, name, _), value in zip(places, values):
        facts[index][name] = value


def _from_sample(column: Column) -> dict[str, exp.Expression]:
    found = {"sampled": figures.distinct(column)}
    if family(column.type) in ("text", *figures.OPAQUE):
        length = figures.call("octet_length", figures.call("encode", figures.text(duck.column(column.name))))
        found["width"] = exp.Avg(this=length)
    return found


def _from_rows(column: Column, estimated: bool) -> dict[str, exp.Expression]:
    kind, value = family(column.type), duck.column(column.name)
    found = figures.scalars(column)
    within = figures.finite(value, kind)
    if within is not None:
        found["finite_low"] = figures.text(figures.filtered(exp.Min(this=value), within))
        found["finite_high"] = figures.text(figures.filtered(exp.Max(this=value.copy()), within.copy()))
    if estimated:
        found["slice"] = _slice(column)
    return found


def _slice(column: Column) -> exp.Expression:
    """The number of different hash values among those that fall into the slice."""
    hashed = figures.call("hash", figures.value_of(column))
    kept = exp.EQ(this=exp.Mod(this=hashed, expression=exp.Literal.number(SLICE)), expression=exp.Literal.number(0))
    present = exp.Not(this=exp.Is(this=duck.column(column.name), expression=exp.Null()))
    return figures.filtered(exp.Count(this=exp.Distinct(expressions=[hashed.copy()])), exp.and_(kept, present))


def _shape(source: Frame, column: Column, facts: Facts) -> shape.Shape:
    if not facts["filled"]:
        return shape.Shape(distinct=0)
    facts.setdefault("finite_low", facts.get("low"))
    facts.setdefault("finite_high", facts.get("high"))
    extremes = (facts["finite_low"], facts["finite_high"])
    estimate = facts.get("slice", 0) * SLICE
    if estimate <= GROUPED_VALUES and estimate * (facts.get("width") or 0) <= GROUPED_BYTES:
        return shape.grouped(source, column, extremes)
    exact = None
    if estimate >= NEARLY_UNIQUE * facts["filled"]:
        (exact,) = source.row(exp.select(figures.distinct(column)).from_(source.rows.copy()))
    # Twice the standard error of an unbiased sample of the different values: it holds for 95 columns in 100.
    error = 2 * sqrt((SLICE - 1) / estimate)
    return shape.large(source, column, extremes, exact if exact is not None else estimate, 0.0 if exact is not None else error)


def _profile(item: LandedColumn, landed: Landed, facts: Facts, found: shape.Shape) -> ColumnProfile:
    scalars = {figure.name: facts.get(figure.name) for figure in figures.SCALARS if figure.name != "filled"}
    if not facts["filled"]:
        scalars = dict.fromkeys(scalars)
    return ColumnProfile(
        name=item.column.name,
        type=item.column.type,
        rows=landed.rows,
        nulls=landed.rows - facts["filled"],
        distinct=found.distinct,
        distinct_exact=found.distinct_error == 0,
        distinct_error=found.distinct_error,
        quantiles=found.quantiles,
        quantiles_sampled=found.quantiles_sampled,
        histogram=found.histogram,
        top=found.top,
        top_sampled=found.top_sampled,
        patterns=found.patterns,
        patterns_sampled=found.patterns_sampled,
        outliers=found.outliers,
        refused=item.refused,
        query=figures.query(item.column, landed.files),
        **scalars,
    )
