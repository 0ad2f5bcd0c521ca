"""What all dialects share: names that fit, the order of statements, notes of what cannot be said."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as Grammar
from sqlglot.tokens import TokenType

from core.ddl.names import distinct, utf8
from core.ddl.order import late, parents_first
from core.models.design import ColumnDesign, Ddl, Index, IndexKind, Reference, TableDesign
from core.words import Msg, msg


@dataclass(frozen=True, slots=True)
class Typed:
    """A column's type in the dialect, written out, and a word on it where that is not plain."""

    text: str
    note: Msg | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A table as one dialect writes it: the design as far as the dialect can say it, the names it gave, and its types.

    `columns` and `indexes` map the names of the design to those of the dialect, `types` the columns to their types.
    """

    ddl: Ddl
    design: TableDesign
    name: str
    columns: Mapping[str, str]
    indexes: Mapping[str, str]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """A table with its names in the dialect, while it is written."""

    design: TableDesign
    name: str
    columns: Mapping[str, str]
    indexes: Mapping[str, str]
    types: Mapping[str, Typed]


class Dialect(ABC):
    """A dialect of DDL. Its statements are sqlglot expressions, so that no name or value is pasted into text."""

    name: ClassVar[str]
    kinds: ClassVar[frozenset[IndexKind]]
    """Indexes the dialect has. Others are passed over; what they would have enforced is noted by `fit`."""
    column_limit: ClassVar[int]
    table_limit: ClassVar[int]
    reserved: ClassVar[frozenset[str]] = frozenset()
    """Words that sqlglot takes for plain names and the dialect does not."""
    forbidden: ClassVar[frozenset[str]] = frozenset()
    """Names that no column may have, quoted or not."""

    @abstractmethod
    def column_type(self, column: ColumnDesign, table: TableDesign) -> Typed:
        """The smallest type that holds every value of the column exactly."""

    @abstractmethod
    def fit(self, tables: Sequence[TableDesign]) -> tuple[TableDesign, ...]:
        """The designs as far as the dialect can say them; what it cannot is taken out and noted in `notes`."""

    @abstractmethod
    def statements(self, table: Named, tables: Mapping[str, Named], later: Sequence[Reference]) -> list[exp.Expression]:
        """The statements of one table; its references in `later` are added by another table's statements."""

    def closing(self, table: Named, reference: Reference, tables: Mapping[str, Named]) -> list[exp.Expression]:
        """Statements that add a reference once both tables are there."""
        return []

    def measure(self, name: str) -> int:
        """The length of a table's name as the dialect counts it."""
        return utf8(name)

    # Writing

    def render(self, tables: Sequence[TableDesign], without: frozenset[str] = frozenset()) -> tuple[Rendered, ...]:
        """The DDL of all tables in the order to run it, leaving out the indexes named in `without` (names of the design)."""
        fitted = parents_first(self.fit(tables))
        named = self._named(fitted)
        circles = late(fitted)
        done: dict[str, list[exp.Expression]] = {}
        for design in fitted:
            kept = replace(design, indexes=tuple(index for index in design.indexes if index.name not in without))
            table = replace(named[design.name], design=kept)
            later = [reference for owner, reference in circles if owner.name == design.name]
            done[design.name] = self.statements(table, named, later)
        for owner, reference in circles:  # whichever of the two comes later closes the circle
            done[reference.table] += self.closing(named[owner.name], reference, named)
        return tuple(self._rendered(named[design.name], done[design.name]) for design in fitted)

    def _named(self, tables: Sequence[TableDesign]) -> dict[str, Named]:
        names = distinct([table.name for table in tables], self.table_limit, self.measure)
        indexes = self.index_names(tables, set(names.values()))
        return {
            table.name: Named(
                design=table,
                name=names[table.name],
                columns=distinct([column.name for column in table.columns], self.column_limit, taken=self.forbidden),
                indexes=indexes,
                types={column.name: self.column_type(column, table) for column in table.columns},
            )
            for table in tables
        }

    def index_names(self, tables: Sequence[TableDesign], taken: set[str]) -> dict[str, str]:
        """The names of all indexes; they share one room with the tables."""
        wanted = [index.name for table in tables for index in table.indexes]
        return distinct(wanted, self.column_limit, taken=taken)

    def _rendered(self, table: Named, statements: Sequence[exp.Expression]) -> Rendered:
        texts = tuple(statement.sql(dialect=self.name, pretty=True) for statement in statements)
        notes = (*table.design.notes, *_renamed(table), *_told(table))
        texts_in = (table.design.comment, *(column.comment for column in table.design.columns))
        comments = tuple(dict.fromkeys(one for one in texts_in if isinstance(one, Msg)))
        return Rendered(
            ddl=Ddl(table.design.name, self.name, texts, notes, comments),
            design=table.design,
            name=table.name,
            columns=table.columns,
            indexes=table.indexes,
            types={name: typed.text for name, typed in table.types.items()},
        )

    # Parts of statements

    def identifier(self, name: str) -> exp.Identifier:
        """A name, quoted unless it is plain and no word of the language."""
        return exp.to_identifier(name, quoted=not self._plain(name))

    def _plain(self, name: str) -> bool:
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or name in self.reserved:
            return False
        return [token.token_type for token in Grammar.get_or_raise(self.name).tokenize(name)] == [TokenType.VAR]

    def table(self, name: str) -> exp.Table:
        return exp.Table(this=self.identifier(name))

    def column(self, table: Named, name: str) -> exp.Column:
        """A column by its name in the design."""
        return exp.Column(this=self.identifier(table.columns[name]))

    def predicate(self, table: Named, index: Index) -> exp.Expression:
        """The predicate of a partial index with the names of the dialect."""
        parsed = exp.maybe_parse(index.where, dialect="duckdb")
        return parsed.transform(lambda node: self.column(table, node.name) if isinstance(node, exp.Column) else node)

    @staticmethod
    def type(text: str) -> exp.DataType:
        """A type as it was written out: sqlglot knows no type of a dialect better than the dialect itself."""
        return exp.DataType(this=exp.DType.USERDEFINED, kind=text, nullable=False)


def _renamed(table: Named) -> list[Msg]:
    pairs = [(table.design.name, table.name), *table.columns.items()]
    return [msg("{name} is called {short} here: the name does not fit.", name=old, short=new) for old, new in pairs if old != new]


def _told(table: Named) -> list[Msg]:
    return [typed.note for typed in table.types.values() if typed.note is not None]
