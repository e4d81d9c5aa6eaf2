"""Microsoft's own client drives the stand-in: what that client takes for Graph, ours may take for Graph too.

It is large (170 MB), so it is an extra of its own and this a target of its own: ``make test-graph-sdk``.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.practice.graph_office import Office

pytestmark = [pytest.mark.graph_sdk, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
msgraph = pytest.importorskip("msgraph", reason="Microsoft's client is not installed; make test-graph-sdk installs it")


@asynccontextmanager
async def client_of(office: Office, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """Give Microsoft's client, signed in by Microsoft's identity library, both over the stand-in's own TLS."""
    from azure.identity import ClientSecretCredential  # noqa: PLC0415 - installed for these tests only
    from kiota_authentication_azure.azure_identity_authentication_provider import (  # noqa: PLC0415 - the same
        AzureIdentityAuthenticationProvider,
    )
    from msgraph_core import GraphClientFactory  # noqa: PLC0415 - the same

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    credential = ClientSecretCredential(
        office.standin.tenant, office.standin.client_id, office.standin.client_secret,
        authority=office.standin.url, disable_instance_discovery=True, connection_verify=str(office.standin.ca_file),
    )  # fmt: skip
    trust = ssl.create_default_context(cafile=str(office.standin.ca_file))
    transport = httpx.AsyncHTTPTransport(verify=trust, trust_env=False)
    plain = httpx.AsyncClient(transport=transport)
    client = GraphClientFactory.create_with_default_middleware(client=plain, host=office.standin.url)
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[office.standin.scope])
    adapter = msgraph.GraphRequestAdapter(provider, client=client)
    adapter.base_url = f"{office.standin.url}/v1.0"
    try:
        yield msgraph.GraphServiceClient(request_adapter=adapter)
    finally:
        await client.aclose()
        await transport.aclose()  # which the client's own middleware forgets
        credential.close()


def drive(office: Office, monkeypatch: pytest.MonkeyPatch, story: Callable[[Any], Awaitable[None]]) -> None:
    """Let Microsoft's client go through a story."""

    async def run() -> None:
        async with client_of(office, monkeypatch) as client:
            await story(client)

    asyncio.run(run())


def test_people_are_read_disabled_and_signed_out(office: Office, monkeypatch: pytest.MonkeyPatch):
    from msgraph.generated.models.password_profile import PasswordProfile  # noqa: PLC0415 - installed for these only
    from msgraph.generated.models.user import User  # noqa: PLC0415 - the same

    async def story(client: Any) -> None:
        person = client.users.by_user_id(office.ruth)
        assert (await person.get()).display_name == "Ruth Castellan"
        await person.patch(User(account_enabled=False))
        profile = PasswordProfile(password="kZ7!long-and-random", force_change_password_next_sign_in=True)
        await person.patch(User(password_profile=profile))
        assert (await person.revoke_sign_in_sessions.post()).value is True

    drive(office, monkeypatch, story)
    assert (office.standin.look(office.ruth)["accountEnabled"], office.standin.tokens.issued) == (False, 1)


def test_memberships_are_typed_and_end(office: Office, monkeypatch: pytest.MonkeyPatch):
    group = office.standin.add_group("Sales", members=[office.ruth], owners=[office.ruth])
    office.standin.assign_role(office.ruth, "Reports Reader")

    async def story(client: Any) -> None:
        from msgraph.generated.models.reference_create import ReferenceCreate  # noqa: PLC0415 - the same

        found = (await client.users.by_user_id(office.ruth).member_of.get()).value
        assert [type(each).__name__ for each in found] == ["Group", "DirectoryRole"]
        groups = client.groups.by_group_id(group)
        with pytest.raises(Exception, match="at least one owner") as refused:
            await groups.owners.by_directory_object_id(office.ruth).ref.delete()
        assert refused.value.error.code == "Request_BadRequest"
        await groups.owners.ref.post(ReferenceCreate(odata_id=office.refer(office.tom)["@odata.id"]))
        await groups.owners.by_directory_object_id(office.ruth).ref.delete()
        await groups.members.by_directory_object_id(office.ruth).ref.delete()
        assert (await groups.owners.get()).value[0].display_name == "Tom Lis"

    drive(office, monkeypatch, story)
    assert (office.standin.members(group), office.standin.owners(group)) == ([], [office.tom])


