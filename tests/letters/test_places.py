"""What is shipped is found, in a checkout and in the wheel alike."""

from __future__ import annotations

import pytest

from offboard.errors import WrongUse
from offboard.letters import places
from offboard.letters.places import shipped


def test_a_checkout_ships_letters_and_a_letterhead():
    assert (shipped("letters") / "handover.en.md.j2").is_file()
    assert (shipped("letterhead") / "letter.typ").is_file()


def test_the_wheels_folder_comes_first(tmp_path, monkeypatch):
    package = tmp_path / "offboard"
    (package / "_playbooks" / "letters").mkdir(parents=True)
    (tmp_path / "playbooks" / "letters").mkdir(parents=True)
    monkeypatch.setattr(places, "_PACKAGE", package)
    assert shipped("letters") == package / "_playbooks" / "letters"


def test_a_missing_file_says_what_to_do():
    with pytest.raises(WrongUse, match="nothing-of-that-name is missing"):
        shipped("nothing-of-that-name")
