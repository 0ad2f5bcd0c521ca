"""A gateway as Apache Knox is one, before the WebHDFS of the tests: HTTPS, a user and a password, and no address of the cluster ever leaves it."""

from __future__ import annotations

import base64
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3

ROOT = "/gateway/default"
BYTES = f"{ROOT}/webhdfs/data/v1"


@dataclass
class Gateway:
    """Where it listens, and the paths it was asked for, with their headers."""

    port: int
    certificate: Path
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}{ROOT}"


@contextmanager
def gateway(folder: Path, behind: str, user: str, password: str, name: str) -> Iterator[Gateway]:
    """Before the NameNode `behind` (http://host:port). It lets `user` in and goes on as the HDFS user `name`."""
    pem = folder / "gateway.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(pem), "-out", str(folder / "gateway.crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

        def _pass(self) -> None:
            made.asked.append((self.path, dict(self.headers)))
            body = self._body()
            if self.headers.get("Authorization") != wanted:
                self._answer(401, {"WWW-Authenticate": 'Basic realm="gateway"'}, b"<html>no</html>")
                return
            answer = pool.request(self.command, self._inner(), body=body, redirect=False)
            headers = {"Content-Type": answer.headers.get("Content-Type", "application/octet-stream")}
            if to := answer.headers.get("Location"):
                hidden = base64.urlsafe_b64encode(to.encode()).decode()
                headers["Location"] = f"https://localhost:{made.port}{BYTES}?{urlencode({'_': hidden})}"
            self._answer(answer.status, headers, answer.data)

        do_GET = do_PUT = do_DELETE = do_POST = _pass

        def _inner(self) -> str:
            url = urlsplit(self.path)
            said = dict(parse_qsl(url.query))
            if url.path == BYTES:
                return base64.urlsafe_b64decode(said["_"]).decode()
            return f"{behind}{url.path.removeprefix(ROOT)}?{urlencode({**said, 'user.name': name})}"

        def _body(self) -> bytes:
            found = b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    found += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            return found

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "gateway.crt", pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made = Gateway(server.server_address[1], folder / "gateway.crt")
    with urllib3.PoolManager(retries=False, timeout=30) as pool:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            server.server_close()
