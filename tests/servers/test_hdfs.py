"""HDFS beyond the conformance suite: formats, patterns, names, sign-in, and what a person writes on one line."""

from __future__ import annotations

import gzip
import io
import logging
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import zstandard
from pyarrow import fs

from connectors.far import files as far
from connectors.hdfs import HDFS
from connectors.webhdfs.client import Client
from connectors.webhdfs.place import place_of
from connectors.webhdfs.system import Handler
from core.cli import main
from core.errors import AssayError, ConfigError
from core.task import Task
from tests.servers.hdfs import TOKEN, USER, Cluster, Folder
from tests.servers.hdfs_gateway import gateway

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("hdfs")]


def workbook() -> bytes:
    from openpyxl import Workbook

    book, data = Workbook(), io.BytesIO()
    for row in (("id", "t"), (1, "x"), (2, "y")):
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def parquet(rows: int = 2, group: int | None = None) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table({"id": range(1, rows + 1), "t": (["x", "y"] * rows)[:rows]}), data, row_group_size=group)
    return data.getvalue()


FILES = {
    "a.csv": b"id;t\n1;x\n2;y\n",
    "b.csv.gz": gzip.compress(b"id,t\n1,x\n2,y\n"),
    "c.csv.zst": zstandard.compress(b"id,t\n1,x\n2,y\n"),
    "d.json": b'[{"id": 1, "t": "x"}, {"id": 2, "t": "y"}]',
    "e.ndjson": b'{"id": 1, "t": "x"}\n{"id": 2, "t": "y"}\n',
    "f.xml": b"<r><i><id>1</id><t>x</t></i><i><id>2</id><t>y</t></i></r>",
    "g.parquet": parquet(),
    "h.xlsx": workbook(),
}


def land(source: HDFS, path: tuple[str, ...], folder: Path) -> pa.Table:
    folder.mkdir()
    return pq.read_table(source.land(path, folder, Task()).files[0])


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read_as_it_is_on_disk(hdfs_folder: Folder, tmp_path: Path, name: str):
    hdfs_folder.put(f"in/{name}", FILES[name])
    path = (hdfs_folder.name, "in", name)
    with HDFS(hdfs_folder.settings) as source:
        assert [(item.name, item.bytes) for item in source.browse(path[:-1])] == [(name, len(FILES[name]))]
        assert source.preview(path).column_names == ["id", "t"]
        landed = land(source, path, tmp_path / "l")
    assert [int(value) for value in landed["id"].to_pylist()] == [1, 2]
    assert landed["t"].to_pylist() == ["x", "y"]
    assert [one.name for one in tmp_path.iterdir()] == ["l"]


def test_a_glob_of_ndjson_is_its_files_and_no_others(hdfs_folder: Folder, tmp_path: Path):
    for name in ("2024/a.ndjson", "2025/b.ndjson", "2025/c.csv", "2025/_tmp.ndjson", "2025/.d.ndjson.assay-1"):
        hdfs_folder.put(name, FILES["e.ndjson"])
    with HDFS({**hdfs_folder.settings, "path": f"/{hdfs_folder.name}/202?/*.ndjson"}) as source:
        found = source.files()
        assert [item.path[1:] for item in found] == [("2024", "a.ndjson"), ("2025", "b.ndjson")]
        assert source.browse() == found
        assert [land(source, item.path, tmp_path / item.name).num_rows for item in found] == [2, 2]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("*.csv", ["top.csv"]), ("x/*/[ab].csv", ["a.csv", "b.csv"]), ("x/2024/a.csv", ["a.csv"]), ("x", ["2024", "2025"]), ("", ["x", "top.csv"])],
)  # fmt: skip
def test_a_path_a_folder_or_a_pattern(hdfs_folder: Folder, pattern: str, names: list[str]):
    for key in ("top.csv", "x/2024/a.csv", "x/2025/b.csv", "x/2025/_SUCCESS"):
        hdfs_folder.put(key, FILES["a.csv"])
    with HDFS({**hdfs_folder.settings, "path": f"{hdfs_folder.name}/{pattern}"}) as source:
        assert [item.name for item in source.browse()] == names


