"""HDFS as a file system of pyarrow's, and as `connectors.far` uses it."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import pyarrow as pa
from pyarrow import fs

from connectors.far.system import FarSystem
from connectors.webhdfs.client import Client
from connectors.webhdfs.stream import Anywhere, Flow, Upload
from connectors.webhdfs.trouble import Trouble

Status = dict[str, Any]


class Hdfs(FarSystem):
    """Files are staged under a name with a dot before it, which Spark, Hive and MapReduce take for hidden.

    A transfer is one answer or one request however small its pieces, so they are small: a slow line is not taken for a dead one.
    """

    piece: ClassVar[int] = 2**18

    def staged(self, path: str) -> str:
        folder, slash, name = path.rpartition("/")
        return f"{folder}{slash}.{name}.assay-{time.time_ns():x}"


class Handler(fs.FileSystemHandler):
    """What pyarrow asks of a file system, in operations of WebHDFS. Paths have no slash at their start; '' is the root."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handler) and self.client is other.client

    __hash__ = object.__hash__

    def get_type_name(self) -> str:
        return "webhdfs"

    def normalize_path(self, path: str) -> str:
        return path.strip("/")

    # What is there

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        return [self._look(path) for path in paths]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        base = selector.base_dir.strip("/")
        found = []
        for status in self._inside(base, selector.allow_not_found):
            info = _info(f"{base}/{status['pathSuffix']}".strip("/"), status)
            found.append(info)
            if selector.recursive and info.type == fs.FileType.Directory:
                found += self.get_file_info_selector(fs.FileSelector(info.path, recursive=True))
        return found

    def _look(self, path: str) -> fs.FileInfo:
        status = self._status(path)
        return fs.FileInfo(path, fs.FileType.NotFound) if status is None else _info(path, status)

    def _status(self, path: str) -> Status | None:
        try:
            return self.client.ask("GET", path, "GETFILESTATUS")["FileStatus"]
        except Trouble as error:
            if "FileNotFoundException" in error.kinds:
                return None
            raise

    def _inside(self, folder: str, may_miss: bool) -> list[Status]:
        try:
            listed = self.client.ask("GET", folder, "LISTSTATUS")["FileStatuses"]["FileStatus"]
        except Trouble as error:
            if may_miss and "FileNotFoundException" in error.kinds:
                return []
            raise
        return [status for status in listed if status["pathSuffix"]]  # a file lists itself, without a name

    # Bytes

    def open_input_stream(self, path: str) -> pa.NativeFile:
        return pa.PythonFile(Flow(self.client, path), mode="r")

    def open_input_file(self, path: str) -> pa.NativeFile:
        status = self.client.ask("GET", path, "GETFILESTATUS")["FileStatus"]
        return pa.PythonFile(Anywhere(self.client, path, int(status["length"])), mode="r")

    def open_output_stream(self, path: str, metadata: Any) -> pa.NativeFile:
        return pa.PythonFile(Upload(self.client, path), mode="w")

    def open_append_stream(self, path: str, metadata: Any) -> pa.NativeFile:
        raise NotImplementedError

    # Changes

    def move(self, src: str, dest: str) -> None:
        """In one step, also over a file that is there, whose rights the new one takes over.

        The NameNode knows rename with options since 2.x (`rename2`) and so does its WebHDFS, though the page of the API does not say it; a
        gateway that does not (HttpFS) answers false and has changed nothing.
        """
        there = self._status(dest)
        if there is not None:
            self.client.ask("PUT", src, "SETPERMISSION", permission=str(there["permission"]))
        said = self.client.ask("PUT", src, "RENAME", destination=f"/{dest.strip('/')}", renameoptions="OVERWRITE")
        if said.get("boolean") is False:
            raise Trouble(("no-overwrite",), "", self.client.place.address.name)

    def delete_file(self, path: str) -> None:
        self.client.ask("DELETE", path, "DELETE", recursive="false")

    def create_dir(self, path: str, recursive: bool) -> None:
        self.client.ask("PUT", path, "MKDIRS")

    def delete_dir(self, path: str) -> None:
        self.client.ask("DELETE", path, "DELETE", recursive="true")

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        raise NotImplementedError

    def delete_root_dir_contents(self) -> None:
        raise NotImplementedError

    def copy_file(self, src: str, dest: str) -> None:
        raise NotImplementedError


def _info(path: str, status: Status) -> fs.FileInfo:
    if status["type"] == "DIRECTORY":
        return fs.FileInfo(path, fs.FileType.Directory, mtime_ns=int(status["modificationTime"]) * 10**6)
    return fs.FileInfo(path, fs.FileType.File, size=int(status["length"]), mtime_ns=int(status["modificationTime"]) * 10**6)
