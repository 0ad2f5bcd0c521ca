"""The table definitions, what was proven of them by execution, and the keys and indexes."""

from __future__ import annotations

from core.models.design import Design, Index, IndexProof, Proof, TableDesign, TableProof
from core.models.report import Block, Bullets, Callout, Code, Paragraph, Section, TableBlock
from core.words import Msg, clock_time, msg, plural, size
from reports import masks
from reports.data_analysis.known import Known, primary_key

SHOWN_DIALECTS = 2
"""Dialects whose statements are printed; the others are a click away in the DDL step."""


def section(known: Known) -> Section:
    blocks = _designed(known, known.design) if known.design and known.design.tables else (Paragraph(_none()),)
    return Section("ddl", msg("Tables, keys and indexes"), (*_keys(known), *blocks))


def _none() -> Msg:
    return msg("There is no DDL yet: open the DDL step, or run `python -m core ddl`. It executes what it proposes.")


def _keys(known: Known) -> tuple[Block, ...]:
    items, queries = [], []
    for table in known.tables:
        key = primary_key(table)
        if key is None:
            continue
        said = msg("Make ({key}) the primary key of {table}", key=", ".join(key.columns), table=table.name)
        for evidence in key.evidence:
            said = msg("{said}; {evidence}", said=said, evidence=evidence)
        items.append(said)
        queries.append((known.key(table, key), known.rows(table)))
    return (Bullets(tuple(items), False, tuple(queries)),) if items else ()


def _designed(known: Known, design: Design) -> tuple[Block, ...]:
    return (*_proofs(known, design), *_choices(known, design), *_notes(known, design), *_statements(design))


def proof_entry(known: Known, proof: Proof) -> str:
    """The entry of a proof as a whole."""
    return known.book.run(
        plural(
            "{engine}: the DDL was executed, up to {n} row of each table loaded and read back",
            "{engine}: the DDL was executed, up to {n} rows of each table loaded and read back",
            n=proof.sample_rows,
            engine=proof.engine,
        )
    )


def _proofs(known: Known, design: Design) -> tuple[Block, ...]:
    if not design.proofs:
        said = msg("The DDL was parsed by the grammar of each dialect but not executed: start the proof in the DDL step.")
        return (Callout("warning", said),)
    blocks: list[Block] = []
    for proof in design.proofs:
        blocks += [verdict(known, proof), _proof_table(known, proof), *_index_table(known, design, proof)]
    return tuple(blocks)


def verdict(known: Known, proof: Proof) -> Callout:
    entry = (proof_entry(known, proof),)
    if proof.passed:
        said = plural(
            "{engine} executed the DDL of {n} table and gave every loaded row back equal",
            "{engine} executed the DDL of {n} tables and gave every loaded row back equal",
            n=len(proof.tables),
            engine=proof.engine,
        )
        return Callout("good", said, entry)
    failed = [table.table for table in proof.tables if not (table.executed and table.rows_equal)]
    said = msg(
        "{engine} did not pass: {tables}. The differences are in the table below.", engine=proof.engine, tables=", ".join(failed)
    )
    return Callout("serious", said, entry)


def _proof_table(known: Known, proof: Proof) -> TableBlock:
    header = (msg("Table"), msg("Executed"), msg("Rows loaded"), msg("Read back equal"), msg("On disk"), msg("Time"))
    rows = tuple(
        (
            table.table,
            _yes(table.executed),
            table.rows_loaded,
            _equal(table),
            size(table.bytes) if table.bytes is not None else None,
            clock_time(table.seconds),
        )
        for table in proof.tables
    )
    return TableBlock(msg("Proof on {engine}", engine=proof.engine), header, rows, proof_entry(known, proof))


def _yes(truth: bool) -> Msg:
    return msg("yes") if truth else msg("no")


def _equal(table: TableProof) -> Msg:
    said = _yes(table.rows_equal)
    for difference in table.differences:
        said = msg("{said}; {difference}", said=said, difference=difference)
    return said


