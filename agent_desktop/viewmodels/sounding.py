"""The sounds of what is said: the phone plays them on the agent's own devices, whichever front end it is.

Only without a phone is a sound left in its announcement, for the front end to beep.  What rings is not
told here: `client.ringer` lets the phone ring from the first offer to the last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.wire.phone import PlaySound

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

PURPOSE: Final = "sound"  # a phone that cannot play it is no news for the agent
SOUNDS: Final = frozenset({"message", "your_turn", "warning", "lost"})


def at_the_phone(d: Desktop, said: Iterable[Announcement]) -> tuple[Announcement, ...]:
    """Have the phone play each sound once; gives what is left for the front end to say and beep."""
    said = tuple(said)
    if d.runtime.store.phone.connection.state != "online":
        return said
    for sound in dict.fromkeys(one.sound for one in said if one.sound in SOUNDS):
        d.workspace.asking[d.runtime.ask_phone(PlaySound(sound=sound))] = PURPOSE
    return tuple(replace(one, sound="") if one.sound in SOUNDS else one for one in said)
