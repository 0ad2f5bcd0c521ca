"""*Test connection*, line by line: name, port, encryption, sign-in, rights, version, latency."""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace

import psycopg2
from psycopg2.extensions import connection as Connection

from connectors.pg.catalog import rows_of
from connectors.pg.place import Place
from connectors.pg.reach import reach, resolve, session
from connectors.pg.trouble import TlsTrouble, failed, no_answer
from core.errors import AssayError
from core.models.source import Check
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
# SSLRequest of the PostgreSQL protocol (documentation, "Message Formats"): length 8, code 1234 5679.
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
OLDEST = 100000  # PostgreSQL 10 brought partitioned tables, which the catalogue queries name
SLOW_MS = 150.0

_READABLE = """
SELECT count(*), count(*) FILTER (WHERE pg_catalog.has_table_privilege(c.oid, 'SELECT')
  OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND (%(only)s = '' OR n.nspname = %(only)s)
"""
Line = tuple[str, Msg, Msg | None]


class Checks:
    """One run of the checks against one place; all steps until the sign-in share the place's time limit."""

    def __init__(self, place: Place, clock: Callable[[], float] = time.monotonic) -> None:
        self._place, self._clock = place, clock
        self._until = clock() + place.timeout
        self._addresses: tuple[str, ...] = ()
        self._address: str | None = None
        self._connection: Connection | None = None

    def run(self) -> tuple[Check, ...]:
        """All lines in order; what comes after a failed one is skipped."""
        lines: list[Check] = []
        try:
            for name in LABELS:
                if lines and any(line.status == "fail" for line in lines):
                    lines.append(Check(name, LABELS[name], "skipped", msg("Not tried.")))
                else:
                    self._add(lines, name)
        finally:
            if self._connection is not None:
                self._connection.close()
        return tuple(lines)

    def _add(self, lines: list[Check], name: str) -> None:
        started = self._clock()
        try:
            status, detail, fix = getattr(self, f"_{name}")()
        except TlsTrouble as error:  # found out while signing in: the fault is one line higher
            lines[:] = [_fail(line.name, error, line.ms) if line.name == "tls" else line for line in lines]
            lines.append(Check(name, LABELS[name], "skipped", msg("Not tried.")))
        except AssayError as error:
            lines.append(_fail(name, error, 1000 * (self._clock() - started)))
        else:
            lines.append(Check(name, LABELS[name], status, detail, fix, 1000 * (self._clock() - started)))
            if name == "auth" and self._session.info.ssl_in_use:
                lines[:] = [self._encrypted(line) if line.name == "tls" else line for line in lines]

    def _encrypted(self, line: Check) -> Check:
        """What came about, where before only what the server offers was known."""
        how = {"protocol": self._session.info.ssl_attribute("protocol"), "cipher": self._session.info.ssl_attribute("cipher")}
        match self._place.sslmode:
            case "verify-full":
                detail = msg("{protocol}, {cipher}. The certificate is the server's, and its authority is trusted.", **how)
            case "verify-ca":
                detail = msg(
                    "{protocol}, {cipher}. The certificate's authority is trusted; the server's name was not compared.", **how
                )
            case _:
                detail = msg("{protocol}, {cipher}. Nobody looked whether it is the right server.", **how)
        return replace(line, status="ok", detail=detail, fix=None)

    @property
    def _left(self) -> float:
        return max(0.1, self._until - self._clock())

    def _resolve(self) -> Line:
        if self._place.local:
            return "ok", msg("A socket on this machine."), None
        self._addresses = resolve(self._place, self._left)
        return "ok", msg("{host} is {addresses}.", host=self._place.host, addresses=", ".join(self._addresses)), None

    def _reach(self) -> Line:
        if not self._place.local:
            self._address = reach(self._place, self._addresses, self._left)
        return "ok", msg("Something listens on {address}.", address=self._place.address), None

    def _tls(self) -> Line:
        if self._address is None or self._place.sslmode == "disable" or not self._offers_tls():
            if self._place.sslmode in ("require", "verify-ca", "verify-full"):
                raise TlsTrouble(
                    msg("No encrypted connection to {address}", address=self._place.address),
                    msg("The server does not offer encryption, and sslmode is {mode}.", mode=self._place.sslmode),
                    msg("Ask the administrator to turn on ssl, or choose sslmode prefer on a network you trust."),
                )
            if self._address is None or ipaddress.ip_address(self._address.split("%")[0]).is_loopback:
                return "ok", msg("Not encrypted, and does not leave this machine."), None
            return "warn", msg("Not encrypted."), msg("Use it on a network you trust only, or turn on ssl on the server.")
        return "ok", msg("The server offers encryption; sslmode is {mode}.", mode=self._place.sslmode), None

    def _offers_tls(self) -> bool:
        try:
            with socket.create_connection((self._address, self._place.port), timeout=self._left) as line:
                line.settimeout(self._left)
                line.sendall(_SSL_REQUEST)
                return line.recv(1) == b"S"
        except TimeoutError as error:
            raise no_answer(self._place) from error
        except OSError:
            return False  # it hung up: no PostgreSQL, which signing in will tell

    def _auth(self) -> Line:
        self._connection = session(self._place, self._address, self._left)
        return "ok", msg("As {user}, in {database}.", user=self._place.user, database=self._place.database), None

    def _permissions(self) -> Line:
        ((known, readable),) = rows_of(self._place, self._session, _READABLE, self._place.database, only=self._place.schema)
        if readable:
            return "ok", plural("{n} table or view can be read.", "{n} tables and views can be read.", n=readable), None
        if known:
            grant = msg("Ask the administrator: GRANT SELECT ON ALL TABLES IN SCHEMA … TO {user}.", user=self._place.user)
            return (
                "fail",
                plural("{n} table is there, none may be read.", "{n} tables are there, none may be read.", n=known),
                grant,
            )
        return (
            "warn",
            msg("No table is visible to {user}.", user=self._place.user),
            msg("Check the database and the schema. A schema shows its tables only to those it was granted to (GRANT USAGE)."),
        )

    def _version(self) -> Line:
        version = msg("PostgreSQL {version}", version=self._session.get_parameter_status("server_version") or "?")
        if self._session.server_version < OLDEST:
            return "warn", version, msg("Versions before 10 are not supported by their makers; browsing may fail.")
        return "ok", version, None

    def _latency(self) -> Line:
        took = []
        try:
            with self._session.cursor() as cursor:
                for _ in range(3):
                    started = self._clock()
                    cursor.execute("SELECT 1")
                    took.append(self._clock() - started)
        except psycopg2.Error as error:
            raise failed(self._place, error, self._place.database) from error
        detail = msg("{time} for a round trip.", time=clock_time(sorted(took)[1]))
        if sorted(took)[1] * 1000 > SLOW_MS:
            return "warn", detail, msg("Large tables will take long over this line: narrow them with a view on the server.")
        return "ok", detail, None

    @property
    def _session(self) -> Connection:
        assert self._connection is not None  # the line before has signed in, or this one is skipped
        return self._connection


def _fail(name: str, error: AssayError, ms: float | None) -> Check:
    return Check(name, LABELS[name], "fail", msg("{what}. {why}", what=error.what, why=error.why), error.fix, ms)
