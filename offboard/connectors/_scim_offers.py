"""What a SCIM server offers: read from it once, and from what the vendors of well-known products write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from offboard.connectors._scim_api import USERS
from offboard.connectors._scim_faults import Unsupported, strange
from offboard.errors import Denied, NotFound

if TYPE_CHECKING:
    from offboard.connectors._scim_api import Api

Product = Literal["generic", "slack", "github", "aws", "atlassian"]

ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

LOGIN, MAIL, NUMBER, EXTERNAL = "userName", "emails.value", f"{ENTERPRISE}:employeeNumber", "externalId"


@dataclass(frozen=True, slots=True)
class Offers:
    """What we may ask of a server.

    ``known`` says that it has told us itself. ``searched`` are the attributes by which people can be found, and
    ``either`` says whether by several at once. ``members_shown``: groups list their members. ``remove_by_list``: a
    member is removed by naming it under ``members``; elsewhere that would empty the group, so that it is never tried.
    ``cursors``: lists are paged by cursor (RFC 9865). ``page`` is how many resources we ask for at once.
    """

    known: bool = False
    patch: bool = True
    filter: bool = True
    versions: bool = False
    searched: tuple[str, ...] = (LOGIN, MAIL, EXTERNAL, NUMBER)
    either: bool = True
    members_shown: bool = True
    remove_by_list: bool = False
    cursors: bool = False
    page: int = 100


PRODUCTS: Final[dict[str, Offers]] = {
    "generic": Offers(),
    # https://docs.slack.dev/reference/scim-api
    "slack": Offers(),
    # https://docs.github.com/en/rest/enterprise-admin/scim: eq alone; no filters in the path of a PATCH.
    "github": Offers(searched=(LOGIN, EXTERNAL), either=False, remove_by_list=True),
    # https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html and listgroups.html
    "aws": Offers(
        searched=(LOGIN, EXTERNAL), either=False, members_shown=False, remove_by_list=True, cursors=True, page=100
    ),
    # https://developer.atlassian.com/cloud/admin/user-provisioning/rest/
    "atlassian": Offers(searched=(LOGIN, EXTERNAL), either=False),
}


def read_offers(api: Api, product: Product) -> Offers:
    """Ask the server what it supports (RFC 7644 §4); where it does not say, one harmless request must be answered.

    Raises:
        Rejected: whatever answers there does not speak SCIM.
    """
    offers = PRODUCTS[product]
    try:
        told = api.get("ServiceProviderConfig", doing="read what the server supports")
    except (NotFound, Denied, Unsupported):
        try:
            api.get(USERS, doing="read one user", count=1)
        except NotFound as fault:
            raise strange(api.system, api.url, "read one user") from fault
        return offers
    most = told.get("filter", {}).get("maxResults") if isinstance(told.get("filter"), dict) else None
    return replace(
        offers,
        known=True,
        patch=_supported(told, "patch", otherwise=offers.patch),
        filter=_supported(told, "filter", otherwise=offers.filter),
        versions=_supported(told, "etag", otherwise=offers.versions),
        page=min(offers.page, most) if isinstance(most, int) and most > 0 else offers.page,
    )


def limits(offers: Offers) -> list[str]:
    """Return what cannot be done there, each completing "cannot …"."""
    found = [
        "prove by a refused sign-in that an account is shut: that `active` is false is read back instead",
        "see open sessions or tokens: whether deactivating ends them is up to the product",
    ]
    if not offers.known:
        found.append("learn what the server supports: it has no ServiceProviderConfig")
    if not offers.patch and not offers.versions:
        found.append("write anything: the server offers neither PATCH nor versions, and others' changes could be lost")
    elif not offers.patch:
        found.append("change a part of a user or group (no PATCH): the whole is written, while nobody else changes it")
    if not offers.versions:
        found.append("write only while nobody else does: the server offers no versions (ETag)")
    unsearched = {MAIL: "mail address", NUMBER: "employee number"}
    words = [word for key, word in unsearched.items() if not offers.filter or key not in offers.searched]
    if words:
        found.append(f"search for people by {' or '.join(words)}: everybody is read instead, which may take long")
    if not offers.members_shown:
        found.append("see how a group lists a member: it is put back by its id alone")
    return found


def _supported(told: dict[str, Any], what: str, *, otherwise: bool) -> bool:
    part = told.get(what)
    word = part.get("supported") if isinstance(part, dict) else None
    return otherwise if word is None else str(word).casefold() == "true"
