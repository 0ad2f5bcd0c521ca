"""What has been seen of the parts of a row: a tree of elements, each with its attributes and children, that only ever grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from connectors.files.dialect import unique
from connectors.markup.tokens import Names, local

OUTSIDE, ROW, KEPT = 0, 1, 2
"""Above every root; the element of a row, wherever it is; what lies inside a part that is kept as it is written."""
DEEP = 24
"""Levels below a row that become columns. What lies deeper is kept as XML: whoever nests as deep nests without end. An assumption."""
MANY = 2_000
"""Parts of a row. Where there are more, names are data (`<item_17>`), and the part with most of them is kept as XML. An assumption."""

Field = tuple[str, int]


class Unruly(Exception):
    """There are too many parts: `path` is to be kept as it is written."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path


@dataclass(slots=True)
class Node:
    """An element by its path. `fields` are its attributes `@`, children `<` and own text `#`, with the name each is shown under."""

    number: int
    name: str
    parent: int
    depth: int
    kept: bool = False
    many: bool = False
    text: bool = False
    fields: dict[Field, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    @property
    def plain(self) -> bool:
        return not self.fields and self.number != ROW

    def ordered(self) -> list[tuple[Field, str]]:
        """The fields as a person expects them: attributes, children, text. Those of a row get their names here, when all are known."""
        found = sorted(self.fields.items(), key=lambda one: "@<#".index(one[0][0]))
        if self.number != ROW:
            return found
        names: list[str] = []
        for part, name in found:
            names.append(f"{name}_element" if part[0] != "@" and name in names else name)
        return list(zip((part for part, _ in found), unique(names)))

    def add(self, part: Field, name: str) -> None:
        """Show a part under its name, or under one that is free: capitals tell no columns apart."""
        if part in self.fields:
            return
        free, number = name, 2
        while self.number != ROW and free.lower() in self.taken:
            free, number = f"{name}_{number}", number + 1
        self.taken.add(free.lower())
        self.fields[part] = free


class Shape:
    """The paths of a file as numbers, and what is known of each. `record` is the element of a row; none where rows are still sought."""

    def __init__(self, names: Names, record: str | None, kept: frozenset[tuple[str, ...]] = frozenset()) -> None:
        self.names = names
        self.record = record
        self.kept = kept
        self.nodes = [Node(OUTSIDE, "", -1, -1), Node(ROW, record or "", -1, 0), Node(KEPT, "", -1, 0)]
        self._kids: dict[tuple[int, int], int] = {}
        self._table = np.full((64, 64), -1, np.int32)

    def paths(self, parents: np.ndarray, names: np.ndarray) -> np.ndarray:
        """The paths of elements with these names in these parents; new ones are added in the order in which they appear."""
        size = max(len(self.nodes), len(self.names.known))
        if size >= len(self._table):
            grown = np.full((2 * size, 2 * size), -1, np.int32)
            grown[: len(self._table), : len(self._table)] = self._table
            self._table = grown
        found = self._table[parents, names]
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            pairs, first = np.unique(np.stack((parents[unknown], names[unknown])), axis=1, return_index=True)
            for place in np.argsort(first):
                parent, name = map(int, pairs[:, place])
                self._kids[parent, name] = self._new(parent, name)
                if max(len(self.nodes), len(self.names.known)) >= len(self._table):
                    return self.paths(parents, names)
                self._table[parent, name] = self._kids[parent, name]
            found = self._table[parents, names]
        return found

    def _new(self, parent: int, number: int) -> int:
        if (parent, number) in self._kids:
            return self._kids[parent, number]
        above, name = self.nodes[parent], self.name(number)
        inside = self.inside(parent)
        if parent == KEPT or above.kept:
            return KEPT
        if not inside and name == self.record:
            return ROW
        if len(self.nodes) > MANY:
            if self.record is None:
                return KEPT
            raise Unruly(self.path(self._fullest()))
        node = Node(len(self.nodes), name, parent, above.depth + 1 if inside else -1)
        self.nodes.append(node)
        if inside:
            node.kept = node.depth >= DEEP or self.path(node.number) in self.kept
            above.add(("<", node.number), name)
        return node.number

    def name(self, number: int) -> str:
        return list(self.names.known)[number]

    def inside(self, number: int) -> bool:
        """Whether a path lies in a row, or is one."""
        return self.nodes[number].depth >= 0

    def path(self, number: int) -> tuple[str, ...]:
        """The names from the row down to an element; of what is outside of rows, from the root."""
        node = self.nodes[number]
        return () if node.number in (OUTSIDE, ROW) else (*self.path(node.parent), node.name)

    def children(self, node: Node) -> Iterator[tuple[Node, str]]:
        for (sign, number), shown in node.fields.items():
            if sign == "<":
                yield self.nodes[number], shown

    def attribute(self, node: Node, number: int) -> None:
        """An attribute was seen."""
        name = local(self.name(number)[1:])
        node.add(("@", number), name if node.number == ROW else f"@{name}")

    def own_text(self, node: Node) -> None:
        """A text was seen beside the children or attributes."""
        node.add(("#", 0), "text" if node.number == ROW else "#text")

    def type(self, node: Node) -> pa.DataType:
        """The Arrow type of an element, were there one of it."""
        if node.plain or node.kept:
            return pa.string()
        return pa.struct([(shown, self.part_type(part)) for part, shown in node.ordered()])

    def part_type(self, part: Field) -> pa.DataType:
        if part[0] != "<":
            return pa.string()
        child = self.nodes[part[1]]
        return pa.list_(self.type(child)) if child.many else self.type(child)

    def _fullest(self) -> int:
        kids = [sum(sign == "<" for sign, _ in node.fields) for node in self.nodes]
        return int(np.argmax(kids))
