"""What the test directory is made of: its configuration, its people and its groups. Everybody here is made up."""

from __future__ import annotations

CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb.la
moduleload memberof.la
moduleload refint.la
moduleload ppolicy.la
pidfile  {folder}/slapd.pid
argsfile {folder}/slapd.args
threads 4
sizelimit unlimited
TLSCACertificateFile  {ca}
TLSCertificateFile    {cert}
TLSCertificateKeyFile {key}
TLSVerifyClient never
database mdb
suffix "dc=corp,dc=test"
rootdn "cn=admin,dc=corp,dc=test"
rootpw secret
directory {folder}/db
maxsize 268435456
{sync}
index objectClass,entryUUID,uid,mail,employeeNumber,cn,member,uniqueMember,memberUid,memberOf eq
access to attrs=userPassword
  by dn.exact="cn=offboard,ou=services,dc=corp,dc=test" write
  by dn.exact="cn=doorman,ou=services,dc=corp,dc=test" write
  by dn.exact="cn=blind,ou=services,dc=corp,dc=test" =w
  by self =xw
  by anonymous auth
  by * none
access to attrs=pwdAccountLockedTime,pwdReset
  by dn.exact="cn=offboard,ou=services,dc=corp,dc=test" write
  by dn.exact="cn=doorman,ou=services,dc=corp,dc=test" write
  by dn.exact="cn=blind,ou=services,dc=corp,dc=test" write
  by * read
access to dn.subtree="ou=groups,dc=corp,dc=test"
  by dn.exact="cn=offboard,ou=services,dc=corp,dc=test" write
  by dn.exact="cn=blind,ou=services,dc=corp,dc=test" write
  by * read
access to * by * read
overlay memberof
memberof-group-oc groupOfNames
memberof-member-ad member
memberof-memberof-ad memberOf
memberof-refint true
overlay refint
refint_attributes member uniqueMember manager
overlay ppolicy
ppolicy_default "cn=default,ou=policies,dc=corp,dc=test"
"""


def person(login: str, name: str, number: str, *, title: str = "", phone: str = "", manager: str = "") -> str:
    """Return one person of ``ou=people`` as LDIF; the password is the login with ``pw`` behind it."""
    more = {"title": title, "telephoneNumber": phone}
    if manager:
        more["manager"] = f"uid={manager},ou=people,dc=corp,dc=test"
    lines = [
        f"dn: uid={login},ou=people,dc=corp,dc=test",
        "objectClass: inetOrgPerson",
        f"uid: {login}",
        f"cn: {name}",
        f"sn: {name.rsplit(maxsplit=1)[-1]}",
        f"mail: {login}@corp.test",
        f"employeeNumber: {number}",
        f"userPassword: {login}pw",
        *(f"{key}: {value}" for key, value in more.items() if value),
    ]
    return "\n".join(lines) + "\n\n"


def _service(name: str) -> str:
    return f"""\
dn: cn={name},ou=services,dc=corp,dc=test
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: {name}
userPassword: secret

"""


PEOPLE = (
    """\
dn: dc=corp,dc=test
objectClass: dcObject
objectClass: organization
o: corp
dc: corp

"""
    + "".join(
        f"dn: ou={unit},dc=corp,dc=test\nobjectClass: organizationalUnit\nou: {unit}\n\n"
        for unit in ("people", "leavers", "groups", "policies", "services")
    )
    + "".join(_service(name) for name in ("offboard", "doorman", "blind", "reader"))
    + person("carol", "Carol Chief", "1003", title="Head of Sales", phone="+44 117 496 0103")
    + person("alice", "Alice Archer", "1001", title="Sales", phone="+44 117 496 0101", manager="carol")
    + person("bob", "Bob Baker", "1002", title="Sales", phone="+44 117 496 0102", manager="carol")
    + person("dave", "Dave Dyer", "1004", title="IT")
    + person("erin", "Erin Eve", "1005", title="HR")
)

LOCKOUT = """\
dn: cn=default,ou=policies,dc=corp,dc=test
objectClass: device
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5

"""

GROUPS = """\
dn: cn=vpn,ou=groups,dc=corp,dc=test
objectClass: groupOfNames
cn: vpn
member: uid=alice,ou=people,dc=corp,dc=test

dn: cn=staff,ou=groups,dc=corp,dc=test
objectClass: groupOfNames
cn: staff
member: uid=alice,ou=people,dc=corp,dc=test
member: uid=bob,ou=people,dc=corp,dc=test
member: uid=carol,ou=people,dc=corp,dc=test

dn: cn=sales,ou=groups,dc=corp,dc=test
objectClass: groupOfUniqueNames
cn: sales
uniqueMember: uid=alice,ou=people,dc=corp,dc=test
uniqueMember: uid=bob,ou=people,dc=corp,dc=test

dn: cn=printers,ou=groups,dc=corp,dc=test
objectClass: posixGroup
cn: printers
gidNumber: 5001
memberUid: alice
memberUid: dave

"""
