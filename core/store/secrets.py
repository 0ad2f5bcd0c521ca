"""Secrets: in the system's keyring where there is one, else in a file encrypted with a key only the owner can read.

A secret is kept under `<connection id>/<field>`. Nothing else in Assay stores one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken

from core.errors import ConfigError
from core.words import msg

SERVICE = "assay"


class Secrets(Protocol):
    """A place for secrets. `backend` names it for the settings page."""

    backend: str

    def put(self, name: str, secret: str) -> None: ...

    def get(self, name: str) -> str | None: ...

    def forget(self, name: str) -> None: ...


class KeyringSecrets:
    """The system's keyring (macOS Keychain, Windows Credential Locker, Secret Service)."""

    def __init__(self, ring) -> None:
        self._ring = ring
        self.backend = type(ring).__module__.rpartition(".")[2]

    def put(self, name: str, secret: str) -> None:
        self._ring.set_password(SERVICE, name, secret)

    def get(self, name: str) -> str | None:
        return self._ring.get_password(SERVICE, name)

    def forget(self, name: str) -> None:
        if self._ring.get_password(SERVICE, name) is not None:
            self._ring.delete_password(SERVICE, name)


class FileSecrets:
    """A file encrypted with Fernet (AES-128-CBC and HMAC-SHA256); the key lies beside it, readable by its owner only."""

    backend = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, secret: str) -> None:
        self._write({**self._read(), name: secret})

    def get(self, name: str) -> str | None:
        return self._read().get(name)

    def forget(self, name: str) -> None:
        held = self._read()
        if held.pop(name, None) is not None:
            self._write(held)

    def _key(self) -> Fernet:
        path = self._folder / "secrets.key"
        if not path.exists():
            _write_private(path, Fernet.generate_key())
        return Fernet(path.read_bytes())

    def _read(self) -> dict[str, str]:
        path = self._folder / "secrets.enc"
        if not path.exists():
            return {}
        try:
            return json.loads(self._key().decrypt(path.read_bytes()))
        except InvalidToken as error:
            raise ConfigError(
                msg("The saved passwords cannot be read"),
                msg("The key in the workspace does not fit the file they are encrypted in."),
                msg("Put the old secrets.key back, or delete secrets.enc in the workspace and enter the passwords again."),
            ) from error

    def _write(self, held: dict[str, str]) -> None:
        _write_private(self._folder / "secrets.enc", self._key().encrypt(json.dumps(held).encode()))


def _write_private(path: Path, data: bytes) -> None:
    """Write in one step, readable by the owner only."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(staged, path)


def open_secrets(folder: Path) -> Secrets:
    """The keyring where a usable one is present and `ASSAY_SECRETS` is not `file`; else the encrypted file in `folder`."""
    if os.environ.get("ASSAY_SECRETS") != "file":
        ring = _usable_keyring()
        if ring is not None:
            return KeyringSecrets(ring)
    return FileSecrets(folder)


def _usable_keyring():
    import keyring
    from keyring.backends import fail, null

    ring = keyring.get_keyring()
    usable = not isinstance(ring, (fail.Keyring, null.Keyring)) and ring.priority >= 1
    return ring if usable else None
