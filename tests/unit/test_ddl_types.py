"""The type each dialect gives to a column, and what it says where that is not plain."""

from __future__ import annotations

import pytest

from core.ddl import dialects
from core.ddl.dialects.clickhouse import codecs
from core.models.design import ColumnDesign, Index, Partition, Reference, TableDesign
from core.words import msg, say


def column(kind: str, low: str | None = None, high: str | None = None, **more) -> ColumnDesign:
    return ColumnDesign("x", kind, more.pop("nullable", False), low=low, high=high, **more)


def typed(dialect: str, one: ColumnDesign) -> str:
    return dialects.dialect(dialect).column_type(one, TableDesign("t", (one,))).text


def note(dialect: str, one: ColumnDesign) -> str:
    said = dialects.dialect(dialect).column_type(one, TableDesign("t", (one,))).note
    return say(said) if said else ""


@pytest.mark.parametrize(
    ("one", "postgres", "clickhouse"),
    [
        (column("BIGINT", "1", "12"), "smallint", "UInt8"),
        (column("BIGINT", "-43", "1301"), "smallint", "Int16"),
        (column("BIGINT", "1", "12", grows=True), "integer", "UInt32"),
        (column("BIGINT", "-1", "12", grows=True), "integer", "Int32"),
        (column("BIGINT", "1", "1500000000", grows=True), "bigint", "UInt32"),
        (column("BIGINT", "1", "3000000000", grows=True), "bigint", "UInt64"),
        (column("SMALLINT", "1", "12", grows=True), "smallint", "UInt16"),
        (column("BIGINT", "0", "100000"), "integer", "UInt32"),
        (column("BIGINT", "0", "3000000000"), "bigint", "UInt64"),
        (column("BIGINT"), "bigint", "Int64"),
        (column("UINTEGER", "0", "4294967295"), "bigint", "UInt32"),
        (column("UBIGINT", "0", "18446744073709551615"), "numeric(20)", "UInt64"),
        (column("HUGEINT", str(-(2**127)), str(2**127 - 1)), "numeric(39)", "Int128"),
        (column("HUGEINT", "0", "7"), "smallint", "UInt8"),
        (column("DECIMAL(15,2)"), "numeric(15,2)", "Decimal(15, 2)"),
        (column("FLOAT"), "real", "Float32"),
        (column("DOUBLE"), "double precision", "Float64"),
        (column("BOOLEAN"), "boolean", "Bool"),
        (column("DATE", "1999-01-01", "2024-01-01"), "date", "Date"),
        (column("DATE", "1969-12-31", "2024-01-01"), "date", "Date32"),
        (column("DATE", "1899-12-31", "2024-01-01"), "date", "String"),
        (column("TIMESTAMP", "1999-01-01", "2024-01-01", fraction=0), "timestamp", "DateTime('UTC')"),
        (column("TIMESTAMP", "1969-01-01", "2024-01-01", fraction=0), "timestamp", "DateTime64(0, 'UTC')"),
        (column("TIMESTAMP", "1999-01-01", "2024-01-01", fraction=3), "timestamp", "DateTime64(3, 'UTC')"),
        (column("TIMESTAMP", "1999-01-01", "2024-01-01"), "timestamp", "DateTime64(6, 'UTC')"),
        (column("TIMESTAMP WITH TIME ZONE", "1999-01-01", "9999-12-31"), "timestamptz", "String"),
        (column("TIMESTAMP_NS", fraction=9), "text", "DateTime64(9, 'UTC')"),
        (column("TIMESTAMP_NS"), "text", "DateTime64(9, 'UTC')"),
        (column("TIMESTAMP_NS", fraction=6), "timestamp", "DateTime64(6, 'UTC')"),
        (column("TIMESTAMP_S", "1999-01-01", "2024-01-01"), "timestamp", "DateTime('UTC')"),
        (column("TIME", fraction=0), "time", "Time"),
        (column("TIME_NS"), "text", "Time64(9)"),
        (column("INTERVAL"), "interval", "String"),
        (column("TIME WITH TIME ZONE"), "timetz", "String"),
        (column("UUID"), "uuid", "UUID"),
        (column("JSON"), "jsonb", "String"),
        (column("JSON", keep="text"), "json", "String"),
        (column("JSON", keep="raw"), "text", "String"),
        (column("STRUCT(a INTEGER)"), "jsonb", "String"),
        (column("BLOB"), "bytea", "String"),
        (column("BIT"), "text", "String"),
        (column("VARCHAR", distinct=10_000, rows=100_000), "text", "LowCardinality(String)"),
        (column("VARCHAR", distinct=10_001, rows=10**9), "text", "String"),
        (column("VARCHAR", distinct=20_00, rows=10_000), "text", "String"),
        (column("VARCHAR", distinct=5, rows=100, nullable=True), "text", "LowCardinality(Nullable(String))"),
        (column("BIGINT", "1", "12", nullable=True), "smallint", "Nullable(UInt8)"),
        (column("VARCHAR[]"), "text[]", "Array(Nullable(String))"),
        (column("DECIMAL(5,2)[]"), "numeric(5,2)[]", "Array(Nullable(Decimal(5, 2)))"),
        (column("INTEGER[]", nullable=True), "integer[]", "Nullable(String)"),
        (column("INTEGER[][]"), "jsonb", "String"),
        (column("ENUM('a', 'b')"), "text", "String"),
    ],
    ids=lambda value: f"{value.type} {value.low} {value.high}" if isinstance(value, ColumnDesign) else "",
)
def test_each_type_is_the_smallest_that_is_exact(one: ColumnDesign, postgres: str, clickhouse: str):
    assert typed("postgres", one) == postgres
    assert typed("clickhouse", one) == clickhouse


