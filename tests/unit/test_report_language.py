"""A report speaks the reader's language down to its digits, its charts and the comments of its DDL."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

import reports
from core.ddl import make
from core.models.profile import Profile
from core.models.report import Chart, Section, TableBlock
from core.task import Task
from core.words import msg, say
from reports.formats import text
from tests.unit.profile_landing import land, profiled
from tests.unit.report_documents import NOW, bare

ROWS = """
SELECT i AS id, 1995 + i % 20 AS year, NULL::INTEGER AS nothing, if(i % 2 = 0, NULL, i % 7 / 4) AS share, 1000000 + i % 3 * 1000 AS pay,
       TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS at
FROM range(12000) AS t(i)
"""


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> Profile:
    return profiled({"t": land(tmp_path_factory.mktemp("landed"), "t", ROWS)})


def made(profile: Profile, format: str, lang: str, folder: Path) -> bytes:
    design = make(profile, Task(), prove=False, folder=folder)
    return reports.render(reports.analysis("p", profile, None, design, (), NOW), format, lang)


def read(data: bytes, format: str) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages) if format == "pdf" else data.decode()


@pytest.mark.parametrize("format", ["html", "md", "pdf"])
def test_numbers_have_narrow_spaces_and_decimal_commas_in_russian(format, profile, tmp_path):
    said = read(made(profile, format, "ru", tmp_path), format)
    assert "12\u202f000" in said
    assert "12,000" not in said
    assert "0,25" in said
    assert "12,000" in read(made(profile, format, "en", tmp_path), format)


def test_the_json_holds_numbers_and_not_texts(profile, tmp_path):
    found = json.loads(made(profile, "json", "ru", tmp_path))
    cells = [cell for section in _sections(found) for block in section["blocks"] if block["block"] == "table" for row in block["rows"] for cell in row]  # fmt: skip
    assert 12000 in cells
    assert not [cell for cell in cells if isinstance(cell, str) and re.fullmatch(r"\d{1,3}([\u00a0\u202f]\d{3})+", cell)]


def _sections(found):
    for section in found["sections"]:
        yield section
        yield from _sections(section)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("format", ["html", "md", "pdf"])
def test_years_are_not_grouped_and_no_value_is_none(format, lang, profile, tmp_path):
    said = read(made(profile, format, lang, tmp_path), format)
    assert profile.table("t").column("year").years
    assert not re.search("(?<![0-9])(1,99|2,00|2,01|1[\u00a0\u202f]99|2[\u00a0\u202f]0[01])[0-9]", said)
    assert not re.search(r"\bNone\b", re.sub("None of the", "", said))


@pytest.mark.parametrize("format", reports.FORMATS)
def test_comments_of_the_ddl_are_said_in_the_readers_language(format, profile, tmp_path):
    said = "".join(read(made(profile, format, "ru", tmp_path), format).split())
    column = "never null"
    assert "".join(say(msg("never null"), "ru").split()) in said
    assert "".join(column.split()) not in said
    assert "nevernull" in "".join(read(made(profile, format, "en", tmp_path), format).split())


def test_a_script_is_english_in_the_facts_and_says_the_same_in_russian(profile, tmp_path):
    design = make(profile, Task(), prove=False, folder=tmp_path)
    for dialect in design.dialects:
        english, russian = design.script(dialect), design.script(dialect, "ru")
        assert re.sub("'[^']*'", "''", english) == re.sub("'[^']*'", "''", russian)
        assert "never null" in english
        assert "never null" not in russian


def test_a_chart_has_the_readers_digits():
    chart = Chart("hbar", msg("C"), ("a",), ((msg("S"), (12345.5,)),))
    from dataclasses import replace

    document = replace(bare(), sections=(Section("s", msg("S"), (chart,)),), appendix=())
    for format in ("html", "md", "pdf"):
        assert "12\u202f345,5" in read(reports.render(document, format, "ru"), format)


def test_a_short_line_of_prose_does_not_stand_out_among_long_ones():
    prose = TableBlock(
        msg("Ranking"), (msg("A"),), ((msg("A role that takes more than forty-four letters to say"),), (msg("Short"),))
    )
    names = TableBlock(msg("Columns"), (msg("A"),), (("id",), ("name",)))
    assert not text.named(prose, "en")
    assert text.named(names, "en")
    from dataclasses import replace

    document = replace(bare(), sections=(Section("s", msg("S"), (prose,)),), appendix=())
    fonts: dict[str, str] = {}

    def seen(part, _cm, _tm, font, _size):
        if font:
            fonts.update(dict.fromkeys(part.split(), font["/BaseFont"]))

    for page in pypdf.PdfReader(BytesIO(reports.render(document, "pdf", "en"))).pages:
        page.extract_text(visitor_text=seen)
    assert fonts["Short"] == fonts["role"]
    assert "Bold" not in fonts["Short"]
