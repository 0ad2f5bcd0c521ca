"""A look before loading: which kinds there are, what lies in a folder of this machine, how the first rows of a source read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connectors import registry
from connectors.base import Look
from connectors.files import place
from connectors.files.together import same_columns
from core.errors import AssayError
from core.models.source import Item, Kind, Settings, Source
from core.store.files import named, real
from core.task import Task
from core.words import LANGUAGES, Msg, msg, plural, say, size
from core.workbench.bench import Workbench
from core.workbench.sources import files_of_one

GROUPS: dict[str, Msg] = {
    "files": msg("Files"),
    "databases": msg("Databases"),
    "streams": msg("Streams"),
    "storage": msg("Storage"),
}
# Cells of a preview at most: ten thousand rows of two hundred columns.
CELLS = 2_000_000
COMPARED = 200
"""Files of one table whose columns are compared before it is loaded; the landing compares all."""


def search(kinds: Sequence[Kind], text: str) -> tuple[Kind, ...]:
    """The kinds that have every word of `text` in their name, label, description, group or suffixes, in any language Assay speaks."""
    words = text.casefold().split()
    return tuple(kind for kind in kinds if all(word in _said(kind) for word in words))


def _said(kind: Kind) -> str:
    texts = (kind.label, kind.about, GROUPS[kind.group])
    said = [say(one, lang) for one in texts for lang in LANGUAGES]
    return " ".join((kind.name, *kind.suffixes, *said)).casefold()


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a source shows: its first rows and columns, and for many files that are one table, whether they can be one."""

    look: Look
    files: int = 1
    union: Msg | None = None


def look(wb: Workbench, source: Source, settings: Settings, limit: int = 200) -> Sight:
    """The first rows (at most `limit`) of a source with these settings, secrets and all. Raises what opening and reading raise.

    Of many files that are one table the first is shown; raises `DataError` where their columns differ.
    """
    files = files_of_one(source) if source.as_one else ()
    if files:
        settings, source = {**settings, "path": str(files[0])}, replace(source, path=(files[0].name,))
    with registry.open_connector(source.kind, settings) as opened:
        seen = opened.look(source.path, limit)
        most = max(1, CELLS // max(len(seen.columns), 1))
        seen = replace(seen, rows=seen.rows.slice(0, most)) if seen.rows.num_rows > most else seen
    return Sight(seen, max(1, len(files)), _union(source, settings, files) if files else None)


def _union(source: Source, settings: Settings, files: tuple[Path, ...]) -> Msg:
    names = same_columns(source.kind, settings, files[:COMPARED], Task())
    total = size(sum(file.stat().st_size for file in files))
    if len(files) > COMPARED:
        return msg(
            "{n} files, {size}. The first {some} have the same {columns} columns; the others are compared when they are loaded.",
            n=len(files),
            size=total,
            some=COMPARED,
            columns=len(names),
        )
    return plural(
        "{n} file, {size}, with {columns} columns.",
        "{n} files, {size}, all with the same {columns} columns.",
        n=len(files),
        size=total,
        columns=len(names),
    )


def folder_of(text: str) -> tuple[Path, tuple[Item, ...]]:
    """A folder of this machine and what is in it: folders, and the files that some kind reads, by name.

    Of a path that is no folder, the nearest one above it. Raises `ConnectError` where it may not be entered.
    """
    folder = real(named(text)) if text.strip() else Path.home()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        with os.scandir(folder) as found:
            items = [_entry(one) for one in found if not one.name.startswith(".")]
    except OSError as error:
        raise place.unreadable(folder, error) from error
    return folder, tuple(sorted(filter(None, items), key=lambda one: (one.kind != "folder", one.name.casefold())))


def _entry(found: os.DirEntry) -> Item | None:
    path = (found.path,)
    try:
        if found.is_dir():
            return Item(path, "folder")
        registry.kind_of_name(found.name)
        return Item(path, "file", bytes=found.stat().st_size) if found.is_file() else None
    except (AssayError, OSError):
        return None  # of no kind, or gone since
