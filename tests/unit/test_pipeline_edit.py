"""The editor's changes: whatever a person does, there is a pipeline that can be checked, drawn and saved."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.pipeline import Filter, Join, Order, Pipeline, Sink, Sort, Source
from core.pipeline import check, edit, read_yaml, to_yaml
from tests.unit.pipeline_tables import COLUMNS

START = edit.new(Pipeline("p", ()), "source", "sales")[0]


def node(pipeline: Pipeline, id_: str):
    return next(one for one in pipeline.nodes if one.id == id_)


@pytest.mark.parametrize("kind", [kind for kind in edit.KINDS if kind not in ("source", "join")])
def test_a_new_step_behind_a_source_is_sound_at_once(kind):
    made, id_ = edit.new(START, kind, "sales", "city")
    assert id_ == kind
    assert check(made, COLUMNS).problems == ()


def test_a_new_join_only_lacks_its_right_side():
    made, id_ = edit.new(START, "join", "sales", "city")
    assert [one.node for one in check(made, COLUMNS).problems] == [id_]
    made, other = edit.new(made, "source", "cities")
    assert edit.connect(made, other, id_).nodes[1] == Join("join", "sales", "cities")


def test_ids_are_never_given_twice():
    made, first = edit.new(START, "source", "sales")
    made, second = edit.new(made, "source", "SALES")
    assert (first, second) == ("sales_2", "SALES_3")
    assert edit.new(Pipeline("p", ()), "source", "")[1] == "source"


def test_new_steps_do_not_lie_on_others():
    made = START
    for _ in range(5):
        made = edit.new(made, "filter", "sales", "city")[0]
    assert len(set(made.layout.values())) == len(made.nodes)


def test_what_read_a_renamed_step_reads_it_under_its_new_name():
    made = edit.new(edit.new(START, "filter", "sales", "city")[0], "sort", "filter", "city")[0]
    made = edit.put(made, "filter", Filter("known", "sales", "city IS NOT NULL"))
    assert node(made, "sort").input == "known"
    assert "known" in made.layout
    assert "filter" not in made.layout
    assert check(made, COLUMNS).sound


def test_taking_a_step_out_closes_the_gap():
    made = edit.new(edit.new(START, "filter", "sales", "city")[0], "sort", "filter", "city")[0]
    made = edit.remove(made, "filter")
    assert node(made, "sort").input == "sales"
    assert edit.edges(made) == (("sales", "sort"),)


def test_a_source_reads_nothing_and_a_step_not_itself():
    made = edit.new(START, "filter", "sales", "city")[0]
    assert edit.connect(made, "filter", "sales") == made
    assert edit.connect(made, "filter", "filter") == made
    assert node(edit.disconnect(made, "sales", "filter"), "filter").input == ""


def test_a_place_on_the_picture_changes_nothing_else():
    made = edit.move(START, "sales", -5, 10.04)
    assert made.layout == {"sales": (0.0, 10.0)}
    assert made.nodes == START.nodes


def test_steps_without_a_place_are_drawn_in_the_order_of_the_flow():
    nodes = (Sink("c", "b", path="o.csv"), Sort("b", "a", (Order("id"),)), Source("a", "sales"))
    places = edit.placed(Pipeline("p", nodes))
    assert places["a"][0] < places["b"][0] < places["c"][0]


@st.composite
def edits(draw) -> Pipeline:
    """A pipeline after any changes, sensible or not."""
    made = START
    for _ in range(draw(st.integers(1, 8))):
        ids = [one.id for one in made.nodes]
        one, other = (draw(st.sampled_from(ids)), draw(st.sampled_from(ids))) if ids else ("", "")
        what = draw(st.sampled_from(("new", "put", "remove", "connect", "disconnect", "move")))
        if what == "new" or not ids:
            kind = draw(st.sampled_from(edit.KINDS))
            after = draw(st.sampled_from(("sales", "cities", "gone"))) if kind == "source" else one
            made = edit.new(made, kind, after, draw(st.sampled_from(("city", "id", "", 'a"b'))))[0]
        elif what == "put":
            step = draw(
                st.sampled_from((Filter(other, one, "id > 1"), Source(one, "cities"), Sort("new", other, (Order("id"),))))
            )
            made = edit.put(made, one, step)
        elif what == "remove":
            made = edit.remove(made, one)
        elif what == "move":
            made = edit.move(made, one, draw(st.floats(-10, 1e4)), draw(st.floats(-10, 1e4)))
        else:
            made = getattr(edit, what)(made, one, other)
    return made


@settings(max_examples=60, deadline=None)
@given(edits())
def test_any_changes_leave_a_pipeline_that_is_checked_drawn_and_saved(made):
    checked = check(made, COLUMNS)
    ids = {one.id for one in made.nodes}
    assert {one.id for one in checked.nodes} == ids
    assert set(edit.placed(made)) == ids
    assert all(before in ids and after in ids for before, after in edit.edges(made))
    assert read_yaml(to_yaml(made)) == made
