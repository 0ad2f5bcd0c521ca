"""A real Apache Kafka for tests: one KRaft node a session, from the jars of Maven Central; one empty topic a test.

It listens four times: plain for the clients of the tests, with a password (SASL), with TLS, and with both.
"""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core.models.source import Settings
from tests.servers.maven import jars, java
from tests.servers.tools import until

VERSION = "4.4.0"
USER, PASSWORD, GUEST = "analyst", "s3cret pass'word\\ ёж%/", "guest"
LISTENERS = {"PLAIN": "PLAINTEXT", "SASL": "SASL_PLAINTEXT", "TLS": "SSL", "BOTH": "SASL_SSL", "CONTROLLER": "PLAINTEXT"}
_LOGIN = "org.apache.kafka.common.security"


@dataclass
class Server:
    """A running broker: `ports` by listener, and ways to talk to it, to kill it and to start it again. GUEST has a password and no rights."""

    process: subprocess.Popen
    ports: dict[str, int]
    folder: Path
    command: list[str]

    def address(self, listener: str = "PLAIN") -> str:
        return f"127.0.0.1:{self.ports[listener]}"

    @property
    def config(self) -> dict[str, Any]:
        return {"bootstrap.servers": self.address(), "log_level": 0}

    @property
    def admin(self) -> AdminClient:
        return AdminClient(self.config)

    @property
    def settings(self) -> Settings:
        return {
            "servers": self.address("SASL"), "security": "SASL_PLAINTEXT", "mechanism": "PLAIN", "user": USER, "password": PASSWORD,
        }  # fmt: skip

    def create(self, topic: str, partitions: int = 1, **config: str) -> None:
        named = {key.replace("_", "."): value for key, value in config.items()}
        admin = self.admin
        admin.create_topics([NewTopic(topic, partitions, 1, config=named)])[topic].result(30)
        until(lambda: topic in self.topics())

    def topics(self) -> list[str]:
        return sorted(name for name in self.admin.list_topics(timeout=10).topics if not name.startswith("__"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start what was killed, with the data it had."""
        self.process = _run(self.command, self.folder)
        until(lambda: _answers(self), 120)


@dataclass
class Topic:
    """A topic of its own."""

    server: Server
    name: str

    @property
    def settings(self) -> Settings:
        return self.server.settings

    def put(self, values: Iterable[Any], keys: Iterable[Any] = (), partition: int = 0, **more: Any) -> None:
        """Send values (bytes, None, or what JSON can say), each with the key at its place."""
        producer = Producer({**self.server.config, "linger.ms": 20})
        keys = iter(keys)
        for value in values:
            sent = value if isinstance(value, bytes | str) or value is None else json.dumps(value, ensure_ascii=False)
            while True:
                try:
                    producer.produce(self.name, sent, next(keys, None), partition=partition, **more)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(60) == 0

    def messages(self, committed: bool = True) -> list[tuple[int, int, bytes | None, bytes | None]]:
        """All messages as another client reads them: partition, offset, key, value."""
        isolation = "read_committed" if committed else "read_uncommitted"
        reader = Consumer({**self.server.config, "group.id": "check", "enable.auto.commit": False, "enable.partition.eof": True,
                           "isolation.level": isolation, "fetch.wait.max.ms": 20})  # fmt: skip
        try:
            partitions = reader.list_topics(self.name, timeout=10).topics[self.name].partitions
            reader.assign([TopicPartition(self.name, number, 0) for number in partitions])
            found, ended = [], set()
            while len(ended) < len(partitions):
                message = reader.poll(30)
                assert message is not None, "no message within 30 s"
                if message.error():
                    ended.add(message.partition())
                else:
                    found.append((message.partition(), message.offset(), message.key(), message.value()))
            return sorted(found, key=lambda one: one[:2])
        finally:
            reader.close()


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def _quoted(text: str) -> str:
    """A text as JAAS quotes it, in a properties file, which is Latin-1."""
    jaas = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "".join(sign if ord(sign) < 128 else f"\\u{ord(sign):04x}" for sign in jaas.replace("\\", "\\\\"))


def _properties(folder: Path, ports: dict[str, int]) -> str:
    users = " ".join(f"user_{name}={_quoted(PASSWORD)}" for name in (USER, GUEST))
    open_ones = [name for name in ports if name != "CONTROLLER"]
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items()),
        "advertised.listeners": ",".join(f"{name}://127.0.0.1:{ports[name]}" for name in open_ones),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in LISTENERS.items()),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAIN",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "server.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:ANONYMOUS;User:{USER}",
        "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        "log.cleaner.dedupe.buffer.size": "10485760",
        "log.cleaner.backoff.ms": "200",
        "log.initial.task.delay.ms": "200",
        "log.retention.check.interval.ms": "500",
    }
    for listener in ("sasl", "both"):
        here = f"listener.name.{listener}"
        lines[f"{here}.plain.sasl.jaas.config"] = f"{_LOGIN}.plain.PlainLoginModule required {users};"
        for scram in ("scram-sha-256", "scram-sha-512"):
            lines[f"{here}.{scram}.sasl.jaas.config"] = f"{_LOGIN}.scram.ScramLoginModule required;"
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def certificate(folder: Path) -> None:
    """`server.pem` with a key and a certificate of 127.0.0.1 that signs itself, and `ca.pem` with the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("127.0.0.1")])
    draft = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(2)
    )
    signed = draft.add_extension(alternative, False).add_extension(x509.BasicConstraints(True, None), True)
    pem = signed.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(secret + pem)
    (folder / "ca.pem").write_bytes(pem)


