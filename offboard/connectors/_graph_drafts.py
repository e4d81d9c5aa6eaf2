"""Mails in somebody's own mailbox by Microsoft Graph: laid down as MIME, read back, sent once.

Facts: https://learn.microsoft.com/graph/outlook-send-mime-message. Exchange keeps a mail in a form of its own and
writes it anew: boundaries, the order of headers, the Message-ID, HTML around the words and the plain text may be
others. So what a reader sees is compared after laying it down: who, to whom, subject, every word, and the PDF byte for
byte.
"""

from __future__ import annotations

import base64
import re
import time
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._graph_paths import Path, at, content, opaque, text_literal
from offboard.connectors._graph_wire import Ask
from offboard.domain.capabilities import Unclear
from offboard.domain.drafting import Drafted
from offboard.errors import NotFound, Rejected, Unreachable

if TYPE_CHECKING:
    from email.message import EmailMessage

    from offboard.connectors._graph_link import Graph

SAME_ID: Final = {"Prefer": 'IdType="ImmutableId"'}
"""An id that stays when the mail moves from Drafts to Sent Items."""

READ, READ_WRITE, SEND = "Mail.Read", "Mail.ReadWrite", "Mail.Send"
LOOKS, PAUSE = 3, 1.0
DELETIONS: Final = 2
_WORDS: Final = re.compile(r"\w+")


class Drafts:
    """The drafts of one tenant's mailboxes."""

    def __init__(self, graph: Graph, mailbox: str = "") -> None:
        """``mailbox`` is the sender's in Exchange by its id or user name, where that is not the sender's address."""
        self._graph, self._mailbox = graph, mailbox

    def lay(self, message: bytes, sender: str, recipient: str) -> tuple[str, bool]:
        """Lay a mail into the sender's Drafts, once; return its id, and whether it was sent from there already.

        Raises:
            Rejected: what lies there is not what was laid down; that draft is taken away again.
        """
        parsed = _parsed(message)
        found = self._known(str(parsed["Message-ID"]), sender)
        if found and not found["isDraft"]:
            return str(found["id"]), True
        if found is None:
            body, headers = base64.b64encode(message), {**SAME_ID, "Content-Type": "text/plain"}
            doing = f"lay a letter to {recipient} into the Drafts of {sender}"
            found = self._graph.do(Ask("POST", self._of(sender), doing, body=body, right=READ_WRITE, headers=headers))
            if not isinstance(found, dict) or not found.get("id"):
                raise self._graph.strange(doing)
        self._compare(parsed, str(found["id"]), sender, recipient)
        return str(found["id"]), False

    def send(self, draft_id: str, sender: str, recipient: str) -> None:
        """Send a draft, once.

        Raises:
            Unclear: no answer came, and the mailbox does not show that it was sent.
        """
        path = self._of(sender) / opaque(draft_id) / "send"
        ask = Ask("POST", path, f"send the letter to {recipient} from {sender}", right=SEND, headers=SAME_ID)
        try:
            self._graph.do(ask)
        except Unreachable as lost:
            for _ in range(LOOKS):
                time.sleep(PAUSE)
                if self._sent(draft_id, sender):
                    return
            raise Unclear(f"{lost}; the mailbox of {sender} does not show whether the letter went out") from lost

    def became(self, draft_id: str, sender: str) -> Drafted:
        """Say what became of a draft."""
        try:
            found = self._read(draft_id, sender)
        except NotFound:
            return Drafted.GONE
        return Drafted.LIES_THERE if found.get("isDraft") else Drafted.SENT

    def withdraw(self, draft_id: str, sender: str) -> Drafted:
        """Take a draft away unless it was sent, and say what became of it.

        Deleted once it may lie in Deleted Items still, under the same immutable id; deleted there it is gone.
        """
        found = self.became(draft_id, sender)
        for _ in range(DELETIONS):
            if found is not Drafted.LIES_THERE:
                break
            self._take_away(draft_id, sender)
            found = self.became(draft_id, sender)
        return found

    def _take_away(self, draft_id: str, sender: str) -> None:
        path, doing = self._of(sender) / opaque(draft_id), f"take a draft of {sender} away"
        self._graph.take_away(Ask("DELETE", path, doing, right=READ_WRITE, headers=SAME_ID))

    def _sent(self, draft_id: str, sender: str) -> bool:
        try:
            return self.became(draft_id, sender) is Drafted.SENT
        except Unreachable:
            return False

    def _read(self, draft_id: str, sender: str) -> dict[str, Any]:
        path, doing = self._of(sender) / opaque(draft_id), f"look at a draft of {sender}"
        found = self._graph.do(Ask("GET", path, doing, {"$select": "id,isDraft"}, right=READ, headers=SAME_ID))
        if not isinstance(found, dict):
            raise self._graph.strange(doing)
        return found

    def _known(self, message_id: str, sender: str) -> dict[str, Any] | None:
        query = {"$filter": f"internetMessageId eq {text_literal(message_id)}", "$select": "id,isDraft"}
        ask = Ask(
            "GET", self._of(sender), f"look for a letter in the mailbox of {sender}", query, right=READ_WRITE,
            headers=SAME_ID,
        )  # fmt: skip
        found = list(self._graph.pages(ask, self._graph.ask(ask)))
        return next((one for one in found if not one.get("isDraft")), found[0] if found else None)

    def _compare(self, meant: EmailMessage, draft_id: str, sender: str, recipient: str) -> None:
        path = self._of(sender) / opaque(draft_id)
        ask = Ask("GET", content(path), f"read a draft of {sender} back", right=READ, headers=SAME_ID, raw=True)
        lies = _parsed(self._graph.do(ask))
        wrong = [what for what, read in _SEEN.items() if read(meant) != read(lies)]
        if wrong:
            self._take_away(draft_id, sender)
            raise Rejected(
                f"{self._graph.system}: the letter to {recipient} was not sent: "
                f"Exchange changed its {', '.join(wrong)}",
                system=self._graph.system,
                hint="Send it by SMTP, and report what was changed.",
            )

    def _of(self, sender: str) -> Path:
        return at("users", opaque(self._mailbox or sender), "messages")


def _parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=policy.SMTP)


def _people(header: str) -> Any:
    def read(message: EmailMessage) -> list[str]:
        found = message.get_all(header, [])
        return [address.addr_spec.casefold() for one in found for address in one.addresses]

    return read


class _Visible(HTMLParser):
    """The words that a reader of a page sees."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self._hidden += tag in {"style", "title", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title", "script"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += _WORDS.findall(data)


def _page(message: EmailMessage) -> list[str]:
    part = message.get_body(("html",))
    visible = _Visible()
    visible.feed(part.get_content() if part else "")
    return visible.words


def _text(message: EmailMessage) -> list[str]:
    part = message.get_body(("plain",))
    # A text of which nothing is left is made anew from the page by whoever reads it.
    return _WORDS.findall(part.get_content()) if part else _page(message)


def _attached(message: EmailMessage) -> list[tuple[str, bytes]]:
    return [(str(part.get_filename()), part.get_content()) for part in message.iter_attachments()]


_SEEN: Final[dict[str, Any]] = {
    "sender": _people("From"),
    "recipient": _people("To"),
    "further recipients": lambda message: _people("Cc")(message) + _people("Bcc")(message),
    "subject": lambda message: " ".join(str(message["Subject"]).split()),
    "page": _page,
    "text": _text,
    "attachment": _attached,
}
