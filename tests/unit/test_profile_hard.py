"""Columns that break profilers: nothing in them, too much in them, types without an order."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from core.errors import Cancelled
from core.models.codec import from_json, to_json
from core.models.profile import Profile
from core.models.source import Column, Landed, LandedColumn, Refusal
from core.task import StoppableTask, Task
from core.words import Msg, say
from tests.unit.profile_landing import column_of, land, profiled, table_of

HARD = '''
    SELECT * FROM (VALUES
        (1, 'NaN'::DOUBLE, 99999999999999999999999999999999999.123::DECIMAL(38,3), 'Ёлка', DATE '1066-10-14', 1e300::DOUBLE),
        (2, 'inf'::DOUBLE, -0.001::DECIMAL(38,3), 'ёж', DATE '1969-12-31', 1.0::DOUBLE),
        (3, '-inf'::DOUBLE, 0.000::DECIMAL(38,3), '', DATE '2262-04-12', -1e300::DOUBLE),
        (4, 2.5::DOUBLE, NULL, 'O''Brien "x"', NULL, 2.0::DOUBLE),
        (5, NULL, 0.001::DECIMAL(38,3), '漢字', DATE '1970-01-01', NULL),
        (6, 2.5::DOUBLE, 0.001::DECIMAL(38,3), NULL, DATE '1970-01-01', 3.0::DOUBLE)
    ) v("key", "float", "Десятичное", "a ""b""", "day", "vast")
