"""Voice: drives an exchange by what the router decided, and tells the router what the callers did.

A call arrives; it is recorded, then answered; its flow plays prompts and gathers keys (`domain.ivr`);
it ends in a queue with music.  When an agent accepts, the exchange rings the agent's phone and bridges.
The router may restart: a snapshot from the exchange says which calls are up, and both sides agree again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Protocol

from agent_desktop.domain import ivr
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.overflow import Admission
from agent_desktop.domain.types import QueueId, SkillId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.speech import SpeechRecogniser
from agent_desktop.ports.telephony import Exchange
from agent_desktop.server.callsup import CallsUp, without_us
from agent_desktop.server.directory import directory_of
from agent_desktop.server.listening import Listening
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)
UNAVAILABLE, NO_FLOW = 503, 404  # SIP
KEY_WITHIN_S = 3600.0  # how long a key may take that a waiting caller was offered


CallNews = (
    wire.LegEnded
    | wire.RecordingChanged
    | wire.MessageTaken
    | wire.KeysPressed
    | wire.TextSaid
    | wire.TextMoved
    | wire.SecureDigits
    | wire.TransferAsked
    | wire.TrunkChanged
    | wire.SwitchReply
)


class VoiceDesk(Protocol):
    """What the router offers to voice.  Futures are done when the record has it."""

    def call_arrived(self, call: wire.SwitchCall) -> Awaitable[None]: ...
    def call_path(self, call: str, words: str, place: ivr.Place) -> None: ...
    def find_out(self, ask: ivr.Ask) -> tuple[bool, dict[str, str]]:
        """What a flow asks: `hours` open or not, a `customer` or an `order` with its values."""
        ...

    def call_back_asked(self, call: str, number: str, queue: QueueId, skills: dict[SkillId, int]) -> None: ...
    def take_message(self, call: str, queue: QueueId) -> None: ...
    def call_sent(self, call: str, number: str) -> None: ...
    def admit(self, queue: QueueId) -> Admission:
        """Where a caller who is sent to a queue waits: there, elsewhere, or nowhere because it is closed."""
        ...

    def key_pressed(self, call: str, digits: str) -> None:
        """A caller who waits pressed a key after `tell_waiting`; none within an hour: empty."""
        ...

    def call_queued(self, call: str, queue: QueueId, skills: dict[SkillId, int]) -> None: ...
    def call_moved(self, call: wire.SwitchCall) -> None: ...
    def agent_leg_failed(self, call: str, extension: str, detail: str) -> None: ...
    def agent_leg_ended(self, call: str, extension: str, by: str) -> None: ...
    def agent_dialled(self, call: wire.SwitchCall) -> None: ...
    def call_ended(self, call: wire.SwitchCall) -> None: ...
    def told(self, event: CallNews) -> None:
        """What happened in a call that is up."""
        ...

    def extension_registered(self, extension: str, *, registered: bool) -> None: ...
    def known_calls(self) -> Iterable[str]:
        """The switch's ids of all calls that the record believes to be up."""
        ...

    def waiting_calls(self) -> Iterable[str]:
        """Of those, the ones that wait for an agent."""
        ...

    def unplaced_calls(self) -> Iterable[tuple[str, str, ivr.Place | None]]:
        """Of those, the ones still in their flow: (call, number dialled, where it stands)."""
        ...


