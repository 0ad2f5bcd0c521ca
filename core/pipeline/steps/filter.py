"""The rows for which a condition is true."""

from __future__ import annotations

from sqlglot import exp

from core.models.pipeline import Filter
from core.pipeline.expressions import scalar
from core.pipeline.relation import Relation


def inputs(step: Filter) -> tuple[str, ...]:
    return (step.input,)


def query(step: Filter, given: tuple[Relation, ...]) -> exp.Query:
    return exp.select("*").from_(given[0].table()).where(scalar(step.where, given[0]))
