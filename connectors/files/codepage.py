"""Which eight-bit code page a text is in, by its words: Russian in one of three pages, or a Western European language."""

from __future__ import annotations

import re
from math import log

CYRILLIC = ("cp1251", "koi8-r", "cp866")
# How many Russian files of a hundred that are not UTF-8 are in each: decides where there are few letters to go by. An assumption.
_USUAL = {"cp1251": 88, "koi8-r": 2, "cp866": 10}
WESTERN = "cp1252"

WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_HIGH = re.compile(rb"[\x80-\xff]+")

# Letters of Russian per ten thousand (O. Lyashevskaya, S. Sharov, "The frequency dictionary of modern Russian", 2009), and those that
# Ukrainian and Belarusian have beside them.
_FREQUENCY = {
    "о": 1097, "е": 845, "а": 801, "и": 735, "н": 670, "т": 626, "с": 547, "р": 473, "в": 454, "л": 440, "к": 349, "м": 321, "д": 298,
    "п": 281, "у": 262, "я": 201, "ы": 190, "ь": 174, "г": 170, "з": 165, "б": 159, "ч": 144, "й": 121, "х": 97, "ж": 94, "ш": 73,
    "ю": 64, "ц": 48, "щ": 36, "э": 32, "ф": 26, "ъ": 4, "ё": 4, "і": 4, "ї": 2, "є": 2, "ґ": 1, "ў": 2,
}  # fmt: skip
_LIKELY = {letter: log(count / 10_000) for letter, count in _FREQUENCY.items()}
# What is no letter is a hundred times as rare as the rarest one. A sign that a Russian text holds now and then is no letter and no reason.
_NEVER = log(1e-6)
_SIGNS = frozenset("№«»—–…„“”’ \xa0·•°§±€")
_VOWELS, _MARKS = frozenset("аеёиоуыэюяіїє"), frozenset("ьъ")
# How often a vowel (V), a consonant (C) or a sign without a sound (S) follows another, a word begins with one (^): Russian words take
# turns, and the letters of a wrong page do not. Rounded by hand from the same frequencies: coarse, and enough to tell pages apart.
_FOLLOWS = {
    "^C": 0.75, "^V": 0.25, "^S": 1e-4, "CV": 0.58, "CC": 0.35, "CS": 0.07, "VC": 0.85, "VV": 0.15, "VS": 1e-4, "SC": 0.7, "SV": 0.3,
    "SS": 1e-4,
}  # fmt: skip
_TURNS = {pair: log(share) for pair, share in _FOLLOWS.items()}
# A capital behind a small letter: every letter has the wrong case where cp1251 and koi8-r are taken for each other.
_TURNED = re.compile(r"[а-яё][А-ЯЁ]")

# Russian text scores about -3.7 a letter, column headers of a few words down to -5; the same bytes in another page lie lower. An
# assumption, tried on names, cities, goods and headers in capitals and in small letters.
LEAST = -6.0
# A Western word has its accents among ASCII letters, a Cyrillic one has none: the share of such bytes from which text is Western.
AMONG_ASCII = 0.5


def guess(text: bytes) -> str:
    """The code page of a text that is not UTF-8: the Cyrillic one in which it reads most like Russian, or `WESTERN`."""
    words = WORD.findall(text)
    high = sum(len(run) for word in words for run in _HIGH.findall(word))
    # A single ASCII letter beside Cyrillic ones is a typing error or a unit.
    among = sum(len(run) for word in words if len(re.findall(rb"[A-Za-z]", word)) > 1 for run in _HIGH.findall(word))
    if not high or among >= AMONG_ASCII * high or all(map(_sign, words)):
        return WESTERN
    best, score = max(((page, _score(words, page)) for page in CYRILLIC), key=lambda pair: pair[1])
    return best if score > LEAST else WESTERN


def _score(words: list[bytes], page: str) -> float:
    """The mean logarithm of how frequent the letters are in Russian, less where capitals stand behind small letters."""
    text = b" ".join(words).decode(page, "replace")
    letters = [letter for letter in text if letter > "\x7f" and letter not in _SIGNS]
    if not letters:
        return _NEVER
    found = sum(_LIKELY.get(letter.lower(), _NEVER) for letter in letters) + sum(map(_turns, text.lower().split()))
    return (found + log(_USUAL[page] / 100) + len(_TURNED.findall(text)) * _NEVER / 2) / len(letters)


def _turns(word: str) -> float:
    classes = ["V" if letter in _VOWELS else "S" if letter in _MARKS else "C" for letter in word if letter in _LIKELY]
    return sum(_TURNS[before + after] for before, after in zip(["^", *classes], classes))


def _sign(word: bytes) -> bool:
    """Whether a word is one sign of cp1252 that is no letter: a currency, a degree, a dash."""
    return len(word) == 1 and not word.decode(WESTERN, "replace").isalpha()
