"""One file per step, found by its name: the file's name is the playbook's word.

A step decides what should differ and knows how to write it; the engine looks, applies, verifies and undoes.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from offboard.errors import BadInput
from offboard.steps.base import Step

__all__ = ["Step", "step_class", "words"]


@cache
def words() -> tuple[str, ...]:
    """Return every step's word, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "base" and m.name[0] != "_"))


@cache
def step_class(word: str) -> type[Step[Any]]:
    """Return the step of that word.

    Raises:
        BadInput: there is no such step.
    """
    if word not in words():
        raise BadInput(f"step: {word!r} is unknown", hint=f"The steps are: {', '.join(words())}.")
    module = importlib.import_module(f"{__name__}.{word}")
    found = [
        c
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, Step) and c.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise BadInput(f"step: the file of {word!r} must hold exactly one Step, not {len(found)}")
    return found[0]
