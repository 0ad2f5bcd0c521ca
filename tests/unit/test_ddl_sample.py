"""What is looked up in the files, and which rows are taken for the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from core.ddl import design
from core.ddl.look import look
from core.ddl.run import make
from core.ddl.verify import sample
from core.engines.duck import duck
from core.errors import Cancelled, ConfigError
from core.models.profile import ForeignKey, Profile
from core.task import Task
from tests.unit.profile_landing import land, profiled


def landed(folder: Path, tables: Mapping[str, str], files: int = 2) -> Profile:
    folder.mkdir(exist_ok=True)
    return profiled({name: land(folder, name, rows, files=files) for name, rows in tables.items()})


def drawn(profile: Profile) -> dict[str, list[tuple]]:
    with duck() as connection:
        tables = design.tables(profile, look(connection, profile, Task()))
        found = sample.draw(connection, profile, tables, Task())
        return {name: connection.table(one.name).fetchall() for name, one in found.items()}


def test_small_tables_are_taken_whole(tmp_path: Path):
    rows = drawn(landed(tmp_path, {"t": "SELECT i AS id, i % 7 AS x FROM range(500) r(i)"}))
    assert sorted(rows["t"]) == [(i, i % 7) for i in range(500)]


def test_the_first_rows_and_those_with_extremes_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sample, "ROWS", 100)
    query = """SELECT i AS id, CASE i WHEN 700 THEN -5 WHEN 800 THEN 99999 ELSE 7 END AS x, CASE i WHEN 900 THEN NULL ELSE 'a' END AS n,
    CASE i WHEN 650 THEN repeat('ё', 50) ELSE 'short' END AS s FROM range(1000) r(i)"""
    found = {row[0] for row in drawn(landed(tmp_path, {"t": query}, files=1))["t"]}
    assert found >= {*range(100), 650, 700, 800, 900, 999}
    assert len(found) < 110


def test_what_the_taken_rows_refer_to_is_taken_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sample, "ROWS", 50)
    tables = {
        "customer": "SELECT 100000 + i AS customer_id, 'name ' || i AS name FROM range(2000) r(i)",
        "orders": "SELECT i AS order_id, 101999 - i % 2000 AS customer_id FROM range(3000) r(i)",
        "line": "SELECT i AS line_id, 2999 - i // 2 AS order_id FROM range(6000) r(i)",
    }
    profile = landed(tmp_path, tables)
    assert len(profile.foreign_keys) == 2
    rows = drawn(profile)
    assert 50 <= len(rows["line"]) < 60
    assert {order for _, order in rows["line"]} <= {order for order, _ in rows["orders"]}
    assert {customer for _, customer in rows["orders"]} <= {customer for customer, _ in rows["customer"]}
    assert len(rows["customer"]) < 200


def test_rows_of_a_circle_are_taken_until_nothing_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sample, "ROWS", 10)
    query = "SELECT i AS id, 'n' || i AS name, (i + 97) % 1000 AS manager FROM range(1000) r(i)"
    profile = landed(tmp_path, {"employee": query})
    itself = ForeignKey("employee", ("manager",), "employee", ("id",), 0.9)
    rows = drawn(replace(profile, foreign_keys=(itself,)))["employee"]
    assert len(rows) == 1000  # everybody has a manager, who has one
    assert {row[2] for row in rows} <= {row[0] for row in rows}


def test_the_digits_of_a_second_are_found_over_all_rows(tmp_path: Path):
    query = """SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS whole, TIMESTAMP '2024-01-01' + INTERVAL (i) MILLISECOND AS milli,
    TIMESTAMP '2024-01-01' + INTERVAL (i) MICROSECOND AS micro, (TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND)::TIMESTAMP_NS AS declared,
    make_timestamp_ns(1704067200000000000 + i) AS nano, TIME '00:00:00' + INTERVAL (i) SECOND AS clock FROM range(1, 900) r(i)"""
    profile = landed(tmp_path, {"t": query})
    with duck() as connection:
        facts = look(connection, profile, Task())
    digits = {name: facts.fraction["t", name] for _, name in facts.fraction}
    assert digits == {"whole": 0, "milli": 3, "micro": 6, "declared": 0, "nano": 9, "clock": 0}


def test_infinite_times_do_not_hide_the_fraction_of_others(tmp_path: Path):
    profile = landed(tmp_path, {"t": "FROM (VALUES (TIMESTAMP 'infinity'), (TIMESTAMP '2024-01-01 00:00:00.5'), (NULL)) v(x)"})
    with duck() as connection:
        assert look(connection, profile, Task()).fraction == {("t", "x"): 3}


IN_ORDER = "SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS at_time, i AS id FROM range(100000) r(i) ORDER BY i"
MIXED = "SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS at_time, i AS id FROM range(100000) r(i) ORDER BY hash(i)"


@pytest.mark.parametrize(("query", "least", "most"), [(IN_ORDER, 0.0, 0.2), (MIXED, 0.8, 1.0)])
def test_the_order_of_arrival_is_found_over_all_rows(tmp_path: Path, query: str, least: float, most: float):
    profile = landed(tmp_path, {"t": query}, files=1)
    assert profile.table("t").time_column == "at_time"
    with duck() as connection:
        assert least <= look(connection, profile, Task()).spread["t", "at_time"] <= most


def test_what_json_must_keep_is_found_in_the_values(tmp_path: Path):
    query = """SELECT '{"a": 1}'::JSON AS fine, '{"a": 1, "a": 2}'::JSON AS twice, {'x': 'NaN'::DOUBLE} AS nan, [[1]] AS deep"""
    with duck() as connection:
        facts = look(connection, landed(tmp_path, {"t": query}), Task())
    assert {name: keep for (_, name), keep in facts.keep.items()} == {
        "fine": "value",
        "twice": "text",
        "nan": "raw",
        "deep": "value",
    }


def test_without_proof_the_ddl_is_made_from_the_same_facts(tmp_path: Path):
    profile = landed(
        tmp_path / "in",
        {"t": "SELECT (TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND)::TIMESTAMP_NS AS at_time FROM range(9) r(i)"},
    )
    made = make(profile, Task(), prove=False, folder=tmp_path / "proof")
    assert made.dialects == ("postgres", "clickhouse")
    assert made.proofs == ()
    assert "at_time timestamp NOT NULL" in made.script("postgres")
    assert "at_time DateTime('UTC')" in made.script("clickhouse")
    assert not (tmp_path / "proof").exists()


def test_an_unknown_dialect_is_said_before_anything_is_done(tmp_path: Path):
    profile = landed(tmp_path / "in", {"t": "SELECT 1 AS x"})
    with pytest.raises(ConfigError, match="clickhose"):
        make(profile, Task(), folder=tmp_path / "proof", dialects=("clickhose",))
    assert not (tmp_path / "proof").exists()


class Stopped(Task):
    def at(self, fraction: float, step) -> None:
        raise Cancelled


def test_a_cancel_stops_it(tmp_path: Path):
    profile = landed(tmp_path / "in", {"t": "SELECT 1 AS x"})
    with pytest.raises(Cancelled):
        make(profile, Stopped(), prove=False, folder=tmp_path / "proof")


def test_a_profile_without_files_has_no_facts():
    with duckdb.connect() as connection:
        facts = look(connection, Profile((), (), None, 0.0), Task())
    assert facts.fraction == {}
