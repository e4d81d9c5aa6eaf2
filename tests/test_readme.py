"""The README and its sister pages say what the code says: held to it here, word by word."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
import yaml

import offboard
from offboard import connectors, steps
from offboard.cli import app, built
from offboard.commands.rights import needed_rights, rights_page
from offboard.domain.change import Result
from offboard.domain.playbook import parse_playbook
from offboard.errors import BadSettings
from offboard.letters.facts import HANDOVER
from offboard.letters.templates import load
from offboard.settings import load_settings
from offboard.wiring import ConnectedSystems, read_playbook
from tests.pages import PAGES, TREE, blocks, commands_in, links_in, page, section, table, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

README = page("README.md")
ROOT: Any = built(app)
WrongUse: Any = typer.BadParameter.__base__
"""What every complaint about words on the command line is; typer gives it no name of its own."""


def walk(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command there is: the words that one types, and the command."""
    if is_group(command):
        for name, inner in command.commands.items():
            yield from walk(inner, (*words, name))
    else:
        yield words, command


def is_group(command: Any) -> bool:
    """Say whether a command has commands of its own."""
    return hasattr(command, "commands")


def fits(kind: str, word: str) -> bool:
    """Say whether a kind of system has the methods of the capabilities that a step needs."""

    def has(need: type) -> bool:
        methods = [name for name, value in vars(need).items() if callable(value) and name[0] != "_"]
        return all(hasattr(connectors.kind(kind).Connection, name) for name in methods)

    return steps.step_class(word).fits(has)


def parse(words: list[str]) -> None:
    """Parse a command as the command line does, and run nothing.

    Raises:
        WrongUse: a word, an option or a value is not known, or something is missing.
    """
    command, rest = ROOT, list(words)
    while is_group(command) and rest:
        if rest[0] not in command.commands:
            raise WrongUse(f"there is no command {rest[0]}")
        command, rest = command.commands[rest[0]], rest[1:]
    if not is_group(command):
        command.make_context(command.name, rest)


def test_every_command_is_in_the_table_and_no_other():
    shown = [words_in(row[0])[0].split()[1:] for row in table(README, "## Commands")]
    known = {words for words, _ in walk(ROOT)}
    found = {tuple(words[:2]) if tuple(words[:2]) in known else tuple(words[:1]) for words in shown}
    assert found == known
    assert len(shown) == len(known)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_is_shown_can_be_typed(name: str):
    text = page(name)
    wrong = []
    known = {words for words, _ in walk(ROOT)}
    for words in commands_in(text):
        if tuple(words) in known:
            continue  # named, not shown as typed
        try:
            parse(words)
        except WrongUse as error:
            wrong.append(f"offboard {' '.join(words)}: {error.format_message()}")
    assert wrong == []


@pytest.mark.parametrize(
    "line", ["offboard lst", "offboard list --jsn", "offboard settle D", "offboard undo --as it@acme.example"]
)
def test_a_command_that_cannot_be_typed_is_found(line: str):
    (words,) = commands_in(f"Try `{line}`.")
    with pytest.raises(WrongUse):
        parse(words)


