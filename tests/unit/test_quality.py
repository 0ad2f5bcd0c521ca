"""Rules that the data suggests, with the rows that break them counted a second way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.models.quality import Checks, Quality
from core.profile.quality import assess
from core.task import Task
from tests.unit.profile_landing import land, profiled

ROWS = 1_000
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def orders() -> pd.DataFrame:
    """Sound orders: nothing in them breaks a rule."""
    random = np.random.default_rng(9)
    ordered = [date(2026, 1, 1) + timedelta(days=int(day)) for day in np.sort(random.integers(0, 200, ROWS))]
    return pd.DataFrame(
        {
            "id": np.arange(ROWS) + 1,
            "customer": random.integers(1, 51, ROWS),
            "mail": [f"user{number}@example.org" for number in random.integers(0, 400, ROWS)],
            "code": [f"A-{number:04}" for number in random.integers(0, 9_999, ROWS)],
            "status": random.choice(["delivered", "cancelled", "waiting"], ROWS),
            "amount": np.round(random.exponential(100, ROWS) + 1, 2),
            "ordered": ordered,
            "shipped": [day + timedelta(days=int(more)) for day, more in zip(ordered, random.integers(0, 9, ROWS), strict=True)],
        }
    )


def assessed(folder: Path, rows: pd.DataFrame, **others: pd.DataFrame) -> Quality:
    tables = {"orders": rows, **others}
    landed = {name: land(folder, name, pa.Table.from_pandas(table, preserve_index=False)) for name, table in tables.items()}
    return assess(profiled(landed), Checks(), Task(), now=NOW)


def broken(quality: Quality) -> dict[tuple[str, tuple[str, ...]], int]:
    return {(one.rule.kind, one.rule.columns): one.failed for one in quality.broken}


def test_sound_rows_break_nothing(tmp_path: Path) -> None:
    quality = assessed(tmp_path, orders())
    assert broken(quality) == {}
    assert quality.score("orders") == 1.0
    assert {one.rule.kind for one in quality.results} == {"filled", "in_order", "one_of", "unique"}


def _spoilt(kind: str, rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], int]:
    """The rows with a few of them spoilt, the columns of the rule they break, and how many break it."""
    few = [3, 500, 999]
    if kind == "filled":
        rows["code"] = rows["code"].astype(object)
        rows.loc[few, "code"] = None
        return rows, ("code",), int(rows["code"].isna().sum())
    if kind == "means_something":
        rows.loc[few, "status"] = [" N/A", "-", "null"]
        return rows, ("status",), int(rows["status"].str.strip().str.lower().isin(["n/a", "-", "null"]).sum())
    if kind == "looks_like":
        rows.loc[few, "mail"] = ["nobody", "a@b", "x y@example.org"]
        return rows, ("mail",), int((~rows["mail"].str.fullmatch(r"user\d+@example\.org")).sum())
    if kind == "shaped":
        rows.loc[few, "code"] = ["A0001", "B-12", "a-0001"]
        return rows, ("code",), int((~rows["code"].str.fullmatch(r"[A-Z]-\d{4}")).sum())
    if kind == "not_negative":
        rows.loc[few, "amount"] = -1
        return rows, ("amount",), int((rows["amount"] < 0).sum())
    if kind == "well_spelt":
        rows.loc[few[:1], "status"] = "deliverd"
        return rows, ("status",), int((rows["status"] == "deliverd").sum())
    if kind == "well_spelt in other capitals":
        places = rows.index[rows["status"] == rows["status"][0]][:9]
        rows.loc[places, "status"] = f" {rows['status'][0].upper()}"
        return rows, ("status",), len(places)
    if kind == "no_stand_in":
        rows.loc[few, "amount"] = -9999
        return rows, ("amount",), int((rows["amount"] == -9999).sum())
    if kind == "no_stand_in of a day":
        rows.loc[few, "shipped"] = date(9999, 12, 31)
        return rows, ("shipped",), sum(day == date(9999, 12, 31) for day in rows["shipped"])
    if kind == "no_stand_in in one row":
        rows["age"] = 18 + rows.index % 60
        rows.loc[few[0], "age"] = 999
        return rows, ("age",), 1
    if kind == "unique":
        rows.loc[few, "id"] = 10
        return rows, ("id",), int(rows["id"].duplicated(keep=False).sum())
    if kind == "in_order":
        rows.loc[few, "shipped"] = date(2020, 1, 1)
        return rows, ("ordered", "shipped"), int((rows["ordered"] > rows["shipped"]).sum())
    if kind == "not_in_future":
        rows.loc[few, "shipped"] = date(2030, 1, 1)
        return rows, ("shipped",), int((pd.to_datetime(rows["shipped"]) > NOW.replace(tzinfo=None)).sum())
    raise ValueError(kind)


SINGLE = [
    "filled",
    "means_something",
    "looks_like",
    "shaped",
    "not_negative",
    "well_spelt",
    "well_spelt in other capitals",
    "no_stand_in",
    "no_stand_in of a day",
    "no_stand_in in one row",
    "unique",
    "in_order",
    "not_in_future",
]


@pytest.mark.parametrize("kind", SINGLE)
def test_rows_that_break_a_rule_are_counted_and_shown(tmp_path: Path, kind: str) -> None:
    rows, columns, number = _spoilt(kind, orders())
    quality = assessed(tmp_path, rows)
    kind = kind.split(" ")[0]
    assert broken(quality)[kind, columns] == number > 0
    (result,) = [one for one in quality.broken if (one.rule.kind, one.rule.columns) == (kind, columns)]
    assert len(duckdb.sql(result.query).fetchall()) == number
    assert result.share == 1 - number / result.checked


@pytest.mark.parametrize(("far", "apart"), [(99, 60), (999.5, 60), (9_998, 60), (999, 382)])
def test_one_large_number_that_stands_for_itself(tmp_path: Path, far: float, apart: int) -> None:
    """Not of nines alone, or not so far from the others as they lie apart five times."""
    rows = orders().assign(age=18 + np.arange(ROWS) % apart)
    rows["age"] = rows["age"].astype(type(far))
    rows.loc[3, "age"] = far
    assert ("no_stand_in", ("age",)) not in broken(assessed(tmp_path, rows))


@pytest.mark.parametrize(("country", "placeholder", "number"), [("NA", "NA", 0), ("NA", "-", 3), ("DE", "N/A", 3)])
def test_namibia_is_a_country(tmp_path: Path, country: str, placeholder: str, number: int) -> None:
    codes = ["FR", "RU", "US", "IT", "ES", "GB", "CN", "JP", "BR", "IN", "MX", country]
    rows = pd.DataFrame({"country": codes * 50 + [placeholder] * 3})
    found = broken(assessed(tmp_path, rows))
    assert found.get(("means_something", ("country",)), 0) == number


@pytest.mark.parametrize("name", ["temp", "max_temperature_c", "DepDelay", "температура", "Остаток на счёте"])
def test_what_may_be_below_nothing_by_its_name_is_not_called_wrong(tmp_path: Path, name: str) -> None:
    rows, (column,), number = _spoilt("not_negative", orders())
    rows[name] = rows[column]
    found = broken(assessed(tmp_path, rows))
    assert found["not_negative", (column,)] == number
    assert ("not_negative", (name,)) not in found


@pytest.mark.parametrize(("name", "broken_by"), [("lat", 0), ("width", 3)])
def test_a_few_places_in_the_south_are_not_called_wrong(tmp_path: Path, name: str, broken_by: int) -> None:
    rows = orders().assign(**{name: np.linspace(10.25, 59.75, ROWS)})
    rows.loc[[3, 500, 999], name] = -33.87
    assert broken(assessed(tmp_path, rows)).get(("not_negative", (name,)), 0) == broken_by


def test_rows_that_come_twice_are_counted_but_for_the_first(tmp_path: Path) -> None:
    rows = pd.DataFrame({"a": [1, 1, 1, 2, 3], "b": ["x", "x", "x", "y", "z"]})
    assert broken(assessed(tmp_path, rows))["rows_differ", ("a", "b")] == int(rows.duplicated().sum()) == 2


def test_rows_that_refer_to_nothing_are_counted(tmp_path: Path) -> None:
    rows = orders()
    customers = pd.DataFrame({"customer": np.arange(1, 50), "city": ["Omsk"] * 49})
    quality = assessed(tmp_path, rows, customer=customers)
    assert broken(quality)["refers", ("customer",)] == int((~rows["customer"].isin(customers["customer"])).sum())


@pytest.mark.parametrize("kind", [*SINGLE])
def test_a_spoilt_row_more_moves_only_its_own_rule(tmp_path: Path, kind: str) -> None:
    """One more empty cell, one more negative amount: the other rules of the table count what they did."""
    rows, columns, _ = _spoilt(kind, orders())
    others = {key: number for key, number in broken(assessed(tmp_path, rows)).items() if key[1] != columns}
    assert not {key for key in others if not set(key[1]) & set(columns)}


def test_scores_follow_their_formulas(tmp_path: Path) -> None:
    rows, _, _ = _spoilt("filled", orders())
    rows, _, wrong = _spoilt("not_negative", rows)
    quality = assessed(tmp_path, rows)
    scores = {(one.column, one.dimension): one.share for one in quality.scores}
    assert scores["", "completeness"] == pytest.approx(1 - 3 / rows.size)
    # Two rules speak of validity: the amounts, of which some are negative, and the closed list of states, which holds.
    assert scores["", "validity"] == pytest.approx((1 - wrong / ROWS + 1) / 2)
    assert scores["amount", "validity"] == pytest.approx(1 - wrong / ROWS)
    tables = [share for (column, _), share in scores.items() if not column]
    assert quality.score("orders") == pytest.approx(sum(tables) / len(tables))


def test_an_empty_table_has_no_rules(tmp_path: Path) -> None:
    assert assessed(tmp_path, orders().head(0)).results == ()
