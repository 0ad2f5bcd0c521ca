"""Rows of XML as Arrow, a buffer at a time: every element of one path is a column of numpy indices first and an Arrow array at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.markup.checked import LONGEST, Refused, refused, too_deep, too_long
from connectors.markup.shape import KEPT, OUTSIDE, ROW, Field, Node, Shape
from connectors.markup.tokens import Ints, Names, Tokens, tokens

DEEPEST = 256
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));")
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


class Shredder:
    """Buffers in, rows out. What is left of a row at the end of a buffer waits for the next."""

    def __init__(self, file: Path, record: str | None, kept: frozenset[tuple[str, ...]] = frozenset()) -> None:
        self.file = file
        self.names = Names()
        self.shape = Shape(self.names, record, kept)
        self.counts: dict[int, int] = {}
        self._left = b""
        self._open: list[int] = []

    def feed(self, buffer: bytes) -> pa.Table | None:
        """The rows that end in this buffer, with columns numbered as the fields of the row are; None where none does.

        Raises `DataError` for a row that is too long or elements that lie too deep, `Unruly` where names are data.
        """
        data = self._left + buffer if self._left else buffer
        if b"<" not in data:
            return None  # text outside of rows, behind a comment
        found = tokens(data, len(self._open), self.names)
        if int(found.after.max(initial=0)) > DEEPEST:
            raise too_deep(self.file, DEEPEST)
        levels = list(self._levels(found))
        path = np.empty(len(found.start), np.int32)
        for at, paths in levels:
            path[at] = paths
        cut = self._cut(found, path)
        self._keep_open(found, levels, cut)
        self._left = found.data[found.lt[cut] :] if cut < len(found.lt) else b""
        if len(self._left) > LONGEST:
            raise too_long(self.file)
        try:
            return _Rows(self.shape, found, path, cut).table(self.counts)
        except Refused as error:
            raise refused(self.file) from error

    def _levels(self, found: Tokens) -> Iterator[tuple[Ints, Ints]]:
        """Of each level, from above: which elements lie there, and their paths."""
        at, paths = np.array([], np.int64), np.array([], np.int32)
        lowest, highest = int(found.level.min(initial=0)), int(found.level.max(initial=-1))
        for level in range(lowest, highest + 1):
            here = np.flatnonzero(found.level == level)
            # The parent is the last element above that began before; or one that was open when the buffer began.
            begun = np.array([self._open[level - 1] if 0 < level <= len(self._open) else OUTSIDE], np.int32)
            parents = np.concatenate((begun, paths))[np.searchsorted(at, here)]
            at, paths = here, self.shape.paths(parents, found.name[here])
            yield at, paths

    def _cut(self, found: Tokens, path: Ints) -> int:
        """The tag that opens a row which does not end in this buffer; the number of tags where there is none."""
        rows = np.flatnonzero(path == ROW)
        if not len(rows) or found.alone[rows[-1]]:
            return len(found.lt)
        last = int(found.start[rows[-1]])
        ends = found.after[last + 1 :] <= found.level[rows[-1]]
        return len(found.lt) if ends.any() else last

    def _keep_open(self, found: Tokens, levels: list[tuple[Ints, Ints]], cut: int) -> None:
        """The paths of what is open where the buffer was cut."""
        depth = int(found.after[cut - 1]) if cut else len(self._open)
        lowest = int(found.level.min(initial=0))
        known = np.searchsorted(found.start, cut)
        for level in range(lowest, depth):
            at, paths = levels[level - lowest] if level - lowest < len(levels) else (np.array([]), ())
            before = int(np.searchsorted(at, known))
            if before:
                self._open[level:] = [int(paths[before - 1])]
        del self._open[depth:]


class _Rows:
    """One buffer: the elements of each path, in their order, and what they hold."""

    def __init__(self, shape: Shape, found: Tokens, path: Ints, cut: int) -> None:
        self.shape, self.found = shape, found
        count = int(np.searchsorted(found.start, cut))
        order = np.argsort(path[:count].astype(np.int16), kind="stable")
        sorted_ = path[order]
        bounds = np.flatnonzero(np.diff(sorted_, prepend=-1))
        self.of = {int(sorted_[one]): group for one, group in zip(bounds, np.split(order, bounds[1:]))} if count else {}
        self.path, self.cut = path, cut
        self.kids = {number: self._parents(number) for number in self.of if number > KEPT and shape.inside(number)}
        self.attributes = self._attributes(int(np.searchsorted(found.attribute_of, cut)))
        self.own = self._own_texts()

    def table(self, counts: dict[int, int]) -> pa.Table | None:
        for number, group in self.of.items():
            counts[number] = counts.get(number, 0) + len(group)
        if ROW not in self.of:
            return None
        self._widen()
        row = self.shape.nodes[ROW]
        columns = {str(place): self._part(row, part) for place, part in enumerate(row.fields)}
        return pa.table({"row": pa.nulls(len(self.of[ROW]), pa.bool_()), **columns})

    def _parents(self, number: int) -> Ints:
        """Which element of the parent's path each element of a path lies in."""
        above = self.of[self.shape.nodes[number].parent]
        return np.searchsorted(above, self.of[number], "right") - 1

    def _attributes(self, count: int) -> dict[tuple[int, int], Ints]:
        """The attributes of each path by name: which pieces of the values they are."""
        found = self.found
        names = found.attribute[:count].astype(np.int64)
        if not count:
            return {}
        owner = np.searchsorted(found.start, found.attribute_of[:count])
        paths = self.path[owner].astype(np.int64)
        keys = np.where(names >= 0, paths * (len(self.shape.names.known) + 1) + names, -1)
        order = np.argsort(keys, kind="stable")
        bounds = np.flatnonzero(np.diff(keys[order], prepend=-2))
        made = {}
        for group in np.split(order, bounds[1:]):
            path, name = int(paths[group[0]]), int(names[group[0]])
            if name >= 0 and path != KEPT and self.shape.inside(path) and not self.shape.nodes[path].kept:
                made[path, name] = group
        first = sorted(made, key=lambda one: made[one][0])
        return {one: made[one] for one in first}

    def _own_texts(self) -> dict[int, dict[int, str]]:
        """The text between children, by path and element: its pieces, trimmed, with a space between them."""
        found = self.found
        last = len(found.lt)
        begins, ends = found.gt + 1, np.append(found.lt[1:], len(found.data))
        leaf = np.zeros(last, bool)
        opened = found.start[~found.alone]
        leaf[opened[opened < last - 1]] = found.end[opened[opened < last - 1] + 1]
        at = np.flatnonzero((ends > begins) & ~leaf)
        at = at[at < self.cut]
        if not len(at):
            return {}
        signs = np.frombuffer(found.data + b"\0", np.uint8)
        pairs = np.stack((begins[at], ends[at]), axis=1).ravel()
        at = at[np.maximum.reduceat(signs, pairs)[0::2] > 32]
        return self._by_owner(at, begins, ends) if len(at) else {}

    def _by_owner(self, at: Ints, begins: Ints, ends: Ints) -> dict[int, dict[int, str]]:
        found, texts = self.found, {}
        level = found.after[at] - 1
        for one in np.unique(level):
            mine, here = at[level == one], np.flatnonzero(found.level == one)
            owners = np.searchsorted(found.start[here], mine, "right") - 1
            for tag, owner in zip(mine.tolist(), owners.tolist()):
                path = int(self.path[here[owner]]) if owner >= 0 else OUTSIDE
                if path == KEPT or not self.shape.inside(path) or self.shape.nodes[path].kept:
                    continue
                text = unescaped(found.data[begins[tag] : ends[tag]].decode()).strip()
                held = texts.setdefault(path, {})
                element = int(here[owner])
                held[element] = f"{held[element]} {text}" if element in held else text
        return texts

    def _widen(self) -> None:
        """Tell the shape what this buffer holds."""
        nodes = self.shape.nodes
        for path, name in self.attributes:
            self.shape.attribute(nodes[path], name)
        for number, inside in self.kids.items():
            if not nodes[number].many and len(inside) > 1 and (np.diff(inside) == 0).any():
                nodes[number].many = True
        for number, group in self.of.items():
            node = nodes[number]
            if number == KEPT or not self.shape.inside(number) or node.kept:
                continue
            node.text = node.text or number in self.own or self._has_text(group, trim=number == ROW)
            if node.fields and node.text:
                self.shape.own_text(node)
        if nodes[ROW].text:
            self.shape.own_text(nodes[ROW])

    def _has_text(self, group: Ints, trim: bool) -> bool:
        found = self.found
        tags = found.start[group][self._leaves(group)]
        if trim:
            return any(found.data[found.gt[tag] + 1 : found.lt[tag + 1]].strip() for tag in tags.tolist())
        return bool((found.lt[tags + 1] > found.gt[tags] + 1).any())

    def _leaves(self, group: Ints) -> Ints:
        """Whether each element holds nothing but text (`<a/>` aside)."""
        tags = self.found.start[group]
        return ~self.found.alone[group] & self.found.end[np.minimum(tags + 1, len(self.found.end) - 1)]

    # Arrays

    def _element(self, node: Node) -> pa.Array:
        """All elements of a path."""
        group = self.of[node.number]
        if node.kept:
            return pa.array([self._written(int(one)) for one in group], pa.string())
        if node.plain:
            return self._texts(group)
        parts = [self._part(node, part) for part, _ in node.ordered()]
        fields = [pa.field(shown, part.type) for (_, shown), part in zip(node.ordered(), parts)]
        return pa.StructArray.from_arrays(parts, fields=fields)

    def _part(self, node: Node, part: Field) -> pa.Array:
        """A part of all elements of a path, null where there is none of it."""
        group, (sign, number) = self.of[node.number], part
        if sign == "#":
            return self._own(node, group)
        if sign == "@":
            return self._attribute(group, self.attributes.get((node.number, number)))
        child = self.shape.nodes[number]
        if number not in self.of:
            return pa.nulls(len(group), self.shape.part_type(part))
        values, inside = self._element(child), self.kids[number]
        if child.many:
            counts = np.bincount(inside, minlength=len(group))
            offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
            return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))
        return _spread(values, inside, len(group))

    def _texts(self, group: Ints) -> pa.Array:
        tags = self.found.start[group]
        places = np.where(self.found.alone[group], len(self.found.parts) - 1, 3 * tags + 2)
        return self._text(self.found.parts.take(pa.array(places)))

    def _own(self, node: Node, group: Ints) -> pa.Array:
        """The text of elements that hold other things too; of a row it is trimmed."""
        leaves = self._leaves(group)
        texts = self._texts(group)
        if node.number == ROW:
            texts = pc.utf8_trim_whitespace(texts)
        there = pc.and_(pa.array(leaves), pc.greater(pc.binary_length(texts), 0))
        texts = pc.if_else(there, texts, pa.scalar(None, pa.string()))
        between = self.own.get(node.number)
        if not between:
            return texts
        place = np.searchsorted(group, np.fromiter(between, np.int64))
        said = np.full(len(group), None, object)
        said[place] = list(between.values())
        return pc.coalesce(pa.array(said, pa.string()), texts)

    def _attribute(self, group: Ints, places: Ints | None) -> pa.Array:
        if places is None:
            return pa.nulls(len(group), pa.string())
        values = self._text(self.found.values.take(pa.array(2 * places)), attribute=True)
        owner = np.searchsorted(self.found.start, self.found.attribute_of[places])
        return _spread(values, np.searchsorted(group, owner), len(group))

    def _text(self, raw: pa.Array, attribute: bool = False) -> pa.Array:
        texts = raw.cast(pa.string())
        held = texts.buffers()[2]
        signs = held.to_pybytes() if held is not None else b""
        if attribute and (b"\t" in signs or b"\n" in signs):
            texts = pc.replace_substring_regex(texts, "[\t\n]", " ")
        return _unescaped(texts) if b"&" in signs else texts

    def _written(self, element: int) -> str:
        """An element with all in it, as it is written."""
        found = self.found
        tag = int(found.start[element])
        if found.alone[element]:
            return found.data[found.lt[tag] : found.gt[tag] + 1].decode()
        closing = tag + 1 + int(np.argmax(found.after[tag + 1 :] == found.level[element]))
        return found.data[found.lt[tag] : found.gt[closing] + 1].decode()


