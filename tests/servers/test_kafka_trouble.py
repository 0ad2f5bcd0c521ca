"""A Kafka that refuses, is silent or dies, and people who change their minds: what is said, how soon, and what is left behind."""

from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.kafka import Kafka
from core.errors import AssayError, Cancelled, ConnectError
from core.task import Task
from core.words import say
from tests.servers.kafka import GUEST, PASSWORD, Server, Topic
from tests.servers.test_kafka_read import land
from tests.servers.tools import Stoppable, batches, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("kafka")]

ROWS = pa.table({"id": pa.array(range(200_000), pa.int64()), "t": ["some text of a row"] * 200_000})


def text(error: AssayError) -> str:
    """All that the error says in both languages. Fails when any of it holds the password."""
    said = " ".join(line for lang in ("en", "ru") for line in error.lines(lang)) + repr(error.args) + repr(error.__cause__)
    assert PASSWORD not in said
    return said


def failing(settings: dict) -> tuple[str, str, str]:
    """The line that fails, what it says and how to mend it; those behind it are skipped."""
    lines = Kafka(settings).check()
    states = [line.status for line in lines]
    assert states.count("fail") == 1, states
    at = states.index("fail")
    assert set(states[at + 1 :]) <= {"skipped"}
    assert PASSWORD not in repr(lines)
    assert lines[at].fix is not None
    return lines[at].name, say(lines[at].detail), say(lines[at].fix)


