"""One table: its columns, then its keys."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Dependency, TableProfile
from core.models.source import Landed
from core.profile import arrangement, dependencies, keys, proof, scan, timeline
from core.profile.frame import Frame, whole
from core.profile.meaning import recognise
from core.task import Task
from core.words import msg

DUPLICATE_CELLS = 20_000_000
"""Up to this many cells whole rows are compared with each other."""

REJECTS = 3
"""Rows that could not be placed, the first of which are shown: enough to see what is wrong with them."""


def profile(connection: duckdb.DuckDBPyConnection, name: str, landed: Landed, task: Task, now: datetime) -> TableProfile:
    """The profile of one landed table."""
    columns = scan.columns(connection, landed, task, _said(task.part(0, 0.75), name))
    task.at(0.75, msg("How the rows of {table} stand", table=name))
    columns = arrangement.arranged(connection, landed, columns)
    columns = recognise(connection, landed, columns, task)
    task.at(0.8, msg("Looking for the keys of {table}", table=name))
    time_column = timeline.leading(columns)
    works = (
        lambda cursor: _proven(cursor, landed, columns, task),
        lambda cursor: timeline.timelines(cursor, landed, columns, time_column, now),
    )
    with duck.cursors(connection, task, len(works)) as cursors:
        with closing(duck.side_by_side(cursors, lambda cursor, work: work(cursor), works)) as answers:
            (found, decided, duplicates), timelines = answers
    task.at(1, msg("Profiled {table}", table=name))
    return TableProfile(
        name=name,
        rows=landed.rows,
        bytes=landed.bytes,
        source_bytes=landed.source_bytes,
        columns=columns,
        keys=found,
        primary_key=keys.primary(columns, found),
        duplicate_rows=duplicates,
        time_column=time_column,
        timelines=timelines,
        activity=landed.activity,
        dependencies=decided,
        reading=tuple((name, value) for name, value, _ in landed.reading),
        query=exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(duck.parquet(landed.files))
        .sql("duckdb"),
        rejected=landed.rejected,
        rejects=landed.rejects[:REJECTS],
    )


def _proven(
    connection: duckdb.DuckDBPyConnection, landed: Landed, columns: Sequence[ColumnProfile], task: Task
) -> tuple[tuple[keys.Key, ...], tuple[Dependency, ...], int | None]:
    """Keys, dependencies, and rows that repeat an earlier one (None where comparing them would take too long)."""
    if not landed.rows or not columns:
        return (), (), 0
    rows = proof.OfLanded(whole(connection, landed), landed)
    duplicates = 0 if any(column.unique for column in columns) else _duplicates(rows.source, columns, landed)
    found = () if duplicates else keys.find(rows, columns, task)
    return found, dependencies.find(rows, columns, task), 0 if found else duplicates


def _said(task: Task, table: str):
    return lambda share, column: task.at(share, msg("Reading {table}: {column}", table=table, column=column))


def _duplicates(source: Frame, columns: Sequence[ColumnProfile], landed: Landed) -> int | None:
    """Rows that repeat an earlier row in every column, or None where comparing them would take too long."""
    if landed.rows * len(columns) > DUPLICATE_CELLS:
        return None
    different = exp.select("*").from_(source.rows.copy()).distinct().subquery("different")
    (count,) = source.row(exp.select(exp.Count(this=exp.Star())).from_(different))
    return landed.rows - count
