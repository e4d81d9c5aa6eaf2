"""How the test's Dovecot is configured: wholly in one folder, wholly as one unprivileged user."""

from __future__ import annotations

MAIN = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap sieve lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = {auth_cache}
mail_location = maildir:~/Maildir
mail_home = {folder}/home/%n
first_valid_uid = 1
first_valid_gid = 1
last_valid_uid = 0
last_valid_gid = 0
mail_uid = {user}
mail_gid = {group}
mail_fsync = never
doveadm_api_key = {api_key}
submission_host = 127.0.0.1:{submission_port}
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = ldap
  args = {folder}/ldap.conf
}}
userdb {{
  driver = ldap
  args = {folder}/ldap-users.conf
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service managesieve-login {{
  chroot =
  inet_listener sieve {{
    port = {sieve_port}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
service doveadm {{
  service_count = 1000
  process_min_avail = 1
  inet_listener http {{
    port = {http_port}
    ssl = {http_tls}
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
  postmaster_address = postmaster@corp.test
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_max_redirects = 10
}}
"""

LDAP = """\
uris = ldaps://127.0.0.1:{ldaps_port}
tls_ca_cert_file = {folder}/ca.pem
tls_require_cert = demand
dn = {bind_dn}
dnpass = {password}
auth_bind = yes
base = {base}
scope = subtree
pass_attrs = {pass_attrs}
pass_filter = (&(objectClass=inetOrgPerson)(|(uid=%u)(mail=%u)))
user_attrs = {user_attrs}
user_filter = (&(objectClass=inetOrgPerson)(|(uid=%u)(mail=%u)))
iterate_attrs = uid=user
iterate_filter = (objectClass=inetOrgPerson)
"""
