"""Topics of a real Kafka as tables: what becomes of every message, and that nobody who reads there notices."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer

from connectors.json import Json
from connectors.kafka import Kafka
from core.errors import AssayError, ConfigError, DataError
from core.models.source import Landed
from core.task import Task
from core.words import say
from tests.servers.kafka import Topic
from tests.servers.tools import Stoppable, rows, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("kafka")]


def land(topic: Topic, folder: Path, path: tuple[str, ...] = (), task: Task | None = None, **settings) -> Landed:
    folder.mkdir(parents=True, exist_ok=True)
    with Kafka({**topic.settings, **settings}) as source:
        return source.land(path or (topic.name,), folder, task or Task())


def table(landed: Landed, columns: str = "*") -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.read_parquet(list(landed.files)).project(columns).fetchall()


def types(landed: Landed) -> dict[str, str]:
    return {column.name: column.type for column in landed.schema}


def again(topic: Topic, partitions: int = 1, **config: str) -> Topic:
    """Another topic on the same server."""
    made = Topic(topic.server, topic.name + ".more")
    topic.server.create(made.name, partitions, **config)
    return made


def test_beside_its_value_a_row_has_what_the_message_says(topic: Topic, tmp_path: Path):
    topic.put(
        [{"id": 1}],
        keys=["one"],
        headers=[("source", "shop"), ("trace", b"\xff"), ("source", "till")],
        timestamp=1_700_000_000_123,
    )
    topic.put([{"id": 2}])
    landed = land(topic, tmp_path / "l")
    assert types(landed) == {
        "id": "BIGINT", "_key": "VARCHAR", "_partition": "INTEGER", "_offset": "BIGINT", "_timestamp": "TIMESTAMP WITH TIME ZONE",
        "_headers": "VARCHAR",
    }  # fmt: skip
    first, second = rows(landed)
    assert first[:4] == (1, "one", 0, 0)
    assert first[4] == datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)
    assert json.loads(first[5]) == {"source": ["shop", "till"], "trace": "ff"}
    assert second[:4] == (2, None, 0, 1)
    assert second[5] is None


def test_objects_in_a_topic_have_the_types_they_have_in_a_file(topic: Topic, tmp_path: Path):
    texts = [
        '{"code": "007", "n": 1, "big": 123456789012345678901234567890, "money": 1.50, "x": 1e300, "day": "2024-02-29", "in": {"a": [1, 2]}}',
        '{"code": "12", "n": 9007199254740993, "big": 1, "money": 2, "x": 0.1, "day": "2024-03-01", "in": {"a": [], "b": 0.1234567890123456789}}',
        ' {\n"code": "x",\r\n"n": null, "Code": "other", "late": "2024-01-01T00:00:00Z"}\n',
        "{}",
    ]
    topic.put(text.encode() for text in texts)
    landed = land(topic, tmp_path / "l", columns="value")
    file = tmp_path / "same.ndjson"
    file.write_text("".join(text.replace("\n", " ").replace("\r", " ") + "\n" for text in texts), encoding="utf-8")
    (tmp_path / "f").mkdir()
    with Json({"path": str(file)}) as source:
        wanted = source.land((file.name,), tmp_path / "f", Task())
    assert landed.columns == wanted.columns
    assert rows(landed) == rows(wanted)
    assert landed.rows == 4


def test_no_group_is_joined_made_or_moved(topic: Topic, tmp_path: Path):
    topic.put([{"id": n} for n in range(10)])
    server = topic.server
    reader = Consumer({**server.config, "group.id": "billing", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    reader.subscribe([topic.name])
    got = [until(lambda: reader.poll(1)) for _ in range(4)]
    reader.commit(got[-1], asynchronous=False)
    admin = server.admin

    def seen():
        groups = sorted((one.group_id, str(one.state)) for one in admin.list_consumer_groups().result().valid)
        offsets = (
            admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions("billing")])["billing"].result().topic_partitions
        )
        members = [one.member_id for one in admin.describe_consumer_groups(["billing"])["billing"].result().members]
        return groups, [(one.topic, one.partition, one.offset) for one in offsets], members

    before = seen()
    assert before[1] == [(topic.name, 0, 4)]
    with Kafka(topic.settings) as source:
        assert all(line.status == "ok" for line in source.check())
        assert source.browse()
        (partition,) = source.browse((topic.name,))
        assert "billing −6" in say(partition.detail)
        assert source.preview((topic.name,), 3).num_rows == 3
        assert source.schema((topic.name,))
    assert land(topic, tmp_path / "l").rows == 10
    assert seen() == before
    rest = [until(lambda: reader.poll(1)) for _ in range(6)]
    assert [one.offset() for one in rest] == list(range(4, 10)), "whoever reads goes on undisturbed"
    reader.close()


def test_topics_are_listed_with_their_messages_and_partitions(topic: Topic):
    more = again(topic, 3)
    more.put([{"id": 1}, {"id": 2}], partition=2)
    with Kafka(topic.settings) as source:
        found = {item.name: item for item in source.browse()}
        assert not [name for name in found if name.startswith("__")]
        assert (found[more.name].kind, found[more.name].rows, say(found[more.name].detail)) == ("topic", 2, "3 partitions")
        inside = source.browse((more.name,))
        assert [(item.path, item.kind, item.rows) for item in inside] == [
            ((more.name, str(number)), "partition", rows) for number, rows in enumerate((0, 0, 2))
        ]


def test_partitions_are_read_one_after_the_other_or_one_alone(topic: Topic, tmp_path: Path):
    more = again(topic, 3)
    for number in (2, 0, 1):
        more.put([{"id": 10 * number}, {"id": 10 * number + 1}], partition=number)
    landed = land(more, tmp_path / "l")
    assert table(landed, "id, _partition, _offset") == [(10 * p + o, p, o) for p in range(3) for o in range(2)]
    assert table(land(more, tmp_path / "one", (more.name, "1")), "id") == [(10,), (11,)]
    with pytest.raises(DataError):
        land(more, tmp_path / "none", (more.name, "7"))
    with pytest.raises(ConfigError):
        land(more, tmp_path / "what", (more.name, "x"))


def test_one_may_begin_with_the_last_or_at_a_time(topic: Topic, tmp_path: Path):
    for n in range(6):
        topic.put([{"id": n}], timestamp=1_700_000_000_000 + 60_000 * n)
    assert table(land(topic, tmp_path / "last", start="last", last=2), "id") == [(4,), (5,)]
    assert table(land(topic, tmp_path / "all", start="last", last=100), "id") == [(n,) for n in range(6)]
    assert table(land(topic, tmp_path / "since", start="since", since="2023-11-14T22:16:20"), "id") == [(3,), (4,), (5,)]
    assert table(land(topic, tmp_path / "zone", start="since", since="2023-11-15T01:17:20+03:00"), "id") == [(4,), (5,)]
    late = land(topic, tmp_path / "late", start="since", since="2099-01-01")
    assert (late.rows, [say(note) for note in late.notes]) == (0, ["There is no message in it."])
    for wrong in ({"start": "since"}, {"start": "since", "since": "yesterday"}, {"start": "last", "last": -1}):
        with pytest.raises(ConfigError):
            land(topic, tmp_path / "wrong", **wrong)


def test_what_comes_while_it_is_read_is_not_read(topic: Topic, tmp_path: Path):
    topic.put([{"id": n} for n in range(100)])
    landed = land(topic, tmp_path / "l", task=Stoppable(lambda: topic.put([{"id": "late", "more": 1}])))
    assert landed.rows == 100
    assert types(landed)["id"] == "BIGINT"
    assert land(topic, tmp_path / "next").rows == 101


def transaction(topic: Topic, name: str) -> Producer:
    producer = Producer({**topic.server.config, "transactional.id": name})
    producer.init_transactions(30)
    producer.begin_transaction()
    return producer


def test_an_aborted_transaction_is_never_seen_and_an_open_one_is_told_of(topic: Topic, tmp_path: Path):
    topic.put([{"id": 1}])
    bad = transaction(topic, "bad")
    for n in range(3):
        bad.produce(topic.name, json.dumps({"id": "aborted", "n": n}))
    bad.flush(30)
    bad.abort_transaction(30)
    good = transaction(topic, "good")
    good.produce(topic.name, json.dumps({"id": 2}))
    good.commit_transaction(30)
    landed = land(topic, tmp_path / "l")  # it ends with the marks of transactions, in which no message comes
    assert table(landed, "id, _offset") == [(1, 0), (2, 5)]
    assert landed.notes == ()
    good.begin_transaction()
    good.produce(topic.name, json.dumps({"id": 3}))
    good.flush(30)
    held = land(topic, tmp_path / "held")
    assert table(held, "id") == [(1,), (2,)]
    assert "1 message is held back by a transaction that is not finished" in say(held.notes[0])
    good.abort_transaction(30)


def offsets(messages) -> list[tuple[int]]:
    return [(offset,) for _, offset, _, _ in messages]


def test_the_gaps_of_a_compacted_topic_are_no_loss(topic: Topic, tmp_path: Path):
    compact = again(topic, cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.0", delete_retention_ms="0")
    compact.put([{"v": n} for n in range(20)], keys=["a", "b"] * 10)

    def cleaned() -> bool:
        compact.put(
            [{"v": "more"}], keys=["c"]
        )  # a segment is closed when the next message comes, and only closed ones are cleaned
        return len(compact.messages()) < compact.messages()[-1][1]

    until(cleaned, 120)
    there = compact.messages()
    landed = land(compact, tmp_path / "l", rows="latest of each key")
    assert {key for (key,) in table(landed, "_key")} == {"a", "b", "c"}
    everything = land(compact, tmp_path / "all")
    # The broker may clean more at any moment: what was landed lies between what was there before and what is there now.
    found, before, now = table(everything, "_offset"), offsets(there), offsets(compact.messages())
    assert set(now) <= set(found) <= set(before)
    assert found == sorted(found)
    assert everything.rejected == 0


def test_tombstones_are_rows_without_a_value_or_take_their_key_away(topic: Topic, tmp_path: Path):
    values = [{"v": 1}, {"v": 2}, {"v": 3}, None, {"v": 5}, {"v": 6}, b"broken"]
    topic.put(values, keys=["a", "b", "a", "b", None, None, "c"])
    topic.put([{"v": 9}], keys=["c"])
    topic.put([b"broken"], keys=["a"])
    every = land(topic, tmp_path / "every")
    assert table(every, "v, _key") == [(1, "a"), (2, "b"), (3, "a"), (None, "b"), (5, None), (6, None), (9, "c")]
    assert "1 message is a tombstone" in say(every.notes[0])
    latest = land(topic, tmp_path / "latest", rows="latest of each key")
    # a is gone as well: its last message cannot be read, and an older one would be a lie
    assert table(latest, "v, _key") == [(5, None), (6, None), (9, "c")]
    assert latest.rejected == 2


def test_a_value_that_cannot_be_read_is_counted_kept_and_told(topic: Topic, tmp_path: Path):
    wrong = [b"junk", b"[1]", b"3", b'{"a": 1, "a": 2}', b'{"in": {"a": 1, "a": 2}}', b"\xff\xfe", b"", b'{"a": 1} {"a": 2}']
    topic.put([{"a": 1}, *wrong, {"a": 2}], keys=["k"] * 20)
    landed = land(topic, tmp_path / "l", format="json")
    assert table(landed, "a, _offset") == [(1, 0), (2, 9)]
    assert landed.rejected == len(wrong) == len(landed.rejects)
    with open(landed.rejects_file, encoding="utf-8", newline="") as file:
        kept = {int(row["offset"]): (row["partition"], row["text"], row["message"]) for row in csv.DictReader(file)}
    assert sorted(kept) == list(range(1, 9))
    assert kept[1] == ("0", "junk", "it is not JSON")
    assert kept[2][2] == "it is JSON, but not an object"
    assert kept[4][2] == kept[5][2] == "it has the key a twice"
    assert kept[6][1:] == ("\\xff\\xfe", "it holds bytes that are not UTF-8")
    assert Path(landed.rejects_file).parent == tmp_path / "l"
    assert any("partition 0, offset 1: it is not JSON" in say(reject.reason) for reject in landed.rejects)


def test_a_topic_of_which_no_message_can_be_read_is_an_error(topic: Topic, tmp_path: Path):
    topic.put([b"junk", b"{]"])
    with pytest.raises(DataError) as caught:
        land(topic, tmp_path / "json", format="json")
    assert "offset 0: it is not JSON" in caught.value.lines()[1]
    assert table(land(topic, tmp_path / "auto"), "value") == [("junk",), ("{]",)]


def test_csv_by_the_header_it_has_or_by_numbered_columns(topic: Topic, tmp_path: Path):
    several = again(topic, 2)
    several.put([b"id;name;price", 'a1;"Кот; Барсик";1,50'.encode(), b"a2;;2,00\r\n"])
    several.put([b"id;name;price", b"a3;x", b'a4;"open;1', b"\xd0;b;c", None], partition=1)
    landed = land(several, tmp_path / "l", format="csv")
    assert list(types(landed).items())[:3] == [("id", "VARCHAR"), ("name", "VARCHAR"), ("price", "DECIMAL(18,2)")]
    assert [row[:2] for row in table(landed, "id, name, price")] == [("a1", "Кот; Барсик"), ("a2", ""), (None, None)]
    assert sorted(say(reject.reason).split(": ")[1] for reject in landed.rejects) == [
        "a quote in it is not closed where a cell ends", "it has 2 cells where 3 are expected", "it holds bytes that are not UTF-8",
    ]  # fmt: skip
    assert {say(note) for note in landed.notes} == {
        "1 message is a tombstone: a key without a value.", "2 messages are headers and no rows.",
    }  # fmt: skip
    assert landed.rejected + landed.rows + 2 == 8, "every message is a row, a reject or a header"
    topic.put([b"1,2024-02-29", b"2,2024-03-01", b"3,2024-03-02"])
    assert types(land(topic, tmp_path / "n", columns="value")) == {"column_1": "BIGINT", "column_2": "DATE"}


def test_csv_with_a_delimiter_of_two_signs(topic: Topic, tmp_path: Path):
    topic.put([b"id||name", b"1||a|b", b"2||c"])
    assert [row[:2] for row in table(land(topic, tmp_path / "w", format="csv"), "id, name")] == [(1, "a|b"), (2, "c")]


def test_text_stays_text_whatever_it_looks_like(topic: Topic, tmp_path: Path):
    topic.put([b"1", b"2", "ё\nnext".encode(), b"\xff"])
    landed = land(topic, tmp_path / "l", format="text")
    assert (types(landed)["value"], table(landed, "value")) == ("VARCHAR", [("1",), ("2",), ("ё\nnext",)])
    assert landed.rejected == 1


def test_a_key_that_is_no_text_is_kept_byte_for_byte(topic: Topic, tmp_path: Path):
    topic.put([{"v": 1}, {"v": 2}, {"v": 3}], keys=[b"\x00\xff", "text", None])
    landed = land(topic, tmp_path / "l")
    assert types(landed)["_key"] == "BLOB"
    assert table(landed, "_key") == [(b"\x00\xff",), (b"text",), (None,)]


def test_values_with_columns_named_like_ours_lose_nothing(topic: Topic, tmp_path: Path):
    topic.put([{"_key": "theirs", "_offset": 5, "assay": 1}], keys=["ours"])
    landed = land(topic, tmp_path / "l")
    assert list(types(landed)) == ["_key", "_offset", "assay", "_key_2", "_partition", "_offset_2", "_timestamp"]
    assert table(landed)[0][:4] == ("theirs", 5, 1, "ours")


def test_a_topic_without_messages_is_a_table_without_rows(topic: Topic, tmp_path: Path):
    landed = land(topic, tmp_path / "l")
    assert landed.rows == 0
    assert list(types(landed)) == ["value", "_key", "_partition", "_offset", "_timestamp"]
    with Kafka(topic.settings) as source:
        assert source.preview((topic.name,)).num_rows == 0


def test_a_topic_that_is_only_asked_for_is_not_made(topic: Topic, tmp_path: Path):
    with pytest.raises(DataError) as caught:
        land(topic, tmp_path / "l", ("no.such.topic",))
    assert "no.such.topic" in caught.value.lines()[0]
    with pytest.raises(AssayError):
        land(topic, tmp_path / "l", ("no / topic",))
    assert "no.such.topic" not in topic.server.topics()


def test_rows_come_as_arrow_batches_too(topic: Topic):
    topic.put([{"id": n} for n in range(1000)])
    with Kafka({**topic.settings, "columns": "value"}) as source:
        assert [n for batch in source.read((topic.name,), Task()) for n in batch["id"].to_pylist()] == list(range(1000))
