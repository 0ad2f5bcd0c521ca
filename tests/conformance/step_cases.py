"""What every kind of step is tried on: a small hard table, and for each kind cases whose result plain Python computes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from statistics import mean, median, stdev, variance
from typing import Any

import pyarrow as pa

from core.models.pipeline import (
    Aggregate,
    Derive,
    Filter,
    Frame,
    Join,
    Measure,
    On,
    Order,
    Sink,
    Sort,
    Source,
    Step,
    Window,
    WindowColumn,
)

Row = tuple[Any, ...]
NAN = math.nan
NAMES = ('a"b', "Итог", "text", "x", "n")
HARD: list[Row] = [
    (1, Decimal("10.50"), "a", 1.5, 1),
    (1, Decimal("10.50"), "a", 1.5, 2),
    (2, None, "", NAN, 3),
    (2, Decimal("-0.01"), None, None, 4),
    (None, Decimal("99999999.99"), "ё", -2.0, 5),
    (None, Decimal("0.00"), "Z", 7.25, 6),
    (3, Decimal("5.00"), "a", 0.0, 7),
]
OTHER_NAMES = ("key", "text", "Итог")
OTHER: list[Row] = [(1, "one", Decimal("1")), (1, "uno", None), (2, "two", Decimal("2")), (None, "none", None), (9, "nine", None)]
TABLES = {
    'Данные "1"': pa.table(
        {
            'a"b': pa.array([row[0] for row in HARD], pa.int64()),
            "Итог": pa.array([row[1] for row in HARD], pa.decimal128(12, 2)),
            "text": pa.array([row[2] for row in HARD], pa.string()),
            "x": pa.array([row[3] for row in HARD], pa.float64(), from_pandas=False),
            "n": pa.array([row[4] for row in HARD], pa.int64()),
        }
    ),
    "other": pa.table(
        {
            "key": pa.array([row[0] for row in OTHER], pa.int32()),
            "text": pa.array([row[1] for row in OTHER], pa.string()),
            "Итог": pa.array([row[2] for row in OTHER], pa.decimal128(12, 2)),
        }
    ),
}
HARD_NAME, OTHER_NAME = TABLES


@dataclass(frozen=True)
class Case:
    """A step over `hard` (and `other` for a join): the columns and rows it gives, in order where the step makes one."""

    name: str
    step: Step
    columns: tuple[str, ...]
    rows: list[Row]
    ordered: bool = False


@dataclass(frozen=True)
class Wrong:
    """A step that does not fit, and words that must be in what is said about it."""

    name: str
    step: Step
    said: str
    fix: str = ""


# source, filter, derive, sink

SOURCE = [Case("every row", Source("s", HARD_NAME), NAMES, HARD)]
FILTER = [
    Case("null is not true", Filter("s", "hard", '"Итог" > 5'), NAMES, [r for r in HARD if r[1] is not None and r[1] > 5]),
    Case("NaN is the largest", Filter("s", "hard", "x > 7"), NAMES, [r for r in HARD if r[3] is not None and not r[3] <= 7]),
    Case("quoted name, empty text", Filter("s", "hard", '"a""b" = 2 AND text = \'\''), NAMES, [HARD[2]]),
    Case("nothing left", Filter("s", "hard", "false"), NAMES, []),
]
DERIVE = [
    Case(
        "replaced in place, new at the end, both see the input",
        Derive("s", "hard", {"N": "n * 10", "итог": "n + 1", 'q"': "coalesce(text, '?') || '!'"}),
        ('a"b', "Итог", "text", "x", "N", "итог", 'q"'),
        [(*r[:4], r[4] * 10, r[4] + 1, ("?" if r[2] is None else r[2]) + "!") for r in HARD],
    ),
    Case(
        "decimals stay decimals",
        Derive("s", "hard", {"Итог": '"Итог" * 2'}),
        NAMES,
        [(r[0], None if r[1] is None else r[1] * 2, *r[2:]) for r in HARD],
    ),
    Case(
        "lambdas and struct fields",
        Derive("s", "hard", {"x": "list_sum(list_transform([n, 2], lambda v: v + n))", "text": "{'f': n}.f"}),
        NAMES,
        [(*r[:2], r[4], 3 * r[4] + 2, r[4]) for r in HARD],
    ),
]
SINK = [Case("the rows of its input", Sink("s", "hard", path="out.parquet"), NAMES, HARD)]

# join


def _joined(how: str, pairs: list[tuple[int, int]]) -> list[Row]:
    """Nested loops: a row of the left, of the right, both where the pairs are equal and not null."""

    def same(left: Row, right: Row) -> bool:
        return all(left[a] is not None and left[a] == right[b] for a, b in pairs)

    met = [(left, right) for left in HARD for right in OTHER if same(left, right)]
    if how == "semi":
        return [left for left in HARD if any(same(left, right) for right in OTHER)]
    if how == "anti":
        return [left for left in HARD if not any(same(left, right) for right in OTHER)]
    none_left, none_right = (None,) * len(NAMES), (None,) * len(OTHER_NAMES)
    if how in ("left", "full"):
        met += [(left, none_right) for left in HARD if not any(same(left, right) for right in OTHER)]
    if how in ("right", "full"):
        met += [(none_left, right) for right in OTHER if not any(same(left, right) for left in HARD)]
    out = []
    for left, right in met:
        keys = {a: right[b] if left is none_left else left[a] for a, b in pairs}
        kept = tuple(keys.get(number, value) for number, value in enumerate(left))
        out.append((*kept, *(value for number, value in enumerate(right) if number not in {b for _, b in pairs})))
    return out


ON = (On('a"b', "key"),)
ADDED = ("text_right", "Итог_right")
JOIN = [
    *(
        Case(how, Join("s", "hard", "other", how, ON), (*NAMES, *ADDED), _joined(how, [(0, 0)]))
        for how in ("inner", "left", "right", "full")
    ),
    *(Case(how, Join("s", "hard", "other", how, ON), NAMES, _joined(how, [(0, 0)])) for how in ("semi", "anti")),
    Case(
        "cross",
        Join("s", "hard", "other", "cross", suffix=" 2"),
        (*NAMES, "key", "text 2", "Итог 2"),
        [(*left, *right) for left in HARD for right in OTHER],
    ),
    *(
        Case(
            f"{how} by two columns",
            Join("s", "hard", "other", how, (On("n", "KEY"), On("Итог", "Итог")), suffix="!"),
            (*NAMES, "text!"),
            _joined(how, [(4, 0), (1, 2)]),
        )
        for how in ("inner", "left", "right", "full")
    ),
]

# aggregate


def _values(rows: list[Row], column: int) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


def _or_null(function: Callable[[list[Any]], Any], least: int = 1) -> Callable[[list[Any]], Any]:
    return lambda values: function(values) if len(values) >= least else None


def _quantile(share: float) -> Callable[[list[Any]], Any]:
    """Linear between neighbours (Hyndman and Fan 1996, type 7)."""

    def found(values: list[Any]) -> float:
        ordered, place = sorted(map(float, values)), share * (len(values) - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        return low + (high - low) * (place - math.floor(place))

    return found


PLAIN: dict[str, Callable[[list[Any]], Any]] = {
    "sum": _or_null(sum),
    "avg": _or_null(lambda values: float(mean(values))),
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "min": _or_null(min),
    "max": _or_null(max),
    "stddev": _or_null(lambda values: stdev(map(float, values)), 2),
    "variance": _or_null(lambda values: variance(map(float, values)), 2),
    "median": _or_null(lambda values: float(median(values))),
    "quantile": _or_null(_quantile(0.3)),
}


def _groups(rows: list[Row], column: int) -> list[tuple[Any, list[Row]]]:
    ordered = sorted(rows, key=lambda row: (row[column] is None, row[column] or 0))
    return [(key, list(group)) for key, group in groupby(ordered, key=lambda row: row[column])]


AGGREGATE = [
    *(
        Case(
            f"{function} of {NAMES[column]}",
            Aggregate("s", "hard", (Measure("m", function, NAMES[column], 0.3 if function == "quantile" else None),), ('a"b',)),
            ('a"b', "m"),
            [(key, plain(_values(group, column))) for key, group in _groups(HARD, 0)],
        )
        for function, plain in PLAIN.items()
        for column in (1, 4)
    ),
    Case("rows", Aggregate("s", "hard", (Measure("строк", "count"),)), ("строк",), [(len(HARD),)]),
    Case(
        "having over what comes out",
        Aggregate("s", "hard", (Measure("k", "count"), Measure("t", "sum", "n")), ('a"b',), 'k > 1 AND "a""b" IS NOT NULL'),
        ('a"b', "k", "t"),
        [(1, 2, 3), (2, 2, 7)],
    ),
    Case(
        "by alone gives the distinct values",
        Aggregate("s", "hard", (), ("text",)),
        ("text",),
        [(t,) for t in ("a", "", None, "ё", "Z")],
    ),
]

# sort


def _sorted(column: int, descending: bool, nulls_first: bool) -> list[Row]:
    filled = sorted((r for r in HARD if r[column] is not None), key=lambda r: (r[column], r[4] * (-1 if descending else 1)))
    empty = sorted((r for r in HARD if r[column] is None), key=lambda r: r[4])
    filled = filled[::-1] if descending else filled
    return empty + filled if nulls_first else filled + empty


SORT = [
    *(
        Case(
            f"{'down' if down else 'up'}, nulls {'first' if first else 'last'}",
            Sort("s", "hard", (Order('a"b', down, first), Order("n"))),
            NAMES,
            _sorted(0, down, first),
            ordered=True,
        )
        for down in (False, True)
        for first in (False, True)
    ),
    Case("limit 0", Sort("s", "hard", (), 0), NAMES, []),
    Case("a limit", Sort("s", "hard", (Order("n", True),), 2), NAMES, [HARD[6], HARD[5]], ordered=True),
    Case("NaN above every number", Sort("s", "hard", (Order("x", True),), 1), NAMES, [HARD[2]], ordered=True),
]

# window


def _windowed(give: Callable[[list[Row], int], Any]) -> list[Row]:
    """Partitions by `a"b`, in the order of n: `give(partition, place)` for every row."""
    return [(*row, give(group, place)) for _, group in _groups(HARD, 0) for place, row in enumerate(group)]


def _within(function: str, before: int | None, after: int | None) -> Callable[[list[Row], int], Any]:
    def give(group: list[Row], place: int) -> Any:
        start = 0 if before is None else max(place - before, 0)
        end = len(group) if after is None else place + after + 1
        rows = group[start:end]
        if function in ("first_value", "last_value"):
            return rows[0 if function == "first_value" else -1][1]
        return PLAIN[function](_values(rows, 1))

    return give


def _window(function: str, column: str = "", offset: int = 1, frame: Frame | None = None) -> Window:
    return Window("s", "hard", (WindowColumn("w", function, column, ('a"b',), (Order("n"),), offset, frame),))


_SHIFTED = {"lag": lambda offset: -offset, "lead": lambda offset: offset}
_FRAMES = (Frame(None, None), Frame(None, 0), Frame(1, 0), Frame(0, 0), Frame(0, 1), Frame(1, 1), Frame(0, None))


def _shifted(steps: int) -> Callable[[list[Row], int], Any]:
    return lambda group, place: group[place + steps][2] if 0 <= place + steps < len(group) else None


def _tied(name: str) -> list[Row]:
    """Ranks by text over the whole table: equal texts tie, null comes last and is one more value."""
    order = [*sorted({r[2] for r in HARD if r[2] is not None}), None]
    place = {text: number for number, text in enumerate(order)}
    before = {text: sum(place[r[2]] < place[text] for r in HARD) for text in order}
    return [(*r, place[r[2]] + 1 if name == "dense_rank" else before[r[2]] + 1) for r in HARD]


WINDOW = [
    Case("row_number", _window("row_number"), (*NAMES, "w"), _windowed(lambda _, place: place + 1)),
    *(
        Case(
            f"{name} with ties",
            Window("s", "hard", (WindowColumn("w", name, order_by=(Order("text"),)),)),
            (*NAMES, "w"),
            _tied(name),
        )
        for name in ("rank", "dense_rank")
    ),
    *(
        Case(f"{name} {offset}", _window(name, "text", offset), (*NAMES, "w"), _windowed(_shifted(way(offset))))
        for name, way in _SHIFTED.items()
        for offset in (0, 1, 2)
    ),
    *(
        Case(
            f"{name} over {frame}",
            _window(name, "Итог", frame=frame),
            (*NAMES, "w"),
            _windowed(_within(name, frame.before, frame.after)),
        )
        for name in ("first_value", "last_value", "sum", "avg", "count", "min", "max")
        for frame in _FRAMES
    ),
    *(
        Case(f"{name} sees the partition", _window(name, "Итог"), (*NAMES, "w"), _windowed(_within(name, None, None)))
        for name in ("first_value", "last_value")
    ),
    *(
        Case(f"{name} runs up to the row", _window(name, "Итог"), (*NAMES, "w"), _windowed(_within(name, None, 0)))
        for name in ("sum", "avg", "count", "min", "max")
    ),
    Case(
        "share of all rows",
        Window("s", "hard", (WindowColumn("w", "count"),)),
        (*NAMES, "w"),
        [(*r, len(HARD)) for r in HARD],
    ),
]

CASES: dict[str, list[Case]] = {
    "source": SOURCE,
    "filter": FILTER,
    "derive": DERIVE,
    "join": JOIN,
    "aggregate": AGGREGATE,
    "window": WINDOW,
    "sort": SORT,
    "sink": SINK,
}

FAULTS: dict[str, list[Wrong]] = {
    "source": [Wrong("table", Source("s", "othr"), "no table othr", "other")],
    "filter": [
        Wrong("column", Filter("s", "hard", "txt = 1"), "txt", "text"),
        Wrong("input", Filter("s", "hart", "true"), "hart", "hard"),
        Wrong("type", Filter("s", "hard", "text"), "neither true nor false", "text IS NOT NULL"),
        Wrong("operator", Filter("s", "hard", "n > [1]"), "DuckDB"),
        Wrong("empty", Filter("s", "hard", " "), "empty"),
    ],
    "derive": [
        Wrong("column", Derive("s", "hard", {"y": "итого + 1"}), "итого", "Итог"),
        Wrong("input", Derive("s", "", {"y": "1"}), "—", "hard"),
        Wrong("type", Derive("s", "hard", {"y": "n + [1]"}), "DuckDB"),
        Wrong("nothing", Derive("s", "hard", {}), "derives no column"),
        Wrong("no name", Derive("s", "hard", {" ": "1"}), "no name"),
        Wrong("twice", Derive("s", "hard", {"y": "1", "Y": "2"}), "Two columns"),
    ],
    "join": [
        Wrong("left column", Join("s", "hard", "other", "inner", (On("tex", "key"),)), "tex", "text"),
        Wrong("right column", Join("s", "hard", "other", "inner", (On("n", "kee"),)), "kee", "key"),
        Wrong("input", Join("s", "hard", "othr", "inner", ON), "othr", "other"),
        Wrong("type", Join("s", "hard", "other", "inner", (On("text", "key"),)), "cannot be compared", "CAST"),
        Wrong("no pairs", Join("s", "hard", "other", "left"), "no columns"),
        Wrong("cross with pairs", Join("s", "hard", "other", "cross", ON), "takes no columns"),
        Wrong("suffix", Join("s", "hard", "other", "inner", ON, ""), "Two columns", "suffix"),
    ],
    "aggregate": [
        Wrong("column", Aggregate("s", "hard", (Measure("m", "sum", "nn"),)), "nn", "n"),
        Wrong("key", Aggregate("s", "hard", (Measure("m", "count"),), ("tekst",)), "tekst", "text"),
        Wrong("input", Aggregate("s", "harder", (Measure("m", "count"),)), "harder", "hard"),
        Wrong("type", Aggregate("s", "hard", (Measure("m", "sum", "text"),)), "DuckDB"),
        Wrong("share", Aggregate("s", "hard", (Measure("m", "quantile", "n", 1.5),)), "no share"),
        Wrong("nothing", Aggregate("s", "hard", ()), "neither groups"),
        Wrong("having sees the output", Aggregate("s", "hard", (Measure("k", "count"),), (), "n > 1"), "n", "k"),
        Wrong(
            "having type",
            Aggregate("s", "hard", (Measure("k", "max", "text"),), (), "k"),
            "neither true nor false",
            "k IS NOT NULL",
        ),
        Wrong("twice", Aggregate("s", "hard", (Measure("N", "count"),), ("n",)), "Two columns"),
    ],
    "window": [
        Wrong("column", Window("s", "hard", (WindowColumn("w", "sum", "nn"),)), "nn", "n"),
        Wrong("input", Window("s", "h", (WindowColumn("w", "count"),)), "h", "hard"),
        Wrong("type", Window("s", "hard", (WindowColumn("w", "sum", "text"),)), "DuckDB"),
        Wrong("order", Window("s", "hard", (WindowColumn("w", "rank"),)), "needs an order"),
        Wrong("frame without order", Window("s", "hard", (WindowColumn("w", "sum", "n", frame=Frame(1, 0)),)), "needs an order"),
        Wrong("frame below 0", _window("sum", "n", frame=Frame(-1, 0)), "below 0"),
        Wrong("offset below 0", _window("lag", "n", -1), "below 0"),
        Wrong("a taken name", Window("s", "hard", (WindowColumn("TEXT", "count"),)), "Two columns"),
        Wrong("nothing", Window("s", "hard", ()), "adds no column"),
    ],
    "sort": [
        Wrong("column", Sort("s", "hard", (Order("Итг"),)), "Итг", "Итог"),
        Wrong("input", Sort("s", "", (Order("n"),)), "—", "hard"),
        Wrong("limit", Sort("s", "hard", (), -1), "below 0"),
        Wrong("nothing", Sort("s", "hard", ()), "sorts by nothing"),
    ],
    "sink": [
        Wrong("input", Sink("s", "hrd", path="a.csv"), "hrd", "hard"),
        Wrong("suffix", Sink("s", "hard", path="a.xls"), "a.xls", ".csv"),
        Wrong("target", Sink("s", "hard", "postgres", table="t"), "not complete", "connection"),
        Wrong("table", Sink("s", "hard", "clickhouse", connection="c"), "not complete", "schema.table"),
        Wrong("bucket", Sink("s", "hard", "s3", path="a.csv", connection="c"), "no bucket", "bucket/"),
        Wrong("keys", Sink("s", "hard", path="a.parquet", mode="upsert"), "needs keys", "keys"),
        Wrong("key", Sink("s", "hard", path="a.parquet", mode="upsert", keys=("nope",)), "nope", ""),
    ],
}
