"""Which keys and foreign keys of the profile become constraints, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence

from core.models.design import Reference
from core.models.profile import ForeignKey, Profile, TableProfile
from core.models.types import family
from core.words import Msg, msg, percent, plural

CONFIDENCE = 0.5
"""A relation the profile holds less likely than not is no constraint: it would refuse rows that are right."""

KEYLESS = ("json", "nested", "blob")
"""Families that are no keys: engines have no order for some, and indexes of others grow past their limits."""

Verdict = tuple[tuple[Reference, ...], tuple[Msg, ...]]


def primary_key(table: TableProfile) -> tuple[str, ...]:
    """The primary key, or nothing where a column of it cannot be one."""
    usable = all(family(table.column(name).type) not in KEYLESS for name in table.primary_key)
    return table.primary_key if usable else ()


def references(table: TableProfile, profile: Profile) -> Verdict:
    """The foreign keys of a table that hold on every row, and a note for each other one."""
    found: list[Reference] = []
    notes: list[Msg] = []
    for key in sorted(profile.foreign_keys, key=lambda key: -key.confidence):
        if key.table != table.name:
            continue
        if any(set(key.columns) == set(one.columns) for one in found):
            continue  # the same columns refer to something more likely
        why = _refused(key, table, profile, found)
        if why is None:
            found.append(Reference(key.columns, key.references, key.ref_columns))
        else:
            notes.append(why)
    return tuple(found), tuple(notes)


def _refused(key: ForeignKey, table: TableProfile, profile: Profile, found: Sequence[Reference]) -> Msg | None:
    """Why a relation does not become a foreign key."""
    names = {"columns": ", ".join(key.columns), "table": key.references, "keys": ", ".join(key.ref_columns)}
    if key.orphans:
        return plural(
            "No foreign key from {columns} to {table} ({keys}): {n} row refers to nothing there.",
            "No foreign key from {columns} to {table} ({keys}): {n} rows refer to nothing there.",
            n=key.orphans,
            **names,
        )
    if key.confidence < CONFIDENCE:
        return msg(
            "No foreign key from {columns} to {table} ({keys}): the profile is only {share} sure of it.",
            share=percent(key.confidence),
            **names,
        )
    parent = next((one for one in profile.tables if one.name == key.references), None)
    if parent is None or not is_key(parent, key.ref_columns):
        return msg("No foreign key from {columns} to {table} ({keys}): those are no key there.", **names)
    if not _comparable(key, table, parent):
        return msg("No foreign key from {columns} to {table} ({keys}): the types differ.", **names)
    return None


def is_key(table: TableProfile, columns: Sequence[str]) -> bool:
    """Whether the columns were proven unique without nulls, in any order, and can be indexed."""
    proven = {frozenset(table.primary_key), *(frozenset(key.columns) for key in table.keys)} - {frozenset()}
    return frozenset(columns) in proven and all(family(table.column(name).type) not in KEYLESS for name in columns)


def _comparable(key: ForeignKey, table: TableProfile, parent: TableProfile) -> bool:
    pairs = [(table.column(mine).type, parent.column(theirs).type) for mine, theirs in zip(key.columns, key.ref_columns)]
    return all(family(mine) == family(theirs) and ("ZONE" in mine) == ("ZONE" in theirs) for mine, theirs in pairs)


def joined(table: str, profile: Profile) -> tuple[tuple[str, ...], ...]:
    """Columns of a table that rows of another are looked up by, constraint or not: each once."""
    found = [key.columns for key in profile.foreign_keys if key.table == table and key.confidence >= CONFIDENCE]
    return tuple(dict.fromkeys(found))
