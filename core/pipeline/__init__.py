"""The pipeline stage: a graph of steps, written as YAML, checked against the tables, compiled to SQL, run on DuckDB.

read_yaml(text), to_yaml(pipeline)               # text <-> core.models.pipeline.Pipeline
lines(text)                                      # step -> its line in the YAML
check(pipeline, tables)                          # bound to columns by DuckDB's own binder -> CheckedPipeline
sql(checked, node)                               # one query with a CTE a step
preview(checked, files, node, task, limit)       # the first rows a step gives
run(checked, files, write, task, clock=…, spill=…)   # every step counted, every sink written -> RunResult
suggest(profile)                                 # a sensible pipeline to start from

A step is one file in `steps/`. Sinks are written by the caller, who knows targets; this stage knows none.
"""

from __future__ import annotations

from core.pipeline.check import check
from core.pipeline.compile import sql
from core.pipeline.run import preview, run
from core.pipeline.spec import lines, read_yaml, to_yaml
from core.pipeline.suggest import suggest

__all__ = ["check", "lines", "preview", "read_yaml", "run", "sql", "suggest", "to_yaml"]
