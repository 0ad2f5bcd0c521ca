"""Times that Python's calendar does not have (BC, years past 9999, infinity) go through every step and every format."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import reports
from connectors.parquet import Parquet
from core.advice import advise
from core.ddl import make
from core.models import times
from core.models.advice import Workload
from core.models.profile import Profile
from core.profile import profile
from core.task import Task
from reports import FORMATS, masks

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXTREMES = {
    "before Christ": ("0044-03-15 (BC)", "2024-01-01"),
    "only before Christ": ("0044-03-15 (BC)", "0043-03-15 (BC)"),
    "infinity": ("-infinity", "infinity"),
    "only infinity": ("infinity", "infinity"),
    "past 9999": ("2023-01-01", "20240-01-01"),
    "all of it": ("0044-03-15 (BC)", "infinity"),
}
TYPES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S")


def profiled(home: Path, kind: str, low: str, high: str) -> Profile:
    file = home / "t.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT CAST(unnest([$low, $high, $low]) AS {kind}) AS at, unnest([1, 2, 3]) AS id) TO '{file}' (FORMAT parquet)",
            {"low": low, "high": high},
        )
    (home / "l").mkdir()
    with Parquet({"path": str(file)}) as source:
        landed = source.land((file.name,), home / "l", Task())
    return profile({"t": landed}, Task(), now=NOW)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("ends", EXTREMES.values(), ids=EXTREMES)
def test_they_are_profiled_advised_designed_and_reported(ends: tuple[str, str], kind: str, tmp_path: Path):
    found = profiled(tmp_path, kind, *ends)
    column = found.table("t").column("at")
    assert (times.day(column.low), times.day(column.high)) == ends
    advice = advise(found, Workload(access="analytics"))
    designed = make(found, Task(), prove=False, folder=tmp_path)
    assert {ddl.dialect for ddl in designed.ddl} >= {"postgres", "clickhouse"}
    document = reports.analysis("p", found, advice, designed, (), NOW)
    for format in FORMATS:
        for lang in ("en", "ru"):
            made = reports.render(document, format, lang)
            assert made
            if format in ("html", "md", "json"):
                assert ends[0] in made.decode()
                assert ends[1] in made.decode()


@pytest.mark.parametrize(("high", "future", "old"), [
    ("20240-01-01", True, False), ("9999-01-01 (BC)", False, True), ("2027-01-01", True, False), ("infinity", False, False),
    ("2020-01-01 00:00:00", False, True), ("2026-11-24 23:59:59.5", False, False),
])  # fmt: skip
def test_the_report_compares_their_years_and_not_their_letters(high: str, future: bool, old: bool, tmp_path: Path):
    found = profiled(tmp_path, "TIMESTAMP", high, high)
    text = reports.render(reports.analysis("p", found, None, None, (), NOW), "md", "en").decode()
    assert ("lies in the future" in text) == future
    assert ("may not be current" in text) == old


def test_the_order_of_times_is_that_of_the_calendar():
    ordered = ["-infinity", "9999-01-01 (BC)", "0044-03-15 (BC)", "0001-12-31 (BC) 23:00:00", "0001-01-01", "2024-02-29 10:00:00+00", "20240-01-01", "infinity"]  # fmt: skip
    assert [times.rank(one) for one in ordered] == sorted(map(times.rank, ordered))
    assert times.day("0044-03-15 (BC) 10:00:00") == "0044-03-15 (BC)"


def test_a_time_in_a_query_is_no_value_to_mask_but_words_behind_it_are():
    assert masks.masked("SELECT '0044-03-15 (BC) 00:00:00', '20240-01-01', 'infinity'", "duckdb").count("9") == 0
    assert "Ivan" not in masks.masked("SELECT '2024-01-01 Ivan'", "duckdb")
