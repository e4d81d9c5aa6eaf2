"""What only shows across rules and mailboxes: what never runs, what cannot leave, many people's mail to one place.

``together(judged) -> list[Judged]`` takes the judged rules of many mailboxes and returns them in the same order, each
with what the others say about it. Where not all of them fit into memory, go through them twice: call
``Crowds.add(one)`` for each, then ``Crowds.tell(one)`` for each (and ``in_order`` for those of one mailbox, when it is
read); that keeps a name per place and mailbox only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from offboard.forwarding.addresses import bare_address, domain_of, is_private_provider
from offboard.forwarding.gates import Gates
from offboard.forwarding.judging import SENDS
from offboard.forwarding.model import Judged, Verdict
from offboard.forwarding.ordering import in_order
from offboard.forwarding.sources import DEFENDER_FORWARDING, FORWARDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offboard.forwarding.model import Action

CROWD = 3
"""So many mailboxes that send to one address are no coincidence; two may be a couple, or one person's two mailboxes."""

_DOTS_IGNORED = frozenset({"gmail.com", "googlemail.com"})


@dataclass(slots=True)
class Crowds:
    """How many mailboxes send mail to each address, and to each domain outside that is not a private mail provider.

    And which policies keep forwarded mail inside: *holds_back* is no finding, and has to be added all the same.
    """

    _mailboxes: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _gates: Gates = field(default_factory=Gates)

    def add(self, one: Judged) -> None:
        """Count where a rule sends mail; a rule that is off, and one of the whole organisation, do not count."""
        self._gates.add(one)
        if one.rule.active and one.rule.mailbox:
            for place, _ in _places(one):
                self._mailboxes[place].add(one.rule.mailbox.casefold())

    def tell(self, one: Judged) -> Judged:
        """Return a rule with what the other mailboxes say about it: outside, one address for many is an *alarm*."""
        if not one.rule.active:
            return one
        verdict, told = one.verdict, list(one.reasons)
        at_address = 0
        for place, outside in dict.fromkeys(_places(one)):
            count = len(self._mailboxes.get(place, ()))
            of_domain = place.startswith("@")
            if count < CROWD or (of_domain and count == at_address):
                continue
            at_address = count
            if of_domain:
                told.append(f"{count} mailboxes send mail to addresses in {place[1:]} [{DEFENDER_FORWARDING}].")
            elif outside:
                verdict = Verdict.ALARM
                told.append(f"{count} mailboxes send mail to this one address, {place} [{FORWARDING}].")
            else:
                verdict = max(verdict, Verdict.NOTICE)
                told.append(f"{count} mailboxes pass mail to {place} inside the company [{FORWARDING}].")
        told += self._gates.refusals(one)
        return replace(one, verdict=verdict, reasons=tuple(dict.fromkeys(told)))


def together(judged: Iterable[Judged]) -> list[Judged]:
    """Return judged rules of many mailboxes, in their order, each with what only shows across mailboxes."""
    listed = in_order(judged)
    crowds = Crowds()
    for one in listed:
        crowds.add(one)
    return [crowds.tell(one) for one in listed]


def _places(one: Judged) -> Iterator[tuple[str, bool]]:
    """Yield where a rule sends mail, and whether that is outside: the address, and its domain as ``@domain``."""
    for action in one.rule.actions:
        if action.kind not in SENDS:
            continue
        for address in action.may_be or (action.target,):
            place = _mailbox_of(address)
            if not place:
                continue
            outside = _is_outside(action)
            yield place, outside
            domain = place.rpartition("@")[2]
            if outside and not is_private_provider(domain):
                yield f"@{domain}", True


def _is_outside(action: Action) -> bool:
    return bool(action.external) or bool(action.may_be)


def _mailbox_of(address: str) -> str:
    """Return the one mailbox that an address leads to, without plus-tag, and at Google without dots."""
    bare = bare_address(address)
    if bare is None or "${" in bare:
        return ""
    domain = domain_of(bare)
    local = bare.rpartition("@")[0].casefold()
    if not local.startswith('"'):
        local = local.partition("+")[0] or local
        local = local.replace(".", "") if domain in _DOTS_IGNORED else local
    return f"{local}@{domain}"
