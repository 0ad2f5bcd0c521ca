"""The SQL of a check for a table that lives in a database: the rows that break it, in the database's dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from core.models.quality import Check, Rule
from core.profile.quality.kind import NOW
from core.profile.quality.kinds import BY_NAME
from core.words import Msg, msg

Source = Callable[[str], exp.Expression]
"""What a database calls a table, as an expression to select from."""


class Unsuitable(Exception):
    """A check that a tool or a dialect cannot say; `why` is for the reader."""

    def __init__(self, why: Msg) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True, slots=True)
class Named:
    """A check with the name it has in every tool, and its words."""

    check: Check
    name: str
    text: str

    @property
    def rule(self) -> Rule:
        return self.check.rule


def tables(schema: str = "") -> Source:
    """Tables by their own names, in a schema where one is given."""
    return lambda table: exp.Table(this=_quoted(table), db=_quoted(schema) if schema else None)


def _quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def rows(check: Check, source: Source, dialect: str) -> str:
    """The rows that break a check. Raises `Unsuitable`."""
    return in_dialect(_broken(check, source), dialect)


def excess(check: Check, source: Source, dialect: str) -> str:
    """The rows that break a check where they are more than may, else none. Raises `Unsuitable`."""
    broken = _broken(check, source)
    if not check.most or BY_NAME[check.rule.kind].of == "once":
        return in_dialect(broken, dialect)
    count = exp.select(exp.Count(this=exp.Star())).from_(exp.to_identifier("broken"))
    may = exp.Mul(this=exp.Literal.number(check.most), expression=exp.paren(tested(check, source).subquery()))
    query = exp.select("*").from_("broken").where(exp.GT(this=count.subquery(), expression=may)).with_("broken", as_=broken)
    return in_dialect(query, dialect)


def tested(check: Check, source: Source) -> exp.Select:
    """The number of rows a check is asked of."""
    kind = BY_NAME[check.rule.kind]
    query = exp.select(exp.Count(this=exp.Star())).from_(source(check.rule.table))
    if kind.of in ("rows", "once") or not check.rule.columns:
        return query
    asked = check.rule.columns[:1] if kind.of == "first" else check.rule.columns
    return query.where(*(exp.Not(this=exp.Is(this=exp.column(_quoted(name)), expression=exp.null())) for name in asked))


def condition(check: Check, dialect: str) -> str | None:
    """The condition of a row that breaks a check, or None where no single row can be asked. Raises `Unsuitable`."""
    breaks = BY_NAME[check.rule.kind].breaks
    return in_dialect(breaks(check.rule, NOW), dialect) if breaks else None


def _broken(check: Check, source: Source) -> exp.Select:
    kind = BY_NAME[check.rule.kind]
    if kind.rows is not None:
        return kind.rows(check.rule, source, NOW)
    assert kind.breaks is not None
    return exp.select("*").from_(source(check.rule.table)).where(kind.breaks(check.rule, NOW))


def in_dialect(tree: exp.Expression, dialect: str) -> str:
    """The SQL of a tree that was built for DuckDB. Raises `Unsuitable` for a pattern the dialect does not know."""
    if dialect == "postgres":
        tree = tree.transform(_for_postgres)
    return tree.sql(dialect=dialect, pretty=True)


def _for_postgres(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name == "regexp_full_match":
        column, pattern = node.expressions
        written = pattern.name.replace(r"\p{Lu}", "[[:upper:]]").replace(r"\p{L}", "[[:alpha:]]")
        if r"\p" in written or "(?i" in written[1:]:
            raise Unsuitable(msg("PostgreSQL does not know a part of its pattern"))
        case, written = ("(?i)", written[4:]) if written.startswith("(?i)") else ("", written)
        return exp.RegexpLike(this=column, expression=exp.Literal.string(f"{case}^(?:{written})$"))
    return node


def by_name(rule: Rule) -> bool:
    """Whether a tool may be given the names of a rule's columns: none of them doubles a quote in a name."""
    return not any('"' in name for name in rule.columns)
