"""Each rule about the data, on data that calls for it and on data that does not."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import duckdb
import pypdf
import pytest
import sqlglot

import reports
from connectors.csv import Csv
from core.models.profile import Profile
from core.models.source import Refusal
from core.profile import counted
from core.task import Task
from core.words import say
from reports import FORMATS, masks
from reports.data_analysis.findings import Finding
from reports.data_analysis.known import Known
from tests.unit.profile_landing import land, profiled
from tests.unit.report_documents import NOW


@pytest.fixture
def found(tmp_path):
    """The findings about tables given as queries, and the profile behind them."""

    def find(**tables: str) -> list[Finding]:
        return of(profiled({name: land(tmp_path, name, query) for name, query in tables.items()}))

    return find


def of(profile: Profile) -> list[Finding]:
    return list(Known("Test", profile, None, None, (), NOW).findings)


def texts(findings: list[Finding], rule: str) -> list[str]:
    return [say(finding.text) for finding in findings if finding.rule == rule]


GOOD = "SELECT i AS id, i % 7 AS size, DATE '2026-01-01' + (i % 300)::INTEGER AS day FROM range(900) AS t(i)"


def test_sound_data_gives_no_finding(found):
    assert found(good=GOOD) == []


def test_no_rows(found):
    findings = found(t="SELECT 1 AS a WHERE false")
    assert texts(findings, "no_rows") == ["t has no rows: nothing is known of its columns but their names"]


def test_no_key_and_duplicate_rows(found):
    findings = found(t="SELECT i // 2 AS a, 'x' || (i // 2) AS b FROM range(100) AS t(i)")
    assert texts(findings, "no_key") == ["t has no key: no small set of columns tells its rows apart"]
    assert texts(findings, "duplicate_rows") == ["50 rows of t repeat an earlier row in every column"]
    assert {finding.level for finding in findings} == {"serious"}


def test_orphans(found):
    parents = "SELECT i AS city_id, 'City ' || i AS name FROM range(100) AS t(i)"
    findings = found(city=parents, visit="SELECT i AS visit_id, i % 104 AS city_id FROM range(1040) AS t(i)")
    assert texts(findings, "orphans") == ["40 rows of visit have no match in city by city_id"]
    assert next(one for one in findings if one.rule == "orphans").level == "warning"


def test_gaps_in_time(found):
    query = "SELECT i AS id, DATE '2025-01-01' + (i + if(i > 300, 150, 0))::INTEGER AS day FROM range(600) AS t(i)"
    assert [text[:17] for text in texts(found(t=query), "gaps_in_time")] == ["t.day: no rows fr"]


def test_empty_columns(found):
    findings = found(t="SELECT i AS id, NULL::INTEGER AS nothing FROM range(50) AS t(i)")
    assert texts(findings, "empty_columns") == ["t.nothing is empty in every row"]
    assert not texts(findings, "mostly_empty")


def test_mostly_empty(found):
    findings = found(t="SELECT i AS id, if(i % 4 = 0, i % 9, NULL) AS seldom FROM range(400) AS t(i)")
    assert texts(findings, "mostly_empty") == ["t.seldom is empty in 75 % of the rows"]


def test_constant_columns(found):
    findings = found(t="SELECT i AS id, 'same' AS one FROM range(50) AS t(i)")
    assert texts(findings, "constant_columns") == ["t.one holds the same value in every filled row"]


@pytest.mark.parametrize("word", ["NA", "n/a", "null", " - ", "?", "нет данных"])
def test_placeholders(found, word):
    findings = found(t=f"SELECT i AS id, if(i % 10 = 0, '{word}', 'v' || i % 30) AS code FROM range(300) AS t(i)")  # noqa: S608
    assert texts(findings, "placeholders") == [f"t.code: 30 rows hold {word} where they mean no value"]


def test_a_number_is_no_placeholder(found):
    assert not texts(found(t="SELECT i AS id, 0 AS zero FROM range(300) AS t(i)"), "placeholders")


def test_far_extremes(found):
    findings = found(t="SELECT i AS id, if(i = 5, 9999.0, i % 50 / 10) AS speed FROM range(1000) AS t(i)")
    assert texts(findings, "far_extremes") == [
        "t.speed: the largest value 9,999 lies far from all others; 99 of 100 are at most 4.9"
    ]


def test_many_outliers(found):
    findings = found(t="SELECT i AS id, if(i % 8 = 0, 60 + i % 3, i % 5) AS delay FROM range(800) AS t(i)")
    assert texts(findings, "many_outliers") == ["t.delay: 100 values lie outside Tukey's fences"]


def test_future_times(found):
    findings = found(t="SELECT i AS id, DATE '2026-11-20' + (i % 30)::INTEGER AS day FROM range(300) AS t(i)")
    assert texts(findings, "future_times") == ["t.day: the latest value 2026-12-19 lies in the future"]


def test_refused_types(tmp_path):
    taken = profiled({"t": land(tmp_path, "t", "SELECT 'a' || i AS code FROM range(9) AS t(i)")})
    table = taken.table("t")
    columns = (replace(table.columns[0], refused=Refusal("BIGINT", 4, "12-B")),)
    findings = of(replace(taken, tables=(replace(table, columns=columns),)))
    assert texts(findings, "refused_types") == [
        "t.code stays VARCHAR: row 4 holds a value of the form 99-A (9 is any digit, a or A any letter), which does not fit BIGINT"
    ]


def test_a_refused_word_that_hides_nobody_is_told_as_it_is(tmp_path):
    findings = of(rejected(tmp_path, "n,x\r\n" + "".join(f"{n},{n}\r\n" for n in range(3)) + '3,"NaN "\r\n'))
    assert [text for text in texts(findings, "refused_types") if "of the form" in text] == []
    assert "holds NaN" in " ".join(texts(findings, "refused_types"))


def test_nearly_unique(found):
    findings = found(t="SELECT if(i < 5, i + 5, i) AS order_no, i % 400 AS customer, i * 0.5 AS amount FROM range(2000) AS t(i)")
    assert texts(findings, "nearly_unique") == [
        "t.order_no would tell all rows apart but for 5 rows that repeat a value of an earlier one"
    ]
    assert "nearly_unique" not in {one.rule for one in found(t="SELECT i // 2 AS order_no, i AS n FROM range(2000) AS t(i)")}
    assert "nearly_unique" not in {one.rule for one in found(t="SELECT if(i < 5, 9, i) AS size, i AS n FROM range(2000) AS t(i)")}


def test_many_columns_of_one_kind_are_counted_after_the_first(found):
    empty = ", ".join(f"NULL::INTEGER AS e{place}" for place in range(12))
    said = texts(found(t=f"SELECT i AS id, {empty} FROM range(20) AS t(i)"), "empty_columns")  # noqa: S608
    assert len(said) == 6
    assert said[-1] == "t: 7 more columns of the same kind (are empty in every row): e5, e6, e7, e8, e9, e10 and others"


def test_the_weightiest_come_first_and_each_says_what_to_do(found):
    query = "SELECT i // 2 AS a, 'same' AS b, if(i % 9 = 0, 'NA', 'x') AS c FROM range(90) AS t(i)"
    findings = found(t=query)
    order = ["serious", "warning", "info"]
    levels = [order.index(finding.level) for finding in findings]
    assert levels == sorted(levels)
    assert set(levels) == {0, 1, 2}
    assert all(say(finding.remedy) for finding in findings)


def rejected(folder, content: str) -> Profile:
    """A CSV as a table `t`."""
    (folder / "landed").mkdir()
    file = folder / "t.csv"
    file.write_bytes(content.encode())
    with Csv({"path": str(file)}) as source:
        return profiled({"t": source.land((file.name,), folder / "landed", Task())})


def test_rows_not_placed(tmp_path):
    rows = "".join(f"{n},Oslo\r\n" if n % 10 else f"{n},Ivanov,+7 916\r\n" for n in range(1, 101))
    (finding,) = [one for one in of(rejected(tmp_path, "id,city\r\n" + rows)) if one.rule == "rows_not_placed"]
    assert finding.level == "serious"
    assert say(finding.text) == (
        "10 rows of the source of t could not be placed (10 % of all) and are in no figure. First: "
        "line 11, of the form 99,Aaaaaa,+9 999 (it has 3 cells where 2 are expected); line 21, of the form 99,Aaaaaa,+9 999 (it has 3 cells where 2 are expected); "
        "line 31, of the form 99,Aaaaaa,+9 999 (it has 3 cells where 2 are expected)"
    )
    assert "Connect step" in say(finding.remedy)
    assert finding.queries


def _pdf(data: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)


@pytest.mark.parametrize(("format", "lang"), [(format, lang) for format in FORMATS for lang in ("en", "ru")])
def test_every_format_tells_of_rows_that_were_not_placed(format, lang, tmp_path):
    profile = rejected(tmp_path, "id,city\r\n1,Oslo\r\n2\r\n3,Rome\r\n")
    data = reports.render(reports.analysis("p", profile, None, None, (), NOW), format, lang)
    text = " ".join((_pdf(data) if format == "pdf" else re.sub("<[^>]+>", "", data.decode())).split())
    if lang == "en":
        assert "1 row of the source of t could not be placed" in text
    assert ("33,33" if lang == "ru" else "33.33") in text


@pytest.mark.parametrize(("cell", "shown"), [
    ("0123", "0999"), ("-012", "-099"), ("000", "000"), ("1.50", "9.90"), ("-0", "-0"), ("NaN", "NaN"), ("007-x", "009-a"),
    ("Ivanov 4509", "Aaaaaa 9999"), ("4" * 39, "9" * 39),
])  # fmt: skip
def test_the_mask_of_a_refused_cell_keeps_the_reason(cell, shown):
    assert masks.refused(cell) == shown


def test_a_refused_cell_is_told_with_its_line_in_the_file(tmp_path):
    findings = of(rejected(tmp_path, "code,n\r\n12,1\r\n34\r\n56,2\r\n078,3\r\n"))
    assert texts(findings, "refused_types") == [
        "t.code stays VARCHAR: line 5 of the file holds a value of the form 099 (9 is any digit, a or A any letter), "
        "which does not fit BIGINT"
    ]


@pytest.mark.parametrize("around", ["{}", " {}", "{} ", "\t{}\n", "{}" + " " * 60, " " * 60 + "{}\r"])
@pytest.mark.parametrize("word", [*counted.PLACEHOLDERS, "NULL", "Н/Д", "НЕТ ДАННЫХ"])
def test_a_placeholder_is_known_in_any_case_and_with_blanks_around_it(word, around):
    (query,) = sqlglot.parse(counted.placeholders("given"), dialect="duckdb")
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE given AS SELECT unnest($texts) AS v, 1 AS n", {"texts": [around.format(word), "x " + word + "x"]}
        )
        assert connection.execute(query.sql("duckdb")).fetchall() == [(around.format(word), 1)]


@pytest.mark.parametrize(
    "text", ["---", "nullnull", "na na", "нет  данных", "null()", "n", "\\", "??", "nil\u00a0", "nul\nl", "x"]
)
def test_what_only_resembles_a_placeholder_is_none(text):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE given AS SELECT unnest($texts) AS v, 1 AS n", {"texts": [text, "null"]})
        assert connection.execute(counted.placeholders("given")).fetchall() == [("null", 1)]


def test_placeholders_are_counted_over_all_rows_however_rare_and_however_many_values(tmp_path):
    query = "SELECT i AS id, CASE i % 1000 WHEN 1 THEN 'NA' WHEN 2 THEN '' WHEN 3 THEN ' null' ELSE 'v' || i END AS code FROM range(30000) AS t(i)"  # fmt: skip
    profile = profiled({"t": land(tmp_path, "t", query)})
    assert {(top.value, top.count) for top in profile.table("t").column("code").placeholders} == {
        ("NA", 30),
        ("", 30),
        (" null", 30),
    }
    assert texts(of(profile), "placeholders") == ['t.code: 90 rows hold "",  null, NA where they mean no value']


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("Report of May\n\nid,n\n1,2\n2,3\n", "lines_left_out", "data was read without 2 lines above the table of its source"),
        ("id,n\n1,2\n# later\n2,3\n", "lines_left_out", "data was read without 1 line that is a comment of its source"),
        (
            "id,имя\n1,Казань\n2,Пермь\n",
            "encoding_guessed",
            "data is not in Unicode and was read as cp1251",
        ),
    ],
)
def test_what_was_guessed_of_a_file_is_told(tmp_path, text, rule, said):
    file = tmp_path / "data.csv"
    file.write_bytes(text.encode("cp1251"))
    (tmp_path / "l").mkdir()
    with Csv({"path": str(file)}) as source:
        landed = source.land((file.name,), tmp_path / "l", Task())
    assert texts(of(profiled({"data": landed})), rule) == [said]


def test_a_plain_file_is_read_without_a_word(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("id,имя\n1,Казань\n2,Пермь\n")
    (tmp_path / "l").mkdir()
    with Csv({"path": str(file)}) as source:
        landed = source.land((file.name,), tmp_path / "l", Task())
    assert not {"lines_left_out", "encoding_guessed"} & {one.rule for one in of(profiled({"data": landed}))}
