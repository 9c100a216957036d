"""When a payment field may be written in: while its call is known to be masked, never before (A12, G11).

The centre masks when the cursor comes to the field.  Until it has said so, and while the server is away, the
field takes no letter and says why.
"""

from __future__ import annotations

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.wire.models import FieldInfo, InteractionModel

IN_CALL = frozenset({"active", "held"})


def locked(s: Situation, interaction: InteractionModel, field: FieldInfo) -> str:
    """Why nothing can be written in a field now; empty when it can.  Without a call nothing is recorded."""
    if field.kind != "payment" or interaction.state not in IN_CALL:
        return ""
    if not s.store.medium(interaction.medium).talk:
        return ""
    if not s.online:
        return _("The server is not connected, so nothing can be masked. Take no card data now.")
    if interaction.call is None or not interaction.call.secure:
        return _("Put the cursor here and wait until the recording is masked.")
    return ""
