"""Turning a message into text in one language."""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from core.words.message import Arg, Msg

LANGUAGES = ("en", "ru")
LOCALE_DIR = Path(__file__).parent / "locale"


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """The translations of a language, compiled from its `.po` once a process; English is the source and needs none."""
    path = LOCALE_DIR / lang / "LC_MESSAGES" / "assay.po"
    if lang == "en" or not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def number(value: int | float, lang: str) -> str:
    """A number in the reader's notation: integers grouped; floats with two decimals from 10 up, more below."""
    if isinstance(value, int):
        return format_decimal(value, locale=lang)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    magnitude = abs(value)
    if magnitude >= 1e15 or 0 < magnitude < 1e-6:
        return f"{value:.4g}"
    digits = 2 if magnitude >= 10 else 3 if magnitude >= 1 else 6
    return format_decimal(round(value, digits), format="#,##0.######", locale=lang)


def say(message: Msg | str, lang: str = "en") -> str:
    """The message in `lang`. A text the catalogue lacks is said in English; a plain string is said as it is."""
    if isinstance(message, str):
        return message
    book = catalogue(lang)
    args = dict(message.args)
    if message.many is None:
        template = book.gettext(message.text)
    else:
        template = book.ngettext(message.text, message.many, abs(int(args["n"])))
    return template.format_map({name: _argument(value, lang) for name, value in args.items()})


def _argument(value: Arg, lang: str) -> str:
    if isinstance(value, Msg):
        return say(value, lang)
    if isinstance(value, (int, float)):
        return number(value, lang)
    return value