def test_every_option_that_is_mentioned_exists():
    options = {
        option
        for _, command in walk(ROOT)
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    for name in PAGES:
        mentioned = {
            word for cell in words_in(page(name)) if cell.startswith("--") for word in cell.split() if word[:2] == "--"
        }
        assert mentioned - options - {"--help"} == set(), name


def test_every_playbook_is_in_the_table_and_no_other():
    shown = [words_in(row[0])[0] for row in table(README, "### Playbooks")]
    assert sorted(shown) == sorted(path.stem for path in (TREE / "playbooks").glob("*.yaml"))


def test_every_step_is_in_the_table_with_its_phase_and_options():
    shown = {words_in(row[0])[0]: (row[1], words_in(row[3])) for row in table(README, "### Steps")}
    assert sorted(shown) == sorted(steps.words())
    used = defaultdict(set)
    for path in (TREE / "playbooks").glob("*.yaml"):
        for entry in read_playbook(path).entries:
            used[entry.step].add(entry.phase.value)
    for word, (phase, options) in shown.items():
        assert used[word] in ({phase}, set()), word
        assert sorted(options) == sorted(steps.step_class(word).options), word


def test_every_connector_is_in_the_table_with_the_steps_it_serves():
    shown = {words_in(row[0])[0]: words_in(row[2]) for row in table(README, "### Connectors")}
    served = {kind: [word for word in steps.words() if fits(kind, word)] for kind in connectors.kinds()}
    assert {kind: sorted(words) for kind, words in shown.items()} == served


def test_the_rights_to_grant_are_those_that_the_steps_name():
    """Made by ``offboard playbooks rights --markdown``: paste its output when this fails."""
    shown = [line for line in section(README, "### The rights to grant").splitlines() if line.startswith("|")]
    assert shown == rights_page(needed_rights()).splitlines()


def test_a_step_names_rights_for_each_kind_that_it_works_with():
    lacking = [
        (word, kind)
        for word in steps.words()
        for kind in connectors.kinds()
        if fits(kind, word) and kind not in steps.step_class(word).rights
    ]
    assert lacking == []


def test_every_outcome_is_among_the_words():
    meaning = next(row[1] for row in table(README, "## The words") if row[0] == "outcome")
    assert sorted(words_in(meaning)) == sorted(result.value for result in Result)


def test_every_deployment_is_in_the_table_and_no_other():
    described = yaml.safe_load((TREE / "prefect.yaml").read_text(encoding="utf-8"))
    shown = [words_in(row[0])[0] for row in table(page("docs/operations.md"), "## The resident process")]
    assert sorted(shown) == sorted(deployment["name"] for deployment in described["deployments"])


@pytest.mark.parametrize("name", PAGES)
def test_settings_that_are_shown_load(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for variable in ("OFFBOARD_CONFIG", "OFFBOARD_AS"):
        monkeypatch.delenv(variable, raising=False)
    whole = [block.text for block in blocks(page(name), "toml") if "[company]\nname" in block.text]
    parts = [block.text for block in blocks(page(name), "toml") if "[company]\nname" not in block.text]
    least = '[company]\nname = "Acme Ltd"\ndomains = ["acme.example"]\n'
    for text in [*whole, *(part if "[company]" in part else least + part for part in parts)]:
        data: dict[str, Any] = tomllib.loads(text)
        data.setdefault("company", {})
        (tmp_path / "offboard.toml").write_text(text, encoding="utf-8")
        settings, folder = load_settings(tmp_path / "offboard.toml")
        ConnectedSystems(settings, folder, lambda: None)


def test_settings_are_shown_for_every_kind():
    pages = ("README.md", "docs/connecting.md", "docs/scim.md")
    shown = [block.text for name in pages for block in blocks(page(name), "toml")]
    kinds = {system["kind"] for text in shown for system in tomllib.loads(text).get("systems", {}).values()}
    assert kinds == set(connectors.kinds()) - {"people"}, "people need no settings"


def test_a_wrong_key_in_the_settings_would_be_found(tmp_path: Path):
    (text,) = [block.text for block in blocks(README, "toml")]
    (tmp_path / "offboard.toml").write_text(text.replace("bind_dn", "bind_nd"), encoding="utf-8")
    settings, folder = load_settings(tmp_path / "offboard.toml")
    with pytest.raises(BadSettings):
        ConnectedSystems(settings, folder, lambda: None)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_and_picture_is_there(name: str):
    text = page(name)
    broken = []
    for link in links_in(text):
        file, _, anchor = link.partition("#")
        target = (TREE / name).parent / file if file else TREE / name
        if not target.exists() or (anchor and anchor not in _anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def test_the_two_pictures_are_shown():
    assert {"docs/pictures/demo.png", "docs/pictures/letter.png"} <= set(links_in(README))


def test_the_change_log_names_this_version_first():
    (first, *_) = re.findall(r"^## \[?([^\]\s]+)", page("CHANGELOG.md"), re.MULTILINE)
    assert first == offboard.__version__


def test_the_playbook_of_the_readme_is_right():
    (block,) = blocks(README, "yaml")
    known = {word: steps.step_class(word).options for word in steps.words()}
    playbook = parse_playbook(block.text, source="intern.yaml", steps=known)
    assert f"playbooks/{playbook.name}.yaml" in block.text


def test_the_letter_of_the_readme_can_be_written(tmp_path: Path):
    (block,) = blocks(README, "jinja")
    file = tmp_path / "handover.fr.md.j2"
    file.write_text(block.text, encoding="utf-8")
    template = load(file, HANDOVER.known, with_subject=True)
    facts = dict.fromkeys(HANDOVER.known, "") | dict.fromkeys(HANDOVER.always, "Anne Petit")
    subject, body = template.fill(facts)
    assert subject.endswith("Anne Petit")
    assert "Bonjour,\n" in body


@pytest.mark.parametrize(("folder", "package"), [("steps", steps), ("connectors", connectors)])
def test_the_examples_of_the_readme_work(
    folder: str,
    package: Any,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
):
    """The example is put where the package finds its files, and the example's own test is run."""
    of_this = [block.text for block in blocks(README, "python") if f"/{folder}/" in block.text.partition("\n")[0]]
    code, test = of_this
    file = re.search(rf"offboard/{folder}/(\w+)\.py", code)
    assert file
    there = tmp_path_factory.mktemp("code")
    (there / f"{file[1]}.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(there)])
    module = importlib.import_module(f"offboard.{folder}.{file[1]}")
    assert Path(str(module.__file__)).parent == there
    scope: dict[str, Any] = {}
    exec(compile(test, "README.md", "exec"), scope)  # noqa: S102 - our own page
    (name,) = [name for name in scope if name.startswith("test_")]
    wanted = scope[name].__code__.co_varnames[: scope[name].__code__.co_argcount]
    scope[name](**{fixture: request.getfixturevalue(fixture) for fixture in wanted})


def _anchors(text: str) -> set[str]:
    """Return the anchors that headings get on code hosts."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
