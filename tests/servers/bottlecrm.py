"""A private BottleCRM (PyPI ``django-crm``) on a PostgreSQL of its own; everybody in it is made up.

It wants Python 3.12 or newer, which the tests themselves do not: it lives in an environment of its own, ``.venv-crm``,
which is made at first use.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from tests.servers.needed import free_port
from tests.servers.postgresql import PASSWORD, ROOT, PostgreSQL, start_postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority

__all__ = ["BottleCrm", "bottlecrm_server"]

VENV: Final = Path(os.environ.get("OFFBOARD_CRM_VENV") or Path(__file__).parents[2] / ".venv-crm")
VERSION: Final = "django-crm==1.35.0"
NEEDS: Final = (
    "BottleCRM needs Python 3.12 or newer with venv: neither PATH has one (python3.14, python3.13, python3.12) nor "
    "does CRM_PYTHON name one; with one of them run 'make test-crm' again"
)
_NEW_ENOUGH: Final = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))"
FAST: Final = """\
from crm.settings import *


class _Unmigrated(dict):
    def __contains__(self, app):
        return True

    def __getitem__(self, app):
        return None


MIGRATION_MODULES = _Unmigrated()
"""
SEED: Final = """\
import json
import sys

import django

django.setup()
from common.models import Org, PersonalAccessToken, Profile, User
from common.tasks import set_rls_context

org = Org.objects.create(name="Corp")
set_rls_context(str(org.id))
told = {}
for name, role in (("admin", "ADMIN"), ("alice", "USER"), ("bob", "USER"), ("carol", "USER")):
    user = User.objects.create_user(email=f"{name}@corp.test", password="x")
    profile = Profile.objects.create(user=user, org=org, role=role, is_active=True, has_sales_access=True)
    token, _ = PersonalAccessToken.generate(profile, "tests")
    told[name] = {"user": str(user.id), "profile": str(profile.id), "token": token}
json.dump(told, sys.stdout)
"""


@dataclass
class BottleCrm:
    """One running server; ``people``: name → user, profile and token."""

    url: str
    people: dict[str, dict[str, str]]
    ids: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, *, who: str = "admin") -> httpx.Response:
        """Ask past the connector, with somebody's own token."""
        headers = {"Authorization": f"Bearer {self.people[who]['token']}"}
        return httpx.request(method, f"{self.url}/api/{path}", json=body, headers=headers, trust_env=False, timeout=30)

    def made(self, path: str, **columns: Any) -> str:
        """Make a record and return its id.

        Raises:
            AssertionError: BottleCRM refuses it.
        """
        answer = self.ask("POST", f"{path}/", columns)
        assert answer.status_code in (200, 201), f"{path}: {answer.status_code} {answer.text}"
        told = answer.json()
        return str(told.get("id") or next(one["id"] for one in told.values() if isinstance(one, dict) and "id" in one))


def _install() -> None:
    """Make the environment where there is none; fail, and say what is needed, where that cannot be."""
    if (VENV / "bin" / "gunicorn").exists():
        return
    named = os.environ.get("CRM_PYTHON", "")
    python = next((one for one in (named, "python3.14", "python3.13", "python3.12") if one and _runs(one)), "")
    if not python:
        pytest.fail(NEEDS)
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    _run(outside, Path.cwd(), python, "-m", "venv", "--clear", str(VENV))
    pip = (str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", VERSION)
    _run(outside, Path.cwd(), *pip)


def _runs(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", _NEW_ENOUGH], capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


def _environment(folder: Path, database: PostgreSQL, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(folder),
        "DJANGO_SETTINGS_MODULE": "fast_settings",
        "SECRET_KEY": "0123456789abcdef" * 3,
        "ENV_TYPE": "dev",
        "DEBUG": "False",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DBNAME": "bottle", "DBUSER": ROOT, "DBPASSWORD": PASSWORD, "DBHOST": "127.0.0.1", "DBPORT": str(database.port),
        "CELERY_BROKER_URL": "memory://", "CELERY_RESULT_BACKEND": "cache+memory://", "CELERY_TASK_ALWAYS_EAGER": "1",
        "FRONTEND_URL": "http://localhost", "CORS_ALLOWED_ORIGINS": "http://localhost",
        "DOMAIN_NAME": f"http://127.0.0.1:{port}", "GOOGLE_CLIENT_ID": "x", "GOOGLE_CLIENT_SECRET": "x",
        "DEFAULT_FROM_EMAIL": "crm@corp.test", "ADMIN_EMAIL": "admin@corp.test",
    }  # fmt: skip


def _run(environment: dict[str, str], folder: Path, *words: str) -> str:
    done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def start_bottlecrm(folder: Path, database: PostgreSQL) -> tuple[BottleCrm, subprocess.Popen[bytes]]:
    """Make the tables, four people, and start the server; wait until it answers."""
    port = free_port()
    environment = _environment(folder, database, port)
    database.run("CREATE DATABASE bottle")
    (folder / "fast_settings.py").write_text(FAST, encoding="utf-8")
    (folder / "seed.py").write_text(SEED, encoding="utf-8")
    _run(environment, folder, str(VENV / "bin" / "django-admin"), "migrate", "--run-syncdb")
    people = json.loads(_run(environment, folder, str(VENV / "bin" / "python"), "seed.py").splitlines()[-1])
    with (folder / "log").open("wb") as log:
        words = [str(VENV / "bin" / "gunicorn"), "-b", f"127.0.0.1:{port}", "--threads", "4", "crm.wsgi"]
        process = subprocess.Popen(words, env=environment, cwd=folder, stdout=log, stderr=log)
    crm = BottleCrm(f"http://127.0.0.1:{port}", people)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if crm.ask("GET", "users/").status_code == httpx.codes.OK:
                return crm, process
        except httpx.HTTPError:
            time.sleep(0.05)
    process.kill()
    process.wait(timeout=20)
    pytest.fail(f"BottleCRM did not start: {(folder / 'log').read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="session")
def bottlecrm_server(authority: Authority) -> Iterator[BottleCrm]:
    _install()
    with (
        tempfile.TemporaryDirectory(prefix="crm-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryDirectory(prefix="crm-postgresql-", ignore_cleanup_errors=True) as cluster,
    ):
        database = start_postgresql(Path(cluster), authority)
        try:
            crm, process = start_bottlecrm(Path(folder), database)
            try:
                yield crm
            finally:
                process.terminate()
                process.wait(timeout=20)
        finally:
            database.stop()