@pytest.mark.parametrize("name", ["имя.csv", "a b.csv", "100%.csv", "a+b&c=d#e.csv", "50%25.csv", "q?[x]*;{y}'\".csv"])
def test_a_name_is_taken_as_it_is(hdfs_folder: Folder, tmp_path: Path, name: str):
    hdfs_folder.put(name, FILES["a.csv"])
    path = (hdfs_folder.name, name)
    with HDFS(hdfs_folder.settings) as source:
        assert [item.path for item in source.browse(path[:1])] == [path]
        assert land(source, path, tmp_path / "l").num_rows == 2
        rows = pa.table({"id": [1, 2, 3]})
        source.write(path, iter(rows.to_batches()), rows.schema, "replace", Task())
        assert hdfs_folder.files() == {name: b"id\n1\n2\n3\n"}


def test_a_big_file_is_previewed_by_its_head_alone(hdfs_folder: Folder, monkeypatch: pytest.MonkeyPatch):
    line = b"%09d,some text that fills the line a little\n"
    hdfs_folder.put("big.csv", b"id,t\n" + b"".join(line % n for n in range(400_000)))
    with HDFS(hdfs_folder.settings) as source:
        asked: list[int] = []
        head = source._system.head
        monkeypatch.setattr(source._system, "head", lambda path, count: (asked.append(count), head(path, count))[1])
        assert source.preview((hdfs_folder.name, "big.csv"), 50).num_rows == 50
        assert asked == [2**20]


def test_parquet_is_read_a_few_row_groups_at_a_time(hdfs_folder: Folder, monkeypatch: pytest.MonkeyPatch):
    """What pyarrow is asked for at once it also fetches at once, and keeps until it is taken."""
    hdfs_folder.put("rows.parquet", parquet(50_000, group=5_000))
    opened: list[tuple[int, int]] = []
    real = Client.opened
    monkeypatch.setattr(
        Client,
        "opened",
        lambda self, path, offset=0, length=None: (opened.append((offset, length)), real(self, path, offset, length))[1],
    )
    monkeypatch.setattr(far, "AHEAD", 1)
    with HDFS(hdfs_folder.settings) as source:
        batches = source.read((hdfs_folder.name, "rows.parquet"), Task())
        assert next(batches).num_rows == 5_000
        assert len(opened) <= 3, "the footer and the first group, not the whole file"
        assert 5_000 + sum(batch.num_rows for batch in batches) == 50_000


def test_pyarrow_reads_a_folder_as_a_dataset_over_the_same_system(hdfs_folder: Folder):
    for part in ("a", "b"):
        hdfs_folder.put(f"t/day={part}/rows.parquet", parquet())
    system = fs.PyFileSystem(Handler(Client(place_of(hdfs_folder.settings))))
    assert ds.dataset(f"{hdfs_folder.name}/t", filesystem=system, partitioning="hive").to_table().num_rows == 4


def test_a_replaced_file_keeps_its_rights(hdfs_folder: Folder):
    hdfs_folder.put("out.csv", b"id\n1\n")
    path = f"{hdfs_folder.name}/out.csv"
    hdfs_folder.cluster.rest("PUT", path, "SETPERMISSION", USER, permission="664")
    rows = pa.table({"id": [7]})
    with HDFS(hdfs_folder.settings) as target:
        target.write((hdfs_folder.name, "out.csv"), iter(rows.to_batches()), rows.schema, "replace", Task())
    assert b'"permission":"664"' in hdfs_folder.cluster.rest("GET", path, "GETFILESTATUS", USER).data
    assert hdfs_folder.files() == {"out.csv": b"id\n7\n"}


# Signing in


def test_a_token_goes_along_and_is_in_no_log(hdfs_folder: Folder, caplog: pytest.LogCaptureFixture):
    hdfs_folder.put("a.csv", FILES["a.csv"])
    assert "delegation=" in Client(place_of(hdfs_folder.settings)).url("a", "OPEN")
    with caplog.at_level(logging.DEBUG, logger="urllib3"), HDFS(hdfs_folder.settings) as source:
        source.preview((hdfs_folder.name, "a.csv"))
    assert "op=OPEN" in caplog.text, "the log has the URLs"
    assert "delegation=…" in caplog.text
    for secret in (TOKEN, "s3cret"):
        assert secret not in caplog.text + repr(caplog.records)


