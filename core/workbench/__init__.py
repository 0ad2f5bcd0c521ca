"""The only rooms that join stages, connectors and reports: one file per step of the journey.

`Workbench` is the open workspace; the modules beside it are the steps. Pages and the command line call these and nothing below.

    from core.workbench import Workbench, connect, profile, advice, ddl, pipeline, report, progress, health
"""

from core.workbench.bench import STEPS, Workbench

__all__ = ["STEPS", "Workbench"]
