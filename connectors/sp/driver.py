"""A driver for a standalone master: a Connect server of our own on this machine, in a process of its own that can be killed.

A master runs applications and answers no SQL. The application is Spark's own Connect server, so that a master and an address `sc://` are
spoken to alike. It is bound to the loopback, asks for a token that only this process knows, and ends with this process.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from connectors.sp.place import DRIVER, Place
from core.errors import AssayError, ConnectError, UnsupportedError
from core.words import msg

_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
_STARTED = re.compile(r"Spark Connect server started at: .*?:(\d+)\b")
_TICK = 0.1
MEMORY = "1g"


class Driver:
    """A running Connect server; `place` is how to reach it."""

    def __init__(self, place: Place, folder: Path, process: subprocess.Popen, port: int, token: str) -> None:
        self.place, self._folder, self._process = place.driver(port, token), folder, process

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it at once. What it had begun on the cluster ends with it."""
        _end(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)


def start(place: Place, seconds: float = DRIVER) -> Driver:
    """A driver for the master of `place`. Raises `ConnectError` where none comes about, `UnsupportedError` without Java."""
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise no_java()
    folder = Path(tempfile.mkdtemp(prefix="assay-spark-"))
    token, log = secrets.token_hex(16), folder / "log"
    process = _process(place, folder, token, log)
    until = time.monotonic() + seconds
    while True:
        text = log.read_text(encoding="utf-8", errors="replace")
        if found := _STARTED.search(text):
            return Driver(place, folder, process, int(found[1]), token)
        if process.poll() is not None or time.monotonic() > until:
            _end(process)
            shutil.rmtree(folder, ignore_errors=True)
            raise _not_started(place, text)
        time.sleep(_TICK)


def _process(place: Place, folder: Path, token: str, log: Path) -> subprocess.Popen:
    spec = find_spec("pyspark")
    assert spec is not None and spec.submodule_search_locations  # noqa: PT018 (the registry has looked)
    home = Path(spec.submodule_search_locations[0])
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(
        "".join(f"{name} {value}\n" for name, value in _conf(place, folder).items()), encoding="utf-8"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    env |= {"SPARK_HOME": str(home), "SPARK_CONNECT_AUTHENTICATE_TOKEN": token, "SPARK_CONF_DIR": str(folder / "conf")}
    if place.here:
        env["SPARK_LOCAL_IP"] = "127.0.0.1"
    submit = ["spark-submit.cmd"] if os.name == "nt" else ["spark-submit"]
    master = f"spark://{place.address}"
    command = [str(home / "bin" / submit[0]), "--master", master, "--driver-memory", MEMORY, "--class", _SERVER, "spark-internal"]
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("keeper.py")), *command],
            stdin=subprocess.PIPE, stdout=out, stderr=out, env=env, cwd=folder, start_new_session=True,
        )  # fmt: skip


def _conf(place: Place, folder: Path) -> dict[str, str]:
    """Settings of the driver. The catalogue of a master is not its own: it is a metastore's, or lies beside the warehouse."""
    conf = {
        "spark.app.name": "Assay",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": place.warehouse or str(folder / "warehouse"),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
    }
    if place.metastore:
        return conf | {"spark.sql.catalogImplementation": "hive", "spark.hadoop.hive.metastore.uris": place.metastore}
    if place.warehouse and "://" not in place.warehouse:
        beside = Path(place.warehouse).expanduser().absolute() / ".assay-metastore"
        return conf | {
            "spark.sql.warehouse.dir": str(beside.parent),
            "spark.sql.catalogImplementation": "hive",
            "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={beside};create=true",
        }
    return conf | {"spark.sql.catalogImplementation": "in-memory"}


def _end(process: subprocess.Popen) -> None:
    """The keeper kills what it keeps when its input ends, and it has ten seconds for it."""
    with suppress(OSError):
        process.stdin.close()  # type: ignore[union-attr]
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def no_java() -> UnsupportedError:
    return UnsupportedError(
        msg("There is no Java here"),
        msg("A master is reached through a driver on this machine, which is a Java program."),
        msg("Install Java 17, or use the address of a Spark Connect server (sc://)."),
    )


def _not_started(place: Place, log: str) -> AssayError:
    reasons = [line for line in log.splitlines() if "Exception" in line or "ERROR" in line]
    return ConnectError(
        msg("No driver came about for the master {address}", address=place.address),
        msg("The last that was heard of it: {text}", text=(reasons or log.splitlines() or ["—"])[-1].strip()[:300]),
        msg(
            "Check that the master runs the same version of Spark as the package pyspark here, and that it can reach this machine."
        ),
    )
