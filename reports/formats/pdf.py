"""The report on A4: outline, table of contents, page numbers, links from figures into the appendix, drawn charts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from core.models.report import (
    Block,
    Bullets,
    Callout,
    Cell,
    Chart,
    Code,
    Document,
    Facts,
    Level,
    Paragraph,
    Query,
    Section,
    TableBlock,
)
from core.words import Msg, msg
from reports.formats import pdf_chart, text
from reports.formats.pdf_sheet import ACCENT, BODY, MARGIN, MUTED, PANEL, POINT, REFERENCE, RULE, SMALL, STRONG, TOP, Sheet
from reports.formats.pdf_table import Grid
from reports.formats.pdf_type import Colour, Face, Piece, Row
from reports.formats.shown import shown

HEADINGS = (Face(style="B", size=17), Face(style="B", size=12.5), Face(style="B", size=10.5))
TITLE = Face(style="B", size=9)
MONO = Face(family="mono", size=6.9)
REFERENCES = 6
FACTS = 6
"""Figures side by side."""

LEVELS: dict[Level, tuple[Colour, Colour]] = {
    "info": (ACCENT, (239, 245, 255)),
    "good": ((15, 122, 85), (236, 249, 243)),
    "warning": ((154, 91, 0), (255, 247, 232)),
    "serious": ((180, 35, 24), (254, 241, 240)),
}


def render(document: Document, lang: str) -> bytes:
    """A PDF with the fonts it needs inside."""
    cut = shown(document)
    sheet = Sheet(cut, lang)
    press = _Press(sheet, lang)
    press.front(cut)
    for section in cut.sections:
        press.section(section, 0)
    for entry in cut.appendix:
        press.entry(entry)
    return bytes(sheet.output())


class _Press:
    """Puts the blocks of a document on a sheet."""

    def __init__(self, sheet: Sheet, lang: str) -> None:
        self.sheet, self.lang = sheet, lang

    def front(self, document: Document) -> None:
        sheet = self.sheet
        sheet.next_page()
        sheet.set_fill_color(*ACCENT)
        sheet.rect(MARGIN, TOP, 18, 1.2, style="F")
        sheet.set_y(TOP + 5)
        sheet.flow([Piece(self.plain(document.title), Face(style="B", size=9, colour=ACCENT))], MARGIN, sheet.epw, STRONG)
        big = Face(style="B", size=22)
        sheet.flow([Piece(text.visible(document.project), big)], MARGIN, sheet.epw, big)
        made = f"{self.plain(document.subtitle)} · {text.date(document.made_at, self.lang)}"
        sheet.flow([Piece(made, Face(colour=MUTED))], MARGIN, sheet.epw)
        sheet.set_y(sheet.y + 8)
        sheet.flow([Piece(self.plain(msg("Contents")), HEADINGS[1])], MARGIN, sheet.epw, HEADINGS[1])
        sheet.set_y(sheet.y + 1.5)
        sheet.reserve_contents(sum(1 + len(section.sections) for section in document.sections))

    def section(self, section: Section, level: int) -> None:
        sheet, face = self.sheet, HEADINGS[min(level, 2)]
        if level == 0 and sheet.y > TOP + 1:
            sheet.next_page()
        elif level:
            sheet.need(38)
            sheet.set_y(sheet.y + (5 if sheet.y > TOP + 1 else 0))
        title = sheet.type.fit(self.plain(section.title), face)
        sheet.start_section(title if len(title) < 160 else title[:159] + "…", level)
        sheet.flow([Piece(title, face)], MARGIN, sheet.epw, face)
        sheet.set_y(sheet.y + (3 if level == 0 else 1.5))
        for block in section.blocks:
            BLOCKS[block.block](self, block)
        for part in section.sections:
            self.section(part, level + 1)

    def entry(self, entry: Query) -> None:
        sheet = self.sheet
        sheet.need(20 if entry.sql else 8)
        sheet.target(entry.id)
        name = Face(style="B", size=8, colour=ACCENT)
        sheet.flow([Piece(f"{entry.id}  ", name), *self.pieces(entry.about, Face(size=8))], MARGIN, sheet.epw, name)
        if entry.sql:
            self.listing(compact(entry.sql))
        sheet.set_y(sheet.y + 2.2)

    # Words

    def plain(self, message: Msg) -> str:
        return text.plain(message, self.lang)

    def pieces(self, message: Msg, face: Face = BODY, ids: Iterable[str] = ()) -> list[Piece]:
        """A sentence: names from the data in bold, code in its own typeface, and the entries behind it."""
        faces = {
            "text": face,
            "data": Face(face.family, "B", face.size, face.colour),
            "code": Face("mono", "", face.size * 0.93, face.colour),
        }
        return [*(Piece(span.text, faces[span.kind]) for span in text.spans(message, self.lang)), *self.references(ids)]

    def references(self, ids: Iterable[str]) -> list[Piece]:
        known = [name for name in dict.fromkeys(ids) if self.sheet.has(name)]
        found = [part for name in known[:REFERENCES] for part in (Piece(" ", REFERENCE), Piece(name, REFERENCE, name))]
        return [*found, Piece(f" +{len(known) - REFERENCES}", REFERENCE)] if len(known) > REFERENCES else found

    # Blocks

    def paragraph(self, block: Paragraph) -> None:
        self.sheet.flow(self.pieces(block.text, BODY, block.queries), MARGIN, self.sheet.epw)
        self.sheet.set_y(self.sheet.y + 2)

    def bullets(self, block: Bullets) -> None:
        sheet, indent = self.sheet, 6.0
        queries = block.queries or ((),) * len(block.items)
        for place, (item, ids) in enumerate(zip(block.items, queries), start=1):
            height = sheet.line_height(BODY)
            sheet.need(height)
            mark = Piece(f"{place}." if block.ordered else "•", BODY)
            sheet.row(sheet.type.rows([mark], indent)[0], MARGIN + (0 if block.ordered else 1.5), sheet.y, height)
            sheet.flow(self.pieces(item, BODY, ids), MARGIN + indent, sheet.epw - indent)
            sheet.set_y(sheet.y + 0.8)
        sheet.set_y(sheet.y + 1.5)

    def callout(self, block: Callout) -> None:
        sheet, (ink, panel) = self.sheet, LEVELS[block.level]
        face = Face(size=9)
        level = Piece(self.plain(text.LEVELS[block.level]) + "  ", Face(style="B", size=8.5, colour=ink))
        rows = sheet.type.rows([level, *self.pieces(block.text, face, block.queries)], sheet.epw - 8)
        while rows:
            fits = max(1, int((sheet.left - 4) / sheet.line_height(face)))
            if fits < min(len(rows), 6) and sheet.y > TOP + 1:
                sheet.next_page()
                continue
            self.box(rows[:fits], face, ink, panel)
            rows = rows[fits:]
        sheet.set_y(sheet.y + 1.8)

    def box(self, rows: list[Row], face: Face, ink: Colour, panel: Colour) -> None:
        """Lines on a panel with a bar of colour before them."""
        sheet, line = self.sheet, self.sheet.line_height(face)
        top, height = sheet.y, len(rows) * line + 3.2
        sheet.set_fill_color(*panel)
        sheet.rect(MARGIN, top, sheet.epw, height, style="F")
        sheet.set_fill_color(*ink)
        sheet.rect(MARGIN, top, 0.9, height, style="F")
        for place, row in enumerate(rows):
            sheet.row(row, MARGIN + 4, top + 1.6 + place * line, line)
        sheet.set_y(top + height)

    def facts(self, block: Facts) -> None:
        for start in range(0, len(block.items), FACTS):
            self.fact_row(block.items[start : start + FACTS], min(FACTS, len(block.items)))
        self.sheet.set_y(self.sheet.y + 2)

    def fact_row(self, items, columns: int) -> None:
        sheet, gap = self.sheet, 2.5
        width, big = (sheet.epw - gap * (columns - 1)) / columns, Face(style="B", size=12)
        drawn = []
        for fact in items:
            label = sheet.type.rows([Piece(self.plain(fact.label), SMALL), *self.references((fact.query,))], width - 4)
            value = sheet.type.rows([Piece(text.cell(fact.value, self.lang), big)], width - 4)
            drawn.append([(row, SMALL) for row in label] + [(row, big) for row in value])
        height = max(sum(sheet.line_height(face) for _, face in rows) for rows in drawn) + 4
        sheet.need(height)
        top = sheet.y
        sheet.set_draw_color(*RULE)
        for place, rows in enumerate(drawn):
            x, y = MARGIN + place * (width + gap), top + 2
            sheet.rect(x, top, width, height)
            for row, face in rows:
                sheet.row(row, x + 2, y, sheet.line_height(face))
                y += sheet.line_height(face)
        sheet.set_y(top + height + 2)

    def table(self, block: TableBlock) -> None:
        self.title(block.title, (block.query,), 22)
        own = bool(block.queries)
        queries = block.queries or ("",) * len(block.rows)
        named = text.named(block, self.lang)
        rows = [
            [*(self.cell(value, named and place == 0) for place, value in enumerate(row)), *([self.source(query)] if own else [])]
            for row, query in zip(block.rows, queries)
        ]
        header = [self.plain(name) for name in block.header] + ([self.plain(msg("Source"))] if own else [])
        Grid(self.sheet, header, rows, (*text.figure_columns(block), True)).draw()
        self.sheet.set_y(self.sheet.y + 4)

    def cell(self, value: Cell, name: bool) -> Piece:
        return Piece(text.cell(value, self.lang), STRONG if name else BODY)

    def source(self, query: str) -> Piece:
        return Piece(query, REFERENCE, query if self.sheet.has(query) else "")

    def title(self, title: Msg, ids: Iterable[str], room: float, unit: Msg | None = None) -> None:
        self.sheet.set_y(self.sheet.y + 1.5)
        self.sheet.need(room)
        said = [Piece(self.plain(title), TITLE)]
        said += [Piece(f"  {self.plain(unit)}", SMALL)] if unit else []
        self.sheet.flow([*said, *self.references(ids)], MARGIN, self.sheet.epw, TITLE)
        self.sheet.set_y(self.sheet.y + 1)

    def chart(self, block: Chart) -> None:
        drawing, scale = pdf_chart.planned(self.sheet, block)
        self.title(block.title, (block.query,), drawing.height * scale + 9, block.unit)
        pdf_chart.put(self.sheet, drawing, scale)
        self.sheet.set_y(self.sheet.y + 4)

    def code(self, block: Code) -> None:
        if block.title:
            self.title(block.title, (), 20)
        self.listing(block.text)
        self.sheet.set_y(self.sheet.y + 3)

    def listing(self, code: str) -> None:
        """Lines in a typewriter face on a panel, broken where they are longer than the page is wide."""
        sheet, line = self.sheet, MONO.size * POINT * 1.32
        room = int((sheet.epw - 5) / sheet.type.width("x", MONO))
        for whole in text.visible_code(code).split("\n"):
            for part in broken(sheet.type.fit(whole, MONO), room):
                sheet.need(line)
                sheet.set_fill_color(*PANEL)
                sheet.rect(MARGIN, sheet.y, sheet.epw, line + 0.1, style="F")
                sheet.set_font(MONO.family, "", MONO.size)
                sheet.set_text_color(*MONO.colour)
                sheet.text(MARGIN + 2.5, sheet.y + line / 2 + MONO.size * POINT * 0.36, part)
                sheet.set_y(sheet.y + line)


def broken(line: str, room: int) -> Iterator[str]:
    """A line of code in parts of at most `room` characters, after a space where there is one in the last third."""
    while len(line) > room:
        cut = line.rfind(" ", room * 2 // 3, room) + 1 or room
        yield line[:cut]
        line = line[cut:]
    yield line


_QUOTED_OR_SPACE = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\s+""")


def compact(sql: str) -> str:
    """SQL on one line: on paper the line breaks of a hundred queries would take thirty pages."""
    return _QUOTED_OR_SPACE.sub(lambda found: found.group(1) or " ", sql)


BLOCKS: dict[str, Callable[[_Press, Block], None]] = {
    "paragraph": _Press.paragraph,
    "bullets": _Press.bullets,
    "facts": _Press.facts,
    "table": _Press.table,
    "chart": _Press.chart,
    "code": _Press.code,
    "callout": _Press.callout,
}
