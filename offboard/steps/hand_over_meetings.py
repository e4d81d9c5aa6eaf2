"""Meetings to come that the leaver called and people outside are invited to: listed, and handed over by choice."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast
from zoneinfo import ZoneInfo

from offboard.domain.asking import A_DAY, TaskKind
from offboard.domain.capabilities import Mailboxes
from offboard.domain.change import Asks
from offboard.domain.departure import instant
from offboard.domain.mail import Meetings
from offboard.domain.options import OneOf
from offboard.domain.people import fold
from offboard.errors import Denied, NotFound
from offboard.forwarding.addresses import is_external
from offboard.steps._asking import Asking
from offboard.steps.base import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.asking import AsksPeople
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.options import Accepts
    from offboard.steps.base import Options, Waiting

CHOICES: Final = ("list", "ask", "invite")
AHEAD: Final = timedelta(days=365)
BEFORE_IT: Final = timedelta(days=2)

NEVER_CANCELLED: Final = "Nobody can change who called it, and it is never cancelled for you"
UNREAD: Final = "meetings"
MAILS: Final = "Exchange tells everybody invited by mail, and again after an undo."


class HandOverMeetings(Asking):
    """Every meeting with people outside has somebody who decides about it; none is ever cancelled.

    Exchange cannot change who called a meeting. ``list`` asks about each one before the plan is approved: on a yes, and
    for all of them with ``ask``, the successor calls it anew or keeps it, and says what they did; on a no it is kept as
    it is. ``invite`` has the successor among those invited.
    """

    needs: ClassVar[tuple[type, ...]] = (Meetings, Mailboxes)
    from_our_store: ClassVar[bool] = False
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": ("Exchange.ManageAsApp", "Get-Mailbox", "Calendars.ReadBasic", "Calendars.ReadWrite")
    }
    options: ClassVar[Mapping[str, str]] = {
        "choose": "list (default): each is a question, handed over on a yes; ask: the successor decides and says so; "
        "invite: the successor is invited to each"
    }
    accepts: ClassVar[Mapping[str, Accepts]] = {"choose": OneOf(CHOICES)}
    word: ClassVar[str] = "hand_over_meetings"

    def observe(self, departure: Departure, system: AsksPeople) -> Snapshot:
        """Return each meeting of the year after the last moment, and what was asked about it."""
        mailbox = self.account(departure, system)
        if mailbox is None:
            return {}
        found = super().observe(departure, system)
        since = max(departure.moment, departure.requested_at)
        try:
            called = cast("Meetings", system).meetings(mailbox, instant(since), instant(since + AHEAD))
        except Denied as fault:
            return {**found, UNREAD: f"{fault}. {fault.hint}"}
        heir, domains = departure.successor, self.house.company.domains
        for meeting in called:
            outside = sorted((one for one in meeting.invited if is_external(one, domains)), key=fold)
            if outside:
                invited = bool(heir and fold(heir.mail) in map(fold, meeting.invited))
                known: dict[str, State] = {
                    "subject": meeting.subject,
                    "next": meeting.next,
                    "series": meeting.series,
                    "outside": [*outside],
                    "invited": invited,
                }
                found[f"{mailbox}/{meeting.id}"] = known
        return found

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield what the playbook chooses for each meeting, or what is done on a yes where it leaves that open."""
        choose, heir = options.get("choose", CHOICES[0]), departure.successor
        asks = choose == "list" or heir is None
        for target, found in snapshot.items():
            if not _is_meeting(found):
                continue
            state = cast("dict[str, Any]", found)
            if choose == "invite" and heir and heir.mail and not state["invited"]:
                yield Wish(
                    target,
                    label=f'meeting "{state["subject"]}"',
                    before=found,
                    after={**state, "invited": True},
                    why=f"{departure.leaver.name} called it, which nobody can change; {heir.name} is invited. {MAILS}",
                )
            elif (choose == "ask" or asks) and _task(target) not in snapshot:
                wish = self._ask(departure, target, state)
                wish.asks = self._question(departure, state) if asks else None
                yield wish

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield that the meetings could not be read."""
        del departure, options
        if UNREAD in snapshot:
            yield f"meetings with people outside could not be listed: {snapshot[UNREAD]}"

    def write(self, departure: Departure, system: AsksPeople, target: str, state: State) -> None:
        """Ask about it or no longer, or invite the successor or no longer."""
        if "/" not in target:
            super().write(departure, system, target, state)
            return
        mailbox, _, meeting = target.partition("/")
        invited = bool(cast("dict[str, Any]", state)["invited"])
        if departure.successor:
            # A meeting that is no more needs nobody: whoever looks again finds it so.
            with suppress(NotFound):
                cast("Meetings", system).invite(mailbox, meeting, departure.successor.mail, invited=invited)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare what was chosen alone: when it is next, and who else is invited, changes meanwhile."""
        if _is_meeting(wanted):
            # A meeting that is no more, or over, needs nobody who is invited to it.
            return found is None or _invited(found) == _invited(wanted)
        return super().holds(found, wanted)

    def waiting(self, found: State, wanted: State) -> Waiting | None:
        """Say who was asked; whoever is invited is so at once."""
        return None if _is_meeting(wanted) or _is_meeting(found) else super().waiting(found, wanted)

    def _ask(self, departure: Departure, target: str, state: dict[str, Any]) -> Wish:
        begins, now = datetime.fromisoformat(state["next"]), self.house.now()
        text = (
            f"Decide on {self._said(departure, state)}: call it anew under your own name, take part in it as it is, or "
            f"tell those invited that it does not take place. {departure.leaver.name} called it, and nobody can change "
            "that"
        )
        return self.wish(
            departure,
            _task(target),
            text,
            of="successor",
            kind=TaskKind.OTHER,
            due=max(begins - BEFORE_IT, now + A_DAY),
            remind=[],
            why=f"People outside expect {departure.leaver.name} there; it is never cancelled for you.",
        )

    def _question(self, departure: Departure, state: dict[str, Any]) -> Asks:
        heir = departure.successor
        who = heir.name if heir else "HR, since nobody takes over,"
        return Asks(
            f"{self._said(departure, state)}: shall {heir.name if heir else 'somebody'} take it on? {NEVER_CANCELLED}",
            f"{who} is asked to call it anew, to keep it or to let those invited know, and says which",
            "it is kept as it is; whoever is invited sees it in their calendar as before",
        )

    def _said(self, departure: Departure, state: dict[str, Any]) -> str:
        begins = datetime.fromisoformat(state["next"]).astimezone(ZoneInfo(departure.timezone))
        again = ", and again later," if state["series"] else ""
        return (
            f'the meeting "{state["subject"]}" on {begins:%Y-%m-%d at %H:%M}{again} with {", ".join(state["outside"])}'
        )


def _is_meeting(state: State) -> bool:
    return isinstance(state, dict) and "outside" in state


def _invited(state: State) -> bool:
    return isinstance(state, dict) and bool(state.get("invited"))


def _task(target: str) -> str:
    """Return what the question about a meeting is called: ids of meetings are longer than anybody types."""
    return f"meeting-{hashlib.sha256(target.encode()).hexdigest()[:8]}"
