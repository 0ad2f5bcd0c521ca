"""Several tables in one file: parted by blank lines or by lines with a title, each with a header of its own.

The rule. A *block* is what stands between blank lines, or below a line with one cell that reads like a title (`[orders]`, `# orders`,
`Table: orders`). A block is a table where two rows or more have one width of at least two cells. The first such block is the first
table. A later block is another table where it has a title or another width, its first row reads like names and is not the
header of the table before it (a header that comes again), and its rows below hold values in a column, or another number of cells than before.
Everything else belongs to the table before it. A file is looked at by its head only, so that to list the tables of a large one costs
no more than of a small one: the last table found goes on to its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.files.cells import Record, is_value, names_like

_TITLE = re.compile(
    r"\s*(?:\[(?P<a>[^\]]+)\]|#+\s*(?P<b>.+?)|=+\s*(?P<c>[^=]+?)\s*=+|(?:table|таблица|лист|sheet)\s*:?\s*(?P<d>.+?))[\s,;|\t]*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Section:
    """One of several tables: its name, the lines from and before which it stands (from 0; None: to the end)."""

    name: str
    start: int
    stop: int | None


class _Block:
    """Lines between blank ones: its records, its title, the line it starts at, and whether the title is sure (not a comment)."""

    def __init__(self, rows: list[Record], title: str, start: int, sure: bool) -> None:
        self.rows, self.title, self.start, self.sure = rows, title, start, sure
        self.width = max(Counter(len(row.cells) for row in rows).items(), key=lambda pair: (pair[1], pair[0]))[0]
        self.body = [row for row in rows if len(row.cells) == self.width]

    @property
    def is_table(self) -> bool:
        return self.width > 1 and len(self.body) > 1 and 2 * len(self.body) > len(self.rows)


def sections_of(rows: Sequence[Record], lines: Sequence[str]) -> tuple[Section, ...]:
    """The tables of a file by its head; none where there is only one."""
    found: list[_Block] = []
    for block in _blocks(rows, lines):
        # The first block of two rows may be names and values above the table.
        if block.is_table and (_is_other(found[-1], block) if found else len(block.body) > 2 or block.title):
            found.append(block)
    if len(found) < 2:
        return ()
    names = [block.title.strip() or f"table {number}" for number, block in enumerate(found, 1)]
    names = [name if names.count(name) == 1 else f"{name} {number}" for number, name in enumerate(names, 1)]
    stops = [block.start for block in found[1:]]
    return tuple(
        Section(name, 0 if number == 0 else block.start, stop)
        for number, (name, block, stop) in enumerate(zip(names, found, [*stops, None]))
    )


def _blocks(rows: Sequence[Record], lines: Sequence[str]) -> list[_Block]:
    blocks: list[_Block] = []
    held: list[Record] = []
    title, start, comment = "", None, False

    def close() -> None:
        nonlocal held, title, start
        if held:
            blocks.append(_Block(held, title, held[0].line if start is None else start, bool(title) and not comment))
            held, title, start = [], "", None

    for number, row in enumerate(rows):
        text = lines[row.line] if row.line < len(lines) else ""
        named = _TITLE.fullmatch(text) if row.filled <= 1 else None
        if named:
            close()
            title, start, comment = next(filter(None, named.groups())), row.line, text.lstrip().startswith("#")
        elif not row.filled:
            close()
        elif row.filled == 1 and not held and number + 1 < len(rows) and rows[number + 1].filled > 1:
            title, start, comment = next(cell for cell in row.cells if cell.strip()), row.line, False
        else:
            held.append(row)
    close()
    return blocks


def _is_other(before: _Block, block: _Block) -> bool:
    first, body = block.body[0].cells, block.body[1:]
    if block.rows[0] is not block.body[0] or not names_like(first) or not all(cell.strip() for cell in first[:1]):
        return False
    if first == before.body[0].cells:
        return False
    valued = any(is_value(cell) for row in body for cell in row.cells)
    if block.width != before.width:
        return valued or len({cell.strip().lower() for cell in first}) == len(first)
    return block.sure or (valued and names_like(before.body[0].cells) and not set(first) & set(before.body[0].cells))
