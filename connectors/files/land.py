"""Text cells to typed Parquet, every cell checked in the pass that casts.

The head of the rows suggests a reading for each column. One COPY then casts and checks every cell and stops at the first that a
reading would change. Only in that case a second pass counts, for every column, which readings hold on all rows; the COPY that follows it
cannot fail. A file whose head is like the rest costs one pass.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from sqlglot import exp

from connectors.files import place
from connectors.files.choose import Choice, Rules, real, suggest, weigh
from connectors.files.readings import NAN, keeps, uses_text, value
from core.engines.duck import column, one_thread, parquet, running, sql
from core.errors import DataError
from core.models.source import Column, LandedColumn
from core.task import Task
from core.words import Msg, msg

REFUSED = "assay refused column "
# Snappy: what is landed is read many times, and it costs less than zstd both ways for a third more disk.
# Row groups of 122,880 rows are DuckDB's unit of parallel reading.
PARQUET = {"FORMAT": "parquet", "COMPRESSION": "snappy"}
ROW_GROUP = 122_880

WIDE = 500
"""Columns from which one thread checks them: each column of a thread takes a quarter of a megabyte while it is checked."""

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
    texts = [one for one in columns if one not in rules.typed]
    choices = _with_typed(columns, texts, suggest(connection, rows, texts, rules) if texts else ())
    if not any(choice.undecided for choice in choices):
        try:
            _copy(connection, rows, columns, rules, choices, file, task)
            return _landed(columns, rules, choices)
        except duckdb.InvalidInputException as error:
            if REFUSED not in str(error):
                raise
        task.note(msg("A cell further down does not fit the types of the first rows: every cell is weighed again"))
    chosen = dict(zip(columns, choices))
    with _by_column(connection, rows, columns, file, task) as rows:
        choices = _with_typed(columns, texts, weigh(connection, rows, texts, rules, [chosen[one] for one in texts], task))
        _copy(connection, rows, columns, rules, choices, file, task)
    return _landed(columns, rules, choices)


@contextmanager
def _by_column(connection, rows: exp.Expression, columns: Sequence[str], file: Path, task: Task) -> Iterator[exp.Expression]:
    """The rows to weigh, first copied as they are: they are weighed some columns at a time."""
    if len(columns) == 1:
        yield rows
        return
    aside = file.with_name(f"{file.stem}-text.parquet")
    try:
        with one_thread(connection) if len(columns) > WIDE else nullcontext():
            copy_to(
                connection, exp.select("*").from_(rows.copy()), aside, task, msg("Copying the cells as they are"), len(columns)
            )
        yield parquet([aside])
    finally:
        aside.unlink(missing_ok=True)


def _with_typed(columns: Sequence[str], texts: Sequence[str], choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices of all columns: those that have a type need none."""
    chosen = dict(zip(texts, choices))
    return tuple(chosen.get(one, Choice(None)) for one in columns)


def _copy(connection, rows, columns: Sequence[str], rules: Rules, choices: Sequence[Choice], file: Path, task: Task) -> None:
    # Each value, and its text, is computed once, in a query of its own: inside the CASE it would be computed for every use.
    checked = [
        (number, one, choice.reading) for number, (one, choice) in enumerate(zip(columns, choices)) if choice.reading is not None
    ]
    read = {_value_of(number): value(reading, column(one)) for number, one, reading in checked}
    texts = {
        _text_of(number): exp.cast(column(_value_of(number)), "VARCHAR", dialect="duckdb")
        for number, _, reading in checked
        if uses_text(reading)
    }
    outputs = {one: _cast(number, column(one), choice, rules) for number, (one, choice) in enumerate(zip(columns, choices))}
    query = exp.Select(expressions=_named(outputs)).from_(_with(_with(rows, read), texts), copy=False)
    with one_thread(connection) if len(columns) > WIDE else nullcontext():
        copy_to(connection, query, file, task, msg("Reading and checking every cell"), len(columns))


def _with(rows: exp.Expression, more: Mapping[str, exp.Expression]) -> exp.Expression:
    """The rows with more columns. Thousands of nodes that nobody else has: none of them is copied on the way."""
    if not more:
        return rows
    return exp.Select(expressions=[exp.Star(), *_named(more)]).from_(rows, copy=False).subquery("t", copy=False)


def _named(columns: Mapping[str, exp.Expression]) -> list[exp.Expression]:
    return [exp.alias_(one, name, quoted=True, copy=False) for name, one in columns.items()]


def copy_to(connection, query: exp.Expression, file: Path, task: Task, step: Msg, columns: int = 1) -> None:
    """Write the rows of a query, of so many columns, to one Parquet file of the workspace."""
    values = {**PARQUET, "ROW_GROUP_SIZE": max(VECTOR, min(ROW_GROUP, GROUP_CELLS // max(columns, 1)))}
    settings = [
        exp.CopyParameter(this=exp.var(key), expression=exp.Literal.number(value) if isinstance(value, int) else exp.var(value))
        for key, value in values.items()
    ]
    copy = exp.Copy(this=query.subquery(), kind=False, files=[exp.Literal.string(str(file))], params=settings)
    running(connection, sql(copy), task, step)


def _cast(number: int, cell: exp.Expression, choice: Choice, rules: Rules) -> exp.Expression:
    if choice.reading is None:
        return cell
    stop = exp.Anonymous(this="error", expressions=[exp.Literal.string(f"{REFUSED}{number}")])
    read = column(_value_of(number))
    kept = keeps(choice.reading, cell, read, column(_text_of(number)))
    case = exp.Case().when(kept, read, copy=False)
    return case.when(real(cell, rules.nulls), stop, copy=False).else_(exp.null(), copy=False)


def _value_of(number: int) -> str:
    return f"assay value {number}"


def _text_of(number: int) -> str:
    return f"assay text {number}"


def _landed(columns: Sequence[str], rules: Rules, choices: Sequence[Choice]) -> tuple[LandedColumn, ...]:
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
