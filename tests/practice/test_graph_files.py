from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.practice.graph_office import Office


def test_who_never_opened_a_drive_has_none(office: Office):
    assert office.refused("GET", f"/users/{office.ruth}/drive")[:2] == (404, "ResourceNotFound")


def test_a_drive_shows_what_others_may_read(office: Office):
    drive = office.standin.add_drive(office.ruth)
    folder = office.standin.add_file(drive, "Offers", folder=True)
    inside = office.standin.add_file(drive, "offer.txt", into=folder)
    office.standin.add_file(drive, "private.txt")
    link = office.standin.share(folder, link="anonymous")
    office.standin.share(inside, outsiders=["buyer@client.example"])
    assert office.get(f"/users/{office.ruth}/drive")["id"] == drive
    found = office.get(f"/drives/{drive}/root/delta?$select=id,name,shared")
    assert [(each["name"], (each["shared"] or {}).get("scope")) for each in found["value"]] == [
        ("root", None), ("Offers", "anonymous"), ("offer.txt", "users"), ("private.txt", None),
    ]  # fmt: skip
    assert "@odata.deltaLink" in found
    assert office.get(f"/drives/{drive}/items/root/children")["value"][0]["id"] == folder
    listed = office.get(f"/drives/{drive}/items/{inside}/permissions")["value"]
    assert [("inheritedFrom" in each, each["roles"]) for each in listed] == [
        (False, ["read"]), (True, ["read"]), (True, ["owner"]),
    ]  # fmt: skip
    assert office.refused("DELETE", f"/drives/{drive}/items/{inside}/permissions/{link}")[0] == 400
    assert office.ask("DELETE", f"/drives/{drive}/items/{folder}/permissions/{link}").status_code == 204
    assert office.refused("GET", f"/drives/{drive}/items/{folder}/permissions/{link}")[0] == 404
    assert "shared" not in office.get(f"/drives/{drive}/items/{folder}")


def test_a_successor_is_let_in_until_a_date(office: Office):
    drive = office.standin.add_drive(office.ruth)
    root = office.get(f"/drives/{drive}/root")["id"]
    said = {
        "recipients": [{"objectId": office.tom}], "roles": ["write"], "requireSignIn": True, "sendInvitation": False,
        "expirationDateTime": "2027-01-31T00:00:00Z",
    }  # fmt: skip
    answer = office.ask("POST", f"/drives/{drive}/items/{root}/invite", said)
    made = answer.json()["value"][0]
    assert (answer.status_code, made["roles"], made["expirationDateTime"]) == (200, ["write"], "2027-01-31T00:00:00Z")
    path = f"/drives/{drive}/items/{root}/permissions/{made['id']}"
    assert office.ask("PATCH", path, {"roles": ["read"]}).json()["roles"] == ["read"]
    again = office.ask("POST", f"/drives/{drive}/items/{root}/invite", said).json()["value"][0]
    assert again["id"] == made["id"]
    assert office.ask("DELETE", path).status_code == 204
    assert office.get(f"/drives/{drive}")["owner"]["user"]["id"] == office.ruth


def test_a_link_of_a_kind_is_made_once(office: Office):
    drive = office.standin.add_drive(office.ruth)
    item = office.standin.add_file(drive, "a.txt")
    path = f"/drives/{drive}/items/{item}/createLink"
    first, second = (office.ask("POST", path, {"type": "view", "scope": "organization"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
