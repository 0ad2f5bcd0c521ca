"""Long work on a page: progress with cancel while it runs, the way out when it failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from app.session import attempt, attempt_at, open_workbench, plain, t, tell
from app.widgets.boxes import error_box
from app.widgets.results import results
from core.models.job import Job
from core.words import clock_time
from core.workbench import connect

POLL = 0.5
_SEEN, _AWAITED = "jobs-dismissed", "jobs-awaited"


def begin(place: str, start: Callable[..., str], *args: Any) -> str | None:
    """Start a job that is awaited: its good end is said on whatever page the person is then. Errors are drawn at `place`."""
    job = attempt_at(place, start, *args)
    if job is not None:
        st.session_state.setdefault(_AWAITED, []).append(job)
        st.session_state.setdefault("jobs-begun", set()).add(job)
    return job


def ended() -> None:
    """Say once how an awaited job has ended; why one failed, and what to do, is said by `watch` at the head of its page."""
    jobs = [open_workbench().job(one) for one in st.session_state.pop(_AWAITED, [])]
    st.session_state[_AWAITED] = [job.id for job in jobs if job.active]
    for job in jobs:
        if job.state == "done":
            st.toast(t("{title}: done.", title=plain(job.title)), icon=":material/check_circle:")
        elif job.state == "failed" and job.trouble is not None:
            st.toast(plain(job.trouble.what), icon=":material/error:", duration="long")


def watch(project: str, kinds: tuple[str, ...], *, failures: bool = True) -> bool:
    """Show the jobs of these kinds; returns whether one is running. The page is drawn anew when the last of them ends.

    Without `failures` only what runs is shown: on a page that waits for the work of another one.
    """
    wb = open_workbench()
    running = [job for job in wb.jobs(project, active=True) if job.kind in kinds]
    if running:
        _progress(project, kinds)
    elif failures:
        _last_failure(project, kinds)
    return bool(running)


@st.fragment(run_every=POLL)
def _progress(project: str, kinds: tuple[str, ...]) -> None:
    running = [job for job in open_workbench().jobs(project, active=True) if job.kind in kinds]
    if not running:
        st.rerun()
    for job in running:
        _running(job)


def _running(job: Job) -> None:
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center")
        step = plain(job.step) if job.step else t("Waiting for its turn")
        spent = tell(clock_time(max(0.0, time.time() - (job.started or job.created).timestamp())))
        left.progress(job.fraction, text=f"**{plain(job.title)}** · {step} · {spent}")
        label = t("Stopping…") if job.cancel_requested else t("Cancel")
        right.button(
            label,
            key=f"cancel-{job.id}",
            disabled=job.cancel_requested,
            on_click=open_workbench().cancel,
            args=(job.id,),
            width="stretch",
        )


def _last_failure(project: str, kinds: tuple[str, ...]) -> None:
    """The newest job of each kind, where it did not end well and was not dismissed."""
    newest: dict[str, Job] = {}
    for job in open_workbench().jobs(project):
        if job.kind in kinds:
            newest.setdefault(job.kind, job)
    for job in newest.values():
        if job.state in ("failed", "cut off", "cancelled") and job.id not in st.session_state.get(_SEEN, set()):
            _ended_badly(job)


def _ended_badly(job: Job) -> None:
    done = [one.name for one in connect.outcomes(job) if one.trouble is None]
    if job.state == "cancelled" and done:
        names = plain(", ".join(done))
        st.info(
            t("{title}: stopped. Loaded before that: {names}", title=plain(job.title), names=names), icon=":material/stop_circle:"
        )
    elif job.state == "cancelled":
        st.info(t("{title}: stopped. Nothing was changed.", title=plain(job.title)), icon=":material/stop_circle:")
    elif results(job):
        _log(job)
        return
    elif job.trouble is not None:
        error_box(job.trouble, plain(job.title))
    with st.container(horizontal=True):
        st.button(t("Try again"), key=f"retry-{job.id}", on_click=attempt, args=(open_workbench().retry, job.id))
        st.button(t("Dismiss"), key=f"dismiss-{job.id}", type="tertiary", on_click=_dismiss, args=(job.id,))
    _log(job)


def _dismiss(job: str) -> None:
    st.session_state.setdefault(_SEEN, set()).add(job)


def _log(job: Job) -> None:
    lines = open_workbench().job_log(job.id)
    if lines:
        with st.expander(t("What it did")):
            st.code("\n".join(f"{line.at:%H:%M:%S}  {tell(line.text)}" for line in lines), language=None, wrap_lines=True)
