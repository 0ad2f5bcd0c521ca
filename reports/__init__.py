"""Reports: everything known about a project, as a document without a language or a format, and as a file in both.

    document = reports.analysis(name, profile, advice, design, runs, made_at)
    reports.render(document, "html", "ru")          # -> bytes; reports.FORMATS lists the formats

A report is a folder (`data_analysis`) that turns facts into `core.models.report.Document`; a format is a file of `formats` that
turns any document into bytes. Every figure of a document names an entry of its appendix.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.models.advice import Advice
from core.models.design import Design
from core.models.pipeline import RunResult
from core.models.profile import Profile
from core.models.report import Document
from reports.data_analysis import document
from reports.data_analysis.known import Known
from reports.formats import FORMATS, render

__all__ = ["FORMATS", "analysis", "render", "schema"]


def analysis(
    project_name: str,
    profile: Profile,
    advice: Advice | None,
    design: Design | None,
    runs: tuple[RunResult, ...],
    made_at: datetime,
) -> Document:
    """The Data Analysis report. `runs` are the newest first; advice, design and runs may not be there yet."""
    return document(Known(project_name, profile, advice, design, runs, made_at))


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the `json` format; it is published as `docs/report-schema.json`."""
    from reports.formats.json import schema

    return schema()
