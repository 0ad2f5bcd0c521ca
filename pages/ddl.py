"""DDL: table definitions that were executed, with the rows read back and the plan of every index."""

from __future__ import annotations

import streamlit as st

from app.frame import go
from app.session import attempt, lang, open_workbench, plain, project, t, tell, tn
from app.widgets.boxes import empty
from app.widgets.jobs import watch
from app.widgets.stale import old_profile
from core.models.design import Ddl, Design, IndexProof, Proof, TableDesign, TableProof
from core.words import clock_time, msg, size
from core.workbench import ddl, profile

_MARKS = {
    "kept": ":green[:material/check_circle:]",
    "dropped": ":gray[:material/block:]",
    "not tried": ":blue[:material/help:]",
}


def main() -> None:
    st.title(t("DDL"))
    here = project()
    if here is None or not profile.known(open_workbench(), here.id):
        empty(t("No tables to define yet"), t("Table definitions are worked out from the profile."), "profile", t("Open Profile"))
        return
    wb = open_workbench()
    old_profile(here.id)
    busy = watch(here.id, ("ddl",))
    found = ddl.latest(wb, here.id)
    if found is None:
        if not busy:
            st.markdown(
                t(
                    "Exact types, keys, partitions and indexes for PostgreSQL and ClickHouse. They are executed here on real engines: your rows, a sample of large tables, are loaded and read back, and an index stays only if the planner uses it or it keeps values unique."
                )
            )
            st.button(
                t("Design and prove the tables"), type="primary", key="design", on_click=attempt, args=(ddl.start, wb, here.id)
            )
        return
    if ddl.stale(wb, here.id) and not busy:
        st.warning(t("A newer profile was taken since."))
    _head(here.id, found, busy)
    for tab, dialect in zip(st.tabs([_name(found, one) for one in found.dialects]), found.dialects, strict=True):
        with tab:
            _dialect(found, dialect)


def _name(found: Design, dialect: str) -> str:
    proof = _proof(found, dialect)
    mark = "" if proof is None else ":green[:material/check_circle:] " if proof.passed else ":red[:material/cancel:] "
    return mark + {"postgres": "PostgreSQL", "clickhouse": "ClickHouse"}.get(dialect, dialect)


def _proof(found: Design, dialect: str) -> Proof | None:
    return next((proof for proof in found.proofs if proof.dialect == dialect), None)


def _head(here: str, found: Design, busy: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("Design and prove again"), key="design", disabled=busy, on_click=attempt, args=(ddl.start, open_workbench(), here)
        )
        for dialect in found.dialects:
            st.download_button(
                f"{dialect}.sql",
                found.script(dialect, lang()),
                f"{dialect}.sql",
                "application/sql",
                on_click="ignore",
                icon=":material/download:",
                key=f"get-{dialect}",
            )
        st.space("stretch")
        if st.button(t("Go on: pipeline"), type="primary", icon=":material/arrow_forward:", key="next"):
            go("pipeline")


def _dialect(found: Design, dialect: str) -> None:
    proof = _proof(found, dialect)
    if proof is None:
        st.info(t("These statements were written, not executed."))
    else:
        _verdict(proof)
    proofs = {one.table: one for one in proof.tables} if proof else {}
    designs = {one.name: one for one in found.tables}
    for number, statements in enumerate(one for one in found.ddl if one.dialect == dialect):
        with st.expander(
            f"**{plain(statements.table)}** {_verdict_of(proofs.get(statements.table), designs.get(statements.table))}",
            expanded=number == 0,
        ):
            _table(statements, designs.get(statements.table), proofs.get(statements.table))


def _verdict(proof: Proof) -> None:
    loaded = sum(table.rows_loaded for table in proof.tables)
    kept = sum(one.status == "kept" for table in proof.tables for one in table.indexes)
    dropped = sum(one.status == "dropped" for table in proof.tables for one in table.indexes)
    with st.container(horizontal=True):
        st.metric(t("Executed on"), proof.engine, border=True, width="content")
        st.metric(
            t("Rows read back equal") if proof.passed else t("Rows loaded"), tell(msg("{n}", n=loaded)), border=True, width=190
        )
        st.metric(t("Indexes kept"), str(kept), border=True, width="content")
        st.metric(t("Dropped"), str(dropped), border=True, width="content")
    if not proof.passed:
        st.error(t("The proof did not pass; the tables below say where. Do not use these statements as they are."))


def _verdict_of(proof: TableProof | None, design: TableDesign | None) -> str:
    if proof is None:
        return ""
    if not proof.executed or not proof.rows_equal:
        return f"· :red[:material/cancel:] {t('not proven')}"
    rows = design.columns[0].rows if design else proof.rows_loaded
    if proof.rows_loaded < rows:
        said = t("a sample read back equal: {n} of {all} rows", n=proof.rows_loaded, all=rows)
    else:
        said = tn("{n} row read back equal", "{n} rows read back equal", n=proof.rows_loaded)
    return f"· :green[:material/check_circle:] {said}"


def _table(statements: Ddl, design: TableDesign | None, proof: TableProof | None) -> None:
    st.code(statements.said(lang()), language="sql", wrap_lines=True)
    for note in statements.notes:
        st.caption(f":material/info: {plain(note)}")
    if design is not None and design.partition is not None:
        st.caption(f":material/view_column: {plain(design.partition.because)}")
    if proof is None:
        return
    if proof.error:
        st.error(plain(proof.error))
    for one in proof.differences:
        st.error(plain(one))
    if proof.bytes is not None:
        st.caption(
            t(
                "{size} on disk, loaded and read back in {time}",
                size=tell(size(proof.bytes)),
                time=tell(clock_time(proof.seconds)),
            )
        )
    for number, one in enumerate(proof.indexes):
        _index(one, f"{statements.dialect}-{statements.table}-{number}")


def _index(proof: IndexProof, key: str) -> None:
    words = {"kept": t("kept"), "dropped": t("dropped"), "not tried": t("not tried")}
    with st.popover(f"{_MARKS[proof.status]} {plain(proof.index)} · {words[proof.status]}", key=f"index-{key}"):
        st.markdown(plain(proof.because))
        if proof.query:
            st.code(proof.query, language="sql", wrap_lines=True)
        if proof.plan:
            st.code(proof.plan, language=None, wrap_lines=True)


main()
