"""Messages: parameters, plurals and numbers in two languages; the catalogue says everything the source says."""

import re
import string

import pytest

from core.models.codec import from_json, to_json
from core.words import Msg, msg, number, percent, plural, say, size
from core.words.catalogue import extracted, read, untranslated


def test_a_message_says_its_arguments_in_the_readers_notation():
    said = msg("{n} of {m} in {name}", n=336776, m=0.5, name="flights")
    assert say(said, "en") == "336,776 of 0.5 in flights"
    assert say(said, "ru") == "336\xa0776 of 0,5 in flights"


def test_a_message_survives_the_store_unchanged():
    said = plural("{n} row", "{n} rows", n=3, inner=msg("x {y}", y=1.5))
    assert from_json(Msg, to_json(said)) == said


@pytest.mark.parametrize(("n", "text"), [(1, "1 row"), (0, "0 rows"), (21, "21 rows")])
def test_english_counts(n, text):
    assert say(plural("{n} row", "{n} rows", n=n), "en") == text


def test_a_small_share_never_reads_as_nothing():
    assert say(percent(0.0000001)) == "< 0.01 %"
    assert say(percent(0.9999999)) == "> 99.99 %"
    assert say(percent(0.0)) == "0 %"
    assert say(percent(1.0)) == "100 %"


def test_sizes_are_in_powers_of_a_thousand():
    assert say(size(999)) == "999 bytes"
    assert say(size(1_000_000)) == "1 MB"
    assert say(size(1_234_567_890)) == "1.235 GB"


def test_braces_in_data_are_left_alone():
    assert say(msg("column {name}", name="{n} %s {")) == "column {n} %s {"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, 1e-300, -0.0])
def test_odd_floats_are_said_without_failing(value):
    assert number(value, "ru")


def test_the_russian_catalogue_is_complete():
    said, book = extracted(), read("ru")
    missing = [message.id for message in said if message.id and book.get(message.id) is None]
    assert not missing, "run `make words` and translate"
    assert not untranslated(book)


def test_translations_keep_the_places_of_the_original():
    wrong = []
    for message in read("ru"):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = {name for _, name, _, _ in string.Formatter().parse(ids[-1]) if name}
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        for form in forms:
            found = {name for _, name, _, _ in string.Formatter().parse(form) if name}
            # A singular may drop the number it counts ("one row"); nothing else may go or come.
            if form and not (wanted - {"n"} <= found <= wanted):
                wrong.append((ids[0], form))
    assert not wrong


def test_russian_counts_with_three_forms():
    book = read("ru")
    plurals = [message for message in book if isinstance(message.id, tuple)]
    assert plurals, "the source counts things"
    assert all(len(message.string) == 3 for message in plurals)
    assert any(re.search("[а-я]", form) for message in plurals for form in message.string)
