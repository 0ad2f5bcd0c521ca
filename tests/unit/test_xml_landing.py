"""XML: every part of a row arrives, and what could harm is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest

from connectors.files.choose import HEAD
from connectors.markup import checked
from connectors.xml import Xml
from core.errors import DataError
from core.models.source import Landed
from core.task import Task
from core.words import say


def source(folder: Path, content: str | bytes, **said: str) -> Xml:
    file = folder / "rows.xml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Xml({"path": str(file), **said})


def land(folder: Path, content: str | bytes, **said: str) -> tuple[list[str], list[tuple], Landed]:
    """Names, rows, and what was said."""
    (folder / "work" / "l").mkdir(parents=True)
    with source(folder, content, **said) as opened:
        landed = opened.land((), folder / "work" / "l", Task())
    assert [entry.name for entry in (folder / "work").iterdir()] == ["l"]
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    return [column.name for column in landed.schema], rows, landed


def wrapped(*rows: str) -> str:
    return '<?xml version="1.0"?>\n<rows>' + "".join(rows) + "</rows>"


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        (wrapped("<r><a>1</a></r>", "<r><a>2</a></r>"), ["a"], [(1,), (2,)]),
        (wrapped('<r id="1" b="x"/>', '<r id="2"/>'), ["id", "b"], [(1, "x"), (2, None)]),
        (wrapped("<r><a></a><b>x</b></r>", "<r><b>y</b></r>"), ["a", "b"], [("", "x"), (None, "y")]),
        (wrapped("<r><a> x </a></r>", "<r><a>\n</a></r>"), ["a"], [(" x ",), ("\n",)]),
        (wrapped("<r>one <b>x</b> two</r>", "<r>z</r>"), ["b", "text"], [("x", "one two"), (None, "z")]),
        (wrapped('<r a="1"><a>2</a></r>', "<r/>"), ["a", "a_element"], [(1, 2), (None, None)]),
        (wrapped("<r><a>1</a><A>2</A></r>", "<r><A>3</A></r>"), ["a", "A_2"], [(1, 2), (None, 3)]),
        (wrapped("<r><a><![CDATA[<x> & y]]></a></r>", "<r><a>p<!-- no -->q</a></r>"), ["a"], [("<x> & y",), ("pq",)]),
        (wrapped("<meta>2024</meta>", "<r><a>1</a></r>", "<r><a>2</a></r>"), ["a"], [(1,), (2,)]),
        (wrapped("<r/>", "<r/>", "<r><a>x</a></r>"), ["a"], [(None,), (None,), ("x",)]),
        ("<one><a>1</a><b>x</b></one>", ["a", "b"], [(1, "x")]),
        ('<root xmlns="urn:x"><r><a>1</a></r><r><a>2</a></r></root>', ["a"], [(1,), (2,)]),
        ('<root xmlns:p="urn:1" xmlns:q="urn:2"><r p:k="1" q:k="2"/><r/></root>', ["k", "k_2"], [(1, 2), (None, None)]),
        (wrapped("<r><d>2024-02-29</d><c>007</c><m>1,50</m></r>", "<r><d>2024-03-01</d><c>1</c><m>2,5</m></r>"), ["d", "c", "m"], [(date(2024, 2, 29), "007", D("1.50")), (date(2024, 3, 1), "1", D("2.50"))]),
    ],
    ids=["children", "attributes", "empty and missing", "spaces", "text between", "attribute and child", "capitals", "CDATA", "beside the rows", "empty rows", "one row", "namespace", "two namespaces", "types"],
)  # fmt: skip
def test_each_part_is_a_column(content: str, names: list[str], rows: list[tuple], tmp_path: Path):
    found_names, found, landed = land(tmp_path, content)
    assert (found_names, found) == (names, rows)
    assert landed.rows == len(rows)


def test_what_is_nested_or_repeated_is_kept_whole(tmp_path: Path):
    _, ((tags, address),), _ = land(
        tmp_path,
        '<rows><r><tag k="1">x</tag><tag>y</tag><address><city>Орёл</city><lines><l>1</l><l/></lines>at</address></r></rows>',
        record="r",
    )
    assert tags == [{"@k": "1", "#text": "x"}, {"@k": None, "#text": "y"}]
    assert address == {"city": "Орёл", "lines": {"l": ["1", ""]}, "#text": "at"}


def test_an_element_inside_one_of_its_name_is_a_part_of_it(tmp_path: Path):
    names, rows, _ = land(
        tmp_path, wrapped("<item><name>a</name><item><name>inner</name></item></item>", "<item><name>b</name></item>")
    )
    assert names == ["name", "item"]
    assert rows == [("a", {"name": "inner"}), ("b", None)]


def test_the_element_of_a_row_can_be_said(tmp_path: Path):
    content = "<shop><orders><order><n>1</n></order></orders><items><item><n>7</n></item><item><n>8</n></item></items></shop>"
    _, rows, landed = land(tmp_path, content, record="item")
    assert rows == [(7,), (8,)]
    assert say(landed.reading[0][2]) == "as you said"


def test_columns_that_appear_late_and_many_pieces_fit_together(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(checked, "FIRST", 1000)
    monkeypatch.setattr(checked, "CHUNK", 100_000)
    count = 40_010
    rows = [f"<r><n>{n}</n>{'<late>x</late>' if n == count - 1 else ''}</r>" for n in range(count)]
    names, found, landed = land(tmp_path, wrapped(*rows))
    assert names == ["n", "late"]
    assert landed.rows == len(found) == count
    assert [row[0] for row in found] == list(range(count))
    assert found[-1] == (count - 1, "x")
    assert count > HEAD


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
def test_the_encoding_is_the_one_the_file_names(encoding: str, tmp_path: Path):
    text = f'<?xml version="1.0" encoding="{encoding}"?><rows><r><a>Привет</a></r><r><a>мир</a></r></rows>'
    assert land(tmp_path, text.encode(encoding))[1] == [("Привет",), ("мир",)]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><a>&l9;</a><a>x</a></r>', "entities"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rows><r><a>&x;</a></r><r/></rows>', "entities"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><rows><r><a>&x;</a></r></rows>', "entities"),
        ("<rows><r><a>a&nbsp;b</a></r></rows>", "entities"),
        ("<r><a>1</a>", "well-formed"),
        ("<r><a>1</b></r>", "well-formed"),
        ("<r>a & b</r>", "well-formed"),
        ("no XML at all", "well-formed"),
        (b'<?xml version="1.0" encoding="utf-8"?><r><a>\xcf\xf0</a></r>', "well-formed"),
        ("<r/>", "not one row"),
        ("<rows><r>" + "<a>" * 300 + "</a>" * 300 + "</r></rows>", "limit"),
        ("<rows><r><a>" + "x" * 70_000_000 + "</a></r></rows>", "limit"),
    ],
    ids=["billion laughs", "file of the machine", "DTD elsewhere", "entity of HTML", "cut", "crossed", "bare &", "text", "wrong encoding", "nothing", "too deep", "too long"],
)  # fmt: skip
def test_what_cannot_or_must_not_be_read_is_refused(content: str | bytes, said: str, tmp_path: Path):
    with pytest.raises(DataError) as caught:
        land(tmp_path, content)
    text = " ".join(caught.value.lines())
    assert said in text.lower()
    assert "root:" not in text
    assert str(tmp_path) not in text


def test_a_document_type_without_entities_is_no_harm(tmp_path: Path):
    assert land(tmp_path, "<!DOCTYPE rows><rows><r><a>1</a></r><r><a>2</a></r></rows>")[1] == [(1,), (2,)]


def test_an_element_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(DataError) as caught:
        land(tmp_path, wrapped("<r><a>1</a></r>"), record="nope")
    assert "nope" in caught.value.lines()[0]
