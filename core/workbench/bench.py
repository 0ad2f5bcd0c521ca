"""The open workspace: projects, jobs and the language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.jobs import JobRunner
from core.models.job import Job, LogLine
from core.models.project import Project
from core.store import Store, default_home
from core.store.files import real
from core.store.throwaway import sweep, throwaway
from core.words import LANGUAGES, Msg, msg

STEPS = ("connect", "profile", "advice", "ddl", "pipeline", "report")


class Workbench:
    """One open workspace. `start_background` is for the server; the command line runs work in the foreground."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._runner: JobRunner | None = None
        self.forgotten: dict[str, dict[str, Any]] = {}
        """Secrets of connections that were forgotten while this process lives: nowhere but here, for an undo."""

    @classmethod
    def open(cls, home: Path | None = None) -> Workbench:
        """Open (and make, where needed) the workspace in `home`, by default `ASSAY_HOME` or the platform's data folder."""
        return cls(Store.open(real(home) if home else default_home()))

    @classmethod
    @contextmanager
    def throwaway(cls) -> Iterator[Workbench]:
        """An empty workspace that is deleted at the end: it shares nothing with others, its metadata least of all.

        What killed processes left of theirs is deleted first.
        """
        sweep()
        with throwaway() as folder, cls(Store.open(real(folder), alone=True)) as wb:
            yield wb

    @property
    def home(self) -> Path:
        return self.store.workspace.home

    def start_background(self) -> None:
        """Start the pool that runs jobs, after marking what a killed server left unfinished and deleting its temporary folders."""
        from core.workbench.works import works

        if self._runner is None:
            sweep()
            self._runner = JobRunner(self.store, works(self))

    def close(self) -> None:
        if self._runner is not None:
            self._runner.close()
            self._runner = None
        self.store.close()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def language(self) -> str | None:
        """The chosen language, or None to follow the browser."""
        return self.store.settings.get("language")

    @language.setter
    def language(self, lang: str | None) -> None:
        if lang is not None and lang not in LANGUAGES:
            raise ConfigError(
                msg("There is no language {name}", name=lang),
                msg("Assay speaks {names}.", names=", ".join(LANGUAGES)),
                msg("Choose one of them."),
            )
        self.store.settings.put("language", lang)

    @property
    def last_project(self) -> str | None:
        """The project that was open last, so that a new tab begins there."""
        return self.store.settings.get("last_project")

    @last_project.setter
    def last_project(self, project: str) -> None:
        self.store.settings.put("last_project", project)

    # Projects

    def projects(self) -> tuple[Project, ...]:
        return self.store.projects.all()

    def project(self, project: str) -> Project:
        return self.store.projects.get(project)

    def create_project(self, name: str) -> Project:
        """A new empty project. Raises `ConfigError` for an empty name or one that is taken."""
        return self.store.projects.create(self._project_name(name))

    def rename_project(self, project: str, name: str) -> None:
        if self.project(project).name != name.strip():
            self.store.projects.rename(project, self._project_name(name))

    def delete_project(self, project: str) -> None:
        """Take the project away; `restore_project` brings it back."""
        for job in self.jobs(project, active=True):
            self.cancel(job.id)
        self.store.projects.remove(project)

    def removed_projects(self) -> tuple[Project, ...]:
        """Projects that `restore_project` brings back, the last deleted first."""
        return self.store.projects.removed()

    def restore_project(self, project: str) -> None:
        """Bring a deleted project back, under another name where its own was taken meanwhile."""
        gone = next((one for one in self.removed_projects() if one.id == project), None)
        if gone is None:
            return
        taken = {one.name for one in self.projects()}
        if gone.name in taken:
            free = next(name for n in range(2, 10**6) if (name := f"{gone.name[:70]} {n}") not in taken)
            self.store.projects.rename(project, free)
        self.store.projects.restore(project)

    def _project_name(self, name: str) -> str:
        name = name.strip()
        if not name or len(name) > 80 or any(project.name == name for project in self.projects()):
            raise ConfigError(
                msg("The project cannot have this name"),
                msg("A name has 1 to 80 characters and no two projects share one."),
                msg("Choose another name."),
            )
        return name

    # Jobs

    def submit(self, kind: str, project: str, title: Msg, args: dict[str, Any]) -> str:
        """Start a job and return its id; a job of the same kind with the same arguments that still runs is returned instead."""
        if self._runner is None:
            raise RuntimeError("start_background was not called")
        self._runner.recover()  # a job whose server was killed must not be taken for one that still runs
        for job in self.jobs(project, active=True):
            if job.kind == kind and job.args == args:
                return job.id
        return self._runner.submit(kind, project, title, args).id

    def job(self, job: str) -> Job:
        return self.store.jobs.get(job)

    def jobs(self, project: str | None = None, active: bool = False, limit: int = 50) -> tuple[Job, ...]:
        return self.store.jobs.list(project, active=active, limit=limit)

    def job_log(self, job: str) -> tuple[LogLine, ...]:
        return self.store.jobs.log(job)

    def cancel(self, job: str) -> None:
        if self._runner is not None:
            self._runner.cancel(job)
        else:
            self.store.jobs.ask_cancel(job)

    def retry(self, job: str) -> str:
        """Start the same work again; returns the id of the new job."""
        old = self.job(job)
        return self.submit(old.kind, old.project, old.title, old.args)
