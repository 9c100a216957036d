"""What agents and supervisors ask of calls: one branch per command, each a small act of another room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import open_to
from agent_desktop.domain.types import AgentId, InteractionId, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server.announcing import Announcing, WaitOf, unknown
from agent_desktop.server.callbacks import Callbacks
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.conferring import NUMBER, Conferring
from agent_desktop.server.emptying import Emptying
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.mailboxes import Mailboxes
from agent_desktop.server.overflowing import Overflowing
from agent_desktop.server.parking import Parking
from agent_desktop.server.recordings import Recordings, TakeDigits, forget
from agent_desktop.server.refusals import Refusals
from agent_desktop.server.supervising import Supervising
from agent_desktop.server.targets import NOT_RUNG
from agent_desktop.server.texting import ShowLine, Texting, unseen
from agent_desktop.server.typed import ShowCaption, Typed, unread
from agent_desktop.server.voicemail import Voicemail
from agent_desktop.server.work import Work
from agent_desktop.wire import commands
from agent_desktop.wire.access import ActOnText, KeepCaption


@dataclass(slots=True)
class Telephone:
    """The rooms that deal with calls."""

    work: Work
    calls: Calls
    conferring: Conferring
    supervising: Supervising
    recordings: Recordings
    callbacks: Callbacks
    voicemail: Voicemail
    announcing: Announcing
    overflowing: Overflowing
    emptying: Emptying
    parking: Parking
    mailboxes: Mailboxes
    typed: Typed
    texting: Texting

    def resume_deadlines(self) -> None:
        """After a start: whatever waits for its time."""
        self.calls.phones.resume()
        self.callbacks.resume_deadlines()
        self.recordings.resume_deadlines()
        self.parking.resume_deadlines()
        self.announcing.resume()
        self.mailboxes.count()
        self.overflowing.resume()
        self.emptying.resume()
        self.typed.forget()
        self.texting.resume()

    def act(self, step: Step, agent: AgentId, command: commands.Command) -> None:
        """Carry out one command about calls.  Raises `RefusedError`."""
        match command:
            case commands.DialNumber():
                self.calls.dial(step, agent, command.number, QueueId(command.queue))
            case commands.Consult():
                self.conferring.consult(step, agent, command)
            case commands.TalkWith():
                self.conferring.talk_with(step, agent, command)
            case commands.CompleteTransfer():
                self.conferring.complete(step, agent, command)
            case commands.DropLeg():
                self.conferring.drop(step, agent, command)
            case commands.SetLegMute():
                self.conferring.mute(step, agent, command)
            case commands.Supervise():
                self.supervising.supervise(step, agent, command)
            case commands.TakeOver():
                self.supervising.take_over(step, agent, command)
            case commands.AskCallback():
                self.callbacks.ask(step, agent, command)
            case ActOnText():
                self.texting.act(step, agent, command)
            case KeepCaption():
                self.typed.caption(step, agent, command)
            case commands.SetRecording():
                self.recordings.set(step, agent, command)
            case commands.SetSecure():
                self.recordings.secure(step, agent, command)
            case _:
                raise RefusedError("The server does not offer this yet.", code="unknown_command")

    def transfer(self, step: Step, agent: AgentId, key: InteractionId, target: str) -> None:
        """Blind transfer: to a queue or an agent, and of a call to a number as well."""
        interaction = mine(step, agent, key)
        if interaction.call is None:
            self.work.transfer(step, agent, key, target)
            return
        number = "".join(sign for sign in target if sign not in "().- /")
        named = (a for a in step.tables.agents.values() if target in (a.id, a.name, a.extension))
        known = next(named, None)
        if NUMBER.fullmatch(number) and known is None:
            self.conferring.send_to_number(step, agent, interaction, number)
            return
        if interaction.state in (interactions.ACTIVE, interactions.HELD):
            self.conferring.may_send(agent, interaction, "queue" if known is None else "agent")
            if known is not None and not open_to(known, interaction.medium, transferred=True):
                raise RefusedError(f"{known.name}: {NOT_RUNG}", code="nobody_rung")
        self.work.transfer(step, agent, key, target)


def telephone(
    hub: Hub,
    work: Work,
    voice: VoiceChannel,
    *,
    recordings: Path,
    pay: TakeDigits = forget,
    wait_s: WaitOf = unknown,
    show_line: ShowLine = unseen,
    show_caption: ShowCaption = unread,
) -> Telephone:
    """Join the rooms."""
    calls = Calls(hub, work, voice)
    Refusals(work, calls)
    mailboxes = Mailboxes(hub, voice, calls)
    return Telephone(
        work=work,
        calls=calls,
        conferring=Conferring(hub, work, voice, calls),
        supervising=Supervising(hub, voice, calls),
        recordings=Recordings(hub, work, voice, calls, folder=recordings, pay=pay),
        callbacks=Callbacks(hub, work, voice, calls),
        voicemail=Voicemail(hub, work, voice, calls, folder=recordings),
        parking=Parking(hub, work),
        announcing=Announcing(hub, voice, calls, wait_s),
        overflowing=Overflowing(hub, work),
        emptying=Emptying(hub, work, voice),
        mailboxes=mailboxes,
        typed=Typed(hub, calls, show=show_caption),
        texting=Texting(hub, work, voice, calls, show=show_line),
    )
