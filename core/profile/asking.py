"""Tables that stay on a server: what is asked of them, in the server's own SQL.

The queries are those of the profile here, built once with sqlglot; `spoken` says them in the dialect of the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sqlglot import exp

from core.engines.duck import call, column
from core.models.profile import ColumnProfile
from core.models.source import Column
from core.models.types import Family, family
from core.profile import proof

AS_TEXT: dict[str, tuple[Family, ...]] = {"postgres": ("text", "boolean", "uuid"), "clickhouse": ("uuid", "time"), "spark": ()}
"""Families whose values are compared as text: PostgreSQL has no least boolean, and ClickHouse orders a UUID by its second half."""

SAMPLE_ROWS = 2_000
"""Rows that come here to rule out sets of columns that are no keys; dependencies are ruled out by more, of the columns that may have one."""


class Server(Protocol):
    """A table on a server that can be asked: its kind, its dialect of SQL, what to select from."""

    kind: str
    dialect: str
    table: exp.Expression

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A small result."""
        ...

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with the types that their values have."""
        ...


class Asked:
    """Questions to a server in its own dialect, and the bytes of the answers as text."""

    def __init__(self, server: Server) -> None:
        self._server, self.moved, self.dialect = server, 0, server.dialect

    def rows(self, query: exp.Select) -> list[tuple[Any, ...]]:
        found = self._server.rows(spoken(query, self.dialect))
        self.moved += sum(len(str(value)) for row in found for value in row)
        return found

    def table(self) -> exp.Expression:
        return self._server.table.copy()

    def value(self, name: str, kind: Family) -> exp.Expression:
        """A column as it is compared and ordered: texts by their code points, as everywhere else."""
        if kind not in AS_TEXT[self.dialect]:
            return column(name)
        text = exp.cast(column(name), "TEXT")
        # Whatever it is there: an enumeration, an address or a number too long for any type here has no collation.
        return exp.Collate(this=text, expression=exp.Var(this='"C"')) if self.dialect == "postgres" else text

    def said(self, query: exp.Select) -> str:
        """The query as a reader can run it there."""
        return spoken(query, self.dialect, pretty=True)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What tables of a server and one of them have in common."""

    asked: Asked

    def value(self, column: ColumnProfile) -> exp.Expression:
        return self.asked.value(column.name, family(column.type))

    def ask(self, query: exp.Select) -> list[tuple[Any, ...]]:
        return self.asked.rows(query)

    def said(self, query: exp.Select) -> str:
        return self.asked.said(query)


@dataclass(frozen=True, slots=True)
class OneTable(_Asking):
    """The rows of the table that is asked, for `keys.find` and `dependencies.find`."""

    def codes(self, parts: Sequence[ColumnProfile]) -> tuple[np.ndarray, bool]:
        """The codes of the first rows that the server gives."""
        codes = self.head(parts, SAMPLE_ROWS)
        return codes, codes.shape[1] == parts[0].rows

    def unique(self, columns: Sequence[ColumnProfile]) -> bool:
        groups = proof.repeated(self.all(), [self.value(one) for one in columns])
        return not self.ask(groups.limit(1))

    def duplicates(self, columns: Sequence[str]) -> str:
        return self.said(proof.breaking(self.all(), [column(name) for name in columns]))

    def head(self, columns: Sequence[ColumnProfile], most: int) -> np.ndarray:
        rows = self.ask(exp.select(*map(self.value, columns)).from_(self.all()).limit(most))
        places: list[dict[Any, int]] = [{} for _ in columns]
        codes = [[place.setdefault(value, len(place)) for place, value in zip(places, row, strict=True)] for row in rows]
        return np.array(codes, dtype=np.int32).reshape(-1, len(columns)).T

    def all(self) -> exp.Expression:
        return self.asked.table()


@dataclass(frozen=True, slots=True)
class Together(_Asking):
    """Tables of one server by their names, for `relations.find`: any of them can be asked of all."""

    tables: Mapping[str, exp.Expression]

    def rows_of(self, table: str) -> exp.Expression:
        return self.tables[table].copy()


# Dialects


def spoken(query: exp.Expression, dialect: str, pretty: bool = False) -> str:
    """A query that was built for DuckDB in another dialect."""
    return query.transform(_WORDS[dialect]).sql(dialect=dialect, pretty=pretty)


def _postgres(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isnan":
        return exp.EQ(this=node.expressions[0], expression=exp.cast(exp.Literal.string("NaN"), "DOUBLE"))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return _between_infinities(node.expressions[0])
    return node


def _clickhouse(node: exp.Expression) -> exp.Expression:
    # Its DateTime is a whole second between 1970 and 2106, its Date a day of those years: what lies outside is moved to their ends.
    if isinstance(node, exp.Cast) and node.to.is_type("timestamp", "timestampntz", "timestamptz"):
        node.set("to", _MOMENT.copy())
    elif isinstance(node, exp.Cast) and node.to.is_type("date"):
        node.set("to", _DAY.copy())
    if isinstance(node, exp.Anonymous) and node.name.lower() == "length":
        return call("lengthUTF8", *node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isnan":
        return call("isNaN", *node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return call("isFinite", *node.expressions)
    return node


def _spark(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return _between_infinities(node.expressions[0])
    return node


def _between_infinities(value: exp.Expression) -> exp.Expression:
    low, high = (exp.cast(exp.Literal.string(end), "DOUBLE") for end in ("-Infinity", "Infinity"))
    return exp.paren(exp.and_(exp.GT(this=value, expression=low), exp.LT(this=value.copy(), expression=high)))


_MOMENT, _DAY = (exp.DataType.build(f"Nullable({kind})", dialect="clickhouse") for kind in ("DateTime64(6, 'UTC')", "Date32"))
_WORDS = {"postgres": _postgres, "clickhouse": _clickhouse, "spark": _spark}