'''

TYPES = """
    SELECT i::TINYINT AS t1, i::UBIGINT AS t2, (i * 170141183460469231731687303715884105::HUGEINT) AS t3, i / 3.0::FLOAT AS t4,
           i % 2 = 0 AS t5, TIME '00:00:00' + INTERVAL (i) SECOND AS t6, INTERVAL (i) DAY AS t7, uuid() AS t8,
           ('{"a": ' || i || '}')::JSON AS t9, ('\\x0' || i)::BLOB AS t10, '101'::BIT AS t11, [i, NULL] AS t12,
           {'a': i, 'b': 'x'} AS t13, MAP {'k': i} AS t14, (TIMESTAMP '2020-01-01' + INTERVAL (i) HOUR)::TIMESTAMP_NS AS t15,
           TIMESTAMPTZ '2020-01-01 00:00:00+00' + INTERVAL (i) MINUTE AS t16, i::DECIMAL(4,1) AS t17, NULL::INTEGER AS t18,
           (TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND)::TIMESTAMP_S AS t19, i::VARCHAR || repeat('я', 5000) AS t20
    FROM range(9) t(i)
"""


def test_nan_and_infinity_spoil_no_figure(tmp_path: Path) -> None:
    column = table_of(tmp_path, HARD).column("float")
    assert (column.nulls, column.distinct) == (1, 4)
    assert (column.low, column.high) == ("-inf", "inf")
    assert (column.mean, column.deviation) == (2.5, 0.0)
    assert sum(bar.count for bar in column.histogram) == 2
    assert column.top[0].value == "2.5"
    assert all(not math.isnan(float(quantile.value)) for quantile in column.quantiles)


def test_a_column_of_nan_alone_has_no_extremes(tmp_path: Path) -> None:
    column = column_of(tmp_path, "SELECT 'NaN'::DOUBLE AS x FROM range(3)")
    assert (column.nulls, column.distinct, column.low, column.mean) == (0, 1, None, None)
    assert column.histogram == column.quantiles == ()


def test_values_whose_squares_overflow_have_no_mean(tmp_path: Path) -> None:
    column = table_of(tmp_path, HARD).column("vast")
    assert (column.low, column.high) == ("-1e+300", "1e+300")
    assert column.mean is column.deviation is None
    assert sum(bar.count for bar in column.histogram) == 5


def test_extremes_of_decimals_keep_every_digit(tmp_path: Path) -> None:
    column = table_of(tmp_path, HARD).column("Десятичное")
    assert (column.low, column.high) == ("-0.001", "99999999999999999999999999999999999.123")
    assert sum(bar.count for bar in column.histogram) == 5
    assert (column.zeros, column.negatives) == (1, 1)


def test_dates_before_1970_and_far_ahead_are_dates(tmp_path: Path) -> None:
    column = table_of(tmp_path, HARD).column("day")
    assert (column.low, column.high, column.nulls) == ("1066-10-14", "2262-04-12", 1)
    edges = [date.fromisoformat(bar.low) for bar in column.histogram]
    assert edges == sorted(edges)
    assert sum(bar.count for bar in column.histogram) == 5


@pytest.mark.parametrize("day", ["0044-03-15 (BC)", "20013-01-01", "infinity", "9999-12-31", "0001-01-01"])
def test_a_date_beyond_the_calendar_does_not_stop_the_profile(tmp_path: Path, day: str) -> None:
    days = "SELECT x::DATE AS x FROM (VALUES ('2020-05-01'), ('far'), ('2021-05-01')) v(x)".replace("far", day)
    column = column_of(tmp_path, days)
    assert sum(bar.count for bar in column.histogram) == (2 if day == "infinity" else 3)
    assert day in (column.low, column.high)


def test_quoted_and_cyrillic_names_and_values_are_read(tmp_path: Path) -> None:
    column = table_of(tmp_path, HARD).column('a "b"')
    assert {top.value for top in column.top} == {"Ёлка", "ёж", "", "漢字", 'O\'Brien "x"'}
    assert {pattern.mask for pattern in column.patterns} == {"Aaaa", "aa", "", 'A\'Aaaaa "a"'}
    assert (column.length_min, column.length_max) == (0, 11)


def test_every_type_is_profiled_and_travels_as_json(tmp_path: Path) -> None:
    profile = profiled({"types": land(tmp_path, "types", TYPES)})
    for column in profile.table("types").columns:
        expected = {"t5": 2, "t11": 1, "t18": 0}.get(column.name, 9)
        assert (column.distinct, column.distinct_exact) == (expected, True), column.name
        assert duckdb.connect().execute(column.query).fetchall()
    assert from_json(Profile, to_json(profile)) == profile
    long = profile.table("types").column("t20")
    assert (len(long.low or ""), long.length_max) == (201, 5001)


def test_an_empty_table_has_columns_and_no_figures(tmp_path: Path) -> None:
    table = table_of(tmp_path, HARD + "WHERE false")
    assert (table.rows, table.keys, table.primary_key, table.duplicate_rows) == (0, (), (), 0)
    assert [column.distinct for column in table.columns] == [0] * 6
    assert all(column.low is None and column.distinct_exact and not column.unique for column in table.columns)


def test_a_table_without_columns_or_files_is_no_error() -> None:
    table = profiled({"none": Landed((), (), 0, 0, 0)}).table("none")
    assert (table.rows, table.columns) == (0, ())


def test_one_row_is_its_own_key(tmp_path: Path) -> None:
    table = table_of(tmp_path, "SELECT 7 AS id, 'x' AS name, 1.5::DOUBLE AS price")
    assert table.primary_key == ("id",)
    column = table.column("price")
    assert (column.mean, column.deviation, column.outliers) == (1.5, None, 0)
    assert [(bar.low, bar.high, bar.count) for bar in column.histogram] == [("1.5", "1.5", 1)]


def test_a_column_of_nulls_has_nothing_but_nulls(tmp_path: Path) -> None:
    table = table_of(tmp_path, "SELECT NULL::INTEGER AS x, NULL::VARCHAR AS y, NULL::DATE AS z FROM range(5)")
    for column in table.columns:
        assert (column.nulls, column.distinct, column.low, column.top, column.histogram) == (5, 0, None, (), ())
    assert table.duplicate_rows == 4
    assert table.keys == ()


def test_more_columns_than_are_scanned_together_are_profiled(tmp_path: Path) -> None:
    wide = pa.table({f"column {place}": pa.array([place, None, place + 1, 3]) for place in range(120)})
    table = table_of(tmp_path, wide)
    assert len(table.columns) == 120
    assert table.column("column 119").high == "120"
    assert {column.nulls for column in table.columns} == {1}


def test_a_refused_cell_is_copied_from_the_landing(tmp_path: Path) -> None:
    landed = land(tmp_path, "codes", "SELECT '00' || i AS code FROM range(3) t(i)")
    refused = Refusal("BIGINT", 1, "000")
    columns = (LandedColumn(Column("code", "VARCHAR"), refused=refused),)
    table = profiled({"codes": Landed(landed.files, columns, 3, landed.bytes, 99)}).table("codes")
    assert table.column("code").refused == refused
    assert table.source_bytes == 99


class _Told(Task):
    """Remembers what it was told, and stops once `stop_at` is reached."""

    def __init__(self, stop_at: float = 2.0) -> None:
        self.shares: list[float] = []
        self.steps: list[str] = []
        self.stop_at = stop_at

    def at(self, fraction: float, step: Msg) -> None:
        self.shares.append(fraction)
        self.steps.append(say(step))
        self.check()

    def check(self) -> None:
        if self.shares and self.shares[-1] >= self.stop_at:
            raise Cancelled()


def test_progress_never_goes_back_and_names_what_is_read(tmp_path: Path) -> None:
    told = _Told()
    profiled({"hard": land(tmp_path, "hard", HARD), "types": land(tmp_path, "types", TYPES)}, told)
    assert told.shares == sorted(told.shares)
    assert 0 <= told.shares[0] < told.shares[-1] <= 1
    assert "Reading types: t20" in told.steps


def test_a_cancelled_profile_stops_between_columns(tmp_path: Path) -> None:
    told = _Told(stop_at=0.2)
    with pytest.raises(Cancelled):
        profiled({"types": land(tmp_path, "types", TYPES)}, told)
    assert told.shares[-1] < 0.5


def test_a_cancelled_profile_stops_inside_a_query(tmp_path: Path) -> None:
    class StoppedAtTheFirstColumn(StoppableTask):
        """Is stopped once the columns are being read, and says so to nobody but what is interruptible."""

        def at(self, fraction: float, step: Msg) -> None:
            self.stop()

    rows = "SELECT md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b FROM range(400000) t(i)"
    landed = land(tmp_path, "big", rows)
    with pytest.raises(Cancelled):
        profiled({"big": landed}, StoppedAtTheFirstColumn())
