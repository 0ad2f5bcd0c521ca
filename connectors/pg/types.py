"""PostgreSQL's types as DuckDB's, chosen so that no value changes, and how each value travels from one to the other as text.

Where DuckDB or Parquet would lose something, the column stays text: `interval` (Parquet keeps milliseconds only), `timetz`
(DuckDB's Parquet forgets the offset), `bit` (Parquet has none), ranges, enums, network addresses and all that DuckDB has no type
for. `numeric` without a precision is text until it has landed; then it becomes the narrowest DECIMAL that holds every value, if
one of at most 38 digits does. A column with one cell that its type refuses (NaN among decimals, `infinity` or BC among dates, an
array of several dimensions) stays text as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

_PLAIN = {
    "bool": "BOOLEAN",
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "oid": "UINTEGER",
    "float4": "FLOAT",
    "float8": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "time": "TIME",
    "json": "JSON",
    "jsonb": "JSON",
    "uuid": "UUID",
    "bytea": "BLOB",
}
_DIGITS = 38  # DuckDB's DECIMAL holds 38 digits


@dataclass(frozen=True, slots=True)
class PgType:
    """A type after domains are resolved: `name` as in pg_type (`int4`, `numeric`), its modifier (-1: none), whether an array."""

    name: str
    modifier: int = -1
    array: bool = False

    @property
    def scalar(self) -> str:
        """The DuckDB type of the value, or of an array's element."""
        if self.name == "numeric":
            return _decimal(self.modifier)
        return _PLAIN.get(self.name, "VARCHAR")

    @property
    def duck(self) -> str:
        return f"{self.scalar}[]" if self.array else self.scalar

    @property
    def fraction(self) -> int | None:
        """The digits of a second that a time with a precision keeps, None for all six."""
        return self.modifier if self.name in ("timestamp", "timestamptz", "time") and 0 <= self.modifier < 6 else None

    @property
    def length(self) -> int | None:
        """The characters that `varchar(n)` and `char(n)` take (the modifier counts four bytes more), None without a limit."""
        return self.modifier - 4 if self.name in ("varchar", "bpchar") and self.modifier > 4 else None

    @property
    def settles_later(self) -> bool:
        """Whether the type is found from the values once they have landed: numeric without a usable precision, and money."""
        return not self.array and self.name in ("numeric", "money") and self.scalar == "VARCHAR"


def _decimal(modifier: int) -> str:
    """DECIMAL(p,s) from a numeric's modifier (numerictypmodin in PostgreSQL's numeric.c); VARCHAR where none fits exactly."""
    if modifier < 4:
        return "VARCHAR"
    precision, scale = ((modifier - 4) >> 16) & 0xFFFF, ((modifier - 4) & 0x7FF ^ 1024) - 1024
    precision = max(precision, scale)
    return f"DECIMAL({precision},{scale})" if precision <= _DIGITS and scale >= 0 else "VARCHAR"


def outgoing(pg: PgType) -> str:
    """The cast that PostgreSQL makes before it writes the value, or nothing.

    An array travels as a JSON array of texts: the array literal cannot be told from text that looks like one. Money is read as
    a number, without the currency sign of the server's locale.
    """
    if pg.array:
        return "array_to_json({}::pg_catalog.text[])"
    return "{}::pg_catalog.numeric" if pg.name == "money" else "{}"


def incoming(pg: PgType, text: exp.Expression) -> exp.Expression:
    """The DuckDB expression that turns the text of a value into the value. It raises a conversion error where it cannot."""
    if not pg.array:
        return _scalar(pg, text)
    # A text[][] is a JSON array of arrays: it does not fit into a list of scalars and must not pass for one.
    flat = (
        exp.case()
        .when(exp.func("starts_with", text, exp.Literal.string("[[")), exp.Literal.string("many dimensions"))
        .else_(text)
    )
    texts = exp.cast(exp.cast(flat, "JSON"), exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    if pg.scalar == "VARCHAR":
        return texts
    element = exp.to_identifier("e")
    body = exp.Lambda(this=_scalar(pg, exp.column("e")), expressions=[element])
    return exp.func("list_transform", texts, body, dialect="duckdb")


def _scalar(pg: PgType, text: exp.Expression) -> exp.Expression:
    special: dict[str, Callable[[exp.Expression], exp.Expression]] = {
        "bytea": _bytes,
        "time": _timed,
        **dict.fromkeys(_DATES, _dated),
    }
    value = special[pg.name](text) if pg.name in special else text
    if pg.scalar in ("VARCHAR", "BLOB"):
        return value
    return exp.cast(value, exp.DataType.build(pg.scalar, dialect="duckdb"))


_DATES = ("date", "timestamp", "timestamptz")


def _bytes(text: exp.Expression) -> exp.Expression:
    """`\\x6869` in PostgreSQL's hex form."""
    return exp.func("unhex", exp.func("substr", text, exp.Literal.number(3)))


def _dated(text: exp.Expression) -> exp.Expression:
    """The text of a date whose year is 1 to 9999; something that is no date for `infinity`, BC and later years.

    Python and most that read Arrow fail on such dates, so a column that holds one stays text. Years of four digits have their
    dash in the fifth place, and neither infinity nor a longer year has.
    """
    dash = exp.func("substr", text, exp.Literal.number(5), exp.Literal.number(1))
    far = exp.or_(exp.NEQ(this=dash, expression=exp.Literal.string("-")), exp.func("ends_with", text, exp.Literal.string("BC")))
    return exp.case().when(far, exp.Literal.string("not in the years 1 to 9999")).else_(text)  # null stays null


def _timed(text: exp.Expression) -> exp.Expression:
    """The text of a time of day; something that is no time for 24:00, which Python would read as 00:00."""
    late = exp.func("starts_with", text, exp.Literal.string("24"))
    return exp.case().when(late, exp.Literal.string("not before 24:00")).else_(text)
