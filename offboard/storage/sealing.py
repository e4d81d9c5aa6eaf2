"""Secrets that must be kept: encrypted with a key that stands outside the store.

The key is read from ``[store] key``; without that setting an SQLite store gets a key file of its own beside it,
readable by its owner alone. Who has the store without the key has ciphertext.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from offboard.errors import BadSettings
from offboard.storage.tables import sealed, switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from offboard.settings import SecretRef
    from offboard.storage.database import Database

SHORTEST = 32
_KEPT = select(sealed.c.content).where(sealed.c.ref == bindparam("ref"))
_TAKE_OUT = delete(sealed).where(sealed.c.ref == bindparam("ref"))
MARKED = b"offboard store"
"""What the key's own mark in the store is made of."""


def store_key(reference: SecretRef | None, database: Path | None) -> bytes:
    """Return the store's key.

    Raises:
        BadSettings: it cannot be read, is too short, or there is no place to keep one.
    """
    if reference:
        key = reference.resolve("store.key").encode()
    elif database:
        key = _key_file(database.with_suffix(database.suffix + ".key"))
    else:
        raise BadSettings("store.key: missing", hint='Add key = { env = "OFFBOARD_STORE_KEY" } under [store].')
    if len(key) < SHORTEST:
        raise BadSettings(f"store.key: shorter than {SHORTEST} characters", hint="Make one: openssl rand -hex 32")
    return key


def _key_file(path: Path) -> bytes:
    """Return the key that stands in this file, made when there is none: whole at once, whoever else makes one."""
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b16encode(os.urandom(32)))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_bytes()


class SealedVault:
    """Keeps secrets encrypted in the store (capability ``Vault``)."""

    def __init__(self, database: Database, key: bytes) -> None:
        """Work with this key, which must be the one that the store was made with.

        Raises:
            BadSettings: it is another one.
        """
        self._database = database
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(key, b"seal")))
        self._print_key = _derive(key, b"fingerprint")
        self._noted: dict[str, bytes] = {}
        self._noting = threading.Lock()
        database.riders.append(self)
        mark, known = self.fingerprint(MARKED), self._mark()
        if known is None:
            with contextlib.suppress(IntegrityError):
                database.write(lambda connection: connection.execute(insert(switches).values(name="key", value=mark)))
            known = self._mark()
        if known != mark:
            raise BadSettings(
                "store.key: not the key that this store was made with",
                hint="Put the former key back; without it neither what is sealed nor the signature is ours.",
            )

    def _mark(self) -> str | None:
        with self._database.read() as connection:
            return connection.execute(select(switches.c.value).where(switches.c.name == "key")).scalar()

    def put(self, ref: str, secret: bytes) -> None:
        """Keep a secret durably under ``ref``, before this returns; what is kept so already costs nothing."""
        with self._noting:
            noted = self._noted.pop(ref, None)
        if noted is not None or self._kept(ref) != secret:
            self._database.write(lambda connection: self._keep(connection, ref, secret))

    def note(self, ref: str, secret: bytes) -> None:
        """Keep a secret durably with whatever the store commits next; until then it is there for this process alone."""
        with self._noting:
            self._noted[ref] = secret

    def board(self, connection: Connection) -> Callable[[], None]:
        """Keep what was noted so far within this transaction; what is returned is called once it is on disk."""
        with self._noting:
            aboard = dict(self._noted)
        for ref, secret in aboard.items():
            self._keep(connection, ref, secret)

        def landed() -> None:
            with self._noting:
                for ref, secret in aboard.items():
                    if self._noted.get(ref) is secret:
                        del self._noted[ref]

        return landed

    def flush(self) -> None:
        """Make durable what is still only noted."""
        if self._noted:
            self._database.write(lambda _: None)

    def get(self, ref: str) -> bytes | None:
        """Return the secret, also one that is only noted, or ``None``.

        Raises:
            BadSettings: the store's key is not the one that sealed it.
        """
        with self._noting:
            noted = self._noted.get(ref)
        return self._kept(ref) if noted is None else noted

    def _keep(self, connection: Connection, ref: str, secret: bytes) -> None:
        connection.execute(_TAKE_OUT, {"ref": ref})
        connection.execute(insert(sealed), {"ref": ref, "content": self._fernet.encrypt(secret)})

    def _kept(self, ref: str) -> bytes | None:
        with self._database.read() as connection:
            content = connection.execute(_KEPT, {"ref": ref}).scalar()
        if content is None:
            return None
        try:
            return self._fernet.decrypt(bytes(content))
        except InvalidToken as error:
            raise BadSettings("store.key: not the key that this store was sealed with") from error

    def fingerprint(self, secret: bytes) -> str:
        """Return a keyed fingerprint (16 hex digits) that is equal for equal secrets and tells nothing else."""
        return hmac.new(self._print_key, secret, hashlib.sha256).hexdigest()[:16]


def signing_key(key: bytes) -> Ed25519PrivateKey:
    """Return the key that signs the heads of the evidence (Ed25519, RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(_derive(key, b"sign"))


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"offboard/" + purpose).derive(key)
