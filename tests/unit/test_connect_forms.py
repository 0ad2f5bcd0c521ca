"""What the page Connect asks of the workbench: which kinds fit a word, which fields matter, what is wrong with each, what a look shows."""

import pytest

from connectors import registry
from core.models.source import Field, Kind, Source
from core.words import msg, say
from core.workbench import Workbench, connect
from tests.servers.tools import until

FIELDS = (
    Field("how", msg("How"), "choice", default="keys", choices=("keys", "profile")),
    Field("password", msg("Password"), "secret", required=True, only=("how", ("keys",))),
    Field("deeper", msg("Deeper"), only=("password", ("x",)), required=True),
    Field("port", msg("Port"), "int", least=1, most=65535),
    Field("file", msg("File"), "path"),
)


@pytest.fixture
def wb(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    with Workbench.open(tmp_path / "home") as opened:
        yield opened


def wrong(**values):
    return {fault.field: say(fault.text) for fault in connect.faults(FIELDS, values)}


def test_a_field_counts_only_with_the_values_it_is_for():
    assert wrong(how="keys") == {"password": "Fill this in."}
    assert wrong(how="profile") == {}
    assert wrong() == {"password": "Fill this in."}, "the default counts where nothing is said"
    assert connect.fitting(FIELDS, {"how": "profile", "password": "x", "deeper": "y", "port": None}) == {"how": "profile"}


def test_each_field_says_what_is_wrong_with_it(tmp_path):
    assert wrong(how="profile", port=0)["port"] == "A whole number from 1 to 65535."
    assert wrong(how="profile", port="x")["port"] == "This is no whole number."
    assert wrong(how="other")["how"] == "Choose one of keys, profile."
    assert "Nothing on this machine" in wrong(how="profile", file=str(tmp_path / "no*.csv"))["file"]
    (tmp_path / "now.csv").touch()
    assert wrong(how="profile", file=str(tmp_path / "no*.csv"), port=65535) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("postgres", "postgres"),
        ("базы данных", "postgres"),
        ("tables views", "postgres"),
        (".ndjson", "json"),
        ("таблица", "excel"),
        ("minio", "s3"),
        ("ХРАНИЛИЩЕ", "s3"),
    ],
)
def test_a_kind_is_found_by_words_of_either_language_and_by_suffix(text, found):
    assert found in [kind.name for kind in connect.search(connect.kinds(), text)]


def test_a_search_narrows_and_says_when_nothing_fits():
    assert connect.search(connect.kinds(), "  ") == connect.kinds()
    assert connect.search(connect.kinds(), "csv zeppelin") == ()


def test_every_condition_of_a_form_names_a_field_and_values_it_can_have():
    for kind in connect.kinds():
        known = {field.name: field for field in kind.fields}
        for field in kind.fields:
            if field.only is not None:
                name, values = field.only
                assert name in known, (kind.name, field.name)
                assert not known[name].choices or set(values) <= set(known[name].choices), (kind.name, field.name)


def test_a_kind_without_its_driver_is_in_the_gallery_and_says_what_to_install(monkeypatch):
    monkeypatch.setitem(registry.KINDS, "excel", registry.Entry("connectors.no_such:X", msg("Install the package X.")))
    registry.connector.cache_clear()
    try:
        kind = next(one for one in connect.kinds() if one.name == "excel")
        assert say(kind.missing) == "Install the package X."
        assert isinstance(kind, Kind)
    finally:
        registry.connector.cache_clear()


