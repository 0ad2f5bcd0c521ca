"""Convert: read any source and write it somewhere else. No project takes part in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.engines.rows import batches
from core.errors import ConfigError
from core.models.source import Landed, Settings
from core.store.files import need_writable, real
from core.task import Task
from core.words import msg
from core.workbench import connect, parts
from core.workbench.bench import Workbench
from core.workbench.pipeline import kind_written, write_file


@dataclass(frozen=True, slots=True)
class Converted:
    """What was read, under the name its table would have, and where it was written."""

    name: str
    landed: Landed
    wrote: str


def convert(
    wb: Workbench,
    source: str,
    target: Path,
    task: Task,
    as_one: bool = False,
    file_column: str = "",
    settings: Settings | None = None,
) -> Converted:
    """Read one source (with `as_one` all files it means, see `sources_of`), as `settings` say, and write its rows to `target` (.parquet,

    .csv or .ndjson), which appears in one step.

    Raises `ConfigError` when `source` means several tables, `UsageError` for a target of no known format, and whatever landing
    and writing raise.
    """
    kind_written(target)
    found = connect.sources_of(source, as_one, file_column, settings)
    if len(found) == 1 and parts.several(found[0]):
        raise ConfigError(
            msg("{source} would become several tables", source=source),
            msg("One file can hold one table, and the lists would be lost."),
            msg("Set nested to json or flatten, or load the tables into a project: python -m core profile --project NAME."),
        )
    if len(found) != 1:
        raise ConfigError(
            msg("{source} is {n} tables, not one", source=source, n=len(found)),
            msg("One file can hold one table."),
            msg("Name one file, or read all of them as one table with --as-one."),
        )
    if real(target) in connect.files_read(found[0]):
        raise ConfigError(
            msg("{name} would be written over itself", name=target.name),
            msg("Rows that cannot be placed, and how the values were written, would be lost."),
            msg("Name another target."),
        )
    need_writable(target)
    with wb.store.workspace.scratch() as folder:
        landed = connect.read(wb, found[0], folder, task.part(0.0, 0.6))
        with batches(landed.files, task, wb.store.workspace.spill) as (schema, rows):
            wrote = write_file(target, rows, schema, "replace", task.part(0.6, 1.0))
    return Converted(connect.name_of(found[0]), landed, wrote)
