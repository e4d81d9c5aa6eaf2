"""The ``offboard.toml`` that points at the practice company."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "# Written by the practice company"
"""What such a file begins with: only a file that does is ever overwritten."""


def settings_text(
    *,
    name: str,
    domain: str,
    people: Mapping[str, str],
    ldap_url: str,
    base: str,
    bind_dn: str,
    doveadm_url: str,
    smtp_port: int,
) -> str:
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

[guards]
protected = ["{people["owner"]}", "{people["it"]}"]
max_departures_per_hour = 5
max_share_of_staff = 0.1

[systems.office-ldap]
kind = "ldap"
url = "{ldap_url}"
base = "{base}"
bind_dn = "{bind_dn}"
password = {{ env = "OFFICE_LDAP_PASSWORD" }}
ca_file = "ca.crt"

[systems.mail]
kind = "dovecot"
url = "{doveadm_url}"
api_key = {{ env = "DOVEADM_API_KEY" }}

[systems.clients]
kind = "register"
url = "sqlite:///clients.db"

[systems.outbox]
kind = "smtp"
host = "127.0.0.1"
port = {smtp_port}
ca_file = "ca.crt"
"""
