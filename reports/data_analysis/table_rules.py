"""Findings about tables and what joins them."""

from __future__ import annotations

from collections.abc import Iterator

from core.models.names import is_identifier
from core.models.source import Reject
from core.models.types import family
from core.words import Msg, msg, percent, plural
from reports import masks
from reports.data_analysis.findings import Finding, Rule
from reports.data_analysis.known import Known

SERIOUS_DUPLICATES = 0.01
"""The share of repeated rows from which totals are visibly wrong."""

SERIOUS_ORPHANS = 0.9
"""The share of matched rows below which a join loses more than it should."""


def rows_not_placed(known: Known) -> Iterator[Finding]:
    """Rows of the source that could not be placed are missing from every figure and every total."""
    for table in known.tables:
        if table.rejected:
            share = table.rejected / (table.rejected + table.rows)
            said = plural(
                "{n} row of the source of {table} could not be placed ({share} of all) and is in no figure. First: {examples}",
                "{n} rows of the source of {table} could not be placed ({share} of all) and are in no figure. First: {examples}",
                n=table.rejected,
                table=table.name,
                share=percent(share),
                examples=_joined([_reject(one) for one in table.rejects]),
            )
            fix = msg(
                "See all rows of {table} that were not placed in the Connect step (Which rows, and why), mend the source and load it again",
                table=table.name,
            )
            yield Finding("rows_not_placed", "serious", table.name, said, fix, (known.rejected(table),))


def _reject(one: Reject) -> Msg:
    return msg("line {line}, of the form {text} ({reason})", line=one.line, text=masks.mask(one.text), reason=one.reason)


def _joined(parts: list[Msg]) -> Msg:
    said = parts[0] if parts else msg("none was kept")
    for part in parts[1:]:
        said = msg("{before}; {next}", before=said, next=part)
    return said


def lines_left_out(known: Known) -> Iterator[Finding]:
    """Lines of the source that were taken for no rows: right where they are a title or a footer, and nobody would miss them."""
    for table in known.tables:
        counts = [
            (_LEFT_OUT[name], int(value)) for name, value in table.reading if name in _LEFT_OUT and value.isdigit() and int(value)
        ]
        if counts:
            yield Finding(
                "lines_left_out",
                "warning",
                table.name,
                msg(
                    "{table} was read without {lines} of its source",
                    table=table.name,
                    lines=_joined([of(number) for of, number in counts]),
                ),
                msg(
                    "Look at them in the Connect step (How it was read of {table}), and say so there if they are rows",
                    table=table.name,
                ),
                (known.reading(),),
            )


_LEFT_OUT = {
    "skipped": lambda n: plural("{n} line above the table", "{n} lines above the table", n=n),
    "comments": lambda n: plural("{n} line that is a comment", "{n} lines that are comments", n=n),
    "header again": lambda n: plural("{n} line that repeats the header", "{n} lines that repeat the header", n=n),
    "footer": lambda n: plural("{n} line below the table", "{n} lines below the table", n=n),
}


def encoding_guessed(known: Known) -> Iterator[Finding]:
    """Bytes that are no Unicode can be read in several ways, and a wrong one puts wrong letters into every figure."""
    for table in known.tables:
        found = dict(table.reading).get("encoding", "")
        if found and not found.startswith("utf-"):
            yield Finding(
                "encoding_guessed",
                "warning",
                table.name,
                msg(
                    "{table} is not in Unicode and was read as {encoding}",
                    table=table.name,
                    encoding=found,
                ),
                msg(
                    "Look whether the texts of {table} read right; else choose another encoding in the Connect step",
                    table=table.name,
                ),
                (known.reading(),),
            )


def no_rows(known: Known) -> Iterator[Finding]:
    """A table without rows says nothing about its columns."""
    for table in known.tables:
        if not table.rows:
            yield Finding(
                "no_rows",
                "warning",
                table.name,
                msg("{table} has no rows: nothing is known of its columns but their names", table=table.name),
                msg("Load {table} again when its source is filled", table=table.name),
            )


def no_key(known: Known) -> Iterator[Finding]:
    """Rows that cannot be told apart cannot be updated or loaded twice safely."""
    for table in known.tables:
        if table.rows and not table.keys:
            yield Finding(
                "no_key",
                "serious",
                table.name,
                msg("{table} has no key: no small set of columns tells its rows apart", table=table.name),
                msg("Add a surrogate key to {table} when it is loaded", table=table.name),
            )


def nearly_unique(known: Known) -> Iterator[Finding]:
    """An identifier that some rows share: a double entry, or two things under one number."""
    for table in known.tables:
        for column in table.columns:
            if column.nearly_unique and is_identifier(column.name) and family(column.type) in ("integer", "text", "uuid"):
                yield Finding(
                    "nearly_unique",
                    "warning",
                    table.name,
                    plural(
                        "{table}.{column} would tell all rows apart but for {n} row that repeats a value of an earlier one",
                        "{table}.{column} would tell all rows apart but for {n} rows that repeat a value of an earlier one",
                        n=column.repeats,
                        table=table.name,
                        column=column.name,
                    ),
                    msg(
                        "Look at the repeated values of {table}.{column}: a row may have been entered twice, or a number given twice",
                        table=table.name,
                        column=column.name,
                    ),
                    (known.repeated(table, column),),
                )


def duplicate_rows(known: Known) -> Iterator[Finding]:
    """Rows that repeat an earlier row in every column count twice in every total."""
    for table in known.tables:
        if table.duplicate_rows:
            yield Finding(
                "duplicate_rows",
                "serious" if table.duplicate_rows >= SERIOUS_DUPLICATES * table.rows else "warning",
                table.name,
                plural(
                    "{n} row of {table} repeats an earlier row in every column",
                    "{n} rows of {table} repeat an earlier row in every column",
                    n=table.duplicate_rows,
                    table=table.name,
                ),
                msg("Remove the repeated rows of {table} before they are loaded", table=table.name),
                (known.duplicates(table),),
            )


def orphans(known: Known) -> Iterator[Finding]:
    """Rows without a match are lost by an inner join and refused by a foreign key."""
    for relation in known.profile.foreign_keys:
        if relation.orphans:
            yield Finding(
                "orphans",
                "serious" if relation.included < SERIOUS_ORPHANS else "warning",
                relation.table,
                plural(
                    "{n} row of {table} has no match in {parent} by {columns}",
                    "{n} rows of {table} have no match in {parent} by {columns}",
                    n=relation.orphans,
                    table=relation.table,
                    parent=relation.references,
                    columns=", ".join(relation.columns),
                ),
                msg(
                    "Complete {parent}, or join {table} to it with a left join and without a foreign key",
                    parent=relation.references,
                    table=relation.table,
                ),
                (known.relation(relation),),
            )


def gaps_in_time(known: Known) -> Iterator[Finding]:
    """A stretch of time without a row may be a load that failed."""
    for table in known.tables:
        column = table.column(table.time_column) if table.time_column else None
        for bar in column.histogram if column else ():
            if column and not bar.count:
                yield Finding(
                    "gaps_in_time",
                    "warning",
                    table.name,
                    msg(
                        "{table}.{column}: no rows from {low} to {high}",
                        table=table.name,
                        column=column.name,
                        low=bar.low,
                        high=bar.high,
                    ),
                    msg("Ask the owner of {table} whether that time is missing", table=table.name),
                    (known.bars(table, column),),
                )
                break


RULES: tuple[Rule, ...] = (
    rows_not_placed,
    lines_left_out,
    encoding_guessed,
    no_rows,
    no_key,
    nearly_unique,
    duplicate_rows,
    orphans,
    gaps_in_time,
)
