"""The tags of a buffer as arrays: where each is, how deep, which path it has. No Python runs for a tag.

A buffer (see `checked`) is `<head>text<head>text…`. Its parts stay where they are: Arrow arrays over the same bytes, with offsets that
numpy found, are what names, attributes and texts are taken from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

_HEAD = re.compile(rb"<([^\s/>]+)\s*(?:([^\s=]+)\s*=\s*\"|/?>)")
_NEXT = re.compile(rb"\"\s*([^\s=]+)\s*=\s*\"")

Ints = np.ndarray


@dataclass(slots=True)
class Names:
    """Names as numbers, in the order in which they were met. A name has no prefix, but for attributes, where two may differ in it only."""

    known: dict[str, int] = field(default_factory=dict)
    heads: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    gaps: dict[bytes, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        return self.known.setdefault(name, len(self.known))

    def head(self, text: bytes) -> tuple[int, int]:
        """The numbers of the name and of the first attribute (-1 for none, -2 for one that declares a namespace)."""
        if text not in self.heads:
            found = _HEAD.fullmatch(text)
            assert found is not None, text[:100]
            self.heads[text] = (self.number(local(found[1].decode())), -1 if found[2] is None else self._attribute(found[2]))
        return self.heads[text]

    def gap(self, text: bytes) -> int:
        """The number of the attribute that a `" name="` begins."""
        if text not in self.gaps:
            found = _NEXT.fullmatch(text)
            assert found is not None, text[:100]
            self.gaps[text] = self._attribute(found[1])
        return self.gaps[text]

    def _attribute(self, name: bytes) -> int:
        return -2 if name == b"xmlns" or name.startswith(b"xmlns:") else self.number("@" + name.decode())


def local(name: str) -> str:
    return name.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tags of a buffer. `start` are the numbers of those that open an element; `name`, `level` and `alone` (`<a/>`) go with it.

    `parts` has three pieces a tag: its head up to the first value, the rest of the head, and the text behind it; one empty piece ends it.
    """

    data: bytes
    lt: Ints
    gt: Ints
    end: Ints
    after: Ints
    start: Ints
    name: Ints
    level: Ints
    alone: Ints
    parts: pa.Array
    attribute_of: Ints
    attribute: Ints
    values: pa.Array


def tokens(data: bytes, depth: int, names: Names) -> Tokens:
    """The tags of a buffer that begins `depth` elements deep."""
    signs = np.frombuffer(data, np.uint8)
    lt, gt = np.flatnonzero(signs == 60), np.flatnonzero(signs == 62)
    end = signs[lt + 1] == 47
    alone = (signs[gt - 1] == 47) & ~end
    step = np.where(end, -1, np.where(alone, 0, 1)).astype(np.int32)
    after = np.cumsum(step, dtype=np.int32) + depth
    start = np.flatnonzero(~end)
    single = alone[start]
    level = after[start] - np.where(single, 0, 1)
    owner, opened, closed = _attributes(signs, lt, gt)
    head_end = gt + 1
    first = np.flatnonzero(np.diff(owner, prepend=-1) != 0)
    head_end[owner[first]] = opened[first] + 1
    parts = _pieces(data, lt, head_end, gt + 1)
    heads = parts.take(pa.array(3 * start)).dictionary_encode()
    known = np.array([names.head(text) for text in heads.dictionary.to_pylist()], np.int32).reshape(-1, 2)
    codes = heads.indices.to_numpy()
    found = known[codes]
    values, attribute = _values(data, opened, closed, owner, first, names)
    if len(first):
        place = np.searchsorted(start, owner[first])
        attribute[first] = found[place, 1]
    return Tokens(data, lt, gt, end, after, start, found[:, 0], level, single, parts, owner, attribute, values)


def _attributes(signs: Ints, lt: Ints, gt: Ints) -> tuple[Ints, Ints, Ints]:
    """Of each attribute: the tag it is in, and where its quotes open and close."""
    quotes = np.flatnonzero(signs == 34)
    tag = np.searchsorted(lt, quotes, "right") - 1
    inside = (tag >= 0) & (quotes < gt[tag])
    quotes, tag = quotes[inside], tag[inside]
    return tag[0::2], quotes[0::2], quotes[1::2]


def _pieces(data: bytes, *bounds: Ints) -> pa.Array:
    """The buffer cut at all bounds, in turn; one empty piece at the end."""
    count = len(bounds[0]) * len(bounds)
    offsets = np.full(count + 2, len(data), np.int32)
    for place, bound in enumerate(bounds):
        offsets[place : count : len(bounds)] = bound
    return pa.Array.from_buffers(pa.binary(), count + 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _values(data: bytes, opened: Ints, closed: Ints, owner: Ints, first: Ints, names: Names) -> tuple[pa.Array, Ints]:
    """The values of the attributes (every second piece), and the numbers of their names; those of the first in a tag are not known here."""
    attribute = np.full(len(opened), -1, np.int32)
    pieces = _pieces(data, opened + 1, closed)
    later = np.ones(len(opened), bool)
    later[first] = False
    at = np.flatnonzero(later)
    if len(at):
        gaps = pieces.take(pa.array(2 * at - 1))
        found = gaps.dictionary_encode()
        known = np.array([names.gap(text) for text in found.dictionary.to_pylist()], np.int32)
        attribute[at] = known[found.indices.to_numpy()]
    return pieces, attribute
