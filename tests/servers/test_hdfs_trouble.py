"""HDFS when something is wrong: every line of the checks, DataNodes that cannot be reached, servers that are killed, writers that are killed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors import hdfs
from connectors.far import files as far
from connectors.hdfs import HDFS
from connectors.webhdfs import client
from core.errors import AssayError, Cancelled, ConnectError
from core.task import Task
from tests.servers.hdfs import DATA, NAME, TOKEN, USER, Folder, folder_of, start
from tests.servers.tools import Stoppable, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("hdfs"), pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
CSV = b"id,t\n1,x\n2,y\n"
ADMIN = "org.apache.hadoop.hdfs.tools.DFSAdmin"
ROWS = pa.table({"id": [1, 2, 3]})


def said(error: AssayError) -> str:
    text = " ".join(error.lines("en") + error.lines("ru")) + repr(error.__cause__)
    assert TOKEN not in text
    return text


def failed(settings: dict) -> list[str]:
    checks = HDFS(settings).check()
    assert TOKEN not in repr(checks)
    assert all(check.fix for check in checks if check.status in ("fail", "warn")), checks
    return [check.name for check in checks if check.status == "fail"]


def many(bytes_: int) -> pa.Table:
    """Rows that do not compress."""
    return pa.table({"x": np.random.default_rng(1).integers(0, 2**62, bytes_ // 8)})


def write(settings: dict, path: tuple[str, ...], rows: pa.Table = ROWS, task: Task | None = None, mode: str = "replace") -> None:
    HDFS(settings).write(path, iter(rows.to_batches()), rows.schema, mode, task or Task())


class Past(Stoppable):
    """Runs something once the work has come further than a fraction."""

    def __init__(self, fraction: float, act: Callable[[], None]) -> None:
        super().__init__()
        self.fraction, self.act, self.done = fraction, act, False

    def at(self, fraction: float, step: object) -> None:
        self.check()
        if fraction > self.fraction and not self.done:
            self.done = True
            self.act()


# The lines of the check


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"address": "http://127.0.0.1:9"}, "reach"),
        ({"address": "http://no-such-host.invalid:9870"}, "resolve"),
        ({"path": "no-such-folder"}, "permissions"),
        ({"path": "no-such-*/x?.csv"}, "permissions"),
        ({"token": ""}, "resolve"),
    ],
)
def test_each_line_of_the_check_fails_by_itself(hdfs_folder: Folder, change: dict, line: str):
    assert failed({**hdfs_folder.settings, **change}) == [line]


def test_the_port_of_the_rpc_is_told_from_the_one_of_webhdfs(hdfs_folder: Folder):
    settings = {**hdfs_folder.settings, "address": f"hdfs://127.0.0.1:{hdfs_folder.cluster.rpc}"}
    assert failed(settings) == ["auth"]
    with pytest.raises(ConnectError) as caught:
        HDFS(settings).browse()
    assert "RPC port" in said(caught.value)
    assert "9870" in said(caught.value)


def test_the_port_of_a_datanode_is_told_from_the_one_of_the_namenode(hdfs_folder: Folder):
    answer = hdfs_folder.cluster.rest("PUT", f"{hdfs_folder.name}/x", "CREATE")
    settings = {"user": USER, "address": answer.headers["Location"].partition("/webhdfs")[0]}
    assert failed(settings) == ["auth"]
    with pytest.raises(ConnectError) as caught:
        HDFS(settings).browse()
    assert "is no NameNode" in said(caught.value)


def test_an_encrypted_address_of_a_plain_server_is_told_as_such(hdfs_folder: Folder):
    settings = {**hdfs_folder.settings, "address": hdfs_folder.cluster.address.replace("http:", "https:")}
    assert failed(settings) == ["tls"]
    with pytest.raises(AssayError) as caught:
        HDFS(settings).browse()
    assert "encrypted" in said(caught.value)


@contextmanager
def somebody(answer: bytes | None) -> Iterator[int]:
    """Somebody who accepts and answers with these bytes, or never (None)."""
    server, kept = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            kept.append(line)
            if answer is not None:
                line.recv(4096)
                line.sendall(answer)
                line.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()
        for line in kept:
            line.close()


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"])
def test_who_speaks_something_else_is_told_as_such(answer: bytes):
    with somebody(answer) as port:
        settings = {"address": f"http://127.0.0.1:{port}"}
        assert failed(settings) == ["auth"]
        with pytest.raises(ConnectError) as caught:
            HDFS(settings).preview(("a.csv",))
    assert "does not speak WebHDFS" in said(caught.value)


def test_a_server_that_accepts_and_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "SECONDS", 0.3)
    with somebody(None) as port:
        settings = {"address": f"http://127.0.0.1:{port}"}
        assert failed(settings) == ["auth"]
        with pytest.raises(ConnectError) as caught:
            write(settings, ("a.csv",), mode="append")
    assert "does not answer" in said(caught.value)


# Rights and states


def test_who_may_not_is_told_so_and_what_is_there_stays(hdfs_folder: Folder):
    cluster, name = hdfs_folder.cluster, hdfs_folder.name
    hdfs_folder.put("open/a.csv", CSV)
    cluster.rest("PUT", f"{name}/open/a.csv", "SETOWNER", owner="hdfs", group="hdfs")
    cluster.rest("PUT", f"{name}/open/a.csv", "SETPERMISSION", permission="600")
    cluster.rest("PUT", f"{name}/open", "SETOWNER", owner="hdfs", group="hdfs")
    with HDFS(hdfs_folder.settings) as source, pytest.raises(AssayError) as caught:
        source.preview((name, "open", "a.csv"))
    assert "may not be read" in said(caught.value)
    with pytest.raises(AssayError) as caught:
        write(hdfs_folder.settings, (name, "open", "b.csv"))
    assert "Permission denied" in said(caught.value)
    assert [status["pathSuffix"] for status in hdfs_folder.listed("open")] == ["a.csv"]
    checks = HDFS({**hdfs_folder.settings, "path": f"{name}/open/*.csv"}).check()
    assert [check.name for check in checks if check.status == "warn"] == ["write"]
    assert not [check for check in checks if check.status == "fail"]


def test_safe_mode_is_told_and_does_not_hinder_reading(hdfs_folder: Folder, tmp_path: Path):
    hdfs_folder.put("a.csv", CSV)
    path = (hdfs_folder.name, "a.csv")
    hdfs_folder.cluster.run(ADMIN, "-safemode", "enter")
    try:
        checks = HDFS(hdfs_folder.settings).check()
        with HDFS(hdfs_folder.settings) as source:
            assert source.preview(path).num_rows == 2
        with pytest.raises(AssayError) as caught:
            write(hdfs_folder.settings, path)
    finally:
        hdfs_folder.cluster.run(ADMIN, "-safemode", "leave")
    assert [(check.name, check.status) for check in checks if check.status != "ok"] == [("write", "warn")]
    assert "safe mode" in said(caught.value)
    assert hdfs_folder.files() == {"a.csv": CSV}


def test_a_full_quota_leaves_what_was_there(hdfs_folder: Folder):
    hdfs_folder.put("out.parquet", b"as it was")
    hdfs_folder.cluster.run(ADMIN, "-setSpaceQuota", "1m", f"/{hdfs_folder.name}")
    with pytest.raises(AssayError) as caught:
        write(hdfs_folder.settings, (hdfs_folder.name, "out.parquet"), many(2**22))
    assert "is full" in said(caught.value)
    assert hdfs_folder.files() == {"out.parquet": b"as it was"}


def test_a_standby_namenode_is_told_as_such(tmp_path: Path):
    (tmp_path / "hdfs").mkdir()
    shared = {"dfs.nameservices": "pair", "dfs.ha.namenodes.pair": "one,two", "dfs.ha.namenode.id": "one"}
    shared |= {"dfs.namenode.shared.edits.dir": f"file://{tmp_path / 'shared'}"}
    cluster = start(tmp_path / "hdfs", data=False, pair=True, **shared)
    try:
        settings = {"address": cluster.address, "user": "ann"}
        until(lambda: failed(settings) == ["auth"] and "standby" in str(HDFS(settings).check()), 120)
        with pytest.raises(ConnectError) as caught:
            HDFS(settings).browse()
        assert "is a standby NameNode" in said(caught.value)
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def aside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A folder in a cluster with encryption, whose DataNode has a name that nobody knows here."""
    cluster = start(tmp_path_factory.mktemp("hdfs-aside"), secure=True, data_host="no-such-host.invalid")
    yield folder_of(cluster)
    cluster.stop()


