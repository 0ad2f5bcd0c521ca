"""How well keys are found: `python bench/keys.py`.

Precision, recall and F1 of primary and of foreign keys, each with the names of the tables and columns and without any (`t3.c7`): on the schemas of
`tests/unit/key_schemas.py` and on TPC-H at a scale of 0.01 (specification 1.4.2). Prints the seconds of each profile too. The weights were set with
TPC-H, nycflights13, university, shop and bank in view; hospital was written afterwards.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

import duckdb  # noqa: E402

from core.models.profile import Profile  # noqa: E402
from tests.golden.test_profile_golden import TPCH_KEYS, TPCH_RELATIONS  # noqa: E402
from tests.unit.key_schemas import SCHEMAS, Schema, scored  # noqa: E402
from tests.unit.profile_landing import land, profiled  # noqa: E402


def tpch() -> Schema:
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        made = Path(sys.executable).with_name("tpchgen-cli")
        subprocess.run([made, "csv", "-s", "0.01", "--output-dir", folder], check=True)
        tables = {file.stem: duckdb.read_csv(str(file)).to_arrow_table() for file in sorted(Path(folder).glob("*.csv"))}
    return Schema(tables, TPCH_KEYS, frozenset(TPCH_RELATIONS))


def found(schema: Schema) -> tuple[Profile, float]:
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        landed = {name: land(Path(folder), name, table) for name, table in schema.tables.items()}
        started = time.perf_counter()
        return profiled(landed), time.perf_counter() - started


def main() -> None:
    print(f"{'':22}{'primary keys':^26}{'foreign keys':^26}")
    print(f"{'':22}" + f"{'precision':>10}{'recall':>8}{'F1':>7} " * 2 + "  seconds")
    for name, make in {"tpch": tpch, **SCHEMAS}.items():
        named = make()
        for schema, how in ((named, "named"), (named.nameless(), "nameless")):
            profile, seconds = found(schema)
            primary = scored({(table.name, table.primary_key) for table in profile.tables}, set(schema.primary.items()))
            foreign = scored(
                {(one.table, one.columns, one.references, one.ref_columns) for one in profile.foreign_keys}, set(schema.foreign)
            )
            print(
                f"{name + ' ' + how:22}"
                + "".join("{:10.2f}{:8.2f}{:7.2f} ".format(*one) for one in (primary, foreign))
                + f"{seconds:9.1f}"
            )


if __name__ == "__main__":
    main()
