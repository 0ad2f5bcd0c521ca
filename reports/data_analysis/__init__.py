"""The Data Analysis report: from a profile, and what was made of it, to a document.

A section is one function in `SECTIONS`: it reads the facts (`Known`), notes where each figure comes from in the book, and returns
its blocks. What was not done yet is said in a sentence with the way to it; no heading stands empty.
"""

from __future__ import annotations

from collections.abc import Callable

from core.models.report import Document, Section
from core.words import msg
from reports.data_analysis import appendix, cost, detail, recommendations, risks, roadmap, summary
from reports.data_analysis.known import Known

__all__ = ["KIND", "document"]

KIND = "data-analysis"

SECTIONS: tuple[Callable[[Known], Section], ...] = (
    summary.section,
    detail.section,
    recommendations.section,
    roadmap.section,
    cost.section,
    risks.section,
    appendix.section,
)


def document(known: Known) -> Document:
    """The document in reading order; its appendix holds the entry behind every figure."""
    sections = tuple(build(known) for build in SECTIONS)
    return Document(
        kind=KIND,
        title=msg("Data analysis"),
        subtitle=known.scope,
        project=known.project,
        made_at=known.made_at,
        sections=sections,
        appendix=known.book.entries,
    )
