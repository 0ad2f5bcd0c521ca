"""A PostgreSQL with TLS (Debian's: the embedded one is built without), and the authorities and certificates around it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.engines.errors import EngineError
from core.engines.postgres import PostgresServer, _running
from core.engines.postgres_files import account, reachable_folder
from core.models.source import Settings
from tests.servers.postgres import PASSWORD

CARDED = "carded"  # the user who must show a certificate
_HBA = f"""
local all postgres trust
hostssl all {CARDED} all scram-sha-256 clientcert=verify-full
host all postgres all scram-sha-256
"""


@dataclass(frozen=True)
class Authority:
    """An authority; `file` is its certificate."""

    folder: Path
    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    @classmethod
    def make(cls, folder: Path, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(name, key, name, key, x509.BasicConstraints(ca=True, path_length=None))
        made = cls(folder, name, key, certificate)
        made.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return made

    def issue(self, name: str, *hosts: str) -> tuple[Path, Path]:
        """The files of a certificate for `name` (a user, or the server at `hosts`) and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]) if hosts else None
        certificate = _certificate(name, key, self.name, self.key, names)
        files = self.folder / f"{self.name}-{name}.pem", self.folder / f"{self.name}-{name}.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        files[1].chmod(0o600)
        return files


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType | None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass(frozen=True)
class TlsServer:
    """The server, who signed its certificate (for the host localhost), and an authority it knows nothing of."""

    server: PostgresServer
    authority: Authority
    stranger: Authority

    def settings(self, **changes: str) -> Settings:
        dsn = self.server.dsn
        return {
            "host": "localhost",
            "port": dsn["port"],
            "database": "postgres",
            "user": "postgres",
            "password": PASSWORD,
            "sslmode": "verify-full",
            "sslrootcert": str(self.authority.file),
            **changes,
        }


def _programs() -> Path:
    from tests.conftest import no_server

    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: int(file.parts[4]))
    if not found:
        no_server("no PostgreSQL with TLS (on Debian: apt-get install postgresql)")
    return found[-1].parent


@pytest.fixture(scope="session")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """A PostgreSQL that offers TLS, wants a password from `postgres` and a certificate too from `carded`."""
    from tests.conftest import no_server

    programs, who, own = _programs(), account(), tmp_path_factory.mktemp("certificates")
    authority, stranger = Authority.make(own, "authority"), Authority.make(own, "stranger")
    certificate, key = authority.issue("server", "localhost")
    with (
        reachable_folder(tmp_path_factory.mktemp("postgres-tls"), who) as home,
        tempfile.TemporaryDirectory(prefix="assay-pg-") as sockets,
    ):
        data = home / "pgdata"
        data.mkdir(mode=0o700)
        password = home / "password"
        password.write_text(f"{PASSWORD}\n", encoding="utf-8")
        _give(who, data, password, Path(sockets))
        command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        command += ["--pwfile", str(password), "--auth-local=trust", "--auth-host=scram-sha-256"]
        user = {"user": who.uid, "group": who.gid, "extra_groups": []} if who else {}
        subprocess.run(command, check=True, capture_output=True, cwd="/", **user)
        for name, source in (("server.crt", certificate), ("server.key", key), ("authority.crt", authority.file)):
            (data / name).write_bytes(source.read_bytes())
            (data / name).chmod(0o600)
            _give(who, data / name)
        (data / "pg_hba.conf").write_text(_HBA, encoding="utf-8")
        settings = {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key", "ssl_ca_file": "authority.crt"}
        try:
            started = _running(programs, data, Path(sockets), who, PASSWORD, settings)
            server = started.__enter__()
        except EngineError as error:
            no_server(str(error))
        try:
            with server.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE ROLE {CARDED} LOGIN PASSWORD %s", (PASSWORD,))
            connection.close()
            yield TlsServer(server, authority, stranger)
        finally:
            started.__exit__(None, None, None)


def _give(who: object, *paths: Path) -> None:
    for path in paths if who else ():
        os.chown(path, who.uid, who.gid)
