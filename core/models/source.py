"""Where data comes from and how it lies in the workspace once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.words import Msg, msg

FieldKind = Literal["text", "path", "int", "secret", "choice", "bool"]
CheckStatus = Literal["ok", "warn", "fail", "skipped"]
ItemKind = Literal["table", "view", "file", "folder", "schema", "bucket", "topic", "partition"]
Value = str | int | bool
Settings = dict[str, Value]
Group = Literal["files", "databases", "streams", "storage"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a connector's form. `choices` for kind `choice`; a `secret` never leaves the secrets store in clear.

    `advanced` fields are rarely used and lie folded away; `only` names another field and the values of it with which this one has
    a meaning (`("sign_in", ("keys",))`); `least` and `most` bound a whole number.
    """

    name: str
    label: Msg
    kind: FieldKind = "text"
    required: bool = False
    default: Value | None = None
    choices: tuple[str, ...] = ()
    help: Msg | None = None
    example: str = ""
    advanced: bool = False
    only: tuple[str, tuple[Value, ...]] | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source as the gallery shows it. `missing` says what to install when it cannot be used here.

    `suffixes` are those of the files it reads.
    """

    name: str
    label: Msg
    about: Msg
    fields: tuple[Field, ...]
    capabilities: frozenset[str]
    missing: Msg | None = None
    group: Group = "databases"
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One line of *Test connection*. `fix` is there when `status` is not `ok`; `ms` is how long the check took."""

    name: str
    label: Msg
    status: CheckStatus
    detail: Msg
    fix: Msg | None = None
    ms: float | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """How a table is used, as its server counted; None for what it does not count.

    Rows inserted, updated and deleted, reads of the whole table (`scans`) and through an index (`lookups`), all since `since` (None: since it keeps
    count); `rewrites` are statements that changed rows already there, `changed` is when rows were written last. `analyzed` is when the server last took
    statistics, which its estimate of rows rests on. A server's counts start anew after a crash and miss what it was told to forget: they say how
    busy a table is, not what is in it. Times are UTC.
    """

    inserted: int | None = None
    updated: int | None = None
    deleted: int | None = None
    since: datetime | None = None
    analyzed: datetime | None = None
    scans: int | None = None
    lookups: int | None = None
    rewrites: int | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be picked: a table, a file. `rows`, `bytes` and `activity` are there where the source knows them; `detail`

    is what else it says of it.
    """

    path: tuple[str, ...]
    kind: ItemKind
    rows: int | None = None
    rows_exact: bool = True
    bytes: int | None = None
    detail: Msg | None = None
    activity: Activity | None = None

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The cell that refused a narrower type: `row` counts data rows from 1, `line` lines of the file, where it is known."""

    wanted: str
    row: int
    cell: str
    line: int | None = None

    @property
    def where(self) -> Msg:
        return msg("row {row}", row=self.row) if self.line is None else msg("line {line} of the file", line=self.line)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is a DuckDB type name. `source_type` is what the source called it, where it has types of its own."""

    name: str
    type: str
    nullable: bool = True
    source_type: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class LandedColumn:
    """A column as it was landed.

    `read_as` says how text became the type where that is not plain (`decimal comma, thousands by space, unit ₽`, `%d.%m.%Y`); `refused`
    holds the cell that kept a narrower type away; `ambiguous` lists readings between which the data does not decide (day/month order,
    a comma for thousands or a fraction).
    """

    column: Column
    read_as: str = ""
    refused: Refusal | None = None
    ambiguous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be placed: its line in the source (from 1), its text (cut at 500 characters), and why."""

    line: int
    text: str
    reason: Msg


@dataclass(frozen=True, slots=True)
class Landed:
    """Rows of one table as Parquet files in the workspace.

    `rows` is exact; `source_bytes` is what was read; `reading` tells how the source was read (encoding, delimiter, …) as
    (name, value, evidence), lines set aside that are no rows (comments, a footer, a header again) among it; `rejected` counts every
    row that could not be placed, `rejects` shows the first of them and `rejects_file` holds all. `activity` is what the source's server
    knew of changes when the rows were read.
    """

    files: tuple[str, ...]
    columns: tuple[LandedColumn, ...]
    rows: int
    bytes: int
    source_bytes: int
    reading: tuple[tuple[str, str, Msg], ...] = ()
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()
    rejects_file: str = ""
    notes: tuple[Msg, ...] = ()
    activity: Activity | None = None

    @property
    def schema(self) -> tuple[Column, ...]:
        return tuple(landed.column for landed in self.columns)


@dataclass(frozen=True, slots=True)
class Source:
    """A place rows can be read from: a connector's kind, its settings without secrets, and the path of the item in it.

    With `as_one` the setting `path` is a folder or a pattern, and all files it means are one table; `file_column` is then the name of a
    column that tells of each row which file it is from, empty for none.
    """

    kind: str
    settings: tuple[tuple[str, Value], ...]
    path: tuple[str, ...]
    connection: str = ""
    as_one: bool = False
    file_column: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a project: where it came from and, once landed, the rows in the workspace."""

    id: str
    project: str
    name: str
    source: Source
    landed: Landed | None = None


@dataclass(frozen=True, slots=True)
class NestedChoice:
    """What one way to read nested parts costs, measured on the first `rows` rows: tables, their columns, bytes as Parquet, share of nulls."""

    choice: str
    rows: int
    tables: tuple[str, ...]
    columns: int
    bytes: int
    null_share: float
    chosen: bool = False
