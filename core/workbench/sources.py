"""What a person means by a path, a folder, a pattern or an address."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from connectors import addresses, registry
from connectors.files import place
from core.errors import AssayError, DataError, UsageError
from core.models.source import Settings, Source, Value
from core.store.files import named, need_text, real
from core.words import Msg, msg, plural

NAMED = 6
"""Files that are named, one by one."""


def sources_of(text: str, as_one: bool = False, file_column: str = "", settings: Settings | None = None) -> tuple[Source, ...]:
    """The sources a person means by a path, a folder, a glob or an address (see `connectors.addresses`).

    With `as_one` the files of a folder or a glob are one source, whose rows tell in `file_column`, where one is named, which file they
    are from. `settings` say how files are read.

    Raises `UsageError` for nothing, a setting that no file there has, an address or a path that is none, `ConnectError` where nothing is there, `DataError` where nothing
    there is a kind that Assay reads.
    """
    if not text.strip():
        raise UsageError(
            msg("No path is given"),
            msg("There is nothing to open."),
            msg("Name a file, a folder, or a pattern with * and ?."),
        )
    if text.startswith(addresses.SCHEMES):
        if as_one:
            raise _not_here(text)
        return addresses.sources(text)
    _need_a_known_scheme(text)
    path = named(text)
    try:
        found = _files(path)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise place.unreadable(path, error) from error
    if not found and any(mark in str(path.parent) for mark in place.MARKS):
        raise place.nothing_at(text)
    if not found:
        raise DataError(
            msg("There is no data in {path}", path=text),
            msg("No file there is a kind that Assay reads."),
            msg("Name a file, a folder or a glob with CSV, Parquet, JSON or XML files."),
        )
    said = settings or {}
    _need_options(said, found)
    if not as_one:
        return tuple(source for file in found for source in _sources(file, said))
    whole = _together(path, found, file_column)
    return (replace(whole, settings=(*whole.settings, *_said(whole.kind, said))),)


def server_of(text: str) -> Source:
    """What a test of a connection is asked of: the server of an address, or a file. Raises as `sources_of`."""
    return addresses.server(text) if text.startswith(addresses.SCHEMES) else sources_of(text)[0]


def _need_a_known_scheme(text: str) -> None:
    """Raise `UsageError` for the address of a kind of server that Assay does not read: it is no path that is missing."""
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text)
    if scheme is not None:
        raise UsageError(
            msg("Assay does not read from {scheme}", scheme=scheme[0]),
            msg("An address begins with one of {names}.", names=", ".join(addresses.SCHEMES)),
            msg("Write one of them, or the path of a file; download what lies on a web server first."),
        )


def _need_options(settings: Settings, files: list[Path]) -> None:
    """Raise `UsageError` for a setting that none of the files has: it would be left out in silence."""
    known = {name for file in files for name in _options(registry.kind_of_file(file))} if settings else set()
    for name in settings:
        if name not in known:
            raise UsageError(
                msg("No file here has the setting {name}", name=name),
                msg("What can be set for them: {names}.", names=", ".join(sorted(known)) or "—"),
                msg("Write --set name=value."),
            )


def _options(kind: str) -> tuple[str, ...]:
    return tuple(field.name for field in registry.connector(kind).fields if field.name != "path")


def _said(kind: str, settings: Settings) -> tuple[tuple[str, Value], ...]:
    """What is said of how files of a kind are read."""
    return tuple((name, value) for name, value in settings.items() if name in _options(kind))


def _together(path: Path, found: list[Path], file_column: str) -> Source:
    """All files as one source. Raises `DataError` where they are of several kinds."""
    by_kind: dict[str, list[str]] = {}
    for file in found:
        by_kind.setdefault(registry.kind_of_file(file), []).append(file.name)
    if len(by_kind) > 1:
        (one, mine), (other, theirs) = list(by_kind.items())[:2]
        raise DataError(
            msg("The files are of several kinds, so they are not one table"),
            msg("{file} is {kind}, {other} is {other_kind}.", file=mine[0], kind=one, other=theirs[0], other_kind=other),
            msg("Narrow the pattern to files of one kind, or load each file as a table of its own."),
        )
    return Source(next(iter(by_kind)), (("path", str(real(path))),), (), as_one=True, file_column=file_column.strip())


def files_of_one(source: Source) -> tuple[Path, ...]:
    """The files that a source of many files means now. Raises `ConnectError` where there are none any more."""
    text = str(dict(source.settings)["path"])
    found = tuple(file for file in _files(named(text)) if file.exists() and registry.kind_of_file(file) == source.kind)
    if not found:
        raise place.nothing_at(text)
    return found


def _not_here(text: str) -> UsageError:
    return UsageError(
        msg("Files of {address} cannot be read as one table", address=text.split("?")[0]),
        msg("Only files on this machine can, for now."),
        msg("Load each as a table and join them in a pipeline, or copy the files here first."),
    )


def left_out(text: str) -> Msg | None:
    """What a person should know of a folder whose tables `sources_of` gives: the files in it that are none."""
    path = named(text)
    if text.startswith(addresses.SCHEMES) or not path.is_dir():
        return None
    names = [file.name for file in _visible(path) if not _is_data(file)]
    if not names:
        return None
    return plural(
        "{n} file of the folder is no table and was left out: {names}. Name it to load it all the same.",
        "{n} files of the folder are no tables and were left out: {names}. Name one to load it all the same.",
        n=len(names),
        names=", ".join(names[:NAMED]) + (", …" if names[NAMED:] else ""),
    )


def _visible(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in _visible(path) if _is_data(file)]
    # A file whose very name this is comes before the pattern: own[1].csv.
    if any(mark in str(path) for mark in place.MARKS) and not path.exists():
        return place.matching(path)
    return [path]


def _is_data(file: Path) -> bool:
    """Whether a file that nobody named is meant as a table: of a kind that is read, and a .txt only where it has columns."""
    try:
        kind = registry.kind_of_file(file)
    except AssayError:
        return False
    return not (kind == "csv" and place.fits(file, (".txt",)) and _is_prose(file))


def _is_prose(file: Path) -> bool:
    try:
        with registry.open_connector("csv", {"path": str(file)}) as text:
            return len(text.schema(())) < 2
    except AssayError:
        return False  # to load it tells why it cannot be read


def _sources(file: Path, settings: Settings) -> tuple[Source, ...]:
    """The tables of a file: one, but for a file that holds several (sheets of a workbook, lists inside an object)."""
    need_text(str(file))
    kind = registry.kind_of_file(file)
    whole = Source(kind, (("path", str(real(file))), *_said(kind, settings)), (file.name,))
    if "inside" not in registry.connector(kind).capabilities or not file.exists():
        return (whole,)
    try:
        with registry.open_connector(kind, dict(whole.settings)) as opened:
            parts = opened.browse((file.name,))
    except AssayError:
        return (whole,)  # to check it, or to load it, tells why it cannot be read
    return tuple(replace(whole, path=part.path) for part in parts) if len(parts) > 1 else (whole,)
