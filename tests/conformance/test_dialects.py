"""Every dialect: every hard type and every nasty name is written, parsed, executed on its real engine and read back equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ddl import dialects, verify
from core.ddl.dialects.base import Dialect
from core.ddl.verify.engine import Engine
from core.errors import ConfigError, UnsupportedError
from core.models.design import ColumnDesign, Index, Partition, Reference, TableDesign
from core.task import Task
from core.words import msg
from tests.conftest import no_server
from tests.unit.ddl_cases import designed, local, proven

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("engines")]

HARD: dict[str, tuple[str, ...]] = {
    "i1 TINYINT": ("-128", "127", "NULL"),
    "i2 SMALLINT": ("-32768", "32767", "NULL"),
    "i4 INTEGER": ("-2147483648", "2147483647", "NULL"),
    "i8 BIGINT": ("-9223372036854775808", "9223372036854775807", "NULL"),
    "i16 HUGEINT": ("-170141183460469231731687303715884105728", "170141183460469231731687303715884105727", "NULL"),
    "u1 UTINYINT": ("0", "255", "NULL"),
    "u2 USMALLINT": ("0", "65535", "NULL"),
    "u4 UINTEGER": ("0", "4294967295", "NULL"),
    "u8 UBIGINT": ("0", "18446744073709551615", "NULL"),
    "u16 UHUGEINT": ("0", "340282366920938463463374607431768211455", "NULL"),
    "small_in_big BIGINT": ("0", "7", "3"),
    "money DECIMAL(15,2)": ("-9999999999999.99", "0.10", "NULL"),
    "wide DECIMAL(38,10)": ("-9999999999999999999999999999.9999999999", "0.0000000001", "NULL"),
    "whole DECIMAL(38,0)": ("99999999999999999999999999999999999999", "-1", "NULL"),
    "f4 FLOAT": ("0.1", "'NaN'", "3.4028235e38"),
    "f8 DOUBLE": ("0.1", "'-Infinity'", "5e-324"),
    "f8z DOUBLE": ("'-0.0'", "'NaN'", "1.7976931348623157e308"),
    "yes BOOLEAN": ("true", "false", "NULL"),
    "d DATE": ("'1970-01-01'", "'2148-12-31'", "NULL"),
    "d_wide DATE": ("'1900-01-01'", "'2299-12-31'", "NULL"),
    "d_far DATE": ("'0044-03-15 (BC)'", "'infinity'", "NULL"),
    "d_beyond DATE": ("'5877642-06-25 (BC)'", "'5881580-07-10'", "NULL"),
    "ts TIMESTAMP": ("'2024-02-29 23:59:59.999999'", "'1900-01-01 00:00:00'", "'2299-12-31 23:59:59.999999'"),
    "ts_far TIMESTAMP": ("'0044-03-15 (BC) 12:00:00'", "'infinity'", "'-infinity'"),
    "ts_beyond TIMESTAMP": ("'290309-12-22 (BC) 00:00:00'", "'294247-01-10 04:00:54.775806'", "NULL"),
    "ts_s TIMESTAMP_S": ("'2024-02-29 23:59:59'", "'1970-01-01 00:00:00'", "NULL"),
    "ts_ms TIMESTAMP_MS": ("'2024-02-29 23:59:59.999'", "NULL", "'1969-12-31 23:59:59.999'"),
    "ts_ns TIMESTAMP_NS": ("'2024-02-29 23:59:59.999999999'", "'1900-01-01 00:00:00.000000001'", "NULL"),
    "tz TIMESTAMPTZ": ("'2024-02-29 23:59:59.999999+14'", "'1900-01-01 00:00:00+00'", "NULL"),
    "tz_far TIMESTAMPTZ": ("'0001-01-01 00:00:00+00'", "'9999-12-31 23:59:59.999999+00'", "NULL"),
    "tm TIME": ("'00:00:00'", "'23:59:59.999999'", "NULL"),
    "tm_ns TIME_NS": ("'00:00:00.000000001'", "'23:59:59.999999999'", "NULL"),
    "ttz TIMETZ": ("'12:00:00.5+05:30'", "'00:00:00-11'", "NULL"),
    "iv INTERVAL": ("INTERVAL '1 year -2 months 3 days -4 hours'", "INTERVAL '-1 microsecond'", "NULL"),
    "u UUID": ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'00000000-0000-0000-0000-000000000000'", "NULL"),
    "js JSON": ("""'{"b": 1.10, "a": [1e2, null, "x"]}'""", "'null'", "NULL"),
    "js_twice JSON": ("""'{"a": 1, "a": 2}'""", "'[]'", "NULL"),
    "js_zero JSON": (r"""'{"a": "\u0000"}'""", "'1'", "NULL"),
    "js_huge JSON": ("""'{"n": 123456789012345678901234567890.10}'""", "'1e300'", "NULL"),
    "bin BLOB": (r"'\x00\xFF\x5C'::BLOB", "''::BLOB", "NULL"),
    "bits BIT": ("'0101'::BIT", "'0'::BIT", "NULL"),
    "s VARCHAR": (r"""E'line\nnext\r\n"quoted", \\ \t , ''x'' текст 😀'""", "''", "NULL"),
    "s_null VARCHAR": (r"'\N'", "'NULL'", "NULL"),
    "s_long VARCHAR": ("repeat('ё', 100000)", "' '", "'x '"),
    "s_never VARCHAR": ("'a'", "'b'", "''"),
    "ai INTEGER[]": ("[1, NULL, 3]", "[]", "[-1]"),
    "ai_null INTEGER[]": ("[1, NULL, 3]", "[]", "NULL"),
    "at VARCHAR[]": (r"""['a', NULL, '', 'NULL', '"', '\', '{,}', E'n\nl', 'it''s']""", "[]", "['x']"),
    "af DOUBLE[]": ("[0.1, 'NaN', '-Infinity', 5e-324]", "[NULL]", "[]"),
    "an DECIMAL(5,2)[]": ("[1.10, NULL]", "[]", "[-999.99]"),
    "ab BLOB[]": (r"['\x00\xFF'::BLOB, NULL]", "[''::BLOB]", "[]"),
    "ad TIMESTAMPTZ[]": ("['2024-02-29 00:00+03'::TIMESTAMPTZ, NULL]", "[]", "[]"),
    "adt DATE[]": ("['2024-02-29'::DATE]", "[NULL]", "[]"),
    "au UUID[]": ("['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID]", "[]", "[]"),
    "ah HUGEINT[]": ("[170141183460469231731687303715884105727]", "[]", "[]"),
    "a3 INTEGER[3]": ("[1, 2, NULL]", "[4, 5, 6]", "[7, 8, 9]"),
    "aa INTEGER[][]": ("[[1], [], NULL]", "[]", "NULL"),
    "st STRUCT(a INTEGER, b VARCHAR[])": ("{'a': 1, 'b': ['x', NULL]}", "{'a': NULL, 'b': NULL}", "NULL"),
    "st_nan STRUCT(x DOUBLE)": ("{'x': 'NaN'}", "{'x': 1e300}", "NULL"),
    "m MAP(VARCHAR, DECIMAL(5,2))": ("MAP {'k': 1.10, 'l': NULL}", "MAP {}", "NULL"),
    "un UNION(n INTEGER, t VARCHAR)": ("union_value(n := 1)", "union_value(t := 'x')", "NULL"),
    "e ENUM('ok', 'so so')": ("'ok'", "'so so'", "NULL"),
    "nothing INTEGER": ("NULL", "NULL", "NULL"),
}  # fmt: skip
"""Column and type → the values of three rows."""

