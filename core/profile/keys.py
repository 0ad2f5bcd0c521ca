"""Keys: sets of columns that are unique over all rows, found by what breaks them and proven by counting.

Two rows that agree in some columns show that no subset of those columns is a key (an agree set). Agree sets are read off a
sample, which leaves few candidates; each candidate is then counted over all rows, the best first, and what breaks one adds
agree sets that break others (the idea of HyUCC, Papenbrock and Naumann 2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import log10, prod
from typing import Protocol

import numpy as np

from core.models.names import is_identifier
from core.models.profile import ColumnProfile, Key
from core.models.types import family
from core.task import Task
from core.words import Msg, msg, plural

WIDEST = 4
"""Columns a key may have: beyond that a surrogate key serves better."""

COLUMNS = 24
"""Columns that are tried together, the likeliest first: 12,926 sets of up to four."""

FIRST = 6
"""Columns at the left of a wide table that are tried whatever they look like: keys usually stand there (an assumption)."""

NEIGHBOURS = 30_000
"""Rows of the sample whose neighbours are compared first."""

DENSE = 4
"""Whole numbers on each of which at least one in so many stands are a count, and not an amount (an assumption)."""

KEYS = 5
"""Keys that are kept, the best first."""

COUNTED_ROWS = 4_000_000
"""Rows counted for further keys once one is known, over all candidates of a table."""

TRIES = 12
"""Candidates counted over all rows before a table is said to have no key."""

LONG_TEXT = 40
"""Mean characters from which a text is prose or a name rather than a code."""

CHANCE = 0.5
"""The chance from which the other columns of a composite key may tell the few repeats of a nearly unique one apart by luck."""

PART, FIT = 2.5, 3.2
"""The cost below which a column may be part of a composite key, and below which a key may be the primary key."""

_COST = {"integer": 0.0, "uuid": 0.0, "text": 0.4, "date": 0.6, "timestamp": 0.6, "boolean": 1.5, "decimal": 3.5, "float": 4.0}


class Rows(Protocol):
    """The rows of one table, here or on a server, as far as keys are sought in them."""

    def codes(self, parts: Sequence[ColumnProfile]) -> tuple[np.ndarray, bool]:
        """Columns x rows of small integers that stand for the values of some rows, and whether those are all of the table."""
        ...

    def unique(self, columns: Sequence[ColumnProfile]) -> bool:
        """Whether columns without nulls are unique together over all rows."""
        ...

    def duplicates(self, columns: Sequence[str]) -> str:
        """The query that counts the rows which keep columns from being a key."""
        ...


def find(rows: Rows, columns: Sequence[ColumnProfile], task: Task) -> tuple[Key, ...]:
    """The keys that hold on all rows, the best first, none of them part of another."""
    usable = [column for column in columns if _cost(column) is not None and column.nulls == 0 and column.rows]
    singles = sorted((column for column in usable if column.unique), key=lambda column: _cost(column) or 0)
    found: list[tuple[ColumnProfile, ...]] = [(column,) for column in singles[:KEYS]]
    parts = [column for column in usable if not column.unique and column.distinct > 1 and (_cost(column) or 0) < PART]
    likely = sorted(parts, key=lambda column: (_cost(column) or 0) - log10(column.distinct))
    # Of a wide table also those that stand first: measures have more different values than what they are measured of.
    parts = likely if len(parts) <= COLUMNS else list(dict.fromkeys([*parts[:FIRST], *likely]))[:COLUMNS]
    if len(parts) > 1:
        order = {column.name: place for place, column in enumerate(columns)}
        parts.sort(key=lambda column: order[column.name])
        found += list(_composite(rows, parts, task, bool(found)))
    found.sort(key=lambda group: (any((_cost(column) or 0) >= FIT for column in group), len(group)))
    return tuple(_key(group, rows) for group in found[:KEYS])


def primary(columns: Sequence[ColumnProfile], keys: Sequence[Key]) -> tuple[str, ...]:
    """The key to take for the primary key: the first that is neither prose nor a measure nor luck; none where there is none."""
    by_name = {column.name: column for column in columns}
    for key in keys:
        members = [by_name[name] for name in key.columns]
        if all((_cost(column) or 0) < FIT for column in members) and not _by_luck(members):
            return key.columns
    return ()


def _by_luck(members: Sequence[ColumnProfile]) -> bool:
    """Whether a key is a nearly unique column, and others that tell its few repeats apart only because they hold many values.

    Columns with d values between them tell a repeat apart by chance with 1 - 1/d. A moment and a thing are left out: the
    usual key of events, however rarely two fall together. A moment and a measure are not.
    """
    if _may_be_luck(members):
        return True
    nearly = next((column for column in members if column.nearly_unique), None)
    if nearly is None:
        return False
    others = [column for column in members if column is not nearly]
    if family(nearly.type) in ("timestamp", "date", "time") and any(map(_may_be_a_thing, others)):
        return False
    return (1 - 1 / max(prod(column.distinct for column in others), 1)) ** nearly.repeats > CHANCE


def _may_be_luck(members: Sequence[ColumnProfile]) -> bool:
    """Whether whole numbers that are not named as identifiers have so many combinations that hardly two rows would share one in any case.

    n rows over D combinations share n² / 2D of them on average (the birthday problem).
    """
    if len(members) < 2 or any(family(one.type) != "integer" or is_identifier(one.name) for one in members):
        return False
    return members[0].rows ** 2 / (2 * prod(one.distinct for one in members)) < CHANCE


def _may_be_a_thing(column: ColumnProfile) -> bool:
    """Whether a column names what things happen to, each more than once."""
    kind = family(column.type)
    named = is_identifier(column.name) or kind in ("text", "uuid") or (kind == "integer" and dense(column))
    return named and column.rows >= 2 * column.distinct


def dense(column: ColumnProfile) -> bool:
    """Whether a column of whole numbers counts something, as identifiers do: no wide gaps between its values, as amounts have."""
    return int(column.high or 0) - int(column.low or 0) < DENSE * column.distinct


def _cost(column: ColumnProfile) -> float | None:
    """How ill a column serves in a key (0 is best), or None where its type cannot be one."""
    kind = family(column.type)
    cost = _COST.get(kind)
    if cost is None:
        return None
    if kind == "text":
        length = column.length_mean or 0.0
        cost += 3.0 if length > LONG_TEXT else length / LONG_TEXT + (2.2 if _spaced(column) else 0.0)
    if kind == "decimal" and column.type.replace(" ", "").endswith(",0)"):
        cost = 0.2
    return cost - (0.8 if is_identifier(column.name) else 0.0)


def _spaced(column: ColumnProfile) -> bool:
    """Whether most of the frequent masks have spaces: words rather than a code."""
    spaced = sum(pattern.count for pattern in column.patterns if " " in pattern.mask)
    return 2 * spaced > sum(pattern.count for pattern in column.patterns)


def _key(columns: Sequence[ColumnProfile], rows: Rows) -> Key:
    names = tuple(column.name for column in columns)
    evidence: list[Msg] = [
        plural("Every one of {n} row has its own value", "Every one of {n} rows has its own value", n=columns[0].rows)
        if len(names) == 1
        else plural(
            "Every one of {n} row has its own combination", "Every one of {n} rows has its own combination", n=columns[0].rows
        ),
        msg("No nulls"),
    ]
    named = [name for name in names if is_identifier(name)]
    if named:
        evidence.append(msg("The name {names} reads like an identifier", names=", ".join(named)))
    return Key(names, tuple(evidence), rows.duplicates(names))


def _composite(rows: Rows, parts: list[ColumnProfile], task: Task, known: bool) -> Iterator[tuple[ColumnProfile, ...]]:
    codes, whole = rows.codes(parts)
    total = parts[0].rows
    # Beside a key of one column only pairs are of interest: natural keys that other tables may refer to.
    masks = _ranked(parts, total, 2 if known else WIDEST)
    alive = np.ones(len(masks), dtype=bool)
    _rule_out(alive, masks, _neighbours(codes))
    left = TRIES if not known else 0
    budget = COUNTED_ROWS
    found = 0
    while alive.any() and found < KEYS:
        place = int(np.argmax(alive))
        group = [index for index in range(len(parts)) if masks[place] >> index & 1]
        task.check()
        alive[place] = False
        broken = _agreements(codes, group)
        if len(broken):
            _rule_out(alive, masks, broken)
            continue
        if not whole:
            if left <= 0 and budget < total:
                return
            left, budget = left - 1, budget - total
            if not rows.unique([parts[index] for index in group]):
                continue
        # Longer keys than the shortest that holds are chance or follow from it.
        alive &= ((masks & masks[place]) != masks[place]) & (np.bitwise_count(masks) <= len(group))
        found, left = found + 1, 0
        yield tuple(parts[index] for index in group)


def _ranked(parts: Sequence[ColumnProfile], rows: int, widest: int) -> np.ndarray:
    """Every set of up to `widest` columns that has enough combinations for the rows, as bits, the best first.

    Shorter sets first; then types, names and how tightly the combinations fit the rows (a key by chance has far too many).
    """
    scored: list[tuple[int, float, tuple[int, ...]]] = []
    costs = [(_cost(part) or 0) + 0.02 * place for place, part in enumerate(parts)]
    for size in range(2, min(widest, len(parts)) + 1):
        for group in combinations(range(len(parts)), size):
            combined = prod(parts[index].distinct for index in group)
            if combined >= rows:
                scored.append((size, sum(costs[index] for index in group) + 0.4 * log10(combined / rows), group))
    scored.sort()
    return np.array([sum(1 << index for index in group) for _, _, group in scored], dtype=np.int64)


def _neighbours(codes: np.ndarray) -> np.ndarray:
    """The agree sets of rows that follow each other when sorted by each column in turn."""
    sets = [np.empty(0, dtype=np.int64)]
    codes = codes[:, :NEIGHBOURS]
    for column in codes:
        ordered = codes[:, np.argsort(column, kind="stable")]
        sets += [np.unique(_agree(ordered[:, :-gap], ordered[:, gap:])) for gap in (1, 2)]
    return _largest(np.unique(np.concatenate(sets)))


def _agree(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """For each pair of rows the columns in which they agree, as bits."""
    result = np.zeros(left.shape[1], dtype=np.int64)
    for place, same in enumerate(left == right):
        result |= same.astype(np.int64) << place
    return result


def _agreements(codes: np.ndarray, group: Iterable[int]) -> np.ndarray:
    """The agree sets of rows that agree in the columns of `group`: none when they are unique in the sample."""
    key = np.zeros(codes.shape[1], dtype=np.int64)
    for column in group:
        values = codes[column]
        key = key * (int(values.max(initial=0)) + 1) + values
        if int(key.max(initial=0)) > 2**40:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order[:-1]] == key[order[1:]])[:1000]
    return _largest(np.unique(_agree(codes[:, order[same]], codes[:, order[same + 1]])))


def _largest(sets: np.ndarray) -> np.ndarray:
    """The sets that lie in no other: those rule out all that the smaller ones do."""
    kept: list[int] = []
    for candidate in sorted((int(value) for value in sets), key=lambda value: -value.bit_count()):
        if not any(candidate & other == candidate for other in kept):
            kept.append(candidate)
    return np.array(kept, dtype=np.int64)


def _rule_out(alive: np.ndarray, masks: np.ndarray, agree: np.ndarray) -> None:
    for columns in agree:
        alive &= (masks & ~columns) != 0
