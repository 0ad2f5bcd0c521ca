"""Catalogues from the source: `python -m core.words.catalogue` brings every `.po` up to what the code says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from core.words.say import LANGUAGES, LOCALE_DIR

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "pages", "core", "connectors", "reports")
# What says something → how many of its first arguments are the text.
KEYWORDS = {"msg": 1, "t": 1, "plural": 2, "tn": 2}


def extracted() -> Catalog:
    """Every message of the source, without line numbers (they would change the catalogue with every edit)."""
    catalogue = Catalog(project="Assay", charset="utf-8")
    for file in sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        for text in texts(file.read_text(encoding="utf-8")):
            catalogue.add(text, locations=[(file.relative_to(ROOT).as_posix(), 0)])
    return catalogue


def texts(source: str) -> Iterator[str | tuple[str, str]]:
    """The literal texts of one module, those inside f-strings too (Babel's own extractor misses them before Python 3.12)."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        count = KEYWORDS.get(getattr(node.func, "id", getattr(node.func, "attr", "")), 0)
        said = [
            arg.value for arg in node.args[:count] if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and arg.value
        ]
        if count and len(said) == count:
            yield said[0] if count == 1 else (said[0], said[1])


def path_of(lang: str) -> Path:
    return LOCALE_DIR / lang / "LC_MESSAGES" / "assay.po"


def read(lang: str) -> Catalog:
    with path_of(lang).open("rb") as file:
        return read_po(file, locale=lang)


def update(lang: str) -> tuple[int, int]:
    """Add what is new, drop what is gone; returns (messages, untranslated)."""
    template, path = extracted(), path_of(lang)
    catalogue = read(lang) if path.exists() else Catalog(locale=lang, fuzzy=False)
    catalogue.project, catalogue.version = "Assay", "1"
    catalogue.header_comment = "# Everything Assay says. Written by `make words`; translate the empty msgstr lines."
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = ""
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, include_lineno=False, width=130)
    return len(catalogue), len(untranslated(catalogue))


def untranslated(catalogue: Catalog) -> list[str]:
    """Messages without a full translation."""
    missing = []
    for message in catalogue:
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and (message.fuzzy or not all(forms)):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


if __name__ == "__main__":
    for language in LANGUAGES:
        if language != "en":
            total, missing = update(language)
            print(f"{language}: {total} messages, {missing} untranslated")
