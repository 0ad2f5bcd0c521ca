"""A real HDFS for tests: NameNode and DataNode of Apache Hadoop with WebHDFS, two small Java processes a session; one empty folder a test."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape

import pytest
import urllib3

from core.models.source import Settings
from tests.servers.maven import jars, java
from tests.servers.tools import until

VERSION = "3.4.3"
ARTIFACTS = tuple(f"org.apache.hadoop:{name}:{VERSION}" for name in ("hadoop-hdfs", "hadoop-hdfs-client", "hadoop-common"))
USER, TOKEN = "analyst", "s3cret+token/ёж%"
OWNER = "hdfs"  # the superuser: who the NameNode thinks it runs as
NAME = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATA = "org.apache.hadoop.hdfs.server.datanode.DataNode"
LOG = """log4j.rootLogger=WARN,out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.target=System.err
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
"""


@dataclass
class Cluster:
    """A NameNode and a DataNode over one folder. Either may be killed and started again."""

    folder: Path
    rpc: int
    http: int
    secure: bool = False
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.http}"

    @property
    def certificate(self) -> Path:
        return self.folder / "conf" / "server.pem"

    def command(self, program: str, *more: str) -> list[str]:
        conf = self.folder / "conf"
        return [
            java(), "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true",
            "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", f"{conf}{os.pathsep}{jars('hadoop', ARTIFACTS)}/*", program, *more,
        ]  # fmt: skip

    def run(self, program: str, *more: str) -> None:
        """A program of Hadoop's that ends, such as the administrator's."""
        with (self.folder / "commands.log").open("ab") as log:
            subprocess.run(self.command(program, *more), stdout=log, stderr=log, env=self._env, check=True)

    def start(self, program: str) -> None:
        with (self.folder / f"{program.rsplit('.', 1)[-1]}.log").open("ab") as log:
            self.running[program] = subprocess.Popen(
                self.command(program), stdout=log, stderr=log, env=self._env, start_new_session=True
            )

    def kill(self, program: str) -> None:
        process = self.running.pop(program, None)
        if process is not None:
            process.kill()
            process.wait()

    def revive(self) -> None:
        for program in {NAME, DATA} - set(self.running):
            self.start(program)
        self.until_ready()

    def stop(self) -> None:
        for program in tuple(self.running):
            self.kill(program)

    def until_ready(self) -> None:
        """Until bytes are taken: the NameNode answers, is out of its safe mode, and sends on to a DataNode that lives."""
        until(self._takes_bytes, 120)

    def _takes_bytes(self) -> bool:
        for program, process in self.running.items():
            if process.poll() is not None:
                said = (self.folder / f"{program.rsplit('.', 1)[-1]}.log").read_text(encoding="utf-8")[-2000:]
                raise RuntimeError(f"{program} of the tests ended with code {process.returncode}: {said}")
        try:
            return self.rest("PUT", "ready", "CREATE", body=b"x", overwrite="true").status == 201
        except urllib3.exceptions.HTTPError:
            return False

    def rest(self, method: str, path: str, op: str, user: str = OWNER, body: bytes | None = None, **params: str) -> Any:
        """One operation of WebHDFS by another client than Assay's; with a `body` also its second half."""
        url = f"{self.address}/webhdfs/v1/{quote(path)}?{urlencode({'op': op, 'user.name': user, **params})}"
        more = {"ca_certs": str(self.certificate)} if self.secure else {}
        with urllib3.PoolManager(retries=False, timeout=60, **more) as pool:
            answer = pool.request(method, url, redirect=False)
            if answer.status == 307 and (body is not None or method == "GET"):
                to = urlsplit(answer.headers["Location"])
                url = urlunsplit(to._replace(netloc=f"127.0.0.1:{to.port}"))  # whatever the DataNode is called
                answer = pool.request(method, url, body=body, redirect=False)
        return answer

    @property
    def _env(self) -> dict[str, str]:
        return {**os.environ, "HADOOP_USER_NAME": OWNER}


