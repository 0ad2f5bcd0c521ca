"""The durable record of jobs: what a page polls, and what is found again after a crash."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.errors import ConfigError
from core.models.codec import from_json, to_json
from core.models.job import ACTIVE, Job, LogLine, State, Trouble
from core.store import schema
from core.store.database import writing
from core.store.repositories import Repository, new_id
from core.words import Msg, msg

_J = schema.jobs


class Jobs(Repository):
    """Jobs by id. State only moves forward: queued → running → done | failed | cancelled | cut off."""

    def create(self, project: str, kind: str, title: Msg, args: dict[str, Any], owner: str) -> Job:
        job = Job(new_id(), project, kind, title, "queued", args, self._clock())
        self._run(
            _J.insert().values(
                id=job.id,
                project=project,
                kind=kind,
                title=to_json(title).decode(),
                state="queued",
                args=json.dumps(args),
                owner=owner,
                created=job.created,
                seen=job.created,
                fraction=0.0,
                cancel_requested=False,
            )
        )
        return job

    def get(self, job: str) -> Job:
        row = self._first(sa.select(_J).where(_J.c.id == job))
        if row is None:
            raise ConfigError(
                msg("There is no job {id}", id=job),
                msg("It was never started in this workspace."),
                msg("Look at the list of jobs on the Health page."),
            )
        return _job(row)

    def list(self, project: str | None = None, *, active: bool = False, limit: int = 50) -> tuple[Job, ...]:
        """The newest first."""
        query = sa.select(_J).order_by(_J.c.created.desc(), _J.c.id).limit(limit)
        if project is not None:
            query = query.where(_J.c.project == project)
        if active:
            query = query.where(_J.c.state.in_(ACTIVE))
        return tuple(_job(row) for row in self._all(query))

    def counts(self) -> dict[str, int]:
        """Jobs by state."""
        return {row.state: row.n for row in self._all(sa.select(_J.c.state, sa.func.count().label("n")).group_by(_J.c.state))}

    def start(self, job: str) -> bool:
        """Move a queued job to running; False when it is not queued any more."""
        now = self._clock()
        return self._moved(_J.update().where(_J.c.id == job, _J.c.state == "queued").values(state="running", started=now))

    def progress(self, job: str, fraction: float, step: Msg) -> bool:
        """Note how far a running job is; True when somebody asked it to stop."""
        with writing(self._engine) as connection:
            connection.execute(
                _J.update().where(_J.c.id == job, _J.c.state == "running").values(fraction=fraction, step=to_json(step).decode())
            )
            return bool(connection.execute(sa.select(_J.c.cancel_requested).where(_J.c.id == job)).scalar())

    def finish(self, job: str, state: State, *, result: Any = None, trouble: Trouble | None = None) -> None:
        values = {"state": state, "finished": self._clock(), "result": json.dumps(result)}
        if state == "done":
            values["fraction"] = 1.0
        if trouble is not None:
            values["trouble"] = to_json(trouble).decode()
        self._run(_J.update().where(_J.c.id == job, _J.c.state.in_(ACTIVE)).values(**values))

    def ask_cancel(self, job: str) -> None:
        """A queued job is cancelled at once; a running one is asked to stop."""
        now = self._clock()
        if not self._moved(_J.update().where(_J.c.id == job, _J.c.state == "queued").values(state="cancelled", finished=now)):
            self._run(_J.update().where(_J.c.id == job, _J.c.state == "running").values(cancel_requested=True))

    def cancel_asked(self, owner: str) -> tuple[str, ...]:
        """Running jobs of `owner` that were asked to stop, from whatever process."""
        rows = self._all(
            sa.select(_J.c.id).where(_J.c.owner == owner, _J.c.state == "running", _J.c.cancel_requested.is_(sa.true()))
        )
        return tuple(row.id for row in rows)

    def owners_of_active(self) -> tuple[tuple[str, datetime], ...]:
        """Whose jobs are not finished, with the last sign of life of each."""
        seen = sa.func.max(sa.func.coalesce(_J.c.seen, _J.c.created), type_=_J.c.seen.type)
        query = sa.select(_J.c.owner, seen.label("seen")).where(_J.c.state.in_(ACTIVE)).group_by(_J.c.owner)
        return tuple((row.owner, row.seen) for row in self._all(query))

    def beat(self, owner: str) -> None:
        """A sign of life: the unfinished jobs of `owner` are looked after."""
        self._run(_J.update().where(_J.c.owner == owner, _J.c.state.in_(ACTIVE)).values(seen=self._clock()))

    def cut_off(self, owner: str, trouble: Trouble) -> int:
        """Mark what `owner` left unfinished; returns how many."""
        with writing(self._engine) as connection:
            changed = connection.execute(
                _J.update()
                .where(_J.c.owner == owner, _J.c.state.in_(ACTIVE))
                .values(state="cut off", finished=self._clock(), trouble=to_json(trouble).decode())
            )
            return changed.rowcount

    def note(self, job: str, text: Msg) -> None:
        t = schema.job_log
        with writing(self._engine) as connection:
            last = connection.execute(sa.select(sa.func.max(t.c.line)).where(t.c.job == job)).scalar()
            connection.execute(t.insert().values(job=job, line=(last or 0) + 1, at=self._clock(), text=to_json(text).decode()))

    def log(self, job: str) -> tuple[LogLine, ...]:
        t = schema.job_log
        rows = self._all(sa.select(t).where(t.c.job == job).order_by(t.c.line))
        return tuple(LogLine(row.at, from_json(Msg, row.text)) for row in rows)

    def _moved(self, statement: sa.Update) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(statement).rowcount == 1


def _job(row: sa.Row) -> Job:
    return Job(
        id=row.id,
        project=row.project,
        kind=row.kind,
        title=from_json(Msg, row.title),
        state=row.state,
        args=json.loads(row.args),
        created=row.created,
        started=row.started,
        finished=row.finished,
        fraction=row.fraction,
        step=from_json(Msg, row.step) if row.step else None,
        result=json.loads(row.result) if row.result else None,
        trouble=from_json(Trouble, row.trouble) if row.trouble else None,
        cancel_requested=bool(row.cancel_requested),
    )
