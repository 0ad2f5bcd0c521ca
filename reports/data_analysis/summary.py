"""Executive summary: what the data is, what was decided, what stands in the way, what to do next."""

from __future__ import annotations

from core.models import times
from core.models.advice import NAMES, Advice
from core.models.profile import TableProfile
from core.models.report import Block, Bullets, Callout, Fact, Facts, Paragraph, Section
from core.words import Msg, msg, percent, plural, size
from reports.data_analysis import ddl_part, roadmap, storage_part
from reports.data_analysis.findings import weighty
from reports.data_analysis.known import Known

FINDINGS, NEXT = 3, 3
"""Findings and steps that a summary has room for."""


def section(known: Known) -> Section:
    blocks = (*_scope(known), _figures(known), *_verdicts(known), *_findings(known), *_next(known))
    return Section("summary", msg("Executive summary"), blocks)


def _scope(known: Known) -> tuple[Block, ...]:
    if not known.profile.tables:
        return (Paragraph(msg("The project has no tables: nothing was analysed.")),)
    largest = known.tables[0]
    said = plural(
        "{project} holds {n} table with {rows}. The largest is {largest}.",
        "{project} holds {n} tables with {rows}. The largest is {largest}.",
        n=len(known.profile.tables),
        project=known.project,
        rows=plural("{n} row", "{n} rows", n=known.profile.rows),
        largest=msg("{table} ({rows})", table=largest.name, rows=plural("{n} row", "{n} rows", n=largest.rows)),
    )
    return (Paragraph(said, (known.all_tables(), known.all_rows(), known.rows(largest))), *_period(known))


def _period(known: Known) -> tuple[Block, ...]:
    timed = [table for table in known.tables if _span(table)]
    if not timed:
        return ()
    table = timed[0]
    low, high = _span(table) or ("", "")
    column = table.column(table.time_column)
    said = msg(
        "Its time is told by {table}.{column}, from {low} to {high}.", table=table.name, column=column.name, low=low, high=high
    )
    return (Paragraph(said, (known.column(table, column),)),)


def _span(table: TableProfile) -> tuple[str, str] | None:
    column = table.column(table.time_column) if table.time_column else None
    return (times.day(column.low), times.day(column.high)) if column and column.low and column.high else None


def _figures(known: Known) -> Facts:
    cells = sum(table.rows * len(table.columns) for table in known.profile.tables)
    nulls = sum(column.nulls for table in known.profile.tables for column in table.columns)
    keyed = sum(bool(table.primary_key) for table in known.profile.tables)
    counted = known.book.rule(msg("Keys and relations are found by rule and counted over all rows: each has a query of its own"))
    empty = known.book.rule(
        msg("Empty cells: the empty cells of all tables by their rows times columns, from the queries of each table")
    )
    return Facts(
        (
            Fact(msg("Rows"), known.profile.rows, known.all_rows()),
            Fact(msg("Columns"), known.columns, known.all_columns()),
            Fact(msg("As Parquet"), size(known.profile.bytes), known.sizes()),
            Fact(msg("Empty cells"), percent(nulls / cells if cells else 0.0), empty),
            Fact(msg("Tables with a key"), keyed, counted),
            Fact(msg("Relations"), len(known.profile.foreign_keys), counted),
        )
    )


def _verdicts(known: Known) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if known.advice:
        blocks.append(_storage(known, known.advice))
    for proof in known.design.proofs if known.design else ():
        blocks.append(ddl_part.verdict(known, proof))
    return tuple(blocks)


def _storage(known: Known, advice: Advice) -> Callout:
    best = advice.best
    said = msg("Keep the data in {storage}: {score} of 100 points.", storage=NAMES[best.storage], score=best.score)
    entries = [storage_part.scoring(known)]
    for reason in [reason for reason in best.reasons if reason.points > 0][:2]:
        said = msg("{said} {because}", said=said, because=reason.because)
        entries.append(storage_part.reason_entry(known, reason))
    return Callout("info", said, tuple(entries))


def _findings(known: Known) -> tuple[Block, ...]:
    found = weighty(known.findings)
    shown = tuple(Callout(finding.level, finding.text, finding.queries) for finding in found[:FINDINGS])
    if len(found) <= FINDINGS:
        return shown or (Callout("good", _sound(known)),)
    left = len(found) - FINDINGS
    said = plural(
        "{n} more finding calls for a decision: see the quality findings.",
        "{n} more findings call for a decision: see the quality findings.",
        n=left,
    )
    return (*shown, Paragraph(said, tuple(dict.fromkeys(query for finding in found[FINDINGS:] for query in finding.queries))))


def _sound(known: Known) -> Msg:
    return msg("No finding stands in the way of loading this data.")


def _next(known: Known) -> tuple[Block, ...]:
    steps = roadmap.steps(known)[:NEXT]
    items = tuple(msg("{what} ({hours})", what=step.what, hours=roadmap.hours(step.minutes)) for step in steps)
    return (Paragraph(msg("What to do next:")), Bullets(items, True, ((roadmap.rates(known),),) * len(items)))
