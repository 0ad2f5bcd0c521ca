"""Check digits, by examples that their publishers give."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.profile.meaning import checksums

EXAMPLES: tuple[tuple[Callable[[str], bool], str], ...] = (
    # IBAN registry of SWIFT, the example of each country.
    (checksums.iban, "GB29NWBK60161331926819"),
    (checksums.iban, "DE89370400440532013000"),
    (checksums.iban, "FR1420041010050500013M02606"),
    (checksums.iban, "CH9300762011623852957"),
    (checksums.iban, "MT84MALT011000012345MTLCAST001S"),
    # Numbers that card schemes publish for tests.
    (checksums.luhn, "4111111111111111"),
    (checksums.luhn, "5555555555554444"),
    (checksums.luhn, "378282246310005"),
    # The Federal Tax Service's and the Pension Fund's own numbers, and those of Sberbank and Gazprom in the state registers.
    (checksums.inn_organisation, "7707083893"),
    (checksums.inn_organisation, "7736050003"),
    (checksums.inn_organisation, "7707329152"),
    (checksums.inn_person, "500100732259"),
    (checksums.ogrn, "1027700132195"),
    (checksums.ogrn, "1027700070518"),
    (checksums.ogrn, "304500116000157"),
    (checksums.snils, "11223344595"),
)


@pytest.mark.parametrize(("check", "code"), EXAMPLES)
def test_a_published_example_passes(check: Callable[[str], bool], code: str) -> None:
    assert check(code)


@pytest.mark.parametrize(("check", "code"), EXAMPLES)
def test_a_change_of_the_last_digit_is_seen(check: Callable[[str], bool], code: str) -> None:
    last = "1" if code[-1] == "S" else str((int(code[-1]) + 1) % 10)
    assert not check(code[:-1] + last)


@pytest.mark.parametrize("check", [checksums.luhn, checksums.inn_organisation, checksums.snils])
def test_two_neighbours_that_changed_places_are_seen(check: Callable[[str], bool]) -> None:
    codes = (code for known, code in EXAMPLES if known is check)
    code, at = next((code, at) for code in codes for at in range(2, len(code) - 1) if code[at] != code[at + 1])
    assert not check(code[:at] + code[at + 1] + code[at] + code[at + 2 :])


def test_an_iban_of_a_wrong_length_fails() -> None:
    assert not checksums.iban("GB29NWBK6016133192681")
    assert not checksums.iban("ZZ29NWBK60161331926819")


def test_the_first_snils_were_given_without_check_digits() -> None:
    assert checksums.snils("00100199700")
    assert not checksums.snils("00000000000")
