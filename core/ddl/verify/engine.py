"""What the proof asks of an engine: run statements, take rows and give them back, explain a question."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import duckdb
from sqlglot import exp

from core.ddl.dialects.base import Rendered
from core.ddl.verify.compare import Field
from core.ddl.verify.sample import Drawn
from core.models.design import Index
from core.words import Msg


class Refused(Exception):
    """The engine refused a statement or rows. The text is the engine's own."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the proof: how it was written, the rows to load, and the form each column travels in."""

    rendered: Rendered
    drawn: Drawn
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a planner said to one question: whether it uses the index, its plan, and why."""

    used: bool
    query: str
    plan: str
    because: Msg


class Engine(ABC):
    """A running engine with an empty database. Its methods raise `Refused` when the engine says no, `EngineError` when it died."""

    dialect: ClassVar[str]
    version: str

    @abstractmethod
    def run(self, statements: Sequence[str]) -> None:
        """Run the statements of one table, all or none where the engine can."""

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Around all loads: where references are checked at the end, this is the end."""
        yield

    @abstractmethod
    def load(self, table: Table, local: duckdb.DuckDBPyConnection) -> None:
        """Load the sample of a table."""

    @abstractmethod
    def read(self, table: Table, local: duckdb.DuckDBPyConnection, into: str) -> None:
        """Read all rows back into a table of DuckDB with text columns c0, c1, …"""

    @abstractmethod
    def settle(self, table: Table) -> None:
        """Gather statistics and tidy up, so that plans are those of a table that has been there a while."""

    @abstractmethod
    def questions(self, table: Table, index: Index, local: duckdb.DuckDBPyConnection) -> Iterator[exp.Select]:
        """Questions that the index is there for, with values from the sample, the most typical first."""

    @abstractmethod
    def ask(self, table: Table, index: Index, question: exp.Select) -> Answer:
        """What the planner makes of a question."""

    @abstractmethod
    def drop(self, table: Table, index: Index) -> None:
        """Drop an index."""

    @abstractmethod
    def bytes(self, table: Table) -> int:
        """The size of the table with its indexes on disk."""

    def explained(self, table: Table, local: duckdb.DuckDBPyConnection, found: tuple[Msg, ...]) -> tuple[Msg, ...]:
        """Differences with what the engine knows of their cause."""
        return found
