"""The kinds of steps: one file each, with the same two functions.

`inputs(step)` names the nodes it reads; `query(step, given)` is its SELECT over those relations, or raises `Fault`. A tenth kind is a
dataclass in `core.models.pipeline`, a file here and a line in `STEPS`.
"""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from core.models.pipeline import Step
from core.pipeline.relation import Relation
from core.pipeline.steps import aggregate, derive, filter, join, sink, sort, source, window


class Kind(Protocol):
    """What each module of this folder is."""

    def inputs(self, step: Step) -> tuple[str, ...]: ...

    def query(self, step: Step, given: tuple[Relation, ...]) -> exp.Query: ...


STEPS: dict[str, Kind] = {
    "source": source,
    "filter": filter,
    "derive": derive,
    "join": join,
    "aggregate": aggregate,
    "window": window,
    "sort": sort,
    "sink": sink,
}


def inputs(step: Step) -> tuple[str, ...]:
    """The ids of the nodes a step reads, in order."""
    return STEPS[step.step].inputs(step)


def query(step: Step, given: tuple[Relation, ...]) -> exp.Query:
    """The SELECT of a step over its inputs. Raises `Fault`."""
    return STEPS[step.step].query(step, given)
