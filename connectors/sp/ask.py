"""Questions about a table or a query that stays where it is: the SQL of `core.profile.pushdown`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp

from connectors.sp import catalog
from connectors.sp.place import Place
from connectors.sp.session import LONG, Session
from connectors.sp.trouble import told
from core.models.source import Column
from core.task import Task


class Asked:
    """A table or a query that can be asked (`core.profile.pushdown.Server`)."""

    kind, dialect = "spark", "spark"

    def __init__(self, place: Place, session: Callable[[], Session], path: tuple[str, ...], task: Task) -> None:
        self._place, self._session, self._path, self._task = place, session, path, task
        found = catalog.select(place, path)
        query = sqlglot.parse_one(found, dialect="spark") if isinstance(found, str) else found
        assert isinstance(query, exp.Query)
        self.table: exp.Expression = query.subquery("t")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        source = self._session()
        with told(self._place, ".".join(self._path), self._task), self._task.interruptible(source.interrupt):
            frame = source.frame(query)
            return source.ask(lambda: [tuple(row) for row in frame.collect()], LONG)

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with the types their values have: those that they are said to have."""
        return columns

    def close(self) -> None:
        """The session is the connector's."""
