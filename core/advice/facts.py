"""What the rules may know of a subject: figures of the profile, gathered once."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.types import family, is_number

FEW_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class Subject:
    """A table, or the data set as a whole (`table` is empty then).

    `bytes` is the size as landed Parquet; `share` the part of the data set's rows, which is its part of the stated growth.
    `measures` are numeric columns outside keys, `dimensions` columns with at most `FEW_VALUES` distinct values, `documents`
    nested or JSON columns. `relations` counts foreign keys that hold on all rows. `keyed` is the share of rows in tables with
    a primary key.
    """

    table: str
    rows: int
    bytes: int
    columns: int
    widest: int
    share: float
    measures: int
    dimensions: int
    documents: int
    times: int
    relations: int
    keyed: float


def of_table(profile: Profile, table: TableProfile) -> Subject:
    """The facts of one table."""
    return _gathered(table.name, (table,), profile)


def data_set(profile: Profile) -> Subject:
    """The facts of all tables together."""
    return _gathered("", profile.tables, profile)


def _gathered(name: str, tables: tuple[TableProfile, ...], profile: Profile) -> Subject:
    columns = [(table, column) for table in tables for column in table.columns]
    names = {table.name for table in tables}
    rows = sum(table.rows for table in tables)
    return Subject(
        table=name,
        rows=rows,
        bytes=sum(table.bytes for table in tables),
        columns=len(columns),
        widest=max((len(table.columns) for table in tables), default=0),
        share=rows / profile.rows if profile.rows else 0.0,
        measures=sum(_is_measure(profile, table, column) for table, column in columns),
        dimensions=sum(0 < column.distinct <= FEW_VALUES and column.distinct * 10 <= column.rows for _, column in columns),
        documents=sum(family(column.type) in ("nested", "json") for _, column in columns),
        times=sum(family(column.type) in ("timestamp", "date") for _, column in columns),
        relations=sum(key.orphans == 0 and bool({key.table, key.references} & names) for key in profile.foreign_keys),
        keyed=sum(table.rows for table in tables if table.primary_key) / rows if rows else 0.0,
    )


def _is_measure(profile: Profile, table: TableProfile, column: ColumnProfile) -> bool:
    keys = set(table.primary_key)
    for key in profile.foreign_keys:
        keys |= set(key.columns) if key.table == table.name else set()
    return is_number(column.type) and column.name not in keys and column.distinct > 1