NAMES = (
    'quo"te', "ap'os", "back\\slash", "tick`", "sp ace", "new\nline", "tab\t", "dot.dot", "per%cent", "%s", "{x}", "$1", "1st", "Camel",
    "таблица", "Ж" * 100 + "а", "Ж" * 100 + "б", "😀" * 20 + "1", "😀" * 20 + "2", "x" * 63, "x" * 64, "x" * 300, "select", "user",
    "order", "ctid", "xmin", "tableoid", "oid", "date", "index", "-- comment", "/* */", ";", "a,b", "(", "ａ", "e\u0301", "é", "null",
)  # fmt: skip


@pytest.fixture(scope="module", params=dialects.names())
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opener = verify.opener(request.param)
    assert opener is not None, f"{request.param} has no engine: say so here with a strict xfail"
    try:
        with opener(tmp_path_factory.mktemp(request.param), Task()) as running:
            yield running
    except UnsupportedError as error:
        no_server(str(error))


@pytest.fixture
def dialect(engine: Engine) -> Dialect:
    return dialects.dialect(engine.dialect)


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with local() as connection:
        yield connection


def the_hard_table(connection: duckdb.DuckDBPyConnection, name: str = "hard") -> TableDesign:
    columns = [one.split(" ", 1) for one in HARD]
    connection.execute("CREATE TABLE {} ({})".format(name, ", ".join(f'"{title}" {kind}' for title, kind in columns)))
    for row in zip(*HARD.values(), strict=True):
        connection.sql(f"FROM (VALUES ({', '.join(row)}))").insert_into(name)
    return designed(connection, name)


