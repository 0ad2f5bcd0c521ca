"""The page about pipelines says what is: every example reads, every kind and field is there, and the first one fits the sample."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from core.models.pipeline import (
    Frame,
    Function,
    JoinHow,
    Measure,
    On,
    Order,
    Pipeline,
    Step,
    WindowColumn,
    WindowFunction,
)
from core.models.source import Column
from core.pipeline import check, read_yaml
from core.pipeline.steps import STEPS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "pipeline.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", TEXT, re.M | re.S))
PARTS = {"join": (On,), "aggregate": (Measure,), "window": (WindowColumn, Order, Frame), "sort": (Order,)}
KINDS = {kind.__dataclass_fields__["step"].default: kind for kind in get_args(get_args(Step)[0])}


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_a_pipeline(block):
    assert read_yaml(block).nodes


def test_every_kind_of_step_has_a_section_with_an_example_of_it():
    assert list(SECTIONS) == list(STEPS) == list(KINDS)
    for kind, text in SECTIONS.items():
        example = read_yaml(re.search(r"^```yaml\n(.*?)^```", text, re.M | re.S)[1])
        assert {node.step for node in example.nodes} == {kind}


@pytest.mark.parametrize("kind", STEPS)
def test_every_field_of_a_step_is_in_its_example(kind):
    example = re.search(r"^```yaml\n(.*?)^```", SECTIONS[kind], re.M | re.S)[1]
    for model in (KINDS[kind], *PARTS.get(kind, ())):
        for one in fields(model):
            assert re.search(rf"\b{one.name}:", example), f"{model.__name__}.{one.name} is not in the example of {kind}"


def test_every_field_of_a_pipeline_is_in_the_first_example():
    assert all(f"\n{one.name}:" in f"\n{BLOCKS[0]}" for one in fields(Pipeline))


@pytest.mark.parametrize(("kind", "words"), [("join", JoinHow), ("aggregate", Function), ("window", WindowFunction)])
def test_every_word_a_field_may_hold_is_named(kind, words):
    assert all(f"`{word}`" in SECTIONS[kind] for word in get_args(words))


def test_the_first_example_fits_the_sample():
    flights = (Column("carrier", "VARCHAR"), Column("dep_delay", "BIGINT"))
    airlines = (Column("carrier", "VARCHAR"), Column("name", "VARCHAR"))
    assert check(read_yaml(BLOCKS[0]), {"flights": flights, "airlines": airlines}).problems == ()
