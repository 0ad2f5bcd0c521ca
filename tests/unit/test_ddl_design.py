"""From the profile to the design: keys, references, order of tables, partitions, sort keys, names, widths."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ddl import design, dialects, keys, partition, sortkey
from core.ddl.calendar import edges
from core.ddl.columns import comment
from core.ddl.look import Facts
from core.ddl.names import distinct, fitting, utf8
from core.ddl.order import late, parents_first
from core.ddl.widths import narrowest, wanted
from core.models.design import ColumnDesign, Reference, TableDesign
from core.models.profile import ForeignKey
from core.words import say
from tests.unit.ddl_cases import column_profile, profile_of, table_profile
from tests.unit.profile_landing import land, profiled

SHOP = table_profile(column_profile("id", "INTEGER", low="1", high="900000"), column_profile("name"), name="shop", key=["id"])
SALE = table_profile(
    column_profile("id", "BIGINT"), column_profile("shop", "BIGINT", low="3", high="90", nulls=5), name="sale", key=["id"]
)
SALE_TO_SHOP = ForeignKey("sale", ("shop",), "shop", ("id",), 0.9)


def notes(table: TableDesign) -> str:
    return "\n".join(say(note) for note in table.notes)


# Keys


def test_a_foreign_key_that_holds_on_every_row_becomes_one_and_gets_the_type_of_the_key():
    shop, sale = design.tables(profile_of(SALE, SHOP, foreign_keys=[SALE_TO_SHOP]))
    assert (shop.name, sale.name) == ("shop", "sale")
    assert sale.references == (Reference(("shop",), "shop", ("id",)),)
    mine, theirs = sale.columns[1], shop.columns[0]
    assert (mine.type, mine.low, mine.high) == (theirs.type, theirs.low, theirs.high) == ("INTEGER", "1", "900000")
    assert mine.nullable


def test_both_ends_of_a_relation_that_some_rows_break_have_one_type():
    visit = table_profile(
        column_profile("visit_id", "BIGINT", low="1", high="9"),
        column_profile("shop_id", "SMALLINT", low="-2", high="30000"),
        name="visit",
        key=["visit_id"],
    )
    shop = table_profile(column_profile("id", "UTINYINT", low="1", high="200"), name="shop", key=["id"])
    broken = ForeignKey("visit", ("shop_id",), "shop", ("id",), 0.9, orphans=3)
    found = {table.name: table for table in design.tables(profile_of(visit, shop, foreign_keys=[broken]))}
    mine, theirs = found["visit"].columns[1], found["shop"].columns[0]
    assert not found["visit"].references
    assert (mine.type, mine.low, mine.high) == (theirs.type, theirs.low, theirs.high) == ("SMALLINT", "-2", "30000")
    for dialect in map(dialects.dialect, dialects.names()):
        assert dialect.column_type(mine, found["visit"]).text == dialect.column_type(theirs, found["shop"]).text


def test_the_number_of_a_composite_key_has_room_for_the_rows_to_come():
    lines = table_profile(
        column_profile("order_no", "BIGINT", low="1", high="5000", distinct=5000),
        column_profile("line_no", "BIGINT", low="1", high="9", distinct=9),
        name="line",
        key=["order_no", "line_no"],
    )
    (found,) = design.tables(profile_of(lines))
    assert [column.grows for column in found.columns] == [True, False]


@pytest.mark.parametrize(
    ("key", "because"),
    [
        (replace(SALE_TO_SHOP, orphans=7), "7 rows refer to nothing"),
        (replace(SALE_TO_SHOP, confidence=0.2), "only 20 % sure"),
        (replace(SALE_TO_SHOP, ref_columns=("name",)), "no key there"),
        (replace(SALE_TO_SHOP, references="nowhere"), "no key there"),
    ],
)
def test_a_foreign_key_that_cannot_be_one_is_noted_with_the_reason(key: ForeignKey, because: str):
    found = {table.name: table for table in design.tables(profile_of(SALE, SHOP, foreign_keys=[key]))}
    assert found["sale"].references == ()
    assert because in notes(found["sale"])


def test_columns_of_different_families_make_no_foreign_key():
    texts = replace(SALE, columns=(SALE.columns[0], column_profile("shop")))
    found, why = keys.references(texts, profile_of(texts, SHOP, foreign_keys=[SALE_TO_SHOP]))
    assert found == ()
    assert "types differ" in say(why[0])


def test_of_two_relations_from_the_same_columns_the_likelier_is_taken():
    other = replace(SHOP, name="place")
    pair = [replace(SALE_TO_SHOP, references="place", confidence=0.6), SALE_TO_SHOP]
    found, why = keys.references(SALE, profile_of(SALE, SHOP, other, foreign_keys=pair))
    assert [one.table for one in found] == ["shop"]
    assert why == ()


def test_documents_and_bytes_are_no_primary_key():
    table = table_profile(column_profile("doc", "JSON"), key=["doc"])
    (made,) = design.tables(profile_of(table))
    assert made.primary_key == ()
    assert "No primary key" in notes(made)


def test_a_table_without_rows_has_no_column_that_must_be_filled():
    (made,) = design.tables(profile_of(table_profile(column_profile("x", rows=0, distinct=0))))
    assert made.columns[0].nullable
    assert made.columns[0].comment == ""


def test_the_facts_of_the_values_reach_the_columns():
    table = table_profile(column_profile("at", "TIMESTAMP"), column_profile("doc", "JSON"))
    facts = Facts(fraction={("t", "at"): 3}, keep={("t", "doc"): "text"})
    (made,) = design.tables(profile_of(table), facts)
    assert (made.columns[0].fraction, made.columns[1].keep) == (3, "text")


def test_a_comment_says_what_was_seen_and_names_no_text():
    person = column_profile("name", low="Анна", high="Яков", length_max=30, distinct=1)
    assert say(comment(person)) == "up to 30 characters; 1 different value; never null"
    number = replace(column_profile("n", "BIGINT", low="-5", high="12", nulls=1), distinct_exact=False)
    assert say(comment(number)) == "-5 to 12; about 50 different values; 1 null"
    assert say(comment(column_profile("x", nulls=100_000))) == "always null so far"


# Order of tables


def refer(name: str, *others: str) -> TableDesign:
    return TableDesign(name, (), references=tuple(Reference((), other, ()) for other in others))


def test_what_is_referred_to_comes_first():
    names = [table.name for table in parents_first([refer("c", "b"), refer("b", "a"), refer("a"), refer("x")])]
    assert names == ["a", "b", "c", "x"]


def test_a_circle_and_a_table_that_refers_to_itself_are_closed_late():
    tables = parents_first([refer("a", "b", "a"), refer("b", "a")])
    assert [table.name for table in tables] == ["b", "a"]
    assert [(table.name, reference.table) for table, reference in late(tables)] == [("b", "a"), ("a", "a")]


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4), min_size=1))
def test_every_table_comes_once_and_after_all_but_the_late_ones(graph: dict[str, list[str]]):
    tables = [refer(name, *(other for other in others if other in graph)) for name, others in graph.items()]
    ordered = parents_first(tables)
    assert sorted(table.name for table in ordered) == sorted(graph)
    waiting = {(table.name, reference.table) for table, reference in late(ordered)}
    seen: set[str] = set()
    for table in ordered:
        assert all(reference.table in seen or (table.name, reference.table) in waiting for reference in table.references)
        seen.add(table.name)


def test_a_chain_of_ten_thousand_tables_is_ordered():
    tables = [refer(str(number), str(number + 1)) for number in range(10_000)] + [refer("10000")]
    assert parents_first(tables)[0].name == "10000"


# Partitions


def by_time(rows: int, low: str, high: str, kind: str = "TIMESTAMP"):
    return partition.by_time(table_profile(column_profile("at", kind, rows=rows, low=low, high=high), time="at"))


def test_by_time():
    year = ("2023-01-01 00:00:00", "2023-12-31 23:59:59")
    assert by_time(4_000_000, *year) is None
    assert by_time(20_000_000, *year).kind == "month"
    assert by_time(2_000_000_000, *year).kind == "day"
    assert by_time(50_000_000, "2000-01-01", "2023-12-31", "DATE").kind == "year"
    logs = by_time(100_000_000, "2023-01-01 00:00:00+00", "2023-01-03 00:00:00+00", "TIMESTAMP WITH TIME ZONE")
    assert logs.kind == "hour"
    assert by_time(100_000_000, "2023-01-01", "2023-01-03", "DATE").kind == "day"
    assert by_time(6_000_000, "2013-01-01", "2023-01-01", "DATE") is None  # fewer than a million rows a year
    assert by_time(90_000_000, "0044-03-15 (BC)", "infinity", "DATE") is None


def test_by_range():
    def table(rows: int, kind: str = "BIGINT"):
        return table_profile(column_profile("id", kind, rows=rows, low="1", high="100000000"), key=["id"])

    found = partition.by_range(table(100_000_000))
    assert found.kind == "range"
    assert found.bounds[:2] == ("10000001", "20000001")
    assert len(found.bounds) == 9
    assert partition.by_range(table(40_000_000)) is None
    assert partition.by_range(table(100_000_000, "UUID")) is None


def test_by_hash():
    table = table_profile(column_profile("id", "UUID", rows=100_000_000), key=["id"])
    assert partition.by_range(table) is None
    assert partition.by_hash(table).buckets == 8
    assert partition.by_hash(replace(table, rows=1_000_000)) is None
    assert partition.by_hash(replace(table, primary_key=())) is None


def test_every_rule_of_partitions_has_a_test_of_its_name():
    assert {f"test_{rule.__name__}" for rule in partition.RULES} <= set(globals())


@pytest.mark.parametrize("kind", ["hour", "day", "month", "year"])
@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(0, 60 * 60 * 24 * 40))
def test_partitions_join_without_a_gap_and_hold_both_ends(kind: str, low: datetime, seconds: int):
    high = datetime.fromtimestamp(low.timestamp() + seconds)
    found = list(edges(kind, low, high))
    assert found[0][1] <= low < found[0][2]
    assert found[-1][1] <= high < found[-1][2]
    assert all(one[2] == other[1] for one, other in pairwise(found))
    assert len({label for label, _, _ in found}) == len(found)


# Sort keys


def test_order_by_sorts_a_compound_key_by_fewest_values():
    columns = [column_profile("flight", "BIGINT", distinct=3_844), column_profile("carrier", distinct=16)]
    columns.append(column_profile("at", "TIMESTAMP", distinct=6_936))
    table = table_profile(*columns, key=["flight", "at", "carrier"], time="at")
    assert sortkey.order_by(table) == ("carrier", "flight", "at")


def test_order_by_puts_a_category_and_the_time_before_a_single_key():
    columns = [column_profile("id", "BIGINT", distinct=100_000), column_profile("at", "TIMESTAMP", distinct=90_000)]
    columns.append(column_profile("kind", distinct=5))
    assert sortkey.order_by(table_profile(*columns, key=["id"], time="at")) == ("kind", "at", "id")
    assert sortkey.order_by(table_profile(*columns, key=["id"])) == ("id",)


def test_order_by_without_a_key_takes_categories_and_time_but_nothing_that_may_be_null():
    columns = [
        column_profile("city", distinct=700),
        column_profile("kind", distinct=5),
        column_profile("maybe", nulls=3, distinct=4),
    ]
    columns += [column_profile("at", "TIMESTAMP", distinct=90_000), column_profile("f", "DOUBLE", distinct=3)]
    assert sortkey.order_by(table_profile(*columns, time="at")) == ("kind", "city", "at")
    assert sortkey.order_by(table_profile(column_profile("x", nulls=1))) == ()


# Names


@given(st.lists(st.text(max_size=90), unique=True, max_size=20), st.integers(12, 63))
def test_names_fit_and_stay_different(names: list[str], limit: int):
    found = distinct(names, limit)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(0 < utf8(short) <= limit and "\0" not in short for short in found.values())


def test_a_name_that_fits_keeps_its_own_although_a_cut_one_would_be_the_same():
    long = "x" * 100
    cut = fitting(long, 63)
    assert distinct([long, cut], 63) == {long: fitting(long, 63, taken={cut}), cut: cut}


def test_a_long_cyrillic_name_is_cut_between_letters_the_same_way_every_time():
    name = "ж" * 100
    assert fitting(name, 63) == fitting(name, 63)
    assert fitting(name, 63).startswith("ж" * 27 + "_")
    assert fitting("", 63)


# Widths


def test_a_column_that_fills_half_of_a_type_gets_the_next():
    ladder = (("small", -(2**15), 2**15 - 1), ("large", -(2**63), 2**63 - 1))

    def of(low: str | None, high: str | None, kind: str = "BIGINT") -> str:
        return narrowest(ColumnDesign("x", kind, False, low=low, high=high), ladder)

    assert of("1", "16000") == "small"
    assert of("1", "17000") == "large"
    assert of("-17000", "0") == "large"
    assert of("1", "32000", "SMALLINT") == "small"  # never wider than the data's own type
    assert of(None, None) == "large"
    assert of(None, None, "SMALLINT") == "small"


@pytest.mark.parametrize(("dialect", "type"), [("postgres", "integer"), ("clickhouse", "UInt32")])
def test_a_key_that_grows_and_what_refers_to_it_have_room_and_a_note_says_why(dialect, type, tmp_path):
    taken = profiled({
        "shop": land(tmp_path, "shop", "SELECT i AS shop_id, 'Shop ' || i AS name, i % 7 AS floor FROM range(1, 200) AS t(i)"),
        "sale": land(tmp_path, "sale", "SELECT i AS sale_id, 1 + i % 199 AS shop_id, i % 40 AS pieces FROM range(3000) AS t(i)"),
    })  # fmt: skip
    rendered = {one.name: one for one in dialects.dialect(dialect).render(design.tables(taken))}
    assert rendered["shop"].types["shop_id"] == rendered["sale"].types["shop_id"] == rendered["sale"].types["sale_id"] == type
    assert (
        rendered["shop"].types["floor"] == rendered["sale"].types["pieces"] == ("smallint" if dialect == "postgres" else "UInt8")
    )
    notes = [say(one) for one in rendered["shop"].ddl.notes]
    assert any(one.startswith(f"shop_id is {type}, not ") and one.endswith("keys grow with every row.") for one in notes)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_what_is_wanted_holds_what_was_seen(one: int, other: int):
    low, high = sorted((one, other))
    least, most = wanted(ColumnDesign("x", "BIGINT", False, low=str(low), high=str(high)))
    assert least <= low <= high <= most
