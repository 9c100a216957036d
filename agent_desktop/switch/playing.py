"""Prompts and touch-tones of one call: what `Play`, `StopPlay` and pressed keys do.

Making the sound of words may take a moment (another thread speaks them); what was asked for last counts,
so a later `Play` makes an earlier one that is still being made void.  A key pressed during a prompt ends
the prompt and is the first digit.  To who types the words are typed (`telling`): a prompt is then pieces of
tones and of sound, one after the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from agent_desktop.media.pcm import Pcm
from agent_desktop.switch.calls import Call, Collection
from agent_desktop.switch.outside import Surroundings, Timer
from agent_desktop.switch.telling import Piece, Telling
from agent_desktop.switch.treatments import Prompts
from agent_desktop.wire.switch import DigitsCollected, Play, PlayEnded

log = logging.getLogger(__name__)


class Playing:
    """Plays to calls and gathers their digits; `route` tells the mixer who hears whom after a change."""

    def __init__(self, around: Surroundings, route: Callable[[Call], None], telling: Telling) -> None:
        self._around = around
        self._route = route
        self._telling = telling
        self._rest: dict[str, list[Piece]] = {}
        self._said: dict[str, tuple[Play, list[Pcm]]] = {}
        """What each call is told now, or was told and is to answer."""
        self._heard: dict[str, Prompts] = {}
        self._timers: dict[str, Timer] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def source(self, call: Call) -> str | None:
        """The source of the prompts that the caller hears now."""
        return f"{call.id}/prompts" if call.id in self._heard else None

    def play(self, call: Call, command: Play) -> None:
        waits = call.music and not call.play and not call.bridged
        self.stop(call)
        call.play, call.music = command.play, command.then_music
        call.ducked = waits and command.then_music
        if command.collect > 0:
            call.collection = Collection(
                command.play,
                command.collect,
                command.collect_s,
                end_key=command.end_key,
                barge_in=command.barge_in,
            )
        self._route(call)
        task = asyncio.get_running_loop().create_task(self._make(call, command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self, call: Call) -> None:
        """Silence, and no digits are waited for any more."""
        call.play, call.collection, call.ducked = "", None, False
        self._rest.pop(call.id, None)
        self._said.pop(call.id, None)
        self._telling.stop(call)
        self._drop(call)
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()

    def pressed(self, call: Call, digit: str) -> None:
        """The customer pressed a key."""
        collection = call.collection
        if collection is None:
            return
        if collection.barge_in:
            self._skip(call)
        if call.collection is not collection:
            return
        if digit == collection.end_key:
            self._collected(call, collection)
            return
        collection.digits += digit
        if len(collection.digits) >= collection.wanted:
            self._collected(call, collection)
        elif call.id in self._timers:
            self._wait(call, collection)

    async def _make(self, call: Call, command: Play) -> None:
        try:
            sounds = await self._around.speaking.sound_of(command.prompts)
        except Exception:  # whatever it was: the flow must go on, the caller must not wait for ever
            log.exception("prompts could not be made", extra={"call": call.id})
            sounds = []
        self._begin(call, command, sounds)

    def _begin(self, call: Call, command: Play, sounds: list[Pcm]) -> None:
        if call.play != command.play or call.ended_at:
            return
        if (command.collect and call.collection is None) or not sounds:
            self._over(call, command.play)  # a key was pressed already, or there is nothing to say
            return
        self._rest[call.id] = self._telling.pieces(call, command, sounds)
        self._said[call.id] = (command, sounds)
        self._next(call, command.play)
        if call.collection is not None and call.collection.digits and command.barge_in:
            self._skip(call)

    def again(self, call: Call) -> None:
        """The caller has a textphone and heard nothing: what was just spoken is typed from its beginning."""
        command, sounds = self._said.get(call.id, (None, []))
        if command is None:
            return
        collection = call.collection
        is_awaited = collection is not None and collection.play == command.play and not collection.digits
        if call.play != command.play and not is_awaited:
            return
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()
        self._telling.stop(call)
        call.play = command.play
        self._begin(call, command, sounds)

    def _skip(self, call: Call) -> None:
        """A key was pressed: no more words."""
        self._rest.pop(call.id, None)
        prompts = self._heard.get(call.id)
        if prompts is not None:
            prompts.skip()
        elif self._telling.stop(call):
            self._over(call, call.play)

    def _next(self, call: Call, play: str) -> None:
        """Type or play what comes next."""
        if call.play != play or call.ended_at:
            return
        self._drop(call)
        rest = self._rest.get(call.id)
        if not rest:
            self._over(call, play)
            return
        piece = rest.pop(0)
        if isinstance(piece, str):
            self._telling.type(call, piece, partial(self._next, call, play))
        else:
            prompts = Prompts(piece, partial(self._around.soon, partial(self._next, call, play)))
            self._heard[call.id] = prompts
            self._around.desk.add_source(f"{call.id}/prompts", prompts)
        self._route(call)

    def _over(self, call: Call, play: str) -> None:
        """The last prompt was heard."""
        if call.play != play or call.ended_at:
            return
        call.play, call.ducked = "", False
        self._rest.pop(call.id, None)
        self._drop(call)
        self._route(call)
        self._around.emit(PlayEnded(call=call.id, play=play))
        if call.collection is not None:
            self._wait(call, call.collection)

    def _wait(self, call: Call, collection: Collection) -> None:
        before = self._timers.pop(call.id, None)
        if before is not None:
            before.cancel()
        wait_s = self._telling.wait_s(call, collection.wait_s)
        self._timers[call.id] = self._around.later(wait_s, partial(self._late, call, collection))

    def _late(self, call: Call, collection: Collection) -> None:
        """Nothing more came in time; who is typing just now is let finish."""
        if call.collection is collection and self._telling.is_answering(call):
            self._wait(call, collection)
        else:
            self._collected(call, collection)

    def line_ended(self, call: Call) -> None:
        """A line of typed keys is finished: no more will come, where keys have an end."""
        collection = call.collection
        if collection is not None and collection.digits and collection.end_key:
            self._collected(call, collection)

    def _collected(self, call: Call, collection: Collection) -> None:
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()
        if call.collection is not collection:
            return
        call.collection = None
        self._around.emit(DigitsCollected(call=call.id, play=collection.play, digits=collection.digits))

    def _drop(self, call: Call) -> None:
        if self._heard.pop(call.id, None) is not None:
            self._around.desk.remove_source(f"{call.id}/prompts")
