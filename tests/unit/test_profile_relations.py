"""Foreign keys: counted on all rows, believed only where something beside inclusion speaks for them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from core.models import names
from core.models.profile import ForeignKey
from core.words import say
from tests.unit.profile_landing import land, profiled

CUSTOMERS = "SELECT i + 1 AS id, 'Customer ' || i AS name FROM range(100) t(i)"


def _relations(folder: Path, **queries: str) -> dict[str, ForeignKey]:
    found = profiled({name: land(folder, name, query) for name, query in queries.items()}).foreign_keys
    return {f"{key.table}.{'+'.join(key.columns)} > {key.references}.{'+'.join(key.ref_columns)}": key for key in found}


def test_a_column_named_after_a_table_refers_to_it(tmp_path: Path) -> None:
    orders = "SELECT i AS order_id, i * 7 % 100 + 1 AS customer_id FROM range(300) t(i)"
    found = _relations(tmp_path, customers=CUSTOMERS, orders=orders)
    assert list(found) == ["orders.customer_id > customers.id"]
    (key,) = found.values()
    assert (key.included, key.orphans) == (1.0, 0)
    assert key.confidence > 0.9
    assert "The names match" in [say(line) for line in key.evidence]


def test_orphans_are_counted_and_nulls_are_none(tmp_path: Path) -> None:
    orders = "SELECT i AS order_id, CASE WHEN i % 10 = 0 THEN NULL ELSE i % 125 + 1 END AS customer_id FROM range(1000) t(i)"
    (key,) = _relations(tmp_path, customers=CUSTOMERS, orders=orders).values()
    filled = [i % 125 + 1 for i in range(1000) if i % 10]
    orphans = sum(value > 100 for value in filled)
    assert key.orphans == orphans
    assert key.included == pytest.approx(1 - orphans / len(filled))
    assert duckdb.connect().execute(key.query).fetchall() == [(orphans,)]
    assert key.confidence < 0.9


def test_a_month_does_not_refer_to_a_table_numbered_from_one(tmp_path: Path) -> None:
    sales = "SELECT i AS sale, i % 12 + 1 AS month, i % 31 + 1 AS day, i % 50 AS quantity FROM range(2000) t(i)"
    assert _relations(tmp_path, customers=CUSTOMERS, sales=sales) == {}


def test_a_column_that_is_no_month_does_not_refer_to_the_months(tmp_path: Path) -> None:
    rows = {"months": "SELECT i + 1 AS month, 'm' || i AS label FROM range(12) t(i)"}
    readings = "SELECT i AS id, 1 + (i * 7) % 10 AS {} FROM range(5000) t(i)"
    (tmp_path / "named").mkdir()
    assert not _relations(tmp_path, **rows, readings=readings.format("sensor"))
    assert _relations(tmp_path / "named", **rows, readings=readings.format("month"))


def test_two_tables_numbered_from_one_do_not_refer_to_each_other(tmp_path: Path) -> None:
    found = _relations(
        tmp_path,
        customers=CUSTOMERS,
        products="SELECT i + 1 AS id, 'Thing ' || i AS title FROM range(80) t(i)",
        shops="SELECT i + 1 AS shop, 'Shop ' || i AS title FROM range(60) t(i)",
    )
    assert found == {}


def test_values_alone_show_a_relation_of_codes(tmp_path: Path) -> None:
    found = _relations(
        tmp_path,
        places="SELECT chr((65 + i % 26)::INTEGER) || chr((65 + i // 26)::INTEGER) || 'X' AS faa, i * 3 AS altitude FROM range(400) t(i)",
        trips="SELECT i AS trip, chr((65 + i % 26)::INTEGER) || chr((65 + i % 9)::INTEGER) || 'X' AS start FROM range(900) t(i)",
    )
    assert list(found) == ["trips.start > places.faa"]
    assert 0.5 <= found["trips.start > places.faa"].confidence < 0.8


def test_a_composite_key_is_referred_to_by_both_columns(tmp_path: Path) -> None:
    found = _relations(
        tmp_path,
        stock="SELECT i % 20 AS shop_code, i // 20 AS product_code, i * 3 AS amount FROM range(1000) t(i)",
        sales="SELECT i % 20 AS shop_code, i % 50 AS product_code, i AS receipt FROM range(3000) t(i)",
    )
    assert "sales.shop_code+product_code > stock.shop_code+product_code" in found


def test_a_pair_of_which_each_part_is_found_but_not_together_is_no_relation(tmp_path: Path) -> None:
    found = _relations(
        tmp_path,
        stock="SELECT i % 20 AS shop_code, i // 20 AS product_code FROM range(1000) t(i) WHERE i % 20 < i // 20 % 20",
        sales="SELECT 1 + i % 18 AS shop_code, 0 AS product_code, i AS receipt FROM range(3000) t(i)",
    )
    assert found == {}


def test_types_that_cannot_be_compared_are_not_related(tmp_path: Path) -> None:
    orders = "SELECT i AS order_id, DATE '2024-01-01' + (i % 100)::INTEGER AS customer_id FROM range(300) t(i)"
    assert _relations(tmp_path, customers=CUSTOMERS, orders=orders) == {}


@pytest.mark.parametrize(
    ("child", "orphans", "said"),
    [
        (
            "CASE WHEN i % 9 > 0 THEN (i % 100 + 1)::DOUBLE END",
            0,
            "Compared as numbers",
        ),  # as pandas keeps whole numbers with gaps
        ("CASE WHEN i = 7 THEN 'n/a' ELSE (i % 100 + 1)::VARCHAR END", 1, "Compared as texts"),
        ("(i % 100 + 1)::VARCHAR", 0, "Compared as texts"),
    ],
)
def test_numbers_of_another_type_refer_all_the_same(tmp_path: Path, child: str, orphans: int, said: str) -> None:
    orders = f"SELECT i AS order_id, {child} AS customer_id FROM range(300) t(i)"  # noqa: S608
    (key,) = _relations(tmp_path, customers=CUSTOMERS, orders=orders).values()
    assert (key.columns, key.references, key.orphans) == (("customer_id",), "customers", orphans)
    assert key.confidence > 0.85
    assert any(say(line).startswith(said) for line in key.evidence)
    assert duckdb.connect().execute(key.query).fetchall() == [(orphans,)]


def test_texts_of_digits_without_a_name_and_fractions_refer_to_nothing(tmp_path: Path) -> None:
    sales = "SELECT i AS sale, (i % 100 + 1)::VARCHAR AS c7, (i % 100 + 1) / 2 AS customer_id FROM range(3000) t(i)"
    assert _relations(tmp_path, customers=CUSTOMERS, sales=sales) == {}


def test_whole_fractions_are_found_without_names(tmp_path: Path) -> None:
    t1 = "SELECT 100 + i * 3 AS a1, md5(i::VARCHAR) AS a2 FROM range(4000) t(i)"
    t2 = "SELECT hash(i) AS b1, CASE WHEN i % 7 > 0 THEN (100 + hash(i) % 4000 * 3)::DOUBLE END AS b2 FROM range(30000) t(i)"
    assert list(_relations(tmp_path, t1=t1, t2=t2)) == ["t2.b2 > t1.a1"]


def test_points_in_time_with_and_without_a_zone_can_be_compared(tmp_path: Path) -> None:
    found = _relations(
        tmp_path,
        weather="SELECT TIMESTAMP '2013-01-01' + INTERVAL (i) HOUR AS time_hour, i % 30 AS temp FROM range(500) t(i)",
        flights="SELECT TIMESTAMPTZ '2013-01-01 00:00:00+00' + INTERVAL (i % 500) HOUR AS time_hour, i AS n FROM range(900) t(i)",
    )
    assert list(found) == ["flights.time_hour > weather.time_hour"]


def test_an_empty_table_is_related_to_nothing(tmp_path: Path) -> None:
    assert _relations(tmp_path, customers=CUSTOMERS, orders="SELECT 1 AS customer_id WHERE false") == {}


@pytest.mark.parametrize(
    ("child", "table", "key", "least", "most"),
    [
        (("entity", "34", "id"), "entity3", ("entity", "3", "id"), 0.0, 0.5),
        (("entity", "3", "id"), "entity3", ("entity", "3", "id"), 1.0, 1.0),
        (("customer", "id"), "customers", ("id",), 1, 1),
        (("customerid",), "customers", ("id",), 1, 1),
        (("tailnum",), "planes", ("tailnum",), 1, 1),
        (("home", "airport", "code"), "airports", ("code",), 0.7, 1),
        (("id",), "customers", ("id",), 0, 0.3),
        (("column", "7"), "t", ("column", "7"), 0, 0),
        (("month",), "airports", ("faa",), 0, 0),
        (("country",), "countries", ("id",), 0.7, 1),
    ],
)
def test_likeness_of_names(child: tuple[str, ...], table: str, key: tuple[str, ...], least: float, most: float) -> None:
    assert least <= names.likeness(child, table, key) <= most
