"""The whole journey without a browser, on the sample: what `make demo` runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.models.report import Document
from core.store.files import write_whole
from core.task import Task
from core.words import msg
from core.workbench import advice, connect, ddl, pipeline, profile, report
from core.workbench.bench import Workbench


@dataclass(frozen=True, slots=True)
class Journey:
    """The files the journey left, and the report behind them."""

    files: tuple[Path, ...]
    document: Document


def journey(wb: Workbench, project: str, out: Path, lang: str, task: Task) -> Journey:
    """Sample → profile → advice → DDL with proof → pipeline → report; everything lands in `out`."""
    steps = [task.part(start, end) for start, end in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.8), (0.8, 0.9))]
    sources = [source for name in connect.SAMPLE_FILES for source in connect.sources_of(str(connect.SAMPLES / name))]
    for number, source in enumerate(sources):
        connect.land(wb, project, source, steps[0].part(number / len(sources), (number + 1) / len(sources)))
    profile.take(wb, project, steps[1])
    advice.make(wb, project)
    design = ddl.take(wb, project, steps[2])
    plan = pipeline.suggest(wb, project)
    ran = pipeline.run(wb, project, plan, steps[3], base=out)
    written = [*(Path(place) for _, place in ran.wrote), write_whole(out / "pipeline.yaml", pipeline.to_yaml(plan).encode())]
    for dialect in design.dialects:
        written.append(write_whole(out / "ddl" / f"{dialect}.sql", design.script(dialect).encode()))
    ready = report.document(wb, project)
    for number, format in enumerate(report.FORMATS):
        task.at(0.9 + 0.1 * number / len(report.FORMATS), msg("Writing the report as {format}", format=format))
        written.append(write_whole(out / f"report.{format}", report.made(wb, project, ready, format, lang)))
    return Journey(tuple(written), ready)
