"""One transaction of messages: begun, filled, and committed, or aborted whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from connectors.kf.session import Session
from connectors.kf.trouble import DOWN, broken_off, failed
from core.errors import AssayError, ConnectError
from core.task import Task
from core.words import msg

SLICE = 0.3  # seconds of each wait: how soon a wish to stop is heard
PATIENCE = 20.0  # seconds without any message arriving until the way to the brokers counts as broken
DOWN_PATIENCE = 4.0
STEP = 20.0  # seconds for the transaction to begin, and for it to end


class Sender:
    """A transaction on a topic. Left without `commit`, it is aborted: readers of what is committed never see its messages.

    One whose process is killed is aborted by the broker when its time is over; until then such readers wait behind it.
    """

    def __init__(self, session: Session, topic: str, transaction: str, seconds: int, task: Task) -> None:
        self._session, self._topic, self._task = session, topic, task
        self._refused: KafkaError | None = None
        self._producer, self._heard = session.producer(transaction, seconds, self._hear)
        self._open = False

    def _hear(self, error: KafkaError | None, _: Any) -> None:
        if error is not None and self._refused is None:
            self._refused = error

    def __enter__(self) -> Sender:
        try:
            self._patiently(lambda: self._producer.init_transactions(SLICE), STEP)
            self._producer.begin_transaction()
            self._open = True
        except KafkaException as error:
            raise failed(self._session.place, error.args[0], self._topic) from error
        except BaseException:
            self._producer.purge()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self._open:
            return
        with suppress(KafkaException):
            self._producer.purge()
            self._producer.abort_transaction(2 * SLICE)

    def send(self, keys: list[str | None], values: list[str]) -> None:
        """Add messages. Raises what broke on the way, and what the task raises."""
        for number, (key, value) in enumerate(zip(keys, values)):
            while True:
                try:
                    self._producer.produce(self._topic, value, key)
                    break
                except BufferError:
                    self._room()
                except KafkaException as error:
                    raise self._told(error.args[0]) from error
            if not number % 1_000:
                self._producer.poll(0)
                self._mind()

    def commit(self) -> None:
        """End it: all messages are there now. Raises a `ConnectError` that says so where it cannot be known whether they are."""
        self._waiting(lambda: self._producer.flush(SLICE))
        self._mind()
        self._task.check()
        try:
            self._patiently(lambda: self._producer.commit_transaction(SLICE), STEP)
        except ConnectError as error:
            raise _unknown(self._session, self._topic) from error
        except KafkaException as error:
            raise self._told(error.args[0]) from error
        self._open = False

    def _room(self) -> None:
        """Wait until there is room for another message."""
        full = len(self._producer)
        self._waiting(lambda: (self._producer.poll(SLICE) and 0) or max(0, len(self._producer) - full + 1))

    def _waiting(self, left: Callable[[], int]) -> None:
        """Wait while `left` gives more than 0, which it takes its time for. Raises where nothing moves for too long."""
        waiting, last = len(self._producer), time.monotonic()
        while left() > 0:
            self._task.check()
            self._mind()
            if len(self._producer) < waiting:
                waiting, last = len(self._producer), time.monotonic()
                self._heard.clear()
            silent = time.monotonic() - last
            if silent > PATIENCE or (self._heard.down is not None and silent > DOWN_PATIENCE):
                raise broken_off(self._session.place, self._topic, self._heard.down)

    def _mind(self) -> None:
        self._task.check()
        if self._refused is not None:
            raise failed(self._session.place, self._refused, self._topic)
        if self._heard.telling is not None:
            raise failed(self._session.place, self._heard.telling, self._topic)

    def _patiently(self, step: Callable[[], object], seconds: float) -> None:
        """A step of a transaction, in slices: each call goes on with what the one before began."""
        until = time.monotonic() + seconds
        begun = time.monotonic()
        while True:
            try:
                step()
                return
            except KafkaException as error:
                said = error.args[0]
                if said.code() not in DOWN and not said.retriable():
                    raise
                self._producer.poll(0)
                self._mind_step(begun)
                if time.monotonic() > until:
                    raise broken_off(self._session.place, self._topic, self._heard.down or said) from error

    def _mind_step(self, begun: float) -> None:
        if not self._open:  # what has begun to be committed is not stopped half-way
            self._task.check()
        if self._heard.telling is not None:
            raise failed(self._session.place, self._heard.telling, self._topic)
        if self._heard.down is not None and time.monotonic() - begun > DOWN_PATIENCE:
            raise broken_off(self._session.place, self._topic, self._heard.down)

    def _told(self, error: KafkaError) -> AssayError:
        """What was refused of the messages says more than that the transaction must be aborted."""
        return failed(self._session.place, self._refused or error, self._topic)


def _unknown(session: Session, topic: str) -> ConnectError:
    return ConnectError(
        msg("It is not known whether the messages are in {topic}", topic=topic),
        msg("The connection to {address} broke while the transaction was being committed.", address=session.place.address),
        msg("Look at the end of the topic when the brokers answer again, before you write once more."),
    )
