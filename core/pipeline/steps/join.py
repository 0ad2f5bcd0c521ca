"""Two inputs brought together. The join columns appear once, under the left side's names."""

from __future__ import annotations

from sqlglot import exp

from core.engines.duck import column
from core.models.pipeline import Join
from core.models.types import Family, family
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation, aliased, fold, free_of_doubles
from core.words import msg

LEFT, RIGHT = "l", "r"
# Families whose values compare with one another as they are.
_ALIKE: tuple[frozenset[Family], ...] = (frozenset({"integer", "decimal", "float"}), frozenset({"date", "timestamp"}))


def inputs(step: Join) -> tuple[str, ...]:
    return (step.left, step.right)


def query(step: Join, given: tuple[Relation, ...]) -> exp.Query:
    left, right = given
    _comparable(step, left, right)
    select = exp.select(*_columns(step, left, right)).from_(left.table(LEFT))
    how = "full outer" if step.how == "full" else step.how
    return select.join(right.table(RIGHT), on=_condition(step, left, right), join_type=how)


def _condition(step: Join, left: Relation, right: Relation) -> exp.Expression | None:
    if step.how == "cross":
        if step.on:
            raise Fault(msg("A cross join takes no columns."), msg("Remove the pairs, or choose another kind of join."))
        return None
    if not step.on:
        raise Fault(msg("The join has no columns."), msg("Add at least one pair of columns, or choose a cross join."))
    return exp.and_(*(exp.EQ(this=left.column(on.left, LEFT), expression=right.column(on.right, RIGHT)) for on in step.on))


def _comparable(step: Join, left: Relation, right: Relation) -> None:
    for on in step.on:
        one, other = left.find(on.left), right.find(on.right)
        families = {family(one.type), family(other.type)}
        if len(families) > 1 and not any(families <= alike for alike in _ALIKE):
            raise Fault(
                msg(
                    "{left} is {left_type} and {right} is {right_type}: they cannot be compared.",
                    left=one.name,
                    left_type=one.type,
                    right=other.name,
                    right_type=other.type,
                ),
                msg(
                    "Make them the same in a derive step before, for example {example}.",
                    example=f"CAST({one.name} AS {other.type})",
                ),
            )


def _columns(step: Join, left: Relation, right: Relation) -> list[exp.Expression]:
    """Left columns, then right columns without the join columns; where the left may be missing, its join columns come from the right."""
    if step.how in ("semi", "anti"):
        return [column(name, LEFT) for name in left.names]
    pairs = {left.find(on.left).name: right.find(on.right).name for on in step.on}
    outer = step.how in ("right", "full")
    kept = [_key(name, pairs[name]) if outer and name in pairs else column(name, LEFT) for name in left.names]
    taken = {fold(name) for name in left.names}
    added = [
        (name, f"{name}{step.suffix}" if fold(name) in taken else name) for name in right.names if name not in pairs.values()
    ]
    free_of_doubles([*left.names, *(new for _, new in added)], msg("Choose another suffix for the columns of the right side."))
    return [*kept, *(aliased(column(name, RIGHT), new) for name, new in added)]


def _key(left: str, right: str) -> exp.Expression:
    return aliased(exp.Coalesce(this=column(left, LEFT), expressions=[column(right, RIGHT)]), left)
