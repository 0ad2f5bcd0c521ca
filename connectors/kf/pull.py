"""Messages of a topic from one offset to another, a partition after the other: the same messages come in the same order each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from connectors.kf.session import Heard, Session
from connectors.kf.trouble import DOWN, RIGHTS, TELLING, broken_off, failed
from core.task import Task

AT_ONCE = 10_000
WAIT = 0.1  # seconds: how soon a wish to stop is heard
PATIENCE = 20.0  # seconds without any message until the way to the brokers counts as broken
DOWN_PATIENCE = 4.0  # the same where no broker can be reached at all: a restart of one among several is not felt


@dataclass(frozen=True, slots=True)
class Range:
    """Part of a partition: from the offset `start` to the one before `end`."""

    partition: int
    start: int
    end: int

    @property
    def size(self) -> int:
        return max(0, self.end - self.start)


def pulled(
    session: Session,
    topic: str,
    wanted: Sequence[Range],
    task: Task,
    most: int | None = None,
    done: Callable[[int], None] = lambda n: None,
) -> Iterator[list[Message]]:
    """The messages of the ranges in lists, `most` in all. No group is joined and nothing is kept: only `assign`, with offsets said.

    Offsets in which nothing comes (a compacted topic, the marks of transactions) are passed over. `done` hears how many offsets are
    behind. Raises `ConnectError`, `DataError` where messages were deleted meanwhile, what `task` raises.
    """
    wanted = [one for one in wanted if one.size]
    if not wanted or most == 0:
        return
    consumer, heard = session.consumer()
    behind = 0
    try:
        for one in wanted:
            for messages in _of_one(session, consumer, heard, topic, one, task, most):
                if most is not None:
                    most -= len(messages)
                done(behind + messages[-1].offset() + 1 - one.start)
                yield messages
                if most == 0:
                    return
            behind += one.size
            done(behind)
    finally:
        consumer.close()


def _of_one(
    session: Session, consumer: Consumer, heard: Heard, topic: str, wanted: Range, task: Task, most: int | None
) -> Iterator[list[Message]]:
    position, last = wanted.start, time.monotonic()
    consumer.assign([TopicPartition(topic, wanted.partition, wanted.start)])
    while position < wanted.end:
        task.check()
        count = min(AT_ONCE, wanted.end - position, most if most is not None else AT_ONCE)
        found = consumer.consume(count, WAIT)
        messages, ended = _sorted(session, topic, wanted, found)
        if messages:
            last, position = time.monotonic(), messages[-1].offset() + 1
            heard.clear()
            most = most - len(messages) if most is not None else None
            yield messages
        elif not ended:
            _mind(session, heard, topic, time.monotonic() - last)
        if ended or most == 0:
            return


def _sorted(session: Session, topic: str, wanted: Range, found: list[Message]) -> tuple[list[Message], bool]:
    """The messages of the range among what came, and whether the end of the range was seen."""
    messages, ended = [], False
    for one in found:
        error = one.error()
        if error is None:
            if one.offset() < wanted.end:
                messages.append(one)
            else:
                ended = True
        elif error.code() == KafkaError._PARTITION_EOF:
            ended = True  # of this partition: no other is assigned
        elif error.code() in TELLING | RIGHTS - {KafkaError.GROUP_AUTHORIZATION_FAILED} or _is_final(error):
            raise failed(session.place, error, topic)
    return messages, ended


def _is_final(error: KafkaError) -> bool:
    """Whether no more will come after this error. Groups are nothing to us, and connections are made anew by librdkafka."""
    return error.fatal() or (not error.retriable() and error.code() not in DOWN | {KafkaError.GROUP_AUTHORIZATION_FAILED})


def _mind(session: Session, heard: Heard, topic: str, silent: float) -> None:
    """Raise where nothing came for too long, or never will."""
    if heard.telling is not None:
        raise failed(session.place, heard.telling, topic)
    if silent > PATIENCE or (heard.down is not None and silent > DOWN_PATIENCE):
        raise broken_off(session.place, topic, heard.down)


def ranges(session: Session, topic: str, partition: int | None) -> tuple[Range, ...]:
    """What of a topic (or of one partition) the settings mean, up to what is there now. Raises `DataError` where there is no such topic."""
    reading, numbers = session.place.reading, session.partitions(topic)
    if partition is not None:
        numbers = tuple(one for one in numbers if one == partition)
    bounds = session.bounds(topic, numbers)
    since = session.since(topic, numbers, reading.since) if reading.start == "since" else {}
    found = []
    for number, (low, high) in bounds.items():
        start = low
        if reading.start == "last":
            start = max(low, high - reading.last)
        elif reading.start == "since":
            offset = since[number]
            start = high if offset is None else max(low, offset)
        found.append(Range(number, start, high))
    return tuple(found)
