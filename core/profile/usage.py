"""How tables are used, as their server counted it: in words, and as answers to what the storage advice asks.

told(activity)      # Activity -> what a reader is told of it
hints(tables)       # TableProfiles -> what their counts answer of access and updates
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.models.advice import Access
from core.models.profile import TableProfile
from core.models.source import Activity
from core.words import Msg, msg

FEWEST = 20
"""Reads from which their kind tells how a table is used: our own landing is one or two of them (an assumption)."""

MOSTLY = 10
"""So many times more reads of one kind than of the other are its use (an assumption)."""

CHANGED = 0.01
"""The share of rows changed or deleted, of those inserted, from which rows are said to be changed later (an assumption)."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What servers answer, each with why; None where they do not."""

    access: tuple[Access, Msg] | None = None
    updates: tuple[bool, Msg] | None = None


def told(activity: Activity) -> tuple[Msg, ...]:
    """What the server counted, a sentence each."""
    return tuple(_told(activity))


def _told(one: Activity) -> Iterator[Msg]:
    if one.inserted is not None:
        yield msg(
            "{inserted} rows inserted, {updated} updated, {deleted} deleted",
            inserted=one.inserted,
            updated=one.updated or 0,
            deleted=one.deleted or 0,
        )
    if one.scans is not None:
        yield msg("{scans} reads of the whole table, {lookups} through an index", scans=one.scans, lookups=one.lookups or 0)
    if one.rewrites is not None:
        yield msg("{n} statements that change rows", n=one.rewrites)
    if one.changed is not None:
        yield msg("written last {when} UTC", when=f"{one.changed:%Y-%m-%d %H:%M}")


def hints(tables: Sequence[TableProfile]) -> Hints:
    """What the counts of all tables together answer."""
    counted = [table.activity for table in tables if table.activity is not None]
    return Hints(_access(counted), _updates(counted))


def _access(counted: Sequence[Activity]) -> tuple[Access, Msg] | None:
    scans, lookups = sum(one.scans or 0 for one in counted), sum(one.lookups or 0 for one in counted)
    if scans + lookups < FEWEST:
        return None
    because = msg("{scans} reads of whole tables, {lookups} through an index", scans=scans, lookups=lookups)
    if lookups >= MOSTLY * scans:
        return "lookups", because
    return ("analytics" if scans >= MOSTLY * lookups else "mixed"), because


def _updates(counted: Sequence[Activity]) -> tuple[bool, Msg] | None:
    inserted = sum(one.inserted or 0 for one in counted)
    changed = sum((one.updated or 0) + (one.deleted or 0) for one in counted)
    if rewrites := sum(one.rewrites or 0 for one in counted):
        return True, msg("{n} statements that change rows", n=rewrites)
    if not inserted:
        return None
    return changed >= CHANGED * inserted, msg(
        "{changed} rows changed or deleted, {inserted} inserted", changed=changed, inserted=inserted
    )
