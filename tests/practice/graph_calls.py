"""The calls to Microsoft Graph that are used, and what Microsoft's schema does not say about them."""

from __future__ import annotations

CALLS = """
GET /users
POST /users
GET /users/{id}
PATCH /users/{id}
DELETE /users/{id}
POST /users/{id}/revokeSignInSessions
GET /users/{id}/memberOf
GET /users/{id}/memberOf/microsoft.graph.group
GET /users/{id}/transitiveMemberOf
GET /users/{id}/ownedObjects
GET /users/{id}/registeredDevices
GET /users/{id}/ownedDevices
GET /users/{id}/manager
PUT /users/{id}/manager/$ref
DELETE /users/{id}/manager/$ref
GET /users/{id}/directReports
GET /users/{id}/sponsors
GET /users/{id}/sponsorOf
GET /users/{id}/appRoleAssignments
POST /users/{id}/appRoleAssignments
DELETE /users/{id}/appRoleAssignments/{id}
GET /users/{id}/oauth2PermissionGrants
GET /users/{id}/licenseDetails
POST /users/{id}/assignLicense
POST /users/{id}/reprocessLicenseAssignment
GET /users/{id}/joinedTeams
GET /users/{id}/drive
GET /users/{id}/authentication/methods
GET /users/{id}/authentication/phoneMethods
POST /users/{id}/authentication/phoneMethods
DELETE /users/{id}/authentication/phoneMethods/{id}
GET /users/{id}/authentication/emailMethods
POST /users/{id}/authentication/emailMethods
DELETE /users/{id}/authentication/emailMethods/{id}
DELETE /users/{id}/authentication/fido2Methods/{id}
DELETE /users/{id}/authentication/microsoftAuthenticatorMethods/{id}
DELETE /users/{id}/authentication/softwareOathMethods/{id}
DELETE /users/{id}/authentication/windowsHelloForBusinessMethods/{id}
DELETE /users/{id}/authentication/temporaryAccessPassMethods/{id}
DELETE /users/{id}/authentication/platformCredentialMethods/{id}
DELETE /users/{id}/authentication/externalAuthenticationMethods/{id}
GET /users/{id}/calendarView
GET /users/{id}/events/{id}
PATCH /users/{id}/events/{id}
GET /users/{id}/mailboxSettings
PATCH /users/{id}/mailboxSettings
GET /users/{id}/messages
POST /users/{id}/messages
GET /users/{id}/messages/{id}
DELETE /users/{id}/messages/{id}
GET /users/{id}/messages/{id}/$value
POST /users/{id}/messages/{id}/send
GET /users/{id}/mailFolders/inbox/messageRules
POST /users/{id}/mailFolders/inbox/messageRules
GET /users/{id}/mailFolders/inbox/messageRules/{id}
PATCH /users/{id}/mailFolders/inbox/messageRules/{id}
DELETE /users/{id}/mailFolders/inbox/messageRules/{id}
GET /groups
GET /groups/{id}
GET /groups/{id}/members
POST /groups/{id}/members/$ref
DELETE /groups/{id}/members/{id}/$ref
GET /groups/{id}/owners
POST /groups/{id}/owners/$ref
DELETE /groups/{id}/owners/{id}/$ref
GET /devices
GET /devices/{id}
PATCH /devices/{id}
GET /applications
GET /applications/{id}
GET /applications/{id}/owners
POST /applications/{id}/owners/$ref
DELETE /applications/{id}/owners/{id}/$ref
POST /applications/{id}/removePassword
GET /servicePrincipals
GET /servicePrincipals/{id}
GET /servicePrincipals/{id}/owners
POST /servicePrincipals/{id}/owners/$ref
DELETE /servicePrincipals/{id}/owners/{id}/$ref
GET /servicePrincipals/{id}/appRoleAssignments
GET /oauth2PermissionGrants
POST /oauth2PermissionGrants
GET /oauth2PermissionGrants/{id}
DELETE /oauth2PermissionGrants/{id}
GET /roleManagement/directory/roleDefinitions
GET /roleManagement/directory/roleDefinitions/{id}
GET /roleManagement/directory/roleAssignments
POST /roleManagement/directory/roleAssignments
GET /roleManagement/directory/roleAssignments/{id}
DELETE /roleManagement/directory/roleAssignments/{id}
GET /roleManagement/directory/roleEligibilitySchedules
GET /roleManagement/directory/roleEligibilityScheduleInstances
GET /roleManagement/directory/roleAssignmentSchedules
GET /roleManagement/directory/roleAssignmentScheduleInstances
GET /roleManagement/directory/roleEligibilityScheduleRequests
POST /roleManagement/directory/roleEligibilityScheduleRequests
GET /roleManagement/directory/roleAssignmentScheduleRequests
POST /roleManagement/directory/roleAssignmentScheduleRequests
GET /directoryObjects/{id}
POST /directoryObjects/getByIds
POST /directory/deletedItems/{id}/restore
GET /organization
GET /domains
GET /subscribedSkus
GET /drives/{id}
GET /drives/{id}/root
GET /drives/{id}/root/delta
GET /drives/{id}/items/{id}
GET /drives/{id}/items/{id}/children
GET /drives/{id}/items/{id}/permissions
GET /drives/{id}/items/{id}/permissions/{id}
PATCH /drives/{id}/items/{id}/permissions/{id}
DELETE /drives/{id}/items/{id}/permissions/{id}
POST /drives/{id}/items/{id}/invite
POST /drives/{id}/items/{id}/createLink
"""

