"""Character-class masks: what a text looks like, whatever it says."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from core.models.profile import Pattern

LIMIT = 64
"""Characters of a value that its mask covers."""

SHOWN = 10


class _Classes(dict[int, str]):
    """The class of each code point, found once: `9` for digits, `A` for capitals, `a` for other letters, else itself."""

    def __missing__(self, point: int) -> str:
        category = unicodedata.category(chr(point))
        sign = "9" if category == "Nd" else "A" if category == "Lu" else "a" if category.startswith("L") else chr(point)
        self[point] = sign
        return sign


_CLASSES = _Classes()


def mask(value: str) -> str:
    """The mask of a text's first 64 characters: `Иванов 12` is `Aaaaaa 99`."""
    return value[:LIMIT].translate(_CLASSES)


def patterns(values: Iterable[tuple[str, int]]) -> tuple[Pattern, ...]:
    """The most frequent masks of values with their numbers of rows, ties in the order of the text."""
    found: Counter[str] = Counter()
    for value, count in values:
        found[mask(value)] += count
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Pattern(sign, count) for sign, count in ranked[:SHOWN])
