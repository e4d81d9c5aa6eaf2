"""Recipients in any of the forms that mail systems write them, and the action of passing mail on to one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from offboard.forwarding.addresses import bare_address, is_external
from offboard.forwarding.model import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

# A separator outside of quotes, brackets and angles: "Griffin, Peter" [SMTP:p@acme.example]; b@acme.example
_PARTS = re.compile(r'(?:"[^"]*"|\[[^\[\]]*\]|<[^<>]*>|[^;,"\[<]|["\[<])+')
_ADDRESS_KEYS = (
    "address",
    "emailaddress",
    "primarysmtpaddress",
    "smtpaddress",
    "externalemailaddress",
    "windowsliveid",
    "rawidentity",
    "distinguishedname",
    "name",
    "displayname",
)


def recipients_in(value: Any) -> tuple[str, ...]:
    """Return every recipient in a string, object or list, each as the text that says most about it.

    ``"Name" [SMTP:a@b]`` and plain addresses stay as they are; several in one string are taken apart; of an object the
    address is taken, and its name only when there is none (then nobody can tell where mail goes).
    """
    if isinstance(value, str):
        return _split(value)
    if isinstance(value, list):
        return tuple(recipient for item in value for recipient in recipients_in(item))
    if isinstance(value, dict):
        lowered = {key.lower(): item for key, item in value.items()}
        others = [key for key in lowered if key not in _ADDRESS_KEYS]
        for key in (*_ADDRESS_KEYS, *others):
            if found := recipients_in(lowered.get(key)):
                return found
        return ("an object without address",)
    return () if value is None or isinstance(value, bool) else (str(value),)


def passing_on(kind: str, recipient: str, domains: Sequence[str], *, keeps_copy: bool = True) -> Action:
    """Return the action *kind* towards a recipient, whose target is the plain address where there is one."""
    target = bare_address(recipient) or recipient.strip()
    return Action(kind, target, external=is_external(recipient, domains), keeps_copy=keeps_copy)


def _split(text: str) -> tuple[str, ...]:
    text = text.strip()
    if text.lower().startswith(("cn=", "/o=")) or "@" not in text:
        return (text,) if text else ()
    return tuple(part.strip() for part in _PARTS.findall(text) if part.strip())
