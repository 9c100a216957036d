"""What serves who needs more: time to answer, what a customer needs to be served well, the text of a call.

The same rules as in `commands.py`.
"""

from __future__ import annotations

from agent_desktop.wire.calls import CallTextLine
from agent_desktop.wire.command import Command


class ExtendOffer(Command, frozen=True, kw_only=True, tag=True):
    """More time to answer, where the queue or the agent's own timers give any; counted."""

    offer: str


class SetAccessNeeds(Command, frozen=True, kw_only=True, tag=True):
    """What the customer of an interaction needs, all of it: known codes (relay, tty, …) or own words."""

    interaction: str
    needs: tuple[str, ...] = ()


class ActOnText(Command, frozen=True, kw_only=True, tag=True):
    """On the customer's TTY: `act` is interrupt (send what waits although it types) or fix_shift."""

    interaction: str
    act: str


class KeepCaption(Command, frozen=True, kw_only=True, tag=True):
    """A caption of my call stands: it belongs to the record, as what was typed does.

    `call` is the phone's name of it; with `line.number` it names the line, should it come twice.  Nothing is
    kept while card data is given, the recording is paused, or the agent talks with a colleague alone.
    """

    interaction: str
    call: str
    line: CallTextLine


AccessCommand = ExtendOffer | SetAccessNeeds | ActOnText | KeepCaption
