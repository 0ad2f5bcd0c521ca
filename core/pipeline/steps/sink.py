"""Where rows go. The rows are those of the input; this only checks that the target is named."""

from __future__ import annotations

from pathlib import PurePath

from sqlglot import exp

from core.models.pipeline import Sink
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation
from core.words import msg

SUFFIXES = (".parquet", ".csv", ".ndjson")


def inputs(step: Sink) -> tuple[str, ...]:
    return (step.input,)


def query(step: Sink, given: tuple[Relation, ...]) -> exp.Query:
    if step.target == "file" and PurePath(step.path).suffix.lower() not in SUFFIXES:
        raise Fault(
            msg("The file {path} has no format.", path=step.path or "—"),
            msg("End its name in one of {suffixes}.", suffixes=", ".join(SUFFIXES)),
        )
    if step.target == "postgres" and not (step.connection and step.table):
        raise Fault(
            msg("The target in PostgreSQL is not complete."),
            msg("Name a saved connection and a table (or schema.table)."),
        )
    return exp.select("*").from_(given[0].table())
