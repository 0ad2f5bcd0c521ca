"""Rows in order, the first of them where a limit is given. Nulls come last in either direction unless said otherwise."""

from __future__ import annotations

from sqlglot import exp

from core.models.pipeline import Order, Sort
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation
from core.words import msg


def inputs(step: Sort) -> tuple[str, ...]:
    return (step.input,)


def query(step: Sort, given: tuple[Relation, ...]) -> exp.Query:
    source = given[0]
    if not step.by and step.limit is None:
        raise Fault(msg("It sorts by nothing."), msg("Add a column to sort by, or a limit."))
    if step.limit is not None and step.limit < 0:
        raise Fault(msg("The limit is below 0."), msg("Give the number of rows to keep."))
    select = exp.select("*").from_(source.table())
    if step.by:
        select = select.order_by(*(ordered(key, source) for key in step.by))
    return select.limit(step.limit) if step.limit is not None else select


def ordered(key: Order, source: Relation) -> exp.Ordered:
    """One sort key, with the place of nulls always said."""
    return exp.Ordered(this=source.column(key.column), desc=key.descending, nulls_first=key.nulls_first)
