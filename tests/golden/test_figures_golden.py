"""Every figure of every column, computed a second way with plain pandas and numpy: TPC-H, nycflights13, and a table of hard cases."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.registry import open_connector
from core.models.profile import ColumnProfile, TableProfile
from core.models.types import family
from core.profile.counted import PLACEHOLDERS, SHARES
from core.task import Task
from core.workbench import connect
from tests.golden.test_profile_golden import TPCH_KEYS, _land, tpch  # noqa: F401 a fixture
from tests.unit.profile_landing import land, profiled

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FLIGHTS = ("airlines", "airports", "flights", "planes", "weather")


def hard() -> pa.Table:
    """Extremes of types, infinities, one value, no value, repeated columns, blanks, letters of many scripts."""
    rows = 400
    random = np.random.default_rng(12)
    few = random.integers(0, 3, rows)
    return pa.table(
        {
            "nearly": pa.array([1] * (rows - 3) + [2, 2, 2], pa.int32()),
            "constant": pa.array(["x"] * rows),
            "nothing": pa.array([None] * rows, pa.float64()),
            "one": pa.array([None] * (rows - 1) + [5], pa.int64()),
            "huge": pa.array([int(one) for one in random.integers(-(2**62), 2**62, rows)], pa.int64()),
            "tiny": pa.array([1e-300 * int(one) for one in random.integers(1, 90, rows)], pa.float64()),
            "skewed": pa.array(np.exp(random.normal(0, 4, rows)), pa.float64()),
            "far": pa.array([0.0] * (rows - 5) + [1e9, -1e9, 1e9, 3.0, -3.0], pa.float64()),
            "again": pa.array(few, pa.int16()),
            "same": pa.array(few, pa.int16()),
            "words": pa.array(
                [["Ёж", "ß ", "ﬁ 9", "N/A", " - ", "", "日本語", None][int(one)] for one in random.integers(0, 8, rows)]
            ),
            "falling": pa.array(list(range(rows, 0, -1)), pa.int32()),
            "steps": pa.array([number // 7 for number in range(rows)], pa.int32()),
            "day": pa.array(
                pd.Timestamp(2024, 2, 29) + pd.to_timedelta(random.integers(0, 1_500, rows), "D"), pa.timestamp("us")
            ),
        }
    )


def checked(rows: pd.DataFrame, table: TableProfile) -> int:
    """Compare a table's profile with its rows; the number of figures that were compared."""
    assert table.rows == len(rows)
    return sum(_column(rows[column.name], column) for column in table.columns)


def _column(values: pd.Series, column: ColumnProfile) -> int:
    kind, there = family(column.type), values.dropna()
    assert column.nulls == values.isna().sum(), column.name
    if not len(there):
        assert (column.distinct, column.low, column.high, column.top) == (0, None, None, ())
        return 4
    assert column.distinct == there.nunique(), column.name
    checks = (
        _NUMBERS
        if kind in ("integer", "decimal", "float")
        else _TEXTS
        if kind == "text"
        else _MOMENTS
        if kind in ("date", "timestamp")
        else ()
    )
    for check in (_top, _order, *checks):
        check(there, column)
    return 2 + len(checks) + 2


def _top(there: pd.Series, column: ColumnProfile) -> None:
    counts = Counter(there.tolist())
    found = {one.value: one.count for one in column.top}
    assert not column.top_sampled
    assert all(count in counts.values() for count in found.values())
    closed = column.type == "VARCHAR" and column.distinct <= 100 and 2 * column.distinct <= len(there)
    if column.distinct <= 10 or closed:
        assert sorted(found.values()) == sorted(counts.values()), column.name
    elif found:
        most = sorted(counts.values(), reverse=True)
        assert sorted(found.values(), reverse=True) == [count for count in most[:10] if count > 1], column.name


def _order(there: pd.Series, column: ColumnProfile) -> None:
    steps = [(one > other) - (one < other) for one, other in zip(there.tolist()[1:], there.tolist(), strict=False)]
    expected = ""
    if column.distinct == 1:
        expected = "constant"
    elif all(step > 0 for step in steps):
        expected = "strictly ascending"
    elif all(step >= 0 for step in steps):
        expected = "ascending"
    elif all(step < 0 for step in steps):
        expected = "strictly descending"
    elif all(step <= 0 for step in steps):
        expected = "descending"
    assert column.order in (expected, "") if column.distinct == 1 else column.order == expected, column.name


def _extremes(there: pd.Series, column: ColumnProfile) -> None:
    for found, wanted in ((column.low, there.min()), (column.high, there.max())):
        assert math.isclose(float(found), float(wanted), rel_tol=1e-12), column.name


def _moments(there: pd.Series, column: ColumnProfile) -> None:
    numbers = there.astype(float)
    assert math.isclose(column.mean, numbers.mean(), rel_tol=1e-9, abs_tol=1e-9 * numbers.abs().max()), column.name
    if len(numbers) > 1:
        assert math.isclose(column.deviation, numbers.std(ddof=1), rel_tol=1e-9, abs_tol=1e-300), column.name
    assert (column.zeros, column.negatives) == ((numbers == 0).sum(), (numbers < 0).sum()), column.name


