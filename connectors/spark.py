"""Spark as a source and as a target: a Spark Connect server, or the master of a standalone cluster. The parts are in `connectors/sp`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from connectors.base import Connector
from connectors.sp import catalog, read, write
from connectors.sp.ask import Asked
from connectors.sp.checks import checks
from connectors.sp.driver import Driver, start
from connectors.sp.place import ADDRESSES, ENCRYPTION, Place, place
from connectors.sp.session import Session
from connectors.sp.trouble import told
from core.errors import UnsupportedError
from core.models.source import Check, Column, Field, Item, Landed
from core.task import Task
from core.words import Msg, msg

for _package in ("pyspark", "grpc", "grpc_status"):  # looked for, not imported: pyspark takes seconds
    if find_spec(_package) is None:
        raise ImportError(f"no module {_package}", name=_package)


class Spark(Connector):
    """A Spark. A path is (catalogue, schema, table); with a query in the settings there is one item, `query`."""

    kind = "spark"
    label: ClassVar[Msg] = msg("Spark")
    about: ClassVar[Msg] = msg("Tables, views and queries of a Spark Connect server or a standalone cluster. Also a target.")
    capabilities = frozenset({"read", "browse", "write"})
    fields = (
        Field(
            "address",
            msg("Address of"),
            "choice",
            default="connect",
            choices=ADDRESSES,
            help=msg(
                "connect is a Spark Connect server (sc://); master is a standalone master (spark://), which needs Java 17 here."
            ),
        ),
        Field("host", msg("Host"), required=True, default="localhost", example="spark.example.org"),
        Field("port", msg("Port"), "int", example="15002", help=msg("Empty: 15002 of a Connect server, 7077 of a master.")),
        Field(
            "token", msg("Token"), "secret", help=msg("For a Connect server that asks for one."), only=("address", ("connect",))
        ),
        Field(
            "encryption",
            msg("Encryption"),
            "choice",
            default="off",
            choices=ENCRYPTION,
            help=msg("For a Connect server: verify is TLS to a server that proves who it is."),
            only=("address", ("connect",)),
        ),
        Field(
            "ca_file",
            msg("Certificate file"),
            "path",
            help=msg("With verify: who signed the server's certificate, if not a public authority."),
            only=("encryption", ("verify",)),
        ),
        Field(
            "catalog",
            msg("Catalogue"),
            example="spark_catalog",
            help=msg("Show only this one. Empty: all that are loaded."),
            advanced=True,
        ),
        Field(
            "query",
            msg("Query"),
            example="SELECT * FROM shop.orders WHERE day >= '2024-01-01'",
            help=msg("One SELECT, to be read as a table. Empty: browse what is there."),
        ),
        Field(
            "web_port",
            msg("Port of the master's page"),
            "int",
            example="8080",
            help=msg("For a master: where its web page is."),
            only=("address", ("master",)),
            advanced=True,
        ),
        Field(
            "warehouse",
            msg("Warehouse"),
            example="/data/warehouse",
            help=msg(
                "For a master: the folder of the tables, which the workers must see too. A master has no catalogue of its own."
            ),
            only=("address", ("master",)),
        ),
        Field(
            "metastore",
            msg("Metastore"),
            example="thrift://hive:9083",
            help=msg("For a master: the Hive metastore, if there is one."),
            only=("address", ("master",)),
            advanced=True,
        ),
    )

    _opened: Session | None = None
    _driver: Driver | None = None

    @property
    def place(self) -> Place:
        """Where the settings point. Raises `ConfigError`."""
        return place(self.settings)

    def open(self) -> None:
        found = self.place
        if found.query:
            catalog.query(found)
        session = self._session()
        if found.catalog:
            catalog.schemas(found, session, found.catalog)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def check(self) -> tuple[Check, ...]:
        return checks(self.settings)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """Catalogues, the schemas of one, or the tables and views of a schema."""
        if not path:
            return catalog.catalogs(self.place, self._session())
        if len(path) == 1:
            return catalog.schemas(self.place, self._session(), path[0])
        return catalog.tables(self.place, self._session(), path)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return read.schema(self.place, self._session(), path)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        return read.preview(self.place, self._session, path, limit)

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        return read.land(self.place, self._session, path, folder, task)

    def asked(self, path: tuple[str, ...], task: Task) -> Asked:
        """The table as it can be asked where it is; to be closed."""
        return Asked(self.place, self._session, path, task)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        if self.place.query:
            raise UnsupportedError(
                msg("A query cannot be written to"),
                msg("The connection has a query, which is a source only."),
                msg("Save a connection without a query, and write to a table."),
            )
        return write.write(self.place, self._session, path, batches, schema, mode, task, keys)

    def _session(self) -> Session:
        found = self.place
        if self._driver is not None and not self._driver.alive:
            self.close()
        if self._opened is None or not self._opened.alive:
            if self._opened is not None:
                self._opened.close()
            if found.master and self._driver is None:
                self._driver = start(found)
            with told(found, found.address):
                self._opened = Session(self._driver.place if self._driver else found, found.timeout)
        return self._opened
