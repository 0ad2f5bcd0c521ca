"""The six steps along the top: where one is, what is done, what is still locked."""

from __future__ import annotations

import streamlit as st

from core.workbench import STEPS


def stepper(current: str, titles: dict[str, str], pages: dict[str, st.Page], done: dict[str, bool], unlocked: set[str]) -> None:
    """Links to the steps; a locked one cannot be followed."""
    with st.container(key="stepper", horizontal=True, wrap=False, gap="small", horizontal_alignment="distribute"):
        for number, step in enumerate(STEPS, 1):
            icon = ":material/check_circle:" if done[step] else f":material/counter_{number}:"
            kind = "current" if step == current else "done" if done[step] else "open" if step in unlocked else "locked"
            with st.container(key=f"step-{kind}-{step}", width="content"):
                st.page_link(pages[step], label=titles[step], icon=icon, disabled=step not in unlocked, width="content")
