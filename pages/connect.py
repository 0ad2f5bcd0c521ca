"""Connect: from a file, a folder or a database to tables of the project."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.frame import go
from app.session import attempt, attempt_at, choose, flash, open_workbench, plain, project, t, tell, tn
from app.widgets.adding import adding
from app.widgets.boxes import errors_at
from app.widgets.jobs import begin, watch
from app.widgets.nested import nested_parts
from app.widgets.reading import reading_names, reading_of, undecided, words
from app.widgets.results import last_results
from app.widgets.rows import count_columns, landed_rows
from app.widgets.source_form import options_form
from core.models.source import Table
from core.words import percent, size
from core.workbench import connect, profile


def main() -> None:
    st.title(t("Connect"))
    here = project()
    if here is None:
        _welcome()
        return
    wb = open_workbench()
    busy = watch(here.id, ("land", "reload", "pushdown"))
    last_results(here.id)
    tables = connect.tables(wb, here.id)
    if tables:
        _tables(here.id, tables, busy)
    else:
        _removed(here.id)
    st.subheader(t("Add data") if tables else t("Bring your data, or try the sample"))
    adding(here.id, not tables)


def _welcome() -> None:
    st.markdown(
        t(
            "From data you have never seen to a decision you can defend: what is in it, where to keep it, how to build the tables, and a report."
        )
    )
    left, right = st.columns(2, gap="medium")
    with left.container(border=True, height="stretch"):
        st.markdown(f"#### {t('Try the sample')}")
        st.markdown(t("Flights from New York in 2013: five related tables in five file formats, 368,000 rows. One click."))
        if st.button(t("Try the sample"), type="primary", key="sample"):
            _start_sample()
    with right.container(border=True, height="stretch"):
        st.markdown(f"#### {t('Your own data')}")
        st.markdown(t("Files, databases, streams and storage. Everything stays on this machine."))
        with st.form("own", border=False):
            name = st.text_input(t("Name of the project"), t("My data"), key="own-name", max_chars=80)
            if st.form_submit_button(t("Start")):
                made = attempt(open_workbench().create_project, name)
                if made:
                    choose(made.id)
                st.rerun()


def _start_sample() -> None:
    wb = open_workbench()
    taken = {one.name for one in wb.projects()}
    name = next(name for name in ("nycflights13", *(f"nycflights13 {n}" for n in range(2, 1000))) if name not in taken)
    made = attempt(wb.create_project, name)
    if made is not None:
        choose(made.id)
        begin("", connect.add_sample, wb, made.id)
    st.rerun()


# The tables of the project


def _tables(here: str, tables: tuple[Table, ...], busy: bool) -> None:
    head = [t("Table"), t("Rows"), t("Columns"), t("Size of the source"), t("In the workspace"), t("From")]
    lines = [
        {
            head[0]: table.name,
            head[1]: table.landed.rows if table.landed else None,
            head[2]: len(table.landed.columns) if table.landed else None,
            head[3]: tell(size(table.landed.source_bytes)) if table.landed else "",
            head[4]: tell(size(table.landed.bytes)) if table.landed else "",
            head[5]: _origin(table),
        }
        for table in tables
    ]
    st.caption(t("Click a row to look at the table."))
    key = f"tables-{here}-{len(tables)}"
    chosen = st.dataframe(
        lines,
        hide_index=True,
        column_config=count_columns(head[1], head[2]),
        on_select="rerun",
        selection_mode="single-row-required",
        key=key,
        placeholder="—",
        selection_default={"selection": {"rows": [0]}},
    ).selection.rows
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(
            t("Go on: profile these tables"), type="primary", icon=":material/arrow_forward:", disabled=busy, key="next"
        ):
            _profile(here)
    _removed(here)
    if chosen and chosen[0] < len(tables):
        _table(tables[chosen[0]])


def _profile(here: str) -> None:
    """Go on: take the profile, unless that of these very tables is there."""
    wb = open_workbench()
    if profile.stale(wb, here):
        attempt(profile.start, wb, here)
    go("profile")


def _origin(table: Table) -> str:
    if (file := connect.file_of(table.source)) is not None:
        return f"{table.source.kind} · {file.name}"
    where = dict(table.source.settings)
    place = where.get("endpoint") or "/".join(str(where[one]) for one in ("host", "database", "folder") if where.get(one))
    return " · ".join(part for part in (table.source.kind, str(place), "/".join(table.source.path)) if part)


def _table(table: Table) -> None:
    landed = table.landed
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {plain(table.name)}")
            with st.popover(t("Change"), key=f"change-{table.id}"):
                _change(table)
        errors_at("change")
        if landed is None:
            st.info(t("This table has not been loaded."))
            return
        if landed.rejected:
            _rejects(table)
        for note in landed.notes:
            st.info(plain(note))
        first, second, third = st.tabs([t("Rows"), t("Columns and types"), t("How it was read")])
        with first:
            landed_rows(table)
        with second:
            _types(table)
        with third:
            _reading(table)


def _change(table: Table) -> None:
    wb = open_workbench()
    name = st.text_input(t("Name"), table.name, key=f"name-{table.id}")
    st.button(
        t("Rename"),
        key=f"rename-{table.id}",
        disabled=name == table.name,
        on_click=attempt_at,
        args=("change", connect.rename, wb, table.id, name),
    )
    st.button(
        t("Load again from the source"), key=f"reload-{table.id}", on_click=begin, args=("change", connect.reload, wb, table.id)
    )
    st.button(t("Remove from the project"), key=f"remove-{table.id}", on_click=_remove, args=(table,))


def _remove(table: Table) -> None:
    attempt(connect.remove, open_workbench(), table.id)
    flash(t("Removed: {name}", name=plain(table.name)), ":material/delete:")


def _removed(here: str) -> None:
    gone = connect.removed(open_workbench(), here)
    if gone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("Removed: {name}", name=plain(gone[0].name)))
            st.button(
                t("Undo"), key=f"restore-{gone[0].id}", on_click=attempt, args=(connect.restore, open_workbench(), gone[0].id)
            )


def _rejects(table: Table) -> None:
    landed = table.landed
    share = tell(percent(landed.rejected / max(landed.rejected + landed.rows, 1)))
    st.warning(
        tn(
            "{n} row could not be placed ({share} of all). It is not in the table.",
            "{n} rows could not be placed ({share} of all). They are not in the table.",
            n=landed.rejected,
            share=share,
        )
    )
    with st.expander(t("Which rows, and why")):
        head = (t("Line"), t("Why"), t("Text"))
        st.dataframe(
            [dict(zip(head, (one.line, tell(one.reason), one.text), strict=True)) for one in landed.rejects], hide_index=True
        )
        file = Path(landed.rejects_file) if landed.rejects_file else None
        if file and file.exists():
            st.download_button(
                t("Download all of them"), file.read_bytes, f"{table.name}-rejects{file.suffix}", on_click="ignore"
            )


def _types(table: Table) -> None:
    head = (t("Column"), t("Type"), t("Read as"), t("Why not narrower"))
    lines = []
    for one in table.landed.columns:
        why = ""
        if one.refused:
            why = t(
                "row {row} holds {cell}, which is no {wanted}",
                row=one.refused.row,
                cell=one.refused.cell,
                wanted=one.refused.wanted,
            )
        if one.ambiguous:
            why = undecided(one.ambiguous)
        lines.append(dict(zip(head, (one.column.name, one.column.type, reading_of(one.read_as), why), strict=True)))
    st.dataframe(lines, hide_index=True)


def _reading(table: Table) -> None:
    if not table.landed.reading:
        st.caption(t("The format says itself how it is read; nothing had to be guessed."))
    names, values = reading_names(), words()
    for name, value, evidence in table.landed.reading:
        st.markdown(f"**{plain(names.get(name, name))}**: {plain(values.get(value, value))} — {plain(evidence)}")
    options = connect.options_of(table)
    if options:
        st.caption(t("Wrong guess? Say how it is, and the file is read again; the table keeps it."))
        said = options_form(
            options, dict(table.source.settings), table.id, {name: value for name, value, _ in table.landed.reading}
        )
        if said is not None:
            begin("read-as", connect.read_as, open_workbench(), table.id, said)
            st.rerun()
        errors_at("read-as")
    nested_parts(table)


main()
