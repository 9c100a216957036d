"""The places of the rail."""

from __future__ import annotations

from agent_desktop.i18n import _
from agent_desktop.viewmodels.window import RailItem


def rail_items(place: str, *, leads: bool) -> tuple[RailItem, ...]:
    """The places; one that is not there for this agent, or not yet, says why."""
    later = _("This place comes with a later version.")
    supervisors = "" if leads else _("This is for supervisors.")
    rows = (
        ("inbox", _("Inbox"), "inbox", "Ctrl+1", ""),
        ("phone", _("Phone"), "phone", "", later),
        ("customers", _("Customers"), "customers", "", later),
        ("knowledge", _("Knowledge"), "knowledge", "", later),
        ("supervisor", _("Supervisor"), "supervisor", "Ctrl+6", supervisors),
        ("reports", _("Reports"), "reports", "", later),
        ("settings", _("Settings"), "settings", "Ctrl+,", ""),
    )
    return tuple(
        RailItem(key, label, icon, shortcut, key == place, reason)
        for key, label, icon, shortcut, reason in rows
    )
