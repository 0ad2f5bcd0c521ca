"""Check digits. Each takes the bare digits (or letters and digits) of one code and says whether its check digits are right."""

from __future__ import annotations

INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
"""Weights of the check digits of an ИНН: order of the Federal Tax Service ММВ-7-6/435@ of 29 June 2012, appendix."""

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22,
    "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
    "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27,
    "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
"""Letters and digits of an IBAN by country: the IBAN registry of SWIFT (ISO 13616)."""


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(code: str) -> bool:
    """ISO 13616: the length of its country, and the remainder 1 by 97 (ISO 7064)."""
    if IBAN_LENGTHS.get(code[:2]) != len(code):
        return False
    return int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights)) % 11 % 10


def inn_organisation(digits: str) -> bool:
    """ИНН of an organisation, ten digits."""
    return _weighed(digits, INN_10) == int(digits[9])


def inn_person(digits: str) -> bool:
    """ИНН of a person, twelve digits."""
    return _weighed(digits, INN_11) == int(digits[10]) and _weighed(digits, INN_12) == int(digits[11])


def ogrn(digits: str) -> bool:
    """ОГРН (13 digits: the remainder by 11) and ОГРНИП (15 digits: by 13), order of the Ministry of Finance 165н of 30 October 2017."""
    return int(digits[:-1]) % (len(digits) - 2) % 10 == int(digits[-1])


def snils(digits: str) -> bool:
    """СНИЛС: checked from 001-001-998 on, resolution 192п of the Pension Fund of 31 July 2006."""
    number = int(digits[:9])
    if number <= 1_001_998:
        return number > 0
    return sum(int(digit) * weight for digit, weight in zip(digits, range(9, 0, -1))) % 101 % 100 == int(digits[9:])


def ssn(digits: str) -> bool:
    """A US Social Security number, nine digits: areas 000, 666 and 9xx, group 00 and number 0000 are never given out (SSA, 2011)."""
    area, group, number = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and number != "0000"
