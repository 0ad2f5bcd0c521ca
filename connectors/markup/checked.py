"""XML as bytes that may be cut at every `<`: found well-formed by expat on the way, without comments, instructions and CDATA.

Expat (see `keeper`) checks every byte, and the moment it meets a declaration of an entity the file is refused: nothing is ever expanded
or fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

import numpy as np

from connectors.files import encoding
from connectors.markup.keeper import Refused, strict
from core.errors import DataError
from core.words import msg, size

FIRST, CHUNK = 1 << 18, 4 << 20
"""Bytes read at once: few for whoever looks at the head only, doubled each time; more than a few megabytes fall out of the caches."""
LONGEST = 64_000_000
"""Bytes a row, a comment or a text may have: as much as an object of JSON."""

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ASIDE = re.compile(rb"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>|<[!?].*\Z", re.DOTALL)
_CLOSED = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(rb"<[^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*>|>")
_QUOTED = re.compile(rb"\"([^\"]*)\"|'([^']*)'")
_SINGLE = re.compile(rb"=\s*'")
_UTF8 = {"utf-8", "ascii"}


def buffers(file: Path, seen: Callable[[int], None] = lambda count: None, *, beside: bool = False) -> Iterator[bytes]:
    """The file from its root element on, as UTF-8: each buffer begins with `<`, and the next follows where it ends.

    In them there is one `>` for each `<`, and every attribute is in double quotes. `seen` is told how many bytes were read. Where the
    file is checked `beside`, only what stands before the root is checked here; else it raises `DataError` for what is not well-formed (with its line), uses entities, or is longer than `LONGEST`.
    """
    parser = _Parser(file)
    held = b""
    for chunk in _utf8(file, seen):
        if parser.root is None or not beside:
            parser.feed(chunk)
        if parser.root is None:
            continue
        held = held + chunk if held else parser.from_root(chunk)
        whole, held = _cut(held)
        if len(held) > LONGEST:
            raise too_long(file)
        if whole:
            yield _plain(whole)
    if parser.root is None or not beside:
        parser.feed(b"", last=True)
    if held:
        yield _plain(_ASIDE.sub(_beside, held))


class _Parser:
    """Expat, and where the root element begins."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.root: int | None = None
        self._before = b""
        self._expat = strict()
        self._expat.StartElementHandler = self._begun

    def _begun(self, *_: object) -> None:
        self.root = self._expat.CurrentByteIndex
        self._expat.StartElementHandler = None

    def feed(self, chunk: bytes, last: bool = False) -> None:
        try:
            self._expat.Parse(chunk, last)
        except Refused as error:
            raise refused(self.file) from error
        except expat.ExpatError as error:
            raise _wrong(self.file, error) from error
        if self.root is None:
            self._before += chunk
            if len(self._before) > LONGEST:
                raise too_long(self.file)

    def from_root(self, chunk: bytes) -> bytes:
        """What has been read, from the root element on."""
        whole, self._before = self._before + chunk, b""
        return whole[self.root :]


