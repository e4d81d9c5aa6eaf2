"""Founding a tenant: the people, groups, roles, devices, licences and apps that a test or the practice company needs.

Every method takes and returns ids; what else a thing should have is given by Graph's own property names.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from offboard.practice.graph.facts import NAMESPACE
from offboard.practice.graph.tenant import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offboard.practice.graph.tenant import Thing

_SEEDED = uuid.UUID("3b7d6c1e-57f4-5c0a-8a3e-6d1f0f6f2c55")
FOUNDED = "2024-01-08T09:00:00Z"
BUILT_IN = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Reports Reader": "4a5d8f65-41da-4de4-8968-e035b65339cf",
}
"""Directory roles by their template ids (the page "Microsoft Entra built-in roles")."""

METHODS = {
    "phone": "phoneMethods", "email": "emailMethods", "fido2": "fido2Methods",
    "microsoftAuthenticator": "microsoftAuthenticatorMethods", "softwareOath": "softwareOathMethods",
    "windowsHelloForBusiness": "windowsHelloForBusinessMethods",
    "temporaryAccessPass": "temporaryAccessPassMethods", "platformCredential": "platformCredentialMethods",
    "external": "externalAuthenticationMethods", "password": "",
}  # fmt: skip
"""Kinds of authentication methods and the part of the path where each is; a password cannot be taken away."""

PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"  # noqa: S105 - the same for everybody, and no secret
PHONES = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
EMAIL_METHOD = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"


class Founding:
    """The tenant and what is put into it before anybody calls."""

    def __init__(self, name: str, domain: str = "acme.example", seed: str = "") -> None:
        self._seed, self._made = seed, 0
        self.tenant = str(self._new_id())
        self.store = Store()
        self.domain = domain
        self.app_object = self._thing(
            "servicePrincipal", {"displayName": "offboard", "servicePrincipalType": "Application"}
        )
        self._row("organization", {"id": self.tenant, "displayName": name, "verifiedDomains": [
            {"name": self.domain, "isDefault": True, "isInitial": False, "type": "Managed", "capabilities": "Email"},
        ]})  # fmt: skip
        self._row(
            "domains", {"id": self.domain, "isVerified": True, "isDefault": True, "authenticationType": "Managed"}
        )
        for role, identity in BUILT_IN.items():
            self.add_role(role, identity)

    def look(self, identity: str) -> Thing:
        """Return a directory object as it is now; keys that begin with ``_`` never leave (``_password``)."""
        return self.store.now.things[identity]

    def exists(self, identity: str) -> bool:
        """Say whether a directory object is there, and not in the bin."""
        return identity in self.store.now.things

    def members(self, group: str) -> list[str]:
        """Return who is in a group."""
        return self.store.now.to("members", group)

    def owners(self, thing: str) -> list[str]:
        """Return who owns a group, an application or a service principal."""
        return self.store.now.to("owners", thing)

    def rows(self, table: str, **wanted: Any) -> list[Thing]:
        """Return the rows of a table: ``roleAssignments``, ``roleEligibilitySchedules``, ``roleAssignmentSchedules``,
        ``appRoleAssignments``, ``oauth2PermissionGrants``, ``methods`` (with ``_user``), ``permissions`` (``_item``).
        """  # noqa: D205 - the list of tables is the sentence
        found = self.store.now.table(table).values()
        return [row for row in found if all(row.get(name) == value for name, value in wanted.items())]

    def add_person(self, name: str, *, enabled: bool = True, **properties: Any) -> str:
        """Hire somebody; login and mail address follow from the name."""
        given, _, surname = name.partition(" ")
        nick = name.casefold().replace(" ", ".")
        upn = f"{nick}@{self.domain}"
        said = {
            "displayName": name, "givenName": given, "surname": surname, "mailNickname": nick, "userPrincipalName": upn,
            "mail": upn, "proxyAddresses": [f"SMTP:{upn}"], "accountEnabled": enabled, "userType": "Member",
            "usageLocation": "GB",
            "createdDateTime": FOUNDED, "signInSessionsValidFromDateTime": FOUNDED,
            "lastPasswordChangeDateTime": FOUNDED, "assignedLicenses": [], "licenseAssignmentStates": [],
            "_password": "as it was",
        }  # fmt: skip
        who = self._thing("user", said | properties)
        self.add_method(who, "password", default=False)
        return who

    def add_group(
        self,
        name: str,
        *,
        members: Iterable[str] = (),
        owners: Iterable[str] = (),
        rule: str = "",
        unified: bool = False,
        team: bool = False,
        mail_enabled: bool = False,
        role_assignable: bool = False,
        synced: bool = False,
        licences: Iterable[str] = (),
        **properties: Any,
    ) -> str:
        """Found a group: plain security unless told otherwise; ``rule`` makes it dynamic, ``licences`` are sku ids."""
        kinds = (["Unified"] if unified or team else []) + (["DynamicMembership"] if rule else [])
        has_mail = mail_enabled or unified or team
        nick = name.casefold().replace(" ", "-")
        said: Thing = {
            "displayName": name, "mailNickname": nick, "groupTypes": kinds, "mailEnabled": has_mail,
            "securityEnabled": not (unified or team), "membershipRule": rule or None,
            "membershipRuleProcessingState": "On" if rule else None, "isAssignableToRole": role_assignable or None,
            "onPremisesSyncEnabled": synced or None, "createdDateTime": FOUNDED, "description": None,
            "mail": f"{nick}@{self.domain}" if has_mail else None, "proxyAddresses": [], "visibility": None,
            "resourceProvisioningOptions": ["Team"] if team else [],
            "assignedLicenses": [{"skuId": sku, "disabledPlans": []} for sku in licences],
        }  # fmt: skip
        group = self._thing("group", said | properties)
        for who in members:
            self.join(group, who)
        for who in owners:
            self.own(group, who)
        return group

    def add_unit(self, name: str, *, members: Iterable[str] = ()) -> str:
        """Found an administrative unit."""
        unit = self._thing("administrativeUnit", {"displayName": name})
        for who in members:
            self.join(unit, who)
        return unit

    def join(self, group: str, member: str) -> None:
        """Put somebody, or another group, into a group; a group's licences come with it."""
        with self.store.writing() as tenant:
            tenant.link("members", group, member)
            for licence in tenant.things[group].get("assignedLicenses", []):
                tenant.things[member].setdefault("licenseAssignmentStates", []).append(_state(licence, group))
                tenant.things[member].setdefault("assignedLicenses", []).append(licence)

    def own(self, thing: str, owner: str) -> None:
        """Make somebody the owner of a group, an application or a service principal."""
        with self.store.writing() as tenant:
            tenant.link("owners", thing, owner)

    def set_manager(self, who: str, above: str) -> None:
        """Let somebody report to somebody."""
        with self.store.writing() as tenant:
            tenant.link("manager", who, above)

    def add_sponsor(self, guest: str, who: str) -> None:
        """Let somebody answer for a guest."""
        with self.store.writing() as tenant:
            tenant.link("sponsors", guest, who)

    def add_role(self, name: str, identity: str = "") -> str:
        """Define a directory role; the built-in ones of :data:`BUILT_IN` are there."""
        said = {
            "id": identity or str(self._new_id()),
            "displayName": name,
            "isBuiltIn": name in BUILT_IN,
            "isEnabled": True,
        }
        return self._row("roleDefinitions", said | {"templateId": said["id"]})

    def assign_role(self, who: str, role: str, *, scope: str = "/") -> str:
        """Give a directory role (by its name) for good; return the assignment's id."""
        said = {"principalId": who, "roleDefinitionId": self.role(role), "directoryScopeId": scope}
        assignment = self._row("roleAssignments", said)
        self._row("roleAssignmentSchedules", said | _schedule("Assigned", assignment))
        return assignment

    def activate_role(self, who: str, role: str, *, scope: str = "/") -> str:
        """Give a role for a time, taken up from an eligibility; return the assignment's id."""
        said = {"principalId": who, "roleDefinitionId": self.role(role), "directoryScopeId": scope}
        assignment = self._row("roleAssignments", said)
        self._row("roleAssignmentSchedules", said | _schedule("Activated", assignment))
        return assignment

    def make_eligible(self, who: str, role: str, *, scope: str = "/") -> str:
        """Let somebody take up a role when they want to; return the schedule's id."""
        said = {"principalId": who, "roleDefinitionId": self.role(role), "directoryScopeId": scope}
        return self._row("roleEligibilitySchedules", said | {"status": "Provisioned", "memberType": "Direct"})

    def role(self, name: str) -> str:
        """Return the id of a role's definition."""
        found = self.store.now.table("roleDefinitions").values()
        return next(str(row["id"]) for row in found if row["displayName"] == name)

    def add_device(self, name: str, *, owner: str, enabled: bool = True, **properties: Any) -> str:
        """Register a device for somebody."""
        said = {
            "displayName": name, "accountEnabled": enabled, "deviceId": str(self._new_id()),
            "operatingSystem": "Windows",
            "operatingSystemVersion": "10.0.26100", "trustType": "AzureAd", "isManaged": True, "isCompliant": True,
        }  # fmt: skip
        device = self._thing("device", said | properties)
        with self.store.writing() as tenant:
            tenant.link("registeredOwners", device, owner)
            tenant.link("registeredUsers", device, owner)
        return device

    def add_sku(self, part_number: str) -> str:
        """Buy a licence; return its sku id."""
        sku = str(self._new_id())
        units = {"enabled": 25, "suspended": 0, "warning": 0, "lockedOut": 0}
        said = {"id": f"{self.tenant}_{sku}", "skuId": sku, "skuPartNumber": part_number, "capabilityStatus": "Enabled"}
        self._row("subscribedSkus", said | {"consumedUnits": 1, "prepaidUnits": units, "appliesTo": "User"})
        return sku

    def give_licence(self, who: str, sku: str) -> None:
        """Give a licence directly; by a group it comes with ``add_group(…, licences=[sku])`` and :meth:`join`."""
        with self.store.writing() as tenant:
            licence = {"skuId": sku, "disabledPlans": []}
            tenant.things[who]["assignedLicenses"].append(licence)
            tenant.things[who]["licenseAssignmentStates"].append(_state(licence, None))

    def add_method(self, who: str, kind: str, *, default: bool = False, **properties: Any) -> str:
        """Let somebody sign in by a method of :data:`METHODS`; ``default`` is what they are asked for first."""
        identity = {"password": PASSWORD_METHOD, "email": EMAIL_METHOD}.get(kind) or str(self._new_id())
        said: Thing = {"id": identity, "createdDateTime": FOUNDED}
        if kind == "phone":
            said |= {"phoneNumber": "+44 2079460123", "phoneType": "mobile"} | properties
            identity = PHONES[said["phoneType"]]
            said |= {"id": identity, "smsSignInState": "notAllowedByPolicy"}
        elif kind == "email":
            said |= {"emailAddress": "private@privatepost.example"} | properties
        elif kind not in {"softwareOath", "password"}:
            said |= {"displayName": kind} | properties
        row = {"@odata.type": f"#{NAMESPACE}{kind}AuthenticationMethod", "_user": who, "_default": default} | said
        with self.store.writing() as tenant:
            tenant.table("methods")[f"{who}/{identity}"] = row
        return identity

    def _new_id(self) -> uuid.UUID:
        """Return an id for something new: the same in every tenant that is founded alike from the same seed."""
        self._made += 1
        return uuid.uuid5(_SEEDED, f"{self._seed} {self._made}") if self._seed else uuid.uuid4()

    def _thing(self, kind: str, properties: Thing) -> str:
        identity = str(self._new_id())
        with self.store.writing() as tenant:
            tenant.things[identity] = {"@odata.type": f"#{NAMESPACE}{kind}", "id": identity} | properties
        return identity

    def _row(self, table: str, row: Thing) -> str:
        identity = str(row.get("id") or self._new_id())
        with self.store.writing() as tenant:
            tenant.table(table)[identity] = {"id": identity} | row
        return identity


def _state(licence: Thing, group: str | None) -> Thing:
    return licence | {"assignedByGroup": group, "state": "Active", "error": "None", "lastUpdatedDateTime": FOUNDED}


def _schedule(kind: str, assignment: str) -> Thing:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    info = {"startDateTime": now, "expiration": {"type": "noExpiration", "endDateTime": None, "duration": None}}
    return {
        "assignmentType": kind, "memberType": "Direct", "status": "Provisioned", "scheduleInfo": info,
        "_assignment": assignment,
    }  # fmt: skip
