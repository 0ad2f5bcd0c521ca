"""A project: one data set and everything made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.models.source import Value


@dataclass(frozen=True, slots=True)
class Project:
    """A project by id, with the name the person gave it."""

    id: str
    name: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """A saved connection. Secrets are not here: the secrets store holds them under the connection's id."""

    id: str
    name: str
    kind: str
    settings: tuple[tuple[str, Value], ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version of something the person or a stage made (`kind`: profile, advice, design, pipeline, run, workload)."""

    id: str
    project: str
    kind: str
    name: str
    number: int
    created: datetime
