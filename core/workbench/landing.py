"""Landing: rows of sources become tables of a project, each with a word of what became of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.base import Connector
from connectors.files.together import land_together
from core.errors import AssayError, Cancelled, DataError
from core.models.codec import from_plain, to_plain
from core.models.job import Job, Outcome, Trouble
from core.models.source import Landed, Settings, Source, Table
from core.store.files import named, real
from core.store.repositories import new_id
from core.task import Task
from core.words import msg, plural
from core.workbench import parts
from core.workbench.bench import Workbench
from core.workbench.connections import settings_of
from core.workbench.sources import files_of_one, left_out, sources_of


def plain(source: Source) -> dict[str, Any]:
    """A source as an argument of a job."""
    return {
        "kind": source.kind,
        "settings": dict(source.settings),
        "path": list(source.path),
        "connection": source.connection,
        "as_one": source.as_one,
        "file_column": source.file_column,
    }


def source_of(item: dict[str, Any]) -> Source:
    """A source of a job's arguments; those of an older Assay say nothing of `as_one`."""
    return Source(
        item["kind"],
        tuple(item["settings"].items()),
        tuple(item["path"]),
        item["connection"],
        item.get("as_one", False),
        item.get("file_column", ""),
    )


def land_work(wb: Workbench, task: Task, args: dict[str, Any]) -> list[dict[str, Any]]:
    """The work of a landing job; returns (and keeps, however it ends) an `Outcome` for each source.

    One that fails does not stop the others; the error then names all that failed.
    """
    if args.get("text") and (note := left_out(args["text"])):
        task.note(note)
    made: list[Outcome] = []
    errors: list[AssayError] = []
    wanted: list[Source] = [source_of(item) for item in args.get("sources", ())]
    for file in args.get("files", ()):
        try:
            wanted += sources_of(file)
        except AssayError as error:
            errors.append(error)
            made.append(_lost(Path(file).name, error, task, file=file))
    for number, source in enumerate(wanted):
        part = task.part(number / len(wanted), (number + 1) / len(wanted))
        try:
            table = land(wb, args["project"], source, part, _counter(number, wanted))
            made.append(Outcome(table.name, table.id, table.landed.rows, table.landed.rejected, source=source))
        except Cancelled:
            raise
        except AssayError as error:
            errors.append(error)
            made.append(_lost(name_of(source), error, task, source=source))
        task.keep([to_plain(one) for one in made])
    task.keep([to_plain(one) for one in made])
    if errors:
        raise errors[0] if len(made) == 1 else _failed(made, errors)
    return [to_plain(one) for one in made]


def _counter(number: int, wanted: list[Source]) -> str:
    """Which of how many is loaded: `3/12`; nothing where there is one."""
    return f"{number + 1}/{len(wanted)}" if len(wanted) > 1 else ""


def _lost(name: str, error: AssayError, task: Task, source: Source | None = None, file: str = "") -> Outcome:
    task.note(msg("{name}: {what}. {why}", name=name, what=error.what, why=error.why))
    return Outcome(name, trouble=Trouble(error.what, error.why, error.fix), source=source, file=file)


def _failed(made: list[Outcome], errors: list[AssayError]) -> AssayError:
    """One error for many: the first is told whole, the others by name."""
    failed, first = [one.name for one in made if one.trouble], errors[0]
    landed = len(made) - len(failed)
    if len(failed) == 1:
        fix = msg("{fix} Loaded all the same: {n}.", fix=first.fix, n=landed)
        return DataError(msg("{name}: {what}", name=failed[0], what=first.what), first.why, fix)
    return DataError(
        plural(
            "{n} table could not be loaded: {names}",
            "{n} tables could not be loaded: {names}",
            n=len(failed),
            names=", ".join(failed),
        ),
        msg("The first of them, {name}: {what}. {why}", name=failed[0], what=first.what, why=first.why),
        msg("{fix} Loaded all the same: {n}. The log of the job names each.", fix=first.fix, n=landed),
    )


def outcomes(job: Job) -> tuple[Outcome, ...]:
    """What became of each source of a landing job; nothing for a job that was not one, or that an older Assay ran."""
    told = job.result if job.kind == "land" and isinstance(job.result, list) else []
    return tuple(from_plain(Outcome, one) for one in told if isinstance(one, dict))


def try_failed_again(wb: Workbench, job: str) -> str:
    """Start a job for those sources of a landing job that were not loaded; returns its id."""
    old = wb.job(job)
    lost = [one for one in outcomes(old) if one.trouble]
    sources = [plain(one.source) for one in lost if one.source is not None]
    files = [one.file for one in lost if one.file]
    title = plural("Load {n} table", "Load {n} tables", n=len(lost))
    return wb.submit("land", old.project, title, {"project": old.project, "sources": sources, "files": files})


def land(wb: Workbench, project: str, source: Source, task: Task, counter: str = "") -> Table:
    """Land one source as a new table of the project (or again, where the same source is already there)."""
    known = next((table for table in wb.store.tables.of(project) if same(table.source, source)), None)
    if known is not None:
        return _land_again(wb, known, source if _says_how(source) else known.source, task, counter)
    if parts.several(source):
        return parts.land(wb, project, source, task)
    made = new_id()
    name = free_name(wb, project, name_of(source))
    with wb.store.workspace.landing(project, made) as folder:
        landed = read(wb, source, folder, task, name, counter)
    return wb.store.tables.create(project, name, source, landed, made)


