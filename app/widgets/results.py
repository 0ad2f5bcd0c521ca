"""What became of each source of a landing: a line each, those that were not loaded with the reason and what to do."""

from __future__ import annotations

import streamlit as st

from app.session import attempt, open_workbench, plain, t, tn
from app.widgets.rows import count_columns
from core.models.job import Job, Outcome
from core.workbench import connect

SHOWN = 20


def results(job: Job) -> bool:
    """Draw the lines of a landing of several sources; returns whether there was anything to draw."""
    told = connect.outcomes(job)
    if len(told) < 2:
        return False
    lost = [one for one in told if one.trouble is not None]
    good = [one for one in told if one.trouble is None]
    with st.container(border=True, key=f"results-{job.id}"):
        said = [tn("{n} table loaded", "{n} tables loaded", n=len(good))]
        if lost:
            said.append(tn("{n} was not", "{n} were not", n=len(lost)))
        icon = ":orange[:material/warning:]" if lost else ":green[:material/check_circle:]"
        st.markdown(f"{icon} **{', '.join(said)}**")
        for one in lost[:SHOWN]:
            _lost(one)
        if lost[SHOWN:]:
            st.caption(t("and {n} more; the log names each", n=len(lost) - SHOWN))
        if good:
            _good(good)
        with st.container(horizontal=True):
            if lost:
                st.button(
                    tn("Try that one again", "Try those {n} again", n=len(lost)),
                    key=f"retry-{job.id}",
                    on_click=attempt,
                    args=(connect.try_failed_again, open_workbench(), job.id),
                )
            st.button(t("Dismiss"), key=f"dismiss-{job.id}", type="tertiary", on_click=dismiss, args=(job.id,))
    return True


def _lost(one: Outcome) -> None:
    st.error(
        f"**{plain(one.name)}**: {plain(one.trouble.what)}. {plain(one.trouble.why)}  \n{t('**What to do:**')} {plain(one.trouble.fix)}",
        icon=":material/error:",
    )


def _good(good: list[Outcome]) -> None:
    head = (t("Table"), t("Rows"), t("Could not be placed"))
    lines = [dict(zip(head, (one.name, one.rows, one.rejected), strict=True)) for one in good]
    if not any(one.rejected for one in good):
        lines = [{name: value for name, value in line.items() if name != head[2]} for line in lines]
    st.dataframe(lines, hide_index=True, column_config=count_columns(head[1], head[2]), height=min(38 + 35 * len(lines), 213))


def dismissed(job: str) -> bool:
    return job in st.session_state.get("jobs-dismissed", set())


def dismiss(job: str) -> None:
    st.session_state.setdefault("jobs-dismissed", set()).add(job)


def last_results(project: str) -> None:
    """The lines of the newest landing, where it went well, in this session, until they are dismissed."""
    newest = next((job for job in open_workbench().jobs(project) if job.kind == "land"), None)
    if (
        newest is not None
        and newest.state == "done"
        and not dismissed(newest.id)
        and newest.id in st.session_state.get("jobs-begun", set())
    ):
        results(newest)
