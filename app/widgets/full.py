"""The full statistical report: asked for, watched, and taken away as a file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.session import open_workbench, plain, t, tn
from app.widgets.boxes import errors_at
from app.widgets.jobs import begin, watch
from core.models.profile import TableProfile
from core.workbench import full

PLACE = "full"


def asked(here: str, table: TableProfile) -> None:
    """An expander under a table."""
    wb = open_workbench()
    with st.expander(t("Full statistical report (fg-data-profiling)"), icon=":material/query_stats:"):
        errors_at(PLACE)
        busy = watch(here, ("full",))
        st.caption(
            t(
                "Correlations, interactions and missing values in pictures, made by fg-data-profiling in a process of its own. It holds its rows in memory, so it is of some of them; the profile above is of all."
            )
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            rows = st.number_input(
                t("Rows at most"), 1_000, 10_000_000, full.ROWS, 10_000, key=f"full-rows-{table.name}", width=200
            )
            short = st.checkbox(t("Short form: no correlations or interactions"), key=f"full-short-{table.name}")
            st.button(
                t("Make the report"),
                key=f"full-{table.name}",
                disabled=busy,
                on_click=begin,
                args=(PLACE, full.start, wb, here, table.name, int(rows), short),
            )
        if not full.available():
            st.info(
                t(
                    "It needs the package fg-data-profiling: run `make profiling`, or `pip install -r requirements-profiling.txt`."
                ),
                icon=":material/extension:",
            )
        made = full.latest(wb, here, table.name)
        if made is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                said = tn("Of {n} row", "Of {n} rows", n=made.rows) + (
                    t(", drawn from {n}", n=made.of_rows) if made.rows < made.of_rows else ""
                )
                st.markdown(f"{plain(said)} · {made.made_at:%Y-%m-%d %H:%M} UTC", width="content")
                st.download_button(
                    t("Download"),
                    Path(made.file).read_bytes(),
                    f"{table.name}-full.html",
                    "text/html",
                    on_click="ignore",
                    key=f"get-full-{table.name}",
                )
