"""Which mail a rule takes: sentences for people, and the few facts that a verdict depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule looks at.

    ``sentences`` are all conditions in plain words. ``looks_at`` ⊆ sender · subject · body · recipient · spam · size ·
    other, without what is only excluded. ``words`` are the values looked for. ``exceptions_only`` says that every
    sentence only takes some mail away, so that the rest of the mailbox is taken.
    """

    sentences: tuple[str, ...] = ()
    looks_at: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    exceptions_only: bool = False
    notes: tuple[str, ...] = ()


_EVERY_MAIL = Scope()


def join_scopes(scopes: list[Scope]) -> Scope:
    """Return the scope of mail that all of ``scopes`` take."""
    scopes = [scope for scope in scopes if scope.sentences or scope.notes]
    if len(scopes) < 2:  # noqa: PLR2004 - nothing to join
        return scopes[0] if scopes else _EVERY_MAIL
    sentences: list[str] = []
    looks_at: set[str] = set()
    words: list[str] = []
    notes: list[str] = []
    exceptions_only = True
    for scope in scopes:
        sentences += scope.sentences
        looks_at.update(scope.looks_at)
        words += scope.words
        notes += scope.notes
        exceptions_only = exceptions_only and (scope.exceptions_only or not scope.sentences)
    return Scope(
        tuple(sentences),
        tuple(sorted(looks_at)),
        tuple(dict.fromkeys(words)),
        exceptions_only and bool(sentences),
        tuple(dict.fromkeys(notes)),
    )


def quoted(values: tuple[str, ...]) -> str:
    """Return values as people list them: "a", "b" or "c"; more than eight are counted, not listed."""
    if len(values) == 1:
        return f'"{values[0]}"'
    shown = [f'"{value}"' for value in values[:8]]
    if len(values) > len(shown):
        return f"{', '.join(shown)} or {len(values) - len(shown)} more"
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if shown else '""'
