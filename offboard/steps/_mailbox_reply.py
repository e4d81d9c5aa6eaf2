"""The automatic reply that a mailbox itself gives, besides its rules (Exchange)."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from offboard.domain.capabilities import Script
from offboard.domain.mail import Reply
from offboard.errors import Drifted, NotFound
from offboard.steps.base import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offboard.domain.change import Snapshot, State
    from offboard.domain.departure import Departure
    from offboard.domain.mail import AutoReplies, RuleKeeper

SETTING = "automatic reply"

_TAG = re.compile(r"<[^<>]*>")
_UNSEEN = re.compile(r"<(head|style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


class MailboxReply:
    """The reply with one text; its state is ``{"active", "audience", "dates", "words", "sha256"}``.

    ``words`` is a digest of what people read, whatever HTML is around it; ``sha256`` that of the whole setting, of
    which we keep a copy.
    """

    def __init__(self, text: str) -> None:
        lines = "<br>\n".join(html.escape(line) for line in text.splitlines())
        body = f"<html>\n<body>\n{lines}\n</body>\n</html>\n"
        self.reply = Reply(active=True, inside=body, outside=body)

    def state(self, system: AutoReplies, mailbox: str) -> State:
        """Return the state of the reply that is there now."""
        return _state(system.auto_reply(mailbox))

    def plan(self, departure: Departure, snapshot: Snapshot) -> Iterator[Wish]:
        """Yield the reply."""
        for target, found in snapshot.items():
            if same_reply(found, _state(self.reply)):
                continue
            yield Wish(
                target,
                label=f"automatic reply of {departure.leaver.mail or departure.leaver.name}",
                before=found,
                after=_state(self.reply),
                why=f"Whoever writes to {departure.leaver.name} is told whom to turn to.",
            )

    def bring(self, system: AutoReplies, keeper: RuleKeeper, mailbox: str, state: State) -> None:
        """Set the reply, or put the former one back from our copy.

        Raises:
            Drifted: the text is another one than was planned.
            NotFound: there is no copy of the former reply.
        """
        wanted = cast("dict[str, Any]", state)
        there = system.auto_reply(mailbox)
        keeper.keep(system.name, mailbox, Script(SETTING, there.active, _content(there), "exchange", "reply"))
        if same_reply(_state(self.reply), state):
            system.set_auto_reply(mailbox, self.reply)
            return
        copy = keeper.kept(system.name, mailbox, str(wanted["sha256"]))
        if copy is None and wanted["active"]:
            raise Drifted(
                f"{system.name}: the text of the automatic reply is another one than was approved",
                system=system.name,
                hint="Approve the text as it is now, or put the former one back.",
            )
        if copy is None:
            raise NotFound(f"{system.name}: there is no copy of the former automatic reply", system=system.name)
        system.set_auto_reply(mailbox, Reply(**json.loads(copy)))


def same_reply(found: State, wanted: State) -> bool:
    """Compare two states: those of a mailbox's reply by what people read, to whom, and when; others whole."""
    if not (isinstance(found, dict) and isinstance(wanted, dict) and "words" in wanted):
        return found == wanted
    keys = ("active", "words", "audience", "dates")
    return all(found.get(key) == wanted.get(key) for key in keys)


def _state(reply: Reply) -> State:
    words = "\n".join(_words(text) for text in (reply.inside, reply.outside))
    return {
        "active": reply.active,
        "audience": reply.audience,
        "dates": f"{reply.begins} {reply.ends}".strip(),
        "words": hashlib.sha256(words.encode()).hexdigest(),
        "sha256": hashlib.sha256(_content(reply)).hexdigest(),
    }


def _words(text: str) -> str:
    """Return what people read of HTML: the text, with one blank for any space."""
    return " ".join(html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text))).split())


def _content(reply: Reply) -> bytes:
    return json.dumps(asdict(reply), sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
