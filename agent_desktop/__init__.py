"""The open agent desktop: softphone, one inbox, customer 360, and the router behind it."""

__version__ = "0.1.0"
