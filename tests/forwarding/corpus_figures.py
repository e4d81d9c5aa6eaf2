"""The corpus of labelled rules, and how well the classifier does on it: precision and recall, printed and asserted."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offboard.forwarding.crowding import together
from offboard.forwarding.judging import SENDS, judge, worst
from offboard.forwarding.model import Verdict
from offboard.forwarding.reading import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offboard.forwarding.model import Judged

CORPUS = Path(__file__).parent / "corpus"
DOMAINS = ("acme.example", "acme.test", "müller-acme.example")
SOURCES = {
    "inbox": ("inbox_rules.json", "exchange", "RuleIdentity"),
    "mailbox": ("mailboxes.json", "exchange", "PrimarySmtpAddress"),
    "transport": ("transport_rules.json", "exchange", "Guid"),
    "sweep": ("sweep_rules.json", "exchange", "RuleId"),
    "graph": ("message_rules.json", "graph", "id"),
    "audit": ("audit.jsonl", "audit", "Id"),
}
"""Where the records of a source are, how they are read, and which field the labels call them by."""

WORDS = tuple(verdict.word for verdict in Verdict)
_TELLING = frozenset({*SENDS, "notify"})


@dataclass(frozen=True, slots=True)
class Label:
    """One line of ``labels.csv``, with the exported bytes that it is about."""

    source: str
    item: str
    verdict: str
    leaves: str
    reference: str
    because: str
    format: str
    data: bytes

    @property
    def harmless(self) -> bool:
        """Whether nobody should be bothered by more than a *notice*."""
        return self.verdict in {"none", "notice"}


@dataclass(frozen=True, slots=True)
class Found:
    """What the classifier says of one labelled rule."""

    label: Label
    verdict: str
    leaves: str
    judged: tuple[Judged, ...]


def labels() -> list[Label]:
    """Return every label with its rule; each has the other."""
    data = {(source, item): (format_, bytes_) for source, item, format_, bytes_ in _items()}
    with (CORPUS / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [
        Label(
            row["source"], row["item"], row["verdict"], row["leaves"], row["from"], row["because"],
            *data.pop((row["source"], row["item"])),
        )
        for row in rows
    ]  # fmt: skip
    assert not data, f"without a label: {sorted(data)}"
    return found


def classify(label: Label) -> Found:
    """Judge one labelled rule as ``rules check`` does."""
    rules = read_rules(label.data, label.format, domains=DOMAINS, name="export")
    judged = together(judge(rule, domains=DOMAINS) for rule in rules)
    return Found(label, worst(judged).word, leaving(judged), tuple(judged))


def leaving(judged: Sequence[Judged]) -> str:
    """Say whether mail, or word of it, leaves the company today: yes, no, or unknown."""
    actions = [action for one in judged if one.rule.active for action in one.rule.actions]
    if any(action.kind in _TELLING and (action.external or action.may_be) for action in actions):
        return "yes"
    return "unknown" if any(action.external is None for action in actions) else "no"


def missed(found: Sequence[Found]) -> list[str]:
    """Return the rules by which mail leaves, or may, and of which the classifier says less."""
    weight = {"no": 0, "unknown": 1, "yes": 2}
    return [_called(one) for one in found if weight[one.leaves] < weight[one.label.leaves]]


def bothered(found: Sequence[Found]) -> list[str]:
    """Return the harmless rules that the classifier puts above *notice*."""
    return [_called(one) for one in found if one.label.harmless and one.verdict not in {"none", "notice"}]


def wrong(found: Sequence[Found]) -> list[str]:
    """Return the rules whose verdict is another than their label's."""
    return [f"{_called(one)}: {one.verdict}" for one in found if one.verdict != one.label.verdict]


def rates(found: Sequence[Found], verdict: str) -> tuple[float | None, float | None]:
    """Return precision and recall of one verdict; ``None`` where it never occurs."""
    said = Counter(one.verdict for one in found)[verdict]
    meant = Counter(one.label.verdict for one in found)[verdict]
    right = sum(one.verdict == one.label.verdict == verdict for one in found)
    return (right / said if said else None, right / meant if meant else None)


def table(found: Sequence[Found]) -> str:
    """Return precision and recall per source and verdict, and the two goals, as text."""
    lines = [f"{'source':<10} {'rules':>5}" + "".join(f"  {word + ' P / R':>17}" for word in WORDS)]
    for source in [*dict.fromkeys(one.label.source for one in found), "all"]:
        some = [one for one in found if source in {one.label.source, "all"}]
        shown = "".join(f"  {' / '.join(map(_percent, rates(some, word))):>17}" for word in WORDS)
        lines.append(f"{source:<10} {len(some):>5}{shown}")
    harmless = [one for one in found if one.label.harmless]
    outside = sum(one.label.leaves == "yes" for one in found)
    share = 100 * len(bothered(found)) / len(harmless)
    lines += [
        f"external forwards missed: {len(missed(found))} of {outside} (goal: 0)",
        f"harmless rules above notice: {len(bothered(found))} of {len(harmless)}, {share:.1f} % (goal: at most 2 %)",
    ]
    return "\n".join([*lines, *(f"  {text}" for text in wrong(found))])


def _items() -> Iterator[tuple[str, str, str, bytes]]:
    for path in sorted((CORPUS / "sieve").glob("*.sieve")):
        yield "sieve", path.stem, "sieve", path.read_bytes()
    for source, (name, format_, key) in SOURCES.items():
        text = (CORPUS / name).read_text(encoding="utf-8")
        records: list[Any] = (
            [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)
        )
        for record in records:
            yield source, str(record[key]), format_, json.dumps([record]).encode()


def _called(one: Found) -> str:
    return f"{one.label.source} {one.label.item} ({one.label.verdict}, {one.label.because})"


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.1f}"


def main() -> None:
    """Print the figures."""
    sys.stdout.write(f"{table([classify(label) for label in labels()])}\n")


if __name__ == "__main__":
    main()
