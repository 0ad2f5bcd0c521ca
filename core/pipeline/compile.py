"""A checked pipeline as SQL: a CTE a step, so that a person finds each step again in the query."""

from __future__ import annotations

from sqlglot import exp

from core.engines.duck import name
from core.models.pipeline import CheckedPipeline, Pipeline, Sink, Source, Step
from core.pipeline import steps
from core.pipeline.relation import Relation


def nodes_of(pipeline: Pipeline) -> dict[str, Step]:
    """Node id → step."""
    return {node.id: node for node in pipeline.nodes}


def relation_names(pipeline: Pipeline) -> dict[str, str]:
    """Node id → what it is called in SQL: a source is its table; a step is its id, kept apart from the tables' names."""
    taken = {node.table.casefold() for node in pipeline.nodes if isinstance(node, Source)}
    names: dict[str, str] = {}
    for node in pipeline.nodes:
        if isinstance(node, Source):
            names[node.id] = node.table
            continue
        free = node.id
        while free.casefold() in taken:
            free += "_"
        taken.add(free.casefold())
        names[node.id] = free
    return names


def ancestors(pipeline: Pipeline, node: str) -> list[str]:
    """The ids a node is made of, inputs first, itself last."""
    known, found = nodes_of(pipeline), []

    def visit(one: str) -> None:
        if one not in found:
            for before in steps.inputs(known[one]):
                visit(before)
            found.append(one)

    visit(node)
    return found


def query_of(checked: CheckedPipeline, node: str) -> exp.Query:
    """The SELECT of one node over the relations of its inputs."""
    step, names = nodes_of(checked.pipeline)[node], relation_names(checked.pipeline)
    given = steps.inputs(step) or (node,)
    return steps.query(step, tuple(Relation(names[one], checked.columns(one) or ()) for one in given))


def whole(checked: CheckedPipeline, node: str) -> exp.Query:
    """The query of a node from the tables up. Raises `Fault` for a node that is not sound."""
    known, names = nodes_of(checked.pipeline), relation_names(checked.pipeline)
    if isinstance(known[node], Sink):
        node = known[node].input
    *before, last = ancestors(checked.pipeline, node)
    select = query_of(checked, last)
    for one in before:
        if not isinstance(known[one], Source):
            select = select.with_(name(names[one]), as_=query_of(checked, one), dialect="duckdb")
    return select


def ends(pipeline: Pipeline) -> list[str]:
    """Nodes that no other reads, in the order of the pipeline."""
    read = {one for node in pipeline.nodes for one in steps.inputs(node)}
    return [node.id for node in pipeline.nodes if node.id not in read]


def sql(checked: CheckedPipeline, node: str | None = None) -> str:
    """The SQL of one node, or of every end of the pipeline, laid out for reading. Nodes that are not sound are left out."""
    wanted = [node] if node else ends(checked.pipeline)
    sound = [one for one in wanted if checked.columns(one) is not None]
    return "\n\n".join(whole(checked, one).sql(dialect="duckdb", pretty=True) + ";" for one in sound)