def reload_work(wb: Workbench, task: Task, args: dict[str, Any]) -> list[str]:
    table = wb.store.tables.get(args["table"])
    settings = dict(table.source.settings) | args.get("settings", {})
    return [_land_again(wb, table, replace(table.source, settings=tuple(settings.items())), task).id]


def _land_again(wb: Workbench, table: Table, source: Source, task: Task, counter: str = "") -> Table:
    if parts.several(source) or parts.several(table.source):
        return parts.land(wb, table.project, source, task, table)
    with wb.store.workspace.landing(table.project, table.id) as folder:
        landed = read(wb, source, folder, task, table.name, counter)
    wb.store.tables.land(table.id, landed, source)
    return wb.store.tables.get(table.id)


def read(wb: Workbench, source: Source, folder: Path, task: Task, name: str = "", counter: str = "") -> Landed:
    """Read all rows of a source into an empty folder, and say in the log what became of them."""
    name = name or name_of(source)
    part: Task = _Counted(task, counter, name) if counter else task
    part.at(0.0, msg("Loading {name}", name=name))
    if source.as_one:
        parts.need_one(source)
        landed = land_together(source.kind, dict(source.settings), files_of_one(source), folder, part, source.file_column)
    else:
        with opened(wb, source) as place:
            landed = place.land(source.path, folder, part)
    tell(task, name, landed)
    return landed


class _Counted(Task):
    """A task that says with each step which of many tables it belongs to."""

    def __init__(self, whole: Task, counter: str, name: str) -> None:
        self._whole, self._counter, self._name = whole, counter, name
        self.note, self.check, self.keep, self.interruptible = whole.note, whole.check, whole.keep, whole.interruptible

    def at(self, fraction: float, step) -> None:
        self._whole.at(fraction, msg("{counter} · {name}: {step}", counter=self._counter, name=self._name, step=step))


def tell(task: Task, name: str, landed: Landed) -> None:
    """Say in the log what became of a source: its rows, those that could not be placed, and what is to know."""
    task.note(plural("{name}: {n} row", "{name}: {n} rows", n=landed.rows, name=name))
    if landed.rejected:
        task.note(
            plural("{name}: {n} row could not be placed", "{name}: {n} rows could not be placed", n=landed.rejected, name=name)
        )
    for note in landed.notes:
        task.note(msg("{name}: {note}", name=name, note=note))


def opened(wb: Workbench, source: Source) -> Connector:
    """The connector of a source, with the secrets of its saved connection (or PGPASSWORD on the command line)."""
    settings: Settings = dict(source.settings)
    if source.connection:
        settings = settings_of(wb, source.connection)
    return registry.open_connector(source.kind, settings)


def same(one: Source, other: Source) -> bool:
    """Whether two sources mean the same place; it is the same however it is read."""
    if (one.kind, one.path, one.as_one) != (other.kind, other.path, other.as_one):
        return False
    return file_of(one) == file_of(other) if file_of(one) else _where(one) == _where(other)


def _where(source: Source) -> Settings:
    """The settings that say where a source is; how its nested parts are read is no part of that."""
    return {name: value for name, value in source.settings if name != "nested"}


def _says_how(source: Source) -> bool:
    """Whether a source says more than where the file is."""
    return file_of(source) is None or set(dict(source.settings)) > {"path"} or bool(source.file_column)


def file_of(source: Source) -> Path | None:
    """The file on this machine that a source was read from (a folder or a pattern where many files are one table); None for a

    server, and for files elsewhere.
    """
    path = dict(source.settings).get("path")
    if not path or "files" not in registry.connector(source.kind).capabilities:
        return None
    given = named(str(path))
    if source.path and not given.is_file():
        # A folder or a pattern: the item names the file.
        given = (given if given.is_dir() else given.parent) / source.path[0]
    return real(given)


def files_read(source: Source) -> tuple[Path, ...]:
    """The files on this machine that the rows of a source come from, as far as they are there now."""
    if source.as_one:
        try:
            return tuple(map(real, files_of_one(source)))
        except AssayError:
            return ()
    file = file_of(source)
    return (file,) if file is not None else ()


def name_of(source: Source) -> str:
    """The name a table of this source gets where it is free."""
    if source.as_one:
        return _name_of_many(source)
    if parts.is_list(source):
        # The table of a list: orders_lines, in orders.json.
        return f"{name_of(parts.item(source))}_{source.path[-1]}"
    name = source.path[-1] if source.path else source.kind
    if {"files", "far"} & registry.connector(source.kind).capabilities:
        name = _without_suffix(name)
    return name or source.kind


def _without_suffix(name: str) -> str:
    return re.sub(
        r"(\.(csv|tsv|txt|json|ndjson|jsonl|xml|parquet|pq|xlsx|xlsm))?(\.(gz|zst|bz2))?$", "", Path(name).name, flags=re.I
    )


def _name_of_many(source: Source) -> str:
    """What the names of the files have in common: `part*.csv` is `part`, a folder is itself, `2024-*/*.csv` is `2024`."""
    for part in reversed(named(str(dict(source.settings).get("path", ""))).parts):
        bare = re.sub(r"\[[^]]*]|[*?]", "", _without_suffix(part)).strip(" .-_/\\")
        if bare:
            return bare
    return source.kind


def free_name(wb: Workbench, project: str, wanted: str) -> str:
    taken = {table.name for table in wb.store.tables.of(project)}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name
