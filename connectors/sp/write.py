"""Writing rows: into a table beside the target first, then all of them in as few steps as Spark's catalogue allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pyarrow as pa
from sqlglot import exp

from connectors.keys import filled, fitting, twice
from connectors.sp import catalog
from connectors.sp.fit import compare, sendable, wire
from connectors.sp.place import Place
from connectors.sp.session import Session
from connectors.sp.stage import Stage, changeable, changed, merged
from connectors.sp.trouble import Broken, Refused, told
from core.engines.duck import duck
from core.errors import AssayError, ConfigError, DataError
from core.task import Task
from core.words import msg, plural, say

PIECE = 64 * 2**20  # bytes of Arrow sent at once: one file of the table
VIEW = "assay_rows"


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
    """Write all rows to the table at `path`, made as a table of Parquet files where it is missing. Returns where they are.

    A killed write leaves the target as it was: at once where it was killed before its last step, after the next write where it was
    killed between the two renames of a replace or an upsert. Raises `UnsupportedError` for tables that cannot be exchanged.
    """
    where = catalog.where(path)
    title = ".".join(where)
    _fitting(mode, keys, schema)
    opened = session()
    with told(place, title, task), task.interruptible(opened.interrupt):
        stage = Stage.of(place, opened, where)
        stage.recover()
        live = catalog.find(place, opened, where)
        columns = list(schema.names)
        if live is not None:
            changeable(title, live, mode)
            there = opened.schema(exp.select("*").from_(catalog.name(where)))
            compare(title, schema, there)
            columns = [field.name for field in there.fields]
    try:
        with told(place, title, task), task.interruptible(opened.interrupt):
            rows = _staged(stage, live, schema, filled(batches, keys), mode, task)
            if mode == "upsert" and stage.twice(stage.beside("rows"), keys):
                raise twice(keys)
            task.at(0.95, msg("Putting the rows in place"))
            _in_place(stage, live, schema, columns, mode, keys, title)
    except BaseException:
        _clear(session, stage, recover=True)
        raise
    _clear(session, stage)
    return say(
        plural("{n} row in {table} at {place}", "{n} rows in {table} at {place}", n=rows, table=title, place=place.address)
    )


def _fitting(mode: str, keys: tuple[str, ...], schema: pa.Schema) -> None:
    fitting("Spark", mode, keys, schema)
    if len({name.lower() for name in schema.names}) < len(schema.names):
        raise ConfigError(
            msg("Two columns have the same name"),
            msg("The rows have {names}.", names=", ".join(schema.names)),
            msg("Rename one of them before the sink."),
        )


def _staged(
    stage: Stage, live: catalog.Table | None, schema: pa.Schema, batches: Iterator[pa.RecordBatch], mode: str, task: Task
) -> int:
    """All rows in a table of their own, counted there."""
    sent_as = [wire(field.type) for field in schema]
    wired = pa.schema([(field.name, kind) for field, (kind, _) in zip(schema, sent_as, strict=True)])
    if live is not None and mode == "replace":
        into = stage.like("rows", live)
    else:
        into = stage.create("rows", [(field.name, kind) for field, (_, kind) in zip(schema, sent_as, strict=True)])
    # pyspark takes this setting, not what Arrow says, for times without a zone. The table is made by now: it names types as well.
    stage.session.setting("spark.sql.timestampType", "TIMESTAMP_NTZ")
    sent = 0
    with duck() as local:
        for piece in _pieces(batches, lambda batch: sendable(local, batch, wired), wired):
            task.at(sent / (sent + 1_000_000), msg("{n} rows sent to {table}", n=sent, table=stage.path[2]))
            if piece.num_rows:
                stage.session.view(VIEW, piece)
                stage.put(into, schema.names, exp.select("*").from_(VIEW))
                sent += piece.num_rows
    task.at(sent / (sent + 1_000_000), msg("{n} rows sent to {table}", n=sent, table=stage.path[2]))
    if (found := stage.count(into)) != sent:
        raise DataError(
            msg("{table} took {written} of {sent} rows", table=stage.path[2], written=found, sent=sent),
            msg("Some were lost on the way to the server."),
            msg("Start the write again. Nothing was written."),
        )
    return sent


def _pieces(
    batches: Iterator[pa.RecordBatch], made: Callable[[pa.RecordBatch], pa.RecordBatch], schema: pa.Schema
) -> Iterator[pa.Table]:
    """The rows in tables of about `PIECE` bytes, an empty one at the start so that progress is told before the first row is."""
    yield schema.empty_table()
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(made(batch))
        size += held[-1].nbytes
        if size >= PIECE:
            yield pa.Table.from_batches(held, schema)
            held, size = [], 0
    if held:
        yield pa.Table.from_batches(held, schema)


def _in_place(
    stage: Stage, live: catalog.Table | None, schema: pa.Schema, columns: list[str], mode: str, keys: tuple[str, ...], title: str
) -> None:
    rows = catalog.name(stage.beside("rows"))
    if live is None:
        stage.name_it("rows")
    elif mode == "append":
        named = [exp.column(exp.to_identifier(one, quoted=True)) for one in schema.names]
        stage.put(stage.path, schema.names, exp.select(*named).from_(rows))
    elif mode == "replace":
        stage.exchange("rows")
    else:
        target = catalog.name(stage.path)
        before = stage.session.files(target)
        copy = stage.like("copy", live)
        stage.put(copy, columns, merged(catalog.name(stage.path), rows, columns, schema.names, keys))
        if stage.session.files(target) != before:
            raise changed(title)
        stage.exchange("copy")


def _clear(session: Callable[[], Session], stage: Stage, recover: bool = False) -> None:
    """Drop what was made ready; on a session of its own where that of the write is broken. A server that is gone is swept later."""
    with suppress(AssayError, Refused, Broken):
        fresh = session()
        mine = Stage(stage.place, fresh, stage.path, stage.run)
        if recover:
            mine.recover()
        mine.clear()
        fresh.setting("spark.sql.timestampType", "TIMESTAMP_LTZ")
