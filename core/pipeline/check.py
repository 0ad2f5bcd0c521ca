"""Whether a pipeline fits the tables: structure first, then every step bound by DuckDB's own binder on empty tables."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

import duckdb
from sqlglot import exp

from core.engines.duck import duck, fetch, name
from core.engines.duck import sql as text
from core.models.pipeline import Aggregate, CheckedNode, CheckedPipeline, Filter, Pipeline, Problem, Sink, Source, Step
from core.models.source import Column
from core.pipeline import steps
from core.pipeline.compile import nodes_of, relation_names
from core.pipeline.expressions import scalar
from core.pipeline.faults import Fault, near
from core.pipeline.relation import Relation
from core.pipeline.steps.aggregate import grouped
from core.pipeline.steps.sink import OF_FILES
from core.words import msg

CANDIDATES = 3
"""Functions that DuckDB names in place of one it does not have: it would list every one."""

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
        yield from _reads_a_sink(node, {one.id: one for one in pipeline.nodes if isinstance(one, Sink)})
    before = {node.id: steps.inputs(node) for node in pipeline.nodes}
    for one in before:
        if _reaches_itself(one, before):
            yield Problem(one, msg("The step reads its own result."), msg("Remove one of the connections of the circle."))
    yield from _same_target(pipeline)


def _reaches_itself(node: str, before: Mapping[str, tuple[str, ...]]) -> bool:
    seen: set[str] = set()
    waiting = list(before[node])
    while waiting:
        one = waiting.pop()
        if one == node:
            return True
        if one not in seen:
            seen.add(one)
            waiting += before.get(one, ())
    return False


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


def _reads_a_sink(node: Step, sinks: Mapping[str, Sink]) -> Iterator[Problem]:
    for one in steps.inputs(node):
        if one in sinks and one != node.id:
            yield Problem(
                node.id,
                msg("Its input {name} writes rows and gives none on.", name=one),
                msg("Connect it to {name}, which {sink} reads too.", name=sinks[one].input or "—", sink=one),
            )


def _same_target(pipeline: Pipeline) -> Iterator[Problem]:
    """Sinks that replace what a sink before them wrote, in the order of the run."""
    places: dict[tuple[str, ...], str] = {}
    known = nodes_of(pipeline)
    for node in (known[one] for one in flow(pipeline)):
        if isinstance(node, Sink):
            place = _place(node)
            if place in places and node.mode == "replace":
                yield Problem(
                    node.id,
                    msg("It writes to the same place as {other}.", other=places[place]),
                    msg("Choose another file or table."),
                )
            places.setdefault(place, node.id)


def _place(sink: Sink) -> tuple[str, ...]:
    if sink.target in OF_FILES:
        return sink.target, sink.connection, posixpath.normpath(sink.path)
    if sink.target == "kafka":  # a dot in the name of a topic is a dot
        return sink.target, sink.connection, sink.table
    schema, _, table = sink.table.rpartition(".")
    usual = {"postgres": "public", "spark": "default"}.get(sink.target, "")
    return sink.target, sink.connection, schema or usual, table


def _bound(
    connection: duckdb.DuckDBPyConnection,
    node: Step,
    pipeline: Pipeline,
    tables: Tables,
    found: dict[str, tuple[Column, ...] | None],
    problems: list[Problem],
) -> tuple[Column, ...] | None:
    names = relation_names(pipeline)
    given = steps.inputs(node)
    if any(found[one] is None for one in given):
        return None
    try:
        if isinstance(node, Source):
            _empty_table(connection, names[node.id], tables[node.table])
            return tables[node.table]
        relations = tuple(Relation(names[one], found[one]) for one in given)
        select = steps.query(node, relations)
        if isinstance(node, Filter):
            _true_or_false(connection, node.where, relations[0], relations[0].table())
        if isinstance(node, Aggregate) and node.having.strip():
            groups, out = grouped(node, relations[0])
            _true_or_false(connection, node.having, out, groups.subquery(out.name))
        view = exp.Create(this=exp.Table(this=name(names[node.id])), kind="VIEW", expression=select)
        connection.execute(text(view))
        described = fetch(connection, exp.Describe(this=exp.select("*").from_(exp.Table(this=name(names[node.id])))))
    except Fault as fault:
        problems.append(Problem(node.id, fault.what, fault.fix))
        return None
    except duckdb.Error as error:
        problems.append(_refused(node, error, tables[node.table] if isinstance(node, Source) else found[given[0]]))
        return None
    return tuple(Column(row["column_name"], row["column_type"]) for row in described.to_pylist())


def _true_or_false(connection: duckdb.DuckDBPyConnection, condition: str, given: Relation, rows: exp.Expression) -> None:
    """Raise `Fault` for a condition of another type: DuckDB would read text as a truth value, and stop at the first that is none."""
    asked = exp.select(scalar(condition, given)).from_(rows)
    kind = fetch(connection, exp.Describe(this=asked)).column("column_type")[0].as_py()
    if kind != "BOOLEAN":
        raise Fault(
            msg("The condition is {type}, neither true nor false.", type=kind),
            msg("Compare it with something, for example {example}.", example=f"{condition.strip()} IS NOT NULL"),
        )


def _empty_table(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...]) -> None:
    defs = [exp.ColumnDef(this=name(one.name), kind=exp.DataType.build(one.type, dialect="duckdb", udt=True)) for one in columns]
    made = exp.Create(this=exp.Schema(this=exp.Table(this=name(table)), expressions=defs), kind="TABLE", exists=True)
    connection.execute(text(made))


def plainly(error: duckdb.Error) -> str:
    """DuckDB's own words, without the kind of error and the query they point into."""
    said = re.sub(r"^\w[\w ]* Error: ", "", str(error)).split("\n\nLINE")[0].strip()
    said, _, candidates = said.partition("Candidate functions:")
    few = [line.strip() for line in candidates.splitlines() if line.strip()][:CANDIDATES]
    return said.strip() + (f" {', '.join(few)}" if few else "")


def _refused(node: Step, error: duckdb.Error, columns: tuple[Column, ...]) -> Problem:
    types = ", ".join(f"{one.name} {one.type}" for one in columns[:12])
    return Problem(
        node.id,
        msg("DuckDB cannot use it: {error}", error=plainly(error)),
        msg("Its input has {columns}. CAST(column AS type) makes one type of another.", columns=types),
    )
