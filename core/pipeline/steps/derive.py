"""Columns added or replaced. Every expression sees the input as it came in, never another new column."""

from __future__ import annotations

from sqlglot import exp

from core.models.pipeline import Derive
from core.pipeline.expressions import scalar
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation, aliased, fold, free_of_doubles
from core.words import msg


def inputs(step: Derive) -> tuple[str, ...]:
    return (step.input,)


def query(step: Derive, given: tuple[Relation, ...]) -> exp.Query:
    source = given[0]
    if not step.columns:
        raise Fault(msg("It derives no column."), msg("Add a column with an expression, or remove the step."))
    free_of_doubles(step.columns, msg("Give each new column a name of its own."))
    made = {fold(name): aliased(scalar(text, source), name) for name, text in step.columns.items()}
    kept = [made.pop(fold(name), None) or source.column(name) for name in source.names]
    return exp.select(*kept, *made.values()).from_(source.table())
