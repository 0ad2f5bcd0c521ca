"""Files of HDFS over WebHDFS: CSV, Excel, JSON, Parquet and XML in its folders. Also a target."""

from __future__ import annotations

from typing import ClassVar

from pyarrow import fs

from connectors.far import line
from connectors.far.files import FORMAT, PATH, FarFiles
from connectors.far.system import MARKS, FarSystem, Found
from connectors.files.parts import NESTED
from connectors.webhdfs import probe
from connectors.webhdfs.client import DIAL, SECONDS, Client
from connectors.webhdfs.place import SIGN_IN, place_of
from connectors.webhdfs.system import Handler, Hdfs
from connectors.webhdfs.words import said
from core.errors import ConfigError
from core.models.source import Check, Field
from core.words import Msg, msg, plural

HIDDEN = (".", "_")  # what Hadoop's own FileInputFormat skips: _SUCCESS, _temporary, .part-0.crc, and files still being written


class HDFS(FarFiles):
    """A path is (folder, …, file)."""

    kind: ClassVar[str] = "hdfs"
    label: ClassVar[Msg] = msg("HDFS")
    about: ClassVar[Msg] = msg("Files in folders of Hadoop, over WebHDFS: CSV, Excel, JSON, Parquet and XML. Also a target.")
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "address",
            msg("Address of the NameNode"),
            required=True,
            example="http://namenode.example.org:9870",
            help=msg(
                "Its HTTP port: 9870, or 9871 with https://; not the RPC port (8020, 9000). Or a gateway: https://host:8443/gateway/default"
            ),
        ),
        PATH,
        Field(
            "sign_in",
            msg("Sign in with"),
            "choice",
            default="user",
            choices=SIGN_IN,
            help=msg("user is a name alone; token is a delegation token; password is for a gateway with https://."),
        ),
        Field("user", msg("User"), example="analyst", only=("sign_in", ("user", "password"))),
        Field(
            "token",
            msg("Delegation token"),
            "secret",
            help=msg("With token: as hdfs fetchdt prints it."),
            only=("sign_in", ("token",)),
        ),
        Field("password", msg("Password"), "secret", help=msg("With password only."), only=("sign_in", ("password",))),
        Field(
            "data_host",
            msg("DataNode host"),
            help=msg(
                "Only where the DataNodes' own names do not lead to them from here (a container, a tunnel): the host that does."
            ),
            advanced=True,
        ),
        Field(
            "ca_file",
            msg("Certificate file"),
            "path",
            help=msg("Who signed the server's certificate, if not a public authority."),
            advanced=True,
        ),
        FORMAT,
        NESTED,
    )

    def check(self) -> tuple[Check, ...]:
        try:
            place = place_of(self.settings)
        except ConfigError as error:
            return line.not_complete(error, probe.LINES)
        client, system = self._made()
        return line.run(
            {
                "resolve": lambda: line.resolved(place.address, DIAL),
                "reach": lambda: line.reached(place.address, DIAL),
                "tls": lambda: line.encrypted(place.address, DIAL),
                "auth": lambda: probe.signed_in(place, system),
                "permissions": lambda: self._may_read(system),
                "write": lambda: probe.may_write(client, system, self._folder(system)),
                "data": lambda: probe.data_node(client, system, self._folder(system)),
                "version": lambda: probe.version(client),
                "latency": lambda: line.latency(lambda: system.look("")),
            }
        )

    def _connect(self) -> FarSystem:
        return self._made()[1]

    def _made(self) -> tuple[Client, Hdfs]:
        place = place_of(self.settings)
        client = Client(place)
        handler = fs.PyFileSystem(Handler(client))
        return client, Hdfs(f"hdfs://{place.address.name}", handler, lambda error, path: said(place, error, path), SECONDS)

    def _may_read(self, system: FarSystem) -> line.Said:
        pattern = self._pattern
        many = any(mark in pattern for mark in MARKS)
        there = None if many else system.look(pattern)
        if not many and there is None:
            raise self._nothing_at(pattern)
        found = [there] if there and not there.folder else system.matching(pattern) if many else system.inside(pattern)
        if many and not found:
            raise self._nothing_at(pattern)
        return "ok", plural("{n} entry is visible.", "{n} entries are visible.", n=len(found)), None

    def _folder(self, system: FarSystem) -> str:
        """The folder of the settings' path: what stands before a pattern or a file."""
        parts: list[str] = []
        for part in self._pattern.split("/"):
            if any(mark in part for mark in MARKS):
                break
            parts.append(part)
        there = system.look("/".join(parts))
        return "/".join(parts if there is None or there.folder else parts[:-1])

    def _fits(self, found: Found) -> bool:
        return not found.name.startswith(HIDDEN) and super()._fits(found)
