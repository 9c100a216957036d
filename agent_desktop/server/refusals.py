"""What the exchange refused: nothing that was hoped for may stand as if it had happened.

The record changes when an agent asks; the exchange is asked after that.  When it says no (a limit against
toll fraud, no free line, a phone that went a moment ago) the record follows, and the agent reads why.
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.server.callbook import moved
from agent_desktop.server.calls import IN_TALK, Calls
from agent_desktop.server.channels.voice import CallNews
from agent_desktop.server.hub import Step
from agent_desktop.server.work import Work
from agent_desktop.wire import switch as wire


class Refusals:
    """Undoes what a refused command was meant to bring."""

    def __init__(self, work: Work, calls: Calls) -> None:
        self._work = work
        self._calls = calls
        calls.news.append(self.told)

    def told(self, event: CallNews) -> None:
        """Take one refusal."""
        if isinstance(event, wire.SwitchReply) and not event.ok and event.call:
            self._calls.book.change(event.call, lambda step, i: self._refused(step, i, event))

    def _refused(self, step: Step, i: Interaction, reply: wire.SwitchReply) -> None:
        if i.call is not None and reply.command != "Play":
            i = moved(step, i, replace(i.call, notice=reply.message))
        if i.state not in IN_TALK:
            return
        match reply.command:
            case "DialOut":
                self._not_dialled(step, i, reply.message)
            case "ConnectAgent":
                self._calls.lost_agent(step, i, reply.message)
            case "HoldCall":
                if i.state == interactions.HELD:
                    step.interaction(interactions.Resumed(interaction=i.id, at=step.now))
            case "ResumeCall":
                if i.state == interactions.ACTIVE:
                    step.interaction(interactions.Held(interaction=i.id, at=step.now))
            case _:
                pass

    def _not_dialled(self, step: Step, i: Interaction, why: str) -> None:
        """The call was never made: nothing rings, so nothing is to be hung up."""
        if i.call is not None:
            over = replace(i.call, state="ended", ended_at=step.now, ended_by="system")
            i = step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=over))
        if i.callback_number and self._calls.unreached(step, i):
            return
        i = step.interaction_of(i.id)
        if i.call is not None and why not in i.call.notice:  # that it was the last try comes after the reason
            moved(step, i, replace(i.call, notice=f"{why} {i.call.notice}"))
        self._work.wrapping.end(step, i.id, "system")
