"""Nested parts: as they are, as columns, or as tables with keys; chosen, measured, kept, and nothing lost on the way."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.json import Json
from connectors.registry import open_connector
from core.cli import main
from core.errors import ConfigError, UsageError
from core.models.source import Landed
from core.task import Task
from core.workbench import Workbench, connect, parts
from core.workbench.convert import convert

ORDERS = [
    {"id": 1, "to": {"city": "Орёл", "zip": "007"}, "lines": [{"sku": "a", "n": 1, "tags": ["x", "y"]}, {"sku": "b", "n": 2}]},
    {"id": 2, "to": {"city": None}, "lines": []},
    {"id": 3, "lines": [{"sku": "a", "n": 5, "tags": ["z"]}]},
]
XML = """<shop><order id="1"><to><city>Орёл</city></to><line sku="a"><tag>x</tag><tag>y</tag></line><line sku="b"/></order>
<order id="2"/><order id="3"><line sku="a"><tag>z</tag></line></order></shop>"""


def tables(file: Path, folder: Path, choice: str, most: int | None = None) -> dict[str, Landed]:
    """The tables of a file by the path of their list."""
    made: list[Path] = []

    def place(path: tuple[str, ...]) -> Path:
        made.append(folder / f"t{len(made)}")
        made[-1].mkdir(parents=True)
        return made[-1]

    with open_connector(file.suffix[1:], {"path": str(file), "nested": choice}) as source:
        found = source.land_parts((file.name,), place, Task(), most)
    return {path[2] if len(path) > 2 else "": landed for path, landed in found}


def records(landed: Landed) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)})
        names = [line[0] for line in found.description]
        # A list that is empty in every row has no type: it is JSON, and so is what it lies in.
        kinds = [column.type for column in landed.schema]
        return [
            {name: json.loads(one) if kind == "JSON" and one is not None else one for name, kind, one in zip(names, kinds, row)}
            for row in found.fetchall()
        ]


def test_lists_of_json_become_tables_with_the_key_of_their_row(tmp_path: Path):
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(ORDERS))
    found = tables(file, tmp_path, "tables")
    assert records(found[""]) == [
        {"id": 1, "to.city": "Орёл", "to.zip": "007"},
        {"id": 2, "to.city": None, "to.zip": None},
        {"id": 3, "to.city": None, "to.zip": None},
    ]
    assert records(found["lines"]) == [
        {"_id": 1, "_parent_id": 1, "_position": 1, "sku": "a", "n": 1},
        {"_id": 2, "_parent_id": 1, "_position": 2, "sku": "b", "n": 2},
        {"_id": 3, "_parent_id": 3, "_position": 1, "sku": "a", "n": 5},
    ]
    assert records(found["lines.tags"]) == [
        {"_parent_id": 1, "_position": 1, "value": "x"},
        {"_parent_id": 1, "_position": 2, "value": "y"},
        {"_parent_id": 3, "_position": 1, "value": "z"},
    ]


def test_repeated_parts_of_xml_become_tables_with_the_key_of_their_row(tmp_path: Path):
    file = tmp_path / "shop.xml"
    file.write_text(XML)
    found = tables(file, tmp_path, "tables")
    assert records(found[""]) == [{"id": 1, "to.city": "Орёл"}, {"id": 2, "to.city": None}, {"id": 3, "to.city": None}]
    assert [(one["_parent_id"], one["_position"], one["@sku"]) for one in records(found["line"])] == [
        (1, 1, "a"),
        (1, 2, "b"),
        (3, 1, "a"),
    ]
    assert [one["value"] for one in records(found["line.tag"])] == ["x", "y", "z"]


def test_without_a_column_that_is_a_key_rows_are_numbered(tmp_path: Path):
    file = tmp_path / "rows.json"
    file.write_text('[{"id": 7, "l": [1]}, {"id": 7, "l": [2, 3]}]')
    found = tables(file, tmp_path, "tables")
    assert records(found[""]) == [{"_id": 1, "id": 7}, {"_id": 2, "id": 7}]
    assert [(one["_parent_id"], one["value"]) for one in records(found["l"])] == [(1, 1), (2, 2), (2, 3)]


def test_names_of_the_data_never_hide_those_of_the_keys(tmp_path: Path):
    file = tmp_path / "rows.json"
    file.write_text('[{"_id": "x", "l": [{"_parent_id": "p", "_position": "q", "_id": "r", "m": [1]}]}, {"_id": "x", "l": []}]')
    found = tables(file, tmp_path, "tables")
    (line,) = records(found["l"])
    assert line == {"_id": 1, "_parent_id": 1, "_position": 1, "_parent_id_2": "p", "_position_2": "q", "_id_2": "r"}


def test_flattened_parts_are_columns_and_lists_stay_lists(tmp_path: Path):
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(ORDERS))
    (landed,) = tables(file, tmp_path, "flatten").values()
    assert [column.name for column in landed.schema] == ["id", "to.city", "to.zip", "lines"]
    assert len(records(landed)[0]["lines"]) == 2


def test_only_the_first_rows_are_looked_at_where_that_is_enough(tmp_path: Path):
    file = tmp_path / "many.json"
    file.write_text(json.dumps([{"id": n, "l": [n, n]} for n in range(500)]))
    found = tables(file, tmp_path, "tables", most=10)
    assert (found[""].rows, found["l"].rows) == (10, 20)


def test_a_table_of_a_list_can_be_landed_alone(tmp_path: Path):
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(ORDERS))
    (tmp_path / "w" / "l").mkdir(parents=True)
    with Json({"path": str(file), "nested": "tables"}) as source:
        landed = source.land(("orders.json", "", "lines"), tmp_path / "w" / "l", Task())
        assert source.preview(("orders.json", "", "lines"), 2).num_rows == 2
    assert landed.rows == 3
    assert [one.name for one in (tmp_path / "w").iterdir()] == ["l"]


# Round trips: the tables put together are the document.

NAMES = st.sampled_from(["a", "b", "c"])
SCALAR = st.integers(-5, 5) | st.none()
DOCUMENT = st.fixed_dictionaries(
    {"k": st.integers(0, 3)},
    optional={
        "s": st.dictionaries(NAMES, SCALAR, min_size=1, max_size=3),
        "l": st.lists(st.fixed_dictionaries({"v": st.integers(0, 9)}, optional={"w": SCALAR, "m": st.lists(st.integers(0, 9), max_size=3)}), max_size=3),
        "n": st.lists(st.integers(0, 9), max_size=3),
    },
)  # fmt: skip


def bare(value: Any) -> Any:
    """Without nulls and what holds nothing: tables cannot tell a missing part from an empty one."""
    if isinstance(value, dict):
        kept = {key: bare(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, {}, [])}
    return [bare(one) for one in value] if isinstance(value, list) else value


def together(found: dict[str, Landed], text: bool = False) -> list[dict[str, Any]]:
    """The documents that tables were made of: joined by their keys, in their positions."""
    below = defaultdict(list)
    for path, landed in found.items():
        for row in sorted(records(landed), key=lambda one: one.get("_position", 0)):
            below[path, row.get("_parent_id")].append(row)

    def grown(path: str, row: dict[str, Any], key: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in row.items():
            if name not in ("_id", "_parent_id", "_position"):
                put(made, name, str(value) if text and value is not None else value)
        for other in found:
            rest = other.removeprefix(f"{path}." if path else "")
            if (
                other != path
                and other.startswith(f"{path}." if path else "")
                and not any(
                    longer not in ("", path, other) and other.startswith(f"{longer}.") and longer.startswith(path)
                    for longer in found
                )
            ):
                items = [grown(other, one, one.get("_id")) for one in below[other, key]]
                put(made, rest, [one["value"] if set(one) == {"value"} else one for one in items])
        return made

    main_ = below["", None]
    return [grown("", row, row.get("_id", row.get("id"))) for row in main_]


def put(made: dict[str, Any], path: str, value: Any) -> None:
    head, _, rest = path.partition(".")
    if rest:
        put(made.setdefault(head, {}), rest, value)
    else:
        made[head] = value


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DOCUMENT, min_size=1, max_size=4))
def test_joined_tables_are_the_document_they_were_made_of(tmp_path_factory, documents: list[dict]):
    folder = tmp_path_factory.mktemp("j")
    file = folder / "rows.json"
    file.write_text(json.dumps(documents))
    assert bare(together(tables(file, folder / "t", "tables"))) == bare(documents)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DOCUMENT, min_size=1, max_size=4))
def test_nested_and_flattened_rows_are_the_document_they_were_made_of(tmp_path_factory, documents: list[dict]):
    folder = tmp_path_factory.mktemp("j")
    file = folder / "rows.json"
    file.write_text(json.dumps(documents))
    (nested,) = tables(file, folder / "n", "json").values()
    assert bare(records(nested)) == bare(documents)
    (landed,) = tables(file, folder / "f", "flatten").values()
    grown: list[dict[str, Any]] = []
    for row in records(landed):
        grown.append({})
        for name, value in row.items():
            put(grown[-1], name, value)
    assert bare(grown) == bare(documents)


def as_xml(documents: list[dict]) -> bytes:
    root = etree.Element("rows")
    for one in documents:
        _element(root, "row", bare(one))  # an object with nothing in it would be an empty text
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _element(above: etree._Element, name: str, value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _element(above, name, one)
        return
    made = etree.SubElement(above, name)
    if isinstance(value, dict):
        for key, one in value.items():
            if one is not None:
                _element(made, key, one)
    else:
        made.text = str(value)


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_text(one) for one in value]
    return None if value is None else str(value)


def as_lists(value: Any, many: set[str], path: str = "") -> Any:
    """XML does not tell a list of one from the one: those that repeat somewhere are lists."""
    if isinstance(value, dict):
        made = {key: as_lists(one, many, f"{path}.{key}") for key, one in value.items()}
        return {
            key: one[0] if isinstance(one, list) and len(one) == 1 and f"{path}.{key}" not in many else one
            for key, one in made.items()
        }
    return [as_lists(one, many, path) for one in value] if isinstance(value, list) else value


def repeated(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return set().union(*(repeated(one, f"{path}.{key}") for key, one in value.items())) if value else set()
    if isinstance(value, list):
        own = {path} if len(value) > 1 else set()
        return own.union(*(repeated(one, path) for one in value))
    return set()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DOCUMENT, min_size=2, max_size=4))
def test_joined_tables_of_xml_are_the_document_they_were_made_of(tmp_path_factory, documents: list[dict]):
    folder = tmp_path_factory.mktemp("x")
    file = folder / "rows.xml"
    file.write_bytes(as_xml(documents))
    many = set().union(*map(repeated, documents))
    wanted = as_text(bare([as_lists(bare(one), many) for one in documents]))
    assert bare(together(tables(file, folder / "t", "tables"), text=True)) == wanted
    (nested,) = tables(file, folder / "n", "json").values()
    assert as_text(bare(records(nested))) == wanted


# In a project


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(ORDERS))
    return file


def test_a_choice_makes_tables_of_a_project_and_survives_loading_again(tmp_path: Path, orders: Path):
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        (source,) = connect.sources_of(str(orders))
        table = connect.land(wb, project, source, Task())
        connect.reload_work(wb, Task(), {"table": table.id, "settings": {"nested": "tables"}})
        assert [one.name for one in connect.tables(wb, project)] == ["orders", "orders_lines", "orders_lines.tags"]
        orders.write_text(json.dumps([*ORDERS, {"id": 4, "lines": [{"sku": "q", "n": 1, "tags": []}]}]))
        lines = connect.tables(wb, project)[1]
        connect.reload_work(wb, Task(), {"table": lines.id})
        assert [one.landed.rows for one in connect.tables(wb, project)] == [4, 4, 3]
        assert [one.id for one in connect.tables(wb, project)][:2] == [table.id, lines.id]
        connect.reload_work(wb, Task(), {"table": table.id, "settings": {"nested": "flatten"}})
        assert [one.name for one in connect.tables(wb, project)] == ["orders"]
        assert dict(connect.tables(wb, project)[0].source.settings)["nested"] == "flatten"
        assert {one.name for one in connect.removed(wb, project)} == {"orders_lines", "orders_lines.tags"}


def test_what_each_way_costs_is_measured_by_reading_the_head_each_way(tmp_path: Path, orders: Path):
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        table = connect.land(wb, project, connect.sources_of(str(orders))[0], Task())
        nested, flat, apart = parts.nested_choices(wb, table.id)
        assert [one.choice for one in (nested, flat, apart)] == ["json", "flatten", "tables"]
        assert (nested.columns, flat.columns, apart.columns) == (3, 4, 11)
        assert apart.tables == ("orders", "orders_lines", "orders_lines.tags")
        assert (nested.chosen, apart.chosen) == (True, False)
        assert nested.null_share == pytest.approx(1 / 9)
        assert flat.null_share == pytest.approx(4 / 12)
        assert all(one.bytes > 0 and one.rows == 3 for one in (nested, flat, apart))
        assert list(wb.store.workspace.spill.iterdir()) == []


def test_a_flat_file_has_no_choices_and_no_other_kind_has(tmp_path: Path):
    (tmp_path / "a.json").write_text('[{"a": 1}]')
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with Workbench.open(tmp_path / "home") as wb:
        project = wb.create_project("p").id
        for name in ("a.json", "a.csv"):
            table = connect.land(wb, project, connect.sources_of(str(tmp_path / name))[0], Task())
            assert parts.nested_choices(wb, table.id) == ()


def test_the_command_line_reads_nested_parts_as_it_is_told(tmp_path: Path, orders: Path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    assert main(["profile", str(orders), "--set", "nested=tables", "--json", str(tmp_path / "p.json"), "--quiet"]) == 0
    found = json.loads((tmp_path / "p.json").read_text())
    assert [table["name"] for table in found["tables"]] == ["orders", "orders_lines", "orders_lines.tags"]
    target = tmp_path / "flat.csv"
    assert main(["convert", str(orders), str(target), "--set", "nested=flatten", "--quiet"]) == 0
    assert target.read_text().splitlines()[0] == "id,to.city,to.zip,lines"
    assert main(["convert", str(orders), str(target), "--set", "nested=tables", "--quiet"]) == 1


def test_an_unknown_choice_and_a_setting_that_no_file_has_are_refused(tmp_path: Path, orders: Path):
    with pytest.raises(UsageError):
        connect.sources_of(str(orders), settings={"nestet": "tables"})
    with Workbench.open(tmp_path / "home") as wb, pytest.raises(ConfigError):
        convert(wb, str(orders), tmp_path / "x.csv", Task(), settings={"nested": "upwards"})
