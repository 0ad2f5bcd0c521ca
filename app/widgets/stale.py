"""What a page says when what it shows was worked out from tables that are no longer these."""

from __future__ import annotations

import streamlit as st

from app.frame import go
from app.session import attempt, open_workbench, plain, t
from app.widgets.jobs import watch
from core.workbench import connect, profile


def old_profile(here: str, *, own: bool = False) -> bool:
    """Say which tables changed since the last profile, with a button to take a new one; returns whether it is being taken.

    How a profile failed is said on its `own` page only: elsewhere it would read as if the work of that page had failed.
    """
    wb = open_workbench()
    busy = watch(here, ("profile",), failures=own)
    found = profile.changes(wb, here)
    if not found or busy:
        return busy
    lines = [
        (t("removed"), found.removed),
        (t("added"), found.added),
        (t("loaded again"), found.reloaded),
        (t("renamed"), tuple(f"{old} → {new}" for old, new in found.renamed)),
    ]
    said = "; ".join(f"{label}: {plain(', '.join(names))}" for label, names in lines if names)
    loaded = any(table.landed for table in connect.tables(wb, here))
    with st.container(border=True, key="old-profile"):
        st.warning(
            t("**The profile is older than the tables.** What this page shows is of the tables as they were before.")
            + f"\n\n{said}",
            icon=":material/history:",
        )
        if loaded:
            st.button(t("Profile again"), type="primary", key="profile-again", on_click=attempt, args=(profile.start, wb, here))
        elif st.button(t("Open Connect"), key="old-connect"):
            go("connect")
    return False
