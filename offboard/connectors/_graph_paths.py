"""Addresses within Microsoft Graph: the only place where one is put together, so that none can mean something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from uuid import UUID

from offboard.errors import Rejected

_WORD: Final = re.compile(r"^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*$")
_REFERENCE: Final = "$ref"
_LONGEST: Final = 512

LINKED: Final = frozenset({"members", "owners", "manager", "registeredOwners", "registeredUsers", "sponsors"})
"""What points at another object: to delete below it without ``/$ref`` deletes that object itself."""


_NEVER: Final = frozenset({"wipe", "retire", "cleanWindowsDevice"})
"""What deletes what is on somebody's device: no address of it can be put together."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """An id that is not ours to read, quoted."""

    text: str


def guid(value: str) -> Opaque:
    """Return the id of a directory object.

    Raises:
        Rejected: it is no GUID; nothing was asked.
    """
    try:
        known = str(UUID(value))
    except (ValueError, AttributeError, TypeError):
        known = ""
    if not known or known != str(value).casefold():
        raise Rejected(f"{value!r} is no id of Entra", hint="Ids of people, groups and apps there are GUIDs.")
    return Opaque(known)


def opaque(value: str) -> Opaque:
    """Return an id of another shape (assignment, consent, file), quoted so that it stays one segment.

    Raises:
        Rejected: it cannot be an id; nothing was asked.
    """
    if not value or len(value) > _LONGEST or value in {".", ".."} or any(ord(letter) < ord(" ") for letter in value):
        raise Rejected(f"{value[:40]!r} is no id of Microsoft Graph")
    return Opaque(quote(value, safe=""))


@dataclass(frozen=True, slots=True)
class Path:
    """An address, and with ``{id}`` for each id what the official tables list it under; made by :func:`at`."""

    parts: tuple[str | Opaque, ...]

    @property
    def text(self) -> str:
        """The address below the version, quoted."""
        return "".join(f"/{part.text if isinstance(part, Opaque) else part}" for part in self.parts)

    @property
    def template(self) -> str:
        """The address as tables write it."""
        return "".join("/{id}" if isinstance(part, Opaque) else f"/{part}" for part in self.parts)

    @property
    def service(self) -> str:
        """Which service answers there, each with limits of its own: those of ``AT_ONCE``."""
        words = [part for part in self.parts if isinstance(part, str)]
        if words[-1] in {"calendarView", "events", "mailboxSettings", "messageRules"}:
            return "outlook"
        if words[0] == "drives" or words[-1] == "drive":
            return "files"
        return "identity" if "authentication" in words or words[0] == "roleManagement" else "directory"

    def __truediv__(self, part: str | Opaque) -> Path:
        return at(*self.parts, part)


def at(*parts: str | Opaque) -> Path:
    """Return an address made of fixed words and of ids from :func:`guid` and :func:`opaque`."""
    for part in parts:
        if isinstance(part, str) and not _WORD.match(part):
            raise ValueError(f"{part!r} is no word of an address; ids go through guid() or opaque()")
        if part in _NEVER:
            raise ValueError(f"{part} is never asked of Graph")
    return Path(parts)


def links(path: Path) -> Path:
    """Return where links are added (``members/$ref``), or the one link is set (``manager/$ref``)."""
    if path.parts[-1] not in LINKED:
        raise ValueError(f"{path.template} has no links")
    return Path((*path.parts, _REFERENCE))


def content(path: Path) -> Path:
    """Return where the content of a thing is (``messages/{id}/$value``: a mail as MIME)."""
    return Path((*path.parts, "$value"))


def link(path: Path, target: str = "") -> Path:
    """Return one link, to take it away: every deletion of a link goes through here, and none without ``/$ref``."""
    if path.parts[-1] not in LINKED:
        raise ValueError(f"{path.template} has no links")
    return Path((*path.parts, *((guid(target),) if target else ()), _REFERENCE))


def deletable(path: Path) -> Path:
    """Return the address when deleting it deletes no more than it says.

    Raises:
        ValueError: it would delete a person, a group or an app, or what a link points at.
    """
    linked = any(part in LINKED for part in path.parts)
    whole = len(path.parts) == 2 and path.parts[0] != "oauth2PermissionGrants"  # noqa: PLR2004 - collection and id
    if (linked and path.parts[-1] != _REFERENCE) or whole:
        raise ValueError(f"DELETE {path.template} would delete the object itself")
    return path


def text_literal(value: str) -> str:
    """Return text as OData filters write it: in single quotes, which are doubled within (OData 4.01 §5.1.1.14.1)."""
    return "'" + value.replace("'", "''") + "'"
