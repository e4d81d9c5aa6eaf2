"""The part of slapd's schema that the practice directory knows, and the text by which it tells clients of it.

Sources: RFC 4512, RFC 4519, RFC 4524, RFC 2798, RFC 2307, RFC 4530, draft-behera-ldap-password-policy-10.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SYNTAX = "1.3.6.1.4.1.1466.115.121.1."


@dataclass(frozen=True, slots=True)
class Rule:
    """How values of one kind are compared; ``ordering`` and ``substring`` are empty where slapd has no such rule."""

    equality: str
    syntax: str
    ordering: str = ""
    substring: str = ""


RULES = {
    "text": Rule("caseIgnoreMatch", f"{_SYNTAX}15", substring="caseIgnoreSubstringsMatch"),
    "ascii": Rule("caseIgnoreIA5Match", f"{_SYNTAX}26", substring="caseIgnoreIA5SubstringsMatch"),
    "exact": Rule("caseExactIA5Match", f"{_SYNTAX}26", substring="caseExactIA5SubstringsMatch"),
    "phone": Rule("telephoneNumberMatch", f"{_SYNTAX}50", substring="telephoneNumberSubstringsMatch"),
    "name": Rule("distinguishedNameMatch", f"{_SYNTAX}12"),
    "unique": Rule("uniqueMemberMatch", f"{_SYNTAX}34"),
    "oid": Rule("objectIdentifierMatch", f"{_SYNTAX}38"),
    "bool": Rule("booleanMatch", f"{_SYNTAX}7"),
    "number": Rule("integerMatch", f"{_SYNTAX}27", ordering="integerOrderingMatch"),
    "time": Rule("generalizedTimeMatch", f"{_SYNTAX}24", ordering="generalizedTimeOrderingMatch"),
    "uuid": Rule("UUIDMatch", "1.3.6.1.1.16.1", ordering="UUIDOrderingMatch"),
    "octets": Rule("octetStringMatch", f"{_SYNTAX}40"),
}

# numericoid, names, kind of value, then: single, operational, fixed (no user modification)
_ATTRIBUTES = """
2.5.4.0 objectClass oid
2.5.4.2 knowledgeInformation text
2.5.4.3 cn,commonName text
2.5.4.4 sn,surname text
2.5.4.5 serialNumber text
2.5.4.6 c,countryName text single
2.5.4.7 l,localityName text
2.5.4.8 st,stateOrProvinceName text
2.5.4.9 street,streetAddress text
2.5.4.10 o,organizationName text
2.5.4.11 ou,organizationalUnitName text
2.5.4.12 title text
2.5.4.13 description text
2.5.4.15 businessCategory text
2.5.4.16 postalAddress text
2.5.4.17 postalCode text
2.5.4.19 physicalDeliveryOfficeName text
2.5.4.20 telephoneNumber phone
2.5.4.31 member name
2.5.4.32 owner name
2.5.4.34 seeAlso name
2.5.4.35 userPassword octets
2.5.4.42 givenName,gn text
2.5.4.43 initials text
2.5.4.50 uniqueMember unique
0.9.2342.19200300.100.1.1 uid,userid text
0.9.2342.19200300.100.1.3 mail,rfc822Mailbox ascii
0.9.2342.19200300.100.1.6 roomNumber text
0.9.2342.19200300.100.1.10 manager name
0.9.2342.19200300.100.1.20 homePhone phone
0.9.2342.19200300.100.1.25 dc,domainComponent ascii single
0.9.2342.19200300.100.1.41 mobile,mobileTelephoneNumber phone
2.16.840.1.113730.3.1.2 departmentNumber text
2.16.840.1.113730.3.1.3 employeeNumber text single
2.16.840.1.113730.3.1.4 employeeType text
2.16.840.1.113730.3.1.39 preferredLanguage text single
2.16.840.1.113730.3.1.241 displayName text single
1.3.6.1.1.1.1.0 uidNumber number single
1.3.6.1.1.1.1.1 gidNumber number single
1.3.6.1.1.1.1.2 gecos ascii single
1.3.6.1.1.1.1.3 homeDirectory exact single
1.3.6.1.1.1.1.4 loginShell exact single
1.3.6.1.1.1.1.12 memberUid exact
1.3.6.1.4.1.42.2.27.8.1.1 pwdAttribute oid
1.3.6.1.4.1.42.2.27.8.1.6 pwdMinLength number single
1.3.6.1.4.1.42.2.27.8.1.9 pwdLockout bool single
1.3.6.1.4.1.42.2.27.8.1.10 pwdLockoutDuration number single
1.3.6.1.4.1.42.2.27.8.1.11 pwdMaxFailure number single
1.3.6.1.4.1.42.2.27.8.1.16 pwdChangedTime time single operational fixed
1.3.6.1.4.1.42.2.27.8.1.17 pwdAccountLockedTime time single operational
1.3.6.1.4.1.42.2.27.8.1.19 pwdFailureTime time operational fixed
1.3.6.1.4.1.42.2.27.8.1.22 pwdReset bool single operational
1.3.6.1.4.1.42.2.27.8.1.23 pwdPolicySubentry name single operational
1.3.6.1.1.16.4 entryUUID uuid single operational fixed
1.3.6.1.4.1.4203.666.1.7 entryCSN octets single operational fixed
1.3.6.1.1.20 entryDN name single operational fixed
1.2.840.113556.1.2.102 memberOf name operational fixed
2.5.18.1 createTimestamp time single operational fixed
2.5.18.2 modifyTimestamp time single operational fixed
2.5.18.3 creatorsName name single operational fixed
2.5.18.4 modifiersName name single operational fixed
2.5.18.9 hasSubordinates bool single operational fixed
2.5.18.10 subschemaSubentry name single operational fixed
2.5.21.9 structuralObjectClass oid single operational fixed
"""

_PERSON = "seeAlso telephoneNumber userPassword description"
_ORG = (
    f"{_PERSON} businessCategory l physicalDeliveryOfficeName postalAddress postalCode st street knowledgeInformation"
)

# numericoid | name | kind | superior | must | may
_CLASSES = f"""
2.5.6.0 | top | abstract | | objectClass |
2.5.6.4 | organization | structural | top | o | {_ORG}
2.5.6.5 | organizationalUnit | structural | top | ou | {_ORG}
2.5.6.6 | person | structural | top | sn cn | {_PERSON}
2.5.6.7 | organizationalPerson | structural | person | | title ou l st street physicalDeliveryOfficeName \
postalAddress postalCode
2.5.6.8 | organizationalRole | structural | top | cn | telephoneNumber seeAlso description ou l
2.5.6.9 | groupOfNames | structural | top | member cn | businessCategory seeAlso owner ou o description
2.5.6.14 | device | structural | top | cn | serialNumber seeAlso owner ou o l description
2.5.6.17 | groupOfUniqueNames | structural | top | uniqueMember cn | businessCategory seeAlso owner ou o description
2.16.840.1.113730.3.2.2 | inetOrgPerson | structural | organizationalPerson | | businessCategory departmentNumber \
displayName employeeNumber employeeType givenName homePhone initials mail manager mobile o preferredLanguage \
roomNumber uid
2.5.20.1 | subschema | auxiliary | top | |
1.3.6.1.4.1.1466.344 | dcObject | auxiliary | top | dc |
0.9.2342.19200300.100.4.13 | domain | structural | top | dc | o description l seeAlso
0.9.2342.19200300.100.4.19 | simpleSecurityObject | auxiliary | top | userPassword |
1.3.6.1.1.1.2.0 | posixAccount | auxiliary | top | cn uid uidNumber gidNumber homeDirectory | userPassword \
loginShell gecos description
1.3.6.1.1.1.2.2 | posixGroup | structural | top | cn gidNumber | userPassword memberUid description
1.3.6.1.4.1.42.2.27.8.2.1 | pwdPolicy | auxiliary | top | pwdAttribute | pwdLockout pwdLockoutDuration \
pwdMaxFailure pwdMinLength
1.3.6.1.4.1.1466.101.120.111 | extensibleObject | auxiliary | top | |
"""


@dataclass(frozen=True, slots=True)
class AttributeType:
    """One attribute: ``names`` in the order of the schema, the first one is the one that is answered with."""

    oid: str
    names: tuple[str, ...]
    kind: str
    single: bool
    operational: bool
    fixed: bool

    @property
    def rule(self) -> Rule:
        """Return how its values are compared."""
        return RULES[self.kind]

    def text(self) -> str:
        """Return the description of RFC 4512 §4.1.2."""
        parts = [self.oid, f"NAME {_quoted(self.names)}", f"EQUALITY {self.rule.equality}"]
        parts += [f"ORDERING {self.rule.ordering}"] if self.rule.ordering else []
        parts += [f"SUBSTR {self.rule.substring}"] if self.rule.substring else []
        parts += [f"SYNTAX {self.rule.syntax}"]
        parts += ["SINGLE-VALUE"] if self.single else []
        parts += ["NO-USER-MODIFICATION"] if self.fixed else []
        parts += ["USAGE directoryOperation"] if self.operational else []
        return f"( {' '.join(parts)} )"


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """One class of entries with what its entries must and may have."""

    oid: str
    name: str
    kind: str
    superior: str
    must: tuple[str, ...]
    may: tuple[str, ...]

    def text(self) -> str:
        """Return the description of RFC 4512 §4.1.1."""
        parts = [self.oid, f"NAME '{self.name}'"]
        parts += [f"SUP {self.superior}"] if self.superior else []
        parts += [self.kind.upper()]
        parts += [f"MUST ( {' $ '.join(self.must)} )"] if self.must else []
        parts += [f"MAY ( {' $ '.join(self.may)} )"] if self.may else []
        return f"( {' '.join(parts)} )"


def attribute(name: str) -> AttributeType | None:
    """Return the attribute of that name or number, whatever the case; ``None`` when it is undefined."""
    return _attributes().get(name.casefold())


def object_class(name: str) -> ObjectClass | None:
    """Return the class of that name or number, whatever the case; ``None`` when it is undefined."""
    return _classes().get(name.casefold())


def lineage(name: str) -> Iterable[ObjectClass]:
    """Yield a class and the classes above it."""
    found = object_class(name)
    while found is not None:
        yield found
        found = object_class(found.superior)


def structural_class(names: Iterable[str]) -> ObjectClass | None:
    """Return the most special structural class among ``names``; ``None`` when there is none."""
    found = [known for known in map(object_class, names) if known and known.kind == "structural"]
    return max(found, key=lambda known: len(list(lineage(known.name))), default=None)


def described() -> dict[str, list[str]]:
    """Return what the subschema entry publishes, each as RFC 4512 writes it."""
    return {
        "attributeTypes": [kind.text() for kind in dict.fromkeys(_attributes().values())],
        "objectClasses": [known.text() for known in dict.fromkeys(_classes().values())],
        "ldapSyntaxes": [f"( {syntax} )" for syntax in dict.fromkeys(rule.syntax for rule in RULES.values())],
    }


@cache
def _attributes() -> dict[str, AttributeType]:
    found: dict[str, AttributeType] = {}
    for line in _ATTRIBUTES.strip().splitlines():
        oid, names, kind, *flags = line.split()
        made = AttributeType(
            oid, tuple(names.split(",")), kind, "single" in flags, "operational" in flags, "fixed" in flags
        )
        found |= {key.casefold(): made for key in (*made.names, oid)}
    return found


@cache
def _classes() -> dict[str, ObjectClass]:
    found: dict[str, ObjectClass] = {}
    for line in _CLASSES.strip().splitlines():
        oid, name, kind, superior, must, may = (part.strip() for part in f"{line} ".split("|"))
        made = ObjectClass(oid, name, kind, superior, tuple(must.split()), tuple(may.split()))
        found |= {key.casefold(): made for key in (name, oid)}
    return found


def _quoted(names: tuple[str, ...]) -> str:
    return f"'{names[0]}'" if len(names) == 1 else f"( {' '.join(repr(name) for name in names)} )"
