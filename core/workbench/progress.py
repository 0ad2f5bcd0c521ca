"""How far a project is: which steps of the journey are done for the tables as they are now, and which can be opened."""

from __future__ import annotations

from core.workbench import advice, connect, ddl, pipeline, profile, pushdown, report
from core.workbench.bench import STEPS, Workbench


def done(wb: Workbench, project: str) -> dict[str, bool]:
    """Step → whether its result is there for the present tables; none is done because its page was opened.

    connect: a table is loaded. profile: it was taken of these tables. advice: the person said how the data are read, or took the advice on
    this profile. ddl: the statements for this profile were executed and every row read back equal. pipeline: one that is still
    there has run since this profile. report: one was handed out since this profile.
    """
    made = dict.fromkeys(STEPS, False)
    made["connect"] = any(table.landed for table in connect.tables(wb, project))
    if not made["connect"] or profile.stale(wb, project):
        return made
    ran = any(profile.newer(wb, project, "run", name) for name in pipeline.names(wb, project))
    return {
        **made,
        "profile": True,
        "advice": advice.settled(wb, project),
        "ddl": ddl.proven(wb, project),
        "pipeline": ran,
        "report": any(profile.newer(wb, project, "report", name) for name in report.kept(wb, project)),
    }


def unlocked(wb: Workbench, project: str) -> set[str]:
    """The steps whose inputs are there: all of them once there is a profile, be it an old one (their pages say that it is old)."""
    if profile.known(wb, project):
        return set(STEPS)
    loaded = any(table.landed for table in connect.tables(wb, project))
    return {"connect", "profile"} if loaded or pushdown.known(wb, project) else {"connect"}
