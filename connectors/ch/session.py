"""One way to talk to a ClickHouse, whether it is a server or the embedded engine; and what may go wrong with it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

SETTINGS = "SETTINGS input_format_null_as_default = 0, optimize_on_insert = 0, async_insert = 0"
"""Of every insert: a null is no zero, rows are not merged on their way in, and an answer means that they are there."""

PATIENCE = 30.0  # seconds that a question to the catalogue may take
LONG = 3600.0  # seconds of silence while the server works on a statement that moves rows


class Refused(Exception):
    """ClickHouse answered with an error: its code (0 where unknown) and its words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


class Broken(Exception):
    """There was no answer, or it broke off: `reason` is one of `refused`, `silent`, `tls`, `ended`."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(reason, text)
        self.reason, self.text = reason, text


class Busy(Refused):
    """The server takes no more queries just now: worth another attempt."""


def refused(text: str, code: int = 0) -> Refused:
    """The error that a message of ClickHouse stands for; a memory or query limit of the moment is `Busy`."""
    found = re.search(r"Code: (\d+)", text)
    code = code or (int(found[1]) if found else 0)
    return (Busy if code == 202 else Refused)(code, _words(text))


def _words(text: str) -> str:
    """Without the driver's preface, the repeated codes and the version behind."""
    text = re.sub(r"\(version [^)]*(\([^)]*\))?\)", "", text)
    text = re.split(r"DB::Exception: ", text)[-1]
    text = re.split(r"Stack trace:|\s+\(for url ", text)[0]
    return " ".join(text.split())[:500]


class Session(ABC):
    """A usable connection. Each method raises `Refused` or `Broken`; `interrupt` ends whatever runs, from any thread."""

    version: str
    alive = True
    """False once it was interrupted: a new one is needed then."""

    @abstractmethod
    def rows(self, sql: str, params: Mapping[str, Any] | None = None, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """The rows of a small result. `params` fill `{name:Type}` places."""

    @abstractmethod
    def command(self, sql: str) -> None:
        """Run a statement without a result, however long it takes."""

    @abstractmethod
    def stream(self, sql: str, seconds: float = LONG) -> Iterator[pa.RecordBatch]:
        """The rows of a query batch by batch, in bounded memory; `seconds` without a byte are an error."""

    @abstractmethod
    def insert(self, database: str, table: str, rows: pa.RecordBatchReader) -> int:
        """Insert the rows into the columns of the same names; how many ClickHouse says it wrote. What `rows` raises goes out."""

    @abstractmethod
    def interrupt(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...
