"""Reports: everything known about a project, as a document and in each format."""

from __future__ import annotations

import reports
from core.models.report import Document
from core.workbench import advice, ddl, pipeline, privacy, profile
from core.workbench.bench import Workbench
from reports import FORMATS

__all__ = ["FORMATS", "document", "kept", "made", "render", "shown", "stamp"]


def stamp(wb: Workbench, project: str) -> tuple[str, ...]:
    """Changes whenever something changes that a report of the project is about."""
    made = wb.store.versions
    about = [(kind, name) for kind in ("profile", "advice", "ddl", "run", "reveal") for name in made.names(project, kind)]
    return tuple(str(made.made_at(project, kind, name)) for kind, name in about)


def document(wb: Workbench, project: str) -> Document:
    """The Data Analysis report of a project. Raises `ConfigError` where there is no profile."""
    return reports.analysis(
        wb.project(project).name,
        privacy.decided(wb, project, profile.current(wb, project)),
        advice.latest(wb, project),
        ddl.latest(wb, project),
        pipeline.runs(wb, project),
        wb.store.clock(),
    )


def render(wb: Workbench, project: str, format: str, lang: str) -> bytes:
    """The report in one format and language; the document behind it is kept."""
    return made(wb, project, document(wb, project), format, lang)


def shown(wb: Workbench, project: str, lang: str) -> str:
    """The report as HTML to look at: nothing is kept, for looking is not handing out."""
    return reports.render(document(wb, project), "html", lang).decode()


def kept(wb: Workbench, project: str) -> tuple[str, ...]:
    """The kinds of reports that were handed out."""
    return wb.store.versions.names(project, "report")


def made(wb: Workbench, project: str, ready: Document, format: str, lang: str) -> bytes:
    """Render a document that is already built, and keep it as the last report of the project."""
    data = reports.render(ready, format, lang)
    wb.store.versions.put(project, "report", ready.kind, ready)
    return data
