"""Writing rows: into a table beside the target first, then all of them in one step, so that a reader sees all or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from connectors.ch import catalog
from connectors.ch.fit import compare, made_type
from connectors.ch.outgo import Outgo, types_of
from connectors.ch.place import Place
from connectors.ch.reach import no_database, told
from connectors.ch.session import Session
from connectors.ch.stage import Stage, changed, honest
from connectors.ch.types import ChType, parse
from connectors.keys import filled, fitting
from core.engines.duck import duck
from core.errors import AssayError, ConfigError, DataError
from core.task import Task
from core.words import msg, plural, say

_WIDE = "SELECT toString(toDate32('0001-01-01')) = '0001-01-01' AS wide, serverTimezone() AS zone"
PARTS = ("rows", "copy")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written: rows of `types` (DuckDB's) into columns of `targets`; `live` is None for a table that is to be made."""

    types: dict[str, str]
    targets: dict[str, ChType]
    made: dict[str, str]
    live: catalog.Table | None
    wide: bool


def write(
    place: Place,
    session: Callable[[], Session],
    path: tuple[str, ...],
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    mode: str,
    task: Task,
    keys: tuple[str, ...] = (),
) -> str:
    """Write all rows to the table at `path`, made as a MergeTree sorted by `keys` when missing. Returns where they are.

    `append` links the new parts into the table in one step; `replace` exchanges the table for a new one of the same definition;
    `upsert` exchanges it for a copy (linked, not copied) in which the rows with these keys are others. A killed write leaves the
    target as it was, and a table beside it that the next write to the same target drops.
    """
    database, target = catalog.where(path)
    name = f"{database}.{target}"
    _fitting(mode, keys, schema)
    opened = session()
    with duck(task) as local:
        with told(place, name, task), task.interruptible(opened.interrupt):
            plan = _plan(place, opened, path, types_of(local, schema), schema, mode, keys)
            stage = Stage.of(opened, database, target)
            stage.sweep(everything=place.embedded)
        outgo = Outgo(local, schema, plan.types, plan.targets, plan.wide, name)
        try:
            with told(place, name, task), task.interruptible(opened.interrupt):
                rows = _staged(stage, plan, outgo, _told_of(batches, target, keys, task), keys, name, mode)
                task.at(0.95, msg("Putting the rows in place"))
                _in_place(stage, plan, mode, keys, name)
        except BaseException:
            _clear(session, stage)
            raise
        _clear(session, stage)
    return say(plural("{n} row in {table} at {place}", "{n} rows in {table} at {place}", n=rows, table=name, place=place.address))


def _fitting(mode: str, keys: tuple[str, ...], schema: pa.Schema) -> None:
    fitting("ClickHouse", mode, keys, schema)
    if len({name.lower() for name in schema.names}) < len(schema.names):
        raise ConfigError(
            msg("Two columns have the same name"),
            msg("The rows have {names}.", names=", ".join(schema.names)),
            msg("Rename one of them before the sink."),
        )


def _plan(
    place: Place,
    session: Session,
    path: tuple[str, ...],
    types: dict[str, str],
    schema: pa.Schema,
    mode: str,
    keys: tuple[str, ...],
) -> _Plan:
    """Compare the rows with the table that is there, or decide how it is to be made."""
    server = session.rows(_WIDE)[0]
    live = catalog.find(place, session, path)
    if live is None:
        if not session.rows("SELECT name FROM system.databases WHERE name = {d:String}", {"d": path[0]}):
            raise no_database(place, path[0])
        nullable = {field.name: field.nullable and field.name not in keys for field in schema}
        made = {title: made_type(kind, nullable[title]) for title, kind in types.items()}
        return _Plan(types, {title: parse(kind) for title, kind in made.items()}, made, None, server["wide"])
    name = ".".join(path)
    honest(name, live, mode)
    columns = catalog.columns(place, session, path)
    compare(name, types, columns, server["zone"])
    return _Plan(types, {one.column.name: one.type for one in columns}, {}, live, server["wide"])


def _told_of(batches: Iterator[pa.RecordBatch], table: str, keys: tuple[str, ...], task: Task) -> Iterator[pa.RecordBatch]:
    """The rows with progress, and with no nulls among the keys."""
    rows = 0
    for batch in filled(batches, keys):
        task.at(rows / (rows + 1_000_000), msg("{n} rows sent to {table}", n=rows, table=table))
        yield batch
        rows += batch.num_rows


def _staged(
    stage: Stage, plan: _Plan, outgo: Outgo, batches: Iterator[pa.RecordBatch], keys: tuple[str, ...], name: str, mode: str
) -> int:
    """All rows in a table of their own, counted there, each key once."""
    into = stage.create("rows", plan.made, keys) if plan.live is None else stage.like("rows")
    sent = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal sent
        for batch in batches:
            sent += batch.num_rows
            yield batch

    written = stage.session.insert(stage.database, into, outgo.reader(counted()))
    engine = plan.live.engine if plan.live else "MergeTree"
    found = stage.count("rows") if engine in ("MergeTree", "Memory", "Log", "TinyLog", "StripeLog") else written
    if found != sent or written != sent:
        raise DataError(
            msg("{table} took {written} of {sent} rows", table=name, written=min(found, written), sent=sent),
            msg("A constraint, a time to live (TTL) or the way to the server keeps rows away."),
            msg("Write to a table without it. Nothing was written."),
        )
    if mode == "upsert" and (twice := stage.twice("rows", keys)) is not None:
        raise DataError(
            msg("A key comes twice among the rows: {key}", key=twice[:200]),
            msg("Which of them is to stay cannot be told."),
            msg("Keep one row for each key before the sink (deduplicate), or choose other keys. Nothing was written."),
        )
    return sent


def _in_place(stage: Stage, plan: _Plan, mode: str, keys: tuple[str, ...], name: str) -> None:
    if plan.live is None:
        stage.rename("rows")
    elif mode == "append":
        stage.attach(stage.target, stage.name("rows"))
    elif mode == "replace":
        stage.exchange("rows")
    else:
        before = stage.state(stage.target)
        stage.attach(stage.like("copy"), stage.target)
        stage.upsert("copy", "rows", tuple(plan.types), keys)
        if stage.state(stage.target) != before:
            raise changed(name)
        stage.exchange("copy")
        if stage.state(stage.name("copy")) != before:
            stage.exchange("copy")
            raise changed(name)


def _clear(session: Callable[[], Session], stage: Stage) -> None:
    """Drop what was made ready; on a session of its own where that of the write is broken."""
    try:
        fresh = session()
    except AssayError:
        return  # the server is gone: the next write sweeps
    Stage(fresh, stage.database, stage.target, stage.run).clear(PARTS)
