"""PostgreSQL 10 and later, as a source and as a target. The parts are in `connectors/pg`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import psycopg2
import pyarrow as pa
from psycopg2.extensions import connection as Connection

from connectors.base import Connector
from connectors.pg import catalog, read, write
from connectors.pg.ask import Asked
from connectors.pg.checks import LABELS, Checks
from connectors.pg.place import SSL_MODES, Place, place
from connectors.pg.reach import connect
from core.errors import ConfigError
from core.models.source import Check, Column, Field, Item, Landed
from core.task import Task
from core.words import Msg, msg


class Postgres(Connector):
    """A database of a PostgreSQL server. A path is (schema,) or (schema, table)."""

    kind = "postgres"
    label: ClassVar[Msg] = msg("PostgreSQL")
    about: ClassVar[Msg] = msg("Tables and views of a PostgreSQL database. Also a target for pipelines.")
    capabilities = frozenset({"read", "browse", "write"})
    fields = (
        Field("host", msg("Host"), required=True, default="localhost", example="db.example.org"),
        Field("port", msg("Port"), "int", required=True, default=5432, least=1, most=65535),
        Field("database", msg("Database"), required=True, example="shop"),
        Field("user", msg("User"), required=True, example="analyst", help=msg("A source needs no more than the right to read.")),
        Field("password", msg("Password"), "secret"),
        Field(
            "sslmode",
            msg("Encryption"),
            "choice",
            default="prefer",
            choices=SSL_MODES,
            help=msg("prefer encrypts where the server can; verify-full also checks that it is the right server."),
            advanced=True,
        ),
        Field(
            "schema",
            msg("Schema"),
            help=msg("Show only this schema. Empty: all that the user may use."),
            example="public",
            advanced=True,
        ),
        Field(
            "sslrootcert",
            msg("CA certificate"),
            help=msg(
                "For verify-ca and verify-full: a file with the authority that signed the server's certificate, or the word system."
            ),
            example="~/ca.pem",
            advanced=True,
        ),
        Field(
            "sslcert",
            msg("Client certificate"),
            help=msg("A file, where the server wants one."),
            example="~/client.pem",
            advanced=True,
        ),
        Field(
            "sslkey",
            msg("Client key"),
            help=msg("Its file, which nobody but you may read."),
            example="~/client.key",
            advanced=True,
        ),
    )

    _connection: Connection | None = None

    @property
    def place(self) -> Place:
        """Where the settings point. Raises `ConfigError`."""
        return place(self.settings)

    def open(self) -> None:
        self._session()

    def close(self) -> None:
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
            self._connection = None

    def check(self) -> tuple[Check, ...]:
        try:
            where = self.place
        except ConfigError as error:
            first, *rest = LABELS.items()
            failed = Check(first[0], first[1], "fail", msg("{what}. {why}", what=error.what, why=error.why), error.fix)
            return (failed, *(Check(name, label, "skipped", msg("Not tried.")) for name, label in rest))
        return Checks(where).run()

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """Schemas, or the tables and views of one. A partitioned table stands for its partitions."""
        if not path:
            return catalog.schemas(self.place, self._session())
        return catalog.tables(self.place, self._session(), path[0])

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return read.schema(self.place, self._session(), path)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        return read.preview(self.place, path, limit)

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        return read.land(self.place, path, folder, task)

    def asked(self, path: tuple[str, ...], task: Task) -> Asked:
        """The table as it can be asked where it is; to be closed."""
        return Asked(self.place, path, task, read.names(self.place, self._session(), path))

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write.write(self.place, path, batches, schema, mode, task, keys)

    def _session(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self.place)
        return self._connection
