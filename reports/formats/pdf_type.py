"""Type for the PDF: DejaVu in three cuts, what they lack, and text broken into lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from fpdf import FPDF
from fpdf.bidi import BidiParagraph

from core.errors import UnsupportedError
from core.words import msg

CUTS = {("sans", ""): "DejaVuSans.ttf", ("sans", "B"): "DejaVuSans-Bold.ttf", ("mono", ""): "DejaVuSansMono.ttf"}
MISSING = "□"
"""Stands for a character that the typefaces lack."""

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface at a size (points) in a colour."""

    family: str = "sans"
    style: str = ""
    size: float = 9.5
    colour: Colour = (27, 36, 50)


class Piece(NamedTuple):
    """Text in one face; `link` is the id of an appendix entry."""

    text: str
    face: Face
    link: str = ""


class Run(NamedTuple):
    """A piece placed on a line, `x` millimetres from its start."""

    x: float
    width: float
    piece: Piece


Row = list[Run]


class Type:
    """The typefaces of one PDF. `lacking` is set when a character had to be replaced."""

    def __init__(self, pdf: FPDF) -> None:
        folder = _folder()
        for (family, style), file in CUTS.items():
            pdf.add_font(family, style, folder / file)
        self._fonts = {cut: pdf.fonts["".join(cut)] for cut in CUTS}
        self._point = 0.001 / pdf.k
        self._widths: dict[tuple[str, str, str], float] = {}
        self.lacking = False

    def fit(self, text: str, face: Face) -> str:
        """The text in characters that the face has."""
        if text.isascii():
            return text
        known = self._fonts[(face.family, face.style)].cmap
        kept = [letter if ord(letter) in known else MISSING for letter in text if letter not in _JOINERS]
        self.lacking = self.lacking or any(one == MISSING for one in kept)
        return "".join(kept)

    def width(self, text: str, face: Face) -> float:
        """Millimetres of a text that fits the face."""
        key = (text, face.family, face.style)
        if key not in self._widths:
            advance = self._fonts[(face.family, face.style)].cw
            self._widths[key] = sum(advance[ord(letter)] for letter in text) * self._point
        return self._widths[key] * face.size

    def rows(self, pieces: Iterable[Piece], width: float) -> list[Row]:
        """Pieces broken into lines of a width: between words, and inside a word that is longer than a line."""
        rows: list[Row] = [[]]
        x = 0.0
        for space, word in _words(self._fitted(pieces)):
            gap = self.width(space.text, space.face) if space and rows[-1] else 0.0
            needed = sum(self.width(piece.text, piece.face) for piece in word)
            if rows[-1] and x + gap + needed > width:
                rows.append([])
                x, gap = 0.0, 0.0
            if space and gap:
                rows[-1].append(Run(x, gap, space))
                x += gap
            for piece in word:
                x = self._place(rows, piece, x, width)
        return rows

    def _fitted(self, pieces: Iterable[Piece]) -> Iterable[Piece]:
        for piece in pieces:
            yield piece._replace(text=self.fit(piece.text, piece.face))

    def _place(self, rows: list[Row], piece: Piece, x: float, width: float) -> float:
        """Put a piece of a word on the last line, and on more lines where it is too long for one."""
        left = piece.text
        while left:
            part = left if x + self.width(left, piece.face) <= width else self._head(left, piece.face, width - x)
            if not part and rows[-1]:
                rows.append([])
                x = 0.0
                continue
            part = part or left[0]
            long = self.width(part, piece.face)
            rows[-1].append(Run(x, long, piece._replace(text=part)))
            x, left = x + long, left[len(part) :]
        return x

    def _head(self, text: str, face: Face, room: float) -> str:
        """As many characters as there is room for."""
        used, count = 0.0, 0
        while count < len(text) and (used := used + self.width(text[count], face)) <= room:
            count += 1
        return text[:count]


def _words(pieces: Iterable[Piece]) -> Iterable[tuple[Piece | None, list[Piece]]]:
    """Words, each with the space before it; a word may be of several pieces (a bold name and the comma behind it)."""
    space: Piece | None = None
    word: list[Piece] = []
    for piece in pieces:
        for part in re.findall("[^ ]+| +", piece.text):
            if part[0] == " ":
                if word:
                    yield space, word
                    space, word = None, []
                space = space or piece._replace(text=" ", link="")
            else:
                word.append(piece._replace(text=part))
    if word:
        yield space, word


def merged(row: Row) -> Row:
    """A line with neighbours of one face and link drawn as one, in the order in which they are seen."""
    found: Row = []
    for run in row:
        last = found[-1] if found else None
        if last and (last.piece.face, last.piece.link) == (run.piece.face, run.piece.link):
            joined = last.piece._replace(text=last.piece.text + run.piece.text)
            found[-1] = Run(last.x, last.width + run.width, joined)
        else:
            found.append(run)
    return [run._replace(piece=run.piece._replace(text=_seen(run.piece.text))) for run in found]


def _seen(text: str) -> str:
    """Right-to-left letters in the order of the eye. Arabic letters stay apart: joining them needs a shaper."""
    return BidiParagraph(text).get_reordered_string() if _RIGHT_TO_LEFT.search(text) else text


def _folder() -> Path:
    """Where the DejaVu fonts are: matplotlib brings them, and is not imported for it."""
    found = find_spec("matplotlib")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else None
    if folder is None or not all((folder / file).exists() for file in CUTS.values()):
        raise UnsupportedError(
            msg("The PDF cannot be made"),
            msg("The DejaVu fonts that come with matplotlib were not found."),
            msg("Install the package matplotlib again, or choose HTML."),
        )
    return folder
