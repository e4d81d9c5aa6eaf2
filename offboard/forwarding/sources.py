"""What the reasons of a verdict cite: a short name for the page, and where the page is."""

from __future__ import annotations

FORWARDING = "MITRE T1114.003"
HIDING = "MITRE T1564.008"
LIKENESS = "MITRE T1583.001"
DELEGATION = "MITRE T1098.002"
ODD_NAMES = "Elastic, inbox rule with an obfuscated name"
DEFENDER_FORWARDING = "Microsoft, suspicious email forwarding activity"
DEPARTING = "Microsoft, data theft by departing users"
LEAVING = "Microsoft, external email forwarding"
INCLUDING = "RFC 6609"
PROGRAMS = "Pigeonhole, extprograms"
NOTIFYING = "RFC 5435"
REFUSING = "RFC 5429"
VARIABLES = "RFC 5229"
INBOX_RULES = "Microsoft, New-InboxRule"
FLAGS = "RFC 5232"

PAGES = {
    FORWARDING: "attack.mitre.org/techniques/T1114/003",
    HIDING: "attack.mitre.org/techniques/T1564/008",
    LIKENESS: "attack.mitre.org/techniques/T1583/001",
    DELEGATION: "attack.mitre.org/techniques/T1098/002",
    ODD_NAMES: "elastic.co/docs/reference/security/prebuilt-rules/rules/integrations/o365/"
    "defense_evasion_exchange_inbox_rule_obfuscated_name",
    DEFENDER_FORWARDING: "learn.microsoft.com/defender-xdr/alert-grading-playbook-email-forwarding",
    DEPARTING: "learn.microsoft.com/purview/insider-risk-management-policy-templates",
    LEAVING: "learn.microsoft.com/defender-office-365/outbound-spam-policies-external-email-forwarding",
    INCLUDING: "rfc-editor.org/rfc/rfc6609",
    PROGRAMS: "doc.dovecot.org/latest/core/plugins/sieve_extprograms.html",
    NOTIFYING: "rfc-editor.org/rfc/rfc5435",
    REFUSING: "rfc-editor.org/rfc/rfc5429",
    FLAGS: "rfc-editor.org/rfc/rfc5232",
    VARIABLES: "rfc-editor.org/rfc/rfc5229",
    "RFC 5228": "rfc-editor.org/rfc/rfc5228",
    INBOX_RULES: "learn.microsoft.com/powershell/module/exchangepowershell/new-inboxrule",
    "Microsoft, Get-InboxRule": "learn.microsoft.com/powershell/module/exchangepowershell/get-inboxrule",
    "Microsoft, messageRule": "learn.microsoft.com/graph/api/resources/messagerule",
    "Microsoft, Set-Mailbox": "learn.microsoft.com/powershell/module/exchangepowershell/set-mailbox",
    "Microsoft, Get-TransportRule": "learn.microsoft.com/powershell/module/exchangepowershell/get-transportrule",
    "Microsoft, Get-SweepRule": "learn.microsoft.com/powershell/module/exchangepowershell/get-sweeprule",
    "Microsoft, audit log": (
        "learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema"
    ),
}
"""Where each cited page is, without ``https://``: a report that loads nothing links nowhere."""

_REFERENCES = {
    "sieve": "RFC 5228",
    "exchange": "Microsoft, Get-InboxRule",
    "graph": "Microsoft, messageRule",
    "mailbox": "Microsoft, Set-Mailbox",
    "transport": "Microsoft, Get-TransportRule",
    "sweep": "Microsoft, Get-SweepRule",
    "access": DELEGATION,
    "policy": LEAVING,
    "audit": "Microsoft, audit log",
}


def reference_of(source: str) -> str:
    """Return the page that says what the rules of a source do."""
    return _REFERENCES.get(source, "Microsoft, Get-InboxRule")


def lifting_of(source: str) -> str:
    """Return the page that says how the rules of a source bring a mail to the top."""
    return FLAGS if source == "sieve" else INBOX_RULES
