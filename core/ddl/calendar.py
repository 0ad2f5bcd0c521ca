"""Edges of partitions by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.models.design import PartitionKind

LABELS: dict[PartitionKind, str] = {"hour": "%Y%m%d_%H", "day": "%Y%m%d", "month": "%Y_%m", "year": "%Y"}


def edges(kind: PartitionKind, low: datetime, high: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Every hour, day, month or year from the one of `low` to the one of `high`: its label, its start and the next one's."""
    start = _floor(kind, low)
    while start <= high:
        following = _next(kind, start)
        # %Y does not pad years before 1000 on every system
        yield start.strftime(LABELS[kind].replace("%Y", f"{start.year:04}")), start, following
        start = following


def _floor(kind: PartitionKind, moment: datetime) -> datetime:
    moment = moment.replace(minute=0, second=0, microsecond=0)
    if kind == "hour":
        return moment
    moment = moment.replace(hour=0)
    if kind == "day":
        return moment
    return moment.replace(day=1) if kind == "month" else moment.replace(day=1, month=1)


def _next(kind: PartitionKind, start: datetime) -> datetime:
    if kind in ("hour", "day"):
        return start + (timedelta(hours=1) if kind == "hour" else timedelta(days=1))
    if kind == "month" and start.month < 12:
        return start.replace(month=start.month + 1)
    return start.replace(year=start.year + 1, month=1)
