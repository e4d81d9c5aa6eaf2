"""What an administrator's own tools show in Entra, Exchange and the help desk: plain HTTPS, nothing of offboard."""

import ssl
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 10.0
GRAPH = "https://graph.microsoft.com/.default"
EXCHANGE = "https://outlook.office365.com/.default"
ORGANISED = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"
"""The organisation's own mailbox, by which Exchange's admin endpoint is led to what concerns no single one."""

HOLDINGS = (
    "memberOf",
    "appRoleAssignments",
    "oauth2PermissionGrants",
    "ownedObjects",
    "directReports",
    "licenseDetails",
    "authentication/phoneMethods",
)
"""What of a person is counted, by Graph's own words: groups, apps, consents, what is owned, who reports, licences …"""


class Clouds:
    """The leaver's account in the Entra tenant and in the help desk, looked up anew each time."""

    def __init__(self, company: dict[str, Any]) -> None:
        env: dict[str, str] = company["env"]
        folder = Path(env["OFFBOARD_CONFIG"]).parent
        self._mail: str = company["people"]["leaver"]
        places: dict[str, str] = company["clouds"]
        self._entra = _client(places["entra"], folder / places["entra_ca"])
        self._app = {
            "grant_type": "client_credentials",
            "client_id": places["client_id"],
            "client_secret": env["ENTRA_CLIENT_SECRET"],
        }
        self._exchange = _client(places["entra"], folder / places["entra_ca"])
        self._run = f"/adminapi/beta/{places['tenant']}/InvokeCommand"
        self._exchange.headers["X-AnchorMailbox"] = f"APP:{ORGANISED}@{places['tenant']}"
        self._tokens = f"/{places['tenant']}/oauth2/v2.0/token"
        self._desk = _client(places["helpdesk"], folder / "ca.crt")
        self._desk.headers["Authorization"] = f"Bearer {env['HELPDESK_TOKEN']}"
        self._signed_in_since = ""

    def entra_is_enabled(self) -> bool:
        """Say whether Entra lets the leaver sign in at all."""
        return bool(self._user()["accountEnabled"])

    def entra_sessions_end(self) -> bool:
        """Say whether Entra has stopped taking the sessions that it took when this was asked for the first time."""
        since = str(self._user()["signInSessionsValidFromDateTime"])
        self._signed_in_since = self._signed_in_since or since
        return since > self._signed_in_since

    def entra_holdings(self) -> int:
        """Return how many things the leaver holds in the tenant; see :data:`HOLDINGS`."""
        return sum(len(self._read(f"/v1.0/users/{self._mail}/{word}")["value"]) for word in HOLDINGS)

    def open_links(self) -> int:
        """Return how many links there are by which anybody gets into the leaver's files."""
        drive = self._read(f"/v1.0/users/{self._mail}/drive")["id"]
        items = self._read(f"/v1.0/drives/{drive}/root/delta")["value"]
        given = [
            one
            for item in items
            if "shared" in item
            for one in self._read(f"/v1.0/drives/{drive}/items/{item['id']}/permissions")["value"]
        ]
        return sum((one.get("link") or {}).get("scope") == "anonymous" for one in given)

    def hidden_rules(self) -> int:
        """Return how many rules work in the leaver's mailbox at Exchange that their own list does not show."""
        every, listed = (
            {str(rule["RuleIdentity"]) for rule in self._command("Get-InboxRule", Mailbox=self._mail, **more)
             if rule["Enabled"] and rule["SupportedByTask"]}
            for more in ({"IncludeHidden": True}, {})
        )  # fmt: skip
        return len(every - listed)

    def mail_doors(self) -> int:
        """Return how many ways there are for phones and mail programs: protocols that are open, and phones."""
        (box,) = self._command("Get-CASMailbox", Identity=self._mail)
        opened = [box["ActiveSyncEnabled"], box["ImapEnabled"], box["PopEnabled"]]
        opened.append(box["SmtpClientAuthenticationDisabled"] is not True)
        return sum(map(bool, opened)) + len(self._command("Get-MobileDevice", Mailbox=self._mail))

    def mailbox(self) -> dict[str, Any]:
        """Return the leaver's mailbox as Exchange has it."""
        (box,) = self._command("Get-Mailbox", Identity=self._mail)
        return box

    def rights_elsewhere(self) -> int:
        """Return in how many other mailboxes the leaver may do something."""
        every = self._command("Get-Mailbox")
        (name,) = (box["DisplayName"] for box in every if box["PrimarySmtpAddress"] == self._mail)
        boxes = [box for box in every if box["PrimarySmtpAddress"] != self._mail]
        return sum(
            bool(
                self._command("Get-MailboxPermission", Identity=box["Guid"], User=self._mail)
                or self._command("Get-RecipientPermission", Identity=box["Guid"], Trustee=self._mail)
                or any(
                    entry["User"] == name
                    for entry in self._command("Get-MailboxFolderPermission", Identity=f"{box['Guid']}:\\Calendar")
                )
            )
            for box in boxes
        )

    def desk_is_active(self) -> bool:
        """Say whether the help desk lets the leaver in."""
        answer = self._desk.get("/Users", params={"filter": f'userName eq "{self._mail}"'})
        (user,) = answer.raise_for_status().json()["Resources"]
        return bool(user["active"])

    def close(self) -> None:
        """Hang up."""
        self._entra.close()
        self._exchange.close()
        self._desk.close()

    def _user(self) -> dict[str, Any]:
        return self._read(f"/v1.0/users/{self._mail}", {"$select": "id,accountEnabled,signInSessionsValidFromDateTime"})

    def _read(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        self._sign_in(self._entra, GRAPH)
        found: dict[str, Any] = self._entra.get(path, params=query).raise_for_status().json()
        return found

    def _command(self, cmdlet: str, **parameters: Any) -> list[dict[str, Any]]:
        self._sign_in(self._exchange, EXCHANGE)
        said = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}
        found: list[dict[str, Any]] = self._exchange.post(self._run, json=said).raise_for_status().json()["value"]
        return found

    def _sign_in(self, client: httpx.Client, scope: str) -> None:
        if "Authorization" not in client.headers:
            given = client.post(self._tokens, data=self._app | {"scope": scope}).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {given['access_token']}"


def _client(url: str, ca_file: Path) -> httpx.Client:
    trust = ssl.create_default_context(cafile=ca_file)
    return httpx.Client(base_url=url, verify=trust, trust_env=False, timeout=PATIENCE)
