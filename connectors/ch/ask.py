"""Questions about a table that stays where it is: the SQL of `core.profile.pushdown`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from connectors.ch.place import Place
from connectors.ch.reach import told
from connectors.ch.session import LONG, Session
from core.models.source import Column
from core.task import Task


class Asked:
    """A table that can be asked (`core.profile.pushdown.Server`)."""

    kind, dialect = "clickhouse", "clickhouse"

    def __init__(self, place: Place, session: Callable[[], Session], path: tuple[str, ...], task: Task) -> None:
        self._place, self._session, self._path, self._task = place, session, path, task
        self.table: exp.Expression = exp.table_(path[1], path[0], quoted=True)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        source = self._session()
        with told(self._place, ".".join(self._path), self._task), self._task.interruptible(source.interrupt):
            stream = source.stream(query, LONG)
            try:
                batches = [batch for batch in stream]  # noqa: C416 a small result, read to its end
            finally:
                stream.close()  # type: ignore[attr-defined]
        return [tuple(column[place].as_py() for column in batch.columns) for batch in batches for place in range(batch.num_rows)]

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with the types their values have: those that they are said to have."""
        return columns

    def close(self) -> None:
        """The session is the connector's."""
