"""A stand-in for one HubSpot account: owners, CRM objects, searches, batches, scheduling pages, and their limits."""

from offboard.practice.hubspot.standin import HubSpotStandIn

__all__ = ["HubSpotStandIn"]
