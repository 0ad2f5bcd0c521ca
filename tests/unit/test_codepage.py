"""Which eight-bit code page a text is in."""

from __future__ import annotations

import pytest

from connectors.files.codepage import guess
from connectors.files.encoding import Letters

RUSSIAN = (
    "Фамилия;Сумма\nИванов;1\nПетров;2\nСидоров;3\nФёдоров;4",
    "ФАМИЛИЯ;СУММА\nВАСИЛЬЕВ;1\nКУЗНЕЦОВ;2",
    "Город;Сумма\n" + "Казань;5\n" * 500,
    "Товар;Цена\nяблоко;1\nгруша;2\nслива;3\nмолоко;4\nхлеб;5",
    "Товар;Цена;Вес\n1;2;3",
    "КОД;НАИМЕНОВАНИЕ;ЦЕНА;КОЛИЧЕСТВО\n1;2;3;4",
    "ФИО;ИНН;ДАТА",
    "Нижний Новгород",
    "ООО «Ромашка», № 5",
)
WESTERN = (
    "Prénom;Montant\nHélène;1\nFrançois;2\nZoë;3\nNoël;4",
    "Größe;Straße\nMüller;1\nWeiß;2\nDüsseldorf;3",
    "Ñandú;Niño\nCorazón;1",
    "5 °C;£6",
    "Åse Øst",
)


@pytest.mark.parametrize("page", ["cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("text", RUSSIAN)
def test_russian_in_small_letters_and_in_capitals_is_read_in_its_own_page(text: str, page: str):
    assert guess(text.encode(page, "ignore")) == page


@pytest.mark.parametrize("text", ["ГОД;СУММА;ОБЪЕМ", "ЮЛ ИП", "имя", "ЮЖНЫЙ ЩИТ", "шт.;кг", "Ещё 5м2"])
def test_a_few_russian_letters_are_in_the_usual_page(text: str):
    assert guess(text.encode("cp1251")) == "cp1251"


@pytest.mark.parametrize("text", WESTERN)
def test_accents_among_ascii_letters_are_western(text: str):
    assert guess(text.encode("cp1252")) == "cp1252"


def test_pieces_of_a_file_are_weighed_by_their_whole_words():
    letters = Letters()
    for piece in ("Prénom;Âge\n".encode("cp1252"), "Hélène;5\nZoë;6\n".encode("cp1252")):
        letters.add(piece)
    letters.add(b"", final=True)
    assert letters.encoding().name == "cp1252"
