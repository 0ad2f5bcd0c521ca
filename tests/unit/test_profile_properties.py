"""One row more moves just the figures it should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models.profile import ColumnProfile
from tests.unit.profile_landing import land, profiled

NUMBERS = st.lists(st.integers(-50, 50), min_size=8, max_size=60).filter(lambda values: len(set(values)) > 3)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

MOVING = {
    "null": {"rows", "nulls"},
    "again": {"rows", "mean", "deviation", "quantiles", "histogram", "top", "zeros", "negatives", "outliers", "order", "fences"},
    "outlier": {"rows", "distinct", "high", "mean", "deviation", "quantiles", "histogram", "top", "outliers", "order", "fences"},
}
"""What a row of each kind may move; all else must stay."""


def column(folder: Path, values: list[int | None]) -> ColumnProfile:
    rows = pa.table({"v": pa.array(values, pa.int32())})
    return replace(profiled({"t": land(folder, "t", rows)}).tables[0].columns[0], query="")


def moved(before: ColumnProfile, after: ColumnProfile) -> set[str]:
    return {name for name in ColumnProfile.__dataclass_fields__ if getattr(before, name) != getattr(after, name)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory):
    return lambda: tmp_path_factory.mktemp("rows")


@FEW
@given(NUMBERS)
def test_a_null_moves_the_nulls(folders, values: list[int]) -> None:
    before, after = column(folders(), values), column(folders(), [*values, None])
    # An empty cell is no step in the order of the filled ones.
    assert moved(before, after) == MOVING["null"]
    assert (after.nulls, after.rows) == (before.nulls + 1, before.rows + 1)


@FEW
@given(NUMBERS, st.data())
def test_a_value_that_is_there_already_adds_no_value(folders, values: list[int], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(values))
    before, after = column(folders(), values), column(folders(), [*values, again])
    assert moved(before, after) <= MOVING["again"]
    assert after.rows == before.rows + 1
    assert {one.value: one.count for one in after.top}.get(str(again), 2) >= 2
    assert (after.zeros, after.negatives) == (before.zeros + (again == 0), before.negatives + (again < 0))


@FEW
@given(NUMBERS)
def test_an_outlier_moves_the_upper_end_and_is_counted(folders, values: list[int]) -> None:
    before, after = column(folders(), values), column(folders(), [*values, 1_000_000])
    assert moved(before, after) <= MOVING["outlier"]
    assert (after.high, after.distinct, after.low) == ("1000000", before.distinct + 1, before.low)
    assert after.fences is not None
    assert after.outliers == sum(not after.fences[0] <= value <= after.fences[1] for value in [*values, 1_000_000]) >= 1
    assert (after.zeros, after.negatives, after.nulls) == (before.zeros, before.negatives, before.nulls)


@FEW
@given(NUMBERS)
def test_the_same_rows_in_another_order_move_the_order_alone(folders, values: list[int]) -> None:
    assert moved(column(folders(), values), column(folders(), sorted(values))) <= {"order"}
