"""Which application permission each of our calls needs: the least one of Microsoft's own table that is enough for us.

Source: https://learn.microsoft.com/graph/permissions-reference; a test holds this to the table that it is made from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

READ_PEOPLE: Final = "User.Read.All"
READ_DIRECTORY: Final = "Directory.Read.All"
DISABLE: Final = "User.EnableDisableAccount.All"
SET_PASSWORD: Final = "User-PasswordProfile.ReadWrite.All"  # noqa: S105 - the name of a right
REVOKE: Final = "User.RevokeSessions.All"
WRITE_MEMBERS: Final = "GroupMember.ReadWrite.All"
WRITE_GROUPS: Final = "Group.ReadWrite.All"
READ_ROLES: Final = "RoleManagement.Read.Directory"
WRITE_ROLES: Final = "RoleManagement.ReadWrite.Directory"
WRITE_APP_ROLES: Final = "AppRoleAssignment.ReadWrite.All"
WRITE_CONSENTS: Final = "DelegatedPermissionGrant.ReadWrite.All"
READ_METHODS: Final = "UserAuthenticationMethod.Read.All"
WRITE_METHODS: Final = "UserAuthenticationMethod.ReadWrite.All"
WRITE_DEVICES: Final = "Device.ReadWrite.All"
READ_LICENCES: Final = "LicenseAssignment.Read.All"
WRITE_LICENCES: Final = "LicenseAssignment.ReadWrite.All"
WRITE_APPS: Final = "Application.ReadWrite.All"
WRITE_PEOPLE: Final = "User.ReadWrite.All"
READ_FILES: Final = "Files.Read.All"
WRITE_FILES: Final = "Files.ReadWrite.All"

_WRITE_DIRECTORY: Final = "Directory.ReadWrite.All"
_READ_SITES, _WRITE_SITES = "Sites.Read.All", "Sites.ReadWrite.All"

_METHODS: Final = (
    "emailMethods", "externalAuthenticationMethods", "fido2Methods", "microsoftAuthenticatorMethods", "phoneMethods",
    "platformCredentialMethods", "softwareOathMethods", "temporaryAccessPassMethods", "windowsHelloForBusinessMethods",
)  # fmt: skip

NEEDED: Final[Mapping[str, str]] = {
    "GET /users": READ_PEOPLE,
    "GET /users/{id}": READ_PEOPLE,
    "PATCH /users/{id}": DISABLE,
    "POST /users/{id}/revokeSignInSessions": REVOKE,
    "GET /users/{id}/memberOf": READ_DIRECTORY,
    "GET /users/{id}/transitiveMemberOf": READ_DIRECTORY,
    "GET /groups/{id}": READ_DIRECTORY,
    "POST /groups/{id}/members/$ref": WRITE_MEMBERS,
    "DELETE /groups/{id}/members/{id}/$ref": WRITE_MEMBERS,
    "GET /roleManagement/directory/roleAssignments": READ_ROLES,
    "GET /roleManagement/directory/roleAssignmentScheduleInstances": READ_ROLES,
    "GET /roleManagement/directory/roleEligibilityScheduleInstances": READ_ROLES,
    "POST /roleManagement/directory/roleAssignments": WRITE_ROLES,
    "DELETE /roleManagement/directory/roleAssignments/{id}": WRITE_ROLES,
    "POST /roleManagement/directory/roleAssignmentScheduleRequests": WRITE_ROLES,
    "POST /roleManagement/directory/roleEligibilityScheduleRequests": WRITE_ROLES,
    "GET /users/{id}/appRoleAssignments": READ_DIRECTORY,
    "POST /users/{id}/appRoleAssignments": WRITE_APP_ROLES,
    "DELETE /users/{id}/appRoleAssignments/{id}": WRITE_APP_ROLES,
    "GET /users/{id}/oauth2PermissionGrants": READ_DIRECTORY,
    "POST /oauth2PermissionGrants": WRITE_CONSENTS,
    "DELETE /oauth2PermissionGrants/{id}": WRITE_CONSENTS,
    "GET /servicePrincipals/{id}": READ_DIRECTORY,
    "GET /users/{id}/authentication/methods": READ_METHODS,
    "POST /users/{id}/authentication/phoneMethods": WRITE_METHODS,
    "POST /users/{id}/authentication/emailMethods": WRITE_METHODS,
    **{f"DELETE /users/{{id}}/authentication/{word}/{{id}}": WRITE_METHODS for word in _METHODS},
    "GET /users/{id}/registeredDevices": READ_PEOPLE,
    "GET /users/{id}/ownedDevices": READ_PEOPLE,
    "PATCH /devices/{id}": WRITE_DEVICES,
    "GET /users/{id}/licenseDetails": READ_LICENCES,
    "POST /users/{id}/assignLicense": WRITE_LICENCES,
    "GET /users/{id}/ownedObjects": READ_PEOPLE,
    "GET /groups/{id}/owners": READ_DIRECTORY,
    "GET /applications/{id}/owners": READ_DIRECTORY,
    "GET /servicePrincipals/{id}/owners": READ_DIRECTORY,
    "POST /groups/{id}/owners/$ref": WRITE_GROUPS,
    "DELETE /groups/{id}/owners/{id}/$ref": WRITE_GROUPS,
    "POST /applications/{id}/owners/$ref": WRITE_APPS,
    "DELETE /applications/{id}/owners/{id}/$ref": WRITE_APPS,
    "POST /servicePrincipals/{id}/owners/$ref": WRITE_APPS,
    "DELETE /servicePrincipals/{id}/owners/{id}/$ref": WRITE_APPS,
    "GET /users/{id}/directReports": READ_PEOPLE,
    "GET /users/{id}/sponsorOf": READ_PEOPLE,
    "PUT /users/{id}/manager/$ref": WRITE_PEOPLE,
    "DELETE /users/{id}/manager/$ref": WRITE_PEOPLE,
    "GET /users/{id}/drive": READ_FILES,
    "GET /drives/{id}/root": READ_FILES,
    "GET /drives/{id}/root/delta": READ_FILES,
    "GET /drives/{id}/items/{id}/permissions": READ_FILES,
    "POST /drives/{id}/items/{id}/invite": WRITE_FILES,
    "PATCH /drives/{id}/items/{id}/permissions/{id}": WRITE_FILES,
    "DELETE /drives/{id}/items/{id}/permissions/{id}": WRITE_FILES,
    "GET /domains": READ_DIRECTORY,
}
"""Each call that we make → the right that it needs."""

ENOUGH_TOO: Final[Mapping[str, tuple[str, ...]]] = {
    READ_PEOPLE: (WRITE_PEOPLE,),
    DISABLE: (WRITE_PEOPLE, _WRITE_DIRECTORY),
    REVOKE: (WRITE_PEOPLE, _WRITE_DIRECTORY),
    WRITE_MEMBERS: (WRITE_GROUPS, _WRITE_DIRECTORY),
    WRITE_GROUPS: (_WRITE_DIRECTORY,),
    READ_ROLES: (WRITE_ROLES,),
    WRITE_CONSENTS: (_WRITE_DIRECTORY,),
    READ_METHODS: (WRITE_METHODS,),
    WRITE_DEVICES: (_WRITE_DIRECTORY,),
    READ_LICENCES: (READ_PEOPLE, WRITE_PEOPLE, READ_DIRECTORY, _WRITE_DIRECTORY),
    WRITE_LICENCES: (WRITE_PEOPLE, _WRITE_DIRECTORY),
    WRITE_APPS: (_WRITE_DIRECTORY,),
    WRITE_PEOPLE: (_WRITE_DIRECTORY,),
    READ_FILES: (WRITE_FILES, _READ_SITES, _WRITE_SITES),
    WRITE_FILES: (_WRITE_SITES,),
}
"""Right → those that allow the same calls, and more."""


def right_for(method: str, template: str) -> str:
    """Return the right that a call needs; empty when the call is not one of ours."""
    return NEEDED.get(f"{method} {template}", "")


def every_right(*, reset_password: bool = True) -> list[str]:
    """Return every right that a whole departure needs, each once."""
    return sorted({*NEEDED.values(), *([SET_PASSWORD] if reset_password else [])})


def missing(held: Iterable[str], *, reset_password: bool = True) -> list[str]:
    """Return the rights that none of those held makes up for; without ``reset_password`` no password is replaced."""
    have = set(held)
    return [
        right for right in every_right(reset_password=reset_password) if not have & {right, *ENOUGH_TOO.get(right, ())}
    ]
