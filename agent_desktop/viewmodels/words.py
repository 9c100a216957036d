"""Times, lengths and states in words; the same everywhere.

`now` and the reader's local time zone are arguments of meaning: a view-model never reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.models import AgentModel, CentreInfo, InteractionModel, ReasonInfo
from agent_desktop.wire.routing import PromiseModel

if TYPE_CHECKING:
    from agent_desktop.client.situation import Situation

MINUTE, HOUR, DAY = 60, 3600, 86400


def timer(seconds: float) -> str:
    """A running clock: 04:27, 1:02:13."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, seconds_left = divmod(rest, MINUTE)
    if hours:
        return f"{hours}:{minutes:02}:{seconds_left:02}"
    return f"{minutes:02}:{seconds_left:02}"


def short(seconds: float) -> str:
    """A length of time that stands in a text: 0:41, 1:02:13; before zero with a minus sign."""
    whole = int(abs(seconds))
    sign = "\N{MINUS SIGN}" if seconds <= -1 else ""
    hours, rest = divmod(whole, HOUR)
    minutes, seconds_left = divmod(rest, MINUTE)
    if hours:
        return f"{sign}{hours}:{minutes:02}:{seconds_left:02}"
    return f"{sign}{minutes}:{seconds_left:02}"


def spoken(seconds: float) -> str:
    """A length of time to be read aloud: 2 minutes 13 seconds."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, seconds_left = divmod(rest, MINUTE)
    parts = []
    if hours:
        parts.append(plural("{n} hour", "{n} hours", hours))
    if minutes:
        parts.append(plural("{n} minute", "{n} minutes", minutes))
    if seconds_left and not hours:
        parts.append(plural("{n} second", "{n} seconds", seconds_left))
    return " ".join(parts) or _("0 seconds")


def promise_left(kind: str, seconds: float) -> str:
    """What is left of a promise: 18 minutes 4 seconds left to reply."""
    if kind == "resolution":
        return _("{time} left to resolve", time=spoken(seconds))
    return _("{time} left to reply", time=spoken(seconds))


def promise_late(kind: str, seconds: float) -> str:
    """How late a promise is."""
    if kind == "resolution":
        return _("resolution late by {time}", time=spoken(seconds))
    return _("late by {time}", time=spoken(seconds))


def promise(p: PromiseModel, now: float) -> str:
    """One promise as a sentence without its end: first reply, 4 minutes left."""
    names = {
        "first_reply": _("first reply"),
        "next_reply": _("next reply"),
        "resolution": _("resolution"),
    }
    name = names.get(p.kind, p.kind)
    match p.state:
        case "kept":
            return _("{promise}: kept", promise=name)
        case "broken":
            return _("{promise}: broken, was due {time} ago", promise=name, time=spoken(now - p.due_at))
        case "paused":
            return _("{promise}: paused, the customer is awaited", promise=name)
        case _ if not p.due_at:
            return _("{promise}: stands still, the centre is closed", promise=name)
        case _:
            return _("{promise}: due in {time}", promise=name, time=spoken(p.due_at - now))


def age(at: float, now: float) -> str:
    """How long ago: now, 5m, 2h; above a day the local date."""
    if not at:
        return ""
    past = now - at
    if past < MINUTE:
        return _("now")
    if past < HOUR:
        return _("{n}m", n=int(past // MINUTE))
    if past < DAY:
        return _("{n}h", n=int(past // HOUR))
    return date(at, now)


def clock(at: float, zone: tzinfo | None = None) -> str:
    """The local time of day: 16:02."""
    return local(at, zone).strftime("%H:%M")


def date(at: float, now: float, zone: tzinfo | None = None) -> str:
    """The local date: 14 Mar, with the year when it is another."""
    moment = local(at, zone)
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    month = months[moment.month - 1]
    if moment.year == local(now, zone).year:
        return _("{day} {month}", day=moment.day, month=month)
    return _("{day} {month} {year}", day=moment.day, month=month, year=moment.year)


def day(at: float, now: float, zone: tzinfo | None = None) -> str:
    """The heading of a day in the timeline: Today, Yesterday, 14 Mar."""
    days = (local(now, zone).date() - local(at, zone).date()).days
    if days == 0:
        return _("Today")
    return _("Yesterday") if days == 1 else date(at, now, zone)


def local(at: float, zone: tzinfo | None = None) -> datetime:
    """An instant in the reader's zone; one out of the calendar's range is the nearest that is in it."""
    within = min(max(at, 0.0), 253402300799.0 - DAY)
    return (
        datetime.fromtimestamp(within, zone)
        if zone is not None
        else datetime.fromtimestamp(within).astimezone()
    )


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return name[:2].upper() or "?"
    if name.startswith("+") or words[0][0].isdigit():
        return name.strip()[:2]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def who(interaction: InteractionModel) -> str:
    """The customer's name, else the address."""
    return interaction.customer_name or interaction.from_address or _("Unknown customer")


