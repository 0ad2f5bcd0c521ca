"""The Data Analysis report: every figure names where it came from, and what came from a query comes from it again."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import duckdb
import pytest

from core.engines import duck
from core.models.report import Bullets, Callout, Cell, Chart, Code, Document, Facts, Paragraph, TableBlock
from core.words import Msg, say
from reports.data_analysis.roadmap import hours
from tests.unit.report_documents import NOW, all_sections, bare, blocks, document, figures, hostile, sample, wide

SECTIONS = ["summary", "analysis", "recommendations", "roadmap", "cost", "risks", "appendix"]
DOCUMENTS = {"whole": document, "bare": bare, "hostile": hostile, "wide": lambda: wide(200)}


def _numeric(value: Cell) -> bool:
    return bool(figures(value)) if isinstance(value, Msg) else isinstance(value, (int, float, Decimal)) and value is not None


def _unnamed(made: Document) -> list[str]:
    """Figures without an entry in the appendix, as text."""
    entries = {entry.id for entry in made.appendix}
    found: list[str] = []

    def check(said: str, ids: tuple[str, ...]) -> None:
        if not ids or not set(ids) <= entries:
            found.append(said)

    for block in blocks(made.sections):
        if isinstance(block, (Paragraph, Callout)) and figures(block.text):
            check(say(block.text), block.queries)
        elif isinstance(block, Bullets):
            queries = block.queries or ((),) * len(block.items)
            for item, ids in zip(block.items, queries, strict=True):
                if figures(item):
                    check(say(item), ids)
        elif isinstance(block, Facts):
            for fact in block.items:
                check(say(fact.label), (fact.query,))
        elif isinstance(block, TableBlock):
            assert len(block.queries) in (0, len(block.rows))
            for row, own in zip(block.rows, block.queries or ("",) * len(block.rows), strict=True):
                if any(map(_numeric, row)):
                    check(f"{say(block.title)}: {row}", tuple(filter(None, (own, block.query))))
        elif isinstance(block, Chart):
            check(say(block.title), (block.query,))
    return found


@pytest.mark.parametrize("make", DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_figure_names_an_entry_of_the_appendix(make):
    assert _unnamed(make()) == []


@pytest.mark.parametrize("make", DOCUMENTS.values(), ids=DOCUMENTS)
def test_ids_are_unique_and_say_what_kind_of_entry_it_is(make):
    entries = make().appendix
    assert len({entry.id for entry in entries}) == len(entries)
    letters = {"sql": "Q", "rule": "R", "run": "E", "assumption": "A"}
    assert all(re.fullmatch(letters[entry.source] + r"\d+", entry.id) for entry in entries)
    assert all(entry.sql for entry in entries if entry.source == "sql")


@pytest.mark.parametrize("make", DOCUMENTS.values(), ids=DOCUMENTS)
def test_no_entry_of_the_appendix_is_there_for_nothing(make):
    from reports.formats.shown import ids

    made = make()
    assert {entry.id for entry in made.appendix} == set(filter(None, ids(made.sections)))


@pytest.mark.parametrize("make", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_sections_stand_in_order_and_none_is_empty(make):
    made = make()
    assert [section.id for section in made.sections] == SECTIONS
    for section in all_sections(made.sections):
        assert section.blocks or section.sections, section.id
    names = [section.id for section in all_sections(made.sections)]
    assert len(set(names)) == len(names)


# The queries, run again on the landed files under the names of the tables


@cache
def _views() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, files in sample().files:
        duck.view(connection, name, files)
    return connection


@cache
def _results(sql: str) -> tuple[tuple[str, ...], tuple[tuple, ...]]:
    rows = _views().execute(sql)
    return tuple(column[0] for column in rows.description), tuple(rows.fetchall())


def _values(sql: str) -> set[float | str]:
    """Every value of the result, numbers and texts, and what follows from them: empty rows, shares."""
    names, rows = _results(sql)
    found: set[float | str] = set()
    for row in rows:
        for value in row:
            for one in value if isinstance(value, list) else [value]:
                found.add(float(one) if isinstance(one, (int, float, Decimal)) else str(one))
    first = dict(zip(names, rows[0], strict=True)) if rows else {}
    if {"rows", "filled"} <= first.keys():
        empty = first["rows"] - first["filled"]
        found |= {float(empty), round(100 * empty / first["rows"], 2)}
    if {"rows", "orphans"} <= first.keys():
        found.add(round(100 * (1 - first["orphans"] / first["rows"]), 2))
    if "nulls" in first and len(rows) == 1:
        found.add(float(first["nulls"]))
    return found


def _holds(values: set[float | str], figure: float) -> bool:
    near = max(1e-9 * abs(figure), 1e-12)
    return any(isinstance(value, float) and abs(value - figure) <= near for value in values)


def _sql(made: Document) -> dict[str, str]:
    return {entry.id: entry.sql for entry in made.appendix if entry.source == "sql"}


def test_every_query_of_the_appendix_runs_on_views_of_the_tables():
    for sql in _sql(document()).values():
        _, rows = _results(sql)
        assert rows, sql


def test_figures_shown_large_come_from_their_queries_again():
    sql, checked = _sql(document()), 0
    for block in blocks(document().sections):
        for fact in block.items if isinstance(block, Facts) else ():
            if fact.query in sql and not isinstance(fact.value, Msg):
                assert _holds(_values(sql[fact.query]), float(fact.value)), (fact, sql[fact.query])
                checked += 1
    assert checked >= 17


def test_empty_cells_of_a_table_come_from_their_query_again():
    sql, checked = _sql(document()), 0
    for section in all_sections(document().sections):
        facts = [fact for block in section.blocks if isinstance(block, Facts) for fact in block.items]
        shares = [fact for fact in facts if fact.query in sql and say(fact.label) == "Empty cells"]
        for fact in shares:
            names, rows = _results(sql[fact.query])
            table = sample().table(say(section.title))
            share = 100 * rows[0][names.index("nulls")] / (table.rows * len(table.columns))
            assert figures(fact.value) == [pytest.approx(share, abs=0.005)]
            checked += 1
    assert checked == 5


def test_every_row_of_a_table_comes_from_its_query_again():
    sql, checked = _sql(document()), 0
    for block in blocks(document().sections):
        if not isinstance(block, TableBlock) or say(block.title) in ("Steps in order", "Tables"):
            continue
        for row, query in zip(block.rows, block.queries, strict=False):
            if query in sql:
                values = _values(sql[query])
                for cell in row[1:]:
                    for figure in _figures_of(cell, block):
                        assert _holds(values, figure), (say(block.title), row, figure, sql[query])
                        checked += 1
    assert checked > 400


def _figures_of(cell: Cell, block: TableBlock) -> list[float]:
    """The figures that a row's own query gives; a confidence is the work of a rule."""
    if say(block.title) == "Relations" and isinstance(cell, float):
        return []
    if isinstance(cell, Msg):
        return [float(figure) for figure in figures(cell)]
    return [float(cell)] if isinstance(cell, (int, float, Decimal)) else []


