"""Rows on their way out of the workspace: a stop in the middle, and where they came from."""

from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from core.engines.rows import batches
from core.errors import Cancelled
from core.models.source import Source
from core.task import Task
from core.workbench.connect import file_of


class Stopping(Task):
    """Keeps what stops the statement that runs."""

    @contextmanager
    def interruptible(self, interrupt):
        self.stop = interrupt
        yield


def test_a_stop_amid_the_rows_is_a_stop_whatever_the_target_makes_of_it(tmp_path: Path):
    file = str(tmp_path / "rows.parquet")
    duckdb.execute("COPY (SELECT i, repeat('x', 50) AS t FROM range(2000000) r(i)) TO $f", {"f": file})
    task, read = Stopping(), 0

    def write_all():
        nonlocal read
        with batches([file], task) as (_, rows):
            try:
                for batch in rows:
                    read += batch.num_rows
                    task.stop()
            except duckdb.Error as error:
                raise ValueError("the target cannot go on") from error

    with pytest.raises(Cancelled):
        write_all()
    assert 0 < read < 2_000_000


def test_the_file_of_a_source_is_known_however_it_was_named(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    for path in (file, tmp_path, tmp_path / "*.csv", tmp_path / ".." / tmp_path.name / "a.csv"):
        assert file_of(Source("csv", (("path", str(path)),), ("a.csv",))) == file.resolve()
    assert file_of(Source("postgres", (("host", "h"),), ("public", "t"))) is None