def test_every_hard_type_is_executed_and_reads_back_equal(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    design = the_hard_table(duck)
    _, proof = proven(engine, dialect, duck, [(design, "hard")])
    (table,) = proof.tables
    assert table.error == ""
    assert table.differences == ()
    assert proof.passed
    assert table.rows_loaded == 3


def test_every_hard_type_without_any_figures_reads_back_equal(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    """Types alone must do where a profile has no extremes."""
    the_hard_table(duck)
    design = designed(duck, "hard", "without figures")
    far = ("d_far", "d_beyond", "d_wide", "ts_far", "ts_beyond", "tz_far")
    bare = [replace(one, low=None, high=None) if one.name not in far else one for one in design.columns]
    _, proof = proven(engine, dialect, duck, [(replace(design, columns=tuple(bare)), "hard")])
    assert proof.tables[0].error == ""
    assert proof.tables[0].differences == ()


def test_a_type_that_is_too_narrow_fails_the_proof(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    duck.execute("CREATE TABLE n AS SELECT * FROM (VALUES (1.25::DECIMAL(10,2), 300), (2.5, 1)) v(price, count)")
    design = designed(duck, "n", "narrowed")
    narrowed = [replace(design.columns[0], type="DECIMAL(10,1)"), replace(design.columns[1], low="0", high="1")]
    rendered, proof = proven(engine, dialect, duck, [(replace(design, columns=tuple(narrowed)), "n")])
    assert not proof.passed
    (table,) = proof.tables
    named = {dict(found.args).get("column") for found in table.differences}
    assert table.error or "price" in named, rendered[0].ddl.script


def test_a_null_in_a_column_that_must_have_none_is_reported(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    duck.execute("CREATE TABLE n AS SELECT * FROM (VALUES (1, 'a'), (NULL, 'b')) v(x, y)")
    design = designed(duck, "n", "must have one")
    strict = replace(design, columns=tuple(replace(one, nullable=False) for one in design.columns))
    _, proof = proven(engine, dialect, duck, [(strict, "n")])
    assert not proof.passed
    assert proof.tables[0].error or proof.tables[0].differences


def test_a_statement_the_engine_refuses_is_reported_with_its_words(
    engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
):
    from core.ddl.dialects.base import Typed

    monkeypatch.setattr(type(dialect), "column_type", lambda self, column, table: Typed("no_such_type"))
    duck.execute("CREATE TABLE n AS SELECT 1 AS x")
    _, proof = proven(engine, dialect, duck, [(designed(duck, "n", "refused"), "n")])
    assert not proof.tables[0].executed
    assert "no_such_type" in proof.tables[0].error


def test_nasty_names_are_executed_and_hold_their_columns(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    selected = ", ".join('{} AS "{}"'.format(number, name.replace('"', '""')) for number, name in enumerate(NAMES))
    duck.execute(f"CREATE TABLE n AS SELECT {selected}")
    columns = designed(duck, "n").columns
    designs = [TableDesign(f"{name} table", columns[:2]) for name in NAMES]
    whole = TableDesign("nasty columns", tuple(replace(one, comment=one.name) for one in columns), comment='it\'s \\ "x"\n😀')
    rendered, proof = proven(engine, dialect, duck, [(whole, "n"), *((design, "n") for design in designs)])
    assert [table.error for table in proof.tables if table.error] == []
    assert proof.passed
    assert len({one.name for one in rendered}) == len(rendered)
    shortened = [old for old, new in rendered[0].columns.items() if old != new]
    assert len(shortened) <= len(rendered[0].ddl.notes)


def test_every_keyword_of_the_engine_can_be_a_column_and_a_table(
    engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection
):
    query = {"postgres": "SELECT word FROM pg_get_keywords()", "clickhouse": "SELECT lower(keyword) FROM system.keywords"}[
        engine.dialect
    ]
    words = sorted({word for word in rows_of(engine, query) if word.replace("_", "").isalnum()})
    duck.execute("CREATE TABLE n ({})".format(", ".join(f'"{word}" INTEGER' for word in words)))
    duck.table("n").insert(list(range(len(words))))
    columns = designed(duck, "n").columns
    _, proof = proven(engine, dialect, duck, [(TableDesign("all keywords", columns, order_by=(words[0],)), "n")])
    assert proof.passed, proof
    for rendered in dialect.render([TableDesign(word, columns[:1]) for word in words]):
        engine.run(rendered.ddl.statements)


def rows_of(engine: Engine, query: str) -> list[str]:
    if engine.dialect == "postgres":
        return [row[0] for row in engine._do(query)]
    return engine._server.query(query).column(0).to_pylist()


UNPARSED = {"clickhouse": ("tm", "tm_ns")}
"""Columns whose type sqlglot's grammar has not, although the engine executes it: see the test below."""


def test_the_ddl_parses_in_its_dialect(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    hard = the_hard_table(duck)
    known = tuple(one for one in hard.columns if one.name not in UNPARSED.get(engine.dialect, ()))
    for rendered in dialect.render([replace(hard, columns=known), a_parted_table("month")]):
        for statement in rendered.ddl.statements:
            parsed = sqlglot.parse_one(statement, dialect=dialect.name)
            assert not isinstance(parsed, sqlglot.exp.Command), statement


@pytest.mark.xfail(strict=True, raises=sqlglot.ParseError, reason="sqlglot 30 does not know Time64 inside Nullable")
def test_a_time_that_may_be_null_parses():
    sqlglot.parse_one("CREATE TABLE t (x Nullable(Time64(6))) ENGINE=MergeTree ORDER BY tuple()", dialect="clickhouse")


def a_parted_table(kind: str, name: str = "parted") -> TableDesign:
    columns = (
        ColumnDesign("id", "BIGINT", False, low="1", high="90", rows=3),
        ColumnDesign("moment", "TIMESTAMP", False, low="2024-01-31 22:00:00", high="2024-03-01 00:30:00", rows=3, fraction=0),
    )
    column = "id" if kind in ("range", "hash") else "moment"
    bounds = ("31", "61") if kind == "range" else ()
    partition = Partition(kind, column, msg("many rows"), bounds, 4 if kind == "hash" else 0)
    return TableDesign(name, columns, ("id", "moment"), partition=partition, order_by=("moment", "id"))


@pytest.mark.parametrize("kind", ["hour", "day", "month", "year", "range", "hash"])
def test_every_kind_of_partition_is_executed_and_read_back(
    engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection, kind: str
):
    values = "(1, '2024-01-31 22:00:00'), (45, '2024-02-29 12:00:00'), (90, '2024-03-01 00:30:00')"
    duck.execute("CREATE TABLE n (id BIGINT, moment TIMESTAMP)")
    duck.sql(f"FROM (VALUES {values})").insert_into("n")
    rendered, proof = proven(engine, dialect, duck, [(a_parted_table(kind, f"by_{kind}"), "n")])
    assert proof.passed, proof
    assert "PARTITION BY" in rendered[0].ddl.script


def test_rows_outside_the_partitions_have_a_place_too(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    duck.execute("CREATE TABLE n AS SELECT 1::BIGINT AS id, TIMESTAMP '2031-01-01' AS moment")
    _, proof = proven(engine, dialect, duck, [(a_parted_table("month", "later"), "n")])
    assert proof.passed, proof


def test_tables_that_refer_in_a_circle_and_to_themselves_are_loaded(
    engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection
):
    duck.execute("CREATE TABLE a AS SELECT * FROM (VALUES (1, 2, 2), (2, 1, 1)) v(id, b, parent)")
    duck.execute("CREATE TABLE b AS SELECT * FROM (VALUES (1, 1), (2, 2)) v(id, a)")
    first = replace(designed(duck, "a", "circle a"), primary_key=("id",), order_by=("id",))
    first = replace(first, references=(Reference(("b",), "circle b", ("id",)), Reference(("parent",), "circle a", ("id",))))
    second = replace(designed(duck, "b", "circle b"), primary_key=("id",), references=(Reference(("a",), "circle a", ("id",)),))
    rendered, proof = proven(engine, dialect, duck, [(first, "a"), (second, "b")])
    assert [table.error for table in proof.tables] == ["", ""]
    assert proof.passed
    assert {one.design.name for one in rendered} == {"circle a", "circle b"}


def test_an_index_that_the_planner_does_not_use_is_dropped(engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection):
    duck.execute(
        "CREATE TABLE n AS SELECT i::BIGINT AS id, (i % 2)::BIGINT AS side, hash(i)::UBIGINT AS code FROM range(40000) r(i)"
    )
    kinds = {"postgres": "btree", "clickhouse": "skip_bloom"}
    useful, useless = (Index(f"n_{one}", kinds[engine.dialect], (one,), msg("asked for")) for one in ("code", "side"))
    design = replace(designed(duck, "n", "indexed"), primary_key=("id",), order_by=("id",), indexes=(useful, useless))
    _, proof = proven(engine, dialect, duck, [(design, "n")])
    found = {one.index: one for one in proof.tables[0].indexes}
    assert {name: one.status for name, one in found.items()} == {"n_code": "kept", "n_side": "dropped"}
    assert all(one.query and one.plan for one in found.values())
    without = dialect.render([design], frozenset({"n_side"}))[0].ddl.script
    assert "n_code" in without
    assert "n_side" not in without


def test_an_empty_table_is_executed_and_its_indexes_are_not_tried(
    engine: Engine, dialect: Dialect, duck: duckdb.DuckDBPyConnection
):
    duck.execute("CREATE TABLE n (id BIGINT, moment TIMESTAMP)")
    indexes = tuple(Index(f"n_{kind}", kind, ("id",), msg("asked for")) for kind in ("btree", "skip_bloom"))
    _, proof = proven(engine, dialect, duck, [(replace(designed(duck, "n", "nothing in it"), indexes=indexes), "n")])
    assert proof.passed
    assert {one.status for one in proof.tables[0].indexes} == {"not tried"}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), min_size=1, max_size=5
    ),
    name=st.text(min_size=1, max_size=80),
)
def test_any_text_and_any_name_survive(
    engine: Engine, dialect: Dialect, tmp_path_factory: pytest.TempPathFactory, texts: list[str], name: str
):
    with local() as connection:
        connection.execute("CREATE TABLE n (x VARCHAR, xs VARCHAR[])")
        connection.executemany("INSERT INTO n VALUES (?, ?)", [(text, texts) for text in texts])
        design = designed(connection, "n", f"any {tmp_path_factory.mktemp('any').name}")
        renamed = replace(design.columns[0], comment=name.encode("utf-8", "replace").decode().replace("\0", ""))
        _, proof = proven(engine, dialect, connection, [(replace(design, columns=(renamed, design.columns[1])), "n")])
        assert proof.passed, proof


def test_names_lists_the_dialects_and_an_unknown_one_names_the_nearest():
    assert dialects.names() == ("postgres", "clickhouse")
    with pytest.raises(ConfigError) as raised:
        dialects.dialect("postgresql")
    assert "postgres" in raised.value.lines()[2]


@pytest.mark.parametrize("name", dialects.names())
def test_one_word_everywhere_the_name_is_the_file_and_the_engine_and_the_grammar(name: str):
    root = Path(dialects.__file__).parent
    assert (root / f"{name}.py").exists()
    assert dialects.dialect(name).name == name
    assert verify.opener(name) is not None
    assert sqlglot.Dialect.get(name) is not None
