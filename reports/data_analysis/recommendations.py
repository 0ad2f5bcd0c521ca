"""Recommendations, each with its reasons: where to keep the data, how to define the tables, what to repair."""

from __future__ import annotations

from core.models.report import Block, Bullets, Callout, Paragraph, Section
from core.words import Msg, msg
from reports.data_analysis import ddl_part, storage_part
from reports.data_analysis.findings import weighty
from reports.data_analysis.known import Known


def section(known: Known) -> Section:
    intro = Paragraph(
        msg("Each recommendation stands with the reasons for it; none of them rests on a measurement that is not named.")
    )
    parts = (storage_part.section(known), ddl_part.section(known), _repairs(known))
    return Section("recommendations", msg("Recommendations"), (intro,), parts)


def _repairs(known: Known) -> Section:
    return Section("repairs", msg("Data to repair"), _repair_blocks(known))


def _repair_blocks(known: Known) -> tuple[Block, ...]:
    found = weighty(known.findings)
    if not found:
        return (Callout("good", msg("Nothing has to be repaired before the data is loaded.")),)
    items: list[Msg] = [msg("{remedy}. {finding}.", remedy=finding.remedy, finding=finding.text) for finding in found]
    return (Bullets(tuple(items), True, tuple(finding.queries for finding in found)),)
