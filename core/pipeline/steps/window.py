"""Columns computed over the neighbours of each row."""

from __future__ import annotations

from sqlglot import exp

from core.models.pipeline import Frame, Window, WindowColumn
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation, aliased, free_of_doubles
from core.pipeline.steps.aggregate import FUNCTIONS
from core.pipeline.steps.sort import ordered
from core.words import msg

_RANKS = {"row_number": exp.RowNumber, "rank": exp.Rank, "dense_rank": exp.DenseRank}
_SHIFTS = {"lag": exp.Lag, "lead": exp.Lead}
_EDGES = {"first_value": exp.FirstValue, "last_value": exp.LastValue}
_UNBOUNDED = Frame(None, None)


def inputs(step: Window) -> tuple[str, ...]:
    return (step.input,)


def query(step: Window, given: tuple[Relation, ...]) -> exp.Query:
    source = given[0]
    if not step.columns:
        raise Fault(msg("It adds no column."), msg("Add a window column, or remove the step."))
    new = [one.name for one in step.columns]
    free_of_doubles([*source.names, *new], msg("Give each window column a name that the input does not have."))
    kept = [source.column(name) for name in source.names]
    return exp.select(*kept, *(aliased(_over(one, source), one.name) for one in step.columns)).from_(source.table())


def _over(one: WindowColumn, source: Relation) -> exp.Window:
    if not one.order_by and (one.function in _RANKS or one.function in _SHIFTS or one.function in _EDGES):
        raise Fault(
            msg("{function} needs an order: without one its result is a matter of chance.", function=one.function),
            msg("Add a column to order by; make it unique where ties must not be decided by chance."),
        )
    order = exp.Order(expressions=[ordered(key, source) for key in one.order_by]) if one.order_by else None
    parts = [source.column(name) for name in one.partition_by]
    return exp.Window(this=_function(one, source), partition_by=parts, order=order, spec=_frame(one), over="OVER")


def _function(one: WindowColumn, source: Relation) -> exp.Expression:
    if one.function in _RANKS:
        return _RANKS[one.function]()
    if one.function == "count" and not one.column:
        return exp.Count(this=exp.Star())
    column = source.column(one.column)
    if one.function in _SHIFTS:
        if one.offset < 0:
            raise Fault(msg("The offset is below 0."), msg("Use lag to look back and lead to look ahead."))
        return _SHIFTS[one.function](this=column, offset=exp.Literal.number(one.offset))
    return _EDGES[one.function](this=column) if one.function in _EDGES else FUNCTIONS[one.function](column)


def _frame(one: WindowColumn) -> exp.WindowSpec | None:
    """Rows around the current one. First and last value see the whole partition unless a frame is given; SQL's own default would

    end at the current row, which makes last_value the row itself.
    """
    frame = one.frame or (_UNBOUNDED if one.function in _EDGES else None)
    if frame is None or one.function in _RANKS or one.function in _SHIFTS:
        return None
    if not one.order_by and frame != _UNBOUNDED:
        raise Fault(
            msg("A frame needs an order: without one the rows around a row are a matter of chance."),
            msg("Add a column to order by, or leave the frame out."),
        )
    if min(frame.before or 0, frame.after or 0) < 0:
        raise Fault(msg("A frame has a number of rows below 0."), msg("Count rows before and after the current one from 0."))
    start, end = _edge(frame.before, "PRECEDING"), _edge(frame.after, "FOLLOWING")
    return exp.WindowSpec(kind="ROWS", start=start[0], start_side=start[1], end=end[0], end_side=end[1])


def _edge(rows: int | None, side: str) -> tuple[str | exp.Expression, str | None]:
    if rows is None:
        return "UNBOUNDED", side
    return ("CURRENT ROW", None) if rows == 0 else (exp.Literal.number(rows), side)
