"""A pipeline to start from, worked out from the profile: the largest fact table with what it refers to, summed up by a name."""

from __future__ import annotations

import re

from core.models.pipeline import (
    Aggregate,
    Filter,
    Join,
    Measure,
    On,
    Order,
    Pipeline,
    Sink,
    Sort,
    Source,
    Step,
    Window,
    WindowColumn,
)
from core.models.profile import ColumnProfile, ForeignKey, Profile, TableProfile
from core.models.types import family, is_number
from core.pipeline.expressions import not_null
from core.pipeline.relation import fold, free_name

# The ids of the steps a suggestion is made of.
_OWN = ("known", "joined", "summed", "ranked", "sorted", "file")
GROUPS = 1_000
# Numbers that count time or place: their sum says nothing.
_NOT_MEASURES = re.compile(
    r"(^|_)(id|year|month|day|hour|minute|second|lat|lon|latitude|longitude|zip|code|number|no|key|time)($|_)|key$", re.I
)


def suggest(profile: Profile) -> Pipeline:
    """A sound pipeline over the tables of the profile that ends in a CSV file; the person goes on from there."""
    if not profile.tables:
        return Pipeline("rows", ())
    link = _link(profile)
    fact = profile.table(link.table) if link else max(profile.tables, key=lambda table: table.rows)
    parent = profile.table(link.references) if link else None
    label = _label(parent, link.ref_columns) if parent else _dimension(fact)
    if label is None:
        return Pipeline("rows", _plain(fact))
    measures = _measures(profile, fact)
    nodes: list[Step] = [Source(_node(fact.name, "rows"), fact.name)]
    if measures and fact.column(measures[0].name).nulls:
        nodes.append(Filter("known", nodes[-1].id, not_null(measures[0].name)))
    group = label.name
    if link and parent:
        nodes.append(Source(_node(parent.name, "names", nodes[0].id), parent.name))
        join = _join(nodes[-2].id, nodes[-1].id, link, fact, parent)
        nodes.append(join)
        group = f"{group}{join.suffix}" if fold(group) in _names(fact) else group
    nodes += _summed(nodes[-1].id, group, measures, fact.name)
    return Pipeline(_id(f"{fact.name}_by_{group}", "summary"), tuple(nodes))


def _join(left: str, right: str, link: ForeignKey, fact: TableProfile, parent: TableProfile) -> Join:
    """The names of the other table beside the rows, with a suffix that makes no two columns the same."""
    pairs = tuple(On(one, other) for one, other in zip(link.columns, link.ref_columns))
    both = _names(fact) | _names(parent)
    twice = _names(fact) & _names(parent)
    suffix = free_name("_right", lambda suffix: any(f"{one}{suffix}" in both for one in twice))
    return Join("joined", left, right, "left", pairs, suffix)


def _names(table: TableProfile) -> set[str]:
    return {fold(column.name) for column in table.columns}


def _summed(source: str, group: str, measures: list[ColumnProfile], fact: str) -> list[Step]:
    used = {fold(group)}

    def free(wanted: str) -> str:
        found = free_name(wanted, lambda one: fold(one) in used)
        used.add(fold(found))
        return found

    rows = free("rows")
    wanted = [Measure(rows, "count")]
    wanted += [Measure(free(f"avg_{one.name}"), "avg", one.name) for one in measures[:2]]
    by = Order(rows, descending=True)
    return [
        Aggregate("summed", source, tuple(wanted), (group,)),
        Window("ranked", "summed", (WindowColumn(free("place"), "rank", order_by=(by,)),)),
        Sort("sorted", "ranked", (by, Order(group))),
        Sink("file", "sorted", path=f"{_id(fact, 'rows')}_by_{_id(group, 'group')}.csv"),
    ]


def _plain(table: TableProfile) -> tuple[Step, ...]:
    """Nothing to group by: the rows, in the order of their first column."""
    source = _node(table.name, "rows")
    first = [Sort("sorted", source, (Order(table.columns[0].name),))] if table.columns else []
    return (
        Source(source, table.name),
        *first,
        Sink("file", first[0].id if first else source, path=f"{_id(table.name, 'rows')}_sorted.csv"),
    )


def _link(profile: Profile) -> ForeignKey | None:
    """The relation of the largest table whose other side has a name to group by."""
    useful = [
        key
        for key in profile.foreign_keys
        if key.table != key.references and _label(profile.table(key.references), key.ref_columns)
    ]
    named = [key for key in useful if re.search("name|title", _label(profile.table(key.references), key.ref_columns).name, re.I)]
    return max(named or useful, key=lambda key: (profile.table(key.table).rows, key.confidence), default=None)


def _label(table: TableProfile, key: tuple[str, ...]) -> ColumnProfile | None:
    """A text column that names the rows of a table, those called a name first."""
    texts = [c for c in table.columns if family(c.type) == "text" and c.name not in key and 1 < c.distinct <= GROUPS]
    return min(texts, key=lambda c: (not re.search("name|title|имя|назв", c.name, re.I), c.nulls > 0, c.distinct), default=None)


def _dimension(table: TableProfile) -> ColumnProfile | None:
    """A column of few values, of the fact table itself."""
    few = [
        c
        for c in table.columns
        if 1 < c.distinct <= GROUPS and c.distinct * 2 <= c.rows and family(c.type) in ("text", "integer", "boolean", "date")
    ]
    return min(few, key=lambda c: (family(c.type) != "text", abs(c.distinct - 20)), default=None)


def _measures(profile: Profile, table: TableProfile) -> list[ColumnProfile]:
    keys = set(table.primary_key) | {name for key in profile.foreign_keys if key.table == table.name for name in key.columns}
    numbers = [
        c
        for c in table.columns
        if is_number(c.type) and c.name not in keys and c.distinct > 20 and not _NOT_MEASURES.search(c.name)
    ]
    return sorted(numbers, key=lambda c: (family(c.type) == "integer", -c.distinct))


def _id(text: str, otherwise: str) -> str:
    """A name that is also a fine file name."""
    return re.sub(r"\W+", "_", text).strip("_").lower()[:40] or otherwise


def _node(table: str, otherwise: str, *taken: str) -> str:
    """The id of a source: its table's name, where no other step of the suggestion is called that."""
    used = {*_OWN, *(one.casefold() for one in taken)}
    return free_name(_id(table, otherwise), lambda one: one.casefold() in used)
