"""How suspicious a mail rule is, with the reasons for it.

The verdicts: mail to an external address is at least *suspicious*; with the whole mailbox, hiding or deleting,
keywords, a private mail provider, or as a transport rule it is an *alarm*; deleting or hiding mail of chosen senders or
subjects is *suspicious*; internal forwarding, notifications and what nobody can tell before delivery are *notice*.
A rule that is switched off is judged like any other, but is at most *suspicious*: it moves no mail today, and one
click switches it on.

Every reason ends with the page it rests on, in brackets; :mod:`offboard.forwarding.sources` says where that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offboard.forwarding.addresses import (
    bare_address,
    domain_of,
    is_external,
    is_private_provider,
    looks_like,
)
from offboard.forwarding.folders import FOLDER_ID, hides
from offboard.forwarding.keywords import found_keywords
from offboard.forwarding.model import Action, Judged, Rule, Verdict
from offboard.forwarding.sources import (
    DELEGATION,
    DEPARTING,
    FORWARDING,
    HIDING,
    INBOX_RULES,
    INCLUDING,
    LIKENESS,
    NOTIFYING,
    ODD_NAMES,
    PROGRAMS,
    REFUSING,
    VARIABLES,
    lifting_of,
    reference_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

SENDS = frozenset({"forward", "redirect", "forward_as_attachment"})
"""The actions that pass the mail itself on."""

_MOVING = frozenset({"delete", "file", *SENDS})
_CHOSEN = frozenset({"sender", "subject", "body"})

_TOLD = {
    "notify": f'It sends a notification to "{{target}}" [{NOTIFYING}]',
    "include": f'It includes the script "{{target}}": what that one does cannot be told here [{INCLUDING}]',
    "execute": f'It runs the program "{{target}}" on the server: what that does cannot be told [{PROGRAMS}]',
    "reject": f"It refuses mail, so the person never sees it [{REFUSING}]",
    "unknown": 'What it does cannot be told: "{target}" is not known here [{page}]',
    "sweep": "It sweeps mail into {target} [{page}]",
    "unseen": "What it does cannot be told in full: {target} [{page}]",
    "lets_out": "It lets rules forward mail by themselves: {target} [{page}]",
}
"""What is worth a *notice*, by the kind of the action."""

_Reason = tuple[Verdict, str]


def judge(
    rule: Rule,
    *,
    domains: Sequence[str],
    private_addresses: Sequence[str] = (),
    notice_given: datetime | None = None,
    changed_at: datetime | None = None,
) -> Judged:
    """Return the verdict on one rule, with every reason for it.

    The reasons come in a fixed order: where mail goes, what makes that worse, what is hidden, what cannot be told, when
    it was changed, what the source adds. ``private_addresses`` are the leaver's own ones; ``notice_given`` and
    ``changed_at`` (default: what the rule's source says) are moments with a zone.
    """
    private = frozenset(bare.casefold() for address in private_addresses if (bare := bare_address(address)))
    reasons = [
        *_sending(rule, domains, private),
        *_concealing(rule),
        *_telling(rule),
        *_lifting(rule, domains),
    ]
    reasons += _timing(rule, reasons, notice_given, changed_at or rule.changed_at)
    verdict = max((worth for worth, _ in reasons), default=Verdict.NONE)
    texts = [text for _, text in reasons]
    if verdict > Verdict.NOTICE and rule.turn is not None and any(action.kind == "stop" for action in rule.actions):
        texts.append(f"It ends the processing: no later rule sees that mail [{INBOX_RULES}].")
    if not rule.active and verdict > Verdict.NONE:
        verdict = min(verdict, Verdict.SUSPICIOUS)
        texts.append("The rule is switched off or never reached: it moves no mail today, and one change makes it run.")
    return Judged(rule, verdict, tuple(dict.fromkeys((*texts, *rule.notes))))


def worst(judged: Iterable[Judged]) -> Verdict:
    """Return the worst verdict, *none* when there is no rule."""
    return max((one.verdict for one in judged), default=Verdict.NONE)


def _sending(rule: Rule, domains: Sequence[str], private: frozenset[str]) -> Iterator[_Reason]:
    sending = [(action, _leaves(action, domains)) for action in rule.actions if action.kind in SENDS]
    for action, leaves in sending:
        if leaves:
            yield from _target(action, domains, private)
    if any(leaves for _, leaves in sending):
        yield from _aggravating(rule)
    for action, leaves in sending:
        if not leaves:
            yield _inside(action, rule.source)


def _leaves(action: Action, domains: Sequence[str]) -> bool:
    return bool(action.external) or any(is_external(address, domains) for address in action.may_be)


def _target(action: Action, domains: Sequence[str], private: frozenset[str]) -> Iterator[_Reason]:
    addresses = action.may_be or (action.target,)
    for address in addresses:
        shown, domain = bare_address(address) or address, domain_of(address)
        if not is_external(address, domains) and action.may_be:
            continue
        verb = "can go" if action.may_be else "goes"
        yield Verdict.SUSPICIOUS, f"Mail {verb} to {shown}, an address outside the company [{FORWARDING}]."
        if shown.casefold() in private:
            yield Verdict.ALARM, f"{shown} is a known private address of the person [{FORWARDING}]."
        if is_private_provider(domain):
            yield Verdict.ALARM, f"{domain} is a provider of private mailboxes [{FORWARDING}]."
        if twin := looks_like(domain, domains):
            yield Verdict.ALARM, f"The domain {domain} looks like {twin}, but is not one of the company's [{LIKENESS}]."


def _inside(action: Action, source: str) -> _Reason:
    if action.external is None:
        page = VARIABLES if "${" in action.target else reference_of(source)
        return Verdict.NOTICE, f'Where mail goes cannot be told before delivery: "{action.target}" [{page}].'
    shown = bare_address(action.target) or action.target
    return Verdict.NOTICE, f"Mail goes to {shown} inside the company [{reference_of(source)}]."


def _aggravating(rule: Rule) -> Iterator[_Reason]:
    """Yield what makes mail to the outside an alarm."""
    if rule.whole_mailbox:
        some = " except what its conditions leave out" if rule.conditions else ""
        yield Verdict.ALARM, f"It takes every mail of the mailbox{some} [{FORWARDING}]."
    if words := found_keywords(rule.words):
        yield Verdict.ALARM, f"It picks mail by words of business or security: {', '.join(words)} [{FORWARDING}]."
    if rule.source == "transport":
        works = "works for the whole organisation, unseen by its people"
        yield Verdict.ALARM, f"It is a transport rule: it {works} [{HIDING}]."
    if rule.hidden:
        yield Verdict.ALARM, f"The rule is hidden from the person's own list of rules [{HIDING}]."
    if any(action.kind == "delete" for action in rule.actions):
        yield Verdict.ALARM, f"It deletes what it has passed on [{HIDING}]."
    elif not rule.keeps_copy and not rule.whole_mailbox:
        yield Verdict.SUSPICIOUS, f"No copy of what it passes on stays in the mailbox [{reference_of(rule.source)}]."
    elif not rule.keeps_copy:
        yield Verdict.ALARM, f"No copy of what it passes on stays in the mailbox [{reference_of(rule.source)}]."
    if any(action.kind in {"mark_read", "file"} for action in rule.actions):
        yield Verdict.ALARM, f"It files away or marks as read what it has passed on [{HIDING}]."
    if _is_odd_or_short(rule.name) or _is_odd_or_short(rule.label):
        yield Verdict.ALARM, f'Its name "{rule.label or rule.name}" says nothing [{ODD_NAMES}].'


def _concealing(rule: Rule) -> Iterator[_Reason]:
    """Yield what hides mail from the person, or from those who look after the mailbox."""
    kinds = {action.kind for action in rule.actions}
    chosen = not _CHOSEN.isdisjoint(rule.looks_at)
    which = "mail of chosen senders or with chosen words" if chosen else "every mail"
    concealed = chosen or rule.whole_mailbox
    if "delete" in kinds and concealed:
        yield Verdict.SUSPICIOUS, f"It deletes {which} [{HIDING}]."
    for action in rule.actions:
        if action.kind == "file" and concealed and hides(action.target, marked_read="mark_read" in kinds):
            yield Verdict.SUSPICIOUS, f'It moves {which} to "{action.target}", where nobody looks [{HIDING}].'
        elif action.kind == "file" and concealed and action.target.startswith(FOLDER_ID):
            page = reference_of(rule.source)
            yield Verdict.NOTICE, f"It moves {which} to a folder of which only the id is known: look there [{page}]."
    if rule.hidden and kinds - {"stop"}:
        yield Verdict.SUSPICIOUS, f"The rule is hidden from the person's own list of rules [{HIDING}]."
    if not _MOVING.isdisjoint(kinds) and (_is_odd(rule.name) or _is_odd(rule.label)):
        yield Verdict.SUSPICIOUS, f'Its name "{rule.label or rule.name}" says nothing [{ODD_NAMES}].'


def _telling(rule: Rule) -> Iterator[_Reason]:
    """Yield notifications, rejections, who else gets in, and what nobody can tell."""
    page = reference_of(rule.source)
    for action in rule.actions:
        target = action.target
        if action.kind == "notify" and action.external:
            yield Verdict.SUSPICIOUS, f"A notification of each mail goes outside, to {target} [{FORWARDING}]."
        elif action.kind == "access":
            inside = "" if not action.external else ", and is outside the company"
            worth = Verdict.SUSPICIOUS if action.external else Verdict.NOTICE
            yield worth, f"{target} can {rule.name or 'get into this mailbox'}{inside} [{DELEGATION}]."
        elif text := _TOLD.get(action.kind):
            yield Verdict.NOTICE, f"{text.format(target=target, page=page)}."


def _lifting(rule: Rule, domains: Sequence[str]) -> Iterator[_Reason]:
    lifted = any(action.kind == "lift" for action in rule.actions)
    if lifted and not _CHOSEN.isdisjoint(rule.looks_at):
        yield Verdict.NOTICE, f"It lifts mail of chosen senders or subjects to the top [{lifting_of(rule.source)}]."
    inside = lifted or any(action.kind in SENDS and not _leaves(action, domains) for action in rule.actions)
    if inside and (words := found_keywords(rule.words)):
        yield Verdict.NOTICE, f"It picks mail by words of business or security: {', '.join(words)} [{FORWARDING}]."


def _timing(
    rule: Rule, reasons: Sequence[_Reason], notice_given: datetime | None, changed_at: datetime | None
) -> Iterator[_Reason]:
    if notice_given is None or changed_at is None or changed_at < notice_given:
        return
    outside = any(worth >= Verdict.SUSPICIOUS for worth, _ in reasons) and any(
        action.kind in SENDS for action in rule.actions
    )
    when = f"on {changed_at:%d %B %Y}, after notice was given on {notice_given:%d %B %Y}"
    yield Verdict.ALARM if outside else Verdict.NOTICE, f"It was made or changed {when} [{DEPARTING}]."


def _is_odd(name: str) -> bool:
    """Say whether a rule's name is there to be overlooked: only punctuation and blanks."""
    return bool(name) and not _letters(name)


def _is_odd_or_short(name: str) -> bool:
    """Say the same of a name, also of one with a single letter: alone that is careless, beside worse it is telling."""
    return bool(name) and _letters(name) <= 1


def _letters(name: str) -> int:
    return sum(map(str.isalnum, name))
