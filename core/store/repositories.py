"""Projects, connections, tables and settings: one small class each, models in and models out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from core.errors import ConfigError
from core.models.codec import from_json, to_json
from core.models.project import Connection, Project
from core.models.source import Landed, Source, Table, Value
from core.store import schema
from core.store.database import writing
from core.words import Msg, msg

Clock = Callable[[], datetime]


def new_id() -> str:
    return uuid4().hex[:12]


class Repository:
    """What all of them share: an engine and a clock."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def _run(self, statement: sa.Executable) -> None:
        with writing(self._engine) as connection:
            connection.execute(statement)

    def _all(self, statement: sa.Select) -> list[sa.Row]:
        with self._engine.connect() as connection:
            return list(connection.execute(statement))

    def _first(self, statement: sa.Select) -> sa.Row | None:
        with self._engine.connect() as connection:
            return connection.execute(statement).first()


def _gone(what: Msg) -> ConfigError:
    return ConfigError(
        what,
        msg("It was removed, in another tab or from the command line."),
        msg("Go back and choose another one."),
    )


class Projects(Repository):
    """Projects; a removed one is kept until it is purged, so that removing can be undone."""

    def all(self) -> tuple[Project, ...]:
        t = schema.projects
        rows = self._all(sa.select(t.c.id, t.c.name, t.c.created).where(t.c.removed.is_(None)).order_by(t.c.created, t.c.id))
        return tuple(Project(*row) for row in rows)

    def get(self, project: str) -> Project:
        t = schema.projects
        row = self._first(sa.select(t.c.id, t.c.name, t.c.created).where(t.c.id == project, t.c.removed.is_(None)))
        if row is None:
            raise _gone(msg("This project is not there any more"))
        return Project(*row)

    def create(self, name: str) -> Project:
        project = Project(new_id(), name, self._clock())
        self._run(schema.projects.insert().values(id=project.id, name=project.name, created=project.created))
        return project

    def rename(self, project: str, name: str) -> None:
        self._run(schema.projects.update().where(schema.projects.c.id == project).values(name=name))

    def remove(self, project: str) -> None:
        self._run(schema.projects.update().where(schema.projects.c.id == project).values(removed=self._clock()))

    def restore(self, project: str) -> None:
        self._run(schema.projects.update().where(schema.projects.c.id == project).values(removed=None))

    def removed(self) -> tuple[Project, ...]:
        """Projects that can still be brought back, the last removed first."""
        t = schema.projects
        query = sa.select(t.c.id, t.c.name, t.c.created).where(t.c.removed.is_not(None))
        return tuple(Project(*row) for row in self._all(query.order_by(t.c.removed.desc(), t.c.id)))


class Connections(Repository):
    """Saved connections, without their secrets."""

    def all(self) -> tuple[Connection, ...]:
        t = schema.connections
        return tuple(_connection(row) for row in self._all(sa.select(t).where(t.c.removed.is_(None)).order_by(t.c.name)))

    def get(self, connection: str) -> Connection:
        row = self._first(sa.select(schema.connections).where(schema.connections.c.id == connection))
        if row is None or row.removed is not None:
            raise _gone(msg("This connection is not there any more"))
        return _connection(row)

    def named(self, name: str) -> Connection | None:
        return next((connection for connection in self.all() if connection.name == name), None)

    def create(self, name: str, kind: str, settings: tuple[tuple[str, Value], ...]) -> Connection:
        made = Connection(new_id(), name, kind, settings, self._clock())
        self._run(
            schema.connections.insert().values(
                id=made.id, name=name, kind=kind, settings=json.dumps(dict(settings)), created=made.created
            )
        )
        return made

    def update(self, connection: str, settings: tuple[tuple[str, Value], ...]) -> None:
        t = schema.connections
        self._run(t.update().where(t.c.id == connection).values(settings=json.dumps(dict(settings))))

    def rename(self, connection: str, name: str) -> None:
        t = schema.connections
        self._run(t.update().where(t.c.id == connection).values(name=name))

    def remove(self, connection: str) -> None:
        t = schema.connections
        self._run(t.update().where(t.c.id == connection).values(removed=self._clock()))

    def removed(self) -> tuple[Connection, ...]:
        """Connections that can still be brought back, the last removed first."""
        t = schema.connections
        return tuple(map(_connection, self._all(sa.select(t).where(t.c.removed.is_not(None)).order_by(t.c.removed.desc()))))

    def restore(self, connection: str, name: str) -> None:
        t = schema.connections
        self._run(t.update().where(t.c.id == connection).values(removed=None, name=name))


def _connection(row: sa.Row) -> Connection:
    return Connection(row.id, row.name, row.kind, tuple(json.loads(row.settings).items()), row.created)


class Tables(Repository):
    """The tables of projects."""

    def of(self, project: str) -> tuple[Table, ...]:
        t = schema.tables
        rows = self._all(sa.select(t).where(t.c.project == project, t.c.removed.is_(None)).order_by(t.c.created, t.c.id))
        return tuple(_table(row) for row in rows)

    def get(self, table: str) -> Table:
        row = self._first(sa.select(schema.tables).where(schema.tables.c.id == table))
        if row is None or row.removed is not None:
            raise _gone(msg("This table is not there any more"))
        return _table(row)

    def create(self, project: str, name: str, source: Source, landed: Landed | None, table: str | None = None) -> Table:
        made = Table(table or new_id(), project, name, source, landed)
        self._run(
            schema.tables.insert().values(
                id=made.id,
                project=project,
                name=name,
                source=to_json(source).decode(),
                landed=to_json(landed).decode() if landed else None,
                created=self._clock(),
            )
        )
        return made

    def land(self, table: str, landed: Landed, source: Source) -> None:
        """Keep what was landed, and the source as it was read this time."""
        values = {"landed": to_json(landed).decode(), "source": to_json(source).decode()}
        self._run(schema.tables.update().where(schema.tables.c.id == table).values(values))

    def rename(self, table: str, name: str) -> None:
        self._run(schema.tables.update().where(schema.tables.c.id == table).values(name=name))

    def remove(self, table: str) -> None:
        self._run(schema.tables.update().where(schema.tables.c.id == table).values(removed=self._clock()))

    def restore(self, table: str) -> None:
        self._run(schema.tables.update().where(schema.tables.c.id == table).values(removed=None))

    def removed(self, project: str) -> tuple[Table, ...]:
        """Tables that can still be brought back, the last removed first."""
        t = schema.tables
        return tuple(
            _table(row)
            for row in self._all(
                sa.select(t).where(t.c.project == project, t.c.removed.is_not(None)).order_by(t.c.removed.desc())
            )
        )


def _table(row: sa.Row) -> Table:
    landed = from_json(Landed, row.landed) if row.landed else None
    return Table(row.id, row.project, row.name, from_json(Source, row.source), landed)


class Settings(Repository):
    """Small choices of the person, as JSON by name."""

    def get(self, name: str, default: Any = None) -> Any:
        row = self._first(sa.select(schema.settings.c.value).where(schema.settings.c.name == name))
        return json.loads(row.value) if row is not None else default

    def put(self, name: str, value: Any) -> None:
        t = schema.settings
        with writing(self._engine) as connection:
            connection.execute(t.delete().where(t.c.name == name))
            if value is not None:
                connection.execute(t.insert().values(name=name, value=json.dumps(value)))