class VoiceChannel:
    """The router's side of telephony."""

    def __init__(
        self,
        exchange: Exchange,
        centre: Centre,
        extensions: tuple[wire.Extension, ...],
        speech: SpeechRecogniser | None = None,
    ) -> None:
        self._exchange = exchange
        self._centre = centre
        self._extensions = extensions
        self.tls = ""  # where the exchange takes phones over TLS, as it said
        self.fingerprint = ""
        self.moved: Callable[[], None] = lambda: None
        self._places: dict[str, ivr.Place] = {}
        self._plays: dict[str, tuple[str, ivr.Effect]] = {}
        self._speaking: set[str] = set()  # calls that hear words now
        self._listening = Listening(speech)
        self._play_number = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.up = CallsUp()
        self._desk: VoiceDesk | None = None

    async def start(self, desk: VoiceDesk) -> None:
        """Attach to the exchange."""
        self._desk = desk
        await self._exchange.attach(self.on_event)

    async def stop(self, *, shutdown: bool) -> None:
        """Leave the exchange."""
        for task in self._tasks:
            task.cancel()
        await self._exchange.detach(shutdown=shutdown)

    # --- what the router asks ---------------------------------------------------------------------

    def connect(
        self, call: str, *, extension: str, interaction: str, timeout_s: float, number: str, name: str
    ) -> None:
        """Ring an agent's phone and bridge."""
        self._exchange.ask(
            wire.ConnectAgent(
                call=call,
                extension=extension,
                interaction=interaction,
                timeout_s=timeout_s,
                from_number=number,
                from_name=name,
            )
        )

    def order(self, command: wire.AnySwitchCommand) -> None:
        """Ask the exchange for something in a call that is up."""
        self._exchange.ask(command)

    def hang_up(self, call: str, by: str) -> None:
        """End the call."""
        self._exchange.ask(wire.HangUpCall(call=call, by=by))

    def speaks_to(self, call: str) -> bool:
        """Whether a call hears words now."""
        return call in self._speaking

    def tell_waiting(self, call: str, say: tuple[ivr.Say, ...], *, key: bool) -> None:
        """Say something to somebody who waits, then music; with `key` a key is taken until the next words."""
        menu = ivr.PlayMenu(say=say, collect=key, wait_s=KEY_WITHIN_S, barge_in=False)
        self._play(call, menu, say, music=True, menu=menu if key else None)

    def say_good_bye(self, call: str, say: tuple[ivr.Say, ...], *, number: str, queue: QueueId) -> None:
        """Say something to somebody who will be called back, then hang up."""
        self._play(call, ivr.CallBack(number=number, queue=queue, skills={}, say=say), say)

    def caller_id(self, queue: QueueId) -> str:
        """What the called sees: the queue's number, else the centre's first."""
        known = self._centre.queues.get(queue)
        first = self._centre.numbers[0].number if self._centre.numbers else ""
        return (known.caller_id if known else "") or first

    # --- what the exchange tells ------------------------------------------------------------------

    def on_event(self, event: wire.AnySwitchEvent) -> None:
        """Take one event, in order."""
        self.up.told(event)
        desk = self._desk
        if desk is None:
            return
        match event:
            case wire.SwitchSnapshot():
                self._reconcile(event, desk)
            case wire.CallArrived(call=call):
                self._spawn(self._arrived(call, desk))
            case wire.CallChanged(call=call):
                desk.call_moved(call)
            case wire.PlayEnded():
                self._played(event, desk)
            case wire.DigitsCollected():
                self._pressed(event, desk)
            case wire.AgentLegFailed():
                desk.agent_leg_failed(event.call, event.extension, event.detail)
            case wire.AgentLegEnded():
                desk.agent_leg_ended(event.call, event.extension, event.by)
            case wire.AgentDialled(call=call):
                desk.agent_dialled(call)
            case wire.CallEnded(call=call):
                self._places.pop(call.id, None)
                self._plays.pop(call.id, None)
                self._hush(call.id)
                desk.call_ended(call)
            case wire.ExtensionRegistered():
                desk.extension_registered(event.extension, registered=event.registered)
            case wire.SwitchReply():
                if not event.ok:
                    log.warning("the exchange refused: %s", event.message)
                    desk.told(event)
            case _:
                desk.told(event)

    def _reconcile(self, snapshot: wire.SwitchSnapshot, desk: VoiceDesk) -> None:
        """After a start or a lost link: the exchange says which calls there are."""
        self._exchange.ask(directory_of(self._centre, self._extensions))
        before, now = (self.tls, self.fingerprint), (snapshot.tls, snapshot.fingerprint)
        self.tls, self.fingerprint = now
        if before != now:
            self.moved()
        for trunk, state in snapshot.trunks:
            desk.told(wire.TrunkChanged(trunk=trunk, state=state))
        # An exchange that was started again knows none of the phones until they register anew.
        for known_phone in self._extensions:
            name = known_phone.extension
            desk.extension_registered(name, registered=name in snapshot.registered)
        for said in snapshot.said:  # before their calls are found to be over
            desk.told(said)
        up = {call.id: call for call in snapshot.calls if call.state != "ended"}
        for known in list(desk.known_calls()):
            if known not in up:
                desk.call_ended(wire.SwitchCall(id=known, state="ended", ended_by="network"))
        known_calls = set(desk.known_calls())
        for call in up.values():
            if call.id in known_calls:
                desk.call_moved(call)
            elif call.direction == "in" and not without_us(call):
                self._spawn(self._arrived(call, desk))
            elif call.direction == "out":
                desk.agent_dialled(call)
        for waiting in desk.waiting_calls():
            self._music(waiting)
        for unplaced, number, place in list(desk.unplaced_calls()):
            if unplaced in self._places:
                continue
            if place is not None and place.flow in self._centre.flows:  # say again what was heard last
                self._follow(unplaced, ivr.resume(self._centre.flows[place.flow], place), desk)
            elif self._flow(number) is not None:
                self._begin(unplaced, number, desk)
            else:  # the configuration no longer has its flow nor its number: a person takes it
                desk.call_queued(unplaced, QueueId(""), {})
                self._music(unplaced)

    async def _arrived(self, call: wire.SwitchCall, desk: VoiceDesk) -> None:
        if self._flow(call.to_number) is None:
            self._exchange.ask(wire.RefuseCall(call=call.id, status=NO_FLOW))
            return
        try:
            await desk.call_arrived(call)
        except AgentDesktopError:
            log.exception("a call could not be recorded and is refused")
            self._exchange.ask(wire.RefuseCall(call=call.id, status=UNAVAILABLE))
            return
        self._exchange.ask(wire.AnswerCall(call=call.id))
        self._begin(call.id, call.to_number, desk, call.from_number)

    def _begin(self, call: str, number: str, desk: VoiceDesk, caller: str = "") -> None:
        flow = self._flow(number)
        if flow is not None:
            self._follow(call, ivr.begin(flow, caller), desk)

    def _pressed(self, event: wire.DigitsCollected, desk: VoiceDesk) -> None:
        if self._playing(event.call, event.play) is None:
            return
        place = self._places.get(event.call)
        if place is None:
            desk.key_pressed(event.call, event.digits)
        else:
            self._follow(event.call, ivr.pressed(self._centre.flows[place.flow], place, event.digits), desk)

    def _played(self, event: wire.PlayEnded, desk: VoiceDesk) -> None:
        effect, place = self._playing(event.call, event.play), self._places.get(event.call)
        if effect is None:
            return
        self._speaking.discard(event.call)
        match effect:
            case ivr.GoodBye():
                self.hang_up(event.call, "system")
            case ivr.CallBack() if event.call in desk.waiting_calls():  # not when an agent was quicker
                self.hang_up(event.call, "customer")  # who chose to be called: not an abandon
            case ivr.Speak() if place is not None:
                self._follow(event.call, ivr.spoken(self._centre.flows[place.flow], place), desk)
            case ivr.LeaveMessage(queue=queue):
                desk.take_message(event.call, queue)
            case ivr.SendTo(number=number):
                desk.call_sent(event.call, number)
            case _:
                pass

    def _playing(self, call: str, play: str) -> ivr.Effect | None:
        """What a call plays, if this is what it plays now."""
        playing = self._plays.get(call)
        return playing[1] if playing is not None and playing[0] == play else None

    def _follow(self, call: str, taken: ivr.Taken, desk: VoiceDesk) -> None:
        while isinstance(taken.effect, ivr.Ask):
            desk.call_path(call, taken.words, taken.place)
            flow, ask = self._centre.flows[taken.place.flow], taken.effect
            found, values = desk.find_out(ask)
            taken = ivr.answered(flow, taken.place, found=found, values=values)
        self._places[call] = taken.place
        desk.call_path(call, taken.words, taken.place)
        match taken.effect:
            case ivr.PlayMenu() as menu:
                self._play(call, menu, menu.say, menu=menu)
                self._listen(call, menu, taken.place.language or menu.say[0].language)
            case ivr.PutInQueue() as put:
                self._put(call, put, taken.place, desk)
            case ivr.CallBack() as back:
                self._places.pop(call, None)
                desk.call_back_asked(call, back.number, back.queue, back.skills)
                self._play(call, back, back.say)
            case other:
                self._play(call, other, other.say)

    def _listen(self, call: str, menu: ivr.PlayMenu, language: str) -> None:
        """A choice that is said counts as its key."""
        play = self._plays[call][0]
        self._listening.begin(
            call,
            menu.phrases,
            language,
            lambda key: self.on_event(wire.DigitsCollected(call=call, play=play, digits=key)),
        )

    def _put(self, call: str, put: ivr.PutInQueue, place: ivr.Place, desk: VoiceDesk) -> None:
        """Let the caller wait, or say that the queue is closed."""
        found = desk.admit(put.queue)
        for words in found.path:
            desk.call_path(call, words, place)
        if not found.closed:
            self._places.pop(call, None)
            desk.call_queued(call, found.queue, put.skills)
            self._play(call, put, put.say, music=True)
            return
        self.turn_away(call, found.queue, place.language, place.variables)

    def turn_away(self, call: str, queue: QueueId, language: str, variables: Mapping[str, str]) -> None:
        """Say that nobody can wait there; then a message may be left, or the call ends."""
        rules = self._centre.queues[queue]
        say = tuple(ivr.rendered(words, language, variables) for words in rules.closed_say)
        box = rules.closed_voicemail
        self._play(call, ivr.LeaveMessage(queue=box, say=say) if box else ivr.GoodBye(say=say), say)

    def _play(
        self,
        call: str,
        effect: ivr.Effect,
        say: tuple[ivr.Say, ...],
        *,
        music: bool = False,
        menu: ivr.PlayMenu | None = None,
    ) -> None:
        self._play_number += 1
        play = f"p{self._play_number}"
        self._plays[call] = (play, effect)
        self._hush(call)
        if say:
            self._speaking.add(call)
        prompts = tuple(wire.Prompt(file=s.file, text=s.text, language=s.language) for s in say)
        # Words that ask for nothing listen for "0" all the same: it always reaches a person (H1).
        listens = menu is not None or isinstance(effect, ivr.Speak)
        asked = menu or ivr.PlayMenu(say=(), collect=False)
        self._exchange.ask(
            wire.Play(
                call=call,
                play=play,
                prompts=prompts,
                then_music=music,
                collect=asked.most if listens else 0,
                collect_s=asked.wait_s,
                end_key=asked.end_key,
                barge_in=asked.barge_in,
                awaits=menu is not None,
            )
        )

    def _hush(self, call: str) -> None:
        """Whatever the call heard, or was listened to for, is over."""
        self._speaking.discard(call)
        self._listening.end(call)

    def _music(self, call: str) -> None:
        self._hush(call)
        self._exchange.ask(wire.Play(call=call, play="music", then_music=True))

    def _flow(self, number: str) -> ivr.Flow | None:
        row = next((n for n in self._centre.numbers if n.number == number), None)
        return self._centre.flows.get(row.flow) if row else None

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
