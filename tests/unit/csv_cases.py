"""Small nasty files, each with the table it must give or the error."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal as D

RUSSIAN = "имя;город\nИванов Пётр Сергеевич;Санкт-Петербург\nСмирнова Анна Олеговна;Нижний Новгород\n"
RUSSIAN_ROWS = [("Иванов Пётр Сергеевич", "Санкт-Петербург"), ("Смирнова Анна Олеговна", "Нижний Новгород")]


@dataclass(frozen=True)
class Case:
    """A file, the types and rows it gives, and what else is said of it.

    `rejects` are lines, `tables` what is listed inside, `table` the one that is read, `notes` parts of what is noted.
    """

    name: str
    content: bytes | str
    types: str = ""
    rows: Sequence[tuple] | None = None
    columns: str = ""
    rejects: Sequence[int] = ()
    reading: dict[str, str] = field(default_factory=dict)
    read_as: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    ambiguous: Sequence[str] = ()
    error: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    file: str = "case.csv"
    table: str = ""
    tables: Sequence[str] = ()
    notes: Sequence[str] = ()


def in_code(name: str, **more) -> Case:
    return Case(f"Russian in {name}", RUSSIAN.encode(name), "VARCHAR VARCHAR", RUSSIAN_ROWS, "имя город", **more)


CASES = (
    # Encodings
    in_code("cp1251", reading={"encoding": "cp1251", "delimiter": ";"}),
    in_code("koi8-r", reading={"encoding": "koi8-r"}),
    in_code("cp866", reading={"encoding": "cp866"}),
    in_code("utf-8", reading={"encoding": "utf-8"}),
    in_code("utf-8-sig", reading={"encoding": "utf-8"}),
    in_code("utf-16", reading={"encoding": "utf-16"}),
    Case("UTF-16 without a mark", "name;n\nabc;1\n".encode("utf-16-le"), "VARCHAR BIGINT", [("abc", 1)], reading={"encoding": "utf-16-le"}),
    Case("Western accents", "nom,n\nFrançois,1\nRenée,2\n".encode("cp1252"), "VARCHAR BIGINT", [("François", 1), ("Renée", 2)], reading={"encoding": "cp1252"}),
    Case("Cyrillic below a megabyte of ASCII", b"a,b\n" + b"1,2\n" * 300_000 + "3,Нижний Новгород\n".encode("koi8-r"), "BIGINT VARCHAR", None, reading={"encoding": "koi8-r"}, refused={"b": (300_001, "Нижний Новгород")}),
    Case("one broken letter in UTF-8", "имя,n\nИванов,1\n".encode() + b"\xff\xfe,2\n" + "Смирнова,3\nКузнецова,4\n".encode(), "VARCHAR BIGINT", [("Иванов", 1), ("Смирнова", 3), ("Кузнецова", 4)], rejects=[3], reading={"encoding": "utf-8"}),
    Case("a line of another encoding in UTF-8", "имя,n\nИванов,1\n".encode() + "Петров,2\n".encode("cp1251") + "Смирнова,3\n".encode(), "VARCHAR BIGINT", [("Иванов", 1), ("Смирнова", 3)], rejects=[3], reading={"encoding": "utf-8"}),
    Case("an encoding that is said", "é\n1\n".encode("latin-1"), "BIGINT", [(1,)], "é", settings={"encoding": "latin-1"}),
    # Delimiters and quotes
    Case("semicolon and decimal comma", "a;b\n1,5;x\n-2,25;y\n", "DECIMAL(18,2) VARCHAR", [(D("1.50"), "x"), (D("-2.25"), "y")], reading={"delimiter": ";"}, read_as={"a": "decimal comma"}),
    Case("tab", "a\tb\n1\tx y\n", "BIGINT VARCHAR", [(1, "x y")], reading={"delimiter": "tab"}, file="case.tsv"),
    Case("pipe", "a|b\n1|x,y\n", "BIGINT VARCHAR", [(1, "x,y")], reading={"delimiter": "|"}),
    Case("a delimiter that is said", "a#b\n1#2\n", "BIGINT BIGINT", [(1, 2)], "a b", settings={"delimiter": "#"}),
    Case("line ends inside quotes", 'a,b\n"one\ntwo",1\n"three\r\nfour",2\n', "VARCHAR BIGINT", [("one\ntwo", 1), ("three\r\nfour", 2)]),
    Case("doubled quotes", 'a,b\n"say ""hi""",1\n"",2\n', "VARCHAR BIGINT", [('say "hi"', 1), ("", 2)]),
    Case("quotes with a backslash", 'a,b\n"say \\"hi\\"",1\n', "VARCHAR BIGINT", [('say "hi"', 1)]),
    Case("a quote inside a bare cell", 'a,b\n6" pipe,1\n', "VARCHAR BIGINT", [('6" pipe', 1)]),
    Case("a quote not closed where a cell ends", 'a,b\n1,2\n"x"y,3\n4,5\n', "BIGINT BIGINT", [(1, 2), (4, 5)], rejects=[3]),
    Case("single quotes that are said", "a,b\n'x,y',1\n", "VARCHAR BIGINT", [("x,y", 1)], settings={"quote": "'"}),
    Case("the delimiter in quotes", 'a,b\n"1,5",x\n"2,25",y\n', "DECIMAL(18,2) VARCHAR", [(D("1.50"), "x"), (D("2.25"), "y")]),
    # Line ends
    Case("CR LF", "a,b\r\n1,x\r\n2,y\r\n", "BIGINT VARCHAR", [(1, "x"), (2, "y")]),
    Case("CR alone", "a,b\r1,x\r2,y\r", "BIGINT VARCHAR", [(1, "x"), (2, "y")]),
    Case("CR LF and LF mixed", "a,b\r\n1,x\n2,y\r\n3,z\n", "BIGINT VARCHAR", [(1, "x"), (2, "y"), (3, "z")]),
    Case("mixed line ends and one inside quotes", 'a,b\r\n1,"x\r\ny"\n2,"z\nw"\r\n', "BIGINT VARCHAR", [(1, "x\r\ny"), (2, "z\nw")]),
    Case("a last line without an end", "a,b\n1,2\n3,4", "BIGINT BIGINT", [(1, 2), (3, 4)]),
    Case("a last line that is cut", "a,b,c\n1,2,3\n4,5,6\n7,8", "BIGINT BIGINT BIGINT", [(1, 2, 3), (4, 5, 6)], rejects=[4]),
    Case("a last line cut inside quotes", 'a,b\n1,x\n2,"y', "BIGINT VARCHAR", [(1, "x")], rejects=[3]),
    Case("blank lines between", "a,b\n\n1,2\n\n\n3,4\n", "BIGINT BIGINT", [(1, 2), (3, 4)]),
    # Shape
    Case("more columns than are weighed at once", ",".join(f"c{n}" for n in range(60)) + "\n" + ",".join(["1", "x", "2.5"] * 20) + "\n" + ",".join(["-", "y", "7.25"] * 20) + "\n", " ".join(["BIGINT VARCHAR DECIMAL(18,2)"] * 20), [(1, "x", D("2.50")) * 20, (None, "y", D("7.25")) * 20]),
    Case("ragged rows", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (10, 11, 12)], rejects=[3, 4]),
    Case("one column", "n\n1\n2\n", "BIGINT", [(1,), (2,)]),
    Case("one column of text", "word\nabc\nde f\n", "VARCHAR", [("abc",), ("de f",)]),
    Case("a header only", "a,b\n", "VARCHAR VARCHAR", [], "a b"),
    Case("a header without a line end", "a,b", "VARCHAR VARCHAR", [], "a b"),
    Case("no header", "1,x\n2,y\n", "BIGINT VARCHAR", [(1, "x"), (2, "y")], "column_1 column_2", reading={"header": "no"}),
    Case("a header that is said not to be one", "a,b\nc,d\n", "VARCHAR VARCHAR", [("a", "b"), ("c", "d")], "column_1 column_2", settings={"header": "no"}),
    Case("names twice and none", "a,a,A,\n1,2,3,4\n", "BIGINT BIGINT BIGINT BIGINT", [(1, 2, 3, 4)], "a a_2 A_3 column_4"),
    Case("a name with a line end", '"two\nlines",b\n1,2\n', "BIGINT BIGINT", [(1, 2)]),
    Case("a title above the table", "Sales of 2024\n\na;b;c\n1;2;3\n4;5;6\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (4, 5, 6)], "a b c", reading={"skipped": "2"}),
    Case("blank lines above the header", "\n\na,b\n1,2\n", "BIGINT BIGINT", [(1, 2)], "a b"),
    Case("only delimiters", "a,b\n,\n,\n", "VARCHAR VARCHAR", [(None, None), (None, None)]),
    # Values
    Case("null by many names", "a,b\nNA,1\nNULL,2\n\\N,3\n-,4\n5,5\n", "BIGINT BIGINT", [(None, 1), (None, 2), (None, 3), (None, 4), (5, 5)], read_as={"a": "-, NA, NULL, \\N = null"}),
    Case("the same names in a column of text", "a\nNA\nNULL\nx\n", "VARCHAR", [("NA",), ("NULL",), ("x",)]),
    Case("null and empty text", 'a,b\n,1\n"",2\nx,3\n', "VARCHAR BIGINT", [(None, 1), ("", 2), ("x", 3)]),
    Case("leading zeros", "code,n\n007,1\n010,2\n", "VARCHAR BIGINT", [("007", 1), ("010", 2)], refused={"code": (1, "007")}),
    Case("one leading zero below many numbers", "n\n" + "".join(f"{n}\n" for n in range(1, 30_001)) + "0123\n", "VARCHAR", None, refused={"n": (30_001, "0123")}),
    Case("phones", "p\n+79161234567\n+79167654321\n", "VARCHAR", [("+79161234567",), ("+79167654321",)]),
    Case("days before or after months", "d\n01/02/2024\n03/04/2024\n", "VARCHAR", [("01/02/2024",), ("03/04/2024",)], ambiguous=["d"]),
    Case("days before months for sure", "d\n01/02/2024\n23/04/2024\n", "DATE", [(date(2024, 2, 1),), (date(2024, 4, 23),)], read_as={"d": "%d/%m/%Y"}),
    Case("days with points", "d\n01.02.2024\n03.04.2024\n", "DATE", [(date(2024, 2, 1),), (date(2024, 4, 3),)], read_as={"d": "%d.%m.%Y"}),
    Case("a day that is none", "d\n2024-02-28\n2024-02-30\n", "VARCHAR", [("2024-02-28",), ("2024-02-30",)], refused={"d": (2, "2024-02-30")}),
    Case("days written short", "d\n2024-1-1\n2024-01-02\n", "VARCHAR", [("2024-1-1",), ("2024-01-02",)]),
    Case("moments with a zone", "t\n2024-01-01T10:00:00Z\n2024-01-01T10:00:00.5Z\n", "TIMESTAMP WITH TIME ZONE", [(datetime(2024, 1, 1, 10, tzinfo=UTC),), (datetime(2024, 1, 1, 10, 0, 0, 500000, UTC),)]),
    Case("moments in another zone", "t\n2024-01-01T10:00:00+03:00\n", "VARCHAR", [("2024-01-01T10:00:00+03:00",)]),
    Case("whole numbers beyond 64 bits", "n\n123456789012345678901234567890\n-1\n", "DECIMAL(38,0)", [(D("123456789012345678901234567890"),), (D(-1),)]),
    Case("whole numbers beyond 38 digits", f"n\n1{'0' * 40}\n2\n", "VARCHAR", [("1" + "0" * 40,), ("2",)]),
    Case("a number no double holds", "x\n1.5\n2.5\n1e400\n", "VARCHAR", [("1.5",), ("2.5",), ("1e400",)], refused={"x": (3, "1e400")}),
    Case("an exponent that a person wrote among amounts", "a\n10.00\n20.00\n1E5\n", "VARCHAR", [("10.00",), ("20.00",), ("1E5",)], refused={"a": (3, "1E5")}),
    Case("codes that look like exponents", "c\n1e5\n2e7\n", "VARCHAR", [("1e5",), ("2e7",)]),
    Case("zeros at the end of money", "m\n1.10\n2.00\n10.5\n", "DECIMAL(18,2)", [(D("1.10"),), (D("2.00"),), (D("10.50"),)]),
    Case("spaces around", "a, b\n1, 2\n", "BIGINT BIGINT", [(1, 2)], "a b", reading={"delimiter": '", "'}),
    Case("a cell of a megabyte", f"a,b\n1,{'x' * 1_000_000}\n2,y\n", "BIGINT VARCHAR", [(1, "x" * 1_000_000), (2, "y")]),
    Case("truth in capitals", "t\nTRUE\nFALSE\n", "BOOLEAN", [(True,), (False,)], read_as={"t": "TRUE / FALSE"}),
    Case("truth in several spellings", "t\nTrue\nfalse\n", "VARCHAR", [("True",), ("false",)]),
    Case("formulas are text", "f\n=1+1\n@SUM(A1)\n", "VARCHAR", [("=1+1",), ("@SUM(A1)",)]),
    # Files
    Case("gzip", gzip.compress(b"a,b\n1,2\n"), "BIGINT BIGINT", [(1, 2)], file="case.csv.gz"),
    Case("gzip of cp1251", gzip.compress(RUSSIAN.encode("cp1251")), "VARCHAR VARCHAR", RUSSIAN_ROWS, file="case.csv.gz"),
    Case("blank lines only", "\n \n\n", error="only blank lines"),
    Case("a delimiter that is not in it", "a;b\n1;2;3\n4;5\n6\n", error="", settings={"delimiter": ";"}, types="BIGINT BIGINT", rows=[(4, 5)], rejects=[2, 4]),
)  # fmt: skip
