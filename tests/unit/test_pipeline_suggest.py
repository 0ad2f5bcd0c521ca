"""The pipeline to start from is sound, whatever the tables are called and whatever they hold."""

from __future__ import annotations

import pytest

from core.models.pipeline import Aggregate, Filter, Join, Pipeline, Sort
from core.models.profile import ColumnProfile, ForeignKey, Profile, TableProfile
from core.models.source import Column
from core.pipeline import check, edit, suggest
from tests.unit.pipeline_tables import NOW

ROWS = 1_000


def column(name: str, type_: str = "VARCHAR", distinct: int = 10, nulls: int = 0, rows: int = ROWS) -> ColumnProfile:
    return ColumnProfile(name, type_, rows, nulls, distinct, True)


def table(name: str, *columns: ColumnProfile, rows: int = ROWS) -> TableProfile:
    return TableProfile(name, rows, 1, 1, columns)


def profile(*tables: TableProfile, keys: tuple[ForeignKey, ...] = ()) -> Profile:
    return Profile(tables, keys, NOW, 0.1)


def link(fact: str, parent: str, left: str = "key", right: str = "key") -> ForeignKey:
    return ForeignKey(fact, (left,), parent, (right,), 0.9)


def sound(given: Profile) -> Pipeline:
    made = suggest(given)
    tables = {one.name: tuple(Column(c.name, c.type) for c in one.columns) for one in given.tables}
    assert check(made, tables).problems == ()
    places = edit.placed(made)
    assert set(places) == {node.id for node in made.nodes}
    assert len(set(places.values())) == len(made.nodes)
    return made


def step(made: Pipeline, kind: type):
    return next((node for node in made.nodes if isinstance(node, kind)), None)


def test_a_relation_is_followed_to_the_name_it_leads_to():
    fact = table("flights", column("key"), column("delay", "DOUBLE", 400, nulls=3))
    parent = table("airlines", column("key"), column("name", distinct=16), rows=16)
    made = sound(profile(parent, fact, keys=(link("flights", "airlines"),)))
    assert step(made, Join).how == "left"
    assert step(made, Aggregate).by == ("name",)
    assert step(made, Filter).where == 'NOT "delay" IS NULL'
    assert [one.column for one in step(made, Aggregate).measures] == ["", "delay"]


def test_a_single_table_is_summed_up_by_its_own_column():
    made = sound(profile(table("t", column("kind"), column("price", "DECIMAL(9,2)", 500))))
    assert step(made, Join) is None
    assert step(made, Aggregate).by == ("kind",)


@pytest.mark.parametrize("one", [column("x", "BIGINT", ROWS), column("x", "VARCHAR", 1), column('a"b', "VARCHAR[]", 10)])
def test_a_table_of_one_column_is_sorted_by_it(one):
    made = sound(profile(table("t", one)))
    assert step(made, Aggregate) is None
    assert step(made, Sort).by[0].column == one.name


def test_an_empty_table_still_gives_a_pipeline():
    sound(profile(table("t", column("x", distinct=0, rows=0), column("y", "DOUBLE", 0, rows=0), rows=0)))


def test_no_tables_give_a_pipeline_of_no_steps():
    assert suggest(profile()).nodes == ()


@pytest.mark.parametrize(
    "name", ["known", "Joined", "summed", "ranked", "sorted", "FILE", "!!!", "a b", "Данные 1", 'a"b', "x" * 90]
)
def test_tables_called_like_the_steps_of_the_suggestion_are_fine(name):
    fact = table(name, column("key"), column("price", "DOUBLE", 400, nulls=1))
    parent = table(name + "?", column("key"), column("name", distinct=16))
    sound(profile(fact, parent, keys=(link(name, name + "?"),)))


@pytest.mark.parametrize("name", ["rows", "Rows", "place", "avg_price", "ROWS_2"])
def test_columns_called_like_the_measures_of_the_suggestion_are_fine(name):
    sound(profile(table("t", column(name), column("price", "DOUBLE", 400))))


@pytest.mark.parametrize("taken", ["name_right", "NAME_RIGHT", "name_right_2", "Name"])
def test_columns_that_both_sides_have_get_a_suffix_that_is_free(taken):
    fact = table(
        "f", column("key"), column("name", distinct=700), column("name_right", "DOUBLE", 500), column("price", "DOUBLE", 400)
    )
    parent = table("p", column("key"), column("name", distinct=16), *([column(taken, distinct=900)] if taken != "Name" else []))
    made = sound(profile(fact, parent, keys=(link("f", "p"),)))
    assert step(made, Aggregate).by == (f"name{step(made, Join).suffix}",)


def test_cyrillic_names_that_differ_in_case_are_two_columns():
    fact = table("f", column("key"), column("Имя", distinct=700))
    parent = table("p", column("key"), column("имя", distinct=16))
    made = sound(profile(fact, parent, keys=(link("f", "p"),)))
    assert step(made, Aggregate).by == ("имя",)
