"""The page Connect in a real Chromium: the gallery, forms, checks, a database with many tables, a look before loading, many files at once."""

import pytest
from psycopg2 import sql

from tests.e2e.test_journey import Person

pytestmark = pytest.mark.e2e


def opened(chromium, server, scheme="light", size=(1400, 900), locale="en-US"):
    """A person in a new project, at the page Connect."""
    person = Person(chromium, server, scheme, size, locale)
    person.open()
    person.press("Start")
    person.page.get_by_label("Search kinds of source").wait_for()
    person.settle()
    return person


def fill(person, **values):
    for label, value in values.items():
        person.page.locator(f"input[aria-label^='{label}']").first.fill(str(value))


def test_a_kind_is_sought_its_form_is_checked_and_a_failing_check_says_what_to_do(chromium, server):
    person = opened(chromium, server, "dark")
    search = person.page.get_by_label("Search kinds of source")
    search.press_sequentially("базы данных")
    person.page.locator(".st-key-kind-csv").wait_for(state="detached")
    assert person.page.locator(".st-key-kind-postgres").count() == 1
    person.shot("connect-search")
    search.fill("zeppelin")
    person.sees("No kind of source fits")
    search.fill("postgre")
    person.page.locator(".st-key-kind-clickhouse").wait_for(state="detached")
    person.page.locator(".st-key-kind-postgres button").focus()
    person.page.keyboard.press("Enter")
    person.page.get_by_role("button", name="Test connection").wait_for()
    fill(person, Host="127.0.0.1", Port="70000", User="me")
    person.press("Test connection")
    person.sees("Nothing was sent")
    person.sees("A whole number from 1 to 65535.")
    person.sees("Fill this in.")
    person.shot("connect-form-wrong")
    fill(person, Port="1", Database="x")
    person.press("Test connection")
    person.sees("Nobody listens on 127.0.0.1:1")
    person.sees("Check the port")
    person.sees("Not tried.")
    person.shot("connect-checks")
    person.press("All kinds")
    person.page.locator(".st-key-kind-clickhouse button").click()
    host = person.page.locator("input[aria-label^='Host']")
    host.wait_for()
    person.page.locator(".st-key-form-new-clickhouse .stSelectbox").first.click()
    person.page.get_by_role("option", name="embedded").click()
    host.wait_for(state="detached")
    assert person.page.locator("input[aria-label^='Folder']").count() == 1
    assert person.broken == []
    person.context.close()


@pytest.mark.server
def test_three_tables_of_a_database_are_picked_looked_at_and_loaded_and_the_connection_is_kept(chromium, server, database):
    for number in range(30):
        database.run(
            sql.SQL("CREATE TABLE {} AS SELECT i AS id FROM generate_series(1, 500) i").format(sql.Identifier(f"t{number:02}"))
        )
    database.run("ANALYZE")
    person = opened(chromium, server, size=(900, 900))
    person.page.locator(".st-key-kind-postgres button").click()
    person.page.get_by_role("button", name="Test connection").wait_for()
    given = database.settings
    fill(
        person, Host=given["host"], Port=given["port"], Database=given["database"], User=given["user"], Password=given["password"]
    )
    person.press("Show what is there")
    person.holds("t00")
    person.page.get_by_label("Filter").fill("t2")
    person.holds("t29")
    person.settle()
    grid = person.page.locator("[data-testid=stDataFrame]").first
    for row in (1, 2, 3):
        grid.click(position={"x": 16, "y": 35 * row + 17})
        person.page.get_by_role("button", name=f"Load {row} table").wait_for()
    person.sees("First rows of t20")
    person.page.get_by_text("Columns and types").first.wait_for()
    person.shot("connect-tables-900")
    person.page.get_by_label("Save the connection as").fill("shop")
    person.page.get_by_label("Save the connection as").press("Enter")
    person.settle()
    person.press("Load 3 tables")
    person.sees("3 tables loaded")
    person.press("All kinds")
    person.page.get_by_role("button", name="3 tables").wait_for()
    person.shot("connect-loaded-900")
    person.press("Test")
    person.sees("Signed in")
    person.page.locator("[class*=st-key-more-] button").first.click()
    person.page.locator("[class*=st-key-forget-] button:visible").last.click()
    person.page.locator("[class*=st-key-remember-] button").click()
    person.page.get_by_role("button", name="3 tables").wait_for()
    assert person.broken == []
    person.context.close()


def test_a_file_is_looked_at_page_by_page_and_read_another_way_before_it_is_loaded(chromium, server, tmp_path):
    file = tmp_path / "codes.csv"
    file.write_text("id;name;price\n" + "".join(f"{n};name {n};{n},50\n" for n in range(12_000)), encoding="utf-8")
    person = opened(chromium, server)
    person.page.get_by_label("Or a path on this machine").fill(str(file))
    person.press("Look first")
    person.holds("decimal comma")
    person.sees("Rows 1 to 100 of the first 10,000")
    person.shot("connect-look")
    person.page.get_by_role("button", name="Page 3", exact=True).click()
    person.holds("name 205")
    person.sees("The first 10,000 rows")
    person.page.locator("[class*=st-key-options-][class*=delimiter] input").fill(",")
    person.page.locator("[class*=st-key-options-][class*=delimiter] input").press("Enter")
    person.holds("5;name 5;5")
    person.shot("connect-look-otherwise")
    person.press("Load 1 table")
    person.sees("Go on: profile these tables")
    person.page.get_by_role("tab", name="How it was read").click()
    person.sees("as you said")
    assert person.broken == []
    person.context.close()


def test_files_dropped_at_once_each_have_their_line_and_one_that_is_broken_keeps_none_out(chromium, server, tmp_path):
    for number in range(4):
        (tmp_path / f"good-{number}.csv").write_text("id,name\n1,a\n2,b,c\n3,d\n", encoding="utf-8")
    (tmp_path / "broken.csv").touch()
    person = opened(chromium, server, "dark", (900, 900))
    person.page.locator("input[type=file]").set_input_files(sorted(tmp_path.glob("*.csv")))
    person.sees("4 tables loaded, 1 was not")
    person.sees("broken.csv is empty")
    person.holds("good-3")
    person.shot("connect-dropped-900")
    person.page.get_by_role("button", name="Try that one again").wait_for()
    person.press("Dismiss")
    person.page.get_by_text("4 tables loaded, 1 was not").wait_for(state="detached")
    assert person.broken == []
    person.context.close()


def test_a_folder_is_chosen_by_clicking_and_its_files_become_one_table(chromium, server, tmp_path):
    folder = tmp_path / "months"
    folder.mkdir()
    for number in range(3):
        (folder / f"part-{number}.csv").write_text(f"id,v\n{number},{number}.5\n", encoding="utf-8")
    person = opened(chromium, server)
    person.page.get_by_label("Or a path on this machine").fill(str(tmp_path))
    person.page.get_by_label("Or a path on this machine").press("Enter")
    person.press("Browse this machine")
    person.page.get_by_role("button", name="months").click()
    person.page.get_by_role("button", name="part-2.csv").wait_for()
    person.shot("connect-folders")
    person.press("Take this folder")
    person.page.get_by_role("button", name="Take this folder").wait_for(state="detached")
    person.press("Look first")
    person.page.get_by_text("All files are one table").click()
    person.sees("3 files")
    person.sees("all with the same 2 columns")
    person.shot("connect-as-one")
    person.press("Load 1 table")
    person.sees("Go on: profile these tables")
    person.holds("months")
    assert person.broken == []
    person.context.close()
