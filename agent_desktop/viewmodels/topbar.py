"""The top bar: my state and the time in it, my queues, the connection, the phone, the live calls."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.client.situation import Situation
from agent_desktop.client.store import CallQuality
from agent_desktop.i18n import _, plural
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button, with_arguments
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.wire.models import InteractionModel, QueueModel
from agent_desktop.wire.phone import PhoneCall, Registration


@dataclass(frozen=True, slots=True)
class StateView:
    """The state selector.  `choices` are ready and each reason that an agent may pick."""

    label: str  # "Ready", "Break", "On a call"
    tone: Tone
    icon: str
    timer: str  # "02:13"
    next_label: str  # "next: Lunch", or empty
    spoken: str  # "Ready for 2 minutes 13 seconds, next: Lunch"
    choices: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusView:
    """A connection or registration: short label, tone, icon, and the sentence of its tooltip."""

    label: str
    tone: Tone
    icon: str
    detail: str


@dataclass(frozen=True, slots=True)
class RecordingView:
    """The recording of a call: the mark, the time of a pause, and what can be done with it."""

    state: str  # off, on, paused
    badge: Badge
    banner: str  # "Recording is paused for 00:12", or empty
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One more person in the call, with the buttons of that person: swap, mute, remove."""

    leg: str
    name: str
    state: Badge
    active: bool  # I talk with this person now
    spoken: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class CallCard:
    """One live call.  `quiet` ones (held) are drawn faintly.

    `buttons` are those of the situation table, in order, each enabled or with its reason: mute, hold or
    resume, transfer, keypad, in-call text, end.
    """

    interaction: str  # empty for a call that the router does not know
    call: str  # the phone's id of it, empty until the phone has it
    title: str
    timer: str
    badges: tuple[Badge, ...]
    tone: Tone
    quiet: bool
    muted: bool
    spoken: str
    buttons: tuple[Button, ...] = ()
    sent_db: float = -96.0
    received_db: float = -96.0
    quality: Badge | None = None
    quality_words: str = ""  # "You hear gaps: 4 % is lost."
    encrypted: Badge | None = None
    recording: RecordingView | None = None
    secure: str = ""  # "Card data: 6 keys", while it is given
    people: tuple[PersonRow, ...] = ()  # all but the customer and me
    talk: str = "customer"  # customer, guest, all
    notice: str = ""
    listeners: str = ""  # "Astrid listens", unless the policy is private


@dataclass(frozen=True, slots=True)
class TopBarView:
    """The whole bar.  `queues` are small badges: waiting count with the oldest wait, service level."""

    agent_name: str
    agent_initials: str
    state: StateView
    queues: tuple[Badge, ...]
    connection: StatusView
    phone: StatusView
    calls: tuple[CallCard, ...]
    palette: Button
    sign_out: Button
    phone_rings: bool = False  # the phone rings on its own devices: the window makes no sound


def top_bar(s: Situation) -> TopBarView:
    """The bar of this moment."""
    me = s.store.replica.me
    return TopBarView(
        agent_name=me.name,
        agent_initials=words.initials(me.name),
        state=state_view(s),
        queues=queue_badges(s),
        connection=connection_view(s.store.connection),
        phone=phone_view(s.store.phone.connection, s.store.phone.registration),
        calls=call_cards(s),
        palette=button("palette.open", s),
        sign_out=button("session.end", s),
    )


def state_view(s: Situation) -> StateView:
    """My state, the time in it, what comes next, and what may be chosen."""
    me, centre = s.store.replica.me, s.store.replica.centre
    label, tone, icon = words.state_label(me, centre, talking=s.talk() is not None)
    working = me.activity not in {"", "idle"}
    since = me.activity_since_at if working and me.activity_since_at else me.since_at
    in_it = s.now - since if since else 0.0
    upcoming = _next(s)
    spoken = _("{state} for {time}", state=label, time=words.spoken(in_it))
    choices = [button("agent.ready", s, checked=me.state == "ready")]
    choices += [
        _reason_choice(s, r.code, r.label, checked=me.state == "not_ready" and me.reason == r.code)
        for r in centre.reasons
        if not r.system
    ]
    return StateView(
        label=label,
        tone=tone,
        icon=icon,
        timer=words.timer(in_it),
        next_label=upcoming,
        spoken=f"{spoken}, {upcoming}" if upcoming else spoken,
        choices=tuple(choices),
    )


