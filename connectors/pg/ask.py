"""Questions about a table that stays where it is: the SQL of `core.profile.pushdown`, in one read-only snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from sqlglot import exp

from connectors.naming import as_here
from connectors.pg.place import Place
from connectors.pg.reach import connect, hang_up, interrupter
from connectors.pg.trouble import failed
from core.models.source import Column
from core.task import Task

MOST_DIGITS = 38
"""Digits of the widest DECIMAL here."""


class Asked:
    """A table that can be asked (`core.profile.pushdown.Server`). To be closed."""

    kind, dialect = "postgres", "postgres"

    def __init__(self, place: Place, path: tuple[str, ...], task: Task, names: Iterable[tuple[str, str]]) -> None:
        self._place, self._path, self._task = place, path, task
        self.table = as_here(exp.table_(path[1], path[0], quoted=True), names)
        self._connection = connect(place)
        self._connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True, autocommit=False)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        try:
            with self._task.interruptible(interrupter(self._connection)), self._connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        except psycopg2.Error as error:
            self._task.check()
            raise failed(self._place, error, ".".join(self._path)) from error
        except BaseException:
            hang_up(self._connection)
            self._task.check()
            raise

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with the types their values have: `numeric` without a precision is the narrowest DECIMAL that holds all of them."""
        return tuple(self._settled(one) if one.type == "VARCHAR" and one.source_type == "numeric" else one for one in columns)

    def _settled(self, one: Column) -> Column:
        value = exp.column(exp.to_identifier(one.name, quoted=True))
        finite = exp.Not(
            this=exp.In(this=value, expressions=[exp.Literal.string(word) for word in ("NaN", "Infinity", "-Infinity")])
        )
        asked = exp.select(
            exp.Max(this=exp.Anonymous(this="scale", expressions=[value.copy()])),
            exp.Max(this=exp.Abs(this=value.copy())),
            exp.Anonymous(this="bool_and", expressions=[finite]),
        )
        ((scale, largest, plain),) = self.rows(asked.from_(self.table.copy()).sql(dialect="postgres"))
        if scale is None or not plain:
            return one
        digits = len(str(int(largest))) + int(scale)
        return replace(one, type=f"DECIMAL({digits},{scale})") if digits <= MOST_DIGITS else one

    def close(self) -> None:
        with suppress(psycopg2.Error):
            self._connection.close()
