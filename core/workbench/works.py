"""The kinds of jobs: name → the work, as the job runner calls it. One line a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.jobs import Work
from core.workbench import connect, ddl, full, pipeline, profile, pushdown, quality

if TYPE_CHECKING:
    from core.workbench.bench import Workbench


def works(wb: Workbench) -> dict[str, Work]:
    return {
        "land": lambda task, args: connect.land_work(wb, task, args),
        "reload": lambda task, args: connect.reload_work(wb, task, args),
        "profile": lambda task, args: profile.work(wb, task, args),
        "full": lambda task, args: full.work(wb, task, args),
        "pushdown": lambda task, args: pushdown.work(wb, task, args),
        "quality": lambda task, args: quality.work(wb, task, args),
        "ddl": lambda task, args: ddl.work(wb, task, args),
        "run": lambda task, args: pipeline.work(wb, task, args),
    }
