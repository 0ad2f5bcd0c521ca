"""A ClickHouse server over HTTP, through clickhouse-connect."""

from __future__ import annotations

import math
import os
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import clickhouse_connect
import pyarrow as pa
import urllib3
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from clickhouse_connect.driver.httputil import get_pool_manager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.ch.place import Place
from connectors.ch.session import LONG, PATIENCE, SETTINGS, Broken, Busy, Refused, Session, refused
from core import guard

END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_PIECE = 1 << 20


class HttpSession(Session):
    """A session with a server; its connections are its own, so that ending them disturbs nobody else."""

    def __init__(self, place: Place, seconds: float) -> None:
        self._place = place
        self._sockets: set[socket.socket] = set()
        self.alive = True
        self._running: set[str] = set()
        with _told():
            pool = _pool(place, self)
            self._client = clickhouse_connect.get_client(
                interface="https" if place.secure else "http",
                host=place.host,
                port=place.port,
                username=place.user,
                password=place.password,
                database="system",  # every name we send has its database in front
                connect_timeout=math.ceil(seconds),
                send_receive_timeout=math.ceil(seconds),
                query_retries=0,
                compress=False,
                pool_mgr=pool,
                show_clickhouse_errors="scrub",
                autogenerate_session_id=False,
            )
        self._pool = pool
        self.version = self._client.server_version

    def rows(self, sql: str, params: Mapping[str, Any] | None = None, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        def ask(left: float) -> list[dict[str, Any]]:
            with self._waiting(left), _told():
                answer = self._client.raw_query(sql, dict(params or {}), fmt="ArrowStream", use_database=False)
            return pa.ipc.open_stream(answer).read_all().to_pylist() if answer else []

        return guard.call(f"clickhouse {self._place.address}", ask, timeout=seconds, transient=(Busy,))

    def command(self, sql: str) -> None:
        with self._asked() as query, self._waiting(LONG), _told():
            self._client.raw_query(sql, settings={"query_id": query}, use_database=False)

    def stream(self, sql: str, seconds: float = LONG) -> Iterator[pa.RecordBatch]:
        with self._asked() as query, self._waiting(seconds), _told():
            response = guard.call(
                f"clickhouse {self._place.address}",
                lambda _: self._client.raw_stream(sql, settings={"query_id": query}, fmt="ArrowStream", use_database=False),
                timeout=seconds,
                transient=(Busy,),
            )
            body = _Body(response)
            try:
                yield from body.batches()
            finally:
                response.close()

    def insert(self, database: str, table: str, rows: pa.RecordBatchReader) -> int:
        names = ", ".join(quote_identifier(name) for name in rows.schema.names)
        into = f"INSERT INTO {quote_identifier(database)}.{quote_identifier(table)} ({names}) {SETTINGS} FORMAT ArrowStream\n"
        sent = _Sent(rows, into)
        with self._asked() as query, self._waiting(LONG):
            try:
                with _told():
                    answer = self._client.raw_insert(insert_block=sent.pieces(), settings={"query_id": query})
            except (Refused, Broken):
                if sent.failure:
                    raise sent.failure from None
                raise
        if sent.failure:
            raise sent.failure
        return answer.written_rows if "written_rows" in answer.summary else sent.rows

    def interrupt(self) -> None:
        """Hang up, and ask the server to stop what was asked of it: an insert is not ended by its reader's absence alone."""
        running = tuple(self._running)
        self.alive = False  # or the driver would try again
        self._hang_up()
        threading.Thread(target=self._kill, args=(running,), daemon=True, name="assay-clickhouse-kill").start()

    def _hang_up(self) -> None:
        for open_socket in tuple(self._sockets):
            with suppress(OSError, ValueError), socket.socket(fileno=os.dup(open_socket.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def _kill(self, running: tuple[str, ...]) -> None:
        with suppress(Refused, Broken):  # best effort: most servers notice by themselves that nobody waits any more
            other = HttpSession(self._place, self._place.timeout)
            for query in running:
                other.rows("KILL QUERY WHERE query_id = {q:String} ASYNC", {"q": query}, self._place.timeout)
            other.close()

    def connected(self, opened: socket.socket) -> None:
        """A connection stands, which another thread may end."""
        self._sockets.add(opened)
        if not self.alive:
            opened.close()
            raise ConnectionAbortedError

    def close(self) -> None:
        self._hang_up()
        self._pool.clear()

    @contextmanager
    def _asked(self) -> Iterator[str]:
        query = f"assay-{uuid.uuid4()}"
        self._running.add(query)
        try:
            yield query
        finally:
            self._running.discard(query)

    @contextmanager
    def _waiting(self, seconds: float) -> Iterator[None]:
        """The time a request may be silent."""
        before = self._client.timeout
        self._client.timeout = urllib3.Timeout(connect=self._place.timeout, read=max(0.1, seconds))
        try:
            yield
        finally:
            self._client.timeout = before


def _pool(place: Place, session: HttpSession) -> urllib3.PoolManager:
    """Connections whose sockets are known, so that another thread can end them."""
    options = {"ca_cert": place.ca_file or "certifi"} if place.encryption == "verify" else {}
    pool = get_pool_manager(verify=place.encryption != "trust", keep_idle=10, keep_interval=3, **options)

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            session.connected(self.sock)

    class Encrypted(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            session.connected(self.sock)

    http = type("HttpPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    https = type("HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": Encrypted})
    pool.pool_classes_by_scheme = {"http": http, "https": https}
    return pool


class _Body:
    """An answer on its way: Arrow takes an end without its mark for the end, so the mark is looked for."""

    closed = False

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response, self._tail = response, b""

    def read(self, size: int = -1) -> bytes:
        piece = self._response.read(size if size >= 0 else None)
        self._tail = (self._tail + piece[-4096:])[-4096:]
        return piece

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            reader = pa.ipc.open_stream(pa.PythonFile(self, mode="r"))
            yield from reader
            self.read()
        except (pa.ArrowInvalid, OSError, urllib3.exceptions.HTTPError) as error:
            if not (self._tail == b"" and isinstance(error, pa.ArrowInvalid)):  # nothing at all: a statement without a result
                raise self._broken(error) from error
        if self._tail and not self._tail.endswith(END_OF_STREAM):
            raise self._broken(None)

    def _broken(self, error: BaseException | None) -> Refused | Broken:
        """The server writes an error that comes late behind the rows."""
        said = self._tail.decode("utf-8", "replace")
        if "DB::Exception" in said:
            return refused(said[said.rfind("Code: ") :])
        return Broken("silent" if isinstance(error, urllib3.exceptions.ReadTimeoutError) else "ended")


class _Sent:
    """The rows of an insert as the pieces of its body. What their source died of is `failure`; the server then sees no end."""

    def __init__(self, rows: pa.RecordBatchReader, statement: str) -> None:
        self._source, self._statement = rows, statement
        self.rows, self.failure = 0, None

    def pieces(self) -> Iterator[bytes]:
        sink = _Gathered(self._statement.encode())
        with pa.ipc.new_stream(sink, self._source.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
            try:
                for batch in self._source:
                    stream.write_batch(batch)
                    self.rows += batch.num_rows
                    if sink.size > _PIECE:
                        yield sink.take()
            except GeneratorExit:
                raise
            except BaseException as error:
                self.failure = error
                raise
        yield sink.take()


class _Gathered:
    closed = False

    def __init__(self, first: bytes) -> None:
        self._pieces, self.size = [first], len(first)

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        whole, self._pieces, self.size = b"".join(self._pieces), [], 0
        return whole


@contextmanager
def _told() -> Iterator[None]:
    """The driver's errors as ours; those of an answer as the answer, those of the way there as `Broken`."""
    try:
        yield
    except (ClickHouseError, urllib3.exceptions.HTTPError, OSError) as error:
        code = getattr(error, "code", None)
        if isinstance(error, ClickHouseError) and (
            code or not isinstance(error, OperationalError) or "HTTP status" in str(error)
        ):
            raise refused(str(error), code or 0) from error
        raise _lost(error) from error


def _lost(error: BaseException) -> Broken:
    seen = error
    while seen is not None:
        if isinstance(seen, urllib3.exceptions.SSLError):
            return Broken("tls", str(seen)[:300])
        if isinstance(seen, (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.ReadTimeoutError, TimeoutError)):
            return Broken("silent")
        if isinstance(seen, (ConnectionRefusedError, urllib3.exceptions.NewConnectionError)):
            return Broken("refused")
        reason = getattr(seen, "reason", None)
        seen = reason if isinstance(reason, BaseException) else seen.__cause__ or seen.__context__
    return Broken("ended", type(error).__name__)
