"""What a topic costs beside reading it: `python bench/connect_kafka.py [times] [rows]`.

A million messages of JSON (six fields, some 150 bytes) in one partition of a real broker: landed as Parquet with the types that lose nothing, against a bare loop
of confluent-kafka that only looks at the value of each; and written, against a producer that sends the same values without a transaction. In turn; medians, ratios, and the peak
of memory of the landing are printed.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(ROOT)]

import pyarrow.parquet as pq  # noqa: E402
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402

from connectors.registry import open_connector  # noqa: E402
from core.task import Task  # noqa: E402
from tests.servers.kafka import Server, start  # noqa: E402


def values(rows: int) -> list[bytes]:
    return [
        json.dumps(
            {"id": n, "at": f"2024-02-{n % 28 + 1:02}T{n % 24:02}:00:00Z", "code": f"{n % 1000:04}", "price": n % 10_000 / 100,
             "name": f"item number {n}", "in": {"a": n % 7, "tags": ["x", "y"]}}
        ).encode()
        for n in range(rows)
    ]  # fmt: skip


def produced(server: Server, topic: str, sent: list[bytes]) -> None:
    producer = Producer({**server.config, "linger.ms": 20, "compression.type": "lz4"})
    for value in sent:
        while True:
            try:
                producer.produce(topic, value)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def consumed(server: Server, topic: str, rows: int) -> None:
    reader = Consumer({**server.config, "group.id": "bench", "enable.auto.commit": False})
    reader.assign([TopicPartition(topic, 0, 0)])
    seen = size = 0
    while seen < rows:
        for message in reader.consume(10_000, 0.2):
            size += len(message.value())
            seen += 1
    reader.close()


def landed(server: Server, topic: str, target: str) -> Path:
    with open_connector("kafka", {"servers": server.address()}) as source:
        return Path(source.land((topic,), Path(target), Task()).files[0])


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of this process's processors."""
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def main(times: int, rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "kafka", "-Xmx1g", "-XX:TieredStopAtLevel=4")
        try:
            server.create("in")
            sent = values(rows)
            produced(server, "in", sent)
            taken: dict[str, list[tuple[float, float]]] = {}
            table = pq.read_table(landed(server, "in", tempfile.mkdtemp(dir=folder))).drop(
                ["_key", "_partition", "_offset", "_timestamp"]
            )
            target = open_connector("kafka", {"servers": server.address()})
            for number in range(times):
                server.create(f"peer{number}")
                server.create(f"out{number}")
                ways = {
                    "bare loop": lambda: consumed(server, "in", rows),
                    "landed": lambda: landed(server, "in", tempfile.mkdtemp(dir=folder)),
                    "produced": lambda number=number: produced(server, f"peer{number}", sent),
                    "written": lambda number=number: target.write(
                        (f"out{number}",), iter(table.to_batches(100_000)), table.schema, "append", Task()
                    ),
                }
                for name, work in ways.items():
                    taken.setdefault(name, []).append(timed(work))
        finally:
            server.kill()
    middle = {name: statistics.median(wall for wall, _ in found) for name, found in taken.items()}
    for name, found in taken.items():
        cpu = statistics.median(used for _, used in found)
        print(f"{name:10} {middle[name]:6.2f} s  {cpu:6.2f} s of CPU  {rows / middle[name]:10,.0f} messages/s")
    print(
        f"landed ÷ bare loop {middle['landed'] / middle['bare loop']:.2f}, written ÷ produced {middle['written'] / middle['produced']:.2f}"
    )
    print(
        f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (with the values in a list)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3, int(sys.argv[2]) if sys.argv[2:] else 1_000_000)
