"""Rules about several columns and tables, counted a second way, and rules that a person keeps, adds or dismisses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.models.profile import ForeignKey, Profile
from core.models.quality import Check, Checks, Quality, Result, Rule
from core.profile.quality import assess
from core.task import Task
from tests.unit.profile_landing import land, profiled
from tests.unit.test_quality import NOW

ROWS = 2_000
FEW = [3, 500, 1_999]


def invoices() -> pd.DataFrame:
    """Invoices whose columns hang together."""
    random = np.random.default_rng(4)
    net = random.integers(100, 90_000, ROWS)
    tax, freight, quantity = net // 5 + random.integers(0, 50, ROWS), random.integers(1, 900, ROWS), random.integers(2, 30, ROWS)
    city = random.choice(["Omsk", "Perm", "Ufa", "Tver", "Orel", "Tula"], ROWS)
    return pd.DataFrame(
        {
            "number": np.arange(ROWS) + 1,
            "net": net,
            "tax": tax,
            "freight": freight,
            "total": net + tax + freight,
            "gross": net + tax,
            "quantity": quantity,
            "worth": quantity * net,
            "city": city,
            "region": pd.Series(city).map({"Omsk": "S", "Perm": "U", "Ufa": "V", "Tver": "C", "Orel": "C", "Tula": "C"}),
        }
    )


def invoices_profile(folder: Path, rows: pd.DataFrame) -> Profile:
    return profiled({"invoices": land(folder, "invoices", pa.Table.from_pandas(rows, preserve_index=False))})


def result(quality: Quality, kind: str, last: str, table: str = "") -> Result:
    (found,) = [
        one
        for one in quality.results
        if one.rule.kind == kind and one.rule.columns[-1] == last and (not table or one.rule.table == table)
    ]
    assert len(duckdb.sql(found.query).fetchall()) == found.failed
    return found


def test_sums_products_and_values_that_go_with_others_are_found(tmp_path: Path) -> None:
    rows = invoices()
    rows.loc[FEW, "gross"] += 7
    rows.loc[FEW[:2], "worth"] -= 1
    rows.loc[FEW[:1], "region"] = "X"
    rows.loc[FEW, "total"] += 1_000
    quality = assess(invoices_profile(tmp_path, rows), Checks(), Task(), now=NOW)
    gross = result(quality, "adds_up", "gross")
    assert set(gross.rule.columns[:-1]) == {"net", "tax"}
    assert gross.failed == int((rows["net"] + rows["tax"] != rows["gross"]).sum()) == 3
    worth = result(quality, "multiplies", "worth")
    assert worth.failed == int((rows["quantity"] * rows["net"] != rows["worth"]).sum()) == 2
    total = result(quality, "adds_up", "total")
    assert total.rule.columns == ("freight", "gross", "total")
    assert total.failed == int((rows["freight"] + rows["gross"] != rows["total"]).sum()) == 3
    region = result(quality, "goes_with", "region")
    usual = rows.groupby("city")["region"].transform(lambda values: values.mode()[0])
    assert region.rule.columns == ("city", "region")
    assert region.failed == int((usual != rows["region"]).sum()) == 1


def test_a_total_of_three_is_found(tmp_path: Path) -> None:
    rows = invoices().drop(columns="gross")
    rows.loc[FEW, "total"] += 1_000
    total = result(assess(invoices_profile(tmp_path, rows), Checks(), Task(), now=NOW), "adds_up", "total")
    assert total.rule.columns == ("net", "tax", "freight", "total")
    assert total.failed == int((rows["net"] + rows["tax"] + rows["freight"] != rows["total"]).sum()) == 3


def test_numbers_that_have_nothing_to_do_with_each_other_give_no_rule(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = pd.DataFrame({f"n{place}": random.integers(0, 50, ROWS) for place in range(8)} | {"flag": random.integers(0, 2, ROWS)})
    rows["text"] = random.choice(["a", "b", "c"], ROWS)
    quality = assess(invoices_profile(tmp_path, rows), Checks(), Task(), now=NOW)
    assert not {one.rule.kind for one in quality.results} & {"adds_up", "multiplies", "goes_with"}


def shop(folder: Path, spoil: bool) -> tuple[Profile, pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(2)
    ordered = [date(2026, 1, 1) + timedelta(days=int(day)) for day in random.integers(0, 200, 300)]
    orders = pd.DataFrame({"order_id": np.arange(300) + 1_000, "ordered": ordered})
    lines = pd.DataFrame({"line_id": np.arange(1_500) + 1, "order_id": random.integers(1_000, 1_300, 1_500)})
    lines["amount"] = random.integers(100, 9_999, 1_500)
    day = orders.set_index("order_id")["ordered"]
    lines["sent"] = [
        day[order] + timedelta(days=int(more))
        for order, more in zip(lines["order_id"], random.integers(0, 9, 1_500), strict=True)
    ]
    sums = lines.groupby("order_id")["amount"].agg(["sum", "count"])
    orders["total"] = orders["order_id"].map(sums["sum"]).fillna(0).astype(int)
    orders["items"] = orders["order_id"].map(sums["count"]).fillna(0).astype(int)
    if spoil:
        orders.loc[[5, 77], "total"] += 10
        orders.loc[[6], "items"] += 1
        lines.loc[[10, 20, 30, 40], "sent"] = date(2020, 1, 1)
    landed = {
        name: land(folder, name, pa.Table.from_pandas(rows, preserve_index=False))
        for name, rows in (("orders", orders), ("lines", lines))
    }
    profile = profiled(landed)
    keys = [(key.table, key.columns, key.references) for key in profile.foreign_keys]
    assert ("lines", ("order_id",), "orders") in keys
    return profile, orders, lines


@pytest.mark.parametrize("spoil", [False, True])
def test_rules_about_two_tables_are_found_by_their_relation(tmp_path: Path, spoil: bool) -> None:
    profile, orders, lines = shop(tmp_path, spoil)
    quality = assess(profile, Checks(), Task(), now=NOW)
    sums = lines.groupby("order_id")["amount"].agg(["sum", "count"])
    held = orders["order_id"].map(sums["sum"]).fillna(0)
    assert result(quality, "adds_up_of", "total").failed == int((held != orders["total"]).sum()) == (2 if spoil else 0)
    counted = orders["order_id"].map(sums["count"]).fillna(0)
    assert result(quality, "adds_up_of", "items").failed == int((counted != orders["items"]).sum()) == (1 if spoil else 0)
    day = lines["order_id"].map(orders.set_index("order_id")["ordered"])
    sent = result(quality, "in_order_with", "sent")
    assert sent.rule.value == "not before"
    assert sent.failed == int((lines["sent"] < day).sum()) == (4 if spoil else 0)
    assert result(quality, "refers", "order_id", "lines").failed == 0


BY_HAND = {
    "between": (Rule("invoices", "between", ("tax",), values=("50", "9000")), lambda rows: ((rows["tax"] < 50) | (rows["tax"] > 9_000)).sum()),
    "at least": (Rule("invoices", "between", ("tax",), values=("50", "")), lambda rows: (rows["tax"] < 50).sum()),
    "one of": (Rule("invoices", "one_of", ("city",), values=("Omsk", "Perm")), lambda rows: (~rows["city"].isin(["Omsk", "Perm"])).sum()),
    "matches": (Rule("invoices", "matches", ("city",), "[A-Z][a-z]{3}"), lambda rows: (~rows["city"].str.fullmatch("[A-Z][a-z]{3}")).sum()),
    "condition": (Rule("invoices", "condition", (), "net > tax * 4 OR city = 'Ufa'"), lambda rows: (~((rows["net"] > rows["tax"] * 4) | (rows["city"] == "Ufa"))).sum()),
    "unique": (Rule("invoices", "unique", ("city", "net")), lambda rows: rows.duplicated(["city", "net"], keep=False).sum()),
    "enough": (Rule("invoices", "enough_rows", (), "2001"), lambda rows: 1),
    "enough there": (Rule("invoices", "enough_rows", (), "2000"), lambda rows: 0),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_a_rule_that_a_person_adds_is_counted_and_comes_first(tmp_path: Path, name: str) -> None:
    rule, second_way = BY_HAND[name]
    rows = invoices()
    quality = assess(invoices_profile(tmp_path, rows), Checks((Check(rule),)), Task(), now=NOW)
    first = quality.results[0]
    assert first.rule == rule
    assert first.kept
    assert first.failed == second_way(rows)
    assert first.holds is (first.failed == 0)
    assert len(duckdb.sql(first.query).fetchall()) == first.failed
    assert quality.failed_checks == ((first,) if first.failed else ())


def test_a_table_without_new_rows_is_stale(tmp_path: Path) -> None:
    profile, _, lines = shop(tmp_path, spoil=False)
    age = (NOW.date() - max(lines["sent"])).days
    for days, failed in ((age + 2, 0), (age - 2, 1)):
        check = Check(Rule("lines", "fresh", ("sent",), str(days)))
        assert assess(profile, Checks((check,)), Task(), now=NOW).results[0].failed == failed


def test_a_check_holds_while_no_more_rows_break_it_than_may(tmp_path: Path) -> None:
    rows = invoices()
    rows["city"] = rows["city"].astype(object)
    rows.loc[range(20), "city"] = None
    profile = invoices_profile(tmp_path, rows)
    rule = Rule("invoices", "filled", ("city",))
    for most, holds in ((0.0, False), (0.009, False), (0.01, True)):
        first = assess(profile, Checks((Check(rule, most),)), Task(), now=NOW).results[0]
        assert (first.failed, first.most, first.holds) == (20, most, holds)


def test_a_rule_that_was_dismissed_is_not_found_again(tmp_path: Path) -> None:
    profile = invoices_profile(tmp_path, invoices())
    found = assess(profile, Checks(), Task(), now=NOW).results
    left = assess(profile, Checks(dismissed=(found[0].rule,)), Task(), now=NOW).results
    assert left == found[1:]


def test_a_check_of_what_is_not_there_any_more_is_named(tmp_path: Path) -> None:
    profile = invoices_profile(tmp_path, invoices())
    gone = (
        Rule("invoices", "filled", ("colour",)),
        Rule("bills", "filled", ("city",)),
        Rule("invoices", "refers", ("city",), "", "cities", ("name",)),
    )
    quality = assess(profile, Checks(tuple(map(Check, gone))), Task(), now=NOW)
    assert quality.lost == gone
    assert not any(one.kept for one in quality.results)


def test_names_that_are_hard_to_quote_are_only_names(tmp_path: Path) -> None:
    rows = invoices().rename(columns={"net": 'n"et', "tax": "t'ax; DROP", "city": "Город"})
    rows.loc[FEW, "gross"] += 7
    quality = assess(invoices_profile(tmp_path, rows), Checks(), Task(), now=NOW)
    assert result(quality, "adds_up", "gross").failed == 3
    assert result(quality, "goes_with", "region").failed == 0


def test_a_relation_of_a_composite_key_is_a_rule(tmp_path: Path) -> None:
    profile, _, _ = shop(tmp_path, spoil=False)
    both = ForeignKey("lines", ("order_id", "line_id"), "lines", ("order_id", "line_id"), 1.0)
    quality = assess(replace(profile, foreign_keys=(*profile.foreign_keys, both)), Checks(), Task(), now=NOW)
    assert [one.failed for one in quality.results if one.rule.ref_columns == both.ref_columns] == [0]


def test_a_check_that_cannot_be_asked_of_a_cell_is_told_and_spoils_no_other(tmp_path: Path) -> None:
    profile = invoices_profile(tmp_path, invoices())
    wrong = Rule("invoices", "condition", (), "CAST(city AS INTEGER) > 1")
    quality = assess(profile, Checks((Check(wrong), Check(Rule("invoices", "filled", ("city",))))), Task(), now=NOW)
    first, second = quality.results[:2]
    results = {one.rule: one for one in (first, second)}
    assert "INT32" in results[wrong].error
    assert not any(city in results[wrong].error for city in invoices()["city"])
    assert not results[wrong].holds
    assert results[Rule("invoices", "filled", ("city",))].holds
    assert quality.failed_checks == (results[wrong],)
    assert {one.rule.kind for one in quality.results} >= {"adds_up", "multiplies", "goes_with"}
