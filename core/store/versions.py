"""Everything made of a project (profiles, designs, pipelines, runs, …), version by version, so that a change can be undone."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa

from core.models.codec import from_json, to_json
from core.models.project import Version
from core.store import schema
from core.store.database import writing
from core.store.repositories import Repository, new_id

T = TypeVar("T")
KEEP = 100


class Versions(Repository):
    """Numbered versions under (project, kind, name), with a head that undo and redo move.

    A new version after an undo takes the place of those that were undone, and one under a removed name the place of all that were
    there: it is another thing, which has nothing to undo. The last `KEEP` are kept.
    """

    def put(self, project: str, kind: str, name: str, value: Any) -> Version:
        """Keep `value` as the newest version and move the head to it."""
        v, body = schema.versions, to_json(value).decode()
        with writing(self._engine) as connection:
            head, removed = _head(connection, project, kind, name), _is_removed(connection, project, kind, name)
            mine = sa.and_(v.c.project == project, v.c.kind == kind, v.c.name == name)
            if head is not None:
                oldest = head if removed else head - KEEP + 1
                connection.execute(v.delete().where(mine, sa.or_(v.c.number > head, v.c.number <= oldest)))
            made = Version(new_id(), project, kind, name, (head or 0) + 1, self._clock())
            connection.execute(
                v.insert().values(
                    id=made.id, project=project, kind=kind, name=name, number=made.number, created=made.created, body=body
                )
            )
            _set_head(connection, project, kind, name, made.number)
        return made

    def get(self, project: str, kind: str, name: str, of: type[T] | Any) -> T | None:
        """The value at the head, or None where there is none or it was removed."""
        row = self._first(_at_head(project, kind).where(schema.heads.c.name == name))
        return from_json(of, row.body) if row is not None else None

    def made_at(self, project: str, kind: str, name: str) -> Version | None:
        """The version at the head, without its value."""
        row = self._first(_at_head(project, kind).where(schema.heads.c.name == name))
        return Version(row.id, row.project, row.kind, row.name, row.number, row.created) if row is not None else None

    def names(self, project: str, kind: str) -> tuple[str, ...]:
        """Names under which a value is kept, the first made first."""
        h, v = schema.heads, schema.versions
        born = (
            sa.select(v.c.name, sa.func.min(v.c.created).label("born"))
            .where(v.c.project == project, v.c.kind == kind)
            .group_by(v.c.name)
            .subquery()
        )
        rows = self._all(
            sa.select(h.c.name)
            .join(born, born.c.name == h.c.name)
            .where(h.c.project == project, h.c.kind == kind, h.c.removed.is_(None))
            .order_by(born.c.born, h.c.name)
        )
        return tuple(row.name for row in rows)

    def removed(self, project: str, kind: str) -> tuple[str, ...]:
        """Names that `restore` can bring back, the last removed first."""
        h = schema.heads
        mine = sa.and_(h.c.project == project, h.c.kind == kind, h.c.removed.is_not(None))
        return tuple(row.name for row in self._all(sa.select(h.c.name).where(mine).order_by(h.c.removed.desc())))

    def rename(self, project: str, kind: str, old: str, new: str) -> None:
        """Keep everything under another name, which must be free."""
        with writing(self._engine) as connection:
            for table in (schema.versions, schema.heads):
                mine = sa.and_(table.c.project == project, table.c.kind == kind, table.c.name == old)
                connection.execute(table.update().where(mine).values(name=new))

    def reach(self, project: str, kind: str, name: str) -> tuple[bool, bool]:
        """Whether `move` finds an older version, and whether it finds a newer one."""
        h, v = schema.heads, schema.versions
        mine = sa.and_(v.c.project == project, v.c.kind == kind, v.c.name == name)
        head = sa.select(h.c.number).where(h.c.project == project, h.c.kind == kind, h.c.name == name).scalar_subquery()
        row = self._first(sa.select(sa.func.min(v.c.number) < head, sa.func.max(v.c.number) > head).where(mine))
        return (bool(row[0]), bool(row[1])) if row is not None else (False, False)

    def history(self, project: str, kind: str, name: str, of: type[T] | Any, limit: int = 20) -> tuple[T, ...]:
        """The newest versions first."""
        v = schema.versions
        rows = self._all(
            sa.select(v.c.body)
            .where(v.c.project == project, v.c.kind == kind, v.c.name == name)
            .order_by(v.c.number.desc())
            .limit(limit)
        )
        return tuple(from_json(of, row.body) for row in rows)

    def move(self, project: str, kind: str, name: str, by: int) -> bool:
        """Move the head to the next older (`by` = -1) or newer (+1) version that is kept. False when there is none."""
        v = schema.versions
        with writing(self._engine) as connection:
            head = _head(connection, project, kind, name)
            if head is None:
                return False
            there = v.c.number < head if by < 0 else v.c.number > head
            order = v.c.number.desc() if by < 0 else v.c.number
            found = connection.execute(
                sa.select(v.c.number)
                .where(v.c.project == project, v.c.kind == kind, v.c.name == name, there)
                .order_by(order)
                .limit(1)
            ).scalar()
            if found is None:
                return False
            _set_head(connection, project, kind, name, found)
        return True

    def remove(self, project: str, kind: str, name: str) -> None:
        """Hide the value; `restore` brings it back."""
        self._mark(project, kind, name, self._clock())

    def restore(self, project: str, kind: str, name: str) -> None:
        self._mark(project, kind, name, None)

    def _mark(self, project: str, kind: str, name: str, removed) -> None:
        h = schema.heads
        self._run(h.update().where(h.c.project == project, h.c.kind == kind, h.c.name == name).values(removed=removed))


def _at_head(project: str, kind: str) -> sa.Select:
    h, v = schema.heads, schema.versions
    same = sa.and_(v.c.project == h.c.project, v.c.kind == h.c.kind, v.c.name == h.c.name, v.c.number == h.c.number)
    return sa.select(v).join(h, same).where(h.c.project == project, h.c.kind == kind, h.c.removed.is_(None))


def _head(connection: sa.Connection, project: str, kind: str, name: str) -> int | None:
    h = schema.heads
    return connection.execute(sa.select(h.c.number).where(h.c.project == project, h.c.kind == kind, h.c.name == name)).scalar()


def _is_removed(connection: sa.Connection, project: str, kind: str, name: str) -> bool:
    h = schema.heads
    found = sa.select(h.c.number).where(h.c.project == project, h.c.kind == kind, h.c.name == name, h.c.removed.is_not(None))
    return connection.execute(found).first() is not None


def _set_head(connection: sa.Connection, project: str, kind: str, name: str, number: int) -> None:
    h = schema.heads
    connection.execute(h.delete().where(h.c.project == project, h.c.kind == kind, h.c.name == name))
    connection.execute(h.insert().values(project=project, kind=kind, name=name, number=number))
