"""Words and values of reports as text, in Markdown and on paper."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.models.report import Chart, TableBlock
from core.words import msg, percent, plural
from reports.formats import chart, md, text
from reports.formats.pdf import broken, compact
from reports.formats.pdf_type import MISSING, Face, Piece, Type, merged

ANY = st.text(st.characters(codec="utf-8"), max_size=60)
READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


# Text


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("plain ünïcode Ж 漢字 🛫", "plain ünïcode Ж 漢字 🛫"),
        ("line\nbreak\r\ttab", "line↵break↵⇥tab"),
        ("\x00\x07\x1b", "⟨U+0000⟩⟨U+0007⟩⟨U+001B⟩"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\ue000\ue001", "⟨U+E000⟩⟨U+E001⟩"),
    ],
)
def test_characters_that_cannot_be_seen_are_written_out(given, seen):
    assert text.visible(given) == seen


@settings(deadline=None)
@given(ANY)
def test_visible_text_is_one_line_without_control_characters(value):
    seen = text.visible(value)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", seen)
    assert text.visible(seen) == seen


def test_code_keeps_its_lines():
    assert text.visible_code("SELECT\r\n\t1\x00") == "SELECT\n    1⟨U+0000⟩"


@settings(deadline=None)
@given(ANY, ANY)
def test_arguments_of_a_message_stay_apart_from_our_words(first, second):
    message = msg("{a} is `code` to {b}", a=first, b=msg("({inner})", inner=second))
    found = text.spans(message, "en")
    assert "".join(span.text for span in found if span.kind == "data") == text.visible(first) + text.visible(second)
    assert [span.text for span in found if span.kind == "code"] == ["code"]
    assert text.plain(message, "en") == f"{text.visible(first)} is code to ({text.visible(second)})"


@pytest.mark.parametrize(
    ("value", "en", "ru"),
    [
        (1234567, "1,234,567", "1\u202f234\u202f567"),
        (Decimal("1234.50"), "1,234.50", "1\u202f234,50"),
        (Decimal("0.023"), "0.023", "0,023"),
        (Decimal(4), "4", "4"),
        (0.5, "0.5", "0,5"),
        (float("nan"), "—", "—"),
        (float("inf"), "—", "—"),
        (None, "—", "—"),
        ("a\nb", "a↵b", "a↵b"),
        ("", "\u00a0", "\u00a0"),
    ],
)
def test_a_cell_is_written_in_the_notation_of_the_reader(value, en, ru):
    assert (text.cell(value, "en"), text.cell(value, "ru")) == (en, ru)


def test_only_figures_are_set_to_the_right():
    rows = (("a", 1, percent(0.5), 1.5, "2013", None), ("7", 2, None, "x", "1999", None))
    table = TableBlock(msg("T"), (msg("h"),) * 6, rows)
    assert text.figure_columns(table) == (False, True, True, False, True, False)
    assert not text.is_figure(plural("{n} finding that calls for a decision", "{n} findings that call for a decision", n=3))


# Markdown


def _shown(source: str) -> str:
    """What a reader of Markdown sees of one line; fails on anything that is not text."""
    tokens = READER.parse(source)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"]), source
    children = tokens[1].children or [] if tokens else []
    assert {child.type for child in children} <= {"text", "text_special"}, source
    return "".join(child.content for child in children)


@settings(deadline=None)
@given(ANY)
def test_any_text_is_shown_as_it_is_by_a_reader_of_markdown(value):
    seen = text.visible(value).strip()
    assert _shown(md.line(seen)).strip() == seen.strip()


@pytest.mark.parametrize(
    "value",
    [
        "<b>x</b>",
        "[a](b)",
        "![a](b)",
        "*a*",
        "__a__",
        "~~a~~",
        "`a`",
        "# a",
        "- a",
        "1. a",
        "+ a",
        "> a",
        "a|b",
        "&lt;",
        "\\*",
        "http://a.b",
        "---",
        "===",
    ],
)
def test_markup_in_the_data_is_text(value):
    assert _shown(md.line(value)) == value


@settings(deadline=None)
@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=4))
def test_any_cells_make_a_table_of_the_same_cells(rows):
    page = md._Page("en", {})
    grid = page.grid([msg("A"), msg("B")], [[page.cell(cell) for cell in row] for row in rows], (False, True))
    tokens = READER.parse(grid)
    assert tokens[0].type == "table_open"
    cells = [
        "".join(child.content for child in tokens[place + 1].children)
        for place, token in enumerate(tokens)
        if token.type == "td_open"
    ]
    assert [cell.strip() for cell in cells] == [text.cell(cell, "en").strip() for row in rows for cell in row]


@settings(deadline=None)
@given(ANY)
def test_code_is_fenced_whatever_it_holds(value):
    code = text.visible_code(value)
    tokens = READER.parse(md.fenced(code, "sql"))
    assert [(token.type, token.content) for token in tokens] == [("fence", code + "\n")]


# Paper


@pytest.fixture(scope="module")
def type_() -> Type:
    return Type(FPDF())


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=80)


@settings(deadline=None)
@given(pieces=st.lists(st.tuples(LETTERS, st.sampled_from([Face(), Face(style="B", size=12), Face("mono", "", 7)])), max_size=5))
def test_lines_are_never_wider_than_the_column_and_lose_no_letter(type_, pieces):
    given_pieces = [Piece(value, face) for value, face in pieces]
    rows = type_.rows(given_pieces, 30.0)
    for row in rows:
        assert not row or row[-1].x + row[-1].width <= 30.0 + 1e-6
    kept = "".join(run.piece.text for row in rows for run in row)
    fitted = "".join(type_.fit(piece.text, piece.face) for piece in given_pieces)
    assert kept.replace(" ", "") == fitted.replace(" ", "")


def test_a_word_of_several_faces_is_not_torn_apart(type_):
    pieces = [Piece("see ", Face()), Piece("flights", Face(style="B")), Piece(",", Face())]
    width = type_.width("see flights", Face(style="B")) + 0.1
    rows = type_.rows(pieces, width)
    assert ["".join(run.piece.text for run in row) for row in rows] in (["see flights,"], ["see", "flights,"])


def test_what_the_typefaces_lack_is_replaced_and_remembered():
    letters = Type(FPDF())
    assert letters.fit("Ж ≈ ⟨U+0000⟩ ↵", Face()) == "Ж ≈ ⟨U+0000⟩ ↵"
    assert not letters.lacking
    assert letters.fit("漢\ufe0f字", Face()) == MISSING * 2
    assert letters.lacking


def test_right_to_left_text_is_drawn_in_the_order_of_the_eye(type_):
    row = merged(type_.rows([Piece("שלום עולם", Face())], 200)[0])
    assert [run.piece.text for run in row] == ["םלוע םולש"]


@settings(deadline=None)
@given(st.text("ab ', \"\n", max_size=60), st.integers(5, 30))
def test_code_on_paper_keeps_every_character_but_line_ends(line, room):
    line = line.replace("\n", "")
    parts = list(broken(line, room))
    assert "".join(parts) == line
    assert all(len(part) <= room for part in parts)


def test_sql_on_paper_keeps_what_is_quoted():
    assert compact("SELECT\n  'a\n  b' AS \"c\n  d\"\nFROM t") == "SELECT 'a\n  b' AS \"c\n  d\" FROM t"


# Charts

WIDTH = 500.0


def _measure(label: str) -> float:
    return 6.0 * len(label)


def _chart(kind: str, values: list[float], labels: list[str] | None = None) -> Chart:
    return Chart(
        kind, msg("T"), tuple(labels or [f"label {place}" for place in range(len(values))]), ((msg("S"), tuple(values)),)
    )


VALUES = st.lists(st.floats(0, 1e9, allow_nan=False), min_size=1, max_size=30)


@pytest.mark.parametrize("kind", ["bar", "hbar", "histogram"])
@settings(deadline=None)
@given(values=VALUES)
def test_bars_are_as_long_as_their_values_and_stay_on_the_plane(kind, values):
    drawing = chart.draw(_chart(kind, values), "en", WIDTH, _measure)
    bars = [shape for shape in drawing.shapes if isinstance(shape, chart.Rect)]
    assert len(bars) == len(values)
    long = [bar.width if kind == "hbar" else bar.height for bar in bars]
    most = max(values)
    for length, value in zip(long, values, strict=True):
        assert length == pytest.approx(max(long) * value / most if most else length, abs=1.01)
    for bar in bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH + 0.01
        assert -0.01 <= bar.y <= bar.y + bar.height <= drawing.height + 0.01


@pytest.mark.parametrize("kind", ["bar", "hbar", "histogram", "line"])
@settings(deadline=None)
@given(labels=st.lists(ANY, min_size=1, max_size=12))
def test_labels_stay_on_the_plane_whatever_they_say(kind, labels):
    drawing = chart.draw(_chart(kind, [float(len(label)) for label in labels], labels), "ru", WIDTH, _measure)
    for shape in drawing.shapes:
        if isinstance(shape, chart.Label):
            width = _measure(shape.text)
            left = shape.x - {"start": 0, "middle": width / 2, "end": width}[shape.anchor]
            assert left >= -width / 2 - 0.01
            assert left + width <= WIDTH + 0.5


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e12))
def test_the_grid_is_round_and_spans_the_values(low, high):
    low = min(0.0, low)
    ticks = chart._ticks(low, high)
    assert ticks[0] <= low
    step = ticks[1] - ticks[0]
    assert ticks[-1] >= high - 1e-6 * step
    assert 2 <= len(ticks) <= 12
    assert f"{step:.6e}"[0] in "125"


def test_a_chart_of_nothing_is_nothing():
    assert chart.draw(_chart("bar", []), "en", WIDTH, _measure).shapes == ()


def test_several_series_have_a_legend_and_colours_of_their_own():
    two = Chart("bar", msg("T"), ("a", "b"), ((msg("First"), (1.0, 2.0)), (msg("Second"), (2.0, -1.0))))
    drawing = chart.draw(two, "en", WIDTH, _measure)
    assert {shape.ink for shape in drawing.shapes if isinstance(shape, chart.Rect)} == {0, 1}
    assert {"First", "Second"} <= {shape.text for shape in drawing.shapes if isinstance(shape, chart.Label)}


def test_a_line_goes_through_every_value():
    drawing = chart.draw(_chart("line", [1, 3, 2, float("nan")]), "en", WIDTH, _measure)
    (line,) = [shape for shape in drawing.shapes if isinstance(shape, chart.Line) and isinstance(shape.ink, int)]
    heights = [y for _, y in line.points]
    assert heights[1] < heights[2] < heights[0] < heights[3]
