"""The parts of the PostgreSQL connector that need no server: types, fit, what a server's words are about."""

from __future__ import annotations

import pytest

from connectors.pg.catalog import TableColumn
from connectors.pg.fit import fits, made_type
from connectors.pg.place import Place
from connectors.pg.trouble import ServerStarting, refused, stage
from connectors.pg.types import PgType
from core.models.source import Column
from core.words import say


def numeric(precision: int, scale: int) -> int:
    """The modifier of numeric(precision, scale), as numerictypmodin makes it."""
    return ((precision << 16) | (scale & 0x7FF)) + 4


def live(name: str, modifier: int = -1, array: bool = False) -> TableColumn:
    kind = PgType(name, modifier, array)
    return TableColumn(Column("c", kind.duck), kind)


@pytest.mark.parametrize(
    ("precision", "scale", "duck"),
    [(10, 2, "DECIMAL(10,2)"), (38, 38, "DECIMAL(38,38)"), (3, 5, "DECIMAL(5,5)"), (39, 0, "VARCHAR"), (5, -2, "VARCHAR")],
)
def test_numeric_is_a_decimal_only_where_every_value_fits(precision: int, scale: int, duck: str):
    assert PgType("numeric", numeric(precision, scale)).duck == duck


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("INTEGER", live("int4")),
        ("UINTEGER", live("int8")),
        ("BIGINT", live("numeric")),
        ("BIGINT", live("numeric", numeric(19, 0))),
        ("DECIMAL(10,2)", live("numeric", numeric(12, 3))),
        ("INTEGER", live("float8")),
        ("DATE", live("timestamp")),
        ("DOUBLE", live("text")),
        ("VARCHAR", live("inet")),
        ("STRUCT(a INTEGER)", live("jsonb")),
        ("SMALLINT[]", live("int4", array=True)),
    ],
)
def test_a_type_fits_where_no_value_can_change(kind: str, target: TableColumn):
    assert fits(kind, target)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("BIGINT", live("int4")),
        ("UINTEGER", live("int4")),
        ("BIGINT", live("numeric", numeric(18, 0))),
        ("BIGINT", live("float8")),
        ("DECIMAL(10,2)", live("numeric", numeric(10, 3))),
        ("DOUBLE", live("numeric")),
        ("DOUBLE", live("float4")),
        ("VARCHAR", live("int4")),
        ("VARCHAR", live("timestamptz")),
        ("TIMESTAMP", live("timestamptz")),
        ("TIMESTAMP", live("date")),
        ("INTEGER", live("inet")),
        ("BIGINT[]", live("int4", array=True)),
        ("INTEGER", live("int4", array=True)),
        ("INTEGER[]", live("int4")),
    ],
)
def test_a_type_does_not_fit_where_a_value_could_change(kind: str, target: TableColumn):
    assert not fits(kind, target)


@pytest.mark.parametrize(
    ("duck", "made"),
    [
        ("UBIGINT", "numeric(20)"),
        ("HUGEINT", "numeric(39)"),
        ("DECIMAL(12,2)[]", "numeric(12,2)[]"),
        ("VARCHAR[][]", "text[][]"),
        ("STRUCT(a INTEGER)[]", "jsonb"),
        ("INTEGER[3]", "jsonb"),
        ("MAP(VARCHAR, INTEGER)", "jsonb"),
        ("ENUM('a')", "text"),
    ],
)
def test_a_new_column_holds_every_value(duck: str, made: str):
    assert made_type(duck) == made


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ('FATAL:  password authentication failed for user "ann"', "auth"),
        ('ВАЖНО:  пользователь "ann" не прошёл проверку подлинности (по паролю)', "auth"),
        ('FATAL:  role "ann" does not exist', "auth"),
        ("fe_sendauth: no password supplied", "auth"),
        ('FATAL:  database "shop" does not exist', "database"),
        ('ВАЖНО:  база данных "shop" не существует', "database"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "ann", database "shop", no encryption', "hba"),
        ("FATAL:  the database system is starting up", "starting"),
        ("FATAL:  sorry, too many clients already", "starting"),
        ("server does not support SSL, but SSL was required", "tls"),
        ("SSL error: certificate verify failed", "tls"),
        ("FATAL:  etwas anderes", "other"),
    ],
)
def test_what_a_refusal_is_about_is_read_from_its_words(words: str, about: str):
    assert stage(words) == about


def test_words_that_repeat_the_password_are_not_shown():
    place = Place("db", 5432, "shop", "ann", "hunter2")
    error = refused(place, 'FATAL:  invalid option "hunter2"')
    assert "hunter2" not in " ".join(error.lines())
    assert "FATAL" not in say(refused(place, "x FATAL:  the database system is starting up").why)
    assert isinstance(refused(place, "FATAL:  the database system is starting up"), ServerStarting)
