"""The full statistical report of a table, made by fg-data-profiling and kept with the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.profile import full
from core.task import Task
from core.words import msg
from core.workbench import connect, privacy, profile
from core.workbench.bench import Workbench

ROWS, available = full.ROWS, full.available


@dataclass(frozen=True, slots=True)
class FullReport:
    """A report that was made: its file, of how many rows of how many, and whether in the short form."""

    table: str
    file: str
    rows: int
    of_rows: int
    minimal: bool
    made_at: datetime


def start(wb: Workbench, project: str, table: str, rows: int, minimal: bool) -> str:
    """Start a job that makes the report; returns its id. Raises `ConfigError` where there is no profile of the table."""
    _profiled(wb, project, table)
    args = {"project": project, "table": table, "rows": rows, "minimal": minimal}
    return wb.submit("full", project, msg("Full report of {table}", table=table), args)


def work(wb: Workbench, task: Task, args: dict[str, Any]) -> None:
    take(wb, args["project"], args["table"], task, rows=args["rows"], minimal=args["minimal"])


def take(
    wb: Workbench, project: str, table: str, task: Task, *, rows: int = ROWS, minimal: bool = False, out: Path | None = None
) -> FullReport:
    """Make the report now and keep it; `out` is where it goes in place of the project's folder."""
    taken = _profiled(wb, project, table)
    landed = next((one.landed for one in connect.tables(wb, project) if one.name == table and one.landed), None)
    if landed is None:
        raise _gone(table)
    personal = {column.name for column in privacy.decided(wb, project, taken).table(table).columns if column.personal}
    file = out or wb.store.workspace.reports(project) / f"{wb.store.clock():%Y%m%d-%H%M%S}-full.html"
    count = full.full(landed, table, personal, file, task, rows=rows, minimal=minimal)
    made = FullReport(table, str(file), count, landed.rows, minimal, wb.store.clock())
    wb.store.versions.put(project, "full", table, made)
    return made


def latest(wb: Workbench, project: str, table: str) -> FullReport | None:
    """The last report of a table whose file is still there."""
    found = wb.store.versions.get(project, "full", table, FullReport)
    return found if found is not None and Path(found.file).exists() else None


def _profiled(wb: Workbench, project: str, table: str):
    taken = profile.current(wb, project)
    if table not in {one.name for one in taken.tables}:
        raise _gone(table)
    return taken


def _gone(table: str) -> ConfigError:
    return ConfigError(
        msg("There is no table {name}.", name=table),
        msg("It was not profiled, or it was removed since."),
        msg("Profile the tables, and choose one of them."),
    )
