"""Nasty files by their bytes and signs: encodings, delimiters, quotes, line ends, zero bytes, cut ends."""

from __future__ import annotations

import codecs
import gzip
from datetime import time
from decimal import Decimal as D

from tests.unit.csv_cases import Case

CYRILLIC = "код;имя\n1;Жанна\n2;Щукин\n"
CYRILLIC_ROWS = [(1, "Жанна"), (2, "Щукин")]
GERMAN = "Straße;Ort\nÄpfelweg;Köln\nÖlgasse;Düren\n"
GERMAN_ROWS = [("Äpfelweg", "Köln"), ("Ölgasse", "Düren")]


def wide(name: str, content: bytes, found: str) -> Case:
    return Case(name, content, "BIGINT VARCHAR", CYRILLIC_ROWS, "код имя", reading={"encoding": found, "delimiter": ";"})


SIGNS = (
    # Encodings
    wide("UTF-16 LE with a mark", codecs.BOM_UTF16_LE + CYRILLIC.encode("utf-16-le"), "utf-16"),
    wide("UTF-16 BE with a mark", codecs.BOM_UTF16_BE + CYRILLIC.encode("utf-16-be"), "utf-16"),
    wide("UTF-16 LE Cyrillic without a mark", CYRILLIC.encode("utf-16-le"), "utf-16-le"),
    wide("UTF-16 BE Cyrillic without a mark", CYRILLIC.encode("utf-16-be"), "utf-16-be"),
    Case("UTF-16 BE without a mark and CR LF", "name\tn\r\nabc\t1\r\n".encode("utf-16-be"), "VARCHAR BIGINT", [("abc", 1)], "name n", reading={"encoding": "utf-16-be", "delimiter": "tab"}),
    Case("UTF-16 cut inside a letter", "a;b\n1;xy\n2;z".encode("utf-16-le") + b"\x41", "BIGINT VARCHAR", [(1, "xy")], rejects=[3], notes=["may have been cut off"]),
    Case("German in latin-1", GERMAN.encode("latin-1"), "VARCHAR VARCHAR", GERMAN_ROWS, "Straße Ort", reading={"encoding": "cp1252"}),
    Case("German in latin-1 that is said", GERMAN.encode("latin-1"), "VARCHAR VARCHAR", GERMAN_ROWS, reading={"encoding": "latin-1"}, settings={"encoding": "latin-1"}),
    Case("the euro sign of cp1252", "price;n\n€ 5;a\n€ 7;b\n".encode("cp1252"), "BIGINT VARCHAR", [(5, "a"), (7, "b")], reading={"encoding": "cp1252"}, read_as={"price": "unit €"}),
    Case("Greek in cp1253 that is said", "πόλη;n\nΑθήνα;1\n".encode("cp1253"), "VARCHAR BIGINT", [("Αθήνα", 1)], "πόλη n", settings={"encoding": "cp1253"}),
    Case("Japanese that is said", "名前,n\n東京,1\n".encode("shift_jis"), "VARCHAR BIGINT", [("東京", 1)], "名前 n", settings={"encoding": "shift_jis"}),
    Case("cp866 with lines drawn in it", "имя;вид\nСклад №1;██ главный\nАмбар;── запасной\n".replace("№", "N").encode("cp866"), "VARCHAR VARCHAR", [("Склад N1", "██ главный"), ("Амбар", "── запасной")], reading={"encoding": "cp866"}),
    Case("capitals only in cp1251", "ГОРОД;Н\nМОСКВА;1\nСАНКТ-ПЕТЕРБУРГ;2\nНОВОСИБИРСК;3\n".encode("cp1251"), "VARCHAR BIGINT", [("МОСКВА", 1), ("САНКТ-ПЕТЕРБУРГ", 2), ("НОВОСИБИРСК", 3)], reading={"encoding": "cp1251"}),
    Case("capitals only in koi8-r", "ГОРОД;Н\nМОСКВА;1\nСАНКТ-ПЕТЕРБУРГ;2\nНОВОСИБИРСК;3\n".encode("koi8-r"), "VARCHAR BIGINT", [("МОСКВА", 1), ("САНКТ-ПЕТЕРБУРГ", 2), ("НОВОСИБИРСК", 3)], reading={"encoding": "koi8-r"}),
    Case("a byte that cp1251 does not have", "имя;n\nИванов;1\n".encode("cp1251") + b"\x98;2\n" + "Смирнова;3\n".encode("cp1251"), "VARCHAR BIGINT", [("Иванов", 1), ("Смирнова", 3)], rejects=[3], settings={"encoding": "cp1251"}),
    Case("UTF-8 cut inside a letter", "имя,n\nАнна,1\nОля,2\nЮл".encode()[:-1], "VARCHAR BIGINT", [("Анна", 1), ("Оля", 2)], rejects=[4], notes=["may have been cut off"]),
    Case("UTF-8 cut inside the last cell", "n,имя\n1,Анна\n2,Юля".encode()[:-1], "BIGINT VARCHAR", [(1, "Анна")], rejects=[3], notes=["may have been cut off"]),
    Case("a mark of UTF-8 before a quoted name", codecs.BOM_UTF8 + b'"a","b"\n1,2\n', "BIGINT BIGINT", [(1, 2)], "a b", reading={"encoding": "utf-8"}),
    Case("a mark of UTF-8 and comments", codecs.BOM_UTF8 + b"a,b\n1,2\n# note\n3,4\n", "BIGINT BIGINT", [(1, 2), (3, 4)], "a b", reading={"comments": "1"}),
    Case("an encoding that there is not", "a,b\n1,2\n", error="There is no encoding klingon", settings={"encoding": "klingon"}),
    # Delimiters
    Case("comma and space", "name, town, n\nAnn, Oslo, 1\nBob, Rome, 2\n", "VARCHAR VARCHAR BIGINT", [("Ann", "Oslo", 1), ("Bob", "Rome", 2)], "name town n", reading={"delimiter": '", "'}),
    Case("comma and space and quotes", 'name, town, n\n"Smith, Ann", Oslo, 1\n"Roe, Bob", Rome, 2\n', "VARCHAR VARCHAR BIGINT", [("Smith, Ann", "Oslo", 1), ("Roe, Bob", "Rome", 2)], reading={"delimiter": '", "'}),
    Case("a comma with a space in some rows only", "a,b\nx, y\nz,w\n", "VARCHAR VARCHAR", [("x", " y"), ("z", "w")], reading={"delimiter": ","}),
    Case("two pipes", "a||b||c\n1||x|y||2\n3||z||4\n", "BIGINT VARCHAR BIGINT", [(1, "x|y", 2), (3, "z", 4)], reading={"delimiter": "||"}),
    Case("two pipes and empty cells", "a||b||c\n1||||2\n||z||4\n", "BIGINT VARCHAR BIGINT", [(1, None, 2), (None, "z", 4)], reading={"delimiter": "||"}),
    Case("tilde pipe tilde", "id~|~text\n1~|~a, b; c\n2~|~d | e\n", "BIGINT VARCHAR", [(1, "a, b; c"), (2, "d | e")], reading={"delimiter": "~|~"}),
    Case("two colons", "user::movie::rating\n1::1193::5\n1::661::3\n2::914::4\n", "BIGINT BIGINT BIGINT", [(1, 1193, 5), (1, 661, 3), (2, 914, 4)], "user movie rating", reading={"delimiter": "::"}),
    Case("two colons below a title and among comments", "A title of the report\n\nn::w\n0::a\nn::w\n# and again\n# made by hand\n0::b\n1::c\n\n-- end --\n", "BIGINT VARCHAR", [(0, "a"), (0, "b"), (1, "c")], "n w", reading={"delimiter": "::"}),
    Case("two colons beside a single one", "t::n\n12:30::1\n09:15::2\n", "TIME BIGINT", [(time(12, 30), 1), (time(9, 15), 2)], reading={"delimiter": "::"}),
    Case("two pipes in quotes", 'a||b\n"x||y"||1\n"z"||2\n', "VARCHAR BIGINT", [("x||y", 1), ("z", 2)], reading={"delimiter": "||"}),
    Case("single pipes with an empty column", "a||b\n1||2\n3|x|4\n", "BIGINT VARCHAR BIGINT", [(1, None, 2), (3, "x", 4)], reading={"delimiter": "|"}),
    Case("a decimal comma in every row of two columns", "id;price\n" + "".join(f"{n};{n},{n % 10}9\n" for n in range(1, 300)), "BIGINT DECIMAL(18,2)", None, "id price", reading={"delimiter": ";"}, read_as={"price": "decimal comma"}),
    Case("more decimal commas than semicolons", "city;price;weight\n" + "".join(f"Rome;{n},19;1,5{n % 7}\n" for n in range(1, 300)), "VARCHAR DECIMAL(18,2) DECIMAL(18,2)", None, "city price weight", reading={"delimiter": ";"}),
    Case("a comma in every text beside semicolons", "name;n\n" + "".join(f"Smith, Ann;{n}\n" for n in range(1, 300)), "VARCHAR BIGINT", None, "name n", reading={"delimiter": ";"}),
    Case("decimal commas in cp1251 in capitals", ("ФАМИЛИЯ;СУММА\n" + "".join(f"ВАСИЛЬЕВ;{n},5\n" for n in range(1, 300))).encode("cp1251"), "VARCHAR DECIMAL(18,1)", None, "ФАМИЛИЯ СУММА", reading={"encoding": "cp1251", "delimiter": ";"}),
    Case("tildes", "a~b\n1~x\n2~y\n", "BIGINT VARCHAR", [(1, "x"), (2, "y")], reading={"delimiter": "~"}),
    Case("Hive's Ctrl-A", "a\x01b\n1\x01x,y\n2\x01z\n", "BIGINT VARCHAR", [(1, "x,y"), (2, "z")], reading={"delimiter": "\\x01"}),
    Case("a delimiter of two signs that is said", "a->b\n1->x\n2->y\n", "BIGINT VARCHAR", [(1, "x"), (2, "y")], "a b", settings={"delimiter": "->"}),
    Case("comma and space that is said in quotes", "a, b\n1, x,y\n", "BIGINT VARCHAR", [(1, "x,y")], "a b", settings={"delimiter": '", "'}, reading={"delimiter": '", "'}),
    Case("a comma that is said where spaces follow", "a, b\n1, x\n", "BIGINT VARCHAR", [(1, " x")], "a b", settings={"delimiter": ","}),
    Case("an escaped tab that is said", "a\tb\n1\tx\n", "BIGINT VARCHAR", [(1, "x")], settings={"delimiter": "\\t"}),
    Case("spaces as the delimiter that is said", "a b\n1 x\n2 y\n", "BIGINT VARCHAR", [(1, "x"), (2, "y")], settings={"delimiter": "space"}),
    Case("a delimiter that is too long", "a<==>b\n1<===>2\n", error="is no delimiter", settings={"delimiter": "<===>"}),
    Case("a quote as the delimiter", "a,b\n1,2\n", error="is no delimiter", settings={"delimiter": '"'}),
    Case("semicolons beside many decimal commas", "a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n7,5;8,5;9,5\n", "DECIMAL(18,2) DECIMAL(18,2) DECIMAL(18,2)".replace(",2", ",1"), [(D("1.5"), D("2.5"), D("3.5")), (D("4.5"), D("5.5"), D("6.5")), (D("7.5"), D("8.5"), D("9.5"))], reading={"delimiter": ";"}),
    Case("tabs beside commas in the text", "text\tn\nHello, world\t1\nOne, two, three\t2\nNothing\t3\n", "VARCHAR BIGINT", [("Hello, world", 1), ("One, two, three", 2), ("Nothing", 3)], reading={"delimiter": "tab"}),
    Case("prose with commas is one column", "remark\nHello world\nWell, perhaps\nNo, not at all, sorry\nYes\n", "VARCHAR", [("Hello world",), ("Well, perhaps",), ("No, not at all, sorry",), ("Yes",)]),
    # Quotes
    Case("single quotes that are found", "id,text\n1,'a, b'\n2,'it''s'\n3,'c'\n", "BIGINT VARCHAR", [(1, "a, b"), (2, "it's"), (3, "c")], reading={"quote": "'"}),
    Case("apostrophes are no quotes", "id,text\n1,'tis\n2,o'clock\n3,rock 'n' roll\n", "BIGINT VARCHAR", [(1, "'tis"), (2, "o'clock"), (3, "rock 'n' roll")], reading={"quote": '"'}),
    Case("inches at the start of cells", 'id,size\n1,"5\n2,"6 wide\n3,7\n', "BIGINT VARCHAR", [(1, '"5'), (2, '"6 wide'), (3, "7")], reading={"quote": "none"}),
    Case("no quotes that is said", 'id,size\n1,"a"\n2,"b"\n', "BIGINT VARCHAR", [(1, '"a"'), (2, '"b"')], settings={"quote": "none"}),
    Case("a backslash before quotes that is said", 'a,b\n"x\\"y",1\n', "VARCHAR BIGINT", [('x"y', 1)], settings={"escape": "backslash"}, reading={"escape": "backslash"}),
    Case("backslashes are plain where quotes are doubled", 'a,b\n"C:\\new",1\n"say ""hi""",2\n', "VARCHAR BIGINT", [("C:\\new", 1), ('say "hi"', 2)]),
    Case("a line end in single quotes", "a,b\n'x\ny',1\n'z',2\n", "VARCHAR BIGINT", [("x\ny", 1), ("z", 2)], settings={"quote": "'"}),
    Case("a quoted cell of many lines", 'a,b\n"' + "line\n" * 200 + '",1\n', "VARCHAR BIGINT", [("line\n" * 200, 1)]),
    Case("quotes around everything", '"a","b"\n"1","x"\n"2","y"\n', "BIGINT VARCHAR", [(1, "x"), (2, "y")], "a b"),
    Case("blank lines inside quotes", 'a,b\n"x\n\n\ny",1\n"z",2\n', "VARCHAR BIGINT", [("x\n\n\ny", 1), ("z", 2)]),
    Case("a hash inside quotes begins a line", 'a,b\n"x\n# no comment",1\n# a comment\n"z",2\n', "VARCHAR BIGINT", [("x\n# no comment", 1), ("z", 2)], reading={"comments": "1"}),
    # Line ends, zero bytes, cut ends
    Case("CR, CR LF and LF mixed", "a,b\r\n1,x\n2,y\r3,z\r\n", "BIGINT VARCHAR", [(1, "x"), (2, "y"), (3, "z")], reading={"line ends": "mixed"}),
    Case("a last line that is cut and has no end", "a,b,c\n1,2,3\n4,5", "BIGINT BIGINT BIGINT", [(1, 2, 3)], rejects=[3], notes=["may have been cut off"]),
    Case("zero bytes among text", b"a,b\n1,x\n2,x\x00y\n3,z\n", "BIGINT VARCHAR", [(1, "x"), (3, "z")], rejects=[3], reading={"zero bytes": "1"}, notes=["1 zero byte"]),
    Case("a zero byte in quotes over two lines", b'a,b\n1,"x\ny\x00"\n2,z\n', "BIGINT VARCHAR", [(2, "z")], rejects=[2], reading={"zero bytes": "1"}),
    Case("zero bytes that are dropped", b"a,b\n1,x\n2,x\x00y\n3,z\x00\x00\n", "BIGINT VARCHAR", [(1, "x"), (2, "xy"), (3, "z")], settings={"zero_bytes": "drop"}, reading={"zero bytes": "3"}),
    Case("a block of zero bytes at the end", b"a,b\n" + b"1,x\n" * 30 + b"\x00" * 20, "BIGINT VARCHAR", [(1, "x")] * 30, rejects=[32]),
    Case("zero bytes below the head", b"a,b\n" + b"1,xxxxxxxxxx\n" * 100_000 + b"2,\x00\n3,y\n", "BIGINT VARCHAR", None, rejects=[100_002]),
    Case("nothing but zero bytes", b"\x00" * 500, error="is not a text file"),
    Case("Ctrl-Z at the end", b"a,b\r\n1,2\r\n\x1a", "BIGINT BIGINT", [(1, 2)], reading={"footer": "1"}),
    Case("gzip of UTF-16", gzip.compress(CYRILLIC.encode("utf-16")), "BIGINT VARCHAR", CYRILLIC_ROWS, file="case.csv.gz"),
    Case("lines with spaces only", "a,b\n1,2\n   \n3,4\n \t \n", "BIGINT BIGINT", [(1, 2), (3, 4)]),
)  # fmt: skip
