"""What the properties of Exchange's and Graph's rules are: actions, things that change nothing, notes about the rule.

Names in lower case, from Microsoft's references of Get-InboxRule, Get-TransportRule and messageRuleActions.
"""

from __future__ import annotations

from offboard.forwarding.model import Action

SENDING = {
    "forwardto": ("forward", True),
    "forwardasattachmentto": ("forward_as_attachment", True),
    "redirectto": ("redirect", False),
    "redirecttorecipients": ("redirect", False),
    "redirectmessageto": ("redirect", False),
    "blindcopyto": ("forward", True),
    "copyto": ("forward", True),
    "addtorecipients": ("forward", True),
    "moderatemessagebyuser": ("forward", True),
    "generateincidentreport": ("notify", True),
    "sendtextmessagenotificationto": ("notify", True),
}
SWITCHES = {
    "deletemessage": Action("delete", keeps_copy=False),
    "softdeletemessage": Action("delete", keeps_copy=False),
    "permanentdelete": Action("delete", keeps_copy=False),
    "delete": Action("delete", keeps_copy=False),
    "markasread": Action("mark_read"),
    "stopprocessingrules": Action("stop"),
    "stopruleprocessing": Action("stop"),
    "pinmessage": Action("lift", "pinned"),
    "quarantine": Action("file", "quarantine"),
}
NAMED = {
    "applycategory": "flag",
    "assigncategories": "flag",
    "applysystemcategory": "flag",
    "rejectmessagereasontext": "reject",
    "rejectmessageenhancedstatuscode": "reject",
    "addmanagerasrecipienttype": "unknown",
    "moderatemessagebymanager": "unknown",
    "routemessageoutboundconnector": "unknown",
    "generatenotification": "reply",
}
# Packed lists of property names.
# fmt: off
HARMLESS = frozenset({
    "deletesystemcategory", "unpinmessage", "prependsubject", "modifysubject", "setheadername", "setheadervalue",
    "removeheader", "setscl", "applyhtmldisclaimertext", "applyhtmldisclaimerlocation", "applyclassification",
    "applyhtmldisclaimerfallbackaction", "applyrightsprotectiontemplate", "applyome", "removeome", "removeomev2",
    "removermsattachmentencryption", "routemessageoutboundrequiretls", "setauditseverity", "incidentreportcontent",
    "incidentreportoriginalmail", "notifysender",
})
ABOUT_ITSELF = frozenset({
    "identity", "name", "enabled", "priority", "ruleidentity", "mailboxownerid", "mailbox", "isvalid", "description",
    "supportedbytask", "inerror", "legacy", "objectstate", "runspaceid", "pscomputername", "psshowcomputername",
    "confirm", "force", "alwaysdeleteoutlookrulesblob", "delivertomailboxandforward", "errortype", "id", "guid",
    "immutableid", "state", "mode", "ruleversion", "ruleerroraction", "rulesubtype", "comments", "comment", "size",
    "conditions", "exceptions", "actions", "whenchanged", "createdby", "lastmodifiedby", "manuallymodified",
    "isruleconfigurationsupported", "distinguishedname", "organizationid", "exchangeversion",
    "sendersnotificationtype", "senderaddresslocation", "activationdate", "expirydate", "dlppolicy", "dlppolicyid",
    "useselegacyregex", "uselegacyregex", "hidden", "elcfolder", "domaincontroller", "whatif", "verbose",
    "sweeprules", "provider", "ishidden", "hasattachmentunsupported", "isread", "externaldirectoryobjectid",
})
# fmt: on
TRANSPORT_MARKS = frozenset({"ruleversion", "blindcopyto", "redirectmessageto", "ruleerroraction", "senttoscope"})
MAILBOX_MARKS = frozenset({"forwardingsmtpaddress", "forwardingaddress", "recipienttypedetails"})
INBOX_MARKS = frozenset({"ruleidentity", "mailboxownerid", "forwardto", "supportedbytask", "movetofolder", "enabled"})
