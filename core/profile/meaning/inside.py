"""Personal data within sentences: what contact data and the codes of persons look like there.

The patterns match a whole text, as those of `kinds`; a code has to pass its check besides (`holds_code`), or to follow its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from core.profile.meaning import checksums

LETTERS = "A-Za-zА-Яа-яЁё"

_MAIL = rf"[0-9{LETTERS}_.+-]@(?:[0-9{LETTERS}-]+\.)+[{LETTERS}]{{2,24}}"
_ABROAD = r"\+[1-9]\d{0,2}[ (-]{0,2}\d{2,4}[ )-]{0,2}\d{2,3}[ -]?\d{2}[ -]?\d{2}"
_AT_HOME = r"8[ -]?\(?[3489]\d{2}\)?[ -]?\d{3}-\d{2}-\d{2}|(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}"
_PHONE_NAMES = rf"tel(?:ephone)?|phone|mobile|mob|cell|whatsapp|тел(?:ефон)?|моб(?:ильн[{LETTERS}]*)?|сот(?:ов[{LETTERS}]*)?"
_NAMED_PHONE = rf"(?:^|[^{LETTERS}])(?i:{_PHONE_NAMES})[.:№# ]{{0,4}}\+?[(]?\d(?:[ ()-]{{0,2}}\d){{9,11}}(?:$|[^\d:-])"


def _holding(found: str) -> str:
    return rf"(?s).*(?:{found}).*"


def _apart(found: str) -> str:
    """Digits that are no part of longer ones: without looking around, which RE2 does not do."""
    return rf"(?:^|[^\d+-])(?:{found})(?:$|[^\d-])"


CONTACTS = _holding(f"{_MAIL}|{_ABROAD}|{_apart(_AT_HOME)}|{_NAMED_PHONE}")

_CARD_NAMES = "card|visa|mastercard|maestro|amex|карт|мир"
_CODES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"[2-6]\d{3} \d{4} \d{4} \d{4}|[2-6]\d{3}-\d{4}-\d{4}-\d{4}|3[47]\d{2} \d{6} \d{5}", checksums.luhn),
    (r"\d{3}-\d{3}-\d{3}[ -]\d{2}", checksums.snils),
)
"""Codes that are told by how they are written, and the check of their digits."""

_NAMED: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    (_CARD_NAMES, r"[2-6]\d{12,18}", checksums.luhn),
    ("снилс|snils", r"\d{11}", checksums.snils),
    ("инн|inn", r"\d{12}", checksums.inn_person),
    ("ssn|social security", r"\d{3}[ -]?\d{2}[ -]?\d{4}", checksums.ssn),
    ("паспорт|passport", r"\d{2} ?\d{2}(?: | ?№ ?)\d{6}", lambda digits: True),
)
"""Codes that are mere digits, or in groups as part numbers are too: a word before them says what they are."""

_IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"


def _after(names: str, code: str) -> str:
    """A code behind a word of its name: `карта № 4111…`, `passport number is 45 04 123456`."""
    return rf"(?:^|[^{LETTERS}])(?i:{names})[^\d]{{0,24}}(?:{code})(?:$|[^\d-])"


CODES = _holding(
    "|".join(
        (
            *(_apart(code) for code, _ in _CODES),
            *(_after(names, code) for names, code, _ in _NAMED),
            rf"(?:^|[^{LETTERS}\d]){_IBAN}",
        )
    )
)

_FINDERS = (
    *((re.compile(rf"(?<![\d+-])({code})(?![\d-])"), check) for code, check in _CODES),
    *((re.compile(rf"(?<![{LETTERS}])(?i:{names})\D{{0,24}}({code})(?![\d-])"), check) for names, code, check in _NAMED),
)
"""The same codes, to be taken out of a text and checked one by one."""
_IBANS = re.compile(rf"(?<![{LETTERS}\d]){_IBAN}")


def holds_code(text: str) -> bool:
    """Whether a text holds a code of a person, or of a card or an account, whose check digits are right."""
    return any(check(re.sub(r"\D", "", found.group(1))) for finder, check in _FINDERS for found in finder.finditer(text)) or any(
        _begins_with_iban(found.group().replace(" ", "")) for found in _IBANS.finditer(text)
    )


def _begins_with_iban(signs: str) -> bool:
    """Whether the signs, which may run on into the next word, begin with an IBAN of their country."""
    length = checksums.IBAN_LENGTHS.get(signs[:2], 0)
    return 0 < length <= len(signs) and checksums.iban(signs[:length])
