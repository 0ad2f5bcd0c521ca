"""Profile: from landed rows to what is known about them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from core.engines import rows
from core.errors import ConfigError
from core.models.profile import Profile
from core.models.source import Landed, Table
from core.profile import profile as compute
from core.task import Task
from core.words import msg
from core.workbench import connect
from core.workbench.bench import Workbench

NAME = "all"


def start(wb: Workbench, project: str) -> str:
    """Start a job that profiles every landed table of the project; returns its id."""
    _landed(wb, project)
    return wb.submit("profile", project, msg("Profile"), {"project": project})


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    take(wb, args["project"], task)


def take(wb: Workbench, project: str, task: Task) -> Profile:
    """Profile the project now and keep the result. Raises `ConfigError` where no table is loaded."""
    landed = _landed(wb, project)
    for table in _ready(wb, project):
        connect.files_of(table)
    taken = compute(landed, task, now=wb.store.clock(), spill=wb.store.workspace.spill)
    wb.store.versions.put(project, "profile", NAME, taken)
    used = {file for table in landed.values() for file in table.files}
    used |= {file for table in connect.removed(wb, project) if table.landed for file in table.landed.files}
    wb.store.workspace.sweep(project, used)
    return taken


def latest(wb: Workbench, project: str) -> Profile | None:
    """The last profile that was taken, or None."""
    return wb.store.versions.get(project, "profile", NAME, Profile)


def stale(wb: Workbench, project: str) -> bool:
    """Whether tables were added, removed, renamed or loaded again since the last profile."""
    last = latest(wb, project)
    if last is None:
        return True
    now = {table.name: table.landed.files for table in connect.tables(wb, project) if table.landed}
    return now != dict(last.files)


def current(wb: Workbench, project: str) -> Profile:
    """The last profile; raises `ConfigError` where there is none yet."""
    last = latest(wb, project)
    if last is None:
        raise ConfigError(
            msg("There is no profile yet"),
            msg("The next steps are worked out from it."),
            msg("Open the Profile step and start it."),
        )
    return last


def rows_of(wb: Workbench, query: str, limit: int = 100) -> pa.Table:
    """The rows of a query from a profile (the SQL behind a figure)."""
    return rows.run(query, limit, wb.store.workspace.spill)


def _landed(wb: Workbench, project: str) -> dict[str, Landed]:
    found: dict[str, Landed] = {table.name: table.landed for table in _ready(wb, project) if table.landed}
    if not found:
        raise ConfigError(
            msg("There is nothing to profile"),
            msg("No table of this project has been loaded."),
            msg("Open the Connect step and add one; the sample is one click away."),
        )
    return found


def _ready(wb: Workbench, project: str) -> tuple[Table, ...]:
    return tuple(table for table in connect.tables(wb, project) if table.landed)
