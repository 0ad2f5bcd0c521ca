"""Timelines of tables, against pandas."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.profile import standins, timeline
from tests.unit.profile_landing import NOW, table_of

START = datetime(2026, 1, 1, 8)


def moments(days: list[float]) -> pa.Array:
    return pa.array([START + timedelta(days=day) for day in days], pa.timestamp("us"))


def test_range_rate_and_age_are_those_of_the_rows(tmp_path: Path) -> None:
    days = sorted(np.random.default_rng(1).uniform(0, 300, 3_000).tolist())
    (found,) = table_of(tmp_path, pa.table({"at": moments(days), "n": range(3_000)})).timelines
    at = pd.Series([START + timedelta(days=day) for day in days])
    assert (found.first, found.last) == (str(at.min()), str(at.max()))
    assert found.days == pytest.approx((at.max() - at.min()) / timedelta(days=1), abs=1e-6)
    assert found.per_day == pytest.approx(3_000 / found.days)
    assert found.age_days == pytest.approx((NOW.replace(tzinfo=None) - at.max()) / timedelta(days=1), abs=1e-6)
    late = (at.dt.floor("D") > at.max().floor("D") - pd.Timedelta(days=30)).sum()
    assert found.recent_per_day == pytest.approx(late / 30)
    assert (found.in_order, found.in_order_sampled, found.gaps) == (1.0, 0, ())


def test_a_gap_is_a_step_far_longer_than_the_others(tmp_path: Path) -> None:
    days = [*range(30), *range(45, 80)]
    (found,) = table_of(tmp_path, pa.table({"on": [date(2026, 1, 1) + timedelta(days=day) for day in days]})).timelines
    assert [(gap.start, gap.end, gap.days) for gap in found.gaps] == [("2026-01-30", "2026-02-15", 16.0)]


def test_a_weekly_rhythm_is_no_gap(tmp_path: Path) -> None:
    days = [day for day in range(200) if day % 7 < 5]
    (found,) = table_of(tmp_path, pa.table({"on": [date(2026, 1, 1) + timedelta(days=day) for day in days]})).timelines
    assert found.gaps == ()


def test_the_share_in_order_counts_neighbours(tmp_path: Path) -> None:
    days = np.random.default_rng(2).uniform(0, 100, 500)
    (found,) = table_of(tmp_path, pa.table({"at": moments(days.tolist())})).timelines
    assert found.in_order == pytest.approx((np.diff(days) >= 0).mean())


def test_a_large_table_is_looked_at_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "BLOCK", 50)
    (found,) = table_of(tmp_path, pa.table({"at": moments(list(range(4_000, 0, -1)))})).timelines
    assert (found.in_order, found.in_order_sampled) == (0.0, 20 * 50)


def test_the_column_of_the_table_comes_first_and_those_outside_the_calendar_do_not(tmp_path: Path) -> None:
    rows = "SELECT DATE '2026-01-01' + i::INT AS d, TIMESTAMP '2026-01-01' + to_hours(i) AS at, CAST('infinity' AS DATE) AS never, NULL::DATE AS empty FROM range(9) t(i)"
    table = table_of(tmp_path, rows)
    assert [one.column for one in table.timelines] == ["at", "d"]


def test_moments_with_a_zone_are_told_in_utc(tmp_path: Path) -> None:
    at = pa.array([START, START + timedelta(hours=5)], pa.timestamp("us", "UTC"))
    (found,) = table_of(tmp_path, pa.table({"at": at})).timelines
    assert (found.first, found.last) == (str(START), str(START + timedelta(hours=5)))


@pytest.mark.parametrize(("days", "unit"), [(2, "h"), (40, "D"), (300, "D"), (3_000, "D"), (9_000, "MS")])
def test_the_rows_of_each_period_add_up_and_hold_the_empty_ones(
    tmp_path: Path, days: int, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "PERIODS", 5_000)
    random = np.random.default_rng(3)
    at = pd.Series(pd.Timestamp(START) + pd.to_timedelta(np.sort(random.uniform(0, days, 400)).round(3), "D"))
    (found,) = table_of(tmp_path, pa.table({"at": pa.Array.from_pandas(at.dt.floor("us"))})).timelines
    counts = at.dt.floor(unit) if unit != "MS" else at.dt.to_period("M").dt.to_timestamp()
    every = pd.date_range(counts.min(), counts.max(), freq=unit)
    together = -(-len(every) // timeline.BARS)
    rows = counts.value_counts().reindex(every, fill_value=0)
    assert [one.count for one in found.periods] == [
        int(rows.iloc[place : place + together].sum()) for place in range(0, len(every), together)
    ]
    assert found.periods[0].low == str(every[0])
    assert found.periods[-1].high == str(every[-1])


@pytest.mark.parametrize(
    ("every", "rows", "per_day", "recent"),
    [
        ("1 hour", 122, 122 / (121 / 24), 24),
        ("1 day", 15, 1, 1),
        ("1 minute", 181, 181, 181),
        ("1 day", 100, 1, 1),
        ("6 hours", 4_000, 4, 4),
    ],
)
def test_an_even_pace_is_told_as_it_is_whatever_the_range(
    tmp_path: Path, every: str, rows: int, per_day: float, recent: float
) -> None:
    query = f"SELECT TIMESTAMP '2024-01-01' + i * INTERVAL '{every}' AS at FROM range({rows}) t(i)"  # noqa: S608
    (found,) = table_of(tmp_path, query).timelines
    assert (found.per_day, found.recent_per_day) == (pytest.approx(per_day, rel=2e-3), pytest.approx(recent, rel=2e-3))


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"])
@pytest.mark.parametrize("none", ["9999-12-31", "1900-01-01", "2999-12-31"])
def test_days_that_stand_for_nothing_are_no_part_of_it(tmp_path: Path, kind: str, none: str) -> None:
    """A tenth of the rows is open; the others are a day apart."""
    row = f"CASE WHEN i % 10 = 0 THEN '{none}'::TIMESTAMP ELSE TIMESTAMP '2024-01-01' + INTERVAL (i) DAY END"
    table = table_of(tmp_path, f"SELECT ({row})::{kind} AS ends FROM range(400) t(i)")  # noqa: S608
    (line,) = table.timelines
    assert (line.first[:10], line.last[:10], line.days) == ("2024-01-02", "2025-02-03", 398)
    assert line.per_day == pytest.approx(360 / 399)
    assert sum(one.count for one in line.periods) == 360
    assert (line.in_order, standins.of(table.columns[0])) == (1.0, (none,))


@pytest.mark.parametrize(
    ("first", "days"),
    [("1900-01-01", 40_000), ("1970-01-01", 900), ("2099-12-31", 900), ("1969-12-25", 30)],
)
def test_days_among_others_stand_for_themselves(tmp_path: Path, first: str, days: int) -> None:
    table = table_of(tmp_path, f"SELECT (DATE '{first}' + i::INTEGER)::DATE AS d FROM range({days}) t(i)")  # noqa: S608
    assert standins.of(table.columns[0]) == ()
    assert table.timelines[0].first == first
