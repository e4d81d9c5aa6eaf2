"""What is shipped is whole: installed into an empty environment somewhere else, it plans a departure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

TREE = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with hatchling itself: nothing is fetched."""
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=TREE, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("offboard-*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that holds the wheel, and borrows what the wheel needs; the checkout is not seen."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    packages = Path(_said(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # A .pth file in a folder that is named here (an editable install) is not followed, so the checkout stays unseen.
    borrowed = dict.fromkeys(path for path in sys.path if path.endswith("site-packages"))
    (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    return folder


def _said(python: Path, code: str) -> str:
    return _run([str(python), "-I", "-c", code], python.parent).strip()


def _run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "OFFBOARD_", "PREFECT_"))}
    done = subprocess.run(
        command, cwd=folder, env=kept | (more or {}), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_holds_everything_that_is_shipped(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    ours = {
        str(path.relative_to(TREE))
        for folder in ("offboard", "flows")
        for path in (TREE / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    playbooks = {
        f"offboard/_playbooks/{path.relative_to(TREE / 'playbooks')}"
        for path in (TREE / "playbooks").rglob("*")
        if path.is_file()
    }
    assert (ours | playbooks | {"flows/prefect.yaml"}) - inside == set()
    strangers = {name for name in inside if not name.startswith(("offboard/", "flows/", "offboard-"))}
    assert strangers == set()


def test_a_departure_is_planned_from_the_wheel_alone(elsewhere: Path):
    python = elsewhere / "venv" / "bin" / "python"
    work = elsewhere / "work"
    work.mkdir()
    imported = _said(python, "import flows, offboard; print(offboard.__file__); print(flows.__file__)").splitlines()
    assert all(str(elsewhere) in place for place in imported)

    def offboard(*words: str, more: dict[str, str] | None = None) -> Any:
        return json.loads(_run([str(python), "-I", "-m", "offboard", *words, "--json"], work, more))

    checked = offboard("playbooks", "check")
    assert checked["ok"]
    assert {"employee.yaml", "urgent.yaml", "contractor.yaml"} <= set(checked["files"])
    started = offboard("practice", "start")
    try:
        env = started["env"]
        people = started["people"]
        offboard("clients", "import", started["clients_csv"], more=env)
        plan = offboard(
            "start", people["leaver"], "--last-moment", "2026-12-01T17:00", "--tz", "Europe/London",
            "--playbook", "employee", "--successor", people["successor"], "--as", people["hr"], more=env,
        )  # fmt: skip
        letters = offboard("letters", "list", plan["departure"], more=env)
    finally:
        _run([str(python), "-I", "-m", "offboard", "practice", "stop"], work)
    assert plan["guards"] == []
    assert {gap["system"] for gap in plan["not_covered"]} <= {None, "ad", "entra", "exchange"}
    steps = {change["step"] for change in plan["changes"]}
    assert {"disable_account", "leave_groups", "stop_forwarding", "reassign_clients"} <= steps
    assert {letter["language"] for letter in letters} == {"en", "de"}
