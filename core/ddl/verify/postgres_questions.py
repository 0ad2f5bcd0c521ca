"""Questions that PostgreSQL's indexes are there for, and what its plans say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
from sqlglot import exp

from core.ddl.dialects.base import Named, Typed
from core.ddl.dialects.postgres import Postgres
from core.ddl.kinds import element
from core.ddl.verify import values
from core.ddl.verify.compare import document
from core.ddl.verify.engine import Table
from core.engines import duck
from core.models.design import Index
from core.models.types import family
from core.words import Msg, msg, percent

PARTS = """
WITH RECURSIVE parts AS (
  SELECT %s::regclass::oid AS oid UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN parts p ON i.inhparent = p.oid
) SELECT c.relname FROM pg_catalog.pg_class c JOIN parts ON c.oid = parts.oid
"""
"""The names of an index and of its parts in the partitions: those are the ones that a plan names."""

WORTH = 0.8
"""What a question may cost with an index, as a share of its cost without: every index is paid for with every row written."""

KEYS = 5
"""Keys of a document that are asked about one after the other."""


def regclass(name: str) -> str:
    """A name as the type regclass reads it."""
    return exp.to_identifier(name, quoted=True).sql(dialect="postgres")


def questions(grammar: Postgres, table: Table, index: Index, local: duckdb.DuckDBPyConnection) -> Iterator[exp.Select]:
    rendered = table.rendered
    types = {name: Typed(kind) for name, kind in rendered.types.items()}
    named = Named(rendered.design, rendered.name, rendered.columns, rendered.indexes, types)
    for condition in _conditions(grammar, named, table, index, local):
        yield exp.select("*").from_(grammar.table(rendered.name)).where(condition)


def _conditions(
    grammar: Postgres, named: Named, table: Table, index: Index, local: duckdb.DuckDBPyConnection
) -> Iterator[exp.Expression]:
    if index.where:
        yield grammar.predicate(named, index)
    if index.kind == "gin":
        yield from _contained(grammar, named, table, index, local)
    elif index.kind in ("btree", "brin") and len(index.columns) == 1 and _is_time(table, index.columns[0]):
        yield from _between(grammar, named, table, index, local)
    else:
        texts = values.typical(local, table.drawn.name, index.columns)
        equal = [_equal(grammar, named, column, value) for column, value in zip(index.columns, texts)]
        yield from [exp.and_(*equal)] if equal else []


def _is_time(table: Table, column: str) -> bool:
    return family(table.drawn.types[column]) in ("date", "timestamp")


def _value(named: Named, column: str, value: str) -> exp.Expression:
    return exp.Cast(this=exp.Literal.string(value), to=Postgres.type(named.types[column].text))


def _equal(grammar: Postgres, named: Named, column: str, value: str) -> exp.Expression:
    return exp.EQ(this=grammar.column(named, column), expression=_value(named, column, value))


def _between(
    grammar: Postgres, named: Named, table: Table, index: Index, local: duckdb.DuckDBPyConnection
) -> Iterator[exp.Expression]:
    column = index.columns[0]
    edges = [_value(named, column, edge) for edge in values.a_while(local, table.drawn.name, column)]
    if edges:
        yield exp.and_(
            exp.GTE(this=grammar.column(named, column), expression=edges[0]),
            exp.LTE(this=grammar.column(named, column), expression=edges[1]),
        )


def _contained(
    grammar: Postgres, named: Named, table: Table, index: Index, local: duckdb.DuckDBPyConnection
) -> Iterator[exp.Expression]:
    column = index.columns[0]
    kind, this = named.types[column].text, grammar.column(named, column)
    if kind == "text":
        vector = grammar.searched(named, index, column)
        for word in values.words(local, table.drawn.name, column):
            query = exp.Anonymous(this="plainto_tsquery", expressions=[exp.Literal.string("simple"), exp.Literal.string(word)])
            yield exp.MatchAgainst(this=query, expressions=[vector.copy()])
    elif kind == "jsonb":
        for part in _parts(values.typical(local, table.drawn.name, (column,), [document(duck.column(column))])):
            yield exp.ArrayContainsAll(
                this=this.copy(), expression=exp.Cast(this=exp.Literal.string(part), to=Postgres.type("jsonb"))
            )
    else:
        for value in values.an_element(local, table.drawn.name, column):
            one = exp.Cast(this=exp.Literal.string(value), to=Postgres.type(element(kind)))
            yield exp.ArrayContainsAll(this=this.copy(), expression=exp.Array(expressions=[one]))


def _parts(documents: list[str]) -> Iterator[str]:
    """Small documents that a document contains: one key with its value each."""
    for text in documents:
        found = json.loads(text)
        if isinstance(found, dict):
            yield from (json.dumps({key: value}) for key, value in list(found.items())[:KEYS])
        else:
            yield json.dumps(found[:1] if isinstance(found, list) else found)


# Plans


def used_indexes(plan: dict[str, Any]) -> Iterator[str]:
    """The indexes that a plan (EXPLAIN, JSON) reads."""
    if "Index Name" in plan:
        yield plan["Index Name"]
    for child in plan.get("Plans", ()):
        yield from used_indexes(child)


def verdict(plan: dict[str, Any], without: dict[str, Any], names: set[str], rows: int) -> tuple[bool, Msg]:
    """Whether an index (`names`: it and its parts) earns its place: what the planner chose, and what it chooses `without` it."""
    used = set(used_indexes(plan))
    costs = {"cost": round(plan["Total Cost"]), "other": round(without["Total Cost"])}
    if used & names and plan["Total Cost"] <= WORTH * without["Total Cost"]:
        return True, msg("The planner reads it: the question costs {cost} instead of {other}.", **costs)
    if used & names:
        return False, msg("The planner reads it, but the question costs {cost} instead of {other}: too little saved.", **costs)
    if used:
        return False, msg("The planner reads {other} instead.", other=", ".join(sorted(used)))
    share = percent(min(1.0, plan["Plan Rows"] / rows)) if rows else percent(0)
    return False, msg("Reading the whole table is cheaper: the planner expects {share} of the rows.", share=share)
