"""Nested JSON and XML beside the barest reader of each: `python bench/connect_nested.py [MB] [json xml]`.

JSON: an array of register entries, eight levels deep. The peers are DuckDB's COPY of the flat columns with their types given, which passes over all
that is nested; the same of a file as large that holds nothing but the flat members; and its COPY of everything with the types it guesses from the head. XML: cadastral objects with optional and repeated parts. The peer is
lxml's iterparse with a tag to wait for and nothing done. Each runs in a process of its own that has read a small file before; wall and CPU
seconds (its children's too), MB a second and the peak of memory with the largest child's are printed, ratios by both clocks.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

STREETS = ("Ленина", "Гагарина", "Пушкинская", "Советская", "Мира", "Заводская")
CITIES = ("Москва", "Орёл", "Тверь", "Казань", "Самара")
NAMES = ("Иванов Иван Иванович", "Петрова Анна Сергеевна", "Сидоров Пётр Олегович", "Кузнецова Ольга Павловна")
POOL = 5_000

WORK = """
import resource, sys, time, tempfile
from pathlib import Path
kind, file = sys.argv[1:3]
if kind in ("flat", "alone", "whole"):
    import duckdb
    c = duckdb.connect()
    c.execute("SET memory_limit = '700MB'")
    c.execute("SET enable_progress_bar = false")
    flat = "columns={id:'BIGINT','огрн':'VARCHAR','инн':'VARCHAR','дата':'VARCHAR','капитал':'DOUBLE','действует':'BOOLEAN'}"
    how = flat if kind != "whole" else "map_inference_threshold=-1"
    work = lambda d: c.execute(f"COPY (FROM read_json('{file}', format='array', {how})) TO '{d}/x.parquet' (FORMAT parquet, COMPRESSION snappy)")
elif kind == "bare":
    from lxml import etree
    def work(d):
        for _, element in etree.iterparse(file, tag="{*}parcel"):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
else:
    from connectors.registry import open_connector
    from core.task import Task
    made = []
    def place(d):
        made.append(Path(d) / str(len(made)))
        made[-1].mkdir()
        return made[-1]
    def work(d):
        with open_connector(Path(file).suffix[1:], {"path": file, "nested": kind}) as source:
            source.land_parts((Path(file).name,), lambda path: place(d), Task())
def cpu():
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in both)
def peak():
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
with tempfile.TemporaryDirectory(dir=Path(file).parent) as d:
    whole, file = file, sys.argv[3]
    work(d)  # what is imported on the first use is no matter of the rate
    file = whole
    wall, before = time.perf_counter(), cpu()
    work(d)
    print(time.perf_counter() - wall, cpu() - before, peak())
"""


def person(r: random.Random) -> dict:
    paper = {"вид": "паспорт", "серия": f"{r.randrange(10**4):04}", "номер": f"{r.randrange(10**6):06}"}
    return {"фио": r.choice(NAMES), "инн": f"{r.randrange(10**12):012}", "документ": paper}


def entry(n: int, r: random.Random) -> dict:
    house = {"номер": str(r.randrange(1, 200)), "квартира": {"номер": r.randrange(1, 300)}}
    shares = [
        {
            "лицо": person(r),
            "доля": {"процент": round(r.random() * 100, 4), "рубли": r.randrange(10**6)},
            "обременения": [{"вид": "залог", "срок": {"с": "2020-01-01", "по": None}} for _ in range(r.randrange(2))],
        }
        for _ in range(r.randrange(1, 4))
    ]
    return {
        "id": n,
        "огрн": f"{1027700000000 + n}",
        "инн": f"{7700000000 + n}",
        "дата": f"20{r.randrange(10, 25)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}",
        "наименование": {"полное": f"ООО «{r.choice(STREETS)}-{n}»", "краткое": None if r.random() < 0.3 else r.choice(STREETS)},
        "капитал": round(r.random() * 10**6, 2),
        "действует": r.random() < 0.8,
        "адрес": {"регион": {"код": "77", "имя": r.choice(CITIES)}, "улица": {"имя": r.choice(STREETS), "дом": house}},
        "доли": shares,
        "оквэд": [f"{r.randrange(1, 99):02}.{r.randrange(1, 99):02}" for _ in range(r.randrange(5))],
        **({"руководитель": {**person(r), "должность": "директор"}} if r.random() < 0.9 else {}),
    }


def parcel(n: int, r: random.Random) -> str:
    number = f"77:01:{r.randrange(10**7):07}:"
    rights = "".join(
        f'<right kind="собственность"><number>{number}{n}-77/0{k}</number><date>2015-0{k + 1}-17</date>'
        f"<holder><name>{r.choice(NAMES)}</name><inn>{r.randrange(10**12):012}</inn></holder></right>"
        for k in range(r.randrange(3))
    )
    points = "".join(
        f'<ordinate x="{r.random() * 10**6:.2f}" y="{r.random() * 10**6:.2f}" num="{k}"/>' for k in range(r.randrange(4, 9))
    )
    cost = f'<cost><value unit="383">{r.randrange(10**8) / 100:.2f}</value></cost>' if r.random() < 0.6 else ""
    return f"""<parcel guid="{r.getrandbits(64):016x}">
 <cad_number>{number}#</cad_number>
 <params><area><value>{r.randrange(10**6) / 10}</value></area><category><name>Земли населённых пунктов</name></category></params>
 <address><region>77</region><street type="ул">{r.choice(STREETS)}</street><note>г. {r.choice(CITIES)} &amp; Ко</note></address>
 <contours><contour>{points}</contour></contours><rights>{rights}</rights>{cost}
