"""A chart as shapes on a plane: the HTML writes them as SVG, the PDF draws them with its own lines and rectangles.

Units are pixels of a drawing of a given width. A renderer hands in how wide a text is, so labels are cut where they would not
fit. Drawn here rather than by a plotting library: bars and lines need no more, text stays text in the reader's own typeface, colours
follow the page (light, dark, print), and a report is made before such a library is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Literal

from core.models.report import Chart
from reports.formats import text

Ink = Literal["label", "muted", "grid", "axis"] | int
"""What a shape is drawn with: a named ink, or the number of a series."""

Measure = Callable[[str], float]
"""The width of a text in pixels."""

SIZE = 11.0
"""Height of the letters."""

ROW, GAP, PLOT, TICKS = 24.0, 8.0, 170.0, 4
SMALLEST = 1e-250
"""A value or a span below this is drawn as none: nothing can be divided by it."""

BARS = 60
"""Bars that are drawn; a longer chart is cut like a table."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A bar; `tip` says its value."""

    x: float
    y: float
    width: float
    height: float
    ink: Ink
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    ink: Ink


@dataclass(frozen=True, slots=True)
class Label:
    """A text on one line; `y` is its base line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    ink: Ink = "label"


Shape = Rect | Line | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes on a plane of a width and a height."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def draw(chart: Chart, lang: str, width: float, measure: Measure) -> Drawing:
    """The drawing of a chart without its title."""
    labels = [text.visible(label) for label in chart.labels[:BARS]]
    series = [
        [value if isfinite(value) and abs(value) > SMALLEST else 0.0 for value in values[:BARS]] for _, values in chart.series
    ]
    if not labels or not series:
        return Drawing(width, 0, ())
    names = [text.plain(name, lang) for name, _ in chart.series]
    plan = _across if chart.kind == "hbar" else _upright
    height, shapes = plan(chart, labels, series, lang, width, measure)
    if len(names) > 1:
        legend, more = _legend(names, height, measure)
        shapes, height = [*shapes, *legend], height + more
    return Drawing(width, height, tuple(shapes))


def _legend(names: Sequence[str], top: float, measure: Measure) -> tuple[list[Shape], float]:
    shapes: list[Shape] = []
    x = 0.0
    for place, name in enumerate(names):
        shapes += [Rect(x, top + 8, 10, 10, place), Label(x + 15, top + 17, name)]
        x += measure(name) + 35
    return shapes, 24.0


def _across(
    chart: Chart, labels: list[str], series: list[list[float]], lang: str, width: float, measure: Measure
) -> tuple[float, list[Shape]]:
    """Horizontal bars, each with its label before it and its value behind it."""
    left = min(max(map(measure, labels)) + GAP, width * 0.34)
    said = [[text.number(_whole(value), lang) for value in values] for values in series]
    right = max(measure(value) for values in said for value in values) + GAP
    scale = (width - left - right) / (max(max(map(abs, values)) for values in series) or 1.0)
    thick = (ROW - GAP) / len(series)
    shapes: list[Shape] = [Line(((left, 0), (left, ROW * len(labels))), "axis")]
    for row, label in enumerate(labels):
        top = row * ROW + GAP / 2
        shapes.append(Label(left - GAP, top + (ROW - GAP) / 2 + SIZE * 0.36, cut(label, left - GAP, measure), "end"))
        for place, values in enumerate(series):
            long, y = abs(values[row]) * scale, top + place * thick
            shapes.append(Rect(left, y, max(long, 1.0), thick, place, f"{label}: {said[place][row]}"))
            shapes.append(Label(left + max(long, 1.0) + GAP / 2, y + thick / 2 + SIZE * 0.36, said[place][row], "start", "muted"))
    return ROW * len(labels), shapes


def _upright(
    chart: Chart, labels: list[str], series: list[list[float]], lang: str, width: float, measure: Measure
) -> tuple[float, list[Shape]]:
    """Bars or lines over an axis of labels, with a grid of round numbers."""
    ticks = _ticks(min(0.0, *(min(values) for values in series)), max(max(values) for values in series))
    left = max(measure(text.number(_whole(tick), lang)) for tick in ticks) + GAP
    span = (ticks[-1] - ticks[0]) or 1.0
    top = SIZE

    def height_of(value: float) -> float:
        return top + PLOT * (1 - (value - ticks[0]) / span)

    shapes: list[Shape] = []
    for tick in ticks:
        y = height_of(tick)
        shapes.append(Line(((left, y), (width, y)), "axis" if tick == 0 else "grid"))
        shapes.append(Label(left - GAP / 2, y + SIZE * 0.36, text.number(_whole(tick), lang), "end", "muted"))
    step = (width - left) / len(labels)
    marks = _lines if chart.kind == "line" else _bars
    shapes += marks(labels, series, lang, left, step, height_of, 0.06 if chart.kind == "histogram" else 0.2)
    shapes += _axis(labels, left, step, top + PLOT + SIZE + GAP, measure, chart.kind == "histogram")
    return top + PLOT + SIZE + GAP * 2, shapes


def _bars(labels, series, lang, left, step, height_of: Callable[[float], float], gap: float) -> list[Shape]:
    shapes: list[Shape] = []
    wide = step * (1 - gap) / len(series)
    for place, values in enumerate(series):
        for row, value in enumerate(values):
            ends = sorted((height_of(value), height_of(0.0)))
            x = left + step * row + step * gap / 2 + place * wide
            shapes.append(Rect(x, ends[0], wide, ends[1] - ends[0], place, f"{labels[row]}: {text.number(_whole(value), lang)}"))
    return shapes


def _lines(labels, series, lang, left, step, height_of: Callable[[float], float], gap: float) -> list[Shape]:
    middle = left + step / 2
    return [
        Line(tuple((middle + step * row, height_of(value)) for row, value in enumerate(values)), place)
        for place, values in enumerate(series)
    ]


def _axis(labels: list[str], left: float, step: float, y: float, measure: Measure, edges: bool) -> list[Shape]:
    """As many labels as fit side by side: under the middle of a bar, or under the edge at which a bar of a histogram starts."""
    widest = max(min(measure(label), step * 8) for label in labels) + GAP
    every = max(1, ceil(widest / step))
    room, end = every * step - GAP, left + step * len(labels)
    shapes: list[Shape] = []
    for row in range(0, len(labels), every):
        x, said = left + step * row + (0 if edges else step / 2), cut(labels[row], room, measure)
        if x + measure(said) / (1 if edges else 2) <= end:
            shapes.append(Label(x, y, said, "start" if edges else "middle", "muted"))
    return shapes


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) that span the values."""
    if high - low < SMALLEST:
        high = low + 1
    raw = (high - low) / TICKS
    power = 10 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first, last = floor(low / step), ceil(high / step - 1e-9)
    first -= step * first > low  # a quotient too small for a float is 0, above a low that is not
    return [step * place for place in range(first, last + 1)]


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def cut(label: str, room: float, measure: Measure) -> str:
    """The label, or as much of it as fits and an ellipsis."""
    if measure(label) <= room:
        return label
    while label and measure(label + "…") > room:
        label = label[: max(0, min(len(label) - 1, int(len(label) * 0.9)))]
    return label.rstrip() + "…"
