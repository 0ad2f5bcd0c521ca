"""A ClickHouse server over HTTP for tests: `http.server` in front of chdb, in a process of its own. Run as a script.

Arguments: the folder of the data, user, password, and a file with certificate and key for HTTPS ("" without). Prints its port. It
speaks what clickhouse-connect needs: statements in the body or in `query=`, `default_format`, settings and `param_*` as URL
parameters, basic authentication, compressed bodies, ClickHouse's codes in errors. It proves transport and engine, no replication.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import lz4.frame
import pyarrow as pa
import zstandard

OWN = {
    "query", "database", "user", "password", "query_id", "default_format", "session_id", "session_timeout", "wait_end_of_query",
    "compress", "decompress", "role", "client_protocol_version", "quota_key", "buffer_size",
}  # fmt: skip
INSERT = re.compile(rb"\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)[ \t]*(?:\n|$)", re.S | re.I)
FORMAT = re.compile(r"\s+FORMAT\s+(\w+)\s*;?\s*$", re.I)


class Engine:
    """chdb, one statement at a time."""

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)
        os.chdir(folder)
        from chdb.state.sqlitelike import Connection

        self.connection = Connection(".")
        self.one = threading.Lock()
        self.killed: set[str] = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: Engine
    credentials: tuple[str, str]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.path.startswith("/ping"):
            return self._whole(b"Ok.\n")
        self.asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()
        if not self._known():
            for _ in body:
                pass
            return self._error(
                "Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)",
                403,
            )
        try:
            self._statement(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        return None

    def _known(self) -> bool:
        user, password = self.headers.get("X-ClickHouse-User"), self.headers.get("X-ClickHouse-Key", "")
        given = self.headers.get("Authorization", "")
        if given.startswith("Basic "):
            user, _, password = base64.b64decode(given[6:]).decode().partition(":")
        return (user, password) == self.credentials

    def _pieces(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                yield self._exactly(size)
                self.rfile.readline()
            self.rfile.readline()
        elif length := int(self.headers.get("Content-Length") or 0):
            while length:
                piece = self._exactly(min(length, 1 << 20))
                length -= len(piece)
                yield piece

    def _exactly(self, size: int) -> bytes:
        piece = self.rfile.read(size)
        if len(piece) < size:
            raise ConnectionResetError("the client is gone")
        return piece

    def _body(self):
        encoding = self.headers.get("Content-Encoding")
        if not encoding:
            return self._pieces()
        packed = b"".join(self._pieces())
        if encoding == "lz4":
            whole = b""
            while packed:  # one frame a block
                frame = lz4.frame.LZ4FrameDecompressor()
                whole += frame.decompress(packed)
                packed = frame.unused_data or b""
        elif encoding == "zstd":
            whole = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True).decompress(packed)
        else:
            whole = gzip.decompress(packed)
        return iter([whole])

    def _statement(self, body) -> None:
        query = self.asked.get("query", "").encode()
        first = next(body, b"")
        start = query + (b"\n" if query else b"") + first
        if re.match(rb"\s*INSERT", start, re.I):
            while b"\n" not in start and (more := next(body, b"")):
                start += more
            if found := INSERT.match(start):
                return self._insert(found[1].decode(), found[2].decode(), start[found.end() :], body)
        text = (start + b"".join(body)).decode()
        if re.match(r"\s*KILL QUERY", text):  # chdb itself works on one statement at a time and would see it too late
            self.engine.killed.add(self.asked.get("param_q", ""))
            return self._whole(b"")
        return self._query(text)

    def _insert(self, statement: str, kind: str, first: bytes, body) -> None:
        with self.engine.one:
            inserter = None
            try:
                self._settings()
                inserter = self.engine.connection.send_insert(statement, kind)
                if first:
                    inserter.append(first)
                for piece in body:
                    inserter.append(piece)
                rows = inserter.finish().rows_written
            except (ConnectionResetError, ValueError):
                if inserter is not None:
                    inserter.cancel()
                raise ConnectionResetError from None
            except Exception as error:
                if inserter is not None:
                    inserter.cancel()
                for _ in body:
                    pass
                return self._error(str(error), 500)
            finally:
                self._settings(back=True)
        return self._whole(b"", {"X-ClickHouse-Summary": json.dumps({"written_rows": str(rows)})})

    def _settings(self, back: bool = False) -> None:
        for name, value in self.asked.items():
            if name not in OWN and not name.startswith("param_"):
                value = "DEFAULT" if back else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
                self.engine.connection.query(f"SET {name} = {value}", "Null")

    def _query(self, text: str) -> None:
        found = FORMAT.search(text)
        kind = found[1] if found else self.asked.get("default_format", "TabSeparated")
        params = {name[6:]: value for name, value in self.asked.items() if name.startswith("param_")}
        with self.engine.one:
            connection = self.engine.connection
            sent = False
            try:
                self._settings()
                if self.asked.get("database"):
                    connection.query(f"USE `{self.asked['database']}`", "Null")
                if kind == "ArrowStream" and re.match(r"\s*(SELECT|WITH)", text, re.I):
                    sent = self._stream(connection, text[: found.start()] if found else text, params)
                if not sent:
                    answer = connection.query(text, kind, params=params).bytes() or b""
            except (BrokenPipeError, ConnectionResetError):
                raise
            except Exception as error:
                connection.query("SELECT 1", "Null")
                return self._late(str(error)) if self.begun else self._error(str(error), 404 if "Code: 60" in str(error) else 500)
            finally:
                self._settings(back=True)
        return None if sent else self._whole(answer, {"X-ClickHouse-Format": kind} if answer else {})

    begun = False

    def _stream(self, connection, text: str, params: dict[str, str]) -> bool:
        """Send the pieces of a result as one Arrow stream; False where there is none."""
        self.begun, writer = False, None
        with connection.send_query(text, "ArrowStream", params=params) as pieces:
            for piece in pieces:
                reader = pa.ipc.open_stream(piece.bytes())
                if writer is None:
                    self._begin({"X-ClickHouse-Format": "ArrowStream"})
                    writer = pa.ipc.new_stream(pa.PythonFile(_Out(self), mode="w"), reader.schema)
                for batch in reader:
                    if self.asked.get("query_id") in self.engine.killed:
                        raise RuntimeError("Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)")
                    writer.write_batch(batch)
        if writer is None:
            return False
        writer.close()
        self._chunk(b"")
        self.begun = False
        return True

    def _begin(self, headers: dict[str, str]) -> None:
        self.begun = True
        self.send_response(200)
        for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _late(self, text: str) -> None:
        self._chunk(text.encode())
        self._chunk(b"")
        self.begun = False

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.flush()

    def _whole(self, answer: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in {**(headers or {}), "Content-Length": str(len(answer)), "X-ClickHouse-Timezone": "UTC"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def _error(self, text: str, status: int) -> None:
        code = re.search(r"Code: (\d+)", text)
        self.send_response(status)
        self.send_header("X-ClickHouse-Exception-Code", code[1] if code else "1002")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


class _Out:
    closed = False

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def write(self, piece: bytes) -> int:
        if len(piece):
            self.handler._chunk(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def main() -> None:
    folder, user, password, certificate = sys.argv[1:5]
    Handler.engine = Engine(folder)
    Handler.credentials = (user, password)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
