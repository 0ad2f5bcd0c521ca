"""The pool that runs jobs, and the task that ties a job's work to its record."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import AssayError, Cancelled
from core.jobs.owner import BEAT_EVERY, is_gone, this_owner
from core.models.job import Job, Trouble
from core.store import Store
from core.task import StoppableTask, Task
from core.words import Msg, msg

Work = Callable[[Task, dict[str, Any]], Any]

WORKERS = 2
WRITE_EVERY = 0.2
WATCH_EVERY = 0.5

log = logging.getLogger("assay.jobs")

CUT_OFF = Trouble(
    msg("The work was cut off"),
    msg("Assay was stopped while it ran."),
    msg("Nothing half-done was kept. Start it again."),
)


class JobRunner:
    """Runs jobs on `workers` background threads of this process."""

    def __init__(self, store: Store, work: Mapping[str, Work], workers: int = WORKERS) -> None:
        self._store, self._work = store, work
        self._owner = this_owner()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._tasks: dict[str, JobTask] = {}
        self._closing = threading.Event()
        self.recover()
        self._threads = [threading.Thread(target=self._serve, name=f"assay-job-{n}", daemon=True) for n in range(workers)]
        self._threads.append(threading.Thread(target=self._watch, name="assay-job-watch", daemon=True))
        for thread in self._threads:
            thread.start()

    def recover(self) -> int:
        """Mark the jobs of processes that are gone as cut off; returns how many."""
        now = self._store.clock()
        gone = [owner for owner, seen in self._store.jobs.owners_of_active() if is_gone(owner, seen, now)]
        return sum(self._store.jobs.cut_off(owner, CUT_OFF) for owner in gone)

    def submit(self, kind: str, project: str, title: Msg, args: dict[str, Any]) -> Job:
        """Write a job down and queue it. `kind` must be one of the works this runner was made with."""
        if kind not in self._work:
            raise KeyError(kind)
        job = self._store.jobs.create(project, kind, title, args, self._owner)
        self._queue.put(job)
        return job

    def cancel(self, job: str) -> None:
        """Ask a job to stop, in this process or another; what it was doing is interrupted within a second."""
        self._store.jobs.ask_cancel(job)
        task = self._tasks.get(job)
        if task is not None:
            task.stop()

    def close(self, wait: float = 3.0) -> None:
        """Stop all work and mark it cut off; waits at most `wait` seconds for the threads."""
        self._closing.set()
        for task in list(self._tasks.values()):
            task.stop()
        for _ in self._threads:
            self._queue.put(None)
        until = time.monotonic() + wait
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._store.jobs.cut_off(self._owner, CUT_OFF)

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None and not self._closing.is_set():
            if self._store.jobs.start(job.id):
                self._run(job)

    def _run(self, job: Job) -> None:
        jobs, task = self._store.jobs, JobTask(self._store, job.id)
        self._tasks[job.id] = task
        try:
            result = self._work[job.kind](task, job.args)
        except Cancelled:
            if not self._closing.is_set():
                jobs.finish(job.id, "cancelled", result=task.kept)
        except AssayError as error:
            jobs.finish(job.id, "failed", result=task.kept, trouble=Trouble(error.what, error.why, error.fix))
        except Exception as error:  # a bug: shown as one, with its traceback in the log of the process
            log.exception("job %s (%s) failed", job.id, job.kind)
            jobs.finish(job.id, "failed", result=task.kept, trouble=_bug(error))
        else:
            jobs.finish(job.id, "done", result=result)
        finally:
            self._tasks.pop(job.id, None)

    def _watch(self) -> None:
        """Requests to stop that were written by another process, signs of life for the others, and their jobs if they give none."""
        beaten = time.monotonic()
        while not self._closing.wait(WATCH_EVERY):
            try:
                for job in self._store.jobs.cancel_asked(self._owner) if self._tasks else ():
                    if task := self._tasks.get(job):
                        task.stop()
                if time.monotonic() - beaten >= BEAT_EVERY:
                    beaten = time.monotonic()
                    self._store.jobs.beat(self._owner)
                    self.recover()
            except (
                Exception
            ):  # a store that does not answer for a moment: without a sign of life the jobs here would pass for dead
                log.exception("the jobs could not be watched")


def _bug(error: Exception) -> Trouble:
    return Trouble(
        msg("Something went wrong inside Assay"),
        msg("This is a mistake in the program, not in what you did ({kind}).", kind=type(error).__name__),
        msg("Try again; if it stays, report it with the log of the server."),
        bug=True,
    )


class JobTask(StoppableTask):
    """The task of a job: progress goes to its record (a few times a second at most)."""

    def __init__(self, store: Store, job: str) -> None:
        super().__init__()
        self._store, self._job = store, job
        self._written = 0.0
        self._step: Msg | None = None
        self.kept: Any = None

    def at(self, fraction: float, step: Msg) -> None:
        self.check()
        now = time.monotonic()
        if now - self._written >= WRITE_EVERY or step != self._step:
            self._written, self._step = now, step
            if self._store.jobs.progress(self._job, min(max(fraction, 0.0), 1.0), step):
                self.stop()
                self.check()

    def keep(self, result: Any) -> None:
        self.kept = result

    def note(self, text: Msg) -> None:
        self._store.jobs.note(self._job, text)
