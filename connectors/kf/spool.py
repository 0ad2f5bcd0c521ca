"""Messages on disk as they came, before anything is made of them: one Parquet file, a row a message, and a file of those that cannot be read."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Message

from connectors.files.land import on_disk
from connectors.files.rejects import SHOWN
from connectors.kf.pull import Range, pulled
from connectors.kf.session import Session
from connectors.kf.values import Values, values_of
from core.models.source import Reject
from core.task import Task
from core.words import Msg, msg, say

META = pa.schema(
    [
        ("partition", pa.int32()), ("offset", pa.int64()), ("time", pa.int64()), ("key", pa.binary()), ("headers", pa.string()),
        ("state", pa.int8()),
    ]
)  # fmt: skip
FINE, TOMBSTONE, REJECT, HEADER = range(4)
FILE = "rejects.csv"


class Rejects:
    """Messages that cannot be read: all in a file, the first of them to be shown."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._out = None
        self.count = 0
        self.first: list[Reject] = []

    @property
    def file(self) -> str:
        return str(self._file) if self.count else ""

    def add(self, partition: int, offset: int, text: str, reason: Msg) -> None:
        if self._out is None:
            self._out = self._file.open("a", encoding="utf-8", newline="")
            self._table = csv.writer(self._out, lineterminator="\n")
            if not self.count:
                self._table.writerow(("partition", "offset", "text", "message"))
        self._table.writerow((partition, offset, text, say(reason)))
        self.count += 1
        if len(self.first) < SHOWN:
            told = msg(
                "partition {partition}, offset {offset}: {reason}", partition=str(partition), offset=str(offset), reason=reason
            )
            self.first.append(Reject(offset, text[:500], told))

    def close(self) -> None:
        """Put what was added on disk; more may be added later."""
        if self._out is not None:
            self._out.close()
            self._out = None


@dataclass(slots=True)
class Spool:
    """What came: the file, the format of the values, and what was counted on the way: `headers` are messages that have some, `names` those

    that repeat the header of a CSV.
    """

    file: Path
    values: Values
    rejects: Rejects
    messages: int = 0
    tombstones: int = 0
    headers: int = 0
    names: int = 0
    bytes: int = 0
    binary_keys: bool = False


def spooled(
    session: Session, topic: str, wanted: Sequence[Range], aside: Path, folder: Path, task: Task, most: int | None = None
) -> Spool:
    """Read the messages of the ranges to `aside`; rejects go to `folder`. Memory: one batch. Raises what `pulled` and `values_of` raise."""
    total = sum(one.size for one in wanted) or 1
    made: Spool | None = None
    file, rejects = aside / "messages.parquet", Rejects(folder)

    def done(offsets: int) -> None:
        count = made.messages if made else 0
        task.at(min(offsets / total, 1.0), msg("{n} messages of {topic} read", n=count, topic=topic))

    task.at(0.0, msg("{n} messages of {topic} read", n=0, topic=topic))
    writer = None
    try:
        with on_disk(file):
            for messages in pulled(session, topic, wanted, task, most, done):
                if made is None:
                    made = Spool(file, values_of(session.place, topic, [one.value() for one in messages]), rejects)
                batch = _batch(made, messages)
                writer = writer or pq.ParquetWriter(file, batch.schema, compression="snappy")
                writer.write_batch(batch)
            if made is None:
                made = Spool(file, values_of(session.place, topic, []), rejects)
                writer = pq.ParquetWriter(file, _schema(made.values))
    finally:
        if writer is not None:
            writer.close()
        if made is not None:
            made.values.close()
        rejects.close()
    return made


def _schema(values: Values) -> pa.Schema:
    return pa.schema([*META, *((f"c{number}", pa.string()) for number in range(len(values.columns)))])


def _batch(spool: Spool, messages: list[Message]) -> pa.RecordBatch:
    values = [one.value() for one in messages]
    columns, faults = spool.values.texts(values)
    state = [TOMBSTONE if value is None else FINE for value in values]
    for number, reason in faults.items():
        state[number] = HEADER if reason is None else REJECT
        if reason is None:
            continue
        message = messages[number]
        spool.rejects.add(message.partition(), message.offset(), values[number].decode("utf-8", "backslashreplace"), reason)
    keys = pa.array([one.key() for one in messages], pa.binary())
    headers = [one.headers() for one in messages]
    times = [one.timestamp() for one in messages]
    spool.binary_keys = spool.binary_keys or not _is_text(keys)
    spool.messages += len(messages)
    spool.tombstones += state.count(TOMBSTONE)
    spool.names += state.count(HEADER)
    spool.headers += sum(map(bool, headers))
    spool.bytes += keys.nbytes + sum(len(value) for value in values if value)
    return pa.RecordBatch.from_arrays(
        [
            pa.array([one.partition() for one in messages], pa.int32()),
            pa.array([one.offset() for one in messages], pa.int64()),
            pa.array([time if kind else None for kind, time in times], pa.int64()),
            keys,
            pa.array([_headers(one) if one else None for one in headers], pa.string()),
            pa.array(state, pa.int8()),
            *columns,
        ],
        schema=_schema(spool.values),
    )


def _is_text(keys: pa.Array) -> bool:
    try:
        keys.cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _headers(pairs: list[tuple[str, bytes | None]]) -> str:
    """Headers as a JSON object: of one name twice both, in a list; bytes that are not UTF-8 in hexadecimal digits."""
    found: dict[str, object] = {}
    for name, value in pairs:
        text = _header(value)
        if name in found:
            held = found[name]
            found[name] = [*held, text] if isinstance(held, list) else [held, text]
        else:
            found[name] = text
    return json.dumps(found, ensure_ascii=False)


def _header(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return value.hex() if value else None
