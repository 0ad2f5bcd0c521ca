"""Where files are: a path, a folder or a glob becomes files, each with a clear word when it cannot be read."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path

from core.errors import AssayError, ConfigError, ConnectError, DataError
from core.models.source import Check, Field, Item, Settings
from core.store.files import named
from core.words import msg, plural, size

MARKS = "*?["
PATH = Field(
    "path",
    msg("Path"),
    "path",
    required=True,
    help=msg("A file, a folder, or a pattern with * and ?."),
    example="/data/orders.csv",
)


def files_of(settings: Settings, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that the setting `path` means, sorted; of a folder those with a suffix of the kind (before .gz or .zst).

    Raises `ConfigError` where no path is given, `ConnectError` where nothing is there.
    """
    text = str(settings.get("path") or "").strip()
    if not text:
        raise ConfigError(
            msg("No path is given"), msg("There is nothing to open."), msg("Fill in the field {name}.", name="path")
        )
    path = named(text)
    try:
        found = _found(path, suffixes)
    except OSError as error:
        raise unreadable(path, error) from error
    if not found:
        raise nothing_at(text)
    return tuple(found)


def _found(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if path.exists() and not path.is_dir():
        return [path]
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.is_file() and fits(file, suffixes))
    return matching(path)


def matching(pattern: Path) -> list[Path]:
    """The files that fit a pattern with `*`, `?` and `[…]` in any of its parts (`2024-*/part*.csv`), and `**` for folders of any depth;

    none where it is no pattern. A part that is there by this very name is no pattern. Raises `OSError` where a folder before the first
    mark may not be entered.
    """
    if not any(mark in str(pattern) for mark in MARKS):
        return []
    start = Path(pattern.anchor) if pattern.anchor else Path()
    found = [start]
    for depth, part in enumerate(pattern.parts[1:] if pattern.anchor else pattern.parts):
        found = [one for folder in found for one in _fitting(folder, part, strict=not depth or len(found) == 1)]
    return sorted(one for one in found if one.is_file())


def _fitting(folder: Path, part: str, strict: bool) -> list[Path]:
    """What is in a folder under the name `part`, or fits it where it is a pattern."""
    if not any(mark in part for mark in MARKS) or (folder / part).exists():
        return [folder / part] if strict or (folder / part).exists() else []
    if part == "**":
        return [folder, *(Path(root) / name for root, names, _ in os.walk(folder) for name in names if not name.startswith("."))]
    if strict and not folder.is_dir():
        folder.iterdir().__next__()  # says why: it is not there, it is a file, it may not be entered
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return []
    return [one for one in folder.iterdir() if fnmatch(one.name, part)]


def nothing_at(text: str) -> ConnectError:
    return ConnectError(
        msg("There is nothing at {path}", path=text),
        msg("The file does not exist, or the folder or pattern holds no file of this kind."),
        msg("Check the spelling, and that the disk it is on is connected."),
    )


def fits(file: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether the name ends in one of the suffixes, a compression suffix aside."""
    name = file.name.lower()
    for packed in (".gz", ".zst"):
        name = name.removesuffix(packed)
    return name.endswith(suffixes)


def file_named(files: tuple[Path, ...], path: tuple[str, ...]) -> Path:
    """The file an item path means: by its name, or the only one."""
    found = next((file for file in files if path and path[-1] in (file.name, str(file))), None)
    if found is None and len(files) == 1:
        found = files[0]
    if found is None:
        raise ConnectError(
            msg("There is no file {name} any more", name=path[-1] if path else "—"),
            msg("It was moved, renamed or deleted since it was picked."),
            msg("Browse the folder again and pick it anew."),
        )
    return readable(found)


def readable(file: Path) -> Path:
    """The file, once it is known to be a file with something in it that may be read."""
    try:
        if file.is_dir():
            raise ConnectError(
                msg("{path} is a folder", path=str(file)),
                msg("A file was expected here."),
                msg("Name a file in it, or a pattern such as {example}.", example=str(file / "*.csv")),
            )
        if file.exists() and not file.is_file():
            raise ConnectError(
                msg("{path} is not a file", path=str(file)),
                msg("It is a device, a pipe or a socket: it has no end, or cannot be read twice."),
                msg("Write what it gives into a file first."),
            )
        if file.stat().st_size == 0:
            raise DataError(
                msg("{name} is empty", name=file.name),
                msg("The file has no bytes in it."),
                msg("Check how it was made: an export may have failed, or may not be finished."),
            )
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        raise unreadable(file, error) from error
    return file


def unreadable(file: Path, error: OSError) -> ConnectError:
    """What the system said, in a form a person can act on."""
    return ConnectError(
        msg("{name} cannot be read", name=file.name),
        msg("The system said: {error}", error=error.strerror or type(error).__name__),
        msg("Check that the file is still there and that you may read it."),
    )


def items(files: tuple[Path, ...]) -> tuple[Item, ...]:
    """The files as things to pick; those that have gone since they were found are left out."""
    return tuple(Item((file.name,), "file", bytes=file.stat().st_size) for file in files if file.exists())


def checks(settings: Settings, suffixes: tuple[str, ...], look) -> tuple[Check, ...]:
    """Exists → readable → format. `look(file)` opens the head of a file and gives a message, or raises."""
    labels = {"exists": msg("Is there"), "readable": msg("May be read"), "format": msg("Is of this kind")}
    made: list[Check] = []
    try:
        files = files_of(settings, suffixes)
        total = sum(file.stat().st_size for file in files)
        made.append(
            Check(
                "exists", labels["exists"], "ok", plural("{n} file, {size}", "{n} files, {size}", n=len(files), size=size(total))
            )
        )
        for file in files[:20]:
            readable(file)
        made.append(Check("readable", labels["readable"], "ok", msg("yes")))
        made.append(Check("format", labels["format"], "ok", look(files[0])))
    except AssayError as error:
        name = tuple(labels)[len(made)]
        made.append(Check(name, labels[name], "fail", msg("{what}. {why}", what=error.what, why=error.why), error.fix))
    done = {check.name for check in made}
    made += [Check(name, label, "skipped", msg("not reached")) for name, label in labels.items() if name not in done]
    return tuple(made)


def same_file(before: os.stat_result, file: Path) -> None:
    """Raises `DataError` when the file was changed or removed since `before` was taken."""
    try:
        now = file.stat()
    except OSError as error:
        raise unreadable(file, error) from error
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
        raise DataError(
            msg("{name} changed while it was read", name=file.name),
            msg("What was read may be half old and half new, so it was thrown away."),
            msg("Wait until the program that writes it is done, and load it again."),
        )
