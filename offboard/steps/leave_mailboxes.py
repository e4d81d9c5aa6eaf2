"""Takes from the leaver what they may do in mailboxes and calendars that are not theirs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from offboard.domain.mail import OtherMailboxes
from offboard.steps.base import Taking, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import House, Membership
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.mail import Elsewhere
    from offboard.steps.base import Options

UNREAD = "mailboxes not looked into"
AUTOMAPPING = "Exchange does not show whether Outlook opens {name} by itself; after an undo it does."


class LeaveMailboxes(Taking[OtherMailboxes]):
    """The leaver opens nobody else's mailbox or calendar, and sends as nobody else.

    Only each mailbox itself can say who may open it: at planning and verifying they are looked into one by one, shared
    ones first, and how many were not is said. A run looks again only where it found something.
    """

    needs: ClassVar[tuple[type, ...]] = (OtherMailboxes,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "exchange": (
            "Exchange.ManageAsApp", "Get-Mailbox", "Get-MailboxPermission", "Get-RecipientPermission",
            "Get-MailboxFolderStatistics", "Get-MailboxFolderPermission", "Set-Mailbox", "Remove-MailboxPermission",
            "Remove-RecipientPermission", "Remove-MailboxFolderPermission", "Add-MailboxPermission",
            "Add-RecipientPermission", "Add-MailboxFolderPermission",
        )
    }  # fmt: skip
    options: ClassVar[Mapping[str, str]] = {
        "keep": "rights that stay, as the plan names them: [calendar of boardroom@acme.example]",
    }
    because: ClassVar[str] = "this lets them into what is not theirs."

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._seen: dict[str, set[str]] = {}

    def held(self, system: OtherMailboxes, account_id: str) -> dict[str, Membership]:
        """Return what they may do elsewhere, after the first look only where they might."""
        return self._look(system, account_id).rights

    def observe(self, departure: Departure, system: OtherMailboxes) -> Snapshot:
        """Return everything that the leaver may do elsewhere, and how many mailboxes were not looked into."""
        account_id = self.account(departure, system)
        if not account_id:
            return {}
        among = self._seen.get(system.name)
        found = self._look(system, account_id)
        if among is None:
            self._seen[system.name] = {target.partition("/")[0] for target in found.rights}
        unread: Snapshot = {UNREAD: found.unread} if found.unread else {}
        return unread | {target: cast("State", described(right)) for target, right in found.rights.items()}

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Any]:
        """Yield what the playbook does not keep."""
        yield from super().plan(departure, {key: state for key, state in snapshot.items() if key != UNREAD}, options)

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield how many mailboxes were not looked into."""
        del departure, options
        if unread := snapshot.get(UNREAD):
            yield (
                f"{unread} more mailboxes were not asked who may open them and see their calendars; to ask them too, "
                "set look_into of this system higher and plan again"
            )

    def bring(self, system: OtherMailboxes, account_id: str, thing_id: str, state: State) -> None:
        """Take a right away, or give it back as it was held; the mailbox is looked into again afterwards."""
        if system.name in self._seen:
            self._seen[system.name].add(thing_id.partition("/")[0])
        system.set_right_elsewhere(account_id, thing_id, state)

    def _look(self, system: OtherMailboxes, account_id: str) -> Elsewhere:
        tell = partial(self.house.tell, f"{system.name}: mailboxes looked into")
        return system.rights_elsewhere(account_id, self._seen.get(system.name), tell)

    def remains(self, before: State) -> str | None:
        """Return that opening by itself in Outlook cannot be read."""
        name = str(before.get("name")) if isinstance(before, dict) else ""
        return AUTOMAPPING.format(name=name.removeprefix("full access of ")) if name.startswith("full access") else None
