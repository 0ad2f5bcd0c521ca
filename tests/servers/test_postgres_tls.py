"""TLS against a real PostgreSQL: what is checked in each mode, and what each refusal says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connectors.postgres import Postgres
from core.errors import ConfigError, ConnectError
from core.words import say
from tests.servers.postgres import Database
from tests.servers.postgres_tls import CARDED, TlsServer
from tests.servers.tools import without_password

pytestmark = pytest.mark.server


def lines(settings: dict) -> dict[str, tuple[str, str]]:
    return {check.name: (check.status, say(check.detail)) for check in Postgres(settings).check()}


def refused(settings: dict) -> str:
    """All that the refusal says; the check blames the encryption for it, not the sign-in."""
    with pytest.raises(ConnectError) as caught:
        Postgres(settings).open()
    found = {check.name: check for check in Postgres(settings).check()}
    assert (found["tls"].status, found["auth"].status) == ("fail", "skipped")
    assert found["tls"].fix is not None
    return without_password(caught.value)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("verify-full", "The certificate is the server's"),
        ("verify-ca", "the server's name was not compared"),
        ("require", "authority"),
        ("prefer", "Nobody looked"),
    ],
)
def test_the_session_is_encrypted_and_the_check_says_how_far_it_was_verified(tls_server: TlsServer, mode: str, said: str):
    settings = tls_server.settings(sslmode=mode)
    if mode in ("require", "prefer"):
        settings["sslrootcert"], said = "", "Nobody looked"
    with Postgres(settings) as source:
        assert source._session().info.ssl_in_use
    status, detail = lines(settings)["tls"]
    assert status == "ok"
    assert "TLSv1" in detail
    assert said in detail


@pytest.mark.parametrize("mode", ["disable", "allow"])
def test_modes_that_do_not_ask_for_encryption_get_none(tls_server: TlsServer, mode: str):
    with Postgres(tls_server.settings(sslmode=mode)) as source:
        assert not source._session().info.ssl_in_use


def test_another_authority_is_refused(tls_server: TlsServer):
    for mode in ("verify-ca", "verify-full"):
        said = refused(tls_server.settings(sslmode=mode, sslrootcert=str(tls_server.stranger.file)))
        assert "did not sign this server's certificate" in said


def test_another_host_name_is_refused_by_verify_full_alone(tls_server: TlsServer):
    said = refused(tls_server.settings(host="127.0.0.1"))
    assert "Write the host as the certificate names it" in said
    with Postgres(tls_server.settings(host="127.0.0.1", sslmode="verify-ca")) as source:
        assert source._session().info.ssl_in_use


def test_verification_without_an_authority_says_which_file_is_wanted(tls_server: TlsServer, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))  # libpq looks there
    said = refused(tls_server.settings(sslrootcert=""))
    assert "sslrootcert" in said


def test_a_server_without_tls_is_refused_where_encryption_is_asked_for(database: Database, tls_server: TlsServer):
    for mode in ("require", "verify-ca", "verify-full"):
        said = refused({**database.settings, "sslmode": mode, "sslrootcert": str(tls_server.authority.file)})
        assert "turn on ssl" in said


def test_a_client_certificate_lets_in_who_has_one(tls_server: TlsServer):
    certificate, key = tls_server.authority.issue(CARDED)
    with Postgres(tls_server.settings(user=CARDED, sslcert=str(certificate), sslkey=str(key))) as source:
        assert source.browse()


def test_without_the_client_certificate_nobody_gets_in_and_the_fix_names_the_fields(tls_server: TlsServer):
    assert "sslcert and sslkey" in refused(tls_server.settings(user=CARDED))


def test_a_client_certificate_of_a_stranger_is_refused(tls_server: TlsServer):
    certificate, key = tls_server.stranger.issue(CARDED)
    assert "does not trust this client certificate" in refused(
        tls_server.settings(user=CARDED, sslcert=str(certificate), sslkey=str(key))
    )


def test_a_key_that_others_may_read_is_refused_with_what_to_do(tls_server: TlsServer, tmp_path: Path):
    certificate, key = tls_server.authority.issue(CARDED)
    open_key = tmp_path / "open.key"
    shutil.copy(key, open_key)
    open_key.chmod(0o644)
    assert "chmod 600" in refused(tls_server.settings(user=CARDED, sslcert=str(certificate), sslkey=str(open_key)))


@pytest.mark.parametrize("changes", [{"sslrootcert": "/no/such.pem"}, {"sslcert": "/etc/hostname"}, {"sslkey": "/no/such.key"}])
def test_files_that_are_not_there_or_not_complete_are_said_before_any_network(changes: dict):
    settings = {"host": "nowhere.invalid", "database": "d", "user": "u", **changes}
    with pytest.raises(ConfigError):
        Postgres(settings).open()
