"""Files of one kind as one table: the same columns in each, with types that are settled over all of them.

Every file is landed by itself, as it would be alone. Where the types of a column differ, it takes the narrowest that holds all of its
values (`widest`), and becomes text where there is none: files of text are then landed once more with that column kept as it is written,
so that no cell is changed on the way.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import duckdb
from sqlglot import exp

from connectors import registry
from connectors.files.land import copy_to
from connectors.files.readings import NULL_TOKENS
from connectors.files.widest import TEXT, Held, widest
from core.engines.duck import call, column, duck, parquet, rows_in, sql
from core.errors import AssayError, ConfigError, DataError
from core.models.source import Column, Landed, LandedColumn, Reject, Settings
from core.models.types import family
from core.task import Task
from core.words import Msg, msg, plural

SHOWN = 50
NAMED = 3


def land_together(
    kind: str, settings: Settings, files: Sequence[Path], folder: Path, task: Task, file_column: str = ""
) -> Landed:
    """Land all files as one table in `folder`. Raises `DataError` where their columns differ, and what the landing of one raises."""
    names = same_columns(kind, settings, files, task)
    if file_column in names:
        raise _taken(file_column)
    parts = [
        _land(
            kind,
            settings,
            file,
            folder,
            number,
            task.part(0.05 + 0.7 * number / len(files), 0.05 + 0.7 * (number + 1) / len(files)),
        )
        for number, file in enumerate(files)
    ]
    with duck(task, spill=folder.parent) as connection:
        held = {name: [_held(connection, part, name) for part in parts] for name in names}
        types = {name: widest(some) for name, some in held.items()}
        for number, file in enumerate(files):
            text = frozenset(n for n in names if types[n] == TEXT and held[n][number].type != TEXT and not held[n][number].empty)
            if text and "weighed" in registry.connector(kind).capabilities:
                task.at(0.8, msg("Reading {name} again: its columns are text in other files", name=file.name))
                parts[number] = _land(kind, settings, file, folder, number, Task(), text)
        for number, (file, part) in enumerate(zip(files, parts, strict=True)):
            task.at(0.85 + 0.15 * number / len(files), msg("Putting the types in place"))
            parts[number] = _put(connection, part, types, file, folder, number, file_column, task)
    return _one(files, parts, types, held, folder, file_column)


def same_columns(kind: str, settings: Settings, files: Sequence[Path], task: Task) -> tuple[str, ...]:
    """The columns that all files have, in the order of the first. Raises `DataError` that names the files which differ, and how."""
    columns: dict[Path, tuple[str, ...]] = {}
    for number, file in enumerate(files):
        task.at(0.05 * number / len(files), msg("Comparing the columns of {name}", name=file.name))
        with registry.open_connector(kind, {**settings, "path": str(file)}) as opened:
            columns[file] = tuple(one.name for one in opened.schema((file.name,)))
    usual = Counter(frozenset(some) for some in columns.values()).most_common(1)[0][0]
    others = [file for file, some in columns.items() if frozenset(some) != usual]
    if others:
        raise _differ(others, columns, usual, len(files))
    return columns[files[0]]


def _differ(others: list[Path], columns: dict[Path, tuple[str, ...]], usual: frozenset[str], count: int) -> DataError:
    said: list[Msg | str] = [_difference(file, frozenset(columns[file]), usual) for file in others[:NAMED]]
    while len(said) < NAMED:
        said.append("")
    return DataError(
        plural(
            "{n} file of {all} has other columns than the rest, so they are not one table",
            "{n} files of {all} have other columns than the rest, so they are not one table",
            n=len(others),
            all=count,
        ),
        msg("{first} {second} {third}", first=said[0], second=said[1], third=said[2]),
        msg("Load each file as a table of its own, or narrow the pattern to files that have the same columns."),
    )


def _difference(file: Path, mine: frozenset[str], usual: frozenset[str]) -> Msg:
    less, more = ", ".join(sorted(usual - mine)[:6]), ", ".join(sorted(mine - usual)[:6])
    if less and more:
        return msg("{file} has {more} and lacks {less}.", file=file.name, more=more, less=less)
    return (
        msg("{file} lacks {less}.", file=file.name, less=less)
        if less
        else msg("{file} has {more} too.", file=file.name, more=more)
    )


def _taken(name: str) -> ConfigError:
    return ConfigError(
        msg("The files have a column {name} of their own", name=name),
        msg("The column with the name of the file cannot have the same name."),
        msg("Give it another name."),
    )


def _land(
    kind: str, settings: Settings, file: Path, folder: Path, number: int, task: Task, text: frozenset[str] = frozenset()
) -> Landed:
    """One file, in a folder of its own below `folder`. What it raises names the file."""
    aside = folder / f"file-{number}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    with registry.open_connector(kind, {**settings, "path": str(file)}) as opened:
        opened.kept_text = text
        try:
            return opened.land((file.name,), aside, task)
        except AssayError as error:
            if isinstance(error, DataError):
                raise DataError(msg("{file}: {what}", file=file.name, what=error.what), error.why, error.fix) from error
            raise


def _held(connection: duckdb.DuckDBPyConnection, part: Landed, name: str) -> Held:
    """What a landed file holds of a column. Text counts as no value where all of it are the usual signs of null."""
    kind = next(one.column.type for one in part.columns if one.column.name == name)
    cell, group = column(name), family(kind)
    real: exp.Expression = exp.Not(this=exp.Is(this=cell, expression=exp.null()))
    if kind == TEXT:
        tokens = [exp.EQ(this=cell.copy(), expression=exp.Literal.string(token)) for token in NULL_TOKENS]
        real = exp.and_(real, exp.Not(this=exp.paren(exp.or_(*tokens))))
    asked: list[exp.Expression] = [call("count_if", real)]
    if group in ("integer", "decimal"):
        whole = call("trunc", exp.Abs(this=exp.cast(cell.copy(), "DECIMAL(38,0)" if group == "integer" else kind)))
        asked.append(exp.Max(this=whole))
    found = connection.execute(sql(exp.select(*asked).from_(parquet(part.files)))).fetchall()[0]
    digits = len(str(int(found[1]))) if len(found) > 1 and found[1] is not None else 0
    return Held(kind, digits, not found[0])


def _put(
    connection, part: Landed, types: dict[str, str], file: Path, folder: Path, number: int, file_column: str, task: Task
) -> Landed:
    """The rows of one file where they belong, with the types of all; its own folder is gone then."""
    target = folder / f"part-{number}.parquet"
    mine = {one.column.name: one.column.type for one in part.columns}
    if list(mine.items()) == list(types.items()) and not file_column and len(part.files) == 1:
        Path(part.files[0]).rename(target)
    else:
        outputs = [exp.alias_(_cast(name, mine[name], kind), name, quoted=True) for name, kind in types.items()]
        if file_column:
            outputs.append(exp.alias_(exp.Literal.string(file.name), file_column, quoted=True))
        copy_to(connection, exp.select(*outputs).from_(parquet(part.files)), target, Task(), msg("Putting the types in place"))
        task.check()
    assert rows_in(connection, target) == part.rows
    return replace(part, files=(str(target),), bytes=target.stat().st_size)


def _cast(name: str, kind: str, wanted: str) -> exp.Expression:
    cell = column(name)
    if kind == wanted:
        return cell
    if kind == TEXT:  # no value in it
        return exp.cast(exp.null(), wanted, dialect="duckdb")
    if wanted == TEXT and family(kind) == "nested":
        cell = call("to_json", cell)
    return exp.cast(cell, wanted, dialect="duckdb")


def _one(
    files: Sequence[Path],
    parts: Sequence[Landed],
    types: dict[str, str],
    held: dict[str, list[Held]],
    folder: Path,
    file_column: str,
) -> Landed:
    """The landings of the files as one. The folders of the single files go with what is still in them."""
    by_name = [{one.column.name: one for one in part.columns} for part in parts]
    columns = [_column([some[name] for some in by_name], kind) for name, kind in types.items()]
    if file_column:
        columns.append(LandedColumn(Column(file_column, TEXT)))
    rejects = tuple(
        Reject(one.line, one.text, msg("{file}: {reason}", file=file.name, reason=one.reason))
        for file, part in zip(files, parts, strict=True)
        for one in part.rejects
    )[:SHOWN]
    kept = _rejects_file(files, parts, folder)
    for number in range(len(parts)):
        shutil.rmtree(folder / f"file-{number}", ignore_errors=True)
    return Landed(
        tuple(file for part in parts for file in part.files),
        tuple(columns),
        sum(part.rows for part in parts),
        sum(part.bytes for part in parts),
        sum(part.source_bytes for part in parts),
        _reading(parts),
        sum(part.rejected for part in parts),
        rejects,
        kept,
        (*_disagreements(files, held, types), *_notes(files, parts)),
    )


def _column(some: list[LandedColumn], kind: str) -> LandedColumn:
    ways = dict.fromkeys(one.read_as for one in some if one.read_as and kind != TEXT)
    refused = next((one.refused for one in some if one.refused), None)
    ambiguous = next((one.ambiguous for one in some if one.ambiguous), ())
    return LandedColumn(replace(some[0].column, type=kind), " / ".join(ways), refused, ambiguous)


def _reading(parts: Sequence[Landed]) -> tuple[tuple[str, str, Msg], ...]:
    """How the files were read: one line a name, with every value that was met."""
    made = [("files", str(len(parts)), msg("all of them are one table"))]
    for name, value, why in parts[0].reading:
        values = dict.fromkeys(found for part in parts for other, found, _ in part.reading if other == name)
        made.append((name, value, why) if len(values) == 1 else (name, " / ".join(values), msg("it differs from file to file")))
    return tuple(made)


def _disagreements(files: Sequence[Path], held: dict[str, list[Held]], types: dict[str, str]) -> list[Msg]:
    """Columns that are text because the files disagree: which file holds what."""
    said = []
    for name, some in held.items():
        kinds: dict[str, str] = {}
        for file, one in zip(files, some, strict=True):
            if not one.empty:
                kinds.setdefault(one.type, file.name)
        if types[name] == TEXT and len(kinds) > 1:
            (one, here), (other, there) = list(kinds.items())[:2]
            said.append(
                msg(
                    "{column} is text: {one} in {here}, {other} in {there}.",
                    column=name,
                    one=one,
                    here=here,
                    other=other,
                    there=there,
                )
            )
    return said


def _notes(files: Sequence[Path], parts: Sequence[Landed]) -> list[Msg]:
    found = [(file.name, note) for file, part in zip(files, parts, strict=True) for note in part.notes]
    return [msg("{file}: {note}", file=name, note=note) for name, note in found[:SHOWN]]


def _rejects_file(files: Sequence[Path], parts: Sequence[Landed], folder: Path) -> str:
    """All rows that could not be placed, in one CSV with the file of each."""
    there = [(file, Path(part.rejects_file)) for file, part in zip(files, parts, strict=True) if part.rejects_file]
    if not there:
        return ""
    target = folder / "rejects.csv"
    with ExitStack() as stack:
        out = csv.writer(stack.enter_context(target.open("w", encoding="utf-8", newline="")), lineterminator="\n")
        for number, (file, rejects) in enumerate(there):
            lines = csv.reader(stack.enter_context(rejects.open(encoding="utf-8", newline="")))
            for place, line in enumerate(lines):
                if place or not number:
                    out.writerow((file.name if place else "file", *line))
    return str(target)