def test_roles_methods_devices_and_licences(office: Office, monkeypatch: pytest.MonkeyPatch):
    held = office.standin.assign_role(office.ruth, "Reports Reader")
    office.standin.make_eligible(office.ruth, "User Administrator")
    app = office.standin.add_method(office.ruth, "microsoftAuthenticator", default=True)
    phone = office.standin.add_method(office.ruth, "phone")
    device = office.standin.add_device("RUTH-LAPTOP", owner=office.ruth)
    sku = office.standin.add_sku("SPE_E3")
    office.standin.give_licence(office.ruth, sku)

    async def story(client: Any) -> None:
        from msgraph.generated.models.device import Device  # noqa: PLC0415 - installed for these only
        from msgraph.generated.users.item.assign_license.assign_license_post_request_body import (  # noqa: PLC0415
            AssignLicensePostRequestBody,
        )

        directory, person = client.role_management.directory, client.users.by_user_id(office.ruth)
        assert (await directory.role_eligibility_schedule_instances.get()).value[0].principal_id == office.ruth
        await directory.role_assignments.by_unified_role_assignment_id(held).delete()
        methods = (await person.authentication.methods.get()).value
        assert [type(each).__name__ for each in methods] == [
            "PasswordAuthenticationMethod", "MicrosoftAuthenticatorAuthenticationMethod", "PhoneAuthenticationMethod",
        ]  # fmt: skip
        await person.authentication.phone_methods.by_phone_authentication_method_id(phone).delete()
        apps = person.authentication.microsoft_authenticator_methods
        await apps.by_microsoft_authenticator_authentication_method_id(app).delete()
        assert (await person.registered_devices.get()).value[0].display_name == "RUTH-LAPTOP"
        await client.devices.by_device_id(device).patch(Device(account_enabled=False))
        body = AssignLicensePostRequestBody(add_licenses=[], remove_licenses=[sku])
        assert (await person.assign_license.post(body)).id == office.ruth

    drive(office, monkeypatch, story)
    assert office.standin.look(device)["accountEnabled"] is False
    assert office.standin.look(office.ruth)["licenseAssignmentStates"] == []


def test_files_and_who_may_read_them(office: Office, monkeypatch: pytest.MonkeyPatch):
    mine = office.standin.add_drive(office.ruth)
    item = office.standin.add_file(mine, "offer.txt")
    link = office.standin.share(item, link="anonymous")

    async def story(client: Any) -> None:
        assert (await client.users.by_user_id(office.ruth).drive.get()).id == mine
        permissions = client.drives.by_drive_id(mine).items.by_drive_item_id(item).permissions
        assert [each.link.scope for each in (await permissions.get()).value if each.link] == ["anonymous"]
        await permissions.by_permission_id(link).delete()

    drive(office, monkeypatch, story)
    assert office.standin.rows("permissions", _item=item) == []


def test_pages_are_followed_and_throttling_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch):
    for number in range(5):
        office.standin.add_person(f"Person {number}")
    office.standin.quirks.page_size = 2
    office.standin.fail(429, match="GET /users", headers={"Retry-After": "1"})
    seen: list[str] = []

    async def story(client: Any) -> None:
        from msgraph_core import PageIterator  # noqa: PLC0415 - installed for these only

        pages = PageIterator(await client.users.get(), client.request_adapter)
        await pages.iterate(lambda each: bool(seen.append(each.display_name) or True))

    begun = time.monotonic()
    drive(office, monkeypatch, story)
    assert (len(seen), time.monotonic() - begun >= 1) == (7, True)


def test_errors_have_the_shape_that_it_reads(office: Office, monkeypatch: pytest.MonkeyPatch):
    async def story(client: Any) -> None:
        with pytest.raises(Exception, match="does not exist") as refused:
            await client.users.by_user_id("nobody@acme.example").get()
        assert refused.value.response_status_code == 404
        assert refused.value.error.code == "Request_ResourceNotFound"
        assert refused.value.error.inner_error.request_id

    drive(office, monkeypatch, story)
