"""Jobs: progress, cancel, failure, and what a killed process leaves behind."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from core.engines.duck import duck
from core.errors import DataError
from core.jobs import JobRunner
from core.store import Store
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
from core.store import Store
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
