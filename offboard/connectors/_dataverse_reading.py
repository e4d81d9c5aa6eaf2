"""What rows of Dataverse say of clients, contacts and what is open; an empty column stays empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from offboard.connectors._crm_fields import agreed
from offboard.connectors._crm_people import User
from offboard.connectors._dataverse_link import FORMATTED, LOOKUP
from offboard.connectors._dataverse_tables import ACCOUNT, CONTACT, KINDS, OWNER, USER, leads_by
from offboard.domain.clients import Client, Contact, ContactRole, ItemKind, OpenItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offboard.connectors._crm_people import Users
    from offboard.connectors._crm_register import Place

Row = dict[str, Any]

BLOCKS: Final = ("donotemail", "donotpostalmail", "donotphone")
CLIENT_COLUMNS: Final = (
    "name", "statecode", "_ownerid_value", "_primarycontactid_value", "address1_line1", "address1_line2",
    "address1_postalcode", "address1_city", "address1_country", "description", "preferredcontactmethodcode", *BLOCKS,
)  # fmt: skip
CONTACT_COLUMNS: Final = (
    "fullname", "statecode", "jobtitle", "emailaddress1", "telephone1", "mobilephone", "accountrolecode",
    "_ownerid_value", "_parentcustomerid_value", *BLOCKS,
)  # fmt: skip
DEFAULT_FIELDS: Final = {"region": "address1_stateorprovince", "sector": "industrycode"}
_BY_MAIL, _BY_POST, _DECIDES = 2, 5, 1
_NO_OWNERS: Final = frozenset({3, 5})
"""Access modes of Microsoft's support and of delegated administrators, who own nothing."""

SYNCED: Final = (
    "it was called in Outlook, and nobody can change who called it: step hand_over_meetings, or whoever takes over "
    "calls it anew"
)


def user_of(row: Row) -> User:
    """Return a user; the mail address, or the name of sign-in where there is none."""
    mail = row.get("internalemailaddress") or row.get("domainname") or ""
    return User(
        row["systemuserid"],
        mail,
        row.get("fullname") or "",
        active=not row.get("isdisabled"),
        owns=row.get("accessmode") not in _NO_OWNERS,
    )


def client_of(row: Row, fields: Mapping[str, str], users: Users, contacts: list[Contact]) -> Client:
    """Return a client without what is open; ``contacts`` are those of this client."""
    first = row.get("_primarycontactid_value")
    main = next((contact for contact in contacts if contact.id == first), None) or next(iter(contacts), Contact())
    blocked = {name for name in BLOCKS if row.get(name)}
    told = {ours: _text(row, column) for ours, column in (DEFAULT_FIELDS | dict(fields)).items()}
    return Client(
        id=row["accountid"],
        name=row.get("name") or "",
        responsible=users.address(row.get("_ownerid_value")),
        contact=main,
        others=tuple(contact for contact in contacts if contact is not main),
        address="\n".join(filter(None, (row.get("address1_line1"), row.get("address1_line2")))),
        postcode=row.get("address1_postalcode") or "",
        city=row.get("address1_city") or "",
        country=row.get("address1_country") or "",
        language=told.get("language", ""),
        channel=told.get("channel") or _channel(row, blocked),
        value=_amount(row.get(fields.get("value", ""))),
        notes=row.get("description") or "",
        region=told.get("region", ""),
        sector=told.get("sector", ""),
        tier=told.get("tier", ""),
        # A yes or no is shown in the language of whoever looks; its value is not.
        **agreed(told | {"signed": row.get(fields.get("signed", ""))}),
        do_not_contact=_yes(row.get(fields["do_not_contact"])) if "do_not_contact" in fields else blocked == {*BLOCKS},
    )


