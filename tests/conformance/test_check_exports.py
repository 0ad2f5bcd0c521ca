"""Checks as other tools run them: every tool, given our file, comes to our verdict on every check it was given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import pandas as pd
import pytest
from ruamel.yaml import YAML

from core.models.profile import Profile
from core.models.quality import Check, Checks, Result, Rule
from core.profile.quality import assess
from core.profile.quality.exports import DIALECTS, TOOLS, Exported, export, sql
from core.task import Task
from tests.servers.pip_tools import run
from tests.servers.postgres import Database
from tests.unit.profile_landing import land, profiled
from tests.unit.test_quality import NOW
from tests.unit.test_quality_across import BY_HAND, FEW, invoices, shop

pytestmark = pytest.mark.xdist_group("check-exports")


@dataclass(frozen=True)
class Given:
    """Tables with faults, what Assay says of their checks, and the tables as frames."""

    profile: Profile
    results: dict[Check, Result]
    frames: dict[str, pd.DataFrame]

    def verdicts(self, exported: Exported) -> dict[str, bool]:
        """Whether each check of an export holds, by its name in the tools."""
        from core.profile.quality.exports import _named

        left = {rule for rule, _ in exported.left_out}
        return {one.name: self.results[one.check].holds for one in _named(list(self.results), "en") if one.rule not in left}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("given")
    _, orders, lines = shop(folder, spoil=True)
    bills = invoices()
    bills.loc[FEW, "gross"] += 7
    bills.loc[FEW[:2], "worth"] -= 1
    bills.loc[FEW[1:2], "region"] = "X"
    bills["city"] = bills["city"].astype(object)
    bills.loc[range(20), "city"] = None
    bills["note"] = [f"A-{number:04}" for number in range(len(bills))]
    bills.loc[FEW, "note"] = ["n/a", "B-7", "c-1234"]
    bills["O\"dd; na'me"] = [-1 if number in FEW else number for number in range(len(bills))]
    frames = {"orders": orders, "lines": lines, "invoices": bills}
    for name in frames:
        (folder / name).mkdir(exist_ok=True)
    import pyarrow as pa

    landed = {
        name: land(folder / name, name, pa.Table.from_pandas(frame, preserve_index=False)) for name, frame in frames.items()
    }
    profile = profiled(landed)
    asked = [
        *(rule for rule, _ in BY_HAND.values()),
        Rule("lines", "fresh", ("sent",), "100000"),
        Rule("lines", "fresh", ("sent",), "1"),
        Rule("lines", "not_in_future", ("sent",)),
    ]
    kept = [Check(rule) for rule in asked] + [Check(Rule("invoices", "filled", ("city",)), most) for most in (0.005, 0.01)]
    kept += [Check(Rule("invoices", "adds_up", ("net", "tax", "gross"), "0.5"), most) for most in (0.001, 0.0015)]
    found = assess(profile, Checks(tuple(kept)), Task(), now=NOW)
    results = {Check(one.rule, one.most): one for one in found.results}
    assert {one.rule.kind for one in found.broken} >= {
        "adds_up",
        "multiplies",
        "goes_with",
        "adds_up_of",
        "in_order_with",
        "not_negative",
        "shaped",
        "filled",
        "unique",
    }
    return Given(profile, results, frames)


@pytest.fixture(scope="module")
def file(given: Given, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables in a file of DuckDB."""
    made = tmp_path_factory.mktemp("duck") / "data.duckdb"
    with duckdb.connect(str(made)) as connection:
        for name, files in given.profile.files:
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet($files)", {"files": list(files)})  # noqa: S608 names of this file
    return made


def in_postgres(given: Given, database: Database) -> None:
    """The tables in PostgreSQL, through DuckDB's own writer of CSV."""
    from connectors.postgres import Postgres

    for name, files in given.profile.files:
        with duckdb.connect() as connection, Postgres(database.settings) as target:
            reader = connection.execute("SELECT * FROM read_parquet($files)", {"files": list(files)}).to_arrow_reader(10_000)
            target.write(("public", name), iter(reader), reader.schema, "append", Task())


def exported(given: Given, tool: str, dialect: str, folder: Path) -> Exported:
    made = export(tool, list(given.results), given.profile, dialect)
    for path, text in made.files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return made


def test_the_rows_that_break_a_check_are_as_many_in_postgres(given: Given, database: Database) -> None:
    in_postgres(given, database)
    told = 0
    for check, result in given.results.items():
        if result.rule.kind in ("fresh", "not_in_future"):
            continue
        query = sql.rows(check, sql.tables("public"), "postgres")
        ((count,),) = database.run(f"SELECT count(*) FROM ({query}) AS broken".replace("%", "%%"))  # noqa: S608 made by what is tested
        assert count == result.failed, query
        told += 1
    assert told > 30


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_runs_by_the_clock_of_a_database_comes_to_the_same(
    given: Given, file: Path, database: Database, dialect: str
) -> None:
    if dialect == "postgres":
        in_postgres(given, database)
    for check, result in given.results.items():
        if result.rule.kind not in ("fresh", "not_in_future"):
            continue
        query = sql.rows(check, sql.tables(), dialect)
        if dialect == "postgres":
            count = len(database.run(query))
        else:
            with duckdb.connect(str(file), read_only=True) as connection:
                count = len(connection.execute(query).fetchall())
        assert count == result.failed