def _next(s: Situation) -> str:
    me = s.store.replica.me
    if not me.next_state:
        return ""
    if me.next_state == "ready":
        return _("next: Ready")
    label = words.reason_label(s.store.replica.centre, me.next_reason) or _("Not ready")
    return _("next: {state}", state=label)


def _reason_choice(s: Situation, code: str, label: str, *, checked: bool) -> Button:
    return with_arguments(button("agent.not_ready", s, label=label, checked=checked), reason=code)


def queue_badges(s: Situation) -> tuple[Badge, ...]:
    """Waiting count with the oldest wait, and the service level, over the queues in view."""
    queues = tuple(s.store.replica.queues.values())
    if not queues:
        return ()
    waiting = sum(q.waiting for q in queues)
    oldest = min((q.oldest_at for q in queues if q.waiting and q.oldest_at), default=0.0)
    badges = [_waiting(waiting, s.now - oldest if oldest else 0.0)]
    level = service_level(queues)
    if level is not None:
        text = _("SL {n} %", n=level)
        said = _("Service level {n} percent", n=level)
        badges.append(Badge(text, level_tone(level), said))
    return tuple(badges)


def _waiting(waiting: int, oldest_s: float) -> Badge:
    if not waiting:
        return Badge(_("0 waiting"), Tone.PLAIN, _("Nobody is waiting"))
    text = _("{n} waiting · {time}", n=waiting, time=words.short(oldest_s))
    said = plural("{n} is waiting", "{n} are waiting", waiting)
    longest = _("the oldest for {time}", time=words.spoken(oldest_s))
    return Badge(text, Tone.PLAIN, f"{said}, {longest}")


def service_level(queues: tuple[QueueModel, ...]) -> int | None:
    """Percent answered in time of all answered and abandoned; None before the first."""
    total = sum(q.answered + q.abandoned for q in queues)
    return round(100 * sum(q.answered_in_time for q in queues) / total) if total else None


def level_tone(percent: int) -> Tone:
    """The tone of a service level: 80 is the usual promise."""
    if percent >= 80:
        return Tone.OK
    return Tone.WARNING if percent >= 65 else Tone.DANGER


def connection_view(connection: Connection) -> StatusView:
    """The link to the router."""
    match connection.state:
        case "online":
            return StatusView(_("Connected"), Tone.OK, "connected", _("The server is connected."))
        case "connecting":
            return StatusView(_("Connecting"), Tone.WARNING, "offline", _("Connecting to the server."))
        case "lost":
            detail = _(
                "{why} Connecting again by itself; a call that is up goes on.",
                why=connection.detail or _("The server is not connected."),
            )
            return StatusView(_("Offline"), Tone.DANGER, "offline", detail)
        case "off" | "ended":
            return StatusView(
                _("Offline"), Tone.MUTED, "offline", connection.detail or _("You are signed out.")
            )


def phone_view(connection: Connection, registration: Registration) -> StatusView:
    """The phone's registration."""
    if connection.state != "online":
        detail = connection.detail or _("The phone is being started.")
        tone = Tone.DANGER if connection.state == "lost" else Tone.WARNING
        return StatusView(_("Phone: off"), tone, "phone", detail)
    match registration.state:
        case "registered":
            detail = _("The phone is registered as {extension}.", extension=registration.extension)
            return StatusView(registration.extension or _("Phone"), Tone.OK, "phone", detail)
        case "registering":
            return StatusView(_("Phone: …"), Tone.WARNING, "phone", _("The phone is registering."))
        case "failed":
            detail = _("The phone is not registered: {why}", why=registration.detail or _("no answer."))
            return StatusView(_("Phone: failed"), Tone.DANGER, "phone", detail)
        case _:
            return StatusView(_("Phone: off"), Tone.WARNING, "phone", _("The phone has no account yet."))


