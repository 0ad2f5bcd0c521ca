"""The store: what was put in comes out after a restart, undo works, secrets stay secret, the schema is the migrations'."""

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.errors import ConfigError
from core.models.project import Project
from core.models.source import Column, Landed, LandedColumn, Source
from core.store import Store
from core.store.schema import metadata
from core.store.secrets import FileSecrets
from core.store.workspace import ABANDONED
from core.words import msg

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def home(request, tmp_path, monkeypatch):
    """A workspace whose metadata lies in SQLite, and one whose metadata lies in a real PostgreSQL."""
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    monkeypatch.delenv("ASSAY_STORE_URL", raising=False)
    if request.param == "postgres":
        at = request.getfixturevalue("database").settings
        url = sa.URL.create("postgresql+psycopg2", at["user"], at["password"], at["host"], at["port"], at["database"])
        monkeypatch.setenv("ASSAY_STORE_URL", url.render_as_string(hide_password=False))
    return tmp_path / "home"


@pytest.fixture
def store(home):
    opened = Store.open(home, clock=Clock())
    yield opened
    opened.close()


def value(name):
    return Project("id", name, START)


def test_the_migrations_make_the_schema_the_code_expects(store):
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_everything_is_there_after_a_restart(store, home):
    project = store.projects.create("Museum tickets")
    landed = Landed(("a.parquet",), (LandedColumn(Column("id", "BIGINT")),), rows=3, bytes=10, source_bytes=20)
    table = store.tables.create(project.id, "tickets", Source("csv", (("path", "a.csv"),), ("a.csv",)), landed)
    store.settings.put("language", "ru")
    again = Store.open(home)
    assert again.projects.all() == (project,)
    assert again.tables.of(project.id) == (table,)
    assert again.settings.get("language") == "ru"


def test_the_workspace_is_closed_to_others(store, home):
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_removed_table_comes_back(store):
    project = store.projects.create("p")
    table = store.tables.create(project.id, "t", Source("csv", (), ()), None)
    store.tables.remove(table.id)
    assert store.tables.of(project.id) == ()
    with pytest.raises(ConfigError):
        store.tables.get(table.id)
    store.tables.restore(table.id)
    assert store.tables.of(project.id) == (table,)


def test_undo_and_redo_walk_the_versions(store):
    versions = store.versions
    for name in "abc":
        versions.put("p", "pipeline", "x", value(name))
    assert versions.move("p", "pipeline", "x", -1)
    assert versions.get("p", "pipeline", "x", Project).name == "b"
    assert versions.move("p", "pipeline", "x", -1)
    assert not versions.move("p", "pipeline", "x", -1)
    assert versions.get("p", "pipeline", "x", Project).name == "a"
    assert versions.move("p", "pipeline", "x", +1)
    assert versions.get("p", "pipeline", "x", Project).name == "b"


def test_a_change_after_undo_takes_the_place_of_what_was_undone(store):
    versions = store.versions
    for name in "abc":
        versions.put("p", "pipeline", "x", value(name))
    versions.move("p", "pipeline", "x", -1)
    versions.put("p", "pipeline", "x", value("d"))
    assert not versions.move("p", "pipeline", "x", +1)
    assert [kept.name for kept in versions.history("p", "pipeline", "x", Project)] == ["d", "b", "a"]


def test_names_are_listed_in_the_order_they_were_made(store):
    for name in ("z", "a", "m"):
        store.versions.put("p", "pipeline", name, value(name))
    store.versions.put("p", "pipeline", "z", value("newer"))
    store.versions.remove("p", "pipeline", "m")
    assert store.versions.names("p", "pipeline") == ("z", "a")
    store.versions.restore("p", "pipeline", "m")
    assert store.versions.names("p", "pipeline") == ("z", "a", "m")


def test_secrets_are_not_on_disk_in_clear(store, home):
    store.secrets.put("c1/password", "hunter2-и-ещё")
    assert store.secrets.get("c1/password") == "hunter2-и-ещё"
    assert all(b"hunter2" not in file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert stat.S_IMODE((home / "secrets.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "secrets.enc").stat().st_mode) == 0o600
    store.secrets.forget("c1/password")
    assert store.secrets.get("c1/password") is None


def test_a_wrong_key_is_an_error_with_a_way_out(tmp_path):
    FileSecrets(tmp_path).put("a", "b")
    (tmp_path / "secrets.key").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        FileSecrets(tmp_path).get("a")


def test_threads_write_at_the_same_time(store):
    job = store.jobs.create("p", "profile", msg("Profile"), {}, "owner")
    store.jobs.start(job.id)
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda n: store.jobs.note(job.id, msg("{n}", n=n)) or store.versions.put("p", "k", str(n), value("v")), range(40)
            )
        )
    assert len(store.versions.names("p", "k")) == 40


def test_a_newer_workspace_is_refused_and_left_alone(store, home):
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer version"):
        Store.open(home)


def test_the_address_of_the_store_never_shows_its_password(home):
    from core.store.database import connect

    engine = connect("postgresql+psycopg2://me:hunter2@localhost/x")
    assert "hunter2" not in engine.url.render_as_string(hide_password=True)


def test_a_failed_landing_leaves_no_folder(store):
    project = store.projects.create("p")
    kept = []

    def landing_that_fails():
        with store.workspace.landing(project.id, "t") as folder:
            kept.append(folder)
            (folder / "half.parquet").write_bytes(b"x")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        landing_that_fails()
    assert not kept[0].exists()
    with store.workspace.landing(project.id, "t") as folder:
        assert folder.exists()


def test_a_sweep_takes_what_was_replaced_and_leaves_what_is_landing(store):
    project = store.projects.create("p").id

    def landed(table):
        with store.workspace.landing(project, table) as folder:
            (folder / "part-0.parquet").write_bytes(b"x")
        return folder

    replaced, kept, reload = landed("t"), landed("t"), landed("t")
    new, cut_off = landed("new"), landed("cut off")
    long_ago = time.time() - 2 * ABANDONED
    os.utime(cut_off, (long_ago, long_ago))
    os.utime(kept, (long_ago, long_ago))
    store.workspace.sweep(project, [str(kept / "part-0.parquet")])
    assert [one.exists() for one in (replaced, kept, reload, new, cut_off)] == [False, True, True, True, False]
