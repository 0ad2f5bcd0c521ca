"""Jobs: progress, cancel, failure, and what a killed process leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from core.engines.duck import duck
from core.errors import DataError
from core.jobs import JobRunner
from core.jobs.owner import this_owner
from core.models.codec import to_json
from core.store import Store, database
from core.store.schema import jobs
from core.words import msg, say


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


def until(condition, seconds=20):
    """Wait for a condition; fails when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.01)


def run(store, work, **args):
    runner = JobRunner(store, {"work": work})
    job = runner.submit("work", "p", msg("Work"), args)
    until(lambda: not store.jobs.get(job.id).active)
    runner.close()
    return store.jobs.get(job.id)


def test_a_job_keeps_its_result_and_its_log(store):
    def work(task, args):
        task.at(0.5, msg("half"))
        task.note(msg("saw {n} rows", n=3))
        return {"sum": args["a"] + 1}

    job = run(store, work, a=1)
    assert (job.state, job.result, job.fraction) == ("done", {"sum": 2}, 1.0)
    assert [say(line.text) for line in store.jobs.log(job.id)] == ["saw 3 rows"]


def test_an_error_keeps_its_way_out(store):
    def work(task, args):
        raise DataError(msg("what"), msg("why"), msg("fix"))

    job = run(store, work)
    assert job.state == "failed"
    assert (say(job.trouble.what), say(job.trouble.why), say(job.trouble.fix), job.trouble.bug) == ("what", "why", "fix", False)


def test_a_bug_shows_as_one_without_its_message(store):
    def work(task, args):
        raise RuntimeError("postgresql://me:hunter2@host")

    job = run(store, work)
    assert job.state == "failed"
    assert job.trouble.bug
    assert "hunter2" not in str(job)


def test_cancel_interrupts_a_running_query(store):
    inside = threading.Event()

    def work(task, args):
        with duck(task) as connection:
            inside.set()
            connection.execute("SELECT count(*) FROM range(100_000_000_000) t(i), range(1000) WHERE i % 7 = 3").fetchall()

    runner = JobRunner(store, {"work": work})
    job = runner.submit("work", "p", msg("Work"), {})
    assert inside.wait(10)
    until(lambda: store.jobs.get(job.id).state == "running")
    runner.cancel(job.id)
    until(lambda: not store.jobs.get(job.id).active)
    assert store.jobs.get(job.id).state == "cancelled"
    runner.close()


def test_a_request_to_stop_from_another_process_is_seen(store):
    def work(task, args):
        while True:
            task.check()
            threading.Event().wait(0.01)

    runner = JobRunner(store, {"work": work})
    job = runner.submit("work", "p", msg("Work"), {})
    until(lambda: store.jobs.get(job.id).state == "running")
    store.jobs.ask_cancel(job.id)
    until(lambda: not store.jobs.get(job.id).active)
    assert store.jobs.get(job.id).state == "cancelled"
    runner.close()


def test_a_queued_job_is_cancelled_before_it_starts(store):
    release, ran = threading.Event(), []

    def work(task, args):
        ran.append(args["n"])
        release.wait(20)

    runner = JobRunner(store, {"work": work}, workers=1)
    first, second = (runner.submit("work", "p", msg("Work"), {"n": n}) for n in (1, 2))
    until(lambda: ran == [1])
    runner.cancel(second.id)
    release.set()
    until(lambda: not store.jobs.get(first.id).active)
    runner.close()
    assert store.jobs.get(second.id).state == "cancelled"
    assert ran == [1]


def test_closing_cuts_off_what_runs(store):
    started = threading.Event()

    def work(task, args):
        started.set()
        while True:
            task.check()
            threading.Event().wait(0.01)

    runner = JobRunner(store, {"work": work})
    job = runner.submit("work", "p", msg("Work"), {})
    assert started.wait(10)
    runner.close()
    assert store.jobs.get(job.id).state == "cut off"


KILLED = """
import sys, time
from pathlib import Path
from core.jobs import JobRunner
from core.jobs.owner import this_owner
from core.models.codec import to_json
from core.store import Store, database
from core.store.schema import jobs
from core.words import msg
store = Store.open(Path(sys.argv[1]))
def work(task, args):
    task.at(0.3, msg("under way"))
    print("running", flush=True)
    time.sleep(600)
runner = JobRunner(store, {"work": work}, workers=1)
runner.submit("work", "p", msg("Work"), {})
runner.submit("work", "p", msg("Work"), {})
time.sleep(600)
"""


