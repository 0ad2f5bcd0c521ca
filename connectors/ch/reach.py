"""Getting to a ClickHouse: a session, opened through the guard, and driver errors turned into ours around its use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.ch.embedded import EmbeddedSession
from connectors.ch.http import HttpSession
from connectors.ch.place import Place
from connectors.ch.session import Broken, Busy, Refused, Session
from connectors.ch.trouble import failed
from core import guard
from core.errors import DataError
from core.task import Task
from core.words import msg


def session(place: Place) -> Session:
    """A session with the place, without a look at what is in it. Raises `Refused` or `Broken`, `UnsupportedError` without chdb."""
    if place.embedded:
        return EmbeddedSession(place, place.timeout)
    name = f"clickhouse {place.address}"
    return guard.call(name, lambda seconds: HttpSession(place, seconds), timeout=place.timeout, transient=(Busy,))


def connect(place: Place) -> Session:
    """A session, and the certainty that the database of the settings is there. Raises an `AssayError`."""
    with told(place, place.address):
        opened = session(place)
    try:
        if place.database:
            with told(place, place.database):
                known = opened.rows("SELECT name FROM system.databases WHERE name = {name:String}", {"name": place.database})
            if not known:
                raise no_database(place, place.database)
    except BaseException:
        opened.close()
        raise
    return opened


def no_database(place: Place, database: str) -> DataError:
    return DataError(
        msg("There is no database {database} on {address}", database=database, address=place.address),
        msg("It does not exist, or {user} was granted nothing in it.", user=place.user),
        msg("Check the spelling: names of databases distinguish capitals."),
    )


@contextmanager
def told(place: Place, name: str, task: Task | None = None) -> Iterator[None]:
    """What goes wrong with `name` inside as an `AssayError`; `Cancelled` where it comes from the person's wish to stop."""
    try:
        yield
    except (Refused, Broken) as error:
        if task is not None:
            task.check()
        raise failed(place, error, name) from error
