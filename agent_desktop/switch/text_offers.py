"""Real-time text offered to those whom we call, and to those who are in a call in which somebody types.

Whoever is called outside is offered text beside the voice, where the trunk's settings allow it; a colleague
is, where somebody in the call has text.  Who joined without it (the customer added text later, or a
textphone was found, or a desk phone put the agent's call through) is offered it by a re-INVITE, and so is a
customer whom an agent types to.

Rules: nobody is asked twice; what is offered in a running call beside the text is the sound as it was agreed
on, so that the voice goes on undisturbed, and a refusal takes nothing away; the stack waits where another
offer is under way, and tries again where two meet (491); while nobody types yet, text is left out of an
INVITE that fits in a datagram only without it (RFC 3261 section 18.1.1), and is offered once somebody does.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from typing import Final

from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.sip import media as sdp
from agent_desktop.sip.sdp import Origin, build_sdp
from agent_desktop.sip.transport import LONGEST_DATAGRAM
from agent_desktop.switch.calls import Call, Leg
from agent_desktop.switch.outside import Surroundings, Way
from agent_desktop.switch.texts import Texts
from agent_desktop.switch.typist import TTY
from agent_desktop.voice.offer import MediaPolicy, adding_text, text_stream

log = logging.getLogger(__name__)

_HEAD_BYTES: Final = 560
"""Of an INVITE's header, without users, hosts and what a trunk asserts: measured."""
_CREDENTIALS_BYTES: Final = 330


class TextOffers:
    """All methods belong to the signalling thread."""

    def __init__(
        self,
        around: Surroundings,
        texts: Texts,
        *,
        policy: Callable[[Call, Leg], MediaPolicy],
        find: Callable[[str], Leg | None],
    ) -> None:
        """`policy` is what may be offered to a leg; `find` knows legs by their names in the mixer."""
        self._around = around
        self._texts = texts
        self._policy = policy
        self._find = find
        around.desk.texts.given_up = self._without_text

    def beside(self, call: Call, leg: Leg, media: sdp.LocalMedia) -> sdp.LocalMedia:
        """Our side of a new leg: with text, if it asks for it or is to be offered it."""
        if leg.asks_text:
            return self._with_text(leg, media, is_needed=True)
        if not leg.ours or leg.way is None:
            return media
        if leg.extension:
            has_text = self._texts.is_typed(call) or any(other.asks_text for other in call.legs)
        else:
            has_text = self._policy(call, leg).text
        if not has_text:
            return media
        is_typed = self._texts.is_typed(call)
        likely = media.with_text(text_stream(media, media.audio.port, secrets.token_bytes))
        if not is_typed and not self._fits(leg.way, likely) and self._fits(leg.way, media):
            return media
        wider = self._with_text(leg, media, is_needed=is_typed, is_offered=True)
        leg.text_asked = wider.text is not None
        return wider

    def keeps_open(self, leg: Leg) -> None:
        """What was agreed on is known: text may yet be added by the other side."""
        if not leg.up or leg.id is None or leg.media is None:
            return
        is_without = leg.media.text is None
        if is_without:
            leg.media = self._with_text(leg, leg.media)
        if is_without or leg.favours_tones or leg.text_asked:  # that offer was the sound alone, or part of it
            self._around.signalling().set_media(leg.id, leg.media)

    def follow(self, call: Call) -> None:
        """Who is in the call, or what is agreed with them, has changed, or somebody types."""
        for leg in call.legs:
            if self._lacks_text(leg) and self._is_for(call, leg):
                self._offer(leg)

    def refused(self, leg: Leg) -> None:
        """An offer of ours within the call was refused: it goes on as it was."""
        if leg.text_asked and leg.agreement is not None:
            log.info("a leg takes no real-time text", extra={"leg": leg.name})
            self._around.desk.configure(leg.name, leg.agreement)

    # -- inside -----------------------------------------------------------------------------------------

    def _lacks_text(self, leg: Leg) -> bool:
        """It is there, and was not asked."""
        if leg.text_asked or not leg.up or leg.id is None or leg.media is None or leg.agreement is None:
            return False
        typist = self._texts.typist(leg)
        return leg.agreement.text is None and typist is not None and not typist.is_textphone

    def _is_for(self, call: Call, leg: Leg) -> bool:
        """Somebody types here, or may, to whoever is at this leg."""
        if leg.from_outside and not self._policy(call, leg).text:
            return False
        if leg is not call.customer:
            return self._texts.is_typed(call)
        if call.expects == TTY:
            return False  # its line is for tones, whatever some gateway on the way would take
        others = [self._texts.typist(one) for one in call.legs if one is not leg]
        return any(one is not None and one.has_typed for one in others)

    def _offer(self, leg: Leg) -> None:
        if leg.id is None or leg.media is None or leg.agreement is None:
            return
        leg.text_asked = True
        wider = self._with_text(leg, leg.media.with_text(None), is_needed=True)
        if wider.text is None:
            return
        leg.media = wider
        signalling = self._around.signalling()
        with contextlib.suppress(RefusedError):  # it ended meanwhile
            signalling.set_media(leg.id, wider)
            signalling.reinvite(leg.id, adding_text(wider, leg.agreement), self._around.monotonic())

    def _with_text(
        self, leg: Leg, media: sdp.LocalMedia, *, is_needed: bool = False, is_offered: bool = False
    ) -> sdp.LocalMedia:
        """The same with a stream of real-time text, where there is a port for it."""
        try:
            port = self._around.desk.texts.open_stream(leg.name, is_needed=is_needed, is_offered=is_offered)
        except AgentDesktopError as error:
            if is_needed:
                log.warning("a leg has no real-time text: %s", error, extra={"leg": leg.name})
            return media
        return media.with_text(text_stream(media, port, secrets.token_bytes))

    def _without_text(self, name: str) -> None:
        """The ports that were kept for a leg's text are the sound of another now."""
        leg = self._find(name)
        if leg is not None and leg.media is not None and leg.id is not None:
            leg.media = leg.media.with_text(None)
            self._around.signalling().set_media(leg.id, leg.media)

    def _fits(self, way: Way, media: sdp.LocalMedia) -> bool:
        """Whether the INVITE goes in a datagram."""
        if way.destination.transport != "udp":
            return True
        size = _HEAD_BYTES + 2 * len(way.target.user) + 3 * len(way.destination.host)
        size += 3 * len(self._around.host) + sum(len(name) + len(value) + 4 for name, value in way.headers)
        if way.account is not None and way.account.password:
            size += _CREDENTIALS_BYTES
        return size + len(build_sdp(Origin("0" * 17, 1, media.address), media)) <= LONGEST_DATAGRAM
