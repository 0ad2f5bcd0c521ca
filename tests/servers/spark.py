"""A real Spark for tests: a standalone master, one worker, and a Connect server that runs its work there. One of each a session."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from core.models.source import Settings
from tests.servers.tools import until

TOKEN = "t0ken-ёж/+%;=x".encode().hex()  # a header of gRPC takes plain letters only
STARTS = 240  # seconds: the machine of the tests may be busy
_MASTER, _WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_SMALL = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"


def missing() -> str:
    """Why there is no Spark here, empty where there is."""
    if find_spec("pyspark") is None or find_spec("grpc") is None:
        return "pyspark[connect] is not installed"
    if shutil.which("java") is None:
        return "there is no Java"
    return ""


def home() -> Path:
    found = find_spec("pyspark")
    assert found is not None
    return Path(str(found.submodule_search_locations[0]))  # type: ignore[index]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _started(command: list[str], log: Path, **extra: str) -> subprocess.Popen:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    env |= {
        "SPARK_HOME": str(home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_CONF_DIR": str(log.parent),
        "HADOOP_USER_NAME": "assay",
    }
    with log.open("wb") as out:
        return subprocess.Popen(command, env=env | extra, stdout=out, stderr=out, cwd=log.parent, start_new_session=True)


def _kill(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # the executors are children of the worker, in its group
    process.wait()


def _until_said(process: subprocess.Popen, log: Path, *words: str) -> None:
    def said() -> bool:
        text = log.read_text(errors="replace")
        if process.poll() is not None:
            raise RuntimeError(f"a Spark of the tests ended with code {process.returncode}: {text[-2000:]}")
        return any(one in text for one in words)

    until(said, STARTS)


@dataclass
class Cluster:
    """A master and a worker that lends 2 cores."""

    master: subprocess.Popen
    worker: subprocess.Popen
    port: int
    web: int

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def kill(self) -> None:
        _kill(self.worker)
        _kill(self.master)


def start_cluster(folder: Path) -> Cluster:
    folder.mkdir(parents=True, exist_ok=True)
    port, web, log = free_port(), free_port(), folder / "master.log"
    small = {
        "SPARK_DAEMON_MEMORY": "192m",
        "SPARK_DAEMON_JAVA_OPTS": _SMALL,
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
    }
    spark_class = str(home() / "bin/spark-class")
    where = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(web)]
    master = _started([spark_class, _MASTER, *where], log, **small)
    try:
        _until_said(master, log, "New state: ALIVE")
        size = ["--cores", "4", "--memory", "3g", "--work-dir", str(folder / "work"), "--webui-port", str(free_port())]
        url, worker_log = f"spark://127.0.0.1:{port}", folder / "worker.log"
        worker = _started([spark_class, _WORKER, "--host", "127.0.0.1", *size, url], worker_log, **small)
    except BaseException:
        _kill(master)
        raise
    cluster = Cluster(master, worker, port, web)
    try:
        _until_said(worker, worker_log, "Successfully registered")
    except BaseException:
        cluster.kill()
        raise
    return cluster


@dataclass
class Server:
    """A Connect server, and a session of another client with it."""

    process: subprocess.Popen
    port: int
    folder: Path
    token: str = ""
    _session: list[Any] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        settings: Settings = {"address": "connect", "host": "127.0.0.1", "port": self.port}
        return settings | ({"token": self.token} if self.token else {})

    @property
    def session(self) -> Any:
        """A session as anybody would open one, without this project."""
        if not self._session:
            from pyspark.sql.connect.session import SparkSession

            token = f"/;token={self.token}" if self.token else ""
            session = SparkSession(f"sc://localhost:{self.port}{token}")
            session.conf.set("spark.sql.session.timeZone", "UTC")
            self._session.append(session)
        return self._session[0]

    def run(self, sql: str) -> list[tuple]:
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def kill(self) -> None:
        for session in self._session:
            session.release_session_on_close = False
            with suppress(Exception):
                session.stop()
        self._session.clear()
        _kill(self.process)


def start_server(folder: Path, master: str, token: str = "", *, hive: bool = False, **conf: str) -> Server:
    """A Connect server whose tables lie in `folder`; with `hive`, its catalogue too, so that the next server there has them."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / f"connect-{uuid.uuid4().hex[:6]}.log"
    derby = folder / "derby"
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port), "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false", "spark.executor.memory": "640m", "spark.cores.max": "2", "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder / "local"),
        "spark.sql.catalogImplementation": "hive" if hive else "in-memory",
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={derby};create=true",
        "spark.driver.extraJavaOptions": f"{_SMALL} -Dderby.system.home={folder} -Djava.io.tmpdir={folder}",
        "spark.executor.extraJavaOptions": _SMALL,
    } | {name.replace("__", "."): value for name, value in conf.items()}  # fmt: skip
    command = [str(home() / "bin/spark-submit"), "--master", master, "--driver-memory", "768m", "--class", _CONNECT]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    secret = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": token} if token else {}
    process = _started([*command, "spark-internal"], log, **secret)
    try:
        _until_said(process, log, "Spark Connect server started")
    except BaseException:
        _kill(process)
        raise
    return Server(process, port, folder, token)


def _needed() -> None:
    if reason := missing():
        from tests.conftest import no_server

        no_server(reason)


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    _needed()
    cluster = start_cluster(tmp_path_factory.mktemp("spark-cluster"))
    yield cluster
    cluster.kill()


@pytest.fixture(scope="session")
def spark_server(spark_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_server(tmp_path_factory.mktemp("spark"), spark_cluster.url, TOKEN)
    yield server
    server.kill()


@dataclass
class Schema:
    """An empty schema on the server."""

    server: Server
    name: str

    @property
    def settings(self) -> Settings:
        return self.server.settings

    def run(self, sql: str) -> list[tuple]:
        """`@` stands for the schema and its dot."""
        return self.server.run(sql.replace("@", f"`{self.name}`."))

    def tables(self) -> list[str]:
        return sorted(row[1] for row in self.server.run(f"SHOW TABLES IN `{self.name}`"))


@pytest.fixture
def spark_schema(spark_server: Server) -> Iterator[Schema]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    spark_server.run(f"CREATE SCHEMA `{name}`")
    yield Schema(spark_server, name)
    spark_server.run(f"DROP SCHEMA `{name}` CASCADE")
