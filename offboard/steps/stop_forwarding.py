"""Puts the mail rules out of service that send mail outside or hide it; each itself stays where it is, if it can."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.mail import ForwardingRules, SeparateRules
from offboard.domain.options import OneOf
from offboard.domain.rule_review import RuleDecision, RuleFacts, RuleKey, in_force, stops
from offboard.errors import BadInput, Drifted, NotFound
from offboard.forwarding.effects import effects_of
from offboard.forwarding.judging import judge, worst
from offboard.forwarding.model import Verdict
from offboard.forwarding.scripts import read_script
from offboard.steps._ours import ours
from offboard.steps._separate_rules import LOST, as_record, bring_separately, gone, rests_as_wanted
from offboard.steps.base import Options, Step, Wish
from offboard.steps.snapshot_forwarding import READING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import MailRules, Script
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.mail import RuleKeeper
    from offboard.domain.options import Accepts
    from offboard.domain.rule_review import DecidedRule

INEXACT = "its copy is not exact: it holds bytes that are no text"
REPLACED = "\ufffd".encode()

WHAT = ("suspicious", "all")


class StopForwarding(Step[ForwardingRules]):
    """No script or rule of the leaver sends mail outside, hides, deletes or lifts it, or does what nobody can tell.

    The state of a script is ``{"active", "sha256", "verdict", "does"}``; the last two follow from its bytes and the
    company's domains, as if it were active, and are there for the approver. Where each rule stands by itself, more is
    said of it: see :mod:`offboard.steps._separate_rules`.
    """

    needs: ClassVar[tuple[type, ...]] = (ForwardingRules,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "dovecot": ("sieveList", "sieveGet", "sieveDeactivate", "sieveActivate", "sievePut"),
        "exchange": (
            "Exchange.ManageAsApp", *READING,
            "Set-Mailbox", "Disable-InboxRule", "Enable-InboxRule", "New-InboxRule", "Remove-InboxRule",
            "Disable-SweepRule", "Enable-SweepRule", "New-SweepRule",
        ),
        "graph_rules": ("User.Read.All", "MailboxSettings.ReadWrite"),
    }  # fmt: skip
    options: ClassVar[Mapping[str, str]] = {
        "what": "suspicious (default): scripts that send mail outside, hide, delete or lift it, or cannot be told; "
        "all: also those that forward inside the company, notify or refuse mail"
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"what": OneOf(WHAT)}

    def observe(self, departure: Departure, system: ForwardingRules) -> Snapshot:
        """Return every script of the leaver's mailbox and what it does, by ``mailbox/script``."""
        mailbox = self.account(departure, system)
        if mailbox is None:
            return {}
        scripts = system.scripts(mailbox)
        made = ours(departure, system, mailbox, scripts)
        return {
            f"{mailbox}/{script.name}": self._state(departure, system.name, mailbox, script)
            for script in scripts
            if script.part in {"rule", "house"} and script.name not in made
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the active scripts that are decided to be stopped, or that do what the option ``what`` names.

        Whoever reviews the rules decides over that option; where others change, what is lost by that is yielded too.

        Raises:
            BadInput: the option is neither ``suspicious`` nor ``all``.
        """
        what = options.get("what", WHAT[0])
        if what not in WHAT:
            raise BadInput(f"stop_forwarding: what: {what!r} is unknown", hint="Write what: suspicious, or what: all.")
        decided = in_force(self.house.decided(departure.number))
        states = {target: cast("dict[str, State]", found) for target, found in snapshot.items()}
        chosen = {target: state for target, state in states.items() if _stops(target, state, what, decided)}
        alters = any(not gone(state) for state in chosen.values())
        for target, found in snapshot.items():
            state = cast("dict[str, State]", found)
            if target not in chosen and not (alters and state.get("fragile")):
                continue
            mailbox, _, name = target.partition("/")
            does = cast("list[str]", state["does"])
            why = f"Verdict {state['verdict']}: {'; '.join(does) or 'it forwards, notifies or refuses mail'}."
            why += f" It would go on after {departure.leaver.name} has left." if target in chosen else f" {LOST}"
            by = decided.get(_key(target, state))
            why += f" {by.by} reviewed it: {by.decision.value}{f', {by.because}' if by.because else ''}." if by else ""
            yield Wish(
                target,
                label=f'mail rule "{state.get("name") or name}" of {state.get("mailbox") or mailbox}',
                before=found,
                after=None if gone(state) else {**state, "active": False},
                why=f"{why} If it is put back later, {state['inexact']}." if state.get("inexact") else why,
                one_way=LOST if state.get("fragile") else None,
            )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield the organisation's rules that name the leaver, and those that somebody left working."""
        del options
        decided = in_force(self.house.decided(departure.number))
        for target, found in snapshot.items():
            state = cast("dict[str, State]", found)
            by = decided.get(_key(target, state))
            if by and by.decision is RuleDecision.LEAVE and state["active"] and not state.get("house"):
                name = state.get("name") or target.partition("/")[2]
                does = "; ".join(cast("list[str]", state["does"])) or "works"
                yield f'mail rule "{name}" goes on as it is ({does}): {by.by} left it: {by.because}'
            if state.get("house") and state["active"] and state["does"]:
                what = "; ".join(cast("list[str]", state["does"]))
                yield (
                    f"{state['name']}: it {what}, and works for the whole organisation; IT decides about it "
                    "in the Exchange admin centre"
                )

    def write(self, departure: Departure, system: ForwardingRules, target: str, state: State) -> None:
        """Put the script out of service, or back into it with the bytes that it had."""
        del departure
        mailbox, _, name = target.partition("/")
        if isinstance(system, SeparateRules):
            bring_separately(system, system, self.house.keeper, mailbox, name, state)
        else:
            bring_to(cast("MailRules", system), self.house.keeper, mailbox, name, cast("dict[str, State]", state))

    def holds(self, found: State, wanted: State) -> bool:
        """Compare the scripts; of rules that stand by themselves only what each does, and whether it works."""
        return rests_as_wanted(found, wanted)

    def _state(self, departure: Departure, system: str, mailbox: str, script: Script) -> State:
        domains = self.house.company.domains
        judged = [
            judge(rule, domains=domains, private_addresses=departure.private_addresses)
            for rule in read_script(replace(script, active=True), mailbox=mailbox, system=system, domains=domains)
        ]
        does = effects_of(judged, domains)
        return {
            "system": system,
            "active": script.active,
            "sha256": hashlib.sha256(script.content).hexdigest(),
            "verdict": worst(judged).word,
            "does": [*does, *([INEXACT] if does and REPLACED in script.content else [])],
            **as_record(script, judged[0].rule.mailbox if judged else ""),
        }


def bring_to(system: MailRules, keeper: RuleKeeper, mailbox: str, name: str, state: Mapping[str, State]) -> None:
    """Put one script into or out of service without touching any other; ``state`` holds ``active`` and ``sha256``.

    A script that is to be in service has the bytes of ``sha256`` afterwards, from our copy where it must be. Whatever
    is put out of service or written over has its copy first.

    Raises:
        Drifted: another script is in service, which this one would displace.
        NotFound: the script is gone or altered, and we have no copy.
    """
    found = {script.name: script for script in system.scripts(mailbox)}
    active = next((script for script in found.values() if script.active), None)
    if not state["active"]:
        if active and active.name == name:
            keeper.keep(system.name, mailbox, active)
            system.activate(mailbox, None)
        return
    if active and active.name != name:
        raise Drifted(
            f'{system.name}: "{active.name}" is the active mail rule of {mailbox}; "{name}" would displace it',
            system=system.name,
            hint=f'Decide about "{active.name}" first (undo an automatic reply before this), then try again.',
        )
    put_back(system, keeper, mailbox, found.get(name), name=name, sha256=cast("str", state["sha256"]))
    system.activate(mailbox, name)


def put_back(
    system: MailRules, keeper: RuleKeeper, mailbox: str, script: Script | None, *, name: str, sha256: str
) -> None:
    """Give a script the bytes of ``sha256`` again; ``script`` is what is there now.

    Raises:
        NotFound: we have no copy.
    """
    if script and hashlib.sha256(script.content).hexdigest() == sha256:
        return
    copy = keeper.kept(system.name, mailbox, sha256)
    if copy is None:
        raise NotFound(
            f'{system.name}: the mail rule "{name}" of {mailbox} is gone or altered, and there is no copy of it',
            system=system.name,
        )
    if script:
        keeper.keep(system.name, mailbox, script)
    system.put_script(mailbox, name, copy)


def stops_unasked(does: object, verdict: object, what: str) -> bool:
    """Say whether a script does what the option ``what`` names, so that it is stopped unless somebody decides."""
    return bool(does) or (what == WHAT[1] and verdict != Verdict.NONE.word)


def _stops(target: str, state: Mapping[str, State], what: str, decided: Mapping[RuleKey, DecidedRule]) -> bool:
    facts = RuleFacts(
        active=bool(state["active"]),
        stops=stops_unasked(state["does"], state["verdict"], what),
        house=bool(state.get("house")),
    )
    by = decided.get(_key(target, state))
    return stops(by.decision if by else None, facts)


def _key(target: str, state: Mapping[str, State]) -> RuleKey:
    mailbox, _, name = target.partition("/")
    return RuleKey(str(state.get("system", "")), mailbox, name, str(state["sha256"]))
