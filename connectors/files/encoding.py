"""Bytes to text: which encoding a file is in, with the evidence, and a copy in UTF-8 where DuckDB needs one."""

from __future__ import annotations

import codecs
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import ConfigError, DataError
from core.task import Task
from core.words import Msg, msg

HEAD = 1 << 20
CHUNK = 4 << 20
CYRILLIC = ("cp1251", "koi8-r", "cp866")
ENCODINGS = ("utf-8", "utf-16", *CYRILLIC, "cp1252", "latin-1")
# The most frequent letters of Russian text and of Western European accents: a wrong code page turns them into rare signs.
_FREQUENT = set("оеаинтсрвлкмдпу")
_WESTERN = set("éèêàâçôûùîïëäöüßáíóúñãõåæøÉÄÖÜ€’“”–")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by Python's name, and why it was taken."""

    name: str
    evidence: Msg


def open_bytes(file: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it is gzip or zstd."""
    with file.open("rb") as opened:
        head = opened.read(4)
    if head[:2] == b"\x1f\x8b":
        return gzip.open(file, "rb")
    if head == b"\x28\xb5\x2f\xfd":
        import pyarrow as pa

        return pa.input_stream(str(file), compression="zstd")
    return file.open("rb")


def head_of(file: Path, count: int = HEAD) -> bytes:
    """The first bytes, unpacked. Raises `DataError` where the packing is broken."""
    try:
        with open_bytes(file) as opened:
            return opened.read(count)
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise broken_archive(file) from error


def broken_archive(file: Path) -> DataError:
    return DataError(
        msg("{name} is not a whole archive", name=file.name),
        msg("It ends too early or its checksum is wrong: it was cut off or damaged on the way."),
        msg("Fetch it again and compare its size with the original."),
    )


def detect(file: Path, said: str = "") -> Encoding:
    """The encoding of a text file by its first megabyte; `said` overrides. Raises `DataError` for a file that is not text."""
    if said and said != "auto":
        try:
            codecs.lookup(said)
        except LookupError as error:
            raise ConfigError(
                msg("There is no encoding {name}", name=said),
                msg("Known are, among others: {names}", names=", ".join(ENCODINGS)),
                msg("Choose one of them, or leave it to be found."),
            ) from error
        return Encoding(said, msg("as you said"))
    head = head_of(file)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", msg("the file begins with the mark of UTF-16"))
    if head.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8-sig", msg("the file begins with the mark of UTF-8"))
    if b"\x00" in head:
        return _wide(file, head)
    if _is_utf8(head):
        plain = head.isascii()
        return Encoding("utf-8", msg("only ASCII in the first megabyte") if plain else msg("the first megabyte is valid UTF-8"))
    return _eight_bit(head)


def _wide(file: Path, head: bytes) -> Encoding:
    """UTF-16 without a mark has a zero in every second byte of its ASCII; anything else with zeros is no text."""
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    half = len(head[:4096]) // 2
    if half and odd > 0.3 * half and even < 0.05 * half:
        return Encoding("utf-16-le", msg("every second byte is zero"))
    if half and even > 0.3 * half and odd < 0.05 * half:
        return Encoding("utf-16-be", msg("every second byte is zero"))
    raise DataError(
        msg("{name} is not a text file", name=file.name),
        msg("It holds zero bytes, which text does not: it is a program, a picture, an archive or another binary file."),
        msg("Choose the kind that fits the file, or export it as CSV."),
    )


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    return True


def _eight_bit(head: bytes) -> Encoding:
    high = [byte for byte in head if byte >= 0x80]
    best, share = "cp1252", 0.0
    for name in CYRILLIC:
        text = bytes(high).decode(name, "replace")
        found = sum(letter in _FREQUENT for letter in text) / len(high)
        if found > share:
            best, share = name, found
    western = sum(letter in _WESTERN for letter in bytes(high).decode("cp1252", "replace")) / len(high)
    if share < 0.35 or western > share:
        return Encoding("cp1252", msg("not valid UTF-8, and no Cyrillic code page gives Russian text"))
    return Encoding(
        best,
        msg(
            "not valid UTF-8; read as {name}, {n} % of its letters are the frequent ones of Russian",
            name=best,
            n=round(share * 100),
        ),
    )


def to_utf8(file: Path, encoding: str, folder: Path, task: Task) -> Path:
    """A copy in UTF-8, written piece by piece. Raises `DataError` with the place of the first byte that does not fit."""
    target, decoder, read = folder / "text.utf8", codecs.getincrementaldecoder(encoding)(), 0
    total = max(file.stat().st_size, 1)
    with open_bytes(file) as source, target.open("wb") as out:
        while True:
            try:
                chunk = source.read(CHUNK)
            except (EOFError, gzip.BadGzipFile, OSError) as error:
                raise broken_archive(file) from error
            try:
                out.write(decoder.decode(chunk, final=not chunk).encode("utf-8"))
            except UnicodeDecodeError as error:
                raise wrong_encoding(file, encoding, read + error.start) from error
            if not chunk:
                return target
            read += len(chunk)
            task.at(min(read / total, 1.0), msg("Reading {name} as {encoding}", name=file.name, encoding=encoding))


def wrong_encoding(file: Path, encoding: str, at: int) -> DataError:
    return DataError(
        msg("{name} is not all {encoding}", name=file.name, encoding=encoding),
        msg("The byte at position {n} does not fit.", n=at),
        msg("Choose another encoding in the settings of the file."),
    )


def first_bad_utf8(file: Path) -> bool:
    """Whether the whole file is not valid UTF-8, read piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(file) as source:
        try:
            while chunk := source.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return True
    return False
