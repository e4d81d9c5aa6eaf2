"""What an administrator's own tools show in Entra and in the help desk: plain HTTPS, and nothing of offboard."""

import ssl
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 10.0
GRAPH = "https://graph.microsoft.com/.default"
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
            "scope": GRAPH,
            "client_id": places["client_id"],
            "client_secret": env["ENTRA_CLIENT_SECRET"],
        }
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

    def desk_is_active(self) -> bool:
        """Say whether the help desk lets the leaver in."""
        answer = self._desk.get("/Users", params={"filter": f'userName eq "{self._mail}"'})
        (user,) = answer.raise_for_status().json()["Resources"]
        return bool(user["active"])

    def close(self) -> None:
        """Hang up."""
        self._entra.close()
        self._desk.close()

    def _user(self) -> dict[str, Any]:
        return self._read(f"/v1.0/users/{self._mail}", {"$select": "id,accountEnabled,signInSessionsValidFromDateTime"})

    def _read(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        if "Authorization" not in self._entra.headers:
            given = self._entra.post(self._tokens, data=self._app).raise_for_status().json()
            self._entra.headers["Authorization"] = f"Bearer {given['access_token']}"
        found: dict[str, Any] = self._entra.get(path, params=query).raise_for_status().json()
        return found


def _client(url: str, ca_file: Path) -> httpx.Client:
    trust = ssl.create_default_context(cafile=ca_file)
    return httpx.Client(base_url=url, verify=trust, trust_env=False, timeout=PATIENCE)
