"""Nasty files by what stands in them beside rows: titles, headers of several rows or none, comments, footers, other tables, ragged rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from tests.unit.csv_cases import Case

TWO = "id,name\n1,Ann\n2,Bob\n\nid,total,day\n10,2.50,2024-01-01\n11,3.00,2024-01-02\n"
TITLED = "[customers]\nid,name\n1,Ann\n2,Bob\n[orders]\nid,customer\n10,1\n11,2\n"
TITLED_NAMES = ["customers", "orders"]

LAYOUT = (
    # Ragged rows
    Case("short rows are set aside", "a,b,c\n1,2,3\n4\n5,6\n7,8,9\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (7, 8, 9)], rejects=[3, 4]),
    Case("short rows that are filled", "a,b,c\n1,2,3\n4\n5,6\n7,8,9\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (4, None, None), (5, 6, None), (7, 8, 9)], settings={"short_rows": "fill with nulls"}, reading={"rows filled": "2", "short rows": "fill with nulls"}),
    Case("filled rows and line ends in quotes", 'a,b,c\n1,"x\ny",3\n4,"z\nw"\n5,v,6\n', "BIGINT VARCHAR BIGINT", [(1, "x\ny", 3), (4, "z\nw", None), (5, "v", 6)], settings={"short_rows": "fill with nulls"}, reading={"rows filled": "1"}),
    Case("long rows are set aside where short ones are filled", "a,b\n1,2\n3\n4,5,6\n7,8\n", "BIGINT BIGINT", [(1, 2), (3, None), (7, 8)], rejects=[4], settings={"short_rows": "fill with nulls"}),
    Case("rows too long by empty cells lose nothing", "a,b\n1,2\n3,4,,\n5,6\n7,8\n", "BIGINT BIGINT", [(1, 2), (3, 4), (5, 6), (7, 8)]),
    # Trailing delimiters, blank columns
    Case("a delimiter at the end of every line", "a,b,\n1,2,\n3,4,\n", "BIGINT BIGINT", [(1, 2), (3, 4)], "a b", reading={"blank columns": "1"}),
    Case("a delimiter at the end of every row but the header", "a,b\n1,2,\n3,4,\n5,6,\n", "BIGINT BIGINT", [(1, 2), (3, 4), (5, 6)], "a b", reading={"header": "yes", "blank columns": "1"}),
    Case("a delimiter at the end of the header only", "a,b,\n1,x\n2,y\n3,z\n", "BIGINT VARCHAR", [(1, "x"), (2, "y"), (3, "z")], "a b"),
    Case("a blank column in the middle", "a,,b\n1,,2\n3,,4\n", "BIGINT BIGINT", [(1, 2), (3, 4)], "a b", reading={"blank columns": "1"}),
    Case("a nameless column with one cell stays", "a,,b\n1,,2\n3,x,4\n", "BIGINT VARCHAR BIGINT", [(1, None, 2), (3, "x", 4)], "a column_2 b"),
    Case("a named column without cells stays", "a,note,b\n1,,2\n3,,4\n", "BIGINT VARCHAR BIGINT", [(1, None, 2), (3, None, 4)], "a note b"),
    Case("R's row names", '"x","y"\n"1",5,a\n"2",6,b\n"3",7,c\n', "BIGINT BIGINT VARCHAR", [(1, 5, "a"), (2, 6, "b"), (3, 7, "c")], "column_1 x y", reading={"header": "yes"}),
    Case("names that differ in capitals", "id,ID,Id\n1,2,3\n", "BIGINT BIGINT BIGINT", [(1, 2, 3)], "id ID_2 Id_3"),
    Case("a doubled name that takes another's place", "a,a,a_2\n1,2,3\n", "BIGINT BIGINT BIGINT", [(1, 2, 3)], "a a_2 a_2_2"),
    # Titles
    Case("a title of a spreadsheet, as wide as the table", "Sales of 2024;;;\n;;;\nday;shop;n;sum\n2024-01-01;a;1;2\n2024-01-02;b;3;4\n", "DATE VARCHAR BIGINT BIGINT", [(date(2024, 1, 1), "a", 1, 2), (date(2024, 1, 2), "b", 3, 4)], "day shop n sum", reading={"skipped": "2"}),
    Case("a preamble longer than the table", "Station: Alpha\nOwner: City\nUnits: metric\nMade: 2024-05-01\n\ntime;t;p\n1;20;1000\n2;21;1001\n", "BIGINT BIGINT BIGINT", [(1, 20, 1000), (2, 21, 1001)], "time t p", reading={"skipped": "5", "delimiter": ";"}),
    Case("a preamble of names and values", "Report,Sales\nDate,2024-01-01\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (4, 5, 6), (7, 8, 9)], "a b c", reading={"skipped": "3"}),
    Case("sep= of Excel", "sep=;\na;b\n1;2\n3;4\n", "BIGINT BIGINT", [(1, 2), (3, 4)], "a b", reading={"delimiter": ";", "skipped": "1"}),
    Case("lines above that are said", "x,y\nignore,me\na,b\n1,2\n", "BIGINT BIGINT", [(1, 2)], "a b", settings={"skip": "2"}, reading={"skipped": "2"}),
    Case("no lines above that is said", "title\na,b\n1,2\n3,4\n", "VARCHAR VARCHAR", [("a", "b"), ("1", "2"), ("3", "4")], "column_1 column_2", rejects=[1], settings={"skip": "0", "header": "no"}),
    Case("more lines above than there are", "a,b\n1,2\n", error="no line below the first 9", settings={"skip": "9"}),
    Case("lines above that are no number", "a,b\n1,2\n", error="is no number of lines", settings={"skip": "many"}),
    # Headers
    Case("a header of two rows with spans", ",2023,,2024,\nregion,sales,cost,sales,cost\nNorth,1,2,3,4\nSouth,5,6,7,8\n", "VARCHAR BIGINT BIGINT BIGINT BIGINT", [("North", 1, 2, 3, 4), ("South", 5, 6, 7, 8)], "region|2023 / sales|2023 / cost|2024 / sales|2024 / cost", reading={"header": "2"}),
    Case("a row of units below the names", "time,mass,speed\n(s),(kg),(m/s)\n1,2,3\n4,5,6\n7,8,9\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (4, 5, 6), (7, 8, 9)], "time / (s)|mass / (kg)|speed / (m/s)", reading={"header": "2"}),
    Case("two rows of names that are said", "a,b\nx,y\n1,2\n", "BIGINT BIGINT", [(1, 2)], "a_x b_y", settings={"header_rows": "2", "header_join": "_"}, reading={"header": "2"}),
    Case("three rows of names that are said", "p,,q\na,b,c\nx,y,z\n1,2,3\n", "BIGINT BIGINT BIGINT", [(1, 2, 3)], "p / a / x|p / b / y|q / c / z", settings={"header_rows": "3"}),
    Case("one row of names that is said where two are found", "time,mass,speed\n(s),(kg),(m/s)\n1,2,3\n4,5,6\n7,8,9\n", "VARCHAR VARCHAR VARCHAR", [("(s)", "(kg)", "(m/s)"), ("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9")], "time mass speed", settings={"header_rows": "1"}),
    Case("a word in the first row of numbers is data", "name,age\nBob,unknown\nAnn,5\nJoe,7\n", "VARCHAR VARCHAR", [("Bob", "unknown"), ("Ann", "5"), ("Joe", "7")], "name age", refused={"age": (1, "unknown")}),
    Case("years as names", "country,2022,2023,2024\nA,1,2,3\nB,4,5,6\n", "VARCHAR BIGINT BIGINT BIGINT", [("A", 1, 2, 3), ("B", 4, 5, 6)], "country 2022 2023 2024", reading={"header": "yes"}),
    Case("years as data", "2022,2023\n2023,2024\n", "BIGINT BIGINT", [(2022, 2023), (2023, 2024)], "column_1 column_2", reading={"header": "no"}),
    Case("no names where all is text", "red,apple\nred,cherry\ngreen,apple\n", "VARCHAR VARCHAR", [("red", "apple"), ("red", "cherry"), ("green", "apple")], "column_1 column_2", reading={"header": "no"}),
    Case("a header that comes again", "id,name\n1,Ann\n2,Bob\nid,name\n3,Cy\nid,name\n4,Di\n", "BIGINT VARCHAR", [(1, "Ann"), (2, "Bob"), (3, "Cy"), (4, "Di")], reading={"header again": "2"}),
    Case("a header that comes again in quotes and far below", "id,name\n" + "1,Ann\n" * 30_000 + '"id","name"\n2,Bob\n', "BIGINT VARCHAR", None, reading={"header again": "1"}),
    Case("a header of text that comes again far below", "town,name\n" + "Oslo,Ann\n" * 30_000 + "town,name\nRome,Bob\n", "VARCHAR VARCHAR", None, reading={"header again": "1"}),
    Case("a header again, a reject and a refused cell", "id,code\n1,10\nid,code\n2,20\n3\n4,007\n", "BIGINT VARCHAR", [(1, "10"), (2, "20"), (4, "007")], rejects=[5], refused={"code": (3, "007")}),
    Case("a row of text twice is no header", "Oslo,Norway\nRome,Italy\nOslo,Norway\n", "VARCHAR VARCHAR", [("Oslo", "Norway"), ("Rome", "Italy"), ("Oslo", "Norway")], "column_1 column_2"),
    # Comments
    Case("comments above and between", "# made by a tool\n# version 2\na,b\n1,2\n# half way\n3,4\n", "BIGINT BIGINT", [(1, 2), (3, 4)], "a b", reading={"comments": "3"}),
    Case("comments with the delimiter in them", "a,b\n1,2\n# well, a remark\n3,4\n# no remark\n# a, b, c\n5,6\n", "BIGINT BIGINT", [(1, 2), (3, 4), (5, 6)], reading={"comments": "3"}),
    Case("a header that begins with a hash", "#id,name\n1,Ann\n2,Bob\n", "BIGINT VARCHAR", [(1, "Ann"), (2, "Bob")], "#id name"),
    Case("colours begin with a hash", "colour,name\n#fff,white\n#000,black\n#f00,red\n", "VARCHAR VARCHAR", [("#fff", "white"), ("#000", "black"), ("#f00", "red")]),
    Case("comments with another sign that is said", "a;b\n1;2\n% note\n3;4\n", "BIGINT BIGINT", [(1, 2), (3, 4)], settings={"comment": "%"}, reading={"comments": "1"}),
    Case("no comments that is said", "a,b\n1,2\n# note\n3,4\n", "BIGINT BIGINT", [(1, 2), (3, 4)], rejects=[3], settings={"comment": "none"}),
    Case("a reject below comments has its line", "a,b\n# one\n1,2\n# two\n3\n# three\n4,5\n6,7,8\n", "BIGINT BIGINT", [(1, 2), (4, 5)], rejects=[5, 8]),
    Case("a refused cell below comments has its row", "# one\na\tb\n# two\n1\tx\n# three\n012\ty\n", "VARCHAR VARCHAR", [("1", "x"), ("012", "y")], refused={"a": (2, "012")}),
    # Footers
    Case("a line of totals", "shop,n,sum\na,1,2.50\nb,3,4.50\nTotal,4,7.00\n", "VARCHAR BIGINT DECIMAL(18,2)", [("a", 1, D("2.50")), ("b", 3, D("4.50"))], reading={"footer": "1"}),
    Case("totals in Russian and a blank line", "магазин;шт\nА;1\nБ;2\n\nИтого:;3\n", "VARCHAR BIGINT", [("А", 1), ("Б", 2)], reading={"footer": "1"}),
    Case("totals that are data", "kind,n\nTotal,1\nMen,2\nWomen,3\nTotal,4\n", "VARCHAR BIGINT", [("Total", 1), ("Men", 2), ("Women", 3), ("Total", 4)]),
    Case("a mark of the end", "a,b\n1,2\n3,4\n-- end --\n", "BIGINT BIGINT", [(1, 2), (3, 4)], reading={"footer": "1"}),
    Case("what psql says below", "a|b\n1|2\n3|4\n(2 rows)\n", "BIGINT BIGINT", [(1, 2), (3, 4)], reading={"footer": "1"}),
    Case("a source below a blank line", "a,b,c\n1,2,3\n4,5,6\n\nSource: Ministry of Data\nUpdated daily\n", "BIGINT BIGINT BIGINT", [(1, 2, 3), (4, 5, 6)], reading={"footer": "2"}),
    Case("a footer that is said", "a,b\n1,2\n3,4\nx,y\n", "BIGINT BIGINT", [(1, 2), (3, 4)], settings={"footer": "1"}, reading={"footer": "1"}),
    Case("no footer that is said", "shop,n\na,1\nTotal,1\n", "VARCHAR BIGINT", [("a", 1), ("Total", 1)], settings={"footer": "0"}),
    Case("a short row at the end is no footer", "a,b,c\n1,2,3\n4,5\n", "BIGINT BIGINT BIGINT", [(1, 2, 3)], rejects=[3]),
    Case("a footer below a large file", "shop,n\n" + "a,1\n" * 100_000 + "Total,100000\n", "VARCHAR BIGINT", None, reading={"footer": "1"}),
    Case("titles, comments, totals and a header again", "Report\n\nshop;n\n# first half\na;1\nshop;n\nb;2\n\nTotal;3\n-- end --\n", "VARCHAR BIGINT", [("a", 1), ("b", 2)], "shop n", reading={"skipped": "2", "comments": "1", "header again": "1", "footer": "2"}),
    # Several tables
    Case("the first of two tables", TWO, "BIGINT VARCHAR", [(1, "Ann"), (2, "Bob")], tables=["table 1", "table 2"], notes=["2 tables"], reading={"table": "table 1"}),
    Case("the second of two tables", TWO, "BIGINT DECIMAL(18,2) DATE", [(10, D("2.50"), date(2024, 1, 1)), (11, D("3.00"), date(2024, 1, 2))], "id total day", tables=["table 1", "table 2"], table="table 2"),
    Case("a table by its number", TWO, "BIGINT DECIMAL(18,2) DATE", None, "id total day", tables=["table 1", "table 2"], table="2"),
    Case("tables with titles in brackets", TITLED, "BIGINT BIGINT", [(10, 1), (11, 2)], "id customer", tables=TITLED_NAMES, table="orders"),
    Case("a table that is not there", TITLED, error="There is no table invoices", tables=TITLED_NAMES, table="invoices"),
    Case("one table that is said", TWO.replace("1,Ann", "1,Ann\n5,Eve"), "VARCHAR VARCHAR", [("1", "Ann"), ("5", "Eve"), ("2", "Bob")], "id name", settings={"tables": "one", "types": "id=text"}, rejects=[6, 7, 8], notes=["From line 6 on there seems to be another table"]),
    Case("titles above blank-line tables", "Customers\nid,name\n1,Ann\n2,Bob\n\nOrders\nid,sum\n5,1.5\n6,2.5\n", "BIGINT DECIMAL(18,1)", [(5, D("1.5")), (6, D("2.5"))], "id sum", tables=["Customers", "Orders"], table="Orders"),
    Case("a reject in the second table has its line", "id,name\n1,Ann\n2,Bob\n\nid,total,day\n10,2,2024-01-01\n11\n12,3,2024-01-02\n13,4,2024-01-03\n", "BIGINT BIGINT DATE", None, tables=["table 1", "table 2"], table="table 2", rejects=[7]),
    Case("blank lines between rows make no tables", "a,b\n1,x\n\n2,y\n3,z\n\n4,w\n", "BIGINT VARCHAR", [(1, "x"), (2, "y"), (3, "z"), (4, "w")]),
    Case("the same header below a blank line makes no table", "a,b\n1,x\n2,y\n\na,b\n3,z\n4,w\n", "BIGINT VARCHAR", [(1, "x"), (2, "y"), (3, "z"), (4, "w")], reading={"header again": "1"}),
    Case("tables that differ in their names only", "id,name\n1,Ann\n2,Bob\n\ncode,price\nA,1.5\nB,2.5\n", "VARCHAR DECIMAL(18,1)", [("A", D("1.5")), ("B", D("2.5"))], "code price", tables=["table 1", "table 2"], table="table 2"),
    Case("three tables, the middle one", "a,b\n1,2\n3,4\n\nc,d,e\n5,6,7\n8,9,10\n\nf,g\nx,11\ny,12\n", "BIGINT BIGINT BIGINT", [(5, 6, 7), (8, 9, 10)], "c d e", tables=["table 1", "table 2", "table 3"], table="table 2"),
)  # fmt: skip
