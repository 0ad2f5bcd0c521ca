"""Quality: the rules a profile suggests, counted over the rows it was taken of."""

from __future__ import annotations

from typing import Any

from core.models.quality import Quality
from core.profile.quality import assess
from core.task import Task
from core.words import msg
from core.workbench import profile
from core.workbench.bench import Workbench

NAME = "all"


def start(wb: Workbench, project: str) -> str:
    """Start a job that counts what breaks the rules; returns its id. Raises `ConfigError` where there is no profile."""
    profile.current(wb, project)
    return wb.submit("quality", project, msg("Quality"), {"project": project})


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    take(wb, args["project"], task)


def take(wb: Workbench, project: str, task: Task) -> Quality:
    """Count now and keep the result. Raises `ConfigError` where there is no profile."""
    found = assess(profile.current(wb, project), task, now=wb.store.clock(), spill=wb.store.workspace.spill)
    wb.store.versions.put(project, "quality", NAME, found)
    return found


def latest(wb: Workbench, project: str) -> Quality | None:
    """What was counted of the profile there is; None where that has not been done."""
    found = wb.store.versions.get(project, "quality", NAME, Quality)
    taken = profile.latest(wb, project)
    return found if found is not None and taken is not None and found.profiled_at == taken.taken_at else None
