"""What the pages draw: the scale of a chart, the graph of relations, the address that is no page."""

import asyncio
from types import SimpleNamespace

import pytest

from app import session
from app.lost import Lost
from app.widgets import bars, columns, relations


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(session, "lang", lambda: "ru")


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]), (6000, [0, 2000, 4000, 6000])],
)
def test_a_scale_is_round_numbers_that_reach_the_largest(most, ticks):
    assert bars.scale(most) == ticks


@pytest.mark.parametrize("most", [9, 10, 99, 101, 336_776, 10**12 + 1])
def test_a_scale_has_few_lines_whatever_it_reaches(most):
    ticks = bars.scale(most)
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 7


def test_numbers_of_a_chart_are_in_the_readers_notation(monkeypatch):
    drawn = []
    monkeypatch.setattr(columns.st, "echarts_chart", lambda options, **_: drawn.append(options))
    bars.bars(["1,5", "{b}"], [6000, 2], ["1,5", "{b}"])
    (series,) = drawn[0]["series"]
    assert [one["label"]["formatter"] for one in series["markLine"]["data"]] == ["0", "2\u00a0000", "4\u00a0000", "6\u00a0000"]
    assert series["data"][0]["tooltip"]["formatter"] == "1,5: 6\u00a0000"
    assert "{b}" not in series["data"][1]["tooltip"]["formatter"]
    assert columns._edge("12.5") == "12,5"
    assert columns._edge("2013") == "2013"


def test_names_of_tables_are_text_in_the_graph_of_relations():
    name = 'a"]; b [label="x\\n<b>&amp;'
    table = SimpleNamespace(name=name, rows=2, primary_key=("id",))
    key = SimpleNamespace(table=name, references=name, columns=("id",), included=0.5, orphans=1)
    text = relations.dot(SimpleNamespace(tables=(table,), foreign_keys=(key,)), "p1", dark=False)
    assert 'a\\"]; b [label=\\"x\\\\n<b>&amp;amp;' in text
    assert "style=dashed" in text
    assert 'URL="?project=p1&table=a%22%5D%3B+b' in text
    assert "50 %" in text


def answered(path, dest="document", query=b""):
    """Where the middleware sends a browser, or None where the app answers."""
    sent = []

    async def app(scope, receive, send):
        sent.append(None)

    async def send(message):
        if message["type"] == "http.response.start":
            sent.append(dict(message["headers"])[b"location"].decode())

    scope = {"type": "http", "path": path, "query_string": query, "headers": [(b"sec-fetch-dest", dest.encode())]}
    asyncio.run(Lost(app)(scope, None, send))
    return sent[0]


def test_an_address_that_is_no_page_leads_to_the_first_one():
    assert answered("/nowhere") == "/?lost=nowhere"
    assert answered("/profile/more") == "/?lost=profile%2Fmore"
    assert answered("/connect", query=b"project=x") == "/?project=x"


@pytest.mark.parametrize("path", ["/", "/profile", "/healthz", "/_stcore/health", "/favicon.png", "/static/js/a.js"])
def test_pages_and_the_servers_own_addresses_are_left_alone(path):
    assert answered(path) is None


def test_what_a_page_asks_for_itself_is_left_alone():
    assert answered("/nowhere", dest="script") is None
