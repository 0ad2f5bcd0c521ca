"""One suite for every report format: it says everything in the document, in both languages, whatever the data is called.

Each format has a harness that turns its bytes back into plain text; a format without one fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import jsonschema
import pypdf
import pytest
from markdown_it import MarkdownIt

import reports
from core.errors import ConfigError
from core.models.report import Bullets, Callout, Document, Facts, Paragraph, TableBlock
from core.words import LANGUAGES, say
from reports.formats import text
from reports.formats.shown import BLOCKS, ROWS, shown
from tests.unit.report_documents import HOSTILE, all_sections, bare, blocks, document, hostile, wide

DOCS = Path(__file__).resolve().parents[2] / "docs"


class Page(HTMLParser):
    """A page as a browser would read it: its text, its tags with attributes, and whether tags close in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open:
            self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return "".join(self.words)


def _md_text(data: bytes) -> str:
    words = []
    for token in MarkdownIt("commonmark").enable("table").parse(data.decode()):
        if token.type in ("fence", "code_block"):
            words.append(token.content)
        for child in token.children or []:
            words.append(child.content if child.type != "softbreak" else "\n")
        words.append("\n")
    return "".join(words)


def _json_text(data: bytes) -> str:
    words: list[str] = []

    def walk(value):
        if isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
        else:
            words.append(str(value))

    walk(json.loads(data))
    return "\n".join(words)


def _pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)


HARNESS: dict[str, Callable[[bytes], str]] = {
    "html": lambda data: Page(data.decode()).text,
    "md": _md_text,
    "json": _json_text,
    "pdf": _pdf_text,
}

BOTH = pytest.mark.parametrize("lang", LANGUAGES)
EACH = pytest.mark.parametrize("format", reports.FORMATS)
PAGES = pytest.mark.parametrize("format", [name for name in reports.FORMATS if name != "json"])


def _plain(made: Document, format: str, lang: str = "en") -> str:
    return HARNESS[format](reports.render(made, format, lang))


def _squeezed(words: str) -> str:
    """Text without spaces and line ends: on paper a sentence is broken anywhere."""
    return re.sub(r"[\s\u00a0\u202f]+", "", words)


def test_every_format_has_a_harness():
    assert set(HARNESS) == set(reports.FORMATS)


@BOTH
@EACH
def test_everything_that_is_said_in_the_document_is_said_in_the_format(format, lang):
    made, words = document(), _squeezed(_plain(document(), format, lang))
    for section in all_sections(made.sections):
        assert _squeezed(text.plain(section.title, lang)) in words
    said = 0
    for block in blocks(made.sections):
        texts = (
            list(block.items) if isinstance(block, Bullets) else [block.text] if isinstance(block, (Paragraph, Callout)) else []
        )
        for one in texts:
            whole = say(one, lang) if format == "json" else text.plain(one, lang)
            assert _squeezed(whole) in words, whole
            said += 1
    assert said > 60


@BOTH
@PAGES
def test_every_figure_is_written_in_the_notation_of_the_reader(format, lang):
    words = _squeezed(_plain(document(), format, lang))
    for block in blocks(document().sections):
        for fact in block.items if isinstance(block, Facts) else ():
            assert _squeezed(text.cell(fact.value, lang)) in words
        for row in block.rows if isinstance(block, TableBlock) else ():
            for cell in row:
                if isinstance(cell, (int, float)):
                    assert _squeezed(text.cell(cell, lang)) in words


@EACH
def test_every_entry_of_the_appendix_is_there_with_its_query(format):
    words = _squeezed(_plain(document(), format))
    for entry in document().appendix:
        assert entry.id in words
        assert _squeezed(entry.sql) in words or format == "pdf", entry
        if format == "pdf":
            # A query may run over two pages, with a footer in between.
            assert _squeezed(entry.sql)[:60] in words


@BOTH
@EACH
def test_the_same_document_gives_the_same_bytes(format, lang):
    assert reports.render(document(), format, lang) == reports.render(document(), format, lang)


@EACH
def test_a_report_of_the_profile_alone_is_made_too(format):
    assert "python -m core ddl" in _plain(bare(), format).replace("\n", " ")


