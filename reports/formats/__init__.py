"""The formats of a report: one file each, imported when it is used. A fifth format is one file and one line here."""

from __future__ import annotations

import difflib
from importlib import import_module

from core.errors import ConfigError
from core.models.report import Document
from core.words import LANGUAGES, msg
from reports.formats.commented import in_language

FORMATS = ("html", "md", "json", "pdf")
"""Names of formats. Each is a file of this folder with `render(document, lang) -> bytes`, and the suffix of the file it makes."""


def render(document: Document, format: str, lang: str) -> bytes:
    """The document in one format and language. Raises `ConfigError` for a format or a language that there is not."""
    if format not in FORMATS:
        near = difflib.get_close_matches(format, FORMATS, n=1, cutoff=0.3) or [FORMATS[0]]
        raise ConfigError(
            msg("There is no report format {name}", name=format),
            msg("Reports are made as {names}.", names=", ".join(FORMATS)),
            msg("Did you mean {near}?", near=near[0]),
        )
    if lang not in LANGUAGES:
        raise ConfigError(
            msg("There is no language {name}", name=lang),
            msg("Assay speaks {names}.", names=", ".join(LANGUAGES)),
            msg("Choose one of them."),
        )
    return import_module(f"reports.formats.{format}").render(in_language(document, lang), lang)
