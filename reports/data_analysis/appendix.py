"""The appendix: how to run its queries. The entries themselves are those that every other section left in the book."""

from __future__ import annotations

from sqlglot import exp

from core.engines import duck
from core.models.report import Block, Bullets, Code, Paragraph, Section
from core.words import msg
from reports import sql
from reports.data_analysis.known import Known

VIEWS = 100
"""Views that are written out; a project with more tables repeats the pattern."""


def section(known: Known) -> Section:
    """Keep this section last: the renderers put the entries of the appendix after it."""
    intro = msg(
        "Every figure of this report names an entry here. Queries are in DuckDB's SQL over views that bear the names of the tables. Make the views from your own copy of the data, then run a query as it stands:"
    )
    kinds = (
        msg("Q: a query; it gives the figure again"),
        msg("R: a rule that worked the figure out from others"),
        msg("E: measured when something ran; its SQL, where there is one, is what ran"),
        msg("A: an assumption; change it where you know better"),
    )
    blocks: tuple[Block, ...] = (
        Paragraph(intro),
        *_views(known),
        Paragraph(
            msg(
                "`python -m core convert SOURCE TABLE.parquet` reads any source into such a file, with the same types as in this report."
            )
        ),
        Bullets(kinds),
    )
    return Section("appendix", msg("Appendix: the query behind every number"), blocks)


def _views(known: Known) -> tuple[Block, ...]:
    lines = [_view(table.name) for table in known.profile.tables[:VIEWS]]
    return (Code("sql", "\n".join(lines)),) if lines else ()


def _view(name: str) -> str:
    """`CREATE VIEW` over a file that bears the name of the table."""
    select = exp.select("*").from_(duck.parquet([f"{name}.parquet"]))
    return sql.plain(exp.Create(this=sql.table(name), kind="VIEW", expression=select)) + ";"
