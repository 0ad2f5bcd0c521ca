"""Catalogues from the source: `python -m core.words.catalogue` brings every `.po` up to what the code says."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from core.words.say import LANGUAGES, LOCALE_DIR

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "pages", "core", "connectors", "reports")
KEYWORDS = {"msg": None, "t": None, "plural": (1, 2), "tn": (1, 2)}


def extracted() -> Catalog:
    """Every message of the source, without line numbers (they would change the catalogue with every edit)."""
    catalogue = Catalog(project="Assay", charset="utf-8")
    for room in ROOMS:
        for file, _, text, _, context in extract_from_dir(ROOT / room, method_map=[("**.py", "python")], keywords=KEYWORDS):
            if text:
                catalogue.add(text, locations=[(f"{room}/{file}", 0)], context=context)
    return catalogue


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
