"""ClickHouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from sqlglot import exp

from core.ddl.dialects.base import Dialect, Named, Typed
from core.ddl.kinds import digits, element, infinite, plain_list, years
from core.ddl.names import utf8
from core.ddl.widths import Range, narrowest, reason, whole
from core.models.design import ColumnDesign, Index, IndexKind, Partition, Reference, TableDesign
from core.models.types import decimal, family
from core.words import Msg, msg, say

INTEGERS: tuple[Range, ...] = tuple(
    (f"{sign}Int{bits}", 0, 2**bits - 1) if sign else (f"Int{bits}", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for bits in (8, 16, 32, 64, 128, 256)
    for sign in ("U", "")
)

PLAIN = {"BOOLEAN": "Bool", "FLOAT": "Float32", "DOUBLE": "Float64", "UUID": "UUID"}

FEW, REPEATED = 10_000, 10
"""A text is LowCardinality up to 10,000 different values (ClickHouse's manual, LowCardinality), each in ten rows on average:

with fewer repeats the dictionary is as large as the column.
"""

DATES = (("Date", 1970, 2148), ("Date32", 1900, 2299))
"""Whole years that the types hold (manual, Date and Date32)."""

SECONDS_TO, FINE_TO, NANO_TO = 2105, 2299, 2261
"""Last whole years of DateTime, DateTime64 and DateTime64(9) (manual); the first are 1970, 1900 and 1900."""

NO_INTERVAL = ("INTERVAL", "TIME WITH TIME ZONE")


class ClickHouse(Dialect):
    """ClickHouse 26; tables of the MergeTree engine."""

    name: ClassVar[str] = "clickhouse"
    kinds: ClassVar[frozenset[IndexKind]] = frozenset({"skip_minmax", "skip_set", "skip_bloom", "gin"})
    column_limit: ClassVar[int] = 10_000  # columns have no limit of their own: long file names are hashed
    table_limit: ClassVar[int] = 200  # 208 in a database called `assay`; its own name counts too

    def measure(self, name: str) -> int:
        """Letters, digits and underscores count one, every other byte three: a table's name is that of a file (`%D0`)."""
        plain = sum(character.isascii() and (character.isalnum() or character == "_") for character in name)
        return plain + 3 * (utf8(name) - plain)

    # Types

    def column_type(self, column: ColumnDesign, table: TableDesign) -> Typed:
        if plain_list(column.type):
            return self._list(column, table)
        typed = self._scalar(column)
        if typed.text == "String" and family(column.type) == "text" and _repeats(column):
            return replace(typed, text="LowCardinality(Nullable(String))" if column.nullable else "LowCardinality(String)")
        return replace(typed, text=f"Nullable({typed.text})") if column.nullable else typed

    def _list(self, column: ColumnDesign, table: TableDesign) -> Typed:
        """A list, whose elements may be null unless none is."""
        if column.nullable:
            why = msg(
                "{column} is JSON text: ClickHouse has no lists that can be null, and an empty list is not null.",
                column=column.name,
            )
            return Typed("Nullable(String)", why)
        inner = self.column_type(ColumnDesign(column.name, element(column.type), nullable=column.holes), table)
        return Typed(f"Array({inner.text})", inner.note)

    def _scalar(self, column: ColumnDesign) -> Typed:
        match family(column.type):
            case "integer":
                return Typed(narrowest(column, INTEGERS), reason(column, INTEGERS))
            case "decimal":
                return Typed("Decimal({}, {})".format(*decimal(column.type)))
            case "date":
                return _date(column)
            case "timestamp":
                return _moment(column)
            case "json" | "nested":
                return Typed("String", msg("{column} is kept as JSON text, exactly as it was.", column=column.name))
        if column.type in NO_INTERVAL:
            return Typed(
                "String", msg("{column} is text: ClickHouse has no type for {type}.", column=column.name, type=column.type)
            )
        if column.type in ("TIME", "TIME_NS"):
            return Typed(f"Time64({digits(column)})" if digits(column) else "Time")
        return Typed(PLAIN.get(column.type, "String"))

    # What cannot be said

    def fit(self, tables: Sequence[TableDesign]) -> tuple[TableDesign, ...]:
        return tuple(self._fit(table) for table in tables)

    def _fit(self, table: TableDesign) -> TableDesign:
        notes = [*table.notes, *_unenforced(table), *self._zoneless(table)]
        partition, refused = self._partitionable(table)
        notes += [refused] if refused else []
        if not table.order_by:
            notes.append(msg("Rows lie as they come: no column that is never null has few enough values to sort by."))
        if any(family(column.type) == "integer" for column in table.columns):
            notes.append(
                msg("A number too large for its column wraps round without an error: check the range before loading other rows.")
            )
        kept = tuple(index for index in table.indexes if index.kind in self.kinds and self._indexed(table, index) is not None)
        return replace(table, indexes=kept, partition=partition, references=(), notes=tuple(notes))

    def _zoneless(self, table: TableDesign) -> list[Msg]:
        times = [one for one in table.columns if family(one.type) == "timestamp" and "ZONE" not in one.type]
        names = [one.name for one in times if "Date" in self.column_type(one, table).text]
        if not names:
            return []
        columns = ", ".join(names)
        return [
            msg("Times without a zone are kept as if in UTC, so that no server's zone moves them: {columns}.", columns=columns)
        ]

    def _partitionable(self, table: TableDesign) -> tuple[Partition | None, Msg | None]:
        if table.partition is None:
            return None, None
        column = table.column(table.partition.column)
        text = self.column_type(column, table).text
        if column.nullable:
            return None, msg(
                "Not partitioned by {column}: it may be null, and ClickHouse wants no null there.", column=column.name
            )
        if table.partition.kind not in ("range", "hash") and "Date" not in text:
            return None, msg("Not partitioned by {column}: it is text here.", column=column.name)
        return table.partition, None

    # Statements

    def statements(self, table: Named, tables: Mapping[str, Named], later: Sequence[Reference]) -> list[exp.Expression]:
        lines: list[exp.Expression] = [self._column_def(table, column) for column in table.design.columns]
        lines += [self._index_line(table, index) for index in table.design.indexes]
        properties: list[exp.Expression] = [exp.EngineProperty(this=exp.to_identifier("MergeTree"))]
        if table.design.partition is not None:
            properties.append(exp.PartitionedByProperty(this=self._part(table, table.design.partition)))
        properties.append(self._order(table))
        if table.design.comment:
            properties.append(exp.SchemaCommentProperty(this=exp.Literal.string(say(table.design.comment))))
        this = exp.Schema(this=self.table(table.name), expressions=lines)
        return [exp.Create(this=this, kind="TABLE", properties=exp.Properties(expressions=properties))]

    def _column_def(self, table: Named, column: ColumnDesign) -> exp.ColumnDef:
        kind = table.types[column.name].text
        constraints = []
        if codec := codecs(column, kind, table.design):
            constraints.append(exp.ColumnConstraint(kind=exp.CompressColumnConstraint(this=codec)))
        if column.comment:
            constraints.append(
                exp.ColumnConstraint(kind=exp.CommentColumnConstraint(this=exp.Literal.string(say(column.comment))))
            )
        this = self.identifier(table.columns[column.name])
        return exp.ColumnDef(this=this, kind=self.type(kind), constraints=constraints)

    def _order(self, table: Named) -> exp.Order:
        columns = [self.column(table, name) for name in table.design.order_by]
        key: exp.Expression = exp.Tuple(expressions=columns) if columns else exp.Anonymous(this="tuple")
        return exp.Order(expressions=[exp.Ordered(this=key, nulls_first=False)])

    def _part(self, table: Named, partition: Partition) -> exp.Expression:
        column = self.column(table, partition.column)
        if partition.kind == "hash":
            hashed = exp.Anonymous(this="cityHash64", expressions=[column])
            return exp.Mod(this=hashed, expression=exp.Literal.number(partition.buckets))
        if partition.kind == "range":
            width = exp.Literal.number(_width(partition, table.design.column(partition.column)))
            return exp.Anonymous(this="intDiv", expressions=[column, width])
        function = {"hour": "toStartOfHour", "day": "toDate", "month": "toYYYYMM", "year": "toYear"}[partition.kind]
        return exp.Anonymous(this=function, expressions=[column])

    def _index_line(self, table: Named, index: Index) -> exp.IndexColumnConstraint:
        return exp.IndexColumnConstraint(
            this=self.identifier(table.indexes[index.name]),
            expression=self.column(table, index.columns[0]),
            index_type=self._indexed(table.design, index),
            granularity=exp.Literal.number(1),
        )

    def _indexed(self, table: TableDesign, index: Index) -> exp.Expression | None:
        """The type of a skip index, None where ClickHouse has none for the column."""
        bloom = exp.Anonymous(this="bloom_filter", expressions=[exp.Literal.number("0.01")])
        if index.kind == "gin":
            column = table.column(index.columns[0])
            if plain_list(column.type):
                text = self.column_type(column, table).text
                return bloom if text.startswith("Array(") and "Nullable" not in text else None  # it takes no nulls in lists
            words = exp.EQ(this=exp.column("tokenizer"), expression=exp.Literal.string("splitByNonAlpha"))
            return exp.Anonymous(this="text", expressions=[words]) if family(column.type) == "text" else None
        kept: dict[IndexKind, exp.Expression] = {
            "skip_minmax": exp.var("minmax"),
            "skip_set": exp.Anonymous(this="set", expressions=[exp.Literal.number(100)]),
            "skip_bloom": bloom,
        }
        return kept.get(index.kind)


def codecs(column: ColumnDesign, kind: str, table: TableDesign) -> list[exp.Expression]:
    """How a column is compressed; nothing for the server's own choice (LZ4).

    Sorted whole numbers and times change little from row to row: Delta, or DoubleDelta where they are what rows are sorted by
    first, in front of ZSTD. ZSTD alone for texts, decimals and floats (ClickHouse's manual, compression codecs: Gorilla is for
    gauges that hardly change, and loses elsewhere). A dictionary (LowCardinality) is compressed already.
    """
    zstd = exp.Anonymous(this="ZSTD", expressions=[exp.Literal.number(1)])
    first = table.order_by[:1] == (column.name,)
    if "Date" in kind:
        return [exp.var("DoubleDelta" if first else "Delta"), zstd]
    if family(column.type) == "integer" and first and "128" not in kind and "256" not in kind:
        return [exp.var("Delta"), zstd]
    wide = kind.removeprefix("Nullable(").startswith(("String", "Float", "Decimal", "Array"))
    return [zstd] if wide else []


def _repeats(column: ColumnDesign) -> bool:
    return bool(column.distinct) and column.distinct <= FEW and column.distinct * REPEATED <= column.rows


def _date(column: ColumnDesign) -> Typed:
    found = years(column) or (1900, 2299)
    if not infinite(column):
        for name, low, high in DATES:
            if low <= found[0] and found[1] <= high:
                return Typed(name)
    return Typed("String", _outside(column))


def _moment(column: ColumnDesign) -> Typed:
    fine = digits(column)
    found = years(column) or (1900, 2000)
    if infinite(column) or found[0] < 1900 or found[1] > (NANO_TO if fine == 9 else FINE_TO):
        return Typed("String", _outside(column))
    if fine == 0 and found[0] >= 1970 and found[1] <= SECONDS_TO:
        return Typed("DateTime('UTC')")
    return Typed(f"DateTime64({fine}, 'UTC')")


def _outside(column: ColumnDesign) -> Msg:
    return msg("{column} is text: some of its dates lie outside the years ClickHouse has (1900 to 2299).", column=column.name)


def _unenforced(table: TableDesign) -> list[Msg]:
    """What other databases would enforce."""
    notes = []
    if table.primary_key:
        notes.append(msg("The key {columns} is not enforced: ClickHouse lets rows repeat.", columns=", ".join(table.primary_key)))
    notes += [
        msg("{columns} is not kept unique: ClickHouse has no unique indexes.", columns=", ".join(index.columns))
        for index in table.indexes
        if index.kind == "unique"
    ]
    notes += [
        msg(
            "{columns} refers to {table} ({keys}), which ClickHouse has no foreign keys to say.",
            columns=", ".join(one.columns),
            table=one.table,
            keys=", ".join(one.ref_columns),
        )
        for one in table.references
    ]
    return notes


def _width(partition: Partition, column: ColumnDesign) -> int:
    """The numbers of a part: from one bound to the next."""
    first = int(partition.bounds[0])
    return int(partition.bounds[1]) - first if len(partition.bounds) > 1 else first - (whole(column.low) or 0)
