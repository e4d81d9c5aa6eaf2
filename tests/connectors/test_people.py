"""The people of the company are a system that is always there, whatever the settings call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from offboard.connecting import ConnectedSystems
from offboard.connectors.people import Settings as People
from offboard.connectors.people import connect
from offboard.domain.asking import AsksPeople
from offboard.errors import BadSettings
from offboard.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

REGISTER = {"kind": "register", "url": "sqlite:///clients.db"}


def systems(folder: Path, **tables: dict[str, Any]) -> ConnectedSystems:
    settings = Settings(company={"name": "Corp", "domains": ["corp.test"]}, systems=tables)
    return ConnectedSystems(settings, folder, lambda: None)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("tables", "names", "able"),
    [
        ({}, [], ["people"]),
        ({"clients": REGISTER}, ["clients"], ["people"]),
        ({"staff": {"kind": "people"}}, ["staff"], ["staff"]),
        ({"people": {"kind": "people"}}, ["people"], ["people"]),
        ({"people": REGISTER}, ["people"], ["people-asked"]),
    ],
)
def test_it_is_there_once_and_named_only_by_the_settings(
    tmp_path: Path, tables: dict[str, Any], names: list[str], able: list[str]
) -> None:
    connected = systems(tmp_path, **tables)
    assert connected.names() == names
    assert connected.having(AsksPeople) == able
    with connected.reader(able[0]) as people:
        assert people.asks_people()
        assert people.name == able[0]
    connected.close()


def test_it_takes_no_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        systems(tmp_path, staff={"kind": "people", "url": "x"})
    assert refused.value.faults == ["systems.staff.url: unknown key; known are kind"]


def test_it_is_always_well() -> None:
    health = connect("people", People(), None).health()
    assert (health.reachable, health.rights_held, health.rights_missing, health.cannot) == (True, ("ask",), (), ())
