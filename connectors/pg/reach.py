"""Getting to the server step by step, so that what failed is known without reading the server's words: name, port, session."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from connectors.pg.place import FILES, Place
from connectors.pg.trouble import ServerStarting, no_answer, no_name, no_port, refused
from core import guard

# The server writes values in one way whatever its own settings: these decide how dates, intervals, floats and bytes look.
_SESSION = (
    "SET client_encoding = 'UTF8'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; "
    "SET extra_float_digits = 3; SET bytea_output = 'hex'; SET statement_timeout = 0"
)
# A server works on for somebody who hung up until it has rows to send; from version 14 on it can look before that.
_NOTICE = "SELECT set_config(name, '2s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'"
# A peer that vanished is noticed within about 20 s in the middle of a transfer, not after the system's two hours.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 20_000}

PATIENCE = 0.5  # seconds a server has to obey a cancel before the connection is broken off


def resolve(place: Place, seconds: float) -> tuple[str, ...]:
    """The addresses of the server's name. Raises `ConnectError`."""
    try:
        found = guard.bounded(lambda: socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM), seconds)
    except (OSError, UnicodeError) as error:  # TimeoutError is an OSError; UnicodeError: a label longer than 63 characters
        raise no_name(place) from error
    return tuple(dict.fromkeys(str(address[4][0]) for address in found))


def reach(place: Place, addresses: tuple[str, ...], seconds: float) -> str:
    """The first address with somebody listening on the port. Raises `ConnectError`."""
    until = time.monotonic() + seconds
    last: OSError = TimeoutError()
    for number, address in enumerate(addresses):
        share = max(0.2, (until - time.monotonic()) / (len(addresses) - number))
        try:
            socket.create_connection((address, place.port), timeout=share).close()
            return address
        except OSError as error:
            last = error
    raise no_port(place, last) from last


def session(place: Place, address: str | None, seconds: float, *, sslmode: str | None = None) -> Connection:
    """A session at `address` (None for a Unix socket), set up as all reading and writing expects. Raises an `AssayError`."""
    options: dict[str, Any] = {
        "host": place.host,
        "port": place.port,
        "dbname": place.database,
        "user": place.user,
        "sslmode": sslmode or place.sslmode,
        "connect_timeout": max(2, int(seconds)),  # libpq takes whole seconds, 2 at least
        "application_name": "assay",
    }
    options |= {"password": place.password} if place.password else {}
    options |= {name: path for name in FILES if (path := getattr(place, name))}
    options |= {"hostaddr": address, **_ALIVE} if address else {}
    started = time.monotonic()
    try:
        connection = psycopg2.connect(**options)
    except psycopg2.Error as error:
        if time.monotonic() - started >= options["connect_timeout"] - 0.1:
            raise no_answer(place) from error
        raise refused(place, str(error)) from error
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_SESSION)
        with suppress(psycopg2.Error):  # a server on a system that cannot look
            cursor.execute(_NOTICE)
    return connection


def connect(place: Place) -> Connection:
    """A session, through the guard: within the place's time limit, tried again only while the server is still starting."""

    def attempt(seconds: float) -> Connection:
        started = time.monotonic()

        def left() -> float:
            return seconds - (time.monotonic() - started)

        if place.local:
            return session(place, None, left())
        address = reach(place, resolve(place, left()), left())
        return session(place, address, left())

    return guard.call(f"postgres {place.address}", attempt, timeout=place.timeout, transient=(ServerStarting,))


def interrupter(connection: Connection) -> Callable[[], None]:
    """A function for `Task.interruptible`: ask the server to stop the statement; where it does not listen, hang up."""
    begun: list[float] = []

    def interrupt() -> None:
        begun.append(time.monotonic())
        if begun[-1] - begun[0] >= PATIENCE:
            hang_up(connection)
            return
        with suppress(psycopg2.Error, TimeoutError):
            guard.bounded(connection.cancel, PATIENCE)

    return interrupt


def hang_up(connection: Connection) -> None:
    """Break the connection under the driver, from any thread: whoever waits on it gets an error at once."""
    with suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
