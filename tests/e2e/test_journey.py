"""The journey of a stranger in a real Chromium, from the link to the downloaded report, in light and in dark. Pictures are kept."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, SHOTS

pytestmark = pytest.mark.e2e

IDLE = "!document.querySelector('[data-testid=stStatusWidget]') && !document.querySelector('[data-stale=true]') && !document.querySelector('[data-testid=stSkeleton]')"


class Person:
    """One person at one browser window."""

    def __init__(self, chromium, server, scheme, size=(1400, 900), locale="en-US"):
        self.context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale=locale, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.scheme, self.server = scheme, server
        self.outside, self.broken = [], []
        self.page.on("request", lambda request: self.outside.append(request.url) if self._leaves(request.url) else None)
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))

    def _leaves(self, url):
        return not url.startswith((self.server.address, self.server.address.replace("http", "ws"), "data:", "blob:", "about:"))

    def open(self):
        self.page.goto(self.server.link)
        self.settle()

    def settle(self):
        self.page.wait_for_selector("h1")
        self.page.wait_for_function(IDLE)

    def go(self, name):
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_function("name => document.querySelector('h1')?.textContent.includes(name)", arg=name)
        self.settle()

    def press(self, name):
        self.page.get_by_role("button", name=name).first.click()

    def sees(self, text):
        self.page.get_by_text(text).first.wait_for()

    def holds(self, text):
        """A table on the page has this cell (tables are drawn on a canvas; their cells are in the page for screen readers)."""
        self.page.get_by_text(text).first.wait_for(state="attached")

    def shot(self, name):
        self.settle()
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}-{self.scheme}.png")

    def download(self, name):
        with self.page.expect_download() as arrived:
            self.press(name)
        return Path(arrived.value.path()).read_bytes()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_stranger_walks_from_the_sample_to_the_report(chromium, server, scheme):
    person = Person(chromium, server, scheme)
    person.open()
    assert "token" not in person.page.url
    person.shot("1-welcome")
    person.press("Try the sample")
    person.press("Go on: profile these tables")
    person.sees("Primary key:")
    person.shot("2-profile")
    person.page.get_by_role("tab", name="Keys and relations").click()
    person.sees("flights (carrier) → airlines (carrier)")
    person.shot("2-relations")
    person.press("Go on: storage advice")
    person.sees("How will the data be used?")
    person.shot("3-advice")
    person.press("Go on: table definitions")
    person.press("Design and prove the tables")
    person.sees("Executed on")
    person.sees("Rows read back equal")
    person.shot("4-ddl")
    assert b"CREATE TABLE" in person.download("postgres.sql")
    person.press("Go on: pipeline")
    person.press("Suggest one from the profile")
    person.sees("sound")
    person.page.locator("g.node").first.wait_for()
    person.shot("5-pipeline")
    person.press("Run")
    person.page.get_by_role("tab", name="Runs").click()
    person.sees("wrote")
    person.shot("5-runs")
    person.press("Go on: report")
    person.page.frame_locator("iframe").last.locator("h1").wait_for()
    person.shot("6-report")
    assert person.download("Download PDF").startswith(b"%PDF")
    assert b"flights" in person.download("Download HTML")
    assert json.loads(person.download("Download JSON"))["sections"]
    assert person.download("Download Markdown").startswith(b"#")
    person.go("Health")
    person.shot("7-health")
    person.go("Settings")
    person.shot("8-settings")
    assert person.outside == [], "a page asked another machine for something"
    assert person.broken == []
    person.context.close()


def test_reload_second_tab_and_restart_find_everything_as_it_was(chromium, server):
    person = Person(chromium, server, "light")
    person.open()
    person.press("Try the sample")
    person.sees("Go on: profile these tables")
    person.page.reload()
    person.holds("airlines")
    second = person.context.new_page()
    second.goto(server.address)
    second.get_by_text("Go on: profile these tables").wait_for(timeout=60_000)
    assert server.stop() == 0
    server.start()
    person.page.goto(server.address)
    person.sees("Go on: profile these tables")
    person.context.close()


def test_nobody_gets_in_without_the_token(chromium, server):
    context = chromium.new_context()
    page = context.new_page()
    assert page.goto(server.address).status == 403
    assert page.goto(f"{server.address}/?token=wrong").status == 403
    assert page.request.get(f"{server.address}/healthz").status == 200
    assert page.request.get(f"{server.address}/_stcore/host-config").status == 403
    assert page.request.put(f"{server.address}/upload/x/y.csv", data="a").status == 403
    closed = page.evaluate(
        "address => new Promise(done => {const s = new WebSocket(address); s.onopen = () => done('open'); s.onclose = () => done('closed')})",
        server.address.replace("http", "ws") + "/_stcore/stream",
    )
    assert closed == "closed"
    context.close()


def test_a_file_of_ones_own_in_russian(chromium, server, tmp_path):
    """cp1251 with Russian headers, semicolons and decimal commas, dropped into a Russian browser, through to the PDF."""
    file = tmp_path / "продажи.csv"
    lines = ["Дата;Город;Товар;Цена;Количество"]
    cities = ("Казань", "Москва", "Пермь")
    lines += [
        f"{n % 28 + 1:02}.{n % 12 + 1:02}.2025;{cities[n % 3]};Товар {n % 17};{n * 7 % 900},{n % 100:02};{n % 9 + 1}"
        for n in range(500)
    ]
    file.write_bytes("\r\n".join(lines).encode("cp1251"))
    person = Person(chromium, server, "light", locale="ru-RU", size=(900, 900))
    person.open()
    person.press("Начать")
    person.page.locator("input[type=file]").set_input_files(file)
    person.holds("продажи")
    person.holds("Казань")
    person.shot("ru-connect-900")
    person.press("Дальше: профиль")
    person.page.get_by_text("Распределение").or_(person.page.get_by_text("Самые частые значения")).first.wait_for()
    person.shot("ru-profile-900")
    person.settle()
    person.page.locator(".st-key-step-open-report").get_by_role("link", name="Отчёт").click()
    assert person.download("Скачать PDF").startswith(b"%PDF")
    assert person.broken == []
    person.context.close()


def test_what_is_wrong_with_a_file_is_said_on_the_page_and_the_next_try_works(chromium, server, tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 4096)
    (tmp_path / "good.csv").write_text("id,name\n1,a\n2,b\n", encoding="utf-8")
    person = Person(chromium, server, "light")
    person.open()
    person.press("Start")
    for bad in ("missing.csv", "empty.csv", "binary.csv"):
        person.settle()
        person.page.get_by_label("Or a path on this machine").fill(str(tmp_path / bad))
        person.press("Load")
        person.sees("What to do:")
        person.shot(f"bad-{bad.split('.')[0]}")
        if person.page.get_by_role("button", name="Dismiss").count():
            person.press("Dismiss")
            person.page.get_by_role("button", name="Dismiss").wait_for(state="detached")
    person.settle()
    person.page.get_by_label("Or a path on this machine").fill(str(tmp_path / "good.csv"))
    person.press("Load")
    person.sees("Go on: profile these tables")
    person.context.close()


def test_the_graph_is_edited_with_the_mouse_and_undone(chromium, server):
    person = Person(chromium, server, "light")
    person.open()
    person.press("Try the sample")
    person.press("Go on: profile these tables")
    person.sees("Primary key:")
    person.go("Pipeline")
    person.press("Suggest one from the profile")
    nodes = person.page.locator("g.node")
    nodes.first.wait_for()
    before = nodes.count()
    person.page.locator('g.node[data-id="joined"]').click()
    person.sees("First rows after joined")
    person.press("filter")
    person.page.wait_for_function("n => document.querySelectorAll('*').length > 0", arg=before)
    person.page.locator('g.node[data-id="filter"]').wait_for()
    assert nodes.count() == before + 1
    box = person.page.locator('g.node[data-id="filter"]').bounding_box()
    person.page.mouse.move(box["x"] + 60, box["y"] + 20)
    person.page.mouse.down()
    person.page.mouse.move(box["x"] + 90, box["y"] + 90, steps=5)
    person.page.mouse.up()
    person.settle()
    person.page.locator('g.node[data-id="filter"]').focus()
    person.page.keyboard.press("Delete")
    person.page.locator('g.node[data-id="filter"]').wait_for(state="detached")
    person.press("Undo")
    person.page.locator('g.node[data-id="filter"]').wait_for()
    assert person.broken == []
    person.context.close()


@pytest.mark.server
def test_tables_of_a_database_are_found_loaded_and_written_back(chromium, server, database):
    """Two schemas to look into, a connection that is saved, and a pipeline that writes into the same database."""
    database.run(
        "CREATE SCHEMA sales; CREATE TABLE sales.orders AS SELECT i AS id, i * 1.5 AS total FROM generate_series(1, 300) i"
    )
    database.run("CREATE TABLE people (id integer, name text); INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob'); ANALYZE")
    person = Person(chromium, server, "light")
    person.open()
    person.press("Start")
    person.settle()
    person.page.get_by_role("button", name="PostgreSQL").click()
    person.page.get_by_role("button", name="Test connection").wait_for()
    for label, value in (
        ("Host", "host"),
        ("Port", "port"),
        ("Database", "database"),
        ("User", "user"),
        ("Password", "password"),
    ):
        person.page.locator(f"input[aria-label^='{label}']").first.fill(str(database.settings[value]))
    person.press("Test connection")
    person.sees("Signed in")
    person.press("Show what is there")
    person.page.get_by_role("button", name="sales").wait_for()
    person.shot("9-schemas")
    person.press("sales")
    person.holds("orders")
    person.sees("First rows of orders")
    person.page.get_by_label("Save the connection as").fill("shop")
    person.page.get_by_label("Save the connection as").press("Enter")
    person.settle()
    person.shot("9-tables")
    person.press("Load 1 table")
    person.sees("Go on: profile these tables")
    person.press("Go on: profile these tables")
    person.sees("Primary key:")
    person.go("Pipeline")
    person.press("Start from a blank one")
    person.page.get_by_role("tab", name="YAML").click()
    text = person.page.locator("textarea").first
    text.wait_for()
    steps = "  - {id: out, step: sink, input: orders, target: postgres, connection: shop, table: sales.copied}"
    text.fill(f"name: pipeline\nnodes:\n  - {{id: orders, step: source, table: orders}}\n{steps}\n")
    person.press("Apply")
    person.sees("sound")
    person.settle()
    person.press("Run")
    person.sees("Last run")
    assert database.run("SELECT count(*), sum(total)::int FROM sales.copied") == [(300, 67725)]
    assert person.broken == []
    person.context.close()


@pytest.fixture(scope="module", autouse=True)
def _pictures_of_the_readme():
    """The pictures that the README and the docs show are those of this run, where that is asked for."""
    yield
    import os

    if os.environ.get("ASSAY_PICTURES"):
        target = ROOT / "docs" / "pictures"
        target.mkdir(exist_ok=True)
        for name in ("2-profile", "2-relations", "3-advice", "4-ddl", "5-pipeline", "6-report"):
            for scheme in ("light", "dark"):
                if (shot := SHOTS / f"{name}-{scheme}.png").exists():
                    shutil.copy(shot, target / f"{name.split('-')[1]}-{scheme}.png")
