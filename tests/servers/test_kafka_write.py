"""Rows into topics of a real Kafka: what the messages are, and that all are there or none."""

from __future__ import annotations

import json
import random
import string
import threading
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.kafka import Kafka
from core.errors import AssayError, ConfigError, DataError
from core.task import Task
from tests.servers.kafka import PASSWORD, Topic
from tests.servers.test_kafka_read import again, land, table
from tests.servers.tools import batches, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("kafka")]

PETS = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        "name": ["Кот", 'a "b"\n', None],
        "price": pa.array([Decimal("1.50"), None, Decimal("0.10")]),
    }
)


def write(topic: Topic, rows: pa.Table, mode: str = "append", keys: tuple[str, ...] = (), name: str = "") -> str:
    return Kafka(topic.settings).write((name or topic.name,), batches(rows), rows.schema, mode, Task(), keys)


def sent(topic: Topic) -> list[tuple]:
    return [(key and key.decode(), value and json.loads(value)) for _, _, key, value in topic.messages()]


def test_a_row_is_an_object_and_its_key_the_columns_one_names(topic: Topic):
    said = write(topic, PETS, keys=("id",))
    assert topic.name in said
    assert PASSWORD not in said
    assert sent(topic) == [
        ("1", {"id": 1, "name": "Кот", "price": 1.5}), ("2", {"id": 2, "name": 'a "b"\n', "price": None}),
        ("3", {"id": 3, "name": None, "price": 0.1}),
    ]  # fmt: skip
    write(topic, PETS.slice(1, 2), keys=("name", "id"))
    assert [key for key, _ in sent(topic)[3:]] == ['{"name":"a \\"b\\"\\n","id":2}', '{"name":null,"id":3}']


def test_nested_values_and_every_digit_arrive(topic: Topic, tmp_path: Path):
    exact = [Decimal("12345678901234567890.0123456789"), Decimal("0.1000000000")]
    rows = pa.table(
        {
            "d": pa.array(exact, pa.decimal128(38, 10)),
            "in": pa.array([{"a": [1, None], "b": "x"}, None]),
            "json": pa.array(['{"k":1}', None]),
        },
        schema=pa.schema(
            [
                ("d", pa.decimal128(38, 10)),
                ("in", pa.struct([("a", pa.list_(pa.int64())), ("b", pa.string())])),
                pa.field("json", pa.string(), metadata={b"assay": b"JSON"}),
            ]
        ),
    )
    write(topic, rows)
    assert sent(topic)[0][1]["in"] == {"a": [1, None], "b": "x"}
    assert sent(topic)[0][1]["json"] == {"k": 1}
    assert table(land(topic, tmp_path / "l"), "d") == [(exact[0],), (exact[1],)]


def test_the_same_rows_appended_twice_are_there_twice(topic: Topic):
    write(topic, PETS)
    write(topic, PETS)
    assert [value["id"] for _, value in sent(topic)] == [1, 2, 3, 1, 2, 3]


def test_a_topic_is_not_replaced_and_one_is_told_what_to_do(topic: Topic):
    write(topic, PETS)
    with pytest.raises(ConfigError) as caught:
        write(topic, PETS, "replace")
    what, _, fix = caught.value.lines()
    assert what == "A topic cannot be replaced"
    assert "append" in fix
    assert len(sent(topic)) == 3


def test_an_upsert_is_for_topics_that_keep_the_last_message_of_each_key(topic: Topic, tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        write(topic, PETS, "upsert", ("id",))
    assert "cleanup.policy=compact" in caught.value.lines()[2]
    assert sent(topic) == []
    made = Topic(topic.server, f"{topic.name}.made")
    write(topic, PETS, "upsert", ("id",), made.name)
    changed = PETS.set_column(1, "name", pa.array(["new", "new", "new"])).slice(0, 1)
    for again_ in range(2):
        write(topic, changed, "upsert", ("id",), made.name)
        found = table(land(made, tmp_path / str(again_), rows="latest of each key"), "id, name")
        assert sorted(found) == [(1, "new"), (2, 'a "b"\n'), (3, None)]


def test_a_compacted_topic_wants_keys_and_says_so(topic: Topic):
    compact = again(topic, cleanup_policy="compact")
    with pytest.raises(DataError) as caught:
        write(compact, PETS)
    assert "without a key" in caught.value.lines()[0]
    assert compact.messages() == []
    write(compact, PETS, keys=("id",))
    assert len(compact.messages()) == 3


def test_a_row_that_is_too_large_leaves_nothing_of_the_others(topic: Topic):
    small = again(topic, max_message_bytes="2000")
    rows = pa.table({"t": ["x" * 50, "".join(random.Random(1).choices(string.ascii_letters, k=5_000)), "y"]})
    with pytest.raises(DataError) as caught:
        write(small, rows)
    assert "too large" in caught.value.lines()[0]
    assert small.messages() == []


def test_a_topic_that_was_made_for_a_write_that_failed_is_gone(topic: Topic):
    name = f"{topic.name}.made"
    # Larger than a broker takes (1 MB) whatever compression makes of it.
    with pytest.raises(AssayError):
        write(topic, pa.table({"t": ["".join(random.Random(1).choices(string.ascii_letters, k=3_000_000))]}), name=name)
    until(lambda: name not in topic.server.topics())


@pytest.mark.parametrize("name", ["", "no good", "x" * 300])
def test_a_name_that_is_none_is_refused(topic: Topic, name: str):
    with pytest.raises(AssayError):
        Kafka(topic.settings).write((name,), batches(PETS), PETS.schema, "append", Task())


def test_columns_that_differ_in_capitals_only_are_refused(topic: Topic):
    rows = pa.table({"a": [1], "A": [2]})
    with pytest.raises(ConfigError):
        write(topic, rows)


def test_two_may_write_at_the_same_time(topic: Topic):
    many = pa.table({"id": pa.array(range(20_000), pa.int64())})
    failed: list[Exception] = []

    def work() -> None:
        try:
            write(topic, many)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert len(topic.messages()) == 40_000
