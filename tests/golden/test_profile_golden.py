"""What the profile says of two well-known databases, against what their makers say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from core.models.profile import ForeignKey, Profile
from core.models.source import Column, Landed, LandedColumn
from tests.unit.profile_landing import profiled

TPCH_KEYS = {
    "customer": ("c_custkey",),
    "lineitem": ("l_orderkey", "l_linenumber"),
    "nation": ("n_nationkey",),
    "orders": ("o_orderkey",),
    "part": ("p_partkey",),
    "partsupp": ("ps_partkey", "ps_suppkey"),
    "region": ("r_regionkey",),
    "supplier": ("s_suppkey",),
}
"""Primary keys of the TPC-H specification, 1.4.2."""

TPCH_RELATIONS = {
    ("customer", ("c_nationkey",), "nation", ("n_nationkey",)),
    ("lineitem", ("l_orderkey",), "orders", ("o_orderkey",)),
    ("lineitem", ("l_partkey",), "part", ("p_partkey",)),
    ("lineitem", ("l_suppkey",), "supplier", ("s_suppkey",)),
    ("lineitem", ("l_partkey", "l_suppkey"), "partsupp", ("ps_partkey", "ps_suppkey")),
    ("nation", ("n_regionkey",), "region", ("r_regionkey",)),
    ("orders", ("o_custkey",), "customer", ("c_custkey",)),
    ("partsupp", ("ps_partkey",), "part", ("p_partkey",)),
    ("partsupp", ("ps_suppkey",), "supplier", ("s_suppkey",)),
    ("supplier", ("s_nationkey",), "nation", ("n_nationkey",)),
}
"""Foreign keys of the TPC-H specification, 1.4.2."""

Relation = tuple[str, tuple[str, ...], str, tuple[str, ...]]


def _land(folder: Path, name: str, source: Path, renamed: dict[str, str] | None = None) -> Landed:
    """A CSV file as a connector lands it, its columns renamed where asked."""
    connection = duckdb.connect()
    rows = connection.read_csv(str(source), na_values=["", "NA"], sample_size=-1)
    if renamed:
        rows = rows.project(*(duckdb.ColumnExpression(old).alias(new) for old, new in renamed.items()))
    target = str(folder / f"{name}.parquet")
    rows.write_parquet(target)
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": target}).fetchall()
    (count,) = connection.execute("SELECT count(*) FROM read_parquet($path)", {"path": target}).fetchall()[0]
    columns = tuple(LandedColumn(Column(line[0], line[1])) for line in described)
    return Landed((target,), columns, count, Path(target).stat().st_size, source.stat().st_size)


def _header(source: Path) -> list[str]:
    return source.read_text(encoding="utf-8").split("\n", 1)[0].strip().split(",")


@pytest.fixture(scope="session")
def tpch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TPC-H at scale 0.01 as CSV files."""
    folder = tmp_path_factory.mktemp("tpch")
    program = shutil.which("tpchgen-cli", path=Path(sys.executable).parent) or shutil.which("tpchgen-cli")
    assert program, "tpchgen-cli is not installed: see requirements-dev.txt"
    subprocess.run([program, "csv", "-s", "0.01", "--quiet", "--output-dir", str(folder)], check=True)
    return folder


@pytest.fixture(scope="session")
def named(tpch: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    folder = tmp_path_factory.mktemp("named")
    return profiled({name: _land(folder, name, tpch / f"{name}.csv") for name in TPCH_KEYS})


def _relations(found: tuple[ForeignKey, ...]) -> set[Relation]:
    return {(key.table, key.columns, key.references, key.ref_columns) for key in found}


def _f1(found: set[Relation], true: set[Relation]) -> float:
    right = len(found & true)
    precision, recall = right / max(1, len(found)), right / len(true)
    return 2 * precision * recall / max(1e-9, precision + recall)


def test_the_primary_keys_of_tpch_are_those_of_its_specification(named: Profile) -> None:
    assert {table.name: table.primary_key for table in named.tables} == TPCH_KEYS


def test_the_relations_of_tpch_are_those_of_its_specification(named: Profile) -> None:
    found = _relations(named.foreign_keys)
    assert _f1(found, TPCH_RELATIONS) >= 0.9, found ^ TPCH_RELATIONS
    assert min(key.confidence for key in named.foreign_keys) > 0.9


def test_the_relations_of_tpch_are_found_without_any_name(tpch: Path, tmp_path: Path) -> None:
    tables, true_names = {}, {}
    for place, name in enumerate(sorted(TPCH_KEYS)):
        renamed = {old: f"c{index}" for index, old in enumerate(_header(tpch / f"{name}.csv"))}
        tables[f"t{place}"] = _land(tmp_path, f"t{place}", tpch / f"{name}.csv", renamed)
        true_names[f"t{place}"] = (name, {new: old for old, new in renamed.items()})

    def said(table: str, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        name, olds = true_names[table]
        return name, tuple(olds[column] for column in columns)

    found = profiled(tables).foreign_keys
    translated = {(*said(key.table, key.columns), *said(key.references, key.ref_columns)) for key in found}
    assert _f1(translated, TPCH_RELATIONS) >= 0.8, translated ^ TPCH_RELATIONS
    assert max(key.confidence for key in found) <= 0.75, "values alone never make a relation certain"
