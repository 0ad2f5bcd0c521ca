"""The appendix while a report is being written: every figure leaves the query, rule, run or assumption it came from here."""

from __future__ import annotations

from typing import Literal

from core.models.report import Query
from core.words import Msg

Source = Literal["sql", "rule", "run", "assumption"]
LETTERS: dict[Source, str] = {"sql": "Q", "rule": "R", "run": "E", "assumption": "A"}
"""Ids are a letter and a number: Q12 a query to run again, R3 a rule, E4 what was measured when something ran, A1 an assumption."""


class Book:
    """Entries by id. Asking twice for the same entry gives the same id, so ids depend on nothing but the facts and their order."""

    def __init__(self) -> None:
        self._ids: dict[tuple[Source, Msg, str], str] = {}
        self._entries: list[Query] = []

    def sql(self, about: Msg, sql: str) -> str:
        """A query over the views of the tables; its result holds the figure."""
        return self._entry("sql", about, sql)

    def rule(self, about: Msg, sql: str = "") -> str:
        """A figure that a rule worked out from others."""
        return self._entry("rule", about, sql)

    def run(self, about: Msg, sql: str = "") -> str:
        """What was measured when something ran: a load, a pipeline, a file on disk."""
        return self._entry("run", about, sql)

    def assumption(self, about: Msg, sql: str = "") -> str:
        """What nobody measured and the reader may change."""
        return self._entry("assumption", about, sql)

    @property
    def entries(self) -> tuple[Query, ...]:
        """All entries, the queries first, each kind in the order in which it was asked for."""
        order = list(LETTERS)
        return tuple(sorted(self._entries, key=lambda entry: order.index(entry.source)))

    def _entry(self, source: Source, about: Msg, sql: str) -> str:
        key = (source, about, sql)
        if key not in self._ids:
            number = sum(entry.source == source for entry in self._entries) + 1
            self._ids[key] = f"{LETTERS[source]}{number}"
            self._entries.append(Query(self._ids[key], about, sql, source))
        return self._ids[key]
