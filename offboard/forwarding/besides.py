"""What is no rule and still lets mail or people through: access for others, automatic replies, policies.

Names are those of Microsoft's cmdlet references (learn.microsoft.com, module ExchangePowerShell).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offboard.forwarding.model import Action, Rule
from offboard.forwarding.predicates import is_set, texts_in
from offboard.forwarding.recipients import passing_on, recipients_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Reader = Callable[[Mapping[str, Any], str, str, Sequence[str]], Iterator[Rule]]

_OF_THE_SERVER = ("NT AUTHORITY\\", "NT-AUTORITÄT\\")
_RIGHTS = (
    ("user", "open the mailbox"),
    ("trustee", "send as the person"),
    ("grantsendonbehalfto", "send on behalf of the person"),
    ("resourcedelegates", "get the invitations too"),
)
"""Who is let in, by the name of the property, and to do what."""


def read_access(record: Mapping[str, Any], mailbox: str, system: str, domains: Sequence[str]) -> Iterator[Rule]:
    """Yield who else gets into a mailbox or sends for its owner: one record of ours, or what a cmdlet printed.

    What Exchange gives itself, and what is denied or inherited from the organisation, is left out.
    """
    if "who" in record:
        (who, *_) = recipients_in(record["who"]) or ("somebody without a name",)
        yield _plain(
            "access", str(record.get("access") or ""), record, mailbox, system, passing_on("access", who, domains)
        )
        return
    if is_set(record.get("deny")) or is_set(record.get("isinherited")):
        return
    for name, may in _RIGHTS:
        for who in recipients_in(record.get(name)):
            if not who.upper().startswith(_OF_THE_SERVER):
                folder = _folder_of(record)
                what = f"open the folder {folder}" if folder and name == "user" else may
                yield _plain("access", what, record, mailbox, system, passing_on("access", who, domains))


def read_reply(record: Mapping[str, Any], mailbox: str, system: str, domains: Sequence[str]) -> Iterator[Rule]:
    """Yield an automatic reply; one that is switched off is none."""
    del domains
    if str(record.get("autoreplystate") or "enabled").casefold() == "disabled":
        return
    audience = str(record.get("externalaudience") or "").casefold()
    to = {"none": "people inside the company", "known": "people inside and known contacts"}.get(audience, "everybody")
    yield _plain("reply", "automatic reply", record, mailbox, system, Action("reply", to))


def read_policy(record: Mapping[str, Any], mailbox: str, system: str, domains: Sequence[str]) -> Iterator[Rule]:
    """Yield whether rules may forward mail by themselves: to a remote domain, or by the outbound policy.

    *Automatic* refuses it, as Microsoft says. What is not set says nothing.
    """
    del domains
    name = str(record.get("name") or " ".join(texts_in(record.get("identity"))) or "")
    if is_set(record.get("autoforwardingmode")):
        mode = str(record["autoforwardingmode"]).casefold()
        kind = {"on": "lets_out", "off": "holds_back", "automatic": "holds_back"}.get(mode, "unknown")
        told = "*" if kind != "unknown" else f"AutoForwardingMode {mode}"
        rule = _plain("policy", f"outbound policy {name}", record, mailbox, system, Action(kind, told, external=False))
        why = "It leaves it to Microsoft, which refuses" if mode == "automatic" else "It refuses"
        yield replace(rule, notes=(f"{why} mail that rules forward outside.",) if kind == "holds_back" else ())
    elif record.get("autoforwardenabled") is not None:
        kind = "lets_out" if is_set(record["autoforwardenabled"]) else "holds_back"
        where = str(record.get("domainname") or name or "*")
        gate = Action(kind, "*" if where.casefold() == "default" else where, external=False)
        yield _plain("policy", f"remote domain {name}", record, mailbox, system, gate)


BY_MARK: dict[str, Reader] = {
    "trustee": read_access,
    "accessrights": read_access,
    "resourcedelegates": read_access,
    "autoreplystate": read_reply,
    "autoforwardingmode": read_policy,
    "autoforwardenabled": read_policy,
}
"""How to read what a cmdlet printed, by a property that no rule has."""


def _folder_of(record: Mapping[str, Any]) -> str:
    r"""Return the folder that a permission is for: ``ann:\Calendar``; empty when it is for the mailbox."""
    named = str(record.get("foldername") or "")
    return named or " ".join(texts_in(record.get("identity"))).partition(":\\")[2]


def _plain(source: str, name: str, record: Mapping[str, Any], mailbox: str, system: str, action: Action) -> Rule:
    (owner, *_) = recipients_in(record.get("mailbox")) or (mailbox,)
    return Rule(
        mailbox=owner, system=system, source=source, name=name.strip(), active=True, conditions=(), actions=(action,),
        keeps_copy=True, hidden=False, raw_sha256="",
    )  # fmt: skip
