"""Every rule of indexes: when it speaks, and when it is silent. Tests have the names of the rules."""

from __future__ import annotations

from dataclasses import replace

from core.ddl import indexes
from core.ddl.indexes import RULES, Given
from core.ddl.look import Facts
from core.models.design import Index
from core.models.profile import Pattern, TableProfile, Top
from tests.unit.ddl_cases import column_profile, table_profile


def given(table: TableProfile, **more) -> Given:
    defaults = {"primary_key": table.primary_key, "order_by": (), "joined": (), "referenced": (), "facts": Facts()}
    return Given(table, **{**defaults, **more})


def said(rule, table: TableProfile, **more) -> list[tuple[str, tuple[str, ...]]]:
    return [(index.kind, index.columns) for index in rule(given(table, **more))]


ID = column_profile("id", "BIGINT", distinct=100_000)
AT = column_profile("at", "TIMESTAMP", distinct=90_000)


def small(table: TableProfile) -> TableProfile:
    return replace(table, rows=500)


def test_unique_for_unique_columns():
    rule = indexes.unique_for_unique_columns
    columns = [ID]
    columns += [
        column_profile(name, kind, distinct=100_000)
        for name, kind in (("tax_no", "VARCHAR"), ("lon", "DOUBLE"), ("seen", "TIMESTAMP"))
    ]
    table = table_profile(*columns, key=["id"], keys=[["tax_no"], ["lon"], ["seen"], ["tax_no", "lon"]])
    assert said(rule, table) == [("unique", ("tax_no",))]
    prose = table_profile(ID, column_profile("note", length_max=2_000, distinct=100_000), key=["id"], keys=[["note"]])
    assert said(rule, prose) == []
    words = column_profile("said", length_mean=60.0, length_max=90, distinct=100_000, patterns=(Pattern("Aa a", 9),))
    assert said(rule, table_profile(words, keys=[["said"]])) == []
    few = [column_profile(name, kind, rows=9, distinct=9) for name, kind in (("a", "VARCHAR"), ("b", "INTEGER"))]
    assert said(rule, table_profile(*few, keys=[["a"], ["b"]])) == []


def test_unique_for_referenced_keys():
    table = table_profile(ID, column_profile("code"), key=["id"], keys=[["code"]])
    assert said(indexes.unique_for_referenced_keys, table, referenced=(("id",), ("code",))) == [("unique", ("code",))]


def test_btree_for_joins():
    rule = indexes.btree_for_joins
    table = table_profile(
        ID, column_profile("customer", "BIGINT"), column_profile("url", length_max=4_000), key=["id", "customer"]
    )
    assert said(rule, table, joined=(("customer",), ("id",), ("url",))) == [("btree", ("customer",))]
    assert said(rule, small(table), joined=(("customer",),)) == []


def test_hash_for_long_joins():
    table = table_profile(ID, column_profile("url", length_max=4_000), key=["id"])
    assert said(indexes.hash_for_long_joins, table, joined=(("url",), ("id",))) == [("hash", ("url",))]


def test_btree_for_times():
    table = table_profile(ID, AT, key=["id"], time="at")
    assert said(indexes.btree_for_times, table) == [("btree", ("at",))]
    assert said(indexes.btree_for_times, table_profile(AT, key=["at"], time="at")) == []
    assert said(indexes.btree_for_times, small(table)) == []


def test_brin_for_times_in_arrival_order():
    many = table_profile(column_profile("at", "TIMESTAMP", rows=2_000_000, distinct=1_900_000), time="at")
    ordered, mixed = (Facts(spread={("t", "at"): share}) for share in (0.005, 0.9))
    assert said(indexes.brin_for_times_in_arrival_order, many, facts=ordered) == [("brin", ("at",))]
    assert said(indexes.btree_for_times, many, facts=ordered) == []
    assert said(indexes.brin_for_times_in_arrival_order, many, facts=mixed) == []
    assert said(indexes.brin_for_times_in_arrival_order, many) == []
    assert said(indexes.brin_for_times_in_arrival_order, replace(many, primary_key=("at",)), facts=ordered) == []
    few = table_profile(AT, time="at")
    assert said(indexes.brin_for_times_in_arrival_order, few, facts=ordered) == []


def test_gin_for_lists():
    kinds = {"tags": "VARCHAR[]", "ids": "BIGINT[]", "deep": "INTEGER[][]", "docs": "JSON[]", "word": "VARCHAR"}
    table = table_profile(*(column_profile(name, kind) for name, kind in kinds.items()))
    assert said(indexes.gin_for_lists, table) == [("gin", ("tags",)), ("gin", ("ids",))]
    assert said(indexes.gin_for_lists, table_profile(column_profile("tags", "VARCHAR[]", nulls=100_000))) == []


