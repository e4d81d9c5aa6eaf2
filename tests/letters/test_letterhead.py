"""A letterhead may be replaced, and reads nothing but its own folder."""

from __future__ import annotations

import pytest

from offboard.errors import BadInput
from offboard.letters.as_pdf import Press, count_pages
from offboard.letters.letterhead import Letterhead

SHEET = {
    "language": "en",
    "subject": "A subject",
    "date": "1 December 2026",
    "reference": "L-1",
    "address": ["Firm", "Street 1", "12345 TOWN"],
    "body": [{"is": "paragraph", "of": [{"is": "text", "text": "Hello"}]}],
}
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#c33"/></svg>'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "letterhead.toml").write_text('window = "dl"\n')
    return tmp_path


@pytest.mark.parametrize("window", ["din5008b", "din5008a", "dl", "us10"])
def test_every_window_can_be_set(folder, window):
    (folder / "logo.svg").write_text(LOGO)
    (folder / "letterhead.toml").write_text(
        f'window = "{window}"\ncolour = "#AA0000"\nlogo = "logo.svg"\n'
        'sender_line = "Acme · Street 1"\nfooter = ["one", "two"]\n'
        '[words.en]\nreference = "Ref"\npage = "Page"\n'
    )
    assert count_pages(Press(Letterhead.load(folder), company="Acme").pdf(SHEET, date="2026-12-01")) == 1


def test_a_folder_may_hold_only_what_differs(folder):
    letterhead = Letterhead.load(folder)
    assert letterhead.layout.window == "dl"
    assert letterhead.source == Letterhead.load(None).source


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ('#import "@preview/cetz:0.3.0": canvas', True),
        ('#import("@local/x:1.0.0")', True),
        ('#import "@" + "preview/x:1.0.0"', True),
        ('#let p = "x"; #import p', True),
        ('#include "../../outside.typ"', True),
        ('#import "/etc/x.typ"', True),
        ('#import "part.typ": *', False),
        ("// import nothing", False),
    ],
)
def test_nothing_is_imported_from_outside(folder, line, refused):
    (folder / "part.typ").write_text("#let x = 1\n")
    (folder / "letter.typ").write_text(f"{line}\nHello\n")
    if not refused:
        Letterhead.load(folder)
        return
    with pytest.raises(BadInput) as error:
        Letterhead.load(folder)
    assert "letter.typ line 1" in error.value.faults[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('colour = "red"', "letterhead.toml: colour"),
        ('colr = "#000000"', "letterhead.toml: colr: unknown key; did you mean 'colour'?"),
        ('window = "din"', "letterhead.toml: window"),
        ('logo = "../x.svg"', "letterhead.toml: logo"),
        ('logo = "missing.svg"', "there is no missing.svg"),
        ("footer = [1", "letterhead.toml:"),
    ],
)
def test_a_wrong_letterhead_is_named_by_file_and_key(folder, text, fault):
    (folder / "letterhead.toml").write_text(text)
    with pytest.raises(BadInput) as error:
        Letterhead.load(folder)
    assert fault in error.value.faults[0]


def test_a_letterhead_reads_nothing_outside_its_folder(folder):
    (folder / "letter.typ").write_text('#read("../../../../../../etc/hostname")\n')
    with pytest.raises(BadInput, match="cannot be set"):
        Press(Letterhead.load(folder), company="Acme").pdf(SHEET, date="2026-12-01")


def test_a_letterhead_without_its_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="letterhead"):
        Letterhead.load(tmp_path / "nowhere")
