"""Bytes to text: which encoding a file is in, with the evidence, and a copy in UTF-8 where DuckDB needs one."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from connectors.files import binary, codepage, place
from core.errors import AssayError, ConfigError, DataError
from core.task import Task
from core.words import Msg, msg, plural

BROKEN = (EOFError, zlib.error, OSError)
HEAD = 1 << 20
CHUNK = 4 << 20
ENCODINGS = ("utf-8", "utf-16", *codepage.CYRILLIC, "cp1252", "latin-1")
# From this many valid letters of UTF-8 for each byte that is none, a file is UTF-8 with foreign lines in it: those are set aside and
# shown. The other way round all of it would be read wrongly without a word. Text in another encoding makes at most one valid letter
# in three by accident (cp866). An assumption.
MOSTLY = 1
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
# A word with a letter beyond ASCII, whole: whether such letters stand among ASCII ones tells languages apart.
_WORD = re.compile("[A-Za-z]*[^\x00-\x7f](?:[A-Za-z]|[^\x00-\x7f])*")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by Python's name, and why it was taken."""

    name: str
    evidence: Msg


def packing(file: Path) -> Literal["none", "gzip", "zstd"]:
    """How a file is packed, by its first bytes and not by its name: DuckDB's names."""
    with file.open("rb") as opened:
        head = opened.read(4)
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    return "zstd" if head == b"\x28\xb5\x2f\xfd" else "none"


def open_bytes(file: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it is gzip or zstd. Reading raises one of `BROKEN`."""
    packed = packing(file)
    if packed == "gzip":
        return gzip.open(file, "rb")
    if packed == "zstd":
        import pyarrow as pa

        return pa.input_stream(str(file), compression="zstd")
    return file.open("rb")


def head_of(file: Path, count: int = HEAD) -> bytes:
    """The first bytes, unpacked. Raises `DataError` where the packing is broken."""
    try:
        with open_bytes(file) as opened:
            return opened.read(count)
    except BROKEN as error:
        raise broken(file, error) from error


def broken(file: Path, error: Exception) -> AssayError:
    """The error for what reading bytes raised: the system's word, or an archive that is not whole."""
    if isinstance(error, OSError) and error.errno is not None:
        return place.unreadable(file, error)
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
    binary.refuse(file, head)
    if b"\x00" in head:
        return _wide(file, head)
    if head.isascii():
        return Encoding("utf-8", msg("only ASCII in the first megabyte"))
    letters = Letters()
    letters.add(head, final=len(head) < HEAD)
    return letters.encoding()


def detect_whole(file: Path, task: Task) -> Encoding:
    """The encoding by all of a file whose head was UTF-8 while bytes further down are not."""
    letters = Letters()
    with open_bytes(file) as source:
        while chunk := source.read(CHUNK):
            letters.add(chunk)
            task.check()
    letters.add(b"", final=True)
    return letters.encoding()


class Letters:
    """What the bytes above ASCII are: letters of UTF-8, or not. Fed piece by piece; keeps a sample of what is not UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.good = self.bad = 0
        self._sample = bytearray()

    def add(self, chunk: bytes, final: bool = False) -> None:
        if chunk.isascii() and not final and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(chunk, final)
        bad = len(_NOT_UTF8.findall(text))
        self.bad += bad
        # A letter of two bytes is one character: what the text is shorter by counts the letters, near enough for a weighing.
        self.good += max(len(chunk) - len(text), 0)
        if bad and len(self._sample) < HEAD:
            # The neighbours too: bytes that happen to form a letter of UTF-8 are letters of the other encoding here.
            self._sample += " ".join((*_WORD.findall(text), "")).encode("utf-8", "surrogateescape")

    def encoding(self) -> Encoding:
        """UTF-8 where nearly every letter is; else the eight-bit encoding that fits the others."""
        if not self.bad:
            return Encoding("utf-8", msg("its letters are valid UTF-8"))
        if self.good >= MOSTLY * self.bad:
            return Encoding(
                "utf-8",
                plural(
                    "its letters are UTF-8, but for {n} byte: the lines with it are set aside",
                    "its letters are UTF-8, but for {n} bytes: the lines with them are set aside",
                    n=self.bad,
                ),
            )
        return _eight_bit(bytes(self._sample))


def _wide(file: Path, head: bytes) -> Encoding:
    """UTF-16 without a mark has a zero in every second byte of its ASCII; anything else with zeros is no text."""
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    half = len(head[:4096]) // 2
    if half and odd > 0.3 * half and even < 0.05 * half:
        return Encoding("utf-16-le", msg("every second byte is zero"))
    if half and even > 0.3 * half and odd < 0.05 * half:
        return Encoding("utf-16-be", msg("every second byte is zero"))
    raise binary.zero_bytes(file, head)


def _eight_bit(sample: bytes) -> Encoding:
    page = codepage.guess(sample)
    if page == codepage.WESTERN:
        return Encoding(page, msg("not valid UTF-8, and in no Cyrillic code page does it read like Russian"))
    return Encoding(page, msg("not valid UTF-8; in {name} its words read like Russian", name=page))


def to_utf8(file: Path, encoding: str, folder: Path, task: Task) -> Path:
    """A copy in UTF-8, written piece by piece. Raises `DataError` with the place of the first byte that does not fit."""
    target, decoder, read = folder / "text.utf8", codecs.getincrementaldecoder(encoding)(), 0
    total = max(file.stat().st_size, 1)
    with open_bytes(file) as source, target.open("wb") as out:
        while True:
            try:
                chunk = source.read(CHUNK)
            except BROKEN as error:
                raise broken(file, error) from error
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
