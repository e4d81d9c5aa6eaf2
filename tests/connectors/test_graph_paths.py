"""No address within Microsoft Graph can mean something else than it says."""

from __future__ import annotations

import pytest

from offboard.connectors._graph_paths import at, deletable, guid, link, links, opaque, text_literal
from offboard.errors import Rejected

RUTH = "80b23684-9abd-4e1b-9909-cff2e5114cdd"
BOARD = "1ccc8347-6254-42d6-aaf2-a07cd077c038"


@pytest.mark.parametrize(
    "value",
    [
        "", "ruth", "../users", f"{RUTH}/memberOf", f"{RUTH} ", f"{{{RUTH}}}", RUTH.replace("-", ""),
        f"urn:uuid:{RUTH}",
        f"{RUTH}?$select=id", "guest_mail.example#EXT#@acme.example", "\uff180b23684-9abd-4e1b-9909-cff2e5114cdd",
    ],
)  # fmt: skip
def test_what_is_no_guid_reaches_no_address(value):
    with pytest.raises(Rejected, match="no id of Entra"):
        guid(value)


def test_ids_are_compared_in_one_spelling():
    assert at("users", guid(RUTH.upper())).text == f"/users/{RUTH}"


@pytest.mark.parametrize(
    ("value", "text"),
    [("b!x_-1", "b%21x_-1"), ("a/b", "a%2Fb"), ("AAMk=", "AAMk%3D"), ("a?b#c", "a%3Fb%23c"), ("..a", "..a"),
     ("ü", "%C3%BC")],
)  # fmt: skip
def test_other_ids_stay_one_segment(value, text):
    assert at("drives", opaque(value)).text == f"/drives/{text}"


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "a\x00", "x" * 600])
def test_what_can_be_no_id_reaches_no_address(value):
    with pytest.raises(Rejected):
        opaque(value)


@pytest.mark.parametrize("word", ["$ref", "a/b", "", "members/$ref", "..", "a b", RUTH])
def test_words_of_an_address_are_words(word):
    with pytest.raises(ValueError, match="no word"):
        at("users", word)


def test_links_are_taken_away_with_ref_and_in_no_other_way():
    members = at("groups", guid(BOARD)) / "members"
    assert link(members, RUTH).text == f"/groups/{BOARD}/members/{RUTH}/$ref"
    assert link(members, RUTH).template == "/groups/{id}/members/{id}/$ref"
    assert links(members).text == f"/groups/{BOARD}/members/$ref"
    assert deletable(link(members, RUTH)) == link(members, RUTH)
    with pytest.raises(ValueError, match="has no links"):
        link(at("groups", guid(BOARD)), RUTH)


@pytest.mark.parametrize(
    "path",
    [
        at("groups", guid(BOARD), "members", guid(RUTH)),
        at("groups", guid(BOARD), "owners", guid(RUTH)),
        at("users", guid(RUTH), "manager"),
        at("users", guid(RUTH)),
        at("groups", guid(BOARD)),
        at("applications", guid(BOARD)),
        at("devices", guid(BOARD)),
        at("drives", opaque("b!1")),
    ],
)
def test_deleting_an_object_itself_cannot_be_asked_for(path):
    with pytest.raises(ValueError, match="would delete the object itself"):
        deletable(path)


def test_text_in_filters_is_quoted():
    assert text_literal("O'Brien' or 1 eq 1") == "'O''Brien'' or 1 eq 1'"
