"""Running a checked pipeline on DuckDB. Every step is counted; a step with several readers, and every group-by, is computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from pathlib import Path
from time import perf_counter

import duckdb
import pyarrow as pa
from sqlglot import exp

from core.engines.duck import Streamed, duck, fetch, name, running, streamed, view
from core.engines.duck import sql as text
from core.errors import ConfigError, DataError
from core.models.pipeline import Aggregate, CheckedPipeline, NodeRun, RunResult, Sink, Source
from core.pipeline import steps
from core.pipeline.check import flow, plainly
from core.pipeline.compile import ancestors, nodes_of, query_of, relation_names, whole
from core.task import Task
from core.words import msg

Files = Mapping[str, tuple[str, ...]]
# What `duck` itself turns into an error: a stop, and a full disk or memory.
_NOT_A_STEP = (duckdb.InterruptException, duckdb.OutOfMemoryException)
Write = Callable[[Sink, Iterator[pa.RecordBatch], pa.Schema, Task], str]


def preview(
    checked: CheckedPipeline, files: Files, node: str, task: Task, limit: int = 100, spill: Path | None = None
) -> pa.Table:
    """The first `limit` rows a node gives. Raises `DataError` where a value does not fit an expression.

    Raises `ConfigError` for a node that is not sound.
    """
    if checked.columns(node) is None:
        raise _not_sound(checked, node)
    with duck(task, spill=spill) as connection:
        above = ancestors(checked.pipeline, node)
        _open(connection, checked, files, above)
        try:
            return fetch(connection, exp.select("*").from_(whole(checked, node).subquery("node")).limit(limit))
        except _NOT_A_STEP:
            raise
        except duckdb.Error as error:
            raise _failed(_cause(connection, checked, above, {}), error) from error


def run(
    checked: CheckedPipeline, files: Files, write: Write, task: Task, *, clock: Callable[[], datetime], spill: Path | None = None
) -> RunResult:
    """Run every node in the order of the flow; `write` puts the rows of a sink where they belong, in one step, and says where.

    A node's `seconds` are those of its own statement: steps that only pass rows on (derive, window, sort) run inside the
    statement of the step that reads them. Raises `DataError`, `Cancelled`, `ConfigError` for a pipeline that is not sound,
    and what `write` raises.
    """
    if not checked.sound:
        raise _not_sound(checked, checked.problems[0].node)
    started, begun = clock(), perf_counter()
    with duck(task, spill=spill) as connection:
        order = flow(checked.pipeline)
        _open(connection, checked, files, order)
        work = _Run(connection, checked, write)
        for number, node in enumerate(order):
            part = task.part(number / len(order), (number + 1) / len(order))
            part.at(0.0, msg("Step {node}", node=node))
            try:
                work.node(node, part)
            except _NOT_A_STEP:
                raise
            except duckdb.Error as error:
                raise _failed(_cause(connection, checked, ancestors(checked.pipeline, node), work.kept), error) from error
        return RunResult(
            checked.pipeline.name,
            f"DuckDB {duckdb.__version__}",
            started,
            perf_counter() - begun,
            tuple(work.done),
            tuple(work.wrote),
        )


class _Run:
    """One run: what has been counted and written so far."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, checked: CheckedPipeline, write: Write) -> None:
        self.connection, self.checked, self.write = connection, checked, write
        self.nodes, self.names = nodes_of(checked.pipeline), relation_names(checked.pipeline)
        self.readers = [one for node in checked.pipeline.nodes for one in steps.inputs(node)]
        self.done: list[NodeRun] = []
        self.wrote: list[tuple[str, str]] = []
        self.kept: set[str] = set()

    def node(self, node: str, task: Task) -> None:
        began, step = perf_counter(), self.nodes[node]
        if isinstance(step, Sink):
            rows = self._sink(step, task)
        elif isinstance(step, Source):
            rows = self._count(node)
        else:
            rows = self._step(node, task)
        self.done.append(
            NodeRun(node, rows, perf_counter() - began, whole(self.checked, node).sql(dialect="duckdb", pretty=True))
        )

    def _step(self, node: str, task: Task) -> int:
        select, step = query_of(self.checked, node), self.nodes[node]
        kept = isinstance(step, Aggregate) or self.readers.count(node) > 1
        # A table, not a Parquet file: Parquet has no HUGEINT (the sum of integers) and would make a DOUBLE of it. It spills, too.
        made = exp.Create(this=exp.Table(this=name(self.names[node])), kind="TABLE" if kept else "VIEW", expression=select)
        if kept:
            running(self.connection, text(made), task, msg("Step {node}", node=node))
            self.kept.add(node)
            return self._count(node)
        self.connection.execute(text(made))
        same = step.step in ("derive", "window") or (step.step == "sort" and step.limit is None)
        return self._rows(steps.inputs(step)[0]) if same else self._count(node)

    def _rows(self, node: str) -> int:
        return next(done.rows for done in self.done if done.id == node)

    def _count(self, node: str) -> int:
        counted = exp.select(exp.Count(this=exp.Star())).from_(exp.Table(this=name(self.names[node])))
        return fetch(self.connection, counted).column(0)[0].as_py()

    def _sink(self, step: Sink, task: Task) -> int:
        # The query of the input itself, not a SELECT over its view: only so is the order of a sort certain to survive.
        source = self.nodes[step.input]
        relation = exp.Table(this=name(self.names[step.input]))
        whole_table = isinstance(source, Source) or step.input in self.kept
        select = exp.select("*").from_(relation) if whole_table else query_of(self.checked, step.input)
        counted = 0

        def told(rows: Streamed) -> Iterator[pa.RecordBatch]:
            nonlocal counted
            for batch in rows:
                counted += batch.num_rows
                task.at(min(counted / expected, 1.0), msg("{n} rows written", n=counted))
                yield batch

        expected = max(self._rows(step.input), 1)
        with streamed(self.connection, text(select)) as rows:
            self.wrote.append((step.id, self.write(step, told(rows), rows.schema, task)))
        return counted


