"""A real PostgreSQL for tests: one server a session, on TCP with a password; one empty database a test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from core.engines.errors import EngineError
from core.engines.postgres import PostgresServer, embedded_postgres
from core.errors import UnsupportedError
from core.models.source import Settings
from tests.servers.hard_table import HARD_ROWS, HARD_TYPES

PASSWORD = "s3cret pass'word\\ ёж"


@dataclass(frozen=True)
class Database:
    """A database of its own: settings for the connector, and statements as its owner."""

    server: PostgresServer
    name: str

    @property
    def settings(self) -> Settings:
        """For `Postgres(...)`; changed freely by a test."""
        dsn = self.server.dsn
        return {
            "host": dsn["host"],
            "port": dsn["port"],
            "database": self.name,
            "user": dsn["user"],
            "password": dsn["password"],
            "sslmode": "prefer",
        }

    def run(self, statement: str | sql.Composable, params: Any = None) -> list[tuple]:
        """Run one or several statements and commit; the rows of the last one."""
        with closing(self.server.connect(dbname=self.name)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, params)
                return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL that listens on 127.0.0.1 and wants a password."""
    from tests.conftest import no_server

    folder: Path = tmp_path_factory.mktemp("postgres")
    try:
        started = embedded_postgres(folder, password=PASSWORD)
        server = started.__enter__()
    except (UnsupportedError, EngineError) as error:
        no_server(str(error))
    try:
        yield server
    finally:
        started.__exit__(None, None, None)


@pytest.fixture
def database(postgres_server: PostgresServer) -> Database:
    """An empty database. It is left behind for the server's end: other sessions may still hang on it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with closing(postgres_server.connect()) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return Database(postgres_server, name)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Database]:
    """A server that the test may kill."""
    with embedded_postgres(tmp_path / "server", password=PASSWORD) as server:
        yield Database(server, "postgres")


@pytest.fixture
def hard(database: Database) -> Database:
    """A database with the hard table."""
    database.run(HARD_TYPES)
    database.run(HARD_ROWS)
    return database