def _spread(values: pa.Array, places: Ints, count: int) -> pa.Array:
    """Values at their places among `count`, nulls between them."""
    if len(values) == count:
        return values
    indices = np.zeros(count, np.int64)
    indices[places] = np.arange(len(places))
    missing = np.ones(count, bool)
    missing[places] = False
    return values.take(pa.array(indices, mask=missing))


def _unescaped(texts: pa.Array) -> pa.Array:
    """References to characters in the place of what they stand for. Raises `Refused` for those to entities."""
    with_numbers = pc.match_substring(texts, "&#")
    if pc.any(with_numbers).as_py():
        plain = [unescaped(one) for one in texts.filter(with_numbers).to_pylist()]
        others = _named(pc.if_else(with_numbers, pa.scalar("", pa.string()), texts))
        return pc.replace_with_mask(others, with_numbers, pa.array(plain, pa.string()))
    return _named(texts)


def _named(texts: pa.Array) -> pa.Array:
    for name, sign in list(_NAMED.items())[:-1]:
        texts = pc.replace_substring(texts, f"&{name};", sign)
    if pc.any(pc.not_equal(pc.count_substring(texts, "&"), pc.count_substring(texts, "&amp;"))).as_py():
        raise Refused
    return pc.replace_substring(texts, "&amp;", "&")


def unescaped(text: str) -> str:
    """One text without references. Raises `Refused` for those to entities."""

    def sign(found: re.Match[str]) -> str:
        if found[3]:
            if found[3] not in _NAMED:
                raise Refused
            return _NAMED[found[3]]
        return chr(int(found[1]) if found[1] else int(found[2], 16))

    return _REFERENCE.sub(sign, text) if "&" in text else text
