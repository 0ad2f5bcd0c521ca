"""Databases with known keys, made from a seed: what the discovery of keys is scored on, by the tests and by `bench/keys.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

Relation = tuple[str, tuple[str, ...], str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables, their primary keys, and the foreign keys between them."""

    tables: dict[str, pa.Table]
    primary: dict[str, tuple[str, ...]]
    foreign: frozenset[Relation]

    def nameless(self) -> Schema:
        """The same rows in tables `t1`, `t2`, … with columns `c1`, `c2`, …: nothing is told by a name."""
        tables = {name: f"t{place}" for place, name in enumerate(self.tables, 1)}
        columns = {
            name: {column: f"c{place}" for place, column in enumerate(table.column_names, 1)}
            for name, table in self.tables.items()
        }

        def renamed(table: str, names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(columns[table][name] for name in names)

        return Schema(
            {tables[name]: table.rename_columns(list(columns[name].values())) for name, table in self.tables.items()},
            {tables[name]: renamed(name, key) for name, key in self.primary.items()},
            frozenset(
                (tables[child], renamed(child, key), tables[parent], renamed(parent, other))
                for child, key, parent, other in self.foreign
            ),
        )


def _names(made: np.random.Generator, count: int, word: str) -> list[str]:
    return [f"{word} {number}" for number in made.permutation(count * 3)[:count]]


def university() -> Schema:
    """A junction table with a key of three columns, an employee's manager, a room in a building."""
    made = np.random.default_rng(21)
    buildings, rooms, staff, students, courses = 12, 150, 220, 2_500, 180
    room = [(int(number % buildings) + 1, 100 + number // buildings) for number in range(rooms)]
    managers = [None, *(int(made.integers(1, max(2, number))) for number in range(1, staff))]
    taken = {
        (int(made.integers(1, students + 1)), int(made.integers(1, courses + 1)), int(made.integers(2019, 2025)))
        for _ in range(14_000)
    }
    places = [room[int(made.integers(rooms))] for _ in range(courses)]
    enrolled = sorted(taken)
    tables = {
        "building": pa.table({"building_id": range(1, buildings + 1), "title": _names(made, buildings, "House"), "floors": made.integers(1, 9, buildings)}),
        "room": pa.table({"building_id": [one for one, _ in room], "room_no": [two for _, two in room], "seats": made.integers(10, 300, rooms)}),
        "employee": pa.table({"employee_id": range(1, staff + 1), "manager_id": pa.array(managers, pa.int64()), "full_name": _names(made, staff, "Person"), "salary": made.integers(30_000, 99_000, staff)}),
        "student": pa.table({"student_id": range(1, students + 1), "student_name": _names(made, students, "Student"), "born": made.integers(1990, 2006, students)}),
        "course": pa.table({"course_id": range(1, courses + 1), "teacher_id": made.integers(1, staff + 1, courses), "building_id": [one for one, _ in places], "room_no": [two for _, two in places], "credits": made.integers(1, 11, courses)}),
        "enrolment": pa.table({"student_id": [one for one, _, _ in enrolled], "course_id": [two for _, two, _ in enrolled], "year": [three for _, _, three in enrolled], "grade": made.integers(1, 6, len(enrolled))}),
    }  # fmt: skip
    primary = {
        "building": ("building_id",),
        "room": ("building_id", "room_no"),
        "employee": ("employee_id",),
        "student": ("student_id",),
        "course": ("course_id",),
        "enrolment": ("student_id", "course_id", "year"),
    }
    foreign = {
        ("room", ("building_id",), "building", ("building_id",)),
        ("employee", ("manager_id",), "employee", ("employee_id",)),
        ("course", ("teacher_id",), "employee", ("employee_id",)),
        ("course", ("building_id", "room_no"), "room", ("building_id", "room_no")),
        ("course", ("building_id",), "building", ("building_id",)),
        ("enrolment", ("student_id",), "student", ("student_id",)),
        ("enrolment", ("course_id",), "course", ("course_id",)),
    }
    return Schema(tables, primary, frozenset(foreign))


def shop() -> Schema:
    """Codes of text, lines numbered within their order, a category in a category, shipments that refer to lines."""
    made = np.random.default_rng(22)
    customers, products, orders = 3_000, 400, 9_000
    codes = [f"P-{number:05}" for number in made.permutation(99_999)[:products]]
    parents = [None, None, *(int(made.integers(1, number)) for number in range(3, 41))]
    per_order = made.integers(1, 6, orders)
    line_order = np.repeat(np.arange(1, orders + 1) + 50_000, per_order)
    line_no = np.concatenate([np.arange(1, count + 1) for count in per_order])
    shipped = np.sort(made.choice(len(line_order), 12_000, replace=False))
    tables = {
        "category": pa.table({"category_id": range(1, 41), "parent_id": pa.array(parents, pa.int64()), "title": _names(made, 40, "Category")}),
        "product": pa.table({"code": codes, "category_id": made.integers(1, 41, products), "price": np.round(made.uniform(1, 500, products), 2)}),
        "customer": pa.table({"id": np.arange(customers) + 1_000, "city": made.choice(["Omsk", "Perm", "Kazan"], customers), "age": made.integers(18, 90, customers)}),
        "orders": pa.table({"id": np.arange(1, orders + 1) + 50_000, "customer_id": made.integers(1_000, 1_000 + customers, orders), "status": made.choice(["new", "paid", "sent"], orders), "items": per_order}),
        "order_line": pa.table({"order_id": line_order, "line_no": line_no, "product_code": made.choice(codes, len(line_order)), "quantity": made.integers(1, 9, len(line_order))}),
        "shipment": pa.table({"shipment_id": np.arange(len(shipped)) + 700_001, "order_id": line_order[shipped], "line_no": line_no[shipped], "weight": np.round(made.uniform(0.1, 30, len(shipped)), 3)}),
    }  # fmt: skip
    primary = {
        "category": ("category_id",),
        "product": ("code",),
        "customer": ("id",),
        "orders": ("id",),
        "order_line": ("order_id", "line_no"),
        "shipment": ("shipment_id",),
    }
    foreign = {
        ("category", ("parent_id",), "category", ("category_id",)),
        ("product", ("category_id",), "category", ("category_id",)),
        ("orders", ("customer_id",), "customer", ("id",)),
        ("order_line", ("order_id",), "orders", ("id",)),
        ("order_line", ("product_code",), "product", ("code",)),
        ("shipment", ("order_id", "line_no"), "order_line", ("order_id", "line_no")),
        ("shipment", ("order_id",), "orders", ("id",)),
    }
    return Schema(tables, primary, frozenset(foreign))


def bank() -> Schema:
    """Two references to one table, small tables of codes whose numbers fit everywhere, a junction of two columns, balances by day."""
    made = np.random.default_rng(23)
    clients, accounts, transfers, days = 1_800, 2_600, 20_000, 20
    pairs = sorted({(int(made.integers(1, clients + 1)), int(made.integers(1, accounts + 1))) for _ in range(4_000)})
    balance = [(account, day) for account in range(1, accounts + 1, 3) for day in range(days)]
    tables = {
        "currency": pa.table({"currency_id": range(1, 6), "iso": ["EUR", "USD", "RUB", "CNY", "GBP"]}),
        "kind": pa.table({"kind_id": range(1, 9), "title": _names(made, 8, "Kind")}),
        "client": pa.table({"client_id": range(1, clients + 1), "rating": made.integers(1, 6, clients), "since": made.integers(1995, 2025, clients)}),
        "account": pa.table({"account_id": range(1, accounts + 1), "currency_id": made.integers(1, 6, accounts), "kind_id": made.integers(1, 9, accounts)}),
        "holder": pa.table({"client_id": [one for one, _ in pairs], "account_id": [two for _, two in pairs], "share": made.integers(1, 101, len(pairs))}),
        "transfer": pa.table({"transfer_id": np.arange(transfers) + 10_000_000, "from_account_id": made.integers(1, accounts + 1, transfers), "to_account_id": made.integers(1, accounts + 1, transfers), "amount": np.round(made.exponential(900, transfers), 2)}),
        "balance": pa.table({"account_id": [one for one, _ in balance], "day": pa.array([20_000 + two for _, two in balance], pa.int32()).cast(pa.date32()), "amount": np.round(made.normal(5_000, 900, len(balance)), 2)}),
    }  # fmt: skip
    primary = {
        "currency": ("currency_id",),
        "kind": ("kind_id",),
        "client": ("client_id",),
        "account": ("account_id",),
        "holder": ("client_id", "account_id"),
        "transfer": ("transfer_id",),
        "balance": ("account_id", "day"),
    }
    foreign = {
        ("account", ("currency_id",), "currency", ("currency_id",)),
        ("account", ("kind_id",), "kind", ("kind_id",)),
        ("holder", ("client_id",), "client", ("client_id",)),
        ("holder", ("account_id",), "account", ("account_id",)),
        ("transfer", ("from_account_id",), "account", ("account_id",)),
        ("transfer", ("to_account_id",), "account", ("account_id",)),
        ("balance", ("account_id",), "account", ("account_id",)),
    }
    return Schema(tables, primary, frozenset(foreign))


def hospital() -> Schema:
    """Written after the weights were set: a ward's key of two columns, a visit's lines, drugs by code, a doctor's mentor."""
    made = np.random.default_rng(24)
    wards = [(site, ward) for site in range(1, 6) for ward in range(1, int(made.integers(4, 12)))]
    doctors, patients, visits = 140, 4_000, 11_000
    mentors = [None if number < 9 or made.random() < 0.2 else int(made.integers(1, number)) for number in range(1, doctors + 1)]
    drugs = [f"{made.choice(list('ABCDEFGH'))}{number:02}X{made.integers(10, 99)}" for number in range(60)]
    stays = [wards[int(made.integers(len(wards)))] for _ in range(visits)]
    count = made.integers(0, 4, visits)
    line_visit = np.repeat(np.arange(visits) + 300_001, count)
    line_no = np.concatenate([np.arange(1, one + 1) for one in count])
    tables = {
        "site": pa.table({"site": range(1, 6), "town": _names(made, 5, "Town")}),
        "ward": pa.table({"site": [one for one, _ in wards], "ward": [two for _, two in wards], "beds": made.integers(4, 60, len(wards))}),
        "doctor": pa.table({"doctor_id": range(1, doctors + 1), "mentor_id": pa.array(mentors, pa.int64()), "grade": made.integers(1, 7, doctors)}),
        "patient": pa.table({"card_no": np.arange(patients) + 20_000, "born": made.integers(1930, 2024, patients), "blood": made.choice(["A", "B", "AB", "0"], patients)}),
        "drug": pa.table({"atc": drugs, "dose": made.integers(1, 500, 60)}),
        "visit": pa.table({"visit_id": np.arange(visits) + 300_001, "card_no": made.integers(20_000, 20_000 + patients, visits), "doctor_id": made.integers(1, doctors + 1, visits), "site": [one for one, _ in stays], "ward": [two for _, two in stays], "days": made.integers(1, 30, visits)}),
        "prescription": pa.table({"visit_id": line_visit, "line": line_no, "atc": made.choice(drugs, len(line_visit)), "times": made.integers(1, 5, len(line_visit))}),
    }  # fmt: skip
    primary = {
        "site": ("site",),
        "ward": ("site", "ward"),
        "doctor": ("doctor_id",),
        "patient": ("card_no",),
        "drug": ("atc",),
        "visit": ("visit_id",),
        "prescription": ("visit_id", "line"),
    }
    foreign = {
        ("ward", ("site",), "site", ("site",)),
        ("doctor", ("mentor_id",), "doctor", ("doctor_id",)),
        ("visit", ("card_no",), "patient", ("card_no",)),
        ("visit", ("doctor_id",), "doctor", ("doctor_id",)),
        ("visit", ("site",), "site", ("site",)),
        ("visit", ("site", "ward"), "ward", ("site", "ward")),
        ("prescription", ("visit_id",), "visit", ("visit_id",)),
        ("prescription", ("atc",), "drug", ("atc",)),
    }
    return Schema(tables, primary, frozenset(foreign))


SCHEMAS: dict[str, Callable[[], Schema]] = {"university": university, "shop": shop, "bank": bank, "hospital": hospital}


def scored(found: set, wanted: set) -> tuple[float, float, float]:
    """Precision, recall and F1 (van Rijsbergen 1979)."""
    right = len(found & wanted)
    precision, recall = right / len(found) if found else 0.0, right / len(wanted) if wanted else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0
