"""Ends the leaver's open sessions: a lock stops the next sign-in, not the one that already happened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final, cast

from offboard.domain.holdings import SignInSessions
from offboard.steps.base import Options, Step, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

ENDED: Final = "none"
OPEN: Final[dict[str, State]] = {"open": "some"}


class EndSignInSessions(Step[SignInSessions]):
    """Nobody works on as the leaver with a session, or a token, that was handed out before the account was locked.

    Some systems count sessions (``{"open": 3}``), others only say since when those still valid may date
    (``{"open": INSTANT}``). The latter look the same whether sessions were begun since or not: the end is written in
    any case, and it shows by a later instant than the one that was there at planning.
    """

    needs: ClassVar[tuple[type, ...]] = (SignInSessions,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "entra": ("User.Read.All", "User.RevokeSessions.All"),
        "postgresql": ("pg_signal_backend",),
    }
    standing: ClassVar[bool] = True
    harmless: ClassVar[bool] = True

    def observe(self, departure: Departure, system: SignInSessions) -> Snapshot:
        """Return what the system knows of open sessions; empty when the leaver has no account there (any more)."""
        account_id = self.account(departure, system)
        state = system.sign_in_sessions(account_id) if account_id else None
        return {account_id: state} if account_id and state is not None else {}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the end of all sessions, whether any is open today or not: by the last moment one will be."""
        del options
        people = {person.id: person for person in departure.accounts.values()}
        for account_id, found in snapshot.items():
            since = cast("dict[str, State]", found)["open"]
            later: dict[str, State] = {"later_than": since} if isinstance(since, str) else {}
            yield Wish(
                account_id,
                label=f"open sessions of {people.get(account_id, departure.leaver).login}",
                before=cast("State", dict(OPEN)),
                after={"open": ENDED, **later},
                why=f"Whoever is signed in as {departure.leaver.name} stays so after the account is locked.",
                one_way="An ended session is not opened again for anybody; after an undo, signing in opens a new one.",
            )

    def holds(self, found: State, wanted: State) -> bool:
        """Say whether sessions are open, or have been ended since the plan was made."""
        is_open = found["open"] if isinstance(found, dict) else 0
        if not isinstance(wanted, dict) or wanted.get("open") != ENDED:
            return is_open != 0
        if isinstance(is_open, str):
            return _is_later(is_open, cast("str", wanted.get("later_than", "")))
        return is_open == 0

    def write(self, departure: Departure, system: SignInSessions, target: str, state: State) -> None:
        """End every session; nobody can open one for somebody else."""
        del departure
        if isinstance(state, dict) and state.get("open") == ENDED:
            system.end_sign_in_sessions(target)


def _is_later(one: str, other: str) -> bool:
    """Compare two instants, which need not be written alike; none at all is earlier than any."""
    if not one or not other:
        return bool(one)
    return datetime.fromisoformat(one) > datetime.fromisoformat(other)