@pytest.mark.parametrize(
    ("dialect", "one", "word"),
    [
        ("postgres", column("TIMESTAMP_NS"), "nanoseconds"),
        ("postgres", column("JSON"), "order of keys"),
        ("postgres", column("JSON", keep="text"), "come twice"),
        ("postgres", column("JSON", keep="raw"), "NaN"),
        ("postgres", column("DATE", "5877642-06-25 (BC)", "5881580-07-10"), "outside"),
        ("clickhouse", column("DATE", "0044-03-15 (BC)", "2024-01-01"), "1900 to 2299"),
        ("clickhouse", column("TIMESTAMP", "2024-01-01", "infinity"), "1900 to 2299"),
        ("clickhouse", column("INTERVAL"), "no type for INTERVAL"),
        ("clickhouse", column("INTEGER[]", nullable=True), "empty list is not null"),
        ("clickhouse", column("JSON"), "JSON text"),
    ],
    ids=str,
)
def test_what_a_type_cannot_say_is_noted(dialect: str, one: ColumnDesign, word: str):
    assert word in note(dialect, one)


def test_codecs_follow_what_the_column_holds():
    def of(kind: str, text: str, order: tuple[str, ...] = ()) -> list[str]:
        return [codec.sql(dialect="clickhouse") for codec in codecs(column(kind), text, TableDesign("t", (), order_by=order))]

    assert of("TIMESTAMP", "DateTime('UTC')", ("x",)) == ["DoubleDelta", "ZSTD(1)"]
    assert of("TIMESTAMP", "DateTime('UTC')", ("y", "x")) == ["Delta", "ZSTD(1)"]
    assert of("BIGINT", "UInt64", ("x",)) == ["Delta", "ZSTD(1)"]
    assert of("BIGINT", "UInt64") == []
    assert of("DOUBLE", "Nullable(Float64)") == ["ZSTD(1)"]
    assert of("VARCHAR", "LowCardinality(String)") == []


# What a dialect cannot say


def rendered(dialect: str, *tables: TableDesign) -> list[tuple[str, str]]:
    found = dialects.dialect(dialect).render(tables)
    return [(" ".join(one.ddl.script.split()), "\n".join(map(say, one.ddl.notes))) for one in found]


ID = ColumnDesign("id", "BIGINT", False, low="1", high="9")
AT = ColumnDesign("at", "TIMESTAMP", False, low="2024-01-01 00:00:00", high="2024-02-15 00:00:00")
MONTHLY = Partition("month", "at", msg("many"))


