"""One HTML file that needs nothing else: no request leaves it, and its policy forbids any."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

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
from reports.formats import html_chart, text
from reports.formats.html_style import STYLE
from reports.formats.shown import by_id, shown

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
WORDY = 28
"""Characters from which a cell is prose and gets room."""

REFERENCES = 6
"""Entries of the appendix that are named beside one sentence."""


def render(document: Document, lang: str) -> bytes:
    """UTF-8, with the language said in the file."""
    cut = shown(document)
    page = _Page(lang, by_id(cut))
    return page.whole(cut).encode("utf-8", "replace")


class _Page:
    """A page in one language."""

    def __init__(self, lang: str, entries: dict[str, Query]) -> None:
        self.lang, self.entries = lang, entries

    def whole(self, document: Document) -> str:
        title = escape(f"{text.visible(document.project)} · {text.plain(document.title, self.lang)}")
        parts = [
            f'<!DOCTYPE html>\n<html lang="{self.lang}">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer"><meta name="generator" content="Assay">',
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f'<a class="skip" href="#main">{self.plain(msg("Skip to the report"))}</a>',
            self.header(document),
            '<div class="layout">',
            self.contents(document.sections),
            '<main id="main">',
            *(self.section(section, 2) for section in document.sections),
            *(self.entry(entry) for entry in document.appendix),
            f"<footer>{self.plain(msg('Made by Assay on {date}.', date=text.date(document.made_at, self.lang)))}</footer>",
            "</main>\n</div>\n</body>\n</html>\n",
        ]
        return "\n".join(parts)

    def header(self, document: Document) -> str:
        return (
            f'<header class="top"><p class="kind">{self.plain(document.title)}</p>'
            f'<h1 dir="auto">{escape(text.visible(document.project))}</h1>'
            f'<p class="meta">{self.plain(document.subtitle)} · {escape(text.date(document.made_at, self.lang))}</p></header>'
        )

    def contents(self, sections: Iterable[Section]) -> str:
        name = self.plain(msg("Contents"))
        return f'<nav class="toc" aria-label="{name}"><h2>{name}</h2>{self.links(sections)}</nav>'

    def links(self, sections: Iterable[Section]) -> str:
        items = [
            f'<li><a href="#{escape(section.id)}">{self.plain(section.title)}</a>'
            + (self.links(section.sections) if section.sections else "")
            + "</li>"
            for section in sections
        ]
        return f"<ol>{''.join(items)}</ol>"

    def section(self, section: Section, level: int) -> str:
        head = f'<h{level} id="{escape(section.id)}" dir="auto">{self.plain(section.title)}</h{level}>'
        blocks = [BLOCKS[block.block](self, block) for block in section.blocks]
        parts = [self.section(part, min(level + 1, 4)) for part in section.sections]
        return "\n".join([f"<section>{head}", *blocks, *parts, "</section>"])

    def entry(self, entry: Query) -> str:
        code = f'<pre tabindex="0"><code>{escape(text.visible_code(entry.sql))}</code></pre>' if entry.sql else ""
        said = self.inline(entry.about)
        return f'<div class="entry" id="{escape(entry.id)}"><h3><span class="id">{escape(entry.id)}</span>{said}</h3>{code}</div>'

    # Words

    def plain(self, message: Msg) -> str:
        return escape(text.plain(message, self.lang))

    def inline(self, message: Msg) -> str:
        tags = {"text": "{}", "code": "<code>{}</code>", "data": '<b class="d">{}</b>'}
        return "".join(tags[span.kind].format(escape(span.text)) for span in text.spans(message, self.lang))

    def references(self, ids: Iterable[str]) -> str:
        named = [name for name in dict.fromkeys(ids) if name in self.entries]
        said = "".join(self.reference(name) for name in named[:REFERENCES])
        return said + (f'<span class="ref">+{len(named) - REFERENCES}</span>' if len(named) > REFERENCES else "")

    def reference(self, name: str) -> str:
        about = self.plain(self.entries[name].about)
        return f'<a class="ref" href="#{escape(name)}" title="{about}">{escape(name)}</a>'

    # Blocks

    def paragraph(self, block: Paragraph) -> str:
        return f"<p>{self.inline(block.text)}{self.references(block.queries)}</p>"

    def callout(self, block: Callout) -> str:
        level = self.plain(text.LEVELS[block.level])
        said = self.inline(block.text) + self.references(block.queries)
        return f'<div class="callout {block.level}" role="note"><span class="level">{level}</span>{said}</div>'

    def bullets(self, block: Bullets) -> str:
        tag, kind = ("ol", ' class="points"') if block.ordered else ("ul", "")
        queries = block.queries or ((),) * len(block.items)
        items = [f"<li>{self.inline(item)}{self.references(ids)}</li>" for item, ids in zip(block.items, queries)]
        return f"<{tag}{kind}>{''.join(items)}</{tag}>"

    def facts(self, block: Facts) -> str:
        items = [
            f'<div class="fact"><dt>{self.plain(fact.label)}{self.references((fact.query,))}</dt><dd>{escape(text.cell(fact.value, self.lang))}</dd></div>'
            for fact in block.items
        ]
        return f'<dl class="facts">{"".join(items)}</dl>'

    def table(self, block: TableBlock) -> str:
        figures = text.figure_columns(block)
        head = "".join(
            f'<th scope="col"{_class("n" if right else "")}>{self.plain(name)}</th>' for name, right in zip(block.header, figures)
        )
        own = bool(block.queries)
        head += f'<th scope="col" class="n">{self.plain(msg("Source"))}</th>' if own else ""
        queries = block.queries or ("",) * len(block.rows)
        named = text.named(block, self.lang)
        body = "".join(self.row(row, figures, named, query if own else None) for row, query in zip(block.rows, queries))
        title = self.plain(block.title)
        return (
            f'<div class="table"><p class="title">{title}{self.references((block.query,))}</p>'
            f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>"
        )

    def row(self, row: tuple[Cell, ...], figures: tuple[bool, ...], named: bool, query: str | None) -> str:
        cells = [self.cell(value, right, place == 0, named) for place, (value, right) in enumerate(zip(row, figures))]
        own = f'<td class="r">{self.references((query,))}</td>' if query is not None else ""
        return f"<tr>{''.join(cells)}{own}</tr>"

    def cell(self, value: Cell, right: bool, first: bool, named: bool) -> str:
        said = text.cell(value, self.lang)
        wordy = not named if first else len(said) > WORDY
        kind = "n" if right else "w" if wordy else ""
        if first:
            return f'<th scope="row"{_class(kind)}>{escape(said)}</th>'
        return f"<td{_class(kind)}>{escape(said)}</td>"

    def chart(self, block: Chart) -> str:
        unit = f' <span class="unit">{self.plain(block.unit)}</span>' if block.unit else ""
        caption = f"<figcaption>{self.plain(block.title)}{unit}{self.references((block.query,))}</figcaption>"
        return f"<figure>{caption}{html_chart.svg(block, self.lang)}</figure>"

    def code(self, block: Code) -> str:
        title = f'<p class="title">{self.plain(block.title)}</p>' if block.title else ""
        return f'<div class="table">{title}<pre tabindex="0"><code>{escape(text.visible_code(block.text))}</code></pre></div>'


BLOCKS: dict[str, Callable[[_Page, Block], str]] = {
    "paragraph": _Page.paragraph,
    "bullets": _Page.bullets,
    "facts": _Page.facts,
    "table": _Page.table,
    "chart": _Page.chart,
    "code": _Page.code,
    "callout": _Page.callout,
}


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
