"""Cmdlets about rules: those of a mailbox's inbox, those of the organisation, and whether mail may leave at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offboard.practice.exchange.commands import Run, cmdlet, not_found, wrong

if TYPE_CHECKING:
    from offboard.practice.exchange.organisation import Thing

SENDING = ("ForwardTo", "ForwardAsAttachmentTo", "RedirectTo")
ACTIONS = (*SENDING, "DeleteMessage", "MarkAsRead", "StopProcessingRules", "MoveToFolder", "MarkImportance")
CONDITIONS = (
    "From", "SubjectContainsWords", "SubjectOrBodyContainsWords", "BodyContainsWords", "FromAddressContainsWords",
    "SentTo", "HasAttachment", "MyNameInToBox", "ExceptIfSubjectContainsWords", "ExceptIfFrom", "WithImportance",
    "HeaderContainsWords", "RecipientAddressContainsWords",
)  # fmt: skip
KNOWN_SYSTEM_RULE = "Junk E-mail Rule"


@cmdlet("Get-InboxRule", "Mailbox", "Identity", "IncludeHidden", "SweepRules")
def read_rules(run: Run) -> list[Thing]:
    """Return the rules; hidden ones and the system's own only when they are asked for."""
    box = run.mailbox("Mailbox")
    found = sorted(box["_rules"].values(), key=lambda rule: int(rule["Priority"]))
    found = [rule for rule in found if run.get("IncludeHidden") or not rule["_hidden"]]
    if run.get("IncludeHidden"):
        found.append(_junk(box))
    return [rule for rule in found if not run.get("Identity") or _is(rule, str(run.get("Identity")))]


@cmdlet("New-InboxRule", "Mailbox", "Name", "Priority", "Force", *ACTIONS, *CONDITIONS)
def make_rule(run: Run) -> list[Thing]:
    """Make a rule, which is enabled; those that run in Outlook alone are lost."""
    box = run.mailbox("Mailbox")
    said = {name: run.get(name) for name in (*ACTIONS, *CONDITIONS) if run.get(name) not in (None, False, [])}
    if not run.get("Name") or not any(name in said for name in ACTIONS):
        raise wrong("A rule must have a name and at least one action.")
    _lose_outlook(box)
    rule = run.organisation.add_rule(box, str(run.get("Name")), **said)
    wanted = min(int(run.get("Priority") or len(box["_rules"])), len(box["_rules"]))
    others = sorted((one for one in box["_rules"].values() if one is not rule), key=lambda one: int(one["Priority"]))
    others.insert(wanted - 1, rule)
    for place, one in enumerate(others, start=1):
        one["Priority"] = place
    return [rule]


@cmdlet("Remove-InboxRule", "Mailbox", "Identity", "Force", "AlwaysDeleteOutlookRulesBlob")
def remove_rule(run: Run) -> list[Thing]:
    """Remove a rule; those that run in Outlook alone are lost."""
    box = run.mailbox("Mailbox")
    rule = _rule(run, box)
    _lose_outlook(box)
    box["_rules"].pop(rule["RuleIdentity"], None)
    return []


@cmdlet("Disable-InboxRule", "Mailbox", "Identity", "Force", "AlwaysDeleteOutlookRulesBlob")
def disable_rule(run: Run) -> list[Thing]:
    """Switch a rule off; those that run in Outlook alone are lost."""
    return _switch(run, on=False)


@cmdlet("Enable-InboxRule", "Mailbox", "Identity", "Force", "AlwaysDeleteOutlookRulesBlob")
def enable_rule(run: Run) -> list[Thing]:
    """Switch a rule on; those that run in Outlook alone are lost."""
    return _switch(run, on=True)


SWEPT = ("Sender", "ExceptionSenders", "DestinationFolder", "SourceFolder", "KeepForDays", "KeepLatest")


