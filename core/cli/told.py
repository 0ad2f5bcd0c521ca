"""A profile in the terminal."""

from __future__ import annotations

from core.cli.console import Console
from core.models.profile import ColumnProfile, Dependency, Profile, TableProfile
from core.models.types import family
from core.words import Msg, msg, percent, plural
from core.workbench import privacy, profile

LINES = 20
"""Lines below a table that tell why columns are text and which decide others."""

SHOWN = 24
"""Characters of a text in a table of the terminal."""


def table(console: Console, found: TableProfile) -> None:
    """What is known of a table: its columns in a table, then why some of them are text and which decide others."""
    console.out(plural("{table}: {n} row", "{table}: {n} rows", n=found.rows, table=found.name))
    if found.rejected:
        console.out(
            plural(
                "{n} row could not be placed and is in no figure; --json names it",
                "{n} rows could not be placed and are in no figure; --json names the first of them",
                n=found.rejected,
            )
        )
    if found.primary_key:
        console.out(msg("primary key: {columns}", columns=", ".join(found.primary_key)))
    for line in profile.counted(found.activity) if found.activity else ():
        console.out(msg("the server counted: {what}", what=line))
    header = (msg("Column"), msg("Type"), msg("Nulls"), msg("Distinct"), msg("Least"), msg("Greatest"), msg("Meaning"))
    console.table(
        header,
        [
            (
                column.name,
                column.type,
                percent(column.null_share),
                msg("{n}", n=column.distinct) if column.distinct_exact else msg("about {n}", n=column.distinct),
                _short(column, column.low),
                _short(column, column.high),
                _meant(column),
            )
            for column in found.columns
        ],
    )
    lines = [*filter(None, map(_kept_as, found.columns)), *map(_decides, found.dependencies)]
    for line in lines[:LINES]:
        console.out(line)
    if len(lines) > LINES:
        console.out(msg("… and {n} more; --json names them", n=len(lines) - LINES))
    console.out()


def _meant(column: ColumnProfile) -> Msg | str:
    """What the values are, and that some of them are personal, where that is another thing."""
    kinds = [privacy.label(one.kind) for one in column.meanings]
    return msg("{kind}, {other}", kind=kinds[0], other=kinds[1]) if len(kinds) > 1 else next(iter(kinds), "")


def _kept_as(column: ColumnProfile) -> Msg | None:
    """Why a column has no narrower type, where that is known."""
    if any("%" in one for one in column.ambiguous):
        example = f"--set types='{column.name}=day first'"
        return msg(
            "{column} is text: day and month cannot be told apart; say which with {option}", column=column.name, option=example
        )
    if column.ambiguous:
        example = f"--set types='{column.name}=decimal comma'"
        return msg(
            "{column} is text: a comma or a point may part thousands or a fraction; say which with {option}",
            column=column.name,
            option=example,
        )
    if column.refused:
        return msg(
            "{column} is {type}: {where} holds {cell}, which is no {wanted}",
            column=column.name,
            type=column.type,
            where=column.refused.where,
            cell=column.refused.cell,
            wanted=column.refused.wanted,
        )
    return None


def _decides(one: Dependency) -> Msg:
    return msg("{columns} decides {others}", columns=", ".join(one.determinant), others=", ".join(one.dependents))


def _short(column: ColumnProfile, value: str | None) -> str:
    """An extreme that fits into a column of the terminal: text is cut with a mark, a number or a time never."""
    whole = value or ""
    return whole if len(whole) <= SHOWN or family(column.type) != "text" else whole[: SHOWN - 1] + "…"


def relations(console: Console, found: Profile) -> None:
    for key in found.foreign_keys:
        console.out(
            msg(
                "{table} ({columns}) → {references} ({ref_columns}), confidence {confidence}",
                table=key.table,
                columns=", ".join(key.columns),
                references=key.references,
                ref_columns=", ".join(key.ref_columns),
                confidence=percent(key.confidence),
            )
        )
