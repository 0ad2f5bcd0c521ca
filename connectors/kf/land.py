"""A topic as a table: each message a row, its value as columns with types that lose nothing, and beside them what the message itself says."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
from sqlglot import exp

from connectors.files import objects
from connectors.files.choose import Rules
from connectors.files.dialect import unique
from connectors.files.land import ANY, land_text, on_disk
from connectors.files.readings import Reading
from connectors.json import exact_shape, rules_of
from connectors.kf.objects import PARTS, cells, kept, lines, prepare, sifted, weeded
from connectors.kf.pull import Range, ranges
from connectors.kf.registry import Schemas
from connectors.kf.session import Session
from connectors.kf.spool import Spool, spooled
from connectors.kf.trouble import no_topic
from connectors.kf.values import VALUE, Avro, Json
from core.engines.duck import call, column, duck, rows_in
from core.errors import ConfigError, DataError
from core.models.source import Landed, LandedColumn
from core.task import Task
from core.words import Msg, msg, plural

PART = "part-0.parquet"
SPANS = 12
Shown = dict[str, exp.Expression]
"""Columns to be: name → what they are of the rows."""


def where(session: Session, path: tuple[str, ...]) -> tuple[str, int | None]:
    """The topic of a path, and its partition where one is named. Raises `ConfigError`, `DataError`."""
    if not path or not path[0] or len(path) > 2 or (len(path) == 2 and not path[1].isdigit()):
        raise ConfigError(
            msg("{path} does not name a topic", path="/".join(path) or "—"),
            msg("What can be read is a topic, or one of its partitions by its number."),
            msg("Write it as topic or topic/0."),
        )
    topic, partition = path[0], int(path[1]) if len(path) == 2 else None
    if partition is not None and partition not in session.partitions(topic):
        raise no_topic(session.place, "/".join(path))
    return topic, partition


def land(session: Session, path: tuple[str, ...], folder: Path, task: Task, most: int | None = None) -> Landed:
    """The messages that the settings mean, `most` of them, as Parquet in `folder`; ends with what was there when it began.

    Raises `DataError`, `ConnectError`, `Cancelled`. Messages that cannot be read are counted and kept aside.
    """
    topic, partition = where(session, path)
    wanted = ranges(session, topic, partition)
    with _aside(folder) as aside:
        spool = spooled(session, topic, wanted, aside, folder, task.part(0.0, 0.5), most)
        target = folder / PART
        try:
            with on_disk(target), duck(task, spill=aside) as connection:
                columns = _landed(connection, session, topic, spool, aside, target, task.part(0.5, 1.0))
                count = rows_in(connection, target)
                task.check()
        finally:
            spool.rejects.close()
    if spool.rejects.count and not count:
        raise _none_fits(topic, spool)
    return Landed(
        files=(str(target),),
        columns=columns,
        rows=count,
        bytes=target.stat().st_size,
        source_bytes=max(spool.bytes, 1),
        reading=_reading(session, spool, wanted, most),
        rejected=spool.rejects.count,
        rejects=tuple(spool.rejects.first),
        rejects_file=spool.rejects.file,
        notes=tuple(_notes(session, topic, partition, spool, wanted, most)),
    )


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder beside that of the landing, gone at the end."""
    with on_disk(folder):
        aside = Path(tempfile.mkdtemp(prefix="assay-", dir=folder.parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _landed(
    connection: duckdb.DuckDBPyConnection, session: Session, topic: str, spool: Spool, aside: Path, target: Path, task: Task
) -> tuple[LandedColumn, ...]:
    message = session.place.reading.message
    prepare(connection, spool)
    if isinstance(spool.values, Json | Avro):
        task.at(0.0, msg("Looking at every message of {topic}", topic=topic))
        sifted(connection, spool)
    values, _ = kept(connection, session.place.reading.latest)
    if values and isinstance(spool.values, Json | Avro):
        return _objects(connection, session, topic, spool, aside, target, task)
    names = spool.values.columns
    shown: Shown = {name: column(f"c{number}") for number, name in enumerate(names)}
    rules = ANY if spool.values.name == "csv" else Rules(typed={VALUE: "VARCHAR"})
    return _written(connection, cells(len(names)).subquery("t"), shown, rules, spool, message, target, task)


def _objects(
    connection: duckdb.DuckDBPyConnection, session: Session, topic: str, spool: Spool, aside: Path, target: Path, task: Task
) -> tuple[LandedColumn, ...]:
    """Values that are the text of objects: written one a line with the parts of the message in front, and read as such a file is."""
    reading = session.place.reading

    def attempt() -> tuple[LandedColumn, ...]:
        return _from_lines(connection, spool, lines(connection, aside), aside, reading.message, target, task)

    try:
        return attempt()
    except (duckdb.Error, DataError) as error:
        # What DuckDB's reader does not take of a valid object (a key twice) is found one by one, and put aside.
        if isinstance(error, duckdb.InterruptException | duckdb.OutOfMemoryException) or not weeded(connection, spool, task):
            with objects.plain_errors(target):
                raise
    values, _ = kept(connection, reading.latest)
    if not values:
        raise _none_fits(topic, spool)
    with objects.plain_errors(target):
        return attempt()


def _from_lines(
    connection: duckdb.DuckDBPyConnection, spool: Spool, file: Path, aside: Path, message: bool, target: Path, task: Task
) -> tuple[LandedColumn, ...]:
    found = exact_shape(connection, file, "objects", aside, task, loose=True)
    inside = set(PARTS.values())
    shown: Shown = {one: column(one) for one in found.types if one not in inside}
    rules = _as_declared(found, spool.values.schemas) if isinstance(spool.values, Avro) else rules_of(found)
    return _written(connection, found.rows, shown, rules, spool, message, target, task)


def _as_declared(found: objects.Shape, schemas: Schemas) -> Rules:
    """The rules for JSON, and what schemas say: decimals came as text with all their digits, a double is never one, and a string is text."""
    texts = {one for one, kind in found.types.items() if kind == "VARCHAR"}
    decimals, floats = schemas.columns("decimal") & texts, schemas.columns("float")
    rules = rules_of(replace(found, numbers=found.numbers | decimals))
    typed = {**rules.typed, **dict.fromkeys(schemas.columns("text") & texts - found.numbers, "VARCHAR")}

    def may(name: str, reading: Reading) -> bool:
        return rules.may(name, reading) and (name not in floats or reading.type == "DOUBLE")

    return replace(rules, typed=typed, may=may)


def _written(
    connection: duckdb.DuckDBPyConnection,
    rows: exp.Expression,
    shown: Shown,
    rules: Rules,
    spool: Spool,
    message: bool,
    target: Path,
    task: Task,
) -> tuple[LandedColumn, ...]:
    """Land the columns of the values, with those of the message behind them; these have types, whatever the rules say of the others."""
    parts = _parts(spool) if message else {}
    names = unique([*shown, *parts])
    values = [
        exp.alias_(value, name, quoted=True) for value, name in zip([*shown.values(), *(v for v, _ in parts.values())], names)
    ]
    typed = {**rules.typed, **dict(zip(names[len(shown) :], (kind for _, kind in parts.values())))}
    query = exp.select(*values).from_(rows).subquery("rows")
    return land_text(connection, query, names, target, task, replace(rules, typed=typed))


def _parts(spool: Spool) -> dict[str, tuple[exp.Expression, str]]:
    """What a message says beside its value: name → value, type."""
    inside = {name: column(own) for name, own in PARTS.items()}
    key = call("unhex", inside["_key"]) if spool.binary_keys else exp.cast(inside["_key"], "VARCHAR")
    moment = call("timezone", exp.Literal.string("UTC"), call("epoch_ms", exp.cast(inside["_timestamp"], "BIGINT")))
    found: dict[str, tuple[exp.Expression, str]] = {
        "_key": (key, "BLOB" if spool.binary_keys else "VARCHAR"),
        "_partition": (exp.cast(inside["_partition"], "INT"), "INTEGER"),
        "_offset": (exp.cast(inside["_offset"], "BIGINT"), "BIGINT"),
        "_timestamp": (moment, "TIMESTAMP WITH TIME ZONE"),
    }
    if spool.headers:
        found["_headers"] = (exp.cast(inside["_headers"], "VARCHAR"), "VARCHAR")
    return found


# What is said of it


def _reading(session: Session, spool: Spool, wanted: Sequence[Range], most: int | None) -> tuple[tuple[str, str, Msg], ...]:
    values, reading = spool.values, session.place.reading
    starts = {
        "beginning": msg("from the first that is kept"),
        "last": msg("the last {n} of each partition", n=reading.last),
        "since": msg("those since the time you said"),
    }
    found = [("messages", str(spool.messages), msg("the first of them") if most is not None else starts[reading.start])]
    found.append(("format", values.name, values.evidence))
    found.extend(values.reading)
    if isinstance(values, Avro) and values.schemas.used:
        found.append(("schemas", ", ".join(map(str, values.schemas.used)), msg("as the registry has them")))
    spans = ", ".join(f"{one.partition}: {one.start}–{one.end - 1}" for one in wanted[:SPANS] if one.size)
    found.append(("offsets", spans or "—", msg("up to what was there when the reading began")))
    if reading.latest:
        found.append(("rows", "latest of each key", msg("a message without a value takes its key away")))
    return tuple(found)


def _notes(
    session: Session, topic: str, partition: int | None, spool: Spool, wanted: Sequence[Range], most: int | None
) -> Iterator[Msg]:
    if not spool.messages:
        yield msg("There is no message in it.")
    if spool.tombstones:
        yield plural(
            "{n} message is a tombstone: a key without a value.",
            "{n} messages are tombstones: keys without a value.",
            n=spool.tombstones,
        )
    if spool.names:
        yield plural("{n} message is a header and no row.", "{n} messages are headers and no rows.", n=spool.names)
    if most is None:
        numbers = [one.partition for one in wanted]
        every, free = session.bounds(topic, numbers, committed=False), session.bounds(topic, numbers)
        held = sum(every[number][1] - free[number][1] for number in numbers)
        if held > 0:
            yield plural(
                "{n} message is held back by a transaction that is not finished, and is not read.",
                "{n} messages are held back by transactions that are not finished, and are not read.",
                n=held,
            )


def _none_fits(topic: str, spool: Spool) -> DataError:
    return DataError(
        msg("No message of {topic} can be read as {format}", topic=topic, format=spool.values.name),
        msg("The first: {reason}.", reason=spool.rejects.first[0].reason),
        msg("Choose another format of the values in the connection."),
    )
