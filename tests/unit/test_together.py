"""Files of a folder or a glob as one table: the same columns, types that lose nothing, and no cell changed on the way."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files.widest import Held, widest
from core.cli import main
from core.engines.duck import duck, fetch, parquet
from core.errors import ConfigError, ConnectError, DataError, UsageError
from core.task import Task
from core.words import say
from core.workbench import Workbench, connect


@pytest.fixture
def wb(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    with Workbench.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def landed(wb, text, column=""):
    project = wb.create_project(f"p{len(wb.projects())}").id
    (source,) = connect.sources_of(str(text), True, column)
    return connect.land(wb, project, source, Task())


def rows(table):
    from sqlglot import exp

    with duck() as connection:
        return fetch(connection, exp.select("*").from_(parquet(table.landed.files))).to_pylist()


def types(table):
    return {one.name: one.type for one in table.landed.schema}


def test_columns_are_matched_by_name_and_the_rows_keep_the_order_of_the_files(wb, data):
    (data / "a.csv").write_text("id,t\n1,x\n2,y\n")
    (data / "b.csv").write_text("t;id\nz;3\n")
    table = landed(wb, data / "*.csv")
    assert rows(table) == [{"id": 1, "t": "x"}, {"id": 2, "t": "y"}, {"id": 3, "t": "z"}]
    assert ("delimiter", ", / ;") in [(name, value) for name, value, _ in table.landed.reading]
    assert table.landed.rows == 3
    assert table.name == "data"


def test_a_number_takes_the_narrowest_type_that_holds_it_in_every_file(wb, data):
    (data / "1.csv").write_text("n,d,none\n1,1.50,\n")
    (data / "2.csv").write_text("n,d,none\n12345678901234567890,2,\n")
    (data / "3.csv").write_text("n,d,none\n3,0.125,\n")
    table = landed(wb, data)
    assert types(table) == {"n": "DECIMAL(38,0)", "d": "DECIMAL(18,3)", "none": "VARCHAR"}
    assert [str(row["d"]) for row in rows(table)] == ["1.500", "2.000", "0.125"]


def test_a_column_on_which_the_files_disagree_is_text_as_it_is_written(wb, data):
    (data / "1.csv").write_text("v,w\n01.02.2024,NA\n28.02.2024,5\n")
    (data / "2.csv").write_text("v,w\nsoon,x\n")
    table = landed(wb, data)
    assert types(table) == {"v": "VARCHAR", "w": "VARCHAR"}
    assert [(row["v"], row["w"]) for row in rows(table)] == [("01.02.2024", "NA"), ("28.02.2024", "5"), ("soon", "x")]
    assert "v is text: DATE in 1.csv, VARCHAR in 2.csv." in [say(note) for note in table.landed.notes]


def test_a_file_in_which_a_column_has_no_value_has_no_say(wb, data):
    (data / "1.csv").write_text("id,v\n1,NA\n2,\n")
    (data / "2.csv").write_text("id,v\n3,7\n")
    table = landed(wb, data)
    assert types(table)["v"] == "BIGINT"
    assert [row["v"] for row in rows(table)] == [None, None, 7]


def test_each_row_can_tell_its_file(wb, data):
    (data / "a.csv").write_text("id\n1\n")
    (data / "b.csv").write_text("id\n2\n")
    assert [(row["id"], row["from"]) for row in rows(landed(wb, data, "from"))] == [(1, "a.csv"), (2, "b.csv")]
    with pytest.raises(ConfigError, match="of their own"):
        landed(wb, data, "id")


def test_files_with_other_columns_are_named_with_the_difference(wb, data):
    for number in range(3):
        (data / f"{number}.csv").write_text("id,price\n1,2\n")
    (data / "odd.csv").write_text("id,prize\n1,2\n")
    with pytest.raises(DataError) as caught:
        landed(wb, data)
    assert "odd.csv has prize and lacks price." in caught.value.lines()[1]
    assert "msgid" not in "".join(caught.value.lines("ru"))
    assert "Project-Id" not in "".join(caught.value.lines("ru"))
    assert connect.tables(wb, wb.projects()[0].id) == ()


def test_files_of_several_kinds_are_not_one_table(data):
    (data / "a.csv").write_text("id\n1\n")
    (data / "b.json").write_text('{"id": 1}')
    with pytest.raises(DataError, match="several kinds"):
        connect.sources_of(str(data), True)
    with pytest.raises(UsageError, match="cannot be read as one"):
        connect.sources_of("s3://bucket/*.csv", True)


def test_json_and_parquet_files_are_one_table_too(wb, data):
    for kind in ("json", "parquet"):
        (data / kind).mkdir()
    (data / "json" / "a.json").write_text('[{"id": 1, "v": {"x": 1}}]')
    (data / "json" / "b.json").write_text('{"id": "two", "v": [1]}')
    found = rows(landed(wb, data / "json"))
    assert [row["id"] for row in found] == ["1", "two"]
    assert json.loads(found[0]["v"]) == {"x": 1}
    pq.write_table(pa.table({"id": pa.array([1], pa.int32())}), data / "parquet" / "a.parquet")
    pq.write_table(pa.table({"id": pa.array([2**40], pa.int64())}), data / "parquet" / "b.parquet")
    table = landed(wb, data / "parquet" / "*.parquet")
    assert types(table) == {"id": "BIGINT"}
    assert [row["id"] for row in rows(table)] == [1, 2**40]


def test_rows_that_could_not_be_placed_are_told_with_their_file(wb, data):
    (data / "a.csv").write_text("id,t\n1,x\n2,y,z\n")
    (data / "b.csv").write_text("id,t\n3\n4,z\n")
    table = landed(wb, data)
    assert (table.landed.rows, table.landed.rejected) == (2, 2)
    assert [(one.line, say(one.reason).split(":")[0]) for one in table.landed.rejects] == [(3, "a.csv"), (2, "b.csv")]
    kept = Path(table.landed.rejects_file).read_text(encoding="utf-8").splitlines()
    assert kept[0] == "file,line,text,message"
    assert [line.split(",")[:2] for line in kept[1:]] == [["a.csv", "3"], ["b.csv", "2"]]


def test_a_pattern_may_stand_in_any_part_and_is_looked_up_anew(wb, data):
    for month in ("2024-01", "2024-02"):
        (data / month / "deep").mkdir(parents=True)
        (data / month / "part-1.csv").write_text(f"m\n{month}\n")
    (data / "2023-12").mkdir()
    (data / "2023-12" / "part-1.csv").write_text("m\nold\n")
    project = wb.create_project("p").id
    (source,) = connect.sources_of(str(data / "2024-*" / "part*.csv"), True)
    table = connect.land(wb, project, source, Task())
    assert (table.name, table.landed.rows) == ("part", 2)
    (data / "2024-02" / "part-2.csv").write_text("m\nnew\n")
    again = connect.land(wb, project, source, Task())
    assert (again.id, again.landed.rows) == (table.id, 3)
    assert len(connect.sources_of(str(data / "**" / "*.csv"))) == 4
    with pytest.raises(ConnectError):
        connect.sources_of(str(data / "2025-*" / "*.csv"))


def test_the_command_line_reads_and_writes_files_as_one(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    (data / "a.csv").write_text("id\n1\n")
    (data / "b.csv").write_text("id\n2\n")
    assert main(["profile", str(data / "*.csv"), "--as-one", "--quiet", "--json", str(tmp_path / "p.json")]) == 0
    (table,) = json.loads((tmp_path / "p.json").read_text())["tables"]
    assert table["rows"] == 2
    assert main(["convert", str(data), str(tmp_path / "out.csv"), "--as-one", "--file-column", "file", "--quiet"]) == 0
    assert (tmp_path / "out.csv").read_text() == "id,file\n1,a.csv\n2,b.csv\n"
    assert main(["convert", str(data), str(data / "b.csv"), "--as-one", "--quiet"]) == 1
    assert (data / "b.csv").read_text() == "id\n2\n"
    assert main(["profile", str(data), "--file-column", "x", "--quiet"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize(
    ("held", "type_"),
    [
        ([Held("BIGINT", 3), Held("INTEGER", 2)], "BIGINT"),
        ([Held("BIGINT", 3), Held("DECIMAL(18,2)", 10)], "DECIMAL(18,2)"),
        ([Held("BIGINT", 19), Held("DECIMAL(18,2)", 10)], "DECIMAL(38,2)"),
        ([Held("DECIMAL(38,0)", 38), Held("DECIMAL(18,2)", 10)], "VARCHAR"),
        ([Held("BIGINT", 15), Held("DOUBLE")], "DOUBLE"),
        ([Held("BIGINT", 16), Held("DOUBLE")], "VARCHAR"),
        ([Held("DATE"), Held("TIMESTAMP")], "VARCHAR"),
        ([Held("DATE"), Held("VARCHAR", empty=True)], "DATE"),
        ([Held("VARCHAR", empty=True), Held("VARCHAR", empty=True)], "VARCHAR"),
        ([Held("BIGINT", empty=True), Held("BIGINT", empty=True)], "BIGINT"),
    ],
)
def test_the_type_of_a_column_over_several_files(held, type_):
    assert widest(held) == type_
