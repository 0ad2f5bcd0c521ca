"""Avro values of a real Kafka, in Confluent's wire format, by the schemas of a stand-in for a registry."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.kafka import Kafka
from core.errors import ConfigError, ConnectError
from core.words import say
from tests.servers.kafka import Topic
from tests.servers.schema_registry import PASSWORD, StandIn
from tests.servers.test_kafka_read import land, table, types

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("kafka")]

FIRST = {
    "type": "record",
    "name": "Order",
    "fields": [{"name": "id", "type": "long"}, {"name": "name", "type": ["null", "string"]}],
}


def field(name: str, kind: object, **more: object) -> dict:
    return {"name": name, "type": {"type": kind, **more} if more else kind}


def test_every_type_becomes_a_column_that_loses_nothing(topic: Topic, registry: StandIn, tmp_path: Path):
    fields = [
        field("whole", "long"), field("small", "int"), field("x", "double"), field("yes", "boolean"), field("code", "string"),
        field("money", "bytes", logicalType="decimal", precision=20, scale=2), field("day", "int", logicalType="date"),
        field("at", "long", logicalType="timestamp-micros"), field("local", "long", logicalType="local-timestamp-millis"),
        field("uuid", "string", logicalType="uuid"), field("raw", "bytes"), field("list", {"type": "array", "items": "int"}),
        field("map", {"type": "map", "values": "string"}), field("mood", {"type": "enum", "name": "Mood", "symbols": ["OK", "BAD"]}),
        field("inner", {"type": "record", "name": "Inner", "fields": [field("a", "int")]}), field("maybe", ["null", "long"]),
    ]  # fmt: skip
    number = registry.add(7, {"type": "record", "name": "All", "fields": fields})
    one = uuid.UUID("12345678-1234-5678-1234-567812345678")
    record = {
        "whole": 2**63 - 1, "small": -5, "x": 0.1, "yes": True, "code": "007", "money": Decimal("123456789012345678.90"),
        "day": date(2024, 2, 29), "at": datetime(2024, 2, 29, 23, 59, 59, 999999, UTC), "local": datetime(2024, 2, 29, 1, 2, 3),
        "uuid": one, "raw": b"\x00\xff", "list": [1, 2], "map": {"k": "v"}, "mood": "OK", "inner": {"a": 1}, "maybe": None,
    }  # fmt: skip
    topic.put([registry.value(number, record), registry.value(number, record | {"maybe": 5, "money": Decimal("0.10")})])
    landed = land(topic, tmp_path / "l", columns="value", **registry.settings)
    assert types(landed) == {
        "whole": "BIGINT", "small": "BIGINT", "x": "DOUBLE", "yes": "BOOLEAN", "code": "VARCHAR", "money": "DECIMAL(38,2)", "day": "DATE",
        "at": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP", "uuid": "UUID", "raw": "VARCHAR", "list": "BIGINT[]",
        "map": "STRUCT(k VARCHAR)", "mood": "VARCHAR", "inner": "STRUCT(a BIGINT)", "maybe": "BIGINT",
    }  # fmt: skip
    first, second = table(landed)
    wanted = record | {"raw": "00ff", "uuid": one}
    assert dict(zip(types(landed), first)) == wanted
    assert (second[5], second[-1]) == (Decimal("0.10"), 5)
    assert ("schemas", "7") in [(name, value) for name, value, _ in landed.reading]


def test_records_of_older_and_newer_schemas_are_rows_of_one_table(topic: Topic, registry: StandIn, tmp_path: Path):
    registry.add(1, FIRST)
    registry.add(2, {**FIRST, "fields": [FIRST["fields"][0], field("added", "double")]})
    topic.put([registry.value(1, {"id": 1, "name": "a"}), registry.value(2, {"id": 2, "added": 0.5}), None], keys=["x", "y", "x"])
    landed = land(topic, tmp_path / "l", **registry.settings)
    assert table(landed, "id, name, added, _key") == [(1, "a", None, "x"), (2, None, 0.5, "y"), (None, None, None, "x")]
    assert registry.asked.count("/schemas/ids/1") == 1, "a schema is asked for once"


def test_a_record_that_does_not_fit_is_a_reject_with_its_reason(topic: Topic, registry: StandIn, tmp_path: Path):
    registry.add(1, FIRST)
    registry.add(3, {"type": "nonsense"})
    registry.add(4, FIRST, schemaType="PROTOBUF")
    good = registry.value(1, {"id": 1, "name": "a"})
    topic.put([good, good[:-1], good + b"x", b"\0\0\0\0\x63abc", b"\0\0\0\0\x03abc", b"\0\0\0\0\x04abc", b"plain", good])
    landed = land(topic, tmp_path / "l", **registry.settings)
    assert table(landed, "_offset") == [(0,), (7,)]
    reasons = [say(reject.reason).split(": ", 1)[1] for reject in landed.rejects]
    assert reasons[0].startswith("it does not fit its schema")
    assert reasons[1:3] == ["it is longer than its schema says", "the registry does not know its schema 99"]
    assert reasons[3].startswith("its schema 3 cannot be used")
    assert reasons[4:] == ["its schema is PROTOBUF, which is not read", "it does not begin like a value with a schema"]


def test_schemas_may_refer_to_others_and_be_no_records(topic: Topic, registry: StandIn, tmp_path: Path):
    money = {"type": "record", "name": "Money", "namespace": "shop", "fields": [field("cents", "long")]}
    registry.subjects["shop.Money"] = {"schema": __import__("json").dumps(money)}
    refers = {"type": "record", "name": "Sale", "namespace": "shop", "fields": [field("total", "shop.Money")]}
    registry.add(1, refers, references=[{"name": "shop.Money", "subject": "shop.Money", "version": 1}])
    named: dict = {}
    import fastavro

    fastavro.parse_schema(money, named_schemas=named)
    topic.put([registry.value(1, {"total": {"cents": 5}}, named)])
    registry.add(2, "string")
    topic.put([registry.value(2, "a text")])
    registry.add(3, {}, schemaType="JSON")
    topic.put([b"\0\0\0\0\x03" + b'{"total": {"cents": 7}}'])
    assert table(land(topic, tmp_path / "l", **registry.settings), "total, value") == [
        ({"cents": 5}, None),
        (None, "a text"),
        ({"cents": 7}, None),
    ]


def test_avro_without_a_registry_says_what_is_missing(topic: Topic, registry: StandIn, tmp_path: Path):
    registry.add(1, FIRST)
    topic.put([registry.value(1, {"id": 1, "name": "a"})])
    for settings in ({}, {"format": "avro"}):
        with pytest.raises(ConfigError) as caught:
            land(topic, tmp_path / "l", **settings)
        assert "schema registry" in caught.value.lines()[2]


def test_a_registry_that_refuses_is_told_of_without_its_password(topic: Topic, registry: StandIn, tmp_path: Path):
    registry.add(1, FIRST)
    registry.subjects["x"] = {}
    topic.put([registry.value(1, {"id": 1, "name": "a"})])
    lines = {line.name: line for line in Kafka({**topic.settings, **registry.settings}).check()}
    assert (lines["registry"].status, say(lines["registry"].detail)) == ("ok", "1 subject with schemas.")
    for wrong, said in (
        ({"registry_password": "no"}, "did not accept the user and the password"),
        ({"registry": "http://127.0.0.1:1"}, "does not answer"),
        ({"registry": registry.url + "/nowhere"}, "does not"),
    ):
        settings = {**topic.settings, **registry.settings, **wrong}
        (line,) = [line for line in Kafka(settings).check() if line.name == "registry"]
        assert line.status == "fail"
        assert line.fix is not None
        assert PASSWORD not in repr(line)
        if "nowhere" not in str(wrong):
            assert said in say(line.detail)
            with pytest.raises(ConnectError) as caught:
                land(topic, tmp_path / "l", **{**registry.settings, **wrong})
            assert said in caught.value.lines()[0]
            assert PASSWORD not in str(caught.value.lines()) + repr(caught.value.__cause__)
    registry.status = 503
    with pytest.raises(ConnectError):
        land(topic, tmp_path / "l", **registry.settings)
    with pytest.raises(ConfigError):
        Kafka({**topic.settings, "registry": f"http://user:{PASSWORD}@host"}).open()
