"""The client register: importing, listing, exposure, and who could take over."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from offboard.commands.saying import Acting, AsJson, Config, firm_of, say, say_error, say_json, say_table, working
from offboard.connectors.register import import_clients
from offboard.domain.capabilities import ClientRegister
from offboard.domain.clients import Client
from offboard.domain.dealing import Dealing
from offboard.domain.exposure import exposure
from offboard.domain.exposure_page import exposure_html
from offboard.domain.people import Person
from offboard.domain.proposing import load_of, propose
from offboard.engine.resolving import resolve_person
from offboard.engine.starting import amend
from offboard.errors import BadInput, SaysNo, SystemFault
from offboard.wiring import Firm

Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page that can be printed.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="The clients and who is responsible for each.", no_args_is_help=True)
    group.command("import")(import_)
    group.command("list")(list_clients)
    group.command("exposure")(show_exposure)
    group.command("propose")(propose_successors)
    app.add_typer(group, name="clients")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The clients; id and name are required.")],
    map_: Annotated[Path | None, typer.Option("--map", metavar="MAP.toml", help='ours = "theirs" per table.')] = None,
    interactions: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Who dealt with whom: client, person, at, kind, value.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Import clients into the built-in register; when any row is wrong nothing is imported, and all faults are named.

    Example: offboard clients import customers.csv --map northwind.toml --interactions orders.csv
    """
    with firm_of(config) as firm, firm.systems.writer(_own_register(firm)) as register, working("importing"):
        done = import_clients(register, file, map_file=map_, interactions_file=interactions)
    if as_json:
        say_json(
            {
                "clients": done.clients,
                "interactions": done.interactions,
                "new": done.new,
                "updated": done.updated,
                "ignored_columns": list(done.ignored_columns),
                "notes": list(done.notes),
            }
        )
        return
    say(f"{done.clients} clients ({done.new} new, {done.updated} changed), {done.interactions} interactions")
    if done.ignored_columns:
        say(f"Columns that were not used: {', '.join(done.ignored_columns)}")
    for note in done.notes:
        say(note)


def list_clients(as_json: AsJson = False, config: Config = None) -> None:
    """List every client with who is responsible, and who takes over in an open departure.

    Example: offboard clients list --json
    """
    with firm_of(config) as firm:
        clients = _clients(firm)
        open_ones = [
            d for d, status in firm.store.departures.every() if status not in {"closed", "cancelled", "undone"}
        ]
    rows = []
    for client in clients:
        leaving = next((d for d in open_ones if d.leaver.answers_to(client.responsible)), None)
        successor = leaving.successor_of(client.id) if leaving else None
        rows.append(
            {
                "id": client.id,
                "name": client.name,
                "responsible": client.responsible or None,
                "successor": successor.name if successor else None,
                "contacts": [vars_of(client)] if client.contact.name or client.contact.email else [],
                "open_items": client.open_items,
                "value": client.value,
                "last_contact": client.last_contact or None,
                "country": client.country,
                "known_to": list(client.known_to),
            }
        )
    if as_json:
        say_json(rows)
    else:
        say_table(
            ("id", "name", "responsible", "successor", "value", "last contact"),
            [(r["id"], r["name"], r["responsible"], r["successor"], r["value"], r["last_contact"]) for r in rows],
        )


def vars_of(client: Client) -> dict[str, str]:
    """Return a client's contact as data."""
    contact = client.contact
    return {"name": contact.name, "title": contact.title, "email": contact.email, "phone": contact.phone}


def show_exposure(as_json: AsJson = False, html: Html = None, config: Config = None) -> None:
    """Show who depends on one person: look at this before anybody leaves.

    Example: offboard clients exposure --html exposure.html
    """
    with firm_of(config) as firm:
        clients, dealings = _clients(firm), _dealings(firm)
        staff = _staff(firm, clients, dealings)
        owners = [*firm.settings.people.owner, firm.settings.company.owner_name]
        rows = exposure(clients, dealings, owners=owners, staff=staff, today=firm.now().date())
        if html:
            page = exposure_html(rows, company=firm.settings.company.name, generated_at=firm.now())
            html.write_text(page, encoding="utf-8")
    if as_json:
        say_json([row.to_json() for row in rows])
    else:
        say_table(
            (
                "person",
                "clients",
                "known to them alone",
                "value at risk",
                "days without the owner",
                "never met the owner",
            ),
            [
                (
                    r.person,
                    r.clients,
                    r.sole_contact,
                    r.value_at_risk,
                    r.longest_without_owner_days,
                    r.never_met_owner,
                )
                for r in rows
            ],
        )
        say(
            "\nValue at risk: what the clients are worth whom nobody else of us ever dealt with.\n"
            "Days without the owner: since the owner last dealt with the one who has waited longest."
        )


def propose_successors(
    number: Annotated[str, typer.Argument(metavar="D", help="A departure, such as D-2026-0001.")],
    accept: Annotated[bool, typer.Option("--accept", help="Take the proposals over and plan anew.")] = False,
    as_: Acting = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Propose who takes over each of the leaver's clients, and why.

    Example: offboard clients propose D-2026-0001
    """
    with firm_of(config) as firm:
        departure = firm.store.departures.get(number)
        clients, dealings = _clients(firm), _dealings(firm)
        leaving = {
            key
            for other, status in firm.store.departures.every()
            if status not in {"cancelled", "undone"}
            for key in other.leaver.keys()  # noqa: SIM118 - a person is no dict
        }
        staff = _staff(firm, clients, dealings)
        proposals = propose(
            [client for client in clients if departure.leaver.answers_to(client.responsible)],
            leaver=departure.leaver,
            staff=staff,
            leaving=leaving,
            dealings=dealings,
            load=load_of(clients),
        )
        if accept:
            firm.office.may_ask(as_, departure)
            chosen = {
                p.client: person
                for p in proposals
                for person in staff
                if p.successor and person.answers_to(p.successor)
            }
            if not chosen:
                raise SaysNo(f"{number}: there is nobody to propose", hint="Name one: offboard start … --successor X")
            amend(firm.office, replace(departure, successors={**departure.successors, **chosen}), asked_by=as_)
    if as_json:
        say_json([proposal.to_json() for proposal in proposals])
    else:
        say_table(("client", "name", "successor", "why"), [(p.client, p.name, p.successor, p.why) for p in proposals])


def _own_register(firm: Firm) -> str:
    names = [name for name in firm.systems.names() if firm.systems.kind(name) == "register"]
    if not names:
        raise BadInput("the settings have no system of kind register", hint='Add [systems.clients] kind = "register".')
    return names[0]


def _clients(firm: Firm) -> list[Client]:
    found: list[Client] = []
    for name in firm.systems.having(ClientRegister):
        with firm.systems.reader(name) as register:
            found += register.clients()
    return found


def _dealings(firm: Firm) -> list[Dealing]:
    found: list[Dealing] = []
    for name in firm.systems.names():
        if firm.systems.kind(name) == "register":
            with firm.systems.reader(name) as register:
                found += register.dealings()
    return found


def _staff(firm: Firm, clients: list[Client], dealings: list[Dealing]) -> list[Person]:
    """Return the people behind the names in the register, as the directory knows them."""
    keys = {client.responsible for client in clients} | {dealing.person for dealing in dealings}
    people: dict[str, Person] = {}
    for key in sorted(filter(None, keys)):
        try:
            person = resolve_person(firm.office, key)
        except SaysNo:
            continue
        except SystemFault as fault:
            say_error(fault)
            break
        people[person.id] = person
    return list(people.values())
