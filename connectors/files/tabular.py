"""A CSV to Parquet: read as it seems, and once more where the whole file shows what its head did not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.files import encoding, lines, plain, reader, rejects, straight
from connectors.files.choose import Choice, Rules
from connectors.files.dialect import Dialect
from connectors.files.footer import Footer, footer_of
from connectors.files.head import kept_as_text
from connectors.files.header import whole
from connectors.files.land import columns_of, copy_to, land_as, suggested
from connectors.files.lines import Lines
from connectors.files.pins import may_of, pins_of
from connectors.files.reader import NotUtf8, Uneven, plain_errors, rows
from connectors.files.readings import NULL_TOKENS
from connectors.files.rejects import Rejected
from connectors.files.straight import Left
from core.engines.duck import call, column, duck, parquet, rows_in, sql
from core.errors import DataError
from core.models.source import Landed, LandedColumn, Settings
from core.task import Task
from core.words import Msg, msg, plural

TRIES = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """What the head of a file tells; `tables` are the names of all its tables where there are several."""

    file: Path
    encoding: encoding.Encoding
    dialect: Dialect
    tables: tuple[str, ...] = ()

    @property
    def reading(self) -> tuple[tuple[str, str, Msg], ...]:
        return (("encoding", self.encoding.name.removesuffix("-sig"), self.encoding.evidence), *self.dialect.reading)

    def with_plan(self, **changes) -> Seen:
        return replace(self, dialect=replace(self.dialect, plan=replace(self.dialect.plan, **changes)))


class _Otherwise(Exception):
    """The file is to be read once more, as `look` says."""

    def __init__(self, look: Seen) -> None:
        self.look = look


def rules_of(dialect: Dialect, settings: Settings, kept: frozenset[str] = frozenset()) -> Rules:
    """What a person said of the values: types of columns, order of day and month, decimal mark, texts for null. `kept` stay text."""
    pins = {name: pin for name, pin in pins_of(settings, dialect.columns).items() if name not in kept}
    nulls = NULL_TOKENS if dialect.nulls is None else dialect.nulls
    return kept_as_text(kept, Rules(nulls=nulls, may=may_of(settings, pins), pins=pins, marks=True))


def land(look: Seen, settings: Settings, folder: Path, task: Task, kept: frozenset[str] = frozenset()) -> Landed:
    """All rows of the file as Parquet in `folder`. Raises `DataError` for a file that cannot be read even at another attempt."""
    rules = rules_of(look.dialect, settings, kept)
    for _ in range(TRIES):
        try:
            return _land(look, settings, rules, folder, task)
        except NotUtf8:
            found = encoding.detect_whole(look.file, task)
            if found.name == look.encoding.name:
                break
            look = replace(look, encoding=found)
        except Uneven:
            if look.dialect.plan.even:
                break
            look = look.with_plan(even=True)
        except _Otherwise as other:
            look = other.look
    raise cannot_be_mended(look.file)


def cannot_be_mended(file: Path) -> DataError:
    """The error for a file that no other attempt makes whole."""
    return DataError(
        msg("{name} cannot be read as CSV", name=file.name),
        msg("Its encoding or its line ends change in the middle."),
        msg("Set the delimiter, the quotes, the encoding or the header by hand, or mend the file."),
    )


def _land(look: Seen, settings: Settings, rules: Rules, folder: Path, task: Task) -> Landed:
    target, dialect = folder / "part-0.parquet", look.dialect
    ended, aside = Lines(0, "\n"), Rejected()
    with (
        prepared(look, settings, folder.parent, task) as (text, left, footer),
        duck(task, spill=folder.parent) as connection,
        plain_errors(look.file),
    ):
        choices = suggested(connection, rows(text, dialect), dialect.columns, rules)
        if (found := plain.copied(text, dialect, choices, rules, target, task)) is not None:
            columns, count = columns_of(dialect.columns, rules, choices), found.rows
            if found.by_line:
                columns = rejects.with_lines(columns, (), dialect.lines_above, left)
            _mind_header(look, connection, columns, target)
        else:
            columns, count, ended, aside = _by_duckdb(look, settings, rules, choices, folder, (text, left), connection, task)
        columns, blank = _without_blank(connection, dialect, columns, target, task)
        reading = _reading(look, left, footer, blank) + _padded(text, dialect)
    notes = _notes(look, count, left, ended, aside)
    size = look.file.stat().st_size
    return Landed(
        (str(target),), columns, count, target.stat().st_size, size, reading, aside.rows, aside.first, aside.file, notes
    )


def _by_duckdb(
    look: Seen,
    settings: Settings,
    rules: Rules,
    choices: tuple[Choice, ...],
    folder: Path,
    there: tuple[Path, Left],
    connection,
    task,
) -> tuple[tuple[LandedColumn, ...], int, Lines, Rejected]:
    """Land any CSV: its columns, how many rows, its lines, and what was set aside."""
    (text, left), target, dialect = there, folder / "part-0.parquet", look.dialect
    with lines.counted(text) as total:
        columns = land_as(connection, rows(text, dialect), dialect.columns, target, task, rules, choices)
        ended = total()
    _look_again(look, settings, connection, text, columns, target, ended, task)
    aside = rejects.rejected(connection, text, ended.end, folder, len(dialect.columns), left)
    count = rows_in(connection, target)
    known = count + aside.lines + dialect.lines_above
    if reader.all_placed(look.file, text, connection, target, columns, ended, known):
        columns = rejects.with_lines(columns, aside.taken, dialect.lines_above, left)
    if aside.rows and not count:
        raise reader.none_fits(look.file, len(dialect.columns), aside.first[0])
    return columns, count, ended, aside


@contextmanager
def prepared(look: Seen, settings: Settings, beside: Path, task: Task) -> Iterator[tuple[Path, Left, Footer]]:
    """The file as UTF-8 text that DuckDB reads: itself, or a copy that is deleted afterwards, what is not in the copy, and the footer."""
    with ExitStack() as stack:
        aside = Path(tempfile.mkdtemp(prefix="assay-", dir=beside))
        stack.callback(shutil.rmtree, aside, ignore_errors=True)
        text, dialect, left = look.file, look.dialect, Left()
        if look.encoding.name not in ("utf-8", "utf-8-sig"):
            text = encoding.to_utf8(text, look.encoding.name, aside, task)
        plan, footer = dialect.plan, Footer()
        if plan.stop is None:
            above = plan.start + dialect.lines_above
            footer = footer_of(text, dialect.signs, len(dialect.columns), above, whole(settings, "footer"))
            plan = replace(plan, cut=footer.bytes)
        if plan.asks:
            text, left = straight.straight(text, plan, dialect.signs, aside, task)
        yield text, left, footer


def _look_again(look: Seen, settings: Settings, connection, text, columns, target, ended: lines.Lines, task: Task) -> None:
    """Raises what leads to another attempt where the whole file shows what its head did not."""
    plan = look.dialect.plan
    _mind_encoding(look, settings, connection, task)
    if ended.zeros and not plan.zeros:
        raise _Otherwise(look.with_plan(zeros="drop" if settings.get("zero_bytes") == "drop" else "aside"))
    if not plan.even and reader.has_open_quotes(connection) and straight.mixed(text):
        raise Uneven
    _mind_header(look, connection, columns, target)


def _mind_header(look: Seen, connection, columns: Sequence[LandedColumn], target: Path) -> None:
    """Raises what leads to another attempt where the header comes again further down."""
    if not look.dialect.plan.header and _header_again(connection, look.dialect, columns, target):
        raise _Otherwise(look.with_plan(header=look.dialect.header))


def _mind_encoding(look: Seen, settings: Settings, connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    """Raises `NotUtf8` where lines were refused for their bytes and the whole file speaks for another encoding."""
    if settings.get("encoding", "auto") not in ("", "auto") or look.encoding.name not in ("utf-8", "utf-8-sig"):
        return
    refused = "SELECT count(*) FROM reject_errors WHERE error_type = 'INVALID ENCODING'"
    if connection.execute(refused).fetchall()[0][0] and encoding.detect_whole(look.file, task).name != "utf-8":
        raise NotUtf8


def _header_again(connection, dialect: Dialect, columns: Sequence[LandedColumn], target: Path) -> bool:
    """Whether a row equals the header. A column with a type has none: the name would have refused it."""
    names = [cell.strip() for cell in dialect.header]
    if not names:
        return False
    if any(one.column.type != "VARCHAR" for one in columns):
        return False
    same = [
        exp.EQ(this=call("trim", column(one.column.name)), expression=exp.Literal.string(name))
        for one, name in zip(columns, names)
        if name
    ]
    found = exp.select(exp.Count(this=exp.Star())).from_(parquet([target])).where(exp.and_(*same))
    return bool(connection.execute(sql(found)).fetchall()[0][0])


def _without_blank(
    connection, dialect: Dialect, columns: Sequence[LandedColumn], target: Path, task: Task
) -> tuple[tuple[LandedColumn, ...], int]:
    """The columns without those that have neither a name nor a cell, which are taken out of the file too."""
    if not dialect.nameless or len(dialect.nameless) == len(columns):
        return tuple(columns), 0
    data = pq.ParquetFile(target).metadata
    blank = set()
    for number, one in enumerate(columns):
        if one.column.name not in dialect.nameless:
            continue
        groups = [data.row_group(group).column(number).statistics for group in range(data.num_row_groups)]
        if all(group is not None and group.null_count == group.num_values + group.null_count for group in groups):
            blank.add(one.column.name)
    kept = tuple(one for one in columns if one.column.name not in blank)
    if blank and data.num_rows:
        whole_file = target.with_suffix(".all")
        target.rename(whole_file)
        some = exp.select(*(column(one.column.name) for one in kept)).from_(parquet([whole_file]))
        copy_to(connection, some, target, task, msg("Leaving blank columns out"))
        whole_file.unlink()
    return (kept, len(blank)) if data.num_rows else (tuple(columns), 0)


def _reading(look: Seen, left: Left, footer: Footer, blank: int) -> tuple[tuple[str, str, Msg], ...]:
    found = [*look.reading]
    if look.dialect.plan.even:
        found.append(("line ends", "mixed", msg("lines end in more than one way; they were made alike outside of quotes")))
    for kind in ("comment", "header"):
        if count := left.counts.get(kind):
            name = "comments" if kind == "comment" else "header again"
            first = "; ".join(f"{line}: {text}" for line, text in left.first[kind])
            more = " …" if count > len(left.first[kind]) else ""
            found.append((name, str(count), msg("lines that are no rows, set aside: {first}", first=first + more)))
    if footer.lines:
        held = "; ".join(footer.lines[:3]) + (" …" if len(footer.lines) > 3 else "")
        found.append(("footer", str(len(footer.lines)), msg("lines below the table, set aside: {lines}", lines=held)))
    if blank:
        found.append(("blank columns", str(blank), msg("neither a name nor a cell in them: left out")))
    if left.zero_bytes:
        dropped = look.dialect.plan.zeros == "drop"
        why = msg("taken out of the text, as you said") if dropped else msg("the lines they are in are set aside")
        found.append(("zero bytes", str(left.zero_bytes), why))
    return tuple(found)


def _padded(text: Path, dialect: Dialect) -> tuple[tuple[str, str, Msg], ...]:
    """How many rows were filled with nulls, where the person said so: counted by reading them without."""
    if not dialect.pad:
        return ()
    with duck() as connection:
        connection.execute(sql(exp.select(exp.Count(this=exp.Star())).from_(rows(text, dialect, pad=False)))).fetchall()
        short = "SELECT count(DISTINCT line) FROM reject_errors WHERE error_type = 'MISSING COLUMNS' AND trim(csv_line) <> ''"
        count = connection.execute(short).fetchall()[0][0]
    return (("rows filled", str(count), msg("rows with fewer cells than columns; nulls stand for the last ones")),)


def _notes(look: Seen, count: int, left: Left, ended: lines.Lines, aside: rejects.Rejected) -> tuple[Msg, ...]:
    notes = [] if count else [msg("There is a header and no row below it.")]
    if ended.open and aside.last and aside.last == ended.count:
        notes.append(
            msg("The last line is not whole and nothing ends it: the file may have been cut off. It is among the rows set aside.")
        )
    if left.zero_bytes:
        notes.append(plural("The file holds {n} zero byte.", "The file holds {n} zero bytes.", n=left.zero_bytes))
    if look.tables:
        names = ", ".join(look.tables)
        notes.append(
            plural("The file holds {n} table: {names}.", "The file holds {n} tables: {names}.", n=len(look.tables), names=names)
        )
    if later := _another_table(aside):
        notes.append(
            msg(
                "From line {line} on there seems to be another table. To load it, set Lines above the table to {above}.",
                line=later,
                above=later - 1,
            )
        )
    return tuple(notes)


def _another_table(aside: rejects.Rejected) -> int | None:
    """The line where rejects of one other width follow each other, if they do."""
    for one, other, third in zip(aside.first, aside.first[1:], aside.first[2:]):
        if (one.line + 1, one.line + 2) == (other.line, third.line) and one.reason == other.reason == third.reason:
            return one.line if "{width}" in one.reason.text and dict(one.reason.args).get("n", 1) > 1 else None
    return None
