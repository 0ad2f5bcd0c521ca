"""Rows as messages: made ready here whole, then sent in one transaction, so that a reader of what is committed sees all or none."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.files.land import on_disk
from connectors.files.write import as_json
from connectors.keys import filled, fitting, twice
from connectors.kf.send import Sender
from connectors.kf.session import Session
from core.engines.duck import call, column, duck, name, parquet, sql
from core.errors import ConfigError, DataError
from core.store.throwaway import throwaway
from core.task import Task
from core.words import msg, plural, say

MODES = ("append", "upsert")
COMPACT = {"cleanup.policy": "compact"}
STAGED = pa.schema([("key", pa.string()), ("value", pa.string())])
SLOWEST, BASE = 5_000, 30  # messages a second that any broker takes, and seconds beside: so long a transaction may last
LONGEST = 900  # seconds: what brokers allow a transaction (transaction.max.timeout.ms)


def write(
    session: Callable[[], Session],
    path: tuple[str, ...],
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    mode: str,
    task: Task,
    keys: tuple[str, ...] = (),
) -> str:
    """Send each row as a message: its columns as a JSON object, the columns `keys` as the key. Returns where they are.

    `append` adds them; the same write twice adds them twice, as a log does. `upsert` is the same into a topic that keeps the last message
    of each key (`cleanup.policy=compact`), where it twice changes nothing more. A topic that is not there is made with the broker's
    defaults. Nothing can take the place of what a topic holds in one step: there is no `replace`.
    """
    topic = _fitting(path, schema, mode, keys)
    with throwaway("messages-") as aside:
        file = aside / "messages.parquet"
        count = _staged(file, filled(batches, keys) if mode == "upsert" else batches, schema, keys, task.part(0.0, 0.4))
        if mode == "upsert":
            _each_key_once(file, keys, aside, task)
        opened = session()
        task.check()
        made = _made(opened, topic, mode)
        try:
            _sent(opened, topic, file, count, task.part(0.4, 1.0))
        except BaseException:
            if made:
                opened.drop(topic)
            raise
    place = opened.place.address
    return say(
        plural("{n} message in {topic} at {place}", "{n} messages in {topic} at {place}", n=count, topic=topic, place=place)
    )


def _fitting(path: tuple[str, ...], schema: pa.Schema, mode: str, keys: Sequence[str]) -> str:
    if mode == "replace":
        raise ConfigError(
            msg("A topic cannot be replaced"),
            msg("It is a log: messages are added at its end, and nothing takes the place of all of them in one step."),
            msg(
                "Choose append; or upsert with keys, into a topic that keeps the last message of each key; or a topic of another name."
            ),
        )
    fitting("Kafka", mode, keys, schema, MODES)
    if len(path) != 1 or not path[0]:
        raise ConfigError(
            msg("{path} does not name a topic", path="/".join(path) or "—"),
            msg("What can be written to is a topic."),
            msg("Give the name of the topic alone."),
        )
    if len({one.lower() for one in schema.names}) < len(schema.names):
        raise ConfigError(
            msg("Two columns have the same name"),
            msg("The rows have {names}.", names=", ".join(schema.names)),
            msg("Rename one of them before the sink."),
        )
    return path[0]


def _made(session: Session, topic: str, mode: str) -> bool:
    """Make the topic where it is not there; whether that was needed. Raises `ConfigError` for an upsert that would be none."""
    if session.find(topic) is None:
        session.create(topic, COMPACT if mode == "upsert" else {})
        return True
    if mode == "upsert" and "compact" not in session.settings_of(topic, COMPACT).get("cleanup.policy", "compact"):
        raise ConfigError(
            msg("{topic} keeps every message", topic=topic),
            msg(
                "An upsert puts one row in the place of another. A topic does so only where it is compacted, and this one is not."
            ),
            msg(
                "Choose append, or set cleanup.policy=compact for the topic, or name a topic that does not exist: it is made so."
            ),
        )
    return False


# Made ready here


def _staged(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, keys: Sequence[str], task: Task) -> int:
    """Keys and values as text in a file; how many. What the batches raise goes out as it is."""
    count = 0
    query = _query(schema, keys)
    with on_disk(file), pq.ParquetWriter(file, STAGED, compression="snappy") as writer, duck(task) as connection:
        for batch in batches:
            task.at(count / (count + 1_000_000), msg("{n} rows made ready", n=count))
            writer.write_table(_texts(connection, batch, query))
            count += batch.num_rows
    return count


def _texts(connection: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, query: str) -> pa.Table:
    connection.register("assay_rows", pa.Table.from_batches([batch]))
    try:
        return connection.sql(query).to_arrow_table().cast(STAGED)
    except (duckdb.NotImplementedException, duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise DataError(
            msg("The rows cannot be written as JSON"),
            msg("The writer said: {error}", error=str(error).split("\n")[0][:200]),
            msg("Cast the column before the sink."),
        ) from error
    finally:
        connection.unregister("assay_rows")


def _query(schema: pa.Schema, keys: Sequence[str]) -> str:
    """Each row as one object; its key as the text of the key column, or an object of several."""
    value = call("to_json", call("struct_pack", *(_part(field) for field in schema)))
    fields = [schema.field(key) for key in keys]
    key: exp.Expression = exp.null()
    if len(fields) == 1:
        key = column(fields[0].name)
    elif fields:
        key = call("to_json", call("struct_pack", *(_part(field) for field in fields)))
    parts = (exp.alias_(exp.cast(key, "VARCHAR"), "key"), exp.alias_(exp.cast(value, "VARCHAR"), "value"))
    return sql(exp.select(*parts).from_("assay_rows"))


def _part(field: pa.Field) -> exp.Expression:
    found = as_json(field)
    return exp.PropertyEQ(this=name(field.name), expression=found.this if isinstance(found, exp.Alias) else found)


def _each_key_once(file: Path, keys: Sequence[str], aside: Path, task: Task) -> None:
    with duck(task, spill=aside) as connection:
        grouped = exp.select("key").from_(parquet([file])).group_by("key").having("count(*) > 1").limit(1)
        if connection.execute(sql(grouped)).fetchall():
            raise twice(keys)


# Sent


def _sent(session: Session, topic: str, file: Path, count: int, task: Task) -> None:
    seconds = min(LONGEST, BASE + count // SLOWEST)
    with Sender(session, topic, f"assay-{uuid.uuid4().hex}", seconds, task) as sender:
        done = 0
        for batch in pq.ParquetFile(file).iter_batches(10_000):
            task.at(done / max(count, 1), msg("{n} messages sent to {topic}", n=done, topic=topic))
            sender.send(batch.column(0).to_pylist(), batch.column(1).to_pylist())
            done += batch.num_rows
        sender.commit()
