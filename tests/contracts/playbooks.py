"""The playbooks of the contracts: one for each thing that a departure changes."""

from __future__ import annotations

from typing import Final

PLAYBOOKS: Final = {
    "doors": "secure:\n  - disable_account: {on: all}\n",
    "teams": "secure:\n  - leave_groups: {on: all}\n",
    "both": "secure:\n  - disable_account: {on: all}\n  - leave_groups: {on: all}\n",
    "sessions": "secure:\n  - end_sign_in_sessions: {on: all}\n",
    "roles": "secure:\n  - leave_roles: {on: all}\n",
    "consents": "secure:\n  - revoke_consents: {on: all}\n",
    "methods": "secure:\n  - remove_sign_in_methods: {on: all}\n",
    "devices": "secure:\n  - disable_devices: {on: all}\n",
    "belongings": "hand_over:\n  - hand_over_belongings: {on: all}\n",
    "reports": "hand_over:\n  - reassign_reports: {on: all}\n",
    "drives": "hand_over:\n  - open_drive: {on: all, days: 30}\n",
    "shares": "hand_over:\n  - end_shares: {on: all, end: all}\n",
    "keys": "secure:\n  - remove_ssh_keys: {on: all}\n",
    "places": "hand_over:\n  - move_account: {on: all, to: 'OU=Leavers,DC=corp,DC=test'}\n",
    "mail sessions": "secure:\n  - end_mail_sessions: {on: all}\n",
    "rules": "secure:\n  - stop_forwarding: {on: all}\n",
    "clients": "hand_over:\n  - reassign_clients: {on: all}\n",
    "asks": (
        "secure:\n  - ask_person:\n      on: all\n      what:\n"
        "        - {ask: 'Collect the laptop', of: it}\n        - {ask: 'Collect the card', of: it}\n"
    ),
    "protocols": "secure:\n  - close_mail_protocols: {on: all}\n",
    "phones": "secure:\n  - remove_mail_devices: {on: all}\n",
    "address list": "hand_over:\n  - hide_from_address_list: {on: all}\n",
    "kinds": "hand_over:\n  - share_mailbox: {on: all}\n",
    "access": "hand_over:\n  - open_mailbox: {on: all}\n",
    "licences": "hand_over:\n  - remove_licences: {on: all}\n",
}