@BOTH
@EACH
def test_names_and_values_that_bite_are_shown_as_text(format, lang):
    words = _squeezed(_plain(hostile(), format, lang))
    for name in HOSTILE:
        if format == "pdf" and not name.isascii():
            continue  # glyphs and their order are another test
        assert _squeezed(name if format == "json" else text.visible(name)) in words, name


@PAGES
def test_no_control_character_is_left_in_a_page(format):
    words = _plain(hostile(), format)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ue000\ue001]", words)


@PAGES
def test_a_page_of_a_wide_table_is_cut_with_a_sentence_and_the_json_holds_all(format):
    made = wide(2000)
    words = _squeezed(_plain(made, format))
    assert _squeezed(f"{2000 - ROWS:,} more rows are in the JSON.") in words
    assert f"column_{ROWS - 1}" in words
    assert "column_1999" not in words
    table = next(block for block in blocks(made.sections) if isinstance(block, TableBlock) and len(block.rows) == 2000)
    assert table in blocks(made.sections)
    kept = json.loads(reports.render(made, "json", "en"))
    assert "column_1999" in json.dumps(kept)
    assert len(kept["appendix"]) == len(made.appendix)


def test_what_fits_on_a_page_is_not_cut():
    assert shown(document()) is document()
    assert BLOCKS > 40


def test_an_unknown_format_names_the_known():
    with pytest.raises(ConfigError) as raised:
        reports.render(document(), "docx", "en")
    assert say(raised.value.why) == "Reports are made as html, md, json, pdf."


def test_an_unknown_language_names_the_known():
    with pytest.raises(ConfigError) as raised:
        reports.render(document(), "md", "fr")
    assert "en, ru" in say(raised.value.why)


# JSON


def test_the_published_schema_is_what_the_code_says():
    published = json.loads((DOCS / "report-schema.json").read_text(encoding="utf-8"))
    assert published == reports.schema(), "write reports.schema() to docs/report-schema.json"
    jsonschema.Draft202012Validator.check_schema(published)


@BOTH
@pytest.mark.parametrize("make", [document, bare, hostile], ids=["whole", "bare", "hostile"])
def test_the_json_fits_its_schema(make, lang):
    written = json.loads(reports.render(make(), "json", lang))
    jsonschema.Draft202012Validator(reports.schema()).validate(written)
    assert written["lang"] == lang
    assert written["version"] == 1


