"""What the words of a column's name say of its values.

Lists of words, Latin and Cyrillic: assumptions, so only ever used to weigh or to keep quiet, never as a proof.
"""

from __future__ import annotations

from core.models.names import words

TREE = frozenset(
    [
        "parent",
        "boss",
        "manager",
        "supervisor",
        "chief",
        "superior",
        "head",
        "leader",
        "mentor",
        "predecessor",
        "previous",
        "prev",
        "root",
        "reports",
        "родитель",
        "начальник",
        "руководитель",
    ]
)
"""Words by which a column names another row of its own table."""

MEASURES = frozenset(
    [
        "qty",
        "quantity",
        "amount",
        "price",
        "cost",
        "balance",
        "discount",
        "total",
        "sum",
        "size",
        "age",
        "year",
        "month",
        "day",
        "hour",
        "weight",
        "height",
        "width",
        "length",
        "rating",
        "score",
        "rank",
        "rate",
        "percent",
        "stock",
        "tax",
        "количество",
        "сумма",
        "цена",
        "стоимость",
        "остаток",
        "скидка",
        "размер",
        "возраст",
        "год",
        "месяц",
        "день",
        "вес",
        "рост",
        "ширина",
        "длина",
        "рейтинг",
    ]
)
"""Words by which a column says that it measures something: numbers so called do not refer to a key that they happen to fit in."""

MEASURES_BEHIND = ("qty", "quantity", "amount", "price", "cost", "balance", "discount", "rating", "score")
"""Those of them that also end a word: `availqty`. (`age` would also end `stage`.)"""

BELOW_NOTHING = frozenset(
    [
        "temp",
        "temperature",
        "celsius",
        "fahrenheit",
        "dewpoint",
        "delay",
        "balance",
        "saldo",
        "bal",
        "acctbal",
        "change",
        "delta",
        "diff",
        "difference",
        "variance",
        "deviation",
        "profit",
        "margin",
        "pnl",
        "gain",
        "growth",
        "offset",
        "altitude",
        "elevation",
        "zscore",
        "температура",
        "задержка",
        "опоздание",
        "баланс",
        "сальдо",
        "остаток",
        "изменение",
        "разница",
        "отклонение",
        "прибыль",
        "убыток",
        "высота",
    ]
)
"""Words of a name whose numbers may well be below nothing: that few of them are says nothing."""


def names_own_row(name: str) -> bool:
    """Whether a name speaks of another row of the same table: `parent_id`."""
    return bool(TREE & set(words(name)))


def measures(name: str) -> bool:
    """Whether a name says that its numbers count or measure: `availqty`."""
    return any(word in MEASURES or word.endswith(MEASURES_BEHIND) for word in words(name))


def may_be_negative(name: str) -> bool:
    """Whether a name says that its numbers may well be below nothing: `dep_delay`."""
    return bool(BELOW_NOTHING & set(words(name)))