def _utf8(file: Path, seen: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes of the file in UTF-8, whatever encoding it is in by its mark or its declaration."""
    try:
        with encoding.open_bytes(file) as opened:
            head, at_once = opened.read(FIRST), FIRST
            read = len(head)
            name, head = _encoding(file, head)
            decoder = None if name in _UTF8 else codecs.getincrementaldecoder(name)()
            while head:
                seen(read)
                yield decoder.decode(head).encode() if decoder else head
                at_once = min(2 * at_once, CHUNK)
                head = opened.read(at_once)
                read += len(head)
            if decoder:
                decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        raise _not_xml(file, msg("The file says that it is {encoding}, and a byte of it is not.", encoding=name)) from error
    except UnicodeEncodeError as error:
        raise _not_xml(file, msg("It holds half of a letter.")) from error
    except encoding.BROKEN as error:
        raise encoding.broken(file, error) from error


def is_utf8(file: Path, head: bytes) -> bool:
    """Whether a file with this head is in UTF-8. Raises `DataError` for an encoding that does not exist."""
    return _encoding(file, head)[0] in _UTF8


def _encoding(file: Path, head: bytes) -> tuple[str, bytes]:
    """The encoding by Python's name, and the head without a mark."""
    marks = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
    for mark, name in marks:
        if head.startswith(mark):
            return name, head[len(mark) :]
    if head[:4] in (b"<\0?\0", b"\0<\0?"):
        return "utf-16-le" if head[1] == 0 else "utf-16-be", head
    declared = _DECLARED.match(head[:1000])
    try:
        name = codecs.lookup(declared[1].decode() if declared else "utf-8").name
        "".encode(name)
    except LookupError as error:
        raise _not_xml(file, msg("There is no encoding {name}", name=declared[1].decode() if declared else "")) from error
    return name, head


def _cut(held: bytes) -> tuple[bytes, bytes]:
    """What is complete, without comments and the like, and the rest as it is."""
    last = held.rfind(b"<")
    # To look for one sign is much faster than for two.
    if (b"!" in held and b"<!" in held) or (b"?" in held and b"<?" in held):
        open_at = next((one.start() for one in _ASIDE.finditer(held) if one.end() == len(held) and _is_open(one[0])), last)
        last = min(last, open_at) if last >= 0 else open_at
        # A `<` inside what was left out is none: the cut may lie in the middle of a comment that is closed.
        for one in _ASIDE.finditer(held):
            if one.start() < last < one.end():
                last = one.start()
        return _ASIDE.sub(_beside, held[:last]), held[last:]
    return held[:last], held[last:]


def _is_open(part: bytes) -> bool:
    """Whether a comment, CDATA or an instruction has no end yet."""
    return _CLOSED.fullmatch(part) is None


def _beside(found: re.Match[bytes]) -> bytes:
    text = found[1]
    if text is None:
        return b""
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _plain(whole: bytes) -> bytes:
    """One `>` for each `<`, double quotes around each attribute, line ends as XML has them."""
    if b"\r" in whole:
        whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    signs = np.frombuffer(whole, np.uint8)
    if np.count_nonzero(signs == 60) != np.count_nonzero(signs == 62) or (b"'" in whole and _SINGLE.search(whole)):
        whole = _TAG.sub(_tag, whole)
    return whole


def _tag(found: re.Match[bytes]) -> bytes:
    tag = found[0]
    if tag == b">":
        return b"&gt;"
    return _QUOTED.sub(_attribute, tag) if b"'" in tag or tag.count(b">") > 1 else tag


def _attribute(found: re.Match[bytes]) -> bytes:
    value = found[1] if found[1] is not None else found[2]
    return b'"' + value.replace(b'"', b"&quot;").replace(b">", b"&gt;") + b'"'


def refused(file: Path) -> DataError:
    return DataError(
        msg("{name} uses entities, and Assay does not read those", name=file.name),
        msg("Entities can make a small file huge, or pull in other files of this machine."),
        msg("Write the file without a DTD, with the text in place of the entities."),
    )


def too_long(file: Path) -> DataError:
    return DataError(
        msg("{name} holds a part beyond the limit", name=file.name),
        msg("A row, a text or a comment may have {size}: more has been used to bring readers down.", size=size(LONGEST)),
        msg("Name a smaller element as the row in the settings of the file, or write the file with smaller parts."),
    )


def too_deep(file: Path, most: int) -> DataError:
    return DataError(
        msg("{name} is nested beyond the limit", name=file.name),
        msg("Elements may lie {n} deep: more has been used to bring readers down.", n=most),
        msg("Write the file with fewer levels."),
    )


def _wrong(file: Path, error: expat.ExpatError) -> DataError:
    if error.code in (
        expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY],
        expat.errors.codes[expat.errors.XML_ERROR_ENTITY_DECLARED_IN_PE],
    ):
        return refused(file)
    said = expat.ErrorString(error.code)
    return _not_xml(file, msg("Line {line}, column {column}: {error}.", line=error.lineno, column=error.offset + 1, error=said))


def _not_xml(file: Path, why) -> DataError:
    return DataError(
        msg("{name} is not well-formed XML", name=file.name),
        why,
        msg("Check how it was made: it may be cut off, or not XML at all."),
    )
