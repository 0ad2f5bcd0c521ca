"""PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from sqlglot import exp

from core.ddl.calendar import edges
from core.ddl.dialects.base import Dialect, Named, Typed
from core.ddl.kinds import digits, element, plain_list, years
from core.ddl.names import fitting
from core.ddl.partition import moment
from core.ddl.widths import Range, narrowest, reason
from core.models.design import ColumnDesign, Index, IndexKind, Partition, Reference, TableDesign
from core.models.types import decimal, family
from core.words import Msg, msg, say

INTEGERS: tuple[Range, ...] = (
    ("smallint", -(2**15), 2**15 - 1),
    ("integer", -(2**31), 2**31 - 1),
    ("bigint", -(2**63), 2**63 - 1),
    ("numeric(20)", -(10**20) + 1, 10**20 - 1),
    ("numeric(39)", -(10**39) + 1, 10**39 - 1),
)

PLAIN = {
    "BOOLEAN": "boolean",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "TIME": "time",
    "TIME WITH TIME ZONE": "timetz",
    "INTERVAL": "interval",
    "UUID": "uuid",
    "BLOB": "bytea",
}

RESERVED = frozenset(
    word
    for line in (
        "all analyse analyze any array as asc asymmetric authorization binary both case cast check collate collation column",
        "concurrently constraint create cross current_catalog current_date current_role current_schema current_time",
        "current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from",
        "full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit",
        "localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references",
        "returning right select session_user similar some symmetric system_user table tablesample then to trailing true union",
        "unique user using variadic verbose when where window with",
    )
    for word in line.split()
)
"""Reserved words (pg_get_keywords(), catcode R and T, and some that need quotes in places); a test asks the engine for all."""

BTREE_BYTES = 2_704
"""The longest entry of a B-tree: a third of a page (BTMaxItemSize, PostgreSQL's nbtree.h)."""

YEARS = {"date": (-4_713, 5_874_896), "timestamp": (-4_712, 294_275)}
"""Whole years that the types hold (PostgreSQL's manual, table 8.9). DuckDB's reach further."""


class Postgres(Dialect):
    """PostgreSQL 14 and later."""

    name: ClassVar[str] = "postgres"
    kinds: ClassVar[frozenset[IndexKind]] = frozenset({"unique", "btree", "gin", "brin", "hash", "partial"})
    column_limit: ClassVar[int] = 63
    table_limit: ClassVar[int] = 63
    reserved: ClassVar[frozenset[str]] = RESERVED
    # Every table has these columns (manual, 5.6), so that no other may be called so.
    forbidden: ClassVar[frozenset[str]] = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})

    # Types

    def column_type(self, column: ColumnDesign, table: TableDesign) -> Typed:
        kind = column.type
        if family(kind) == "integer":
            return Typed(narrowest(column, INTEGERS), reason(column, INTEGERS))
        if family(kind) == "decimal":
            return Typed("numeric({},{})".format(*decimal(kind)))
        if plain_list(kind):
            inner = ColumnDesign(column.name, element(kind), nullable=True)
            return Typed(f"{self.column_type(inner, table).text}[]")
        if family(kind) in ("json", "nested"):
            return _document(column)
        if family(kind) in ("date", "timestamp") and not _within(column):
            return Typed(
                "text", msg("{column} is text: some of its dates lie outside the years PostgreSQL has.", column=column.name)
            )
        if kind in ("TIMESTAMP_NS", "TIME_NS"):
            return _nanoseconds(column)
        if family(kind) == "timestamp":
            return Typed("timestamptz" if "ZONE" in kind else "timestamp")
        return Typed("date" if kind == "DATE" else PLAIN.get(kind, "text"))

    # What cannot be said

    def fit(self, tables: Sequence[TableDesign]) -> tuple[TableDesign, ...]:
        short = {table.name: self._without_long_keys(table) for table in tables}
        return tuple(self._parted(self._referring(table, short)) for table in short.values())

    def _without_long_keys(self, table: TableDesign) -> TableDesign:
        """Without keys and B-trees whose texts might not fit into an entry: loading would fail at the first long one."""
        notes = list(table.notes)
        key = table.primary_key
        if key and not _entry_fits(table, key):
            notes.append(_too_long(key))
            key = ()
        kept = []
        for index in table.indexes:
            if index.kind in ("unique", "btree") and not _entry_fits(table, index.columns):
                notes.append(_too_long(index.columns))
            elif index.kind in self.kinds and not self._unsearchable(table, index):
                kept.append(index)
        return replace(table, primary_key=key, indexes=tuple(kept), notes=tuple(notes))

    def _unsearchable(self, table: TableDesign, index: Index) -> bool:
        """GIN knows jsonb, not json."""
        column = table.column(index.columns[0])
        return index.kind == "gin" and family(column.type) == "json" and column.keep != "value"

    def _referring(self, table: TableDesign, tables: Mapping[str, TableDesign]) -> TableDesign:
        """Without references to keys that had to go."""
        kept = tuple(one for one in table.references if frozenset(one.ref_columns) in _unique(tables[one.table]))
        gone = [one for one in table.references if one not in kept]
        notes = [
            msg(
                "No foreign key from {columns} to {table}: its key is too long here.",
                columns=", ".join(one.columns),
                table=one.table,
            )
            for one in gone
        ]
        return replace(table, references=kept, notes=(*table.notes, *notes))

    def _parted(self, table: TableDesign) -> TableDesign:
        """Without a partition that PostgreSQL cannot make: every unique key of a parted table must hold the column."""
        if table.partition is None:
            return table
        column = table.partition.column
        against = [columns for columns in _unique(table) if column not in columns]
        if against:
            why = msg(
                "Not partitioned by {column}: PostgreSQL wants that column in every key, and {key} lacks it.",
                column=column,
                key=", ".join(name.name for name in table.columns if name.name in against[0]),
            )
        elif table.partition.kind not in ("range", "hash") and self.column_type(table.column(column), table).text == "text":
            why = msg("Not partitioned by {column}: it is text here.", column=column)
        else:
            return table
        return replace(table, partition=None, notes=(*table.notes, why))

    # Statements

    def statements(self, table: Named, tables: Mapping[str, Named], later: Sequence[Reference]) -> list[exp.Expression]:
        keys: list[exp.Expression] = []
        if table.design.primary_key:
            keys.append(exp.PrimaryKey(expressions=self._identifiers(table, table.design.primary_key)))
        keys += [self._foreign_key(table, one, tables) for one in table.design.references if one not in later]
        columns = [self._column_def(table, column) for column in table.design.columns]
        create = exp.Create(this=exp.Schema(this=self.table(table.name), expressions=[*columns, *keys]), kind="TABLE")
        if table.design.partition is not None:
            create.set("properties", exp.Properties(expressions=[self._partitioned_by(table, table.design.partition)]))
        return [
            create,
            *self._partitions(table, tables),
            *(self._index(table, index) for index in table.design.indexes),
            *self._comments(table),
        ]

    def closing(self, table: Named, reference: Reference, tables: Mapping[str, Named]) -> list[exp.Expression]:
        """Checked at commit, so that rows of a circle can be inserted in any order."""
        key = self._foreign_key(table, reference, tables)
        key.args["reference"].set("options", ["DEFERRABLE", "INITIALLY DEFERRED"])
        return [exp.Alter(this=self.table(table.name), kind="TABLE", actions=[exp.AddConstraint(expressions=[key])])]

    def _identifiers(self, table: Named, columns: Sequence[str]) -> list[exp.Identifier]:
        return [self.identifier(table.columns[column]) for column in columns]

    def _column_def(self, table: Named, column: ColumnDesign) -> exp.ColumnDef:
        must = [] if column.nullable else [exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())]
        this = self.identifier(table.columns[column.name])
        return exp.ColumnDef(this=this, kind=self.type(table.types[column.name].text), constraints=must)

    def _foreign_key(self, table: Named, reference: Reference, tables: Mapping[str, Named]) -> exp.ForeignKey:
        parent = tables[reference.table]
        keys = self._identifiers(parent, reference.ref_columns)
        target = exp.Reference(this=self.table(parent.name), expressions=keys)
        return exp.ForeignKey(expressions=self._identifiers(table, reference.columns), reference=target)

    def _partitioned_by(self, table: Named, partition: Partition) -> exp.PartitionedByProperty:
        way = "HASH" if partition.kind == "hash" else "RANGE"
        return exp.PartitionedByProperty(this=exp.Anonymous(this=way, expressions=[self.column(table, partition.column)]))

    def _partitions(self, table: Named, tables: Mapping[str, Named]) -> Iterator[exp.Expression]:
        if table.design.partition is None:
            return
        taken = {one.name for one in tables.values()} | set(table.indexes.values())
        for label, bound in _bounds(table.design):
            name = fitting(f"{table.name}_{label}", self.table_limit, taken=taken)
            taken.add(name)
            part = exp.PartitionedOfProperty(this=self.table(table.name), expression=bound)
            yield exp.Create(this=self.table(name), kind="TABLE", properties=exp.Properties(expressions=[part]))

    def _index(self, table: Named, index: Index) -> exp.Expression:
        using = {"gin": "gin", "brin": "brin", "hash": "hash"}.get(index.kind)
        columns = [exp.Ordered(this=self.searched(table, index, column), nulls_first=False) for column in index.columns]
        params = exp.IndexParameters(
            using=exp.var(using) if using else None,
            columns=columns,
            where=exp.Where(this=self.predicate(table, index)) if index.where else None,
        )
        this = exp.Index(this=self.identifier(table.indexes[index.name]), table=self.table(table.name), params=params)
        return exp.Create(this=this, kind="INDEX", unique=index.kind == "unique")

    def searched(self, table: Named, index: Index, column: str) -> exp.Expression:
        """What an index holds of a column: the words of a prose, the paths of a document, else the column."""
        value, kind = self.column(table, column), table.types[column].text
        if index.kind == "gin" and kind == "text":
            return exp.Anonymous(this="to_tsvector", expressions=[exp.Literal.string("simple"), value])
        if index.kind == "gin" and kind == "jsonb":
            return exp.Opclass(this=value, expression=exp.to_table("jsonb_path_ops"))
        return value

    def _comments(self, table: Named) -> Iterator[exp.Expression]:
        if table.design.comment:
            yield exp.Comment(this=self.table(table.name), kind="TABLE", expression=exp.Literal.string(say(table.design.comment)))
        for column in table.design.columns:
            if column.comment:
                this = self.column(table, column.name)
                this.set("table", self.identifier(table.name))
                yield exp.Comment(this=this, kind="COLUMN", expression=exp.Literal.string(say(column.comment)))


