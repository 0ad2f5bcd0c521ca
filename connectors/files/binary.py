"""Files that are no text, told by their first bytes, so that nobody is asked to mend the delimiter of a picture."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from core.errors import DataError
from core.words import Msg, msg

_SIGNS: tuple[tuple[bytes, Msg], ...] = (
    (b"PK\x03\x04", msg("It is a ZIP archive; Excel workbooks (.xlsx) are such archives too.")),
    (b"\xd0\xcf\x11\xe0", msg("It is an old Office document, an Excel workbook (.xls) perhaps.")),
    (b"%PDF", msg("It is a PDF.")),
    (b"\x89PNG", msg("It is a picture.")),
    (b"\xff\xd8\xff", msg("It is a picture.")),
    (b"GIF8", msg("It is a picture.")),
    (b"\x7fELF", msg("It is a program.")),
    (b"SQLite format 3\x00", msg("It is a SQLite database.")),
    (b"PAR1", msg("It is a Parquet file: choose the kind Parquet.")),
    (b"BZh", msg("It is packed with bzip2, which is not read here; gzip and zstd are.")),
    (b"7z\xbc\xaf\x27\x1c", msg("It is a 7-Zip archive.")),
    (b"\xfd7zXZ\x00", msg("It is packed with xz, which is not read here; gzip and zstd are.")),
    (b"Rar!\x1a", msg("It is a RAR archive.")),
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]")
# Text has no control characters but tab, line ends, form feed and a last Ctrl-Z; one in a hundred is past any accident. An assumption.
CONTROL_SHARE = 0.01
# Text that a disk or a transfer damaged holds some zero bytes, or a block of them at its end; a binary file is full of them.
ZERO_SHARE = 0.2


def refuse(file: Path, head: bytes) -> None:
    """Raises `DataError` where the first bytes are those of a binary format, or too many are control characters."""
    for sign, why in _SIGNS:
        if head.startswith(sign):
            raise _no_text(file, why)
    look = head[:65_536]
    zeros = look.count(b"\x00")
    if zeros > ZERO_SHARE * len(look):
        raise _no_text(file, msg("It holds zero bytes: it is a program, a picture, an archive or another binary file."))
    signs = Counter(_CONTROL.findall(look))
    # One sign alone is how Hive and others part cells.
    if signs.total() - max(signs[b"\x01"], signs[b"\x1f"]) > CONTROL_SHARE * len(look):
        raise _no_text(file, msg("Too many of its first bytes are control characters: it is a binary file."))


def _no_text(file: Path, why: Msg) -> DataError:
    return DataError(
        msg("{name} is not a text file", name=file.name), why, msg("Choose the kind that fits the file, or export it as CSV.")
    )