def start(folder: Path, *jvm: str) -> Server:
    """A broker with its data in `folder`. `jvm` are more options for Java."""
    classes = [
        "-cp",
        f"{jars(f'kafka-{VERSION}', (f'org.apache.kafka:kafka_2.13:{VERSION}', 'org.slf4j:slf4j-simple:1.7.36'))}/*",
    ]
    small = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *jvm]
    folder.mkdir(parents=True, exist_ok=True)
    ports = dict(zip(LISTENERS, _free_ports(len(LISTENERS))))
    certificate(folder)
    config, log = folder / "server.properties", folder / "log"
    config.write_text(_properties(folder, ports), encoding="ascii")
    node = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [java(), *small, *classes]
    # In one word: an id may begin with a hyphen, and would be read as an option.
    form = [*command, "kafka.tools.StorageTool", "format", f"--cluster-id={node}", "-c", str(config)]
    with log.open("wb") as out:
        done = subprocess.run(form, stdout=out, stderr=out, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(f"the storage of the Kafka of the tests was not formatted: {_tail(folder)}")
    run = [*command, "kafka.Kafka", str(config)]
    server = Server(_run(run, folder), ports, folder, run)
    try:
        until(lambda: _answers(server), 120)
        _scram(server)
    except BaseException:
        server.kill()
        raise
    return server


def _run(command: list[str], folder: Path) -> subprocess.Popen:
    with (folder / "log").open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)


def _scram(server: Server) -> None:
    """Unlike for PLAIN, the broker itself keeps what it needs to know of a password."""
    admin = server.admin  # what is asked of it ends with it
    for kind in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):  # one a request: two are refused
        wanted = UserScramCredentialUpsertion(USER, ScramCredentialInfo(kind, 4096), PASSWORD.encode())
        admin.alter_user_scram_credentials([wanted])[USER].result(30)


def _tail(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")[-2000:]


def _answers(server: Server) -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"the Kafka of the tests ended with code {server.process.returncode}: {_tail(server.folder)}")
    try:
        with socket.create_connection(("127.0.0.1", server.ports["PLAIN"]), timeout=1):
            pass
        return bool(server.admin.list_topics(timeout=5).brokers)
    except (OSError, KafkaException):
        return False


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("kafka"))
    yield server
    server.kill()


@pytest.fixture
def topic(kafka_server: Server) -> Topic:
    """An empty topic with one partition, which keeps messages of any age."""
    made = Topic(kafka_server, f"test.{uuid.uuid4().hex[:12]}")
    kafka_server.create(made.name, retention_ms="-1")
    return made


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Topic]:
    """An empty topic on a server that the test may kill."""
    server = start(tmp_path / "kafka")
    try:
        server.create("own")
        yield Topic(server, "own")
    finally:
        server.kill()
