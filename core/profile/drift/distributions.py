"""Two distributions of one column side by side, from what their profiles keep: histograms, or the rows of frequent values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import isfinite, log
from operator import itemgetter
from typing import Any

import numpy as np

from core.models.drift import Band, Distribution
from core.models.profile import ColumnProfile
from core.models.types import is_number, is_temporal
from core.profile.counted import TOPS

BANDS = 10
"""Bands of the index: deciles of the earlier rows, as is the custom of its users (Siddiqi, Credit Risk Scorecards, 2006)."""

LEAST = 1e-4
"""What an empty band counts as: the index has no value for nothing."""

HEAVY = 0.5 / BANDS
"""The share of the rows from which a frequent number is a band of its own, half of a decile: between two quantiles its rows lie anything but evenly."""

VALUES = 20
"""Frequent values that are compared one by one; all others are one band."""


def of(table: str, before: ColumnProfile, after: ColumnProfile) -> Distribution | None:
    """Both distributions, or None where the profiles say too little of one of them."""
    if not _filled(before) or not _filled(after) or _runs_on(before) or _runs_on(after):
        return None
    if _measured(before) and _measured(after) and not (_few(before) and _few(after)):
        return _of_numbers(table, before, after)
    if _counted(before) and _counted(after):
        return _of_values(table, before, after)
    return None


def index(bands: Sequence[Band]) -> float:
    """The population stability index: the sum of (after - before) x ln(after / before) over the bands."""
    pairs = [(max(one.before, LEAST), max(one.after, LEAST)) for one in bands]
    return sum((after - before) * log(after / before) for before, after in pairs)


def _runs_on(column: ColumnProfile) -> bool:
    """Whether new rows have new values by nature: times, and numbers that count the rows."""
    return is_temporal(column.type) or column.unique or column.order.startswith("strictly")


def _filled(column: ColumnProfile) -> int:
    return column.rows - column.nulls


def _measured(column: ColumnProfile) -> bool:
    """Whether there is a histogram of values that have a place on a line."""
    return bool(column.histogram) and is_number(column.type)


def _counted(column: ColumnProfile) -> bool:
    return bool(column.top) and not column.top_sampled and not column.personal


def _of_numbers(table: str, before: ColumnProfile, after: ColumnProfile) -> Distribution:
    old, new = (_Curve(column, shares) for column, shares in zip((before, after), _heavy(before, after), strict=True))
    cuts = np.unique(old.values_at(np.linspace(0, 1, BANDS + 1)[1:-1])) if old.rest else np.array([])
    rests = [np.diff(np.concatenate(([0.0], curve.rest_below(cuts), [curve.rest]))) for curve in (old, new)]
    # Each by where it begins, a heavy value before the rest of its place.
    placed = [
        (start, True, Band(label, float(a), float(b)))
        for start, label, a, b in zip((min(old.edges[0], new.edges[0]), *cuts), _labels(cuts), *rests, strict=True)
    ]
    placed += [(value, False, Band(f"= {value:.6g}", old.heavy[value], new.heavy[value])) for value in old.heavy]
    bands = [band for _, _, band in sorted(placed, key=itemgetter(0, 1))]
    edges = np.union1d(old.edges, new.edges)
    far = np.abs(old.share_up_to(edges) - new.share_up_to(edges))
    return Distribution(table, before.name, index(bands), float(far.max()), max(old.coarseness, new.coarseness), tuple(bands))


def _heavy(before: ColumnProfile, after: ColumnProfile) -> tuple[dict[float, float], dict[float, float]]:
    """The share of each number that has many rows in one of the profiles, in both."""
    counts = [{float(one.value): one.count for one in column.top} if _counted(column) else {} for column in (before, after)]
    if not all(counts):
        return {}, {}
    totals = (_filled(before), _filled(after))
    heavy = {
        value for count, total in zip(counts, totals) for value in count if isfinite(value) and count[value] >= HEAVY * total
    }
    then, now = zip(*_shares(before, after, counts, heavy), strict=True) if heavy else ((), ())
    return dict(zip(heavy, then)), dict(zip(heavy, now))


def _shares(
    before: ColumnProfile, after: ColumnProfile, counts: Sequence[Mapping[Any, int]], values: Iterable[Any]
) -> Iterator[tuple[float, float]]:
    """The shares of values in the filled rows of both, by the counts of their frequent ones."""
    totals = (_filled(before), _filled(after))
    most = [_most_unnamed(column) / total for column, total in zip((before, after), totals)]
    for value in values:
        then, now = (count[value] / total if value in count else None for count, total in zip(counts, totals))
        # A value that one list lacks may be just below its end: it is taken to have changed no more than is certain.
        yield (min(now or 0, most[0]) if then is None else then, min(then or 0, most[1]) if now is None else now)


class _Curve:
    """The distribution function as a histogram and quantiles tell it: a step at each heavy value (`heavy` are their shares), and a curve through

    what is left of the rows (their share is `rest`), which lie evenly between two points of it.
    """

    def __init__(self, column: ColumnProfile, heavy: Mapping[float, float]) -> None:
        self.heavy = dict(heavy)
        self.rest = max(0.0, 1.0 - sum(heavy.values()))
        last = float(column.histogram[-1].high)
        # At the last edge of the bars all rows are below; a quantile on a heavy value lies somewhere in its step, and is no point.
        points = [(value, share - self._steps(value, up_to=value == last)) for value, share in _bars(column)]
        points += [(value, share - self._steps(value, up_to=True)) for value, share in _quantiles(column) if value not in heavy]
        points.sort()
        self.edges = np.array(sorted({*(value for value, _ in points), *heavy}))
        self._values = np.array([value for value, _ in points])
        self._shares = np.clip(np.maximum.accumulate(np.array([share for _, share in points])), 0.0, self.rest)
        self.coarseness = float(np.diff(self._shares).max()) if len(points) > 1 else 0.0

    def _steps(self, value: float, *, up_to: bool) -> float:
        return sum(share for place, share in self.heavy.items() if place < value or (up_to and place == value))

    def rest_below(self, values: np.ndarray) -> np.ndarray:
        """The share of rows below values, heavy ones aside; a column of one value steps behind it."""
        if self._values[0] == self._values[-1]:
            return (values > self._values[0]) * self.rest
        return np.interp(values, self._values, self._shares, left=0.0, right=self.rest)

    def share_up_to(self, values: np.ndarray) -> np.ndarray:
        """The share of rows that are no greater than values, as far as the curve tells them from smaller ones."""
        return self.rest_below(values) + np.array([self._steps(value, up_to=True) for value in values])

    def values_at(self, shares: np.ndarray) -> np.ndarray:
        """The values with such shares of the rest below them."""
        return np.interp(shares * self.rest, self._shares, self._values)


def _bars(column: ColumnProfile) -> Iterator[tuple[float, float]]:
    total = sum(one.count for one in column.histogram) or 1
    sofar = 0
    for one in column.histogram:
        yield float(one.low), sofar / total
        sofar += one.count
        yield float(one.high), sofar / total


def _quantiles(column: ColumnProfile) -> Iterator[tuple[float, float]]:
    """Points between the edges of the bars; not those of a sample, which may contradict them."""
    if not column.quantiles_sampled:
        yield from ((float(one.value), one.share) for one in column.quantiles)


def _labels(cuts: np.ndarray) -> list[str]:
    written = [f"{cut:.4g}" for cut in cuts]
    if not written:
        return ["—"]
    between = [f"{low} – {high}" for low, high in pairwise(written)]
    return [f"< {written[0]}", *between, f"≥ {written[-1]}"]


def _of_values(table: str, before: ColumnProfile, after: ColumnProfile) -> Distribution | None:
    numbers = is_number(before.type) and is_number(after.type)
    said = _number if numbers else str
    counts = [{said(one.value): one.count for one in column.top} for column in (before, after)]
    wanted = list(dict.fromkeys(said(one.value) for column in (before, after) for one in column.top[:VALUES]))
    if numbers:
        wanted.sort(key=float)
    if not wanted:
        return None
    bands = [Band(value[:60], *shares) for value, shares in zip(wanted, _shares(before, after, counts, wanted))]
    rest = Band("…", max(0.0, 1 - sum(one.before for one in bands)), max(0.0, 1 - sum(one.after for one in bands)))
    if max(rest.before, rest.after) > LEAST:
        bands.append(rest)
    return Distribution(table, before.name, index(bands), _farthest(bands) if numbers else None, 0.0, tuple(bands))


def _most_unnamed(column: ColumnProfile) -> int:
    """The rows that a value may have at most which the list of frequent values does not name."""
    if column.lists_all:
        return 0
    return column.top[-1].count if len(column.top) >= TOPS else 1


def _number(text: str) -> str:
    """A number without the zeros that its type writes behind it: 3.0 of a column that was whole numbers before is 3."""
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _farthest(bands: Sequence[Band]) -> float:
    """The greatest distance of the distribution functions where each value is a band: exact."""
    return float(np.abs(np.cumsum([one.before - one.after for one in bands])).max())


def _few(column: ColumnProfile) -> bool:
    """Whether every value of the column can be a band."""
    return column.lists_all and column.distinct <= VALUES
