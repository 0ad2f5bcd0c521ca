"""The rules of the advice, one test a rule under the rule's own name, and what the ranking promises."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.advice import DEFAULT_PRICES, advise, rules
from core.advice.facts import Subject
from core.models.advice import STORAGES, Access, Choice, Latency, Workload
from core.models.profile import ColumnProfile, ForeignKey, Profile, TableProfile
from core.words import msg
from core.workbench.advice import monthly

SMALL = Subject("t", 50_000, 2_000_000, 8, 8, 1.0, 2, 2, 0, 1, 1, 1.0)
LARGE = replace(SMALL, rows=80_000_000, bytes=5 * 10**9)
SILENT = Workload()


def points(rule, subject=SMALL, workload=SILENT):
    """Storage → points of one rule; every reason must name the facts it read."""
    found = list(rule(subject, workload))
    assert all(facts for _, _, _, facts in found)
    return {storage: given_points for storage, given_points, _, _ in found}


def test_access_pattern():
    assert points(rules.access_pattern) == {}
    best = {"lookups": "postgres", "mixed": "postgres", "analytics": "clickhouse", "archive": "s3", "events": "kafka"}
    for access, storage in best.items():
        said = points(rules.access_pattern, workload=Workload(access=access))
        assert max(said, key=said.get) == storage


def test_latency_wanted():
    said = points(rules.latency_wanted, workload=Workload(latency="interactive"))
    assert said["postgres"] > 0 > said["s3"] > said["hdfs"]
    assert points(rules.latency_wanted, workload=Workload(latency="batch"))["s3"] > 0


def test_rows_that_change():
    assert points(rules.rows_that_change) == {}
    changing, settled = (points(rules.rows_that_change, workload=Workload(updates=said)) for said in (True, False))
    assert changing["postgres"] > 0 > changing["clickhouse"]
    assert settled["clickhouse"] > 0


def test_volume():
    assert points(rules.volume) == {"postgres": 15}
    assert points(rules.volume, LARGE)["clickhouse"] > 0 > points(rules.volume, LARGE)["postgres"]
    growing = points(rules.volume, workload=Workload(rows_per_day=1_000_000))
    assert growing == points(rules.volume, LARGE)


def test_file_size():
    assert points(rules.file_size)["hdfs"] < 0
    assert points(rules.file_size, replace(LARGE, bytes=2 * 10**12))["hdfs"] > 0
    assert points(rules.file_size, LARGE) == {}


def test_keys_and_relations():
    related = points(rules.keys_and_relations)["postgres"]
    assert related > points(rules.keys_and_relations, replace(SMALL, relations=0))["postgres"] > 0
    assert points(rules.keys_and_relations, replace(SMALL, keyed=0.2)) == {}


def test_no_key():
    assert points(rules.no_key, replace(SMALL, keyed=0.0))["postgres"] < 0
    assert points(rules.no_key) == {}


def test_aggregatable():
    assert points(rules.aggregatable) == {}
    assert points(rules.aggregatable, LARGE)["clickhouse"] > 0
    assert points(rules.aggregatable, replace(LARGE, dimensions=0)) == {}


def test_moments():
    assert points(rules.moments, replace(SMALL, times=0)) == {"kafka": -20}
    assert points(rules.moments, LARGE)["clickhouse"] > 0


def test_arrival_rate():
    assert points(rules.arrival_rate) == {}
    assert points(rules.arrival_rate, workload=Workload(rows_per_day=5_000_000))["kafka"] > 0
    assert points(rules.arrival_rate, workload=Workload(rows_per_day=100))["kafka"] < 0
    a_tenth = replace(SMALL, share=0.1)
    assert "postgres" not in points(rules.arrival_rate, a_tenth, Workload(rows_per_day=5_000_000))


def test_retention():
    assert points(rules.retention, workload=Workload(keep_days=3650))["s3"] > 0
    assert points(rules.retention, workload=Workload(keep_days=2))["kafka"] > 0
    assert points(rules.retention, workload=Workload(keep_days=90)) == {}


def test_width():
    assert points(rules.width) == {}
    assert points(rules.width, replace(SMALL, widest=101)) == {"clickhouse": 10}
    assert points(rules.width, replace(SMALL, widest=1_601))["postgres"] == -50


def test_documents():
    assert points(rules.documents) == {}
    assert points(rules.documents, replace(SMALL, documents=1)).keys() == {"postgres", "s3"}


def test_not_a_table():
    assert points(rules.not_a_table)["kafka"] < 0
    assert points(rules.not_a_table, workload=Workload(access="events")) == {}


def test_cluster_to_run():
    assert points(rules.cluster_to_run)["hdfs"] < 0
    assert points(rules.cluster_to_run, replace(LARGE, bytes=3 * 10**12)) == {}


def test_every_rule_has_a_test_of_its_name():
    assert {f"test_{rule.__name__}" for rule in rules.RULES} <= globals().keys()


def column(name, type_, rows, distinct, nulls=0):
    return ColumnProfile(name, type_, rows, nulls, distinct, True)


def shop(rows=200):
    orders = TableProfile(
        "orders",
        rows,
        rows * 20,
        rows * 60,
        (
            column("id", "BIGINT", rows, rows),
            column("customer", "BIGINT", rows, 5),
            column("total", "DECIMAL(9,2)", rows, rows),
            column("tax", "DECIMAL(9,2)", rows, rows),
            column("state", "VARCHAR", rows, 3),
            column("placed", "TIMESTAMP", rows, rows),
        ),
        primary_key=("id",),
    )
    customers = TableProfile("customers", 5, 400, 900, (column("id", "BIGINT", 5, 5),), primary_key=("id",))
    key = ForeignKey("orders", ("customer",), "customers", ("id",), 0.9)
    return Profile((orders, customers), (key,), datetime(2026, 1, 1, tzinfo=UTC), 0.1)


def test_a_small_shop_belongs_into_postgres_and_a_large_one_that_is_analysed_into_clickhouse():
    assert advise(shop(), SILENT).best.storage == "postgres"
    assert advise(shop(200_000_000), Workload(access="analytics")).best.storage == "clickhouse"


def test_each_table_has_its_own_ranking():
    found = advise(shop(60_000_000), SILENT)
    assert {advice.table: advice.best.storage for advice in found.tables} == {"orders": "clickhouse", "customers": "postgres"}


@pytest.mark.parametrize(
    ("access", "latency", "updates"), list(product(get_args(Access), get_args(Latency), (None, True, False)))
)
def test_every_answer_of_the_person_gives_a_whole_ranking(access, latency, updates):
    found = advise(shop(), Workload(access, latency, updates))
    assert sorted(choice.storage for choice in found.choices) == sorted(STORAGES)
    for choice in found.choices:
        assert 0 <= choice.score <= 100
        assert choice.score == min(max(50 + sum(reason.points for reason in choice.reasons), 0), 100)
    assert [choice.score for choice in found.choices] == sorted((choice.score for choice in found.choices), reverse=True)
    if access == "events" and updates is not True:
        assert found.best.storage == "kafka"


def test_what_is_kept_bounds_what_grows():
    growing = advise(shop(), Workload(rows_per_day=1_000))
    kept = advise(shop(), Workload(rows_per_day=1_000, keep_days=10))
    sizes = [next(c.bytes for c in found.choices if c.storage == "s3") for found in (kept, growing)]
    assert sizes[0] * 30 < sizes[1]


def test_prices_are_exact_decimals():
    dear = replace(DEFAULT_PRICES, gb_month=tuple((name, Decimal("1000")) for name, _ in DEFAULT_PRICES.gb_month))
    choice = next(c for c in advise(shop(50_000_000), SILENT, dear).choices if c.storage == "s3")
    assert choice.monthly == (Decimal(choice.bytes) / 10**9 * 1000).quantize(Decimal("0.01"))


@given(rows=st.integers(0, 10**12), per_day=st.none() | st.integers(0, 10**9), keep=st.none() | st.integers(0, 10**5))
def test_any_size_is_ranked(rows, per_day, keep):
    found = advise(shop(rows), Workload(rows_per_day=per_day, keep_days=keep))
    assert all(choice.bytes >= 0 and choice.monthly >= 0 for choice in found.choices)


def test_less_than_a_cent_a_month_is_not_nothing():
    choice = Choice("s3", msg("archive"), 50, (), 6_000_000, Decimal("0.00"))
    free = replace(DEFAULT_PRICES, gb_month=tuple((one, Decimal(0)) for one, _ in DEFAULT_PRICES.gb_month))
    assert monthly(choice, DEFAULT_PRICES) == "< 0.01"
    assert monthly(choice, free) == "0.00"
    assert monthly(replace(choice, bytes=0), DEFAULT_PRICES) == "0.00"
    assert monthly(replace(choice, monthly=Decimal("12.30")), DEFAULT_PRICES) == "12.30"
