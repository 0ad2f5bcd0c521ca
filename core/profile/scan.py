"""One table's columns over all rows: a few wide passes for the scalars, then one grouped pass a column for its shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import sqrt
from typing import NamedTuple

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile
from core.models.source import Column, Landed, LandedColumn
from core.models.types import family
from core.profile import figures, shape, together
from core.profile.frame import CHUNK, Frame, forget, frame
from core.task import Task

GROUPED_VALUES = 2_000_000
"""Up to this many different values are counted one by one (about 100 MB of hash table)."""

GROUPED_BYTES = 64_000_000
"""The same for text: different values times their mean length."""

FEW, MANY = 2, 8
"""Columns counted side by side: of a large table few, since each may hold its values in memory and its queries take all threads anyway."""

SLICE = 64
"""One in this many hash values is kept where different values are estimated (distinct sampling, Gibbons 2001)."""


def columns(
    connection: duckdb.DuckDBPyConnection, landed: Landed, task: Task, said: Callable[[float, str], None]
) -> tuple[ColumnProfile, ...]:
    """The profile of every column of a landed table. `said` is told the share that is done and the column that is next."""
    found: list[ColumnProfile] = []
    total = len(landed.columns)
    if not landed.rows:
        return tuple(_profile(item, landed, {"filled": 0, "distinct": 0}) for item in landed.columns)
    with duck.cursors(connection, task, MANY if landed.rows * MANY <= GROUPED_VALUES else FEW) as cursors:
        for start in range(0, total, CHUNK):
            chunk = landed.columns[start : start + CHUNK]
            said(start / total, chunk[0].column.name)
            source = frame(connection, landed, [item.column for item in chunk])
            batches = _batches(source, [item.column for item in chunk], landed.rows)
            fields: dict[str, shape.Found] = {}
            with closing(duck.side_by_side(cursors, partial(_some, source, landed.rows), batches)) as answers:
                for batch, told in zip(batches, answers):
                    for one, values in zip(batch, told, strict=True):
                        said((start + len(fields)) / total, one.column.name)
                        fields[one.column.name] = values
            found += [_profile(item, landed, fields[item.column.name]) for item in chunk]
        forget(connection)
    return tuple(found)


class _Asked(NamedTuple):
    """A column, its different values in the sample, and the mean bytes of one."""

    column: Column
    sampled: int
    width: float


def _batches(source: Frame, columns: Sequence[Column], rows: int) -> list[list[_Asked]]:
    """Columns that are counted together: those of one type of a small table, else each by itself."""
    open_ones = [_Asked(column, *known) for column, known in zip(columns, _sampled(source, columns), strict=True)]
    most = max(1, together.CELLS // rows) if source.kept and not source.sampled else 1
    alike: dict[str, list[_Asked]] = {}
    for one in open_ones:
        alike.setdefault(one.column.type, []).append(one)
    return [some[start : start + most] for some in alike.values() for start in range(0, len(some), most)]


def _some(source: Frame, rows: int, cursor: duckdb.DuckDBPyConnection, asked: Sequence[_Asked]) -> list[shape.Found]:
    source = replace(source, connection=cursor)
    if len(asked) > 1:
        return together.grouped(source, [one.column for one in asked])
    return [_column(source, one.column, rows, one.sampled, one.width) for one in asked]


def _sampled(source: Frame, chunk: Sequence[Column]) -> list[tuple[int, float]]:
    """For each column: different values in the sample, and the mean bytes of a value where its width varies."""
    if not source.sampled:
        return [(0, 0.0)] * len(chunk)
    wanted: list[exp.Expression] = []
    for column in chunk:
        wide = family(column.type) in ("text", *figures.OPAQUE)
        length = exp.Avg(this=figures.length(duck.column(column.name), family(column.type)))
        wanted += [
            exp.Count(this=exp.Distinct(expressions=[figures.value_of(column)])),
            length if wide else exp.Literal.number(0),
        ]
    values = source.row(exp.select(*wanted).from_(source.sample.copy()))
    return [(int(count), float(width or 0)) for count, width in zip(values[::2], values[1::2])]


def _column(source: Frame, column: Column, rows: int, sampled: int, width: float) -> shape.Found:
    """The fields of one column, counted value by value where it has few enough of them."""
    if _groupable(sampled * rows / max(source.sampled, 1), width) or _groupable(estimate := _estimate(source, column), width):
        return shape.grouped(source, column)
    found = shape.large(source, column)
    # Three standard errors of an unbiased sample of the different values: it holds for 997 columns in 1,000.
    error = 3 * sqrt((SLICE - 1) / estimate)
    if estimate * (1 + error) >= found["filled"]:  # it may be a key, so it is counted
        different = exp.Count(this=exp.Distinct(expressions=[figures.value_of(column)]))
        return found | {"distinct": source.row(exp.select(different).from_(source.rows.copy()))[0]}
    return found | {"distinct": estimate, "distinct_error": error}


def _groupable(values: float, width: float) -> bool:
    """Whether so many different values of a mean width can be counted one by one. Those of the sample stand for the most there can be: a value that

    the sample does not hold is as likely as those it holds once (Good, The Population Frequencies of Species, 1953), so that all such rows
    together are no larger a share than that of the values of the sample.
    """
    return values <= GROUPED_VALUES and values * width <= GROUPED_BYTES


def _estimate(source: Frame, column: Column) -> int:
    """The number of different values, from those whose hash falls into the slice."""
    hashed = duck.call("hash", figures.value_of(column))
    kept = exp.EQ(this=exp.Mod(this=hashed, expression=exp.Literal.number(SLICE)), expression=exp.Literal.number(0))
    different = exp.select(exp.alias_(hashed.copy(), "h")).from_(source.rows.copy()).where(kept).distinct()
    (count,) = source.row(exp.select(exp.Count(this=exp.Star())).from_(different.subquery("slice")))
    return count * SLICE


def _profile(item: LandedColumn, landed: Landed, found: shape.Found) -> ColumnProfile:
    fields = {name: value for name, value in found.items() if name != "filled"}
    return ColumnProfile(
        name=item.column.name,
        type=item.column.type,
        rows=landed.rows,
        nulls=landed.rows - int(found["filled"]),
        distinct_exact=not found.get("distinct_error"),
        refused=item.refused,
        ambiguous=item.ambiguous,
        query=figures.query(item.column, landed.files),
        **fields,
    )
