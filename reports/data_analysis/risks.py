"""Risk assessment: each rule is one function over the facts that may name a risk with its weight and a way to lessen it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.models import privacy, times
from core.models.report import Block, Callout, Paragraph, Section, TableBlock
from core.models.types import family
from core.words import Msg, msg, plural
from reports.data_analysis.known import Known

Grade = Literal[1, 2, 3]
"""Low, medium, high."""

LARGE = 10_000_000
"""Rows from which a wrong guess of growth is costly to correct."""

UNSURE = 0.7
"""Confidence below which a relation may be chance."""

STALE = timedelta(days=31)
"""Age of the latest row from which the data may not be current."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What may go wrong, how likely and how bad, what to do about it, and the entry of the appendix behind it."""

    what: Msg
    likelihood: Grade
    impact: Grade
    mitigation: Msg
    entry: str


Rule = Callable[[Known], Iterator[Risk]]


def section(known: Known) -> Section:
    found = sorted((risk for rule in RULES for risk in rule(known)), key=lambda risk: -risk.likelihood * risk.impact)
    return Section("risks", msg("Risk assessment"), _blocks(known, found))


def _blocks(known: Known, found: list[Risk]) -> tuple[Block, ...]:
    if not found:
        return (Callout("good", msg("None of the rules found a risk in these facts.")),)
    header = (msg("Risk"), msg("Likelihood"), msg("Impact"), msg("What to do about it"))
    rows = tuple((risk.what, _grade(risk.likelihood), _grade(risk.impact), risk.mitigation) for risk in found)
    said = msg("Ordered by likelihood times impact; both follow by rule from the facts of this report.")
    table = TableBlock(msg("Risks"), header, rows, "", tuple(risk.entry for risk in found))
    return (Paragraph(said), table)


def _grade(grade: Grade) -> Msg:
    return (msg("low"), msg("medium"), msg("high"))[grade - 1]


def _rule(known: Known) -> str:
    return known.book.rule(msg("Risks: likelihood and impact by rule, from what was found and what has not been done yet"))


def no_key(known: Known) -> Iterator[Risk]:
    """Rows without a key."""
    for table in known.tables:
        if table.rows and not table.keys:
            what = msg("A repeated load doubles rows of {table}, because no key tells them apart", table=table.name)
            yield Risk(
                what, 2, 3, msg("Load {table} into a stage and replace it whole", table=table.name), known.duplicates(table)
            )


def orphans(known: Known) -> Iterator[Risk]:
    """References that lead nowhere."""
    for relation in known.profile.foreign_keys:
        if relation.orphans:
            what = plural(
                "An inner join of {table} with {parent} loses {n} row, and a foreign key refuses it",
                "An inner join of {table} with {parent} loses {n} rows, and a foreign key refuses them",
                n=relation.orphans,
                table=relation.table,
                parent=relation.references,
            )
            yield Risk(
                what,
                3,
                3 if relation.included < 0.9 else 2,
                msg("Use a left join, or complete the reference"),
                known.relation(relation),
            )


def unsure_relations(known: Known) -> Iterator[Risk]:
    """Relations that may be chance."""
    for relation in known.profile.foreign_keys:
        if relation.confidence < UNSURE:
            what = msg(
                "The relation of {table} ({columns}) to {parent} may be chance: its confidence is {confidence}",
                table=relation.table,
                columns=", ".join(relation.columns),
                parent=relation.references,
                confidence=relation.confidence,
            )
            yield Risk(what, 1, 2, msg("Ask who knows the data before a foreign key is built on it"), known.relation(relation))


def wrong_values(known: Known) -> Iterator[Risk]:
    """Values that mean something else than they say."""
    found = [finding for finding in known.findings if finding.rule in ("placeholders", "far_extremes")]
    if found:
        what = plural(
            "Sums, means and joins are off because of {n} column with values that mean something else",
            "Sums, means and joins are off because of {n} columns with values that mean something else",
            n=len(found),
        )
        yield Risk(what, 3, 2, msg("Repair them on the way in: see the quality findings"), found[0].queries[0])


