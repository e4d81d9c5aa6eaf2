"""Plans and departures in words, for people at a terminal."""

from typing import Any

from offboard.commands.saying import say, say_table
from offboard.domain.departure import wall_time
from offboard.domain.telling import ANSWERED_NO, PHASES, UNDOING, difference, not_chosen, question_lines


def plan_in_words(plan: dict[str, Any]) -> None:
    """Print a plan: what, where, before and after, why, what cannot be undone, what is not covered."""
    leaver = plan["leaver"]
    say(
        f"{plan['departure']}: {leaver['name']} ({leaver['login']}, {leaver['mail'] or 'no mail'}) "
        + ("comes back" if plan["kind"] == "undo" else f"leaves at {wall_time(plan['moment'], plan['zone'])}")
    )
    if plan["successor"]:
        say(f"Successor: {plan['successor']['name']}")
    waits = not_chosen(plan)
    for phase, title in (UNDOING if plan["kind"] == "undo" else PHASES).items():
        changes = [change for change in plan["changes"] if change["phase"] == phase]
        if changes:
            say(f"\n{title}:")
            say_table(
                ("id", "system", "step", "what", "change", "why"),
                [
                    (c["id"], c["system"], c["step"], c["label"], _change(c, waits.get(c["id"])), c["why"])
                    for c in changes
                ],
            )
    one_way = [c for c in plan["changes"] if c["one_way"] and waits.get(c["id"]) != ANSWERED_NO]
    if one_way:
        say("\nCannot be undone:")
        for change in one_way:
            say(f"  {change['id']} {change['label']}: {change['one_way']}")
    undo = plan["kind"] == "undo"
    gaps = [gap for gap in plan["not_covered"] if not gap.get("question")]
    for line in gaps_in_words(gaps, title="Cannot be put back" if undo else "Not covered"):
        say(line)
    for line in questions_in_words(plan["departure"], plan["questions"]):
        say(line)
    for guard in plan["guards"]:
        say(f"\nGuard: {guard}")
    say(f"\nDigest {plan['digest']}")


def gaps_in_words(gaps: list[dict[str, Any]], *, title: str = "Not covered") -> list[str]:
    """Return what a plan does not cover in as few lines as say it: steps with the same reason share one.

    Steps that no configured system is for concern nobody here, and stand in one line at the end.
    """
    shared: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        if gap["system"]:
            shared.setdefault((gap["system"], gap["reason"]), []).append(gap["step"])
    idle = dict.fromkeys(gap["step"] for gap in gaps if not gap["system"])
    lines = [f"\n{title}:"] if shared else []
    lines += [f"  {', '.join(words)} on {system}: {reason}" for (system, reason), words in shared.items()]
    return [*lines, f"\nNot needed here, since no configured system does it: {', '.join(idle)}"] if idle else lines


def questions_in_words(number: str, asked: list[dict[str, Any]]) -> list[str]:
    """Return what planning asks, the open questions first, with what either answer means and how one answers."""
    left = [one for one in asked if not one["answer"]]
    lines = ["\nPlease answer; what nobody answers stays as it is:"] if left else []
    for one in left:
        lines += [f"  {one['id']} on {one['system']}: {one['text']}", f"    yes: {one['yes']}", f"    no: {one['no']}"]
    lines += [f"  offboard answer {number} {left[0]['id']} yes|no --because TEXT --as EMAIL"] if left else []
    _, given = question_lines(asked)
    lines += ["\nAsked and answered:"] if given else []
    return [*lines, *(f"  {line}" for line in given)]


def show_in_words(shown: dict[str, Any]) -> None:
    """Print where a departure stands."""
    moment = wall_time(shown["moment"], shown["zone"])
    say(f"{shown['departure']}: {shown['leaver']}, {shown['status']}, last moment {moment}")
    rows = [
        (
            c["id"],
            c["system"],
            c["step"],
            c["label"],
            c["outcome"] or "waiting",
            _effect(c, shown["zone"]),
            _seconds(c),
            c["error"] or "",
        )
        for c in shown["changes"]
    ]
    if rows:
        say_table(("id", "system", "step", "what", "outcome", "effect", "seconds", "error"), rows)
    clock = "; ".join(
        f"{hand.replace('_', ' ')} {wall_time(at, shown['zone'])}" for hand, at in shown["clock"].items() if at
    )
    say(f"\nClock: {clock}")
    clients = shown["clients"]
    if clients["total"]:
        say(
            f"Clients: {clients['total']}, reassigned {clients['reassigned']}, skipped {clients['skipped']}, "
            f"without a person {clients['orphaned']}"
            + (f", given back {clients['given_back']}" if clients["given_back"] else "")
        )
    if shown["letters"]:
        say("Letters: " + ", ".join(f"{count} {name}" for name, count in sorted(shown["letters"].items())))
    for line in questions_in_words(shown["departure"], [one for one in shown["questions"] if not one["answer"]]):
        say(line)
    _say_next(shown)


def _change(change: dict[str, Any], waits: str | None) -> str:
    differs = difference(change["before"], change["after"])
    return f"{waits}: {differs}" if waits else differs


def _effect(change: dict[str, Any], zone: str) -> str:
    until = change["residual_until"]
    return f"{change['effect']} until {wall_time(until, zone)}" if until else change["effect"] or ""


def _seconds(change: dict[str, Any]) -> str:
    return "" if change["seconds"] is None else f"{change['seconds']:.3f}"


def _say_next(shown: dict[str, Any]) -> None:
    number, letters = shown["departure"], shown["letters"]
    tried = [c for c in shown["changes"] if c["outcome"] and not c["settled"] and shown["status"] != "undone"]
    failing = [c for c in tried if not c["awaited"]]
    for one in (c for c in tried if c["awaited"]):
        say(f"Waiting: {one['id']} until {wall_time(one['residual_until'], shown['zone'])}: {one['error']}")
    if failing:
        say(
            f"Next: look at {', '.join(c['id'] for c in failing)}; then 'offboard apply {number}' again, "
            "or 'offboard settle'."
        )
        for hint in dict.fromkeys(c["hint"] for c in failing if c["hint"]):
            say(f"      {hint}")
    elif shown["status"] == "attention" and any(c["outcome"] is None for c in shown["changes"]):
        say(f"Next: read what waits: offboard plan {number}; then approve it: offboard approve {number} --as EMAIL")
    elif shown["status"] == "planned":
        say(f"Next: offboard approve {number} --as EMAIL")
    elif letters.get("to_review"):
        say(f"Next: the owner reads the letters: offboard letters list {number}")
    elif letters.get("held"):
        say(f"Next: the owner decides on the letters that are held: offboard letters list {number}")
    elif letters.get("approved"):
        say(
            f"Next: 'offboard apply {number}' sends what goes by mail; "
            f"print the rest: offboard letters print {number} --out DIR"
        )
    elif shown["status"] == "attention":
        say(f"Next: read what waits for approval, or could not be read: offboard plan {number}")
        say(f"      approve it: offboard approve {number} --as EMAIL; or look again: offboard plan {number} --again")
