"""Mail rules as the desk shows them: every text of a rule made safe, with what would change how it reads shown."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from offboard.domain.capabilities import Script
from offboard.forwarding import report_cards
from offboard.forwarding.model import Action, Judged
from offboard.forwarding.sources import PAGES

LONGEST = 20_000
"""Characters of a copy that a page shows; the rest is in the file that can be saved."""


class InWords:
    """What the templates call to show a part of a rule."""

    @staticmethod
    def safe(text: str) -> Markup:
        """Return a text, escaped, with controls and invisible characters by their number."""
        return Markup(report_cards.safe(text))  # noqa: S704 - escaped there

    @staticmethod
    def does(action: Action) -> Markup:
        """Return what an action does, and whether that is outside."""
        return Markup(report_cards.does(action))  # noqa: S704 - escaped there

    @staticmethod
    def reasons(judged: Sequence[Judged]) -> list[tuple[Markup, str, str]]:
        """Return each reason once: the sentence, what it cites, and where that is (without ``https://``)."""
        found = []
        for reason in dict.fromkeys(reason for one in judged for reason in one.reasons):
            cited = report_cards.source_of(reason)
            sentence = reason.replace(f" [{cited}]", "") if cited else reason
            found.append((InWords.safe(sentence), cited, PAGES.get(cited, "")))
        return found

    @staticmethod
    def raw(script: Script) -> Markup:
        """Return the copy of a rule as text, line by line."""
        text = script.content.decode("utf-8", "replace")
        lines = [line.removesuffix("\r").expandtabs(4) for line in text[:LONGEST].split("\n")]
        rest = len(text) - LONGEST
        more = [f"… and {rest} characters more, in the file"] if rest > 0 else []
        return Markup("\n").join(InWords.safe(line) for line in [*lines, *more])
