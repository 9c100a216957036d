"""Transfers by the phone itself: REFER, blind and attended (RFC 3515, RFC 3891, RFC 5589).

For exchanges that are not ours; with ours the router transfers.  The other side is put on hold first, so
that nobody hears the agent wait; then it is asked to call.  When it says that this succeeded our call ends,
and in an attended transfer both do; when it failed the call is ours again, in words and on line.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent_desktop.errors import RefusedError
from agent_desktop.phone.engine import TransferMoved
from agent_desktop.phone.reasons import words_for
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import RequestId
from agent_desktop.sip.uri import Uri

if TYPE_CHECKING:
    from agent_desktop.phone.native import Line, NativeEngine

_DONE: Final = "The call was transferred."


@dataclass(slots=True, eq=False)
class Referral:
    """One transfer that is under way; `request` once it was sent."""

    target: Uri | None
    other: Line | None
    was_held: bool
    request: RequestId | None = None
    is_done: bool = False


class Referrals:
    """The transfers of an engine; each is kept in its line."""

    def __init__(self, engine: NativeEngine) -> None:
        self._engine = engine

    def blind(self, line: Line, target: Uri) -> None:
        """Ask the other side to call `target`."""
        self._begin(line, Referral(target, None, line.holds))

    def attended(self, line: Line, other: Line) -> None:
        """Ask the other side to take our place in another call of ours."""
        if other is line:
            raise RefusedError("A call cannot be transferred to itself.", code="bad_target")
        if not other.station.transport.agent.is_up(other.leg):
            raise RefusedError("The other call has not been answered yet.", code="wrong_state")
        self._begin(line, Referral(None, other, line.holds))

    def _begin(self, line: Line, referral: Referral) -> None:
        if line.referral is not None:
            raise RefusedError("This call is being transferred already.", code="wrong_state")
        line.referral = referral
        self._tell(line, "The call is being transferred.")
        if line.holds:
            self.held(line)
        else:
            self._engine.hold(line.name, on=True)

    def held(self, line: Line) -> None:
        """The hold was taken, or refused; either way it goes on."""
        referral = line.referral
        if referral is None or referral.request is not None:
            return
        agent, now = line.station.transport.agent, line.station.transport.now()
        other = referral.other
        if other is not None and not self._engine.is_kept(other):
            self._failed(line, "The call that it was to be joined with is over.")
            return
        try:
            leg = other.leg if other is not None else None
            referral.request = agent.refer(line.leg, referral.target, now, replaces=leg)
        except RefusedError as error:
            self._failed(line, str(error))
            return
        line.station.transport.flush()

    def progressed(self, line: Line, event: sip.ReferProgressed) -> None:
        if line.referral is not None and line.referral.request == event.request and event.status == 180:
            self._tell(line, "The call is being transferred: it rings there.")

    def ended(self, line: Line, event: sip.ReferEnded) -> None:
        """The other side has told how it ended."""
        referral = line.referral
        if referral is None or referral.request != event.request:
            return
        if not 200 <= event.status < 300:
            self._failed(line, _why(event.status))
            return
        referral.is_done = True
        self._engine.report(TransferMoved(line.name, _DONE, over=True, good=True))
        for each in (referral.other, line):
            if each is not None and self._engine.is_kept(each):
                self._engine.hang_up(each.name)

    def over(self, line: Line) -> str:
        """The call has ended; what its transfer has to say about that."""
        referral, line.referral = line.referral, None
        return _DONE if referral is not None and referral.is_done else ""

    def _failed(self, line: Line, words: str) -> None:
        referral, line.referral = line.referral, None
        self._engine.report(TransferMoved(line.name, f"The transfer failed. {words}", over=True))
        if referral is not None and not referral.was_held and line.holds:
            with contextlib.suppress(RefusedError):  # it ended meanwhile
                self._engine.hold(line.name, on=False)

    def _tell(self, line: Line, words: str) -> None:
        self._engine.report(TransferMoved(line.name, words))


def _why(status: int) -> str:
    """A transfer's end in words."""
    match status:
        case 0 | 408:
            return "The other side has not told how it ended."
        case 405 | 420 | 501:
            return "The other side cannot be transferred."
        case 603 | 403:
            return "It was declined."
        case _:
            return words_for(status)