def call_cards(s: Situation) -> tuple[CallCard, ...]:
    """A card for each call in hand and each call that only the phone knows; the one that is up last."""
    talks = [i for i in s.mine() if s.store.medium(i.medium).talk and i.state in {"active", "held"}]
    talks.sort(key=lambda i: (i.state == "active", i.accepted_at))
    known = {i.id for i in talks}
    cards = [_card(s, i, s.store.call_of(i.id)) for i in talks]
    cards += [_card(s, None, c) for c in s.store.phone.calls.values() if c.interaction not in known]
    return tuple(cards)


def _card(s: Situation, talk: InteractionModel | None, call: PhoneCall | None) -> CallCard:
    held = (
        talk.state == "held" if talk is not None and s.online else call is not None and call.state == "held"
    )
    muted = call is not None and call.muted
    title = _title(talk, call)
    started = (talk.call.bridged_at if talk is not None and talk.call is not None else 0.0) or (
        (call.up_at if call is not None else 0.0) or (talk.accepted_at if talk is not None else 0.0)
    )
    length = s.now - started if started else 0.0
    badges = _card_badges(s, talk, call, held=held, muted=muted)
    quality = s.store.phone.quality.get(call.id, CallQuality()) if call is not None else CallQuality()
    spoken = ", ".join(
        [_("Call with {name}", name=title), words.spoken(length), *(b.spoken or b.text for b in badges)]
    )
    here = replace(s, selected=talk.id) if talk is not None else s
    return CallCard(
        interaction="" if talk is None else talk.id,
        call="" if call is None else call.id,
        title=title,
        timer=words.timer(length),
        badges=badges,
        tone=Tone.MUTED if held else Tone.OK,
        quiet=held,
        muted=muted,
        spoken=spoken,
        buttons=_card_buttons(here, held=held, muted=muted),
        sent_db=quality.sent_db,
        received_db=quality.received_db,
        quality=_quality(quality),
    )


def _title(talk: InteractionModel | None, call: PhoneCall | None) -> str:
    if talk is not None:
        return words.who(talk)
    return (call.remote_name or call.remote) if call is not None else ""


def _card_badges(
    s: Situation, talk: InteractionModel | None, call: PhoneCall | None, *, held: bool, muted: bool
) -> tuple[Badge, ...]:
    badges = []
    if call is None or call.state in {"dialling", "ringing"}:
        badges.append(Badge(_("connecting"), Tone.WARNING))
    if held:
        since = (talk.held_at if talk is not None else 0.0) or (call.held_at if call is not None else 0.0)
        time = s.now - since if since else 0.0
        said = _("on hold for {time}", time=words.spoken(time))
        badges.append(Badge(_("held {time}", time=words.short(time)), Tone.WARNING, said))
    if muted:
        badges.append(Badge(_("muted"), Tone.WARNING))
    recording = talk.call.recording if talk is not None and talk.call is not None else "off"
    if recording == "on":
        badges.append(Badge(_("REC"), Tone.DANGER, _("recording")))
    elif recording == "paused":
        badges.append(Badge(_("REC paused"), Tone.WARNING, _("recording paused")))
    return tuple(badges)


def _quality(quality: CallQuality) -> Badge | None:
    """The line's quality in words, only when it is worth a word."""
    if quality.mos and quality.mos < 3.1:
        return Badge(_("bad line"), Tone.DANGER, _("The line is bad."))
    if quality.mos and quality.mos < 3.6:
        return Badge(_("weak line"), Tone.WARNING, _("The line is weak."))
    return None


def _card_buttons(s: Situation, *, held: bool, muted: bool) -> tuple[Button, ...]:
    """The buttons of the situation table; what another situation needs is there with its reason."""
    mute = button("call.unmute" if muted else "call.mute", s, checked=muted)
    end = button("call.end", s, tone=Tone.DANGER)
    hold = button("call.resume" if held else "call.hold", s, tone=Tone.ACCENT if held else Tone.PLAIN)
    keypad = button("call.dtmf", s)
    if held:
        return (hold, button("call.transfer", s), button("call.conference", s), end)
    return (
        mute,
        hold,
        button("call.transfer", s),
        button("call.consult", s),
        keypad,
        button("text.on", s),
        end,
    )
