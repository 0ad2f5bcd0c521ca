"""The order in which tables can be made: what is referred to comes first, as far as that is possible."""

from __future__ import annotations

from collections.abc import Sequence

from core.models.design import Reference, TableDesign


def parents_first(tables: Sequence[TableDesign]) -> tuple[TableDesign, ...]:
    """The tables, each after those it refers to; in a circle the one that was named first comes last.

    Deterministic: tables that do not refer to each other keep their order.
    """
    by_name = {table.name: table for table in tables}
    done: dict[str, TableDesign] = {}
    for table in tables:
        _place(table, by_name, done)
    return tuple(done.values())


def _place(first: TableDesign, by_name: dict[str, TableDesign], done: dict[str, TableDesign]) -> None:
    # A stack of our own: a chain of a thousand tables is deeper than Python's.
    stack, open_ = [(first, iter(first.references))], {first.name}
    while stack:
        table, rest = stack[-1]
        following = next((one.table for one in rest if one.table not in open_ and one.table not in done), None)
        if following is not None and following in by_name:
            open_.add(following)
            stack.append((by_name[following], iter(by_name[following].references)))
        elif following is None:
            done.setdefault(table.name, table)
            stack.pop()


def late(tables: Sequence[TableDesign]) -> tuple[tuple[TableDesign, Reference], ...]:
    """References to the table itself or to one that comes later in this order: they are added once both tables are there."""
    found, made = [], set()
    for table in tables:
        found += [(table, reference) for reference in table.references if reference.table not in made]
        made.add(table.name)
    return tuple(found)
