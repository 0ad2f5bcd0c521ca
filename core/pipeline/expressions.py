"""Conditions and derived columns that a person writes: one scalar expression over the columns of the input, nothing else."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from core.engines.duck import column as named
from core.engines.duck import duck, fetch, name, sql
from core.pipeline.faults import Fault
from core.pipeline.relation import Relation, fold
from core.words import Msg, msg

# What would make an expression more than a function of one row, and what to use instead.
_ELSEWHERE: tuple[tuple[type[exp.Expression], Msg], ...] = (
    (exp.Query, msg("Use a join step to look into another table.")),
    (exp.Table, msg("Use a join step to look into another table.")),
    (exp.Window, msg("Use a window step for it.")),
    (exp.AggFunc, msg("Use an aggregate step for it.")),
    (exp.Star, msg("Name the columns.")),
    (exp.Columns, msg("Name the columns.")),
    (
        exp.UDTF,
        msg("An expression gives one value for each row; take an element of the list, such as {example}.", example="tags[1]"),
    ),
    (
        exp.Explode,
        msg("An expression gives one value for each row; take an element of the list, such as {example}.", example="tags[1]"),
    ),
    (exp.Placeholder, msg("Write the value itself.")),
    (exp.Parameter, msg("Write the value itself.")),
    (exp.Command, msg("Write one expression.")),
)
# Functions that look at the machine or the session rather than at the row.
_OUTSIDE = (
    "getenv",
    "getvariable",
    "current_setting",
    "set_config",
    "nextval",
    "currval",
    "read_",
    "pg_",
    "duckdb_",
    "query",
    "write_log",
)
# Functions that make a long value of a short one, as long as a number in them says.
_GROWS = ("repeat", "pad", "bar", "range", "generate_series", "list_resize", "array_resize")
LONGEST = 1_000_000
# Macros of DuckDB that hide an UNNEST.
_SETS = ("generate_subscripts", "regexp_split_to_table")


def not_null(column: str) -> str:
    """The text of a condition: the column is not null."""
    return sql(exp.Not(this=exp.Is(this=named(column), expression=exp.Null())))


def scalar(text: str, given: Relation) -> exp.Expression:
    """The expression with its columns bound to the input. Raises `Fault` where it is not one scalar expression.

    DuckDB's dialect is read and written; the check binds the result with DuckDB itself afterwards.
    """
    if not text.strip():
        raise Fault(msg("An expression is empty."), msg("Write one, such as {example}.", example="price * 1.2"))
    tree = _parsed(text)
    for node in tree.walk():
        _refuse_elsewhere(node)
    _bind(tree, given)
    return tree


def _parsed(text: str) -> exp.Expression:
    fix = msg("Write one SQL expression as DuckDB knows it, for example {example}.", example="price > 10 AND city IS NOT NULL")
    try:
        found = [tree for tree in sqlglot.parse(text, dialect="duckdb") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        raise Fault(msg("The expression {text} cannot be read: {error}", text=text, error=_plainly(error)), fix) from error
    if (twice := _two_comparisons(text)) is not None:
        raise Fault(msg("The expression {text} cannot be read: {error}", text=text, error=twice), fix)
    if len(found) != 1 or isinstance(found[0], (exp.Alias, exp.DDL, exp.DML)):
        raise Fault(msg("{text} is not one expression.", text=text), fix)
    return found[0]


def _refuse_elsewhere(node: exp.Expression) -> None:
    for kind, fix in _ELSEWHERE:
        # count(*) inside an expression is an aggregate first: its star must not be what is complained about.
        if isinstance(node, kind) and not (isinstance(node, exp.Star) and isinstance(node.parent, exp.AggFunc)):
            raise Fault(msg("{text} does not belong into an expression.", text=node.sql(dialect="duckdb")), fix)
    if isinstance(node, exp.Func):
        called = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        _refuse_function(called.lower())
        if called.lower() in _GROWS and any(_number(one) > LONGEST for one in node.args.values()):
            raise Fault(
                msg("{name} would make a value of more than {n} characters or elements in every row.", name=called, n=LONGEST),
                msg("Write a smaller number."),
            )


def _number(node: object) -> float:
    """A whole number that is written out, 0 for all else."""
    parts = node if isinstance(node, list) else [node]
    written = [one.name for one in parts if isinstance(one, exp.Literal) and not one.is_string]
    return max((float(text) for text in written), default=0.0)


def _refuse_function(called: str) -> None:
    if called.startswith(_OUTSIDE):
        raise Fault(
            msg("The function {name} looks outside the row.", name=called), msg("Use the columns of the input and plain values.")
        )
    if called in _aggregates():
        raise Fault(msg("{name} sums up rows.", name=called), msg("Use an aggregate step for it."))
    if called in _SETS:
        raise Fault(msg("{name} makes several rows of one.", name=called), msg("Use functions that give one value for each row."))


@cache
def _aggregates() -> frozenset[str]:
    """Every aggregate DuckDB has: sqlglot knows only some of them as such, and one in a derive step would swallow the rows."""
    with duck() as connection:
        found = fetch(connection, "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'")
    return frozenset(found.column(0).to_pylist())


def _plainly(error: Exception) -> Msg:
    """What the parser stumbled on, and where: its own words name its classes."""
    if isinstance(error, RecursionError):
        return msg("it is nested too deeply")
    errors = getattr(error, "errors", None)
    if not errors:
        return msg("a quote or a bracket is not closed")
    said, here = str(errors[0].get("description")), str(errors[0].get("highlight"))
    place = {"here": here, "n": int(errors[0].get("col") or 0)}
    if said.startswith("Expecting )") or said.endswith("]"):
        return msg("a bracket is not closed at {here} (character {n})", **place)
    if said.startswith("Required keyword"):
        return msg("something is missing before or after {here} (character {n})", **place)
    if "END after CASE" in said:
        return msg("a CASE has no END (character {n})", n=place["n"])
    return msg("{here} is not expected there (character {n})", **place)


def _two_comparisons(text: str) -> Msg | None:
    """`> >` and `< <` with a space, which the parser takes for a shift of bits."""
    tokens = sqlglot.tokenize(text, dialect="duckdb")
    for one, other in pairwise(tokens):
        if one.token_type == other.token_type and one.token_type in (TokenType.GT, TokenType.LT) and other.start > one.end + 1:
            return msg("something is missing before or after {here} (character {n})", here=other.text, n=other.col)
    return None


def _bind(tree: exp.Expression, given: Relation) -> None:
    """Quote every column as the input spells it. `a.b` is a field of the nested column `a`; names of a lambda are its own."""
    own = {fold(one.name) for one in tree.find_all(exp.Lambda) for one in one.expressions}
    for found in list(tree.find_all(exp.Column)):
        first = found.parts[0]
        if fold(first.name) in own:
            continue
        first.replace(name(given.find(first.name).name))
