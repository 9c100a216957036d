"""The places of the rail."""

from __future__ import annotations

from agent_desktop.i18n import _
from agent_desktop.viewmodels.window import RailItem


def rail_items(place: str) -> tuple[RailItem, ...]:
    """The inbox, and the places that come with later versions, each with its reason."""
    later = _("This place comes with a later version.")
    rows = (
        ("inbox", _("Inbox"), "inbox", "Ctrl+1", ""),
        ("phone", _("Phone"), "phone", "", later),
        ("customers", _("Customers"), "customers", "", later),
        ("knowledge", _("Knowledge"), "knowledge", "", later),
        ("supervisor", _("Supervisor"), "supervisor", "", later),
        ("reports", _("Reports"), "reports", "", later),
        ("settings", _("Settings"), "settings", "", later),
    )
    return tuple(
        RailItem(key, label, icon, shortcut, key == place, reason)
        for key, label, icon, shortcut, reason in rows
    )
