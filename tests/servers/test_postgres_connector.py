"""Reading a table of a real PostgreSQL: every value, every type, every name."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from psycopg2 import sql

from connectors.pg import parts, pieces
from connectors.postgres import Postgres
from core.errors import ConnectError
from core.words import say
from tests.servers.hard_table import HARD_DUCK, HARD_PATH
from tests.servers.postgres import Database
from tests.servers.tools import land, rows, without_password, write

pytestmark = pytest.mark.server


def test_a_preview_shows_the_first_rows_and_no_more(database: Database):
    database.run("CREATE VIEW v AS SELECT generate_series(1, 100000000) AS n")
    with Postgres(database.settings) as source:
        assert source.preview(("public", "v"), 5)["n"].to_pylist() == [1, 2, 3, 4, 5]


def test_a_preview_of_a_view_that_never_ends_is_given_up(database: Database, monkeypatch):
    monkeypatch.setattr("connectors.pg.read.PREVIEW_SECONDS", 1)
    database.run("CREATE VIEW slow AS SELECT pg_sleep(600)::text AS s")
    with pytest.raises(ConnectError) as caught:
        Postgres(database.settings).preview(("public", "slow"))
    assert "stopped working" in without_password(caught.value)


def test_every_hard_type_arrives_with_its_type(hard: Database, tmp_path: Path):
    landed = land(hard, HARD_PATH, tmp_path / "l")
    assert {column.name: column.type for column in landed.schema} == HARD_DUCK
    assert landed.rows == 3


def test_every_hard_value_comes_back_equal_after_a_round_trip(hard: Database, tmp_path: Path):
    """Read, written into a table like the first, compared by PostgreSQL itself. Nothing may differ but padding of numerics."""
    landed = land(hard, HARD_PATH, tmp_path / "l")
    hard.run('CREATE TABLE back (LIKE "ha""rd Ё")')
    hard.run("ALTER TABLE back ALTER ttz TYPE text, ALTER bi TYPE text, ALTER vb TYPE text")  # text on the way
    write(hard, ("public", "back"), pq.read_table(landed.files[0]), "append")
    as_text = sql.SQL("a.{c}::text IS DISTINCT FROM b.{c}::text")
    as_number = sql.SQL("a.{c}::text::numeric IS DISTINCT FROM b.{c}::text::numeric")
    query = sql.SQL('SELECT count(*) FROM "ha""rd Ё" a JOIN back b USING ("№") WHERE {differ}')
    for name in HARD_DUCK:
        differ = (as_number if name == "Sum" else as_text).format(c=sql.Identifier(name))
        assert hard.run(query.format(differ=differ)) == [(0,)], name


def test_null_and_empty_text_stay_apart_even_alone_in_a_row(database: Database, tmp_path: Path):
    database.run(r"CREATE TABLE one (t text); INSERT INTO one VALUES (NULL), (''), ('\N'), (E'\n'), (NULL), ('NULL')")
    landed = land(database, ("public", "one"), tmp_path / "l")
    assert rows(landed) == [(None,), ("",), (r"\N",), ("\n",), (None,), ("NULL",)]


def test_one_cell_that_refuses_keeps_its_column_text_and_is_shown(database: Database, tmp_path: Path):
    database.run(
        "CREATE TABLE odd (n numeric(5,2), m numeric, d date, t timestamp, a int[], k int);"
        "INSERT INTO odd VALUES (1.5, 2.5, '2024-01-01', '2024-01-01', '{1}', 1),"
        "('NaN', 'Infinity', '0044-03-15 BC', 'infinity', '{{1,2},{3,4}}', 2)"
    )
    landed = land(database, ("public", "odd"), tmp_path / "l")
    refused = {one.column.name: (one.refused.row, one.refused.wanted) for one in landed.columns if one.refused}
    assert refused == {
        "n": (2, "DECIMAL(5,2)"), "m": (2, "DECIMAL"), "d": (2, "DATE"), "t": (2, "TIMESTAMP"), "a": (2, "INTEGER[]")
    }  # fmt: skip
    assert rows(landed) == [
        ("1.50", "2.5", "2024-01-01", "2024-01-01 00:00:00", "{1}", 1),
        ("NaN", "Infinity", "0044-03-15 BC", "infinity", "{{1,2},{3,4}}", 2),
    ]


def test_numbers_wider_than_any_decimal_stay_text(database: Database, tmp_path: Path):
    database.run("CREATE TABLE wide (a numeric); INSERT INTO wide VALUES (1e30), (1e-20)")
    landed = land(database, ("public", "wide"), tmp_path / "l")
    assert landed.schema[0].type == "VARCHAR"
    assert landed.columns[0].refused.row == 1
    assert [row[0] for row in rows(landed)] == ["1" + "0" * 30, "0." + "0" * 19 + "1"]


def test_infinite_floats_are_kept_and_said(database: Database, tmp_path: Path):
    database.run("CREATE TABLE f (x float8); INSERT INTO f VALUES ('Infinity'), ('NaN'), (1)")
    landed = land(database, ("public", "f"), tmp_path / "l")
    assert [say(note) for note in landed.notes] == ["2 values of x are infinity or not a number; they were kept as they are."]


def test_names_that_differ_in_capitals_only_both_arrive(database: Database, tmp_path: Path):
    database.run('CREATE TABLE twins ("Id" int, id int, "ID" int); INSERT INTO twins VALUES (1, 2, 3)')
    landed = land(database, ("public", "twins"), tmp_path / "l")
    assert [column.name for column in landed.schema] == ["Id", "id_2", "ID_3"]
    assert rows(landed) == [(1, 2, 3)]
    assert len(landed.notes) == 2


def test_an_empty_table_lands_with_its_columns(database: Database, tmp_path: Path):
    database.run("CREATE TABLE e (a int, b text[], n numeric)")
    landed = land(database, ("public", "e"), tmp_path / "l")
    assert (landed.rows, [column.type for column in landed.schema]) == (0, ["INTEGER", "VARCHAR[]", "DECIMAL(38,10)"])
    assert rows(landed) == []


@pytest.mark.parametrize("odd", [False, True])
def test_a_large_table_arrives_in_pieces_and_whole(database: Database, tmp_path: Path, monkeypatch, odd: bool):
    monkeypatch.setattr(pieces, "PIECE", 100_000)
    monkeypatch.setattr(pieces, "TOLD", 10_000)
    monkeypatch.setattr(parts.Parts.__init__, "__defaults__", (100_000,))
    # One value that the binary form does not carry, in the last piece.
    database.run(
        "CREATE TABLE big AS SELECT n, (n::numeric / 7)::numeric(12, 4) AS q, repeat('ё', n %% 50) AS t,"
        " CASE WHEN n = 20000 AND %s THEN 'infinity' ELSE '2024-01-01' END::date AS d FROM generate_series(1, 20000) n",
        (odd,),
    )
    landed = land(database, ("public", "big"), tmp_path / "l")
    groups = sum(pq.ParquetFile(file).num_row_groups for file in landed.files)
    assert groups > 5
    assert {Path(file).name for file in landed.files} == {file.name for file in (tmp_path / "l").iterdir()}
    with duckdb.connect() as connection:
        total = connection.execute(
            "SELECT count(*), sum(n), sum(length(t)) FROM read_parquet($f)", {"f": list(landed.files)}
        ).fetchall()
    assert total == database.run("SELECT count(*), sum(n), sum(length(t)) FROM big")
    assert landed.schema[1].type.startswith("DECIMAL(")


def test_a_cell_that_refuses_in_a_late_piece_turns_the_whole_column(database: Database, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(parts.Parts.__init__, "__defaults__", (10_000,))
    database.run(
        "CREATE TABLE late AS SELECT n, CASE WHEN n = 4000 THEN 'infinity' ELSE '2024-01-01' END::date AS d"
        " FROM generate_series(1, 5000) n"
    )
    landed = land(database, ("public", "late"), tmp_path / "l")
    assert (landed.schema[1].type, landed.columns[1].refused.row, landed.columns[1].refused.cell) == ("VARCHAR", 4000, "infinity")
    assert len(rows(landed)) == 5000


def test_a_very_long_value_arrives_whole(database: Database, tmp_path: Path):
    database.run("CREATE TABLE long AS SELECT 1 AS n, repeat(E'\"\\n', 3000000) AS t")
    landed = land(database, ("public", "long"), tmp_path / "l")
    with duckdb.connect() as connection:
        assert connection.execute("SELECT md5(t) FROM read_parquet($f)", {"f": list(landed.files)}).fetchall() == database.run(
            "SELECT md5(t) FROM long"
        )
