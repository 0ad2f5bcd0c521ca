"""Personal data is found wherever it stands: in every spelling, far below, inside other texts and inside nested values."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from core.models.privacy import hidden_table
from core.profile import meaning
from core.profile.meaning import checksums
from tests.unit.profile_landing import column_of, land, profiled, table_of

FAMILIES = ("ИВАНОВ", "ПЕТРОВА", "СИДОРЕНКО", "КАЦ", "БЕРГ", "ШМИДТ", "ЛИ")
CARDS = [f"4{n:015}" for n in range(200_000, 260_000) if checksums.luhn(f"4{n:015}")]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("ФИО", [f"{one} ИВАН {n}ИЧ".replace(str(n), "ИВАНОВ") for n, one in enumerate(FAMILIES)], "person"),
        ("x", ["ИВАНОВ ИВАН ИВАНОВИЧ", "ПЕТРОВА АННА ПЕТРОВНА", "СИДОРОВ ОЛЕГ ИЛЬИЧ"] * 9 + [f"ОРЛОВ ИВАН {c}." for c in "АБВГДЕЖЗИКЛМ"], "person"),
        ("fio", [f"{one.title()} И.И." for one in FAMILIES], "person"),
        ("full_name", ["Zhang Wei", "Nguyen Thi Lan", "O'Brien Conan", "de la Cruz, Ana", "kim min-jun"], "person"),
        ("customer_name", ["SMITH, JOHN", "DOE, JANE", "LEE, ANN"], "person"),
        ("last_name", ["SMITH", "van der Berg", "O'NEIL", "de la Cruz"], "given_name"),
        ("name", ["Priya Raman", "Wei Zhang", "Chidi Okonkwo", "Tunde Bakare", "Sofía Quispe Mamani", "Bongani Dlamini"], "person"),
        ("emp", ["Okafor Adaeze", "Ben Amsel", "Lindiwe Khumalo", "Jörg Wüst"], "person"),
        ("product_name", [f"{one} {two}" for one in ("Anna", "Peter", "Olga", "Ivan") for two in ("Stone", "Reed", "Kramer", "Bergova", "Lund")], "person"),
        ("name", ["Anna", "Peter", "Uwe", "Xolani"], "given_name"),
        ("Vorname", ["Uwe", "Käthe", "Ingrid", "Annegret"], "given_name"),
        ("emp_name", ["anna ivanova", "ravi kumar", "john smith", "o'brien conan"], "person"),
        ("prénom", ["Amélie", "Loïc", "Zoé"], "given_name"),
        ("bd", ["1971-02-03", "1988-11-30", "2001-07-15"], "birth_date"),
        ("lname", ["Smith", "Meier", "Kaz"], "given_name"),
        ("ssn", ["123-45-6789", "219-09-9999", "457-55-5462"], "ssn"),
        ("x", [f"{200 + n}-45-{6000 + n}" for n in range(20)], "ssn"),
        ("SSN", [123456789, 219099999, 45755546], "ssn"),
        ("telephone", ["(495) 123-45-67", "495-123-45-67", "123-45-67", "8 800 555 35 35 доб. 12"], "phone"),
        ("x", [f"0151 {2345678 + n}" for n in range(9)], "phone"),
        ("x", [f"(212)555-{1000 + n}" for n in range(9)], "phone"),
        ("x", [f"1-800-555-{1000 + n}" for n in range(9)], "phone"),
        ("card_no", ["3782 822463 10005", "3714 496353 98431"], "card"),
        ("x", [float(card) for card in CARDS[:40]], "card"),
        ("mobile", [79001240326.0, 79995763702.0, 79161234567.0], "phone"),
        ("phone2", [2007320342, 9893202815, 4155550132], "phone"),
        ("client", [f"10.1.2.{n}:80{n:02}" for n in range(9)], "ipv4"),
        ("forwarded_for", [f"10.1.2.{n}, 192.168.0.{n}" for n in range(9)], "ipv4"),
    ],
)  # fmt: skip
def test_every_spelling_of_it(tmp_path: Path, name: str, values: list, kind: str) -> None:
    rows = pa.table({name: values})
    column = table_of(tmp_path, rows).columns[0]
    assert column.personal
    assert column.meaning.kind == kind
    assert meaning.personal_columns(rows) == {name}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hotel_id", range(1_000_000, 1_000_050)),
        ("telemetry", range(10_000_000, 10_000_050)),
        ("intel_score", range(1_000_000, 1_000_050)),
        ("mobile_hits", range(1_000_000, 1_000_050)),
        ("phone_calls", range(1_000_000, 1_000_050)),
        ("version", [f"1.2.3.{n}" for n in range(50)]),
        ("app_version", [f"1.2.{n}.4" for n in range(50)]),
        ("salmon", [n % 12 + 1 for n in range(50)]),
        ("headquarter", [n % 4 + 1 for n in range(50)]),
        ("product_name", ["Green Field", "Ivan Tea", "Anna Cake", "Long Road", "New Moon"]),
        ("имя файла", ["Иван", "Отчёт", "Сводка"]),
        ("name", ["Green Tea", "Black Coffee", "Orange Juice", "Brown Bread", "Red Wine", "White Rice", "Victoria Plum"]),
        (
            "name",
            ["Lansdowne Airport", "Moton Field Municipal Airport", "Randall Airport", "Jekyll Island Airport", "Martin Field"],
        ),
        (
            "name",
            ["Blue Chair", "Oak Table", "Desk Lamp", "Red Sofa", "Wall Clock", "Rose Vase", "Victoria Sponge", "Jack Daniels"],
        ),
        (
            "name",
            [
                "Acme Widgets",
                "Globex Trading",
                "Initech Systems",
                "Umbrella Foods",
                "Stark Metals",
                "Hooli Search",
                "Jones Books",
            ],
        ),
        ("city_name", ["San Jose", "Santa Maria", "San Antonio", "San Francisco", "Saint Paul"]),
        (
            "brand",
            [
                "Hugo Boss",
                "Ralph Lauren",
                "Calvin Klein",
                "Levi Strauss",
                "Tommy Hilfiger",
                "Under Armour",
                "North Face",
                "New Balance",
            ],
        ),
        (
            "регион",
            [
                f"{one}СКАЯ ОБЛАСТЬ"
                for one in [
                    "МОСКОВ",
                    "ТВЕР",
                    "ПСКОВ",
                    "ТУЛЬ",
                    "РЯЗАН",
                    "СМОЛЕН",
                    "КУР",
                    "ОРЛОВ",
                    "ТОМ",
                    "ОМ",
                    "АМУР",
                    "ПЕНЗЕН",
                    "КИРОВ",
                ]
            ],
        ),
        (
            "shop",
            [
                f"{one} Street"
                for one in [
                    "Anna",
                    "Ivan",
                    "Peter",
                    "James",
                    "Henry",
                    "Oliver",
                    "Emma",
                    "Alice",
                    "Maria",
                    "Laura",
                    "Jack",
                    "Adam",
                    "Leo",
                ]
            ],
        ),
        ("employee_type", ["Full Time", "Part Time", "On Leave"]),
        ("contact method", ["By Phone", "By Post", "In Person"]),
        ("fw", [f"1.{n % 4}.{n % 7}.{n % 30}" for n in range(50)]),
        ("section", [f"1.{n}.2.3" for n in range(50)]),
        ("destination", ["AL", "AR", "CA", "GA", "IL"]),
        ("current", ["ALL", "TOP", "USD"]),
    ],
)
def test_names_of_columns_are_read_by_whole_words(tmp_path: Path, name: str, values) -> None:
    assert table_of(tmp_path, pa.table({name: list(values)})).columns[0].meanings == ()


@pytest.mark.parametrize(("before", "rows"), [(2_500, 6_000), (2_100, 5_000), (400_000, 420_000)])
@pytest.mark.parametrize("files", [1, 3])
def test_values_that_begin_far_below(tmp_path: Path, before: int, rows: int, files: int) -> None:
    """All of one kind, and codes whose check digits are right."""
    table = pa.table(
        {
            "mail": [f"word {n}" if n < before else f"a{n}@example.org" for n in range(rows)],
            "code": [f"ref {n}" if n < before else CARDS[n % len(CARDS)] for n in range(rows)],
            "number": [n if n < before else int(CARDS[n % len(CARDS)]) for n in range(rows)],
        }
    )
    found = table_of(tmp_path, table, files=files)
    assert [(one.name, one.meaning.kind, one.meaning.passed) for one in found.columns] == [
        ("mail", "contacts", rows - before),
        ("code", "card", rows - before),
        ("number", "card", rows - before),
    ]
    assert all(one.personal for one in found.columns)


def test_a_field_of_nested_values_that_is_filled_far_below(tmp_path: Path) -> None:
    rows = [{"n": n, "ssn": f"{101 + n % 500}-11-{1000 + n % 8000}" if n >= 400 else None} for n in range(2_000)]
    assert table_of(tmp_path, pa.table({"p": rows})).columns[0].personal


def test_one_address_in_a_million_texts(tmp_path: Path) -> None:
    query = "SELECT CASE WHEN i = 500123 THEN 'ask ann@mail.example.org' ELSE 'remark ' || i || ' + @ ' END AS x FROM range(1000000) t(i)"
    column = column_of(tmp_path, query)
    assert [(one.kind, one.passed) for one in column.meanings] == [("contacts", 1)]
    assert "ann" not in repr(hidden_table(profiled({"data": land(tmp_path, "again", query)}).tables[0]))


SENTENCES = {
    "SSN": ("codes", "SSN 101-11-9606"),
    "card in groups": ("codes", "card 4111 1111 1111 1111 exp 12/27"),
    "card behind its name": ("codes", "paid by Visa no. 4111111111111111"),
    "IBAN before a word": ("codes", "send to DE89 3704 0044 0532 0130 00 TODAY"),
    "СНИЛС": ("codes", "снилс 112-233-445 95 проверен"),
    "ИНН of a person": ("codes", "ИНН: 500100732259"),
    "passport": ("codes", "паспорт серия 45 04 № 123456"),
    "telephone at home": ("contacts", "звонить 8 (916) 123-45-67"),
    "telephone behind its name": ("contacts", "тел. 89161234567"),
}


ONE_OF_MANY = (
    "SELECT CASE WHEN i = ROWS // 3 THEN 'SENTENCE' ELSE 'remark ' || i || ' on this and that' END AS x FROM range(ROWS) t(i)"
)


@pytest.mark.parametrize(("name", "rows"), [*((name, 20_000) for name in SENTENCES), ("card in groups", 3_000_000)])
def test_personal_data_in_one_sentence_of_many(tmp_path: Path, name: str, rows: int) -> None:
    """Every value is looked at, whether they are counted one by one or are too many for that."""
    kind, sentence = SENTENCES[name]
    query = ONE_OF_MANY.replace("SENTENCE", sentence).replace("ROWS", str(rows))
    column = column_of(tmp_path, query)
    assert [(one.kind, one.passed) for one in column.meanings] == [(kind, 1)]
    assert meaning.personal_columns(pa.table({"x": [sentence, "nothing"]})) == {"x"}


@pytest.mark.parametrize(
    "text",
    [
        "part 101-11-9606 in stock", "boarding passport control gate 4504123456", "3 @ 4.50", "C++", "1+1=2", "@home", "order 4111111111111111", "card 4111 1111 1111 1112", "part 123-45-67890", "SSN 666-12-1234",
        "mobile 2024-01-15 10:30", "hotel 1234567890", "ref 12345678901234567", "GB29NWBK60161331926818", "1.234.567,89", "room 101, 12:30",
    ],
)  # fmt: skip
def test_sentences_without_personal_data(tmp_path: Path, text: str) -> None:
    column = column_of(tmp_path, pa.table({"x": [f"{text} a", f"b {text}", text, "-"] * 100}))
    assert [one.kind for one in column.meanings if one.kind in ("codes", "contacts")] == []


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ([f"https://example.org/u?mail=a{n}@mail.org" for n in range(9)], ["url", "contacts"]),
        ([f'{{"to": "a{n}@mail.org"}}' for n in range(9)], ["json", "contacts"]),
        ([f'{{"user": {{"full_name": "Ann {c}"}}}}' for c in ("Lee", "Kim", "Poe")], ["json", "within"]),
        ([f'[{{"phone": "555-{1000 + n}"}}]' for n in range(9)], ["json", "within"]),
        ([f'{{"a": {n}}}' for n in range(9)], ["json"]),
    ],
)
def test_inside_other_texts(tmp_path: Path, values: list[str], kinds: list[str]) -> None:
    column = column_of(tmp_path, pa.table({"x": values}))
    assert [one.kind for one in column.meanings] == kinds
    assert column.personal is (len(kinds) == 2)
    assert bool(meaning.personal_columns(pa.table({"x": values}))) is column.personal


@pytest.mark.parametrize(
    ("values", "personal"),
    [
        ([{"name": "x", "mail": f"a{n}@mail.org"} for n in range(9)], True),
        ([{"who": {"last_name": name}} for name in ("Smith", "Kim", "Poe")], True),
        ([[f"+7 (912) 345-67-{n:02}"] for n in range(10, 19)], True),
        ([[{"ssn": 123456789 + n}] for n in range(9)], True),
        ([f"a{n}@mail.org".encode() for n in range(9)], True),
        ([{"name": "x", "n": n} for n in range(9)], False),
        ([[n, n + 1] for n in range(9)], False),
        ([bytes([n, 255]) for n in range(9)], False),
    ],
)
def test_inside_nested_values_and_bytes(tmp_path: Path, values: list, personal: bool) -> None:
    rows = pa.table({"x": values})
    table = table_of(tmp_path, rows)
    assert table.columns[0].personal is personal
    assert bool(meaning.personal_columns(rows)) is personal
    shown = repr(hidden_table(table).columns[0].top)
    assert any(str(word) in shown for word in ("mail.org", "Smith", "345-67", "1234567")) is False


def test_a_value_that_only_begins_like_json_is_a_text(tmp_path: Path) -> None:
    values = ["{not json} ann@mail.example.org", "[" * 5_000, "{}", "[1]"]
    assert column_of(tmp_path, pa.table({"x": values})).personal


def test_ids_of_sixteen_digits_are_no_cards(tmp_path: Path) -> None:
    made = random.Random(3)
    ids = [4_000_000_000_000_000 + made.randrange(10**15) for _ in range(3_000)]
    assert column_of(tmp_path, pa.table({"x": ids})).meanings == ()


@pytest.mark.parametrize("name", ["x", "address"])
def test_long_texts_without_a_blank_are_looked_at_in_time(tmp_path: Path, name: str) -> None:
    """The pattern of a postal address took a time by the square of their length."""
    values = ["x" * 200_000 + str(number) for number in range(20)]
    assert table_of(tmp_path, pa.table({name: values})).columns[0].meanings == ()


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("12 Baker Street", True),
        ("Hauptstr. 5", True),
        ("1\nа", True),
        ("a\n 1", True),
        ("a 1", True),
        ("1 a", True),
        ("a1", False),
        ("a b", False),
        ("1 2", False),
        (" a1", False),
        ("a1 ", False),
        ("", False),
    ],
)
def test_an_address_has_a_word_and_a_number_apart(text: str, fits: bool) -> None:
    (address,) = [kind for kind in meaning.KINDS if kind.name == "address"]
    assert address.passes(text) is fits
    assert duckdb.execute("SELECT regexp_full_match(?, ?)", [text, address.pattern]).fetchall() == [(fits,)]