def test_gin_for_json():
    table = table_profile(column_profile("doc", "JSON"), column_profile("st", "STRUCT(a INTEGER)"))
    assert said(indexes.gin_for_json, table) == [("gin", ("doc",))]


def test_gin_for_prose():
    columns = [
        column_profile("note", length_mean=120.0, distinct=90_000),
        column_profile("code", length_mean=8.0, distinct=90_000),
    ]
    columns.append(column_profile("form", length_mean=120.0, distinct=12))
    columns.append(column_profile("sha256", length_mean=64.0, distinct=90_000, patterns=(Pattern("a9a99", 90_000),)))
    assert said(indexes.gin_for_prose, table_profile(*columns)) == [("gin", ("note",))]


def test_partial_for_mostly_null_columns():
    rule = indexes.partial_for_mostly_null_columns
    columns = [column_profile("refund", "BIGINT", nulls=95_000), column_profile("some", "BIGINT", nulls=30_000)]
    columns += [column_profile("never", "BIGINT", nulls=100_000), column_profile("note", nulls=95_000, length_max=900)]
    table = table_profile(*columns)
    assert said(rule, table) == [("partial", ("refund",))]
    assert [index.where for index in rule(given(table))] == ['NOT "refund" IS NULL']
    assert said(rule, table, joined=(("refund",),)) == []


def test_partial_for_rare_flags():
    rule = indexes.partial_for_rare_flags
    tops = {"open": 1_000, "paid": 50_000}
    columns = [
        column_profile(name, "BOOLEAN", top=(Top("false", 100_000 - count), Top("true", count))) for name, count in tops.items()
    ]
    table = table_profile(*columns, column_profile("always", "BOOLEAN", top=(Top("true", 100_000),)))
    assert [(index.columns, index.where) for index in rule(given(table))] == [(("open",), '"open" = TRUE')]


def test_skip_minmax_for_times():
    rule = indexes.skip_minmax_for_times
    table = table_profile(ID, AT, key=["id"], time="at")
    assert said(rule, table, order_by=("id",)) == [("skip_minmax", ("at",))]
    assert said(rule, table, order_by=("at", "id")) == []
    assert said(rule, replace(table, rows=16_000), order_by=("id",)) == []


def test_skip_bloom_for_lookups():
    rule = indexes.skip_bloom_for_lookups
    columns = [ID, column_profile("customer", "BIGINT", distinct=20_000), column_profile("shop", "BIGINT", distinct=12)]
    table = table_profile(*columns, key=["id"])
    joined = (("customer",), ("shop",))
    assert said(rule, table, joined=joined, order_by=("id",)) == [("skip_bloom", ("customer",))]
    assert said(rule, table, joined=joined, order_by=("customer",)) == [("skip_bloom", ("id",))]


def test_skip_set_for_categories():
    columns = [column_profile("kind", distinct=4), column_profile("city", distinct=4_000), column_profile("one", distinct=1)]
    table = table_profile(*columns, column_profile("level", "BIGINT", distinct=4))
    assert said(indexes.skip_set_for_categories, table) == [("skip_set", ("kind",))]
    assert said(indexes.skip_set_for_categories, table, order_by=("kind",)) == []


def test_every_rule_has_a_test_of_its_name():
    assert {f"test_{rule.__name__}" for rule in RULES} <= set(globals())


def test_a_btree_is_left_out_where_another_begins_with_its_columns():
    table = table_profile(ID, column_profile("a", "BIGINT"), column_profile("b", "BIGINT"), key=["id"])
    found = indexes.indexes(given(table, joined=(("a", "b"), ("a",), ("b",))))
    assert [index.columns for index in found if index.kind == "btree"] == [("a", "b"), ("b",)]


def test_the_same_index_is_asked_for_once_and_names_tell_kinds_apart():
    table = table_profile(ID, column_profile("code", distinct=100_000), AT, key=["id"], keys=[["code"]], time="at")
    found = indexes.indexes(given(table, referenced=(("code",),), joined=(("at",),), order_by=("id",)))
    assert [index.kind for index in found if index.columns == ("code",)] == ["unique", "skip_bloom"]
    assert [index.kind for index in found if index.columns == ("at",)] == ["btree", "skip_minmax"]
    assert len({index.name for index in found}) == len(found)
    assert all(isinstance(index, Index) and index.because.text for index in found)
