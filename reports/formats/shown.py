"""What of a document fits on pages: everything is in the JSON, a page says how much of it is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.models.report import Block, Bullets, Callout, Chart, Code, Document, Facts, Paragraph, Query, Section, TableBlock
from core.words import plural

ROWS, ITEMS, LINES, BLOCKS, PARTS = 100, 60, 300, 60, 40
"""Rows of a table, points of a list, lines of code, blocks of a section and parts of a section that a page shows."""


def shown(document: Document) -> Document:
    """The document cut to what a reader can take in, with the entries of the appendix that it still names."""
    sections = tuple(_section(section) for section in document.sections)
    if sections == document.sections:
        return document
    named = set(ids(sections))
    return replace(document, sections=sections, appendix=tuple(entry for entry in document.appendix if entry.id in named))


def _section(section: Section) -> Section:
    blocks = tuple(piece for block in section.blocks[:BLOCKS] for piece in _block(block))
    if len(section.blocks) > BLOCKS:
        left = len(section.blocks) - BLOCKS
        blocks += (Paragraph(plural("{n} more point is in the JSON.", "{n} more points are in the JSON.", n=left)),)
    parts = tuple(_section(part) for part in section.sections[:PARTS])
    if len(section.sections) > PARTS:
        left = len(section.sections) - PARTS
        blocks += (Paragraph(plural("{n} more part is in the JSON.", "{n} more parts are in the JSON.", n=left)),)
    return replace(section, blocks=blocks, sections=parts)


def _block(block: Block) -> tuple[Block, ...]:
    if isinstance(block, TableBlock) and len(block.rows) > ROWS:
        left = plural("{n} more row is in the JSON.", "{n} more rows are in the JSON.", n=len(block.rows) - ROWS)
        return replace(block, rows=block.rows[:ROWS], queries=block.queries[:ROWS]), Paragraph(left)
    if isinstance(block, Bullets) and len(block.items) > ITEMS:
        left = plural("{n} more point is in the JSON.", "{n} more points are in the JSON.", n=len(block.items) - ITEMS)
        return replace(block, items=block.items[:ITEMS], queries=block.queries[:ITEMS]), Paragraph(left)
    if isinstance(block, Code) and block.text.count("\n") >= LINES:
        lines = block.text.split("\n")
        left = plural("{n} more line is in the JSON.", "{n} more lines are in the JSON.", n=len(lines) - LINES)
        return replace(block, text="\n".join(lines[:LINES])), Paragraph(left)
    return (block,)


def ids(sections: tuple[Section, ...]) -> Iterator[str]:
    """The ids of the entries that the blocks of sections name."""
    for section in sections:
        for block in section.blocks:
            yield from _named(block)
        yield from ids(section.sections)


def _named(block: Block) -> Iterator[str]:
    if isinstance(block, (Paragraph, Callout)):
        yield from block.queries
    elif isinstance(block, Bullets):
        yield from (query for queries in block.queries for query in queries)
    elif isinstance(block, Facts):
        yield from (fact.query for fact in block.items)
    elif isinstance(block, TableBlock):
        yield from (block.query, *block.queries)
    elif isinstance(block, Chart):
        yield block.query


def by_id(document: Document) -> dict[str, Query]:
    return {entry.id: entry for entry in document.appendix}
