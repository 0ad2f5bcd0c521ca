"""Health: the state of this installation, from real figures."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, open_workbench, plain, t, tell
from app.widgets.boxes import error_box
from core.models.job import Job
from core.words import clock_time, msg, size
from core.workbench import health


def main() -> None:
    st.title(t("Health"))
    figures = health.figures(open_workbench())
    used = figures.disk_total - figures.disk_free
    with st.container(horizontal=True):
        st.metric(t("Free on disk"), tell(size(figures.disk_free)), border=True, width=170)
        st.metric(t("Free memory"), tell(size(figures.memory_free)), border=True, width=170)
        st.metric(t("Memory of the server"), tell(size(figures.memory_used)), border=True, width=170)
        st.metric(t("Workspace"), tell(size(figures.workspace_bytes)), border=True, width=170)
    st.progress(
        used / figures.disk_total, text=t("Disk: {used} of {all} used", used=tell(size(used)), all=tell(size(figures.disk_total)))
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("Parts"))
        head = (t("Part"), t("Version"))
        st.dataframe(
            [dict(zip(head, (name, version or t("not installed")), strict=True)) for name, version in figures.versions],
            hide_index=True,
        )
        if dict(figures.versions).get("pyspark") is None:
            st.caption(t("Spark is an extra: install pyspark (and Java 17) to use it."))
    with right:
        st.subheader(t("Where things are"))
        st.code(figures.workspace, language=None, wrap_lines=True)
        st.markdown(f"{t('Metadata')}: {plain(figures.store)}")
        st.markdown(f"{t('Secrets')}: {plain(figures.secrets)}")
    st.subheader(t("Jobs"))
    _jobs()


@st.fragment(run_every=2)
def _jobs() -> None:
    wb = open_workbench()
    jobs = wb.jobs(limit=30)
    if not jobs:
        st.caption(t("Nothing has been run yet."))
        return
    names = {one.id: one.name for one in wb.projects()}
    head = (t("State"), t("Job"), t("Project"), t("Started"), t("Took"))
    lines = [dict(zip(head, _line(job, names), strict=True)) for job in jobs]
    chosen = st.dataframe(lines, hide_index=True, on_select="rerun", selection_mode="single-row", key="jobs").selection.rows
    if chosen and chosen[0] < len(jobs):
        _job(jobs[chosen[0]])


def _line(job: Job, names: dict[str, str]) -> tuple[str, str, str, str, str]:
    states = {
        "queued": t("waiting"),
        "running": t("running"),
        "done": t("done"),
        "failed": t("failed"),
        "cancelled": t("cancelled"),
        "cut off": t("cut off"),
    }
    took = tell(clock_time((job.finished - job.started).total_seconds())) if job.started and job.finished else ""
    return (
        states[job.state],
        tell(job.title),
        names.get(job.project, "—"),
        f"{job.created:%Y-%m-%d %H:%M:%S}",
        took,
    )


def _job(job: Job) -> None:
    wb = open_workbench()
    with st.container(border=True):
        st.markdown(f"**{plain(job.title)}**")
        if job.trouble is not None:
            error_box(job.trouble)
        if job.active:
            st.button(t("Cancel"), key=f"health-cancel-{job.id}", on_click=wb.cancel, args=(job.id,))
        elif job.state != "done":
            st.button(t("Try again"), key=f"health-retry-{job.id}", on_click=attempt, args=(wb.retry, job.id))
        lines = [f"{line.at:%H:%M:%S}  {tell(line.text)}" for line in wb.job_log(job.id)]
        st.code("\n".join(lines) or tell(msg("It wrote no log.")), language=None, wrap_lines=True)


main()
