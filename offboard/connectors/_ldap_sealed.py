"""What we must know of an account that we shut, sealed in the vault: its former passwords, and the one we set."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offboard.domain.capabilities import Vault


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sealed for one account.

    ``former`` maps the fingerprint of a former password to its stored values, in base64; sealing again only ever adds.
    ``latest`` is the fingerprint of the one that was in force when we last shut the account.
    ``probe`` is the random password that we set: ``None`` when none of ours is in force, empty when it was forgotten.
    ``stored`` is the fingerprint of what the directory holds for it, empty while nobody knows. ``lock`` says that the
    directory has the lock attribute, ``tried`` whether the probe was accepted before the lock was set; ``None`` when
    nobody has tried yet.
    """

    former: dict[str, list[str]] = field(default_factory=dict)
    latest: str = ""
    probe: str | None = None
    stored: str = ""
    lock: bool = True
    tried: bool | None = None

    @property
    def hashed(self) -> bytes:
        """The probe as directories store passwords (RFC 2307 {SSHA}); the same each time."""
        secret = (self.probe or "").encode()
        salt = hashlib.sha256(secret).digest()[:8]
        # Every directory knows this scheme, and a password of 256 random bits needs no slow hash.
        digest = hashlib.sha1(secret + salt).digest()  # noqa: S324 - see above
        return b"{SSHA}" + b64encode(digest + salt)

    def keeping(self, fingerprint: str, values: list[bytes]) -> Sealed:
        """Return this with one more former password."""
        kept = {fingerprint: [b64encode(value).decode() for value in values]}
        return replace(self, former=self.former | kept, latest=fingerprint)

    def without(self, fingerprint: str) -> Sealed:
        """Return this once a former password is back: none of ours is in force any more."""
        return Sealed(former={key: values for key, values in self.former.items() if key != fingerprint})

    def chosen(self, fingerprint: str) -> str:
        """Return which former password to put back: the one a plan saw, or, if changed since, the one we replaced."""
        return fingerprint if fingerprint in self.former else self.latest

    def values(self, fingerprint: str) -> list[bytes] | None:
        """Return the values of a former password, byte for byte, or ``None``."""
        kept = self.former.get(fingerprint)
        return None if kept is None else [b64decode(value) for value in kept]

    def with_probe(self) -> Sealed:
        """Return this with a random password, the sealed one if there is one: a write may still be on its way."""
        return self if self.probe else replace(self, probe=secrets.token_urlsafe(32), stored="", tried=None)


class Safe:
    """Keeps one sealed record per account of one system."""

    def __init__(self, vault: Vault, system: str) -> None:
        self._vault = vault
        self._system = system

    def read(self, account_id: str) -> Sealed:
        """Return what is sealed for an account; an empty record when nothing is."""
        data = self._vault.get(self._ref(account_id))
        return Sealed(**json.loads(data)) if data else Sealed()

    def write(self, account_id: str, sealed: Sealed) -> None:
        """Seal a record durably, before this returns."""
        self._vault.put(self._ref(account_id), json.dumps(asdict(sealed)).encode())

    def fingerprint(self, values: list[bytes]) -> str:
        """Return the keyed fingerprint of all stored values of a password together; their order does not count."""
        return self._vault.fingerprint(json.dumps(sorted(b64encode(value).decode() for value in values)).encode())

    def note(self, account_id: str, sealed: Sealed) -> None:
        """Seal a record durably with the next commit of our store."""
        self._vault.note(self._ref(account_id), json.dumps(asdict(sealed)).encode())

    def _ref(self, account_id: str) -> str:
        return f"{self._system}/account/{account_id}"
