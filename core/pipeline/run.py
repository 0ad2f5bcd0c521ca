"""Running a checked pipeline on DuckDB. Every step is counted; a step with several readers, and every group-by, is computed once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from time import perf_counter

import duckdb
import pyarrow as pa
from sqlglot import exp

from core.engines.duck import duck, fetch, name, running, view
from core.engines.duck import sql as text
from core.errors import DataError
from core.models.pipeline import Aggregate, CheckedPipeline, NodeRun, RunResult, Sink, Source
from core.pipeline import steps
from core.pipeline.check import flow
from core.pipeline.compile import ancestors, nodes_of, query_of, relation_names, whole
from core.task import Task
from core.words import msg

BATCH = 100_000
Files = Mapping[str, tuple[str, ...]]
Write = Callable[[Sink, Iterator[pa.RecordBatch], pa.Schema, Task], str]


def preview(
    checked: CheckedPipeline, files: Files, node: str, task: Task, limit: int = 100, spill: Path | None = None
) -> pa.Table:
    """The first `limit` rows a node gives. Raises `DataError` where a value does not fit an expression."""
    with duck(task, spill=spill) as connection:
        _open(connection, checked, files, ancestors(checked.pipeline, node), [])
        try:
            return fetch(connection, exp.select("*").from_(whole(checked, node).subquery("node")).limit(limit))
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise _failed(node, error) from error


def run(
    checked: CheckedPipeline, files: Files, write: Write, task: Task, *, clock: Callable[[], datetime], spill: Path | None = None
) -> RunResult:
    """Run every node in the order of the flow; `write` puts the rows of a sink where they belong, in one step, and says where.

    A node's `seconds` are those of its own statement: steps that only pass rows on (derive, window, sort) run inside the
    statement of the step that reads them. Raises `DataError`, `Cancelled`, and what `write` raises.
    """
    started, begun = clock(), perf_counter()
    with tempfile.TemporaryDirectory(prefix="assay-run-", dir=spill) as folder, duck(task, spill=spill) as connection:
        order = flow(checked.pipeline)
        _open(connection, checked, files, order, [folder])
        work = _Run(connection, checked, Path(folder), write)
        for number, node in enumerate(order):
            part = task.part(number / len(order), (number + 1) / len(order))
            part.at(0.0, msg("Step {node}", node=node))
            try:
                work.node(node, part)
            except duckdb.InterruptException:
                raise
            except duckdb.Error as error:
                raise _failed(node, error) from error
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

    def __init__(self, connection: duckdb.DuckDBPyConnection, checked: CheckedPipeline, folder: Path, write: Write) -> None:
        self.connection, self.checked, self.folder, self.write = connection, checked, folder, write
        self.nodes, self.names = nodes_of(checked.pipeline), relation_names(checked.pipeline)
        self.readers = [one for node in checked.pipeline.nodes for one in steps.inputs(node)]
        self.done: list[NodeRun] = []
        self.wrote: list[tuple[str, str]] = []

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
        if isinstance(step, Aggregate) or self.readers.count(node) > 1:
            file = str(self.folder / f"{len(self.done)}.parquet")
            copy = exp.Copy(this=select.subquery(), kind=False, files=[exp.Literal.string(file)], params=[_parquet()])
            running(self.connection, text(copy), task, msg("Step {node}", node=node))
            view(self.connection, self.names[node], [file])
            return self._count(node)
        self.connection.execute(text(exp.Create(this=exp.Table(this=name(self.names[node])), kind="VIEW", expression=select)))
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
        kept = isinstance(source, (Source, Aggregate)) or self.readers.count(step.input) > 1
        select = (
            exp.select("*").from_(exp.Table(this=name(self.names[step.input]))) if kept else query_of(self.checked, step.input)
        )
        reader = self.connection.sql(text(select)).to_arrow_reader(BATCH)
        counted = _Counted(reader, task, self._rows(step.input))
        self.wrote.append((step.id, self.write(step, iter(counted), reader.schema, task)))
        return counted.rows


class _Counted:
    """Batches on their way to a sink, counted, with progress."""

    def __init__(self, reader: pa.RecordBatchReader, task: Task, expected: int) -> None:
        self._reader, self._task, self._expected = reader, task, max(expected, 1)
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._reader:
            self.rows += batch.num_rows
            self._task.at(min(self.rows / self._expected, 1.0), msg("{n} rows written", n=self.rows))
            yield batch


def _open(
    connection: duckdb.DuckDBPyConnection, checked: CheckedPipeline, files: Files, nodes: list[str], folders: list[str]
) -> None:
    """The sources as views, and nothing else of the machine within reach of an expression."""
    known = nodes_of(checked.pipeline)
    tables = dict.fromkeys(known[node].table for node in nodes if isinstance(known[node], Source))
    for table in tables:
        view(connection, table, files[table])
    connection.execute("SET allowed_paths = $files", {"files": [file for table in tables for file in files[table]]})
    connection.execute("SET allowed_directories = $folders", {"folders": folders})
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _parquet() -> exp.Expression:
    return exp.CopyParameter(this=exp.var("FORMAT"), expression=exp.var("PARQUET"))


def _failed(node: str, error: duckdb.Error) -> DataError:
    said = str(error).split("\n\nLINE")[0].strip()
    return DataError(
        msg("The step {node} stopped", node=node),
        msg("DuckDB said: {error}", error=said),
        msg("Look at the rows before this step and handle the value: TRY_CAST gives null where a text is no number."),
    )
