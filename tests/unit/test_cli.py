"""The command line on real input: results, machine-readable results, exit codes, errors as what / why / fix."""

import csv
import json

import jsonschema
import pyarrow.parquet as pq
import pytest

from core.cli import machine, main
from core.workbench import Workbench

ORDERS = "id,customer,total,placed\n" + "".join(f"{n},{n % 5 + 1},{n}.50,2026-01-{n % 28 + 1:02}\n" for n in range(1, 201))
CUSTOMERS = "id,name,city\n" + "".join(f"{n},Клиент {n},Казань\n" for n in range(1, 6))


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")


@pytest.fixture
def shop(tmp_path):
    """Two related tables in a folder."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    return folder


def run(tmp_path, *args):
    """Run a command; returns its exit code and its JSON, which must fit the published schema."""
    target = tmp_path / "result.json"
    code = main([*map(str, args), "--json", str(target), "--quiet"])
    found = json.loads(target.read_text(encoding="utf-8"))
    name = "connect-test" if args[0] == "connect" else args[0]
    jsonschema.validate(found, machine.schemas()["error" if "error" in found else name])
    return code, found


def test_profile_takes_a_folder_as_one_data_set(tmp_path, shop):
    code, found = run(tmp_path, "profile", shop)
    assert code == 0
    tables = {table["name"]: table for table in found["tables"]}
    assert tables["orders"]["rows"] == 200
    assert tables["orders"]["primary_key"] == ["id"]
    assert {column["name"]: column["nullable"] for column in tables["customers"]["columns"]} == {
        "id": False,
        "name": False,
        "city": False,
    }
    keys = [(key["table"], key["columns"], key["references"], key["ref_columns"]) for key in found["foreign_keys"]]
    assert ("orders", ["customer"], "customers", ["id"]) in keys


def test_the_terminal_tells_why_columns_are_text_and_which_decide_others(tmp_path, capsys):
    towns = [("Tver", "west"), ("Omsk", "east"), ("Perm", "east")]
    lines = [f"{n:05},{n % 9 + 1:02}/{n % 12 + 1:02}/2026,{','.join(towns[n % 3])},a{n}@b.example" for n in range(300)]
    lines[250] += "\n7,01/01/2026,Omsk,east,nobody at home"
    file = tmp_path / "t.csv"
    file.write_text("code,day,town,side,mail\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert main(["profile", str(file), "--quiet"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "code is VARCHAR: line 2 of the file holds 00000, which is no BIGINT" in printed
    assert "day is text: day and month cannot be told apart; say which with --set types='day=day first'" in printed
    assert "town decides side" in printed
    assert main(["profile", str(file), "--quiet", "--set", "types=day=day first"]) == 0
    assert "cannot be told apart" not in capsys.readouterr().out


def test_quality_counts_the_rows_that_break_a_rule(tmp_path, shop):
    orders = shop / "orders.csv"
    head, *lines = orders.read_text(encoding="utf-8").splitlines()
    name = head.split(",")[1]
    lines[7] = ",".join([lines[7].split(",")[0], "", *lines[7].split(",")[2:]])
    orders.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    code, found = run(tmp_path, "quality", shop)
    assert code == 0
    broken = {
        (one["rule"]["table"], one["rule"]["kind"], tuple(one["rule"]["columns"])): one
        for one in found["results"]
        if one["failed"]
    }
    assert broken["orders", "filled", (name,)]["failed"] == 1
    scores = {(one["table"], one["dimension"]): one["share"] for one in found["scores"] if not one["column"]}
    assert scores["orders", "completeness"] < 1 == scores["customers", "completeness"]


def test_kept_checks_decide_how_quality_ends_and_go_to_other_tools(tmp_path, shop):
    holds, fails = tmp_path / "holds.yaml", tmp_path / "fails.yaml"
    assert run(tmp_path, "quality", shop, "--save", holds)[0] == 0
    assert run(tmp_path, "quality", shop, "--checks", holds, "--export", "dbt", "--out", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "dbt" / "models" / "sources.yml").stat().st_size > 100
    fails.write_text("checks:\n- {table: orders, kind: enough_rows, value: 201}\n", encoding="utf-8")
    code, found = run(tmp_path, "quality", shop, "--checks", fails)
    assert code == 1
    assert [(one["rule"]["kind"], one["failed"]) for one in found["results"] if one["kept"]] == [("enough_rows", 1)]


@pytest.mark.parametrize(
    "text",
    ["", "- a", "checks: 5", "checks: [{table: orders}]", "checks: [{table: orders, kind: nonsense}]", "checks: [{table: orders, kind: filled, columns: [nothing]}]", "checks: [{table: orders, kind: filled, columns: [id], most: 2}]", "checks: [{table: orders, kind: filled, colour: red}]", "a: &a [*a]", "checks: [" * 50, "checks: [{table: orders, kind: condition, value: 'sum(id) > 1'}]"],
)  # fmt: skip
def test_a_wrong_file_of_checks_is_told(tmp_path, shop, text):
    file = tmp_path / "checks.yaml"
    file.write_text(text, encoding="utf-8")
    code, found = run(tmp_path, "quality", shop, "--checks", file)
    assert code == 1
    assert found["error"]["fix"]


def test_advise_hears_what_is_said_of_the_use(tmp_path, shop):
    _, silent = run(tmp_path, "advise", shop)
    code, events = run(tmp_path, "advise", shop, "--access", "events")
    assert code == 0
    assert events["choices"][0]["storage"] == "kafka"
    assert silent["choices"][0]["storage"] != "kafka"


def test_ddl_is_written_a_file_a_dialect(tmp_path, shop):
    code, found = run(tmp_path, "ddl", shop, "--no-proof", "--out", tmp_path / "ddl")
    assert code == 0
    assert "CREATE TABLE" in (tmp_path / "ddl" / "postgres.sql").read_text(encoding="utf-8")
    assert "ENGINE" in (tmp_path / "ddl" / "clickhouse.sql").read_text(encoding="utf-8")
    assert {ddl["table"] for ddl in found["ddl"]} == {"orders", "customers"}


PIPELINE = """
name: by_city
nodes:
  - {id: orders, step: source, table: orders}
  - {id: customers, step: source, table: customers}
  - {id: joined, step: join, left: orders, right: customers, how: left, on: [{left: customer, right: id}]}
  - {id: totals, step: aggregate, input: joined, by: [name], measures: [{name: total, function: sum, column: total}]}
  - {id: out, step: sink, input: totals, target: file, path: totals.csv}
