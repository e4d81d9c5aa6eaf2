"""Where people have their private mailboxes: known providers, and names that exist under many countries' endings."""

from __future__ import annotations

IN_ANY_COUNTRY = frozenset({"gmx", "googlemail", "hotmail", "live", "outlook", "yahoo", "ymail", "yandex"})
"""Providers by the label before the ending: hotmail.de, yahoo.co.uk."""

# A packed list is easier to read and to compare than one name a line.
# fmt: off
PRIVATE_PROVIDERS = frozenset({
    "126.com", "139.com", "163.com", "aim.com", "aol.com", "aol.de", "arcor.de", "att.net", "bellsouth.net",
    "bigpond.com", "bluewin.ch", "bluemail.ch", "btinternet.com", "centrum.cz", "charter.net", "comcast.net",
    "cox.net", "disroot.org", "duck.com", "earthlink.net", "fastmail.com", "fastmail.fm", "firemail.de",
    "foxmail.com", "free.fr", "freenet.de", "gmail.com", "googlemail.com", "guerrillamail.com", "hey.com",
    "hushmail.com", "icloud.com", "inbox.ru", "interia.pl", "keemail.me", "kolabnow.com", "laposte.net", "libero.it",
    "list.ru", "mac.com", "mail.com", "mail.de", "mail.ee", "mail.ru", "mailbox.org", "mailfence.com",
    "mailinator.com", "mailo.com", "me.com", "msn.com", "naver.com", "neuf.fr", "ntlworld.com", "o2.pl", "onet.pl",
    "online.de", "op.pl", "optonline.net", "orange.fr", "passport.com", "pm.me", "posteo.de", "posteo.net",
    "proton.me", "protonmail.ch", "protonmail.com", "qq.com", "rambler.ru", "rediffmail.com", "riseup.net",
    "rocketmail.com", "runbox.com", "sbcglobal.net", "seznam.cz", "sfr.fr", "sharklasers.com", "simplelogin.com",
    "sky.com", "startmail.com", "sunrise.ch", "t-online.de", "talktalk.net", "tempmail.com", "terra.com.br",
    "tiscali.it", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de", "ukr.net", "uol.com.br",
    "verizon.net", "virgilio.it", "virginmedia.com", "vodafone.de", "wanadoo.fr", "web.de", "wp.pl", "xs4all.nl",
    "ya.ru", "yopmail.com", "zoho.com", "zohomail.com", "zohomail.eu",
})
# fmt: on
