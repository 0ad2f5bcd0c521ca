"""The report as JSON: everything in it, uncut, its words in one language. `schema()` describes it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from core.models.codec import schema as model_schema
from core.models.report import Document
from core.words import LANGUAGES, Msg, say

VERSION = 1
"""Of the schema: it goes up when a program that reads version 1 would no longer understand the file."""


def render(document: Document, lang: str) -> bytes:
    """UTF-8. Decimals are strings, times are ISO 8601 in UTC, and no number is NaN or infinite."""
    plain = {"format": "assay-report", "lang": lang, **_plain(document, lang)}
    text = json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    # A lone surrogate cannot be UTF-8; its escape is what JSON writes for it.
    return text.encode("utf-8", "backslashreplace")


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `render` writes."""
    found = model_schema(Document)
    parts = found["$defs"]
    parts["Msg"] = {"type": "string", "description": "Text in the language of the report."}
    found["properties"] = {
        "format": {"const": "assay-report", "type": "string"},
        "lang": {"enum": list(LANGUAGES), "type": "string"},
        **found["properties"],
    }
    for part in (found, *parts.values()):
        # Defaults are written out like any other value.
        if "properties" in part:
            part["required"] = list(part["properties"])
            part["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:assay:report:{VERSION}",
        "title": "A report of Assay",
        **{name: value for name, value in found.items() if name != "title"},
    }


def _plain(value: Any, lang: str) -> Any:
    if isinstance(value, Msg):
        return say(value, lang)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name), lang) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item, lang) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return None if isinstance(value, float) and not isfinite(value) else value
