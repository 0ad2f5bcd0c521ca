"""Which storage, and the rules behind it."""

from __future__ import annotations

from core.models.advice import ACCESSES, LATENCIES, NAMES, Advice, Choice, Reason
from core.models.report import Block, Chart, Paragraph, Section, TableBlock
from core.words import Msg, msg, plural
from reports.data_analysis.known import Known


def section(known: Known) -> Section:
    blocks = _advised(known, known.advice) if known.advice else (Paragraph(_none()),)
    return Section("storage", msg("Storage"), blocks)


def _none() -> Msg:
    return msg("There is no storage advice yet: open the Storage step, or run `python -m core advise`.")


def scoring(known: Known) -> str:
    """The entry behind every score."""
    return known.book.rule(
        msg("Score: 50 points to start with, plus the points of every rule that applies, kept between 0 and 100")
    )


def reason_entry(known: Known, reason: Reason) -> str:
    """The entry of one rule, with the facts it read."""
    about = msg("Rule {rule}: {because}", rule=reason.rule, because=reason.because)
    for label, value in reason.facts:
        about = msg("{before} {label}: {value}.", before=about, label=label, value=value)
    return known.book.rule(about)


def _advised(known: Known, advice: Advice) -> tuple[Block, ...]:
    best = advice.best
    said = msg(
        "{storage} fits the data set as a whole best, with {score} of 100 points.", storage=NAMES[best.storage], score=best.score
    )
    scored = scoring(known)
    blocks: list[Block] = [
        Paragraph(said, (scored,)),
        Chart(
            "hbar",
            msg("Score of each storage for the data set"),
            tuple(NAMES[choice.storage].text for choice in advice.choices),
            ((msg("Points"), tuple(float(choice.score) for choice in advice.choices)),),
            msg("points of 100"),
            scored,
        ),
        _ranking(known, advice),
        *(_reasons(known, choice) for choice in advice.choices[:2] if choice.reasons),
    ]
    if len(advice.tables) > 1:
        blocks.append(_by_table(known, advice))
    return (
        *blocks,
        Paragraph(_workload(advice), (known.book.assumption(msg("The workload, as it was stated in the Storage step")),)),
    )


def _ranking(known: Known, advice: Advice) -> TableBlock:
    header = (msg("Storage"), msg("Points"), msg("Weightiest reason"))
    rows = tuple((choice.role, choice.score, choice.reasons[0].because if choice.reasons else None) for choice in advice.choices)
    return TableBlock(msg("Ranking"), header, rows, scoring(known))


def _reasons(known: Known, choice: Choice) -> TableBlock:
    header = (msg("Rule"), msg("Points"), msg("Because"))
    rows = tuple((reason.rule, _signed(reason.points), reason.because) for reason in choice.reasons)
    queries = tuple(reason_entry(known, reason) for reason in choice.reasons)
    title = msg("Rules for and against {storage}", storage=NAMES[choice.storage])
    return TableBlock(title, header, rows, "", queries)


def _signed(points: int) -> Msg:
    return msg("+{n}", n=points) if points > 0 else msg("{n}", n=points)


def _by_table(known: Known, advice: Advice) -> TableBlock:
    header = (msg("Table"), msg("Best"), msg("Points"), msg("Next"), msg("Points"), msg("Weightiest reason"))
    rows = []
    for table in advice.tables:
        best, after = table.choices[0], table.choices[1] if len(table.choices) > 1 else None
        because = best.reasons[0].because if best.reasons else None
        rows.append(
            (
                table.table,
                NAMES[best.storage],
                best.score,
                NAMES[after.storage] if after else None,
                after.score if after else None,
                because,
            )
        )
    return TableBlock(msg("Storage by table"), header, tuple(rows), scoring(known))


def _workload(advice: Advice) -> Msg:
    said = advice.workload
    parts = [
        msg("read: {answer}", answer=ACCESSES[said.access]) if said.access != "unknown" else None,
        msg("answers wanted: {answer}", answer=LATENCIES[said.latency]) if said.latency != "unknown" else None,
        None if said.updates is None else msg("rows are updated") if said.updates else msg("rows are only added"),
        None if said.rows_per_day is None else plural("{n} row a day", "{n} rows a day", n=said.rows_per_day),
        None if said.keep_days is None else plural("kept for {n} day", "kept for {n} days", n=said.keep_days),
    ]
    known = [part for part in parts if part is not None]
    if not known:
        return msg("Nothing was said of how the data is used. Say it in the Storage step: it weighs more than any other fact.")
    joined = known[0]
    for part in known[1:]:
        joined = msg("{before}; {next}", before=joined, next=part)
    return msg("What was said of the use: {workload}.", workload=joined)
