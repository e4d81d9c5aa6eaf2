"""A stand-in for one Salesforce organisation: sign-in, SOQL, describe and sObject Collections, with what is awkward."""

from offboard.practice.salesforce.standin import SalesforceStandIn

__all__ = ["SalesforceStandIn"]
