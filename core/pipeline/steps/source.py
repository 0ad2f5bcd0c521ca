"""All rows of a table of the project. Its one relation is the table itself."""

from __future__ import annotations

from sqlglot import exp

from core.models.pipeline import Source
from core.pipeline.relation import Relation


def inputs(step: Source) -> tuple[str, ...]:
    return ()


def query(step: Source, given: tuple[Relation, ...]) -> exp.Query:
    return exp.select("*").from_(given[0].table())
