"""A table design, free of any dialect, and the proof that it works on a real engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.words import Msg, say

IndexKind = Literal["unique", "btree", "gin", "brin", "hash", "partial", "skip_minmax", "skip_set", "skip_bloom"]
PartitionKind = Literal["hour", "day", "month", "year", "range", "hash"]
ProofStatus = Literal["kept", "dropped", "not tried"]
Keep = Literal["value", "text", "raw"]


@dataclass(frozen=True, slots=True)
class ColumnDesign:
    """A column: `type` is the DuckDB type of the data, from which each dialect derives its own exact type.

    The figures a dialect needs to choose a type are carried along: extremes as text, longest text, distinct values.
    `fraction` is the number of digits of a second that are used, None where that is not known. `keep` says what must be kept
    of JSON and nested values: the value (order and spacing of an object's keys are no part of it), the text as well (an object
    with the same key twice), or any text because it is not strict JSON (NaN). `holes` says whether elements of a list may be null.
    `grows` marks a whole number that is the key of its table, or refers to one: new rows make it larger.
    """

    name: str
    type: str
    nullable: bool
    comment: Msg | str = ""
    low: str | None = None
    high: str | None = None
    length_max: int | None = None
    distinct: int | None = None
    rows: int = 0
    fraction: int | None = None
    keep: Keep = "value"
    holes: bool = True
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index with the reason for it. `where` is a predicate in DuckDB SQL for a partial index."""

    name: str
    kind: IndexKind
    columns: tuple[str, ...]
    because: Msg
    where: str = ""


@dataclass(frozen=True, slots=True)
class Partition:
    """How rows are parted. `bounds` are the edges for `range`, `buckets` the number for `hash`."""

    kind: PartitionKind
    column: str
    because: Msg
    bounds: tuple[str, ...] = ()
    buckets: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of the design."""

    columns: tuple[str, ...]
    table: str
    ref_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableDesign:
    """A table in terms every dialect understands. `order_by` is the sort/cluster key for the dialects that have one."""

    name: str
    columns: tuple[ColumnDesign, ...]
    primary_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    indexes: tuple[Index, ...] = ()
    partition: Partition | None = None
    order_by: tuple[str, ...] = ()
    comment: Msg | str = ""
    notes: tuple[Msg, ...] = ()

    def column(self, name: str) -> ColumnDesign:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Ddl:
    """The statements of one table in one dialect, in the order to run them; `notes` are those of its design, and anything the dialect cannot say.

    The statements are in English. `comments` are those in them that another language says too.
    """

    table: str
    dialect: str
    statements: tuple[str, ...]
    notes: tuple[Msg, ...] = ()
    comments: tuple[Msg, ...] = ()

    @property
    def script(self) -> str:
        return "".join(f"{statement.rstrip().rstrip(';')};\n\n" for statement in self.statements)

    def said(self, lang: str) -> str:
        """The script with its comments in a language."""
        return commented(self.script, self.comments, lang)


def commented(script: str, comments: tuple[Msg, ...], lang: str) -> str:
    """A script of SQL whose `comments` are in English, with them in another language."""
    for comment in comments if lang != "en" else ():
        script = script.replace(_literal(say(comment)), _literal(say(comment, lang)))
    return script


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class IndexProof:
    """Whether the planner used an index on the loaded sample: the query that was asked and the plan it gave."""

    index: str
    status: ProofStatus
    query: str
    plan: str
    because: Msg


@dataclass(frozen=True, slots=True)
class TableProof:
    """What happened when the DDL of one table was executed: rows loaded and read back, and each index asked of the planner.

    `differences` lists columns that did not read back equal (empty when all did); `bytes` is the size on disk.
    """

    table: str
    executed: bool
    rows_loaded: int
    rows_equal: bool
    differences: tuple[Msg, ...] = ()
    indexes: tuple[IndexProof, ...] = ()
    bytes: int | None = None
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of a set of tables on one engine. `engine` names it with its version."""

    dialect: str
    engine: str
    tables: tuple[TableProof, ...]
    sample_rows: int

    @property
    def passed(self) -> bool:
        return all(table.executed and table.rows_equal for table in self.tables)


@dataclass(frozen=True, slots=True)
class Design:
    """The designs of a data set with the DDL of each dialect (indexes that failed the proof already dropped) and the proofs."""

    tables: tuple[TableDesign, ...]
    ddl: tuple[Ddl, ...]
    proofs: tuple[Proof, ...] = ()

    def script(self, dialect: str, lang: str = "en") -> str:
        """Everything to run for one dialect, in order, with its comments in a language."""
        return "".join(ddl.said(lang) for ddl in self.ddl if ddl.dialect == dialect)

    def comments(self, dialect: str) -> tuple[Msg, ...]:
        """The comments in the script of a dialect, each once."""
        return tuple(dict.fromkeys(comment for ddl in self.ddl if ddl.dialect == dialect for comment in ddl.comments))

    @property
    def dialects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ddl.dialect for ddl in self.ddl))