def _index_table(known: Known, design: Design, proof: Proof) -> tuple[Block, ...]:
    asked = [(table.table, index) for table in proof.tables for index in table.indexes]
    if not asked:
        return ()
    made = {(table.name, index.name): index for table in design.tables for index in table.indexes}
    header = (msg("Table"), msg("Index"), msg("Columns"), msg("Verdict"), msg("Because"))
    rows = tuple(
        (table, index.index, _columns(made.get((table, index.index))), _status(index), index.because) for table, index in asked
    )
    queries = tuple(_index_entry(known, proof, table, index) for table, index in asked)
    return (TableBlock(msg("Indexes, asked of the planner of {engine}", engine=proof.engine), header, rows, "", queries),)


def _index_entry(known: Known, proof: Proof, table: str, index: IndexProof) -> str:
    about = msg(
        "{engine}: whether the planner uses {index} of {table}; values of the data are written as masks",
        engine=proof.engine,
        index=index.index,
        table=table,
    )
    return known.book.run(about, masks.masked(index.query, proof.dialect))


def _columns(index: Index | None) -> str | None:
    return ", ".join(index.columns) if index else None


def _status(index: IndexProof) -> Msg:
    return {"kept": msg("kept"), "dropped": msg("dropped"), "not tried": msg("not tried")}[index.status]


def _choices(known: Known, design: Design) -> tuple[Block, ...]:
    return _bullets(known, [said for table in design.tables for said in _of_table(table)])


def _bullets(known: Known, items: list[Msg]) -> tuple[Block, ...]:
    return (Bullets(tuple(items), False, ((_entry(known),),) * len(items)),) if items else ()


def _entry(known: Known) -> str:
    return known.book.rule(msg("Design rules: types, keys, partitions and sort keys follow from the figures of the profile"))


def _of_table(table: TableDesign) -> list[Msg]:
    said = []
    if table.partition:
        said.append(
            msg(
                "{table}: partition by {column} ({kind}). {because}",
                table=table.name,
                column=table.partition.column,
                kind=table.partition.kind,
                because=table.partition.because,
            )
        )
    if table.order_by:
        said.append(
            msg(
                "{table}: keep rows sorted by {columns} where the engine can", table=table.name, columns=", ".join(table.order_by)
            )
        )
    return said


def _notes(known: Known, design: Design) -> tuple[Block, ...]:
    """What the design leaves out on purpose, and what a dialect cannot say, each note once with its tables."""
    own = {(table.name, note) for table in design.tables for note in table.notes}
    said: dict[tuple[str, Msg], list[str]] = {}
    for ddl in design.ddl:
        for note in ddl.notes:
            if ddl.dialect in _shown(design) and (ddl.table, note) not in own:
                said.setdefault((ddl.dialect, note), []).append(ddl.table)
    general = [msg("{table}: {note}", table=table.name, note=note) for table in design.tables for note in table.notes]
    blocks = _bullets(known, general)
    if not said:
        return blocks
    header = (msg("Dialect"), msg("Note"), msg("Tables"))
    rows = tuple((dialect, note, ", ".join(tables)) for (dialect, note), tables in said.items())
    return (*blocks, TableBlock(msg("What a dialect cannot say, or says in its own way"), header, rows, _entry(known)))


def _shown(design: Design) -> tuple[str, ...]:
    """The dialects that were executed, else the first."""
    proven = [proof.dialect for proof in design.proofs if proof.dialect in design.dialects]
    return tuple(dict.fromkeys(proven))[:SHOWN_DIALECTS] or design.dialects[:1]


def _statements(design: Design) -> tuple[Block, ...]:
    shown = _shown(design)
    codes = tuple(
        Code("sql", design.script(dialect).strip(), msg("DDL for {dialect}", dialect=dialect), design.comments(dialect))
        for dialect in shown
        if design.script(dialect)
    )
    rest = [dialect for dialect in design.dialects if dialect not in shown]
    if not rest:
        return codes
    said = msg("The same tables are also defined for {dialects}: take those from the DDL step.", dialects=", ".join(rest))
    return (*codes, Paragraph(said))
