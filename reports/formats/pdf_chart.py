"""A chart drawn on the sheet with lines and rectangles."""

from __future__ import annotations

from core.models.report import Chart
from reports.formats.chart import SIZE, Drawing, Ink, Label, Line, Rect, draw
from reports.formats.pdf_sheet import INK, MARGIN, MUTED, POINT, RULE, SERIES, Sheet
from reports.formats.pdf_type import Colour, Face, Piece

WIDTH = 720.0
"""Pixels of a drawing as wide as the text: their letters are then about 8 points high."""


def planned(sheet: Sheet, chart: Chart) -> tuple[Drawing, float]:
    """The drawing and the millimetres of one of its pixels."""
    scale = sheet.epw / WIDTH
    face = Face(size=SIZE * scale / POINT)

    def measure(label: str) -> float:
        return sheet.type.width(sheet.type.fit(label, face), face) / scale

    return draw(chart, sheet.lang, WIDTH, measure), scale


def put(sheet: Sheet, drawing: Drawing, scale: float) -> None:
    """Draw at the height where the sheet is; there must be room for it."""
    top = sheet.y
    for shape in drawing.shapes:
        if isinstance(shape, Rect):
            sheet.set_fill_color(*_colour(shape.ink))
            place = (MARGIN + shape.x * scale, top + shape.y * scale, shape.width * scale, max(shape.height * scale, 0.05))
            sheet.rect(*place, style="F")
        elif isinstance(shape, Line):
            sheet.set_draw_color(*_colour(shape.ink))
            sheet.polyline([(MARGIN + x * scale, top + y * scale) for x, y in shape.points])
        else:
            _label(sheet, shape, top, scale)
    sheet.set_y(top + drawing.height * scale)


def _label(sheet: Sheet, label: Label, top: float, scale: float) -> None:
    face = Face(size=SIZE * scale / POINT, colour=_colour(label.ink))
    piece = Piece(sheet.type.fit(label.text, face), face)
    width = sheet.type.width(piece.text, face)
    shift = {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    # The base line of the drawing is where the letters of a row of no height would stand.
    base = top + label.y * scale - face.size * POINT * 0.36
    sheet.row(sheet.type.rows([piece], width + 1)[0], MARGIN + label.x * scale - shift, base, 0.0)


def _colour(ink: Ink) -> Colour:
    if isinstance(ink, int):
        return SERIES[ink % len(SERIES)]
    return {"label": INK, "muted": MUTED, "grid": RULE, "axis": MUTED}[ink]
