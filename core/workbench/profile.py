"""Profile: from landed rows to what is known about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.engines import rows
from core.errors import ConfigError
from core.models.profile import ColumnProfile, Profile
from core.models.source import Activity, Column, Landed, Table
from core.profile import EDITION, figures, usage
from core.profile import profile as compute
from core.task import Task
from core.words import Msg, msg
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
    """Profile the project now and keep the result; where the tables are as they were at the last profile, that is the answer.

    Raises `ConfigError` where no table is loaded.
    """
    landed = _landed(wb, project)
    for table in _ready(wb, project):
        connect.files_of(table)
    if (known := _known(wb, project)) is not None:
        task.at(1, msg("The tables are those of the last profile: it is taken from there"))
        _sweep(wb, project, landed)
        return known
    taken = compute(landed, task, now=wb.store.clock(), spill=wb.store.workspace.spill)
    wb.store.versions.put(project, "profile", NAME, taken)
    _sweep(wb, project, landed)
    return taken


def _known(wb: Workbench, project: str) -> Profile | None:
    """The last profile where it is of just these files and these figures."""
    if stale(wb, project):
        return None
    last = latest(wb, project)
    return last if last is not None and last.edition == EDITION else None


def _sweep(wb: Workbench, project: str, landed: dict[str, Landed]) -> None:
    """Delete what reloads replaced, unless a job is at work that may still read it: the next profile will then."""
    if any(job.kind != "profile" for job in wb.store.jobs.list(project, active=True)):
        return
    used = {file for table in landed.values() for file in table.files}
    used |= {file for table in connect.removed(wb, project) if table.landed for file in table.landed.files}
    wb.store.workspace.sweep(project, used)


def latest(wb: Workbench, project: str) -> Profile | None:
    """The last profile that was taken, or None."""
    return wb.store.versions.get(project, "profile", NAME, Profile)


def known(wb: Workbench, project: str) -> bool:
    """Whether there is a profile, of these tables or of earlier ones."""
    return wb.store.versions.made_at(project, "profile", NAME) is not None


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the tables since a profile was taken: their names, and (before, now) of those that were renamed."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    reloaded: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.reloaded or self.renamed)


@dataclass(frozen=True, slots=True)
class _Files:
    """Of a profile only what it was taken of: to read the whole of a wide one takes long, and this is asked on every click."""

    files: tuple[tuple[str, tuple[str, ...]], ...] = ()


def changes(wb: Workbench, project: str) -> Changes | None:
    """How the tables differ from those of the last profile; nothing changed where it is false, None where there is no profile."""
    taken = wb.store.versions.get(project, "profile", NAME, _Files)
    if taken is None:
        return None
    then = dict(taken.files)
    now = {table.name: table.landed.files for table in connect.tables(wb, project) if table.landed}
    gone = [name for name in then if name not in now]
    new = [name for name in now if name not in then]
    renamed = tuple((old, name) for old in gone for name in new if then[old] == now[name])
    return Changes(
        tuple(name for name in gone if name not in {old for old, _ in renamed}),
        tuple(name for name in new if name not in {name for _, name in renamed}),
        tuple(name for name in now if name in then and now[name] != then[name]),
        renamed,
    )


def stale(wb: Workbench, project: str) -> bool:
    """Whether there is no profile of the tables as they are: none at all, or they changed since."""
    found = changes(wb, project)
    return found is None or bool(found)


def newer(wb: Workbench, project: str, kind: str, name: str) -> bool:
    """Whether something kept under a kind and a name was made after the last profile."""
    made, taken = wb.store.versions.made_at(project, kind, name), wb.store.versions.made_at(project, "profile", NAME)
    return made is not None and taken is not None and made.created >= taken.created


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


def outlier_query(found: Profile, table: str, column: ColumnProfile) -> str:
    """The SQL of a column's outliers, as whole rows; "" where it has none."""
    if not column.outliers or column.fences is None:
        return ""
    return figures.beyond(Column(column.name, column.type), column.fences, dict(found.files)[table])


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


def counted(activity: Activity) -> tuple[Msg, ...]:
    """What a table's server counted of its use, a sentence each."""
    return usage.told(activity)
