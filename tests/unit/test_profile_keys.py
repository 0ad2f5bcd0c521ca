"""Keys: proven on all rows, minimal, and the one a person would choose first."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import names
from core.profile import proof
from core.words import say
from tests.unit.profile_landing import land, profiled, table_of


def test_an_identifier_comes_before_other_unique_columns(tmp_path: Path) -> None:
    rows = "SELECT 'Name of ' || i AS name, i * 1.5::DOUBLE AS price, i AS customer_id FROM range(50) t(i)"
    table = table_of(tmp_path, rows)
    assert table.primary_key == ("customer_id",)
    assert [key.columns for key in table.keys] == [("customer_id",), ("name",), ("price",)]


def test_a_measure_is_a_key_but_never_the_primary_key(tmp_path: Path) -> None:
    table = table_of(tmp_path, "SELECT i * 1.5::DOUBLE AS price, i % 3 AS kind FROM range(50) t(i)")
    assert ("price",) in [key.columns for key in table.keys]
    assert table.primary_key == ()


def test_a_null_key_is_never_unique(tmp_path: Path) -> None:
    table = table_of(tmp_path, "SELECT CASE WHEN i > 0 THEN i END AS id, i % 2 AS half FROM range(10) t(i)")
    assert table.keys == ()
    assert table.primary_key == ()


def test_a_pair_is_found_where_no_column_is_unique(tmp_path: Path) -> None:
    rows = "SELECT i // 4 AS order_no, i % 4 AS line, i % 3 AS kind, 'text ' || (i % 5) AS note FROM range(400) t(i)"
    table = table_of(tmp_path, rows)
    assert table.primary_key == ("order_no", "line")
    assert [say(line) for line in table.keys[0].evidence][:2] == ["Every one of 400 rows has its own combination", "No nulls"]


def test_four_columns_are_found_and_none_of_them_is_spare(tmp_path: Path) -> None:
    rows = "SELECT i % 5 AS a, i // 5 % 5 AS b, i // 25 % 5 AS c, i // 125 AS d, 1 AS one, i % 2 AS e FROM range(625) t(i)"
    table = table_of(tmp_path, rows)
    assert [key.columns for key in table.keys] == [("a", "b", "c", "d")]


def test_a_table_that_repeats_a_row_has_no_key_and_says_how_many(tmp_path: Path) -> None:
    rows = "SELECT i % 20 AS a, i % 4 AS b, 'x' AS c FROM range(25) t(i)"
    table = table_of(tmp_path, rows)
    assert (table.keys, table.primary_key, table.duplicate_rows) == ((), (), 5)


def test_a_pair_that_tells_a_few_double_numbers_apart_by_luck_is_not_the_primary_key(tmp_path: Path) -> None:
    orders = (
        "SELECT if(i < 5, i + 5, i) AS order_no, (i * 7 % 400)::INTEGER AS customer_id, 'open' AS status FROM range(5000) AS t(i)"
    )
    found = table_of(tmp_path, orders)
    assert ("order_no", "customer_id") in [key.columns for key in found.keys]
    assert found.primary_key == ()


@pytest.mark.parametrize(
    ("second", "taken"),
    [("(i * 7919 % 4001) * 97", False), ("(i * 7 % 400)", True), ("'s' || (i * 7 % 400)", True)],
)
def test_a_moment_and_a_thing_are_a_key_and_a_moment_and_a_measure_are_none(tmp_path: Path, second: str, taken: bool) -> None:
    moments = "TIMESTAMP '2026-01-01' + to_seconds(if(i % 50 = 1, i - 1, i)) AS t"
    table = table_of(tmp_path, f"SELECT {moments}, {second} AS c FROM range(5000) AS t(i)")  # noqa: S608 made here
    assert [key.columns for key in table.keys] == [("t", "c")]
    assert table.primary_key == (("t", "c") if taken else ())


def test_a_pair_whose_second_column_numbers_the_first_is_the_primary_key(tmp_path: Path) -> None:
    lines = "SELECT if(i < 50, i + 50, i) AS order_no, if(i < 50, 2, 1) AS line FROM range(5000) AS t(i)"
    assert table_of(tmp_path, lines).primary_key == ("order_no", "line")


def test_the_key_of_a_wide_table_of_measures_stands_at_its_left(tmp_path: Path) -> None:
    """A group and a number in it before fifty whole numbers, any two of which have enough combinations."""
    measures = ", ".join(f"(hash(i * 60 + {place}) % 9000)::BIGINT AS f{place:02}" for place in range(50))
    table = table_of(tmp_path, f"SELECT i // 40 AS grp, i % 40 AS num, {measures} FROM range(4000) t(i)")  # noqa: S608
    assert table.primary_key == ("grp", "num")


def test_measures_that_hardly_could_meet_are_no_primary_key(tmp_path: Path) -> None:
    measures = ", ".join(f"(hash(i * 60 + {place}) % 300)::BIGINT AS f{place:02}" for place in range(5))
    table = table_of(tmp_path, f"SELECT {measures} FROM range(2000) t(i)")  # noqa: S608
    assert table.primary_key == ()
    assert table.keys


def test_one_pair_of_rows_far_apart_breaks_a_key(tmp_path: Path) -> None:
    """The clash lies outside the sample candidates are tried on: only counting all rows finds it."""
    rows = """
        SELECT i // 3 AS a, i % 3 AS b, i // 4 AS c, i % 4 AS d FROM range(900000) t(i) WHERE i <> 777777
        UNION ALL SELECT 777775 // 3, 777775 % 3, 777777 // 4, 777777 % 4
    """
    table = table_of(tmp_path, rows)
    found = [key.columns for key in table.keys]
    assert ("c", "d") in found
    assert ("a", "b") not in found


@pytest.mark.parametrize("value", ["'k' || {}", "{} - 500", "DATE '1960-01-01' + ({})::INTEGER"], ids=["text", "number", "date"])
def test_proof_counts_all_rows_whatever_the_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setattr(proof, "SAMPLE_ROWS", 50)
    rows = "SELECT A AS a, B AS b, i % 2 AS c FROM range(2000) t(j), (VALUES (1999)) last(l), LATERAL (SELECT CLASH AS i) n"
    rows = rows.replace("A ", value.format("(i // 7)") + " ").replace("B ", value.format("(i % 7)") + " ")
    (tmp_path / "broken").mkdir()
    assert table_of(tmp_path, rows.replace("CLASH", "j")).primary_key == ("a", "b")
    broken = table_of(tmp_path / "broken", rows.replace("CLASH", "CASE WHEN j = l THEN 1000 ELSE j END"))
    assert (broken.primary_key, broken.duplicate_rows) == ((), 1)


def test_the_query_of_a_key_counts_the_rows_that_would_break_it(tmp_path: Path) -> None:
    good = land(tmp_path, "good", "SELECT i // 2 AS a, i % 2 AS b FROM range(10) t(i)")
    key = profiled({"good": good}).table("good").keys[0]
    assert duckdb.connect().execute(key.query).fetchall() == [(0,)]
    worse = land(tmp_path, "worse", "SELECT i // 2 AS a, 0 AS b FROM range(10) t(i) UNION ALL SELECT NULL, 1")
    query = key.query.replace(good.files[0], worse.files[0])
    assert duckdb.connect().execute(query).fetchall() == [(11,)]


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(*[st.integers(0, 3)] * 4), min_size=2, max_size=30))
def test_every_key_is_unique_and_minimal_and_the_shortest_is_found(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    from itertools import combinations

    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate("abcd")})
    found = table_of(tmp_path_factory.mktemp("keys"), table)

    def unique(columns: tuple[str, ...]) -> bool:
        return len({tuple(row["abcd".index(name)] for name in columns) for row in rows}) == len(rows)

    true = [group for size in range(1, 5) for group in combinations("abcd", size) if unique(group)]
    assert bool(found.keys) == bool(true)
    for key in found.keys:
        assert unique(key.columns)
        assert not any(unique(part) for part in combinations(key.columns, len(key.columns) - 1))
    if true:
        assert len(found.primary_key) == len(true[0])


@settings(max_examples=20, deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=1, max_size=40))
def test_a_row_more_moves_exactly_the_figures_it_should(tmp_path_factory: pytest.TempPathFactory, values: list) -> None:
    def column(given: list):
        return table_of(tmp_path_factory.mktemp("rows"), pa.table({"x": pa.array(given, pa.int64())})).column("x")

    before, null, again, new = (column(more) for more in (values, [*values, None], [*values, values[0]], [*values, 1000]))
    still = ("distinct", "low", "high", "mean", "deviation", "quantiles", "histogram", "top", "zeros", "negatives", "outliers")
    assert (null.rows, null.nulls) == (before.rows + 1, before.nulls + 1)
    assert all(getattr(null, name) == getattr(before, name) for name in still)
    assert (again.rows, again.distinct, again.low, again.high) == (before.rows + 1, before.distinct, before.low, before.high)
    assert again.zeros == (before.zeros if values[0] != 0 else before.zeros + 1)
    assert not again.unique
    assert (new.nulls, new.distinct, new.high) == (before.nulls, before.distinct + 1, "1000")
    assert sum(bar.count for bar in new.histogram) == sum(bar.count for bar in before.histogram) + 1


@pytest.mark.parametrize("name", ["id", "l_orderkey", "customerID", "zip_code", "ИНН", "Код товара", "order no", "№ заказа", "#"])
def test_names_that_call_a_column_an_identifier(name: str) -> None:
    assert names.is_identifier(name)


@pytest.mark.parametrize("name", ["price", "monkey_business", "name", "paid", "note", "Сумма"])
def test_names_that_do_not(name: str) -> None:
    assert not names.is_identifier(name)
