"""What of the leaver's access is seen from outside: before, when it is shut, and after the undo."""

from collections.abc import Mapping
from pathlib import Path

from offboard.commands.demo_cast import Cast
from offboard.commands.demo_stage import Stage
from offboard.commands.demo_voice import Voice
from offboard.engine.verifying import verify

CLIENT = "a.obrien@obrien-soehne.example"
"""A client whose mail the leaver sends on to a private address."""

DIRECTORY = "signing in with the old password"
DOMAIN = "signing in to the Windows domain"
ENTRA = "the account in Entra"
ENTRA_SESSIONS = "sign-in sessions in Entra"
ENTRA_HOLDINGS = "groups, apps, licences … in Entra"
ENTRA_LINKS = "links for anybody into files in OneDrive"
EXCHANGE_HIDDEN = "hidden mail rules that work, in Exchange"
EXCHANGE_DOORS = "phones and mail programs of the Exchange mailbox"
EXCHANGE_BOX = "the mailbox in Exchange"
EXCHANGE_NEW = "new mail there, to the successor too"
EXCHANGE_OTHERS = "other people's mailboxes and calendars"
HELP_DESK = "the account in the help desk (SCIM)"
MAILBOX = "signing in to the mailbox"
PHONE = "the phone's mail session"
SENT_ON = "a client's mail, sent on to a private address"
VERIFY = "offboard verify, over fresh connections"

SHUT: Mapping[str, str] = {
    DIRECTORY: "refused", DOMAIN: "refused", ENTRA: "disabled", ENTRA_SESSIONS: "ended",
    ENTRA_HOLDINGS: "1, by its rule", ENTRA_LINKS: "0", EXCHANGE_HIDDEN: "0", EXCHANGE_DOORS: "0",
    EXCHANGE_BOX: "shared", EXCHANGE_NEW: "yes", EXCHANGE_OTHERS: "0", HELP_DESK: "not active", MAILBOX: "refused",
    PHONE: "ended", SENT_ON: "no",
}  # fmt: skip
"""What is seen when everything is shut; a group with a rule of its own is left, as the plan says."""

ENDED_FOR_GOOD = frozenset({ENTRA_SESSIONS, ENTRA_LINKS, EXCHANGE_DOORS, PHONE})
"""What an undo does not bring back."""


class SeenFromOutside(Cast):
    """Looks without asking offboard; ``before`` is what was seen on the ordinary day."""

    def __init__(self, stage: Stage, voice: Voice, out: Path) -> None:
        super().__init__(stage, voice, out)
        self.before: dict[str, str] = {}

    def seen(self) -> dict[str, str]:
        """Return what is seen now."""
        outside, clouds = self.outside, self.clouds
        held, box = clouds.entra_holdings(), clouds.mailbox()
        return {
            DIRECTORY: "works" if outside.signs_in() else "refused",
            DOMAIN: "works" if outside.signs_in_to_windows() else "refused",
            ENTRA: "enabled" if clouds.entra_is_enabled() else "disabled",
            ENTRA_SESSIONS: "ended" if clouds.entra_sessions_end() else "valid",
            ENTRA_HOLDINGS: "1, by its rule" if held == 1 else str(held),
            ENTRA_LINKS: str(clouds.open_links()),
            EXCHANGE_HIDDEN: str(clouds.hidden_rules()),
            EXCHANGE_DOORS: str(clouds.mail_doors()),
            EXCHANGE_BOX: "shared" if box["RecipientTypeDetails"] == "SharedMailbox" else "one person's",
            EXCHANGE_NEW: "yes" if box["ForwardingAddress"] and box["DeliverToMailboxAndForward"] else "no",
            EXCHANGE_OTHERS: str(clouds.rights_elsewhere()),
            HELP_DESK: "active" if clouds.desk_is_active() else "not active",
            MAILBOX: "works" if outside.opens_mail() else "refused",
            PHONE: "open" if outside.session_is_open() else "ended",
            SENT_ON: "yes" if outside.forwarded_to(CLIENT, "Offer for 40 pumps") else "no",
        }

    def prove(self, before: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        """Show what is seen now beside what was seen before.

        Raises:
            SaysNo: something is not as it must be.
        """
        now = self.seen()
        holds = verify(self.firm.office, self.number).holds
        rows = [(name, now[name] == word, before[name], now[name]) for name, word in wanted.items()]
        self.voice.prove([*rows, (VERIFY, holds, "", "holds" if holds else "fails")])
