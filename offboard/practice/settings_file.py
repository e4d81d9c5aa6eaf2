"""The ``offboard.toml`` that points at the practice company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "# Written by the practice company"
"""What such a file begins with: only a file that does is ever overwritten."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the systems answer, and the names that offboard has there; no secret is in here."""

    ldap: str
    base: str
    bind_dn: str
    ad: str
    ad_base: str
    ad_login: str
    clouds: Mapping[str, str]
    """``entra``, ``entra_ca``, ``tenant``, ``client_id`` and ``helpdesk``."""
    doveadm: str
    smtp_port: int


def settings_text(*, name: str, domain: str, people: Mapping[str, str], places: Places) -> str:
    """Return the settings; secrets stand in them by the name of their variable only."""
    roles = "\n".join(f'{role} = ["{mail}"]' for role, mail in people.items())
    return f"""\
{MARK} at its start; it and everybody in it are made up.
[company]
name = "{name}"
domains = ["{domain}"]
timezone = "Europe/London"
languages = ["en", "de"]
owner_name = "Eleanor Harcombe"
owner_title = "Managing Director"
owner_phone = "+44 117 496 0101"
hours = {{ en = "Monday to Friday, 8.30 to 17.00", de = "Montag bis Freitag, 9.30 bis 18 Uhr" }}
response_time = {{ en = "within one working day", de = "innerhalb eines Arbeitstages" }}
first_contact_days = 7
letterhead = "letterhead"

[store]
url = "sqlite:///offboard.db"

[people]
{roles}

[letters]
test_mode = false
canary = 0

[guards]
protected = ["{people["owner"]}", "{people["it"]}"]
max_departures_per_hour = 5
max_share_of_staff = 0.2

[systems.office-ldap]
kind = "ldap"
url = "{places.ldap}"
base = "{places.base}"
bind_dn = "{places.bind_dn}"
password = {{ env = "OFFICE_LDAP_PASSWORD" }}
ca_file = "ca.crt"

[systems.ad]
kind = "active_directory"
url = "{places.ad}"
base = "{places.ad_base}"
bind_dn = "{places.ad_login}"
password = {{ env = "AD_PASSWORD" }}
ca_file = "ca.crt"

[systems.entra]
kind = "entra"
tenant = "{places.clouds["tenant"]}"
client_id = "{places.clouds["client_id"]}"
client_secret = {{ env = "ENTRA_CLIENT_SECRET" }}
url = "{places.clouds["entra"]}/v1.0"
authority = "{places.clouds["entra"]}"
ca_file = "{places.clouds["entra_ca"]}"

[systems.exchange]
kind = "exchange"
tenant = "{places.clouds["tenant"]}"
client_id = "{places.clouds["client_id"]}"
client_secret = {{ env = "ENTRA_CLIENT_SECRET" }}
url = "{places.clouds["entra"]}"
graph_url = "{places.clouds["entra"]}"
authority = "{places.clouds["entra"]}"
ca_file = "{places.clouds["entra_ca"]}"

[systems.helpdesk]
kind = "scim"
url = "{places.clouds["helpdesk"]}"
token = {{ env = "HELPDESK_TOKEN" }}
ca_file = "ca.crt"

[systems.mail]
kind = "dovecot"
url = "{places.doveadm}"
api_key = {{ env = "DOVEADM_API_KEY" }}

[systems.clients]
kind = "register"
url = "sqlite:///clients.db"

[systems.outbox]
kind = "smtp"
host = "127.0.0.1"
port = {places.smtp_port}
ca_file = "ca.crt"
"""
