r"""Labelled rules of Exchange, Graph and audit records, labels from Microsoft's references, before the classifier ran.

Each case: name, record, verdict, addresses outside that mail goes to. The company has acme.example and acme.test.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    name: str
    record: dict[str, Any]
    verdict: str
    outside: tuple[str, ...] = ()


DOMAINS = ("acme.example", "acme.test")
OUT = ("x@p.example",)


def inbox(**properties: Any) -> dict[str, Any]:
    """A rule as Get-InboxRule prints it, most properties null."""
    rule = {
        "RunspaceId": "5d6a",
        "Description": "If the message…",
        "Enabled": True,
        "Identity": "ann\\1234",
        "InError": False,
        "Name": "My rule",
        "Priority": 1,
        "RuleIdentity": 1234,
        "SupportedByTask": True,
        "IsValid": True,
        "Legacy": False,
        "MailboxOwnerId": "ann@acme.example",
        "ForwardTo": None,
        "RedirectTo": None,
        "DeleteMessage": False,
        "From": None,
        "SubjectContainsWords": None,
        "MoveToFolder": None,
        "MarkAsRead": False,
        "StopProcessingRules": False,
        "HasAttachment": False,
        "ExceptIfFrom": None,
        "WithinSizeRangeMinimum": None,
        "ObjectState": "Changed",
    }
    return rule | properties


def mailbox(**properties: Any) -> dict[str, Any]:
    return {
        "PrimarySmtpAddress": "ann@acme.example",
        "RecipientTypeDetails": "UserMailbox",
        "ForwardingAddress": None,
        "ForwardingSmtpAddress": None,
        "DeliverToMailboxAndForward": False,
    } | properties


def transport(**properties: Any) -> dict[str, Any]:
    return {
        "Name": "Company rule",
        "State": "Enabled",
        "Mode": "Enforce",
        "Priority": 0,
        "RuleVersion": "15.0.5.2",
        "BlindCopyTo": None,
        "RedirectMessageTo": None,
        "SentTo": None,
        "From": None,
        "RuleErrorAction": "Ignore",
    } | properties


def graph(actions: Any = None, conditions: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "AQAAAJ5dZqA=",
        "displayName": "My rule",
        "sequence": 2,
        "isEnabled": True,
        "hasError": False,
        "isReadOnly": False,
        "conditions": conditions,
        "actions": actions,
    } | more


def to(*addresses: str) -> list[dict[str, Any]]:
    return [{"emailAddress": {"name": "X", "address": address}} for address in addresses]


INVOICE = {"SubjectContainsWords": ["invoice"]}
BOSS = {"From": ['"Boss" [SMTP:boss@client.example]']}

EXCHANGE = (
    Case("everything forwarded", inbox(ForwardTo=['"X" [SMTP:x@p.example]']), "alarm", OUT),
    Case("everything redirected", inbox(RedirectTo=["x@p.example"]), "alarm", OUT),
    Case("as an attachment", inbox(ForwardAsAttachmentTo=["x@p.example"], **BOSS), "suspicious", OUT),
    Case("one string with two", inbox(ForwardTo="joe@acme.example;x@p.example"), "alarm", OUT),
    Case("comma in the display name", inbox(ForwardTo='"Doe, Jo" [SMTP:x@p.example]', **BOSS), "suspicious", OUT),
    Case("inside", inbox(ForwardTo=['"Joe" [SMTP:joe@acme.test]']), "notice"),
    Case(
        "colleague by directory name",
        inbox(ForwardTo=['"Joe" [EX:/o=ExchangeLabs/ou=X/cn=Recipients/cn=1-joe]']),
        "notice",
    ),
    Case("contact by name", inbox(RedirectTo=["Joe at home"]), "notice"),
    Case(
        "object with address",
        inbox(ForwardTo=[{"DisplayName": "X", "Address": "x@p.example"}], **BOSS),
        "suspicious",
        OUT,
    ),
    Case("keywords", inbox(ForwardTo=["x@p.example"], **INVOICE), "alarm", OUT),
    Case("private provider", inbox(ForwardTo=["x@gmx.net"], **BOSS), "alarm", ("x@gmx.net",)),
    Case("forwards and deletes", inbox(ForwardTo=["x@p.example"], DeleteMessage=True, **BOSS), "alarm", OUT),
    Case("forwards and files", inbox(ForwardTo=["x@p.example"], MoveToFolder="RSS Feeds", **BOSS), "alarm", OUT),
    Case("hidden", inbox(ForwardTo=["x@p.example"], Hidden=True, **BOSS), "alarm", OUT),
    Case("named with a dot", inbox(Name=".", ForwardTo=["x@p.example"], **BOSS), "alarm", OUT),
    Case(
        "size that every mail has",
        inbox(ForwardTo=["x@p.example"], WithinSizeRangeMinimum="1 KB (1,023 bytes)"),
        "alarm",
        OUT,
    ),
    Case("word that every mail has", inbox(ForwardTo=["x@p.example"], FromAddressContainsWords=["@"]), "alarm", OUT),
    Case("all but one sender", inbox(ForwardTo=["x@p.example"], ExceptIfFrom=["joe@acme.example"]), "alarm", OUT),
    Case("switched off", inbox(ForwardTo=["x@gmail.com"], Enabled=False), "suspicious", ("x@gmail.com",)),
    Case("deletes a sender", inbox(DeleteMessage=True, **BOSS), "suspicious"),
    Case(
        "deletes warnings", inbox(DeleteMessage=True, SubjectOrBodyContainsWords=["phishing", "hacked"]), "suspicious"
    ),
    Case("feeds", inbox(MoveToFolder="RSS Subscriptions", MarkAsRead=True, **BOSS), "suspicious"),
    Case("archive unread", inbox(MoveToFolder="Archive", **BOSS), "none"),
    Case("archive as read", inbox(MoveToFolder="Archive", MarkAsRead=True, **BOSS), "suspicious"),
    Case("deletes everything", inbox(DeleteMessage=True), "suspicious"),
    Case("by sender", inbox(MoveToFolder="ann:\\Inbox\\Projects", **BOSS), "none"),
    Case("name says nothing and moves", inbox(Name="..", MoveToFolder="Projects", **BOSS), "suspicious"),
    Case("newsletters", inbox(MoveToFolder="News", HeaderContainsWords=["List-Unsubscribe"]), "none"),
    Case("category", inbox(ApplyCategory=["Red"], **BOSS), "none"),
    Case("lifts", inbox(MarkImportance="High", **BOSS), "notice"),
    Case("pins", inbox(PinMessage=True, **BOSS), "notice"),
    Case("no action to be read", inbox(Name="Client only"), "notice"),
    Case("action of tomorrow", inbox(SendToTeamsChannel="sales"), "notice"),
    Case("text message", inbox(SendTextMessageNotificationTo=["+15550100"], **BOSS), "notice"),
    Case("mailbox to the outside", mailbox(ForwardingSmtpAddress="smtp:x@p.example"), "alarm", OUT),
    Case(
        "mailbox, copy kept",
        mailbox(ForwardingSmtpAddress="SMTP:x@p.example", DeliverToMailboxAndForward=True),
        "alarm",
        OUT,
    ),
    Case("mailbox inside", mailbox(ForwardingSmtpAddress="smtp:joe@acme.example"), "notice"),
    Case("mailbox to a recipient", mailbox(ForwardingAddress="acme.example/Users/Joe"), "notice"),
    Case(
        "inside wins over outside",
        mailbox(ForwardingAddress="joe@acme.example", ForwardingSmtpAddress="smtp:x@gmail.com"),
        "suspicious",
        ("x@gmail.com",),
    ),
    Case("mailbox without forwarding", mailbox(), "none"),
    Case("blind copies", transport(BlindCopyTo=["x@p.example"], SentTo=["ann@acme.example"]), "alarm", OUT),
    Case(
        "redirected by the organisation",
        transport(RedirectMessageTo=["x@p.example"], From=["a@acme.example"]),
        "alarm",
        OUT,
    ),
    Case("blind copies inside", transport(BlindCopyTo=["journal@acme.example"]), "notice"),
    Case("disclaimer", transport(ApplyHtmlDisclaimerText="<p>Legal</p>", FromScope="InOrganization"), "none"),
    Case("only tested", transport(BlindCopyTo=["x@p.example"], Mode="Audit"), "suspicious", OUT),
    Case("something else", {"DisplayName": "A group", "Members": ["a"]}, "notice"),
)

GRAPH = (
    Case("everything", graph({"forwardTo": to("x@p.example")}), "alarm", OUT),
    Case("redirect", graph({"redirectTo": to("x@p.example")}, {"senderContains": ["boss"]}), "suspicious", OUT),
    Case(
        "all three",
        graph({k: to("x@p.example") for k in ("forwardTo", "redirectTo", "forwardAsAttachmentTo")}),
        "alarm",
        OUT * 3,
    ),
    Case("inside", graph({"forwardTo": to("joe@acme.example"), "stopProcessingRules": True}), "notice"),
    Case("keywords", graph({"forwardTo": to("x@p.example")}, {"subjectContains": ["Angebot"]}), "alarm", OUT),
    Case(
        "forwards and deletes",
        graph({"forwardTo": to("x@p.example"), "delete": True}, {"sentToMe": True}),
        "alarm",
        OUT,
    ),
    Case("deletes", graph({"permanentDelete": True}, {"fromAddresses": to("boss@client.example")}), "suspicious"),
    Case("by name", graph({"moveToFolder": "deleteditems"}, {"subjectContains": ["alert"]}), "suspicious"),
    Case("into a folder of one's own", graph({"moveToFolder": "Projects"}, {"subjectContains": ["plan"]}), "none"),
    Case("read-only, so nothing is shown", graph(None, None, isReadOnly=True), "notice"),
    Case("in error", graph({"assignCategories": ["Blue"]}, {"senderContains": ["a"]}, hasError=True), "none"),
    Case("lifts", graph({"markImportance": "high"}, {"senderContains": ["client"]}), "notice"),
    Case("switched off", graph({"redirectTo": to("x@gmail.com")}, isEnabled=False), "suspicious", ("x@gmail.com",)),
    Case(
        "exception only",
        graph({"redirectTo": to("x@p.example")}, exceptions={"subjectContains": ["cake"]}),
        "alarm",
        OUT,
    ),
    Case("condition of tomorrow", graph({"redirectTo": to("x@p.example")}, {"moodIs": "sad"}), "suspicious", OUT),
    Case("action of tomorrow", graph({"sendToChat": "all"}, {"senderContains": ["client"]}), "notice"),
    Case("recipient without address", graph({"forwardTo": [{"emailAddress": {"name": "Joe"}}]}), "notice"),
    Case("no name", graph({"forwardTo": to("x@p.example")}, {"sentToMe": True}, displayName=None), "suspicious", OUT),
)
