"""Changes to a pipeline as the editor makes them: each takes a pipeline and gives another. What is not sound is left for the check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.engines.duck import column as named
from core.engines.duck import sql
from core.models.pipeline import (
    Aggregate,
    Derive,
    Filter,
    Join,
    Measure,
    Order,
    Pipeline,
    Sink,
    Sort,
    Source,
    Step,
    Window,
    WindowColumn,
)
from core.pipeline import steps
from core.pipeline.expressions import not_null
from core.pipeline.relation import free_name

STEP_X, STEP_Y, LEFT, TOP = 210.0, 110.0, 40.0, 40.0

# A new step of each kind: id, input and a column of that input → step.
_NEW: dict[str, Callable[[str, str, str], Step]] = {
    "source": lambda id_, table, _: Source(id_, table),
    "filter": lambda id_, before, column: Filter(id_, before, not_null(column)),
    "derive": lambda id_, before, column: Derive(id_, before, {"new_column": sql(named(column))}),
    "join": lambda id_, before, _: Join(id_, before, ""),
    "aggregate": lambda id_, before, column: Aggregate(id_, before, (Measure("rows", "count"),), (column,)),
    "window": lambda id_, before, column: Window(id_, before, (WindowColumn("place", "row_number", order_by=(Order(column),)),)),
    "sort": lambda id_, before, column: Sort(id_, before, (Order(column),)),
    "sink": lambda id_, before, _: Sink(id_, before, path=f"{id_}.parquet"),
}
KINDS = tuple(_NEW)


def new(pipeline: Pipeline, kind: str, after: str, column: str = "") -> tuple[Pipeline, str]:
    """Add a step behind `after` (a table's name for a source); returns the pipeline and the id of the step."""
    taken = {node.id.casefold() for node in pipeline.nodes}
    wanted = after if kind == "source" and after.strip() else kind
    free = free_name(wanted, lambda one: one.casefold() in taken)
    made = replace(pipeline, nodes=(*pipeline.nodes, _NEW[kind](free, after, column)))
    places = placed(pipeline)
    x, y = (
        places.get(after, (LEFT - STEP_X, TOP))
        if kind != "source"
        else (LEFT - STEP_X, max((y for _, y in places.values()), default=TOP - STEP_Y) + STEP_Y)
    )
    spot = (x + STEP_X, y)
    while any(abs(spot[0] - one) < STEP_X / 2 and abs(spot[1] - other) < STEP_Y / 2 for one, other in places.values()):
        spot = (spot[0], spot[1] + STEP_Y)
    return replace(made, layout={**places, free: spot}), free


def put(pipeline: Pipeline, node: str, step: Step) -> Pipeline:
    """Put `step` in place of a node; what read the node reads the new id."""
    nodes = tuple(step if one.id == node else _reading(one, {node: step.id}) for one in pipeline.nodes)
    layout = {step.id if one == node else one: place for one, place in pipeline.layout.items()}
    return replace(pipeline, nodes=nodes, layout=layout)


def remove(pipeline: Pipeline, node: str) -> Pipeline:
    """Take a node out. What read it reads its input instead, where it had exactly one."""
    gone = next(one for one in pipeline.nodes if one.id == node)
    before = steps.inputs(gone)
    instead = {node: before[0] if len(before) == 1 else ""}
    nodes = tuple(_reading(one, instead) for one in pipeline.nodes if one.id != node)
    return replace(pipeline, nodes=nodes, layout={one: place for one, place in pipeline.layout.items() if one != node})


def connect(pipeline: Pipeline, before: str, after: str) -> Pipeline:
    """Let `after` read `before`. A join takes its free side, or a new right side where it has none."""
    step = next(one for one in pipeline.nodes if one.id == after)
    if isinstance(step, Source) or before == after:
        return pipeline
    if isinstance(step, Join):
        made = replace(step, left=before) if not step.left else replace(step, right=before)
    else:
        made = replace(step, input=before)
    return replace(pipeline, nodes=tuple(made if one.id == after else one for one in pipeline.nodes))


def disconnect(pipeline: Pipeline, before: str, after: str) -> Pipeline:
    """Let `after` no longer read `before`."""
    return replace(pipeline, nodes=tuple(_reading(one, {before: ""}) if one.id == after else one for one in pipeline.nodes))


def move(pipeline: Pipeline, node: str, x: float, y: float) -> Pipeline:
    """Draw a node somewhere else."""
    return replace(pipeline, layout={**placed(pipeline), node: (round(max(x, 0.0), 1), round(max(y, 0.0), 1))})


def placed(pipeline: Pipeline) -> dict[str, tuple[float, float]]:
    """Where each node is drawn: as the layout says; the others by their distance from the sources, one below the other."""
    known = {node.id: node for node in pipeline.nodes}
    places = {node: place for node, place in pipeline.layout.items() if node in known}
    depths: dict[str, int] = {}
    for _ in known:
        for node in pipeline.nodes:
            depths[node.id] = max((depths.get(one, 0) + 1 for one in steps.inputs(node) if one in known), default=0) % (
                len(known) + 1
            )
    lanes: dict[int, int] = {}
    for node in pipeline.nodes:
        depth = depths.get(node.id, 0)
        if node.id not in places:
            places[node.id] = (LEFT + STEP_X * depth, TOP + STEP_Y * lanes.get(depth, 0))
        lanes[depth] = lanes.get(depth, 0) + 1
    return places


def edges(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    """(input, node) of every connection."""
    known = {node.id for node in pipeline.nodes}
    return tuple((one, node.id) for node in pipeline.nodes for one in steps.inputs(node) if one in known)


def _reading(step: Step, instead: dict[str, str]) -> Step:
    """The step with its inputs exchanged."""
    if isinstance(step, Source):
        return step
    if isinstance(step, Join):
        return replace(step, left=instead.get(step.left, step.left), right=instead.get(step.right, step.right))
    return replace(step, input=instead.get(step.input, step.input))
