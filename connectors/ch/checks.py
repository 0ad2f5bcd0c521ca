"""*Test connection*, line by line: name, port, encryption, sign-in, rights, version, latency; a folder has fewer."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from connectors.ch.place import Place, place
from connectors.ch.reach import no_database, session, told
from connectors.ch.session import Broken, Session
from connectors.ch.trouble import TlsTrouble, failed, no_folder
from core import guard
from core.errors import AssayError, ConfigError, ConnectError
from core.models.source import Check, Settings
from core.words import Msg, clock_time, msg, plural

LABELS = {
    "resolve": msg("Name found"),
    "reach": msg("Server reached"),
    "tls": msg("Encryption"),
    "auth": msg("Signed in"),
    "permissions": msg("May read"),
    "version": msg("Version"),
    "latency": msg("Latency"),
}
FOLDER_LABELS = {
    "folder": msg("Folder found"),
    "engine": msg("Engine started"),
    "permissions": msg("May read"),
    "version": msg("Version"),
}
OLDEST = (23, 3)  # the first with lightweight deletes, which an upsert needs
SLOW_MS = 150.0
Line = tuple[str, Msg, Msg | None]
_READABLE = """
SELECT count() AS n FROM system.tables
WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') AND ({only:String} = '' OR database = {only:String})
"""


def checks(settings: Settings) -> tuple[Check, ...]:
    """All lines in order; what comes after a failed one is skipped. Never raises."""
    try:
        where = place(settings)
    except ConfigError as error:
        first, *rest = (FOLDER_LABELS if settings.get("engine") == "embedded" else LABELS).items()
        return (_fail(*first, error), *(Check(name, label, "skipped", msg("Not tried.")) for name, label in rest))
    return _Checks(where).run()


class _Checks:
    """One run against one place; all steps until the sign-in share the place's time limit."""

    def __init__(self, place: Place, clock: Callable[[], float] = time.monotonic) -> None:
        self._place, self._clock = place, clock
        self._until = clock() + place.timeout
        self._addresses: tuple[str, ...] = ()
        self._session: Session | None = None

    def run(self) -> tuple[Check, ...]:
        lines: list[Check] = []
        labels = FOLDER_LABELS if self._place.embedded else LABELS
        try:
            for name, label in labels.items():
                if any(line.status == "fail" for line in lines):
                    lines.append(Check(name, label, "skipped", msg("Not tried.")))
                else:
                    lines.append(self._line(name, label))
        finally:
            if self._session is not None:
                self._session.close()
        return tuple(lines)

    def _line(self, name: str, label: Msg) -> Check:
        started = self._clock()
        try:
            with told(self._place, self._place.address):
                status, detail, fix = getattr(self, f"_{name}")()
        except AssayError as error:
            return _fail(name, label, error, 1000 * (self._clock() - started))
        return Check(name, label, status, detail, fix, 1000 * (self._clock() - started))

    @property
    def _left(self) -> float:
        return max(0.1, self._until - self._clock())

    def _resolve(self) -> Line:
        where = self._place
        try:
            found = guard.bounded(lambda: socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM), self._left)
        except (OSError, UnicodeError) as error:
            raise ConnectError(
                msg("The server {host} was not found", host=where.host),
                msg("No address is known for this name."),
                msg("Check the spelling of the host, and whether the network or VPN it belongs to is on."),
            ) from error
        self._addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
        return "ok", msg("{host} is {addresses}.", host=where.host, addresses=", ".join(self._addresses)), None

    def _reach(self) -> Line:
        self._line_to().close()
        return "ok", msg("Something listens on {address}.", address=self._place.address), None

    def _line_to(self) -> socket.socket:
        try:
            return socket.create_connection((self._place.host, self._place.port), timeout=self._left)
        except OSError as error:
            reason = "refused" if isinstance(error, ConnectionRefusedError) else "silent"
            raise failed(self._place, Broken(reason), self._place.address) from error

    def _tls(self) -> Line:
        if not self._place.secure:
            if all(ipaddress.ip_address(one.split("%")[0]).is_loopback for one in self._addresses):
                return "ok", msg("Not encrypted, and does not leave this machine."), None
            return "warn", msg("Not encrypted."), msg("Use it on a network you trust only, or choose encryption verify.")
        verify = self._place.encryption == "verify"
        try:
            context = ssl.create_default_context(cafile=self._place.ca_file or None)
            context.check_hostname = verify
            context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
            with self._line_to() as line:
                line.settimeout(self._left)
                with context.wrap_socket(line, server_hostname=self._place.host) as encrypted:
                    version = encrypted.version() or "TLS"
        except OSError as error:
            raise _no_tls(self._place, error) from error
        if verify:
            return "ok", msg("{version}, and the server proved who it is.", version=version), None
        return "warn", msg("{version}, but who the server is was not checked.", version=version), msg("Choose encryption verify.")

    def _auth(self) -> Line:
        self._session = session(self._place)
        return "ok", msg("As {user}.", user=self._place.user), None

    def _folder(self) -> Line:
        folder = Path(self._place.folder)
        near = next((one for one in (folder, *folder.parents) if one.exists()), folder)
        if not near.is_dir() or not os.access(near, os.R_OK | os.W_OK | os.X_OK):
            raise no_folder(self._place)
        if folder.exists():
            return "ok", msg("{folder} is there.", folder=self._place.folder), None
        return (
            "warn",
            msg("{folder} is not there yet.", folder=self._place.folder),
            msg("It is made at the first use. Check the spelling."),
        )

    def _engine(self) -> Line:
        self._session = session(self._place)
        return "ok", msg("The embedded ClickHouse opened the folder."), None

    def _permissions(self) -> Line:
        found = self._open.rows(_READABLE, {"only": self._place.database})[0]["n"]
        if found:
            return "ok", plural("{n} table or view can be read.", "{n} tables and views can be read.", n=found), None
        if self._place.database and not self._open.rows(
            "SELECT name FROM system.databases WHERE name = {d:String}", {"d": self._place.database}
        ):
            raise no_database(self._place, self._place.database)
        return (
            "warn",
            msg("No table is visible."),
            msg("Check the database. ClickHouse shows tables only to those they were granted to (GRANT SELECT)."),
        )

    def _version(self) -> Line:
        version = msg("ClickHouse {version}", version=self._open.version)
        if tuple(int(part) for part in self._open.version.split(".")[:2]) < OLDEST:
            return "warn", version, msg("Versions before {n} cannot be written to by upsert.", n=".".join(map(str, OLDEST)))
        return "ok", version, None

    def _latency(self) -> Line:
        took = []
        for _ in range(3):
            started = self._clock()
            self._open.rows("SELECT 1 AS one")
            took.append(self._clock() - started)
        detail = msg("{time} for a round trip.", time=clock_time(sorted(took)[1]))
        if sorted(took)[1] * 1000 > SLOW_MS:
            return "warn", detail, msg("Large tables will take long over this line: narrow them with a view on the server.")
        return "ok", detail, None

    @property
    def _open(self) -> Session:
        assert self._session is not None  # the line before has signed in, or this one is skipped
        return self._session


def _no_tls(place: Place, error: OSError) -> TlsTrouble | AssayError:
    reason = getattr(error, "verify_message", "") or error.strerror or type(error).__name__
    return failed(place, Broken("silent" if isinstance(error, TimeoutError) else "tls", str(reason)[:200]), place.address)


def _fail(name: str, label: Msg, error: AssayError, ms: float | None = None) -> Check:
    return Check(name, label, "fail", msg("{what}. {why}", what=error.what, why=error.why), error.fix, ms)
