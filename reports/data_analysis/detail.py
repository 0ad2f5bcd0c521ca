"""Detailed analysis: the tables, each with its columns, what joins them, and the quality of what they hold."""

from __future__ import annotations

from core.models.profile import ForeignKey, Profile
from core.models.report import Block, Bullets, Callout, Paragraph, Section, TableBlock
from core.words import Msg, msg, percent, size
from reports.data_analysis import run_detail, table_detail
from reports.data_analysis.known import Known, primary_key


def section(known: Known) -> Section:
    tables = tuple(table_detail.section(known, table, place) for place, table in enumerate(known.tables))
    parts = (_quality(known), _relations(known), run_detail.section(known), *tables)
    return Section("analysis", msg("Detailed analysis"), _overview(known), parts)


def _overview(known: Known) -> tuple[Block, ...]:
    header = (
        msg("Table"),
        msg("Rows"),
        msg("Columns"),
        msg("As Parquet"),
        msg("At the source"),
        msg("Primary key"),
        msg("Time column"),
    )
    rows = tuple(
        (
            table.name,
            table.rows,
            len(table.columns),
            size(table.bytes),
            size(table.source_bytes) if table.source_bytes else None,
            ", ".join(table.primary_key) or msg("none"),
            table.time_column or None,
        )
        for table in known.tables
    )
    both = tuple(known.rows(table) for table in known.tables)
    taken = msg(
        "Every figure was counted over all rows on {date} unless it says otherwise; the letter and number beside it name the entry of the appendix it came from.",
        date=known.profile.taken_at.strftime("%Y-%m-%d %H:%M UTC"),
    )
    return (Paragraph(taken), TableBlock(msg("Tables"), header, rows, known.sizes(), both))


def _relations(known: Known) -> Section:
    found = known.profile.foreign_keys
    blocks: tuple[Block, ...] = (Paragraph(_no_relations(known.profile)),)
    if found:
        said = msg(
            "Relations were found by values: the share of filled rows found in the key of the other table, counted over all rows. The confidence also weighs names, types and ranges."
        )
        blocks = (Paragraph(said), _relation_table(known, found))
    return Section("relations", msg("Keys and relations"), (*_keys(known), *blocks))


def _no_relations(profile: Profile) -> Msg:
    if len(profile.tables) < 2:
        return msg("There is one table, so there are no relations to look for.")
    return msg("No columns of one table were found to refer to a key of another.")


def _relation_table(known: Known, found: tuple[ForeignKey, ...]) -> TableBlock:
    header = (msg("From"), msg("To"), msg("Found there"), msg("Without a match"), msg("Confidence"))
    rows = tuple(
        (
            f"{relation.table} ({', '.join(relation.columns)})",
            f"{relation.references} ({', '.join(relation.ref_columns)})",
            percent(relation.included),
            relation.orphans,
            relation.confidence,
        )
        for relation in found
    )
    rule = known.book.rule(
        msg(
            "Confidence of a relation: the share of rows found in the key, weighed by names, kinds of values and the use of the key"
        )
    )
    return TableBlock(msg("Relations"), header, rows, rule, tuple(known.relation(relation) for relation in found))


def _keys(known: Known) -> tuple[Block, ...]:
    rows, queries = [], []
    for table in known.tables:
        for key in table.keys:
            chosen = key == primary_key(table)
            rows.append((table.name, ", ".join(key.columns), msg("primary key") if chosen else msg("unique"), 0))
            queries.append(known.key(table, key))
    if not rows:
        return (Paragraph(msg("No set of up to four columns was found unique over all rows of any table.")),)
    header = (msg("Table"), msg("Columns"), msg("Holds as"), msg("Rows that break it"))
    return (TableBlock(msg("Keys proven over all rows"), header, tuple(rows), "", tuple(queries)),)


def _quality(known: Known) -> Section:
    found = known.findings
    if not found:
        said = msg("None of the rules found anything to remark on: no empty or constant columns, no repeated rows, no orphans.")
        return Section("quality", msg("Quality findings"), (Callout("good", said),))
    loud = tuple(
        Callout(finding.level, finding.text, finding.queries) for finding in found if finding.level in ("serious", "warning")
    )
    quiet = tuple(finding for finding in found if finding.level not in ("serious", "warning"))
    noted: tuple[Block, ...] = ()
    if quiet:
        noted = (
            Paragraph(msg("Worth knowing, though nothing has to be done:")),
            Bullets(tuple(one.text for one in quiet), False, tuple(one.queries for one in quiet)),
        )
    return Section("quality", msg("Quality findings"), (*loud, *noted))
