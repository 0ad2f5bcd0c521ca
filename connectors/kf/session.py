"""Getting to a Kafka and asking it: one client for questions, others for messages. Every call has a time limit and its errors are ours."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any, TypeVar

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

from connectors.kf.place import Place
from connectors.kf.trouble import BUSY, DOWN, MISSING, TELLING, Busy, failed, no_topic
from core import guard
from core.errors import AssayError, ConnectError
from core.words import msg

Result = TypeVar("Result")
ASK = 10.0  # seconds for one question to brokers that have answered before
log = logging.getLogger("assay.kafka")
log.addHandler(logging.NullHandler())  # librdkafka's lines are for those who ask for them; they go nowhere by themselves


class Heard:
    """What librdkafka said of its connections, the last of each kind. Heard while its client is polled."""

    def __init__(self) -> None:
        self._last: dict[int, KafkaError] = {}

    def __call__(self, error: KafkaError) -> None:
        if error.code() == KafkaError._AUTHENTICATION and "Local: " in error.str():
            return  # the line broke while one signed in: that says nothing of the password
        self._last[error.code()] = error

    @property
    def telling(self) -> KafkaError | None:
        """What no waiting mends: a wrong password, a certificate, a name."""
        return next((error for code, error in self._last.items() if code in TELLING), None)

    @property
    def down(self) -> KafkaError | None:
        """That no broker can be reached; the more telling of what was said of it."""
        if KafkaError._ALL_BROKERS_DOWN not in self._last:
            return None
        return self._last.get(KafkaError._TRANSPORT) or self._last[KafkaError._ALL_BROKERS_DOWN]

    def clear(self) -> None:
        self._last.clear()


class Session:
    """A Kafka that has answered."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.heard = Heard()
        self._admin = AdminClient(_config(place, self.heard), logger=log)

    def begin(self, seconds: float) -> None:
        """Wait until a broker answers. Raises `ConnectError`: at once for what no waiting mends."""
        until, slice_ = time.monotonic() + seconds, 0.4
        while True:
            left = until - time.monotonic()
            try:
                self._admin.list_topics(timeout=max(0.1, min(slice_, left)))
                return
            except KafkaException as error:
                self._admin.poll(0)
                said = self.heard.telling or self.heard.down
                if said is not None or left <= slice_ or error.args[0].code() not in DOWN:
                    raise failed(self.place, said or error.args[0], self.place.address) from None
                slice_ *= 3

    def ask(self, name: str, question: Callable[[float], Result], seconds: float = ASK) -> Result:
        """The answer to a question about `name`, through the guard, with Kafka's errors as ours."""

        def asked(left: float) -> Result:
            try:
                return question(left)
            except KafkaException as error:
                self._admin.poll(0)
                code = error.args[0].code()
                said = (self.heard.telling or self.heard.down) if code in DOWN | BUSY else None
                raise failed(self.place, said or error.args[0], name) from error
            except Late as error:
                raise ConnectError(
                    msg("{address} does not answer", address=self.place.address),
                    msg("Nothing came back in the time that is allowed for it."),
                    msg(
                        "Check the address, the network or VPN it belongs to, and that the server is not overloaded; then start again."
                    ),
                ) from error

        return guard.call(f"kafka {self.place.address}", asked, timeout=seconds, transient=(Busy,))

    # Topics

    def topics(self) -> dict[str, tuple[int, ...]]:
        """The topics that this user sees, with their partitions; Kafka's own (`__…`) are left out."""
        found = self.ask(self.place.address, lambda left: self._admin.list_topics(timeout=left)).topics
        return {name: tuple(sorted(one.partitions)) for name, one in sorted(found.items()) if not name.startswith("__")}

    def partitions(self, topic: str) -> tuple[int, ...]:
        """Raises `DataError` where there is no such topic."""
        found = self.find(topic)
        if found is None:
            raise no_topic(self.place, topic)
        return found

    def find(self, topic: str) -> tuple[int, ...] | None:
        """The partitions of a topic; None where there is none."""

        def question(left: float) -> tuple[int, ...] | None:
            # Not by `list_topics`: brokers that make topics by themselves would make one that is only asked for.
            try:
                found = self._admin.describe_topics(TopicCollection([topic]), request_timeout=left)[topic]
                return tuple(sorted(one.id for one in _result(found, left).partitions))
            except KafkaException as error:
                if error.args[0].code() in MISSING or error.args[0].code() == KafkaError.TOPIC_EXCEPTION:
                    return None
                raise

        return self.ask(topic, question)

    def settings_of(self, topic: str, names: Iterable[str]) -> dict[str, str]:
        """Some of the settings of a topic; {} where this user may not see them."""
        resource = ConfigResource(ResourceType.TOPIC, topic)
        try:
            found = self.ask(
                topic, lambda left: _result(self._admin.describe_configs([resource], request_timeout=left)[resource], left)
            )
        except ConnectError:
            return {}
        return {name: str(found[name].value) for name in names if name in found}

    def bounds(self, topic: str, partitions: Iterable[int], committed: bool = True) -> dict[int, tuple[int, int]]:
        """The first offset of each partition, and the one behind the last; with `committed`, the last that no open transaction holds."""
        numbers = tuple(partitions)
        low = self._offsets(topic, dict.fromkeys(numbers, OffsetSpec.earliest()), committed)
        high = self._offsets(topic, dict.fromkeys(numbers, OffsetSpec.latest()), committed)
        return {number: (low[number], high[number]) for number in numbers}

    def bounds_of_all(self, topics: dict[str, tuple[int, ...]]) -> dict[str, dict[int, tuple[int, int]]]:
        """The bounds of many topics by two questions. Topics of which they cannot be had are not in it."""
        asked = [(topic, number) for topic, numbers in topics.items() for number in numbers]
        ends = [self._spread(asked, spec) for spec in (OffsetSpec.earliest(), OffsetSpec.latest())]
        found: dict[str, dict[int, tuple[int, int]]] = {}
        for topic, numbers in topics.items():
            if all((topic, number) in end for end in ends for number in numbers):
                found[topic] = {number: (ends[0][topic, number], ends[1][topic, number]) for number in numbers}
        return found

    def since(self, topic: str, partitions: Iterable[int], milliseconds: int) -> dict[int, int | None]:
        """The first offset of each partition with a time from then on; None where there is none."""
        spec = OffsetSpec.for_timestamp(milliseconds)
        found = self._offsets(topic, dict.fromkeys(partitions, spec), committed=True)
        return {number: offset if offset >= 0 else None for number, offset in found.items()}

    def _offsets(self, topic: str, wanted: dict[int, OffsetSpec], committed: bool) -> dict[int, int]:
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = {TopicPartition(topic, number): spec for number, spec in wanted.items()}

        def question(left: float) -> dict[int, int]:
            answers = self._admin.list_offsets(asked, isolation_level=level, request_timeout=left)
            return {one.partition: _result(answer, left).offset for one, answer in answers.items()}

        return self.ask(topic, question) if asked else {}

    def _spread(self, asked: list[tuple[str, int]], spec: OffsetSpec) -> dict[tuple[str, int], int]:
        def question(left: float) -> dict[tuple[str, int], int]:
            answers = self._admin.list_offsets({TopicPartition(*one): spec for one in asked}, request_timeout=left)
            found = {}
            for one, answer in answers.items():
                try:
                    found[one.topic, one.partition] = _result(answer, left).offset
                except KafkaException:
                    continue  # one topic that may not be read does not hide the others
            return found

        return self.ask(self.place.address, question) if asked else {}

    # Groups

    def groups(self, most: int) -> tuple[str, ...]:
        """The consumer groups that this user sees, at most so many."""

        def question(left: float) -> tuple[str, ...]:
            found = _result(self._admin.list_consumer_groups(request_timeout=left), left)
            return tuple(sorted(one.group_id for one in found.valid))[:most]

        return self.ask(self.place.address, question)

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """The offsets that a group has kept for a topic. Looked at, never touched."""

        def question(left: float) -> dict[int, int]:
            answers = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=left)
            kept = _result(answers[group], left).topic_partitions
            return {one.partition: one.offset for one in kept if one.topic == topic and one.offset >= 0}

        return self.ask(group, question)

    # Making and dropping

    def create(self, topic: str, config: dict[str, str]) -> None:
        def question(left: float) -> None:
            _result(self._admin.create_topics([NewTopic(topic, config=config)], request_timeout=left)[topic], left)

        self.ask(topic, question)

    def drop(self, topic: str) -> None:
        """Delete a topic; nothing where it cannot be."""
        try:
            self.ask(topic, lambda left: _result(self._admin.delete_topics([topic], request_timeout=left)[topic], left), 1)
        except AssayError as error:
            log.info("topic %s is left behind: %s", topic, type(error).__name__)

    # Clients for messages

    def consumer(self) -> tuple[Consumer, Heard]:
        """A client that reads what it is assigned: it joins no group, keeps no offsets, and sees nothing of transactions that were aborted."""
        heard = Heard()
        config = {
            **_config(self.place, heard),
            "group.id": f"assay-{uuid.uuid4().hex}",  # asked for by the client, never sent: nothing is subscribed to
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "allow.auto.create.topics": False,
            "fetch.wait.max.ms": 100,
            "fetch.message.max.bytes": 4 << 20,
            "queued.max.messages.kbytes": 32 << 10,
        }
        return Consumer(config, logger=log), heard

    def producer(self, transaction: str, seconds: int, refused: Callable[[Any, Any], None]) -> tuple[Producer, Heard]:
        """A client that writes in transactions that last at most so many seconds. `refused` hears of messages that did not arrive."""
        heard = Heard()
        config = {
            **_config(self.place, heard),
            "transactional.id": transaction,
            "transaction.timeout.ms": seconds * 1000,
            "linger.ms": 20,
            "compression.type": "lz4",
            "message.max.bytes": 100_000_000,
            "queue.buffering.max.kbytes": 64 << 10,
            "delivery.report.only.error": True,
            "on_delivery": refused,
        }
        return Producer(config, logger=log), heard

    def round_trip(self) -> None:
        self.ask(self.place.address, lambda left: _result(self._admin.describe_cluster(request_timeout=left), left))

    def brokers(self) -> tuple[tuple[str, int], ...]:
        """Where the brokers say that they are."""
        found = self.ask(self.place.address, lambda left: self._admin.list_topics(timeout=left)).brokers
        return tuple((one.host, one.port) for one in found.values())


def connect(place: Place) -> Session:
    """A session with the place. Raises an `AssayError`."""
    try:
        session = Session(place)
    except KafkaException as error:  # what librdkafka refuses before it sends anything: a key file that is none
        raise failed(place, error.args[0], place.address) from None
    guard.call(f"kafka {place.address}", session.begin, timeout=place.timeout, transient=(Busy,))
    return session


def _config(place: Place, heard: Heard) -> dict[str, Any]:
    return {**place.config, "error_cb": heard}


def _result(future: Future, seconds: float) -> Any:
    return future.result(seconds + 1)
