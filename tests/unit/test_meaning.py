"""What columns mean: recognised where it is so, and not where values only look a little like it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from core.models.privacy import hidden_table
from core.models.source import Reject
from core.profile import meaning
from core.profile.meaning import checksums
from core.profile.meaning.kinds import KINDS
from tests.unit.profile_landing import table_of

ROWS = 400


def _checked(shape: str, check, made: random.Random) -> str:
    """A code of a shape (`#` for a digit) that passes its check."""
    while True:
        code = "".join(str(made.randrange(10)) if sign == "#" else sign for sign in shape)
        if check(code):
            return code


def _iban(made: random.Random) -> str:
    body = "".join(str(made.randrange(10)) for _ in range(18))
    check = 98 - int(body + "131400") % 97  # D is 13, E is 14
    return f"DE{check:02}{body}"


def _columns() -> dict[str, tuple[str, object]]:
    """Name of the column → the kind it must be recognised as, and how a value of it is made."""
    hexed = "0123456789abcdef"
    return {
        "kontakt": ("email", lambda m: f"user{m.randrange(9999)}@mail{m.randrange(9)}.example.org"),
        "page": ("url", lambda m: f"https://example.org/{m.randrange(9999)}?q=1"),
        "u": ("uuid", lambda m: "-".join("".join(m.choices(hexed, k=k)) for k in (8, 4, 4, 4, 12))),
        "host": ("ipv4", lambda m: ".".join(str(m.randrange(256)) for _ in range(4))),
        "host6": ("ipv6", lambda m: ":".join(f"{m.randrange(65536):x}" for _ in range(8))),
        "adapter": ("mac", lambda m: ":".join("".join(m.choices(hexed, k=2)) for _ in range(6))),
        "account": ("iban", _iban),
        "pan": ("card", lambda m: _checked("4###############", checksums.luhn, m)),
        "t7": ("inn10", lambda m: _checked("77########", checksums.inn_organisation, m)),
        "t8": ("inn12", lambda m: _checked("50##########", checksums.inn_person, m)),
        "t9": ("ogrn", lambda m: _checked("102##########", checksums.ogrn, m)),
        "t10": ("ogrnip", lambda m: _checked("304############", checksums.ogrn, m)),
        "insured": ("snils", lambda m: _checked("1##########", checksums.snils, m)),
        "КПП": ("kpp", lambda m: f"77{m.randrange(100):02}01{m.randrange(999):03}"),
        "bank_bik": ("bik", lambda m: f"04{m.randrange(10**7):07}"),
        "oktmo": ("oktmo", lambda m: f"45{m.randrange(10**6):06}"),
        "plot": ("cadastral", lambda m: f"77:01:{m.randrange(10**7):07}:{m.randrange(1, 9999)}"),
        "passport_no": ("ru_passport", lambda m: f"45{m.randrange(100):02} {m.randrange(10**6):06}"),
        "mobile": ("phone", lambda m: f"+7 (9{m.randrange(100):02}) {m.randrange(1000):03}-{m.randrange(100):02}-{m.randrange(100):02}"),
        "lat": ("latitude", lambda m: f"{m.uniform(-90, 90):.5f}"),
        "lon": ("longitude", lambda m: f"{m.uniform(-180, 180):.5f}"),
        "place": ("coordinates", lambda m: f"{m.uniform(-90, 90):.5f}, {m.uniform(-180, 180):.5f}"),
        "paint": ("colour", lambda m: f"#{m.randrange(2**24):06x}"),
        "h1": ("md5", lambda m: "".join(m.choices(hexed, k=32))),
        "h2": ("sha1", lambda m: "".join(m.choices(hexed, k=40))),
        "h3": ("sha256", lambda m: "".join(m.choices(hexed, k=64))),
        "payload": ("json", lambda m: f'{{"a": {m.randrange(99)}, "b": [1, 2]}}'),
        "file": ("path", lambda m: f"/var/log/app/{m.randrange(999)}.log"),
        "weight": ("units", lambda m: f"{m.randrange(1, 99)}.{m.randrange(9)} кг"),
        "citizen_country": ("country", lambda m: m.choice(["DE", "FR", "RU", "US", "CN"])),
        "paid_in": ("currency", lambda m: m.choice(["EUR", "USD", "RUB", "CNY", "GBP"])),
        "lang": ("language", lambda m: m.choice(["en", "ru", "de"])),
        "postal_code": ("postcode", lambda m: f"{m.randrange(100000, 999999)}"),
        "birth_year": ("year", lambda m: m.randrange(1930, 2020)),
        "month": ("month", lambda m: m.randrange(1, 13)),
        "quarter": ("quarter", lambda m: f"Q{m.randrange(1, 5)}"),
        "weekday": ("weekday", lambda m: m.choice(["Monday", "Tuesday", "Sunday"])),
        "client": ("person", lambda m: f"{m.choice(['Иванова', 'Сидорова', 'Кац', 'Орлова'])} {m.choice(['Анна', 'Ольга', 'Инна'])} {m.choice(['Петровна', 'Ильинична'])}"),
        "home_address": ("address", lambda m: m.choice([f"г. Тверь, ул. Мира, д. {m.randrange(1, 99)}", f"{m.randrange(1, 99)} Baker Street", f"Hauptstraße {m.randrange(1, 99)}"])),
        "born_on": ("birth_date", lambda m: f"{m.randrange(1, 28):02}.{m.randrange(1, 13):02}.{m.randrange(1930, 2020)} "),
        "remark": ("contacts", lambda m: f"write to u{m.randrange(99)}@mail.org" if m.random() < 0.1 else "nothing said"),
        "note": ("codes", lambda m: f"seen with SSN {m.randrange(100, 665)}-{m.randrange(10, 99)}-{m.randrange(1000, 9999)}" if m.random() < 0.1 else "nothing said"),
        "social_security": ("ssn", lambda m: f"{m.randrange(100, 665)}-{m.randrange(10, 99)}-{m.randrange(1000, 9999)}"),
        "Фамилия": ("given_name", lambda m: m.choice(["Иванова", "Сидоров", "Кац"])),
    }  # fmt: skip


def _table(made: random.Random) -> pa.Table:
    return pa.table({name: pa.array([make(made) for _ in range(ROWS)]) for name, (_, make) in _columns().items()})


def test_every_kind_is_recognised_in_a_column_of_it(tmp_path: Path) -> None:
    table = table_of(tmp_path, _table(random.Random(11)))
    found = {column.name: column.meaning.kind if column.meaning else None for column in table.columns}
    assert found == {name: kind for name, (kind, _) in _columns().items()}
    assert {kind for kind, _ in _columns().values()} == {kind.name for kind in KINDS}


def test_the_share_that_passes_is_of_all_filled_rows(tmp_path: Path) -> None:
    values = [f"a{number}@example.org" for number in range(2_500)] + ["nobody"] * 40 + [None] * 60
    (column,) = table_of(tmp_path, pa.table({"contact": values})).columns
    assert column.meaning is not None
    assert (column.meaning.passed, column.meaning.share) == (2_500, 2_500 / 2_540)
    assert column.personal


def test_a_head_that_is_not_like_the_rest_is_no_meaning(tmp_path: Path) -> None:
    values = [f"#{number:06x}" for number in range(2_000)] + [f"word {number}" for number in range(2_000)]
    assert table_of(tmp_path, pa.table({"x": values})).columns[0].meanings == ()


def test_a_column_that_is_half_addresses_is_personal_all_the_same(tmp_path: Path) -> None:
    values = [f"a{number}@example.org" for number in range(2_000)] + [f"word {number}" for number in range(2_000)]
    (column,) = table_of(tmp_path, pa.table({"x": values})).columns
    assert (column.meaning.kind, column.meaning.passed, column.personal) == ("contacts", 2_000, True)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("call me at j.smith+x@mail.example.org, please", True),
        ("Пишите: иванов@почта.рф", True),
        ("mobile +7 (912) 345-67-89 after six", True),
        ("tel. +44 20 7946 0018", True),
        ("from 3 @ 4.50 each", False),
        ("temperature +12 000 units", False),
        ("2024-01-01 10:00:00+00", False),
        ("user@host", False),
        ("1+1=2", False),
    ],
)
def test_contact_data_is_seen_inside_a_text(tmp_path: Path, text: str, contact: bool) -> None:
    values = [f"remark {number} of this table" for number in range(20)] + [text]
    (column,) = table_of(tmp_path, pa.table({"x": values})).columns
    assert column.personal is contact
    assert bool(meaning.personal_columns(pa.table({"x": values}))) is contact


@pytest.mark.parametrize(
    ("name", "value", "personal"),
    [
        ("customer_iban", "DE00{n:018}", True),
        ("СНИЛС", "123-456-{n:03} 00", True),
        ("card_no", "4000 0000 0000 {n:04}", True),
        ("t3", "DE00{n:018}", False),
        ("card_no", "C-{n}", False),
    ],
)
def test_codes_of_persons_are_personal_by_name_and_shape_whatever_their_check_digits(
    tmp_path: Path, name: str, value: str, personal: bool
) -> None:
    values = [value.format(n=number) for number in range(0, 400, 7)]
    (column,) = table_of(tmp_path, pa.table({name: values})).columns
    assert column.personal is personal
    assert column.meaning is None or column.meaning.share < 0.2
    assert bool(meaning.personal_columns(pa.table({name: values}))) is personal


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("address", "user{n}@mail.example.org", "email"),
        ("mac_address", "00:1a:2b:3c:4d:{n:02x}", "mac"),
        ("ip_address", "10.0.0.{n}", "ipv4"),
        ("wallet_address", "0x{n:040x}", None),
        ("address_kind", "home{n}", None),
    ],
)
def test_what_is_called_an_address_is_a_postal_one_only_where_it_looks_so(tmp_path: Path, name: str, value: str, kind) -> None:
    (column,) = table_of(tmp_path, pa.table({name: [value.format(n=number) for number in range(50)]})).columns
    assert (column.meaning.kind if column.meaning else None) == kind


@pytest.mark.parametrize(
    ("name", "personal"), [("date_of_birth", True), ("DOB", True), ("дата рождения", True), ("airborne", False), ("made", False)]
)
def test_a_date_of_birth_is_personal_by_its_name(tmp_path: Path, name: str, personal: bool) -> None:
    days = [date(1960, 1, 1) + timedelta(days=number) for number in range(50)]
    table = table_of(tmp_path, pa.table({name: days}))
    assert table.columns[0].personal is personal
    assert ("1960" in repr(hidden_table(table).timelines)) is not personal


def test_births_are_not_the_time_of_a_table(tmp_path: Path) -> None:
    days = [date(1960, 1, 1) + timedelta(days=number) for number in range(50)]
    assert table_of(tmp_path, pa.table({"birth_date": days})).time_column == ""
    assert table_of(tmp_path, pa.table({"birth_date": days, "seen": days})).time_column == "seen"


def test_rows_that_could_not_be_placed_are_masked_where_the_table_is_personal(tmp_path: Path) -> None:
    table = table_of(tmp_path, pa.table({"mail": [f"a{number}@example.org" for number in range(50)]}))
    spoilt = replace(table, rejected=1, rejects=(Reject(7, "broken@example.org,1985-05-06", "too many"),))
    assert "broken" not in repr(hidden_table(spoilt))
    harmless = replace(table, columns=(), rejects=spoilt.rejects)
    assert hidden_table(harmless).rejects == spoilt.rejects


def test_a_column_whose_head_is_empty_is_looked_at_further_down(tmp_path: Path) -> None:
    values = [None] * 5_000 + [f"a{number}@example.org" for number in range(50)]
    (column,) = table_of(tmp_path, pa.table({"x": pa.array(values, pa.string())})).columns
    assert column.meaning is not None
    assert column.meaning.kind == "email"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", range(1_000_000_000, 1_000_000_400)),  # ten digits, one in ten has right check digits
        ("created", range(1_700_000_000, 1_700_000_400)),  # seconds of the epoch are no telephones
        ("n", range(400)),
        ("status", ["OK", "NO"] * 200),  # also codes of languages and countries
        ("state", ["CA", "NY", "TX", "WA", "DE"] * 80),
        ("size", ["XL", "M", "S", "L"] * 100),
        ("code", ["ABC", "XYZ", "QRS"] * 100),
        ("title", ["Green Field", "Blue Ocean", "Long Road"] * 100),
        ("amount", [round(number * 1.37, 2) for number in range(400)]),
        ("month_total", [number * 17 for number in range(400)]),
        ("plate", ["latin", "plate", "later"] * 100),
        ("ratio", ["1/2", "3/4", "5/8"] * 100),
        ("time", ["12:30", "13:45", "08:10"] * 100),
    ],
)
def test_values_that_only_look_a_little_like_it_have_no_meaning(tmp_path: Path, name: str, values) -> None:
    assert table_of(tmp_path, pa.table({name: list(values)})).columns[0].meanings == ()


def test_random_digits_pass_a_check_digit_at_the_rate_of_luck(tmp_path: Path) -> None:
    made = random.Random(5)
    codes = [f"{made.randrange(10**9, 10**10)}" for _ in range(20_000)]
    assert sum(map(checksums.inn_organisation, codes)) / len(codes) == pytest.approx(0.1, abs=0.01)
    assert table_of(tmp_path, pa.table({"inn": codes})).columns[0].meanings == ()


def test_numbers_are_recognised_as_well_as_texts(tmp_path: Path) -> None:
    made = random.Random(7)
    codes = [int(_checked("77########", checksums.inn_organisation, made)) for _ in range(ROWS)]
    (column,) = table_of(tmp_path, pa.table({"supplier": codes})).columns
    assert column.type == "BIGINT"
    assert [one.kind for one in column.meanings] == ["inn10"]


def test_values_counted_in_batches_give_the_same_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = random.Random(8)
    codes = [_checked("4###############", checksums.luhn, made) for _ in range(300)] + ["4111111111111112"] * 5
    whole = table_of(tmp_path, pa.table({"pan": codes})).columns[0].meanings
    monkeypatch.setattr(meaning, "BATCH", 7)
    assert table_of(tmp_path, pa.table({"pan": codes})).columns[0].meanings == whole
    assert whole[0].passed == 300
