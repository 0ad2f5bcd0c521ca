"""Text cells to typed Parquet, every cell checked in the pass that casts.

The head of the rows suggests a reading for each column. One COPY then casts and checks every cell and stops at the first that a
reading would change. Only in that case a second pass tells which columns have such cells, and all cells of those are weighed: which readings hold on all rows. The COPY that follows
cannot fail. A file whose head is like the rest costs one pass.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from sqlglot import exp

from connectors.files import place
from connectors.files.checks import checked, in_few_threads
from connectors.files.choose import Choice, Rules, suggest, weigh
from connectors.files.readings import NAN
from core.engines.duck import call, column, parquet, running, sql
from core.errors import DataError
from core.models.source import Column, LandedColumn
from core.task import Task
from core.words import Msg, msg

REFUSED = "assay refused a cell"
# Snappy: what is landed is read many times, and it costs less than zstd both ways for a third more disk.
# Row groups of 122,880 rows are DuckDB's unit of parallel reading.
PARQUET = {"FORMAT": "parquet", "COMPRESSION": "snappy"}
ROW_GROUP = 122_880

VECTOR = 2_048
GROUP_CELLS = 10_000_000
"""Cells of a row group at most, which is held in memory until it is written: of a wide table it has fewer rows."""


ANY = Rules()


def land_text(
    connection: duckdb.DuckDBPyConnection,
    rows: exp.Expression,
    columns: Sequence[str],
    file: Path,
    task: Task,
    rules: Rules = ANY,
) -> tuple[LandedColumn, ...]:
    """Write `rows` (a FROM of columns named `columns`, text but for those that `rules` call typed) to one Parquet file with the

    types that lose nothing.
    """
    choices = suggested(connection, rows, columns, rules)
    return land_as(connection, rows, columns, file, task, rules, choices)


def suggested(
    connection: duckdb.DuckDBPyConnection, rows: exp.Expression, columns: Sequence[str], rules: Rules
) -> tuple[Choice, ...]:
    """The choices of all columns by the head of the rows: those that have a type need none."""
    texts = [one for one in columns if one not in rules.typed]
    chosen = dict(zip(texts, suggest(connection, rows, texts, rules) if texts else ()))
    return tuple(chosen.get(one, Choice(None)) for one in columns)


def land_as(
    connection: duckdb.DuckDBPyConnection,
    rows: exp.Expression,
    columns: Sequence[str],
    file: Path,
    task: Task,
    rules: Rules,
    choices: tuple[Choice, ...],
) -> tuple[LandedColumn, ...]:
    """As `land_text`, with the choices of the head at hand."""
    if not any(choice.undecided for choice in choices):
        try:
            _copy(connection, rows, columns, rules, choices, file, task)
            return columns_of(columns, rules, choices)
        except duckdb.InvalidInputException as error:
            if REFUSED not in str(error):
                raise
        task.note(msg("A cell further down does not fit the types of the first rows: every cell is weighed again"))
    chosen = dict(zip(columns, choices))
    open_ones = _open(connection, rows, columns, rules, choices, task)
    with _aside(connection, rows, open_ones, file, task) as copied:
        chosen |= zip(open_ones, weigh(connection, copied, open_ones, rules, [chosen[one] for one in open_ones], task))
    choices = tuple(chosen[one] for one in columns)
    _copy(connection, rows, columns, rules, choices, file, task)
    return columns_of(columns, rules, choices)


def _open(connection, rows, columns: Sequence[str], rules: Rules, choices: Sequence[Choice], task: Task) -> list[str]:
    """The columns that the head does not settle, and those of which it settled what some cell further down refuses."""
    settled = [one for one, choice in zip(columns, choices) if choice.reading is not None and not choice.undecided]
    refused: set[str] = set()
    if settled:
        cells = checked(rows, columns, rules, choices, lambda value: exp.null(), exp.true()).subquery("t", copy=False)
        query = exp.select(*(exp.Count(this=column(one)) for one in settled)).from_(cells, copy=False)
        with in_few_threads(connection, columns):
            running(connection, sql(query), task, msg("Looking for the columns with cells that do not fit"))
            refused = {one for one, count in zip(settled, connection.fetchall()[0]) if count}
    return [one for one, choice in zip(columns, choices) if choice.undecided or one in refused]


@contextmanager
def _aside(connection, rows: exp.Expression, columns: Sequence[str], file: Path, task: Task) -> Iterator[exp.Expression]:
    """The columns to weigh, copied as they are: they are asked more than once, and some at a time."""
    aside = file.with_name(f"{file.stem}-text.parquet")
    try:
        with in_few_threads(connection, columns):
            query = exp.select(*map(column, columns)).from_(rows.copy())
            copy_to(connection, query, aside, task, msg("Copying the cells as they are"), len(columns))
        yield parquet([aside])
    finally:
        aside.unlink(missing_ok=True)


def _copy(connection, rows, columns: Sequence[str], rules: Rules, choices: Sequence[Choice], file: Path, task: Task) -> None:
    stop = call("error", exp.Literal.string(REFUSED))
    query = checked(rows, columns, rules, choices, lambda value: value, stop)
    with in_few_threads(connection, columns):
        copy_to(connection, query, file, task, msg("Reading and checking every cell"), len(columns))


def rows_of_group(columns: int) -> int:
    """Rows of a row group of so many columns."""
    return max(VECTOR, min(ROW_GROUP, GROUP_CELLS // max(columns, 1)))


def copy_to(connection, query: exp.Expression, file: Path, task: Task, step: Msg, columns: int = 1) -> None:
    """Write the rows of a query, of so many columns, to one Parquet file of the workspace."""
    values = {**PARQUET, "ROW_GROUP_SIZE": rows_of_group(columns)}
    settings = [
        exp.CopyParameter(this=exp.var(key), expression=exp.Literal.number(value) if isinstance(value, int) else exp.var(value))
        for key, value in values.items()
    ]
    copy = exp.Copy(this=query.subquery(), kind=False, files=[exp.Literal.string(str(file))], params=settings)
    running(connection, sql(copy), task, step)


def columns_of(columns: Sequence[str], rules: Rules, choices: Sequence[Choice]) -> tuple[LandedColumn, ...]:
    """The columns as they are landed by these choices."""
    return tuple(
        LandedColumn(
            Column(one, choice.reading.type if choice.reading else rules.typed.get(one, "VARCHAR")),
            _read_as(choice),
            choice.refused,
            () if choice.reading else choice.ambiguous,
        )
        for one, choice in zip(columns, choices)
    )


def _read_as(choice: Choice) -> str:
    if choice.reading is None:
        return ""
    tokens = [token for token in choice.tokens if choice.reading.type != "DOUBLE" or token not in NAN]
    nulls = f"{', '.join(tokens)} = null" if tokens else ""
    return "; ".join(part for part in (choice.reading.read_as, nulls) if part)


@contextmanager
def on_disk(file: Path) -> Iterator[None]:
    """The system's errors while `file` is landed in ours: a full disk, or a file that is gone."""
    try:
        yield
    except OSError as error:
        raise out_of_disk(error) or place.unreadable(file, error) from error


def out_of_disk(error: Exception) -> DataError | None:
    """The error to raise where another means a full disk; None where it means something else."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    if not full and "No space left" not in str(error) and "File too large" not in str(error):
        return None
    return DataError(
        msg("The disk is full"),
        msg("The rows could not be written to the workspace; nothing half-done was kept."),
        msg("Free some space, or move the workspace to a larger disk with ASSAY_HOME."),
    )
