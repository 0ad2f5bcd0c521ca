"""S3 beyond the conformance suite: formats, patterns, sign-in, servers that are not there or die, and big objects in little memory."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.s3 import S3, place_of
from core.errors import AssayError, Cancelled, ConfigError
from core.models.source import Source
from core.task import Task
from core.workbench import Workbench, connect, parts
from tests.servers.s3 import SECRET, Bucket, start
from tests.servers.tools import Stoppable

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("s3")]

FILES = {
    "a.csv": b"id;t\n1;x\n2;y\n",
    "b.csv.gz": gzip.compress(b"id,t\n1,x\n2,y\n"),
    "c.json": b'[{"id": 1, "t": "x"}, {"id": 2, "t": "y"}]',
    "d.ndjson": b'{"id": 1, "t": "x"}\n{"id": 2, "t": "y"}\n',
    "e.xml": b"<r><i><id>1</id><t>x</t></i><i><id>2</id><t>y</t></i></r>",
}


def said(error: AssayError) -> str:
    text = " ".join(error.lines("en") + error.lines("ru")) + repr(error.__cause__)
    assert SECRET not in text
    return text


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read_as_it_is_on_disk(bucket: Bucket, tmp_path: Path, name: str):
    bucket.put(f"in/{name}", FILES[name])
    path = (bucket.name, "in", name)
    (tmp_path / "l").mkdir()
    with S3(bucket.settings) as source:
        assert source.preview(path).column_names == ["id", "t"]
        landed = source.land(path, tmp_path / "l", Task())
    assert landed.rows == 2
    assert landed.source_bytes == len(FILES[name])
    assert pq.read_table(landed.files[0])["t"].to_pylist() == ["x", "y"]
    assert [one.name for one in tmp_path.iterdir()] == ["l"]


def test_what_is_no_table_is_not_offered_and_a_format_can_be_said(bucket: Bucket):
    for name in ("logo.png", "data.bin"):
        bucket.put(name, FILES["a.csv"])
    with S3(bucket.settings) as source:
        assert source.browse((bucket.name,)) == ()
    with S3({**bucket.settings, "format": "csv"}) as source:
        assert [item.name for item in source.browse((bucket.name,))] == ["data.bin", "logo.png"]
        assert source.preview((bucket.name, "data.bin")).num_rows == 2


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*/2024/*.csv", ["a.csv"]),
        ("*.csv", ["top.csv"]),
        ("?/202[45]/*", ["a.csv", "b.csv"]),
        ("x/2024/a.csv", ["a.csv"]),
        ("x", ["2024", "2025"]),
    ],
)
def test_a_path_a_folder_or_a_pattern(bucket: Bucket, pattern: str, names: list[str]):
    for key in ("top.csv", "x/2024/a.csv", "x/2025/b.csv"):
        bucket.put(key, FILES["a.csv"])
    with S3({**bucket.settings, "path": f"{bucket.name}/{pattern}"}) as source:
        items = source.browse()
        assert [item.name for item in items] == names
        assert all(item.path[0] == bucket.name for item in items)


def test_a_big_object_is_previewed_by_its_head_alone(bucket: Bucket):
    line = b"%09d,some text that fills the line a little\n"
    bucket.put("big.csv", b"id,t\n" + b"".join(line % n for n in range(400_000)))
    with S3(bucket.settings) as source:
        asked: list[int] = []
        system = source._system
        head = system.head
        system.head = lambda path, count: (asked.append(count), head(path, count))[1]
        assert source.preview((bucket.name, "big.csv"), 50).num_rows == 50
        assert asked == [2**20]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"secret_key": "wrong"}, "auth"),
        ({"access_key": "NOBODY"}, "auth"),
        ({"endpoint": "http://127.0.0.1:9"}, "reach"),
        ({"endpoint": "http://no-such-host.invalid"}, "resolve"),
        ({"endpoint": "ftp://x"}, "resolve"),
        ({"access_key": ""}, "resolve"),
        ({"path": "no-such-bucket"}, "auth"),
    ],
)
def test_each_line_of_the_check_fails_by_itself(bucket: Bucket, change: dict, line: str):
    checks = S3({**bucket.settings, **change}).check()
    failed = [check for check in checks if check.status == "fail"]
    assert [check.name for check in failed] == [line], checks
    assert failed[0].fix is not None
    assert SECRET not in repr(checks)


def test_an_encrypted_address_of_a_plain_server_is_told_as_such(bucket: Bucket):
    settings = {**bucket.settings, "endpoint": str(bucket.settings["endpoint"]).replace("http:", "https:")}
    assert [check.name for check in S3(settings).check() if check.status == "fail"] == ["tls"]
    with pytest.raises(AssayError) as caught:
        S3(settings).browse()
    assert "encrypted" in said(caught.value)


def test_somebody_who_may_not_read_is_told_so(bucket: Bucket):
    bucket.put("a.csv", FILES["a.csv"])
    with pytest.raises(AssayError) as caught:
        S3({**bucket.settings, "sign_in": "anonymous"}).preview((bucket.name, "a.csv"))
    assert "may not be read" in said(caught.value)


def test_a_profile_gives_the_keys(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    keys = f"[mine]\naws_access_key_id = {bucket.settings['access_key']}\naws_secret_access_key = {SECRET}\nregion = eu-west-1\n"
    (tmp_path / "credentials").write_text(keys, encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    settings = {"endpoint": bucket.settings["endpoint"], "sign_in": "profile", "profile": "mine"}
    assert place_of(settings).region == "eu-west-1"
    assert SECRET not in repr(place_of(settings))
    assert all(check.status == "ok" for check in S3(settings).check())
    with pytest.raises(ConfigError):
        place_of({**settings, "profile": "another"})


def test_a_server_that_dies_in_the_middle_leaves_nothing_and_says_so(tmp_path: Path):
    (tmp_path / "server").mkdir()
    server = start(tmp_path / "server")
    try:
        server.system.create_dir("shop")
        own = Bucket(server, "shop")
        own.put("big.csv", b"id,t\n" + b"1,x\n" * 20_000_000)
        (tmp_path / "l").mkdir()
        with S3(own.settings) as source, pytest.raises(AssayError) as caught:
            source.land(("shop", "big.csv"), tmp_path / "l", Stoppable(server.kill))
        said(caught.value)
        assert list((tmp_path / "l").iterdir()) == []
    finally:
        server.kill()
    assert {one.name for one in tmp_path.iterdir()} == {"l", "server"}


def test_a_stop_amid_a_transfer_answers_within_a_second(bucket: Bucket, tmp_path: Path):
    """Not a measurement: what is stopped here would take far longer."""
    bucket.put("big.csv", b"id,t\n" + b"1,x\n" * 20_000_000)

    class Slow(Stoppable):
        def at(self, fraction, step):
            super().at(fraction, step)
            self.stop()

    (tmp_path / "l").mkdir()
    started = time.monotonic()
    with S3(bucket.settings) as source, pytest.raises(Cancelled):
        source.land((bucket.name, "big.csv"), tmp_path / "l", Slow())
    assert time.monotonic() - started < 10
    assert {one.name for one in tmp_path.iterdir()} == {"l"}


def test_a_failed_upload_leaves_the_object_and_nothing_beside_it(bucket: Bucket):
    bucket.put("out.parquet", b"as it was")

    class Stops(Stoppable):
        def at(self, fraction, step):
            super().at(fraction, step)
            if fraction >= 0.6:
                self.stop()

    rows = pa.table({"id": list(range(1000))})
    with pytest.raises(Cancelled):
        S3(bucket.settings).write((bucket.name, "out.parquet"), iter(rows.to_batches()), rows.schema, "replace", Stops())
    assert bucket.files() == {"out.parquet": b"as it was"}


ORDERS = b'[{"id": 1, "who": {"name": "A"}, "lines": [{"n": 1}, {"n": 2}]}, {"id": 2, "who": {"name": "B"}, "lines": [{"n": 3}]}]'


def test_nested_parts_are_read_in_each_way_as_on_disk(bucket: Bucket, tmp_path: Path):
    bucket.put("in/2024/orders.json", ORDERS)
    path = (bucket.name, "in", "2024", "orders.json")
    with S3({**bucket.settings, "nested": "flatten"}) as source:
        assert "who.name" in source.preview(path).column_names
    with S3({**bucket.settings, "nested": "tables"}) as source:
        found = dict(source.land_parts(path, lambda one: _made(tmp_path / f"t{len(one)}"), Task()))
        assert list(found) == [path, (*path, "", "lines")]
        assert found[*path, "", "lines"].rows == 3
        assert source.preview((*path, "", "lines")).num_rows == 3
        again = source.land((*path, "", "lines"), _made(tmp_path / "again"), Task())
        assert pq.read_table(again.files[0]).equals(pq.read_table(found[*path, "", "lines"].files[0]))


def test_a_table_of_a_bucket_is_read_in_another_way_and_back(bucket: Bucket, tmp_path: Path):
    bucket.put("in/2024/orders.json", ORDERS)
    settings = tuple({**bucket.settings, "path": f"{bucket.name}/in"}.items())
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        table = connect.land(wb, project, Source("s3", settings, (bucket.name, "in", "2024", "orders.json")), Task())
        choices = parts.nested_choices(wb, table.id)
        assert [(one.choice, len(one.tables), one.rows) for one in choices] == [
            ("json", 1, 2),
            ("flatten", 1, 2),
            ("tables", 2, 2),
        ]
        connect.reload_work(wb, Task(), {"table": table.id, "settings": {"nested": "tables"}})
        assert {one.name: one.landed.rows for one in connect.tables(wb, project)} == {"orders": 2, "orders_lines": 3}
        assert parts.may_be_asked(table.source)
        connect.reload_work(wb, Task(), {"table": table.id, "settings": {"nested": "json"}})
        assert [one.name for one in connect.tables(wb, project)] == ["orders"]


def test_a_csv_beside_lands_as_one_table_whatever_is_said_of_nested_parts(bucket: Bucket, tmp_path: Path):
    bucket.put("in/a.csv", FILES["a.csv"])
    with S3({**bucket.settings, "nested": "tables"}) as source:
        ((path, landed),) = source.land_parts((bucket.name, "in", "a.csv"), lambda one: _made(tmp_path / "l"), Task())
    assert (path, landed.rows) == ((bucket.name, "in", "a.csv"), 2)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
