"""Saved connections: the settings in the metadata store, the secrets in the secrets store."""

from __future__ import annotations

import difflib

from connectors import registry
from core.errors import ConfigError, UsageError
from core.models.project import Connection, Project
from core.models.source import Field, Settings, Table
from core.words import msg
from core.workbench.bench import Workbench


def split_secrets(kind: str, settings: Settings) -> tuple[Settings, Settings]:
    """Settings without secrets, and the secrets."""
    secret = {field.name for field in fields_of(kind) if field.kind == "secret"}
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
    for field in fields_of(saved.kind):
        if field.kind == "secret":
            secret = wb.store.secrets.get(f"{connection}/{field.name}")
            if secret is not None:
                settings[field.name] = secret
    return settings


def forget_connection(wb: Workbench, connection: str) -> None:
    """Remove a connection and its secrets. Tables that were loaded through it stay.

    `restore_connection` brings it back: with its secrets while this process lives, which holds them in memory only.
    """
    saved, whole = wb.store.connections.get(connection), settings_of(wb, connection)
    wb.forgotten[connection] = split_secrets(saved.kind, whole)[1]
    for field in fields_of(saved.kind):
        if field.kind == "secret":
            wb.store.secrets.forget(f"{connection}/{field.name}")
    wb.store.connections.remove(connection)


def forgotten_connections(wb: Workbench) -> tuple[Connection, ...]:
    """Connections that can be brought back, the last forgotten first."""
    return wb.store.connections.removed()


def restore_connection(wb: Workbench, connection: str) -> bool:
    """Bring a connection back, under another name where its own was taken meanwhile. Returns whether its secrets came back too."""
    gone = next((one for one in forgotten_connections(wb) if one.id == connection), None)
    if gone is None:
        return True
    taken = {one.name for one in connections(wb)}
    free = next(name for name in (gone.name, *(f"{gone.name} {n}" for n in range(2, 10**6))) if name not in taken)
    wb.store.connections.restore(connection, free)
    secrets = wb.forgotten.pop(connection, None)
    for field, value in (secrets or {}).items():
        wb.store.secrets.put(f"{connection}/{field}", str(value))
    return secrets is not None or not any(field.kind == "secret" for field in fields_of(gone.kind))


def rename_connection(wb: Workbench, connection: str, name: str) -> None:
    """Give a connection another name. Raises `ConfigError` for an empty one or one that is taken."""
    name = name.strip()
    if not name or any(other.name == name and other.id != connection for other in connections(wb)):
        raise ConfigError(
            msg("The connection cannot have this name"),
            msg("A name is not empty and no two connections share one."),
            msg("Choose another name."),
        )
    wb.store.connections.rename(connection, name)


def change_connection(wb: Workbench, connection: str, settings: Settings) -> None:
    """Give a connection other settings. A secret that is not among them stays as it is."""
    saved = wb.store.connections.get(connection)
    plain, secret = split_secrets(saved.kind, settings)
    wb.store.connections.update(connection, tuple(plain.items()))
    for field, value in secret.items():
        wb.store.secrets.put(f"{connection}/{field}", str(value))


def tables_through(wb: Workbench, connection: str) -> tuple[tuple[Project, Table], ...]:
    """The tables of all projects that were loaded through a connection."""
    return tuple(
        (project, table)
        for project in wb.projects()
        for table in wb.store.tables.of(project.id)
        if table.source.connection == connection
    )


def name_for(wb: Workbench, kind: str, plain: Settings) -> str:
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


def fields_of(kind: str) -> tuple[Field, ...]:
    return next(known.fields for known in registry.kinds() if known.name == kind)
