"""Names that fit a database: long ones cut so that no two become the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

Measure = Callable[[str], int]


def utf8(name: str) -> int:
    """The bytes of a name in UTF-8, which is what PostgreSQL counts (NAMEDATALEN)."""
    return len(name.encode("utf-8", "surrogatepass"))


def fitting(name: str, limit: int, measure: Measure = utf8, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """`name` if it is free and no longer than `limit`; else its beginning and eight digits of its hash.

    The same name is always cut to the same text, so that DDL does not change from run to run.
    """
    clean = name.replace("\0", "")
    if clean and measure(clean) <= limit and clean not in taken:
        return clean
    salt = 0
    while True:
        mark = "_" + sha256(f"{name}{salt or ''}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        short = _start(clean, limit - measure(mark), measure) + mark
        if short not in taken:
            return short
        salt += 1


def _start(name: str, limit: int, measure: Measure) -> str:
    """The longest beginning of whole characters that measures at most `limit`."""
    low, high = 0, len(name)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(name[:middle]) <= limit else (low, middle - 1)
    return name[:low]


def distinct(names: Iterable[str], limit: int, measure: Measure = utf8, taken: Iterable[str] = ()) -> dict[str, str]:
    """Each name with the one it gets. Names that fit keep theirs whatever comes before them."""
    names = list(names)
    used = set(taken)
    found = {}
    for name in sorted(names, key=lambda name: fitting(name, limit, measure) != name):
        found[name] = fitting(name, limit, measure, used)
        used.add(found[name])
    return {name: found[name] for name in names}
