"""Tables of the PDF: columns as wide as what they hold allows, rows over as many lines and pages as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reports.formats.pdf_sheet import MARGIN, MUTED, PANEL, POINT, RULE, Sheet
from reports.formats.pdf_type import Face, Piece, Row

PAD_X, PAD_Y = 1.6, 1.1
LEADING = 1.3
WIDEST_WORD = 0.3
"""Share of the width that the longest word of a column may claim before it is broken."""

SMALLEST = 6.2
SHORT = 14
"""Characters of a heading that is not broken."""


class Grid:
    """A table: header and rows of cells, each cell a piece; `right` says which columns are set to the right."""

    def __init__(self, sheet: Sheet, header: Sequence[str], rows: Sequence[Sequence[Piece]], right: Sequence[bool]) -> None:
        self.sheet, self.right, self.rows = sheet, right, rows
        size = next((size for most, size in ((7, 8.0), (9, 7.4), (11, 6.8)) if len(header) <= most), SMALLEST)
        self.face = Face(size=size)
        whole = (name.replace(" ", "\u00a0") if len(name) <= SHORT else name for name in header)
        self.header = [Piece(name, Face(style="B", size=size - 0.3, colour=MUTED)) for name in whole]
        self.line = size * POINT * LEADING
        self.widths = self._widths()

    def draw(self) -> None:
        """Put the table on the sheet; the header stands again on every page."""
        header = self._broken(self.header)
        first = self._broken(self._sized(self.rows[0])) if self.rows else []
        self.sheet.need(self._height(header) + min(self._height(first), 40.0))
        self._header(header)
        for row in self.rows:
            self._row(self._broken(self._sized(row)), header)

    def _sized(self, row: Sequence[Piece]) -> list[Piece]:
        return [piece._replace(face=replace(piece.face, size=min(piece.face.size, self.face.size))) for piece in row]

    # Widths

    def _widths(self) -> list[float]:
        """What each column needs: all of it where there is room, else its longest word and a fair share of the rest."""
        total = self.sheet.epw - 2 * PAD_X * len(self.header)
        columns = (
            [list(column) for column in zip(self.header, *map(self._sized, self.rows))]
            if self.rows
            else [[one] for one in self.header]
        )
        natural = [max(self._width(piece) for piece in column) for column in columns]
        least = [min(max(self._word(piece) for piece in column), total * WIDEST_WORD) for column in columns]
        if sum(natural) <= total:
            spare = (total - sum(natural)) / len(natural)
            return [width + spare for width in natural]
        if sum(least) > total:
            return [width * total / sum(least) for width in least]
        wish = [max(0.0, min(want, total) - need) ** 0.75 for want, need in zip(natural, least)]
        rest = (total - sum(least)) / (sum(wish) or 1.0)
        return [need + rest * more for need, more in zip(least, wish)]

    def _width(self, piece: Piece) -> float:
        return self.sheet.type.width(self.sheet.type.fit(piece.text, piece.face), piece.face) + 0.2

    def _word(self, piece: Piece) -> float:
        return max((self._width(piece._replace(text=word)) for word in piece.text.split(" ")), default=0.0)

    # Rows

    def _broken(self, row: Sequence[Piece]) -> list[list[Row]]:
        return [self.sheet.type.rows([piece], width) for piece, width in zip(row, self.widths)]

    def _height(self, cells: list[list[Row]]) -> float:
        return max((len(cell) for cell in cells), default=1) * self.line + 2 * PAD_Y

    def _header(self, cells: list[list[Row]]) -> None:
        self.sheet.set_fill_color(*PANEL)
        self.sheet.rect(MARGIN, self.sheet.y, self.sheet.epw, self._height(cells), style="F")
        self._cells(cells)

    def _row(self, cells: list[list[Row]], header: list[list[Row]]) -> None:
        """A row; one that is longer than what is left of a page goes to the next, one longer than a page is continued."""
        while True:
            lines = max(len(cell) for cell in cells)
            fits = int((self.sheet.left - 2 * PAD_Y) / self.line)
            if fits < min(lines, 12):
                self.sheet.next_page()
                self._header(header)
                fits = int((self.sheet.left - 2 * PAD_Y) / self.line)
            self._cells([cell[:fits] for cell in cells])
            if lines <= fits:
                return
            cells = [cell[fits:] for cell in cells]

    def _cells(self, cells: list[list[Row]]) -> None:
        sheet, top, height = self.sheet, self.sheet.y, self._height(cells)
        x = MARGIN
        for cell, width, right in zip(cells, self.widths, self.right):
            for place, row in enumerate(cell):
                long = row[-1].x + row[-1].width if row else 0.0
                shift = width - long if right else 0.0
                sheet.row(row, x + PAD_X + shift, top + PAD_Y + place * self.line, self.line)
            x += width + 2 * PAD_X
        sheet.set_draw_color(*RULE)
        sheet.line(MARGIN, top + height, MARGIN + sheet.epw, top + height)
        sheet.set_y(top + height)
