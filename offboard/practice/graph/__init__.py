"""A stand-in for Microsoft Graph and its token service: stateful, over HTTPS on loopback, with its own authority.

::

    standin = GraphStandIn(folder).start()          # or: with GraphStandIn(folder) as standin:
    standin.url, standin.ca_file                    # https://localhost:PORT (calls go to /v1.0), what to trust
    standin.tenant, standin.authority               # for msal: authority=…, instance_discovery=False
    standin.scope                                   # https://graph.microsoft.com/.default
    standin.client_id, standin.client_secret
    standin.certificate_file, standin.key_file      # PEM, registered for the app (RS256 or PS256)
    standin.permissions                             # a set: what new tokens name; refuse_tokens() ends the old ones

    ruth = standin.add_person("Ruth Castellan")     # → id; more in founding.py, endowing.py:
    standin.add_group("Sales", members=[ruth])      # make_eligible, activate_role, add_device, add_sku, give_licence,
    standin.assign_role(ruth, "User Administrator") # add_method, set_manager, add_app, add_consent, add_drive, share,
                                                    # add_mailbox, add_rule …
    standin.assign_role(standin.app_object, "Global Administrator")    # our own app may touch the privileged then
    standin.look(ruth)["accountEnabled"], standin.members(group), standin.owners(group), standin.rows("roleAssignments")

    standin.calls                                   # every call: method, path, query, headers, body, status, reply
    standin.made("PATCH", "DELETE")                 # the same as ["PATCH /users/…", …]
    check_against_facts(call)                       # [] when Microsoft's own description agrees

    standin.quirks.lag = 2.0                        # see quirks.Quirks: each can be switched
    standin.fail(503, match="DELETE /groups/*", next=2, headers={"Retry-After": "1"})
    standin.fail(504, match="PATCH /users/*", how="lost")              # it is done, and the answer says it failed
    standin.fail(match="POST *", how="closed")      # or lost_closed, cut, silence
    standin.limits["directory"] = Limit(calls=10, seconds=1.0, at_once=4, retry_after=None)   # 429 beyond
    standin.tokens.failing.append(Reply(429, {"error": "temporarily_unavailable"}, {"Retry-After": "1"}))
    standin.stop()
"""

from __future__ import annotations

from offboard.practice.graph.calls import Call, Reply
from offboard.practice.graph.facts import check_against_facts, fact, facts
from offboard.practice.graph.quirks import Limit, Quirks
from offboard.practice.graph.standin import GraphStandIn

__all__ = ["Call", "GraphStandIn", "Limit", "Quirks", "Reply", "check_against_facts", "fact", "facts"]