def personal_data(known: Known) -> Iterator[Risk]:
    """Personal data is not recognised yet."""
    free = [
        (table, column)
        for table in known.tables
        for column in table.columns
        if family(column.type) in ("text", "json", "nested") and column.distinct and not privacy.categorical(column)
    ]
    if free:
        what = plural(
            "Personal data may lie in {n} column of free text that nobody has looked at",
            "Personal data may lie in {n} columns of free text that nobody has looked at",
            n=len(free),
        )
        yield Risk(what, 2, 3, msg("Look through these columns before others get access"), known.column(*free[0]))


def unproven_ddl(known: Known) -> Iterator[Risk]:
    """DDL that was not executed, or not passed."""
    mitigation = msg("Run the proof in the DDL step before anything is created")
    if known.design is None or not known.design.proofs:
        yield Risk(
            msg("The table definitions may fail on the server, because none was executed yet"), 2, 2, mitigation, _rule(known)
        )
        return
    for proof in known.design.proofs:
        if not proof.passed:
            what = msg("Data may be changed on the way into {engine}: the proof did not pass", engine=proof.engine)
            entry = known.book.run(msg("{engine}: the proof of the DDL", engine=proof.engine))
            yield Risk(what, 3, 3, msg("Correct what the proof names and run it again"), entry)


def sample_only(known: Known) -> Iterator[Risk]:
    """A proof on part of the rows."""
    rows = {table.name: table.rows for table in known.profile.tables}
    for proof in known.design.proofs if known.design else ():
        partly = [table.table for table in proof.tables if table.rows_loaded < rows.get(table.table, 0)]
        if partly:
            what = msg(
                "The proof on {engine} loaded a sample: a rare value of {tables} may still not fit",
                engine=proof.engine,
                tables=", ".join(partly),
            )
            entry = known.book.run(msg("{engine}: the proof of the DDL", engine=proof.engine))
            yield Risk(what, 1, 2, msg("Load all rows into a stage first and compare the counts"), entry)


def use_unknown(known: Known) -> Iterator[Risk]:
    """Advice without a stated use."""
    if known.advice is None or known.advice.workload.access == "unknown":
        what = msg("The storage may not fit, because nobody has said how the data is used")
        yield Risk(what, 2, 3, msg("State the use in the Storage step: the advice is worked out again at once"), _workload(known))


def growth_unknown(known: Known) -> Iterator[Risk]:
    """Sizes and prices without a stated growth."""
    if known.advice is None or known.advice.workload.rows_per_day is None:
        what = msg("Size and cost may be too low, because no growth was stated")
        yield Risk(
            what, 2, 3 if known.profile.rows >= LARGE else 1, msg("State the rows a day in the Storage step"), _workload(known)
        )


def _workload(known: Known) -> str:
    return known.book.assumption(msg("The workload, as it was stated in the Storage step"))


def not_current(known: Known) -> Iterator[Risk]:
    """A delivery that stopped."""
    limit = times.rank((known.profile.taken_at - STALE).date().isoformat())
    for table in known.tables:
        column = table.column(table.time_column) if table.time_column else None
        if column and column.high and times.is_finite(column.high) and times.rank(times.day(column.high)) < limit:
            what = msg(
                "{table} may not be current: its latest {column} is {date}",
                table=table.name,
                column=column.name,
                date=times.day(column.high),
            )
            yield Risk(what, 2, 2, msg("Ask when the next delivery is due, and profile that"), known.column(table, column))


def estimated(known: Known) -> Iterator[Risk]:
    """Figures that are estimates."""
    found = [(table, column) for table in known.tables for column in table.columns if not column.distinct_exact]
    if found:
        what = plural(
            "The number of different values is an estimate for {n} column",
            "The number of different values is an estimate for {n} columns",
            n=len(found),
        )
        yield Risk(what, 1, 1, msg("Run the query of the appendix where the exact number matters"), known.column(*found[0]))


RULES: tuple[Rule, ...] = (
    no_key,
    orphans,
    unsure_relations,
    wrong_values,
    personal_data,
    unproven_ddl,
    sample_only,
    use_unknown,
    growth_unknown,
    not_current,
    estimated,
)
