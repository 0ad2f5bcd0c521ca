"""Rows that do not fit the table they are to go into: one error that names every column and what to do about each."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import DataError
from core.words import Msg, msg, plural


def not_there(column: str, made: str) -> Msg:
    return msg("{column} is not in the table: drop it before the sink, or add it there as {type}", column=column, type=made)


def computed(column: str, server: str) -> Msg:
    return msg("{column} is computed by {server} and cannot be written: drop it before the sink", column=column, server=server)


def another_type(column: str, kind: str, there: str, here: str, made: str) -> Msg:
    """`kind` is DuckDB's type of the rows, `there` the table's; `here` is what to cast to, `made` what the table would need."""
    if here == kind:  # as near as a cast can come: the table has to change
        return msg(
            "{column} is {kind} here and {there} there: make it {made} there", column=column, kind=kind, there=there, made=made
        )
    return msg(
        "{column} is {kind} here and {there} there: cast it to {here} before the sink, or make it {made} there",
        column=column,
        kind=kind,
        there=there,
        here=here,
        made=made,
    )


def no_value(column: str) -> Msg:
    return msg("{column} must have a value and gets none: add it before the sink, or give it a default there", column=column)


def misfit(table: str, problems: Sequence[Msg]) -> DataError:
    """Columns that cannot be written, found before the first row was sent."""
    return DataError(
        plural("{n} column does not fit {table}", "{n} columns do not fit {table}", n=len(problems), table=table),
        _joined(problems),
        msg("Do this for each of them, or write to another table. Nothing was written."),
    )


def values_misfit(table: str, problems: Sequence[Msg]) -> DataError:
    """Columns with values that the table would refuse or change."""
    return DataError(
        plural(
            "The values of {n} column do not fit {table}",
            "The values of {n} columns do not fit {table}",
            n=len(problems),
            table=table,
        ),
        _joined(problems),
        msg("Do this for each of them, or write to another table. Nothing was written."),
    )


def nulls(column: str, count: int) -> Msg:
    return plural(
        "{column} holds {n} null and must have a value: filter these rows out, or fill the column, before the sink",
        "{column} holds {n} nulls and must have a value: filter these rows out, or fill the column, before the sink",
        n=count,
        column=column,
    )


def _joined(problems: Sequence[Msg]) -> Msg:
    first, *rest = problems
    return msg("{first}; {rest}", first=first, rest=_joined(rest)) if rest else msg("{problem}.", problem=first)