def test_every_way_to_sign_in_that_the_broker_knows(topic: Topic):
    server = topic.server
    topic.put([{"id": 1}])
    ca = str(server.folder / "ca.pem")
    ways = [
        {"servers": server.address("PLAIN"), "security": "PLAINTEXT"},
        {"servers": server.address("TLS"), "security": "SSL", "ca_file": ca},
        *({**server.settings, "mechanism": one} for one in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")),
        {**server.settings, "servers": server.address("BOTH"), "security": "SASL_SSL", "mechanism": "SCRAM-SHA-512", "ca_file": ca},
    ]  # fmt: skip
    for settings in ways:
        lines = Kafka(settings).check()
        assert [line.status for line in lines] == ["ok"] * len(lines), lines
        assert [line.name for line in lines] == [
            "resolve", "reach", "tls", "auth", "brokers", "permissions", "version", "latency",
        ]  # fmt: skip
        with Kafka(settings) as source:
            assert source.preview((topic.name,)).num_rows == 1
    assert "newer than 4.1" in say(next(line.detail for line in lines if line.name == "version"))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_wrong_password_is_told_soon_and_not_shown(kafka_server: Server, mechanism: str):
    settings = {**kafka_server.settings, "mechanism": mechanism, "password": "wr0ng"}
    name, detail, fix = failing(settings)
    assert name == "auth"
    assert "did not accept the user analyst" in detail
    assert "wr0ng" not in detail + fix
    started = time.monotonic()
    with pytest.raises(ConnectError) as caught:
        Kafka(settings).open()
    assert time.monotonic() - started < 6, "it does not wait for what no waiting mends"
    assert "wr0ng" not in text(caught.value)


def test_the_wrong_protocol_for_a_port_is_told(kafka_server: Server):
    ca = str(kafka_server.folder / "ca.pem")
    plain, sasl, tls = (kafka_server.address(name) for name in ("PLAIN", "SASL", "TLS"))
    assert failing({"servers": sasl, "security": "PLAINTEXT"})[0] == "auth"
    assert failing({**kafka_server.settings, "servers": plain})[0] == "auth"
    assert failing({"servers": plain, "security": "SSL", "ca_file": ca})[0] == "tls"
    name, detail, fix = failing({"servers": tls, "security": "SSL"})  # who signed the certificate is not known
    assert (name, "self-signed" in detail or "self signed" in detail) == ("tls", True)
    assert "ca_file" in fix
    assert failing({"servers": tls, "security": "PLAINTEXT"})[0] == "auth"
    with pytest.raises(AssayError):
        Kafka({"servers": tls, "security": "SSL"}).open()


def test_a_user_without_rights_is_told_which_are_missing(topic: Topic, tmp_path: Path):
    topic.put([{"id": 1}])
    guest = {**topic.settings, "user": GUEST}
    lines = {line.name: line for line in Kafka(guest).check()}
    assert lines["auth"].status == "ok"
    assert lines["permissions"].status == "warn"
    with Kafka(guest) as source:
        assert source.browse() == ()
        for act in (lambda: source.preview((topic.name,)), lambda: source.browse((topic.name,))):
            with pytest.raises(AssayError) as caught:
                act()
            text(caught.value)
    with pytest.raises(AssayError) as caught:
        Kafka(guest).write((topic.name,), batches(ROWS.slice(0, 1)), ROWS.schema, "append", Task())
    assert "guest" in text(caught.value) or topic.name in text(caught.value)
    assert len(topic.messages()) == 1


def test_a_server_that_is_not_there_is_told(kafka_server: Server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert failing({"servers": f"127.0.0.1:{port}"})[0] == "reach"
        assert failing({"servers": "no-such-host.invalid:9092"})[0] == "resolve"
        lines = Kafka({**kafka_server.settings, "servers": f"127.0.0.1:{port}, {kafka_server.address('SASL')}"}).check()
        assert [line.status for line in lines] == ["ok", "warn", *["ok"] * 6], "one server of two is enough"
        started = time.monotonic()
        with pytest.raises(ConnectError) as caught:
            Kafka({"servers": f"127.0.0.1:{port}"}).open()
        assert time.monotonic() - started < 5
        assert f"127.0.0.1:{port}" in text(caught.value)


def test_a_server_that_accepts_and_never_answers_does_not_hold_one_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {"servers": f"127.0.0.1:{silent.getsockname()[1]}"}
        started = time.monotonic()
        assert failing(settings)[0] == "auth"
        with pytest.raises(ConnectError) as caught:
            Kafka(settings).open()
        text(caught.value)
        assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "settings",
    [
        {"servers": ""}, {"servers": "http://x:9092"}, {"servers": "x:port"}, {"security": "TLS"}, {"mechanism": "GSSAPI"}, {"user": ""},
        {"format": "xml"}, {"security": "SASL_SSL", "ca_file": "/no/such/file"}, {"registry": "registry:8081"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_be_are_told_before_anything_is_sent(settings: dict):
    base = {"servers": "127.0.0.1:1", "security": "SASL_PLAINTEXT", "user": "u", "password": PASSWORD}
    lines = Kafka({**base, **settings}).check()
    assert [line.status for line in lines] == ["fail", *["skipped"] * 7]
    with pytest.raises(AssayError) as caught:
        Kafka({**base, **settings}).open()
    text(caught.value)


def test_no_line_of_the_driver_holds_a_password(kafka_server: Server, topic: Topic, caplog: pytest.LogCaptureFixture, capfd):
    with caplog.at_level(logging.DEBUG):
        for password in (PASSWORD, "wr0ng-one"):
            for mechanism in ("PLAIN", "SCRAM-SHA-256"):
                Kafka({**kafka_server.settings, "password": password, "mechanism": mechanism}).check()
    said = caplog.text + "".join(capfd.readouterr())
    assert PASSWORD not in said
    assert "wr0ng-one" not in said


class Late(Stoppable):
    """Does something once, in the middle: when so much is done."""

    def __init__(self, share: float, then) -> None:
        super().__init__()
        self.share, self.then = share, then

    def at(self, fraction: float, step) -> None:
        self.check()
        if fraction >= self.share and self.then:
            then, self.then = self.then, None
            then()


def filled(topic: Topic, count: int = 60_000) -> None:
    topic.put({"id": n, "t": "x" * 500} for n in range(count))


def test_a_broker_that_dies_while_it_is_read_is_told_and_nothing_is_left(own_kafka: Topic, tmp_path: Path):
    filled(own_kafka)
    with pytest.raises(ConnectError) as caught:
        land(own_kafka, tmp_path / "l", task=Late(0.05, own_kafka.server.kill))
    assert "broke off" in text(caught.value) or "Nobody listens" in text(caught.value)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("assay-")] == []


def write(topic: Topic, table: pa.Table, task: Task | None = None, mode: str = "append", keys=()) -> str:
    return Kafka(topic.settings).write((topic.name,), batches(table, 10_000), table.schema, mode, task or Task(), keys)


def test_a_broker_that_dies_while_it_is_written_to_shows_nothing_of_it_afterwards(own_kafka: Topic):
    write(own_kafka, ROWS.slice(0, 3))
    server = own_kafka.server
    with pytest.raises(ConnectError) as caught:
        write(own_kafka, ROWS, Late(0.6, server.kill))
    text(caught.value)
    server.restart()
    assert len(own_kafka.messages()) == 3
    assert write(own_kafka, ROWS.slice(0, 2)), "and the next write is as any other"
    # The broker aborts what was begun when its time is over; until then those who read what is committed wait behind it.
    until(lambda: [json.loads(value)["id"] for *_, value in own_kafka.messages()] == [0, 1, 2, 0, 1], 180)


_WRITER = """
import sys, json
import pyarrow as pa
from connectors.kafka import Kafka
from core.task import Task
settings, topic = json.loads(sys.argv[1]), sys.argv[2]
class Tells(Task):
    def at(self, fraction, step):
        if fraction > 0.7:
            print("sending", flush=True)
            sys.stdin.read()
table = pa.table({"id": pa.array(range(200_000), pa.int64())})
Kafka(settings).write((topic,), iter(table.to_batches(10_000)), table.schema, "append", Tells())
"""


def test_a_writer_that_is_killed_leaves_nothing_that_readers_see(topic: Topic):
    write(topic, ROWS.slice(0, 3))
    command = [sys.executable, "-c", _WRITER, json.dumps(topic.settings), topic.name]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert writer.stdout.readline() == "sending\n"
    until(lambda: len(topic.messages(committed=False)) > 3)  # part of it is there, for those who read what is not committed
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdin.close()
    writer.stdout.close()
    assert len(topic.messages()) == 3


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_who_stops_a_landing_is_heard_within_a_second(topic: Topic, tmp_path: Path, share: float):
    filled(topic)
    task = Late(share, lambda: None)
    took = stopped(task, lambda: land(topic, tmp_path / "l", task=task))
    assert took < 1
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("assay-")] == []


@pytest.mark.parametrize("share", [0.05, 0.6])
def test_who_stops_a_write_is_heard_within_a_second_and_nothing_is_there(topic: Topic, share: float):
    task = Late(share, lambda: None)
    took = stopped(task, lambda: write(topic, ROWS, task))
    assert took < 1
    assert topic.messages() == []


def test_who_stops_waiting_for_a_dead_broker_is_heard_within_a_second(own_kafka: Topic, tmp_path: Path):
    filled(own_kafka, 20_000)
    dead = threading.Event()

    def kill() -> None:
        own_kafka.server.kill()
        dead.set()

    reading = Late(0.05, kill)
    took = stopped(reading, lambda: land(own_kafka, tmp_path / "l", task=reading), dead)
    assert took < 1


def stopped(task: Stoppable, work, when: threading.Event | None = None) -> float:
    """Seconds from the wish to stop until the work has ended as cancelled."""
    at: list[float] = []

    def stop() -> None:
        if when is not None:
            when.wait(120)
        at.append(time.monotonic())
        task.stop()

    stopper = threading.Thread(target=stop, daemon=True)
    if when is None:
        task.then = lambda: (stopper.start(), stopper.join())
    else:
        stopper.start()
    with pytest.raises(Cancelled):
        work()
    ended = time.monotonic()
    stopper.join()
    return ended - at[0]
