"""What names say: their words, whether they call something an identifier, how alike two of them are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])")
_LATIN = (
    "id",
    "ids",
    "key",
    "code",
    "no",
    "nr",
    "num",
    "number",
    "uuid",
    "guid",
    "pk",
    "fk",
    "sk",
    "sku",
    "isbn",
    "iata",
    "icao",
    "ref",
)
_CYRILLIC = ("ид", "код", "номер", "ключ", "инн", "снилс", "огрн")
_IDENTIFIER = frozenset({*_LATIN, *_CYRILLIC})
_PLACEHOLDER = re.compile(r"(c|col|column|f|field|v|var|x|attr|unnamed|столбец|колонка|поле)?[ _:.-]*\d+", re.IGNORECASE)
_ENDINGS = ("key", "code", "id")
_NOT_AN_ID = ("paid", "void", "valid", "grid", "brid", "fluid", "solid", "roid", "acid", "covid", "bid")


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `customerID`, `customer_id` and `Customer Id` read the same."""
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub("_", name)))


@cache
def is_identifier(name: str) -> bool:
    """Whether a name calls its column an identifier: `id`, `order_key`, `l_orderkey`, `код`, `№ заказа`."""
    mine = words(name)
    if name.strip().startswith(("№", "#")):
        return True
    if not mine or _IDENTIFIER & set(mine):
        return bool(mine)
    return len(mine[-1]) > 3 and mine[-1].endswith(_ENDINGS) and not mine[-1].endswith(_NOT_AN_ID)


def own_words(column: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The words of a column without a short prefix that all columns of its table share (`l_` in `l_orderkey`)."""
    mine = words(column)
    firsts = {words(other)[:1] for other in columns}
    if len(columns) > 1 and len(firsts) == 1 and len(mine) > 1 and len(mine[0]) <= 4:
        return mine[1:]
    return mine


def singular(word: str) -> str:
    """A rough English singular: enough to see `customer` in `customers`, `company` in `companies`, `branch` in `branches`."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def likeness(child: Sequence[str], table: str, parent: Sequence[str]) -> float:
    """How much a column's words speak of another table's key, from 0 to 1.

    1 for the same words or the table's name followed by them (`customer_id` for `customers.id`), less where the words lie
    inside a longer name (`home_airport_code` for `airports.code`) or only the table is named; 0 where nothing is shared.
    A bare `id` on both sides says next to nothing, `column7` nothing at all.
    """
    if _PLACEHOLDER.fullmatch("".join(child)) or _PLACEHOLDER.fullmatch("".join(parent)):
        return 0.0
    mine, theirs = tuple(map(singular, child)), tuple(map(singular, parent))
    owner = tuple(map(singular, words(table)))
    if mine == theirs:
        return 0.2 if set(mine) <= _IDENTIFIER else 1.0
    joined, target, prefix = "".join(mine), "".join(theirs), "".join(owner)
    if joined in (prefix + target, prefix):
        return 1.0
    if prefix and joined.endswith(prefix + target):
        return 0.9
    if len(target) > 3 and theirs and mine[-len(theirs) :] == theirs and not set(theirs) <= _IDENTIFIER:
        return 0.8
    if len(target) > 3 and joined.endswith(target) and not set(theirs) <= _IDENTIFIER:
        return 0.7
    # `entity3` is not in `entity34`: a number is a whole word.
    if len(prefix) > 2 and re.search(re.escape(prefix) + (r"(?!\d)" if prefix[-1].isdigit() else ""), joined):
        return 0.7
    shared = (set(mine) & set(theirs)) - _IDENTIFIER
    return 0.5 if shared else 0.0
