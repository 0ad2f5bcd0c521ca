"""Markdown that GitHub and other readers show alike: text from the data stays text, tables stay tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from core.models.report import (
    Block,
    Bullets,
    Callout,
    Cell,
    Chart,
    Code,
    Document,
    Facts,
    Paragraph,
    Query,
    Section,
    TableBlock,
)
from core.words import Msg, msg
from reports.formats import text
from reports.formats.shown import by_id, shown

BAR = 24
"""Characters of the longest bar of a chart."""

# Backslashes where every reader knows them, entities for the rest: no reader makes a link, a tag or a table of these.
_ESCAPES = {
    **{sign: "\\" + sign for sign in "\\`*[]#"},
    **{sign: f"&#{ord(sign)};" for sign in "|~$@"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
}
_SPECIAL = re.compile(r"[\\`*\[\]#|~$@&<>]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.", re.IGNORECASE)
_START = re.compile(r"^([-+=]|\d+(?=[.)]))")


def render(document: Document, lang: str) -> bytes:
    """UTF-8, for readers of CommonMark with tables."""
    cut = shown(document)
    page = _Page(lang, by_id(cut))
    return page.whole(cut).encode("utf-8", "replace")


def escaped(plain: str) -> str:
    """Text that Markdown shows as it is, inside a line or a cell."""
    return _SPECIAL.sub(lambda sign: _ESCAPES.get(sign.group(), f"&#{ord(sign.group()[0])};"), plain)


def start(source: str) -> str:
    """Markdown at the start of a line, where nothing of it may begin a list or a heading."""
    return _START.sub(lambda found: f"&#{ord(found.group()[0])};{found.group()[1:]}", source.lstrip(" "))


def line(plain: str) -> str:
    """Text that stands on a line by itself."""
    return start(escaped(plain))


def fenced(code: str, language: str) -> str:
    """A block of code whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


class _Page:
    """A page in one language: blocks are separated by an empty line."""

    def __init__(self, lang: str, entries: dict[str, Query]) -> None:
        self.lang, self.entries = lang, entries

    def whole(self, document: Document) -> str:
        made = f"{self.inline(document.title)} · {self.inline(document.subtitle)} · {text.date(document.made_at, self.lang)}"
        parts = [f"# {line(text.visible(document.project))}", made, "\n".join(self.contents(document.sections, ""))]
        for section in document.sections:
            parts += self.section(section, 2)
        for entry in document.appendix:
            parts += self.entry(entry)
        return "\n\n".join(parts) + "\n"

    def contents(self, sections: Iterable[Section], indent: str) -> list[str]:
        lines = []
        for section in sections:
            lines.append(f"{indent}- [{self.inline(section.title)}](#{section.id})")
            lines += self.contents(section.sections, indent + "  ")
        return lines

    def section(self, section: Section, level: int) -> list[str]:
        parts = [f'<a id="{section.id}"></a>', f"{'#' * level} {self.inline(section.title)}"]
        parts += [BLOCKS[block.block](self, block) for block in section.blocks]
        for part in section.sections:
            parts += self.section(part, min(level + 1, 5))
        return parts

    def entry(self, entry: Query) -> list[str]:
        code = [fenced(text.visible_code(entry.sql), "sql")] if entry.sql else []
        return [f'<a id="{entry.id}"></a>**{entry.id}** {self.inline(entry.about)}', *code]

    # Words

    def inline(self, message: Msg) -> str:
        return "".join(f"`{span.text}`" if span.kind == "code" else escaped(span.text) for span in text.spans(message, self.lang))

    def references(self, ids: Iterable[str]) -> str:
        return "".join(f" [{name}](#{name})" for name in dict.fromkeys(ids) if name in self.entries)

    def cell(self, value: Cell) -> str:
        return escaped(text.cell(value, self.lang))

    # Blocks

    def paragraph(self, block: Paragraph) -> str:
        return start(self.inline(block.text)) + self.references(block.queries)

    def callout(self, block: Callout) -> str:
        level = escaped(text.plain(text.LEVELS[block.level], self.lang))
        return f"> **{level}:** {self.inline(block.text)}{self.references(block.queries)}"

    def bullets(self, block: Bullets) -> str:
        queries = block.queries or ((),) * len(block.items)
        lines = []
        for place, (item, ids) in enumerate(zip(block.items, queries), start=1):
            mark = f"{place}." if block.ordered else "-"
            lines.append(f"{mark} {start(self.inline(item))}{self.references(ids)}")
        return "\n".join(lines)

    def facts(self, block: Facts) -> str:
        rows = [[self.inline(fact.label), self.cell(fact.value), self.references((fact.query,)).strip()] for fact in block.items]
        return self.grid([msg("Figure"), msg("Value"), msg("Source")], rows, (False, True, False))

    def table(self, block: TableBlock) -> str:
        own = bool(block.queries)
        queries = block.queries or ("",) * len(block.rows)
        rows = [
            [*map(self.cell, row), *([self.references((query,)).strip()] if own else [])]
            for row, query in zip(block.rows, queries)
        ]
        header = [*block.header, *([msg("Source")] if own else [])]
        title = f"**{self.inline(block.title)}**{self.references((block.query,))}"
        return f"{title}\n\n{self.grid(header, rows, (*text.figure_columns(block), False))}"

    def grid(self, header: list[Msg], rows: list[list[str]], right: tuple[bool, ...]) -> str:
        lines = [
            "| " + " | ".join(self.inline(name) for name in header) + " |",
            "| " + " | ".join("---:" if figures else "---" for figures, _ in zip(right, header)) + " |",
            *("| " + " | ".join(cell or " " for cell in row) + " |" for row in rows),
        ]
        return "\n".join(lines)

    def chart(self, block: Chart) -> str:
        unit = f" ({self.inline(block.unit)})" if block.unit else ""
        names = [name for name, _ in block.series]
        most = max((abs(value) for _, values in block.series for value in values), default=0.0) or 1.0
        rows = [
            [escaped(text.visible(label)), *(self.bar(values[place], most) for _, values in block.series)]
            for place, label in enumerate(block.labels)
        ]
        title = f"**{self.inline(block.title)}**{unit}{self.references((block.query,))}"
        return f"{title}\n\n{self.grid([msg('Value'), *names], rows, (False,) * (len(names) + 1))}"

    def bar(self, value: float, most: float) -> str:
        return f"{'█' * round(abs(value) / most * BAR)} {text.number(int(value) if value == int(value) else value, self.lang)}".strip()

    def code(self, block: Code) -> str:
        title = f"**{self.inline(block.title)}**\n\n" if block.title else ""
        return title + fenced(text.visible_code(block.text), block.language)


BLOCKS: dict[str, Callable[[_Page, Block], str]] = {
    "paragraph": _Page.paragraph,
    "bullets": _Page.bullets,
    "facts": _Page.facts,
    "table": _Page.table,
    "chart": _Page.chart,
    "code": _Page.code,
    "callout": _Page.callout,
}
