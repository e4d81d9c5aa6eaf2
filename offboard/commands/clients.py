"""The client register: importing, listing, exposure, and who could take over."""

from pathlib import Path
from typing import Annotated

import typer

from offboard.commands.clients_handing_over import add_handing_over
from offboard.commands.saying import AsJson, Config, firm_of, say, say_error, say_json, say_table, working
from offboard.connectors.register import import_clients
from offboard.domain.exposure_page import exposure_html
from offboard.domain.trend import in_words
from offboard.engine import clientele, weighing
from offboard.errors import BadInput
from offboard.wiring import Firm

Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page that can be printed.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="The clients and who is responsible for each.", no_args_is_help=True)
    group.command("import")(import_)
    group.command("list")(list_clients)
    group.command("exposure")(show_exposure)
    add_handing_over(group)
    app.add_typer(group, name="clients")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The clients; id and name are required.")],
    map_: Annotated[Path | None, typer.Option("--map", metavar="MAP.toml", help='ours = "theirs" per table.')] = None,
    interactions: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Who dealt with whom: client, person, at, kind, value.")
    ] = None,
    contacts: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Further contacts: client, name, email, role, owner …")
    ] = None,
    items: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="What is open: id, client, kind, title, owner, due …")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Import clients into the built-in register; when any row is wrong nothing is imported, and all faults are named.

    Example: offboard clients import customers.csv --map northwind.toml --interactions orders.csv
    """
    with firm_of(config) as firm, firm.systems.writer(_own_register(firm)) as register, working("importing"):
        done = import_clients(
            register, file, map_file=map_, interactions_file=interactions, contacts_file=contacts, items_file=items
        )
    if as_json:
        say_json(
            {
                "clients": done.clients,
                "interactions": done.interactions,
                "contacts": done.contacts,
                "items": done.items,
                "new": done.new,
                "updated": done.updated,
                "ignored_columns": list(done.ignored_columns),
                "notes": list(done.notes),
            }
        )
        return
    beside = "".join(
        f", {count} {what}" for count, what in ((done.contacts, "contacts"), (done.items, "open items")) if count
    )
    say(f"{done.clients} clients ({done.new} new, {done.updated} changed), {done.interactions} interactions{beside}")
    if done.ignored_columns:
        say(f"Columns that were not used: {', '.join(done.ignored_columns)}")
    for note in done.notes:
        say(note)


def list_clients(as_json: AsJson = False, config: Config = None) -> None:
    """List every client with who is responsible, and who takes over in an open departure.

    Example: offboard clients list --json
    """
    with firm_of(config) as firm:
        clients = clientele.clients(firm.office)
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
                "contacts": [contact.to_json() for contact in client.contacts],
                "open_items": client.open_items,
                "value": client.value,
                "last_contact": client.last_contact or None,
                "country": client.country,
                "known_to": list(client.known_to),
                "items": [item.to_json() for item in client.items],
                "language": client.language,
                "channel": client.channel,
                "region": client.region,
                "sector": client.sector,
                "tier": client.tier,
                "signed": client.signed,
                "satisfaction": client.satisfaction,
                "account_plan": client.account_plan,
                "do_not_contact": client.do_not_contact,
                "standing": client.standing.value,
            }
        )
    if as_json:
        say_json(rows)
    else:
        say_table(
            ("id", "name", "responsible", "successor", "value", "last contact"),
            [(r["id"], r["name"], r["responsible"], r["successor"], r["value"], r["last_contact"]) for r in rows],
        )


def show_exposure(
    as_json: AsJson = False,
    html: Html = None,
    keep: Annotated[bool, typer.Option("--keep", help="Also keep it as this week's.")] = False,
    config: Config = None,
) -> None:
    """Show who depends on one person: look at this before anybody leaves.

    Example: offboard clients exposure --html exposure.html
    """
    with firm_of(config) as firm:
        found = weighing.keep(firm.office) if keep else weighing.weigh(firm.office)
        if html:
            page = exposure_html(
                found.rows,
                company=firm.settings.company.name,
                generated_at=firm.now(),
                without_responsible=found.without_responsible,
                weeks=found.weeks,
            )
            html.write_text(page, encoding="utf-8")
    if found.fault:
        say_error(found.fault)
    if as_json:
        say_json([row.to_json() for row in found.rows])
        return
    say_table(
        ("person", "clients", "known to them alone", "value at risk", "days without the owner", "never met the owner"),
        [
            (r.person, r.clients, r.sole_contact, r.value_at_risk, r.longest_without_owner_days, r.never_met_owner)
            for r in found.rows
        ],
    )
    say(
        "\nValue at risk: what the clients are worth whom nobody else of us ever dealt with.\n"
        "Days without the owner: since the owner last dealt with the one who has waited longest."
    )
    if words := in_words(list(found.weeks)):
        say(words)


def _own_register(firm: Firm) -> str:
    names = [name for name in firm.systems.names() if firm.systems.kind(name) == "register"]
    if not names:
        raise BadInput("the settings have no system of kind register", hint='Add [systems.clients] kind = "register".')
    return names[0]
