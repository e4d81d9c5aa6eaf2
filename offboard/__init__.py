"""Shut a leaver's access and prove it, hand their clients over, write each client a letter."""

__version__ = "26.1.0"
