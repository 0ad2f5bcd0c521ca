"""Pipelines as text: what fits reads back equal, what does not is named by line and field."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.models.pipeline import Derive, Filter, Join, On, Order, Pipeline, Sink, Sort, Source
from core.pipeline import lines, read_yaml, to_yaml

HEAD = "name: p\nnodes:\n"


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_yaml(text)
    _, why, fix = caught.value.lines()
    assert fix
    return why


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (HEAD + "  - id: a\n    step: source\n    tabel: x\n", "Line 3", "nodes.0.table"),
        (HEAD + "  - id: a\n    step: source\n    table: x\n    colour: red\n", "Line 6", "nodes.0.colour"),
        (HEAD + "  - id: a\n    step: filtre\n", "Line 3", "nodes.0"),
        (
            HEAD + "  - id: a\n    step: sort\n    input: b\n    by:\n      - column: c\n        descending: 7\n",
            "Line 8",
            "descending",
        ),
        (
            HEAD + "  - id: a\n    step: join\n    left: b\n    right: c\n    on:\n      - {left: 1, right: d}\n",
            "Line 8",
            "on.0.left",
        ),
        ("name: p\nnodes: []\nversion: 2\n", "Line 3", "version"),
        ("name: 2026\nnodes: []\n", "Line 1", "name"),
    ],
)
def test_what_does_not_fit_is_named_by_line_and_field(text, line, field):
    why = refused(text)
    assert why.startswith(line)
    assert field in why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "Line"),
        ("{a: 1, a: 2}", "duplicate key"),
        ("- a\n- b\n", "no name"),
        ("", "no name"),
        ("---\nname: a\n---\nname: b\n", "another document"),
        ("name: \x00", "not YAML"),
        ("[" * 900_000, "nested"),
        ('name: "\\ud800"\nnodes: []\n', "half a character"),
        ("name: p\nnodes: []\nlayout: {a: [.nan, 1]}\n", "not finite"),
        ("name: p\nnodes: []\nlayout: {a: [.inf, 1]}\n", "not finite"),
    ],
)
def test_text_that_is_no_pipeline_says_why(text, said):
    assert said in refused(text)


def test_a_bomb_of_aliases_is_refused_before_it_unfolds():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert "alias" in refused("\n".join(lines))


def test_two_megabytes_of_text_are_refused_by_their_length():
    assert "longer than" in refused("name: " + "x" * 2_000_000)


def test_the_key_on_is_a_word_and_no_truth_value():
    text = HEAD + "  - {id: j, step: join, left: a, right: b, on: [{left: x, right: y}]}\n"
    assert read_yaml(text).nodes == (Join("j", "a", "b", on=(On("x", "y"),)),)


def test_what_holds_its_default_is_not_written():
    pipeline = Pipeline("p", (Source("a", "t"), Sort("s", "a", (Order("x"),)), Sink("k", "s", path="o.csv")))
    text = to_yaml(pipeline)
    assert "descending" not in text
    assert "layout" not in text
    assert "mode" not in text
    assert read_yaml(text) == pipeline


def test_derived_columns_may_be_called_like_fields():
    pipeline = Pipeline("p", (Derive("d", "a", {"column": "", "offset": "1", "share": "x", "frame": "y"}),))
    assert read_yaml(to_yaml(pipeline)) == pipeline


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=12) | st.sampled_from(
    [
        "on",
        "yes",
        "null",
        "~",
        "1",
        "1e3",
        "2026-01-01",
        "=",
        "<<",
        "- a",
        "a: b",
        "#x",
        "'",
        '"',
        "!x",
        "&x",
        "%",
        " a ",
        "a\nb",
        "?0",
        "? a",
        "🙂",
    ]
)


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, WORDS, st.dictionaries(WORDS, WORDS, max_size=3), st.tuples(st.floats(0, 1e6), st.floats(-1e6, 1e6)))
def test_any_words_read_back_as_they_were_written(name, id_, where, columns, place):
    pipeline = Pipeline(name, (Filter(id_, name, where), Derive(id_, where, columns)), layout={id_: place})
    assert read_yaml(to_yaml(pipeline)) == pipeline


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.text("[]{}:-,&*!|>'\"%@`?#~ \n\tab01", max_size=40))
def test_any_text_is_a_pipeline_or_a_config_error(text):
    with suppress(ConfigError):
        assert isinstance(read_yaml(text), Pipeline)


_ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(where=_ANY_TEXT, key=_ANY_TEXT, name=_ANY_TEXT, long=st.integers(0, 160))
@settings(deadline=None, max_examples=300)
def test_any_text_reads_back_letter_for_letter(where, key, name, long):
    condition = "x" * long + "  " + where + "   " + "y" * long
    made = Pipeline(name, (Filter("f", "b", where), Filter("g", "f", condition), Derive("d", "g", {key: where})))
    assert read_yaml(to_yaml(made)) == made


@pytest.mark.parametrize(
    "text", [": ", ": a", "\x85", "a\u2028b", "\ufeffa", " a ", "a\r\nb", "- a", "# a", "a  " * 60, "null", "~", "1e3"]
)
def test_text_that_yaml_would_take_for_something_else_reads_back(text):
    made = Pipeline("p", (Filter("f", "b", text), Filter("g", "f", f"x = '{text}'")))
    assert read_yaml(to_yaml(made)) == made


@pytest.mark.parametrize(
    "said",
    [
        "version: !!bool abc",
        "<<: {version: 3}",
        "layout: !!timestamp x",
        "layout: !mine {}",
        "version: !!python/object:os.system x",
    ],
)
def test_a_tag_or_a_merge_key_is_refused_by_its_line(said):
    why = refused(f"name: p\nnodes: []\n{said}\n")
    assert why.startswith("Line 3 ")
    assert ("<<" if said.startswith("<<") else "!") in why


def test_a_column_that_is_called_like_a_merge_key_reads_back():
    made = Pipeline("p", (Derive("d", "b", {"<<": "a + 1"}), Filter("f", "d", "<<")))
    assert read_yaml(to_yaml(made)) == made


NODES = "name: p\nnodes:\n  - {id: a, step: source, table: t}\n"


@pytest.mark.parametrize(("text", "why", "fix"), [
    ("  - {id: b, step: filtr, input: a, where: x}\n", "Line 4, nodes.1: there is no step filtr", "Did you mean filter?"),
    ("  - {id: b, input: a, where: x}\n", "Line 4, nodes.1: it does not say which step it is", "one of source, filter"),
    ("  - {id: b, step: filter, input: a}\n", "Line 4, nodes.1.where: it is missing", "Add it."),
    ("  - {id: b, step: filter, input: a, where: x, wher: x}\n", "Line 4, nodes.1.wher: there is no such field", "Did you mean where?"),
    ("  - {id: b, step: filter, input: a, where: 5}\n", "Line 4, nodes.1.where: it is not a text", "docs"),
    ("  - {id: b, step: join, left: a, right: a, how: iner}\n", "iner is none of its values", "Did you mean inner?"),
    ("  - {id: b, step: sort, input: a, by: [{column: x}], limit: y}\n", "nodes.1.limit: it is not a whole number", "docs"),
    ("  - {id: b, step: filter, input: a, where: 2024-13-45}\n", "Line 4 holds a value that looks like a date", "quotes"),
])  # fmt: skip
def test_what_does_not_fit_is_said_in_our_words_with_its_line(text, why, fix):
    with pytest.raises(ConfigError) as caught:
        read_yaml(NODES + text)
    assert why in caught.value.lines("en")[1]
    assert fix in caught.value.lines("en")[2]
    assert not set(caught.value.lines("ru")[1:]) & set(caught.value.lines("en")[1:])


def test_the_line_of_every_step_is_known():
    assert lines(NODES + "  - id: b\n    step: sink\n    input: a\n") == {"a": 3, "b": 4}
