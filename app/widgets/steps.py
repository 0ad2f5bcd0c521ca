"""The form of each kind of step: shows the step, returns it as the person left it when they press Apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pandas as pd
import streamlit as st

from app.session import t
from core.models.pipeline import (
    Aggregate,
    CheckedPipeline,
    Derive,
    Filter,
    Frame,
    Function,
    Join,
    JoinHow,
    LoadMode,
    Measure,
    On,
    Order,
    Sink,
    Sort,
    Source,
    Step,
    Window,
    WindowColumn,
    WindowFunction,
)


class Around:
    """What a form may offer: tables, other nodes, columns of nodes, saved connections."""

    def __init__(self, checked: CheckedPipeline, tables: tuple[str, ...], connections: tuple[str, ...], key: str) -> None:
        self.checked, self.tables, self.connections, self.key = checked, tables, connections, key

    def columns(self, node: str) -> list[str]:
        return [column.name for column in self.checked.columns(node) or ()]

    def others(self, node: str) -> list[str]:
        return [one.id for one in self.checked.pipeline.nodes if one.id != node and one.step != "sink"]


def step_form(step: Step, around: Around) -> Step | None:
    """The step as changed, once, when Apply was pressed; None otherwise."""
    if isinstance(step, Sink):
        step = _target(step, around)
    with st.form(f"step-{around.key}", border=False):
        name = st.text_input(t("Name of the step"), step.id, key=f"{around.key}-id", max_chars=60).strip()
        made = _FORMS[step.step](step, around)
        if st.form_submit_button(t("Apply"), type="primary"):
            return replace(made, id=name or step.id)
    return None


def _input(step: Any, around: Around, field: str = "input", label: str = "") -> str:
    now, known = getattr(step, field), around.others(step.id)
    options = known if now in known else ["", *known]
    return st.selectbox(label or t("Reads"), options, options.index(now) if now in options else 0, key=f"{around.key}-{field}")


def _source(step: Source, around: Around) -> Source:
    options = list(around.tables)
    table = st.selectbox(
        t("Table"),
        options,
        options.index(step.table) if step.table in options else 0,
        key=f"{around.key}-table",
        placeholder=t("Choose a table"),
    )
    return replace(step, table=table or "")


def _filter(step: Filter, around: Around) -> Filter:
    source = _input(step, around)
    where = st.text_area(
        t("Keep the rows where"),
        step.where,
        key=f"{around.key}-where",
        help=_help(),
        placeholder="price > 10 AND city IS NOT NULL",
    )
    _known(around, step.input)
    return replace(step, input=source, where=where.strip())


def _derive(step: Derive, around: Around) -> Derive:
    source = _input(step, around)
    frame = pd.DataFrame([(name, text) for name, text in step.columns.items()], columns=["name", "expression"])
    config = {
        "name": st.column_config.TextColumn(t("New or replaced column"), required=True),
        "expression": st.column_config.TextColumn(t("Expression"), required=True, width="large", help=_help()),
    }
    lines = _edited(frame, config, f"{around.key}-derive")
    _known(around, step.input)
    return replace(step, input=source, columns={str(line["name"]): str(line["expression"]) for line in lines if line["name"]})


def _join(step: Join, around: Around) -> Join:
    one, two = st.columns(2)
    with one:
        left = _input(step, around, "left", t("Left"))
    with two:
        right = _input(step, around, "right", t("Right"))
    names = {
        "inner": t("inner: only rows with a partner"),
        "left": t("left: every row of the left"),
        "right": t("right: every row of the right"),
        "full": t("full: every row of both"),
        "cross": t("cross: every pair"),
        "semi": t("semi: left rows with a partner"),
        "anti": t("anti: left rows without a partner"),
    }
    options = list(get_args(JoinHow))
    how = st.selectbox(t("Kind of join"), options, options.index(step.how), key=f"{around.key}-how", format_func=names.get)
    frame = pd.DataFrame([(on.left, on.right) for on in step.on], columns=["left", "right"])
    config = {
        "left": st.column_config.SelectboxColumn(t("Column on the left"), options=around.columns(step.left), required=True),
        "right": st.column_config.SelectboxColumn(t("Column on the right"), options=around.columns(step.right), required=True),
    }
    lines = _edited(frame, config, f"{around.key}-on")
    suffix = st.text_input(t("Suffix for columns of the right that the left has too"), step.suffix, key=f"{around.key}-suffix")
    pairs = tuple(On(str(line["left"]), str(line["right"])) for line in lines if line["left"] and line["right"])
    return replace(step, left=left, right=right, how=how, on=pairs, suffix=suffix)


def _aggregate(step: Aggregate, around: Around) -> Aggregate:
    source, columns = _input(step, around), around.columns(step.input)
    by = st.multiselect(
        t("Group by"),
        list(dict.fromkeys([*step.by, *columns])),
        list(step.by),
        key=f"{around.key}-by",
        placeholder=t("Choose columns"),
    )
    frame = pd.DataFrame(
        [(m.name, m.function, m.column or None, m.share) for m in step.measures], columns=["name", "function", "column", "share"]
    )
    config = {
        "name": st.column_config.TextColumn(t("Name"), required=True),
        "function": st.column_config.SelectboxColumn(t("Function"), options=list(get_args(Function)), required=True),
        "column": st.column_config.SelectboxColumn(t("Column"), options=columns, help=t("Leave empty to count rows.")),
        "share": st.column_config.NumberColumn(t("Share (quantile)"), min_value=0.0, max_value=1.0),
    }
    lines = _edited(frame, config, f"{around.key}-measures")
    having = st.text_input(t("Keep the groups where"), step.having, key=f"{around.key}-having", placeholder="rows > 10")
    measures = tuple(
        Measure(str(x["name"]), x["function"], x["column"] or "", x["share"]) for x in lines if x["name"] and x["function"]
    )
    return replace(step, input=source, by=tuple(by), measures=measures, having=having.strip())


def _window(step: Window, around: Around) -> Window:
    source, columns = _input(step, around), around.columns(step.input)
    fields = ["name", "function", "column", "partition", "order", "descending", "offset", "before", "after"]
    config = {
        "name": st.column_config.TextColumn(t("Name"), required=True),
        "function": st.column_config.SelectboxColumn(t("Function"), options=list(get_args(WindowFunction)), required=True),
        "column": st.column_config.SelectboxColumn(t("Column"), options=columns),
        "partition": st.column_config.MultiselectColumn(t("Within each"), options=columns),
        "order": st.column_config.MultiselectColumn(t("In the order of"), options=columns),
        "descending": st.column_config.CheckboxColumn(t("Descending")),
        "offset": st.column_config.NumberColumn(t("Offset (lag, lead)"), min_value=0, step=1),
        "before": st.column_config.NumberColumn(
            t("Rows before"), min_value=0, step=1, help=t("A moving window; leave both empty for none.")
        ),
        "after": st.column_config.NumberColumn(t("Rows after"), min_value=0, step=1),
    }
    frame = pd.DataFrame([_window_line(one) for one in step.columns], columns=fields)
    lines = _edited(frame, config, f"{around.key}-window")
    return replace(step, input=source, columns=tuple(_window_column(line) for line in lines if line["name"] and line["function"]))


def _window_line(one: WindowColumn) -> tuple:
    frame, descending = one.frame, bool(one.order_by) and one.order_by[0].descending
    order = [key.column for key in one.order_by]
    return (
        one.name,
        one.function,
        one.column or None,
        list(one.partition_by),
        order,
        descending,
        one.offset,
        frame and frame.before,
        frame and frame.after,
    )


def _window_column(line: dict[str, Any]) -> WindowColumn:
    order = tuple(Order(name, bool(line["descending"])) for name in line["order"] or ())
    before, after = line["before"], line["after"]
    frame = None if before is None and after is None else Frame(None if before is None else int(before), int(after or 0))
    offset = 1 if line["offset"] is None else int(line["offset"])
    return WindowColumn(
        str(line["name"]), line["function"], line["column"] or "", tuple(line["partition"] or ()), order, offset, frame
    )


def _sort(step: Sort, around: Around) -> Sort:
    source = _input(step, around)
    frame = pd.DataFrame(
        [(key.column, key.descending, key.nulls_first) for key in step.by], columns=["column", "descending", "nulls_first"]
    )
    config = {
        "column": st.column_config.SelectboxColumn(t("Column"), options=around.columns(step.input), required=True),
        "descending": st.column_config.CheckboxColumn(t("Descending")),
        "nulls_first": st.column_config.CheckboxColumn(t("Nulls first")),
    }
    lines = _edited(frame, config, f"{around.key}-sort")
    limit = st.number_input(
        t("Keep only the first rows"), 0, None, step.limit, 100, key=f"{around.key}-limit", placeholder=t("all")
    )
    by = tuple(Order(str(x["column"]), bool(x["descending"]), bool(x["nulls_first"])) for x in lines if x["column"])
    return replace(step, input=source, by=by, limit=limit)


def _target(step: Sink, around: Around) -> Sink:
    """What a sink writes to is chosen outside its form: the fields of the form hang on it."""
    names = {
        "file": t("a file"),
        "postgres": "PostgreSQL",
        "clickhouse": "ClickHouse",
        "s3": "S3",
        "hdfs": "HDFS",
        "kafka": "Kafka",
        "spark": "Spark",
    }
    target = st.selectbox(
        t("Write to"), list(names), list(names).index(step.target), key=f"{around.key}-target", format_func=names.get
    )
    return replace(step, target=target)


def _sink(step: Sink, around: Around) -> Sink:
    source = _input(step, around)
    path, connection, table = step.path, step.connection, step.table
    if step.target != "file":
        saved = [name for kind, name in around.connections if kind == step.target]
        options = list(dict.fromkeys(["", *saved, connection]))
        connection = st.selectbox(t("Saved connection"), options, options.index(connection), key=f"{around.key}-connection")
        if not saved:
            st.caption(t("No connection of this kind is saved yet: the Connect step saves one."))
    if step.target in ("file", "s3", "hdfs"):
        hint = {"s3": "bucket/folder/summary.parquet", "hdfs": "folder/summary.parquet"}.get(step.target, "summary.parquet")
        path = st.text_input(t("File: .parquet, .csv or .ndjson"), path, key=f"{around.key}-path", placeholder=hint).strip()
    else:
        label, hint = (t("Topic"), "summary") if step.target == "kafka" else (t("Table"), "schema.summary")
        table = st.text_input(label, table, key=f"{around.key}-to-table", placeholder=hint).strip()
    modes = {
        "replace": t("replace what is there"),
        "append": t("add to what is there"),
        "upsert": t("change rows with the same keys, add the others"),
    }
    options = list(get_args(LoadMode))
    mode = st.selectbox(t("How"), options, options.index(step.mode), key=f"{around.key}-mode", format_func=modes.get)
    columns = around.columns(step.input)
    keys = st.multiselect(
        t("Keys"),
        list(dict.fromkeys([*step.keys, *columns])),
        list(step.keys),
        key=f"{around.key}-keys",
        help=t("Only to change rows: the columns that tell one row from another."),
    )
    return replace(step, input=source, path=path, connection=connection, table=table, mode=mode, keys=tuple(keys))


def _edited(frame: pd.DataFrame, config: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A table with rows that can be added and removed; missing cells come back as None."""
    edited = st.data_editor(
        frame, hide_index=True, num_rows="dynamic", column_config=config, key=key, width="stretch", placeholder="—"
    )
    return [{name: _cell(value) for name, value in line.items()} for line in edited.to_dict("records")]


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or (hasattr(value, "tolist") and getattr(value, "ndim", 0)):
        return list(value)
    return None if value is None or value != value or value == "" else value


def _help() -> str:
    return t("An SQL expression as DuckDB knows it, over the columns of the input.")


def _known(around: Around, node: str) -> None:
    names = around.columns(node)
    if names:
        st.caption(t("Columns:") + " " + ", ".join(f"`{name}`" for name in names[:40] if "`" not in name))


_FORMS: dict[str, Callable[[Any, Around], Step]] = {
    "source": _source,
    "filter": _filter,
    "derive": _derive,
    "join": _join,
    "aggregate": _aggregate,
    "window": _window,
    "sort": _sort,
    "sink": _sink,
}