def test_rows_of_the_tables_come_from_their_queries_again():
    sql = _sql(document())
    table = next(block for block in blocks(document().sections) if isinstance(block, TableBlock) and say(block.title) == "Tables")
    assert len(table.rows) == 5
    for row, query in zip(table.rows, table.queries, strict=True):
        assert _results(sql[query])[1] == ((row[1],),)


def test_charts_come_from_their_queries_again():
    sql, checked = _sql(document()), 0
    for block in blocks(document().sections):
        if isinstance(block, Chart) and block.query in sql:
            values = _values(sql[block.query])
            for figure in block.series[0][1]:
                assert figure == 0 or _holds(values, figure), (say(block.title), figure)
                checked += 1
    assert checked > 20


def test_sentences_about_the_data_come_from_their_queries_again():
    sql, checked = _sql(document()), 0
    quality = next(section for section in all_sections(document().sections) if section.id == "quality")
    for block in quality.blocks:
        pairs = zip(block.items, block.queries) if isinstance(block, Bullets) else [(block.text, block.queries)]
        for text, ids in pairs:
            values = set().union(*(_values(sql[name]) for name in ids if name in sql))
            for figure in figures(text):
                assert _holds(values, float(figure)), (say(text), values)
                checked += 1
    assert checked >= 10