def test_jobs_of_a_killed_server_are_found_and_never_run_for_ever(store):
    server = subprocess.Popen([sys.executable, "-c", KILLED, str(store.workspace.home)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline().strip() == "running"
        other = JobRunner(store, {})
        assert [job.state for job in store.jobs.list()].count("running") == 1, "a living server keeps its jobs"
        other.close()
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()
    JobRunner(store, {}).close()
    assert {job.state for job in store.jobs.list()} == {"cut off"}
    assert all(say(job.trouble.fix) for job in store.jobs.list())


@pytest.fixture
def clock():
    class Clock:
        now = datetime(2026, 1, 1, tzinfo=UTC)

        def __call__(self):
            return self.now

    return Clock()


@pytest.mark.parametrize("owner", ["old-name-of-this-host:1:1.00", "other-boot/4026531836:1:1.00"])
def test_a_job_of_another_place_is_cut_off_once_it_gives_no_sign_of_life(tmp_path, monkeypatch, clock, owner):
    """The name of the host changed, the machine was started anew, or a container is gone: nobody can look at the process."""
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    store = Store.open(tmp_path / "home", clock=clock)
    job = store.jobs.create("p", "work", msg("Work"), {}, owner)
    store.jobs.start(job.id)
    clock.now += timedelta(seconds=50)
    store.jobs.beat(owner)
    clock.now += timedelta(seconds=50)
    runner = JobRunner(store, {})
    assert store.jobs.get(job.id).state == "running", "it gave a sign of life less than a minute ago"
    clock.now += timedelta(seconds=20)
    assert runner.recover() == 1
    assert store.jobs.get(job.id).state == "cut off"
    runner.close()
    store.close()


def test_the_name_of_the_host_does_not_decide_whose_a_job_is(store, monkeypatch):
    server = subprocess.Popen([sys.executable, "-c", KILLED, str(store.workspace.home)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline().strip() == "running"
        monkeypatch.setattr(socket, "gethostname", lambda: "renamed")
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()
    JobRunner(store, {}).close()
    assert {job.state for job in store.jobs.list()} == {"cut off"}


def test_a_server_that_works_gives_signs_of_life_even_after_its_store_did_not_answer(store, monkeypatch):
    monkeypatch.setattr("core.jobs.runner.WATCH_EVERY", 0.01)
    monkeypatch.setattr("core.jobs.runner.BEAT_EVERY", 0.02)
    release, beats, real = threading.Event(), [], store.jobs.beat

    def beat(owner):
        beats.append(owner)
        if len(beats) == 1:
            raise OSError("the database is locked")
        real(owner)

    monkeypatch.setattr(store.jobs, "beat", beat)
    runner = JobRunner(store, {"work": lambda task, args: release.wait(20)})
    job = runner.submit("work", "p", msg("Work"), {})
    until(lambda: dict(store.jobs.owners_of_active())[runner._owner] > job.created)
    release.set()
    runner.close()


def test_a_dead_job_is_not_returned_for_a_new_one(tmp_path, monkeypatch):
    from core.workbench import Workbench

    monkeypatch.setenv("ASSAY_SECRETS", "file")
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        wb.start_background()
        dead = wb.store.jobs.create(project, "reload", msg("Load"), {"table": "x"}, f"{this_owner().rsplit(':', 2)[0]}:1:1.00")
        wb.store.jobs.start(dead.id)
        assert wb.submit("reload", project, msg("Load"), {"table": "x"}) != dead.id
        assert wb.job(dead.id).state == "cut off"


def test_a_store_of_the_first_schema_is_brought_up_and_its_dead_jobs_are_found(tmp_path, monkeypatch):
    """Its jobs have owners of the old form and no sign of life: they are judged by when they were made."""
    monkeypatch.setenv("ASSAY_SECRETS", "file")
    (tmp_path / "home").mkdir()
    engine = database.connect(sa.URL.create("sqlite", database=str(tmp_path / "home" / "assay.db")))
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with database.writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        old = {
            "id": "j",
            "project": "p",
            "kind": "work",
            "state": "running",
            "args": "{}",
            "owner": "host:1:1.00",
            "fraction": 0.0,
        }
        old |= {"title": to_json(msg("Work")).decode(), "created": datetime(2026, 1, 1, tzinfo=UTC), "cancel_requested": False}
        connection.execute(jobs.insert().values(old))
    engine.dispose()
    store = Store.open(tmp_path / "home")
    assert store.jobs.get("j").state == "running"
    JobRunner(store, {}).close()
    assert store.jobs.get("j").state == "cut off"
    store.close()
