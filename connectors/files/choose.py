"""Which reading each column of text takes: by the first rows, or by all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import duckdb
from sqlglot import exp

from connectors.files.marks import Marks, marked, marks_of
from connectors.files.pins import Pin, cannot_be
from connectors.files.readings import (
    DOUBLE,
    EXACT_SCALE,
    EXPONENT,
    FLOAT,
    MOST_DIGITS,
    NULL_TOKENS,
    PLAIN,
    SCIENTIFIC,
    THOUSANDS,
    Reading,
    decimal,
    keeps,
    plain,
)
from connectors.files.unpivot import CELL, PLACE, ROW, cells_of, of_each, only_if, projected, real
from core.engines.duck import call, column, name, sql
from core.models.source import Refusal
from core.task import Task
from core.words import msg

HEAD = 10_240
HEAD_CELLS = 500_000
"""Cells of the head at most: of a wide table fewer rows are looked at beforehand. All rows are checked in any case."""

GLANCE = 200
GLANCE_CELLS = 100_000
"""Cells at most that are looked at in Python, but for the first `LEAST` rows."""

LEAST = 20
AT_ONCE = 500
NUMBERS = {"BIGINT", "DECIMAL", "DOUBLE"}
REAL = "assay real"
# Whatever may turn out to be a decimal has one of these shapes, with a point or with a comma.
_WITH_DIGITS = (decimal(2, 18, False), decimal(2, 18, True))
_NO_DIGITS = (None, None, 0, 0)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a source says of its columns beforehand.

    `typed` are columns that have a type already and keep it; `nulls` the texts that stand for null in a column with a type;
    `may(column, reading)` whether a reading may be taken at all, `last` one that a column is offered after all others. `pins` are types
    that a person chose: a column that cannot have its own is an error. `marks`: numbers with thousands and units are read.
    """

    nulls: tuple[str, ...] = NULL_TOKENS
    typed: Mapping[str, str] = field(default_factory=dict)
    may: Callable[[str, Reading], bool] = lambda column, reading: True
    last: Mapping[str, Reading] = field(default_factory=dict)
    pins: Mapping[str, Pin] = field(default_factory=dict)
    marks: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a column is read as: None keeps the text. `tokens` are the null tokens met in the head."""

    reading: Reading | None
    tokens: tuple[str, ...] = ()
    refused: Refusal | None = None
    ambiguous: tuple[str, ...] = ()
    empty: bool = False
    marks: tuple[Marks, ...] = ()

    @property
    def undecided(self) -> bool:
        """The head does not settle it: only all rows can."""
        return self.empty or bool(self.ambiguous)


@dataclass(frozen=True, slots=True)
class Weight:
    """How many cells a reading would change, and the first of them."""

    reading: Reading
    bad: int
    row: int | None
    cell: str | None


def _create_table(table: str, query: exp.Expression) -> exp.Create:
    return exp.Create(
        this=exp.Table(this=name(table)),
        kind="TABLE",
        expression=query,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )


def suggest(
    connection: duckdb.DuckDBPyConnection, rows: exp.Expression, columns: Sequence[str], rules: Rules
) -> tuple[Choice, ...]:
    """Choices by the head: the shapes of its first cells rule most readings out, the rest is asked of all of it."""
    head, rows_of_head = exp.Table(this=name("assay_head")), min(HEAD, max(GLANCE, HEAD_CELLS // len(columns)))
    looked_at = min(GLANCE, max(LEAST, GLANCE_CELLS // len(columns)))
    connection.execute(sql(_create_table("assay_head", exp.select("*").from_(rows).limit(rows_of_head))))
    glance = connection.execute(sql(exp.select(*map(column, columns)).from_(head).limit(looked_at))).fetchall()
    cells = {one: [row[number] for row in glance] for number, one in enumerate(columns)}
    likely = {one: (_any if one in rules.pins else _likely(cells[one], rules.nulls)) for one in columns}
    marks = {one: marks_of(_real(cells[one], rules.nulls)) for one in columns} if rules.marks else {}
    choices = _choose(connection, head, columns, rules, sure=False, likely=likely, marks=marks)
    connection.execute("DROP TABLE assay_head")
    return choices


def _any(reading: Reading) -> bool:
    return True


def _real(cells: Iterable[str | None], nulls: tuple[str, ...]) -> list[str]:
    return [cell for cell in cells if cell is not None and cell not in nulls]


def _likely(cells: list[str | None], nulls: tuple[str, ...]) -> Callable[[Reading], bool]:
    """Whether a reading has the shape of half of these cells at least (or nothing is known: all are null)."""
    values = _real(cells, nulls)

    @cache
    def half(shape: str) -> bool:
        fits, others = re.compile(shape).fullmatch, 0
        for cell in values:  # most shapes are none of the column's: half of the cells tell
            others += fits(cell) is None
            if 2 * others > len(values):
                return False
        return True

    return lambda reading: half(reading.shape)


def _choose(
    connection,
    rows: exp.Expression,
    columns: Sequence[str],
    rules: Rules,
    *,
    sure: bool,
    likely: Mapping[str, Callable[[Reading], bool]],
    marks: Mapping[str, tuple[Marks, ...]],
    task: Task | None = None,
) -> tuple[Choice, ...]:
    """A choice per column among its likely readings; `sure` when `rows` are all the rows and not only the head.

    Raises `DataError` for a column that cannot have the type a person chose.
    """
    found: list[Choice] = []
    for start in range(0, len(columns), AT_ONCE):
        some = columns[start : start + AT_ONCE]
        choices = _choose_some(connection, rows, some, rules, sure=sure, likely=likely, marks=marks)
        later = {one: _late_ways(choice, marks.get(one, ())) for one, choice in zip(some, choices) if rules.marks}
        if open_ones := [one for one, ways in later.items() if ways and ways != marks.get(one)]:
            again = _choose_some(
                connection, rows, open_ones, rules, sure=sure, likely=dict.fromkeys(open_ones, _any), marks=later
            )
            better = {one: choice for one, choice in zip(open_ones, again) if choice.reading is not None or choice.ambiguous}
            choices = [better.get(one, choice) for one, choice in zip(some, choices)]
        found += [_pinned(one, choice, rules, sure) for one, choice in zip(some, choices)]
        if task is not None:
            task.at(0.3 + 0.3 * len(found) / len(columns), msg("Weighing every cell"))
    return tuple(found)


def _late_ways(choice: Choice, known: tuple[Marks, ...]) -> tuple[Marks, ...]:
    """How numbers may be written whose thousands begin late in a column of small ones: as the cell that refused has them, or, where a

    decimal comma was taken, by commas too.
    """
    if _may_have_marks(choice):
        return marks_of([choice.refused.cell])
    if choice.reading is not None and THOUSANDS in choice.reading.rivals and not known:
        return marks_of(["1,234"])
    return ()


def _may_have_marks(choice: Choice) -> bool:
    return choice.reading is None and choice.refused is not None and choice.refused.wanted.split("(")[0] in NUMBERS


def _pinned(one: str, choice: Choice, rules: Rules, sure: bool) -> Choice:
    """The choice, or the error where it is not what a person chose."""
    pin = rules.pins.get(one)
    if pin is None or pin.text or choice.reading is not None:
        return choice
    if choice.empty:
        return Choice(pin.empty, choice.tokens) if sure and pin.empty else choice
    if choice.ambiguous and not sure:
        return choice
    raise cannot_be(one, pin, choice.refused, choice.ambiguous)


def _choose_some(connection, rows, columns: Sequence[str], rules: Rules, *, sure: bool, likely, marks) -> list[Choice]:
    """Two questions of all these columns at once: how long their decimals are, then what each reading would lose."""
    written = _written(connection, rows, {one: marks.get(one, ()) for one in columns})
    readings = [
        tuple(
            option
            for option in (
                *_candidates(*shape),
                *written.get(one, ()),
                *(rules.pins[one].more if one in rules.pins else ()),
                *filter(None, [rules.last.get(one)]),
            )
            if rules.may(one, option) and likely[one](option)
        )
        for one, shape in zip(columns, _shapes(connection, rows, columns, likely))
    ]
    alike: dict[tuple[Reading, ...], list[str]] = {}
    for one, options in zip(columns, readings):
        alike.setdefault(options, []).append(one)
    found = {
        one: answer for options, some in alike.items() for one, answer in _weighed(connection, rows, some, options, rules.nulls)
    }
    return [_decide(*found.get(one, ([], 0, ())), sure=sure, marks=marks.get(one, ())) for one in columns]


def _weighed(
    connection, rows: exp.Expression, columns: Sequence[str], options: Sequence[Reading], nulls: tuple[str, ...]
) -> Iterator[tuple[str, tuple[list[Weight], int, Sequence[str | None]]]]:
    """For each column what every reading would lose, its values, and the tokens met: columns that have the same options are one question."""
    numbers = range(len(options))
    asked = {
        "values": call("count_if", column(REAL)),
        "tokens": call("list", exp.Distinct(expressions=[only_if(exp.Not(this=column(REAL)), column(CELL))])),
    }
    for number in numbers:
        bad = column(f"b{number}")
        asked |= {
            f"bad {number}": exp.Count(this=bad),
            f"row {number}": exp.Min(this=bad.copy()),
            f"cell {number}": call("arg_min", column(CELL), bad.copy()),
        }
    cells = projected(cells_of(rows, columns), (PLACE, ROW, CELL), {REAL: real(column(CELL), nulls)})
    # Not FILTER: DuckDB 2.0 computes what is filtered for every row.
    lost = {
        f"b{number}": only_if(_lost(column(CELL), column(REAL), reading), column(ROW)) for number, reading in enumerate(options)
    }
    weighed = projected(cells, (PLACE, ROW, CELL, REAL), lost)
    for place, told in of_each(connection, weighed, asked).items():
        weights = [Weight(options[number], *(told[f"{what} {number}"] for what in ("bad", "row", "cell"))) for number in numbers]
        yield columns[place], (weights, told["values"], told["tokens"])


def _written(connection, rows, marks: Mapping[str, tuple[Marks, ...]]) -> dict[str, list[Reading]]:
    """The readings of numbers with signs in them, as long as the cells need them: one question of all columns written the same way."""
    alike: dict[Marks, list[str]] = {}
    for one, ways in marks.items():
        for way in ways:
            alike.setdefault(way, []).append(one)
    found: dict[tuple[str, Marks], Reading] = {}
    for way, columns in alike.items():
        for place, (before, behind) in _digits(connection, rows, columns, way).items():
            if before is not None and before + (behind or 0) <= MOST_DIGITS:
                digits = 18 if before + (behind or 0) <= 18 else MOST_DIGITS
                found[columns[place], way] = marked(way, behind or 0, digits)
    return {one: [found[one, way] for way in ways if (one, way) in found] for one, ways in marks.items()}


def _digits(connection, rows, columns: Sequence[str], way: Marks) -> dict[int, tuple[int | None, int | None]]:
    """For each column by its place the most digits before and after the point, of the cells that are numbers without their signs."""
    bare, shaped = column("plain"), column("shaped")
    cells = projected(cells_of(rows, columns), (PLACE,), {"plain": plain(way, column(CELL))})
    looks = {"shaped": call("regexp_full_match", bare.copy(), exp.Literal.string(r"-?\d+(\.\d+)?"))}
    asked = {}
    for part in (1, 2):
        digits = call("split_part", bare.copy(), exp.Literal.string("."), exp.Literal.number(part))
        length = call("length", call("ltrim", digits, exp.Literal.string("-")))
        asked[f"part {part}"] = exp.Max(this=only_if(shaped.copy(), length))
    found = of_each(connection, projected(cells, (PLACE, "plain"), looks), asked)
    return {place: (answers["part 1"], answers["part 2"]) for place, answers in found.items()}


def _shapes(
    connection, rows, columns: Sequence[str], likely: Mapping[str, Callable[[Reading], bool]]
) -> list[tuple[int | None, int | None, int, int]]:
    """What decimals need to know of each column: most digits before and after the point, with `,` and with `.`.

    Asked only of columns that look like fractions or long numbers: there are many that do not, and each costs as much.
    """
    open_ones = [number for number, one in enumerate(columns) if any(map(likely[one], _WITH_DIGITS))]
    if not open_ones:
        return [_NO_DIGITS] * len(columns)
    cell, shaped = column(CELL), column("shaped")
    number = call("replace", call("ltrim", cell, exp.Literal.string("-")), exp.Literal.string(","), exp.Literal.string("."))
    parts = [call("split_part", number.copy(), exp.Literal.string("."), exp.Literal.number(part)) for part in (1, 2)]
    asked = {f"part {place}": exp.Max(this=only_if(shaped.copy(), call("length", part))) for place, part in enumerate(parts)}
    asked |= {
        sign: call("count_if", exp.and_(shaped.copy(), call("contains", cell.copy(), exp.Literal.string(sign)))) for sign in ",."
    }
    looks = {"shaped": call("regexp_full_match", cell.copy(), exp.Literal.string(r"-?\d+([.,]\d+)?"))}
    cells = projected(cells_of(rows, [columns[place] for place in open_ones]), (PLACE, CELL), looks)
    found = {open_ones[place]: tuple(answers.values()) for place, answers in of_each(connection, cells, asked).items()}
    return [found.get(place, _NO_DIGITS) for place in range(len(columns))]


def _lost(cell: exp.Expression, is_real: exp.Expression, reading: Reading) -> exp.Expression:
    """A value that the reading would change."""
    kept = exp.Coalesce(this=keeps(reading, cell), expressions=[exp.false()])
    return exp.And(this=is_real, expression=exp.Not(this=exp.paren(kept, copy=False)))


def _candidates(whole: int | None, fraction: int | None, commas: int, points: int) -> tuple[Reading, ...]:
    if whole is None or not fraction:
        return (*PLAIN, DOUBLE, SCIENTIFIC)
    digits = 18 if whole + fraction <= 18 else MOST_DIGITS
    exact = (decimal(fraction, digits, commas > points),) if whole + fraction <= MOST_DIGITS else ()
    floats = (DOUBLE, EXPONENT) if points else ()
    return (*exact, *floats, *PLAIN) if fraction <= EXACT_SCALE or commas else (*floats, *exact, *PLAIN)


def _decide(
    weights: Sequence[Weight], values: int, tokens: Sequence[str | None], *, sure: bool, marks: tuple[Marks, ...] = ()
) -> Choice:
    tokens = tuple(sorted(token for token in tokens if token))
    if not values or not weights:
        return Choice(None, tokens, empty=not values)
    fitting = [weight.reading for weight in weights if not weight.bad]
    if fitting:
        reading = fitting[0]
        if reading is DOUBLE and not sure and EXPONENT in fitting:
            # A small number further down may have an exponent, which weighs every cell anew where it is refused.
            reading = FLOAT
        rival = next((other for other in fitting if other.read_as in reading.rivals), None)
        if rival is not None:
            return (
                Choice(None, (), None, (reading.read_as, rival.read_as))
                if sure
                else Choice(reading, tokens, None, (reading.read_as, rival.read_as), marks=marks)
            )
        return Choice(reading, tokens, marks=marks)
    nearest = min(weights, key=lambda weight: weight.bad)
    return Choice(None, (), Refusal(nearest.reading.type, nearest.row, nearest.cell[:200]), marks=marks)


def weigh(
    connection: duckdb.DuckDBPyConnection,
    rows: exp.Expression,
    columns: Sequence[str],
    rules: Rules,
    choices: Sequence[Choice],
    task: Task,
) -> tuple[Choice, ...]:
    """Choose again, on all rows."""
    likely = {one: _any if one in rules.pins else _near(choice) for one, choice in zip(columns, choices)}
    marks = {one: choice.marks for one, choice in zip(columns, choices)}
    if empty := [one for one, choice in zip(columns, choices) if choice.empty and rules.marks]:
        marks |= _late_marks(connection, rows, empty, rules)
    return _choose(connection, rows, columns, rules, sure=True, likely=likely, marks=marks, task=task)


def _late_marks(connection, rows: exp.Expression, columns: Sequence[str], rules: Rules) -> dict[str, tuple[Marks, ...]]:
    """How numbers are written in columns that are empty in the head: by the first value of each."""
    cells = projected(cells_of(rows, columns), (PLACE, ROW, CELL), {REAL: real(column(CELL), rules.nulls)})
    first = {"cell": call("arg_min", column(CELL), only_if(column(REAL), column(ROW)))}
    found = {columns[place]: answers["cell"] for place, answers in of_each(connection, cells, first).items()}
    return {one: marks_of([cell]) for one, cell in found.items() if cell is not None}


def _near(choice: Choice) -> Callable[[Reading], bool]:
    """The readings worth weighing on all rows: all where the head was empty, else those that widen what it suggested."""
    if choice.reading is None:
        return lambda reading: True
    suggested = choice.reading.type.split("(")[0]
    wider = NUMBERS if suggested in NUMBERS else {suggested}
    return lambda reading: reading.type.split("(")[0] in wider