def test_postgres_parts_a_table_only_where_every_key_holds_the_column():
    whole, why = rendered("postgres", TableDesign("t", (ID, AT), ("id",), partition=MONTHLY))[0]
    assert "PARTITION" not in whole
    assert "id lacks it" in why
    parted, _ = rendered("postgres", TableDesign("t", (ID, AT), ("id", "at"), partition=MONTHLY))[0]
    assert "PARTITION BY RANGE(at)" in parted
    assert "CREATE TABLE t_p2024_01 PARTITION OF t FOR VALUES FROM ('2024-01-01 00:00:00') TO ('2024-02-01 00:00:00')" in parted
    assert "CREATE TABLE t_default PARTITION OF t DEFAULT" in parted


def test_postgres_has_no_key_over_texts_that_an_index_entry_cannot_hold():
    url = ColumnDesign("url", "VARCHAR", False, length_max=4_000)
    page = TableDesign("page", (url,), ("url",))
    link = TableDesign("link", (url,), references=(Reference(("url",), "page", ("url",)),))
    (page_script, page_why), (link_script, link_why) = rendered("postgres", page, link)
    assert "PRIMARY KEY" not in page_script
    assert "2,704 bytes" in page_why
    assert "REFERENCES" not in link_script
    assert "too long here" in link_why


def test_postgres_makes_no_gin_over_json_that_is_not_jsonb():
    gin = (Index("t_doc_gin", "gin", ("doc",), msg("asked for")),)
    docs = [ColumnDesign("doc", "JSON", True, keep=keep) for keep in ("value", "text")]
    (jsonb, _), (json, _) = rendered("postgres", *(TableDesign(f"t{n}", (doc,), indexes=gin) for n, doc in enumerate(docs)))
    assert "USING gin(doc jsonb_path_ops)" in jsonb
    assert "gin" not in json


def test_postgres_closes_a_circle_after_both_tables_and_checks_it_at_commit():
    tables = [TableDesign(name, (ID,), ("id",), (Reference(("id",), other, ("id",)),)) for name, other in ("ab", "ba")]
    (first, _), (second, _) = rendered("postgres", *tables)
    assert "REFERENCES" not in first
    assert second.index("ALTER TABLE b ADD FOREIGN KEY (id) REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED") > second.index(
        "CREATE TABLE a"
    )


def test_clickhouse_says_that_it_enforces_no_key():
    unique = (Index("t_id_key", "unique", ("id",), msg("unique")),)
    references = (Reference(("id",), "u", ("id",)),)
    tables = TableDesign("t", (ID,), ("id",), references, unique, order_by=("id",)), TableDesign("u", (ID,), ("id",))
    found = {script.split()[2]: why for script, why in rendered("clickhouse", *tables)}
    assert "lets rows repeat" in found["t"]
    assert "no unique indexes" in found["t"]
    assert "refers to u (id)" in found["t"]
    assert "wraps round" in found["t"]


def test_clickhouse_is_not_parted_by_what_may_be_null_or_is_text():
    may_be_null = ColumnDesign("at", "TIMESTAMP", True, low="2024-01-01", high="2024-02-01")
    far = ColumnDesign("at", "TIMESTAMP", False, low="0001-01-01", high="2024-02-01")
    for one, word in ((may_be_null, "no null there"), (far, "text here")):
        script, why = rendered("clickhouse", TableDesign("t", (one,), partition=MONTHLY))[0]
        assert "PARTITION" not in script
        assert word in why


def test_an_index_of_another_kind_is_passed_over():
    indexes = tuple(Index(f"t_{kind}", kind, ("id",), msg("asked for")) for kind in ("btree", "skip_bloom"))
    table = TableDesign("t", (ID,), indexes=indexes)
    assert "t_skip_bloom" not in rendered("postgres", table)[0][0]
    assert "t_btree" not in rendered("clickhouse", table)[0][0]


def test_a_name_that_had_to_change_is_noted():
    script, why = rendered("postgres", TableDesign("t" * 70, (ColumnDesign("ctid", "BIGINT", True),)))[0]
    assert '"ctid"' not in script
    assert "ctid is called ctid_" in why
    assert f"{'t' * 70} is called" in why
