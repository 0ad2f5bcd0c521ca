"""Where a file is cut into pieces makes no difference: every size of a piece gives the same rows, and finds the same faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.files import encoding, members, strict
from connectors.files.members import Member
from connectors.json import Json
from connectors.markup import checked, pieces
from core.task import Task
from core.words import say

XML = """<?xml version="1.0"?><!-- <r> --><rows><meta k="v>w"/>
<r a='1 "x"' b="&#65;&amp;"><!-- </r> --><n>p<!---->q</n><t><![CDATA[</r>]] ]]]]></t><l>1</l><l/>
one <i>two</i> three</r><?go <r>?><r/>
<r b="Пётр"><n>a&lt;b\r\nc</n><d><e f="g"><h>7</h></e></d></r>text "quoted" <r>only text</r></rows><!-- end -->"""

JSON = b'{"a": "x,]\\\\", "b": [1.5, {"c": "\\"}"}],\n"e": 1e5, "rows": [{"q": "]"}, {"q": "\\\\\\""}], "z": {"rows": []}}'


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64, 1000])
def test_xml_in_pieces_of_any_size(size: int, tmp_path: Path, monkeypatch):
    file = tmp_path / "x.xml"
    file.write_bytes(XML.encode())
    monkeypatch.setattr(checked, "FIRST", size)
    monkeypatch.setattr(checked, "CHUNK", size)
    found, shredder = pieces.head(file, "r", 100)
    row = shredder.shape.nodes[1]
    names = [shown for _, shown in row.ordered()]
    places = [str(list(row.fields).index(part)) for part, _ in row.ordered()]
    rows = [[one.get(place) for place in places] for table in found for one in table.to_pylist()]
    assert names == ["a", "b", "n", "t", "l", "i", "d", "text"]
    assert [line[:4] for line in rows] == [
        ['1 "x"', "A&", "pq", "</r>]] ]]"],
        [None, None, None, None],
        [None, "Пётр", "a<b\nc", None],
        [None, None, None, None],
    ]
    assert [line[7] for line in rows] == ["one three", None, None, "only text"]
    assert rows[0][4] == ["1", ""]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 1000])
def test_strictness_in_pieces_of_any_size(size: int, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(encoding, "CHUNK", size)
    file = tmp_path / "x.json"
    for text, said in (
        (JSON, None),
        (JSON.replace(b"1e5", b"1e5,\n \n}"), "Line 2: a comma"),
        (JSON.replace(b"1.5", b"-Infinity"), "Line 1: NaN"),
        (JSON[:-2], "cut off"),
    ):
        file.write_bytes(text)
        loose = strict.scan(file).loose
        assert (loose is None and said is None) or said in say(loose)
    file.write_bytes(JSON.replace(b"1.5", b"0.1234567890123456789"))
    assert strict.scan(file).inexact


@pytest.mark.parametrize("size", [16, 17, 23, 64, 1000])
def test_lists_in_pieces_of_any_size(size: int, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(encoding, "CHUNK", size)
    file = tmp_path / "x.json"
    file.write_bytes(JSON)
    target, beside = members.cut_out(file, "rows", tmp_path, Task())
    assert target.read_bytes() == b'[{"q": "]"}, {"q": "\\\\\\""}]'
    assert beside == ("a", "b", "e", "z")


def test_a_list_is_known_by_where_it_begins_and_ends():
    found = list(members._members([b'{"a": 1, "b": [{}, {}], "c": {"d": []}}'], 0))
    assert found == [Member("b", 14, 22, True), Member("c", 29, 38, False), Member("", 0, 39, False)]


def test_an_object_beyond_the_limit_of_a_row_is_read_where_its_list_is_the_table(tmp_path: Path):
    file = tmp_path / "big.json"
    rows = ",".join(f'{{"n": {n}, "t": "{"x" * 1_000_000}"}}' for n in range(70))
    file.write_text(f'{{"meta": {{"rows": 70}}, "rows": [{rows}], "end": true}}')
    (tmp_path / "w" / "l").mkdir(parents=True)
    with Json({"path": str(file)}) as source:
        landed = source.land(("big.json",), tmp_path / "w" / "l", Task())
    assert (landed.rows, [column.name for column in landed.schema]) == (70, ["n", "t"])
    assert "meta, end" in say(landed.notes[0])