@cmdlet("Get-SweepRule", "Mailbox", "Identity", "Provider", "ResultSize")
def read_sweeps(run: Run) -> list[Thing]:
    """Return the rules that sweep the inbox; Get-InboxRule shows none of them."""
    found = list(run.mailbox("Mailbox")["_sweeps"])
    return [one for one in found if not run.get("Identity") or one["RuleId"] == run.get("Identity")]


@cmdlet("New-SweepRule", "Mailbox", "Name", "Provider", "Enabled", "SystemCategory", *SWEPT)
def make_sweep(run: Run) -> list[Thing]:
    """Make a sweep rule, which is enabled."""
    if not run.get("Name") or not run.get("Provider") or not run.get("Sender"):
        raise wrong("A sweep rule needs a name, a provider and a sender.")
    said = {name: run.get(name) for name in SWEPT if run.given(name)}
    return [run.organisation.add_sweep(run.mailbox("Mailbox"), str(run.get("Name")), **said)]


@cmdlet("Disable-SweepRule", "Mailbox", "Identity")
def disable_sweep(run: Run) -> list[Thing]:
    """Switch a sweep rule off."""
    _sweep(run)["Enabled"] = False
    return []


@cmdlet("Enable-SweepRule", "Mailbox", "Identity")
def enable_sweep(run: Run) -> list[Thing]:
    """Switch a sweep rule on."""
    _sweep(run)["Enabled"] = True
    return []


@cmdlet("Get-TransportRule", "Identity", "ResultSize")
def read_transport(run: Run) -> list[Thing]:
    """Return the organisation's rules."""
    return _named(run, run.organisation.transport)


@cmdlet("Get-RemoteDomain", "Identity", "ResultSize")
def read_remote_domains(run: Run) -> list[Thing]:
    """Return what mail to other domains may be."""
    return _named(run, run.organisation.remote_domains)


@cmdlet("Get-HostedOutboundSpamFilterPolicy", "Identity")
def read_outbound(run: Run) -> list[Thing]:
    """Return whether mail may be forwarded outside by itself."""
    return _named(run, run.organisation.outbound)


def _sweep(run: Run) -> Thing:
    identity = str(run.get("Identity") or "")
    found: list[Thing] = [one for one in run.mailbox("Mailbox")["_sweeps"] if identity in {one["RuleId"], one["Name"]}]
    if len(found) != 1:
        raise not_found(identity)
    return found[0]


def _switch(run: Run, *, on: bool) -> list[Thing]:
    box = run.mailbox("Mailbox")
    rule = _rule(run, box)
    _lose_outlook(box)
    rule["Enabled"] = on
    return []


def _rule(run: Run, box: Thing) -> Thing:
    identity = str(run.get("Identity") or "")
    found: list[Thing] = [rule for rule in box["_rules"].values() if _is(rule, identity)]
    if len(found) != 1:
        raise not_found(identity)
    return found[0]


def _is(rule: Thing, identity: str) -> bool:
    return identity.casefold() in {str(rule[key]).casefold() for key in ("RuleIdentity", "Identity", "Name")}


def _lose_outlook(box: Thing) -> None:
    box["_rules"] = {key: rule for key, rule in box["_rules"].items() if not rule["_in_outlook"]}


def _named(run: Run, among: list[Thing]) -> list[Thing]:
    wanted = run.get("Identity")
    found = [thing for thing in among if not wanted or str(wanted).casefold() == str(thing["Identity"]).casefold()]
    if wanted and not found:
        raise not_found(str(wanted))
    return found


def _junk(box: Thing) -> Thing:
    said: dict[str, Any] = {
        "Name": KNOWN_SYSTEM_RULE, "Identity": f"{box['Name']}\\1", "RuleIdentity": "1", "Priority": 0,
        "MailboxOwnerId": box["Name"], "Enabled": True, "SupportedByTask": False, "InError": False, "IsValid": True,
    }  # fmt: skip
    return said
