"""A stand-in for a schema registry: `http.server` with the few paths of Confluent's API that are asked for. It is no registry: it keeps what a

test gives it, and proves how Assay asks, not how a registry answers.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import fastavro
import pytest

USER, PASSWORD = "schemas", "an0ther s3cret ё"


class StandIn:
    """`schemas` by number, `subjects` by name; `status` is answered instead of what is asked for, where it is set."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.schemas: dict[int, dict[str, Any]] = {}
        self.subjects: dict[str, dict[str, Any]] = {}
        self.status = 0
        self.asked: list[str] = []

    @property
    def settings(self) -> dict[str, Any]:
        return {"registry": self.url, "registry_user": USER, "registry_password": PASSWORD}

    def add(self, number: int, schema: Any, **more: Any) -> int:
        self.schemas[number] = {"schema": json.dumps(schema), **more}
        return number

    def value(self, number: int, record: Any, named: dict | None = None) -> bytes:
        """A record in wire format."""
        out = io.BytesIO()
        schema = json.loads(self.schemas[number]["schema"])
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema, named_schemas=named if named is not None else {}), record)
        return b"\0" + number.to_bytes(4, "big") + out.getvalue()

    def answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        parts = path.strip("/").split("/")
        if self.status:
            return self.status, {}
        if parts == ["subjects"]:
            return 200, list(self.subjects)
        if parts[:2] == ["schemas", "ids"] and int(parts[2]) in self.schemas:
            return 200, self.schemas[int(parts[2])]
        if parts[0] == "subjects" and parts[1] in self.subjects:
            return 200, self.subjects[parts[1]]
        return 404, {"error_code": 40403}


@pytest.fixture
def registry() -> Iterator[StandIn]:
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, answer = stand_in.answer(self.path) if self.headers.get("Authorization") == wanted else (401, {})
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in = StandIn(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield stand_in
    server.shutdown()
    server.server_close()
