"""Rows and pages for Prefect's artifacts: pure, from the shapes that the engine shows.

They hold what IT needs to review a departure, and neither a letter's text nor any secret.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from offboard.domain.change import Outcome, Phase
from offboard.domain.departure import Departure, wall_time
from offboard.domain.exposure import Exposure
from offboard.domain.letter import Letter
from offboard.domain.plan import Plan, PlanKind
from offboard.domain.telling import ANSWERED_NO, not_chosen, question_lines
from offboard.engine.reading_rules import Read
from offboard.engine.scan_results import Result
from offboard.engine.verifying import Verified
from offboard.forwarding.model import Action

Row = dict[str, Any]

PHASES = {Phase.SECURE: "Shut the doors", Phase.HAND_OVER: "Pass things on", Phase.INFORM: "Tell people"}
LONGEST_VALUE = 40
SHORT = 16
SECRET_KEYS = frozenset({"password", "sha256", "digest", "held"})
CLIENT_STEP = "reassign_clients"
MOST_ROWS = 1000
MOST_REASONS = 2


def plan_page(plan: dict[str, Any], *, zone: str) -> str:
    """Return the plan as Markdown: who and when, what stands against it, and every change with its reason."""
    number, leaver, successor = plan["departure"], plan["leaver"], plan["successor"]
    facts = {
        "Who leaves": f"{leaver['name']} ({leaver['login']})",
        "Last moment": wall_time(plan["moment"], zone),
        "Playbook": plan["playbook"],
        "Successor": successor["name"] if successor else "nobody named",
        "Digest": f"{str(plan['digest'])[:SHORT]}…",
    }
    parts = [f"# {number}: the plan", _facts(facts)]
    parts += ["## What stands against it", _list(plan["guards"])] if plan["guards"] else []
    waits = not_chosen(plan)
    for phase, title in PHASES.items():
        changes = [change for change in plan["changes"] if change["phase"] == phase.value]
        if changes:
            parts += [f"## {title}", _changes(changes, waits)]
    one_way = [
        f"**{_safe(change['label'])}**: {_safe(change['one_way'])}"
        for change in plan["changes"]
        if change["one_way"] and waits.get(change["id"]) != ANSWERED_NO
    ]
    parts += ["## Cannot be undone", "\n".join(f"- {line}" for line in one_way)] if one_way else []
    uncovered = [gap for gap in plan["not_covered"] if not gap.get("question")]
    gaps = [f"{gap['step']}{' on ' + gap['system'] if gap['system'] else ''}: {gap['reason']}" for gap in uncovered]
    title = "## Cannot be put back" if plan.get("kind") == PlanKind.UNDO else "## Not covered"
    parts += [title, _list(gaps)] if gaps else []
    left, given = question_lines(plan["questions"])
    how = f"Answer each: `offboard answer {number} QUESTION yes|no --because TEXT --as EMAIL`, or at the desk. "
    how += "What nobody answers stays as it is."
    parts += ["## Please answer", _list(left), how] if left else []
    parts += ["## Asked and answered", _list(given)] if given else []
    approve = f"Somebody from IT, HR or the owner approves this plan, by name: `offboard approve {number} --as EMAIL`."
    parts += ["## What to do now", f"{approve} To leave a change out, add `--decline` and its number."]
    return "\n\n".join(parts) + "\n"


def current_changes(shown: dict[str, Any]) -> list[Row]:
    """Return the changes that say how it is now: those of the undo where there was one."""
    changes: list[Row] = shown["changes"]
    return [change for change in changes if change["plan"] == PlanKind.UNDO] or changes


def outcome_rows(shown: dict[str, Any]) -> list[Row]:
    """Return one row per change: what came of it, on which system, and how long it took."""
    return [
        {
            "step": change["step"],
            "what": change["label"],
            "outcome": change["outcome"] or "waiting",
            "system": change["system"],
            "effect": change["effect"] or "",
            "seconds": "" if change["seconds"] is None else f"{change['seconds']:.3f}",
            "error": change["error"] or "",
        }
        for change in current_changes(shown)
    ]


def clock_page(shown: dict[str, Any], *, zone: str) -> str:
    """Return the outcome per system with the clock, as Markdown."""
    number, clock = shown["departure"], shown["clock"]
    since = clock.get("requested")
    hands = {
        name.replace("_", " "): f"{wall_time(at, zone)}, {_later(since, at)}"
        for name, at in clock.items()
        if at and name != "requested"
    }
    asked = {"requested": wall_time(since, zone)} if since else {}
    rows: dict[tuple[str, str], list[Row]] = {}
    for change in current_changes(shown):
        rows.setdefault((change["phase"], change["system"]), []).append(change)
    lines = ["| phase | system | changes | done | open | seconds |", "|---|---|---:|---:|---:|---:|"]
    for (phase, system), changes in rows.items():
        settled = sum(1 for change in changes if change["outcome"] in {"done", "already", "declined"})
        seconds = sum(change["seconds"] or 0 for change in changes)
        lines.append(
            f"| {PHASES[Phase(phase)]} | {_safe(system)} | {len(changes)} | {settled} | {len(changes) - settled} "
            f"| {seconds:.3f} |"
        )
    wrong = [
        f"{change['id']} {change['label']} ({change['step']} on {change['system']}): {change['outcome']}. "
        f"{change['error'] or ''} {change['hint'] or ''}"
        for change in current_changes(shown)
        if change["outcome"] in {"failed", "drifted", "parked"} and not change.get("awaited")
    ]
    parts = [f"# {number}: {shown['status'].replace('_', ' ')}", _facts(asked | hands), "\n".join(lines)]
    if wrong:
        parts += [
            "## Somebody has to look at",
            _list(wrong),
            f"Then `offboard apply {number}` again, or `offboard settle {number} CHANGE --reason TEXT --as EMAIL`.",
        ]
    return "\n\n".join(parts) + "\n"


def client_rows(plan: Plan, departure: Departure, outcomes: Mapping[str, Outcome]) -> list[Row]:
    """Return one row per client: the old and the new person; an undo gives clients back to the leaver."""
    rows = []
    for change in plan.changes:
        if change.step != CLIENT_STEP:
            continue
        client = change.before.get("client", change.target) if isinstance(change.before, dict) else change.target
        successor = departure.successor_of(str(client))
        people = [departure.leaver.name, successor.name if successor else _person(change.after)]
        old, new = reversed(people) if plan.kind is PlanKind.UNDO else people
        outcome = outcomes.get(change.id)
        rows.append(
            {
                "client": change.label,
                "old person": old,
                "new person": new,
                "outcome": outcome.result.value if outcome else "planned",
                "in the register": f"{_person(change.before)} → {_person(change.after)}",
            }
        )
    return rows


def rules_page(number: str, reads: Sequence[Read]) -> str:
    """Return the mail rules with the verdict on each as Markdown, the worst first."""
    judged = sorted((one for read in reads for one in read.judged), key=lambda one: -one.verdict)
    title = f"# {number}: mail rules"
    if not judged:
        return f"{title}\n\nThere are none.\n"
    parts = [title]
    for one in judged:
        rule = one.rule
        resting = "" if rule.active else " (not active)"
        parts.append(f"## {one.verdict.word}: {_safe(rule.label or rule.name)}{resting}")
        parts.append(
            "\n".join(
                (
                    f"- **does:** {_safe('; '.join(map(_action, rule.actions)))}",
                    f"- **when:** {_safe('; '.join(rule.conditions) or 'every mail')}",
                    f"- **why:** {_safe(' '.join(one.reasons) or 'nothing to say')}",
                )
            )
        )
    return "\n\n".join(parts) + "\n"


def scan_rows(found: Iterable[Result]) -> list[Row]:
    """Return one row per finding of a scan, the first ``MOST_ROWS`` of them."""
    return [
        {
            "verdict": one.judged.verdict.word,
            "new": {True: "new", False: "", None: "not known"}[one.new],
            "mailbox": one.judged.rule.mailbox or "the whole organisation",
            "rule": one.judged.rule.label or one.judged.rule.name,
            "system": one.judged.rule.system,
            "why": " ".join(one.judged.reasons[:MOST_REASONS]),
        }
        for one in itertools.islice(found, MOST_ROWS)
    ]


def exposure_rows(rows: Iterable[Exposure]) -> list[Row]:
    """Return one row per person, the most valuable dependence first."""
    return [
        {
            "person": row.person,
            "clients": row.clients,
            "known to them alone": row.sole_contact,
            "value at risk": row.value_at_risk,
            "days without the owner": row.longest_without_owner_days,
            "never met the owner": row.never_met_owner,
        }
        for row in itertools.islice(rows, MOST_ROWS)
    ]


def letter_rows(letters: Iterable[Letter]) -> list[Row]:
    """Return one row per letter, without its text; what the page shows first is what the reader needs first."""
    return [
        {
            "client": letter.client_name,
            "state": letter.state.value.replace("_", " "),
            "language": letter.language,
            "channel": letter.channel.value,
            "letter": letter.id,
            "warnings": "; ".join(letter.warnings),
        }
        for letter in letters
    ]


def verified_page(verified: Verified) -> str:
    """Return what verifying found, as Markdown."""
    title = f"# {verified.departure}: " + ("it holds" if verified.holds else "it does not hold")
    title += "".join(
        f"\n\n{_safe(one.change.system)}, {_safe(one.change.label)}: {one.why} until {one.until}"
        for one in verified.residual
    )
    if not verified.left:
        return f"{title}\n\nEverything was looked at again over fresh connections, and all of it is as it should be.\n"
    lines = ["| system | step | what | found | wanted |", "|---|---|---|---|---|"]
    lines += [
        f"| {_safe(one.change.system)} | {one.change.step} | {_safe(one.change.label)} | {_safe(_state(one.found))} "
        f"| {_safe(_state(one.change.after))} |"
        for one in verified.left
    ]
    return f"{title}\n\n" + "\n".join(lines) + "\n"


def _later(since: str | None, at: str) -> str:
    if since is None:
        return ""
    seconds = (datetime.fromisoformat(at) - datetime.fromisoformat(since)).total_seconds()
    return f"{seconds:.1f} s after the request"


def _changes(changes: Sequence[dict[str, Any]], waits: Mapping[str, str]) -> str:
    lines = ["| no. | system | what | before → after | why |", "|---|---|---|---|---|"]
    for change in changes:
        turn = f"{_safe(_state(change['before']))} → {_safe(_state(change['after']))}"
        turn = f"{waits[change['id']]}: {turn}" if change["id"] in waits else turn
        lines.append(
            f"| {change['id']} | {_safe(change['system'])} | **{change['step']}**: {_safe(change['label'])} | {turn} "
            f"| {_safe(change['why'])} |"
        )
    return "\n".join(lines)


def _state(state: Any) -> str:
    """Return a state in a few words; digests and whatever stands for a password are left out."""
    if state is None:
        return "not there"
    if not isinstance(state, dict):
        return _value(state)
    shown = [
        f"{key.replace('_', ' ')} {_value(value)}"
        for key, value in state.items()
        if key not in SECRET_KEYS and value not in ([], "")
    ]
    return ", ".join(shown) or "there"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _person(state: Any) -> str:
    return str(state.get("responsible", state.get("owner", ""))) if isinstance(state, dict) else ""


def _action(action: Action) -> str:
    where = " (outside)" if action.external else ""
    return f"{action.kind.replace('_', ' ')} {action.target}".strip() + where


def _facts(facts: dict[str, str]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {_safe(value)} |" for name, value in facts.items())])


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_safe(line)}" for line in lines)


def _safe(text: object) -> str:
    """Return text that Markdown shows as it stands: names come from directories and registers, not from us."""
    escaped = "".join(f"\\{char}" if char in r"\`*_[]<>|#" else char for char in " ".join(str(text).split()))
    return escaped.replace("&", "&amp;")
