"""What counts as equal when rows come back, and what does not."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ddl import look
from core.ddl.verify.compare import Field, canonical, differences
from core.words import say
from tests.unit.ddl_cases import local


@pytest.fixture
def duck():
    with local() as connection:
        yield connection


def compared(
    duck: duckdb.DuckDBPyConnection, kind: str, there: list[str | None], back: list[str | None], form="plain", exact=False
) -> list[str]:
    """Values (SQL literals of the type) against the texts an engine gave."""
    duck.execute(f"CREATE OR REPLACE TABLE there (x {kind})")
    duck.execute("CREATE OR REPLACE TABLE back (c0 VARCHAR)")
    for value in there:
        duck.sql(f"FROM (VALUES ({value or 'NULL'}::{kind}))").insert_into("there")
    for text in back:
        duck.table("back").insert([text])
    return [say(found) for found in differences(duck, "there", "back", [Field("x", kind, form, exact)])]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("DOUBLE", "'NaN'", "NaN"),
        ("DOUBLE", "'-0.0'", "-0"),
        ("DOUBLE", "0.1", "0.1"),
        ("DECIMAL(5,2)", "1.10", "1.1"),
        ("TIMESTAMP", "'0044-03-15 (BC) 12:00:00'", "0044-03-15 12:00:00 BC"),
        ("TIMESTAMP WITH TIME ZONE", "'2024-01-01 03:00+03'", "2024-01-01 00:00:00"),
        ("INTERVAL", "'1 year -2 months 3 days'", "10 mons +3 days"),
        ("BLOB", r"'\x00\xFF'", r"\x00ff"),
        ("BOOLEAN", "true", "t"),
        ("VARCHAR", "''", ""),
    ],
)
def test_two_ways_to_write_a_value_are_equal(duck: duckdb.DuckDBPyConnection, kind: str, value: str, text: str):
    assert compared(duck, kind, [value], [text]) == []


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("DOUBLE", "'-0.0'", "0"),
        ("DOUBLE", "0.1", "0.10000000000000002"),
        ("DOUBLE", "'NaN'", None),
        ("DECIMAL(5,2)", "1.15", "1.1"),
        ("VARCHAR", "''", None),
        ("VARCHAR", None, ""),
        ("VARCHAR", "'é'", "e\u0301"),
        ("TIMESTAMP", "'2024-01-01 00:00:00.000001'", "2024-01-01 00:00:00"),
        ("DATE", "'2024-01-01'", "no date"),
        ("BLOB", "'a'", r"\x6"),
    ],
)
def test_two_values_are_not_equal(duck: duckdb.DuckDBPyConnection, kind: str, value: str | None, text: str | None):
    (found,) = compared(duck, kind, [value], [text])
    assert found.startswith("x: 1 value did not come back")


def test_rows_are_compared_as_multisets_in_any_order(duck: duckdb.DuckDBPyConnection):
    assert compared(duck, "INTEGER", ["1", "1", "2"], ["2", "1", "1"]) == []
    assert compared(duck, "INTEGER", ["1", "1", "2"], ["2", "2", "1"]) != []
    lost = compared(duck, "INTEGER", ["1", "1"], ["1"])
    assert lost[0] == "2 rows were sent, 1 came back"
    assert compared(duck, "INTEGER", ["1"], ["1", "1"]) == [
        "2 rows were sent, 1 came back".replace("2 rows were sent, 1", "1 rows were sent, 2")
    ]


def test_values_that_changed_rows_are_seen_although_every_column_is_right(duck: duckdb.DuckDBPyConnection):
    duck.execute("CREATE TABLE there AS FROM (VALUES (1, 'a'), (2, 'b')) v(x, y)")
    duck.execute("CREATE TABLE back AS FROM (VALUES ('1', 'b'), ('2', 'a')) v(c0, c1)")
    found = differences(duck, "there", "back", [Field("x", "INTEGER"), Field("y", "VARCHAR")])
    assert [say(one) for one in found] == ["2 rows did not come back"]


def test_a_list_comes_back_as_the_texts_of_its_elements(duck: duckdb.DuckDBPyConnection):
    assert compared(duck, "DECIMAL(5,2)[]", ["[1.10, NULL]"], ['["1.1", null]'], "list") == []
    assert compared(duck, "VARCHAR[]", ["['a,b', '', NULL]"], ['["a,b","",null]'], "list") == []
    assert compared(duck, "VARCHAR[]", ["['']"], ["[]"], "list") != []
    assert compared(duck, "VARCHAR[]", ["[NULL]"], ['["NULL"]'], "list") != []


def test_json_is_compared_by_value_unless_its_text_must_be_kept(duck: duckdb.DuckDBPyConnection):
    there, back = ["""'{"b": 1.10, "a": [1e2]}'"""], ['{"a": [100], "b": 1.1}']
    assert compared(duck, "JSON", there, back, "document") == []
    assert compared(duck, "JSON", there, back, "document", exact=True) != []
    assert compared(duck, "JSON", ["""'{"a": 1, "a": 2}'"""], ['{"a": 2}'], "document") != []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a": 1, "b": 2}', '{"b":2.0,"a":1e0}', True),
        ("12345678901234567890123456789012345678901234567890.10", "12345678901234567890123456789012345678901234567890.1", True),
        ("12345678901234567890123456789012345678901234567890", "12345678901234567890123456789012345678901234567891", False),
        ("[1, 2]", "[2, 1]", False),
        ('"1"', "1", False),
        ("null", '""', False),
        ("-0.0", "0", True),
        ('{"a": 1, "a": 1}', '{"a": 1}', False),
        ("not json", "not json", True),
    ],
)
def test_canonical_json(one: str, other: str, same: bool):
    assert (canonical(one) == canonical(other)) is same


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3)
    ),
)


@given(JSON)
def test_spacing_and_order_of_keys_do_not_matter(value):
    import json

    assert canonical(json.dumps(value, indent=2, sort_keys=True)) == canonical(json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize(
    ("document", "keep"),
    [
        ('{"a": {"b": [1]}}', "value"),
        ('{"a": {"b": 1, "b": 1}}', "text"),
        (r'"\u0000"', "text"),
        (r'"\ud83d"', "text"),
        (r'"\ud83d\ude00"', "value"),
        ('{"x": NaN}', "raw"),
        ("{", "raw"),
    ],
)
def test_what_must_be_kept_of_json(document: str, keep: str):
    assert look.kept(document) == keep
