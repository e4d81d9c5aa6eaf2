"""``offboard.toml`` and the environment: every wrong key is named with the nearest known one, no secret is repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w

from offboard.domain.people import Role
from offboard.errors import BadSettings, Unreachable
from offboard.settings import PeopleSection, SecretRef, Settings, load_settings
from offboard.wiring import Firm, open_firm

LEAST: dict[str, Any] = {"company": {"name": "Acme Ltd", "domains": ["acme.example"]}}
CANARY = "canary-0815"


def written(folder: Path, text: str | dict[str, Any] = "", **more: Any) -> Path:
    file = folder / "offboard.toml"
    data = text if isinstance(text, str) and text else tomli_w.dumps(LEAST | (text or {}) | more)  # type: ignore[operator]
    file.write_text(data, encoding="utf-8")
    return file


def faults(file: Path) -> str:
    with pytest.raises(BadSettings) as refused:
        load_settings(file)
    assert refused.value.hint
    assert refused.value.exit_code == 2
    said = "\n".join([str(refused.value), *refused.value.faults])
    assert CANARY not in said
    assert "pydantic" not in said
    return said


def test_the_least_that_must_be_said(tmp_path: Path) -> None:
    settings, folder = load_settings(written(tmp_path))

    assert folder == tmp_path
    assert settings.store.url == "sqlite:///offboard.db"
    assert settings.company.languages == ["en"]
    assert (settings.guards.max_departures_per_hour, settings.guards.max_share_of_staff) == (5, 0.01)
    assert {"administrator", "root"} <= set(settings.guards.protected)
    assert settings.people.auditor == []
    assert settings.systems == {}


def test_where_the_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, named = tmp_path / "given", tmp_path / "named"
    for folder in (given, named, tmp_path):
        folder.mkdir(exist_ok=True)
        written(folder, company={"name": folder.name, "domains": ["acme.example"]})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OFFBOARD_CONFIG", raising=False)
    assert load_settings()[0].company.name == tmp_path.name
    monkeypatch.setenv("OFFBOARD_CONFIG", str(named / "offboard.toml"))
    assert load_settings()[0].company.name == "named"
    assert load_settings(given / "offboard.toml")[0].company.name == "given"
    monkeypatch.setenv("OFFBOARD_CONFIG", str(tmp_path / "nowhere.toml"))
    with pytest.raises(BadSettings, match=r"nowhere\.toml: cannot be read .No such file") as refused:
        load_settings()
    assert "--config" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[company\nname = 'x'", "line 1"),
        ("[company]\nname = x", "line 2"),
        ("[company]\nname = 'a'\nname = 'b'\n", "line 3"),
        ("[company]\n[company]\n", "line 2"),
        ("\x00", "line 1"),
        ("# nothing\n", "company: Field required"),
    ],
)
def test_broken_toml_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    assert says in faults(written(tmp_path, text))


def test_a_file_that_is_not_in_utf8(tmp_path: Path) -> None:
    file = tmp_path / "offboard.toml"
    file.write_bytes(tomli_w.dumps(LEAST).encode("utf-16"))
    assert "utf-8" in faults(file)
    assert "cannot be read" in faults(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + tomli_w.dumps(LEAST).encode())
    assert load_settings(file)[0].company.name == "Acme Ltd"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"compny": {}}, "compny: unknown key; did you mean 'company'?"),
        ({"company": {"nmae": "x"}}, "company.nmae: unknown key; did you mean 'name'?"),
        ({"company": {"name": "x", "domains": ["x"], "zzz": 1}}, "company.zzz: unknown key; known are "),
        ({"company": {"name": "", "domains": ["x"]}}, "company.name: "),
        ({"company": {"name": "x", "domains": []}}, "company.domains: "),
        ({"company": {"name": "x", "domains": "acme.example"}}, "company.domains: "),
        ({"company": {"name": "x", "domains": ["x"], "timezone": "Europe/Londn"}}, "did you mean 'Europe/London'?"),
        ({"company": {"name": "x", "domains": ["x"], "languages": []}}, "company.languages: "),
        ({"company": {"name": "x", "domains": ["x"], "first_contact_days": -1}}, "company.first_contact_days: "),
        ({"company": "Acme"}, "company: "),
        ({"store": {"ulr": "x"}}, "store.ulr: unknown key; did you mean 'url'?"),
        ({"store": {"key": CANARY}}, "store.key: a secret in plain text is refused"),
        ({"store": {"key": {}}}, "store.key: give exactly one of env and file"),
        ({"store": {"key": {"env": "A", "file": "b"}}}, "store.key: give exactly one of env and file"),
        ({"store": {"key": {"evn": "A"}}}, "store.key.evn: unknown key"),
        ({"people": {"boss": ["x"]}}, "people.boss: unknown key"),
        ({"people": {"hr": "x@acme.example"}}, "people.hr: "),
        ({"guards": {"max_departures_per_hour": 0}}, "guards.max_departures_per_hour: "),
        ({"guards": {"max_share_of_staff": 0}}, "guards.max_share_of_staff: "),
        ({"guards": {"max_share_of_staff": 1.1}}, "guards.max_share_of_staff: "),
        ({"guards": {"max_share_of_staff": "1 %"}}, "guards.max_share_of_staff: "),
        ({"systems": {"office": "ldap"}}, "systems.office: "),
        ({"systems": []}, "systems: "),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, more: dict[str, Any], says: str) -> None:
    assert says in faults(written(tmp_path, more))


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    said = faults(written(tmp_path, company={"nmae": "x", "domains": []}, guards={"max_departures_per_hour": 0}))

    for part in ("company.name: ", "company.nmae: ", "company.domains: ", "guards.max_departures_per_hour: "):
        assert part in said


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "systems.office.kind: None is no kind of system"),
        ({"kind": "ldpa"}, "systems.office.kind: 'ldpa' is no kind of system"),
        ({"kind": ["ldap"]}, "is no kind of system"),
        ({"kind": "../ldap"}, "is no kind of system"),
        ({"kind": "_ldap_door"}, "is no kind of system"),
        ({"kind": "ldap", "bse": "dc=x"}, "systems.office.bse: unknown key; did you mean 'base'?"),
        (
            {"kind": "ldap", "url": "ldaps://x.test", "base": "dc=x", "bind_dn": "cn=x", "password": CANARY},
            "systems.office.password: a secret in plain text is refused",
        ),
        ({"kind": "ldap", "url": "http://x.test", "base": "dc=x"}, "systems.office.url: "),
        (
            {"kind": "dovecot", "url": "http://127.0.0.1:1/doveadm/v1", "api_key": CANARY},
            "systems.office.api_key: a sec",
        ),
        (
            {"kind": "dovecot", "url": "http://127.0.0.1:1/doveadm/v1", "api_kye": {"env": "X"}},
            "did you mean 'api_key'?",
        ),
        ({"kind": "smtp", "host": "127.0.0.1", "port": 0}, "systems.office.port: "),
        ({"kind": "smtp", "host": "127.0.0.1", "prot": 25}, "systems.office.prot: unknown key; did you mean 'port'?"),
        ({"kind": "smtp", "host": "127.0.0.1", "username": "x", "password": CANARY}, "in plain text is refused"),
        ({"kind": "register"}, "systems.office.url: "),
        ({"kind": "register", "url": "sqlite:clients"}, "no address of a database"),
    ],
)
def test_a_wrong_system_is_named(tmp_path: Path, table: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSettings) as refused:
        open_firm(written(tmp_path, systems={"office": table}))

    said = "\n".join([str(refused.value), *refused.value.faults])
    assert says in said
    assert CANARY not in said + refused.value.hint


def test_any_value_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OFFBOARD_COMPANY__NAME": "From the environment",
        "OFFBOARD_PEOPLE__HR": '["a@acme.example", "b@acme.example"]',
        "offboard_guards__max_departures_per_hour": "7",
        "OFFBOARD_STORE__KEY__ENV": "OUR_KEY",
        "OFFBOARD_SYSTEMS__MAIL__KIND": "dovecot",
        "OFFBOARD_SYSTEMS__MAIL__API_KEY__ENV": "MAIL_KEY",
        "OFFBOARD_NORTHWIND": "/somewhere",
        "OFFBOARD_AS": "a@acme.example",
        "OFFBOARD_STORE_KEY": "not a setting",
    }.items():
        monkeypatch.setenv(name, value)

    settings, _ = load_settings(written(tmp_path, systems={"mail": {"url": "http://127.0.0.1:1"}}))

    assert settings.company.name == "From the environment"
    assert settings.company.domains == ["acme.example"]
    assert settings.people.hr == ["a@acme.example", "b@acme.example"]
    assert settings.guards.max_departures_per_hour == 7
    assert settings.store.key == SecretRef(env="OUR_KEY")
    mail = {"kind": "dovecot", "url": "http://127.0.0.1:1", "api_key": {"env": "MAIL_KEY"}}
    assert settings.systems["mail"] == mail


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("OFFBOARD_COMPANY__NMAE", "x", "company.nmae: unknown key; did you mean 'name'?"),
        ("OFFBOARD_STROE__URL", "x", "OFFBOARD_STROE__URL: unknown section; did you mean 'store'?"),
        ("OFFBOARD_ZZZ__URL", "x", "OFFBOARD_ZZZ__URL: unknown section"),
        ("OFFBOARD_PEOPLE__HR", "a@acme.example", "not all of OFFBOARD_PEOPLE__HR can be read"),
        ("OFFBOARD_COMPANY", "Acme", "not all of OFFBOARD_COMPANY can be read"),
        ("OFFBOARD_STORE__KEY", CANARY, "key"),
        ("OFFBOARD_GUARDS__MAX_DEPARTURES_PER_HOUR", "many", "guards.max_departures_per_hour: "),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)

    assert says in faults(written(tmp_path))


def test_a_secret_is_read_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", f" {CANARY}\n")
    file = tmp_path / "secret"
    file.write_bytes(f" {CANARY}\r\n".encode())

    assert SecretRef(env="SECRET").resolve("x") == f" {CANARY}\n"
    assert SecretRef(file=file).resolve("x") == f" {CANARY}"
    monkeypatch.setenv("SECRET", "")
    assert SecretRef(env="SECRET").resolve("x") == ""
    assert CANARY not in repr(SecretRef(env="SECRET"))


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (SecretRef(env="NO_SUCH_VARIABLE"), "systems.office.password: the environment variable NO_SUCH_VARIABLE"),
        (SecretRef(file=Path("nowhere")), "systems.office.password: nowhere cannot be read"),
        (SecretRef(file=Path("/")), "cannot be read"),
    ],
)
def test_a_secret_that_is_not_there_names_the_setting(reference: SecretRef, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        reference.resolve("systems.office.password")


def test_a_secret_file_is_meant_from_the_folder_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8")
    monkeypatch.chdir("/")
    mail = {"kind": "dovecot", "url": "http://127.0.0.1:9/doveadm/v1", "api_key": {"file": "key"}}

    firm = open_firm(written(tmp_path, store={"key": {"file": "key"}}, systems={"mail": mail}))

    assert not (tmp_path / "offboard.db.key").exists()
    with pytest.raises(Unreachable), firm.systems.reader("mail") as system:
        system.sessions("ann")
    firm.close()


def test_a_secret_that_is_no_text_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe" * 40)

    with pytest.raises(BadSettings, match=r"store\.key"):
        open_firm(written(tmp_path, store={"key": {"file": str(tmp_path / "key")}}))


@pytest.mark.parametrize(
    ("mail", "roles"),
    [
        ("hr@acme.example", {Role.HR}),
        (" HR@Acme.Example ", {Role.HR}),
        ("both@acme.example", {Role.IT, Role.OWNER}),
        ("audit@example.org", {Role.AUDITOR}),
        ("hr@acme.example.evil.test", set()),
        ("", set()),
        ("*", set()),
    ],
)
def test_who_is_who(mail: str, roles: set[Role]) -> None:
    people = PeopleSection(
        hr=["Hr@acme.example"], it=["both@acme.example"], owner=["both@acme.example"], auditor=["audit@example.org"]
    )

    assert people.roles(mail) == roles


def test_settings_do_not_change_while_they_are_used(tmp_path: Path) -> None:
    settings, folder = load_settings(written(tmp_path))
    firm = Firm(settings, folder)

    with pytest.raises(ValueError, match="frozen"):
        settings.company.name = "Other"
    assert isinstance(firm.settings, Settings)
    firm.close()
