"""Keys and relations of whole databases, scored against what they were made with."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from core.models.profile import Profile
from tests.unit.key_schemas import SCHEMAS, Schema, scored
from tests.unit.profile_landing import land, profiled


def _profile(folder: Path, schema: Schema) -> Profile:
    return profiled({name: land(folder, name, table) for name, table in schema.tables.items()})


def _relations(profile: Profile) -> set:
    return {(one.table, one.columns, one.references, one.ref_columns) for one in profile.foreign_keys}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize(("named", "least"), [(True, 0.95), (False, 0.8)])
def test_keys_of_a_database_are_found_with_names_and_without(tmp_path: Path, name: str, named: bool, least: float) -> None:
    schema = SCHEMAS[name]() if named else SCHEMAS[name]().nameless()
    profile = _profile(tmp_path, schema)
    assert {table.name: table.primary_key for table in profile.tables} == schema.primary
    assert scored(_relations(profile), set(schema.foreign))[2] >= least


def test_a_score_is_precision_recall_and_their_harmonic_mean() -> None:
    assert scored({1, 2, 3, 4}, {1, 2, 5}) == pytest.approx((0.5, 2 / 3, 4 / 7))
    assert scored(set(), {1}) == (0.0, 0.0, 0.0)


def _tree(parents: list[int | None], column: str) -> pa.Table:
    return pa.table({"id": range(1, len(parents) + 1), column: pa.array(parents, pa.int64())})


def test_a_tree_refers_to_itself_by_its_name_or_as_each_row_refers_to_an_earlier_one(tmp_path: Path) -> None:
    parents = [None, None, *(number // 2 + 1 for number in range(1, 60))]
    for column in ("parent_id", "c7"):
        profile = _profile(tmp_path, Schema({"tree": _tree(parents, column)}, {}, frozenset()))
        assert _relations(profile) == {("tree", (column,), "tree", ("id",))}


def test_a_number_that_only_fits_into_the_key_is_no_tree(tmp_path: Path) -> None:
    ratings = [None if number == 3 else number * 7 % 61 + 1 for number in range(61)]
    profile = _profile(tmp_path, Schema({"film": _tree(ratings, "c7")}, {}, frozenset()))
    assert _relations(profile) == set()


def test_a_rating_fits_into_a_small_table_and_does_not_refer_to_it_where_another_column_bears_its_name(tmp_path: Path) -> None:
    tables = {
        "kind": pa.table({"kind_id": range(1, 6)}),
        "film": pa.table(
            {"film_id": range(1, 301), "kind_id": [n % 5 + 1 for n in range(300)], "stars": [n * 3 % 5 + 1 for n in range(300)]}
        ),
    }
    assert _relations(_profile(tmp_path, Schema(tables, {}, frozenset()))) == {("film", ("kind_id",), "kind", ("kind_id",))}


def test_a_quantity_that_fits_into_a_key_does_not_refer_to_it(tmp_path: Path) -> None:
    """As `ps_availqty` of TPC-H lies in the keys of the suppliers at its full size."""
    tables = {
        "supplier": pa.table({"s_suppkey": range(1, 1001), "s_city": [f"city {n}" for n in range(1000)]}),
        "part": pa.table({"p_partkey": range(1, 2001), "p_availqty": [n * 7 % 1000 + 1 for n in range(2000)]}),
    }
    assert _relations(_profile(tmp_path, Schema(tables, {}, frozenset()))) == set()
    # Under a name that says nothing, nothing speaks against it.
    tables["part"] = tables["part"].rename_columns(["p_partkey", "p_c7"])
    assert _relations(_profile(tmp_path, Schema(tables, {}, frozenset()))) == {("part", ("p_c7",), "supplier", ("s_suppkey",))}