def contact_of(row: Row, users: Users) -> Contact:
    """Return a contact; one who belongs to another contact belongs to no client."""
    return Contact(
        id=row["contactid"],
        client=client_behind(CONTACT, row, {}),
        name=row.get("fullname") or "",
        title=row.get("jobtitle") or "",
        email=row.get("emailaddress1") or "",
        phone=row.get("telephone1") or row.get("mobilephone") or "",
        roles=(ContactRole.DECIDES,) if row.get("accountrolecode") == _DECIDES else (),
        owner=users.address(row.get("_ownerid_value")),
        do_not_contact=all(row.get(name) for name in BLOCKS),
    )


def item_of(place: Place, row: Row, title: str, users: Users, client: str) -> OpenItem:
    """Return what is open, or was; ``title`` is the column that says what it is."""
    name = row.get(title) or "without a title"
    kind = KINDS.get(place.object)
    extra = place.field != OWNER
    meeting = kind is not None and kind.kind is ItemKind.MEETING and not extra
    return OpenItem(
        id=place.item_id(OWNER),
        client=client,
        kind=kind.kind if kind and not extra else ItemKind.OTHER,
        title=f"{name}: {place.field}" if extra else name,
        owner=users.address(row.get(f"_{place.field}_value")),
        due=(row.get(kind.due) or "")[:10] if kind and not extra else "",
        closed=is_closed(place.object, row),
        beyond=SYNCED if meeting and row.get("globalobjectid") else "",
    )


def is_closed(table: str, row: Row) -> bool:
    """Say whether a row is history: closed, deactivated, or a meeting that is over."""
    kind = KINDS.get(table)
    state = row.get("statecode")
    if kind is None:
        return state != 0
    over = kind.ahead and bool(row.get(kind.due)) and str(row[kind.due]) < now()
    return state not in kind.open or over


def client_behind(table: str, row: Row, known: Mapping[tuple[str, str], str]) -> str:
    """Return the id of the client that a row belongs to, empty for none; ``known``: what hangs on which client."""
    if table == ACCOUNT:
        return str(row["accountid"])
    if table == CONTACT:
        at_account = row.get(f"_parentcustomerid_value@{LOOKUP}") == ACCOUNT
        return str(row.get("_parentcustomerid_value") or "") if at_account else ""
    for column in leads_by(table):
        target, name = row.get(f"_{column}_value"), row.get(f"_{column}_value@{LOOKUP}")
        found = target if name == ACCOUNT else known.get((str(name), str(target)), "")
        if target and found:
            return str(found)
    return ""


def columns_of(table: str, extra: Mapping[str, str]) -> str:
    """Return the columns that an item of this table is made of, for ``$select``."""
    lookups = [f"_{column}_value" for column in extra]
    if table in (ACCOUNT, CONTACT):
        own = ["name"] if table == ACCOUNT else ["fullname", "_parentcustomerid_value"]
        return ",".join([*own, "statecode", "_ownerid_value", *lookups])
    kind = KINDS[table]
    to = [f"_{column}_value" for column in kind.to]
    synced = ["globalobjectid"] if kind.kind is ItemKind.MEETING else []
    return ",".join([kind.title, kind.due, "statecode", "_ownerid_value", *to, *synced, *lookups])


def now() -> str:
    """Return the instant as Dataverse writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def with_items(client: Client, items: list[OpenItem]) -> Client:
    """Return the client with what is open there."""
    mine = tuple(item for item in items if item.client == client.id)
    return replace(client, items=mine, open_items=len(mine))


def _channel(row: Row, blocked: set[str]) -> str:
    mail, post = "donotemail" not in blocked, "donotpostalmail" not in blocked
    if not mail or not post:
        return "mail" if mail else "post" if post else "none"
    return {_BY_MAIL: "mail", _BY_POST: "post"}.get(row.get("preferredcontactmethodcode") or 0, "")


def _text(row: Row, column: str) -> str:
    return str(row.get(f"{column}@{FORMATTED}") or row.get(column) or "")


def _amount(value: Any) -> int:
    return round(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def _yes(value: Any) -> bool:
    return value is True or value == 1


USERS_SELECT: Final = f"{USER}id,internalemailaddress,domainname,fullname,isdisabled,accessmode"