def test_a_datanode_by_a_name_that_is_unknown_here_is_told_and_can_be_reached_another_way(aside: Folder):
    settings, path = {**aside.settings, "path": aside.name}, (aside.name, "a.csv")
    around = {**settings, "data_host": "127.0.0.1"}
    assert failed(settings) == ["data"]
    assert failed(around) == []
    write(around, path)
    with HDFS(around) as source:
        assert source.preview(path).num_rows == 3
    with HDFS(settings) as source:
        assert "a.csv" in [item.name for item in source.browse()]
        with pytest.raises(ConnectError) as caught:
            source.preview(path)
    assert "The DataNode no-such-host.invalid" in said(caught.value)
    assert "data_host" in said(caught.value)


def test_an_encrypted_cluster_is_trusted_by_its_certificate_and_not_without(aside: Folder):
    settings, path = {**aside.settings, "data_host": "127.0.0.1"}, (aside.name, "out.parquet")
    write(settings, path)
    write(settings, path, mode="append")
    with HDFS(settings) as source:
        assert sum(batch.num_rows for batch in source.read(path, Task())) == 6
        assert source.preview(path).num_rows == 6
    untrusted = {**settings, "ca_file": ""}
    assert failed(untrusted) == ["tls"]
    with pytest.raises(ConnectError) as caught:
        HDFS(untrusted).preview(path)
    assert "certificate" in said(caught.value)


