"""What a person means by a path, a folder, a pattern or an address."""

from __future__ import annotations

from pathlib import Path

from connectors import registry
from connectors.files import place
from connectors.pg import address
from core.errors import AssayError, DataError
from core.models.source import Source
from core.store.files import named, need_text, real
from core.words import msg


def sources_of(text: str) -> tuple[Source, ...]:
    """The sources a person means by a path, a folder, a glob or a `postgresql://…/schema.table` address.

    Raises `UsageError` for an address or a path that is none, `ConnectError` where nothing is there, `DataError` where nothing
    there is a kind that Assay reads.
    """
    if text.startswith(address.SCHEMES):
        return (address.source(text),)
    path = named(text)
    try:
        found = _files(path)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise place.unreadable(path, error) from error
    if not found:
        raise DataError(
            msg("There is no data in {path}", path=text),
            msg("No file there is a kind that Assay reads."),
            msg("Name a file, a folder or a glob with CSV, Parquet, JSON or XML files."),
        )
    return tuple(_source(file) for file in found)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        return [file for file in found if _is_data(file)]
    # A file whose very name this is comes before the pattern: own[1].csv.
    if any(mark in path.name for mark in "*?[") and not path.exists():
        return place.matching(path)
    return [path]


def _is_data(file: Path) -> bool:
    try:
        registry.kind_of_file(file)
    except AssayError:
        return False
    return True


def _source(file: Path) -> Source:
    need_text(str(file))
    kind = registry.kind_of_file(file)
    return Source(kind, (("path", str(real(file))),), (file.name,))
