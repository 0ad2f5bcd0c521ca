"""Implementation roadmap: what to do in which order, and how long it may take, from facts and rates that are said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.models.advice import NAMES
from core.models.design import Proof, TableProof
from core.models.report import Block, Callout, Paragraph, Section, TableBlock
from core.words import Msg, clock_time, msg, plural
from reports.data_analysis.findings import weighty
from reports.data_analysis.known import Known

FINDING, TABLE, RELATION, COLUMN, PIPELINE, FIXED = 30, 15, 10, 1, 120, 60
"""Minutes of a person's time for one of each: assumptions, shown as such in the appendix."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, the facts its effort follows from, minutes of work, and the appendix entry behind the facts."""

    what: Msg
    basis: Msg
    minutes: int
    entry: str


Builder = Callable[[Known], "Step | None"]


def section(known: Known) -> Section:
    return Section("roadmap", msg("Implementation roadmap"), _blocks(known))


def steps(known: Known) -> tuple[Step, ...]:
    """The steps that these facts call for, in the order to take them."""
    return tuple(step for step in (build(known) for build in STEPS) if step is not None)


def rates(known: Known) -> str:
    """The entry behind every effort."""
    return known.book.assumption(
        msg(
            "Effort in minutes of a person's time: {finding} for a finding, {table} for a table, {relation} for a relation, {column} for a column to review, {pipeline} for a pipeline, {fixed} for a decision",
            finding=FINDING,
            table=TABLE,
            relation=RELATION,
            column=COLUMN,
            pipeline=PIPELINE,
            fixed=FIXED,
        )
    )


def hours(minutes: int) -> Msg:
    """Working time, in quarters of an hour."""
    if minutes < 60:
        return msg("{n} min", n=minutes)
    return msg("{n} h", n=round(minutes / 15) / 4)


def total(known: Known) -> int:
    """Minutes of all steps."""
    return sum(step.minutes for step in steps(known))


def _blocks(known: Known) -> tuple[Block, ...]:
    header = (msg("Step"), msg("What to do"), msg("Follows from"), msg("Effort"))
    taken = steps(known)
    rows = tuple((place, step.what, step.basis, hours(step.minutes)) for place, step in enumerate(taken, start=1))
    said = msg("In all about {hours} of one person's time, on rates that are assumptions.", hours=hours(total(known)))
    table = TableBlock(msg("Steps in order"), header, rows, rates(known), tuple(step.entry for step in taken))
    return (table, Callout("info", said, (rates(known),)), *_loading(known))


def _repair(known: Known) -> Step | None:
    found = weighty(known.findings)
    if not found:
        return None
    basis = plural("{n} finding that calls for a decision", "{n} findings that call for a decision", n=len(found))
    entry = next((query for finding in found for query in finding.queries), rates(known))
    return Step(msg("Repair the data or decide to live with it: see the quality findings"), basis, FINDING * len(found), entry)


def _personal(known: Known) -> Step | None:
    basis = plural("{n} column", "{n} columns", n=known.columns)
    what = msg("Mark the columns that hold personal data, and settle who may read them")
    return Step(what, basis, max(15, COLUMN * known.columns), known.all_columns())


def _say_use(known: Known) -> Step | None:
    if known.advice and known.advice.workload.access != "unknown":
        return None
    basis = msg("The use of the data was not stated")
    entry = known.book.assumption(msg("The workload, as it was stated in the Storage step"))
    return Step(msg("Say how the data will be read and written, and look at the storage advice again"), basis, FIXED, entry)


def _create(known: Known) -> Step | None:
    count = len(known.profile.tables)
    basis = plural("{n} table", "{n} tables", n=count)
    if known.design is None or not known.design.tables:
        return Step(msg("Make the DDL and have it proven in the DDL step"), basis, TABLE * count, known.all_tables())
    if known.advice:
        what = msg("Create the tables on {storage} with the proven DDL", storage=NAMES[known.advice.best.storage])
    else:
        what = msg("Create the tables with the proven DDL")
    return Step(what, basis, TABLE * count, known.all_tables())


def _load(known: Known) -> Step | None:
    basis = plural("{n} row", "{n} rows", n=known.profile.rows)
    return Step(msg("Load all rows, and compare the counts with this report"), basis, FIXED, known.all_rows())


def _relate(known: Known) -> Step | None:
    found = known.profile.foreign_keys
    if not found:
        return None
    sound = sum(not relation.orphans for relation in found)
    basis = msg("{all} relations, {sound} of them without orphans", all=len(found), sound=sound)
    what = msg("Add the foreign keys that hold, and leave joins where rows have no match")
    return Step(what, basis, RELATION * len(found), known.relation(found[0]))


def _pipelines(known: Known) -> Step | None:
    ran = {run.pipeline: run for run in known.runs}
    if not ran:
        what, basis = msg("Build the first pipeline on these tables and run it"), msg("No pipeline has run yet")
        return Step(what, basis, PIPELINE, known.book.run(msg("Runs of pipelines in this project")))
    basis = plural("{n} pipeline has run", "{n} pipelines have run", n=len(ran))
    what = msg("Review what the pipelines wrote, and let them run where the data now lies")
    return Step(what, basis, FIXED * len(ran), known.book.run(msg("Runs of pipelines in this project")))


def _watch(known: Known) -> Step | None:
    basis = plural("{n} table", "{n} tables", n=len(known.profile.tables))
    return Step(msg("Profile again after the next delivery and compare it with this report"), basis, FIXED, known.all_tables())


STEPS: tuple[Builder, ...] = (_repair, _personal, _say_use, _create, _load, _relate, _pipelines, _watch)


def _loading(known: Known) -> tuple[Block, ...]:
    """How long a machine takes to load all rows, from what a proof measured on its largest table."""
    proofs = known.design.proofs if known.design else ()
    timed = [(proof, _largest(proof)) for proof in proofs]
    return tuple(
        Paragraph(
            msg(
                "Machine time to load {rows} on {engine}: about {time}, at the rate at which {table} was loaded, read back and asked about.",
                rows=plural("{n} row", "{n} rows", n=known.profile.rows),
                engine=proof.engine,
                time=clock_time(known.profile.rows * table.seconds / table.rows_loaded),
                table=table.table,
            ),
            (known.all_rows(), _rate_entry(known, proof, table)),
        )
        for proof, table in timed
        if table is not None
    )


def _largest(proof: Proof) -> TableProof | None:
    timed = [table for table in proof.tables if table.rows_loaded and table.seconds > 0]
    return max(timed, key=lambda table: table.rows_loaded, default=None)


def _rate_entry(known: Known, proof: Proof, table: TableProof) -> str:
    about = plural(
        "{engine}: {n} row of {table} in {time}, as measured in the proof",
        "{engine}: {n} rows of {table} in {time}, as measured in the proof",
        n=table.rows_loaded,
        engine=proof.engine,
        table=table.table,
        time=clock_time(table.seconds),
    )
    return known.book.run(about)
