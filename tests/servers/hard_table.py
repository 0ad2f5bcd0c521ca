"""One row for each way in which a value of PostgreSQL can be hard to carry: made once, read back equal everywhere."""

from __future__ import annotations

HARD_TYPES = """
CREATE TYPE mood AS ENUM ('ok', 'so so'); CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN price AS numeric(6, 2); CREATE DOMAIN list_price AS price CHECK (VALUE > 0);
CREATE TABLE "ha""rd Ё" (
  "№" int PRIMARY KEY, "a b" text NOT NULL DEFAULT '', "Sum" numeric, n_p numeric(10, 3), big numeric(45, 2), tens numeric(5,
 -2),
  small numeric(2, 4), p list_price, i2 smallint, i8 bigint, o oid, f4 real, f8 double precision, yes boolean,
  ch char(5), vc varchar(10), nm name, d date, ts timestamp, tz timestamptz, tm time, ttz timetz, iv interval,
  js json, jb jsonb, u uuid, by bytea, m mood, ip inet, net cidr, mac macaddr, r int4range, rd daterange, pt point,
  ar text[], ai int[], an numeric(5, 2)[], ab bytea[], ad timestamptz[], am mood[], mo money, bi bit(4), vb varbit, ps pair,
 ts_v tsvector
)
"""
HARD_ROWS = r"""
INSERT INTO "ha""rd Ё" VALUES
(1, E'line\nnext\r\n"quoted", \\ , \tтекст', 12345678901234567890.0123456789, 1234567.891,
 12345678901234567890123456789012345678901.23,
 12300, 0.0012, 9.90, -32768, -9223372036854775808, 4294967295, 0.1, 0.1, true, 'ab', '007', 'n', '2024-02-29',
 '2024-02-29 23:59:59.999999', '2024-02-29 23:59:59.999999+14', '23:59:59.999999', '12:00:00.5+05:30',
 '1 year -2 mons 3 days 04:05:06.000007',
 '{"b": 1, "a": [1.10, "x"]}', '{"b": 1e400, "a": null}', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\x00ff5c', 'so so',
 '10.0.0.1/24', '10.0.0.0/8',
 '08:00:2b:01:02:03', '[1,5)', '[2024-01-01,infinity)', '(1,-2.5)', ARRAY['a', NULL, '', 'NULL', '"', '\', '{,}', E'n\nl'],
 ARRAY[1, NULL, 3],
 ARRAY[1.10, NULL], ARRAY['\x01', '\x'::bytea], ARRAY['2024-02-29 00:00+03'::timestamptz], ARRAY['so so', 'ok']::mood[],
 12.34, b'0101', b'011',
 (1, 'x'), 'a fat cat'),
(2, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
 NULL, NULL,
 NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
 NULL, NULL),
(3, '\N', -0.5, 0, -1, 0, -0.0012, 0.01, 32767, 9223372036854775807, 0, '-Infinity', 'NaN', false, '', '', '', '0001-01-01',
 '9999-12-31 23:59:59.999999', '0001-01-01 00:00:00+00', '00:00:00', '00:00:00+00', '-00:00:00.000001',
 'null', '"text"', '00000000-0000-0000-0000-000000000000', '', 'ok', '::1', '::/0', '00:00:00:00:00:00', 'empty', '(,)',
 '(0,0)',
 '{}', '{}', '{}', '{}', '{}', '{}', -0.01, b'0000', b'', (NULL, NULL), '')
"""
HARD_PATH = ("public", 'ha"rd Ё')
HARD_DUCK = {
    "№": "INTEGER", "a b": "VARCHAR", "Sum": "DECIMAL(30,10)", "n_p": "DECIMAL(10,3)", "big": "VARCHAR", "tens": "DECIMAL(5,0)",
    "small": "DECIMAL(4,4)", "p": "DECIMAL(6,2)", "i2": "SMALLINT", "i8": "BIGINT", "o": "UINTEGER", "f4": "FLOAT",
    "f8": "DOUBLE",
    "yes": "BOOLEAN", "ch": "VARCHAR", "vc": "VARCHAR", "nm": "VARCHAR", "d": "DATE", "ts": "TIMESTAMP",
    "tz": "TIMESTAMP WITH TIME ZONE", "tm": "TIME", "ttz": "VARCHAR", "iv": "VARCHAR", "js": "JSON", "jb": "JSON", "u": "UUID",
    "by": "BLOB", "m": "VARCHAR", "ip": "VARCHAR", "net": "VARCHAR", "mac": "VARCHAR", "r": "VARCHAR", "rd": "VARCHAR",
    "pt": "VARCHAR",
    "ar": "VARCHAR[]", "ai": "INTEGER[]", "an": "DECIMAL(5,2)[]", "ab": "BLOB[]", "ad": "TIMESTAMP WITH TIME ZONE[]",
    "am": "VARCHAR[]",
    "mo": "DECIMAL(4,2)", "bi": "VARCHAR", "vb": "VARCHAR", "ps": "VARCHAR", "ts_v": "VARCHAR",
}  # fmt: skip
