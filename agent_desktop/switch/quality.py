"""How a leg sounds, as the router is told: what the switch receives, and what the far end says of us.

A leg is worth a word within a call only when it has got worse by a whole class of `media.quality.Grade`;
its figures are told with its end in any case.  Of real-time text it is worth a word that any was lost.
"""

from __future__ import annotations

from typing import Final

from msgspec import structs

from agent_desktop.media.quality import Grade, Quality
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_news import NO_LOSSES, TextLosses
from agent_desktop.sip.media import Agreement
from agent_desktop.wire.switch import LegQuality

_CLASSES: Final = tuple(Grade)


def of_session_now(
    session: MediaSession, agreement: Agreement | None, text: TextLosses = NO_LOSSES
) -> LegQuality | None:
    """The figures since the last question; None when nothing was to be heard since."""
    return _told(session, agreement, session.recent_quality(), text)


def of_session(
    session: MediaSession, agreement: Agreement | None, text: TextLosses = NO_LOSSES
) -> LegQuality | None:
    """The figures of a leg over the whole call; None before there was any sound."""
    return _told(session, agreement, session.quality(), text)


def _told(
    session: MediaSession, agreement: Agreement | None, heard: Quality | None, text: TextLosses
) -> LegQuality | None:
    stream = agreement.audio if agreement is not None else None
    if heard is None or stream is None:
        return None
    theirs = session.sent_quality()
    return LegQuality(
        codec=stream.codec.name,
        encrypted=stream.is_encrypted,
        loss_percent=round(100 * heard.loss, 2),
        jitter_ms=round(1000 * heard.jitter_s, 1),
        round_trip_ms=round(1000 * (session.round_trip_s or 0.0), 1),
        r_factor=round(heard.r, 1),
        mos=round(heard.mos, 2),
        sent_loss_percent=0.0 if theirs is None else round(100 * theirs.loss, 2),
        sent_mos=0.0 if theirs is None else round(theirs.mos, 2),
        text_lost=text.lost,
        text_flooded=text.flooded,
        text_dropped=text.dropped,
    )


def is_a_class_worse(now: LegQuality, before: LegQuality | None) -> bool:
    """It got worse across a boundary of the user-satisfaction classes (G.109)."""
    known = Grade.GOOD if before is None else _grade(before)
    return _CLASSES.index(_grade(now)) > _CLASSES.index(known)


def with_text(now: LegQuality, before: LegQuality | None) -> LegQuality | None:
    """What was told before, with the text that was lost since; None when none was."""
    known = before or now
    told = structs.replace(
        known, text_lost=now.text_lost, text_flooded=now.text_flooded, text_dropped=now.text_dropped
    )
    has_lost = now.text_lost or now.text_flooded or now.text_dropped
    return told if has_lost and told != before else None


def _grade(quality: LegQuality) -> Grade:
    r = quality.r_factor
    if r >= 80:
        return Grade.GOOD
    if r >= 70:
        return Grade.FAIR
    return Grade.POOR if r >= 60 else Grade.BAD
