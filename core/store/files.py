"""Files a person names: where they are, whether they can be written, and writing them in one step."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from core.errors import AssayError, ConfigError, DataError, UsageError
from core.words import msg

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def named(text: str) -> Path:
    """The path a person wrote, `~` and `~user` expanded. Raises `UsageError` where it can be no path."""
    if not text.strip():
        raise UsageError(
            msg("No path is given"), msg("The name is empty."), msg("Name a file or a folder; a dot is the folder you are in.")
        )
    if "\0" in text:
        raise UsageError(msg("This is no path"), msg("It holds a zero byte."), msg("Name a file or a folder."))
    need_text(text)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(
            msg("{path} cannot be found", path=text),
            msg("This computer has no user of this name, or the home folder is not known."),
            msg("Write the whole path, or ./{path} for a file of this very name.", path=text),
        ) from error


def need_text(text: str) -> None:
    """Raises `UsageError` for a name whose bytes are no UTF-8: no engine takes it, and nothing could be written of it."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            msg("{name} cannot be used as a name", name=text.encode(errors="backslashreplace").decode()),
            msg("Its bytes are no text in UTF-8."),
            msg("Rename the file or the folder."),
        ) from error


def real(path: Path) -> Path:
    """The path without links and dots. Unlike `Path.resolve`, a link to itself is no error here: reading or writing it will be."""
    return Path(os.path.realpath(path))


def write_whole(file: Path, data: bytes) -> Path:
    """Write a file in one step: the bytes go beside it and are put in its place, so that a full disk leaves what was there.

    Folders above are made. A device, a pipe or a socket is written to as it is. Raises `ConfigError` where the place cannot
    be written to and `DataError` where the disk is full.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():
            file.write_bytes(data)
        else:
            _replace(real(file), data)  # resolved: a link stays one
    except OSError as error:
        raise not_written(file, error) from error
    return file


def need_writable(place: Path, *, folder: bool = False) -> None:
    """Raise what `write_whole` would raise of this file (or of files in this folder), before any work is done for it.

    Nothing is made: the nearest folder that is there is tried with a file that has no name.
    """
    try:
        if not folder and place.exists():
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not os.access(place, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            if not place.is_file():
                return
        near = real(place) if folder else real(place).parent
        while not near.exists():
            near = near.parent
        if not near.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with tempfile.TemporaryFile(dir=near):
            pass
    except OSError as error:
        raise not_written(place, error) from error


def not_written(file: Path, error: OSError) -> AssayError:
    """What the system said of writing a file, in a form a person can act on."""
    if error.errno in FULL:
        return DataError(
            msg("The disk is full"),
            msg("{name} could not be written to the end; what was there before is untouched.", name=file.name),
            msg("Free some space and start again."),
        )
    return ConfigError(
        msg("{file} cannot be written", file=str(file)),
        msg("The system said: {error}", error=error.strerror or type(error).__name__),
        msg("Choose another place."),
    )


def beside(file: Path) -> Path:
    """A name for what is being written, in the folder of `file`: short whatever the name of the file, and hidden."""
    return file.with_name(f".assay-{os.urandom(6).hex()}.part")


def _replace(file: Path, data: bytes) -> None:
    staged = beside(file)
    try:
        with staged.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if file.exists():
            shutil.copymode(file, staged)
        os.replace(staged, file)
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
