"""DuckDB, as every room uses it: bounded memory, spills into the workspace, never the network, stops when told to."""

from __future__ import annotations

import glob
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from core.errors import Cancelled, DataError
from core.store.throwaway import throwaway
from core.task import Task
from core.words import Msg, msg

MEMORY_LIMIT = os.environ.get("ASSAY_DUCKDB_MEMORY", "700MB")


@contextmanager
def duck(
    task: Task | None = None, *, spill: Path | None = None, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that spills to `spill` (a temporary folder otherwise) and is interrupted when `task` is cancelled.

    Raises `Cancelled` in place of DuckDB's interrupt, and `DataError` when the disk or the memory limit is full or landed files are gone.
    """
    task = task or Task()
    with throwaway("spill-", spill) as folder:
        connection = duckdb.connect(
            ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        try:
            connection.execute("SET memory_limit = $limit", {"limit": MEMORY_LIMIT})
            connection.execute("SET temp_directory = $folder", {"folder": str(folder)})
            connection.execute("SET preserve_insertion_order = true")
            _settle(connection)
            # Writes happen in the threads that ask for them: with threads of their own, DuckDB 2.0.0 hangs for ever in one of five
            # COPYs that meet a full disk, past any interrupt; none of a hundred did without.
            connection.execute("SET async_threads = 0")
            if threads:
                connection.execute("SET threads = $n", {"n": threads})
            with task.interruptible(connection.interrupt):
                yield connection
        except duckdb.InterruptException as error:
            raise Cancelled() from error
        except duckdb.OutOfMemoryException as error:
            raise DataError(
                msg("The work needs more memory than it may use"),
                msg("DuckDB reached its limit of {limit} and could not spill the rest to disk.", limit=MEMORY_LIMIT),
                msg(
                    "Free some disk space, or raise the limit with the environment variable ASSAY_DUCKDB_MEMORY (for example 2GB)."
                ),
            ) from error
        except duckdb.IOException as error:
            if "No files found" not in str(error):
                raise
            raise DataError(
                msg("The rows of a table are not in the workspace any more"),
                msg("The files they were kept in were deleted, or the workspace was made on another machine."),
                msg("Load the source again: on the page Connect, or by naming it on the command line beside --project."),
            ) from error
        finally:
            connection.close()


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    """The settings that each connection to the same DuckDB has of its own."""
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB counts how far a statement is only while its bar is on: `running` reads it, nothing is printed.
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute("SET progress_bar_time = 0")


Item, Answer = TypeVar("Item"), TypeVar("Answer")
Cursors = Sequence[duckdb.DuckDBPyConnection]


@contextmanager
def cursors(connection: duckdb.DuckDBPyConnection, task: Task, most: int) -> Iterator[Cursors]:
    """More connections to the same DuckDB, one for each of its threads and `most` at most, for `side_by_side`.

    They see its tables, but not the temporary ones, and share its memory limit.
    """
    (threads,) = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    with ExitStack() as open_ones:
        made = [open_ones.enter_context(closing(connection.cursor())) for _ in range(min(threads, most))]
        for one in made:
            _settle(one)
            open_ones.enter_context(task.interruptible(one.interrupt))
        yield made


def side_by_side(
    cursors: Cursors, work: Callable[[duckdb.DuckDBPyConnection, Item], Answer], items: Sequence[Item]
) -> Generator[Answer, None, None]:
    """The answers of `work` in the order of the items: one at a time on each cursor. The first error ends it.

    To be closed before the cursors are: that waits for what is still running. For many small questions: DuckDB takes one thread for a
    question about some thousands of rows, and none but the caller's for planning it.
    """
    free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for one in cursors:
        free.put(one)

    def answer(item: Item) -> Answer:
        cursor = free.get()
        try:
            return work(cursor, item)
        finally:
            free.put(cursor)

    with ThreadPoolExecutor(len(cursors), thread_name_prefix="assay-duck") as pool:
        yield from pool.map(answer, items)


@contextmanager
def one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One thread for what needs much memory in each."""
    (before,) = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute("SET threads = $n", {"n": before})


def sql(expression: exp.Expression) -> str:
    """The expression as DuckDB SQL."""
    return expression.sql(dialect="duckdb")


def name(identifier: str) -> exp.Identifier:
    """A quoted identifier."""
    return exp.to_identifier(identifier, quoted=True)


def column(identifier: str, table: str | None = None) -> exp.Column:
    """A quoted column."""
    return exp.column(name(identifier), table=name(table) if table else None)


def call(function: str, *arguments: exp.Expression) -> exp.Anonymous:
    """A function of DuckDB by its own name."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def literal(file: Path | str) -> exp.Literal:
    """One very file for a reader of DuckDB, which takes every path for a pattern: `own[1].csv` would be read from `own1.csv`."""
    return exp.Literal.string(glob.escape(str(file)))


def parquet(files: Sequence[str | Path]) -> exp.Expression:
    """`read_parquet([...])` over the files of a landed table, for the FROM of an expression."""
    return exp.func("read_parquet", exp.array(*map(literal, files)), dialect="duckdb")


def rows_in(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """How many rows a Parquet file holds."""
    return connection.execute(sql(exp.select(exp.Count(this=exp.Star())).from_(parquet([file])))).fetchall()[0][0]


def view(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[str]) -> None:
    """Make the landed files a view named `table`."""
    select = exp.select("*").from_(parquet(files))
    connection.execute(sql(exp.Create(this=exp.Table(this=name(table)), kind="VIEW", expression=select, replace=True)))


def fetch(connection: duckdb.DuckDBPyConnection, query: exp.Expression | str, params: dict[str, Any] | None = None) -> pa.Table:
    """The result as an Arrow table: for results that fit on a page, never for a whole data set."""
    text = query if isinstance(query, str) else sql(query)
    return connection.sql(text, params=params or {}).to_arrow_table()


JSON_TEXT = {b"assay": b"JSON"}
"""Marks an Arrow field of text that is JSON: Arrow has no type for it, and who writes JSON must not put it in quotes."""


BATCH = 100_000


class Streamed:
    """The rows of a query in batches of `BATCH`, read as they are consumed: see `streamed`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        rows = connection.sql(query)
        self._reader = rows.to_arrow_reader(BATCH)
        marked = (
            field.with_metadata(JSON_TEXT) if str(kind) == "JSON" else field
            for field, kind in zip(self._reader.schema, rows.types)
        )
        self.schema = pa.schema(marked)
        self.failed: duckdb.Error | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> pa.RecordBatch | None:
        """The next batch, None at the end. Behind the first batch Arrow hides DuckDB's errors in an OSError."""
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None
        except (OSError, pa.ArrowException) as error:
            kinds = {"INTERRUPT": duckdb.InterruptException, "Out of Memory": duckdb.OutOfMemoryException}
            kind = next((kind for said, kind in kinds.items() if str(error).startswith(said)), duckdb.Error)
            self.failed = kind(str(error))
            raise self.failed from error


@contextmanager
def streamed(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[Streamed]:
    """The rows of a query on their way elsewhere. What stopped them is what is raised, whatever the target made of it."""
    rows = Streamed(connection, query)
    try:
        yield rows
    except Exception:
        if rows.failed:
            raise rows.failed from None
        raise


def running(connection: duckdb.DuckDBPyConnection, statement: str, task: Task, step: Msg) -> None:
    """Run a long statement and report its progress to `task` meanwhile, as far as DuckDB can tell it."""
    done = threading.Event()

    def report() -> None:
        # A request to stop reaches the statement through `duck`'s interrupt; here it only ends the reporting.
        with suppress(Cancelled):
            while not done.wait(0.3):
                task.at(max(connection.query_progress(), 0.0) / 100, step)

    task.at(0.0, step)
    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        connection.execute(statement)
    finally:
        done.set()
        reporter.join()