def start(
    folder: Path,
    *,
    secure: bool = False,
    data_host: str = "127.0.0.1",
    data: bool = True,
    pair: bool = False,
    **properties: str,
) -> Cluster:
    """A cluster in this folder, ready to take bytes. Without a DataNode where `data` is false: it is then not waited for.

    `pair` names the NameNode's addresses as one of two needs them; whichever of two nobody made active is a standby.
    """
    rpc, http = _free_ports(2)
    cluster = Cluster(folder, rpc, http, secure)
    conf = folder / "conf"
    for page in ("hdfs", "datanode", "static"):  # where the pages of the browser would lie, which the jars do not bring
        (conf / "webapps" / page).mkdir(parents=True)
    (conf / "log4j.properties").write_text(LOG, encoding="utf-8")
    one = ".pair.one" if pair else ""
    other = (
        {"dfs.namenode.rpc-address.pair.two": "127.0.0.1:1", "dfs.namenode.http-address.pair.two": "127.0.0.1:2"} if pair else {}
    )
    _site(conf / "core-site.xml", {"fs.defaultFS": f"hdfs://127.0.0.1:{rpc}", "hadoop.tmp.dir": str(folder / "tmp")})
    kind = "https" if secure else "http"
    _site(
        conf / "hdfs-site.xml",
        {
            "dfs.replication": "1",
            "dfs.permissions.superusergroup": OWNER,
            "dfs.http.policy": "HTTPS_ONLY" if secure else "HTTP_ONLY",
            "dfs.namenode.name.dir": f"file://{folder / 'name'}",
            f"dfs.namenode.rpc-address{one}": f"127.0.0.1:{rpc}",
            f"dfs.namenode.{kind}-address{one}": f"127.0.0.1:{http}",
            "dfs.namenode.safemode.extension": "0",
            "dfs.namenode.handler.count": "4",
            "dfs.datanode.data.dir": f"file://{folder / 'data'}",
            "dfs.datanode.address": "127.0.0.1:0",
            "dfs.datanode.ipc.address": "127.0.0.1:0",
            f"dfs.datanode.{kind}.address": "127.0.0.1:0",
            "dfs.datanode.hostname": data_host,
            "dfs.datanode.du.reserved": "0",
            "dfs.heartbeat.interval": "1",
            **other,
            **properties,
        },
    )
    if secure:
        _certificate(conf)
    cluster.run(NAME, "-format", "-force", "-nonInteractive")
    cluster.start(NAME)
    if data:
        cluster.start(DATA)
        try:
            cluster.until_ready()
        except BaseException:
            cluster.stop()
            raise
    return cluster


def _site(file: Path, properties: dict[str, str]) -> None:
    lines = "".join(f"<property><name>{escape(n)}</name><value>{escape(v)}</value></property>\n" for n, v in properties.items())
    file.write_text(f"<configuration>\n{lines}</configuration>\n", encoding="utf-8")


def _certificate(conf: Path) -> None:
    """A certificate that signs itself, for 127.0.0.1, and the settings that make Hadoop use it."""
    tool, store = Path(shutil.which("keytool") or java()).with_name("keytool"), conf / "server.p12"
    key = ["-keystore", str(store), "-storepass", "changeit", "-alias", "server"]
    subprocess.run(
        [str(tool), "-genkeypair", *key, "-keyalg", "RSA", "-storetype", "PKCS12", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run([str(tool), "-exportcert", "-rfc", *key, "-file", str(conf / "server.pem")], check=True, capture_output=True)
    properties = {"keystore.location": str(store), "keystore.password": "changeit", "keystore.keypassword": "changeit"}
    properties |= {"keystore.type": "PKCS12"}
    _site(conf / "ssl-server.xml", {f"ssl.server.{name}": value for name, value in properties.items()})


def _free_ports(count: int) -> list[int]:
    opened = [socket.socket() for _ in range(count)]
    for one in opened:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in opened]
    for one in opened:
        one.close()
    return ports


@dataclass
class Folder:
    """An empty folder that belongs to the user of the tests."""

    cluster: Cluster
    name: str

    @property
    def settings(self) -> Settings:
        """Signed in by a name. A cluster without Kerberos lets a token pass unread: it is here so that it is seen nowhere."""
        found: Settings = {"address": self.cluster.address, "sign_in": "token", "user": USER, "token": TOKEN}
        return found | ({"ca_file": str(self.cluster.certificate)} if self.cluster.secure else {})

    def put(self, path: str, data: bytes) -> None:
        answer = self.cluster.rest("PUT", f"{self.name}/{path}", "CREATE", USER, data, overwrite="true")
        assert answer.status == 201, answer.data

    def listed(self, path: str = "") -> list[dict[str, Any]]:
        """What is in a folder, hidden files too."""
        answer = self.cluster.rest("GET", f"{self.name}/{path}".rstrip("/"), "LISTSTATUS", USER)
        return json.loads(answer.data)["FileStatuses"]["FileStatus"]

    def files(self, path: str = "") -> dict[str, bytes]:
        """All files below, hidden ones too, with what is in them."""
        found: dict[str, bytes] = {}
        for status in self.listed(path):
            inner = f"{path}/{status['pathSuffix']}".strip("/")
            if status["type"] == "DIRECTORY":
                found |= self.files(inner)
            else:
                found[inner] = self.cluster.rest("GET", f"{self.name}/{inner}", "OPEN", USER).data
        return found


def folder_of(cluster: Cluster) -> Folder:
    name = f"test-{uuid.uuid4().hex[:12]}"
    assert cluster.rest("PUT", name, "MKDIRS").status == 200
    assert cluster.rest("PUT", name, "SETOWNER", owner=USER, group=USER).status == 200
    return Folder(cluster, name)


@pytest.fixture(scope="session")
def hdfs_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = start(tmp_path_factory.mktemp("hdfs"))
    yield cluster
    cluster.stop()


@pytest.fixture
def hdfs_folder(hdfs_server: Cluster) -> Iterator[Folder]:
    made = folder_of(hdfs_server)
    yield made
    hdfs_server.rest("DELETE", made.name, "DELETE", recursive="true")


@pytest.fixture(scope="session")
def _mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = start(tmp_path_factory.mktemp("hdfs-to-kill"))
    yield cluster
    cluster.stop()


@pytest.fixture
def own_hdfs(_mortal: Cluster) -> Folder:
    """A folder in a cluster that the test may kill; what the test before killed runs again."""
    _mortal.revive()
    return folder_of(_mortal)