# Killed and stopped


def test_a_datanode_killed_in_the_middle_of_reading_leaves_nothing_and_is_told(own_hdfs: Folder, tmp_path: Path):
    own_hdfs.put("big.csv", b"id,t\n" + b"1,x\n" * 25_000_000)
    (tmp_path / "l").mkdir()
    task = Past(0.0, lambda: own_hdfs.cluster.kill(DATA))
    with HDFS(own_hdfs.settings) as source, pytest.raises(ConnectError) as caught:
        source.land((own_hdfs.name, "big.csv"), tmp_path / "l", task)
    assert task.done
    assert "The DataNode" in said(caught.value)
    assert list((tmp_path / "l").iterdir()) == []
    assert [one.name for one in tmp_path.iterdir()] == ["l"]


def test_a_datanode_killed_between_two_batches_is_told(own_hdfs: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    pq.write_table(many(2**22), tmp_path / "rows.parquet", row_group_size=2**16)
    own_hdfs.put("rows.parquet", (tmp_path / "rows.parquet").read_bytes())
    monkeypatch.setattr(far, "AHEAD", 1)
    with HDFS(own_hdfs.settings) as source:
        batches = source.read((own_hdfs.name, "rows.parquet"), Task())
        assert next(batches).num_rows == 2**16
        own_hdfs.cluster.kill(DATA)
        with pytest.raises(ConnectError) as caught:
            list(batches)
    assert "The DataNode" in said(caught.value)


@pytest.mark.parametrize("program", [NAME, DATA], ids=["namenode", "datanode"])
def test_a_server_killed_in_the_middle_of_writing_leaves_the_target_as_it_was(
    own_hdfs: Folder, monkeypatch: pytest.MonkeyPatch, program: str
):
    monkeypatch.setattr(client, "SECONDS", 4.0)
    monkeypatch.setattr(hdfs, "SECONDS", 4.0)
    own_hdfs.put("out.parquet", b"as it was")
    task = Past(0.6, lambda: own_hdfs.cluster.kill(program))
    with pytest.raises(AssayError) as caught:
        write(own_hdfs.settings, (own_hdfs.name, "out.parquet"), many(64 * 2**20), task)
    assert task.done
    said(caught.value)
    own_hdfs.cluster.revive()
    assert until(lambda: own_hdfs.cluster.rest("GET", f"{own_hdfs.name}/out.parquet", "OPEN").data == b"as it was")
    with HDFS({**own_hdfs.settings, "path": own_hdfs.name}) as source:
        assert [item.name for item in source.browse()] == ["out.parquet"]
    write(own_hdfs.settings, (own_hdfs.name, "out.parquet"))
    assert own_hdfs.cluster.rest("GET", f"{own_hdfs.name}/out.parquet", "OPEN").data[:4] == b"PAR1"


WRITER = """
import json, sys
from connectors.hdfs import HDFS
from core.task import Task
from tests.servers.test_hdfs_trouble import many, write
settings, path = json.loads(sys.argv[1])
write(settings, tuple(path), many(100 * 2**20))
"""


def test_a_writer_that_is_killed_leaves_the_target_as_it_was(hdfs_folder: Folder):
    hdfs_folder.put("out.parquet", b"as it was")
    given = json.dumps([hdfs_folder.settings, [hdfs_folder.name, "out.parquet"]])
    process = subprocess.Popen([sys.executable, "-c", WRITER, given], cwd=ROOT)
    try:
        until(lambda: len(hdfs_folder.listed()) == 2 or process.poll() is not None, 120)
        assert process.poll() is None, "it is in the middle of it"
    finally:
        process.kill()
        process.wait()
    assert {status["pathSuffix"][0] for status in hdfs_folder.listed()} == {"o", "."}, (
        "what it left is hidden from Hadoop's own tools"
    )
    assert hdfs_folder.cluster.rest("GET", f"{hdfs_folder.name}/out.parquet", "OPEN").data == b"as it was"
    with HDFS({**hdfs_folder.settings, "path": hdfs_folder.name}) as source:
        assert [item.name for item in source.browse()] == ["out.parquet"]


def test_a_reader_meets_the_old_rows_or_the_new_ones_and_never_none(hdfs_folder: Folder):
    path, seen, stop = f"{hdfs_folder.name}/out.csv", set(), threading.Event()
    hdfs_folder.put("out.csv", b"id\n0\n")

    def look() -> None:
        while not stop.is_set():
            seen.add(hdfs_folder.cluster.rest("GET", path, "GETFILESTATUS").status)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for n in range(20):
            write(hdfs_folder.settings, (hdfs_folder.name, "out.csv"), pa.table({"id": [n]}))
    finally:
        stop.set()
        reader.join()
    assert seen == {200}
    assert hdfs_folder.files() == {"out.csv": b"id\n19\n"}


def test_a_stop_amid_a_transfer_answers_within_a_moment(hdfs_folder: Folder, tmp_path: Path):
    """Not a measurement: what is stopped here would take far longer."""
    hdfs_folder.put("big.csv", b"id,t\n" + b"1,x\n" * 25_000_000)
    (tmp_path / "l").mkdir()
    stopped: list[float] = []
    task = Past(0.0, lambda: (stopped.append(time.monotonic()), task.stop()))
    with HDFS(hdfs_folder.settings) as source, pytest.raises(Cancelled):
        source.land((hdfs_folder.name, "big.csv"), tmp_path / "l", task)
    assert time.monotonic() - stopped[0] < 5
    assert [one.name for one in tmp_path.iterdir()] == ["l"]
    hdfs_folder.put("out.parquet", b"as it was")
    task = Past(0.6, lambda: (stopped.append(time.monotonic()), task.stop()))
    with pytest.raises(Cancelled):
        write(hdfs_folder.settings, (hdfs_folder.name, "out.parquet"), many(64 * 2**20), task)
    assert time.monotonic() - stopped[1] < 5
    until(lambda: {status["pathSuffix"] for status in hdfs_folder.listed()} == {"big.csv", "out.parquet"})
    assert hdfs_folder.cluster.rest("GET", f"{hdfs_folder.name}/out.parquet", "OPEN").data == b"as it was"
