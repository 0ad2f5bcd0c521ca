"""Files with nested parts: one that becomes several tables of the project, and what each way to read it costs."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from connectors import registry
from connectors.files.nested import CHOICES
from core.errors import ConfigError
from core.models.source import Landed, NestedChoice, Source, Table
from core.task import Task
from core.words import msg

if TYPE_CHECKING:
    from core.workbench.bench import Workbench

SAMPLE = 20_000
"""Rows by which the choices are measured."""

FAR_SAMPLE = 200
"""The same for a file that is not here: no more than its head is fetched."""


def may_nest(source: Source) -> bool:
    """Whether the kind of a source can read nested parts in several ways."""
    return "parts" in registry.connector(source.kind).capabilities


def may_be_asked(source: Source) -> bool:
    """Whether what each way costs can be measured: of a file here that is still there, or a far one; not of many as one table."""
    from core.workbench import landing

    return may_nest(source) and not source.as_one and (_far(source) or landing.file_of(source) is not None)


def several(source: Source) -> bool:
    """Whether a source becomes several tables."""
    return may_nest(source) and not source.as_one and dict(source.settings).get("nested") == "tables"


def need_one(source: Source) -> None:
    """Raise `ConfigError` for many files as one table whose lists would be tables: they would be lost."""
    if source.as_one and may_nest(source) and dict(source.settings).get("nested") == "tables":
        raise ConfigError(
            msg("Many files as one table cannot become several tables"),
            msg("Their lists would be lost."),
            msg("Set nested to json or flatten, or load the files one by one."),
        )


def land(wb: Workbench, project: str, source: Source, task: Task, known: Table | None = None) -> Table:
    """Land all tables of a source, reading it once: new ones are added, those of an earlier landing get the new rows.

    Where it is read as one table now, those of its lists are taken out of the project (and can be brought back).
    """
    from core.store.repositories import new_id
    from core.workbench import landing

    source = item(source)
    there = {table.source.path: table for table in wb.store.tables.of(project) if _of_one(table.source, source)}
    if known is not None and not is_list(known.source):
        there[source.path] = known
    made: dict[tuple[str, ...], str] = {}
    task.at(0.0, msg("Loading {name}", name=landing.name_of(source)))
    with ExitStack() as landings:

        def folder(path: tuple[str, ...]) -> Path:
            made[path] = there[path].id if path in there else new_id()
            return landings.enter_context(wb.store.workspace.landing(project, made[path]))

        with landing.opened(wb, source) as place:
            found = place.land_parts(source.path, folder, task)
    tables = [_kept(wb, project, replace(source, path=path), landed, made[path], there.get(path), task) for path, landed in found]
    for path, table in there.items():
        if path not in dict(found) and is_list(table.source):
            wb.store.tables.remove(table.id)
    wanted = known.source.path if known is not None else source.path
    return next((table for table in tables if table.source.path == wanted), tables[0])


def _kept(wb: Workbench, project: str, source: Source, landed: Landed, table: str, known: Table | None, task: Task) -> Table:
    from core.workbench import landing

    name = known.name if known else landing.free_name(wb, project, landing.name_of(source))
    if known is None:
        wb.store.tables.create(project, name, source, landed, table)
    else:
        wb.store.tables.land(table, landed, source)
    landing.tell(task, name, landed)
    return wb.store.tables.get(table)


def item(source: Source) -> Source:
    """The source of the whole item that a table is a part of. The path of a list is (file, table or "", list), or ends with ("", list)."""
    path = source.path
    if "" in path:
        return replace(source, path=path[: path.index("")])
    return replace(source, path=path[:2]) if len(path) > 2 and not _far(source) else source


def is_list(source: Source) -> bool:
    """Whether a table is a list inside an item."""
    return may_nest(source) and item(source) != source


def _far(source: Source) -> bool:
    return "far" in registry.connector(source.kind).capabilities


def _of_one(one: Source, other: Source) -> bool:
    """Whether two tables are parts of one item."""
    from core.workbench import landing

    return landing.same(item(one), item(other))


def nested_choices(wb: Workbench, table: str, most: int = SAMPLE) -> tuple[NestedChoice, ...]:
    """What each way to read the nested parts of a table's file costs: its first rows are really read each way.

    Empty for a table whose file cannot be read so, or has nothing nested. Raises what landing raises.
    """

    source = wb.store.tables.get(table).source
    if not may_be_asked(source):
        return ()
    most = min(most, FAR_SAMPLE) if _far(source) else most
    chosen = str(dict(source.settings).get("nested") or "json")
    source = item(source)
    found = tuple(_measured(wb, source, choice, most, choice == chosen) for choice in CHOICES)
    first, flat, _ = found
    nothing = first.columns == flat.columns and all(len(one.tables) == 1 for one in found)
    return () if nothing and chosen == "json" else found


def _measured(wb: Workbench, source: Source, choice: str, most: int, chosen: bool) -> NestedChoice:
    from core.workbench import landing

    settings = {**dict(source.settings), "nested": choice}
    with tempfile.TemporaryDirectory(prefix="assay-", dir=wb.store.workspace.spill) as aside:

        def folder(path: tuple[str, ...]) -> Path:
            return Path(tempfile.mkdtemp(dir=aside))

        with landing.opened(wb, replace(source, settings=tuple(settings.items()))) as place:
            found = place.land_parts(source.path, folder, Task(), most)
        cells, nulls = map(sum, zip(*(_cells(landed) for _, landed in found)))
    return NestedChoice(
        choice,
        found[0][1].rows,
        tuple(landing.name_of(replace(source, path=path)) for path, _ in found),
        sum(len(landed.columns) for _, landed in found),
        sum(landed.bytes for _, landed in found),
        nulls / cells if cells else 0.0,
        chosen,
    )


def _cells(landed: Landed) -> tuple[int, int]:
    """Cells of a small landed table, and how many of them are null."""
    cells = nulls = 0
    for batch in pq.ParquetFile(landed.files[0]).iter_batches():
        cells += batch.num_rows * batch.num_columns
        nulls += sum(column.null_count for column in batch.columns)
    return cells, nulls