def test_no_property_beside_the_schema_is_accepted():
    written = json.loads(reports.render(bare(), "json", "en"))
    written["sections"][0]["blocks"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(reports.schema()).validate(written)


def test_decimals_are_strings_and_nothing_is_not_a_number():
    written = reports.render(document(), "json", "en").decode()
    cost = next(section for section in json.loads(written)["sections"] if section["id"] == "cost")
    table = next(block for block in cost["blocks"] if block["block"] == "table")
    assert all(re.fullmatch(r"\d+\.\d\d", row[2]) for row in table["rows"])
    assert not re.search(r"\b(NaN|Infinity)\b", written)


# HTML


def test_the_html_asks_nothing_of_the_network():
    page = Page(reports.render(document(), "html", "en").decode())
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on")}
        assert attributes.get("src") is None
        assert (attributes.get("href") or "#").startswith("#"), (tag, attributes)
    policy = next(meta["content"] for meta in page.named("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    source = reports.render(document(), "html", "en").decode()
    assert "url(" not in source
    assert "@import" not in source


@BOTH
def test_the_html_can_be_read_without_eyes(lang):
    page = Page(reports.render(document(), "html", lang).decode())
    assert page.named("html") == [{"lang": lang}]
    assert [tag for tag, _ in page.tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {header.get("scope") for header in page.named("th")} == {"col", "row"}
    assert all(drawing.get("role") == "img" for drawing in page.named("svg"))
    assert [tag for tag, _ in page.tags].count("desc") == len(page.named("svg"))
    assert page.named("main")
    assert page.named("nav")[0]["aria-label"]


def test_every_link_of_the_html_leads_somewhere_and_every_id_is_its_own():
    for make in (document, hostile):
        page = Page(reports.render(make(), "html", "en").decode())
        ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
        assert len(set(ids)) == len(ids)
        assert {link["href"][1:] for link in page.named("a")} <= set(ids)


def test_the_html_follows_the_colours_of_the_reader_and_can_be_printed():
    source = reports.render(bare(), "html", "en").decode()
    assert "@media (prefers-color-scheme:dark)" in source
    assert "@media print" in source
    assert "@page" in source


# Markdown


def test_the_markdown_holds_tables_and_headings_and_no_markup_of_the_data():
    tokens = MarkdownIt("commonmark").enable("table").parse(reports.render(hostile(), "md", "en").decode())
    kinds = [token.type for token in tokens]
    assert kinds.count("table_open") >= 8
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    inline = [child.content for token in tokens for child in token.children or [] if child.type == "html_inline"]
    assert all(re.fullmatch(r'<a id="[\w-]+">|</a>|<a id="[\w-]+"></a>', one) for one in [*html, *inline])
    links = [child.attrs["href"] for token in tokens for child in token.children or [] if child.type == "link_open"]
    assert all(link.startswith("#") for link in links)
    assert not [child for token in tokens for child in token.children or [] if child.type == "image"]


def test_the_other_reader_of_markdown_finds_the_same_tables():
    from markdown import markdown

    source = reports.render(hostile(), "md", "en").decode()
    page = Page(markdown(source, extensions=["tables", "fenced_code"]))
    expected = MarkdownIt("commonmark").enable("table").parse(source)
    assert len(page.named("table")) == len([token for token in expected if token.type == "table_open"])
    assert not page.named("script")


# PDF


def _reader(made: Document, lang: str = "en") -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(reports.render(made, "pdf", lang)))


@BOTH
def test_the_pdf_has_an_outline_contents_page_numbers_and_its_fonts(lang):
    pdf = _reader(document(), lang)
    first = pdf.pages[0].extract_text()
    titles = [item.title for item in pdf.outline if not isinstance(item, list)]
    assert titles == [text.plain(section.title, lang) for section in document().sections]
    assert all(title.split(":")[0] in first for title in titles)
    for number, page in enumerate(pdf.pages, start=1):
        assert f"{number} / {len(pdf.pages)}" in page.extract_text()
        for font in page["/Resources"]["/Font"].values():
            assert "DejaVu" in str(font.get_object()["/BaseFont"])
    assert pdf.metadata.title.startswith("Flights")
    assert pdf.root_object["/Lang"].startswith(lang)


def test_figures_of_the_pdf_are_linked_to_the_appendix():
    pdf = _reader(document())
    links = [annotation.get_object() for page in pdf.pages for annotation in page.get("/Annots", ())]
    assert len(links) > 200
    assert all(link["/Subtype"] == "/Link" and "/A" not in link for link in links)


def test_the_pdf_says_when_its_fonts_lack_a_character():
    assert "□ stands for a character" in _reader(hostile()).pages[0].extract_text()
    assert "□ stands for a character" not in _reader(document()).pages[0].extract_text()


def test_contents_of_many_sections_run_over_pages():
    from dataclasses import replace

    from core.models.report import Section
    from core.words import msg

    many = tuple(Section(f"s{place}", msg("Section {n}", n=place), (Paragraph(msg("Text")),)) for place in range(130))
    pdf = _reader(replace(bare(), sections=many, appendix=()))
    assert "Section 129" in pdf.pages[3].extract_text()
    assert len([item for item in pdf.outline if not isinstance(item, list)]) == 130


def test_a_row_longer_than_a_page_is_continued_on_the_next():
    from dataclasses import replace

    from core.models.report import Section
    from core.words import msg

    words = " ".join(f"word{place}" for place in range(4000))
    table = TableBlock(msg("Long"), (msg("A"), msg("B")), (("a", words), ("b", "short")))
    pdf = _reader(replace(bare(), sections=(Section("s", msg("S"), (table,)),), appendix=()))
    found = re.findall(r"word\d+", "".join(page.extract_text() for page in pdf.pages))
    assert found == words.split()
