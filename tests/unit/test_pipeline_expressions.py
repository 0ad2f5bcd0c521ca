"""Expressions a person writes: functions of one row and nothing else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.pipeline import Derive, Filter, Pipeline, Source
from core.models.source import Column
from core.pipeline import check
from core.pipeline.expressions import scalar
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation
from core.words import say

GIVEN = Relation(
    "rows",
    (
        Column("price", "DOUBLE"),
        Column("Город", "VARCHAR"),
        Column("tags", "VARCHAR[]"),
        Column("who", "STRUCT(first VARCHAR, age INTEGER)"),
        Column('a"b', "INTEGER"),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "price > (SELECT 1)",
        "EXISTS (FROM other)",
        "price IN (FROM read_csv('/etc/passwd'))",
        "SELECT price",
        "sum(price)",
        "count(*)",
        "product(price)",
        "histogram(price)",
        "fsum(price)",
        "entropy(price)",
        "list(price)",
        "row_number() OVER ()",
        "avg(price) OVER (PARTITION BY Город)",
        "*",
        "rows.*",
        "COLUMNS('p.*')",
        "unnest(tags)",
        "generate_subscripts(tags, 1)",
        "regexp_split_to_table(Город, ',')",
        "price; DROP TABLE rows",
        "price; price",
        "DROP TABLE rows",
        "INSERT INTO rows VALUES (1)",
        "price AS other",
        "getenv('HOME')",
        "GETENV('HOME')",
        "current_setting('memory_limit')",
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "query_table('rows')",
        "nextval('x')",
        "?",
        "$1",
        "$name",
        ":name",
        "price = ?",
        "",
        "   ",
        "-- only a comment",
        "price >",
        "((price)",
        "'open",
        "nope + 1",
        "rowid",
    ],
)
def test_what_is_no_function_of_one_row_is_refused_with_a_way_out(text):
    with pytest.raises(Fault) as caught:
        scalar(text, GIVEN)
    assert say(caught.value.what)
    assert say(caught.value.fix)


@pytest.mark.parametrize(
    "text",
    [
        "price * 1.2",
        "PRICE + 1",
        "Город LIKE '%а' AND price IS NOT NULL",
        '"a""b" % 2 = 0',
        "list_transform(tags, lambda t: t || Город)",
        "list_transform(tags, t -> upper(t))",
        "list_filter(tags, lambda t, n: n > 1)",
        "who.first",
        "who.age + 1",
        "who['first']",
        "tags[1]",
        "tags[1:2]",
        "{'x': price, 'y': tags}",
        "CASE WHEN price > 1 THEN 'a;b' ELSE '--' END",
        "TRY_CAST(Город AS DECIMAL(10, 2))",
        "price::INTEGER",
        "date_trunc('month', DATE '2026-01-31')",
        "E'a\\'; DROP TABLE rows; --'",
        "price -- a note",
        "greatest(price, 1)",
    ],
)
def test_functions_of_one_row_are_understood_by_duckdb(text):
    pipeline = Pipeline("p", (Source("s", "rows"), Derive("d", "s", {"new": text})))
    checked = check(pipeline, {"rows": GIVEN.columns})
    assert checked.problems == ()
    assert checked.columns("d")[-1].name == "new"


def test_a_misspelt_column_is_told_the_nearest():
    with pytest.raises(Fault) as caught:
        scalar("pric + 1", GIVEN)
    assert "pric" in say(caught.value.what)
    assert "price" in say(caught.value.fix)


def test_columns_that_differ_in_the_case_of_cyrillic_letters_are_two():
    tables = {"t": (Column("Итог", "INTEGER"), Column("итог", "VARCHAR"))}
    nodes = (Source("s", "t"), Derive("d", "s", {"one": "Итог", "other": "итог"}))
    checked = check(Pipeline("p", nodes), tables)
    assert [column.type for column in checked.columns("d")] == ["INTEGER", "VARCHAR", "INTEGER", "VARCHAR"]


def test_a_condition_nested_a_thousand_times_is_refused_and_does_not_crash():
    for text in ("(" * 3_000 + "price" + ")" * 3_000, "NOT " * 3_000 + "true", "abs(" * 1_000 + "price" + ")" * 1_000):
        with pytest.raises(Fault, match="cannot be read"):
            scalar(text, GIVEN)


PIECES = st.sampled_from(
    [
        "price",
        "Город",
        "tags",
        "who",
        ".",
        ",",
        ";",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "$",
        "?",
        ":",
        "::",
        "*",
        "+",
        "-",
        "/",
        "%",
        "=",
        "<",
        ">",
        "||",
        "->",
        "lambda",
        "AND",
        "NOT",
        "NULL",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "IN",
        "BETWEEN",
        "IS",
        "SELECT",
        "FROM",
        "OVER",
        "CAST",
        "AS",
        "LIKE",
        "1",
        "1.5e9",
        "'x'",
        "$$",
        "E'",
        "/*",
        "*/",
        "--",
        "#",
        "@",
        "\\",
        "\n",
        "INTERVAL",
        "DATE",
        "PIVOT",
        "ATTACH",
        "COPY",
        "SET",
        "PRAGMA",
        "VALUES",
        "CREATE",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.text(max_size=30) | st.lists(PIECES, max_size=10).map(" ".join))
def test_any_text_is_an_expression_or_a_fault(text):
    with suppress(Fault):
        scalar(text, GIVEN)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=20) | st.lists(PIECES, max_size=8).map(" ".join))
def test_a_check_of_any_text_ends_in_columns_or_problems(text):
    checked = check(Pipeline("p", (Source("s", "rows"), Filter("f", "s", text))), {"rows": GIVEN.columns})
    assert checked.sound == (checked.columns("f") is not None)


@pytest.mark.parametrize(("text", "said"), [
    ("price >", "something is missing before or after > (character 7)"),
    ("price > > 3", "something is missing before or after > (character 9)"),
    ("(price", "a bracket is not closed"),
    ("price 3", "3 is not expected there (character 7)"),
    ("'abc", "a quote or a bracket is not closed"),
])  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_place_and_without_the_parsers_classes(text, said):
    with pytest.raises(Fault) as caught:
        scalar(text, GIVEN)
    assert said in say(caught.value.what)
    assert "sqlglot" not in say(caught.value.what)
    assert say(caught.value.what, "ru") != say(caught.value.what)


def test_a_shift_of_bits_is_not_taken_for_two_comparisons():
    assert scalar("price >> 1", GIVEN).sql("duckdb")


@pytest.mark.parametrize(
    "text", ["repeat('a', 2000000000)", "lpad('a', 2e9, 'x')", "range(2000000000)", "list_resize([1], 20000000)"]
)
def test_a_value_that_would_fill_the_memory_is_refused_before_it_is_made(text):
    with pytest.raises(Fault, match="more than"):
        scalar(text, GIVEN)
    assert scalar("repeat('a', 1000)", GIVEN) is not None
