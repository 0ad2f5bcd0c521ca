"""Whether a pipeline fits the tables: structure first, then every step bound by DuckDB's own binder on empty tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import duckdb
from sqlglot import exp

from core.engines.duck import duck, fetch, name
from core.engines.duck import sql as text
from core.models.pipeline import CheckedNode, CheckedPipeline, Pipeline, Problem, Sink, Source, Step
from core.models.source import Column
from core.pipeline import steps
from core.pipeline.compile import nodes_of, relation_names
from core.pipeline.faults import Fault, near
from core.pipeline.relation import Relation
from core.words import msg

Tables = Mapping[str, tuple[Column, ...]]


def check(pipeline: Pipeline, tables: Tables) -> CheckedPipeline:
    """The columns of every node, in the order of the flow, and every problem. No row is read.

    A node whose input is not sound has no columns and no problem of its own: the first cause is what is shown.
    """
    problems = list(_structure(pipeline, tables))
    if problems:
        return CheckedPipeline(pipeline, tuple(CheckedNode(node.id, None) for node in pipeline.nodes), tuple(problems))
    known, found = nodes_of(pipeline), {}
    with duck() as connection:
        connection.execute("SET enable_external_access = false")
        for node in flow(pipeline):
            found[node] = _bound(connection, known[node], pipeline, tables, found, problems)
    return CheckedPipeline(pipeline, tuple(CheckedNode(*item) for item in found.items()), tuple(problems))


def flow(pipeline: Pipeline) -> list[str]:
    """Node ids with every input before its readers; nodes of a cycle are left out."""
    waiting = {node.id: set(steps.inputs(node)) for node in pipeline.nodes}
    order: list[str] = []
    while ready := [one for one, before in waiting.items() if not before - set(order)]:
        order += ready
        for one in ready:
            del waiting[one]
    return order


def _structure(pipeline: Pipeline, tables: Tables) -> Iterator[Problem]:
    """What is wrong with the graph itself."""
    if not pipeline.nodes:
        yield Problem("", msg("The pipeline has no steps."), msg("Add a source, then what should happen to its rows."))
    ids = [node.id for node in pipeline.nodes]
    folded = [one.casefold() for one in ids]
    for one in dict.fromkeys(ids):
        if not one.strip():
            yield Problem("", msg("A step has no id."), msg("Give every step an id."))
        elif folded.count(one.casefold()) > 1:
            yield Problem(one, msg("Two steps have the id {id}.", id=one), msg("Give every step an id of its own."))
    for node in pipeline.nodes:
        yield from _node_structure(node, ids, tables)
    if not any(True for node in pipeline.nodes for one in steps.inputs(node) if one not in ids):
        for one in set(ids) - set(flow(pipeline)):
            yield Problem(one, msg("The step reads its own result."), msg("Remove one of the connections of the circle."))
    yield from _same_target(pipeline)


def _node_structure(node: Step, ids: list[str], tables: Tables) -> Iterator[Problem]:
    if isinstance(node, Source) and node.table not in tables:
        yield Problem(
            node.id,
            msg("There is no table {name} in the project.", name=node.table or "—"),
            msg("Did you mean {names}?", names=near(node.table, tables)),
        )
    for one in steps.inputs(node):
        if one not in ids:
            yield Problem(
                node.id,
                msg("Its input {name} does not exist.", name=one or "—"),
                msg("Connect it to one of {names}.", names=near(one, [known for known in ids if known != node.id])),
            )


def _same_target(pipeline: Pipeline) -> Iterator[Problem]:
    places: dict[tuple[str, str, str], str] = {}
    for node in pipeline.nodes:
        if isinstance(node, Sink):
            place = (node.target, node.path if node.target == "file" else node.connection, node.table)
            if place in places and node.mode == "replace":
                yield Problem(
                    node.id,
                    msg("It writes to the same place as {other}.", other=places[place]),
                    msg("Choose another file or table."),
                )
            places.setdefault(place, node.id)


def _bound(
    connection: duckdb.DuckDBPyConnection,
    node: Step,
    pipeline: Pipeline,
    tables: Tables,
    found: dict[str, tuple[Column, ...] | None],
    problems: list[Problem],
) -> tuple[Column, ...] | None:
    names = relation_names(pipeline)
    if isinstance(node, Source):
        _empty_table(connection, names[node.id], tables[node.table])
        return tables[node.table]
    given = steps.inputs(node)
    if any(found[one] is None for one in given):
        return None
    try:
        select = steps.query(node, tuple(Relation(names[one], found[one]) for one in given))
        view = exp.Create(this=exp.Table(this=name(names[node.id])), kind="VIEW", expression=select)
        connection.execute(text(view))
        described = fetch(connection, exp.Describe(this=exp.select("*").from_(exp.Table(this=name(names[node.id])))))
    except Fault as fault:
        problems.append(Problem(node.id, fault.what, fault.fix))
        return None
    except duckdb.Error as error:
        problems.append(_refused(node, error, found[given[0]]))
        return None
    return tuple(Column(row["column_name"], row["column_type"]) for row in described.to_pylist())


def _empty_table(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...]) -> None:
    defs = [exp.ColumnDef(this=name(one.name), kind=exp.DataType.build(one.type, dialect="duckdb", udt=True)) for one in columns]
    made = exp.Create(this=exp.Schema(this=exp.Table(this=name(table)), expressions=defs), kind="TABLE", exists=True)
    connection.execute(text(made))


def _refused(node: Step, error: duckdb.Error, columns: tuple[Column, ...]) -> Problem:
    """DuckDB's own words, without the query they point into."""
    said = re.sub(r"^\w[\w ]* Error: ", "", str(error)).split("\n\nLINE")[0].strip()
    types = ", ".join(f"{one.name} {one.type}" for one in columns[:12])
    return Problem(
        node.id,
        msg("DuckDB cannot use it: {error}", error=said),
        msg("Its input has {columns}. CAST(column AS type) makes one type of another.", columns=types),
    )
