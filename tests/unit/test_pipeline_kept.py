"""Pipelines as they are kept: deleted and brought back, made again under the same name, added to in the line."""

import pytest

from core.errors import ConfigError
from core.models.pipeline import Filter, Join, Pipeline, Sink, Source
from core.task import Task
from core.words import say
from core.workbench import Workbench, connect, pipeline


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """(workbench, project) with one table."""
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    (tmp_path / "orders.csv").write_text("id,total\n1,2\n2,3\n", encoding="utf-8")
    with Workbench.open(tmp_path / "home") as wb:
        made = wb.create_project("shop").id
        connect.land(wb, made, connect.sources_of(str(tmp_path / "orders.csv"))[0], Task())
        yield wb, made


def test_the_last_pipeline_can_be_brought_back_by_whoever_opens_the_project_next(shop):
    wb, project = shop
    made = pipeline.create(wb, project, "mine")
    pipeline.delete(wb, project, "mine")
    assert pipeline.names(wb, project) == ()
    assert pipeline.removed(wb, project) == ("mine",)
    pipeline.restore(wb, project, "mine")
    assert pipeline.get(wb, project, "mine") == made


def test_a_new_pipeline_of_a_deleted_ones_name_has_neither_its_runs_nor_its_versions(shop):
    wb, project = shop
    first = pipeline.edit.new(pipeline.create(wb, project, "mine"), "sink", "orders")[0]
    pipeline.save(wb, project, first)
    pipeline.run(wb, project, first, Task())
    pipeline.delete(wb, project, "mine")
    pipeline.create(wb, project, "mine")
    assert pipeline.runs(wb, project, "mine") == ()
    assert pipeline.can_move(wb, project, "mine") == (False, False)
    assert pipeline.undo(wb, project, "mine") is None
    (gone,) = pipeline.removed(wb, project)
    pipeline.restore(wb, project, gone)
    back = pipeline.get(wb, project, gone)
    assert (back.name, back.nodes) == (gone, first.nodes)
    assert len(pipeline.runs(wb, project, gone)) == 1
    assert pipeline.undo(wb, project, gone).name == gone


def test_there_is_something_to_undo_only_after_a_change_and_to_redo_only_after_an_undo(shop):
    wb, project = shop
    made = pipeline.create(wb, project, "mine")
    assert pipeline.can_move(wb, project, "mine") == (False, False)
    pipeline.save(wb, project, pipeline.edit.new(made, "filter", "orders", "id")[0])
    assert pipeline.can_move(wb, project, "mine") == (True, False)
    pipeline.undo(wb, project, "mine")
    assert pipeline.can_move(wb, project, "mine") == (False, True)


LINE = Pipeline("p", (Source("a", "t"), Filter("b", "a", "x > 1"), Sink("c", "b", path="c.csv")))


def test_a_step_goes_into_the_line_between_the_chosen_one_and_its_followers():
    made, node = pipeline.add(LINE, "sort", "a", "x")
    assert set(pipeline.edit.edges(made)) == {("a", node), (node, "b"), ("b", "c")}
    places = pipeline.edit.placed(made)
    assert len(set(places.values())) == 4
    assert places["a"][0] < places[node][0] < places["b"][0] < places["c"][0]


def test_a_branch_and_a_sink_leave_the_line_as_it_is():
    made, node = pipeline.add(LINE, "sort", "a", "x", branch=True)
    assert set(pipeline.edit.edges(made)) == {("a", "b"), ("b", "c"), ("a", node)}
    made, node = pipeline.add(LINE, "sink", "b")
    assert set(pipeline.edit.edges(made)) == {("a", "b"), ("b", "c"), ("b", node)}


def test_a_join_that_reads_a_step_on_both_sides_reads_the_new_one_on_both():
    joined = Pipeline("p", (Source("a", "t"), Join("join", "a", "a", "cross")))
    made, node = pipeline.add(joined, "filter", "a", "x")
    step = next(one for one in made.nodes if one.id == "join")
    assert (step.left, step.right) == (node, node)


def test_two_sinks_whose_paths_lead_to_one_file_are_refused_before_a_row_is_written(shop, tmp_path):
    wb, project = shop
    whole = tmp_path / "out" / "all.parquet"
    plan = Pipeline(
        "mine",
        (
            Source("orders", "orders"),
            Sink("first", "orders", path="all.parquet"),
            Sink("second", "orders", path=str(whole)),
        ),
    )
    with pytest.raises(ConfigError) as caught:
        pipeline.run(wb, project, plan, Task(), base=tmp_path / "out")
    assert "second and first write to one file" in caught.value.lines("en")[1]
    assert not whole.exists()


def test_a_sink_never_writes_over_what_its_table_was_read_from(shop, tmp_path):
    wb, project = shop
    plan = Pipeline("mine", (Source("orders", "orders"), Sink("first", "orders", path="../orders.csv")))
    with pytest.raises(ConfigError):
        pipeline.run(wb, project, plan, Task(), base=tmp_path / "out")
    assert (tmp_path / "orders.csv").read_text(encoding="utf-8") == "id,total\n1,2\n2,3\n"


def _wrong(shop, *nodes) -> list[str]:
    wb, project = shop
    checked = pipeline.check(wb, project, Pipeline("mine", (Source("orders", "orders"), *nodes)))
    return [f"{problem.node}: {say(problem.what)} {say(problem.fix)}" for problem in checked.problems]


def test_the_check_knows_where_the_sinks_lead(shop):
    assert _wrong(shop, Sink("out", "orders", path="all.parquet")) == []
    assert _wrong(shop) == [": It writes nothing: it has no sink. Add a sink after the last step."]
    assert (
        "There is no saved connection nowhere"
        in _wrong(shop, Sink("out", "orders", "postgres", connection="nowhere", table="t"))[0]
    )
    assert "cannot be appended to all.csv" in _wrong(shop, Sink("out", "orders", path="all.csv", mode="append"))[0]
    assert "all.xyz" in _wrong(shop, Sink("out", "orders", path="all.xyz"))[0]
    assert len(_wrong(shop, Sink("out", "orders"))) == 1


def test_a_pipeline_that_writes_nothing_does_not_run(shop, tmp_path):
    wb, project = shop
    with pytest.raises(ConfigError, match="problem"):
        pipeline.run(wb, project, Pipeline("mine", (Source("orders", "orders"),)), Task(), base=tmp_path)
    assert pipeline.last_run(wb, project, "mine") is None
