"""One suite for every kind of step: `pytest tests/conformance/test_steps.py -k <kind>`."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.models.pipeline import Function, JoinHow, Pipeline, Sink, Source, Step, WindowFunction
from core.models.source import Column
from core.pipeline import check, preview, read_yaml, run, sql, to_yaml
from core.pipeline.steps import STEPS
from core.task import Task
from core.words import say
from tests.conformance.step_cases import CASES, FAULTS, HARD_NAME, OTHER_NAME, TABLES, Case, Wrong

COLUMNS = {
    name: tuple(Column(line[0], line[1]) for line in duckdb.from_arrow(table).query("t", "DESCRIBE SELECT * FROM t").fetchall())
    for name, table in TABLES.items()
}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, tuple[str, ...]]:
    folder: Path = tmp_path_factory.mktemp("tables")
    for number, table in enumerate(TABLES.values()):
        pq.write_table(table, folder / f"{number}.parquet")
    return {name: (str(folder / f"{number}.parquet"),) for number, name in enumerate(TABLES)}


def pipeline_of(step: Step) -> Pipeline:
    return Pipeline("case", (Source("hard", HARD_NAME), Source("other", OTHER_NAME), step))


def plain(value: Any) -> Any:
    """A value that compares: numbers alike whatever their type, NaN equal to itself, floats to twelve digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return value
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else Decimal(f"{value:.12g}")
    return Decimal(value)


def rows_of(table: pa.Table, ordered: bool) -> list[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in table.columns]
    return comparable(list(zip(*columns)), ordered)


def comparable(rows: list[tuple[Any, ...]], ordered: bool) -> list[tuple[Any, ...]]:
    found = [tuple(plain(value) for value in row) for row in rows]
    return found if ordered else sorted(found, key=repr_of)


def repr_of(row: tuple[Any, ...]) -> list[str]:
    return [f"{value.normalize():f}" if isinstance(value, Decimal) else repr(value) for value in row]


def _cases() -> list[Any]:
    """A kind that nobody wrote a case for is a case that fails."""
    return [
        pytest.param(kind, case, id=f"{kind}-{case.name if case else 'missing'}")
        for kind in STEPS
        for case in CASES.get(kind) or [None]
    ]


def _faults() -> list[Any]:
    return [
        pytest.param(kind, wrong, id=f"{kind}-{wrong.name if wrong else 'missing'}")
        for kind in STEPS
        for wrong in FAULTS.get(kind) or [None]
    ]


def _given(kind: str, case: Case | Wrong | None) -> Any:
    if case is None:
        pytest.fail(f"the step {kind} has no case: add it to tests/conformance/step_cases.py")
    assert case.step.step == kind
    return case


@pytest.mark.parametrize(("kind", "case"), _cases())
def test_a_step_gives_what_plain_python_computes(kind, case, files):
    case = _given(kind, case)
    checked = check(pipeline_of(case.step), COLUMNS)
    assert checked.problems == ()
    assert tuple(column.name for column in checked.columns("s")) == case.columns
    found = preview(checked, files, "s", Task(), 1_000)
    assert tuple(found.column_names) == case.columns
    assert rows_of(found, case.ordered) == comparable(case.rows, case.ordered)


@pytest.mark.parametrize(("kind", "case"), _cases())
def test_the_sql_of_a_step_runs_by_itself_and_gives_the_same_rows(kind, case):
    case = _given(kind, case)
    text = sql(check(pipeline_of(case.step), COLUMNS), "s")
    with duckdb.connect() as connection:
        for name, table in TABLES.items():
            connection.register(name, table)
        found = connection.sql(text).to_arrow_table()
    assert tuple(found.column_names) == case.columns
    assert rows_of(found, case.ordered) == comparable(case.rows, case.ordered)


@pytest.mark.parametrize(("kind", "case"), _cases())
def test_a_run_hands_a_sink_the_same_rows_in_the_same_order(kind, case, files, tmp_path):
    case = _given(kind, case)
    end = case.step if isinstance(case.step, Sink) else Sink("end", "s", path="out.parquet")
    nodes = pipeline_of(case.step).nodes + ((end,) if end is not case.step else ())
    taken: list[pa.Table] = []

    def write(sink, batches, schema, task):
        taken.append(pa.Table.from_batches(batches, schema))
        return sink.path

    ran = run(check(Pipeline("case", nodes), COLUMNS), files, write, Task(), clock=lambda: datetime.now(UTC), spill=tmp_path)
    assert rows_of(taken[0], case.ordered) == comparable(case.rows, case.ordered)
    assert {node.id: node.rows for node in ran.nodes}["s"] == len(case.rows)


@pytest.mark.parametrize(("kind", "case"), _cases())
def test_a_step_reads_back_from_yaml_as_it_was_written(kind, case):
    pipeline = pipeline_of(_given(kind, case).step)
    assert read_yaml(to_yaml(pipeline)) == pipeline


@pytest.mark.parametrize(("kind", "wrong"), _faults())
def test_a_step_that_does_not_fit_is_named_with_a_way_out(kind, wrong):
    wrong = _given(kind, wrong)
    checked = check(pipeline_of(wrong.step), COLUMNS)
    assert [problem.node for problem in checked.problems] == ["s"]
    problem = checked.problems[0]
    assert wrong.said in say(problem.what)
    assert say(problem.fix)
    assert wrong.fix in say(problem.fix)
    assert checked.columns("s") is None


def test_every_kind_of_join_and_every_function_is_tried():
    assert {case.step.how for case in CASES["join"]} == set(get_args(JoinHow))
    measured = {measure.function for case in CASES["aggregate"] for measure in case.step.measures}
    assert measured == set(get_args(Function))
    assert {column.function for case in CASES["window"] for column in case.step.columns} == set(get_args(WindowFunction))
