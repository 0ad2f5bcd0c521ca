"""A connector whose items are files on a far system: each is brought here and read by the connector of its format."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from connectors import registry
from connectors.base import Connector, Look
from connectors.far.system import MARKS, FarSystem, Found
from connectors.files.write import write_file
from core.errors import AssayError, ConnectError, DataError
from core.models.source import Column, Field, Item, Landed, Settings
from core.store.throwaway import throwaway
from core.task import Task
from core.words import msg

FORMATS = ("auto", "csv", "excel", "json", "parquet", "xml")
FORMAT = Field(
    "format", msg("Format"), "choice", default="auto", choices=FORMATS, help=msg("auto goes by the suffix of each file.")
)
PATH = Field("path", msg("Path"), help=msg("A folder, a file, or a pattern with * and ?. Empty: everything."))

Path_ = tuple[str, ...]

# A preview looks at the head of a file and fetches more of it while that is not enough.
HEAD, MORE = 2**20, 64 * 2**20
SHOWN = 2_000
AHEAD = 64 * 2**20  # bytes of Parquet that are fetched before their rows are asked for


class FarFiles(Connector):
    """What S3 and HDFS share. A path is the parts of a file's path in the system, and ("", list) behind them for the table of a list in it."""

    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "far", "parts"})
    group = "storage"
    _opened: FarSystem | None = None

    @abstractmethod
    def _connect(self) -> FarSystem:
        """The system that the settings mean. Raises `ConfigError`; nothing is sent yet."""

    @property
    def _system(self) -> FarSystem:
        if self._opened is None:
            self._opened = self._connect()
        return self._opened

    def open(self) -> None:
        """Raises `ConnectError` where the path of the settings leads nowhere."""
        pattern = self._pattern
        if not self._system.matching(pattern) if pattern and self._many else not self._there(pattern):
            raise self._nothing_at(pattern)

    def close(self) -> None:
        self._opened = None

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """Folders, and the files that a format fits; at the top those that the path of the settings means."""
        if path:
            found = self._system.inside("/".join(path))
        elif self._many:
            found = self._system.matching(self._pattern)
        else:
            found = self._top()
        return tuple(_item(one) for one in found if one.folder or self._fits(one))[:SHOWN]

    def files(self) -> tuple[Item, ...]:
        """The files that the path of the settings means, with those in it where it is a folder. Raises `ConnectError` for none."""
        found = tuple(_item(one) for one in self._system.matching(self._pattern) if self._fits(one))
        if not found:
            raise self._nothing_at(self._pattern)
        return found

    def schema(self, path: Path_) -> tuple[Column, ...]:
        with self._head(path, 1) as (reader, inside):
            return reader.schema(inside)

    def preview(self, path: Path_, limit: int = 100) -> pa.Table:
        with self._head(path, limit) as (reader, inside):
            return reader.preview(inside, limit)

    def look(self, path: Path_, limit: int = 100) -> Look:
        with self._head(path, limit) as (reader, inside):
            return reader.look(inside, limit)

    def land(self, path: Path_, folder: Path, task: Task) -> Landed:
        found = self._file(_whole(path))
        with self._fetched(found, folder.parent, task) as (reader, name):
            landed = reader.land((name, *_part(path)), folder, task.part(0.4, 1.0))
        return replace(landed, source_bytes=found.bytes or 0)

    def land_parts(
        self, path: Path_, folder: Callable[[Path_], Path], task: Task, most: int | None = None
    ) -> tuple[tuple[Path_, Landed], ...]:
        """The tables of a file as its reader makes them, each at its own path; the first `most` rows, of its head, where that is given."""
        found = self._file(path)
        if "parts" not in registry.connector(self._kind(found)).capabilities:
            return ((path, self.land(path, folder(path), task)),)
        with ExitStack() as open_ones:
            if most is None:
                reader, name = open_ones.enter_context(self._fetched(found, folder(path).parent, task))
            else:
                reader, (name, *_) = open_ones.enter_context(self._head(path, most))
            landed = reader.land_parts((name,), lambda one: folder(path + one[1:]), task.part(0.4, 1.0), most)
        return tuple((path + one[1:], replace(part, source_bytes=found.bytes or 0)) for one, part in landed)

    @contextmanager
    def _fetched(self, found: Found, beside: Path, task: Task) -> Iterator[tuple[Any, str]]:
        """The reader of a file that was brought here, and the file's name in it."""
        with tempfile.TemporaryDirectory(prefix="assay-", dir=beside, ignore_cleanup_errors=True) as aside:
            file = Path(aside) / found.name
            self._system.fetch(found, file, task.part(0.0, 0.4), msg("Fetching {name}", name=found.name))
            with self._reader(self._kind(found), file) as reader:
                yield reader, found.name

    def _reader(self, kind: str, file: Path) -> Any:
        settings: Settings = {"path": str(file)}
        if "parts" in registry.connector(kind).capabilities:
            settings["nested"] = str(self.settings.get("nested") or "json")
        return registry.open_connector(kind, settings)

    def read(self, path: tuple[str, ...], task: Task) -> Iterator[pa.RecordBatch]:
        """Parquet as it comes, a row group at a time; other formats as they land."""
        found = self._file(path)
        if self._kind(found) != "parquet":
            yield from super().read(path, task)
            return
        with self._system.plain(found.path), self._system.opened(found.path) as opened:
            file, done = pq.ParquetFile(opened, pre_buffer=True), 0
            for groups in _windows(file.metadata):
                for batch in file.iter_batches(batch_size=2**17, row_groups=groups):
                    task.at(done / max(file.metadata.num_rows, 1), msg("Reading {name}", name=found.name))
                    done += batch.num_rows
                    yield batch

    def write(
        self,
        path: tuple[str, ...],
        batches: Iterator[pa.RecordBatch],
        schema: pa.Schema,
        mode: str,
        task: Task,
        keys: tuple[str, ...] = (),
    ) -> str:
        """Written here whole, then put there in one step. The suffix of the path names the format."""
        target = "/".join(path)
        with throwaway("put-") as aside:
            file = aside / path[-1]
            there = self._system.look(target) if mode != "replace" else None
            if there is not None:
                self._system.fetch(there, file, task.part(0.0, 0.2), msg("Fetching {name}", name=there.name))
            write_file({"path": str(file)}, batches, schema, mode, task.part(0.2, 0.6), keys)
            self._make_folder(path[:-1])
            self._system.put(file, target, task.part(0.6, 1.0), msg("Sending {name}", name=file.name))
        return f"{self._system.name}/{target}"

    def _make_folder(self, path: tuple[str, ...]) -> None:
        """Make the folder that a file is to lie in, where the system has folders."""

    # Where

    @property
    def _pattern(self) -> str:
        return str(self.settings.get("path") or "").strip().strip("/")

    @property
    def _many(self) -> bool:
        """Whether the path of the settings picks files rather than naming a folder to look into."""
        pattern = self._pattern
        if any(mark in pattern for mark in MARKS):
            return True
        found = self._system.look(pattern) if pattern else None
        return found is not None and not found.folder

    def _top(self) -> list[Found]:
        """What is in the folder of the settings, or all there is."""
        return self._system.inside(self._pattern)

    def _there(self, pattern: str) -> bool:
        return not pattern or self._system.look(pattern) is not None

    def _nothing_at(self, path: str) -> ConnectError:
        return ConnectError(
            msg("There is nothing at {path}", path=f"{self._system.name}/{path}"),
            msg("No file or folder has this path there, or none fits the pattern."),
            msg("Check the spelling (capitals count), and browse the connection from its top."),
        )

    def _file(self, path: tuple[str, ...]) -> Found:
        """The file a path means. Raises `ConnectError` where it is none."""
        found = self._system.look("/".join(path)) if path else None
        if found is None or found.folder:
            raise self._nothing_at("/".join(path))
        if not found.bytes:
            raise DataError(
                msg("{name} is empty", name=found.name),
                msg("The file has no bytes in it."),
                msg("Check how it was made: an export may have failed, or may not be finished."),
            )
        return found

    # What

    def _fits(self, found: Found) -> bool:
        try:
            self._kind(found)
        except AssayError:
            return False
        return True

    def _kind(self, found: Found) -> str:
        said = str(self.settings.get("format") or "auto")
        return said if said != "auto" else registry.kind_of_name(found.name)

    @contextmanager
    def _head(self, path: Path_, rows: int) -> Iterator[tuple[Any, Path_]]:
        """The reader of a file here that begins as the far one does, and the path of the table in it."""
        found = self._file(_whole(path))
        kind = self._kind(found)
        with throwaway("preview-") as aside:
            file = aside / found.name
            if kind == "parquet":
                self._first_group(found, file, rows)
            else:
                self._enough(found, kind, file)
            with self._reader(kind, file) as reader:
                yield reader, (file.name, *_part(path))

    def _first_group(self, found: Found, file: Path, rows: int) -> None:
        """The first rows of a Parquet file as one of its own: its footer lies at the end."""
        with self._system.plain(found.path), self._system.opened(found.path) as opened:
            source = pq.ParquetFile(opened)
            first = next(source.iter_batches(max(rows, 1)), None)
            table = source.schema_arrow.empty_table() if first is None else pa.Table.from_batches([first])
            pq.write_table(table, file)

    def _enough(self, found: Found, kind: str, file: Path) -> None:
        """The head of a file of text: as much of it as its reader needs to see the first rows."""
        count = HEAD
        while True:
            file.write_bytes(self._system.head(found.path, count))
            if count >= (found.bytes or 0):
                return
            try:
                with registry.open_connector(kind, {"path": str(file)}) as reader:
                    reader.preview((file.name,), 1)
            except DataError:
                if count >= MORE:
                    raise
                count *= 8
                continue
            return


def _whole(path: Path_) -> Path_:
    """The path of the file that a table is in. No name in a path is empty but the mark before a list."""
    return path[: path.index("")] if "" in path else path


def _part(path: Path_) -> Path_:
    """What is behind the path of the file: nothing, or ("", list)."""
    return path[len(_whole(path)) :]


def _windows(metadata: pq.FileMetaData) -> Iterator[list[int]]:
    """Row groups that are fetched together: pyarrow fetches all it is asked for ahead, however slowly the rows are taken."""
    groups: list[int] = []
    size = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        here = sum(group.column(column).total_compressed_size for column in range(group.num_columns))
        if groups and size + here > AHEAD:
            yield groups
            groups, size = [], 0
        groups.append(number)
        size += here
    if groups:
        yield groups


def _item(found: Found) -> Item:
    return Item(tuple(found.path.split("/")), "folder" if found.folder else "file", bytes=found.bytes)
