"""What JSON and XML have in common: files of nested rows, landed as one table or as several."""

from __future__ import annotations

import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.base import Connector, Look
from connectors.files import nested, place
from connectors.files.ahead import Certain, made_of
from connectors.files.choose import Rules
from connectors.files.head import kept_as_text
from connectors.files.land import on_disk
from core.engines.duck import duck
from core.errors import ConfigError, ConnectError
from core.models.source import Field, Item, Landed
from core.task import Task
from core.words import Msg, msg

Path_ = tuple[str, ...]
NESTED = Field(
    "nested",
    msg("Nested parts"),
    "choice",
    default="json",
    choices=nested.CHOICES,
    help=msg("One column each as they are; columns a.b.c; or each list as a table of its own."),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file, ready to be landed: a FROM, the types of its columns, what may be made of text, and what to say of it.

    Where they are only likely to be that, by the head of the file, `certain` is what they are by all of it.
    """

    rows: exp.Expression
    types: Mapping[str, str]
    rules: Callable[[Mapping[str, str]], Rules] = field(compare=False)
    reading: tuple[tuple[str, str, Msg], ...]
    notes: tuple[Msg, ...] = ()
    certain: Certain[Rows] | None = field(default=None, compare=False)


class NestedFiles(Connector):
    """A path is (file,), (file, table) where a file holds several, and (file, table or "", list) for the table of a list."""

    suffixes: tuple[str, ...]

    def open(self) -> None:
        self._files = place.files_of(self.settings, self.suffixes)
        self._choice()

    def browse(self, path: Path_ = ()) -> tuple[Item, ...]:
        """The files, or the tables of one."""
        if not path:
            return place.items(self._files)
        file = place.file_named(self._files, path[:1])
        return tuple(Item((file.name, name), "table") for name in self.inside(file))

    @abstractmethod
    def inside(self, file: Path) -> tuple[str, ...]:
        """The tables of a file, by its head."""

    @abstractmethod
    def rows(
        self, connection: duckdb.DuckDBPyConnection, file: Path, table: str, aside: Path, task: Task, most: int | None
    ) -> Rows:
        """The rows of a table of a file (the only or first one for an empty name), the first `most` of them where that is given."""

    @abstractmethod
    def said(self, file: Path) -> AbstractContextManager:
        """Driver errors in plain words."""

    def land(self, path: Path_, folder: Path, task: Task) -> Landed:
        wanted = path[2] if len(path) > 2 else ""
        with on_disk(folder), tempfile.TemporaryDirectory(prefix="assay-", dir=folder.parent) as others:

            def place_of(part: str) -> Path:
                return folder if part == wanted else Path(tempfile.mkdtemp(dir=others))

            for found, landed in self.land_parts(path[:2], lambda one: place_of(_part(one)), task):
                if _part(found) == wanted:
                    return landed
        raise ConnectError(
            msg("There is no list {name} any more", name=wanted),
            msg("No row of the file holds a list of this name."),
            msg("Look at the parts of the file anew: How it was read shows them."),
        )

    def land_parts(
        self, path: Path_, folder: Callable[[Path_], Path], task: Task, most: int | None = None
    ) -> tuple[tuple[Path_, Landed], ...]:
        file, table = place.file_named(self._files, path[:1]), path[1] if len(path) > 1 else ""
        before = file.stat()
        with on_disk(file):
            top = tempfile.mkdtemp(prefix="assay-") if most is not None else None
            aside = Path(top or tempfile.mkdtemp(prefix="assay-", dir=folder(path).parent))
        try:
            with on_disk(file), self.said(file), duck(task, spill=aside) as connection:
                likely = self.rows(connection, file, table, aside, task, most)

                def land(found: Rows) -> tuple[nested.Part, ...]:
                    how = nested.How(
                        lambda typed: kept_as_text(self.kept_text, found.rules(typed)), lambda one: folder(_path(path, one)), task
                    )
                    return nested.land_as(self._choice(), connection, found.rows, found.types, aside, how)

                found, parts = made_of(likely, likely.certain, land)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            place.same_file(before, file)
        return tuple((_path(path, part.path), self._landed(part, found, before.st_size)) for part in parts)

    def _landed(self, part: nested.Part, found: Rows, size: int) -> Landed:
        chosen = self._choice()
        reading = (*found.reading, *((("nested", chosen, msg("as you said")),) if chosen != "json" else ()))
        empty = () if part.rows or part.path else (msg("There is no row in it."),)
        bytes_ = part.file.stat().st_size
        notes = (*found.notes, *empty) if not part.path else ()
        return Landed((str(part.file),), part.columns, part.rows, bytes_, size, reading, notes=notes)

    def preview(self, path: Path_, limit: int = 100) -> pa.Table:
        return self.look(path, limit).rows

    def look(self, path: Path_, limit: int = 100) -> Look:
        """The first rows, landed as all of them would be."""
        with tempfile.TemporaryDirectory(prefix="assay-") as folder:

            def place_of(one: Path_) -> Path:
                return Path(tempfile.mkdtemp(dir=folder))

            wanted = _path(path[:2], path[2] if len(path) > 2 else "")
            found = dict(self.land_parts(path[:2], place_of, Task(), most=max(limit, 1)))
            if wanted not in found:
                return Look(pa.table({}), (), sure=False)
            landed = found[wanted]
            return Look(pq.read_table(landed.files[0]).slice(0, limit), landed.columns, landed.reading, sure=False)

    def _choice(self) -> str:
        chosen = str(self.settings.get("nested") or "json")
        if chosen not in nested.CHOICES:
            raise ConfigError(
                msg("Nested parts cannot be read as {name}", name=chosen),
                msg("Known are: {names}", names=", ".join(nested.CHOICES)),
                msg("Choose one of them."),
            )
        return chosen


def _part(path: Path_) -> str:
    return path[2] if len(path) > 2 else ""


def _path(path: Path_, part: str) -> Path_:
    """The path of a part of the table at `path`."""
    if not part:
        return path
    return (path[0] if path else "", path[1] if len(path) > 1 else "", part)


@contextmanager
def nothing_said(file: Path) -> Iterator[None]:
    yield
