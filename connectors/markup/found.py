"""Which element is a row: the shallowest that repeats on each branch, by the head of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from connectors.markup.checked import buffers
from connectors.markup.rows import Shredder
from connectors.markup.shape import OUTSIDE, ROW

LOOK = 1 << 20


def records(file: Path) -> tuple[str, ...]:
    """The elements that repeat where nothing above them does: one for each table of the file, the shallowest and most frequent first.

    Where no element repeats, the only child of the root, or the root. Raises `DataError` for what is no XML.
    """
    seen, read = Shredder(file, None), 0
    for buffer in buffers(file):
        seen.feed(buffer)
        read += len(buffer)
        if read >= LOOK:
            break
    counts, shape = seen.counts, seen.shape
    paths = [number for number in counts if number > 2]
    repeated: Counter[tuple[int, str]] = Counter()
    for number in paths:
        chain = list(_above(shape.nodes, number))
        if counts[number] > 1 and all(counts.get(one, 0) == 1 for one in chain):
            repeated[len(chain), shape.nodes[number].name] += counts[number]
    if repeated:
        return tuple(dict.fromkeys(name for (depth, name), _ in sorted(repeated.items(), key=lambda one: (one[0][0], -one[1]))))
    return (_by_level(file, shape.nodes, counts, paths),)


def _by_level(file: Path, nodes, counts: dict[int, int], paths: list[int]) -> str:
    """Where no path repeats: a name that does on one level, under whatever parents; else the only child where it has parts, or the root."""
    levels: Counter[tuple[int, str]] = Counter()
    for number in paths:
        levels[len(list(_above(nodes, number))), nodes[number].name] += counts[number]
    often = [(depth, -count, name) for (depth, name), count in levels.items() if count > 1 and depth]
    if often:
        return min(often)[2]
    first = [name for (depth, name) in levels if depth == 1]
    root = next((name for (depth, name) in levels if not depth), "")
    return first[0] if len(first) == 1 and _has_parts(file, first[0]) else root


def _has_parts(file: Path, record: str) -> bool:
    """Whether the first element of a name holds more than a text."""
    seen = Shredder(file, record)
    for buffer in buffers(file):
        if seen.feed(buffer) is not None:
            break
    return any(sign != "#" for sign, _ in seen.shape.nodes[ROW].fields)


def _above(nodes, number: int) -> Iterator[int]:
    """The paths above a path, without that which has no element."""
    while (number := nodes[number].parent) > OUTSIDE:
        yield number
