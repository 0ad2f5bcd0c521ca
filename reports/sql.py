"""SQL as a reader can run it: over views that bear the names of the tables, never over files of one machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath

from sqlglot import Token, TokenType, exp, tokenize

from core.engines import duck
from core.models.profile import ColumnProfile, Profile
from core.models.types import family


def table(name: str) -> exp.Table:
    """The view of a table."""
    return exp.Table(this=duck.name(name))


def pretty(expression: exp.Expression) -> str:
    """The expression over several lines. It is used up by this."""
    return expression.sql(dialect="duckdb", pretty=True, copy=False)


class Names:
    """Rewrites the file lists in SQL to the names of the tables they hold."""

    def __init__(self, profile: Profile) -> None:
        self._tables = {files: name for name, files in profile.files}

    def __call__(self, sql: str) -> str:
        """`sql` with each `read_parquet([…])` as a view; a file of no table keeps its own name and loses its folder."""
        parts, end = [], 0
        for start, stop, files in _readers(sql):
            found = self._tables.get(files)
            new = table(found).sql("duckdb") if found else _bare(files).sql("duckdb")
            parts += [sql[end:start], new]
            end = stop
        return "".join([*parts, sql[end:]])


def _readers(sql: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where each `read_parquet(…)` starts and stops, and the files it names."""
    if "READ_PARQUET" not in sql.upper():
        return
    tokens = tokenize(sql, dialect="duckdb")
    for place, token in enumerate(tokens[:-1]):
        called = token.token_type == TokenType.VAR and tokens[place + 1].token_type == TokenType.L_PAREN
        if called and token.text.upper() == "READ_PARQUET":
            arguments = list(_arguments(iter(tokens[place + 1 :])))
            files = tuple(one.text for one in arguments if one.token_type == TokenType.STRING)
            yield token.start, arguments[-1].end + 1, files


def _arguments(tokens: Iterator[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        yield token
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0:
            return


def _bare(files: tuple[str, ...]) -> exp.Expression:
    return duck.parquet([file_name(file) for file in files])


def file_name(place: str) -> str:
    """The last part of an absolute path of either system; a place that is no such path (a table, say) stays as it is."""
    for kind in (PurePosixPath, PureWindowsPath):
        if kind(place).is_absolute():
            return kind(place).name
    return place


# Figures that the profile holds without a query of their own


def total_rows(names: tuple[str, ...]) -> str:
    """All rows of some tables."""
    total: exp.Expression = exp.Literal.number(0)
    for place, name in enumerate(names):
        count = exp.select(exp.Count(this=exp.Star())).from_(table(name)).subquery()
        total = exp.Add(this=total, expression=count) if place else count
    return pretty(exp.select(exp.alias_(total, "rows", quoted=True)))


def catalogue(names: tuple[str, ...], what: str) -> str:
    """How many tables, or how many columns, the views have: `what` is `tables` or `columns`."""
    among = exp.column("table_name").isin(*(exp.Literal.string(name) for name in names))
    counted = exp.alias_(exp.Count(this=exp.Star()), what, quoted=True)
    return pretty(exp.select(counted).from_(f"information_schema.{what}").where(among))


def nulls(name: str) -> str:
    """The empty cells of each column of a table, and of all."""
    counted = exp.Sub(this=exp.Count(this=exp.Star()), expression=exp.Count(this=exp.Columns(this=exp.Star())))
    inner = exp.select(counted).from_(table(name)).subquery("counted")
    listed = exp.Array(expressions=[exp.Columns(this=exp.Star(), unpack=True)])
    total = exp.alias_(exp.func("list_sum", listed, dialect="duckdb"), "nulls", quoted=True)
    return pretty(exp.select(exp.Star(), total).from_(inner))


def relation(child: str, columns: Sequence[str], parent: str, key: Sequence[str]) -> str:
    """Rows of a table whose columns are filled, and those of them that have no match in the key of another."""
    names = [f"k{place}" for place in range(len(key))]
    keys = [exp.alias_(duck.column(column), name) for column, name in zip(key, names)]
    parents = exp.select(*keys).from_(table(parent)).distinct().subquery("p")
    same = [exp.EQ(this=duck.column(column, "c"), expression=exp.column(name, "p")) for column, name in zip(columns, names)]
    missing = exp.Where(this=exp.Is(this=exp.column(names[0], "p"), expression=exp.Null()))
    orphans = exp.Filter(this=exp.Count(this=exp.Star()), expression=missing)
    query = exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True), exp.alias_(orphans, "orphans", quoted=True))
    query = query.from_(exp.alias_(table(child), "c", table=True)).join(parents, on=exp.and_(*same), join_type="left")
    return pretty(query.where(exp.and_(*(_filled(duck.column(column, "c")) for column in columns))))


def duplicates(name: str) -> str:
    """Rows that repeat an earlier row in every column."""
    different = exp.select("*").from_(table(name)).distinct().subquery("different")
    distinct = exp.select(exp.Count(this=exp.Star())).from_(different).subquery()
    count = exp.Sub(this=exp.Count(this=exp.Star()), expression=distinct)
    return pretty(exp.select(exp.alias_(count, "duplicates", quoted=True)).from_(table(name)))


def repeats(name: str, column: str) -> str:
    """Filled rows that hold a value of an earlier row."""
    filled = exp.Count(this=duck.column(column))
    different = exp.Count(this=exp.Distinct(expressions=[duck.column(column)]))
    count = exp.Sub(this=filled, expression=different)
    return pretty(exp.select(exp.alias_(count, "repeats", quoted=True)).from_(table(name)))