</parcel>
"""


FLAT = ("id", "огрн", "инн", "дата", "капитал", "действует")


def make(kind: str, file: Path, size: int, only: tuple[str, ...] = ()) -> None:
    """Write a file of about `size` bytes; of JSON only some members of each entry where asked."""
    r, written, n = random.Random(1), 0, 0
    with file.open("w", encoding="utf-8") as out:
        out.write(
            "[\n" if kind == "json" else '<?xml version="1.0" encoding="UTF-8"?>\n<extract xmlns="urn:cadastre"><parcels>\n'
        )
        pool = [entry(k, r) if kind == "json" else parcel(k, r) for k in range(POOL)]
        if only:
            pool = [{name: one[name] for name in only} for one in pool]
        while written < size:
            one = pool[n % POOL]
            if kind == "json":
                text = (",\n" if n else "") + json.dumps({**one, "id": n}, ensure_ascii=False)
            else:
                text = one.replace("#</cad", f"{n}</cad")
            written += len(text.encode())
            out.write(text)
            n += 1
        out.write("\n]\n" if kind == "json" else "</parcels></extract>\n")


def alone(size: int, folder: Path) -> tuple[float, float]:
    """The peer that reads a file of nothing but the flat members, as its seconds for `size` bytes of such a file."""
    file = folder / "alone.json"
    make("json", file, size, FLAT)
    taken = measured("alone", file)
    file.unlink()
    return taken


def measured(way: str, file: Path) -> tuple[float, float]:
    small = file.with_name(f"small{file.suffix}")
    if not small.exists():
        make(file.suffix[1:], small, 100_000)
    done = subprocess.run(
        [sys.executable, "-c", WORK, way, str(file), str(small)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    wall, cpu, peak = map(float, done.stdout.split()[-3:])
    size = file.stat().st_size / 1e6
    print(
        f"{file.suffix[1:]:5} {way:8} {wall:8.2f} s {cpu:8.2f} CPU s {size / wall:7.1f} MB/s {size / cpu:7.1f} MB/CPU s {peak:7.0f} MB peak",
        flush=True,
    )
    return wall, cpu


def main() -> None:
    size = int(next((one for one in sys.argv[1:] if one.isdecimal()), "200")) * 1_000_000
    kinds = [one for one in sys.argv[1:] if not one.isdecimal()] or ["json", "xml"]
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        for kind in kinds:
            file = Path(folder) / f"rows.{kind}"
            make(kind, file, size)
            took = {
                way: measured(way, file)
                for way in (*(("flat", "whole") if kind == "json" else ("bare",)), "json", "flatten", "tables")
            }
            if kind == "json":
                took["alone"] = alone(size, Path(folder))
            for peer in ("flat", "alone", "whole", "bare"):
                if peer in took:
                    ratios = ", ".join(
                        f"{way} {took[peer][0] / took[way][0]:.2f} (CPU {took[peer][1] / took[way][1]:.2f})"
                        for way in ("json", "flatten", "tables")
                    )
                    print(f"{kind:5} rate against {peer}: {ratios}", flush=True)
            file.unlink()


if __name__ == "__main__":
    main()