def _document(column: ColumnDesign) -> Typed:
    if column.keep == "raw":
        return Typed(
            "text", msg("{column} is text: some of its values are no strict JSON (NaN, for example).", column=column.name)
        )
    if column.keep == "text":
        why = msg(
            "{column} is json, not jsonb, which would lose keys that come twice or refuse escapes it has no character for.",
            column=column.name,
        )
        return Typed("json", why)
    why = msg("{column} is jsonb: the value is kept and can be indexed; order of keys and spacing are not.", column=column.name)
    return Typed("jsonb", why)


def _nanoseconds(column: ColumnDesign) -> Typed:
    if digits(column) <= 6:
        return Typed("timestamp" if column.type == "TIMESTAMP_NS" else "time")
    why = msg(
        "{column} is text: PostgreSQL keeps microseconds and would round its nanoseconds. ISO text sorts in order of time.",
        column=column.name,
    )
    return Typed("text", why)


def _within(column: ColumnDesign) -> bool:
    found = years(column)
    low, high = YEARS["date" if column.type == "DATE" else "timestamp"]
    return found is None or (low <= found[0] and found[1] <= high)


def _entry_fits(table: TableDesign, columns: Sequence[str]) -> bool:
    """Whether an entry of a B-tree always holds the columns: four bytes a character, sixteen for anything else."""
    found = [table.column(name) for name in columns]
    return sum(4 * (one.length_max or 0) if family(one.type) == "text" else 16 for one in found) <= BTREE_BYTES


