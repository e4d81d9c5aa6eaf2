"""Makes clients, contacts and open items of the register's rows, in a few queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from offboard.connectors._register_tables import clients, contacts, interactions, items
from offboard.domain.clients import Client, Contact, ContactRole, ItemKind, OpenItem, Standing
from offboard.domain.people import fold

if TYPE_CHECKING:
    from sqlalchemy import Connection as Transaction

OPEN = "open"
"""An interaction of this kind is an open item without a name: something the client waits for."""

DEALT = (
    select(
        interactions.c.client,
        interactions.c.person,
        func.count().label("times"),
        func.max(interactions.c.at).label("last"),
        func.sum(interactions.c.value).label("value"),
        func.sum(case((func.lower(interactions.c.kind) == OPEN, 1), else_=0)).label("open"),
    )
    .group_by(interactions.c.client, interactions.c.person)
    .order_by(interactions.c.client, func.max(interactions.c.at).desc(), func.max(interactions.c.id).desc())
)


def read_clients(transaction: Transaction, *only: str) -> list[Client]:
    """Return every client, or those of these ids, with contacts, open items and who dealt with them."""
    wanted = select(clients).order_by(clients.c.id)
    met = select(contacts).order_by(contacts.c.client, contacts.c.place)
    held = select(items).where(items.c.closed.is_(False)).order_by(items.c.id)
    dealt = DEALT
    if only:
        wanted = wanted.where(clients.c.id.in_(only))
        met = met.where(contacts.c.client.in_(only))
        held = held.where(items.c.client.in_(only))
        dealt = dealt.where(interactions.c.client.in_(only))
    rows = transaction.execute(wanted).all()
    people, things, dealings = (_by_client(transaction.execute(query)) for query in (met, held, dealt))
    return [_client(row, people.get(row.id, ()), things.get(row.id, ()), dealings.get(row.id, ())) for row in rows]


def contact_of(row: Any) -> Contact:
    """Return a row as a contact; its id is the client's with its place behind it."""
    return Contact(
        name=row.name,
        title=row.title,
        email=row.email,
        phone=row.phone,
        roles=tuple(map(ContactRole, row.roles.split())),
        id=f"{row.client}/{row.place}",
        client=row.client,
        owner=row.owner,
        do_not_contact=row.do_not_contact,
        salutation=row.salutation,
    )


def has_something(row: Any) -> bool:
    """Say whether a contact's row is more than the place that every client has for its first contact."""
    return bool(row.place or row.name or row.email or row.phone or row.title or row.owner)


def item_of(row: Any) -> OpenItem:
    """Return a row as an item."""
    return OpenItem(
        id=row.id,
        client=row.client or "",
        kind=ItemKind(row.kind),
        title=row.title,
        owner=row.owner,
        due=row.due,
        tellable=row.tellable,
        closed=row.closed,
    )


def _by_client(rows: Any) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.client].append(row)
    return found


def _client(row: Any, people: Any, things: Any, dealt: Any) -> Client:
    given = row.value
    known = [contact_of(each) for each in people if has_something(each)]
    held = tuple(map(item_of, things))
    return Client(
        id=row.id,
        name=row.name,
        responsible=row.responsible,
        contact=known[0] if known else Contact(),
        address=row.address,
        postcode=row.postcode,
        city=row.city,
        country=row.country,
        language=row.language,
        channel=row.channel,
        value=whole_units(sum(each.value for each in dealt)) if given is None else given,
        notes=row.notes,
        open_items=sum(each.open for each in dealt) + len(held),
        known_to=tuple(each.person for each in dealt if fold(each.person) != fold(row.responsible)),
        last_contact=dealt[0].last[:10] if dealt else "",
        others=tuple(known[1:]),
        items=held,
        region=row.region,
        sector=row.sector,
        tier=row.tier,
        signed=row.signed,
        satisfaction=row.satisfaction,
        account_plan=row.account_plan,
        do_not_contact=row.do_not_contact,
        standing=Standing(row.standing),
    )


def whole_units(ten_thousandths: int) -> int:
    """Return an amount in whole units, half a unit rounded away from zero."""
    units = (abs(int(ten_thousandths)) + 5_000) // 10_000
    return units if ten_thousandths >= 0 else -units
