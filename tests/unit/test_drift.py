"""What changed between two profiles; distances are reckoned a second way, from the rows themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models.drift import Drift
from core.models.profile import Profile
from core.profile.drift import compare
from core.profile.drift.distributions import BANDS, LEAST
from tests.unit.profile_landing import land, profiled

ROWS = 4_000


def orders(seed: int = 1, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows) + 1,
            "amount": np.round(random.gamma(2, 50, rows), 2),
            "pieces": random.poisson(4, rows),
            "state": random.choice(["new", "paid", "sent"], rows, p=[0.2, 0.3, 0.5]),
            "day": pd.Timestamp(2026, 1, 1) + pd.to_timedelta(np.sort(random.integers(0, 100, rows)), "D"),
        }
    )


def profile(folder: Path, **tables: pd.DataFrame) -> Profile:
    folder.mkdir(parents=True, exist_ok=True)
    return profiled({name: land(folder, name, pa.Table.from_pandas(rows, preserve_index=False)) for name, rows in tables.items()})


def drift(folder: Path, before: pd.DataFrame, after: pd.DataFrame) -> Drift:
    return compare(profile(folder / "a", orders=before), profile(folder / "b", orders=after))


def found(changes: Drift) -> dict[tuple[str, str], str]:
    return {(shift.column, shift.kind): shift.level for shift in changes.shifts}


def exact_psi(before: pd.Series, after: pd.Series) -> float:
    cuts = np.unique(np.quantile(before, np.linspace(0, 1, BANDS + 1)[1:-1]))
    shares = [
        np.maximum(np.diff(np.r_[0, np.searchsorted(np.sort(rows), cuts), len(rows)]) / len(rows), LEAST)
        for rows in (before, after)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def exact_ks(before: pd.Series, after: pd.Series) -> float:
    values = np.union1d(before, after)
    below = [np.searchsorted(np.sort(rows), values, side="right") / len(rows) for rows in (before, after)]
    return float(np.abs(below[0] - below[1]).max())


def test_the_same_rows_have_not_changed(tmp_path: Path) -> None:
    changes = drift(tmp_path, orders(), orders())
    assert changes.shifts == ()
    assert changes.sound
    assert {one.column for one in changes.distributions} == {"amount", "pieces", "state"}
    assert all(one.psi == 0 and one.ks in (0, None) for one in changes.distributions)


def test_other_rows_of_the_same_kind_raise_no_alarm(tmp_path: Path) -> None:
    assert found(drift(tmp_path, orders(1), orders(2))) == {}


@pytest.mark.parametrize("factor", [1.0, 1.05, 1.3, 2.0])
def test_distances_are_those_of_the_rows(tmp_path: Path, factor: float) -> None:
    before, after = orders(1), orders(2)
    after["amount"] = np.round(after["amount"] * factor, 2)
    (one,) = [one for one in drift(tmp_path, before, after).distributions if one.column == "amount"]
    assert one.ks == pytest.approx(exact_ks(before["amount"], after["amount"]), abs=one.ks_error)
    assert one.psi == pytest.approx(exact_psi(before["amount"], after["amount"]), abs=0.02 + 0.2 * one.psi)
    assert sum(band.before for band in one.bands) == pytest.approx(1)
    assert sum(band.after for band in one.bands) == pytest.approx(1)


def test_few_numbers_are_compared_one_by_one(tmp_path: Path) -> None:
    before, after = orders(1), orders(2)
    after["pieces"] = after["pieces"].clip(upper=9) + 1
    before["pieces"] = before["pieces"].clip(upper=9)
    (one,) = [one for one in drift(tmp_path, before, after).distributions if one.column == "pieces"]
    assert [band.label for band in one.bands] == [str(value) for value in sorted({*before["pieces"], *after["pieces"]})]
    assert one.ks == pytest.approx(exact_ks(before["pieces"], after["pieces"]))
    assert one.ks_error == 0


def test_whole_numbers_that_are_written_with_a_fraction_have_not_moved(tmp_path: Path) -> None:
    """An empty cell makes pandas write 3 as 3.0: the type is another, the numbers are not."""
    before = pd.DataFrame({"qty": [str(one % 8) for one in range(4_000)]})
    after = pd.DataFrame({"qty": [f"{one % 8}.0" if one > 39 else None for one in range(4_000)]})
    (one,) = drift(tmp_path, before.astype(int), after.astype(float)).distributions
    assert (one.psi, one.ks) == (pytest.approx(0, abs=1e-3), pytest.approx(0, abs=1e-3))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 3), st.floats(-50, 50))
def test_the_distance_is_within_its_error_whatever_the_shift(tmp_path_factory, seed: int, factor: float, move: float) -> None:
    folder = tmp_path_factory.mktemp("drift")
    before, after = orders(seed, 800), orders(seed + 1, 900)
    after["amount"] = np.round(after["amount"] * factor + move, 2)
    (one,) = [one for one in drift(folder, before, after).distributions if one.column == "amount"]
    assert abs(one.ks - exact_ks(before["amount"], after["amount"])) <= one.ks_error + 1e-9


CHANGES = {
    "a column is gone": (lambda rows: rows.drop(columns="amount"), ("amount", "column_gone"), "alert"),
    "a column is new": (lambda rows: rows.assign(colour="red"), ("colour", "column_new"), "warning"),
    "another order": (lambda rows: rows[["amount", "id", "pieces", "state", "day"]], ("", "order"), "notice"),
    "another type": (lambda rows: rows.assign(amount=rows["amount"].astype(str) + " EUR"), ("amount", "type"), "alert"),
    "empty cells": (lambda rows: rows.assign(state=rows["state"].where(rows.index % 5 > 0)), ("state", "nulls"), "alert"),
    "few empty cells": (lambda rows: rows.assign(state=rows["state"].where(rows.index % 50 > 0)), ("state", "nulls"), "warning"),
    "one empty cell": (lambda rows: rows.assign(state=rows["state"].where(rows.index > 0)), ("state", "nulls"), "notice"),
    "greater amounts": (lambda rows: rows.assign(amount=rows["amount"] * 3), ("amount", "psi"), "alert"),
    "amounts elsewhere": (lambda rows: rows.assign(amount=rows["amount"] * 3), ("amount", "ks"), "alert"),
    "other shares": (lambda rows: rows.assign(state=["new"] * (len(rows) // 2) + ["paid"] * (len(rows) // 4) + ["sent"] * (len(rows) // 4)), ("state", "psi"), "alert"),
    "a new value": (lambda rows: rows.assign(state=rows["state"].where(rows.index % 100 > 0, "lost")), ("state", "categories_new"), "warning"),
    "a value gone": (lambda rows: rows.assign(state=rows["state"].replace("new", "paid")), ("state", "categories_gone"), "notice"),
    "one value only": (lambda rows: rows.assign(state="paid"), ("state", "constant"), "warning"),
    "doubled keys": (lambda rows: rows.assign(id=rows["id"].where(rows.index > 0, 2)), ("id", "unique"), "alert"),
    "no key": (lambda rows: rows.assign(id=rows["id"].where(rows.index > 0, 2)), ("", "key_lost"), "alert"),
    "half the rows": (lambda rows: rows.iloc[: len(rows) // 3], ("", "volume"), "alert"),
    "no rows": (lambda rows: rows.iloc[:0], ("", "volume"), "alert"),
    "mail addresses": (lambda rows: rows.assign(state=[f"user{number}@example.org" for number in range(len(rows))]), ("state", "personal"), "alert"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told_with_its_weight(tmp_path: Path, name: str) -> None:
    change, what, level = CHANGES[name]
    changes = drift(tmp_path, orders(), change(orders()))
    assert found(changes)[what] == level
    assert changes.sound is (level != "alert" and not changes.alerts)


def test_rows_that_the_times_let_expect_are_no_change_of_volume(tmp_path: Path) -> None:
    """Forty rows a day: another hundred days bring as many again."""
    more = orders(rows=2 * ROWS)
    more["day"] = pd.Timestamp(2026, 1, 1) + pd.to_timedelta(np.sort(np.random.default_rng(3).integers(0, 200, 2 * ROWS)), "D")
    assert ("", "volume") not in found(drift(tmp_path, orders(), more))
    still = orders(rows=2 * ROWS)
    assert found(drift(tmp_path, orders(), still))["", "volume"] == "alert"


@pytest.mark.parametrize(
    ("first", "days", "rows", "alarm"),
    [
        ("2026-04-11", 100, ROWS, None),  # the next hundred days, in a file of their own
        ("2026-04-11", 30, ROWS * 3 // 10, None),  # only thirty of them
        ("2026-01-31", 100, ROWS, None),  # a table that drops its old rows
        ("2026-04-11", 100, ROWS // 3, "alert"),
        ("2026-01-01", 200, ROWS, "warning"),  # nothing came since
    ],
)
def test_files_of_other_days_are_compared_by_their_pace(tmp_path: Path, first: str, days: int, rows: int, alarm) -> None:
    after = orders(2, rows)
    random = np.random.default_rng(4)
    after["day"] = pd.Timestamp(first) + pd.to_timedelta(np.sort(random.integers(0, days, rows)), "D")
    assert found(drift(tmp_path, orders(), after)).get(("", "volume")) == alarm


def places(rare: int = 20, *, seed: int = 1) -> pd.DataFrame:
    """A closed list of forty places with `rare` rows of the last."""
    random = np.random.default_rng(seed)
    held = [f"place {number}" for number in random.integers(0, 39, ROWS - rare)]
    return pd.DataFrame({"place": [*held, *["place 39"] * rare]})


def test_a_new_value_of_a_long_list_is_named(tmp_path: Path) -> None:
    after = places(seed=2).replace("place 7", "Ankh-Morpork")
    (new,) = [one for one in drift(tmp_path, places(), after).shifts if one.kind == "categories_new"]
    assert (new.level, "Ankh-Morpork" in str(new.text)) == ("warning", True)
    (gone,) = [
        one
        for one in compare(profile(tmp_path / "c", o=places()), profile(tmp_path / "d", o=after)).shifts
        if one.kind == "categories_gone"
    ]
    assert "place 7" in str(gone.text)


def test_rare_values_that_come_by_chance_raise_no_alarm(tmp_path: Path) -> None:
    """One row of ten values each: as many others are to be expected the next time."""
    before, after = (
        pd.concat([places(seed=seed), pd.DataFrame({"place": [f"{seed}-{one}" for one in range(10)]})]) for seed in (1, 2)
    )
    assert found(drift(tmp_path, before, after))["place", "categories_new"] == "notice"


def test_a_list_that_is_none_any_more_is_told(tmp_path: Path) -> None:
    after = places().assign(place=lambda rows: rows["place"].where(rows.index % 4 > 0, rows.index.astype(str)))
    changes = found(drift(tmp_path, places(), after))
    assert changes["place", "categories_many"] == "alert"
    assert ("place", "categories_gone") not in changes


def named(words: list[str], seed: int) -> pd.DataFrame:
    """Rows of fifty words, some of which come often."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, len(words) + 1)
    return pd.DataFrame({"word": random.choice(words, ROWS, p=weights / weights.sum())})


