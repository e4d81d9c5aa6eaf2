"""Ends the leaver's open mail sessions: a lock stops the next sign-in, not the one that already happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from offboard.domain.mail import MailSessions
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

OPEN: State = {"sessions": "open"}
NONE: State = {"sessions": "none"}


class EndMailSessions(Step[MailSessions]):
    """Nobody reads or sends on with a session that was opened before the account was locked."""

    needs: ClassVar[tuple[type, ...]] = (MailSessions,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {"dovecot": ("user", "who", "kick")}
    standing: ClassVar[bool] = True
    harmless: ClassVar[bool] = True

    def observe(self, departure: Departure, system: MailSessions) -> Snapshot:
        """Return whether the leaver's mailbox has open sessions."""
        mailbox = self.account(departure, system)
        if mailbox is None:
            return {}
        return {mailbox: OPEN if system.sessions(mailbox) else NONE}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the end of all sessions, whether any is open today or not: by the last moment one will be."""
        del options
        for mailbox in snapshot:
            yield Wish(
                mailbox,
                label=f"open mail sessions of {mailbox}",
                before=OPEN,
                after=NONE,
                why=f"Phones and mail programs of {departure.leaver.name} stay signed in after the account is locked.",
                one_way="An ended session is not opened again for anybody; after an undo, signing in opens a new one.",
            )

    def write(self, departure: Departure, system: MailSessions, target: str, state: State) -> None:
        """End every session; nobody can open one for somebody else."""
        del departure
        if state == NONE:
            system.end_sessions(target)