def test_soda_comes_to_the_same(given: Given, file: Path, tmp_path: Path) -> None:
    made = exported(given, "soda", "duckdb", tmp_path)
    source = tmp_path / "soda" / "source.yml"
    written = YAML(typ="safe").load(source)
    written["connection"]["database"] = str(file)
    YAML(typ="safe").dump(written, source)
    found: dict[str, bool] = {}
    for contract in sorted((tmp_path / "soda").glob("*.yml")):
        if contract != source:
            (tmp_path / "ask.py").write_text(SODA, encoding="utf-8")
            done = run("soda", "python", "ask.py", source, contract, folder=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            found |= json.loads(done.stdout.splitlines()[-1])
    assert found == given.verdicts(made)
    assert not made.left_out


SODA = """
import json, sys
from soda_core.contracts import verify_contract_locally
result = verify_contract_locally(contract_file_path=sys.argv[2], data_source_file_path=sys.argv[1])
assert not result.get_errors(), result.get_errors_str()
assert {one.outcome.name for verified in result.contract_verification_results for one in verified.check_results} <= {"PASSED", "FAILED"}
print(json.dumps({one.check.qualifier: one.outcome.name == "PASSED" for verified in result.contract_verification_results for one in verified.check_results}))
"""


def test_dbt_comes_to_the_same(given: Given, file: Path, tmp_path: Path) -> None:
    made = exported(given, "dbt", "duckdb", tmp_path)
    profiles = {"checks": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": str(file), "threads": 1}}}}
    YAML(typ="safe").dump(profiles, tmp_path / "dbt" / "profiles.yml")
    done = run("dbt", "dbt", "test", "--profiles-dir", ".", folder=tmp_path / "dbt")
    results = json.loads((tmp_path / "dbt" / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    found = {one["unique_id"].split(".")[2]: one["status"] for one in results}
    assert set(found.values()) <= {"pass", "fail"}, done.stdout
    assert {name: status == "pass" for name, status in found.items()} == given.verdicts(made)
    assert not made.left_out


def test_great_expectations_comes_to_the_same(given: Given, database: Database, tmp_path: Path) -> None:
    in_postgres(given, database)
    made = exported(given, "gx", "postgres", tmp_path)
    place = database.settings
    address = f"postgresql+psycopg2://{place['user']}:{quote(str(place['password']), safe='')}@{place['host']}:{place['port']}/{database.name}"
    done = run("gx", "python", "gx/run.py", address, folder=tmp_path)
    found = {one["check"]: one for one in map(json.loads, (line for line in done.stdout.splitlines() if line.startswith("{")))}
    assert {name: one["success"] for name, one in found.items()} == given.verdicts(made), done.stderr[-3000:]
    assert done.returncode == 1
    assert not made.left_out


def test_pandera_comes_to_the_same(given: Given, tmp_path: Path) -> None:
    made = exported(given, "pandera", "duckdb", tmp_path)
    frames = tmp_path / "frames"
    frames.mkdir()
    for name, files in given.profile.files:
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT * FROM read_parquet($files)) TO '{frames / name}.parquet'", {"files": list(files)})  # noqa: S608 names of this file
    (tmp_path / "ask.py").write_text(PANDERA, encoding="utf-8")
    done = run("pandera", "python", "ask.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    failed = set(json.loads(done.stdout))
    verdicts = given.verdicts(made)
    filled = {
        f"not_nullable:{rule.table}:{rule.columns[0]}"
        for rule in (check.rule for check in given.results if not check.most)
        if rule.kind == "filled"
    }
    assert failed - filled == {
        name for name, holds in verdicts.items() if (not holds and "_filled_" not in name) or (not holds and name in failed)
    }
    assert {
        f"not_nullable:{one.rule.table}:{one.rule.columns[0]}"
        for check, one in given.results.items()
        if one.rule.kind == "filled" and not check.most and one.failed
    } == failed & filled
    assert {rule.kind for rule, _ in made.left_out} == {"refers", "in_order_with", "adds_up_of"}


PANDERA = """
import json, pathlib, sys
sys.path.insert(0, "pandera_")
import importlib.util
spec = importlib.util.spec_from_file_location("checks", "pandera/checks.py")
checks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checks)
import pandas as pd, pandera.pandas as pa
failed = []
for table, schema in checks.SCHEMAS.items():
    try:
        schema.validate(pd.read_parquet(f"frames/{table}.parquet"), lazy=True)
    except pa.errors.SchemaErrors as error:
        for one in error.schema_errors:
            name = one.check.name if hasattr(one.check, "name") else str(one.check)
            failed.append(f"not_nullable:{table}:{one.schema.name}" if name == "not_nullable" else name)
print(json.dumps(failed))
"""


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_without_checks_gives_files_all_the_same(given: Given, tool: str) -> None:
    assert export(tool, [], given.profile).files
