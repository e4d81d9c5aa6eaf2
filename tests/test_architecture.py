"""What holds for every file of the project; the layers themselves are import-linter's to check."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest

from offboard import connectors, steps
from offboard.wiring import read_playbook

TREE = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("offboard", "flows") for path in (TREE / folder).rglob("*.py"))
TESTS = sorted(path for path in (TREE / "tests").rglob("*.py") if "node_modules" not in path.parts)
LONGEST = 300
NO_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common"}
THIS = Path(__file__).resolve()
NOTES = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
MACHINE = re.compile(r"(?<![\w.~{}$<])/(?:work|root|home/[a-z]+|Users)/\w")
TEMPORARY = re.compile(r"(?<![\w.~{}$<*])/tmp/\w")
REGISTRIES = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|rubygems\.org|golang\.org|docker\.(?:io|com)"
    r"|ghcr\.io|quay\.io|deb\.debian\.org|anaconda\.org)\b"
)


def named(path: Path) -> str:
    """Return how a file is called in a test's name."""
    return str(path.relative_to(TREE))


def tracked() -> list[Path]:
    """Return the files that are, or will be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TREE, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        tell = pytest.fail if os.environ.get("CI", "").casefold() == "true" else pytest.skip
        tell("git does not list the files of this tree")
    paths = (TREE / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    """Return a file's text, empty for what is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_is_short_and_says_what_it_is_for(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST
    assert ast.get_docstring(ast.parse(text)), "the docstring of the module is missing"


def test_files_are_named_after_what_they_hold():
    words = {named(path): set(path.stem.split("_")) & NO_NAMES for path in [*SOURCES, *TESTS]}
    assert {path: found for path, found in words.items() if found} == {}


def test_nothing_of_ours_is_mocked():
    """Real servers, twins and the practice company stand in; a mock agrees with whatever it is told."""
    mocking = []
    for path in [*SOURCES, *TESTS]:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "mock" in text else ():
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if any("mock" in name.split(".") or name.startswith("pytest_mock") for name in names):
                mocking.append(named(path))
    assert mocking == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a note to ourselves", NOTES),
        ("a path of one machine", MACHINE),
        ("a place that is gone tomorrow", TEMPORARY),
        ("a package registry", REGISTRIES),
    ],
)
def test_no_file_holds(what: str, pattern: re.Pattern[str]):
    found = [
        f"{named(path)}:{number}: {what}: {match.group()}"
        for path in tracked()
        if path.resolve() != THIS  # which names what must not be there
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "line", "hit"),
    [
        (NOTES, "# TODO: later", True),
        (NOTES, "todos los clientes", False),
        (MACHINE, "/work/main", True),
        (MACHINE, 'open("/root/key")', True),
        (MACHINE, "https://desk.example/home/ann", False),
        (MACHINE, "benchmarks/work/x", False),
        (TEMPORARY, "/tmp/ob", True),  # noqa: S108 - nothing is written there
        (REGISTRIES, "https://pypi.org/simple", True),
        (REGISTRIES, "docs.python.org", False),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str, hit: bool):
    assert bool(pattern.search(line)) is hit


@pytest.mark.parametrize("path", sorted((TREE / "playbooks").glob("*.yaml")), ids=named)
def test_a_playbook_is_named_after_its_file(path: Path):
    assert read_playbook(path).name == path.stem


@pytest.mark.parametrize("word", steps.words())
def test_a_step_has_its_test(word: str):
    assert steps.step_class(word).__doc__
    assert (TREE / "tests" / "steps" / f"test_{word}.py").exists()


@pytest.mark.parametrize("kind", connectors.kinds())
def test_a_connector_has_its_tests(kind: str):
    offered = connectors.kind(kind)
    assert offered.Connection.kind == kind
    assert set(offered.Settings.model_fields) >= {"kind"}
    assert list((TREE / "tests").rglob(f"test_{kind}*.py"))
