"""A pipeline: a graph of steps, written by hand, in forms or as a picture, and saved as YAML.

Conditions and derived columns are SQL expressions in DuckDB's dialect over the columns of the step's input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field as Tagged

from core.models.codec import STRICT
from core.models.source import Column
from core.words import Msg

JoinHow = Literal["inner", "left", "right", "full", "cross", "semi", "anti"]
Function = Literal["sum", "avg", "count", "count_distinct", "min", "max", "stddev", "variance", "median", "quantile"]
WindowFunction = Literal[
    "row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value", "sum", "avg", "count", "min", "max"
]
LoadMode = Literal["replace", "append", "upsert"]
Target = Literal["file", "postgres", "clickhouse", "s3", "hdfs", "kafka", "spark"]


@dataclass(frozen=True, slots=True)
class Source:
    """Reads a table of the project."""

    __pydantic_config__ = STRICT
    id: str
    table: str
    step: Literal["source"] = "source"


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the rows for which `where` is true (rows where it is null are left out, as in SQL)."""

    __pydantic_config__ = STRICT
    id: str
    input: str
    where: str
    step: Literal["filter"] = "filter"


@dataclass(frozen=True, slots=True)
class Derive:
    """Adds or replaces columns: name → expression."""

    __pydantic_config__ = STRICT
    id: str
    input: str
    columns: dict[str, str]
    step: Literal["derive"] = "derive"


@dataclass(frozen=True, slots=True)
class On:
    """One pair of join columns."""

    __pydantic_config__ = STRICT
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Join:
    """Joins two inputs. Columns of the right side that the left side also has, join columns aside, get `suffix`."""

    __pydantic_config__ = STRICT
    id: str
    left: str
    right: str
    how: JoinHow = "inner"
    on: tuple[On, ...] = ()
    suffix: str = "_right"
    step: Literal["join"] = "join"


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate: `function` over `column` (none for `count` of rows); `share` between 0 and 1 for `quantile`."""

    __pydantic_config__ = STRICT
    name: str
    function: Function
    column: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Groups by `by` (all rows are one group when empty) and keeps the groups for which `having` is true."""

    __pydantic_config__ = STRICT
    id: str
    input: str
    measures: tuple[Measure, ...]
    by: tuple[str, ...] = ()
    having: str = ""
    step: Literal["aggregate"] = "aggregate"


@dataclass(frozen=True, slots=True)
class Order:
    """A sort key. Nulls come last in either direction unless said otherwise, in every engine."""

    __pydantic_config__ = STRICT
    column: str
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows around the current one: `before` and `after` are numbers of rows, None for unbounded."""

    __pydantic_config__ = STRICT
    before: int | None = None
    after: int | None = 0


@dataclass(frozen=True, slots=True)
class WindowColumn:
    """A window function: `offset` and for `lag`/`lead`; `frame` for aggregates, first and last value."""

    __pydantic_config__ = STRICT
    name: str
    function: WindowFunction
    column: str = ""
    partition_by: tuple[str, ...] = ()
    order_by: tuple[Order, ...] = ()
    offset: int = 1
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Adds columns computed over windows of the input."""

    __pydantic_config__ = STRICT
    id: str
    input: str
    columns: tuple[WindowColumn, ...]
    step: Literal["window"] = "window"


@dataclass(frozen=True, slots=True)
class Sort:
    """Sorts, and keeps the first `limit` rows when that is given."""

    __pydantic_config__ = STRICT
    id: str
    input: str
    by: tuple[Order, ...]
    limit: int | None = None
    step: Literal["sort"] = "sort"


@dataclass(frozen=True, slots=True)
class Sink:
    """Writes the input. `target` is `file` or a kind of saved connection, which `connection` names then.

    `path` is a file (`bucket/folder/file` in S3), whose suffix .parquet, .csv or .ndjson names the format; `table` is a table of a
    database, or `schema.table`, or a topic of Kafka. `keys` are what an `upsert` tells rows apart by. A killed load leaves the target as it was.
    """

    __pydantic_config__ = STRICT
    id: str
    input: str
    target: Target = "file"
    path: str = ""
    connection: str = ""
    table: str = ""
    mode: LoadMode = "replace"
    keys: tuple[str, ...] = ()
    step: Literal["sink"] = "sink"


Step = Annotated[
    Source | Filter | Derive | Join | Aggregate | Window | Sort | Sink,
    Tagged(discriminator="step"),
]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A graph of steps. `layout` holds where the editor drew each node (x, y in pixels); it never changes the result."""

    __pydantic_config__ = STRICT
    name: str
    nodes: tuple[Step, ...]
    version: Literal[1] = 1
    layout: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one node (or with the whole graph when `node` is empty)."""

    node: str
    what: Msg
    fix: Msg


@dataclass(frozen=True, slots=True)
class CheckedNode:
    """A node whose columns are known, or None where it could not be checked."""

    id: str
    columns: tuple[Column, ...] | None


@dataclass(frozen=True, slots=True)
class CheckedPipeline:
    """A pipeline bound to the tables: nodes in the order of the flow, the columns of each, and what is wrong."""

    pipeline: Pipeline
    nodes: tuple[CheckedNode, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.problems

    def columns(self, node: str) -> tuple[Column, ...] | None:
        return next((checked.columns for checked in self.nodes if checked.id == node), None)


@dataclass(frozen=True, slots=True)
class NodeRun:
    """What one node did: rows out, seconds, and the SQL that ran."""

    id: str
    rows: int
    seconds: float
    sql: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run: what each node did and where each sink wrote (`wrote` pairs a node with a place a person can open)."""

    pipeline: str
    engine: str
    started: datetime
    seconds: float
    nodes: tuple[NodeRun, ...]
    wrote: tuple[tuple[str, str], ...] = ()
