"""Names of columns here: DuckDB takes `A` and `a` for one name, servers do not."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp


def free_name(wanted: str, seen: set[str]) -> str:
    """`wanted`, or with a number where that is taken; `seen` holds the names in small letters and learns this one."""
    name, number = wanted, 1
    while name.lower() in seen:
        number += 1
        name = f"{wanted}_{number}"
    seen.add(name.lower())
    return name


def as_here(table: exp.Expression, names: Iterable[tuple[str, str]]) -> exp.Expression:
    """The table of a server with its columns called as they are here, of pairs of the name there and the name here."""
    pairs = list(names)
    if all(there == here for there, here in pairs):
        return table
    columns = [exp.alias_(exp.column(exp.to_identifier(there, quoted=True)), here, quoted=True) for there, here in pairs]
    return exp.select(*columns).from_(table).subquery("t")