"""


def test_a_pipeline_is_checked_and_run(tmp_path, shop):
    plan = tmp_path / "plan.yaml"
    plan.write_text(PIPELINE, encoding="utf-8")
    code, checked = run(tmp_path, "check", plan, shop)
    assert (code, checked["problems"]) == (0, [])
    code, ran = run(tmp_path, "run", plan, shop, "--out", tmp_path)
    assert code == 0
    assert {node["id"]: node["rows"] for node in ran["nodes"]}["totals"] == 5
    with (tmp_path / "totals.csv").open(encoding="utf-8") as file:
        totals = {row["name"]: float(row["total"]) for row in csv.DictReader(file)}
    assert sum(totals.values()) == sum(n + 0.5 for n in range(1, 201))


def test_a_faulty_pipeline_ends_with_one_and_names_the_node(tmp_path, shop):
    plan = tmp_path / "plan.yaml"
    plan.write_text(PIPELINE.replace("column: total", "column: totl"), encoding="utf-8")
    code, checked = run(tmp_path, "check", plan, shop)
    assert code == 1
    assert checked["problems"][0]["node"] == "totals"
    assert "total" in checked["problems"][0]["fix"]
    code, failed = run(tmp_path, "run", plan, shop, "--out", tmp_path)
    assert code == 1
    assert failed["error"]["fix"]
    assert not (tmp_path / "totals.csv").exists()


def test_the_check_tells_on_stderr_what_is_wrong_and_in_which_line(tmp_path, shop, capsys):
    plan = tmp_path / "plan.yaml"
    plan.write_text(PIPELINE.replace("column: total", "column: totl"), encoding="utf-8")
    assert main(["check", str(plan), str(shop)]) == 1
    printed = capsys.readouterr()
    line = 1 + next(n for n, text in enumerate(PIPELINE.splitlines()) if "id: totals" in text)
    assert f"What:  The step totals of plan.yaml, line {line} is wrong" in printed.err
    assert "totl" not in printed.out


def test_a_pipeline_does_not_write_over_what_it_reads(tmp_path, shop):
    plan = tmp_path / "plan.yaml"
    plan.write_text(PIPELINE.replace("totals.csv", "orders.csv"), encoding="utf-8")
    code, failed = run(tmp_path, "run", plan, shop, "--out", shop)
    assert code == 1
    assert "write over orders.csv" in failed["error"]["why"]
    assert (shop / "orders.csv").read_text(encoding="utf-8") == ORDERS


def test_a_file_is_not_converted_into_itself(tmp_path, shop):
    code, failed = run(tmp_path, "convert", shop / "orders.csv", shop / ".." / "shop" / "orders.csv")
    assert code == 1
    assert "over itself" in failed["error"]["what"]
    assert (shop / "orders.csv").read_text(encoding="utf-8") == ORDERS


def test_a_report_is_written_in_every_format(tmp_path, shop):
    code, found = run(tmp_path, "report", shop, "--no-proof", "--out", tmp_path / "out", "--lang", "ru")
    assert code == 0
    assert sorted(name.rsplit(".", 1)[1] for name in found["files"]) == ["html", "json", "md", "pdf"]
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "orders" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson"])
def test_convert_keeps_every_row(tmp_path, shop, suffix):
    target = tmp_path / f"copy.{suffix}"
    code, found = run(tmp_path, "convert", shop / "orders.csv", target)
    assert (code, found["rows"]) == (0, 200)
    if suffix == "parquet":
        assert pq.read_table(target).column("id").to_pylist() == list(range(1, 201))
    else:
        lines = target.read_text(encoding="utf-8").splitlines()
        assert len(lines) == (201 if suffix == "csv" else 200)


def test_json_inside_json_is_not_quoted_again(tmp_path):
    given = [{"n": 1, "v": {"x": 1}}, {"n": 2, "v": {"x": "a"}}, {"n": 3, "v": None}]
    (tmp_path / "given.json").write_text(json.dumps(given))
    code, _ = run(tmp_path, "convert", tmp_path / "given.json", tmp_path / "copy.ndjson")
    assert code == 0
    assert [json.loads(line) for line in (tmp_path / "copy.ndjson").read_text().splitlines()] == given


def test_convert_to_an_unknown_format_names_the_known_ones(tmp_path, shop):
    code, found = run(tmp_path, "convert", shop / "orders.csv", tmp_path / "copy.docx")
    assert code == 2
    assert ".parquet" in found["error"]["fix"]


def test_connect_test_reports_separate_checks(tmp_path, shop):
    code, found = run(tmp_path, "connect", "test", shop / "orders.csv")
    assert (code, found["ok"], found["kind"]) == (0, True, "csv")
    code, found = run(
        tmp_path,
        "connect",
        "test",
        "postgres",
        "--set",
        "host=127.0.0.1",
        "--set",
        "port=1",
        "--set",
        "database=x",
        "--set",
        "user=x",
    )
    assert (code, found["ok"]) == (1, False)
    assert [check["status"] for check in found["checks"]].count("fail") == 1


@pytest.mark.parametrize(
    "args", [["profile", "missing.csv"], ["ddl", "missing/"], ["convert", "missing.csv", "out.csv"], ["run", "no.yaml", "x.csv"]]
)
def test_what_is_missing_is_an_error_and_never_a_traceback(tmp_path, capsys, args):
    assert main([*args[:1], *(str(tmp_path / arg) for arg in args[1:])]) == 1
    said = capsys.readouterr().err
    assert "What:" in said
    assert "Fix:" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "args", [[], ["nonsense"], ["profile", "--lang", "xx", "a.csv"], ["convert", "one"], ["report", "a.csv", "--format", "docx"]]
)
def test_wrong_use_ends_with_two(args, capsys):
    with pytest.raises(SystemExit) as ended:
        main(args)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err.lower()


@pytest.mark.parametrize("address", ["me:hunter2@127.0.0.1/db/public.t", "me@127.0.0.1/db/public.t?password=hunter2"])
def test_a_password_in_an_address_is_refused_and_not_repeated(address, capsys):
    assert main(["profile", f"postgresql://{address}"]) == 2
    said = capsys.readouterr().err
    assert "does not belong in an address" in said
    assert "hunter2" not in said


def test_a_saved_project_can_be_worked_on_by_name(tmp_path, shop, capsys):
    from core.task import Task
    from core.workbench import Workbench, connect

    with Workbench.open() as wb:
        project = wb.create_project("Shop").id
        connect.land(wb, project, connect.sources_of(str(shop / "orders.csv"))[0], Task())
    code, found = run(tmp_path, "profile", "--project", "Shop")
    assert (code, found["tables"][0]["rows"]) == (0, 200)
    assert main(["profile", "--project", "Shpo"]) == 2
    assert "Shop" in capsys.readouterr().err


def test_rows_left_out_are_told_by_every_command_that_reads(tmp_path, capsys):
    file = tmp_path / "ragged.csv"
    file.write_text("id,name\n" + "".join(f"{n},x{n}\n" for n in range(50)) + "51,y,z,more\n", encoding="utf-8")
    assert main(["profile", str(file)]) == 0
    assert "1 row could not be placed" in capsys.readouterr().err


def test_drift_compares_two_files_and_an_alert_ends_with_1(tmp_path, shop):
    orders = shop / "orders.csv"
    later = tmp_path / "later.csv"
    head, *lines = orders.read_text(encoding="utf-8").splitlines()
    later.write_text("\n".join([head, *lines[:60]]) + "\n", encoding="utf-8")
    code, found = run(tmp_path, "drift", orders, orders)
    assert (code, found["shifts"]) == (0, [])
    code, found = run(tmp_path, "drift", orders, later)
    assert code == 1
    assert ("orders", "volume", "alert") in {(one["table"], one["kind"], one["level"]) for one in found["shifts"]}
    assert main(["drift", str(orders)]) == 2


def test_drift_of_a_project_compares_its_last_two_profiles(tmp_path, shop, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    with Workbench.open() as wb:
        wb.create_project("Shop")
    assert run(tmp_path, "profile", "--project", "Shop", shop)[0] == 0
    assert run(tmp_path, "drift", "--project", "Shop")[0] == 1
    assert main(["drift", "--project", "Shop", str(shop)]) == 2