STATUS = {
    "POST /users/{id}/messages/{id}/send": [202],  # the page "message: send"
    "PATCH /drives/{id}/items/{id}/permissions/{id}": [200],  # the page "Update sharing permission"
    "PATCH /users/{id}/events/{id}": [200],  # the page "Update event"
    "PATCH /users/{id}/mailboxSettings": [200],  # the page "Update user mailbox settings"
    "PATCH /users/{id}/mailFolders/inbox/messageRules/{id}": [200],  # the page "Update rule"
    "POST /drives/{id}/items/{id}/createLink": [200, 201],  # the page "Create a sharing link": 200 for an old one
    "POST /users/{id}/revokeSignInSessions": [200, 204],  # the page "Known issues": 200, and 204 would be right
}
"""The rule is: GET 200, PATCH, PUT and DELETE 204, POST 201, an action 200 or 204 by whether it returns something."""

RIGHTS_OF = {
    "GET /users/{id}/messages/{id}/$value": "GET /users/{id}/messages/{id}",
    "GET /users/{id}/memberOf/microsoft.graph.group": "GET /users/{id}/memberOf",
    "GET /drives/{id}/root": "GET /drives/{id}",
    "POST /groups/{id}/members/$ref": "DELETE /groups/{id}/members/{id}/$ref",
}
"""Calls that the table of permissions does not name, and those whose row holds for them as well."""

NARROW = {
    "PATCH /users/{id}": {
        "User.EnableDisableAccount.All": ["accountEnabled"],
        "User-PasswordProfile.ReadWrite.All": ["passwordProfile"],
        "User-Mail.ReadWrite.All": ["otherMails"],
        "User-Phone.ReadWrite.All": ["businessPhones", "mobilePhone"],
        "User.ManageIdentities.All": ["identities"],
    },
}
"""Permissions that reach only some properties, by their own descriptions and the page "Update user"."""

NOT_OURS = ("AgentId", "DeviceManagement", "CustomSecAttribute", "User.ReadWrite.CrossCloud")
"""Permissions that the table lists but that reach only special users (agents, Intune's, other clouds')."""

ALSO = [
    "user", "group", "device", "application", "servicePrincipal", "directoryRole", "administrativeUnit",
    "phoneAuthenticationMethod", "emailAuthenticationMethod", "fido2AuthenticationMethod",
    "microsoftAuthenticatorAuthenticationMethod", "softwareOathAuthenticationMethod",
    "windowsHelloForBusinessAuthenticationMethod", "temporaryAccessPassAuthenticationMethod",
    "platformCredentialAuthenticationMethod", "externalAuthenticationMethod", "passwordAuthenticationMethod",
]  # fmt: skip
"""Types that come in place of the declared one: a member of a group is a ``directoryObject`` there."""
