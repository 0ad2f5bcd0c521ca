"""Kafka as a source and as a target: a topic is a table, read from its first to its last message of now. The parts are in `connectors/kf`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
from sqlglot import exp

from connectors.base import Connector
from connectors.kf import catalog, land, write
from connectors.kf.checks import checks
from connectors.kf.place import COLUMNS, FORMATS, LAST, MECHANISMS, ROWS, SECURITY, STARTS, Place, place
from connectors.kf.session import Session, connect
from core.engines.duck import duck, fetch, parquet
from core.models.source import Check, Column, Field, Item, Landed
from core.store.throwaway import throwaway
from core.task import Task
from core.words import Msg, msg

FIRST = 100


class Kafka(Connector):
    """A Kafka. A path is (topic,), or (topic, number of a partition). No consumer group is ever joined, and no offset kept."""

    kind = "kafka"
    group = "streams"
    label: ClassVar[Msg] = msg("Kafka")
    about: ClassVar[Msg] = msg(
        "Topics with JSON, Avro, CSV or text, read up to now without disturbing any consumer. Also a target."
    )
    capabilities = frozenset({"read", "browse", "write"})
    fields = (
        Field(
            "servers",
            msg("Bootstrap servers"),
            required=True,
            default="localhost:9092",
            example="broker1.example.org:9092, broker2.example.org:9092",
            help=msg("One is enough to begin with; the others are asked where it does not answer."),
        ),
        Field("security", msg("Security protocol"), "choice", default="PLAINTEXT", choices=SECURITY),
        Field(
            "mechanism",
            msg("SASL mechanism"),
            "choice",
            default="PLAIN",
            choices=MECHANISMS,
            help=msg("For SASL."),
            only=("security", ("SASL_PLAINTEXT", "SASL_SSL")),
        ),
        Field(
            "user",
            msg("User"),
            example="analyst",
            help=msg("For SASL. A source needs no more than the right to read."),
            only=("security", ("SASL_PLAINTEXT", "SASL_SSL")),
        ),
        Field("password", msg("Password"), "secret", only=("security", ("SASL_PLAINTEXT", "SASL_SSL"))),
        Field(
            "ca_file",
            msg("Certificate file"),
            "path",
            help=msg("For SSL: who signed the brokers' certificates, if not a public authority."),
            only=("security", ("SSL", "SASL_SSL")),
        ),
        Field(
            "cert_file",
            msg("Client certificate"),
            "path",
            help=msg("For SSL where the brokers want to know who you are."),
            only=("security", ("SSL", "SASL_SSL")),
            advanced=True,
        ),
        Field(
            "key_file",
            msg("Client key"),
            "path",
            help=msg("The key of the client certificate, without a passphrase."),
            only=("security", ("SSL", "SASL_SSL")),
            advanced=True,
        ),
        Field(
            "registry",
            msg("Schema registry"),
            example="http://registry.example.org:8081",
            help=msg("For Avro values."),
            advanced=True,
        ),
        Field("registry_user", msg("User of the registry"), advanced=True),
        Field("registry_password", msg("Password of the registry"), "secret", advanced=True),
        Field(
            "format",
            msg("Format of the values"),
            "choice",
            default="auto",
            choices=FORMATS,
            help=msg("auto goes by the first messages."),
        ),
        Field("start", msg("Read from"), "choice", default="beginning", choices=STARTS),
        Field(
            "last",
            msg("How many of the last"),
            "int",
            default=LAST,
            help=msg("For last: so many of each partition."),
            least=1,
            only=("start", ("last",)),
        ),
        Field(
            "since",
            msg("Since"),
            example="2024-02-29T13:45:00+03:00",
            help=msg("For since: a day, or a day and a time; UTC without a zone."),
            only=("start", ("since",)),
        ),
        Field(
            "rows",
            msg("Rows"),
            "choice",
            default=ROWS[0],
            choices=ROWS,
            help=msg("latest of each key reads a topic of changes as the table they lead to."),
        ),
        Field(
            "columns",
            msg("Columns"),
            "choice",
            default=COLUMNS[0],
            choices=COLUMNS,
            help=msg("value and message adds _key, _partition, _offset, _timestamp, and _headers where there are some."),
        ),
    )

    _opened: Session | None = None

    @property
    def place(self) -> Place:
        """Where the settings point. Raises `ConfigError`."""
        return place(self.settings)

    def open(self) -> None:
        self._session()

    def close(self) -> None:
        self._opened = None

    def check(self) -> tuple[Check, ...]:
        return checks(self.settings)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """Topics, or the partitions of one."""
        return catalog.partitions(self._session(), path[0]) if path else catalog.topics(self._session())

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        """The columns by the first messages: others may bring more."""
        with throwaway("schema-") as folder:
            return self._head(path, folder, FIRST).schema

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        with throwaway("preview-") as folder, duck() as connection:
            landed = self._head(path, folder, max(limit, 1))
            return fetch(connection, exp.select("*").from_(parquet(landed.files)).limit(limit))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        return land.land(self._session(), path, folder, task)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write.write(self._session, path, batches, schema, mode, task, keys)

    def _head(self, path: tuple[str, ...], folder: Path, count: int) -> Landed:
        rows = folder / "rows"
        rows.mkdir()
        return land.land(self._session(), path, rows, Task(), count)

    def _session(self) -> Session:
        if self._opened is None:
            self._opened = connect(self.place)
        return self._opened
