"""Columns of one type of a small table at once: their values stand in one relation, so that each question is asked once and not once a column.

The figures are those of `shape`, by the same definitions: for a few thousand rows planning a question takes longer than answering it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlglot import exp

from core.models.profile import Quantile, Top
from core.models.source import Column
from core.models.types import family
from core.profile import counted, histogram, shape
from core.profile.frame import Frame

CELLS = 1_000_000
"""Cells that are counted together at most."""

Told = dict[int, shape.Found]
"""What was found of each column, by its place; a column of nothing but nulls has none."""


def grouped(source: Frame, columns: Sequence[Column]) -> list[shape.Found]:
    """Everything exactly, of columns of one type, from the number of rows of each different value."""
    kind = family(columns[0].type)
    source.keep(counted.TOGETHER, _counts(source, columns))
    names, query = counted.scalars(kind, counted.TOGETHER)
    told: Told = {place: dict(zip(names, row)) for place, *row in source.all(query)}
    parts = {place: shape.parts(found) for place, found in told.items()}
    if any(part.nothing for part in parts.values()):
        for place, values in _values(source, counted.placeholders(counted.TOGETHER)).items():
            told[place]["placeholders"] = values[: counted.TOPS]
    if ordered := {place: int(part.ordered) for place, part in parts.items() if part.ordered}:
        _add_quantiles(source, columns[0].type, told, ordered)
        _add_spread(source, columns[0].type, told, {place: parts[place] for place in ordered})
    _add_top(source, kind, told)
    for place, found in told.items():
        found["distinct"] = found.pop("lines")
        if kind == "text":
            found["patterns"] = shape.masks(source, _of_one(place))
    return [told.get(place, shape.EMPTY) for place in range(len(columns))]


def _counts(source: Frame, columns: Sequence[Column]) -> exp.Expression:
    """The values of all columns with their numbers of rows, and the column's place as `c`."""
    each = [
        exp.select(exp.alias_(exp.cast(exp.Literal.number(place), "SMALLINT"), "c"), *counts.expressions)
        .from_(counts.args["from_"].this)
        .where(counts.args["where"].this)
        .group_by(exp.Literal.number(2))
        for place, counts in enumerate(shape.counts(column, source.rows) for column in columns)
    ]
    return reduce(lambda one, other: exp.union(one, other, distinct=False, copy=False), each)


def _of_one(place: int) -> exp.Select:
    return exp.select("v", "n").from_(counted.TOGETHER).where(exp.EQ(this=exp.column("c"), expression=exp.Literal.number(place)))


def _values(source: Frame, query: exp.Expression | str) -> dict[int, tuple[Top, ...]]:
    """Values and their numbers of rows by column, from lines in the order of the columns."""
    lines = groupby(source.all(query), key=itemgetter(0))
    return {place: tuple(Top(value, int(count)) for _, value, count in some) for place, some in lines}


def _add_top(source: Frame, kind: str, told: Told) -> None:
    whole = {place for place, found in told.items() if counted.is_list(kind, found["lines"], int(found["filled"]))}
    values = _values(source, counted.top_together(sorted(whole)))
    for place, found in told.items():
        found["top"] = values.get(place, ())[: None if place in whole else counted.TOPS]


def _add_quantiles(source: Frame, type_name: str, told: Told, ordered: Mapping[int, int]) -> None:
    ranks = [(place, *counted.ranks(rows).values()) for place, rows in ordered.items()]
    types = ["SMALLINT", *["BIGINT"] * len(counted.SHARES)]
    source.keep(counted.RANKS, _given(ranks, ["c", *counted.ranks(1)], types))
    for place, *values in source.all(counted.quantiles(family(type_name), counted.TOGETHER)):
        pairs = zip(counted.SHARES, values)
        told[place]["quantiles"] = tuple(Quantile(share, value) for share, value in pairs if value is not None)


def _add_spread(source: Frame, type_name: str, told: Told, parts: Mapping[int, shape.Parts]) -> None:
    kind = family(type_name)
    edges = {
        place: histogram.edges(part.low, part.high, kind, type_name)
        for place, part in parts.items()
        if part.low is not None and part.high is not None
    }
    if not edges:
        return
    fences = {place: shape.fences(told[place], type_name) for place in edges}
    rows = [_bounds(place, edges[place], parts[place].low, fences[place], told[place].get("mean")) for place in edges]
    inner = [f"e{place}" for place in range(1, histogram.BINS)]
    types = ["SMALLINT", "SMALLINT", "DOUBLE", "DOUBLE", "DOUBLE", *[type_name] * len(inner)]
    source.keep(counted.EDGES, _given(rows, ["c", "last", "low", "high", "mean", *inner], types))
    lines = groupby(source.all(counted.spread(type_name, histogram.BINS, counted.TOGETHER)), key=itemgetter(0))
    for place, some in lines:
        told[place] |= shape.spread(type_name, edges[place], fences[place], told[place], [line[1:] for line in some])


def _bounds(
    place: int, edges: Sequence[str], low: str | None, fences: tuple[float, float] | None, mean: float | None
) -> tuple[Any, ...]:
    """What `spread` compares a column's values with. Fewer edges between bins than there may be are filled up with the last of them, or the least

    value: those at the ends may lie beyond what the type can hold.
    """
    between = edges[1:-1]
    inner = [*between, *[between[-1] if between else low] * (histogram.BINS - 1 - len(between))]
    return (place, len(edges) - 2, *(repr(one) if one is not None else None for one in (*(fences or (None, None)), mean)), *inner)


def _given(rows: Sequence[tuple[Any, ...]], names: Sequence[str], types: Sequence[str]) -> exp.Select:
    """Values from here as a relation."""
    cast = [
        exp.alias_(exp.cast(exp.column(name), type_, dialect="duckdb"), name) for name, type_ in zip(names, types, strict=True)
    ]
    return exp.select(*cast).from_(exp.values(rows, alias="given", columns=names))
