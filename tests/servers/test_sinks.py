"""A pipeline into every kind of target: replaced, then changed by keys, and read back from the target itself."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from core.cli import main
from core.errors import ConfigError
from core.models.pipeline import Pipeline, Sink, Source
from core.task import Task
from core.workbench import Workbench, connect, pipeline
from tests.servers.kafka import PASSWORD, USER

pytestmark = pytest.mark.server


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """(workbench, project) with a table of three orders."""
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    (tmp_path / "orders.csv").write_text("id,total\n1,2.5\n2,3.5\n3,4.5\n", encoding="utf-8")
    with Workbench.open(tmp_path / "home") as wb:
        made = wb.create_project("shop").id
        connect.land(wb, made, connect.sources_of(str(tmp_path / "orders.csv"))[0], Task())
        yield wb, made


def write(shop, tmp_path, kind: str, settings: dict, **to) -> None:
    """Run a pipeline with one sink twice: once to replace, once by keys with one row changed and one added."""
    wb, project = shop
    connect.save_connection(wb, "there", kind, settings)
    sink = Sink("out", "orders", kind, connection="there", keys=("id",), **to)
    plan = Pipeline("mine", (Source("orders", "orders"), sink))
    assert pipeline.check(wb, project, plan).sound
    pipeline.run(wb, project, plan, Task())
    (tmp_path / "orders.csv").write_text("id,total\n2,30.5\n4,5.5\n", encoding="utf-8")
    connect.land(wb, project, connect.sources_of(str(tmp_path / "orders.csv"))[0], Task())
    again = Pipeline("mine", (plan.nodes[0], Sink("out", "orders", kind, connection="there", keys=("id",), mode="upsert", **to)))
    for _ in range(2):
        pipeline.run(wb, project, again, Task())


CHANGED = [(1, 2.5), (2, 30.5), (3, 4.5), (4, 5.5)]


def test_postgres(shop, tmp_path, database):
    write(shop, tmp_path, "postgres", database.settings, table="orders")
    assert [(row[0], float(row[1])) for row in database.run("SELECT id, total FROM orders ORDER BY id")] == CHANGED


def test_clickhouse(shop, tmp_path, house):
    write(shop, tmp_path, "clickhouse", {**house.settings, "database": house.name}, table="orders")
    found = house.run("SELECT id, total FROM @orders ORDER BY id")
    assert [(row["id"], float(row["total"])) for row in found] == CHANGED


@pytest.mark.xdist_group("spark")
@pytest.mark.timeout(900)
def test_spark(shop, tmp_path, spark_schema):
    write(shop, tmp_path, "spark", spark_schema.settings, table=f"{spark_schema.name}.orders")
    found = spark_schema.run("SELECT id, total FROM @orders ORDER BY id")
    assert [(row[0], float(row[1])) for row in found] == CHANGED


@pytest.mark.xdist_group("kafka")
def test_kafka(shop, tmp_path, topic):
    wb, project = shop
    connect.save_connection(wb, "there", "kafka", topic.settings)
    rows = Source("orders", "orders")

    def into(mode: str, keys: tuple[str, ...] = ()) -> Pipeline:
        return Pipeline(
            "mine", (rows, Sink("out", "orders", "kafka", connection="there", table=topic.name, mode=mode, keys=keys))
        )

    assert not pipeline.check(wb, project, into("replace")).sound
    for _ in range(2):
        pipeline.run(wb, project, into("append", ("id",)), Task())
    assert [(key, json.loads(value)["total"]) for *_, key, value in topic.messages()] == [
        (b"1", 2.5),
        (b"2", 3.5),
        (b"3", 4.5),
    ] * 2
    with pytest.raises(ConfigError):
        pipeline.run(wb, project, into("upsert", ("id",)), Task())


@pytest.mark.xdist_group("kafka")
def test_a_topic_is_named_on_the_command_line(topic, monkeypatch, capsys):
    topic.put([{"id": n, "code": f"{n:03}"} for n in range(20)])
    for variable, value in (("KAFKA_USER", USER), ("KAFKA_PASSWORD", PASSWORD)):
        monkeypatch.setenv(variable, value)
    where = topic.settings["servers"]
    assert main(["profile", f"kafka://{where}/{topic.name}", "--quiet"]) == 0
    said = capsys.readouterr()
    assert "_offset" in said.out
    assert PASSWORD not in said.out + said.err
    for wrong in (
        f"kafka://{where}",
        f"kafka://u:secret@{where}/t",
        f"kafka://{where}/t?x=1",
        "kafka:///t",
        f"kafka://{where}/t/0/1",
    ):
        assert main(["profile", wrong, "--quiet"]) == 2
        assert "secret" not in capsys.readouterr().err


@pytest.mark.xdist_group("s3")
def test_s3(shop, tmp_path, bucket):
    write(shop, tmp_path, "s3", bucket.settings, path=f"{bucket.name}/out/orders.parquet")
    assert list(bucket.files()) == ["out/orders.parquet"]
    (tmp_path / "back.parquet").write_bytes(bucket.files()["out/orders.parquet"])
    found = pq.read_table(tmp_path / "back.parquet").sort_by("id").to_pylist()
    assert [(row["id"], float(row["total"])) for row in found] == CHANGED


@pytest.mark.xdist_group("hdfs")
def test_hdfs(shop, tmp_path, hdfs_folder):
    write(shop, tmp_path, "hdfs", hdfs_folder.settings, path=f"{hdfs_folder.name}/out/orders.parquet")
    assert list(hdfs_folder.files()) == ["out/orders.parquet"]
    (tmp_path / "back.parquet").write_bytes(hdfs_folder.files()["out/orders.parquet"])
    found = pq.read_table(tmp_path / "back.parquet").sort_by("id").to_pylist()
    assert [(row["id"], float(row["total"])) for row in found] == CHANGED


def test_a_connection_of_another_kind_is_refused_by_the_check(shop, database):
    wb, project = shop
    connect.save_connection(wb, "there", "postgres", database.settings)
    plan = Pipeline("mine", (Source("orders", "orders"), Sink("out", "orders", "clickhouse", connection="there", table="t")))
    assert [problem.node for problem in pipeline.check(wb, project, plan).problems] == ["out"]


@pytest.mark.xdist_group("s3")
def test_files_of_a_bucket_are_named_on_the_command_line(bucket, tmp_path, monkeypatch, capsys):
    for name in ("a", "b"):
        bucket.put(f"in/{name}.csv", b"id,t\n1,x\n2,y\n")
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(bucket.settings["endpoint"]))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(bucket.settings["access_key"]))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(bucket.settings["secret_key"]))
    assert main(["profile", f"s3://{bucket.name}/in", "--quiet"]) == 0
    assert "a: 2 rows" in (printed := capsys.readouterr()).out
    assert str(bucket.settings["secret_key"]) not in printed.out + printed.err
    target = tmp_path / "out.parquet"
    assert main(["convert", f"s3://{bucket.name}/in/a*.csv", str(target), "--quiet"]) == 0
    assert pq.read_table(target).num_rows == 2
    assert main(["profile", f"s3://{bucket.name}/none/*.csv", "--quiet"]) == 1
    assert "There is nothing at" in capsys.readouterr().err


def test_a_table_of_clickhouse_is_named_on_the_command_line(house, tmp_path, monkeypatch, capsys):
    house.run("CREATE TABLE @t (id Int64, t String) ENGINE = MergeTree ORDER BY id")
    house.run("INSERT INTO @t VALUES (1, 'x'), (2, 'y')")
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", str(house.settings["password"]))
    where = f"{house.settings['user']}@{house.settings['host']}:{house.settings['port']}"
    assert main(["profile", f"clickhouse://{where}/{house.name}/t", "--quiet"]) == 0
    assert "t: 2 rows" in capsys.readouterr().out
    for wrong in (f"clickhouse://{where}/t", f"clickhouse://u:secret@{house.settings['host']}/d/t", "clickhouse://h:x/d/t"):
        assert main(["profile", wrong, "--quiet"]) == 2
        assert "secret" not in capsys.readouterr().err
