"""The order of rows and columns that repeat others, against numpy and pandas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.profile import arrangement
from tests.unit.profile_landing import column_of, table_of


def order_of(values: list) -> str:
    """The order of the filled values, by pandas."""
    filled = pd.Series([value for value in values if value is not None])
    if filled.nunique() < 2:
        return "constant" if filled.nunique() else ""
    for word, holds, strict in (
        ("ascending", filled.is_monotonic_increasing, filled.is_unique),
        ("descending", filled.is_monotonic_decreasing, filled.is_unique),
    ):
        if holds:
            return f"strictly {word}" if strict else word
    return ""


@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=2, max_size=8), st.sampled_from(["", "up", "down"]))
@settings(max_examples=60, deadline=None)
def test_the_order_is_that_of_the_filled_values(tmp_path_factory: pytest.TempPathFactory, values: list, sort: str) -> None:
    if sort:
        kept = iter(sorted((value for value in values if value is not None), reverse=sort == "down"))
        values = [None if value is None else next(kept) for value in values]
    found = column_of(tmp_path_factory.mktemp("order"), pa.table({"x": pa.array(values, pa.int64())}))
    assert found.order == order_of(values)


def test_a_fall_behind_the_head_is_seen(tmp_path: Path) -> None:
    values = np.arange(30_000)
    assert column_of(tmp_path, pa.table({"x": values})).order == "strictly ascending"
    values[29_000] = 5
    assert column_of(tmp_path, pa.table({"x": values})).order == ""


def test_texts_and_dates_have_an_order_too(tmp_path: Path) -> None:
    table = table_of(tmp_path, pa.table({"t": ["b", "b", "a"], "d": [date(2026, 1, day) for day in (1, 2, 3)]}))
    assert (table.column("t").order, table.column("d").order) == ("descending", "strictly ascending")


def test_a_column_that_repeats_another_in_every_row_names_it(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    one = pa.array([None if value == 0 else int(value) for value in random.integers(0, 9, 500)], pa.int64())
    other = one.to_pylist()
    swapped = [*other[1:], other[0]]  # the same values and counts, other rows
    table = table_of(tmp_path, pa.table({"a": one, "b": other, "c": swapped, "d": other}))
    assert {column.name: column.same_as for column in table.columns} == {"a": (), "b": ("a",), "c": (), "d": ("a",)}


def test_a_null_where_the_other_has_a_value_makes_columns_differ(tmp_path: Path) -> None:
    table = table_of(tmp_path, pa.table({"a": [1, None, 1], "b": [1, 1, None]}))
    assert table.column("b").same_as == ()


def test_no_more_columns_are_compared_than_agreed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrangement, "ALIKE", 1)
    rotated = {f"c{number}": [*range(number, 9), *range(number)] for number in range(3)}
    table = table_of(tmp_path, pa.table({**rotated, "last": rotated["c2"]}))
    assert table.column("last").same_as == ()


@pytest.mark.parametrize(
    ("counts", "constant", "near"),
    [((100,), True, False), ((96, 4), False, True), ((95, 5), False, False), ((80, *[1] * 20), False, False)],
)
def test_near_constant_is_one_value_for_all_but_a_few(
    tmp_path: Path, counts: tuple[int, ...], constant: bool, near: bool
) -> None:
    values = [place for place, count in enumerate(counts) for _ in range(count)]
    found = column_of(tmp_path, pa.table({"x": values}))
    assert (found.constant, found.near_constant) == (constant, near)


def test_a_decimal_on_the_fence_is_no_outlier(tmp_path: Path) -> None:
    query = "SELECT v::DECIMAL(18,2) AS x FROM unnest([0.01, 0.01, 0.01, 0.02, 0.02, 0.03, 0.03, 0.03, -0.02]) t(v)"
    found = column_of(tmp_path, query)
    assert (found.fences, found.outliers) == ((-0.02, 0.06), 0)


def test_the_fences_are_tukeys(tmp_path: Path) -> None:
    values = np.random.default_rng(5).integers(0, 1000, 999)
    found = column_of(tmp_path, pa.table({"x": values}))
    low, high = np.quantile(values, [0.25, 0.75], method="inverted_cdf")
    assert found.fences == (low - 1.5 * (high - low), high + 1.5 * (high - low))