def _too_long(columns: Sequence[str]) -> Msg:
    return msg(
        "No key and no B-tree over {columns}: its texts are longer than an entry may be (2,704 bytes).",
        columns=", ".join(columns),
    )


def _unique(table: TableDesign) -> list[frozenset[str]]:
    """What is unique in the table, the primary key first."""
    keys = [table.primary_key, *(index.columns for index in table.indexes if index.kind == "unique")]
    return [frozenset(key) for key in keys if key]


def _bounds(table: TableDesign) -> Iterator[tuple[str, exp.Expression]]:
    """The partitions: a label for the name, and what belongs there. What fits none goes to the default one."""
    partition = table.partition
    if partition is None:
        return
    if partition.kind == "hash":
        for number in range(partition.buckets):
            modulus, remainder = exp.Literal.number(partition.buckets), exp.Literal.number(number)
            yield f"p{number}", exp.PartitionBoundSpec(this=modulus, expression=remainder)
        return
    if partition.kind == "range":
        ends: list[exp.Expression] = [exp.Literal.number(bound) for bound in partition.bounds]
        pairs = zip([exp.var("MINVALUE"), *ends], [*ends, exp.var("MAXVALUE")])
        for number, (start, end) in enumerate(pairs):
            yield f"p{number}", _from_to(start, end)
        return
    column = table.column(partition.column)
    low, high = moment(column.low), moment(column.high)
    zone = "+00" if "ZONE" in column.type else ""
    shape = "%Y-%m-%d" if column.type == "DATE" else "%Y-%m-%d %H:%M:%S"
    for label, start, end in edges(partition.kind, low, high) if low and high else ():
        texts = [exp.Literal.string(edge.strftime(shape) + zone) for edge in (start, end)]
        yield f"p{label}", _from_to(*texts)
    yield "default", exp.var("DEFAULT")


def _from_to(start: exp.Expression, end: exp.Expression) -> exp.PartitionBoundSpec:
    return exp.PartitionBoundSpec(from_expressions=[start.copy()], to_expressions=[end.copy()])
