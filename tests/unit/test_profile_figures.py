"""Every figure of a column, computed a second way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.engines import duck
from core.models.profile import ColumnProfile
from core.profile import counted, frame, narrow, scan, together
from tests.unit.profile_landing import column_of, land, profiled, table_of

ROWS = 4_000


@pytest.fixture
def flights() -> pa.Table:
    """Rows shaped like flights: codes, delays with nulls, a price, a date, a point in time, a place in two scripts."""
    random = np.random.default_rng(7)
    delay = pd.array(np.round(random.exponential(30, ROWS) - 12).astype("int64"), dtype="Int64")
    delay[random.random(ROWS) < 0.03] = pd.NA
    start = datetime(1969, 12, 1, 6, tzinfo=UTC)
    return pa.table(
        {
            "id": pa.array(np.arange(ROWS) + 1, pa.int32()),
            "carrier": pa.array(random.choice(["UA", "B6", "9E", None], ROWS, p=[0.6, 0.3, 0.08, 0.02]).tolist(), pa.string()),
            "delay": pa.array([None if value is pd.NA else int(value) for value in delay], pa.int64()),
            "price": pa.array(
                [Decimal(int(value)).scaleb(-2) for value in random.integers(-500, 99_999, ROWS)], pa.decimal128(12, 2)
            ),
            "distance": pa.array(random.gamma(2.0, 300.0, ROWS), pa.float64()),
            "day": pa.array([date(1969, 1, 1) + timedelta(days=int(value)) for value in random.integers(0, 800, ROWS)]),
            "at": pa.array(
                [start + timedelta(minutes=int(value)) for value in random.integers(0, 60_000, ROWS)], pa.timestamp("us", "UTC")
            ),
            "place": pa.array(random.choice(["Казань 7", "Paris", "São Paulo", "x"], ROWS).tolist(), pa.string()),
        }
    )


@pytest.fixture(params=["together with others", "counted value by value", "sorted in part", "sampled and counted in bulk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ways through the scan: the others are for columns with many, and with millions of different values, forced here on few."""
    if request.param != "together with others":
        monkeypatch.setattr(together, "CELLS", 0)
    if request.param == "sorted in part":
        monkeypatch.setattr(narrow, "MANY", 0)
    if request.param.startswith("sampled"):
        monkeypatch.setattr(scan, "GROUPED_VALUES", 0)
        monkeypatch.setattr(frame, "SAMPLE_ROWS", ROWS // 4)
    return request.param


def _columns(folder: Path, rows: pa.Table) -> dict[str, ColumnProfile]:
    return {column.name: column for column in table_of(folder, rows).columns}


def test_nulls_extremes_zeros_and_negatives_are_those_of_all_rows(tmp_path: Path, flights: pa.Table, way: str) -> None:
    found = _columns(tmp_path, flights)
    for name in flights.column_names:
        values = flights[name].to_pylist()
        filled = [value for value in values if value is not None]
        assert found[name].rows == ROWS
        assert found[name].nulls == ROWS - len(filled)
        assert found[name].low == _text(min(filled))
        assert found[name].high == _text(max(filled))
        if isinstance(filled[0], (int, float, Decimal)):
            assert found[name].zeros == sum(value == 0 for value in filled)
            assert found[name].negatives == sum(value < 0 for value in filled)
        else:
            assert found[name].zeros is found[name].negatives is None


def test_mean_and_deviation_are_those_of_all_rows(tmp_path: Path, flights: pa.Table, way: str) -> None:
    found = _columns(tmp_path, flights)
    for name in ("id", "delay", "price", "distance"):
        values = np.array([float(value) for value in flights[name].to_pylist() if value is not None])
        assert found[name].mean == pytest.approx(values.mean(), rel=1e-12)
        assert found[name].deviation == pytest.approx(values.std(ddof=1), rel=1e-12)
    assert found["carrier"].mean is None
    assert found["day"].deviation is None


@pytest.mark.parametrize("many", [0, narrow.MANY])
def test_quantiles_are_nearest_ranks(tmp_path: Path, flights: pa.Table, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow, "MANY", many)
    monkeypatch.setattr(together, "CELLS", 1_000_000 if many else 0)
    found = _columns(tmp_path, flights)
    for name in ("id", "delay", "price", "distance", "day", "at"):
        filled = sorted(value for value in flights[name].to_pylist() if value is not None)
        expected = [_text(filled[-(-int(Decimal(str(share)) * 100) * len(filled) // 100) - 1]) for share in counted.SHARES]
        assert [quantile.value for quantile in found[name].quantiles] == expected
        assert found[name].quantiles_sampled == 0
    assert found["place"].quantiles == ()


def test_sampled_quantiles_say_so_and_lie_near(tmp_path: Path, flights: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "GROUPED_VALUES", 0)
    monkeypatch.setattr(frame, "SAMPLE_ROWS", ROWS // 4)
    column = _columns(tmp_path, flights)["id"]
    assert 0 < column.quantiles_sampled < ROWS
    for quantile in column.quantiles:
        assert abs(float(quantile.value) / ROWS - quantile.share) < 0.05


def test_the_bins_cover_all_rows_and_count_what_lies_in_them(tmp_path: Path, flights: pa.Table, way: str) -> None:
    found = _columns(tmp_path, flights)
    for name in ("id", "delay", "price", "distance", "day", "at"):
        filled = [value for value in flights[name].to_pylist() if value is not None]
        bins = found[name].histogram
        assert 4 <= len(bins) <= 24
        assert sum(bar.count for bar in bins) == len(filled)
        for place, bar in enumerate(bins):
            low, high = _value(bar.low, filled[0]), _value(bar.high, filled[0])
            inside = [value for value in filled if low <= value < high or (place == len(bins) - 1 and value == high)]
            assert bar.count == len(inside), (name, bar)
    assert found["place"].histogram == ()


def test_top_values_are_counted_over_all_rows(tmp_path: Path, flights: pa.Table, way: str) -> None:
    found = _columns(tmp_path, flights)
    for name in ("carrier", "place"):
        counts = Counter(value for value in flights[name].to_pylist() if value is not None)
        expected = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))[:10]
        assert [(top.value, top.count) for top in found[name].top] == expected
    counts = Counter(value for value in flights["delay"].to_pylist() if value is not None)
    assert all(counts[int(top.value)] == top.count for top in found["delay"].top)
    assert found["id"].top == ()


def test_distinct_values_are_exact_where_said_and_near_where_not(tmp_path: Path, flights: pa.Table, way: str) -> None:
    for name, column in _columns(tmp_path, flights).items():
        different = len({value for value in flights[name].to_pylist() if value is not None})
        if column.distinct_exact:
            assert column.distinct == different
        else:
            assert abs(column.distinct - different) <= max(column.distinct_error * different, scan.SLICE)
            assert column.distinct_error > 0


def test_outliers_lie_outside_tukeys_fences(tmp_path: Path, flights: pa.Table) -> None:
    found = _columns(tmp_path, flights)
    for name in ("delay", "distance", "price"):
        values = np.array([float(value) for value in flights[name].to_pylist() if value is not None])
        first, third = np.quantile(values, [0.25, 0.75], method="inverted_cdf")
        reach = 1.5 * (third - first)
        assert found[name].outliers == int(((values < first - reach) | (values > third + reach)).sum())
    assert found["delay"].outliers > 0
    assert found["day"].outliers is None


def test_lengths_are_in_characters(tmp_path: Path, flights: pa.Table, way: str) -> None:
    column = _columns(tmp_path, flights)["place"]
    lengths = [len(value) for value in flights["place"].to_pylist()]
    assert (column.length_min, column.length_max) == (min(lengths), max(lengths))
    assert column.length_mean == pytest.approx(np.mean(lengths))


def test_masks_show_classes_of_any_script(tmp_path: Path, flights: pa.Table) -> None:
    counts = Counter(flights["place"].to_pylist())
    expected = {"Aaaaaa 9": counts["Казань 7"], "Aaaaa": counts["Paris"], "Aaa Aaaaa": counts["São Paulo"], "a": counts["x"]}
    assert {pattern.mask: pattern.count for pattern in _columns(tmp_path, flights)["place"].patterns} == expected


def test_the_query_of_a_column_gives_its_scalar_figures(tmp_path: Path, flights: pa.Table) -> None:
    for column in table_of(tmp_path, flights, files=3).columns:
        result = duckdb.connect().execute(column.query)
        line = dict(zip([field[0] for field in result.description], result.fetchall()[0]))
        assert line["rows"] == column.rows
        assert line["filled"] == column.rows - column.nulls
        assert line["distinct"] == column.distinct
        for name in ("mean", "deviation", "length_mean"):
            if name in line:
                assert getattr(column, name) == pytest.approx(line[name], rel=1e-12)
        for name in ("zeros", "negatives", "length_min", "length_max"):
            assert line.get(name) == getattr(column, name)


def test_files_of_a_table_are_read_together(tmp_path: Path, flights: pa.Table) -> None:
    one = table_of(tmp_path, flights)
    (tmp_path / "many").mkdir()
    many = table_of(tmp_path / "many", flights, files=3)
    for left, right in zip(one.columns, many.columns):
        assert (left.nulls, left.distinct, left.low, left.high, left.top) == (
            right.nulls,
            right.distinct,
            right.low,
            right.high,
            right.top,
        )


def test_a_large_table_is_read_within_the_memory_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duck, "MEMORY_LIMIT", "300MB")
    rows = "SELECT i AS id, hash(i) AS h, md5(i::VARCHAR) AS code, i % 7 AS k FROM range(1500000) t(i)"
    table = profiled({"big": land(tmp_path, "big", rows)}).table("big")
    assert table.primary_key == ("id",)
    assert table.column("code").distinct_exact
    assert table.column("code").distinct == 1_500_000
    assert table.column("h").unique


def test_distinct_values_of_a_large_column_are_estimated_within_the_stated_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "GROUPED_VALUES", 100_000)
    column = column_of(tmp_path, "SELECT hash(i // 2) AS x FROM range(600000) t(i)")
    assert not column.distinct_exact
    assert abs(column.distinct - 300_000) <= column.distinct_error * 300_000
    assert column.distinct_error < 0.05


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S+00")
    return repr(value) if isinstance(value, float) else str(value)


def _value(text: str, like: object) -> object:
    if isinstance(like, datetime):
        return datetime.fromisoformat(text)
    return date.fromisoformat(text) if isinstance(like, date) else type(like)(text)


MANY_VALUES = {
    "skewed": "CAST(floor(exp(15 * random())) AS BIGINT)",
    "one value often": "CASE WHEN random() < 0.6 THEN 7 ELSE CAST(random() * 1e9 AS BIGINT) END",
    "exact": "CAST(random() * 1e6 - 5e5 AS DECIMAL(18, 4))",
    "doubles with NaN and infinity": "CASE i % 50 WHEN 0 THEN 'nan' WHEN 1 THEN 'inf' WHEN 2 THEN '-inf' ELSE random() END::DOUBLE",
    "moments": "TIMESTAMP '2020-01-01' + to_microseconds(CAST(random() * 1e15 AS BIGINT))",
    "large": "CAST(random() * 1e30 AS HUGEINT)",
}


@pytest.mark.parametrize("name", MANY_VALUES)
def test_quantiles_of_many_values_are_those_of_all_sorted(tmp_path: Path, name: str) -> None:
    """More different values than are sorted as a whole."""
    rows = duckdb.sql(f"SELECT {MANY_VALUES[name]} AS x FROM range(300_000) t(i)").to_arrow_table()  # noqa: S608
    column = column_of(tmp_path, rows)
    assert column.distinct >= narrow.MANY
    assert column.quantiles_sampled == 0
    filled = duckdb.sql(
        "SELECT x FROM rows WHERE NOT isnan(x::DOUBLE) ORDER BY x" if "NaN" in name else "SELECT x FROM rows ORDER BY x"
    )
    values = [value for (value,) in filled.select("CAST(x AS VARCHAR)").fetchall()]
    expected = [values[-(-round(share * 100) * len(values) // 100) - 1] for share in counted.SHARES]
    assert [one.value for one in column.quantiles] == expected


def test_columns_counted_together_are_as_each_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of each type, one of them otherwise: constant, empty, infinite, of other bins."""
    query = """
    SELECT i AS a, i % 3 AS b, NULL::BIGINT AS c, 7 AS d, i * 1.5::DOUBLE AS e, CASE i WHEN 3 THEN 'nan'::DOUBLE WHEN 4 THEN 'inf' ELSE i END AS f,
    'x' || i AS g, CASE i % 4 WHEN 0 THEN 'n/a' WHEN 1 THEN ' - ' ELSE 'y' || i % 5 END AS h, NULL::VARCHAR AS k, 'a' || i || '@example.org' AS l,
    DATE '2020-01-01' + i::INT AS m, DATE '1999-01-01' + (i % 2)::INT AS n, (i / 7)::DECIMAL(9, 2) AS o, (i % 2 / 100)::DECIMAL(9, 2) AS p,
    i % 2 = 0 AS q, NULL::BOOLEAN AS r, 9223372036854775807 - i AS big, -9223372036854775807 + i % 2 AS least,
    1.7976931348623157e308 / (1 + i) AS far, -1.7976931348623157e308 AS farthest, (9999999.99 - i)::DECIMAL(9, 2) AS full, {'a': i} AS s, {'a': i % 2} AS t, encode('b' || i) AS u, encode('') AS v
    FROM range(500) t(i)"""
    landed = land(tmp_path, "data", query)
    both = []
    for cells in (1_000_000, 0):
        monkeypatch.setattr(together, "CELLS", cells)
        both.append(profiled({"data": landed}).tables[0].columns)
    # Doubles are added up in whatever order the threads come.
    sums = [{(one.name, part): getattr(one, part) for one in columns for part in ("mean", "deviation")} for columns in both]
    assert sums[0] == pytest.approx(sums[1], rel=1e-12, nan_ok=True)
    rest = [tuple(replace(one, mean=None, deviation=None) for one in columns) for columns in both]
    assert rest[0] == rest[1]
    assert len(rest[0]) == 25


def test_decimals_of_nothing_but_a_fraction_have_a_histogram(tmp_path: Path) -> None:
    rows = pa.table({"x": pa.array([Decimal(number).scaleb(-38) for number in range(134)], pa.decimal128(38, 38))})
    column = column_of(tmp_path, rows)
    assert (column.distinct, sum(one.count for one in column.histogram)) == (134, 134)
