"""ClickHouse when something is wrong: every line of the checks, servers that are killed, silent or not ClickHouse, cancels."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.ch import place as places
from connectors.clickhouse import ClickHouse
from core.errors import AssayError, Cancelled, ConfigError, ConnectError
from core.task import Task
from tests.servers.clickhouse_http import PASSWORD, House, needed, start, stop
from tests.servers.tools import Stoppable, until

pytestmark = pytest.mark.server


def told(error: AssayError) -> str:
    """All that the error says, in both languages. Fails when any of it, or of what caused it, holds the password."""
    said, cause = " ".join(line for lang in ("en", "ru") for line in error.lines(lang)), error.__cause__
    while cause is not None:
        assert PASSWORD not in repr(cause) + str(cause)
        cause = cause.__cause__ or cause.__context__
    assert PASSWORD not in said + repr(error.args)
    return said


def states(settings: dict) -> dict[str, str]:
    checks = ClickHouse(settings).check()
    assert PASSWORD not in repr(checks)
    assert all(one.fix for one in checks if one.status in ("fail", "warn"))
    return {one.name: one.status for one in checks}


def failing(settings: dict) -> str:
    found = states(settings)
    assert list(found.values()).count("fail") == 1
    name = next(name for name, status in found.items() if status == "fail")
    assert set(list(found.values())[list(found).index(name) + 1 :]) <= {"skipped"}
    return name


def test_a_good_connection_passes_every_check_in_order(house: House):
    house.run("CREATE TABLE @t (a Int8) ENGINE = Memory")
    found = states(house.settings)
    assert list(found) == ["resolve", "reach", "tls", "auth", "permissions", "version", "latency"]
    assert set(found.values()) == {"ok"}


def test_each_fault_fails_at_its_own_line(house: House):
    assert failing({**house.settings, "host": "no-such-host.invalid"}) == "resolve"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        free = closed.getsockname()[1]
    assert failing({**house.settings, "port": free}) == "reach"
    assert failing({**house.settings, "encryption": "verify"}) == "tls"
    assert failing({**house.settings, "password": "wrong"}) == "auth"
    assert failing({**house.settings, "user": "nobody"}) == "auth"
    assert failing({**house.settings, "database": "gone"}) == "permissions"


@pytest.mark.parametrize(
    "changed",
    [
        {"host": ""},
        {"port": "x"},
        {"port": 70000},
        {"encryption": "ssl"},
        {"engine": "cloud"},
        {"host": "http://a"},
        {"host": "u:p@h:1"},
    ],
)
def test_settings_that_do_not_fit_are_a_failed_check_not_a_crash(changed: dict):
    settings = {"engine": "server", "host": "localhost", "port": 8123, **changed}
    assert failing(settings) == "resolve"
    with pytest.raises(ConfigError):
        ClickHouse(settings).open()
    assert failing({"engine": "embedded", "folder": ""}) == "folder"


@contextmanager
def peer(answer: bytes | None) -> Iterator[int]:
    """Somebody who accepts and answers with these bytes, or never (None)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                held.append(line)
                if answer is not None:
                    line.recv(65536)
                    line.sendall(answer)
                    line.close()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for line in held:
                line.close()


@pytest.mark.parametrize("encryption", ["off", "trust"])
def test_a_server_that_accepts_and_never_answers_is_given_up_in_time(house: House, monkeypatch, encryption: str):
    monkeypatch.setattr(places, "TIMEOUT", 0.5)
    monkeypatch.setattr(places.Place.__init__, "__defaults__", (*places.Place.__init__.__defaults__[:-1], 0.5))
    with peer(None) as port:
        settings = {**house.settings, "port": port, "encryption": encryption}
        started = time.monotonic()
        assert failing(settings) == ("auth" if encryption == "off" else "tls")
        with pytest.raises(ConnectError) as caught:
            ClickHouse(settings).open()
        assert time.monotonic() - started < 10
        assert "does not answer" in told(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-x\r\n",
    ],
)
def test_something_that_is_no_clickhouse_is_said_to_be_that(house: House, answer: bytes):
    with peer(answer) as port:
        settings = {**house.settings, "port": port}
        assert failing(settings) == "auth"
        with pytest.raises(ConnectError) as caught:
            ClickHouse(settings).open()
        told(caught.value)


def test_no_error_of_connecting_holds_the_password(house: House):
    for changed in ({"user": "x"}, {"port": 1}, {"database": "gone"}, {"encryption": "verify"}, {"host": "no-such-host.invalid"}):
        with pytest.raises(AssayError) as caught:
            ClickHouse({**house.settings, **changed}).open()
        told(caught.value)


def test_encryption_is_checked_and_can_be_trusted_or_proven(tmp_path: Path):
    needed()
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key", "-out", "cert"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl is not installed")
    (tmp_path / "both").write_text((tmp_path / "key").read_text() + (tmp_path / "cert").read_text())
    server = start(tmp_path / "data", str(tmp_path / "both"))
    try:
        server.run("CREATE DATABASE d")
        server.run("CREATE TABLE d.t (a Int8) ENGINE = Memory")
        settings = {**House(server, "d").settings, "encryption": "trust"}
        assert states(settings)["tls"] == "warn"
        assert failing({**settings, "encryption": "verify"}) == "tls"
        proven = {**settings, "encryption": "verify", "ca_file": str(tmp_path / "cert")}
        assert set(states(proven).values()) == {"ok"}
        with ClickHouse(proven) as source:
            assert [one.name for one in source.browse(("d",))] == ["t"]
        with pytest.raises(ConnectError) as caught:
            ClickHouse({**settings, "encryption": "verify"}).open()
        assert "encrypted" in told(caught.value)
    finally:
        stop(server)


