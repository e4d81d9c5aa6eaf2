"""The stand-ins of CRMs by a plain client, written from the makers' pages and not from our connectors."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offboard.practice.hubspot import HubSpotStandIn
from offboard.practice.salesforce import SalesforceStandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offboard.practice.crm import CrmStandIn

DATA = "/services/data/v62.0"


def client_of(crm: CrmStandIn) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(crm.ca_file))
    return httpx.Client(base_url=crm.url, verify=context, trust_env=False, timeout=10)


@pytest.fixture
def org(tmp_path: Path) -> Iterator[tuple[SalesforceStandIn, httpx.Client]]:
    with SalesforceStandIn(tmp_path) as crm, client_of(crm) as client:
        form = {"grant_type": "client_credentials", "client_id": crm.client_id, "client_secret": crm.client_secret}
        token = client.post("/services/oauth2/token", data=form).json()
        assert token["instance_url"] == crm.url
        client.headers["Authorization"] = f"{token['token_type']} {token['access_token']}"
        yield crm, client


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[tuple[HubSpotStandIn, httpx.Client]]:
    with HubSpotStandIn(tmp_path) as crm, client_of(crm) as client:
        client.headers["Authorization"] = f"Bearer {crm.token}"
        yield crm, client


def test_salesforce_answers_queries_page_by_page(org: tuple[SalesforceStandIn, httpx.Client]):
    crm, client = org
    ann = crm.add_user("Ann Lee", "ann@corp.test")
    crm.quirks.page = 200
    names = [f"O'Neil {number}" for number in range(250)]
    for name in names:
        crm.add("Account", Name=name, OwnerId=ann)
    page = client.get(f"{DATA}/query", params={"q": "SELECT Id, Name FROM Account ORDER BY Id"}).json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (250, False, 200)
    rest = client.get(page["nextRecordsUrl"]).json()
    assert rest["done"]
    assert "nextRecordsUrl" not in rest
    assert [row["Name"] for row in (*page["records"], *rest["records"])] == names
    one = client.get(f"{DATA}/query", params={"q": r"SELECT Id FROM Account WHERE Name = 'O\'Neil 7'"}).json()
    assert one["records"][0]["attributes"]["type"] == "Account"
    assert len(one["records"][0]["Id"]) == 18


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id, Id FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Colour FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Invoice", "INVALID_TYPE"),
    ],
)
def test_salesforce_refuses_what_is_no_query(org: tuple[SalesforceStandIn, httpx.Client], soql: str, code: str):
    answer = org[1].get(f"{DATA}/query", params={"q": soql})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


def test_salesforce_writes_collections_record_by_record(org: tuple[SalesforceStandIn, httpx.Client]):
    crm, client = org
    ann, joe = crm.add_user("Ann Lee", "ann@corp.test"), crm.add_user("Joe Fox", "joe@corp.test", IsActive=False)
    ids = [crm.add("Account", Name=str(number), OwnerId=ann) for number in range(3)]
    contact = crm.add("Contact", Name="Ida", AccountId=ids[0], OwnerId=ann)

    def write(*records: tuple[str, str, str]) -> Any:
        listed = [{"attributes": {"type": kind}, "id": one, "OwnerId": owner} for kind, one, owner in records]
        return client.patch(f"{DATA}/composite/sobjects", json={"allOrNone": False, "records": listed})

    results = write(("Account", ids[0], joe), ("Account", ids[1], ann), ("Account", "001xx00000000000AA", ann)).json()
    assert [one["success"] for one in results] == [False, True, False]
    assert results[0]["errors"][0]["statusCode"] == "INACTIVE_OWNER_OR_USER"
    assert results[1] == {"id": ids[1], "success": True, "errors": []}
    assert crm.owners("Contact")[contact] == ann
    assert write(*[("Account", ids[0], ann)] * 2).json()[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    many = write(*[("Account", ids[0], ann)] * 201)
    assert (many.status_code, many.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    chunks = write(*[("Account", ids[0], ann), ("Contact", contact, ann)] * 6)
    assert chunks.status_code == 400


def test_salesforce_lets_nobody_in_without_a_token(org: tuple[SalesforceStandIn, httpx.Client]):
    answer = org[1].get(f"{DATA}/query", params={"q": "SELECT Id FROM User"}, headers={"Authorization": "Bearer no"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    org[0].quirks.daily = 1
    answer = org[1].get(f"{DATA}/query", params={"q": "SELECT Id FROM User"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_hubspot_lists_searches_and_its_limits(portal: tuple[HubSpotStandIn, httpx.Client]):
    crm, client = portal
    ann = crm.add_owner("Ann Lee", "ann@corp.test")
    ids = [crm.add("companies", name=str(number), hubspot_owner_id=ann) for number in range(120)]
    page = client.get("/crm/v3/objects/companies", params={"limit": 100, "properties": "name"}).json()
    following = page["paging"]["next"]["after"]
    rest = client.get("/crm/v3/objects/companies", params={"limit": 100, "after": following}).json()
    assert [row["id"] for row in (*page["results"], *rest["results"])] == ids
    assert client.get("/crm/v3/objects/companies", params={"limit": 101}).status_code == 400
    found = client.post(
        "/crm/v3/objects/companies/search",
        json={"filterGroups": [{"filters": [{"propertyName": "name", "operator": "IN", "values": ["3", "5"]}]}]},
    ).json()
    assert (found["total"], [row["id"] for row in found["results"]]) == (2, [ids[3], ids[5]])
    beyond = client.post("/crm/v3/objects/companies/search", json={"limit": 200, "after": "10000"})
    assert (beyond.status_code, beyond.json()["category"]) == (400, "VALIDATION_ERROR")
    crm.quirks.calls = 1
    limited = client.get("/crm/v3/owners", params={"archived": "false"})
    assert (limited.status_code, limited.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")


def test_hubspot_does_batches_by_halves_only_when_asked(portal: tuple[HubSpotStandIn, httpx.Client]):
    crm, client = portal
    ann, joe = crm.add_owner("Ann Lee", "ann@corp.test"), crm.add_owner("Joe Fox", "joe@corp.test")
    ids = [crm.add("deals", dealname=str(number), hubspot_owner_id=ann) for number in range(2)]
    inputs = [
        {"id": ids[0], "properties": {"hubspot_owner_id": joe}},
        {"id": ids[1], "properties": {"hubspot_owner_id": "1"}},
    ]
    path = "/crm/v3/objects/deals/batch/update"
    assert client.post(path, json={"inputs": inputs}).status_code == 400
    assert set(crm.owned("deals").values()) == {ann}
    traced = [one | {"objectWriteTraceId": f"t{place}"} for place, one in enumerate(inputs)]
    answer = client.post(path, json={"inputs": traced})
    assert answer.status_code == 207
    assert [row["id"] for row in answer.json()["results"]] == [ids[0]]
    assert answer.json()["errors"][0]["context"] == {"objectWriteTraceId": ["t1"]}
    assert crm.owned("deals") == {ids[0]: joe, ids[1]: ann}
    assert client.post(path, json={"inputs": inputs[:1] * 101}).status_code == 400
    crm.deactivate(ann)
    assert [row["email"] for row in client.get("/crm/v3/owners", params={"archived": "true"}).json()["results"]] == [
        "ann@corp.test"
    ]
