"""Sieve scripts of different shape, each with a mail that it acts on and one that it leaves alone.

What a script does is not written here: real delivery tells it. Written here is only which of its rules, counted as
we read them, the two mails set off: by default all that are active, and those that take every mail.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.forwarding.delivering import Mail

DOMAINS = ("corp.test", "acme.example")
OTHER = Mail(sender="news@shop.example", subject="lunch")
LIST = Mail(sender="bounce@list.example", subject="minutes", headers=(("List-Id", "<minutes.list.example>"),))


class Case(NamedTuple):
    name: str
    script: str
    hit: Mail = Mail()
    miss: Mail | None = OTHER
    on_hit: tuple[int, ...] | None = None
    on_miss: tuple[int, ...] | None = None


IF = 'if address :is "from" "boss@client.example"'

CASES = (
    Case("redirect", 'redirect "x@partner.example";'),
    Case("redirect with a copy", 'require "copy"; redirect :copy "x@partner.example";'),
    Case("redirect and keep", 'redirect "x@partner.example"; keep;'),
    Case("keep and redirect", 'keep; redirect "x@partner.example";'),
    Case("redirect of some", f'{IF} {{ redirect "x@partner.example"; }}'),
    Case("copy of some", f'require "copy"; {IF} {{ redirect :copy "x@partner.example"; }}'),
    Case("several redirects", 'redirect "a@corp.test"; redirect "b@partner.example"; redirect "c@gmail.com";'),
    Case(
        "redirect inside and outside, kept",
        'require "copy"; redirect :copy "a@acme.example"; redirect "b@gmail.com"; keep;',
    ),
    Case("discard", "discard;"),
    Case("discard of some", f"{IF} {{ discard; }}"),
    Case("discard and redirect", 'discard; redirect "x@partner.example";'),
    Case(
        "redirect with a copy and discard", f'require "copy"; {IF} {{ redirect :copy "x@partner.example"; discard; }}'
    ),
    Case("discard and keep", f"{IF} {{ discard; keep; }}"),
    Case("file and redirect", f'require "fileinto"; {IF} {{ fileinto "Old"; redirect "x@partner.example"; }}'),
    Case(
        "file and redirect with a copy",
        f'require ["fileinto", "copy"]; {IF} {{ redirect :copy "x@partner.example"; fileinto "Trash"; }}',
    ),
    Case("file a copy", f'require ["fileinto", "copy"]; {IF} {{ fileinto :copy "Trash"; }}'),
    Case("file", f'require "fileinto"; {IF} {{ fileinto "Clients"; }}'),
    Case("file and discard", f'require "fileinto"; {IF} {{ fileinto "Clients"; discard; }}'),
    Case("file into a new folder", f'require ["fileinto", "mailbox"]; {IF} {{ fileinto :create "New ones"; }}'),
    Case("file twice", f'require "fileinto"; {IF} {{ fileinto "Clients"; fileinto "Old"; }}'),
    Case("read and filed", f'require ["fileinto", "imap4flags"]; {IF} {{ addflag "\\\\Seen"; fileinto "Archive"; }}'),
    Case("flagged", f'require "imap4flags"; {IF} {{ addflag "\\\\Flagged"; }}'),
    Case("marked deleted", f'require "imap4flags"; {IF} {{ addflag "\\\\Deleted"; }}'),
    Case(
        "filed with flags",
        f'require ["fileinto", "imap4flags"]; {IF} {{ fileinto :flags "\\\\Seen \\\\Flagged" "Old"; }}',
    ),
    Case("vacation", 'require "vacation"; vacation "I am away.";'),
    Case("vacation and redirect", 'require ["vacation", "copy"]; vacation "Away."; redirect :copy "x@gmail.com";'),
    Case(
        "vacation with redirect in its text", 'require "vacation";\nvacation text:\nredirect "x@gmail.com";\n..\n.\n;'
    ),
    Case("notify", 'require "enotify"; notify "mailto:joe@acme.example";'),
    Case("notify outside", f'require "enotify"; {IF} {{ notify :message "mail" "mailto:x@partner.example"; }}'),
    Case("notify two", 'require "enotify"; notify "mailto:joe@acme.example?cc=x%40partner.example";'),
    Case("constant", 'require "variables"; set "to" "x@gmail.com"; redirect "${to}";'),
    Case("constant in a constant", 'require "variables"; set "d" "gmail.com"; set "to" "x@${d}"; redirect "${to}";'),
    Case("constant, upper and lower", 'require "variables"; set :lower "to" "X@GMAIL.COM"; redirect "${to}"; keep;'),
    Case(
        "part of the subject",
        'require "variables"; if header :matches "subject" "* for a *" { redirect "${2}@partner.example"; keep; }',
    ),
    Case(
        "address from the subject",
        'require "variables"; if header :matches "subject" "to:*" { redirect "${1}"; }',
        Mail(subject="to:x@gmail.com"),
    ),
    Case("encoded", 'require "encoded-character"; redirect "x${hex:40}gmail${unicode:2e}com";'),
    Case("if and else", f'{IF} {{ keep; }} else {{ redirect "x@partner.example"; }}', OTHER, Mail(), None, ()),
    Case(
        "if, elsif and else",
        'require "fileinto"; if header :is "subject" "lunch" { discard; } elsif header :contains "subject" "invoice" '
        '{ redirect "x@partner.example"; } else { fileinto "Old"; }',
        Mail(),
        OTHER,
        (1,),
        (0,),
    ),
    Case(
        "the else of three",
        f'require "fileinto"; {IF} {{ discard; }} elsif header "subject" "x" {{ stop; }} else {{ fileinto "Old"; }}',
        LIST,
        Mail(),
        (2,),
        (0,),
    ),
    Case("stop before", f'{IF} {{ stop; }} redirect "x@partner.example";', OTHER, Mail(), (1,), (0,)),
    Case("stop after", 'redirect "x@partner.example"; stop; redirect "never@gmail.com";'),
    Case("never", 'if false { redirect "x@gmail.com"; }'),
    Case("always", 'if anyof (false, not false) { redirect "x@partner.example"; }'),
    Case(
        "nested",
        f'require "copy"; {IF} {{ if header :contains "subject" "holiday" {{ redirect :copy "x@partner.example"; }} }}',
        miss=Mail(subject="lunch"),
    ),
    Case(
        "by envelope",
        'require ["envelope", "copy"]; if envelope :domain "from" "client.example" { redirect :copy "x@gmail.com"; }',
    ),
    Case(
        "by plus-tag",
        'require ["envelope", "subaddress", "fileinto"]; if envelope :detail "to" "orders" { fileinto "Orders"; }',
        Mail(detail="orders"),
    ),
    Case(
        "by pattern",
        'require ["regex", "copy"]; if header :regex "subject" "^invoice .*holiday$" { redirect :copy "x@gmail.com"; }',
    ),
    Case(
        "by a pattern that fits all",
        'require ["regex", "copy"]; if header :regex "from" ".*" { redirect :copy "x@partner.example"; }',
    ),
    Case("by a wildcard that fits all", 'if header :matches "subject" "*" { redirect "x@partner.example"; }'),
    Case("by size", 'if size :over 1 { redirect "x@partner.example"; }'),
    Case(
        "by body",
        'require "body"; if body :contains "hello" { redirect "x@partner.example"; keep; }',
        miss=Mail(body="Bye."),
    ),
    Case(
        "by date",
        'require ["date", "relational"]; if date :value "ge" "date" "year" "2020" { redirect "x@partner.example"; }',
        miss=None,
    ),
    Case(
        "all but one sender",
        'require "copy"; if not address :is "from" "news@shop.example" { redirect :copy "x@partner.example"; }',
        on_miss=(),
    ),
    Case("lists", 'require "fileinto"; if exists "list-id" { fileinto "Lists"; stop; }', LIST),
    Case(
        "lists, then all",
        'require ["fileinto", "copy"]; if exists "list-id" { fileinto "Lists"; stop; } redirect :copy "x@gmail.com";',
        OTHER,
        LIST,
        (1,),
        (0,),
    ),
    Case("redirect in a comment", '# redirect "x@gmail.com";\n/* redirect "x@gmail.com"; */ keep;'),
    Case("comments between words", 'redirect /* to */ "x@gmail.com" # me\n;'),
    Case(
        "redirect in a string",
        'require "fileinto"; if header :contains "subject" "redirect \\"x@gmail.com\\";" { fileinto "Old"; }',
        Mail(subject='redirect "x@gmail.com";'),
    ),
    Case("address as a text", "redirect text:\nx@gmail.com\n.\n;"),
    Case("plus-tag of a colleague", 'redirect "joe+leads@corp.test";'),
    Case("sub-domain", 'redirect "joe@sales.corp.test";'),
    Case("look-alike", 'redirect "joe@c0rp.test";'),
    Case("international domain", 'redirect "joe@xn--bcher-kva.example";'),
    Case("reject", f'require "reject"; {IF} {{ reject "No."; }}'),
    Case("duplicate", 'require "duplicate"; if duplicate { discard; }', miss=None, on_hit=()),
    Case("broken in use", 'redirect "x@gmail.com"', on_hit=(), on_miss=()),
    Case("two addresses in one", 'redirect "a@corp.test, x@gmail.com";', on_hit=(), on_miss=()),
    Case("ereject, which this server lacks", f'require "ereject"; {IF} {{ ereject "No."; }}', on_hit=(), on_miss=()),
    Case("an address with a name", 'redirect "Ann <x@gmail.com>";'),
    Case("an address with a blank in it", 'redirect "x@gmail .com";'),
    Case("an international domain as it is read", 'redirect "joe@bücher.example";'),
    Case("our own server is to pass it on", 'redirect "x%gmail.com@corp.test";'),
    Case(
        "extension that the server lacks",
        'require "vnd.dovecot.pipe"; pipe "x"; redirect "x@gmail.com";',
        on_hit=(),
        on_miss=(),
    ),
)
