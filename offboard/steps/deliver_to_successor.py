"""Delivers new mail of the leaver to the successor as well, until a day; then no longer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast
from zoneinfo import ZoneInfo

from offboard.domain.capabilities import Mailboxes, MailRules
from offboard.domain.departure import instant
from offboard.domain.mail import ForwardingRules, MailboxDelivery
from offboard.domain.options import Day, WholeNumber
from offboard.forwarding.addresses import is_external
from offboard.steps._left_rules import in_its_place, left_working
from offboard.steps._managed_script import NAME, managed_in, sha256, write_part
from offboard.steps.base import Options, Step, Wish
from offboard.steps.stop_forwarding import StopForwarding, bring_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts

DAYS = 90
DELIVERY = "delivery/successor"
"""What follows the mailbox in our target; no script can be called so."""


def until(departure: Departure, options: Options) -> datetime:
    """Return when it ends: so many days after the last moment, or at the end of the day that the playbook names."""
    if "until" in options:
        after = date.fromisoformat(options["until"]) + timedelta(days=1)
        return datetime.combine(after, time(), ZoneInfo(departure.timezone))
    return max(departure.moment, departure.requested_at) + timedelta(days=options.get("days", DAYS))


class DeliverToSuccessor(Step[ForwardingRules]):
    """What clients write to the leaver reaches the successor too, and stays in the leaver's mailbox; then it ends.

    Exchange delivers by the mailbox's own forwarding, which is one only; Dovecot by our one Sieve script, beside the
    automatic reply. A script that is active now rests, as a change of its own.
    """

    needs: ClassVar[tuple[type, ...]] = (ForwardingRules, Mailboxes)
    one_of: ClassVar[tuple[type, ...]] = (MailRules, MailboxDelivery)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "dovecot": ("sieveList", "sieveGet", "sieveDeactivate", "sieveActivate", "sievePut", "sieveDelete"),
        "exchange": ("Exchange.ManageAsApp", "Get-Mailbox", "Set-Mailbox"),
    }
    options: ClassVar[Mapping[str, str]] = {
        "days": f"how long after the last moment ({DAYS} unless told)",
        "until": "the last day on which mail is delivered to the successor, instead of days: 2027-01-31",
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"days": WholeNumber(1, 3650), "until": Day()}

    def observe(self, departure: Departure, system: ForwardingRules) -> Snapshot:
        """Return whether the successor gets a copy, and each script that would have to rest for it."""
        mailbox, heir = self.account(departure, system), departure.successor
        if mailbox is None:
            return {}
        target = f"{mailbox}/{DELIVERY}"
        if heir is None or not heir.mail:
            return {target: {"given": False, "to": "", "other": ""}}
        if isinstance(system, MailboxDelivery):
            box = cast("Mailboxes", system).mailbox(heir)
            if box is None:
                return {target: {"given": False, "to": "", "other": ""}}
            found = cast("dict[str, State]", system.delivered(mailbox, box.id))
            return {target: {**found, "to": box.id}}
        scripts = system.scripts(mailbox)
        there, parts = managed_in(scripts)
        given = bool(there and there.active and parts.copy_to.casefold() == heir.mail.casefold())
        stopped = StopForwarding(self.house).observe(departure, system)
        resting: Snapshot = {
            f"{mailbox}/{script.name}": {"active": script.active, "sha256": sha256(script.content)}
            for script in scripts
            if script.name != NAME
            and not cast("dict[str, Any]", stopped.get(f"{mailbox}/{script.name}") or {}).get("does")
        }
        active = [(script.name, sha256(script.content)) for script in scripts if script.active]
        left = left_working(self.house, departure, mailbox, active)
        return {**resting, target: {"given": given, "to": heir.mail, "other": "", **({"left": left} if left else {})}}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the rest of a script that is active, and the delivery with the day on which it ends."""
        ends = until(departure, options)
        target = next((target for target in snapshot if target.endswith(f"/{DELIVERY}")), "")
        state = cast("dict[str, Any]", snapshot.get(target) or {})
        if not state.get("to") or state["given"] or ends <= self.house.now() or self._in_the_way(departure, state):
            return
        heir, leaver = departure.successor, departure.leaver
        for script, found in snapshot.items():
            if script != target and cast("dict[str, Any]", found)["active"]:
                yield Wish(
                    script,
                    label=f'mail rule "{script.partition("/")[2]}" of {script.partition("/")[0]}',
                    before=found,
                    after={**cast("dict[str, State]", found), "active": False},
                    why="Only one script of a mailbox can be active; this one rests while ours delivers and replies.",
                )
        name, day = heir.name if heir else "", ends.astimezone(ZoneInfo(departure.timezone)).date().isoformat()
        yield Wish(
            target,
            label=f"new mail of {leaver.mail or leaver.name}, delivered to {name} too",
            before=snapshot[target],
            after={**state, "given": True, "until": instant(ends)},
            why=f"Clients go on writing to {leaver.name}. It ends by itself on {day}, and is looked at then.",
        )

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield why nobody gets the mail besides."""
        del options
        for target, found in snapshot.items():
            state = cast("dict[str, Any]", found)
            if not target.endswith(f"/{DELIVERY}"):
                continue
            heir = departure.successor
            if not state["to"]:
                lacks = f"{heir.name} has no mailbox there" if heir else "nobody takes over from the leaver"
                yield f"{lacks}, so that nobody else gets what clients write to {departure.leaver.name}"
            elif in_the_way := self._in_the_way(departure, state):
                yield in_the_way

    def write(self, departure: Departure, system: ForwardingRules, target: str, state: State) -> None:
        """Deliver to the successor too, or no longer: undone, or its time is over.

        Raises:
            Drifted: the mailbox is forwarded to somebody else, or another script would be displaced.
        """
        mailbox, _, name = target.partition("/")
        wanted = cast("dict[str, Any]", state)
        rules = cast("MailRules", system)
        if name != DELIVERY:
            bring_to(rules, self.house.keeper, mailbox, name, wanted)
            return
        given = wanted["given"] and not self._over(state)
        if isinstance(system, MailboxDelivery):
            system.set_delivered(mailbox, wanted["to"], {"given": given})
        elif given or self._copies(departure, rules, mailbox):
            write_part(rules, self.house.keeper, mailbox, copy_to=wanted["to"] if given else "")

    def holds(self, found: State, wanted: State) -> bool:
        """Compare whether the successor gets the mail: as wanted until its time is over, then not."""
        if not isinstance(wanted, dict) or "given" not in wanted:
            return found == wanted
        given = bool(wanted["given"]) and not self._over(wanted)
        return (bool(found["given"]) if isinstance(found, dict) and "given" in found else False) == given

    def ends(self, wanted: State) -> str:
        """Return the end of the delivery."""
        return str(wanted.get("until") or "") if isinstance(wanted, dict) and wanted.get("given") else ""

    def _over(self, wanted: State) -> bool:
        ends = self.ends(wanted)
        return bool(ends) and datetime.fromisoformat(ends) <= self.house.now()

    def _in_the_way(self, departure: Departure, state: Mapping[str, Any]) -> str:
        """Return what keeps us from it, as a sentence; what stop_forwarding stops is not in the way."""
        heir, domains = departure.successor, self.house.company.domains
        if heir and heir.mail and is_external(heir.mail, domains):
            return f"{heir.mail} is outside the company, and no mail is sent there by itself"
        if state.get("left"):
            return in_its_place(str(state["left"]))
        other = str(state.get("other") or "")
        if other and ("@" not in other or not is_external(other.partition(" ")[0], domains)):
            return (
                f"the mailbox is forwarded to {other} already, and it can forward to one place only: to have new mail "
                "delivered to the successor, stop that with 'stop_forwarding: {what: all}', then plan again"
            )
        return ""

    def _copies(self, departure: Departure, system: MailRules, mailbox: str) -> bool:
        heir = departure.successor
        there, parts = managed_in(system.scripts(mailbox))
        return bool(there and heir and parts.copy_to.casefold() == heir.mail.casefold())
