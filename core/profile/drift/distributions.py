"""Two distributions of one column side by side, from what their profiles keep: histograms, or the rows of frequent values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log

import numpy as np

from core.models.drift import Band, Distribution
from core.models.profile import ColumnProfile
from core.models.types import is_number, is_temporal
from core.profile.counted import TOPS

BANDS = 10
"""Bands of the index: deciles of the earlier rows, as is the custom of its users (Siddiqi, Credit Risk Scorecards, 2006)."""

LEAST = 1e-4
"""What an empty band counts as: the index has no value for nothing."""

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
    old, new = _Curve(before), _Curve(after)
    cuts = np.unique(old.values_at(np.linspace(0, 1, BANDS + 1)[1:-1]))
    shares = [np.diff(np.concatenate(([0.0], curve.share_below(cuts), [1.0]))) for curve in (old, new)]
    labels = _labels(cuts)
    bands = tuple(Band(label, float(a), float(b)) for label, a, b in zip(labels, *shares, strict=True))
    edges = np.union1d(old.edges, new.edges)
    far = np.abs(old.share_below(edges) - new.share_below(edges))
    return Distribution(table, before.name, index(bands), float(far.max()), max(old.coarseness, new.coarseness), bands)


class _Curve:
    """The distribution function as a histogram and quantiles tell it; between two points of it rows lie evenly."""

    def __init__(self, column: ColumnProfile) -> None:
        points = sorted({*_bars(column), *_quantiles(column)})
        self.edges = np.array([value for value, _ in points])
        self._shares = np.maximum.accumulate(np.array([share for _, share in points]))
        self.coarseness = float(np.diff(self._shares).max()) if len(points) > 1 else 0.0

    def share_below(self, values: np.ndarray) -> np.ndarray:
        """The share of rows below values; a column of one value steps behind it."""
        if self.edges[0] == self.edges[-1]:
            return (values > self.edges[0]).astype(float)
        return np.interp(values, self.edges, self._shares, left=0.0, right=1.0)

    def values_at(self, shares: np.ndarray) -> np.ndarray:
        return np.interp(shares, self._shares, self.edges)


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
    totals = (_filled(before), _filled(after))
    most = [_most_unnamed(column) / total for column, total in zip((before, after), totals)]
    bands = []
    for value in wanted:
        then, now = (count[value] / total if value in count else None for count, total in zip(counts, totals))
        # A value that one list lacks may be just below its end: it is taken to have changed no more than is certain.
        bands.append(
            Band(value[:60], min(now or 0, most[0]) if then is None else then, min(then or 0, most[1]) if now is None else now)
        )
    rest = Band("…", max(0.0, 1 - sum(one.before for one in bands)), max(0.0, 1 - sum(one.after for one in bands)))
    if max(rest.before, rest.after) > LEAST:
        bands.append(rest)
    return Distribution(table, before.name, index(bands), _farthest(bands) if numbers else None, 0.0, tuple(bands))


def _most_unnamed(column: ColumnProfile) -> int:
    """The rows that a value may have at most which the list of frequent values does not name."""
    if _whole(column):
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
    return _whole(column) and column.distinct <= VALUES and not column.top_sampled


def _whole(column: ColumnProfile) -> bool:
    """Whether the list of frequent values holds all of them."""
    return column.distinct_exact and column.distinct <= len(column.top)
