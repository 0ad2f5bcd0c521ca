"""A report before it has a format or a language. Every figure names the query that gave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field as Tagged

from core.words import Msg

Cell = int | float | Decimal | str | Msg | None
Level = Literal["info", "good", "warning", "serious"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text. `queries` are the ids of the appendix entries behind its figures."""

    text: Msg
    queries: tuple[str, ...] = ()
    block: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of points. `queries` holds, for each point, the ids of the appendix entries behind its figures."""

    items: tuple[Msg, ...]
    ordered: bool = False
    queries: tuple[tuple[str, ...], ...] = ()
    block: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with its label. `query` is the id of the appendix entry that gave it."""

    label: Msg
    value: Cell
    query: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures shown large, side by side."""

    items: tuple[Fact, ...]
    block: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table; `query` names the appendix entry behind the whole of it, `queries` one per row where rows have their own."""

    title: Msg
    header: tuple[Msg, ...]
    rows: tuple[tuple[Cell, ...], ...]
    query: str = ""
    queries: tuple[str, ...] = ()
    block: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: `labels` along the axis, one or more named series of the same length."""

    kind: Literal["bar", "hbar", "line", "histogram"]
    title: Msg
    labels: tuple[str, ...]
    series: tuple[tuple[Msg, tuple[float, ...]], ...]
    unit: Msg | None = None
    query: str = ""
    block: Literal["chart"] = "chart"


@dataclass(frozen=True, slots=True)
class Code:
    """Text shown as it is, in a fixed-width face. `comments` are literals of SQL in it that are said in the reader's language."""

    language: str
    text: str
    title: Msg | None = None
    comments: tuple[Msg, ...] = ()
    block: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Callout:
    """A finding that must not be missed, with its weight. `queries` are the ids of the appendix entries behind its figures."""

    level: Level
    text: Msg
    queries: tuple[str, ...] = ()
    block: Literal["callout"] = "callout"


Block = Annotated[Paragraph | Bullets | Facts | TableBlock | Chart | Code | Callout, Tagged(discriminator="block")]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; `id` is stable across languages (`summary`, `analysis`, `recommendations`, …)."""

    id: str
    title: Msg
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """An entry of the appendix: what was asked and, where it was a query, the SQL that gives the figure again."""

    id: str
    about: Msg
    sql: str = ""
    source: Literal["sql", "rule", "run", "assumption"] = "sql"


@dataclass(frozen=True, slots=True)
class Document:
    """A report: sections in reading order, then the appendix."""

    kind: str
    title: Msg
    subtitle: Msg
    project: str
    made_at: datetime
    sections: tuple[Section, ...]
    appendix: tuple[Query, ...]
    version: Literal[1] = 1
