"""Letter templates: one file per language that reads like a mail, run in a sandbox that only fills in facts."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeAlias

from jinja2 import StrictUndefined, Template, TemplateError, TemplateRuntimeError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from offboard.errors import BadInput
from offboard.letters.cleaning import clean, one_line
from offboard.letters.template_rules import NO_LISTS, Names, faults_of
from offboard.letters.tree import eased, escape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from offboard.letters.template_rules import Lists

Facts: TypeAlias = "str | Sequence[Mapping[str, str]]"
"""What a fact holds: text, or the rows of a list."""

_LARGEST = 50_000
_VALUE_IN_ADDRESS = re.compile(r"\]\([^)\n]*\{\{")
_ONLY_TAGS = re.compile(r"^[ \t]*(?:(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})[ \t]*)+\n", re.MULTILINE)
_SUBJECT = re.compile(r"subject:[ \t]*(?P<text>.*)", re.IGNORECASE)


class Fact(str):
    """A value that a template may print; it knows its name, so that an empty one can be named."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, value: str, name: str) -> Self:
        """Return ``value`` under ``name``."""
        fact = super().__new__(cls, value)
        fact.name = name
        return fact


class EmptyFact(TemplateRuntimeError):
    """A template prints a fact that is not known, and would leave a hole in the letter."""


def _words(value: Any) -> str:
    if isinstance(value, Fact) and not value:
        raise EmptyFact(f"{value.name} is not known for every letter; write it inside {{% if {value.name} %}}")
    if not isinstance(value, str):
        raise EmptyFact(f"{value!r} is no text that can be printed")
    return value


def _markdown(value: Any) -> str:
    return escape(_words(value))


_FILTERS = {"lower": lambda value: _words(value).lower(), "upper": lambda value: _words(value).upper()}


class _Sandbox(ImmutableSandboxedEnvironment):
    """No calls, no attributes, no arithmetic: a template reads facts by name, chooses by ``if``, lists by ``for``."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(ImmutableSandboxedEnvironment.default_unop_table)

    def __init__(self, *, markdown: bool) -> None:
        super().__init__(
            undefined=StrictUndefined,
            finalize=_markdown if markdown else _words,
            autoescape=False,  # HTML's escaping would be wrong for Markdown; finalize does Markdown's
            keep_trailing_newline=True,
            cache_size=0,
        )
        self.globals.clear()
        self.tests.clear()
        self.filters = dict(_FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read a fact of a group of facts; nothing else has attributes."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read like :meth:`getattr`."""
        return self.getattr(obj, str(argument))

    def is_safe_callable(self, obj: Any) -> bool:
        """Refuse every call."""
        del obj
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse arithmetic: ``'a' * 10**10`` is a way to stop the whole program."""
        del context, left, right
        raise SecurityError(f"a letter does not calculate ({operator})")

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        """Refuse arithmetic."""
        del context, arg
        raise SecurityError(f"a letter does not calculate ({operator})")


_SUBJECTS = _Sandbox(markdown=False)
_BODIES = _Sandbox(markdown=True)


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """One template file, read and checked: what it may say was decided when it was loaded."""

    path: Path
    subject: Template | None
    body: Template

    def fill(self, facts: Mapping[str, Facts]) -> tuple[str, str]:
        """Return the subject (empty where the file has none) and the body as Markdown, of facts by their full names.

        Raises:
            BadInput: a fact that the template prints is empty; names file, line and fact.
        """
        nested = _nested(facts)
        subject = one_line(_run(self.subject, nested, self.path)) if self.subject else ""
        return subject, _tidy(_run(self.body, nested, self.path))


def load(path: Path, known: Collection[str], *, with_subject: bool, lists: Lists = NO_LISTS) -> LetterTemplate:
    """Read a template that may use the facts named in ``known`` (``client.name``, ``reference`` …).

    ``lists`` are the facts that are lists, each with what its rows have: a template goes through them with ``for``.

    Raises:
        BadInput: ``faults`` names the file, the line, and what is wrong there.
    """
    text = _text(path)
    first, _, rest = text.partition("\n")
    subject, body = None, text
    if match := _SUBJECT.fullmatch(first.strip()):
        subject, body = match["text"], "\n" + rest
    faults = list(_plain_faults(text))
    if with_subject and not subject:
        faults.append((1, "a letter begins with its subject, like 'Subject: Your new contact'"))
    names = Names(frozenset({*known, *lists}), lists)
    templates = [_parse(env, part, names, faults) for env, part in ((_SUBJECTS, subject), (_BODIES, body))]
    if faults or templates[1] is None:
        raise BadInput(
            f"{path.name}: the template cannot be used",
            faults=[f"{path.name} line {line}: {fault}" for line, fault in sorted(faults)],
            hint="Correct the named lines, then run: offboard letters check",
        )
    return LetterTemplate(path, templates[0], templates[1])


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error})", hint="Save the template as UTF-8 text.") from error
    if len(text) > _LARGEST:
        raise BadInput(f"{path.name}: {len(text)} characters; the most is {_LARGEST}", hint="Shorten the template.")
    return text


def _plain_faults(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if _VALUE_IN_ADDRESS.search(line):
            yield number, "a value cannot stand inside a link's address; write the address out, or print it as text"


def _parse(env: _Sandbox, part: str | None, names: Names, faults: list[tuple[int, str]]) -> Template | None:
    if part is None:
        return None
    try:
        ast = env.parse(_ONLY_TAGS.sub(_swallow_line_end, part))
        found = list(faults_of(ast, names, _FILTERS))
        faults += found
        return None if found else env.from_string(ast)
    except (TemplateError, RecursionError) as error:
        faults.append((getattr(error, "lineno", None) or 1, str(error)))
        return None


def _swallow_line_end(line: re.Match[str]) -> str:
    """Move the end of a line of tags into its last tag: it leaves no line behind, and line numbers stay right."""
    tags = re.sub(r"(?<=[%#]\})[ \t]+", "", line.group()).strip()
    end = 3 if tags[-3] == "-" else 2
    return f"{tags[:-end]}\n{tags[-end:]}"


def _nested(facts: Mapping[str, Facts]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in facts.items():
        if not isinstance(value, str):
            nested[name] = [{field: Fact(text, f"{name}.{field}") for field, text in row.items()} for row in value]
            continue
        group, _, rest = name.rpartition(".")
        place = nested.setdefault(group, {}) if group else nested
        place[rest] = Fact(value, name)
    return nested


def _run(template: Template, facts: dict[str, Any], path: Path) -> str:
    try:
        return template.render(facts)
    except (TemplateError, TypeError, MemoryError) as error:
        _refuse(error, path)


def _refuse(error: BaseException, path: Path) -> NoReturn:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    fault = f"{path.name} line {lines[-1] if lines else 1}: {error}"
    raise BadInput(
        f"{path.name}: the letter cannot be written", faults=[fault], hint="Run: offboard letters check"
    ) from error


def _tidy(body: str) -> str:
    lines = [eased(line.rstrip(" \t")) for line in clean(body).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
