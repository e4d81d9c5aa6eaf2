"""Products with ways of their own, as their makers document them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.connectors.scim_office import ANN, Answer, error, users


class Amazon:
    """As documented: groups never list members, eq alone, lists by cursor, 404 for a search without a hit."""

    def __init__(self) -> None:
        self.members = {"g1": ["u0", "u1"], "g2": ["u0"]}
        self.filters: list[str] = []

    def __call__(self, method: str, path: str, body: Any) -> Answer:
        parts = urlsplit(path)
        query = parse_qs(parts.query, keep_blank_values=True)
        if method == "PATCH":
            (operation,) = body["Operations"]
            assert operation["path"] == "members"
            (member,) = (one["value"] for one in operation["value"])
            members = self.members[parts.path.removeprefix("Groups/")]
            (members.remove if operation["op"] == "remove" else members.append)(member)
            return Answer(204)
        if parts.path in {"Users/u1", "Users/u0"}:
            return Answer(body=ANN | {"id": parts.path[-2:]})
        if parts.path.startswith("Groups/"):
            return Answer(body={"id": parts.path[7:], "displayName": "team " + parts.path[7:], "members": []})
        if parts.path == "Groups":
            (filter_,) = query["filter"]
            self.filters.append(filter_)
            hits = [g for g, who in self.members.items() if any(f'"{one}"' in filter_ for one in who)]
            hits = [g for g in hits if " and " not in filter_ or f'"{g}"' in filter_]
            found = [{"id": g, "displayName": f"team {g}", "members": []} for g in hits]
            return Answer(body={"totalResults": len(found), "Resources": found}) if found else error(404)
        if parts.path == "Users":
            place = int(query["cursor"][0] or 0) if "cursor" in query else None
            if "filter" in query or place is None:
                return Answer(body={"totalResults": 0, "Resources": []})
            page = users(230)[place : place + 100]
            return Answer(
                body={"itemsPerPage": 100, "Resources": page}
                | ({"nextCursor": str(place + 100)} if place < 200 else {})
            )
        return Answer(body={"patch": {"supported": True}, "filter": {"supported": True}, "etag": {"supported": False}})


def test_amazon_lists_no_members_and_is_asked_in_its_own_way(scripted: Any):
    amazon = Amazon()
    connection, _ = scripted(amazon, product="aws")
    found = connection.memberships("u1")
    assert {key: (one.label, one.state) for key, one in found.items()} == {"g1": ("team g1", {"value": "u1"})}
    connection.set_membership("u1", "g1", None)
    assert amazon.members == {"g1": ["u0"], "g2": ["u0"]}
    assert connection.membership("u1", "g1") is None
    assert connection.memberships("u1") == {}
    connection.set_membership("u1", "g1", None)
    connection.set_membership("u1", "g1", {"value": "u1"})
    assert amazon.members == {"g1": ["u0", "u1"], "g2": ["u0"]}
    assert all(" or " not in one and " co " not in one for one in amazon.filters)
    assert [person.id for person in connection.find("p229@corp.test")] == ["u229"]


def test_a_member_is_named_under_members_only_where_the_vendor_says_so(scripted: Any):
    group = {"id": "g1", "displayName": "team", "members": [{"value": "u0"}, {"value": "u1"}]}

    def answer(_method: str, path: str, _body: Any) -> Answer:
        return Answer(body=group) if path.startswith("Groups/") else Answer(body={"totalResults": 0})

    for product, operation in {
        "generic": {"op": "remove", "path": 'members[value eq "u1"]'},
        "slack": {"op": "remove", "path": 'members[value eq "u1"]'},
        "atlassian": {"op": "remove", "path": 'members[value eq "u1"]'},
        "github": {"op": "remove", "path": "members", "value": [{"value": "u1"}]},
    }.items():
        connection, server = scripted(answer, product=product)
        connection.set_membership("u1", "g1", None)
        assert server.asked[-1][2]["Operations"] == [operation], product
