"""A real ClickHouse for tests: chdb behind HTTP with a password, one server a session; one empty database a test."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest

from core.models.source import Settings

USER, PASSWORD = "analyst", "s3cret pass'word\\ ёж%/"


@dataclass
class Server:
    """A running server: its port, and ways to ask it and to kill it."""

    process: subprocess.Popen
    port: int
    secure: bool = False
    clients: list = field(default_factory=list)

    @property
    def client(self):
        if not self.clients:
            extra = {"secure": True, "verify": False} if self.secure else {}
            self.clients.append(
                clickhouse_connect.get_client(
                    host="127.0.0.1",
                    port=self.port,
                    username=USER,
                    password=PASSWORD,
                    compress=False,
                    autogenerate_session_id=False,
                    **extra,
                )
            )
        return self.clients[0]

    def run(self, statement: str, **params: Any) -> list[dict[str, Any]]:
        fmt = "ArrowStream" if statement.lstrip().upper().startswith(("SELECT", "SHOW")) else None
        answer = self.client.raw_query(statement, params or None, fmt=fmt, use_database=False)
        return pa.ipc.open_stream(answer).read_all().to_pylist() if answer else []

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start(folder: Path, certificate: str = "") -> Server:
    script = Path(__file__).with_name("clickhouse_server.py")
    process = subprocess.Popen(
        [sys.executable, "-P", str(script), str(folder), USER, PASSWORD, certificate],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    line = process.stdout.readline()
    if not line.strip():
        raise RuntimeError(f"the ClickHouse of the tests ended with code {process.wait()}")
    return Server(process, int(line), bool(certificate))


def stop(server: Server) -> None:
    server.kill()
    server.process.stdin.close()
    server.process.stdout.close()


@dataclass(frozen=True)
class House:
    """A database of its own on a server: settings for the connector, and statements as its owner."""

    server: Server
    name: str

    @property
    def settings(self) -> Settings:
        return {
            "engine": "server",
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": USER,
            "password": PASSWORD,
            "database": "",
            "encryption": "off",
        }

    def run(self, statement: str, **params: Any) -> list[dict[str, Any]]:
        """Run a statement, `@` standing for the database with its dot."""
        return self.server.run(statement.replace("@", f"{self.name}."), **params)


def needed() -> None:
    from tests.conftest import no_server

    if sys.platform == "win32" or find_spec("chdb") is None:
        no_server("chdb is not installed")


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A ClickHouse that listens on 127.0.0.1 and wants a password."""
    needed()
    server = start(tmp_path_factory.mktemp("clickhouse") / "data")
    try:
        yield server
    finally:
        stop(server)


def database(server: Server) -> House:
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name}")
    return House(server, name)


@pytest.fixture
def house(clickhouse_server: Server) -> Iterator[House]:
    """An empty database."""
    made = database(clickhouse_server)
    yield made
    clickhouse_server.run(f"DROP DATABASE {made.name} SYNC")


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """A server that the test may kill."""
    needed()
    server = start(tmp_path / "clickhouse-data")
    try:
        yield database(server)
    finally:
        stop(server)
