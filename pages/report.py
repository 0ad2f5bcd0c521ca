"""Report: everything known, one click a format."""

from __future__ import annotations

import re

import streamlit as st

from app.session import lang, open_workbench, plain, project, t
from app.widgets.boxes import empty, guarded
from app.widgets.outdated import outdated
from core.workbench import ddl, pipeline, profile, report

MIME = {"html": "text/html", "md": "text/markdown", "json": "application/json", "pdf": "application/pdf"}
ICONS = {
    "html": ":material/language:",
    "md": ":material/notes:",
    "json": ":material/data_object:",
    "pdf": ":material/picture_as_pdf:",
}


def main() -> None:
    st.title(t("Report"))
    here = project()
    wb = open_workbench()
    if here is None or profile.latest(wb, here.id) is None:
        empty(t("Nothing to report yet"), t("A report needs at least a profile."), "profile", t("Open Profile"))
        return
    outdated(here.id)
    st.markdown(
        t("Summary, analysis, recommendations, roadmap, costs, risks, and an appendix with the query behind every number.")
    )
    _missing(here.id)
    names = {"en": "English", "ru": "Русский"}
    chosen = st.segmented_control(
        t("Language of the report"), list(names), default=lang(), required=True, format_func=names.get, key="report-lang"
    )
    stem = re.sub(r"[^\w-]+", "-", here.name).strip("-").lower() or "report"
    with st.container(horizontal=True):
        for format in ("pdf", "html", "md", "json"):
            st.download_button(
                t("Download {format}", format={"md": "Markdown"}.get(format, format.upper())),
                lambda format=format: report.render(wb, here.id, format, chosen),
                f"{stem}-report.{format}",
                MIME[format],
                key=f"get-{format}",
                on_click="ignore",
                icon=ICONS[format],
                type="primary" if format == "pdf" else "secondary",
            )
    if st.toggle(t("Show it here"), value=True, key="report-shown"):
        with guarded(), st.spinner(t("Writing the report…")):
            st.iframe(_shown(here.id, chosen), height=780)


def _missing(here: str) -> None:
    wb = open_workbench()
    lines = []
    if ddl.latest(wb, here) is None:
        lines.append(t("The table definitions have not been proven yet (DDL)."))
    if not pipeline.runs(wb, here):
        lines.append(t("No pipeline has been run yet (Pipeline)."))
    if lines:
        st.info(
            t("The report is complete without them, but richer with them:")
            + "\n\n"
            + "\n".join(f"- {plain(line)}" for line in lines)
        )


def _shown(here: str, language: str) -> str:
    """The HTML of the report, kept for this session until what it reports on changes."""
    wb = open_workbench()
    stamp = (here, language, *report.stamp(wb, here))
    kept = st.session_state.get("report-html")
    if kept is None or kept[0] != stamp:
        kept = (stamp, report.render(wb, here, "html", language).decode())
        st.session_state["report-html"] = kept
    return kept[1]


main()
