"""The graph itself: circles, names, missing tables, two sinks at one place."""

from __future__ import annotations

import duckdb
import pytest

from core.models.pipeline import Filter, Join, On, Order, Pipeline, Sink, Sort, Source, Step
from core.models.source import Column
from core.pipeline import check, sql
from core.words import say
from tests.unit.pipeline_tables import COLUMNS, ROWS

SALES = Source("s", "sales")


def problems(*nodes: Step) -> list[tuple[str, str, str]]:
    return [(one.node, say(one.what), say(one.fix)) for one in check(Pipeline("p", nodes), COLUMNS).problems]


def test_a_pipeline_without_steps_says_so():
    assert "no steps" in problems()[0][1]


def test_the_steps_of_a_circle_are_named_and_those_behind_it_are_not():
    found = problems(SALES, Filter("a", "b", "true"), Filter("b", "a", "true"), Filter("behind", "b", "true"))
    assert [(node, what) for node, what, _ in found] == [(one, "The step reads its own result.") for one in ("a", "b")]


def test_a_circle_is_named_beside_a_missing_input():
    found = problems(SALES, Filter("a", "a", "true"), Filter("b", "nowhere", "true"))
    assert {node for node, _, _ in found} == {"a", "b"}


def test_a_step_that_reads_itself_is_named():
    assert [node for node, _, _ in problems(SALES, Join("j", "s", "j", "cross"))] == ["j"]


def test_ids_that_differ_only_in_case_are_refused():
    found = problems(SALES, Filter("Step", "s", "true"), Filter("step", "s", "true"))
    assert [node for node, _, _ in found] == ["Step", "step"]
    assert all("Two steps" in what for _, what, _ in found)


def test_a_step_without_an_id_is_told():
    assert "no id" in problems(Source(" ", "sales"))[0][1]


def test_an_unknown_table_is_told_the_nearest():
    assert problems(Source("s", "sale")) == [("s", "There is no table sale in the project.", "Did you mean sales?")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": "a.csv"}, {"path": "a.csv"}),
        ({"path": "a.csv"}, {"path": "./x/../a.csv"}),
        ({"path": "a.csv"}, {"path": "a.csv", "table": "left over"}),
        ({"path": "a.csv", "mode": "append"}, {"path": "a.csv"}),
        ({"target": "postgres", "connection": "c", "table": "t"}, {"target": "postgres", "connection": "c", "table": "public.t"}),
    ],
)
def test_a_sink_that_replaces_what_another_wrote_is_named(one, other):
    found = problems(SALES, Sink("first", "s", **one), Sink("second", "s", **other))
    assert [node for node, _, _ in found] == ["second"]
    assert "the same place as first" in found[0][1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": "a.csv"}, {"path": "b.csv"}),
        ({"path": "a.csv"}, {"path": "a.csv", "mode": "append"}),
        ({"target": "postgres", "connection": "c", "table": "t"}, {"target": "postgres", "connection": "d", "table": "t"}),
        ({"target": "postgres", "connection": "c", "table": "t"}, {"target": "postgres", "connection": "c", "table": "z.t"}),
    ],
)
def test_sinks_at_two_places_or_that_append_are_fine(one, other):
    assert problems(SALES, Sink("first", "s", **one), Sink("second", "s", **other)) == []


def test_a_sink_gives_no_rows_on():
    found = problems(SALES, Sink("k", "s", path="a.csv"), Filter("f", "k", "true"))
    assert [node for node, _, _ in found] == ["f"]
    assert "s, which k reads" in found[0][2]


def test_only_the_first_cause_is_a_problem():
    checked = check(Pipeline("p", (SALES, Filter("a", "s", "nope"), Filter("b", "a", "also"), Filter("c", "s", "true"))), COLUMNS)
    assert [one.node for one in checked.problems] == ["a"]
    assert checked.columns("b") is None
    assert checked.columns("c") == COLUMNS["sales"]


@pytest.mark.parametrize(
    "id_", ["cities", "SALES", "a b", 'a"b', "🙂", "Итог", "l", "r", "groups", "select", "main", "duckdb_tables"]
)
def test_an_id_may_be_any_text_even_the_name_of_a_table(id_):
    nodes = (SALES, Source("c", "cities"), Filter(id_, "s", "id > 1"), Join("j", id_, "c", "inner", (On("city", "city"),)))
    checked = check(Pipeline("p", (*nodes, Sort("by", "j", (Order("id"),)))), COLUMNS)
    assert checked.problems == ()
    with duckdb.connect() as connection:
        for name, table in ROWS.items():
            connection.register(name, table)
        assert connection.sql(sql(checked)).fetchall() == [
            (3, "Rome", ROWS["sales"]["price"][3].as_py(), ["b", "c"], "Италия"),
            (5, "Oslo", ROWS["sales"]["price"][5].as_py(), ["z"], "Norge"),
        ]


def test_a_type_duckdb_does_not_know_is_a_problem_of_its_source():
    checked = check(Pipeline("p", (Source("s", "t"), Filter("f", "s", "true"))), {"t": (Column("x", "WHATEVER"),)})
    assert [one.node for one in checked.problems] == ["s"]
    assert checked.columns("f") is None
