"""A chart as SVG inside the page: its colours are the page's variables, its text is text."""

from __future__ import annotations

from html import escape

from core.models.report import Chart
from reports.formats import text
from reports.formats.chart import Ink, Label, Line, Rect, Shape, draw

WIDTH = 820.0
COLOURS = 8
LETTER = 6.6
"""Pixels of a letter of 11 pixels on average: a typeface may be wider or narrower by a tenth."""


def svg(chart: Chart, lang: str) -> str:
    """The drawing, with its values as a description for those who cannot see it."""
    drawing = draw(chart, lang, WIDTH, _measure)
    said = "; ".join(f"{text.visible(label)}: {text.number(value, lang)}" for label, value in _values(chart))
    shapes = "".join(map(_shape, drawing.shapes))
    return (
        f'<svg viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(text.plain(chart.title, lang))}</title><desc>{escape(said)}</desc>{shapes}</svg>"
    )


def _values(chart: Chart) -> list[tuple[str, float]]:
    return [pair for _, values in chart.series for pair in zip(chart.labels, values)]


def _measure(label: str) -> float:
    # East Asian and other wide letters take a full square.
    return sum(LETTER if ord(letter) < 0x1100 else 11.0 for letter in label)


def _shape(shape: Shape) -> str:
    if isinstance(shape, Rect):
        tip = f"<title>{escape(shape.tip)}</title>" if shape.tip else ""
        place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}"'
        return f'<rect {place} rx="1.5" style="fill:{_colour(shape.ink)}">{tip}</rect>'
    if isinstance(shape, Line):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
        if isinstance(shape.ink, int):
            return f'<polyline points="{points}" style="fill:none;stroke-width:2;stroke:{_colour(shape.ink)}"/>'
        return f'<polyline points="{points}" class="{shape.ink}" style="fill:none"/>'
    return _label(shape)


def _label(label: Label) -> str:
    kind = ' class="muted"' if label.ink == "muted" else ""
    return f'<text x="{label.x:.1f}" y="{label.y:.1f}" text-anchor="{label.anchor}"{kind}>{escape(label.text)}</text>'


def _colour(ink: Ink) -> str:
    return f"var(--c{ink % COLOURS})" if isinstance(ink, int) else f"var(--{ink})"
