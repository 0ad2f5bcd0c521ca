"""Pages of the PDF: margins, breaks, footer, lines of text, links into the appendix, and the table of contents."""

from __future__ import annotations

from math import ceil

from fpdf import FPDF
from fpdf.outline import OutlineSection

from core.models.report import Document
from core.words import msg
from reports.formats import text
from reports.formats.pdf_type import Colour, Face, Piece, Row, Type, merged

MARGIN, TOP, BOTTOM = 18.0, 18.0, 18.0
POINT = 25.4 / 72
LEADING = 1.42
"""Height of a line in sizes of its letters."""

INK: Colour = (27, 36, 50)
MUTED: Colour = (91, 103, 120)
RULE: Colour = (214, 220, 228)
PANEL: Colour = (243, 245, 249)
ACCENT: Colour = (37, 99, 235)
SERIES: tuple[Colour, ...] = (
    (37, 99, 235),
    (13, 148, 136),
    (217, 119, 6),
    (147, 51, 234),
    (220, 38, 38),
    (100, 116, 139),
    (8, 145, 178),
    (101, 163, 13),
)
BODY, STRONG, SMALL = Face(), Face(style="B"), Face(size=8, colour=MUTED)
REFERENCE = Face(size=7, colour=MUTED)
CONTENTS_FIRST, CONTENTS_MORE = 33, 42
"""Lines of the table of contents on the first page and on each that follows."""


class Sheet(FPDF):
    """An A4 document that is written from top to bottom; the blocks ask it for room and put lines on it."""

    def __init__(self, document: Document, lang: str) -> None:
        super().__init__(format="A4")
        self.report, self.lang = document, lang
        self.type = Type(self)
        self.contents_end = 0
        self._targets = {entry.id: self.add_link(page=1) for entry in document.appendix}
        self.set_margins(MARGIN, TOP, MARGIN)
        self.set_auto_page_break(False)
        self.set_line_width(0.2)
        self.c_margin = 0
        self.set_title(f"{text.visible(document.project)} · {text.plain(document.title, lang)}")
        self.set_lang(lang)
        self.set_creator("Assay")
        self.set_creation_date(document.made_at)

    def footer(self) -> None:
        self.set_y(-BOTTOM + 5)
        self.set_font("sans", "", 7.5)
        self.set_text_color(*MUTED)
        name = self.type.fit(text.visible(self.report.project), SMALL)
        self.cell(self.epw / 2, 5, name if len(name) < 60 else name[:59] + "…")
        self.cell(self.epw / 2, 5, f"{self.page_no()} / {{nb}}", align="R")

    # Room

    @property
    def left(self) -> float:
        """Millimetres left on the page."""
        return self.h - BOTTOM - self.y

    def need(self, height: float) -> bool:
        """Go to the next page when there is less room than that; says whether it went."""
        if self.left >= height or self.y <= TOP + 0.1:
            return False
        self.next_page()
        return True

    def next_page(self) -> None:
        self.add_page()
        self.set_y(TOP)

    # Text

    def line_height(self, face: Face) -> float:
        return face.size * POINT * LEADING

    def row(self, row: Row, x: float, y: float, height: float) -> None:
        """One line of text whose box starts at `y`."""
        for run in merged(row):
            face = run.piece.face
            self.set_font(face.family, face.style, face.size)
            self.set_text_color(*face.colour)
            self.text(x + run.x, y + height / 2 + face.size * POINT * 0.36, run.piece.text)
            if run.piece.link:
                self.link(x + run.x, y, run.width, height, self._targets[run.piece.link])

    def flow(self, pieces: list[Piece], x: float, width: float, face: Face = BODY) -> None:
        """Text over as many lines and pages as it takes."""
        height = self.line_height(face)
        for row in self.type.rows(pieces, width):
            self.need(height)
            self.row(row, x, self.y, height)
            self.set_y(self.y + height)

    def target(self, entry: str) -> None:
        """Links to an entry of the appendix lead here."""
        self.set_link(self._targets[entry], y=self.y, page=self.page)

    def has(self, entry: str) -> bool:
        return entry in self._targets

    # Contents

    def reserve_contents(self, lines: int) -> None:
        """Keep room for the table of contents; what follows starts on the next page."""
        pages = 1 + max(0, ceil((lines - CONTENTS_FIRST) / CONTENTS_MORE))
        self.contents_end = self.page + pages - 1
        self.insert_toc_placeholder(_contents, pages=pages, reset_page_indices=False)
        self.set_y(TOP)


def _contents(pdf: FPDF, outline: list[OutlineSection]) -> None:
    assert isinstance(pdf, Sheet)
    for section in outline:
        if section.level < 2:
            _contents_line(pdf, section)
    if pdf.type.lacking:
        lacking = msg("□ stands for a character that the typefaces of this PDF lack; the HTML and the JSON report have it.")
        pdf.set_y(pdf.y + 4)
        pdf.flow([Piece(text.plain(lacking, pdf.lang), SMALL)], MARGIN, pdf.epw, SMALL)
    while pdf.page < pdf.contents_end:
        pdf.next_page()


def _contents_line(pdf: Sheet, section: OutlineSection) -> None:
    face = Face(style="B" if section.level == 0 else "", size=9.5 if section.level == 0 else 9)
    height = 6.0 if section.level == 0 else 5.2
    pdf.need(height)
    x = MARGIN + section.level * 6
    number = str(section.page_number)
    end = pdf.w - MARGIN - pdf.type.width(number, face)
    name = pdf.type.rows([Piece(section.name, face)], end - x - 8)[0]
    pdf.row(name, x, pdf.y, height)
    pdf.row(pdf.type.rows([Piece(number, face)], 20)[0], end, pdf.y, height)
    start = x + name[-1].x + name[-1].width + 2 if name else x
    pdf.set_draw_color(*RULE)
    pdf.set_dash_pattern(0.3, 0.9)
    pdf.line(start, pdf.y + height * 0.68, end - 2, pdf.y + height * 0.68)
    pdf.set_dash_pattern()
    pdf.link(
        x, pdf.y, pdf.w - MARGIN - x, height, pdf.add_link(y=pdf.h - (section.dest.top or 0) / pdf.k, page=section.page_number)
    )
    pdf.set_y(pdf.y + height)
