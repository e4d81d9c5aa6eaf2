"""Dovecot with Pigeonhole, by doveadm's HTTP API: mailboxes, open sessions and Sieve scripts, for any user."""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from offboard.connectors._doveadm import Doveadm
from offboard.connectors._dovecot_sieve import SieveScripts, means_one
from offboard.connectors._loopback import is_loopback
from offboard.domain.capabilities import Health
from offboard.domain.people import Person
from offboard.errors import NotFound, Rejected, SystemFault, Unreachable
from offboard.settings import SecretRef, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.capabilities import Vault

NEEDED = (
    "user", "who", "kick",
    "sieveList", "sieveGet", "sievePut", "sieveActivate", "sieveDeactivate", "sieveDelete",
)  # fmt: skip
"""The commands without which this connector cannot work; doveadm's key gives all of them or none."""

NOT_SESSIONS = frozenset({"lmtp", "lda", "doveadm"})
"""Services that work on a mailbox without its owner having signed in."""

BLIND = "see rules of the whole server (sieve_before, sieve_after, sieve_default) or of other mail servers"


class Settings(Section):
    """``[systems.X]`` with ``kind = "dovecot"``.

    ``active_script`` is where the server looks for a user's active Sieve script, below their home (``active=`` of its
    setting ``sieve``); a script may have been put there by hand. Empty: do not look. Timeouts are in seconds.
    """

    kind: Literal["dovecot"] = "dovecot"
    url: str
    api_key: SecretRef
    ca_file: Path | None = None
    active_script: str = ".dovecot.sieve"
    connect_timeout: float = Field(default=5, gt=0, le=60)
    timeout: float = Field(default=30, gt=0, le=600)
    calls_at_once: int = Field(default=4, ge=1, le=64)

    @model_validator(mode="after")
    def _only_encrypted(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url: write it like https://mail.example:8080/doveadm/v1")
        if parts.username or parts.password:
            raise ValueError("url: it must hold no password; the key belongs into api_key")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("url: use https://; with http:// the key could be read on its way (only loopback may)")
        return self


class Connection(SieveScripts):
    """The mailboxes of one Dovecot (capabilities ``Mailboxes`` and ``MailRules``)."""

    kind = "dovecot"

    def __init__(self, name: str, api: Doveadm, *, active_script: str, calls_at_once: int) -> None:
        super().__init__(name, api, active_script=active_script)
        self.calls_at_once = calls_at_once

    def close(self) -> None:
        """Give the connection back."""
        self._api.close()

    def health(self) -> Health:
        """Ask for the list of commands: an answer proves the address, the encryption and the key."""
        started = time.monotonic()
        try:
            offered = self._api.commands()
        except SystemFault as fault:
            reachable = not isinstance(fault, Unreachable)
            return Health(self.name, self.kind, reachable, self._api.tls, rights_missing=NEEDED, cannot=(str(fault),))
        cannot = [BLIND]
        if self._active_script and "fsGet" not in offered:
            cannot.append("see an active script that was put into a home folder by hand")
        if "authCacheFlush" not in offered:
            cannot.append("make the server forget a cached sign-in")
        return Health(
            self.name,
            self.kind,
            reachable=True,
            tls=self._api.tls,
            rights_held=tuple(command for command in NEEDED if command in offered),
            rights_missing=tuple(command for command in NEEDED if command not in offered),
            cannot=tuple(cannot),
            latency_ms=round((time.monotonic() - started) * 1000),
        )

    def mailbox(self, person: Person) -> Person | None:
        """Return this person's mailbox by its name in Dovecot; login and mail address must both lead to it.

        Raises:
            Rejected: only one of the two leads to a mailbox, or they lead to different ones.
        """
        by_login = self.user(person.login) if person.login else None
        by_mail = self.user(person.mail) if person.mail else None
        if by_login is None and by_mail is None:
            return None
        if by_login is None or by_mail is None:
            login, mail = f"login {person.login!r}", f"mail address {person.mail!r}"
            leads, not_ = (login, mail) if by_login else (mail, login)
            raise Rejected(
                f"{self.name}: the {leads} leads to a mailbox, but the {not_} does not",
                system=self.name,
                hint="Let the server's user database (user_filter) find people by login and by mail address alike.",
            )
        if not _same_place(by_login, by_mail):
            raise Rejected(
                f"{self.name}: login {person.login!r} and mail address {person.mail!r} lead to different mailboxes",
                system=self.name,
                hint="Find out whose mailbox each of them is; one was given to somebody else.",
            )
        own = by_login["user"]
        return Person(id=own, system=self.name, login=own, name=person.name, mail=person.mail)

    def mailboxes(self) -> Iterator[str]:
        """Yield the name of every mailbox that the server's user database lists, in alphabetical order."""
        answer = self._api.call("user", userMask=["*"])
        try:
            yield from sorted(answer["userList"])
        except (TypeError, KeyError) as error:
            raise self._api.strange("user") from error

    def sessions(self, mailbox: str) -> int:
        """Return how many sessions are open, under whichever name their owner signed in.

        The server first forgets what it remembers of this person's sign-in: a count of none would mean little while a
        cached password still opened the next session.
        """
        own = self.one_user(mailbox)
        self._forget([own])
        return len(self._open(own))

    def end_sessions(self, mailbox: str) -> None:
        """Make the server forget a cached sign-in, then end every open session; each is gone when the count says so."""
        own = self.one_user(mailbox)
        names = sorted({own, *self._open(own)})
        self._forget(names)
        for name in names:
            try:
                self._api.call("kick", mask=[name])
            except NotFound:
                continue  # the session ended by itself

    def _forget(self, names: list[str]) -> None:
        if "authCacheFlush" in self._api.offered:
            self._api.call("authCacheFlush", user=names)

    def _open(self, own: str) -> list[str]:
        """Return the name of each open session: ``ann`` and ``a.archer@company.example`` may be one and the same.

        Only the server's user database tells, so every name that somebody is signed in under is looked up once.
        """
        # Without separateConnections, Dovecot 2.3 answers more than one row with broken JSON.
        rows: Any = self._api.call("who", separateConnections=True, mask=["*"])
        try:
            names = [row["username"] for row in rows if row["service"] not in NOT_SESSIONS]
        except (TypeError, KeyError) as error:
            raise self._api.strange("who") from error
        same = {own}
        # A name that could mean many is nobody's own: the server could neither look it up nor end its sessions alone.
        others = {name for name in names if name != own and means_one(name)}
        place = self.user(own) if others else None
        if place:
            same |= {other for other in others if (there := self.user(other)) and _same_place(place, there)}
        return [name for name in names if name in same]


def connect(name: str, settings: Settings, vault: Vault) -> Connection:
    """Open a connection and ask it which commands it knows.

    Raises:
        Unreachable, Untrusted, Denied: there is no answer, no trust, or the key is wrong.
    """
    del vault
    api = Doveadm(
        name,
        settings.url,
        settings.api_key.resolve(f"systems.{name}.api_key"),
        ca_file=settings.ca_file,
        connect_timeout=settings.connect_timeout,
        timeout=settings.timeout,
    )
    try:
        api.offered = api.commands()
    except SystemFault:
        api.close()
        raise
    return Connection(name, api, active_script=settings.active_script, calls_at_once=settings.calls_at_once)


def _same_place(one: dict[str, str], two: dict[str, str]) -> bool:
    if not one.get("home") or not two.get("home"):
        return one["user"] == two["user"]
    return all(one.get(field) == two.get(field) for field in ("home", "mail"))
