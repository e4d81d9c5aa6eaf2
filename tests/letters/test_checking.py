"""``letters check`` finds what would go wrong later."""

from __future__ import annotations

from pathlib import Path

import pytest

from offboard.letters.checking import check_templates


@pytest.fixture
def own(tmp_path, company):
    (tmp_path / "own").mkdir()
    return tmp_path / "own", company.model_copy(update={"templates": Path("own")})


def test_the_shipped_letters_are_sound(company, bare_company, tmp_path):
    assert check_templates(company, folder=tmp_path) == []
    assert check_templates(bare_company, folder=tmp_path) == []


@pytest.mark.parametrize(
    "faulty",
    [
        {
            "handover.en.md.j2": (
                "Subject: x\n\nHi {{ contact.name }}",
                "handover.en.md.j2 line 3: contact.name is not known",
            ),
            "handover.fr.md.j2": ("Subject: x\n\n{% if successor.phone %}Tel", "handover.fr.md.j2 line 3"),
            "handover.de.md.j2": (
                "Subject: x\n\n{{ leaver.name }} wurde entlassen",
                "handover.de.md.j2 line 3: says entlassen",
            ),
            "auto_reply.de.md.j2": (
                "{% if successor.name %}x{% endif %}",
                "auto_reply.de.md.j2 line 1: the letter is empty",
            ),
            "goodbye.en.md.j2": ("Subject: x", "goodbye.en.md.j2: no letter has this name"),
            "handover.md.j2": ("Subject: x", "handover.md.j2: no letter has this name"),
        },
        {
            "handover.en.md.j2": (
                "Subject: x\n\n\n{{ clint.name }}",
                "handover.en.md.j2 line 4: clint.name is unknown; did you mean client.name?",
            ),
            "handover.de.md.j2": (
                "Subject: x\n\nHi\n\n{% if contact.name %}{{ contact.name }}{% endif %}.\n",
                "handover.de.md.j2 line 5: a paragraph holds nothing but punctuation",
            ),
        },
        {
            "handover.en.md.j2": ("Subject: 株\n\nx", "handover.en.md.j2 line 1: needs a font"),
            "handover.de.md.j2": (
                "Subject: x\n\n{% for one in team %}\n- {{ one.phone }}\n{% endfor %}",
                "line 4: team.phone is not",
            ),
        },
        {
            "handover.en.md.j2": (
                "Subject: x\n\n{% for one in client %}x{% endfor %}",
                "for goes through a list alone",
            ),
            "handover.de.md.j2": (
                "Subject: x\n\n{% for one in team %}{{ one.salary }}{% endfor %}",
                "one.salary is unknown",
            ),
        },
        {
            "handover.en.md.j2": ("Subject: x\n\n{{ team }}", "team is a list; write {% for one in team %}"),
            "handover.de.md.j2": ("Subject: x\n\n" + "- line\n" * 90, "pages when every fact is known"),
        },
    ],
)
def test_a_fault_is_named(own, tmp_path, faulty):
    folder, company = own
    for name, (text, _) in faulty.items():
        (folder / name).write_text(text, encoding="utf-8")
    faults = check_templates(company, folder=tmp_path)
    for name, (_, fault) in faulty.items():
        assert [found for found in faults if found.startswith(name) and fault in found], faults


def test_a_language_without_letters_and_a_folder_that_is_not_there(company, tmp_path):
    faults = check_templates(
        company.model_copy(update={"languages": ["en", "fr"], "templates": Path("nowhere")}), folder=tmp_path
    )
    assert any("handover.fr.md.j2" in fault for fault in faults)
    assert any("there is no folder" in fault for fault in faults)


def test_a_letterhead_that_cannot_be_used_is_named(company, tmp_path):
    (tmp_path / "head").mkdir()
    (tmp_path / "head" / "letterhead.toml").write_text('colour = "blue"\n')
    faults = check_templates(company.model_copy(update={"letterhead": Path("head")}), folder=tmp_path)
    assert any("letterhead.toml" in fault and "colour" in fault for fault in faults)
