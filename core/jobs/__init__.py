"""Long work in the background: a job is written down before it starts, says how far it is, can be stopped, and is never lost.

    runner = JobRunner(store, {"profile": profile_work})      # name → function(task, args) giving plain JSON
    job = runner.submit("profile", project, msg("Profile"), {"project": project})
    runner.cancel(job.id)
    runner.close()

Pages only read `store.jobs`. What a killed process left behind is found by the next one and marked `cut off`.
"""

from core.jobs.runner import JobRunner, Work

__all__ = ["JobRunner", "Work"]
