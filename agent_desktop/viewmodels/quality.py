"""How a call sounds, in words: good, fair or poor, and why, from what the phone measures (A16).

The mean opinion score is the E-model's (ITU-T G.107).  The worse of the two directions is what counts.
"""

from __future__ import annotations

from agent_desktop.client.store import CallQuality
from agent_desktop.i18n import _
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.wire.calls import CallQuality as LegQuality

GOOD_MOS, FAIR_MOS = 3.6, 3.1
GAPS_PERCENT, UNEVEN_MS, LATE_MS = 1.5, 40.0, 250.0


def quality_badge(quality: CallQuality | LegQuality) -> Badge | None:
    """Good, fair or poor; None before the first measurement."""
    measured = [mos for mos in (quality.mos, quality.sent_mos) if mos]
    if not measured:
        return None
    worst = min(measured)
    if worst >= GOOD_MOS:
        return Badge(_("Good"), Tone.OK, _("The line is good."))
    if worst >= FAIR_MOS:
        return Badge(_("Fair"), Tone.WARNING, _("The line is fair."))
    return Badge(_("Poor"), Tone.DANGER, _("The line is poor."))


def quality_words(quality: CallQuality) -> str:
    """What is wrong, in sentences; empty when nothing is."""
    said = []
    if quality.loss_percent >= GAPS_PERCENT:
        said.append(_("You hear gaps: {n} % is lost.", n=f"{quality.loss_percent:.0f}"))
    if quality.sent_loss_percent >= GAPS_PERCENT:
        said.append(_("They hear you badly: {n} % is lost.", n=f"{quality.sent_loss_percent:.0f}"))
    elif quality.sent_mos and quality.sent_mos < FAIR_MOS:
        said.append(_("They hear you badly."))
    if quality.jitter_ms >= UNEVEN_MS:
        said.append(_("The sound comes unevenly: {n} ms.", n=f"{quality.jitter_ms:.0f}"))
    if quality.delay_ms >= LATE_MS:
        said.append(_("The sound is late: {n} ms.", n=f"{quality.delay_ms:.0f}"))
    if quality.text_lost or quality.text_flooded:
        said.append(_("Some of what the other side typed is missing."))
    if quality.text_dropped:
        said.append(_("Some of what you typed was not sent: too much of it waited."))
    return " ".join(said)


def quality_facts(quality: CallQuality) -> tuple[tuple[str, str], ...]:
    """The figures behind the words: label, value."""
    if not quality.mos and not quality.codec:
        return ()
    rows = [
        (_("Codec"), quality.codec),
        (_("MOS"), _figure(quality.mos, 1)),
        (_("R factor"), _figure(quality.r_factor)),
        (_("Lost on the way here"), _("{n} %", n=f"{quality.loss_percent:.1f}")),
        (_("Lost on the way there"), _("{n} %", n=f"{quality.sent_loss_percent:.1f}")),
        (_("Jitter"), _("{n} ms", n=f"{quality.jitter_ms:.0f}")),
        (_("Delay"), _("{n} ms", n=f"{quality.delay_ms:.0f}") if quality.delay_ms else ""),
        (_("Packets of text lost"), _figure(quality.text_lost)),
        (_("Characters too many from there"), _figure(quality.text_flooded)),
        (_("Characters too many from here"), _figure(quality.text_dropped)),
    ]
    return tuple((label, value) for label, value in rows if value)


def _figure(value: float, digits: int = 0) -> str:
    return f"{value:.{digits}f}" if value else ""
