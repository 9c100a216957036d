"""When the phone rings for an offer: from the first one until the last is gone, whatever ended it.

Calls ring at the phone by themselves, and what is accepted automatically does not ring at all: the phone
says it with a short tone.
"""

from __future__ import annotations

from agent_desktop.client.store import Store
from agent_desktop.wire.commands import AcceptOffer, DeclineOffer
from agent_desktop.wire.phone import SetRinging

TEST_S = 3.0
TEST_KIND = "voice"


class Ringer:
    """Knows what the phone was told last."""

    def __init__(self) -> None:
        self._told = ""
        self._test_until = 0.0

    def forget(self) -> None:
        """The phone is another one: nothing rings there."""
        self._told = ""

    def test(self, now: float) -> None:
        """Ring for a moment."""
        self._test_until = now + TEST_S

    def command(self, store: Store, now: float) -> SetRinging | None:
        """What to tell the phone, if anything is different now."""
        kind = ringing_kind(store, now) or (TEST_KIND if now < self._test_until else "")
        if kind == self._told or store.phone.connection.state != "online":
            return None
        before, self._told = self._told, kind
        return SetRinging(on=bool(kind), kind=kind or before)


def ringing_kind(store: Store, now: float) -> str:
    """The medium of the first offer that waits for its agent; empty: silence."""
    answered = {
        asked.command.offer
        for asked in store.asked.values()
        if isinstance(asked.command, AcceptOffer | DeclineOffer)
    }
    waiting = [
        o
        for o in store.offers()
        if not o.auto_accept and o.id not in answered and not (o.expires_at and o.expires_at <= now)
    ]
    return waiting[0].medium if waiting else ""
