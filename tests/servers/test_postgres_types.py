"""Every built-in type of PostgreSQL that a table can have: each column lands with the type that the docs say and the text that PostgreSQL gives."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from psycopg2 import sql

from tests.servers.postgres import Database
from tests.servers.tools import land, rows

pytestmark = pytest.mark.server

# Type: (a value as PostgreSQL writes it, the DuckDB type). The hard table has those whose values are hard; xml is left out, which the embedded server is built without.
VALUES = {
    "int4multirange": ("{[1,3),[5,7)}", "VARCHAR"), "nummultirange": ("{[1.5,2.5)}", "VARCHAR"), "datemultirange": ("{}", "VARCHAR"),
    "int8range": ("[1,5)", "VARCHAR"), "numrange": ("(1.5,)", "VARCHAR"), "tsrange": ('["2024-01-01 00:00:00",infinity)', "VARCHAR"),
    "tstzrange": ("empty", "VARCHAR"), "inet": ("10.0.0.1", "VARCHAR"), "cidr": ("10.0.0.0/8", "VARCHAR"),
    "macaddr8": ("08:00:2b:01:02:03:04:05", "VARCHAR"), "bit(3)": ("101", "VARCHAR"), "bit varying": ("10", "VARCHAR"),
    "tsquery": ("'fat' & 'cat'", "VARCHAR"), "tsvector": ("'a':1 'cat':2", "VARCHAR"),
    "jsonpath": ('$."a"', "VARCHAR"), "line": ("{1,-1,0}", "VARCHAR"), "lseg": ("[(0,0),(1,1)]", "VARCHAR"),
    "box": ("(1,1),(0,0)", "VARCHAR"), "path": ("[(0,0),(1,1)]", "VARCHAR"), "polygon": ("((0,0),(1,1),(1,0))", "VARCHAR"),
    "circle": ("<(0,0),1>", "VARCHAR"), "point": ("(1,2)", "VARCHAR"), "pg_lsn": ("16/B374D848", "VARCHAR"),
    "pg_snapshot": ("10:20:10,14", "VARCHAR"), "xid": ("5", "VARCHAR"), "xid8": ("5", "VARCHAR"), "cid": ("5", "VARCHAR"),
    "tid": ("(0,1)", "VARCHAR"), "regclass": ("pg_class", "VARCHAR"), "regtype": ("integer", "VARCHAR"), "name": ("n", "VARCHAR"),
    '"char"': ("c", "VARCHAR"), "int2vector": ("1 2", "VARCHAR"), "oidvector": ("1 2", "VARCHAR"), "refcursor": ("c", "VARCHAR"),
    "interval": ("1 year 2 mons -3 days +04:05:06", "VARCHAR"), "timetz": ("12:00:00+05:30", "VARCHAR"),
    "oid": ("4294967295", "UINTEGER"), "smallint": ("-1", "SMALLINT"), "integer": ("-1", "INTEGER"), "bigint": ("-1", "BIGINT"),
    "real": ("1.5", "FLOAT"), "double precision": ("1.5", "DOUBLE"), "numeric(8,3)": ("1.500", "DECIMAL(8,3)"),
    "numeric(30,3)": ("-1.500", "DECIMAL(30,3)"), "date": ("2024-02-29", "DATE"), "time": ("23:59:59.999999", "TIME"),
    "timestamp": ("2024-02-29 01:02:03.000004", "TIMESTAMP"), "text": ("ё", "VARCHAR"), "varchar(3)": ("ab ", "VARCHAR"),
    "char(3)": ("ab ", "VARCHAR"), "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "UUID"), "json": ('{"a":  1}', "JSON"),
    "jsonb": ('{"a": 1}', "JSON"), "bool": ("true", "BOOLEAN"),
}  # fmt: skip


def test_every_built_in_type_lands_as_the_docs_say(database: Database, tmp_path: Path):
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(VALUES))
    database.run(f"CREATE TABLE every ({columns})")
    places = ", ".join(f"%s::{kind}" for kind in VALUES)
    database.run("INSERT INTO every VALUES (" + places + ")", [value for value, _ in VALUES.values()])  # noqa: S608
    database.run("INSERT INTO every DEFAULT VALUES")
    landed = land(database, ("public", "every"), tmp_path / "l")
    assert {kind: column.type for kind, column in zip(VALUES, landed.schema)} == {
        kind: duck for kind, (_, duck) in VALUES.items()
    }
    with duckdb.connect() as connection:
        texts = connection.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    assert dict(zip(VALUES, texts[0])) == {kind: value for kind, (value, _) in VALUES.items()}
    assert set(texts[1]) == {None}


def test_types_that_a_person_made_land_as_text_or_as_what_they_stand_for(database: Database, tmp_path: Path):
    database.run(
        "CREATE TYPE mood AS ENUM ('ok', 'so so'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN price AS numeric(6,2);"
        "CREATE TYPE span AS RANGE (subtype = int4);"
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, m mood, p pair, e pair, d price, s span, w numeric(6,2) GENERATED ALWAYS AS"
        " (d * 2) STORED); INSERT INTO t (m, p, e, d, s) VALUES ('so so', (1, 'x y'), (NULL, NULL), 1.5, '[1,3)'), (DEFAULT, NULL, NULL, NULL, NULL)"
    )
    landed = land(database, ("public", "t"), tmp_path / "l")
    found = [tuple(None if value is None else str(value) for value in row) for row in rows(landed)]
    assert found == [("1", "so so", '(1,"x y")', "(,)", "1.50", "[1,3)", "3.00"), ("2", None, None, None, None, None, None)]
    assert [column.type for column in landed.schema][4] == "DECIMAL(6,2)"


def test_hstore_and_citext_land_as_text(database: Database, tmp_path: Path):
    database.run("CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TABLE t (h hstore, c citext, a citext[])")
    database.run("INSERT INTO t VALUES ('a=>1, b=>NULL', 'Ab', '{Ab}')")
    assert rows(land(database, ("public", "t"), tmp_path / "l")) == [('"a"=>"1", "b"=>NULL', "Ab", ["Ab"])]


def test_a_foreign_table_and_a_materialized_view_are_read(database: Database, tmp_path: Path):
    dsn = database.server.dsn
    database.run(
        "CREATE EXTENSION postgres_fdw; CREATE TABLE t AS SELECT 1 AS n; CREATE MATERIALIZED VIEW m AS SELECT n + 1 AS n FROM t"
    )
    there = {"port": sql.Literal(str(dsn["port"])), "name": sql.Literal(database.name)}
    make = "CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port {port}, dbname {name})"
    database.run(sql.SQL(make).format(**there))
    database.run("CREATE USER MAPPING FOR CURRENT_USER SERVER here OPTIONS (user 'postgres', password %s)", (dsn["password"],))
    database.run("CREATE FOREIGN TABLE f (n int) SERVER here OPTIONS (table_name 't')")
    for name, value in (("m", 2), ("f", 1)):
        assert rows(land(database, ("public", name), tmp_path / name)) == [(value,)]
