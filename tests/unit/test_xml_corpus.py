"""Nasty XML, each file with the table it must give or the error it must raise; and what could harm, within bounds of time and memory."""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.xml import Xml
from core.errors import DataError
from core.task import Task


@dataclass(frozen=True)
class Case:
    """A file and its rows by column, or a part of what is said when it is refused."""

    name: str
    content: bytes | str
    rows: list[tuple[Any, ...]] | None = None
    columns: str = ""
    error: str = ""
    record: str = ""
    nested: str = "json"
    file: str = "case.xml"


def ok(name: str, content: bytes | str, columns: str, *rows: tuple, **more: Any) -> Case:
    return Case(name, content, list(rows), columns, **more)


def bad(name: str, content: bytes | str, error: str, **more: Any) -> Case:
    return Case(name, content, error=error, **more)


def two(first: str, second: str = "<r/>") -> str:
    return f"<rows>{first}{second}</rows>"


LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
QUADRATIC = f'<!DOCTYPE r [<!ENTITY x "{"x" * 50_000}">]><r><a>{"&x;" * 50_000}</a></r>'

CASES = (
    # Parts of a row
    ok("children", two("<r><a>1</a><b>x</b></r>"), "a b", (1, "x"), (None, None)),
    ok("attributes before children", two('<r><c>2</c></r>', '<r a="1"><c>3</c></r>'), "a c", (None, 2), (1, 3)),
    ok("single quotes", two("<r a='it is \"so\"' b = 'x>y'/>"), "a b", ('it is "so"', "x>y"), (None, None)),
    ok("an apostrophe in double quotes", two('<r a="it\'s"/>'), "a", ("it's",), (None,)),
    ok("a greater-than in a text", two("<r><a>x > y</a></r>"), "a", ("x > y",), (None,)),
    ok("a greater-than in an attribute", two('<r a="x>y" b="z"><c>1</c></r>'), "a b c", ("x>y", "z", 1), (None, None, None)),
    ok("an equals and a quote in a text", two("<r><a>x='y'</a></r>"), "a", ("x='y'",), (None,)),
    ok("space in tags", two('<r\n  a = "1"\t><c >2</c ></r >'), "a c", (1, 2), (None, None)),
    ok("line ends of Windows", two("<r><a>x\r\ny</a></r>"), "a", ("x\ny",), (None,)),
    ok("a line end in an attribute is a space", two('<r a="x\ny"/>'), "a", ("x y",), (None,)),
    ok("characters by number", two('<r a="&#65;&#x416;"><b>&#1055;&amp;&lt;</b></r>'), "a b", ("AЖ", "П&<"), (None, None)),
    ok("an escape of an escape", two("<r><a>&amp;lt; &amp;#65;</a></r>"), "a", ("&lt; &#65;",), (None,)),
    ok("CDATA", two("<r><a><![CDATA[<b>&amp;</b> ]] >]]></a></r>"), "a", ("<b>&amp;</b> ]] >",), (None,)),
    ok("an end of a row in CDATA", two("<r><a><![CDATA[</r><r>]]></a></r>"), "a", ("</r><r>",), (None,)),
    ok("a comment with tags in it", two("<r><!-- <a>0</a> </r> --><a>1</a></r>"), "a", (1,), (None,)),
    ok("a comment within a text", two("<r><a>p<!-- - -->q</a></r>"), "a", ("pq",), (None,)),
    ok("an instruction within a row", two("<r><?php echo '<a>'; ?><a>1</a></r>"), "a", (1,), (None,)),
    ok("mixed content", two("<r><p>one <b>two</b> three</p></r>"), "p", ({"b": "two", "#text": "one three"},), (None,)),
    ok("empty and missing", two("<r><a/></r>", "<r><b></b></r>"), "a b", ("", None), (None, "")),
    ok("space is a text", two("<r><a> </a></r>"), "a", (" ",), (None,)),
    ok("a part that repeats in one row only", two("<r><a>1</a></r>", "<r><a>2</a><a>3</a></r>"), "a", (["1"],), (["2", "3"],)),
    ok("a part that repeats apart", two("<r><a>1</a><b>x</b><a>2</a></r>"), "a b", (["1", "2"], "x"), (None, None)),
    ok("text, then with an attribute", two("<r><a>1</a></r>", '<r><a u="m">2</a></r>'), "a", ({"@u": None, "#text": "1"},), ({"@u": "m", "#text": "2"},)),
    ok("nested in four levels", two("<r><a><b><c><d>1</d></c></b></a></r>"), "a", ({"b": {"c": {"d": "1"}}},), (None,)),
    ok("nested, as columns", two("<r><a><b><c>007</c></b><d k='1'>x</d></a></r>"), "a.b.c a.d.@k a.d.#text", ("007", 1, "x"), (None, None, None), nested="flatten"),
    ok("a row within a row", two("<r><n>a</n><r><n>b</n></r></r>", "<r><n>c</n></r>"), "n r", ("a", {"n": "b"}), ("c", None)),
    ok("names with points, dashes and letters of their own", two("<r><a.b-c>1</a.b-c><имя>Пётр</имя></r>"), "a.b-c имя", (1, "Пётр"), (None, None)),
    ok("names that differ in capitals", two("<r><a>1</a><A>2</A></r>"), "a A_2", (1, 2), (None, None)),
    ok("an attribute like a child", two('<r id="1"><id>2</id></r>'), "id id_element", (1, 2), (None, None)),
    # Where rows are
    ok("rows deep inside", "<a><b><c><r>1</r><r>2</r></c></b></a>", "text", (1,), (2,)),
    ok("rows in several places", "<a><g><r>1</r></g><h><r>2</r></h></a>", "text", (1,), (2,)),
    ok("one row only", '<one k="1"><a>x</a></one>', "k a", (1, "x")),
    ok("rows beside other things", "<a><meta>m</meta><r><x>1</x></r><r><x>2</x></r></a>", "x", (1,), (2,)),
    ok("rows as one says", "<a><r><l><n>1</n></l><l><n>2</n></l></r><r><l><n>3</n></l></r></a>", "n", (1,), (2,), (3,), record="l"),
    # Namespaces
    ok("a namespace for all", '<a xmlns="urn:x"><r><n>1</n></r><r><n>2</n></r></a>', "n", (1,), (2,)),
    ok("a prefix for all", '<p:a xmlns:p="urn:x"><p:r><p:n>1</p:n></p:r><p:r><p:n>2</p:n></p:r></p:a>', "n", (1,), (2,)),
    ok("a namespace declared at each row", '<a><r xmlns="urn:x" k="1"/><r xmlns:q="urn:y" q:k="2"/></a>', "k k_2", (1, None), (None, 2)),
    # Encodings
    ok("cp1251 by declaration", '<?xml version="1.0" encoding="windows-1251"?><a><r>Привет</r><r>мир</r></a>'.encode("cp1251"), "text", ("Привет",), ("мир",)),
    ok("UTF-16 with a mark", '<?xml version="1.0" encoding="UTF-16"?><a><r>Привет</r><r>мир</r></a>'.encode("utf-16"), "text", ("Привет",), ("мир",)),
    ok("UTF-16 without a mark", '<?xml version="1.0" encoding="UTF-16BE"?><a><r>é</r><r>2</r></a>'.encode("utf-16-be"), "text", ("é",), ("2",)),
    ok("a mark of UTF-8", b"\xef\xbb\xbf<a><r>1</r><r>2</r></a>", "text", (1,), (2,)),
    ok("latin-1 by declaration", '<?xml version="1.0" encoding="ISO-8859-1"?><a><r>é</r><r>x</r></a>'.encode("latin-1"), "text", ("é",), ("x",)),
    ok("packed with gzip", gzip.compress(b"<a><r>1</r><r>2</r></a>"), "text", (1,), (2,), file="case.xml.gz"),
    ok("dates", two("<r><d>2024-02-29</d></r>"), "d", (date(2024, 2, 29),), (None,)),
    ok("a comment and an instruction around it", "<!-- x --><?go?><a><r>1</r><r>2</r></a><!-- y --><?stop?>", "text", (1,), (2,)),
    ok("a document type without entities", '<!DOCTYPE a [<!ELEMENT a (r)*><!ELEMENT r (#PCDATA)>]><a><r>1</r><r>2</r></a>', "text", (1,), (2,)),
    ok("a DTD elsewhere is not fetched", '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a><r>1</r><r>2</r></a>', "text", (1,), (2,)),
    # What is no XML
    bad("cut in a tag", "<a><r>1</r><r", "not well-formed"),
    bad("cut in a row", "<a><r>1</r><r>2", "not well-formed"),
    bad("cut in a comment", "<a><r>1</r><r>2</r><!-- ", "not well-formed"),
    bad("tags that cross", "<a>\n<r><b>1</r></b></a>", "Line 2"),
    bad("two roots", "<a><r>1</r><r>2</r></a><b/>", "not well-formed"),
    bad("text behind the root", "<a><r>1</r><r>2</r></a>x", "not well-formed"),
    bad("a bare ampersand", "<a><r>x & y</r></a>", "not well-formed"),
    bad("an attribute twice", '<a><r k="1" k="2"/></a>', "duplicate attribute"),
    bad("an attribute without quotes", "<a><r k=1/></a>", "not well-formed"),
    bad("a less-than in an attribute", '<a><r k="<"/></a>', "not well-formed"),
    bad("a control character", "<a><r>\x01</r></a>", "not well-formed"),
    bad("bytes of another encoding", b"<a><r>\xcf\xf0</r><r/></a>", "not well-formed"),
    bad("an encoding that is none", b'<?xml version="1.0" encoding="nope"?><a><r/></a>', "no encoding nope"),
    bad("half a letter of UTF-16", '<?xml version="1.0"?><a><r>1</r></a>'.encode("utf-16")[:-1], "not well-formed"),
    bad("JSON", '[{"a": 1}]', "not well-formed"),
    bad("nothing in it", "<a/>", "Not one row"),
    bad("elements too deep", "<a>" * 300 + "</a>" * 300, "beyond the limit"),
    # What could harm
    bad("a billion laughs", f"<!DOCTYPE r [{LAUGHS}]><r><a>&l9;</a></r>", "uses entities"),
    bad("a text repeated without end", QUADRATIC, "uses entities"),
    bad("a file of this machine", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><a>&x;</a></r>', "uses entities"),
    bad("a file over the network", '<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><r><a>&x;</a></r>', "uses entities"),
    bad("a parameter entity of this machine", '<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><r/>', "uses entities"),
    bad("a parameter entity over the network", '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><r/>', "uses entities"),
    bad("an entity of a DTD elsewhere", '<!DOCTYPE a SYSTEM "x.dtd"><a><r>&x;</r><r/></a>', "uses entities"),
    bad("an entity of a DTD elsewhere in an attribute", '<!DOCTYPE a SYSTEM "x.dtd"><a><r k="&x;"/><r/></a>', "uses entities"),
    bad("an entity of HTML", "<a><r>a&nbsp;b</r></a>", "uses entities"),
    bad("values that a DTD adds", '<!DOCTYPE a [<!ATTLIST r k CDATA "added">]><a><r/><r/></a>', "uses entities"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_gives_its_table_or_says_what_is_wrong(case: Case, tmp_path: Path):
    file = tmp_path / case.file
    file.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    (tmp_path / "w" / "l").mkdir(parents=True)
    settings = {"path": str(file), "nested": case.nested, **({"record": case.record} if case.record else {})}
    with Xml(settings) as source:
        if case.rows is None:
            with pytest.raises(DataError) as caught:
                source.land((file.name,), tmp_path / "w" / "l", Task())
            told = " ".join(caught.value.lines())
            assert case.error in told
            assert "root:" not in told
            assert str(tmp_path) not in told
            return
        landed = source.land((file.name,), tmp_path / "w" / "l", Task())
    assert [column.name for column in landed.schema] == case.columns.split()
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    assert found == case.rows
    assert [one.name for one in (tmp_path / "w").iterdir()] == ["l"]


def test_there_are_many():
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


BOMB = """
import sys
from pathlib import Path
from connectors.xml import Xml
from core.errors import DataError
from core.task import Task
for number, file in enumerate(sys.argv[1:]):
    folder = Path(file).parent / f"f{number}"
    folder.mkdir()
    try:
        with Xml({"path": file}) as source:
            source.land((), folder, Task())
        sys.exit(f"{file} was read")
    except DataError as error:
        assert "entities" in " ".join(error.lines())
"""


def test_bombs_are_refused_within_ten_seconds_of_work_and_a_gigabyte(tmp_path: Path):
    """The limits are the system's: a process that takes more of either is ended by it."""
    files = []
    for case in CASES:
        if case.error == "uses entities":
            files.append(tmp_path / f"{len(files)}.xml")
            files[-1].write_text(str(case.content))

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (10 * len(files), 10 * len(files)))
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))

    done = subprocess.run(
        [sys.executable, "-c", BOMB, *map(str, files)], preexec_fn=bounded, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_several_elements_that_repeat_are_several_tables(tmp_path: Path):
    file = tmp_path / "shop.xml"
    file.write_text(
        "<shop><orders><order><n>1</n></order><order><n>2</n></order></orders><item>7</item><item>8</item><item>9</item></shop>"
    )
    with Xml({"path": str(file)}) as source:
        assert [item.path for item in source.browse(("shop.xml",))] == [("shop.xml", "item"), ("shop.xml", "order")]
        for name, count in (("item", 3), ("order", 2)):
            (tmp_path / "w" / name).mkdir(parents=True)
            assert source.land(("shop.xml", name), tmp_path / "w" / name, Task()).rows == count


def test_names_that_are_data_and_parts_without_end_are_kept_as_they_are_written(tmp_path: Path):
    file = tmp_path / "wild.xml"
    many = "".join(f"<item_{n}>{n}</item_{n}>" for n in range(3000))
    deep = "<d>" * 60 + "x" + "</d>" * 60
    file.write_text(two(f"<r><all>{many}</all><t>{deep}</t></r>"))
    (tmp_path / "w" / "l").mkdir(parents=True)
    with Xml({"path": str(file)}) as source:
        landed = source.land((), tmp_path / "w" / "l", Task())
    assert "kept as XML" in str(landed.notes[0])
    with duckdb.connect() as connection:
        ((everything, nested), _) = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()
    assert everything == f"<all>{many}</all>"
    assert "<d>x</d>" in str(nested)
