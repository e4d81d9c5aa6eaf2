"""A stand-in for Dataverse (Dynamics 365) and the token service beside it: stateful, HTTPS, with its own authority.

::

    standin = DataverseStandIn(folder).start()      # or: with DataverseStandIn(folder) as standin:
    standin.url, standin.ca_file                    # https://localhost:PORT (the Web API is at /api/data/v9.2)
    standin.tenant, standin.client_id, standin.client_secret

    ruth = standin.add_user("Ruth Castellan", "ruth@acme.example")          # → id
    alder = standin.add("account", ruth, name="Alder & Co", revenue=9000)   # owner first; a team's id will do
    ida = standin.add("contact", ruth, fullname="Ida", parentcustomerid=("account", alder))
    standin.add_user_column("account", "new_SecondOwner", "Second owner")   # a lookup of the company's own
    standin.cascade("contact_customer_accounts", "NoCascade")               # who is assigned along with whom

    standin.row("account", alder)["_ownerid_value"], standin.owners()       # past the wire
    standin.privileges.discard("prvAssignAccount")                          # what our application user may do
    standin.calls, standin.made("PATCH")            # every call, the parts of batches too
    standin.fail(503, match="PATCH /accounts*", next=1)
    standin.limit = Limit(calls=10, seconds=5, retry_after=1)               # service protection
    standin.stop()
"""

from __future__ import annotations

from offboard.practice.dataverse.standin import DataverseStandIn

__all__ = ["DataverseStandIn"]
