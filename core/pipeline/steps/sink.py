"""Where rows go. The rows are those of the input; this only checks that the target is named."""

from __future__ import annotations

from pathlib import PurePath

from sqlglot import exp

from core.models.pipeline import Sink
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation
from core.words import msg

SUFFIXES = (".parquet", ".csv", ".ndjson")
OF_FILES = ("file", "s3", "hdfs")
"""Targets that hold files; the others hold tables."""


def inputs(step: Sink) -> tuple[str, ...]:
    return (step.input,)


def query(step: Sink, given: tuple[Relation, ...]) -> exp.Query:
    if step.target != "file" and not step.connection:
        raise Fault(
            msg("The target is not complete: no saved connection is named."),
            msg("Name a connection of the kind {kind}; the Connect step saves one.", kind=step.target),
        )
    (_check_path if step.target in OF_FILES else _check_table)(step)
    if step.mode == "upsert":
        _check_keys(step, given[0])
    return exp.select("*").from_(given[0].table())


def _check_path(step: Sink) -> None:
    if PurePath(step.path).suffix.lower() not in SUFFIXES:
        raise Fault(
            msg("The file {path} has no format.", path=step.path or "—"),
            msg("End its name in one of {suffixes}.", suffixes=", ".join(SUFFIXES)),
        )
    if step.target == "s3" and "/" not in step.path.strip("/"):
        raise Fault(msg("The path {path} names no bucket.", path=step.path), msg("Write it as bucket/folder/file."))


def _check_table(step: Sink) -> None:
    if step.target == "kafka" and step.mode == "replace":
        raise Fault(
            msg("A topic cannot be replaced: it is a log, and nothing takes the place of all that is in it."),
            msg("Choose append, or upsert with keys into a topic that keeps the last message of each key."),
        )
    if not step.table:
        raise Fault(msg("The target is not complete: no table is named."), msg("Name a table, or schema.table."))


def _check_keys(step: Sink, given: Relation) -> None:
    if not step.keys:
        raise Fault(
            msg("An upsert needs keys: which columns tell one row from another?"),
            msg("Name them in the field {name}.", name="keys"),
        )
    for key in step.keys:
        given.find(key)
