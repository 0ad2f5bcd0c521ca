"""Nasty files by their values: nulls, thousands, currencies, percents, days and months, types that a person chose."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal as D

from tests.unit.csv_cases import Case

SPACE, THIN = "\u00a0", "\u202f"
MONEY = "DECIMAL(18,2)"

VALUES = (
    # Thousands
    Case("thousands by space and decimal comma", "n;t\n1 234,50;a\n2 345 678,25;b\n7;c\n", f"{MONEY} VARCHAR", [(D("1234.50"), "a"), (D("2345678.25"), "b"), (D(7), "c")], read_as={"n": "decimal comma, thousands by space"}),
    Case("thousands by commas", 'n\n"1,234.50"\n"2,345,678.25"\n-3.10\n', MONEY, [(D("1234.50"),), (D("2345678.25"),), (D("-3.10"),)], read_as={"n": "thousands by comma"}, settings={"delimiter": ","}),
    Case("thousands by no-break space", f"n;t\n1{SPACE}234;a\n22{SPACE}345{SPACE}678;b\n", "BIGINT VARCHAR", [(1234, "a"), (22345678, "b")], read_as={"n": "thousands by no-break space"}),
    Case("thousands by narrow no-break space", f"n;t\n1{THIN}234,5;a\n2{THIN}000,0;b\n", "DECIMAL(18,1) VARCHAR", [(D("1234.5"), "a"), (D("2000.0"), "b")], read_as={"n": "decimal comma, thousands by narrow no-break space"}),
    Case("thousands by apostrophe", "n;t\n1'234.50;a\n2'345'678.25;b\n", f"{MONEY} VARCHAR", [(D("1234.50"), "a"), (D("2345678.25"), "b")], read_as={"n": "thousands by apostrophe"}),
    Case("thousands by point", "n;t\n1.234,50;a\n2.345.678,25;b\n", f"{MONEY} VARCHAR", [(D("1234.50"), "a"), (D("2345678.25"), "b")], read_as={"n": "decimal comma, thousands by point"}),
    Case("thousands by point without fractions", "n;t\n1.234.567;a\n2.345;b\n", "BIGINT VARCHAR", [(1234567, "a"), (2345, "b")], read_as={"n": "decimal comma, thousands by point"}),
    Case("fractions of three digits are no thousands", "n;t\n1.234;a\n2.345;b\n", "DECIMAL(18,3) VARCHAR", [(D("1.234"), "a"), (D("2.345"), "b")]),
    Case("a comma before three digits is asked", "n;t\n1,234;a\n567;b\n", "VARCHAR VARCHAR", [("1,234", "a"), ("567", "b")], ambiguous=["n"]),
    Case("commas and points before three digits are asked", "n;t\n1,234;a\n1.234;b\n", "VARCHAR VARCHAR", [("1,234", "a"), ("1.234", "b")], ambiguous=["n"]),
    Case("two commas before three digits are thousands", "n;t\n1,234;a\n5,678,901;b\n", "BIGINT VARCHAR", [(1234, "a"), (5678901, "b")], read_as={"n": "thousands by comma"}),
    Case("a zero before the comma makes it decimal", "n;t\n1,234;a\n0,567;b\n", "DECIMAL(18,3) VARCHAR", [(D("1.234"), "a"), (D("0.567"), "b")], read_as={"n": "decimal comma"}),
    Case("a decimal comma that is said", "n;t\n1,234;a\n567;b\n", "DECIMAL(18,3) VARCHAR", [(D("1.234"), "a"), (D(567), "b")], settings={"numbers": "decimal comma"}),
    Case("a decimal point that is said", "n;t\n1,234;a\n567;b\n", "BIGINT VARCHAR", [(1234, "a"), (567, "b")], settings={"numbers": "decimal point"}, read_as={"n": "thousands by comma"}),
    Case("a decimal comma makes points thousands", "n;t\n1.234;a\n2.345;b\n", "BIGINT VARCHAR", [(1234, "a"), (2345, "b")], settings={"numbers": "decimal comma"}),
    Case("a decimal comma that is said for one column", "n;m\n1,234;1,234\n567;8,9\n", "DECIMAL(18,3) DECIMAL(18,3)", [(D("1.234"), D("1.234")), (D(567), D("8.900"))], settings={"types": "n=decimal comma"}),
    Case("thousands that one cell does not have", "n;t\n1 234;a\n5678;b\n9 012;c\n", "VARCHAR VARCHAR", [("1 234", "a"), ("5678", "b"), ("9 012", "c")], refused={"n": (2, "5678")}),
    Case("groups of two digits", "n;t\n12 34;a\n56 78;b\n", "VARCHAR VARCHAR", [("12 34", "a"), ("56 78", "b")]),
    Case("phones in groups are no numbers", "p;t\n916 123 45 67;a\n917 234 56 78;b\n", "VARCHAR VARCHAR", [("916 123 45 67", "a"), ("917 234 56 78", "b")]),
    Case("leading zeros in groups", "n;t\n012 345;a\n678 901;b\n", "VARCHAR VARCHAR", [("012 345", "a"), ("678 901", "b")], refused={"n": (1, "012 345")}),
    Case("two kinds of space", f"n;t\n1 234;a\n5{SPACE}678;b\n2 000;c\n", "VARCHAR VARCHAR", [("1 234", "a"), (f"5{SPACE}678", "b"), ("2 000", "c")], refused={"n": (2, f"5{SPACE}678")}),
    Case("thousands that begin below the head", "n;t\n" + "".join(f"{n % 1000};x\n" for n in range(12_000)) + "1 000;y\n", "BIGINT VARCHAR", None, read_as={"n": "thousands by space"}),
    Case("thousands after the first two hundred", "n;t\n" + "".join(f"{n};x\n" for n in range(300)) + "1,234.50;y\n", f"{MONEY} VARCHAR", None, read_as={"n": "thousands by comma"}),
    Case("thousands and nulls", "n;t\n1 234;a\n-;b\n;c\nNA;d\n5 678;e\n", "BIGINT VARCHAR", [(1234, "a"), (None, "b"), (None, "c"), (None, "d"), (5678, "e")]),
    Case("a minus before thousands", "n;t\n-1 234,5;a\n2 345,5;b\n", "DECIMAL(18,1) VARCHAR", [(D("-1234.5"), "a"), (D("2345.5"), "b")]),
    Case("a minus before zero is kept as text", "n;t\n-0,0 %;a\n2,5 %;b\n", "VARCHAR VARCHAR", [("-0,0 %", "a"), ("2,5 %", "b")], refused={"n": (1, "-0,0 %")}),
    Case("thirty digits in groups", "n;t\n123 456 789 012 345 678 901 234 567 890;a\n1 234;b\n", "DECIMAL(38,0) VARCHAR", [(D("123456789012345678901234567890"), "a"), (D(1234), "b")]),
    # Months by name
    Case("days with the month's name", "d;e;f;t\n01-Oct-2026;01 Oct 2026;Oct 01, 2026;a\n28-Feb-1999;28 Feb 1999;Feb 28, 1999;b\n", "DATE DATE DATE VARCHAR", [(date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 1), "a"), (date(1999, 2, 28), date(1999, 2, 28), date(1999, 2, 28), "b")], read_as={"d": "%d-%b-%Y", "e": "%d %b %Y", "f": "%b %d, %Y"}),
    Case("days and months without zeros before them", "d;e;t\n1/28/2024;28/1/2024;9/2/2024 9:05\n12/1/2023;1/12/2023;12/31/2024 23:59\n", "DATE DATE TIMESTAMP", [(date(2024, 1, 28), date(2024, 1, 28), datetime(2024, 9, 2, 9, 5)), (date(2023, 12, 1), date(2023, 12, 1), datetime(2024, 12, 31, 23, 59))], read_as={"d": "%-m/%-d/%Y", "e": "%-d/%-m/%Y", "t": "%-m/%-d/%Y %-H:%M"}),
    Case("days without zeros that may be months", "d;e\n1/2/2024;1/2/2024\n3/4/2024;3/4/2024\n", "VARCHAR DATE", [("1/2/2024", date(2024, 2, 1)), ("3/4/2024", date(2024, 4, 3))], settings={"types": "e=day first"}, ambiguous=["d"]),
    Case("days with zeros and without", "d;n\n1/28/2024;1\n01/29/2024;2\n", "VARCHAR BIGINT", [("1/28/2024", 1), ("01/29/2024", 2)], refused={"d": (1, "1/28/2024")}),
    Case("clocks of twelve hours", "t;u\n01/28/2024 03:30 PM;1/28/2024 3:30:15 PM\n01/02/2024 12:00 AM;1/2/2024 12:00:01 AM\n", "TIMESTAMP TIMESTAMP", [(datetime(2024, 1, 28, 15, 30), datetime(2024, 1, 28, 15, 30, 15)), (datetime(2024, 1, 2), datetime(2024, 1, 2, 0, 0, 1))], read_as={"t": "%m/%d/%Y %I:%M %p", "u": "%-m/%-d/%Y %-I:%M:%S %p"}),
    Case("hours and minutes", "t;d;n\n12:30;12:30;1\n00:05;36:15;2\n", "TIME VARCHAR BIGINT", [(time(12, 30), "12:30", 1), (time(0, 5), "36:15", 2)], read_as={"t": "%H:%M"}, refused={"d": (2, "36:15")}),
    Case("numbers as C prints them", "x;y\n1.134548489404533029e+04;1.20e+03\n-7.119771022807837941e-105;0.00e+00\n", "DOUBLE DOUBLE", [(11345.48489404533, 1200.0), (-7.119771022807838e-105, 0.0)], read_as={"x": "one digit before the point, and an exponent", "y": "one digit before the point, and an exponent"}),
    Case("more digits than a double has", "x;n\n1.000000000000000001e+00;1\n", "VARCHAR BIGINT", [("1.000000000000000001e+00", 1)], refused={"x": (1, "1.000000000000000001e+00")}),
    Case("months in capitals keep their capitals", "d;t\n01-OCT-2026;a\n28-FEB-1999;b\n", "VARCHAR VARCHAR", [("01-OCT-2026", "a"), ("28-FEB-1999", "b")]),
    Case("moments of a web server's log", "t;s\n01/Oct/2026:13:55:36 +0000;200\n02/Oct/2026:00:00:00 +0000;404\n", "TIMESTAMP WITH TIME ZONE BIGINT", None, read_as={"t": "%d/%b/%Y:%H:%M:%S +0000"}),
    # Floats
    Case("small fractions written out and with exponents", "f\n0.00004496234567891\n-1.25\n4.5123456789012347e-7\n-0.0000012\n", "DOUBLE", [(4.496234567891e-05,), (-1.25,), (4.5123456789012347e-07,), (-1.2e-06,)], read_as={"f": "exponents"}, settings={"delimiter": ","}),
    Case("more digits than a double holds", "f;t\n0.12345678901;a\n0.00004496234567891234567891;b\n", "DECIMAL(38,26) VARCHAR", None),
    Case("more digits than a double holds with an exponent", "f;t\n0.5;a\n0.12345678901;b\n4.51234567890123456789e-7;c\n", "VARCHAR VARCHAR", None, refused={"f": (3, "4.51234567890123456789e-7")}),
    Case("too large for a double", "f;t\n0.5;a\n0.12345678901;b\n1e999;c\n", "VARCHAR VARCHAR", None),
    Case("a comma before three digits far below is asked as well", "n;t\n" + "".join(f"{n % 1000};x\n" for n in range(12_000)) + "1,234;y\n", "VARCHAR VARCHAR", None, ambiguous=["n"]),
    Case("a comma before three digits after the first two hundred is asked as well", "n;t\n" + "".join(f"{n};x\n" for n in range(300)) + "1,234;y\n", "VARCHAR VARCHAR", None, ambiguous=["n"]),
    Case("a comma before two digits far below is decimal", "n;t\n" + "".join(f"{n % 1000};x\n" for n in range(12_000)) + "1,23;y\n", "DECIMAL(18,2) VARCHAR", None, read_as={"n": "decimal comma"}),
    # Units
    Case("dollars", 'p,t\n"$1,234.50",a\n$7.00,b\n', f"{MONEY} VARCHAR", [(D("1234.50"), "a"), (D("7.00"), "b")], read_as={"p": "thousands by comma, unit $"}),
    Case("roubles behind", "p;t\n1 234,50 ₽;a\n99,90 ₽;b\n", f"{MONEY} VARCHAR", [(D("1234.50"), "a"), (D("99.90"), "b")], read_as={"p": "decimal comma, thousands by space, unit ₽"}),
    Case("roubles in letters", "p;t\n100 руб.;a\n1 250 руб.;b\n", "BIGINT VARCHAR", [(100, "a"), (1250, "b")], read_as={"p": "thousands by space, unit руб."}),
    Case("a code before", "p;t\nUSD 5;a\nUSD 12;b\n", "BIGINT VARCHAR", [(5, "a"), (12, "b")], read_as={"p": "unit USD"}),
    Case("two currencies", "p;t\nUSD 5;a\nEUR 12;b\nUSD 7;c\n", "VARCHAR VARCHAR", [("USD 5", "a"), ("EUR 12", "b"), ("USD 7", "c")], refused={"p": (2, "EUR 12")}),
    Case("a currency that one cell does not have", "p;t\n$5;a\n12;b\n$7;c\n", "VARCHAR VARCHAR", [("$5", "a"), ("12", "b"), ("$7", "c")], refused={"p": (2, "12")}),
    Case("a minus before the dollar", "p;t\n-$5.00;a\n$12.50;b\n", f"{MONEY} VARCHAR", [(D("-5.00"), "a"), (D("12.50"), "b")]),
    Case("a minus behind the dollar", "p;t\n$-5.00;a\n$12.50;b\n", f"{MONEY} VARCHAR", [(D("-5.00"), "a"), (D("12.50"), "b")]),
    Case("a minus at both places", "p;t\n$-5.00;a\n-$12.50;b\n", "VARCHAR VARCHAR", [("$-5.00", "a"), ("-$12.50", "b")]),
    Case("euros with a point before three digits are asked", "p;t\n1.234 €;a\n2.345 €;b\n", "VARCHAR VARCHAR", [("1.234 €", "a"), ("2.345 €", "b")], ambiguous=["p"]),
    Case("letters that are no currency", "p;t\nREV 5;a\nREV 12;b\n", "VARCHAR VARCHAR", [("REV 5", "a"), ("REV 12", "b")]),
    Case("percents", "p;t\n12,5 %;a\n100 %;b\n-3,25 %;c\n", f"{MONEY} VARCHAR", [(D("12.50"), "a"), (D(100), "b"), (D("-3.25"), "c")], read_as={"p": "decimal comma, percent"}),
    Case("percents without a space", "p;t\n12%;a\n7%;b\n", "BIGINT VARCHAR", [(12, "a"), (7, "b")], read_as={"p": "percent"}),
    Case("percents with and without a space", "p;t\n12%;a\n7 %;b\n8%;c\n", "VARCHAR VARCHAR", [("12%", "a"), ("7 %", "b"), ("8%", "c")], refused={"p": (2, "7 %")}),
    Case("a percent sign alone", "p;t\n%;a\n7%;b\n8%;c\n", "VARCHAR VARCHAR", [("%", "a"), ("7%", "b"), ("8%", "c")]),
    # Nulls
    Case("nulls that are said hold in text too", "a;b\nx;?\n?;2\ny;3\n", "VARCHAR BIGINT", [("x", None), (None, 2), ("y", 3)], settings={"nulls": "?"}, reading={"nulls": "?"}),
    Case("several nulls that are said", "a;b\nmissing;1\nx;n/d\ny;999\n", "VARCHAR BIGINT", [(None, 1), ("x", None), ("y", None)], settings={"nulls": "missing, n/d, 999"}),
    Case("no nulls that is said", "a;b\n1;x\nNA;y\n;z\n", "VARCHAR VARCHAR", [("1", "x"), ("NA", "y"), (None, "z")], settings={"nulls": "none"}, refused={"a": (2, "NA")}),
    Case("a null in quotes is text", 'a;b\nx;1\n"NA";2\nNA;3\n', "VARCHAR BIGINT", [("x", 1), ("NA", 2), (None, 3)], settings={"nulls": "NA"}),
    # Days
    Case("day first that is said", "d;n\n01/02/2024;1\n03/04/2024;2\n", "DATE BIGINT", [(date(2024, 2, 1), 1), (date(2024, 4, 3), 2)], settings={"dates": "day first"}, read_as={"d": "%d/%m/%Y"}),
    Case("month first that is said", "d;n\n01/02/2024;1\n03/04/2024;2\n", "DATE BIGINT", [(date(2024, 1, 2), 1), (date(2024, 3, 4), 2)], settings={"dates": "month first"}, read_as={"d": "%m/%d/%Y"}),
    Case("day first for one column", "d;e\n01/02/2024;01/02/2024\n03/04/2024;03/04/2024\n", "DATE VARCHAR", [(date(2024, 2, 1), "01/02/2024"), (date(2024, 4, 3), "03/04/2024")], settings={"types": "d=day first"}, ambiguous=["e"]),
    Case("one column other than the file", "d;e\n01/02/2024;01/02/2024\n", "DATE DATE", [(date(2024, 2, 1), date(2024, 1, 2))], settings={"dates": "month first", "types": "d=day first"}),
    Case("moments with day first", "d;n\n01/02/2024 10:00;1\n", "TIMESTAMP BIGINT", [(datetime(2024, 2, 1, 10), 1)], settings={"dates": "day first"}),
    Case("day first that the data refute", "d;n\n01/02/2024;1\n03/25/2024;2\n", "VARCHAR BIGINT", [("01/02/2024", 1), ("03/25/2024", 2)], settings={"dates": "day first"}),
    Case("a form that is said", "d;n\n01-02-2024;1\n", "DATE BIGINT", [(date(2024, 2, 1), 1)], settings={"types": "d=%d-%m-%Y"}),
    # Types that a person chose
    Case("text that is said", "code;n\n12;1\n13;2\n", "VARCHAR BIGINT", [("12", 1), ("13", 2)], settings={"types": "code=text"}),
    Case("a decimal that is said", "p;n\n12;1\n13;2\n", "DECIMAL(10,2) BIGINT", [(D(12), 1), (D(13), 2)], settings={"types": "p=DECIMAL(10,2)"}),
    Case("a double that is said", "p;n\n12;1\n13.5;2\n", "DOUBLE BIGINT", [(12.0, 1), (13.5, 2)], settings={"types": "p=double"}),
    Case("types as JSON", "a=b;n\n12;1\n", "VARCHAR VARCHAR", [("12", "1")], settings={"types": '{"a=b": "text", "n": "VARCHAR"}'}),
    Case("a type of an empty column", "d;n\n;1\n;2\n", "DATE BIGINT", [(None, 1), (None, 2)], settings={"types": "d=date"}),
    Case("an integer that a cell refuses", "code;n\n12;1\n007;2\n", error="The column code cannot be integer Row 2 holds 007", settings={"types": "code=integer"}),
    Case("an integer that a cell below the head refuses", "code;n\n" + "1;1\n" * 12_000 + "x7;2\n", error="Row 12,001 holds x7", settings={"types": "code=integer"}),
    Case("a date that a word refuses", "d;n\n2024-01-01;1\nsoon;2\n", error="Row 2 holds soon", settings={"types": "d=date"}),
    Case("a date that may be two", "d;n\n01/02/2024;1\n", error="It can be read in more than one way", settings={"types": "d=date"}),
    Case("a truth that numbers refuse", "t;n\n1;1\n0;2\n", error="The column t cannot be boolean", settings={"types": "t=boolean"}),
    Case("a type that there is not", "a;b\n1;2\n", error="There is no type money", settings={"types": "a=money"}),
    Case("a type for a column that is not there", "amount;b\n1;2\n", error="There is no column amuont to give a type", settings={"types": "amuont=text"}),
    Case("types that are none", "a;b\n1;2\n", error="does not say the types of columns", settings={"types": "text"}),
)  # fmt: skip
