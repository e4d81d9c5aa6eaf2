"""The rights that our accounts need, per kind of system and step: for the command, and for the README."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from offboard import connectors, steps
from offboard.commands.saying import AsJson, say, say_json, say_table
from offboard.connecting import fulfils
from offboard.letters.places import shipped
from offboard.wiring import playbook_file, read_playbook

COLUMNS = ("kind of system", "what it is for", "right, least first")


@dataclass(frozen=True, slots=True)
class Needed:
    """What one step needs on systems of one kind; the least right comes first."""

    kind: str
    step: str
    rights: tuple[str, ...]


def rights(
    playbook: Annotated[
        str, typer.Argument(metavar="[PLAYBOOK]", help="A playbook's name or file; else every step there is.")
    ] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a table in Markdown, for a ticket.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the rights that our accounts need for the steps of a playbook, and no more than those.

    Example: offboard playbooks rights employee
    """
    found = needed_rights(_steps_of(playbook))
    if as_json:
        say_json([{"kind": one.kind, "step": one.step, "rights": list(one.rights)} for one in found])
    elif markdown:
        say(rights_page(found))
    else:
        say_table(COLUMNS, [(one.kind, one.step, "; ".join(one.rights)) for one in found])


def needed_rights(words: Collection[str] | None = None) -> list[Needed]:
    """Return what each step needs on each kind of system that can do it; ``None``: every step there is."""
    return [
        Needed(kind, word, tuple(steps.step_class(word).rights[kind]))
        for kind in connectors.kinds()
        for word in steps.words()
        if (words is None or word in words)
        and kind in steps.step_class(word).rights
        and steps.step_class(word).fits(partial(fulfils, kind))
    ]


def rights_page(found: Iterable[Needed]) -> str:
    """Return the same as a table in Markdown."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---|---|---|"]
    lines += [f"| `{one.kind}` | `{one.step}` | {'; '.join(one.rights)} |" for one in found]
    return "\n".join(lines)


def _steps_of(playbook: str) -> set[str] | None:
    if not playbook:
        return None
    file = Path(playbook)
    path = file if file.suffix else playbook_file(playbook, [shipped("")])
    return {entry.step for entry in read_playbook(path).entries}
