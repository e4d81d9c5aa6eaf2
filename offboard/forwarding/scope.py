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


def join_scopes(scopes: list[Scope]) -> Scope:
    """Return the scope of mail that all of ``scopes`` take."""
    scopes = [scope for scope in scopes if scope.sentences or scope.notes]
    if len(scopes) == 1:
        return scopes[0]
    filled = [scope for scope in scopes if scope.sentences]
    return Scope(
        sentences=tuple(sentence for scope in scopes for sentence in scope.sentences),
        looks_at=tuple(sorted({what for scope in scopes for what in scope.looks_at})),
        words=tuple(dict.fromkeys(word for scope in scopes for word in scope.words)),
        exceptions_only=bool(filled) and all(scope.exceptions_only for scope in filled),
        notes=tuple(dict.fromkeys(note for scope in scopes for note in scope.notes)),
    )


def quoted(values: tuple[str, ...]) -> str:
    """Return values as people list them: "a", "b" or "c"; more than eight are counted, not listed."""
    shown = [f'"{value}"' for value in values[:8]]
    if len(values) > len(shown):
        return f"{', '.join(shown)} or {len(values) - len(shown)} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}" if shown else '""'
