"""A stand-in for Exchange Online's admin endpoint, beside the one for Microsoft Graph: same port, same tokens.

::

    graph = GraphStandIn(folder)
    exchange = ExchangeStandIn(graph)               # before graph.start()
    exchange.url                                    # https://localhost:PORT, calls go to /adminapi/beta/TENANT/…
    box = exchange.add_mailbox(ruth)                # of somebody who is in the Graph stand-in; → the mailbox
    exchange.add_contact("Home", "ruth@privatepost.example")
    exchange.add_rule(box, "Copies", ForwardTo=["ruth@privatepost.example"], hidden=False, in_outlook=False)
    exchange.add_transport_rule("Copies", BlindCopyTo=["ruth@privatepost.example"])
    exchange.add_device(box, "iPhone")
    box["ForwardingSmtpAddress"] = "smtp:ruth@privatepost.example"

    exchange.commands                               # every cmdlet that was run: name, parameters, anchor, status
    exchange.ran("Set-Mailbox")                     # the parameters of each run of it
    exchange.roles                                  # cmdlets that our role group lacks are taken out of it
    exchange.sharing_takes = 0.3                    # seconds until a mailbox is shared
    exchange.page_size = 2                          # the most that one page holds
    exchange.limit = Limit(calls=5, seconds=1.0)    # 429 beyond
    exchange.fail("Get-InboxRule", 503, next=2)
"""

from __future__ import annotations

from offboard.practice.exchange.standin import ExchangeStandIn

__all__ = ["ExchangeStandIn"]