def _nearest(there: pd.Series, share: float):
    ranked = there.sort_values().tolist()
    return ranked[max(1, -(-round(share * 100) * len(ranked) // 100)) - 1]


def _quantiles(there: pd.Series, column: ColumnProfile) -> None:
    assert not column.quantiles_sampled
    assert [one.share for one in column.quantiles] == list(SHARES)
    for one in column.quantiles:
        assert math.isclose(float(one.value), float(_nearest(there, one.share)), rel_tol=1e-12), column.name


def _fences(there: pd.Series, column: ColumnProfile) -> None:
    low, high = (float(_nearest(there, share)) for share in (0.25, 0.75))
    reach = 1.5 * (high - low)
    numbers = there.astype(float)
    assert column.outliers == int(((numbers < low - reach) | (numbers > high + reach)).sum()), column.name


def _histogram(there: pd.Series, column: ColumnProfile) -> None:
    numbers = there.tolist()
    read: Callable = float if not isinstance(numbers[0], pd.Timestamp) else _moment
    edges = [read(one.low) for one in column.histogram] + [read(column.histogram[-1].high)]
    last = len(column.histogram) - 1
    for place, one in enumerate(column.histogram):
        inside = [value for value in numbers if edges[place] <= read(value) and (read(value) < edges[place + 1] or place == last)]
        assert one.count == len(inside), (column.name, place)
    assert sum(one.count for one in column.histogram) == len(numbers)


def _lengths(there: pd.Series, column: ColumnProfile) -> None:
    lengths = there.map(len)
    assert (column.length_min, column.length_max) == (lengths.min(), lengths.max()), column.name
    assert math.isclose(column.length_mean, lengths.mean(), rel_tol=1e-12), column.name
    assert (column.low[:200], column.high[:200]) == (min(there, key=str.encode)[:200], max(there, key=str.encode)[:200]), (
        column.name
    )


def _shapes(there: pd.Series, column: ColumnProfile) -> None:
    def sign(letter: str) -> str:
        kind = unicodedata.category(letter)
        return "9" if kind == "Nd" else "A" if kind == "Lu" else "a" if kind[0] == "L" else letter

    counts = Counter("".join(map(sign, value[:64])) for value in there)
    for one in column.patterns:
        assert counts[one.mask] == one.count, column.name
    assert [one.count for one in column.patterns] == sorted(counts.values(), reverse=True)[: len(column.patterns)]


def _placeholders(there: pd.Series, column: ColumnProfile) -> None:
    counts = Counter(value for value in there if value.strip(" \t\r\n").lower() in PLACEHOLDERS)
    assert {one.value: one.count for one in column.placeholders} == dict(counts), column.name


def _moment(text: str | pd.Timestamp) -> pd.Timestamp:
    """A moment in UTC, without its zone."""
    read = pd.Timestamp(text)
    return read.tz_convert("UTC").tz_localize(None) if read.tzinfo else read


def _days(there: pd.Series, column: ColumnProfile) -> None:
    assert (_moment(column.low), _moment(column.high)) == (there.min(), there.max()), column.name
    for one in column.quantiles:
        assert _moment(one.value) == _nearest(there, one.share), column.name


_NUMBERS = (_extremes, _moments, _quantiles, _fences, _histogram)
_TEXTS = (_lengths, _shapes, _placeholders)
_MOMENTS = (_days, _histogram)


def _frame(files: tuple[str, ...]) -> pd.DataFrame:
    """The rows of landed files as pandas has them, moments without their zone."""
    rows = pa.concat_tables([pq.read_table(file) for file in files])
    frame = rows.to_pandas(date_as_object=False, integer_object_nulls=True)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            frame[name] = frame[name].dt.tz_convert("UTC").dt.tz_localize(None)
    return frame


@pytest.mark.parametrize("name", TPCH_KEYS)
def test_tpch(name: str, tpch: Path, tmp_path: Path) -> None:  # noqa: F811
    landed = _land(tmp_path, name, tpch / f"{name}.csv")
    assert checked(_frame(landed.files), profiled({name: landed}).tables[0]) > 10


@pytest.mark.parametrize("name", FLIGHTS)
def test_nycflights13(name: str, tmp_path: Path) -> None:
    (source,) = [one for one in connect.sources_of(str(SAMPLES)) if name in dict(one.settings)["path"]]
    with open_connector(source.kind, dict(source.settings)) as opened:
        landed = opened.land(source.path, tmp_path, Task())
    assert checked(_frame(landed.files), profiled({name: landed}).tables[0]) > 8


def test_the_hard_table(tmp_path: Path) -> None:
    landed = land(tmp_path, "hard", hard())
    table = profiled({"hard": landed}).tables[0]
    assert checked(_frame(landed.files), table) > 80
    by_name = {column.name: column for column in table.columns}
    assert by_name["nearly"].near_constant
    assert by_name["constant"].constant
    assert by_name["same"].same_as == ("again",)
    assert not by_name["skewed"].near_constant
