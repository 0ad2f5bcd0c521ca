"""What every connector does. A tenth kind is one file that does the same and one line in `registry`."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import UnsupportedError
from core.models.source import Check, Column, Field, Group, Item, Landed, LandedColumn, Settings
from core.task import Task
from core.words import Msg, msg

MODES = ("append", "replace", "upsert")


@dataclass(frozen=True, slots=True)
class Look:
    """What a source shows of an item before it is landed: its first rows, its columns, and how it is read (as in `Landed.reading`).

    `sure` where the types are the source's own; otherwise they are what the first rows suggest.
    """

    rows: pa.Table
    columns: tuple[LandedColumn, ...]
    reading: tuple[tuple[str, str, Msg], ...] = ()
    sure: bool = True


class Connector(ABC):
    """A kind of source (and, where `write` is among its capabilities, of target).

    Class attributes are data: `kind` is also the file name, the registry key and the test id; `fields` draws the form;
    `capabilities` holds some of `read`, `write`, `browse`, `files` (items are files on this machine), `far` (files elsewhere), `weighed` (cells are text whose
    type is weighed, so that `kept_text` counts), `inside` (a file may hold several tables: `browse((file,))` lists them, each with the path
    `(file, table)`), `parts` (an item may be landed as several tables by `land_parts`). A connector is opened with settings and closed by `close`
    or at the end of a `with`; `group` is where the gallery shows it. No exception of a driver leaves it: each becomes an `AssayError` (`raise … from error`).
    """

    kind: ClassVar[str]
    label: ClassVar[Msg]
    about: ClassVar[Msg]
    fields: ClassVar[tuple[Field, ...]]
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "browse"})
    group: ClassVar[Group] = "databases"
    kept_text: frozenset[str] = frozenset()
    """Columns of text that stay text whatever is in their cells: for files that are read as one table and do not agree."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> Connector:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def open(self) -> None:
        """Make the connection usable. Raises `ConfigError` where the settings do not fit, `ConnectError` where the world does not."""

    def close(self) -> None:
        """Give everything back. Safe to call twice."""

    @abstractmethod
    def check(self) -> tuple[Check, ...]:
        """*Test connection*: separate checks in order; those after a failed one are `skipped`. Never raises for what it checks.

        Works on a connector that has not been opened.
        """

    @abstractmethod
    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """What is inside `path`, with row counts and sizes where the source knows them without counting."""

    @abstractmethod
    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        """The columns of one item, as far as they are known before it is landed."""

    @abstractmethod
    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        """The first rows, in well under a second whatever the size of the source. Values as text where types are not settled."""

    def look(self, path: tuple[str, ...], limit: int = 100) -> Look:
        """The first rows with what is known of their columns, and how they are read: as quick as `preview`."""
        rows, kept = self.preview(path, limit), tuple(map(LandedColumn, self.schema(path)))
        return Look(rows, kept)

    @abstractmethod
    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        """Write all rows as Parquet into `folder` (which exists and is empty) and say how. On any error `folder` is thrown away.

        Raises `DataError` or `ConnectError`; honours `task` for progress and cancel. Bounded memory whatever the size.
        """

    def land_parts(
        self, path: tuple[str, ...], folder: Callable[[tuple[str, ...]], Path], task: Task, most: int | None = None
    ) -> tuple[tuple[tuple[str, ...], Landed], ...]:
        """Land an item that becomes several tables (capability `parts`), reading it once: each with its path, that of the item first.

        `folder(path)` gives an empty folder for a table, which exists only once it has been asked for. `most` is how many rows of the
        item are looked at, where a glance is enough. Raises what `land` raises.
        """
        return ((path, self.land(path, folder(path), task)),)

    def read(self, path: tuple[str, ...], task: Task) -> Iterator[pa.RecordBatch]:
        """All rows as Arrow batches, in bounded memory, raising what `land` raises. Where the kind has no stream of its own, what it lands."""
        with tempfile.TemporaryDirectory(prefix="assay-") as folder:
            for file in self.land(path, Path(folder), task).files:
                yield from pq.ParquetFile(file).iter_batches()

    def write(
        self,
        path: tuple[str, ...],
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        mode: str,
        task: Task,
        keys: tuple[str, ...] = (),
    ) -> str:
        """Write rows to `path` in one step: staged, then swapped, so that a killed write leaves the target as it was.

        `mode` is one of `MODES`: `append` adds the rows, `replace` puts them in the place of all that are there, `upsert` in the place
        of those with the same `keys` (columns without nulls; a key twice among the rows is a `DataError`) and adds the others, so that
        the same write twice changes nothing more. Returns where the rows are, in words a person can follow. Raises `ConfigError` for a
        mode or keys that do not fit, `UnsupportedError` for a source that is no target.
        """
        raise UnsupportedError(
            msg("{kind} cannot be written to", kind=self.label),
            msg("This kind is a source only."),
            msg("Choose a file or a database as the target."),
        )