def size(octets: int) -> str:
    """The size of a file: 812 bytes, 4 KB, 1.2 MB."""
    if octets < 1000:
        return plural("{n} byte", "{n} bytes", octets)
    if octets < 1_000_000:
        return _("{n} KB", n=round(octets / 1000))
    return _("{n} MB", n=f"{octets / 1_000_000:.1f}")


def reason_label(centre: CentreInfo, code: str) -> str:
    """A reason code as the centre calls it."""
    system = {
        "not_responding": _("Not responding"),
        "lost_connection": _("Lost connection"),
        "signed_in_elsewhere": _("Signed in elsewhere"),
        "supervisor": _("Set by a supervisor"),
        "signed_in": _("Just signed in"),
        "crash": _("Program ended"),
        "self_test_failed": _("Self-test failed"),
    }
    found = next((r.label for r in centre.reasons if r.code == code), "")
    return found or system.get(code, code)


def offered_meanwhile(s: Situation, reason: ReasonInfo) -> str:
    """A reason with what still comes in it: "Away: email only", "Training: transfers only"."""
    names = [s.store.medium(medium).name for medium in reason.media]
    media = ", ".join(names)
    said = reason.label.casefold()
    if (not reason.transfers or _("transfer") in said) and all(name.casefold() in said for name in names):
        return reason.label  # its name says so already
    if media and reason.transfers:
        return _("{state}: {media} and transfers only", state=reason.label, media=media)
    if media:
        return _("{state}: {media} only", state=reason.label, media=media)
    if reason.transfers:
        return _("{state}: transfers only", state=reason.label)
    return reason.label


def state_label(agent: AgentModel, centre: CentreInfo, *, talking: bool) -> tuple[str, Tone, str]:
    """The agent's state as the bar shows it: words, tone, icon.  `talking`: what is in hand is a call."""
    match agent.activity:
        case "ringing":
            return _("Ringing"), Tone.ACCENT, "answer"
        case "busy":
            return (_("On a call"), Tone.DANGER, "voice") if talking else (_("Working"), Tone.ACCENT, "inbox")
        case "held":
            return _("Call on hold"), Tone.WARNING, "hold"
        case "wrap_up":
            return _("Wrap-up"), Tone.WARNING, "check"
        case _:
            pass
    match agent.state:
        case "ready":
            return _("Ready"), Tone.OK, "check"
        case "not_ready":
            return reason_label(centre, agent.reason) or _("Not ready"), Tone.WARNING, "clock"
        case _:
            return _("Signed out"), Tone.MUTED, "offline"


def interaction_state(state: str) -> str:
    """The state of an interaction, in words."""
    return {
        "queued": _("waiting"),
        "offered": _("offered"),
        "active": _("active"),
        "held": _("on hold"),
        "parked": _("parked"),
        "wrap_up": _("wrap-up"),
        "closed": _("closed"),
        "abandoned": _("abandoned"),
    }.get(state, state)


def sentences(parts: Iterable[str]) -> str:
    """Parts as sentences, one behind the other; what ends with a mark of its own keeps it alone."""
    whole = ""
    for part in (one.strip() for one in parts if one.strip()):
        between = "" if not whole else " " if whole.endswith((".", "!", "?", "…")) else ". "
        whole += between + part
    return whole
