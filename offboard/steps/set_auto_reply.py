"""Answers mail to the leaver with the text that the owner approved, by a Sieve script (RFC 5230) or a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from offboard.domain.capabilities import MailRules, Script
from offboard.domain.mail import AutoReplies, ForwardingRules
from offboard.errors import Drifted
from offboard.steps._left_rules import in_its_place, left_working
from offboard.steps._mailbox_reply import SETTING, MailboxReply, same_reply
from offboard.steps._managed_script import NAME, Managed, managed_in, quoted, read_managed, sha256, write_part
from offboard.steps.base import Options, Step, Wish
from offboard.steps.stop_forwarding import bring_to, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure


class SetAutoReply(Step[ForwardingRules]):
    """Whoever writes to the leaver is told whom to turn to.

    Only one script of a mailbox can be active, so that the reply stands in the same one as the copy that the successor
    gets, see :mod:`offboard.steps._managed_script`. Another one that is active rests meanwhile, as a change of its own,
    so that the approver sees it and undo wakes it. Where the mailbox itself answers (Exchange), no rule is touched.
    """

    needs: ClassVar[tuple[type, ...]] = (ForwardingRules,)
    one_of: ClassVar[tuple[type, ...]] = (MailRules, AutoReplies)
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
        scripts = system.scripts(mailbox)
        found: Snapshot = {f"{mailbox}/{NAME}": _reply_in(scripts)}
        return found | {
            f"{mailbox}/{script.name}": {"active": script.active, "sha256": sha256(script.content)}
            for script in scripts
            if script.name != NAME
        }

    def plan(self, departure: Departure, snapshot: Snapshot, options: Options) -> Iterator[Wish]:
        """Yield the rest of the script that is active now, if any, and the automatic reply."""
        del options
        if any(target.endswith(f"/{SETTING}") for target in snapshot):
            yield from self._of_mailbox(departure).plan(departure, snapshot)
            return
        if self._left(departure, snapshot):
            return
        after: State = {"active": True, "sha256": sha256(self.script(departure))}
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

    def beyond(self, departure: Departure, snapshot: Snapshot, options: Options | None = None) -> Iterator[str]:
        """Yield that a rule which somebody left working stands where the reply would."""
        del options
        if left := self._left(departure, snapshot):
            yield in_its_place(left)

    def _left(self, departure: Departure, snapshot: Snapshot) -> str:
        scripts = (
            (target.partition("/"), cast("dict[str, State]", found)) for target, found in snapshot.items() if found
        )
        active = [(box, name, found["sha256"]) for (box, _, name), found in scripts if found["active"]]
        return next(
            (
                left
                for box, name, digest in active
                if (left := left_working(self.house, departure, box, [(name, digest)]))
            ),
            "",
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
            write_part(system, self.house.keeper, mailbox, reply="")
            return
        keeper, wanted = self.house.keeper, cast("dict[str, State]", state)
        digest, script = cast("str", wanted["sha256"]), self.script(departure)
        content = script if sha256(script) == digest else keeper.kept(system.name, mailbox, digest)
        if content is None:
            raise Drifted(
                f"{system.name}: the text of the automatic reply is another one than was approved",
                system=system.name,
                hint="Approve the text as it is now, or put the former one back.",
            )
        ours = read_managed(content)
        keeper.keep(system.name, mailbox, Script(NAME, active=bool(wanted["active"]), content=content))
        if ours:
            write_part(system, keeper, mailbox, reply=ours.reply, active=bool(wanted["active"]))
            return
        there = next((found for found in system.scripts(mailbox) if found.name == NAME), None)
        put_back(system, keeper, mailbox, there, name=NAME, sha256=digest)
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
        addresses = f" :addresses [{quoted(leaver.mail)}]" if leaver.mail else ""
        subject = ", ".join(_on_one_line(name) for name in (leaver.name, company.name))
        vacation = f"vacation :days 1 :subject {quoted(subject)}{addresses}"
        return Managed(reply=f"{vacation}\r\n{quoted(self.house.book.auto_reply(departure))};").script()


def _reply_in(scripts: list[Script]) -> State:
    """Return the state of our reply: its own part alone, since a copy to the successor may stand beside it."""
    there, parts = managed_in(scripts)
    if there is None or (parts and not parts.reply):
        return None
    content = Managed(reply=parts.reply).script() if parts else there.content
    return {"active": there.active, "sha256": sha256(content)}


def _on_one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
