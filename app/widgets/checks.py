"""Checks a person writes, dismisses, and takes elsewhere."""

from __future__ import annotations

import streamlit as st

from app.session import attempt_at, flash, lang, open_workbench, plain, t, tell
from app.widgets.boxes import errors_at, guarded
from core.models.profile import Profile, TableProfile
from core.models.quality import Quality, Rule
from core.models.types import is_number, is_temporal
from core.workbench import quality

PLACE = "add-rule"


def kinds() -> dict[str, str]:
    """The kinds of rules that a person may write, in the reader's words."""
    said = {
        "filled": t("is filled"),
        "unique": t("comes once"),
        "between": t("lies between"),
        "one_of": t("is one of a list"),
        "matches": t("matches a pattern"),
        "not_negative": t("is not negative"),
        "in_order": t("is not after another"),
        "condition": t("a condition holds"),
        "fresh": t("is at most so many days old"),
        "enough_rows": t("there are enough rows"),
    }
    return {kind: said[kind] for kind in quality.BY_HAND}


def adding(here: str, taken: Profile) -> None:
    """The form of a rule. It is no `st.form`: what it asks for depends on its kind."""
    with st.expander(t("Add a rule of your own"), icon=":material/add:"):
        errors_at(PLACE)
        names, words = [table.name for table in taken.tables], kinds()
        left, middle, right = st.columns(3)
        table = taken.table(left.selectbox(t("Table"), names, key="rule-table"))
        kind = middle.selectbox(t("Rule"), list(words), format_func=words.__getitem__, key="rule-kind")
        most = right.number_input(t("May be broken by, % of rows"), 0.0, 99.0, 0.0, 0.1, key="rule-most")
        rule = _written(table, kind)
        st.button(t("Add"), type="primary", key="rule-add", on_click=_add, args=(here, rule, most / 100))


def _add(here: str, rule: Rule, most: float) -> None:
    before = quality.checks(open_workbench(), here)
    attempt_at(PLACE, quality.add, open_workbench(), here, rule, most)
    if quality.checks(open_workbench(), here) != before:
        flash(t("The rule is kept as a check."))


def _written(table: TableProfile, kind: str) -> Rule:
    """The rule as the boxes say it now."""
    fitting = [column.name for column in table.columns if _fits(kind, column.type)]
    if kind == "condition":
        text = st.text_input(t("Condition"), key="rule-condition", placeholder="price >= 0 OR refund")
        return Rule(table.name, kind, (), text)
    if kind == "enough_rows":
        return Rule(
            table.name, kind, (), str(st.number_input(t("Rows at least"), 1, 10**12, max(table.rows, 1), key="rule-rows"))
        )
    if kind == "unique":
        return Rule(table.name, kind, tuple(st.multiselect(t("Columns"), fitting, key="rule-columns")))
    column = st.selectbox(t("Column"), fitting, key=f"rule-column-{kind}", placeholder=t("No column of this table fits"))
    columns = (column,) if column else ()
    if kind == "in_order":
        other = st.selectbox(t("Not after"), [name for name in fitting if name != column], key="rule-other")
        return Rule(table.name, kind, (*columns, other) if other else columns)
    if kind == "between":
        low, high = st.columns(2)
        return Rule(
            table.name,
            kind,
            columns,
            values=(low.text_input(t("From"), key="rule-low"), high.text_input(t("To"), key="rule-high")),
        )
    if kind == "one_of":
        text = st.text_area(t("Values, a line each"), key="rule-values")
        return Rule(table.name, kind, columns, values=tuple(line for line in map(str.strip, text.splitlines()) if line))
    if kind == "matches":
        return Rule(table.name, kind, columns, st.text_input(t("Pattern of the whole text (RE2)"), key="rule-pattern"))
    if kind == "fresh":
        return Rule(table.name, kind, columns, str(st.number_input(t("Days at most"), 1, 10**6, 7, key="rule-days")))
    return Rule(table.name, kind, columns)


def _fits(kind: str, type_name: str) -> bool:
    if kind in ("in_order", "fresh"):
        return is_temporal(type_name)
    if kind == "between":
        return is_number(type_name) or is_temporal(type_name)
    return kind != "not_negative" or is_number(type_name)


def files(here: str, found: Quality) -> None:
    """The checks as files: for other tools, and to keep or to bring back."""
    with st.expander(t("Take the checks elsewhere"), icon=":material/download:"):
        if not any(one.kept for one in found.results):
            st.caption(t("You keep no check yet: all rules that were found are written."))
        left, right = st.columns(2)
        tools = {name: label for name, (label, _) in quality.TOOLS.items()}
        tool = left.selectbox(t("Tool"), list(tools), format_func=tools.__getitem__, key="export-tool")
        engines = {"duckdb": "DuckDB", "postgres": "PostgreSQL"}
        dialect = right.selectbox(
            t("Database they run in"),
            quality.DIALECTS,
            format_func=engines.__getitem__,
            key="export-dialect",
            disabled=tool == "pandera",
        )
        with guarded():
            made = quality.export(open_workbench(), here, tool, dialect, lang())
            with st.container(horizontal=True):
                st.download_button(
                    t("Download"),
                    quality.zipped(made),
                    f"checks-{tool}.zip",
                    "application/zip",
                    on_click="ignore",
                    key="get-export",
                )
                written = quality.to_yaml(quality.checks(open_workbench(), here))
                st.download_button(
                    t("The checks as YAML"), written, "checks.yaml", "application/yaml", on_click="ignore", key="get-checks"
                )
            for rule, why in made.left_out:
                st.caption(
                    plain(
                        t("Left out: {table} {columns}: {why}", table=rule.table, columns=", ".join(rule.columns), why=tell(why))
                    )
                )
            if made.files:
                name = st.selectbox(t("Look at a file"), [path for path, _ in made.files], index=None, key=f"look-{tool}")
                if name:
                    st.code(dict(made.files)[name], language="yaml" if name.endswith("yml") else name.rsplit(".", 1)[-1])
        _reading(here)


def _reading(here: str) -> None:
    errors_at("checks-file")
    given = st.file_uploader(
        t("Checks from a file (YAML): they take the place of those you keep"), type=["yaml", "yml"], key="checks-file"
    )
    if given is not None:
        st.button(t("Use these checks"), key="use-checks", on_click=_use, args=(here, given.getvalue()))


def _use(here: str, content: bytes) -> None:
    wb = open_workbench()
    attempt_at("checks-file", lambda: quality.set_checks(wb, here, quality.read_yaml(content.decode("utf-8", "replace"))))


def dismissed(here: str) -> None:
    """Rules that are not found any more, and the way back."""
    wb = open_workbench()
    gone = quality.checks(wb, here).dismissed
    if not gone:
        return
    with st.expander(t("Rules you do not want to see"), icon=":material/visibility_off:"):
        for rule in gone:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(rule.table)}**: {plain(quality.said(rule))}", width="stretch")
                args = (PLACE, quality.bring_back, wb, here, rule)
                st.button(t("Bring back"), key=f"back-{hash(rule)}", on_click=attempt_at, args=args)
