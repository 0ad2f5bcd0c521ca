"""Questions about a table that stays where it is: the SQL of `core.profile.pushdown`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pyarrow as pa
from sqlglot import exp

from connectors.ch.place import Place
from connectors.ch.reach import told
from connectors.ch.session import LONG, Session
from connectors.naming import as_here
from core.models.source import Column
from core.task import Task


class Asked:
    """A table that can be asked (`core.profile.pushdown.Server`)."""

    kind, dialect = "clickhouse", "clickhouse"

    def __init__(
        self, place: Place, session: Callable[[], Session], path: tuple[str, ...], task: Task, names: Iterable[tuple[str, str]]
    ) -> None:
        self._place, self._session, self._path, self._task = place, session, path, task
        self.table = as_here(exp.table_(path[1], path[0], quoted=True), names)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        source = self._session()
        with told(self._place, ".".join(self._path), self._task), self._task.interruptible(source.interrupt):
            stream = source.stream(query, LONG)
            try:
                batches = [batch for batch in stream]  # noqa: C416 a small result, read to its end
            finally:
                stream.close()  # type: ignore[attr-defined]
        return [row for batch in batches for row in zip(*map(_values, batch.columns), strict=True)]

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with the types their values have: a `String` that is not all UTF-8 holds bytes."""
        texts = [one.name for one in columns if one.type == "VARCHAR" and "String" in one.source_type]
        if not texts:
            return columns
        broken = [_count_broken(exp.column(exp.to_identifier(name, quoted=True))) for name in texts]
        (counts,) = self.rows(exp.select(*broken).from_(self.table.copy()).sql(dialect="clickhouse"))
        raw = {name for name, count in zip(texts, counts, strict=True) if count}
        return tuple(replace(one, type="BLOB") if one.name in raw else one for one in columns)

    def close(self) -> None:
        """The session is the connector's."""


def _count_broken(value: exp.Expression) -> exp.Expression:
    broken = exp.Anonymous(this="isValidUTF8", expressions=[exp.Coalesce(this=value, expressions=[exp.Literal.string("")])])
    return exp.Anonymous(this="countIf", expressions=[exp.EQ(this=broken, expression=exp.Literal.number(0))])


def _values(column: pa.Array) -> list[Any]:
    """The values of a column; those of texts as bytes where they are not all UTF-8."""
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        return column.cast(pa.binary()).to_pylist()
