"""What of the data may leave the machine in a report: no path, no value that may name a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import reports
from core import ddl
from core.models import privacy
from core.models.profile import Profile
from core.models.source import Refusal
from core.task import Task
from reports import masks, sql
from tests.unit.profile_landing import land, profiled
from tests.unit.report_documents import NOW, document, sample

PEOPLE = """
SELECT i AS id, 'person' || i || '@example.org' AS email, 79160000000 + i AS phone,
       '+7 (916) 000-' || lpad((i % 100)::VARCHAR, 2, '0') || '-' || lpad((i // 100)::VARCHAR, 2, '0') AS phone_text,
       ['north', 'south', 'east'][i % 3 + 1] AS region, if(i = 7, 'Rare Value', 'usual') AS kind,
       500000000000 + i * 7 AS inn, 79260000000 + i % 20 AS client, '+7 926 000-00-' || lpad((i % 20)::VARCHAR, 2, '0') AS client_text,
       'client' || (i % 20) || '@example.org' AS client_mail, (i * 37 % 1000)::DOUBLE / 10 AS height
FROM range(400) AS t(i)
"""


@pytest.fixture
def people(tmp_path) -> Profile:
    from dataclasses import replace

    taken = profiled({"people": land(tmp_path, "people", PEOPLE)})
    table = taken.table("people")
    refused = Refusal("BIGINT", 12, "Ivanov 4509 123456")
    columns = tuple(replace(column, refused=refused) if column.name == "email" else column for column in table.columns)
    return replace(taken, tables=(replace(table, columns=columns),))


def _formats(profile: Profile, folder: Path) -> str:
    design = ddl.make(profile, Task(), prove=False, folder=folder / "engines")
    made = reports.analysis("People", profile, None, design, (), NOW)
    return "".join(reports.render(made, format, "en").decode() for format in ("html", "md", "json"))


def test_values_that_may_name_a_person_are_in_no_format(people, tmp_path):
    text = _formats(people, tmp_path)
    for value in (
        "person0@",
        "person399@",
        "79160000",
        "+7 (916)",
        "500000000",
        "79260000",
        "+7 926 000-00",
        "client1@",
        "Ivanov",
        "4509 123456",
        "Rare Value",
    ):
        assert value not in text, value


def test_a_refused_cell_is_shown_as_a_mask(people, tmp_path):
    assert "Aaaaaa 9999 999999" in _formats(people, tmp_path)


def test_categories_and_measures_are_shown(people, tmp_path):
    text = _formats(people, tmp_path)
    assert "north" in text
    assert "99.9" in text


def test_categories_have_few_values_each_held_by_several_rows(people):
    columns = {column.name: column for column in people.table("people").columns}
    assert privacy.categorical(columns["region"])
    assert not privacy.categorical(columns["email"])
    assert [top.value for top in privacy.values(columns["kind"])] == ["usual"]
    assert privacy.extremes(columns["height"]) == ("0.0", "99.9")
    assert privacy.extremes(columns["id"]) == ("0", "399")
    assert privacy.extremes(columns["inn"]) is None
    assert privacy.extremes(columns["email"]) is None


def test_a_mask_keeps_the_shape_and_nothing_else():
    assert masks.mask("Иванов-7 x") == "Аааааа-9 a".replace("А", "A").replace("а", "a")
    assert masks.mask("8 (916) 123-45-67") == "9 (999) 999-99-99"
    assert masks.mask("a" * 1000) == "a" * 12
    assert len(masks.mask("a-" * 1000)) == masks.MASK_LIMIT + 1


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("SELECT 1 FROM \"t\" WHERE a = 'O''Neil 7'", "SELECT 1 FROM \"t\" WHERE a = 'A''Aaaa 9'"),
        ("SELECT 1 FROM t WHERE d >= '2013-05-01 00:00:00'", "SELECT 1 FROM t WHERE d >= '2013-05-01 00:00:00'"),
        ("SELECT 1 FROM t WHERE p = 79161234567 AND n = 12", "SELECT 1 FROM t WHERE p = 99999999999 AND n = 12"),
    ],
)
def test_values_in_the_questions_of_a_proof_are_masked(asked, shown):
    assert masks.masked(asked, "postgres") == shown


def test_the_question_of_a_proof_is_masked_in_the_appendix():
    entry = next(entry for entry in document().appendix if "flights_tailnum" in str(entry.about))
    assert "N14228" not in entry.sql
    assert "'A99999'" in entry.sql


@pytest.mark.parametrize("format", ["html", "md", "json"])
def test_no_path_of_this_machine_is_in_a_report(format):
    text = reports.render(document(), format, "en").decode()
    for files in dict(sample().files).values():
        for file in files:
            assert file not in text
            assert file.rsplit("/", 2)[0] not in text
    assert "/tmp/" not in text
    assert "/home/" not in text
    assert "late.csv" in text


def test_the_json_names_no_file_of_the_workspace():
    appendix = json.loads(reports.render(document(), "json", "en"))["appendix"]
    assert not [entry for entry in appendix if "READ_PARQUET" in entry["sql"].upper() and entry["source"] == "sql"]


# Rewriting


def _names(**files: tuple[str, ...]) -> sql.Names:
    return sql.Names(Profile((), (), NOW, 0.0, tuple(files.items())))


def test_file_lists_become_the_names_of_their_tables():
    names = _names(flights=("/w/a.parquet", "/w/b's.parquet"), airlines=("/w/c.parquet",))
    asked = "SELECT * FROM READ_PARQUET(['/w/a.parquet', '/w/b''s.parquet']) AS x, (SELECT 1 FROM read_parquet(['/w/c.parquet']))"
    assert names(asked) == 'SELECT * FROM "flights" AS x, (SELECT 1 FROM "airlines")'


def test_a_list_over_several_lines_is_found_and_a_text_that_looks_like_one_is_not():
    names = _names(t=("/w/a.parquet", "/w/b.parquet"))
    asked = (
        "SELECT 'READ_PARQUET(x' AS \"read_parquet\"\nFROM READ_PARQUET(\n  [\n    '/w/a.parquet',\n    '/w/b.parquet'\n  ]\n)"
    )
    assert names(asked) == 'SELECT \'READ_PARQUET(x\' AS "read_parquet"\nFROM "t"'


def test_a_file_of_no_table_loses_its_folder():
    assert _names()("SELECT * FROM READ_PARQUET(['/home/me/x.parquet'])") == "SELECT * FROM READ_PARQUET(['x.parquet'])"
    assert sql.file_name("C:\\Users\\me\\out.csv") == "out.csv"
    assert sql.file_name("16 rows in public.late at db:5432/shop") == "16 rows in public.late at db:5432/shop"


def test_a_table_of_any_name_is_quoted():
    assert _names(**{'a"b': ("/w/a.parquet",)})("FROM READ_PARQUET(['/w/a.parquet'])") == 'FROM "a""b"'