ALL_OTHERS = {("word", "psi"): "alert", ("word", "categories_new"): "alert", ("word", "categories_gone"): "notice"}


def test_frequent_values_that_are_all_replaced_are_told(tmp_path: Path) -> None:
    old, new = ([f"{letter}{number}" for number in range(50)] for letter in "ab")
    assert found(drift(tmp_path / "1", named(old, 1), named(new, 2))) == ALL_OTHERS
    assert found(drift(tmp_path / "2", named(old, 1), named(old, 2))) == {}


def test_values_just_below_the_end_of_a_list_are_no_change(tmp_path: Path) -> None:
    """Forty words that come equally often: which ten come most is luck."""
    words = [f"w{number}" for number in range(40)]
    rows = [pd.DataFrame({"word": np.random.default_rng(seed).choice(words, ROWS)}) for seed in (1, 2)]
    assert found(drift(tmp_path, *rows)) == {}


def test_a_table_that_lost_its_rows_is_told_once(tmp_path: Path) -> None:
    customers = pd.DataFrame({"id": np.arange(100) + 1, "name": [f"n{number}" for number in range(100)]})
    rows = orders().assign(customer_id=lambda one: one["id"] % 100 + 1)
    empty = pd.DataFrame({name: pd.Series([], dtype=str) for name in rows.columns})
    changes = compare(
        profile(tmp_path / "a", orders=rows, customers=customers), profile(tmp_path / "b", orders=empty, customers=customers)
    )
    assert {(one.table, one.column, one.kind, one.level) for one in changes.shifts} == {("orders", "", "volume", "alert")}


