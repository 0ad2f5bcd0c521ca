"""ClickHouse as a source and as a target: a server over HTTP, or the embedded engine on a folder. The parts are in `connectors/ch`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from connectors.base import Connector
from connectors.ch import catalog, read, write
from connectors.ch.ask import Asked
from connectors.ch.checks import checks
from connectors.ch.place import ENCRYPTION, ENGINES, Place, place
from connectors.ch.reach import connect
from connectors.ch.session import Session
from core.models.source import Check, Column, Field, Item, Landed
from core.task import Task
from core.words import Msg, msg

SERVER = ("engine", ("server",))


class ClickHouse(Connector):
    """A ClickHouse. A path is (database,) or (database, table)."""

    kind = "clickhouse"
    label: ClassVar[Msg] = msg("ClickHouse")
    about: ClassVar[Msg] = msg("Tables and views of a ClickHouse server, or of a folder of the embedded engine. Also a target.")
    capabilities = frozenset({"read", "browse", "write"})
    fields = (
        Field(
            "engine",
            msg("ClickHouse is"),
            "choice",
            default="server",
            choices=ENGINES,
            help=msg("server answers over HTTP; embedded is a folder with the data of chdb on this machine."),
        ),
        Field("host", msg("Host"), default="localhost", example="ch.example.org", only=SERVER),
        Field(
            "port",
            msg("Port"),
            "int",
            example="8123",
            help=msg("The HTTP port. Empty: 8123, with encryption 8443."),
            only=SERVER,
            least=1,
            most=65535,
        ),
        Field(
            "user",
            msg("User"),
            default="default",
            example="analyst",
            help=msg("A source needs no more than the right to read."),
            only=SERVER,
        ),
        Field("password", msg("Password"), "secret", only=SERVER),
        Field(
            "encryption",
            msg("Encryption"),
            "choice",
            default="off",
            choices=ENCRYPTION,
            help=msg("verify is HTTPS to a server that proves who it is; trust is HTTPS without that proof."),
            only=SERVER,
        ),
        Field(
            "ca_file",
            msg("Certificate file"),
            "path",
            help=msg("Who signed the server's certificate, if not a public authority."),
            only=("encryption", ("verify",)),
        ),
        Field("folder", msg("Folder"), "path", example="data/clickhouse", only=("engine", ("embedded",)), required=True),
        Field(
            "database",
            msg("Database"),
            help=msg("Show only this database. Empty: all that the user may see."),
            example="shop",
            advanced=True,
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
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def check(self) -> tuple[Check, ...]:
        self.close()  # the embedded engine opens a folder once
        return checks(self.settings)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """Databases, or the tables and views of one."""
        if not path:
            return catalog.databases(self.place, self._session())
        return catalog.tables(self.place, self._session(), path[0])

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return read.schema(self.place, self._session(), path)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        return read.preview(self.place, self._session, path, limit)

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        return read.land(self.place, self._session, path, folder, task)

    def asked(self, path: tuple[str, ...], task: Task) -> Asked:
        """The table as it can be asked where it is; to be closed."""
        return Asked(self.place, self._session, path, task, read.names(self.place, self._session(), path))

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write.write(self.place, self._session, path, batches, schema, mode, task, keys)

    def _session(self) -> Session:
        if self._opened is None or not self._opened.alive:
            self.close()
            self._opened = connect(self.place)
        return self._opened