def top(name: str, column: str, limit: int) -> str:
    """The most frequent values with their rows."""
    x, count = duck.column(column), exp.Count(this=exp.Star())
    query = exp.select(x, exp.alias_(count, "rows", quoted=True)).from_(table(name)).where(_filled(x)).group_by(x.copy())
    return pretty(query.order_by(exp.Ordered(this=count.copy(), desc=True), x.copy()).limit(limit))


def holding(name: str, column: str, values: tuple[str, ...]) -> str:
    """Rows whose text is one of some values."""
    among = duck.column(column).isin(*(exp.Literal.string(value) for value in values))
    return pretty(exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)).from_(table(name)).where(among))


def histogram(name: str, column: ColumnProfile) -> str:
    """Rows per bar: each is named by the value at which it starts."""
    x, kind = duck.column(column.name), family(column.type)
    bars = column.histogram
    steps = [
        exp.If(this=exp.LT(this=x.copy(), expression=_typed(bar.high, column.type)), true=exp.Literal.string(bar.low))
        for bar in bars[:-1]
    ]
    last = exp.Literal.string(bars[-1].low)
    label = exp.Case(ifs=steps, default=last) if steps else last
    shown = exp.alias_(label, "from", quoted=True)
    query = exp.select(shown, exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)).from_(table(name))
    query = query.where(_finite(x) if kind in ("float", "date", "timestamp") else _filled(x))
    return pretty(query.group_by(exp.Literal.number(1)).order_by(exp.Min(this=x.copy())))


QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""The shares of `spread`, in the order of its list."""


def spread(name: str, column: ColumnProfile) -> str:
    """Mean, deviation, the quantiles as a list, and rows outside Tukey's fences of a column of numbers."""
    tree = _spread(family(column.type) == "float").copy()
    for read in tree.find_all(exp.Table):
        read.set("this", duck.name(name))
    for used in tree.find_all(exp.Column):
        if used.table == "t":
            used.set("this", duck.name(column.name))
    return pretty(tree)


@cache
def _spread(floating: bool) -> exp.Select:
    """The query over a column `x` of a table `t`: built once, because a wide table asks for it thousands of times."""
    x = duck.column("x", "t")
    value = exp.cast(x, "DOUBLE")
    outside = exp.or_(
        exp.LT(this=value.copy(), expression=exp.column("low", "q")),
        exp.GT(this=value.copy(), expression=exp.column("high", "q")),
    )
    if floating:  # NaN is greater than any number in DuckDB
        outside = exp.and_(exp.paren(outside), _ordered(x))
    query = exp.select(
        exp.alias_(_where(exp.Avg(this=value), _finite(x) if floating else None), "mean"),
        exp.alias_(_where(exp.StddevSamp(this=value.copy()), _finite(x) if floating else None), "deviation"),
        exp.alias_(exp.func("any_value", exp.column("quantiles", "q")), "quantiles"),
        exp.alias_(_where(exp.Count(this=exp.Star()), outside), "outliers"),
    )
    return query.from_(_aliased("t")).join(_fences("t", x, floating), join_type="cross")


def _fences(name: str, x: exp.Expression, floating: bool) -> exp.Subquery:
    """Nearest-rank quantiles, and Tukey's fences 1.5 interquartile ranges beyond the quartiles (Tukey 1977)."""
    shares = exp.Array(expressions=[exp.Literal.number(str(share)) for share in QUANTILES])
    ranked = exp.alias_(exp.func("quantile_disc", x.copy(), shares, dialect="duckdb"), "quantiles")
    first, third = (_quartile(share) for share in (0.25, 0.75))
    reach = exp.Mul(this=exp.Literal.number("1.5"), expression=exp.paren(exp.Sub(this=third, expression=first)))
    low = exp.alias_(exp.Sub(this=first.copy(), expression=reach), "low")
    high = exp.alias_(exp.Add(this=third.copy(), expression=reach.copy()), "high")
    inner = exp.select(ranked).from_(_aliased(name)).where(_ordered(x) if floating else _filled(x)).subquery("ranked")
    return exp.select("quantiles", low, high).from_(inner).subquery("q")


def _quartile(share: float) -> exp.Expression:
    place = exp.Literal.number(QUANTILES.index(share) + 1)
    picked = exp.Anonymous(this="list_extract", expressions=[exp.column("quantiles"), place])
    return exp.cast(picked, "DOUBLE")


def _where(aggregate: exp.Expression, condition: exp.Expression | None) -> exp.Expression:
    return aggregate if condition is None else exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def _ordered(x: exp.Expression) -> exp.Expression:
    return exp.Not(this=exp.Anonymous(this="isnan", expressions=[x.copy()]))


def _aliased(name: str) -> exp.Expression:
    return exp.alias_(table(name), "t", table=True)


def _filled(x: exp.Expression) -> exp.Expression:
    return exp.Not(this=exp.Is(this=x.copy(), expression=exp.Null()))


def _finite(x: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="isfinite", expressions=[x.copy()])


def _typed(value: str, type_name: str) -> exp.Expression:
    return exp.cast(exp.Literal.string(value), exp.DataType.build(type_name, dialect="duckdb"), dialect="duckdb")


def plain(expression: exp.Expression) -> str:
    """The expression on one line."""
    return duck.sql(expression)
