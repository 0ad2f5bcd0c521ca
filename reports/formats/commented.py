"""Code of a document with its comments in the reader's language."""

from __future__ import annotations

from dataclasses import replace

from core.models.design import commented
from core.models.report import Block, Code, Document, Section


def in_language(document: Document, lang: str) -> Document:
    return replace(document, sections=tuple(_section(section, lang) for section in document.sections))


def _section(section: Section, lang: str) -> Section:
    blocks = tuple(_block(block, lang) for block in section.blocks)
    return replace(section, blocks=blocks, sections=tuple(_section(part, lang) for part in section.sections))


def _block(block: Block, lang: str) -> Block:
    return replace(block, text=commented(block.text, block.comments, lang)) if isinstance(block, Code) else block