def test_a_look_shows_types_and_how_a_file_is_read_and_follows_what_is_said(wb, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("id;price;day\n" + "".join(f"{n};{n},50;2024-01-01\n" for n in range(15_000)))
    source = Source("csv", (("path", str(file)),), (file.name,))
    seen = connect.look(wb, source, {"path": str(file)}).look
    assert [(one.column.name, one.column.type) for one in seen.columns] == [
        ("id", "BIGINT"),
        ("price", "DECIMAL(18,2)"),
        ("day", "DATE"),
    ]
    assert seen.rows.num_rows == 200
    assert not seen.sure
    assert {name: value for name, value, _ in seen.reading}["delimiter"] == ";"
    other = connect.look(wb, source, {"path": str(file), "delimiter": ",", "header": "no"}).look
    assert len(other.columns) == 2
    assert other.rows.column(1)[1].as_py() == "50;2024-01-01"
    assert connect.look(wb, source, {"path": str(file)}, 10_000).look.rows.num_rows == 10_000


def test_a_look_at_files_that_are_one_table_compares_their_columns(wb, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("id\n1\n")
    (source,) = connect.sources_of(str(tmp_path / "*.csv"), True)
    sight = connect.look(wb, source, dict(source.settings))
    assert sight.files == 2
    assert "2 files" in say(sight.union)


def test_a_folder_shows_folders_and_files_of_known_kinds(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "b.csv").write_text("a\n1\n")
    (tmp_path / "photo.png").touch()
    (tmp_path / ".hidden.csv").touch()
    folder, items = connect.folder_of(str(tmp_path / "b.csv"))
    assert folder == tmp_path
    assert [(one.kind, one.name.rpartition("/")[2]) for one in items] == [("folder", "inner"), ("file", "b.csv")]


def test_a_connection_that_is_forgotten_comes_back_with_its_secret_while_the_process_lives(wb, tmp_path):
    saved = connect.save_connection(wb, "shop", "postgres", {"host": "h", "password": "s3cret"})
    connect.forget_connection(wb, saved.id)
    assert wb.store.secrets.get(f"{saved.id}/password") is None
    assert connect.connections(wb) == ()
    assert connect.restore_connection(wb, saved.id) is True
    assert connect.settings_of(wb, saved.id)["password"] == "s3cret"
    connect.forget_connection(wb, saved.id)
    with Workbench.open(wb.home) as later:
        assert [one.name for one in connect.forgotten_connections(later)] == ["shop"]
        assert connect.restore_connection(later, saved.id) is False
        assert "password" not in connect.settings_of(later, saved.id)


def test_a_connection_is_renamed_changed_and_knows_its_tables(wb):
    one = connect.save_connection(wb, "one", "postgres", {"host": "h", "password": "s3cret"})
    connect.save_connection(wb, "two", "postgres", {"host": "h"})
    with pytest.raises(Exception, match="cannot have this name"):
        connect.rename_connection(wb, one.id, "two")
    connect.rename_connection(wb, one.id, "uno")
    connect.change_connection(wb, one.id, {"host": "other"})
    assert connect.settings_of(wb, one.id) == {"host": "other", "password": "s3cret"}
    project = wb.create_project("p").id
    wb.store.tables.create(project, "t", Source("postgres", (), ("public", "t"), one.id), None)
    assert [table.name for _, table in connect.tables_through(wb, one.id)] == ["t"]


def test_a_landing_of_many_tells_what_became_of_each_and_the_lost_are_tried_again(wb, tmp_path):
    project = wb.create_project("p").id
    (tmp_path / "good.csv").write_text("a,b\n1,2\n3\n")
    (tmp_path / "bad.csv").touch()
    (tmp_path / "what.bin").touch()
    wb.start_background()
    job = connect.add_files(wb, project, tuple(tmp_path / name for name in ("good.csv", "bad.csv", "what.bin")))
    done = until(lambda: (found := wb.job(job)) and not found.active and found)
    told = {one.name: one for one in connect.outcomes(done)}
    assert (told["good"].rows, told["good"].rejected, told["good"].trouble) == (1, 1, None)
    assert "empty" in say(told["bad"].trouble.what)
    assert "does not know the kind" in say(told["what.bin"].trouble.what)
    (tmp_path / "bad.csv").write_text("a\n1\n")
    again = connect.try_failed_again(wb, job)
    done = until(lambda: (found := wb.job(again)) and not found.active and found)
    assert [(one.name, one.rows) for one in connect.outcomes(done) if one.trouble is None] == [("bad", 1)]
    assert sorted(table.name for table in connect.tables(wb, project)) == ["bad", "good"]