def many(house: House, rows: int = 400_000) -> None:
    house.run("CREATE TABLE @big (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
    house.run(f"INSERT INTO @big SELECT number, repeat('x', 200) FROM numbers({rows})")  # noqa: S608


class AtRows(Stoppable):
    """Does something once rows have come."""

    def __init__(self, act) -> None:
        super().__init__()
        self.act, self.calls = act, 0

    def at(self, fraction: float, step) -> None:
        self.calls += 1
        if self.calls == 3:
            self.act()
        self.check()


def test_a_server_killed_in_the_middle_of_reading_leaves_no_half_result(own_house: House, tmp_path: Path):
    many(own_house)
    with ClickHouse(own_house.settings) as source, pytest.raises(ConnectError) as caught:
        source.land((own_house.name, "big"), tmp_path, AtRows(own_house.server.kill))
    assert "broke off" in told(caught.value)
    assert not list(tmp_path.glob("*.parquet"))


def test_an_answer_without_its_end_is_not_taken_for_the_whole(house: House):
    from connectors.ch.http import _Body
    from connectors.ch.session import Broken, Refused

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("a", pa.int64())])) as stream:
        stream.write_batch(pa.record_batch({"a": [1, 2]}))
    whole = sink.getvalue().to_pybytes()

    class Answer:
        def __init__(self, body: bytes) -> None:
            self.body = pa.BufferReader(body)

        def read(self, size: int | None = None) -> bytes:
            return self.body.read(size)

    assert sum(batch.num_rows for batch in _Body(Answer(whole)).batches()) == 2
    for cut in (whole[:-8], whole[:-20], whole[:30]):
        with pytest.raises(Broken):
            list(_Body(Answer(cut)).batches())
    with pytest.raises(Refused) as caught:
        list(_Body(Answer(whole[:-8] + b"__exception__\r\nCode: 241. DB::Exception: Memory limit exceeded")).batches())
    assert caught.value.code == 241


def test_a_query_that_fails_late_is_told_in_the_words_of_the_server(house: House, tmp_path: Path):
    house.run("CREATE VIEW @v AS SELECT throwIf(number = 300000, 'too far') AS x FROM numbers(400000)")
    with ClickHouse(house.settings) as source, pytest.raises(AssayError) as caught:
        source.land((house.name, "v"), tmp_path, Task())
    assert "too far" in told(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("where", ["server", "embedded"])
def test_stopping_answers_within_a_second_while_the_server_is_busy(own_house: House, tmp_path: Path, where: str):
    statement = "CREATE VIEW {}slow AS SELECT sleepEachRow(1) AS x FROM numbers(3) SETTINGS function_sleep_max_microseconds_per_block = 30000000"
    if where == "server":
        own_house.run(statement.format("@"))
        settings, path = own_house.settings, (own_house.name, "slow")
    else:
        from core.engines.clickhouse import opened_clickhouse

        with opened_clickhouse(tmp_path / "e") as engine:
            engine.command("CREATE DATABASE d")
            engine.command(statement.format("d."))
        settings, path = {"engine": "embedded", "folder": str(tmp_path / "e")}, ("d", "slow")
    task = Stoppable()
    (tmp_path / "l").mkdir()
    with ClickHouse(settings) as source:
        ended: list[float] = []
        failure: list[BaseException] = []

        def work() -> None:
            try:
                source.land(path, tmp_path / "l", task)
            except BaseException as error:
                failure.append(error)
            ended.append(time.monotonic())

        running = threading.Thread(target=work)
        running.start()
        until(lambda: task._inside)
        time.sleep(0.3)
        stopped = time.monotonic()
        task.stop()
        running.join()
    assert isinstance(failure[0], Cancelled)
    assert ended[0] - stopped < 1


def test_a_folder_is_for_one_program_at_a_time_and_that_is_said(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(places.Place.__init__, "__defaults__", (*places.Place.__init__.__defaults__[:-1], 0.3))
    settings = {"engine": "embedded", "folder": str(tmp_path / "e")}
    with ClickHouse(settings) as first:
        first.browse()
        with pytest.raises(ConnectError) as caught:
            ClickHouse(settings).open()
        assert "in use" in told(caught.value)
        assert failing(settings) == "engine"
    assert states(settings)["engine"] == "ok"

    from core.engines.clickhouse import opened_clickhouse

    with opened_clickhouse(tmp_path / "e"), pytest.raises(ConnectError) as caught:
        ClickHouse(settings).open()
    assert "in use" in told(caught.value)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    assert failing({"engine": "embedded", "folder": str(tmp_path / "file")}) == "folder"
    with pytest.raises(AssayError):
        ClickHouse({"engine": "embedded", "folder": str(tmp_path / "file")}).open()
