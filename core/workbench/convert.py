"""Convert: land any source and write it somewhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.engines.rows import batches
from core.errors import ConfigError
from core.models.source import Table
from core.task import Task
from core.words import msg
from core.workbench import connect
from core.workbench.bench import Workbench
from core.workbench.pipeline import write_file


@dataclass(frozen=True, slots=True)
class Converted:
    """What was read and where it was written."""

    table: Table
    wrote: str


def convert(wb: Workbench, project: str, source: str, target: Path, task: Task) -> Converted:
    """Land one source and write its rows to `target` (.parquet, .csv or .ndjson), which appears in one step.

    Raises `ConfigError` when `source` means several tables, and whatever landing and writing raise.
    """
    found = connect.sources_of(source)
    if len(found) != 1:
        raise ConfigError(
            msg("{source} is {n} tables, not one", source=source, n=len(found)),
            msg("One file can hold one table."),
            msg("Name one file."),
        )
    if connect.file_of(found[0]) == target.resolve():
        raise ConfigError(
            msg("{name} would be written over itself", name=target.name),
            msg("Rows that cannot be placed, and how the values were written, would be lost."),
            msg("Name another target."),
        )
    table = connect.land(wb, project, found[0], task.part(0.0, 0.6))
    with batches(table.landed.files, task, wb.store.workspace.spill) as (schema, rows):
        wrote = write_file(target, rows, schema, "replace", task.part(0.6, 1.0))
    return Converted(table, wrote)
