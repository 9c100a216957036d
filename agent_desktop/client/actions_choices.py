"""The actions of what a person chooses for themselves: the screen, the ring, what is read out, the keys."""

from __future__ import annotations

from functools import partial

from agent_desktop.client.action import local

SETTINGS = "Settings"
_local = partial(local, group=SETTINGS)

CHOICES = (
    _local("choice.set", "Choose", "Say what is chosen of the screen, the ring and captions, or choose.",
           verb="settings", usage="settings [NAME [VALUE]]"),
    _local("choice.turn", "Ring", "Turn a way of ringing for a medium."),
    _local("keys.set", "Shortcut", "Say the shortcuts, or give an action another, none, or the usual one.",
           verb="shortcuts", usage="shortcuts [ACTION [KEYS|none|usual]|usual]"),
    _local("keys.reset", "All the usual keys", "Give every action its usual key again.", icon="back"),
    _local("keys.page", "Shortcuts", "Show and change the keys of the actions.", icon="keypad", palette=True),
)  # fmt: skip
