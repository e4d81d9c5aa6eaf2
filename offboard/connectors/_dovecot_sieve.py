"""The Sieve scripts of one Dovecot with Pigeonhole, byte for byte."""

from __future__ import annotations

import ipaddress
import unicodedata
from typing import TYPE_CHECKING, Any

from offboard.domain.capabilities import Script
from offboard.errors import Denied, NotFound, Rejected, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.connectors._doveadm import Doveadm

BY_HAND = "dovecot.orig"
"""The name under which Pigeonhole keeps an active script that no ManageSieve stored, once it is put out of service."""

REPLACED = "\ufffd"
"""What the API shows in place of each byte that is not UTF-8."""

LONGEST_NAME = 255


class SieveScripts:
    """Reads and writes the scripts of any user (capability ``MailRules``)."""

    def __init__(self, name: str, api: Doveadm, *, active_script: str) -> None:
        self.name = name
        self._api = api
        self._active_script = active_script

    def scripts(self, mailbox: str) -> list[Script]:
        """Return every script of the mailbox, ordered by name.

        Bytes that are no UTF-8 arrive as U+FFFD, since the API says everything in JSON; :meth:`put_script` refuses
        such a copy. An active script that was put into the home folder past ManageSieve is returned too, under the
        name that it gets when it is put out of service.

        Raises:
            Denied: such a file is there and cannot be read.
        """
        user = self.one_user(mailbox)
        found = []
        for row in self._listed(user):
            content = self._content("sieveGet", "sieve script", user=user, scriptname=row["script"])
            if content is not None:
                found.append(Script(row["script"], bool(row["active"]), content))
        if not any(script.active for script in found):
            found.extend(self._put_there_by_hand(user))
        return sorted(found, key=lambda script: (script.name, script.active))

    def put_script(self, mailbox: str, name: str, content: bytes | None) -> None:
        """Store a script byte for byte, or remove it; the server compiles whatever it is to store.

        Raises:
            Rejected: the API cannot carry exactly these bytes, or they do not compile there.
        """
        user, script = self.one_user(mailbox), self._script_name(name)
        if content is not None:
            self._api.call("sievePut", user=user, scriptname=script, file=self._exact_text(name, content))
            return
        listed = {row["script"]: row["active"] for row in self._listed(user)}
        if listed.get(name):
            self._api.call("sieveDeactivate", user=user)
        if name in listed:
            self._api.call("sieveDelete", user=user, scriptname=[script])

    def activate(self, mailbox: str, name: str | None) -> None:
        """Make this the one active script; ``None``: no script is active."""
        user = self.one_user(mailbox)
        if name is None:
            self._api.call("sieveDeactivate", user=user)
        else:
            self._api.call("sieveActivate", user=user, scriptname=self._script_name(name))

    def one_user(self, name: str) -> str:
        """Return ``name`` if it can mean one user only: doveadm reads wildcards in names, and an address as a network.

        Raises:
            Rejected: it could mean many.
        """
        if not means_one(name):
            raise Rejected(
                f"{self.name}: {name!r} cannot be the name of one mailbox",
                system=self.name,
                hint="A name with * ? / or control characters, or one that is an IP address, could mean many users.",
            )
        return name

    def user(self, key: str) -> dict[str, str] | None:
        """Return what the server's user database says of one user, with their own name as ``user``, or ``None``."""
        try:
            answer = self._api.call("user", userMask=[self.one_user(key)])
        except NotFound:
            return None
        try:
            ((asked, fields),) = answer.items()
            found = {"user": asked, **fields}
        except (AttributeError, TypeError, ValueError) as error:
            raise self._api.strange("user") from error
        return found

    def _listed(self, user: str) -> list[dict[str, str]]:
        rows = self._api.call("sieveList", user=user)
        if not isinstance(rows, list) or not all(
            isinstance(r, dict) and {"script", "active"} <= r.keys() for r in rows
        ):
            raise self._api.strange("sieveList")
        return rows

    def _put_there_by_hand(self, mailbox: str) -> Iterator[Script]:
        if not self._active_script or "fsGet" not in self._api.offered:
            return
        home = (self.user(mailbox) or {}).get("home")
        if not home:
            return
        path = f"{home}/{self._active_script}"
        try:
            content = self._content("fsGet", "content", fsDriver="posix", fsArgs="", path=path)
        except Unreachable as fault:
            raise Denied(
                f"{self.name}: {path} is there but cannot be read; it may be an active mail rule",
                system=self.name,
                hint='Let doveadm read it, or set active_script = "" for this system to leave such files unseen.',
            ) from fault
        if content is not None:
            yield Script(BY_HAND, active=True, content=content)

    def _content(self, command: str, field: str, **parameters: Any) -> bytes | None:
        try:
            rows = self._api.call(command, **parameters)
        except NotFound:
            return None
        try:
            return b"".join(row[field].encode("utf-8") for row in rows)
        except (TypeError, KeyError, AttributeError, UnicodeEncodeError) as error:
            raise self._api.strange(command) from error

    def _exact_text(self, name: str, content: bytes) -> str:
        text = content.decode("utf-8", "replace")
        if REPLACED in text:
            raise Rejected(
                f"{self.name}: script {name!r} holds bytes that are no UTF-8, which the API cannot carry unaltered",
                system=self.name,
                hint="Put this script back from the mail server's own backup; nothing was written.",
            )
        return text

    def _script_name(self, name: str) -> str:
        odd = any(c == "/" or unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in name)
        if odd or not name or len(name.encode("utf-8", "replace")) > LONGEST_NAME:
            raise Rejected(f"{self.name}: {name!r} cannot be the name of a script (RFC 5804, 1.6)", system=self.name)
        return name


def means_one(name: str) -> bool:
    """Say whether a name can mean one user only; see ``SieveScripts.one_user``."""
    many = any(c in "*?/" or unicodedata.category(c) == "Cc" for c in name)
    return bool(name) and not many and not _is_network(name)


def _is_network(name: str) -> bool:
    try:
        ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False
    return True
