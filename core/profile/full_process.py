"""The other end of `full.py`: makes a report of a Parquet file with fg-data-profiling. Run as a script, it imports nothing of the project.

full_process.py ROWS.parquet REPORT.html TITLE full|minimal      # progress on stderr, as tqdm writes it
"""

from __future__ import annotations

import sys


def main(rows: str, report: str, title: str, how: str) -> None:
    import pyarrow.parquet as pq
    from data_profiling import ProfileReport

    frame = pq.read_table(rows).to_pandas()
    made = ProfileReport(frame, title=title, minimal=how == "minimal", progress_bar=True)
    made.config.html.inline = True
    made.to_file(report, silent=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
