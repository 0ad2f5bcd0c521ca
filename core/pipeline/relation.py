"""What a step sees of its input: a name to select from, and the columns."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlglot import exp

from core.engines.duck import column, name
from core.models.source import Column
from core.pipeline.faults import Fault, no_column
from core.words import msg

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(identifier: str) -> str:
    """What DuckDB compares names by: A to Z without regard to case, every other letter as it is (`Итог` is not `итог`)."""
    return identifier.translate(_LOWER)


@dataclass(frozen=True, slots=True)
class Relation:
    """A named set of rows. Column names are looked up as DuckDB does it."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.columns)

    def find(self, wanted: str) -> Column:
        """The column of this name. Raises `Fault` with the nearest names where there is none."""
        for one in self.columns:
            if fold(one.name) == fold(wanted):
                return one
        raise no_column(wanted, self.names)

    def column(self, wanted: str, table: str | None = None) -> exp.Column:
        """An expression for the column."""
        return column(self.find(wanted).name, table)

    def table(self, alias: str | None = None) -> exp.Table:
        """The relation for a FROM."""
        return exp.Table(this=name(self.name), alias=exp.TableAlias(this=name(alias)) if alias else None)


def free_name(wanted: str, taken: Callable[[str], bool]) -> str:
    """`wanted`, or the first of `wanted_2`, `wanted_3`, … that is not taken."""
    number, free = 1, wanted
    while taken(free):
        number += 1
        free = f"{wanted}_{number}"
    return free


def free_of_doubles(names: Iterable[str], fix) -> None:
    """Raise `Fault` where two of the names are the same to DuckDB."""
    seen: set[str] = set()
    for one in names:
        if fold(one) in seen:
            raise Fault(msg("Two columns would be named {name}.", name=one), fix)
        seen.add(fold(one))


def aliased(expression: exp.Expression, as_name: str) -> exp.Alias:
    """`expression AS "as_name"`. Raises `Fault` for an empty name."""
    if not as_name.strip():
        raise Fault(msg("A new column has no name."), msg("Give it a name."))
    return exp.Alias(this=expression, alias=name(as_name))