def test_tables_and_relations_that_come_and_go_are_told(tmp_path: Path) -> None:
    states = pd.DataFrame({"state": ["new", "paid", "sent"], "label": ["N", "P", "S"]})
    before = profile(tmp_path / "a", orders=orders(), states=states)
    assert [key.references for key in before.foreign_keys] == ["states"]
    after = profile(tmp_path / "b", orders=orders(), states=states.replace("new", "neu"))
    assert {shift.kind for shift in compare(before, after).shifts} & {"relation_lost", "relation_looser"}
    other = profile(tmp_path / "c", orders=orders(), bills=states)
    kinds = {(shift.table, shift.kind): shift.level for shift in compare(before, other).shifts}
    assert kinds["states", "table_gone"] == "alert"
    assert kinds["bills", "table_new"] == "notice"


@pytest.mark.parametrize(("zeros", "later", "alike"), [(3_760, 3_740, True), (4_760, 4_740, True), (3_760, 2_000, False)])
def test_many_rows_of_one_number_are_a_band_of_their_own(tmp_path: Path, zeros: int, later: int, alike: bool) -> None:
    """Against the index of the rows themselves: a quantile on either side of a step tells nothing of the rows between."""
    random = np.random.default_rng(4)
    both = [np.concatenate([np.zeros(count, int), random.integers(1, 1_000, 5_000 - count)]) for count in (zeros, later)]
    (found,) = drift(tmp_path, *(pd.DataFrame({"x": rows}) for rows in both)).distributions
    assert (found.psi < 0.02) == alike
    assert (found.bands[0].label, found.bands[1].label[0]) == ("= 0", "<")
    shares = [np.concatenate([[np.mean(rows == 0)], np.histogram(rows[rows > 0], [1, *np.quantile(both[0][both[0] > 0], np.linspace(0.1, 0.9, 9)), 1_000])[0] / len(rows)]) for rows in both]  # fmt: skip
    exact = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    assert found.psi == pytest.approx(exact, abs=0.02)
