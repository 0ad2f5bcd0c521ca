"""Personal data is masked wherever it is shown, until a person says otherwise."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.main import main
from core.models.privacy import HIDDEN, mask
from core.task import Task
from core.workbench import Workbench, advice, connect, ddl, privacy, profile, report

ROWS = 300


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A CSV whose e-mails, telephones and names come again and again, as those of customers do."""
    made = random.Random(4)
    lines = ["id,mail,mobile,full_name,city"]
    for number in range(ROWS):
        one = number % 20
        name = f"{made.choice(['Ivanova', 'Orlova', 'Katz', 'Smith'])} {made.choice(['Anna', 'Olga', 'Mary'])}"
        lines.append(f"{number},user{one}@secret.example.org,+7 916 555-{one:02}-{one:02},{name},{made.choice(['Omsk', 'Perm'])}")
    file = tmp_path / "people.csv"
    file.write_text("\n".join(lines))
    return file


@pytest.fixture
def opened(people: Path, tmp_path: Path) -> Iterator[tuple[Workbench, str]]:
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("people").id
        connect.land(wb, project, connect.sources_of(str(people))[0], Task())
        profile.take(wb, project, Task())
        advice.make(wb, project)
        ddl.take(wb, project, Task(), prove=False)
        yield wb, project


def test_no_personal_value_is_in_a_report_or_a_definition(opened: tuple[Workbench, str]) -> None:
    wb, project = opened
    texts = [report.render(wb, project, format, lang).decode() for format in ("html", "md", "json") for lang in ("en", "ru")]
    texts += [ddl.latest(wb, project).script(dialect) for dialect in ddl.DIALECTS]
    for text in texts:
        for value in ("secret.example", "555-", "Ivanova", "Orlova", "Anna"):
            assert value not in text


def test_rows_are_masked_until_the_values_are_asked_for(opened: tuple[Workbench, str]) -> None:
    wb, project = opened
    (table,) = connect.tables(wb, project)
    rows = connect.rows(wb, table.id, 0, 10)
    names = privacy.personal(wb, project, rows, table.name)
    assert names == {"mail", "mobile", "full_name"}
    masked = privacy.masked(rows, names)
    assert masked.column("city").equals(rows.column("city"))
    assert not set(masked.column("mail").to_pylist()) & set(rows.column("mail").to_pylist())
    privacy.reveal(wb, project, table.name, ("mail",), True)
    assert privacy.personal(wb, project, rows, table.name) == {"mobile", "full_name"}
    privacy.reveal(wb, project, table.name, ("mail",), False)
    assert privacy.personal(wb, project, rows, table.name) == names


def test_the_profile_that_is_shown_has_masks_and_the_kept_one_has_values(opened: tuple[Workbench, str]) -> None:
    wb, project = opened
    kept = profile.current(wb, project)
    shown = privacy.shown(wb, project, kept).table("people").column("mail")
    assert kept.table("people").column("mail").low == "user0@secret.example.org"
    assert shown.low == mask("user0@secret.example.org")
    assert HIDDEN in shown.top[0].value
    assert shown.distinct == kept.table("people").column("mail").distinct


def test_rows_that_no_profile_was_taken_of_are_masked_by_what_they_hold(tmp_path: Path) -> None:
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("none").id
        rows = pa.table({"contact": [f"a{number}@example.org" for number in range(20)], "n": range(20)})
        assert privacy.personal(wb, project, rows) == {"contact"}


def test_the_command_line_writes_masks_and_reveals_by_name(people: Path, tmp_path: Path, capsys) -> None:
    file = tmp_path / "profile.json"
    assert main(["profile", str(people), "--json", str(file)]) == 0
    assert "secret.example" not in file.read_text() + capsys.readouterr().out
    assert main(["profile", str(people), "--json", str(file), "--reveal", "people.mail"]) == 0
    assert "user0@secret.example.org" in file.read_text()
    assert "Ivanova" not in file.read_text()
    columns = json.loads(file.read_text())["tables"][0]["columns"]
    assert {column["name"]: [one["kind"] for one in column["meanings"]] for column in columns}["mobile"] == ["phone"]


def test_a_column_to_reveal_that_is_not_there_names_the_nearest(people: Path, capsys) -> None:
    assert main(["profile", str(people), "--reveal", "people.mial"]) == 2
    assert "people.mail" in capsys.readouterr().err


@given(st.text(alphabet=string.ascii_letters + string.digits + "@.- ", max_size=30))
def test_a_mask_keeps_the_shape_and_shows_at_most_a_quarter(value: str) -> None:
    masked = mask(value)
    assert len(masked) == len(value)
    letters = [place for place, sign in enumerate(value) if sign.isalnum()]
    assert all(masked[place] == sign for place, sign in enumerate(value) if place not in letters)
    assert 4 * sum(masked[place] != HIDDEN for place in letters) <= len(letters)
