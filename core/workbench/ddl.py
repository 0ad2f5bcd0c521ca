"""DDL: from the profile to statements that were executed."""

from __future__ import annotations

import shutil
from typing import Any

from core.ddl import dialects, make
from core.models.design import Design
from core.task import Task
from core.words import msg
from core.workbench import profile
from core.workbench.bench import Workbench

NAME = "all"
DIALECTS = dialects.names()


def start(wb: Workbench, project: str) -> str:
    """Start a job that designs the tables and proves the DDL on the embedded engines; returns its id."""
    profile.current(wb, project)
    return wb.submit("ddl", project, msg("Design and prove the DDL"), {"project": project})


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    take(wb, args["project"], task)


def take(wb: Workbench, project: str, task: Task, *, prove: bool = True, dialects: tuple[str, ...] | None = None) -> Design:
    """Design the tables of the last profile now, prove the DDL and keep the result."""
    folder = wb.store.workspace.proofs(project)
    chosen = dialects or DIALECTS
    try:
        made = make(profile.current(wb, project), task, prove=prove, folder=folder, dialects=chosen)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wb.store.versions.put(project, "ddl", NAME, made)
    return made


def latest(wb: Workbench, project: str) -> Design | None:
    """The last design that was made, or None."""
    return wb.store.versions.get(project, "ddl", NAME, Design)


def stale(wb: Workbench, project: str) -> bool:
    """Whether a profile was taken after the last design."""
    made = wb.store.versions.made_at(project, "ddl", NAME)
    return made is not None and not profile.newer(wb, project, "ddl", NAME)


def proven(wb: Workbench, project: str) -> bool:
    """Whether the statements for the last profile were executed, and every table was read back equal in every dialect that was proven."""
    found = latest(wb, project)
    return found is not None and not stale(wb, project) and bool(found.proofs) and all(proof.passed for proof in found.proofs)
