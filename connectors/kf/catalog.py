"""What is on a Kafka: topics with how much is in them, their partitions, and how far behind the consumer groups are."""

from __future__ import annotations

import time

from connectors.kf.session import Session
from core.errors import AssayError
from core.models.source import Item
from core.words import Msg, msg, plural

GROUPS, GROUP_SECONDS = 200, 3.0  # how many groups are asked, and for how long in all: each is a question of its own
NAMED = 5


def topics(session: Session) -> tuple[Item, ...]:
    """Topics with the distance of their first and last offset: as many messages as that at most (compaction, transactions)."""
    found = session.topics()
    bounds = session.bounds_of_all(found)
    return tuple(_topic(name, numbers, bounds.get(name)) for name, numbers in found.items())


def _topic(name: str, numbers: tuple[int, ...], bounds: dict[int, tuple[int, int]] | None) -> Item:
    rows = sum(high - low for low, high in bounds.values()) if bounds is not None else None
    detail = plural("{n} partition", "{n} partitions", n=len(numbers))
    return Item((name,), "topic", rows, rows_exact=False, detail=detail)


def partitions(session: Session, topic: str) -> tuple[Item, ...]:
    """The partitions of a topic, with their offsets and how far behind each consumer group is there."""
    bounds = session.bounds(topic, session.partitions(topic))
    behind = lags(session, topic, bounds)
    return tuple(
        Item(
            (topic, str(number)), "partition", high - low, rows_exact=False, detail=_partition(low, high, behind.get(number, {}))
        )
        for number, (low, high) in sorted(bounds.items())
    )


def _partition(low: int, high: int, behind: dict[str, int]) -> Msg:
    if not behind:
        return msg("offsets {low}–{high}", low=str(low), high=str(high))
    worst = sorted(behind.items(), key=lambda one: -one[1])
    groups = ", ".join(f"{group} −{lag}" for group, lag in worst[:NAMED]) + (", …" if worst[NAMED:] else "")
    return msg("offsets {low}–{high}; groups and how far behind they are: {groups}", low=str(low), high=str(high), groups=groups)


def lags(session: Session, topic: str, bounds: dict[int, tuple[int, int]]) -> dict[int, dict[str, int]]:
    """Partition → group → how many offsets the group has before it. Groups are only looked at; what this user may not see is left out."""
    found: dict[int, dict[str, int]] = {}
    until = time.monotonic() + GROUP_SECONDS
    try:
        for group in session.groups(GROUPS):
            if time.monotonic() > until:
                break
            for number, offset in session.committed(group, topic).items():
                if number in bounds:
                    found.setdefault(number, {})[group] = max(0, bounds[number][1] - offset)
    except AssayError:
        return found  # a user may read a topic and not see the groups
    return found
