"""Answers mail to the leaver with the text that the owner approved, by a Sieve script (RFC 5230) or a setting."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.capabilities import Script
from offboard.domain.mail import AutoReplies, ForwardingRules
from offboard.errors import Drifted
from offboard.steps._mailbox_reply import SETTING, MailboxReply, same_reply
from offboard.steps.base import Options, Step, Wish
from offboard.steps.stop_forwarding import bring_to, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.capabilities import MailRules
    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure

NAME = "offboard-auto-reply"


class SetAutoReply(Step[ForwardingRules]):
    """Whoever writes to the leaver is told whom to turn to.

    Only one script of a mailbox can be active. Another one that is active rests meanwhile, as a change of its own, so
    that the approver sees it and undo wakes it. Where the mailbox itself answers (Exchange), no rule is touched.
    """

    needs: ClassVar[tuple[type, ...]] = (ForwardingRules,)
    rights: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "dovecot": ("sieveList", "sieveGet", "sieveDeactivate", "sieveActivate", "sievePut", "sieveDelete"),
        "exchange": (
            "Exchange.ManageAsApp", "Get-MailboxAutoReplyConfiguration", "Set-MailboxAutoReplyConfiguration",
        ),
    }  # fmt: skip

    def observe(self, departure: Departure, system: ForwardingRules) -> Snapshot:
        """Return each script of the leaver's mailbox, and the automatic reply even where there is none."""
        mailbox = self.account(departure, system)
        if mailbox is None:
            return {}
        if isinstance(system, AutoReplies):
            return {f"{mailbox}/{SETTING}": self._of_mailbox(departure).state(system, mailbox)}
        none_yet: Snapshot = {f"{mailbox}/{NAME}": None}
        return none_yet | {
            f"{mailbox}/{script.name}": {"active": script.active, "sha256": _sha256(script.content)}
            for script in system.scripts(mailbox)
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the rest of the script that is active now, if any, and the automatic reply."""
        del options
        if any(target.endswith(f"/{SETTING}") for target in snapshot):
            yield from self._of_mailbox(departure).plan(departure, snapshot)
            return
        after: State = {"active": True, "sha256": _sha256(self.script(departure))}
        for target, found in snapshot.items():
            mailbox, _, name = target.partition("/")
            if name != NAME and cast("dict[str, State]", found)["active"]:
                yield Wish(
                    target,
                    label=f'mail rule "{name}" of {mailbox}',
                    before=found,
                    after={**cast("dict[str, State]", found), "active": False},
                    why="Only one script of a mailbox can be active; this one rests while the automatic reply works.",
                )
        for target in snapshot:
            mailbox, _, name = target.partition("/")
            if name == NAME:
                yield Wish(
                    target,
                    label=f"automatic reply of {mailbox}",
                    before=snapshot[target],
                    after=after,
                    why=f"Whoever writes to {departure.leaver.name} is told whom to turn to.",
                )

    def write(self, departure: Departure, system: ForwardingRules, target: str, state: State) -> None:
        """Set the automatic reply, take it away again, or let another script rest or work.

        Raises:
            Drifted: the text is another one than was planned, or another script would be displaced.
        """
        mailbox, _, name = target.partition("/")
        rules = cast("MailRules", system)
        if isinstance(system, AutoReplies):
            self._of_mailbox(departure).bring(system, self.house.keeper, mailbox, state)
        elif name == NAME:
            self._write_reply(departure, rules, mailbox, state)
        else:
            bring_to(rules, self.house.keeper, mailbox, name, cast("dict[str, State]", state))

    def _write_reply(self, departure: Departure, system: MailRules, mailbox: str, state: State) -> None:
        if state is None:
            system.put_script(mailbox, NAME, None)
            return
        keeper, wanted = self.house.keeper, cast("dict[str, State]", state)
        sha256, script = cast("str", wanted["sha256"]), self.script(departure)
        if _sha256(script) == sha256:
            keeper.keep(system.name, mailbox, Script(NAME, active=True, content=script))
        elif keeper.kept(system.name, mailbox, sha256) is None:
            raise Drifted(
                f"{system.name}: the text of the automatic reply is another one than was approved",
                system=system.name,
                hint="Approve the text as it is now, or put the former one back.",
            )
        if not wanted["active"]:
            there = next((found for found in system.scripts(mailbox) if found.name == NAME), None)
            put_back(system, keeper, mailbox, there, name=NAME, sha256=sha256)
        bring_to(system, keeper, mailbox, NAME, wanted)

    def holds(self, found: State, wanted: State) -> bool:
        """Compare the scripts by their bytes; a mailbox's own reply by its words, which systems wrap in HTML."""
        return same_reply(found, wanted)

    def _of_mailbox(self, departure: Departure) -> MailboxReply:
        return MailboxReply(self.house.book.auto_reply(departure))

    def texts(self, departure: Departure) -> list[str]:
        """Return the text of the reply."""
        return [self.house.book.auto_reply(departure)]

    def script(self, departure: Departure) -> bytes:
        """Return the Sieve script: the same departure and text, the same bytes.

        It requires neither ``variables`` nor ``encoded-character``, so that nothing in a text is ever expanded.
        """
        leaver, company = departure.leaver, self.house.company
        addresses = f" :addresses [{_quoted(leaver.mail)}]" if leaver.mail else ""
        subject = ", ".join(_on_one_line(name) for name in (leaver.name, company.name))
        lines = (
            'require ["vacation"];',
            f"vacation :days 1 :subject {_quoted(subject)}{addresses}",
            f"{_quoted(self.house.book.auto_reply(departure))};",
            "",
        )
        return "\r\n".join(lines).encode()


def _on_one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _quoted(text: str) -> str:
    """Return a Sieve string (RFC 5228, 2.4.2): CRLF between lines, quotes and backslashes escaped."""
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text)
    return '"' + lines.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
