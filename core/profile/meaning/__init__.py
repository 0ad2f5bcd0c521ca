"""What the values of a column are: recognised on values from all over it, then counted over all rows.

recognise(connection, landed, columns, task)    # columns with `meanings`
personal_columns(rows)                          # names of the columns of some rows that hold personal data, by these rows alone
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Meaning
from core.models.source import Landed
from core.models.types import Family, family
from core.profile.frame import CHUNK
from core.profile.meaning import looked
from core.profile.meaning.kinds import CHECKED, KINDS, MISCHECKED, SHAPED, SOME, USUAL, WITHIN, Kind, stands_for
from core.task import Task
from core.words import Msg, msg, percent

__all__ = ["KINDS", "label", "personal_columns", "recognise"]

GLANCE = 12
"""Different values of a column that every kind is tried on; those that half of them pass are tried on all that are looked at."""

CHANCE = 1e-6
"""A kind is taken when so many different values would pass by luck with less than this chance, or when the column is named so."""

FEWEST = 3
"""Different values from which values alone, without a name, are trusted."""

FIELDS = 500
"""Fields of nested values that are looked at: some have a name for each row."""

BATCH = 50_000

FAMILIES = frozenset(name for kind in KINDS for name in kind.families)


def recognise(
    connection: duckdb.DuckDBPyConnection, landed: Landed, columns: tuple[ColumnProfile, ...], task: Task
) -> tuple[ColumnProfile, ...]:
    """The columns with what their values mean, `passed` counted over all rows."""
    open_ones = [one for one in columns if family(one.type) in FAMILIES and one.distinct]
    found = {}
    for start in range(0, len(open_ones), CHUNK):
        chunk = open_ones[start : start + CHUNK]
        seen = looked.Looked(connection, landed, chunk)
        for column in chunk:
            task.check()
            found[column.name] = tuple(_meanings(connection, landed, column, seen, task))
    return tuple(_with(one, found[one.name]) if found.get(one.name) else one for one in columns)


def _with(column: ColumnProfile, meanings: tuple[Meaning, ...]) -> ColumnProfile:
    """The column with its meanings, and without the texts among `placeholders` that say something by them."""
    nothing = tuple(one for one in column.placeholders if not stands_for(meanings[0].kind, one.value.strip()))
    return replace(column, meanings=meanings, placeholders=nothing)


def personal_columns(rows: pa.Table) -> frozenset[str]:
    """Columns of some rows whose values look personal: for rows that no profile was taken of."""
    return frozenset(field.name for field, column in zip(rows.schema, rows.columns, strict=True) if _personal(field, column))


def _personal(field: pa.Field, column: pa.ChunkedArray) -> bool:
    values = [value for value in column.to_pylist() if value not in (None, "")]
    if pa.types.is_nested(field.type):
        return _within(field.name, values) is not None
    kind = next((_family_of(value) for value in values), None)
    if kind is None:
        return False
    texts = list(dict.fromkeys(looked.whole(kind, list(map(_text_of, values)))))
    if any(one.personal for one in (*_kinds(field.name, kind, texts[: looked.LOOK]), *_sparse(kind, texts))):
        return True
    return kind == "text" and _within(field.name, texts[: looked.LOOK]) is not None


def _text_of(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


_PYTHON: tuple[tuple[type | tuple[type, ...], Family | None], ...] = (
    (str, "text"),
    (bool, None),
    (int, "integer"),
    (Decimal, "decimal"),
    (float, "float"),
    (datetime, "timestamp"),
    (date, "date"),
    (bytes, "blob"),
)


def _family_of(value: Any) -> Family | None:
    """The family of a value that no profile was taken of."""
    return next((kind for type_, kind in _PYTHON if isinstance(value, type_)), None)


def _meanings(connection, landed: Landed, column: ColumnProfile, seen: looked.Looked, task: Task) -> Iterator[Meaning]:
    """What the values are, and, where that says nothing of persons, whether some of them, or parts of them, are personal."""
    kind_of_type, personal = family(column.type), False
    values = seen.some(column)
    texts = [value for value in values if isinstance(value, str)]
    for kind in _kinds(column.name, kind_of_type, texts):
        if meaning := _counted(connection, landed, column, kind, task):
            yield meaning
            personal = meaning.personal
            break
    if personal:
        return
    few = seen.like(column, _SPARSE)
    for kind in _sparse(kind_of_type, few, everywhere=column.marks > 0):
        if meaning := _counted(connection, landed, column, kind, task):
            yield meaning
            return
    if (inside := _within(column.name, values)) is not None:
        yield inside


def _kinds(column: str, kind_of_type: Family, values: Sequence[str]) -> list[Kind]:
    """The kinds to count, one after the other until one is confirmed; a column of made-up or mistyped card numbers that is named so is personal too."""
    found = (_best(column, kind_of_type, values), _mischecked(column, kind_of_type, values))
    return [kind for kind in dict.fromkeys(found) if kind is not None]


def _best(column: str, kind_of_type: Family, values: Sequence[str]) -> Kind | None:
    """The kind that these values are most likely of; a kind the column is named after before one it is not."""
    kinds = [kind for kind in KINDS if kind_of_type in kind.families and not kind.sparse and not kind.is_unlike(column)]
    kinds = [kind for kind in kinds if not kind.named or kind.is_named(column)]
    glance = values[:: max(1, len(values) // GLANCE)]
    likely = [kind for kind in kinds if glance and 2 * sum(map(kind.passes, glance)) >= len(glance)]
    fitting = [kind for kind in likely if _fits(kind, column, values)]
    return min(fitting, key=lambda kind: not kind.is_named(column), default=None)


def _mischecked(column: str, kind_of_type: Family, values: Sequence[str]) -> Kind | None:
    """A personal kind that the column is named after and whose shape the values have, whatever their check says."""
    kinds = [one for one in KINDS if one.personal and one.check is not None and kind_of_type in one.families]
    kinds = [one for one in kinds if one.is_named(column) and not one.is_unlike(column) and not one.named]
    shaped = next((one for one in kinds if values and _shaped(one, values) >= one.least * len(values)), None)
    return shaped and replace(shaped, least=0.0, because=MISCHECKED if shaped.because is CHECKED else SHAPED)


def _shaped(kind: Kind, values: Sequence[str]) -> int:
    return sum(kind.fits.fullmatch(value) is not None for value in values)


def _is_sparse(kind: Kind) -> bool:
    return kind.sparse or (kind.personal and kind.because is CHECKED)


def _sparse(kind_of_type: Family, values: Sequence[str], *, everywhere: bool = False) -> Iterator[Kind]:
    """Kinds of which some values among others are enough: personal data within sentences (`everywhere`: there may be some that is not

    among the values), and codes of persons, where those of their shape have right check digits too often for luck.
    """
    for kind in (one for one in KINDS if kind_of_type in one.families and _is_sparse(one)):
        shaped = [value for value in values if kind.fits.fullmatch(value)]
        passed = sum(map(kind.passes, shaped))
        if kind.sparse:
            if everywhere or _more_than_luck(passed, len(shaped)):
                yield kind
        elif len(shaped) >= FEWEST and passed >= USUAL * len(shaped) and kind.luck**passed < CHANCE:
            yield replace(kind, least=0.0, because=SOME)


def _more_than_luck(passed: int, shaped: int) -> bool:
    """Whether codes within sentences are what they look like: check digits are right by luck in one of ten or of a hundred."""
    return passed > 0 and 2 * passed >= shaped


_SPARSE = "|".join(f"(?:{kind.pattern})" for kind in KINDS if _is_sparse(kind))
"""What a value looks like that one kind of `_sparse` or another may pass."""


def _within(column: str, values: Iterable[Any]) -> Meaning | None:
    """Whether parts of nested values, or of JSON in texts, are personal: each field of them is recognised as if it were a column."""
    fields: dict[tuple[str, Family], dict[str, None]] = {}
    whole = [value for value in values if not isinstance(value, str) or value.lstrip()[:1] in ("{", "[")]
    for value in whole:
        for name, leaf in looked.leaves(value, column):
            if (kind := _family_of(leaf)) is not None:
                fields.setdefault((name, kind), {})[_text_of(leaf)] = None
    for (name, kind), leaves in islice(fields.items(), FIELDS):
        texts = list(leaves)[: looked.LOOK]
        found = next((one for one in (*_kinds(name, kind, texts), *_sparse(kind, texts)) if one.personal), None)
        if found is not None:
            return _inside(name, found, whole)
    return None


def _inside(field: str, kind: Kind, values: Sequence[Any]) -> Meaning:
    holding = sum(any(name == field for name, _ in looked.leaves(value, field)) for value in values)
    said = msg("In the field {field}: {kind}", field=field, kind=kind.label)
    return Meaning(WITHIN.name, holding / len(values), holding, True, (said, msg("Of {n} values looked at", n=len(values))))


def _fits(kind: Kind, column: str, values: Sequence[str]) -> bool:
    passed = sum(map(kind.passes, values))
    if passed < kind.least * len(values) or not kind.is_hinted(values):
        return False
    return kind.is_named(column) or (len(values) >= FEWEST and kind.luck**passed < CHANCE)


def _counted(connection, landed: Landed, column: ColumnProfile, kind: Kind, task: Task) -> Meaning | None:
    """The meaning with its rows counted over the whole column; None where the rest of it is not like what was looked at."""
    filled = column.rows - column.nulls
    if kind.check is None:
        shaped = passed = _matching(connection, landed, column, kind)
    else:
        shaped, passed = _passing(connection, landed, column, kind, task)
    share = passed / filled if filled else 0.0
    if share < kind.least or (kind.sparse and not _more_than_luck(passed, shaped)):
        return None
    return Meaning(kind.name, share, passed, kind.personal, tuple(_evidence(kind, column, share)))


def _evidence(kind: Kind, column: ColumnProfile, share: float):
    yield msg("{share} of the filled rows look so", share=percent(share))
    if kind.because is not None:
        yield kind.because
    if kind.is_named(column.name):
        yield msg("The column is named so")


def _text(column: ColumnProfile) -> exp.Expression:
    """A value as text; a whole number among fractions (a code, where pandas met a null) as the whole number it is."""
    text = exp.cast(duck.column(column.name), "VARCHAR", dialect="duckdb")
    if family(column.type) not in looked.FRACTIONS:
        return text
    return duck.call("regexp_replace", text, exp.Literal.string(looked.NO_FRACTION), exp.Literal.string(""))


def matches(column: ColumnProfile, kind: Kind) -> exp.Expression:
    """Whether a value has the shape of a kind, as SQL."""
    return duck.call("regexp_full_match", _text(column), exp.Literal.string(kind.pattern))


def _matching(connection, landed: Landed, column: ColumnProfile, kind: Kind) -> int:
    query = exp.select(duck.call("count_if", matches(column, kind))).from_(duck.parquet(landed.files))
    return connection.execute(duck.sql(query)).fetchall()[0][0]


def _passing(connection, landed: Landed, column: ColumnProfile, kind: Kind, task: Task) -> tuple[int, int]:
    """Rows that are looked at and rows that pass, value by value: what is checked digit by digit is no regular expression."""
    there = exp.Not(this=exp.Is(this=duck.column(column.name), expression=exp.null()))
    if kind.sparse:  # few of many texts: those alone are brought here
        there = matches(column, kind)
    query = exp.select(exp.alias_(_text(column), "v"), exp.alias_(exp.Count(this=exp.Star()), "n")).from_(
        duck.parquet(landed.files)
    )
    seen = passed = 0
    for batch in connection.sql(duck.sql(query.where(there).group_by(exp.Literal.number(1)))).to_arrow_reader(BATCH):
        task.check()
        values, counts = batch.column(0).to_pylist(), batch.column(1).to_pylist()
        seen += sum(counts)
        passed += sum(count for value, count in zip(values, counts, strict=True) if kind.passes(value))
    return seen, passed


def label(kind: str) -> Msg:
    """What a kind is called."""
    return next(one.label for one in (*KINDS, WITHIN) if one.name == kind)