def test_the_sql_of_a_run_gives_the_rows_of_its_step_again():
    table = next(
        block for block in blocks(document().sections) if isinstance(block, TableBlock) and "late_flights" in say(block.title)
    )
    entries = {entry.id: entry for entry in document().appendix}
    for row, query in zip(table.rows, table.queries, strict=True):
        assert entries[query].source == "run"
        assert _results(f"SELECT count(*) FROM ({entries[query].sql})")[1] == ((row[1],),)  # noqa: S608


def test_the_views_of_the_appendix_can_be_made(tmp_path):
    appendix = document().sections[-1]
    code = next(block.text for block in appendix.blocks if isinstance(block, Code))
    for name, files in sample().files:
        (tmp_path / f"{name}.parquet").symlink_to(files[0])
    connection = duckdb.connect(config={"file_search_path": str(tmp_path)})
    connection.execute(code)
    assert connection.execute('SELECT count(*) FROM "flights"').fetchall() == [(336776,)]


# What is not there yet


def _said(made: Document, section: str) -> str:
    found = next(one for one in all_sections(made.sections) if one.id == section)
    return " ".join(say(block.text) for block in found.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize(
    ("section", "way"),
    [
        ("storage", "python -m core advise"),
        ("ddl", "python -m core ddl"),
        ("runs", "python -m core run"),
        ("cost", "python -m core advise"),
    ],
)
def test_what_was_not_done_yet_is_said_with_the_way_to_it(section, way):
    assert way in _said(bare(), section)
    assert way not in _said(document(), section)


def test_the_verdict_of_a_proof_is_said_whether_it_passed_or_not():
    callouts = {say(block.text): block.level for block in document().sections[0].blocks if isinstance(block, Callout)}
    passed = "PostgreSQL 18.6 executed the DDL of 2 tables and gave every loaded row back equal"
    assert callouts[passed] == "good"
    assert any(level == "serious" and "ClickHouse 26.9 did not pass: flights" in text for text, level in callouts.items())


def test_the_effort_of_the_roadmap_adds_up():
    roadmap = next(section for section in document().sections if section.id == "roadmap")
    steps = next(block for block in roadmap.blocks if isinstance(block, TableBlock))
    assert [row[0] for row in steps.rows] == list(range(1, len(steps.rows) + 1))
    minutes = sum(row[3].args[0][1] * (60 if row[3].text == "{n} h" else 1) for row in steps.rows)
    total = next(block for block in roadmap.blocks if isinstance(block, Callout))
    assert say(hours(minutes)) in say(total.text)


def test_risks_are_ordered_by_likelihood_times_impact():
    risks = next(section for section in document().sections if section.id == "risks")
    table = next(block for block in risks.blocks if isinstance(block, TableBlock))
    grade = {"low": 1, "medium": 2, "high": 3}
    weights = [grade[say(row[1])] * grade[say(row[2])] for row in table.rows]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) >= 8


def test_ddl_of_executed_dialects_is_printed_and_the_others_are_named():
    ddl = next(section for section in all_sections(document().sections) if section.id == "ddl")
    codes = [block.text for block in ddl.blocks if isinstance(block, Code)]
    assert len(codes) == 2
    assert 'CREATE TABLE "airlines"' in codes[0]
    assert "mysql" in _said(document(), "ddl")


def test_the_same_facts_make_the_same_document():
    from core.advice import advise
    from core.models.advice import Workload
    from reports import analysis
    from tests.unit.report_documents import design, run

    again = analysis("Flights", sample(), advise(sample(), Workload()), design(), (run(),), NOW)
    assert again == document()
