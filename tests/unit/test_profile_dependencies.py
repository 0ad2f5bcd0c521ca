"""Functional dependencies that suggest a table of their own, against pandas."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.profile import dependencies
from tests.unit.profile_landing import table_of

ROWS = 3_000


def lines(seed: int = 3) -> pd.DataFrame:
    """Order lines with the product's name and its category in each: product → name, category; category → tax."""
    random = np.random.default_rng(seed)
    product = random.integers(0, 60, ROWS)
    category = product % 7
    return pd.DataFrame(
        {
            "line": np.arange(ROWS),
            "product": product,
            "name": [f"Product {one}" for one in product],
            "category": [f"c{one}" for one in category],
            "tax": (category % 3) * 5,
            "quantity": random.integers(1, 9, ROWS),
            "paid": random.random(ROWS) < 0.5,
        }
    )


def holds(rows: pd.DataFrame, one: str, other: str) -> bool:
    return bool((rows.groupby(one)[other].nunique(dropna=False) == 1).all())


def found(folder: Path, rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    table = table_of(folder, pa.Table.from_pandas(rows, preserve_index=False))
    return {one.determinant[0]: one.dependents for one in table.dependencies}


def test_what_a_column_decides_is_found_without_what_follows(tmp_path: Path) -> None:
    rows = lines()
    assert found(tmp_path, rows) == {"product": ("name", "category"), "category": ("tax",)}
    assert all(holds(rows, *pair) for pair in (("product", "name"), ("product", "category"), ("category", "tax")))


def test_one_row_that_breaks_it_takes_it_away(tmp_path: Path) -> None:
    rows = lines()
    rows.loc[ROWS - 1, "tax"] = 99
    assert "category" not in found(tmp_path, rows)


def test_a_row_without_a_value_breaks_it_too(tmp_path: Path) -> None:
    rows = lines()
    rows.loc[ROWS - 1, "category"] = None
    assert "category" not in found(tmp_path, rows).get("product", ())


def test_a_break_behind_the_head_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "HEAD", 100)
    rows = lines()
    rows.loc[ROWS - 1, "tax"] = 99
    assert "category" not in found(tmp_path, rows)


def test_independent_columns_decide_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = pd.DataFrame({f"c{width}": random.integers(0, width, ROWS) for width in (2, 5, 40, 900)})
    assert found(tmp_path, rows) == {}


def test_a_few_rows_prove_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, lines().head(12)) == {}


def test_a_rare_exception_to_a_constant_may_be_luck(tmp_path: Path) -> None:
    rows = lines()[["product"]].assign(flag=np.where(np.arange(ROWS) == 5, 1, 0))
    rows.loc[rows["product"] == rows["product"][5], "flag"] = 0
    rows.loc[5, "flag"] = 1
    assert found(tmp_path, rows) == {}


def test_the_query_gives_the_values_that_break_it(tmp_path: Path) -> None:
    table = table_of(tmp_path, pa.Table.from_pandas(lines(), preserve_index=False))
    (first, *_) = table.dependencies
    assert duckdb.sql(first.query).fetchall() == []
    wrong = lines()
    wrong.loc[7, "name"] = "another"
    folder = tmp_path / "data-0.parquet"
    pa.parquet.write_table(pa.Table.from_pandas(wrong, preserve_index=False), folder)
    assert duckdb.sql(first.query).fetchall() == [(wrong["product"][7], int((wrong["product"] == wrong["product"][7]).sum()))]


def test_fractions_are_decided_and_nothing_decides_nothing(tmp_path: Path) -> None:
    """A city with its place; where the city is missing the place is another each time."""
    city = np.arange(ROWS) % 40
    place = city * 1.7 + 0.1
    place[city == 0] = np.arange((city == 0).sum()) % 20 * 1.7 + 1.8
    rows = pd.DataFrame({"id": np.arange(ROWS), "city": [f"c{one}" if one else None for one in city], "lat": place})
    (found,) = table_of(tmp_path, pa.Table.from_pandas(rows)).dependencies
    assert (found.determinant, found.dependents) == (("city",), ("lat",))
    assert duckdb.sql(found.query).fetchall() == []
