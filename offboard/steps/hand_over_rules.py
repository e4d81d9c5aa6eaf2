"""Gives the successor what the leaver's mail rules file or forward inside the company, where IT decided so."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from offboard.domain.capabilities import Mailboxes, MailRules, Script
from offboard.domain.mail import ForwardingRules, SeparateRules
from offboard.domain.rule_review import RuleDecision, in_force
from offboard.errors import Drifted, NotFound
from offboard.forwarding.handing import Handed, hand_sieve, to_hand
from offboard.forwarding.scripts import read_script
from offboard.forwarding.wording import sentence
from offboard.steps._rules_by_hand import BY_HAND, RulesByHand
from offboard.steps.base import Options, Step, Waiting, Wish
from offboard.steps.snapshot_forwarding import READING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import House
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.rule_review import DecidedRule

DECIDED = "decided/"
"""What stands in a snapshot for each rule that is handed on: what can be made of it here."""

SEPARATE = "making a rule there would delete those that the successor has in Outlook alone"


class Postmaster(ForwardingRules, Mailboxes, Protocol):
    """Knows mailboxes and their rules."""


class HandOverRules(Step[Postmaster]):
    """The successor has what was handed on: as a script of their own, or made by themselves when they are asked to.

    One script of a mailbox can be active: a successor who has one is asked instead, and theirs is never touched.
    The state of a script is ``{"active", "sha256", "rule"}``.
    """

    needs: ClassVar[tuple[type, ...]] = (ForwardingRules, Mailboxes)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "dovecot": (
            "user", "sieveList", "sieveGet", "sieveDeactivate", "sieveActivate", "sievePut", "sieveDelete",
        ),
        "exchange": ("Exchange.ManageAsApp", *READING),
        "graph_rules": ("User.Read.All", "MailboxSettings.Read"),
    }  # fmt: skip

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._by_hand = RulesByHand(house)

    def observe(self, departure: Departure, system: Postmaster) -> Snapshot:
        """Return the scripts of the successor's mailbox, what is asked of people, and what can be made of each rule.

        Where nothing was ever handed on, nobody's mailbox is read.
        """
        every = [
            one
            for one in self.house.decided(departure.number)
            if one.decision is RuleDecision.HAND and one.rule.system == system.name
        ]
        if not every:
            return {}
        ids = {f"{BY_HAND}{one.rule.id}" for one in every}
        asked = self._by_hand.observe(departure, cast("Any", None))
        found: Snapshot = {target: state for target, state in asked.items() if target in ids}
        heir = system.mailbox(departure.successor) if departure.successor else None
        for script in system.scripts(heir.id) if heir and isinstance(system, MailRules) else ():
            state: State = {"active": script.active, "sha256": hashlib.sha256(script.content).hexdigest()}
            found[f"{heir.id if heir else ''}/{script.name}"] = state
        for rule, one in in_force(self.house.decided(departure.number)).items():
            if one.decision is RuleDecision.HAND and rule.system == system.name:
                found[f"{DECIDED}{rule.id}"] = self._can(departure, system, one, heir.id if heir else "")
        return found

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield a script for the successor, or what they are asked to make."""
        del options
        for target, found in snapshot.items():
            if not target.startswith(DECIDED):
                continue
            can, rule_id = cast("dict[str, str]", found), target.removeprefix(DECIDED)
            own = f"{can['heir']}/{can['script']}"
            others = [name for name, state in snapshot.items() if name != own and _active_of(can["heir"], name, state)]
            why = can["why"] or ("they have rules of their own, which would rest" if others else "")
            if why:
                yield self._by_hand.ask(departure, rule_id, can["name"], can["words"], why)
                continue
            heir = departure.successor.name if departure.successor else can["heir"]
            yield Wish(
                own,
                label=f'mail rule "{can["script"]}" for {heir}',
                before=snapshot.get(own),
                after={"active": True, "sha256": can["sha256"], "rule": rule_id},
                why=f"{can['by']} decided to hand it on: {can['words']}",
            )

    def write(self, departure: Departure, system: Postmaster, target: str, state: State) -> None:
        """Put the script into the successor's mailbox and into service, or take it away again; or ask.

        Raises:
            Drifted: another script is in service by now, or the rule makes another script than was approved.
            NotFound: there is no copy of the rule.
        """
        if target.startswith(BY_HAND):
            self._by_hand.write(departure, cast("Any", None), target, state)
            return
        mailbox, _, name = target.partition("/")
        there = {script.name: script for script in system.scripts(mailbox)}
        rules = cast("MailRules", system)
        if name in there:
            self.house.keeper.keep(system.name, mailbox, there[name])
        if state is None:
            if name in there:
                rules.put_script(mailbox, name, None)
            return
        wanted = cast("dict[str, str]", state)
        other = next((script for script in there.values() if script.active and script.name != name), None)
        one = next((x for x in self.house.decided(departure.number) if x.rule.id == wanted["rule"]), None)
        handed = self._handed(departure, system, one) if one else Handed(why="nobody decided so")
        if other or hashlib.sha256(handed.content).hexdigest() != wanted["sha256"]:
            text = f'"{other.name}" is in service there by now' if other else handed.why or "it is another script now"
            raise Drifted(f'{system.name}: "{name}" was not put into {mailbox}: {text}', system=system.name)
        rules.put_script(mailbox, name, handed.content)
        rules.activate(mailbox, name)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare a script by its bytes and whether it works; what is asked by whether it is confirmed."""
        if _is_task(found) or _is_task(wanted):
            return self._by_hand.holds(found, wanted)
        return _compared(found) == _compared(wanted)

    def waiting(self, found: State, wanted: State) -> Waiting | None:
        """Say who has been asked, and until when they have."""
        return self._by_hand.waiting(found, wanted) if _is_task(found) or _is_task(wanted) else None

    def _can(self, departure: Departure, system: Postmaster, one: DecidedRule, heir: str) -> State:
        """Return what can be made of a rule for the successor here: a script, or why not, and always its words."""
        content = self.house.keeper.kept(system.name, one.rule.mailbox, one.rule.sha256) or b""
        separate = isinstance(system, SeparateRules)
        script = Script(one.rule.name, active=True, content=content, format="exchange" if separate else "sieve")
        domains = self.house.company.domains
        rules = read_script(script, mailbox=one.rule.mailbox, system=system.name, domains=domains)
        words = [sentence(rule) for rule in to_hand(rules, not_to=_addresses(departure))]
        handed = Handed(why=SEPARATE if separate else "the successor has no mailbox there")
        if heir and not separate:
            handed = self._handed(departure, system, one)
        return {
            "name": one.rule.name.removeprefix("rule/"),
            "script": _script_name(one.rule.name, departure.leaver.login),
            "heir": heir,
            "by": one.by,
            "words": "; ".join(words) or "see the copy of the rule at the desk",
            "sha256": hashlib.sha256(handed.content).hexdigest(),
            "why": handed.why,
        }

    def _handed(self, departure: Departure, system: Postmaster, one: DecidedRule) -> Handed:
        content = self.house.keeper.kept(system.name, one.rule.mailbox, one.rule.sha256)
        if content is None:
            text = f'{system.name}: there is no copy of the mail rule "{one.rule.name}" of {one.rule.mailbox}'
            raise NotFound(text, system=system.name)
        return hand_sieve(
            content,
            title=f'What the mail rule "{one.rule.name}" of {departure.leaver.name} did inside the company.',
            domains=self.house.company.domains,
            not_to=_addresses(departure),
        )


def _addresses(departure: Departure) -> list[str]:
    successor = [departure.successor] if departure.successor else []
    return [person.mail for person in (departure.leaver, *successor) if person.mail]


def _script_name(name: str, login: str) -> str:
    """Return what the script is called in the successor's mailbox: none of theirs has that name by chance."""
    plain = "".join(char if char.isalnum() or char in "._- " else "-" for char in f"{name} from {login}")
    return plain[:100]


def _active_of(heir: str, target: str, state: State) -> bool:
    return bool(heir) and target.startswith(f"{heir}/") and isinstance(state, dict) and bool(state.get("active"))


def _is_task(state: State) -> bool:
    return isinstance(state, dict) and "confirmed" in state


def _compared(state: State) -> State:
    return {key: state.get(key) for key in ("active", "sha256")} if isinstance(state, dict) else state
