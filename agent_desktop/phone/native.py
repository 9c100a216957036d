"""The native engine: our own SIP stack and sound thread.

Signing in and the network are in `signing`, transfers in `referrals`; here are the calls.

Rules: calls are taken from the registrar's host alone (CVE-2021-37624, CVE-2025-47779: whoever reaches a
phone's port must not make it ring); digits are sent to their end before a hold; a call that the agent's
offer names is marked by the `X-Interaction` header of its INVITE; a call that takes the place of one of ours
(RFC 3891) keeps its name, so that the agent goes on talking.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from agent_desktop.errors import AgentDesktopError, ConfigError, IllegalStepError, RefusedError
from agent_desktop.media.udp import NoPortError
from agent_desktop.phone.callmedia import CallMedia
from agent_desktop.phone.declared import declared
from agent_desktop.phone.engine import (
    Arrived,
    CameUp,
    DigitHeard,
    Gone,
    HoldChanged,
    News,
    RingsThere,
    SoundAgreed,
)
from agent_desktop.phone.reasons import ended_words, words_for
from agent_desktop.phone.referrals import Referral, Referrals
from agent_desktop.phone.signing import Signing
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.station import Station, referred_to, target_of
from agent_desktop.phone.textoffers import TextOffer, TextOffers
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import Agreement, Direction, LocalMedia
from agent_desktop.sip.uri import Uri
from agent_desktop.voice.offer import other_way
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

INTERACTION: Final = "X-Interaction"
KIND: Final = "X-Leg-Kind"
TEXT: Final = "X-Text"
TEXTPHONE: Final = "tty"
"""The exchange knows that the caller types on a textphone."""
MAX_CALLS: Final = 4
_DIGIT_POLL_S: Final = 0.02
_DIGIT_PATIENCE_S: Final = 10.0
_BY: Final = {
    sip.EndedBy.LOCAL: "agent",
    sip.EndedBy.REMOTE: "remote",
    sip.EndedBy.CANCELLED: "remote",
    sip.EndedBy.REFUSED: "remote",
    sip.EndedBy.TIMED_OUT: "network",
    sip.EndedBy.FAILED: "network",
}


@dataclass(slots=True, eq=False)
class Line:
    """One call here: the name that the table gave it, and its leg."""

    name: str
    station: Station
    leg: LegId
    media: LocalMedia
    is_incoming: bool
    target: Uri | None = None
    """Whom the agent called."""
    interaction: str = ""
    is_offered_again: bool = False
    holds: bool = False
    wants_hold: bool | None = None
    told: SoundAgreed | None = None
    referral: Referral | None = None
    text: TextOffer = field(default_factory=TextOffer)


class NativeEngine:
    """See `engine.Engine`.  Lives on the event loop."""

    name = "native"
    capabilities = declared()

    def __init__(self, sound: Sound, report: Callable[[News], None], *, ca_file: str = "") -> None:
        self._sound = sound
        self._report = report
        self._signing = Signing(report, self._on_event, self._moved)
        self._signing.ca_file = ca_file
        self._calls: dict[str, Line] = {}
        self._legs: dict[tuple[int, LegId], Line] = {}
        self._media = CallMedia(sound)
        self._texts = TextOffers(self._media)
        self._referrals = Referrals(self)

    async def use(self, account: PhoneAccount | None) -> None:
        """Register with an account, or sign off."""
        await self._signing.use(account)

    # ------------------------------------------------------------ commands

    def dial(self, call: str, target: str, interaction: str) -> None:
        """Call a number, an extension or a SIP address through the registrar."""
        station = self._signing.station
        if station is None or station.registration is None:
            raise RefusedError("The phone is not signed in at the telephone server.", code="not_registered")
        if len(self._calls) >= MAX_CALLS:
            raise RefusedError("There are too many calls at this phone; end one first.", code="too_many")
        uri = target_of(target, station.account)
        media = self._media.open(call, station, partial(self._digit, call), uri)
        leg = _invited(station, uri, media, interaction)
        self._keep(Line(call, station, leg, media, is_incoming=False, target=uri, interaction=interaction))
        station.transport.flush()

    def _offered_otherwise(self, line: Line, event: sip.Ended) -> bool:
        """Who takes no text, or sound only encrypted or only in the clear, is called as they want it."""
        refused = event.by is sip.EndedBy.REFUSED and not line.is_offered_again
        if not refused or line.target is None:
            return False
        media = other_way(line.media, event.status, secrets.token_bytes)
        if media is None:
            return False
        del self._legs[id(line.station), line.leg]
        line.is_offered_again = line.media.text is None  # else the encryption is still as it was
        line.media = media
        line.leg = _invited(line.station, line.target, media, line.interaction)
        self._keep(line)
        return True

    def answer(self, call: str) -> None:
        """Pick up."""
        line = self.line(call)
        agent, now = line.station.transport.agent, line.station.transport.now()
        self._configure(line, agent.answer(line.leg, line.media, now))
        self._report(CameUp(call))
        line.station.transport.flush()

    def reject(self, call: str, status: int) -> None:
        line = self.line(call)
        line.station.transport.agent.reject(line.leg, line.station.transport.now(), status)
        line.station.transport.flush()

    def hang_up(self, call: str) -> None:
        line = self.line(call)
        line.station.transport.agent.hang_up(line.leg, line.station.transport.now())
        line.station.transport.flush()

    def hold(self, call: str, *, on: bool) -> None:
        """Hold or resume, after the last digit has gone out (T6)."""
        line = self.line(call)
        if not line.station.transport.agent.is_up(line.leg):
            raise IllegalStepError("Only a call that is up can be held.")
        is_waiting = line.wants_hold is not None
        line.wants_hold = on
        if not is_waiting:
            self._turn(line, asyncio.get_running_loop().time() + _DIGIT_PATIENCE_S)

    def _turn(self, line: Line, until: float) -> None:
        loop = asyncio.get_running_loop()
        if self._sound.pressing(line.name) and loop.time() < until:
            loop.call_later(_DIGIT_POLL_S, self._turn, line, until)
            return
        on, line.wants_hold = line.wants_hold, None
        if on is None or self._calls.get(line.name) is not line:
            return
        agent, now = line.station.transport.agent, line.station.transport.now()
        with contextlib.suppress(RefusedError):  # it ended meanwhile; its end was reported
            line.holds = on
            (agent.hold if on else agent.resume)(line.leg, now)
            line.station.transport.flush()

    def press(self, call: str, digits: str) -> bool:
        return self._sound.press(self.line(call).name, digits)

    def add_text(self, call: str) -> None:
        """Offer a stream of text; where it is refused, sound that tones pass."""
        self._texts.add(self.line(call))

    def favour_tones(self, call: str) -> None:
        self._texts.favour_tones(self.line(call))

    def transfer(self, call: str, target: str, other: str) -> None:
        """Ask the other side of a call to call somebody else."""
        line = self.line(call)
        if not line.station.transport.agent.is_up(line.leg):
            raise IllegalStepError("Only a call that is up can be transferred.")
        if other:
            self._referrals.attended(line, self.line(other))
        else:
            self._referrals.blind(line, referred_to(target, line.station.account))

    async def close(self) -> None:
        """End every call, sign off, and give the farewells a moment to leave."""
        for call in tuple(self._calls):
            with contextlib.suppress(RefusedError):
                self.hang_up(call)
        await self._signing.close()

    # ------------------------------------------------------------ what SIP reports

    def _on_event(self, station: Station, event: sip.Event) -> None:
        match event:
            case sip.CallArrived():
                self._arrived(station, event)
            case (
                sip.Progressed()
                | sip.Answered()
                | sip.MediaChanged()
                | sip.ReinviteRefused()
                | sip.Ended()
                | sip.DigitRelayed()
                | sip.ReferProgressed()
                | sip.ReferEnded()
            ):
                line = self._legs.get((id(station), event.leg))
                if line is not None:
                    self._on_call(line, event)
            case _:
                pass

    def _arrived(self, station: Station, event: sip.CallArrived) -> None:
        agent, now = station.transport.agent, station.transport.now()
        if not station.is_server(event.source):
            log.warning("a call from %s is refused: it is not the telephone server", event.source)
            agent.reject(event.leg, now, 403)
            return
        replaced = self._legs.get((id(station), event.replaces)) if event.replaces is not None else None
        if replaced is not None:
            self._take_place(replaced, event.leg)
            return
        if len(self._calls) >= MAX_CALLS:
            agent.reject(event.leg, now, 486)
            return
        call = f"phone-{uuid.uuid4().hex[:16]}"
        try:
            media = self._media.open(call, station, partial(self._digit, call))
        except (NoPortError, ConfigError) as error:
            log.warning("a call cannot be taken: %s", error)
            agent.reject(event.leg, now, 488 if isinstance(error, ConfigError) else 503)
            return
        self._keep(Line(call, station, event.leg, media, is_incoming=True))
        agent.ring(event.leg, now)
        number = event.caller.uri.user or event.caller.uri.host
        header = event.message.header
        text = self._sound.texts.find(call)
        if text is not None and header(TEXT).lower() == TEXTPHONE:
            text.announce()
        self._report(Arrived(call, number, event.caller.name, header(INTERACTION), header(KIND).lower()))

    def _take_place(self, line: Line, leg: LegId) -> None:
        """Somebody else goes on with our call: the same name, the same ports, another dialog."""
        agent, now = line.station.transport.agent, line.station.transport.now()
        old, media = line.leg, line.media.with_direction(Direction.SENDRECV)
        if not agent.is_up(old):
            agent.reject(leg, now, 486)
            return
        try:
            agreement = agent.answer(leg, media, now)
        except AgentDesktopError as error:
            log.warning("a call cannot take the place of another: %s", error)
            return
        del self._legs[id(line.station), old]
        line.leg, line.media = leg, media
        self._legs[id(line.station), leg] = line
        agent.hang_up(old, now)
        self._configure(line, agreement)
        if line.holds:
            line.holds = False
            self._report(HoldChanged(line.name, on=False))

    def _on_call(
        self,
        line: Line,
        event: sip.Progressed
        | sip.Answered
        | sip.MediaChanged
        | sip.ReinviteRefused
        | sip.Ended
        | sip.DigitRelayed
        | sip.ReferProgressed
        | sip.ReferEnded,
    ) -> None:
        match event:
            case sip.Progressed():
                self._configure(line, event.agreement)
                if event.status != 100:
                    self._report(RingsThere(line.name, event.agreement is not None))
            case sip.Answered():
                self._configure(line, event.agreement)
                self._report(CameUp(line.name))
            case sip.MediaChanged():
                self._configure(line, event.agreement)
                if not event.by_peer and not self._texts.changed(line, event.agreement):
                    self._report(HoldChanged(line.name, line.holds))
                    self._referrals.held(line)
            case sip.ReinviteRefused() if self._texts.refused(line):
                pass
            case sip.ReinviteRefused():
                line.holds = not line.holds
                self._report(HoldChanged(line.name, line.holds, refused=words_for(event.status)))
                self._referrals.held(line)
            case sip.DigitRelayed():
                self._report(DigitHeard(line.name, event.digit))
            case sip.ReferProgressed():
                self._referrals.progressed(line, event)
            case sip.ReferEnded():
                self._referrals.ended(line, event)
            case sip.Ended():
                self._ended(line, event)

    def _ended(self, line: Line, event: sip.Ended) -> None:
        if self._offered_otherwise(line, event):
            return
        self._calls.pop(line.name, None)
        self._legs.pop((id(line.station), line.leg), None)
        line.station.calls.discard(line.name)
        if line.station.is_retired and not line.station.calls:
            line.station.emptied.set()
        self._sound.close_call(line.name)
        by = _BY[event.by]
        words = self._referrals.over(line) or ended_words(by, event.status, event.cause)
        self._report(Gone(line.name, by, event.status, words))

    def _moved(self, station: Station, host: str) -> dict[LegId, LocalMedia]:
        """Every call of a station goes on at another address of this computer."""
        found: dict[LegId, LocalMedia] = {}
        for line in self._calls.values():
            if line.station is not station or line.media.address == host:
                continue
            media = self._media.moved(line, host)
            if media is not None:
                line.media = media
                found[line.leg] = line.media.with_direction(
                    Direction.SENDONLY if line.holds else Direction.SENDRECV
                )
        return found

    # ------------------------------------------------------------ for this engine's parts

    def report(self, news: News) -> None:
        self._report(news)

    def line(self, call: str) -> Line:
        """The call of that name; RefusedError when it is over."""
        found = self._calls.get(call)
        if found is None:
            raise RefusedError("There is no such call any more.", code="no_such_call")
        return found

    def is_kept(self, line: Line) -> bool:
        return self._calls.get(line.name) is line

    # ------------------------------------------------------------ inside

    def _digit(self, call: str, digit: str) -> None:
        if call in self._calls:
            self._report(DigitHeard(call, digit))

    def _configure(self, line: Line, agreement: Agreement | None) -> None:
        told = self._media.configure(line, agreement)
        if told is not None and told != line.told:
            line.told = told
            self._report(told)

    def _keep(self, line: Line) -> None:
        self._calls[line.name] = line
        self._legs[id(line.station), line.leg] = line
        line.station.calls.add(line.name)


def _invited(station: Station, target: Uri, media: LocalMedia, interaction: str) -> LegId:
    """An INVITE, which goes out with the next flush."""
    return station.transport.agent.invite(
        target,
        media,
        station.transport.now(),
        account=station.account,
        destination=station.account.server,
        headers=((INTERACTION, interaction),) if interaction else (),
    )
