"""A domain, a tenant and a product in the cloud, each in a process of its own, where every call takes so much longer.

``python -m benchmarks.slow_systems domain|tenant|product FOLDER LOGINS`` prints how to reach it as one line of JSON,
and ends with its input.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offboard.practice.active_directory import DomainServer, DomainSession
from offboard.practice.ad_domain import Domain
from offboard.practice.graph import GraphStandIn
from offboard.practice.scim import ScimServer
from tests.servers.authority import make_authority
from tests.servers.scim import ENTERPRISE, GROUP, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_CALL = 0.020
"""Seconds that each call takes before anything is done about it."""

BASE = "DC=acme,DC=example"
STAFF = f"OU=Staff,{BASE}"
SERVICE, PASSWORD, TOKEN = "svc-offboard", "Nobody-Knows-7", "a-token-of-the-product"
HEIR = "sue.heir"
AD_GROUPS, TENANT_GROUPS, TEAMS = 12, 16, 12
DEVICES, CONSENTS, OWNED, REPORTS, APPS = 4, 8, 8, 8, 2


class SlowSession(DomainSession):
    """A connection to the domain that takes its time over each request."""

    def answer(self, message: Any) -> Iterator[Any]:
        """Wait, then answer."""
        time.sleep(PER_CALL)
        yield from super().answer(message)


class SlowDomain(DomainServer):
    """A domain controller that takes its time."""

    answering = SlowSession


class SlowProduct(ScimServer):
    """A product in the cloud that takes its time."""

    def serve(self, *asked: Any, **more: Any) -> Any:
        """Wait, then answer."""
        time.sleep(PER_CALL)
        return super().serve(*asked, **more)


def fill_domain(logins: dict[str, str]) -> Domain:
    """Return a domain with these people (login → employee number), who are in every group."""
    domain = Domain(BASE, "acme.example", SERVICE)
    domain.load(STAFF, {"objectClass": [b"top", b"organizationalUnit"]})
    for login, number in logins.items():
        known = {"sAMAccountName": login, "displayName": called(login), "mail": mail(login), "employeeID": number}
        held = {"objectClass": [b"user"]} | {name: [value.encode()] for name, value in known.items()}
        domain.load(f"CN={login},{STAFF}", held, "As-It-Was-1")
    service = {"objectClass": [b"user"], "sAMAccountName": [SERVICE.encode()]}
    domain.load(f"CN={SERVICE},CN=Users,{BASE}", service, PASSWORD)
    members = [f"CN={login},{STAFF}".encode() for login in logins]
    for name in (f"share-{number}" for number in range(AD_GROUPS)):
        held = {"objectClass": [b"top", b"group"], "sAMAccountName": [name.encode()], "member": members}
        domain.load(f"CN={name},{STAFF}", held)
    return domain


def fill_tenant(tenant: GraphStandIn, logins: dict[str, str]) -> None:
    """Let everybody have what somebody gathers in ten years."""
    tenant.domain = "acme.example"
    ids = {login: tenant.add_person(called(login), employeeId=number) for login, number in logins.items()}
    leavers = {login: who for login, who in ids.items() if login != HEIR}
    for number in range(TENANT_GROUPS):
        tenant.add_group(f"project-{number}", members=leavers.values())
    sku = tenant.add_sku("SPE_E3")
    apps = [tenant.add_app(f"App {number}")[1] for number in range(CONSENTS)]
    for login, who in leavers.items():
        tenant.assign_role(who, "Reports Reader")
        tenant.make_eligible(who, "Directory Readers")
        for principal in apps[:APPS]:
            tenant.give_app_role(who, principal)
        for principal in apps:
            tenant.add_consent(principal, "User.Read", who=who)
        for number in range(DEVICES):
            tenant.add_device(f"{login}-{number}", owner=who)
        for number in range(OWNED):
            tenant.add_group(f"{login}'s {number}", owners=[who])
        for number in range(REPORTS):
            report = tenant.add_person(f"Report{number} {login.replace('.', '')}")
            tenant.set_manager(report, who)
        tenant.add_method(who, "phone", default=True)
        tenant.add_method(who, "fido2")
        tenant.give_licence(who, sku)
        tenant.add_drive(who)


def fill_product(product: ScimServer, logins: dict[str, str]) -> None:
    """Let everybody in, and into every team."""
    ids = {}
    for login, number in logins.items():
        known = {"userName": mail(login), "displayName": called(login), "active": True}
        mails = [{"value": mail(login), "primary": True}]
        body = {"schemas": [USER, ENTERPRISE], "emails": mails, ENTERPRISE: {"employeeNumber": number}} | known
        ids[login] = product.ask("POST", "Users", body)["id"]
    members = [{"value": who, "type": "User"} for who in ids.values()]
    for number in range(TEAMS):
        body = {"schemas": [GROUP], "displayName": f"team-{number}", "members": members}
        product.ask("POST", "Groups", body)


def called(login: str) -> str:
    """Return the full name of somebody."""
    return login.replace(".", " ").title()


def mail(login: str) -> str:
    """Return the mail address of somebody."""
    return f"{login}@acme.example"


def start_domain(context: ssl.SSLContext, folder: Path, logins: dict[str, str]) -> dict[str, Any]:
    """Start the domain and return its settings."""
    domain = SlowDomain(fill_domain(logins), context)
    domain.start()
    return {
        "kind": "active_directory",
        "url": domain.url,
        "base": BASE,
        "bind_dn": f"{SERVICE}@acme.example",
        "password": {"file": secret(folder, PASSWORD)},
    }


def start_tenant(context: ssl.SSLContext, folder: Path, logins: dict[str, str]) -> dict[str, Any]:
    """Start the tenant, which has an authority of its own, and return its settings."""
    del context
    tenant = GraphStandIn(folder / "graph").start()
    tenant.quirks.latency = PER_CALL
    fill_tenant(tenant, logins)
    return {
        "kind": "entra",
        "tenant": tenant.tenant,
        "client_id": tenant.client_id,
        "client_secret": {"file": secret(folder, tenant.client_secret)},
        "url": f"{tenant.url}/v1.0",
        "authority": tenant.url,
        "ca_file": str(tenant.ca_file),
    }


def start_product(context: ssl.SSLContext, folder: Path, logins: dict[str, str]) -> dict[str, Any]:
    """Start the product and return its settings."""
    product = SlowProduct(context, TOKEN)
    fill_product(product, logins)
    product.start()
    return {"kind": "scim", "url": product.url, "token": {"file": secret(folder, TOKEN)}}


def secret(folder: Path, text: str) -> str:
    """Write a secret to a file, and return the file's name."""
    file = folder / "secret"
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    return str(file)


STARTED = {"domain": start_domain, "tenant": start_tenant, "product": start_product}


def main() -> None:
    """Run one of them until the input ends."""
    kind, folder, logins = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    folder.mkdir()
    authority = make_authority(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.cert_file, authority.key_file)
    # A thread that has waited its time out is due: it must not wait for another one that only works.
    sys.setswitchinterval(0.0005)
    table = {"ca_file": str(authority.ca_file)} | STARTED[kind](context, folder, logins)
    print(json.dumps(table), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
