"""Configurations of slapd for other directories' ways of locking accounts, for SSH keys, and for certificates."""

from __future__ import annotations

from tests.servers.slapd_seed import CONFIG

KEYS = """\
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey'
  EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MUST ( sshPublicKey $ uid ) )
"""
"""The schema of openssh-lpk, in its stricter form."""

LOCK_389 = """\
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock'
  EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.3.389 NAME 'lockableLike389' SUP top AUXILIARY MAY nsAccountLock )
"""
"""The attribute by which 389 Directory Server locks; here nobody obeys it, and an object class must allow it."""

_SCHEMAS = "modulepath /usr/lib/ldap\n"


def _without_policy(config: str) -> str:
    lines = config.splitlines(keepends=True)
    return "".join(line for line in lines if "ppolicy" not in line and "pwdAccountLockedTime" not in line)


def _less_access(config: str) -> str:
    """Drop the access rule for the lock of the password policy, which has no meaning without it."""
    start = config.index("access to attrs=pwdAccountLockedTime")
    return config[:start] + config[config.index("access to dn.subtree", start) :]


WITH_KEYS = CONFIG.replace(_SCHEMAS, KEYS + _SCHEMAS)
LIKE_389 = _without_policy(_less_access(CONFIG)).replace(_SCHEMAS, LOCK_389 + _SCHEMAS)
POLICY_FREE = _without_policy(_less_access(CONFIG))
BY_CERTIFICATE = CONFIG.replace("TLSVerifyClient never", "TLSVerifyClient try").replace(
    "database mdb\n", 'authz-regexp "^cn=([^,]+),.*" "cn=$1,ou=services,dc=corp,dc=test"\ndatabase mdb\n', 1
)