def test_a_gateway_with_a_password_is_used_for_all(hdfs_folder: Folder, tmp_path: Path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    hdfs_folder.put("a.csv", FILES["a.csv"])
    with gateway(tmp_path, hdfs_folder.cluster.address, "ann", "pass wörd", USER) as door:
        settings = {
            "address": door.address,
            "sign_in": "password",
            "user": "ann",
            "password": "pass wörd",
            "ca_file": str(door.certificate),
        }
        checks = HDFS({**settings, "path": hdfs_folder.name}).check()
        assert {check.status for check in checks} == {"ok"}, [str(one.detail) for one in checks]
        with HDFS(settings) as source:
            assert source.preview((hdfs_folder.name, "a.csv")).num_rows == 2
            rows = pa.table({"id": [7]})
            source.write((hdfs_folder.name, "out.csv"), iter(rows.to_batches()), rows.schema, "replace", Task())
        assert hdfs_folder.files()["out.csv"] == b"id\n7\n"
        assert all("pass" not in path and "user.name" not in path for path, _ in door.asked)
        wrong = HDFS({**settings, "password": "wrong pass"})
        assert [check.name for check in wrong.check() if check.status == "fail"] == ["auth"]
        with pytest.raises(AssayError) as caught:
            wrong.browse()
        assert "did not accept" in caught.value.lines()[0]
        assert "wrong pass" not in repr(caught.value) + repr(caught.value.__cause__)
        untrusted = HDFS({**settings, "ca_file": ""}).check()
        assert [check.name for check in untrusted if check.status == "fail"] == ["tls"]


@pytest.mark.parametrize(
    "change",
    [
        {"address": ""},
        {"address": "ftp://x"},
        {"address": "http://user:pass@host:9870"},
        {"address": "http://host:port"},
        {"address": "host:9870/?delegation=s3cret"},
        {"sign_in": "magic"},
        {"sign_in": "token", "token": ""},
        {"sign_in": "password", "user": "u", "password": "s3cret", "address": "http://host:9870"},
        {"sign_in": "password", "user": "", "password": "s3cret", "address": "https://host:9870"},
    ],
)
def test_settings_that_cannot_be_are_told_before_anything_is_sent(change: dict):
    settings = {"address": "http://namenode.example:9870", "user": "ann", **change}
    with pytest.raises(ConfigError) as caught:
        place_of(settings)
    assert "s3cret" not in str(caught.value.lines())
    assert "pass@" not in str(caught.value.lines())
    checks = HDFS(settings).check()
    assert [check.status for check in checks] == ["fail"] + ["skipped"] * 8


@pytest.mark.parametrize(
    ("given", "origin", "root"),
    [
        ("namenode", "http://namenode:9870", "/webhdfs/v1"),
        ("hdfs://namenode:1234", "http://namenode:1234", "/webhdfs/v1"),
        ("swebhdfs://namenode", "https://namenode:9871", "/webhdfs/v1"),
        ("https://knox:8443/gateway/default/", "https://knox:8443", "/gateway/default/webhdfs/v1"),
        ("https://knox:8443/gateway/x/webhdfs/v1", "https://knox:8443", "/gateway/x/webhdfs/v1"),
        ("http://[::1]:9870", "http://[::1]:9870", "/webhdfs/v1"),
    ],
)
def test_an_address_may_be_written_in_several_ways(given: str, origin: str, root: str):
    place = place_of({"address": given})
    assert (place.origin, place.root) == (origin, root)


# On one line


def test_files_of_hdfs_are_named_on_the_command_line(
    hdfs_server: Cluster, hdfs_folder: Folder, tmp_path: Path, monkeypatch, capsys
):
    for name in ("a", "b"):
        hdfs_folder.put(f"in/{name}.csv", b"id,t\n1,x\n2,y\n")
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    where = f"127.0.0.1:{hdfs_server.http}/{hdfs_folder.name}"
    assert main(["profile", f"hdfs://{USER}@{where}/in", "--quiet"]) == 0
    assert "a: 2 rows" in capsys.readouterr().out
    target = tmp_path / "out.parquet"
    monkeypatch.setenv("WEBHDFS_TOKEN", TOKEN)
    monkeypatch.setenv("HADOOP_USER_NAME", USER)
    assert main(["convert", f"webhdfs://{where}/in/a*.csv", str(target), "--quiet"]) == 0
    assert pq.read_table(target).num_rows == 2
    assert main(["profile", f"hdfs://{where}/none/*.csv", "--quiet"]) == 1
    assert "There is nothing at" in (said := capsys.readouterr()).err
    assert TOKEN not in said.out + said.err
    for wrong in (f"hdfs://ann:s3cret@{where}/in", "hdfs://host:9870", "hdfs:///path"):
        assert main(["profile", wrong, "--quiet"]) == 2
        assert "s3cret" not in capsys.readouterr().err
