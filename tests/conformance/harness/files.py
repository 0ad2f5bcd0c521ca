"""What the kinds of files share in the suite."""

from __future__ import annotations

import pyarrow as pa

from tests.conformance.harness.base import Harness, Place


class FileHarness(Harness):
    """A file in the folder of the test; `suffix` names it."""

    suffix: str

    def write(self, rows: pa.Table, file) -> None:
        raise NotImplementedError

    def put(self, rows: pa.Table) -> Place:
        file = self.folder / f"rows{self.suffix}"
        self.write(rows, file)
        return Place({"path": str(file)}, (file.name,))

    def missing(self) -> Place:
        self.put(pa.table({"a": [1]}))
        (self.folder / f"other{self.suffix}").write_bytes((self.folder / f"rows{self.suffix}").read_bytes())
        return Place({"path": str(self.folder)}, (f"gone{self.suffix}",))

    def nowhere(self) -> Place:
        return Place({"path": str(self.folder / "no" / f"such{self.suffix}")}, ())

    def written(self, place: Place):
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}


class FileTarget(FileHarness):
    """A kind of file that is written to as well."""

    def target(self) -> Place:
        file = self.folder / f"out{self.suffix}"
        return Place({"path": str(file)}, (file.name,))
