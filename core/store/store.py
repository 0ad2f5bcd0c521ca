"""The store as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from core.store.database import connect, migrate
from core.store.jobs import Jobs
from core.store.repositories import Connections, Projects, Settings, Tables
from core.store.secrets import open_secrets
from core.store.throwaway import sweep
from core.store.versions import Versions
from core.store.workspace import Workspace


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Everything that outlives a session, opened on a workspace folder."""

    def __init__(self, home: Path, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock
        self.workspace = Workspace(home)
        self.secrets = open_secrets(home)
        self.projects = Projects(engine, clock)
        self.connections = Connections(engine, clock)
        self.tables = Tables(engine, clock)
        self.versions = Versions(engine, clock)
        self.jobs = Jobs(engine, clock)
        self.settings = Settings(engine, clock)

    @classmethod
    def open(cls, home: Path, clock: Callable[[], datetime] = utc_now, *, alone: bool = False) -> Store:
        """Open the store of `home`; metadata lies in `home/assay.db`, or at `ASSAY_STORE_URL` unless it stands `alone`.

        Raises `ConfigError` or `ConnectError` where the folder or the database cannot be used.
        """
        sweep(Workspace(home).spill)
        shared = None if alone else os.environ.get("ASSAY_STORE_URL")
        engine = connect(shared or sa.URL.create("sqlite", database=str(home / "assay.db")))
        migrate(engine)
        return cls(home, engine, clock)

    @property
    def url(self) -> str:
        """The address of the metadata, without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        self.engine.dispose()
