"""From the profile to tables in terms every dialect understands."""

from __future__ import annotations

from dataclasses import replace

from core.ddl import keys
from core.ddl.columns import alike, columns_of, referring
from core.ddl.indexes import Given, indexes
from core.ddl.look import Facts
from core.ddl.order import parents_first
from core.ddl.partition import partition_of
from core.ddl.sortkey import order_by
from core.models.design import TableDesign
from core.models.profile import Profile, TableProfile
from core.words import Msg, msg, plural


def tables(profile: Profile, facts: Facts | None = None) -> tuple[TableDesign, ...]:
    """The design of every table of a profile, in an order in which they can be made."""
    facts = facts or Facts()
    bare = parents_first([_bare(table, profile, facts) for table in profile.tables])
    return _indexed(_typed(_matched(bare, profile)), profile, facts)


def _bare(table: TableProfile, profile: Profile, facts: Facts) -> TableDesign:
    """A table without its indexes."""
    references, refused = keys.references(table, profile)
    key = keys.primary_key(table)
    notes = list(refused)
    if not key:
        notes.append(_no_key(table))
    comment = plural(
        "{n} row when profiled on {day}", "{n} rows when profiled on {day}", n=table.rows, day=f"{profile.taken_at:%Y-%m-%d}"
    )
    return TableDesign(
        name=table.name,
        columns=columns_of(table, facts),
        primary_key=key,
        references=references,
        partition=partition_of(table),
        order_by=order_by(table),
        comment=comment,
        notes=tuple(notes),
    )


def _no_key(table: TableProfile) -> Msg:
    if table.keys:
        return msg("No primary key: what is unique here is prose, a measure, or unique by chance.")
    return msg("No primary key: no set of columns was proven unique and never null.")


def _matched(designs: tuple[TableDesign, ...], profile: Profile) -> tuple[TableDesign, ...]:
    """Columns of relations that some rows break, so that they are no constraint, still get one type at both ends."""
    columns = {(design.name, column.name): column for design in designs for column in design.columns}
    for relation in profile.foreign_keys:
        if not relation.orphans or relation.confidence < keys.CONFIDENCE:
            continue
        for mine, theirs in zip(relation.columns, relation.ref_columns):
            child, key = (relation.table, mine), (relation.references, theirs)
            columns[child], columns[key] = alike(columns[child], columns[key])
    return tuple(
        replace(design, columns=tuple(columns[design.name, column.name] for column in design.columns)) for design in designs
    )


def _typed(designs: tuple[TableDesign, ...]) -> tuple[TableDesign, ...]:
    """Columns that refer to a key get its type. Parents come first, so a chain of references has one type throughout."""
    known = {design.name: design.columns for design in designs}
    found = []
    for design in designs:
        known[design.name] = referring(design.columns, design.references, known)
        found.append(replace(design, columns=known[design.name]))
    return tuple(found)


def _indexed(designs: tuple[TableDesign, ...], profile: Profile, facts: Facts) -> tuple[TableDesign, ...]:
    pointed_to = [(reference.table, reference.ref_columns) for design in designs for reference in design.references]
    found = []
    for design in designs:
        given = Given(
            table=profile.table(design.name),
            primary_key=design.primary_key,
            order_by=design.order_by,
            joined=keys.joined(design.name, profile),
            referenced=tuple(columns for table, columns in pointed_to if table == design.name),
            facts=facts,
        )
        found.append(replace(design, indexes=indexes(given)))
    return tuple(found)
