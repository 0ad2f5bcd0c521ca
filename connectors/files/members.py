"""Lists inside one object: `{"meta": …, "rows": […]}` is a table of rows. Where each list begins and ends is found without reading it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from connectors.files import encoding
from core.task import Task
from core.words import msg

LOOK = 4 << 20
WHOLE = "."
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*\Z', re.DOTALL)
_NEXT = re.compile(r"[\s,]*")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Member:
    """A list or an object in the object: bytes `start` to `end` of the file, None where that is not known yet. `rows`: a list of objects."""

    key: str
    start: int
    end: int | None
    rows: bool


def lists(file: Path) -> tuple[str, ...]:
    """The lists of objects inside the one object that a file is, by its head; none where the file is anything else."""
    if re.search(r"(?i)\.(ndjson|jsonl)(\.gz|\.zst)?$", file.name):
        return ()
    head = encoding.head_of(file, LOOK).removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] != b"{":
        return ()
    if len(head) < LOOK - 3:
        return _of_whole(head)
    found = list(_members([head], 0))
    if any(one.key == "" and one.end is not None for one in found):
        return ()  # the first object ends: others follow
    return tuple(one.key for one in found if one.rows)


def _of_whole(text: bytes) -> tuple[str, ...]:
    """Of an object at hand: lists of two objects or more."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(value, dict):
        return ()
    return tuple(
        key for key, one in value.items() if isinstance(one, list) and len(one) > 1 and all(isinstance(e, dict) for e in one)
    )


def cut_out(file: Path, key: str, folder: Path, task: Task) -> tuple[Path, tuple[str, ...]]:
    """A copy of the list alone, and the other keys of the object. Raises `KeyError` where there is no such list, `ValueError` where

    the object around it is no JSON.
    """
    found = list(_members(_read(file, task), 0))
    wanted = next((one for one in found if one.key == key and one.rows and one.end is not None), None)
    if wanted is None:
        raise KeyError(key)
    target = folder / "list.json"
    around = _copy(file, wanted, target, task)
    value = json.loads(around, object_pairs_hook=_once, parse_constant=_no_constant)
    return target, tuple(one for one in value if one != key)


def cut_head(file: Path, key: str, folder: Path, most: int) -> Path | None:
    """A copy of the first elements of a list, as far as they lie in the head of the file; None where not one does."""
    head = encoding.head_of(file, LOOK)
    wanted = next((one for one in _members([head], 0) if one.key == key and one.rows), None)
    if wanted is None:
        return None
    text = head[wanted.start + 1 : wanted.end].decode("utf-8", "ignore")
    decoder, at, end, count = json.JSONDecoder(), 0, 0, 0
    try:
        while count < most:
            at = _NEXT.match(text, at).end()
            _, at = decoder.raw_decode(text, at)
            end, count = at, count + 1
    except (ValueError, RecursionError):
        pass  # the rest is not whole in the head
    if not count:
        return None
    target = folder / "list.json"
    target.write_text(f"[{text[:end]}]", encoding="utf-8")
    return target


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made: dict[str, object] = {}
    for key, value in pairs:
        if key in made:
            raise DoubledKey(key)
        made[key] = value
    return made


class DoubledKey(ValueError):
    """An object has a key twice."""


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


AROUND = 64_000_000


def _copy(file: Path, wanted: Member, target: Path, task: Task) -> bytes:
    """Copy the bytes of a list into a file of its own; returns what is around it, with an empty list in its place."""
    around, at = bytearray(), 0
    end = wanted.end or 0
    with target.open("wb") as out:
        for chunk in _read(file, task):
            before = max(min(wanted.start - at, len(chunk)), 0)
            behind = max(min(end - at, len(chunk)), 0)
            around += chunk[:before] + (b"[]" if at <= wanted.start < at + len(chunk) else b"") + chunk[max(behind, before) :]
            out.write(memoryview(chunk)[before:behind])
            at += len(chunk)
            if len(around) > AROUND:
                raise ValueError("what is around the list is too large")
    return bytes(around).removeprefix(b"\xef\xbb\xbf")


def _read(file: Path, task: Task) -> Iterator[bytes]:
    total, read = max(file.stat().st_size, 1), 0
    with encoding.open_bytes(file) as opened:
        while chunk := opened.read(encoding.CHUNK):
            yield chunk
            read += len(chunk)
            task.at(min(0.2 * read / total, 0.2), msg("Looking for the lists in {name}", name=file.name))


def _members(chunks, at: int) -> Iterator[Member]:
    """The containers in the object, and the object itself as a member without a key. Positions count from `at`."""
    depth, inside, escaped = 0, 0, False
    opened: tuple[str, int, bool] | None = None
    begun, before = at, b""
    for chunk in chunks:
        text = b"_" + chunk[1:] if escaped else chunk
        text = _ESCAPED.sub(b"__", text) if b"\\" in text else text
        escaped = text.endswith(b"\\")
        signs = np.frombuffer(text, np.uint8)
        within = (np.bitwise_xor.accumulate((signs == 34).view(np.uint8)) ^ inside).astype(bool)
        inside = int(within[-1])
        low = signs | 0x20
        places = np.flatnonzero(((low == 0x7B) | (low == 0x7D)) & ~within)
        steps = np.where(low[places] == 0x7B, 1, -1)
        depths = np.cumsum(steps) + depth
        shallow = np.flatnonzero(((depths == 2) & (steps > 0)) | ((depths <= 1) & (steps < 0)) | ((depths == 1) & (steps > 0)))
        for one in shallow.tolist():
            place, level, step = int(places[one]), int(depths[one]), int(steps[one])
            if step > 0 and level == 1:
                begun = at + place
            elif step > 0:
                key = _KEY.search((before + chunk[:place])[-2000:] if place < 2000 else chunk[max(place - 2000, 0) : place])
                rows = chunk[place : place + 1] == b"["
                opened = (_text(key[1]) if key else "", at + place, rows and _holds_objects(chunk[place + 1 : place + 1000]))
            elif level == 1 and opened:
                yield Member(opened[0], opened[1], at + place + 1, opened[2])
                opened = None
            elif level <= 0:
                yield Member("", begun, at + place + 1, False)
        depth = int(depths[-1]) if len(depths) else depth
        before = chunk[-2000:]
        at += len(chunk)
    if opened:
        yield Member(opened[0], opened[1], None, opened[2])


def _holds_objects(text: bytes) -> bool:
    """Whether a list begins with an object; one whose beginning is not at hand may."""
    first = text.lstrip()[:1]
    return first in (b"{", b"")


def _text(raw: bytes) -> str:
    try:
        return json.loads(b'"' + raw + b'"')
    except ValueError:
        return raw.decode("utf-8", "replace")
