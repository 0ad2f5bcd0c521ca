"""A long piece of work: what was asked, how far it is, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.models.source import Source
from core.words import Msg

State = Literal["queued", "running", "done", "failed", "cancelled", "cut off"]
ACTIVE: tuple[State, ...] = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a job failed, in the words of an `AssayError`; `bug` when it was not one, with the last line of the traceback in `why`."""

    what: Msg | str
    why: Msg | str
    fix: Msg | str
    bug: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source of a landing: the table it is now, or why it was not loaded.

    `file` is what was asked for where it did not become a source.
    """

    name: str
    table: str = ""
    rows: int = 0
    rejected: int = 0
    trouble: Trouble | None = None
    source: Source | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a job's log."""

    at: datetime
    text: Msg


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the store keeps it. `args` and `result` are plain JSON; `fraction` is between 0 and 1."""

    id: str
    project: str
    kind: str
    title: Msg
    state: State
    args: dict[str, Any]
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    fraction: float = 0.0
    step: Msg | None = None
    result: Any = None
    trouble: Trouble | None = None
    cancel_requested: bool = False

    @property
    def active(self) -> bool:
        return self.state in ACTIVE
