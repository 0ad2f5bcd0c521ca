"""Which reading each column of text takes: by the first rows, or by all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from connectors.files.readings import (
    DOUBLE,
    EXACT_SCALE,
    EXPONENT,
    MOST_DIGITS,
    NULL_TOKENS,
    PLAIN,
    Reading,
    decimal,
    keeps,
)
from core.engines.duck import column, name, sql
from core.models.source import Refusal
from core.task import Task
from core.words import msg

HEAD = 20_480
GLANCE = 200
AT_ONCE = 25
NUMBERS = {"BIGINT", "DECIMAL", "DOUBLE"}
ROW = "assay row"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a source says of its columns beforehand.

    `typed` are columns that have a type already and keep it; `nulls` the texts that stand for null in a column with a type;
    `may(column, reading)` whether a reading may be taken at all, `last` one that a column is offered after all others.
    """

    nulls: tuple[str, ...] = NULL_TOKENS
    typed: Mapping[str, str] = field(default_factory=dict)
    may: Callable[[str, Reading], bool] = lambda column, reading: True
    last: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a column is read as: None keeps the text. `tokens` are the null tokens met in the head."""

    reading: Reading | None
    tokens: tuple[str, ...] = ()
    refused: Refusal | None = None
    ambiguous: tuple[str, ...] = ()
    empty: bool = False

    @property
    def undecided(self) -> bool:
        """The head does not settle it: only all rows can."""
        return self.empty or bool(self.ambiguous)


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
    head = exp.Table(this=name("assay_head"))
    connection.execute(sql(_create_table("assay_head", exp.select("*").from_(rows).limit(HEAD))))
    glance = connection.execute(sql(exp.select(*map(column, columns)).from_(head).limit(GLANCE))).fetchall()
    likely = {one: _likely([row[number] for row in glance], rules.nulls) for number, one in enumerate(columns)}
    choices = _choose(connection, head, columns, rules, sure=False, likely=likely)
    connection.execute("DROP TABLE assay_head")
    return choices


def _likely(cells: list[str | None], nulls: tuple[str, ...]) -> Callable[[Reading], bool]:
    """Whether a reading has the shape of half of these cells at least (or nothing is known: all are null)."""
    real = [cell for cell in cells if cell is not None and cell not in nulls]
    return lambda reading: 2 * sum(bool(re.fullmatch(reading.shape, cell)) for cell in real) >= len(real)


def _choose(
    connection,
    rows: exp.Expression,
    columns: Sequence[str],
    rules: Rules,
    *,
    sure: bool,
    likely: Mapping[str, Callable[[Reading], bool]],
    task: Task | None = None,
) -> tuple[Choice, ...]:
    """A choice per column among its likely readings; `sure` when `rows` are all the rows and not only the head."""
    found: list[Choice] = []
    for start in range(0, len(columns), AT_ONCE):
        found += _choose_some(connection, rows, columns[start : start + AT_ONCE], rules, sure=sure, likely=likely)
        if task is not None:
            task.at(0.3 + 0.3 * len(found) / len(columns), msg("Weighing every cell"))
    return tuple(found)


def _shapes(cell: exp.Expression) -> tuple[exp.Expression, ...]:
    """What decimals need to know of a column: most digits before and after the point, with `.` and with `,`."""
    shape = exp.func("regexp_full_match", cell.copy(), exp.Literal.string(r"-?\d+([.,]\d+)?"), dialect="duckdb")
    plain = exp.func(
        "replace",
        exp.func("ltrim", cell.copy(), exp.Literal.string("-"), dialect="duckdb"),
        exp.Literal.string(","),
        exp.Literal.string("."),
    )
    parts = [
        exp.func(
            "length",
            exp.Anonymous(this="split_part", expressions=[plain.copy(), exp.Literal.string("."), exp.Literal.number(part)]),
        )
        for part in (1, 2)
    ]
    comma = exp.Anonymous(this="contains", expressions=[cell.copy(), exp.Literal.string(",")])
    return (
        *(_where(exp.Max(this=part), shape) for part in parts),
        _where(exp.Count(this=exp.Star()), exp.and_(shape.copy(), comma)),
        _where(
            exp.Count(this=exp.Star()),
            exp.and_(shape.copy(), exp.Anonymous(this="contains", expressions=[cell.copy(), exp.Literal.string(".")])),
        ),
    )


def _where(aggregate: exp.Expression, condition: exp.Expression) -> exp.Filter:
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition.copy()))


def real(cell: exp.Expression, nulls: tuple[str, ...]) -> exp.Expression:
    """The cell is a value: neither null nor one of the tokens that stand for it."""
    there = exp.Not(this=exp.Is(this=cell.copy(), expression=exp.null()))
    return exp.and_(there, exp.Not(this=_one_of(cell, nulls))) if nulls else there


def _one_of(cell: exp.Expression, nulls: tuple[str, ...]) -> exp.Expression:
    """Not `IN` nor `list_contains`: DuckDB makes a join of a long list, and a join does not keep the rows in their order."""
    return exp.paren(exp.or_(*(exp.EQ(this=cell.copy(), expression=exp.Literal.string(token)) for token in nulls)))


def _choose_some(connection, rows, columns: Sequence[str], rules: Rules, *, sure: bool, likely) -> list[Choice]:
    cells = [column(one) for one in columns]
    shaped = [part for cell in cells for part in _shapes(cell)]
    shapes = connection.execute(sql(exp.select(*shaped).from_(rows))).fetchall()[0]
    readings = [_candidates(*shapes[number * 4 : number * 4 + 4]) for number in range(len(columns))]
    readings = [
        tuple(
            option
            for option in (*options, *filter(None, [rules.last.get(one)]))
            if rules.may(one, option) and likely[one](option)
        )
        for one, options in zip(columns, readings)
    ]
    asked: list[exp.Expression] = []
    for cell, options in zip(cells, readings):
        tokens = exp.Filter(
            this=exp.Anonymous(this="list", expressions=[exp.Distinct(expressions=[cell.copy()])]),
            expression=exp.Where(this=_one_of(cell, rules.nulls) if rules.nulls else exp.false()),
        )
        asked += [_where(exp.Count(this=exp.Star()), real(cell, rules.nulls)), tokens]
        for reading in options:
            bad = exp.and_(real(cell, rules.nulls), exp.Not(this=exp.func("coalesce", keeps(reading, cell), exp.false())))
            asked += [_where(exp.Count(this=exp.Star()), bad), _where(_first(cell), bad)]
    numbered = exp.select("*", exp.alias_(exp.Window(this=exp.Anonymous(this="row_number")), ROW, quoted=True)).from_(rows)
    answers = iter(connection.execute(sql(exp.select(*asked).from_(numbered.subquery("t")))).fetchall()[0])
    choices = []
    for options in readings:
        values, tokens = next(answers), next(answers) or ()
        counted = [(reading, next(answers), next(answers)) for reading in options]
        choices.append(_decide(counted, values, tokens, sure=sure))
    return choices


def _first(cell: exp.Expression) -> exp.Expression:
    """The row number and text of the first cell, as a struct."""
    pair = exp.Anonymous(
        this="struct_pack",
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("r"), expression=column(ROW)),
            exp.PropertyEQ(this=exp.to_identifier("c"), expression=cell.copy()),
        ],
    )
    return exp.Anonymous(this="arg_min", expressions=[pair, column(ROW)])


def _candidates(whole: int | None, fraction: int | None, commas: int, points: int) -> tuple[Reading, ...]:
    if whole is None or not fraction:
        return (*PLAIN, DOUBLE)
    digits = 18 if whole + fraction <= 18 else MOST_DIGITS
    exact = (decimal(fraction, digits, commas > points),) if whole + fraction <= MOST_DIGITS else ()
    floats = (DOUBLE, EXPONENT) if points else ()
    return (*exact, *floats, *PLAIN) if fraction <= EXACT_SCALE or commas else (*floats, *exact, *PLAIN)


def _decide(counted: list, values: int, tokens, *, sure: bool) -> Choice:
    tokens = tuple(sorted(token for token in tokens if token))
    if not values or not counted:
        return Choice(None, tokens, empty=not values)
    fitting = [reading for reading, bad, _ in counted if bad == 0]
    if fitting:
        reading = fitting[0]
        rival = next((other for other in fitting if other.read_as == reading.rival and reading.rival), None)
        if rival is not None:
            return (
                Choice(None, (), None, (reading.read_as, rival.read_as))
                if sure
                else Choice(reading, tokens, None, (reading.read_as, rival.read_as))
            )
        return Choice(reading, tokens)
    reading, _, first = min(counted, key=lambda option: option[1])
    refused = Refusal(reading.type, first["r"], str(first["c"])[:200])
    return Choice(None, (), refused)


def weigh(
    connection: duckdb.DuckDBPyConnection,
    rows: exp.Expression,
    columns: Sequence[str],
    rules: Rules,
    choices: Sequence[Choice],
    task: Task,
) -> tuple[Choice, ...]:
    """Choose again on all rows, only for columns that the head did not make text."""
    open_ones = [one for one, choice in zip(columns, choices) if choice.reading is not None or choice.empty]
    likely = {one: _near(choice) for one, choice in zip(columns, choices)}
    weighed = dict(zip(open_ones, _choose(connection, rows, open_ones, rules, sure=True, likely=likely, task=task)))
    return tuple(weighed.get(one, choice) for one, choice in zip(columns, choices))


def _near(choice: Choice) -> Callable[[Reading], bool]:
    """The readings worth weighing on all rows: all where the head was empty, else those that widen what it suggested."""
    if choice.reading is None:
        return lambda reading: True
    suggested = choice.reading.type.split("(")[0]
    wider = NUMBERS if suggested in NUMBERS else {suggested}
    return lambda reading: reading.type.split("(")[0] in wider
