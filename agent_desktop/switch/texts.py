"""What is typed in the calls of this switch: found, passed on, told to the router line by line.

A customer who types, in real-time text or by textphone, is found by the first signs.  What a leg types
goes to those who read it (`reading`), each in its own way: letters as letters, as tones to a textphone;
between two textphones the tones themselves pass, and are only read here.  An agent's phone without
real-time text gets no tones before a textphone was found there: an ear is no reader, and what waits for
one is kept.  A line ends when others read its writer than before (`audience`).

Rules: all methods belong to the signalling thread; each finished line is told once (`said`); a line of a
textphone waits a moment or for the end of its turn, because the modem may read it better; while keys are
waited for, the digits at the beginning of the customer's line are keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from agent_desktop.errors import RefusedError
from agent_desktop.media.text_leg import FAR
from agent_desktop.media.text_news import LegLine, TextNews
from agent_desktop.media.tty_reading import gives_the_turn
from agent_desktop.switch import audience, reading
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.lining import Lining
from agent_desktop.switch.outside import Surroundings
from agent_desktop.switch.said import SYSTEM, Said
from agent_desktop.switch.text_desk import OnText, carrier_of
from agent_desktop.switch.typist import RTT, TTY, Typist

BRIDGED: Final = "bridged"  # as whom we write what others typed
ASK, ASKED = "ask", "asked"
READ_BETTER_S: Final = 2.0
_MOST_HELD: Final = 10_000
_LAST: Final = 8
_REMEMBERED: Final = 64  # lines; erasing reaches fewer
_MOST_WAIT: Final = 24  # lines that are not told yet
SECURE_WORDS: Final = "What is typed now is not kept: card data is given."


class Texts:
    """Every leg that can be typed at or to."""

    def __init__(
        self, around: Surroundings, *, changed: Callable[[Call], None], route: Callable[[Call], None]
    ) -> None:
        self._around = around
        self._changed = changed
        self._route = route
        self._typists: dict[str, Typist] = {}
        self.said = Said(around)
        self.line = Lining(around)
        self.pressed: Callable[[Call, Leg, str], None] = lambda _call, _leg, _digit: None
        """Takes a key that the customer typed."""
        self.came: Callable[[Call], None] = lambda _call: None
        """Told when a textphone was found that nobody expected."""
        self.line_ended: Callable[[Call], None] = lambda _call: None
        """Told when the customer has finished a line of keys."""
        self.moved_on: Callable[[Typist], None] = lambda _typist: None
        """Told of each new state of a customer's text."""

    # -- legs -------------------------------------------------------------------------------------------

    def begins(self, call: Call, leg: Leg) -> OnText:
        """What the desk is to tell of this leg's text."""
        typist = self._typists[leg.name] = Typist(call, leg)
        return partial(self._news, typist)

    def began(self, call: Call, leg: Leg) -> None:
        """The leg has its ports."""
        texts = self._around.desk.texts
        if leg is call.customer or call.text:
            texts.read_tones(leg.name)
        if leg is call.customer and call.expects == TTY and (text := texts.of(leg.name)) is not None:
            text.announce()

    def leaves(self, leg: Leg) -> None:
        """The leg is about to belong to another call: what it typed here is told as it stands, here."""
        typist = self._typists.get(leg.name)
        if typist is not None:
            self._stand(typist)
            self._tell_waiting(typist)
            self._gone(typist)

    def moved(self, call: Call, leg: Leg) -> None:
        """The leg belongs to another call now."""
        typist = self._typists.get(leg.name)
        if typist is not None:
            typist.call = call
            typist.reader = reading.Reader(is_cut=typist.reader.in_line)
            self.said.silence(call, leg, typist.open[0])
            typist.trail.close()
            typist.marks.close()
            self._finish(typist)

    def expect(self, call: Call, carrier: str) -> None:
        """The router says that the customer types, or is to be asked."""
        call.expects = carrier
        leg = call.customer
        if carrier == TTY:
            if leg is not None and (text := self._around.desk.texts.of(leg.name)) is not None:
                text.announce()
            call.prints = call.prints or leg is None or not leg.up
            self._found(call, TTY)

    @staticmethod
    def is_typed(call: Call) -> bool:
        """The customer types, or may: real-time text was agreed on."""
        customer = call.customer
        return bool(call.text) or (customer is not None and carrier_of(customer.agreement) == RTT)

    def typist(self, leg: Leg | None) -> Typist | None:
        """What is known of a leg as a typist."""
        return self._typists.get(leg.name) if leg is not None else None

    def follow(self, call: Call) -> None:
        """Who hears whom has changed, or whether the call is secure."""
        mine = [typist for typist in self._typists.values() if typist.call is call]
        turned = self.said.secure(call)
        if turned:
            self._freeze(call, mine)
        if turned and call.secure and call.text:
            self.said.own(call, SECURE_WORDS, call.text)
        for typist in mine:
            self._spare(typist, mine)
            before, typist.to = typist.to, self._audience(typist)
            if not turned and typist.open[1] and before.changes(typist.to):
                self._finish(typist)

    def _freeze(self, call: Call, mine: list[Typist]) -> None:
        """Card data begins or ends: what stands here is told as it stands, and then stays so."""
        for typist in mine if call.secure else ():
            self._stand(typist)
        for typist in mine:
            self._tell_waiting(typist)
            self._finish(typist)

    @staticmethod
    def _stand(typist: Typist) -> None:
        """The line that is open is to be told as if it ended here."""
        if (line := typist.last.get(typist.open[0])) is not None and line.text:
            typist.waits[line.number] = line

    @staticmethod
    def _audience(typist: Typist) -> audience.Audience:
        now = audience.audience(typist.call, typist.leg, reading.readers(typist.call, typist.leg))
        return typist.to if now == typist.to else now

    # -- news of a leg ----------------------------------------------------------------------------------

    def _news(self, typist: Typist, news: TextNews | None) -> None:
        if news is None:
            self._over(typist)
            return
        call, leg = typist.call, typist.leg
        carriers_before = typist.state.carrier
        typist.state = news.state
        typist.has_typed = typist.has_typed or bool(news.heard)
        if carriers_before != news.state.carrier or news.found:
            self._settle(typist, found=news.found)
        self.said.seen(call, leg, news.lines)
        if leg is call.customer and typist.is_textphone and news.heard and not call.prints:
            call.prints = True
            self._route(call)
        typist.to = self._audience(typist)
        if news.heard:
            self._end_others(typist)
        self._pass_on(typist, news)
        if leg is call.customer:
            self._keys(typist, news.lines)
        self._lines(typist, news)
        if leg is call.customer:
            self.line.moved(call, news.state)
            self.moved_on(typist)

    def _over(self, typist: Typist) -> None:
        self._tell_waiting(typist)
        self._typists.pop(typist.leg.name, None)
        self._gone(typist)
        self.ended(typist.call)

    def _gone(self, typist: Typist) -> None:
        for other in self._typists.values():
            if other.call is typist.call:
                other.reader.left(typist.leg.name)

    def ended(self, call: Call) -> None:
        """The call may be over; the last lines come with the end of its legs."""
        if call.ended_at and not any(one.call is call for one in self._typists.values()):
            self.said.ended(call)
            self.line.over(call)

    def act(self, call: Call, act: str) -> None:
        """Interrupt the customer's textphone, or read its turn again."""
        leg = call.customer
        text = self._around.desk.texts.of(leg.name) if leg is not None else None
        if text is None or act not in {"interrupt", "fix_shift"}:
            raise RefusedError("There is no textphone in this call.", code="no_tty")
        if act == "interrupt":
            text.interrupt()
        else:
            text.fix_shift()

    def _settle(self, typist: Typist, *, found: bool) -> None:
        """What carries the leg's text is known, or somebody there has typed."""
        call, leg, carrier = typist.call, typist.leg, typist.state.carrier
        if leg is call.customer and carrier:
            asked_for = call.expects == RTT and carrier == RTT
            better = call.text == TTY and carrier == RTT
            if found or asked_for or better:
                self._found(call, carrier)
        if typist.held and (typist.is_textphone or carrier == RTT):
            held, typist.held = typist.held, ""
            self._write(typist, held)
        if found and leg is not call.customer:
            self._route(call)
        mine = [one for one in self._typists.values() if one.call is call]
        for one in mine:
            self._spare(one, mine)

    def _found(self, call: Call, carrier: str) -> None:
        if call.text == carrier:
            return
        call.text = carrier
        for leg in call.legs:
            if leg.side is not Side.SUPERVISOR:
                self._around.desk.texts.read_tones(leg.name)
        self._route(call)
        self._changed(call)
        if carrier == TTY and call.expects != TTY:
            self.came(call)

    def _spare(self, typist: Typist, mine: list[Typist]) -> None:
        """Tones are for the ear of those alone whose machine reads them."""
        others = [one for one in mine if one is not typist and one.leg.up]
        read_here = bool(others) and all(carrier_of(one.leg.agreement) == RTT for one in others)
        self._around.desk.spare(typist.leg.name, on=typist.is_textphone and read_here)

    # -- passing on -------------------------------------------------------------------------------------

    def _end_others(self, typist: Typist) -> None:
        """Who has stopped has said a line, now that somebody else types: lines keep the order of the talk."""
        for one in self._typists.values():
            if one.call is typist.call and one is not typist and one.open[1] and not one.state.is_typing:
                self._finish(one)

    def _finish(self, typist: Typist) -> None:
        if (text := self._around.desk.texts.of(typist.leg.name)) is not None:
            text.finish_lines()

    def _pass_on(self, typist: Typist, news: TextNews) -> None:
        for line in news.lines:
            if line.speaker == FAR and line.number >= typist.open[0]:
                typist.open = audience.NOTHING if line.is_finished else (line.number, line.text)
        if news.heard:
            readers = self._readers(typist)
            before = [typist.trail.standing(one.leg.name) for one in readers]
            signs = typist.trail.typed(news.heard, typist.to)
            for reader, stood in zip(readers, before, strict=True):
                name = reader.leg.name
                heard = "".join(sign for sign, to in signs if to.lets(name))
                text = reader.reader.typed(typist.leg.name, heard, stood, typist.trail.standing(name))
                if text:
                    self._write(reader, text)
        if not typist.open[1]:
            typist.trail.end()
        if typist.state.carrier == RTT and typist.call.text == TTY and gives_the_turn(typist.open[1].upper()):
            self._finish(typist)

    def _readers(self, typist: Typist) -> list[Typist]:
        """Who is to be written to; where there are no letters a textphone's tones pass."""
        legs = reading.readers(typist.call, typist.leg)
        found = [one for leg in legs if (one := self._typists.get(leg.name)) is not None]
        return [one for one in found if not typist.is_textphone or one.state.carrier == RTT]

    def _write(self, reader: Typist, text: str) -> None:
        desk = self._around.desk.texts.of(reader.leg.name)
        if desk is None:
            return
        if reader.leg is not reader.call.customer and reader.state.carrier != RTT and not reader.is_textphone:
            reader.held = (reader.held + text)[-_MOST_HELD:]
        else:
            desk.write(text, BRIDGED)

    def _end_for_readers(self, typist: Typist, line: LegLine) -> None:
        """A line is finished: those who get whole lines get it now."""
        if line.number in typist.ended:
            return
        typist.ended[line.number] = None
        for old in list(typist.ended)[:-_REMEMBERED]:
            del typist.ended[old]
        readers = self._readers(typist)
        name, leg = reading.name_of(typist.leg), typist.leg.name
        for reader in self._typists.values():
            if reader in readers:
                stands = typist.marks.standing(line.number, reader.leg.name)
                text = reader.reader.finished(leg, name, stands, is_turn=typist.state.carrier == TTY)
                if text:
                    self._write(reader, text)
            elif reader is not typist:
                reader.reader.missed(leg)

    # -- lines ------------------------------------------------------------------------------------------

    def _lines(self, typist: Typist, news: TextNews) -> None:
        call, leg = typist.call, typist.leg
        for line in news.lines:
            if line.speaker == SYSTEM and leg is call.customer:
                if line.is_finished:
                    self.said.line(call, leg, line)
            elif line.speaker == FAR:
                typist.marks.seen(line, typist.to)
                typist.last[line.number] = line
                for old in list(typist.last)[:-_LAST]:
                    del typist.last[old]
                typist.waits.pop(line.number, None)
                if line.is_finished and line.text:
                    self._end_for_readers(typist, line)
                    self._wait(typist, line)
        if news.passed is not None:
            self._tell_waiting(typist)

    def _wait(self, typist: Typist, line: LegLine) -> None:
        """Tell a line when it is sure, and when those are over that others are in, or after a moment."""
        others = [one for one in self._typists.values() if one.call is typist.call and one is not typist]
        wait_s = READ_BETTER_S if line.carrier == TTY or any(one.open[1] for one in others) else 0.0
        if not typist.waits and wait_s:
            self._around.later(wait_s, partial(self._tell_waiting, typist))
        typist.waits[line.number] = line
        if not wait_s or len(typist.waits) >= _MOST_WAIT:
            self._tell_waiting(typist)

    def _tell_waiting(self, typist: Typist) -> None:
        """Everything of the call that waits, in the order in which it was begun."""
        if not typist.waits:
            return
        mine = [one for one in self._typists.values() if one.call is typist.call]
        waits = sorted(
            ((line, one) for one in mine for line in one.waits.values()), key=lambda each: each[0].began_s
        )
        for one in mine:
            one.waits = {}
        for line, one in waits:
            machines = [other for other in mine if other is not one and other.is_textphone]
            if one.is_textphone and any(
                reading.is_echo(line, of) for m in machines for of in m.last.values()
            ):
                continue
            self.said.line(one.call, one.leg, line, one.marks.parts(line))

    # -- keys -------------------------------------------------------------------------------------------

    def _keys(self, typist: Typist, lines: tuple[LegLine, ...]) -> None:
        """The digits at the beginning of a line are keys, while keys are waited for."""
        call = typist.call
        for line in lines:
            if line.speaker != FAR:
                continue
            digits = reading.keys_in(line.text)
            new = digits[typist.keys.get(line.number, 0) :]
            typist.keys[line.number] = max(len(digits), typist.keys.get(line.number, 0))
            for old in list(typist.keys)[:-_REMEMBERED]:
                del typist.keys[old]
            for digit in new:
                if call.collection is not None or call.secret is not None:
                    self.pressed(call, typist.leg, digit)
                    if call.collection is None and call.secret is None:
                        self._finish(typist)  # that was the answer
            if line.is_finished and digits and line.number not in typist.ended:
                self.line_ended(call)
