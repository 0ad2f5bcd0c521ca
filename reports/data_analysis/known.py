"""What a report is written from, and the appendix entries that several sections share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from core.models.advice import Advice
from core.models.design import Design
from core.models.pipeline import RunResult
from core.models.profile import ColumnProfile, ForeignKey, Key, Profile, TableProfile
from core.words import Msg, msg, plural
from reports import sql
from reports.book import Book
from reports.data_analysis import findings
from reports.data_analysis.findings import Finding


@dataclass(frozen=True)
class Known:
    """The facts of one project. Runs are the newest first; advice, design and runs may not be there yet."""

    project: str
    profile: Profile
    advice: Advice | None
    design: Design | None
    runs: tuple[RunResult, ...]
    made_at: datetime
    book: Book = field(default_factory=Book)

    @cached_property
    def names(self) -> sql.Names:
        return sql.Names(self.profile)

    @property
    def tables(self) -> tuple[TableProfile, ...]:
        """The tables, the largest first."""
        return tuple(sorted(self.profile.tables, key=lambda table: -table.rows))

    @property
    def columns(self) -> int:
        return sum(len(table.columns) for table in self.profile.tables)

    @property
    def scope(self) -> Msg:
        """How much data the report is about, in a line."""
        return msg(
            "{tables} · {rows} · {columns}",
            tables=plural("{n} table", "{n} tables", n=len(self.profile.tables)),
            rows=plural("{n} row", "{n} rows", n=self.profile.rows),
            columns=plural("{n} column", "{n} columns", n=self.columns),
        )

    # Entries of the appendix

    @property
    def _named(self) -> tuple[str, ...]:
        return tuple(table.name for table in self.profile.tables)

    def all_tables(self) -> str:
        return self.book.sql(msg("Tables of the project"), sql.catalogue(self._named, "tables"))

    def all_rows(self) -> str:
        return self.book.sql(msg("Rows of all tables"), sql.total_rows(self._named))

    def all_columns(self) -> str:
        return self.book.sql(msg("Columns of all tables"), sql.catalogue(self._named, "columns"))

    def sizes(self) -> str:
        return self.book.run(
            msg("Sizes of the Parquet files and of the sources, as they were on disk when the tables were loaded")
        )

    def rows(self, table: TableProfile) -> str:
        return self.book.sql(msg("Rows of {table}", table=table.name), self.names(table.query))

    def width(self, table: TableProfile) -> str:
        return self.book.sql(msg("Columns of {table}", table=table.name), sql.catalogue((table.name,), "columns"))

    def nulls(self, table: TableProfile) -> str:
        return self.book.sql(msg("Empty cells of {table}, by column and in all", table=table.name), sql.nulls(table.name))

    def duplicates(self, table: TableProfile) -> str:
        about = msg("Rows of {table} that repeat an earlier row in every column", table=table.name)
        return self.book.sql(about, sql.duplicates(table.name))

    def repeated(self, table: TableProfile, column: ColumnProfile) -> str:
        about = msg("{table}.{column}: rows that repeat a value of an earlier one", table=table.name, column=column.name)
        return self.book.sql(about, sql.repeats(table.name, column.name))

    def column(self, table: TableProfile, column: ColumnProfile) -> str:
        about = msg("{table}.{column}: figures of the column", table=table.name, column=column.name)
        return self.book.sql(about, self.names(column.query))

    def spread(self, table: TableProfile, column: ColumnProfile) -> str:
        about = msg("{table}.{column}: mean, quantiles and outliers", table=table.name, column=column.name)
        return self.book.sql(about, sql.spread(table.name, column))

    def key(self, table: TableProfile, key: Key) -> str:
        about = msg("{table}: rows that break the key ({key})", table=table.name, key=", ".join(key.columns))
        return self.book.sql(about, self.names(key.query))

    def relation(self, relation: ForeignKey) -> str:
        about = msg(
            "Rows of {table} by {columns}, and those without a match in {parent}",
            table=relation.table,
            columns=", ".join(relation.columns),
            parent=relation.references,
        )
        query = sql.relation(relation.table, relation.columns, relation.references, relation.ref_columns)
        return self.book.sql(about, query)

    def bars(self, table: TableProfile, column: ColumnProfile) -> str:
        about = msg("{table}.{column}: rows of each bar of the histogram", table=table.name, column=column.name)
        return self.book.sql(about, sql.histogram(table.name, column))

    def rejected(self, table: TableProfile) -> str:
        return self.book.run(
            msg(
                "Rows of {table} that could not be placed, set aside with their lines and reasons while it was loaded; the Connect step lists them all",
                table=table.name,
            )
        )

    def reading(self) -> str:
        return self.book.run(msg("Cells that were met while the tables were loaded"))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What stands out in the data, the weightiest first."""
        return findings.find(self)


def primary_key(table: TableProfile) -> Key | None:
    """The proven key that was taken for the primary key."""
    return next((key for key in table.keys if key.columns == table.primary_key), None) if table.primary_key else None