def _open(connection: duckdb.DuckDBPyConnection, checked: CheckedPipeline, files: Files, nodes: list[str]) -> None:
    """The sources as views, and nothing else of the machine within reach of an expression."""
    known = nodes_of(checked.pipeline)
    tables = dict.fromkeys(known[node].table for node in nodes if isinstance(known[node], Source))
    for table in tables:
        view(connection, table, files[table])
    connection.execute("SET allowed_paths = $files", {"files": [file for table in tables for file in files[table]]})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _cause(connection: duckdb.DuckDBPyConnection, checked: CheckedPipeline, nodes: list[str], kept: Set[str]) -> str:
    """The first of `nodes` whose own values cannot be computed.

    Steps that pass rows on run inside the statement of a later step, and that one is not what a person has to mend. Looked for
    only once something failed: every cell of each step is computed until one fails again.
    """
    known = nodes_of(checked.pipeline)
    for node in nodes:
        if isinstance(known[node], (Source, Sink)) or node in kept:
            continue
        every = exp.func("hash", exp.column("made"))
        try:
            connection.execute(text(exp.select(exp.Max(this=every)).from_(whole(checked, node).subquery("made"))))
        except _NOT_A_STEP:
            raise
        except duckdb.Error:
            return node
    return nodes[-1]


def _not_sound(checked: CheckedPipeline, node: str) -> ConfigError:
    """The first problem of the pipeline, of this node if it has one."""
    found = sorted(checked.problems, key=lambda problem: problem.node != node)[0]
    where = found.node or checked.pipeline.name
    return ConfigError(msg("The pipeline is not sound"), msg("{node}: {what}", node=where, what=found.what), found.fix)


def _failed(node: str, error: duckdb.Error) -> DataError:
    return DataError(
        msg("The step {node} stopped", node=node),
        msg("DuckDB said: {error}", error=plainly(error)),
        msg("Look at the rows before this step and handle the value: TRY_CAST gives null where a text is no number."),
    )
