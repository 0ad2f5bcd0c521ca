"""A column's figures from its values and their numbers of rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

from sqlglot import exp

from core.models.profile import Bin, Quantile, Top
from core.models.source import Column
from core.models.types import family
from core.profile import counted, figures, histogram, narrow
from core.profile.frame import SAMPLE_ROWS, Frame
from core.profile.patterns import patterns

Found = dict[str, Any]
"""Fields of `ColumnProfile` by name."""

EMPTY: Found = {"filled": 0, "distinct": 0, "top": ()}
"""What is found of a column without a value."""


def grouped(source: Frame, column: Column) -> Found:
    """Everything exactly, from the number of rows of each different value."""
    source.keep(counted.RANKED, counts(column, source.rows))
    found = _figures(source, column, counted.RANKED)
    distinct = found.pop("lines")
    if not distinct:
        return EMPTY
    kind = family(column.type)
    whole = counted.is_list(kind, distinct, filled := int(found["filled"]))
    found |= {"distinct": distinct, "top": _top(source, whole) if whole or distinct < filled else ()}
    if kind == "text":
        if distinct > SAMPLE_ROWS and source.sampled:
            found |= {"patterns": masks(source, counts(column, source.sample)), "patterns_sampled": source.sampled}
        else:
            found["patterns"] = masks(source, exp.select("v", "n").from_(counted.RANKED))
    return found


def large(source: Frame, column: Column) -> Found:
    """For a column with too many different values to count each: quantiles, masks and candidates for the frequent values

    come from the sample; the counts of those candidates and every other figure from all rows.
    """
    source.keep(counted.RANKED, counts(column, source.sample))
    source.keep(counted.CANDIDATES, counted.candidates())
    single = exp.select(exp.alias_(figures.value_of(column), "v"), exp.alias_(exp.Literal.number(1), "n"))
    single = single.from_(source.rows.copy()).where(_present(column))
    source.keep(counted.WEIGHED, single, view=True)
    found = _figures(source, column, counted.WEIGHED)
    del found["lines"]
    if "signs" in found:
        found["marks"] = _marks(source, found.pop("signs"))
    if "quantiles" in found:
        found["quantiles_sampled"] = source.sampled
    if family(column.type) == "text":
        found |= {"patterns": masks(source, exp.select("v", "n").from_(counted.RANKED)), "patterns_sampled": source.sampled}
    found["top"] = _top_of_candidates(source, found)
    return found | {"top_sampled": source.sampled}


def counts(column: Column, rows: exp.Expression) -> exp.Select:
    """The different values of a column as `v` with their numbers of rows as `n`."""
    query = exp.select(exp.alias_(figures.value_of(column), "v"), exp.alias_(exp.Count(this=exp.Star()), "n"))
    return query.from_(rows.copy()).where(_present(column)).group_by(exp.Literal.number(1))


def _present(column: Column) -> exp.Expression:
    return exp.Not(this=exp.Is(this=figures.value_of(column), expression=exp.Null()))


def _top(source: Frame, whole: bool) -> tuple[Top, ...]:
    return tuple(Top(value, count) for value, count in source.all(counted.top(whole)))


def _top_of_candidates(source: Frame, found: Found) -> tuple[Top, ...]:
    """Values that repeat in the sample, the most frequent of all rows first. Takes their numbers of rows out of what was found."""
    counts = [found.pop(f"candidate {place}", 0) for place in range(counted.TOPS)]
    named = [Top(value, count) for (value,), count in zip(source.all(counted.named_candidates()), counts)]
    return tuple(sorted(named, key=lambda one: -one.count))


def _marks(source: Frame, signs: int) -> int:
    """Rows of a column too large to count each value. Where no row has a sign, and no value of the sample three digits, there are none."""
    if not signs and source.row(counted.digits(counted.RANKED)) == (False,):
        return 0
    return int(source.row(counted.marks(counted.WEIGHED))[0])


def masks(source: Frame, query: exp.Expression) -> tuple[Any, ...]:
    """The patterns of the texts of a query with their numbers of rows."""
    return patterns(source.all(query))


class Parts(NamedTuple):
    """What is found beside the fields of a profile: the finite extremes as text, rows that have a place in the order, rows that stand for nothing."""

    low: str | None
    high: str | None
    ordered: int | None
    nothing: int | None


def parts(found: Found) -> Parts:
    """Takes them out of what was found."""
    return Parts(*(found.pop(name, None) for name in ("finite_low", "finite_high", "ordered", "nothing")))


def _figures(source: Frame, column: Column, relation: str) -> Found:
    """Scalars, placeholders, histogram, deviation and outliers from a relation of all rows, quantiles from `ranked`."""
    kind = family(column.type)
    names, query = counted.scalars(kind, relation)
    found = dict(zip(names, source.row(query)))
    if not found["lines"]:
        return {"lines": 0, "filled": 0}
    low, high, ordered, nothing = parts(found)
    if nothing:
        found["placeholders"] = tuple(Top(value, int(count)) for value, count in source.all(counted.placeholders(relation)))
    if not ordered:
        return found
    if relation != counted.RANKED:
        names, query = counted.scalars(kind, counted.RANKED)
        ordered = dict(zip(names, source.row(query)))["ordered"] or 0
    found["quantiles"] = _quantiles(source, column.type, int(ordered), found["lines"] if relation == counted.RANKED else 0)
    if low is not None and high is not None:
        found |= _spread(source, column, relation, histogram.edges(low, high, kind, column.type), found)
    return found


def fences(found: Found, type_name: str) -> tuple[float, float] | None:
    """The fences of a column of numbers by its quantiles."""
    return figures.fences(found["quantiles"], type_name) if family(type_name) in figures.NUMERIC else None


def _quantiles(source: Frame, type_name: str, rows: int, different: int) -> tuple[Quantile, ...]:
    """From `ranked`, which holds so many `different` values (0: it is a sample, and small)."""
    relation, ranks = counted.RANKED, counted.ranks(rows)
    if different >= narrow.MANY:
        relation, ranks = counted.NEAR, narrow.narrowed(source, type_name, ranks)
    values = source.row(counted.quantiles(family(type_name), relation), ranks)
    return tuple(Quantile(share, value) for share, value in zip(counted.SHARES, values) if value is not None)


def _spread(source: Frame, column: Column, relation: str, edges: tuple[str, ...], found: Found) -> Found:
    around = fences(found, column.type)
    params: dict[str, Any] = {f"e{place}": edge for place, edge in enumerate(edges[1:-1], start=1)}
    if family(column.type) in figures.NUMERIC:
        low, high = around or (None, None)
        params |= {"low": low, "high": high, "mean": found["mean"]}
    return spread(column.type, edges, around, found, source.all(counted.spread(column.type, len(edges) - 1, relation), params))


def spread(
    type_name: str, edges: Sequence[str], fences: tuple[float, float] | None, found: Found, lines: Sequence[tuple[Any, ...]]
) -> Found:
    """Histogram, outliers and deviation from the lines of `counted.spread`."""
    rows = {line[0]: int(line[1]) for line in lines}
    spread: Found = {"histogram": tuple(Bin(*pair, rows.get(place, 0)) for place, pair in enumerate(pairwise(edges)))}
    if fences:
        spread |= {"outliers": sum(int(line[2]) for line in lines), "fences": fences}
    placed = sum(count for place, count in rows.items() if place is not None)
    if family(type_name) in figures.NUMERIC and found["mean"] is not None and placed > 1:
        spread["deviation"] = sqrt(sum(line[3] for line in lines if line[0] is not None) / (placed - 1))
    return spread
