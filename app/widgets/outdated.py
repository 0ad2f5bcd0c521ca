"""The word on a page that rests on a profile which the tables have left behind."""

from __future__ import annotations

import streamlit as st

from app.frame import go
from app.session import attempt, open_workbench, t
from core.workbench import profile


def outdated(project: str) -> None:
    """Say that tables were added, removed, renamed or loaded again since the profile, with the way to a new one; else nothing."""
    wb = open_workbench()
    if not profile.stale(wb, project):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(t("The tables have changed since they were profiled: what stands here is of the earlier ones."))
        if st.button(t("Profile again"), key="profile-again", type="primary"):
            attempt(profile.start, wb, project)
            go("profile")
