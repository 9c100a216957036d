"""The legs of all calls, as the SIP stack and the mixing desk know them.

A leg has ports in the desk, a dialog in the stack, and a place in a call; this file keeps the three
together: it opens, invites, answers, hangs up and closes.  What a leg means for its call is the call
table's and its helpers' to say.

Rules: from the moment the switch itself ends a leg, the stack's word about it is ignored; a leg is closed
once, and how it sounded is kept with it.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import Final

from agent_desktop.errors import AgentDesktopError, ConfigError, RefusedError
from agent_desktop.sip import events as sip
from agent_desktop.sip import media as sdp
from agent_desktop.sip.address import Headers, LegId
from agent_desktop.sip.uri import NameAddr
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.outgoing import Outgoing
from agent_desktop.switch.outside import Surroundings, Way
from agent_desktop.switch.text_offers import TextOffers
from agent_desktop.switch.texts import Texts
from agent_desktop.switch.typist import TTY
from agent_desktop.voice.offer import MediaPolicy, for_textphone, local_media, other_way

log = logging.getLogger(__name__)

INTERACTION: Final = "X-Interaction"
KIND: Final = "X-Leg-Kind"
UNHEARD_S: Final = 5.0


class Legs:
    """Every leg of every call.  All methods belong to the signalling thread."""

    def __init__(
        self,
        around: Surroundings,
        pressed: Callable[[Call, Leg, str], None],
        outgoing: Outgoing,
        texts: Texts,
    ) -> None:
        """`pressed` is told of each key that somebody presses; `outgoing` of each leg that we make."""
        self._texts = texts
        self._around = around
        self._outgoing = outgoing
        self._pressed = pressed
        self.by_id: dict[LegId, tuple[Call, Leg]] = {}
        self.unheard: Callable[[Call, Leg, sip.Ended], None] = lambda _call, _leg, _event: None
        """Told of a leg whose trunk said nothing within `UNHEARD_S`, while there is another."""
        self.policy = MediaPolicy()
        self.policies: dict[str, MediaPolicy] = {}
        """What is offered on each trunk, where it is not what the phones are offered."""
        self.text = TextOffers(around, texts, policy=self._policy_of, find=self._named)

    def find(self, leg: LegId) -> tuple[Call, Leg] | None:
        return self.by_id.get(leg)

    def took(self, call: Call, leg: Leg, event: sip.CallArrived) -> None:
        """A leg that came to us."""
        leg.id = leg_id = event.leg
        streams = event.offer.streams if event.offer is not None else ()
        leg.asks_text = any(stream.kind == sdp.TEXT and not stream.is_refused for stream in streams)
        self.by_id[leg_id] = (call, leg)

    def moved(self, call: Call, leg: Leg) -> None:
        """The leg belongs to another call now."""
        if leg.id is not None:
            self.by_id[leg.id] = (call, leg)
        self._texts.moved(call, leg)

    def _key(self, leg: Leg, digit: str) -> None:
        known = self.by_id.get(leg.id) if leg.id is not None else None
        if known is not None:
            self._pressed(known[0], leg, digit)

    def invite(self, call: Call, leg: Leg, way: Way, caller: NameAddr) -> None:
        """Call somebody.  Raises RefusedError when there is no port for the sound."""
        self._outgoing.began(leg, way)
        leg.caller = caller
        try:
            media = self._media(call, leg)
        except RefusedError:
            self._outgoing.over(leg)
            raise
        ours: Headers = ()  # what our own phones are told, and nobody outside
        if way.extension and leg.side is not Side.CUSTOMER:
            ours = ((INTERACTION, call.interaction),) if call.interaction else ()
            ours = (*ours, (KIND, leg.side.value))
        leg.id = self._around.signalling().invite(
            way.target,
            media,
            self._around.monotonic(),
            caller=way.caller or caller,
            account=way.account,
            headers=(*ours, *way.headers),
            destination=way.destination,
        )
        self.by_id[leg.id] = (call, leg)
        if way.rest:
            self._around.later(UNHEARD_S, partial(self._listen, call, leg, leg.id))

    def _listen(self, call: Call, leg: Leg, leg_id: LegId) -> None:
        """A trunk that has said nothing at all by now is not waited for: there is another."""
        signalling = self._around.signalling()
        waits = leg.id == leg_id and leg_id in self.by_id and not leg.up
        if waits and not signalling.is_heard(leg_id):
            signalling.hang_up(leg_id, self._around.monotonic())
            self.unheard(call, leg, sip.Ended(leg_id, sip.EndedBy.TIMED_OUT, 408, "Request Timeout"))

    def invite_again(self, call: Call, leg: Leg, way: Way, caller: NameAddr) -> None:
        """The same leg by another way, with ports and keys of its own.  Raises RefusedError."""
        if leg.id is not None:
            self.by_id.pop(leg.id, None)
        self._close_ports(leg)
        leg.id = leg.agreement = None
        leg.offered_again = leg.favours_tones = leg.text_asked = False
        self.invite(call, leg, way, caller)

    def offer_otherwise(self, call: Call, leg: Leg, event: sip.Ended) -> bool:
        """A peer that takes no text, or sound only encrypted or only in the clear, is called as it wants."""
        refused = event.by is sip.EndedBy.REFUSED and not leg.up and not leg.offered_again
        if not refused or leg.media is None or leg.way is None or leg.caller is None:
            return False
        media = other_way(leg.media, event.status, secrets.token_bytes)
        if media is None:
            return False
        if leg.id is not None:
            self.by_id.pop(leg.id, None)
        leg.id = leg.agreement = None
        leg.offered_again = leg.media.text is None  # else the encryption is still as it was
        leg.media = media
        self.invite(call, leg, leg.way, leg.caller)
        return True

    def ring(self, call: Call, leg: Leg, *, early: bool) -> None:
        """Tell somebody who called us that it rings; with `early` it hears us already (183)."""
        if leg.id is None or leg.up or leg.sounds:
            return
        signalling, now = self._around.signalling(), self._around.monotonic()
        if not early:
            signalling.ring(leg.id, now)
            return
        try:
            agreement = signalling.ring(leg.id, now, status=183, media=self._media(call, leg))
        except AgentDesktopError:  # no port, no codec: the answer will say so
            self._close_ports(leg)
            signalling.ring(leg.id, now)
            return
        if agreement is not None:
            self.agreed(leg, agreement)

    def answer(self, call: Call, leg: Leg, leg_id: LegId) -> None:
        """Answer a leg that came to us.  Raises RefusedError: `no_port`, or what the stack says."""
        try:
            media = self._media(call, leg)
        except RefusedError:
            self.reject(leg, 503)
            raise
        agreement = self._around.signalling().answer(leg_id, media, self._around.monotonic())
        leg.up, leg.up_at = True, self._around.wall()
        if agreement is not None:
            self.agreed(leg, agreement)

    def agreed(self, leg: Leg, agreement: sdp.Agreement) -> None:
        leg.agreement = agreement
        self._around.desk.configure(leg.name, agreement)
        self.text.keeps_open(leg)

    def favour_tones(self, call: Call) -> None:
        """A textphone is at the customer's: G.711 in short packets, of which a lost one tears less.

        It is offered once, by re-INVITE (the stack waits while another is under way); who refuses goes on
        as before.  A stream of text that is not agreed on is left out: it might be refused with the sound.
        """
        leg = call.customer
        if call.text != TTY or leg is None or leg.favours_tones:
            return
        if not leg.up or leg.id is None or leg.media is None or leg.agreement is None:
            return
        leg.favours_tones = True
        with contextlib.suppress(ConfigError):  # the call may not use G.711
            leg.media = for_textphone(leg.media)
            offer = leg.media if leg.agreement.text is not None else leg.media.with_text(None)
            with contextlib.suppress(RefusedError):  # it ended meanwhile
                self._around.signalling().reinvite(leg.id, offer, self._around.monotonic())

    def reject(self, leg: Leg, status: int, why: str = "") -> None:
        """Refuse a leg that came to us; from here on the stack's word about it is ignored."""
        if leg.id is not None and self.by_id.pop(leg.id, None) is not None:
            headers: Headers = (("Reason", f'SIP;cause={status};text="{why}"'),) if why else ()
            self._around.signalling().reject(leg.id, self._around.monotonic(), status, headers=headers)

    def hang_up(self, leg: Leg, *, status: int = 480, why: str = "") -> None:
        """End a leg in any state; `why` goes along as a Reason header (RFC 3326)."""
        if leg.id is not None and self.by_id.pop(leg.id, None) is not None:
            headers: Headers = (("Reason", why),) if why else ()
            with contextlib.suppress(RefusedError):  # the stack knows already that the leg is over
                self._around.signalling().hang_up(
                    leg.id, self._around.monotonic(), status=status, headers=headers
                )

    def close(self, leg: Leg) -> None:
        """Free what the leg has; how it sounded stays with it."""
        if leg.id is not None:
            self.by_id.pop(leg.id, None)
        self._outgoing.over(leg)
        self._close_ports(leg)

    def named(self, name: str) -> tuple[Call, Leg] | None:
        """A leg by its name in the mixer."""
        return next((known for known in self.by_id.values() if known[1].name == name), None)

    def drop(self, call: Call, leg: Leg, *, status: int = 480, why: str = "") -> None:
        """End a leg and forget it; the call goes on."""
        self.hang_up(leg, status=status, why=why)
        self.close(leg)
        call.forget(leg)

    def _close_ports(self, leg: Leg) -> None:
        if leg.has_ports:
            leg.quality = self._around.desk.quality(leg.name) or leg.quality
            self._around.desk.close_leg(leg.name)
            leg.has_ports, leg.media = False, None

    def _named(self, name: str) -> Leg | None:
        known = self.named(name)
        return None if known is None else known[1]

    def _policy_of(self, call: Call, leg: Leg) -> MediaPolicy:
        """What may be offered to a leg."""
        came_by = call.trunk if leg.side is Side.CUSTOMER else ""
        return self.policies.get(leg.way.trunk if leg.way else came_by, self.policy)

    def media_at(self, host: str, port: int) -> sdp.LocalMedia:
        """Our side of a call at an address, as the phones are offered it."""
        return local_media(self.policy, host, port, secrets.token_bytes)

    def _media(self, call: Call, leg: Leg) -> sdp.LocalMedia:
        """Open ports for the leg, once."""
        if leg.media is None:
            try:
                host, port = self._around.desk.open_leg(
                    leg.name, partial(self._key, leg), self._texts.begins(call, leg)
                )
            except AgentDesktopError as error:
                raise RefusedError(str(error), code="no_port") from error
            leg.has_ports = True
            self._texts.began(call, leg)
            leg.media = local_media(self._policy_of(call, leg), host, port, secrets.token_bytes)
            if leg is call.customer and call.expects == TTY:
                with contextlib.suppress(ConfigError):  # then it is a call by voice
                    leg.media = for_textphone(leg.media)
                    leg.favours_tones = True
            leg.media = self.text.beside(call, leg, leg.media)
        return leg.media
