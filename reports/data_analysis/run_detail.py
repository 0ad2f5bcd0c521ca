"""What pipelines did: the last run of each, step by step."""

from __future__ import annotations

from core.models.pipeline import RunResult
from core.models.report import Block, Paragraph, Section, TableBlock
from core.words import clock_time, msg
from reports import sql
from reports.data_analysis.known import Known


def section(known: Known) -> Section:
    last = {run.pipeline: run for run in reversed(known.runs)}
    blocks = tuple(_run(known, run) for run in last.values()) or (_none(),)
    return Section("runs", msg("Pipelines"), blocks)


def _none() -> Block:
    return Paragraph(
        msg(
            "No pipeline has run yet. The Pipeline step suggests one from the relations and runs it; `python -m core run` does the same for a saved one."
        )
    )


def _run(known: Known, run: RunResult) -> TableBlock:
    places = {node: sql.file_name(place) for node, place in run.wrote}
    title = msg(
        "{pipeline}: {engine}, {date}, {time}",
        pipeline=run.pipeline,
        engine=run.engine,
        date=run.started.strftime("%Y-%m-%d %H:%M UTC"),
        time=clock_time(run.seconds),
    )
    header = (msg("Step"), msg("Rows"), msg("Time"), msg("Written to"))
    rows = tuple((node.id, node.rows, clock_time(node.seconds), places.get(node.id)) for node in run.nodes)
    queries = tuple(
        known.book.run(msg("{pipeline}: rows of the step {node}", pipeline=run.pipeline, node=node.id), known.names(node.sql))
        for node in run.nodes
    )
    whole = known.book.run(msg("{pipeline}: the time of the run and of each step, as measured", pipeline=run.pipeline))
    return TableBlock(title, header, rows, whole, queries)
