"""What a person means by a path: the file of this very name before a pattern, and never another file than the one named."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from core.cli import main
from core.engines.duck import duck, fetch, parquet
from core.errors import ConfigError, ConnectError, UsageError
from core.words import say
from core.workbench.connect import left_out, sources_of

CONTENT = {
    "csv": ("a\n1\n2\n", "a\n9\n"),
    "ndjson": ('{"a": 1}\n{"a": 2}\n', '{"a": 9}\n'),
    "xml": ("<r><x><a>1</a></x><x><a>2</a></x></r>", "<r><x><a>9</a></x><x><a>9</a></x><x><a>9</a></x></r>"),
}


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SECRETS", "file")


@pytest.mark.parametrize("kind", [*CONTENT, "parquet"])
@pytest.mark.parametrize("name", ["own[1]", "q?", "all*", "[x]"])
def test_a_file_whose_name_looks_like_a_pattern_is_read_itself(tmp_path, kind, name):
    """DuckDB takes every path for a pattern: `own[1].csv` was read from `own1.csv` beside it."""
    mine, other = tmp_path / f"{name}.{kind}", tmp_path / f"{name.replace('[1]', '1').replace('[x]', 'x')}1.{kind}"
    other = tmp_path / f"own1.{kind}" if name == "own[1]" else other
    if kind == "parquet":
        pq.write_table(pa.table({"a": [1, 2]}), mine)
        pq.write_table(pa.table({"a": [9]}), other)
    else:
        mine.write_text(CONTENT[kind][0])
        other.write_text(CONTENT[kind][1])
    target = tmp_path / "target.parquet"
    assert main(["convert", str(mine), str(target), "--quiet"]) == 0
    assert [int(value) for value in pq.read_table(target).column("a").to_pylist()] == [1, 2]


def test_a_pattern_finds_what_it_fits(tmp_path):
    for name in ("a1.csv", "a2.csv", "b.csv"):
        (tmp_path / name).write_text("a\n1\n")
    for pattern, found in (("a?.csv", ["a1.csv", "a2.csv"]), ("a[2].csv", ["a2.csv"]), ("b**.csv", ["b.csv"])):
        assert [source.path[0] for source in sources_of(str(tmp_path / pattern))] == found


def test_a_folder_gives_its_tables_and_names_what_is_none(tmp_path):
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    (tmp_path / "codes.txt").write_text("code;name\n1;x\n")
    (tmp_path / "readme.txt").write_text("These are the sales of a shop.\nAsk Ann about them.\n")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    assert [source.path[0] for source in sources_of(str(tmp_path))] == ["codes.txt", "sales.csv"]
    assert "logo.png, readme.txt" in say(left_out(str(tmp_path)))
    assert [source.path[0] for source in sources_of(str(tmp_path / "readme.txt"))] == ["readme.txt"]
    assert left_out(str(tmp_path / "sales.csv")) is None


def test_what_a_folder_has_beside_its_tables_is_in_the_log(tmp_path, capsys):
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    (tmp_path / "readme.txt").write_text("These are the sales of a shop.\n")
    assert main(["profile", str(tmp_path)]) == 0
    assert "readme.txt" in "".join(capsys.readouterr())


@pytest.mark.parametrize("name", ["missing", "missing/", "missing/x", "missing*/x", "nowhere/*.csv"])
def test_what_is_not_there_is_said_not_to_be_there(tmp_path, name):
    with pytest.raises(ConnectError) as caught:
        sources_of(f"{tmp_path}/{name}")
    said = " ".join(caught.value.lines())
    assert "kind of" not in said.split(".")[0]
    assert "nothing at" in said or "No such file" in said


def test_a_loop_of_links_is_an_error_with_a_way_out(tmp_path, capsys):
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    assert main(["profile", str(tmp_path / "loop.csv"), "--lang", "en"]) == 1
    assert "inside Assay" not in capsys.readouterr().err


def test_a_landed_file_with_a_mark_in_its_path_is_read_itself(tmp_path):
    file = tmp_path / "a[1]?.parquet"
    pq.write_table(pa.table({"a": [1]}), file)
    pq.write_table(pa.table({"a": [9]}), tmp_path / "a1x.parquet")
    with duck() as connection:
        assert fetch(connection, exp.select("*").from_(parquet([str(file)]))).column("a").to_pylist() == [1]


def test_an_address_says_all_it_means():
    source = sources_of("postgresql://me%40work@[::1]:5433/my%20db/sales.orders%231?sslmode=require")[0]
    assert dict(source.settings) == {
        "host": "::1",
        "port": 5433,
        "user": "me@work",
        "sslmode": "require",
        "database": "my db",
    }
    assert source.path == ("sales", "orders#1")
    socket = dict(sources_of("postgresql:///shop/orders?host=/var/run/postgresql&user=me")[0].settings)
    assert (socket["host"], socket["user"]) == ("/var/run/postgresql", "me")


@pytest.mark.parametrize("query", ["foo=1", "connect_timeout=3", "sslmode", "port=x", "port=0", "port=0000080", "database=x"])
def test_a_parameter_that_would_be_left_out_is_refused(query):
    with pytest.raises(UsageError):
        sources_of(f"postgresql://me@h/db/t?{query}")


@pytest.mark.parametrize("given", ["²", "0", "99999", "-1", "0008501", "8501.0", ""])
def test_the_port_of_the_app_is_one_or_is_refused(given, monkeypatch):
    from app.serve import port

    monkeypatch.setenv("ASSAY_PORT", given)
    with pytest.raises(ConfigError):
        port()


def test_an_address_of_spark_names_one_table_and_no_token(monkeypatch):
    from connectors.addresses import sources

    monkeypatch.delenv("SPARK_WAREHOUSE", raising=False)
    (one,) = sources("sc://h:15002/cat.shop.orders;use_ssl=true")
    assert (one.kind, one.path) == ("spark", ("cat", "shop", "orders"))
    assert dict(one.settings) == {"address": "connect", "host": "h", "port": 15002, "encryption": "verify"}
    (one,) = sources("spark://[::1]/shop.tokens")
    assert (one.path, dict(one.settings)) == (("spark_catalog", "shop", "tokens"), {"address": "master", "host": "::1"})
    for wrong in ("sc://h/orders", "sc://h:x/a.b", "sc://h/a..b", "sc:///a.b", "sc://h/a.b;x=1", "sc://h/a.b?x=1"):
        with pytest.raises(UsageError):
            sources(wrong)
    for secret in ("sc://h/a.b;token=s3cret", "sc://u:s3cret@h/a.b"):
        with pytest.raises(UsageError) as caught:
            sources(secret)
        assert "s3cret" not in " ".join(caught.value.lines())


def test_a_kind_whose_packages_are_not_installed_is_listed_and_says_what_to_install(monkeypatch):
    import sys

    from connectors import registry

    monkeypatch.setitem(sys.modules, "pyspark", None)  # as if it were not there
    monkeypatch.delitem(sys.modules, "connectors.spark", raising=False)
    registry.connector.cache_clear()
    try:
        found = {kind.name: kind for kind in registry.kinds()}
        assert "pyspark" in say(found["spark"].missing)
        assert found["csv"].missing is None
    finally:
        registry.connector.cache_clear()
        sys.modules.pop("connectors.spark", None)
