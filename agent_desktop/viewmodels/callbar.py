"""The cards of the live calls: mine, and those that only the phone knows (a colleague asks, I listen)."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.client.actions_record import recording_state
from agent_desktop.client.actions_text import is_captioned, is_written_in, text_of
from agent_desktop.client.calling import foreign_calls, guests, ringing_calls, supervisors, who_calls
from agent_desktop.client.situation import Situation
from agent_desktop.client.store import CallQuality
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.call_text import carrier_badge
from agent_desktop.viewmodels.callcard import CallCard, PersonRow, RecordingView
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.quality import quality_badge, quality_words
from agent_desktop.wire.calls import LegModel
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.phone import PhoneCall


def call_cards(s: Situation) -> tuple[CallCard, ...]:
    """A card for each call in hand and each call that only the phone knows; the one that is up last."""
    talks = [i for i in s.mine() if s.store.medium(i.medium).talk and i.state in {"active", "held"}]
    talks.sort(key=lambda i: (i.state == "active", i.accepted_at))
    rings = {c.id for c in ringing_calls(s)}  # those have the ringing card
    others = [c for c in foreign_calls(s) if c.id not in rings]
    several = len(talks) + len(others) > 1
    cards = [_mine(s, i, s.store.call_of(i.id), several=several) for i in talks]
    cards += [_foreign(s, c, several=several) for c in others]
    return tuple(sorted(cards, key=lambda card: not card.quiet))


def _mine(s: Situation, talk: InteractionModel, call: PhoneCall | None, *, several: bool) -> CallCard:
    """The card of an interaction in my hands."""
    held = talk.state == "held" if s.online else call is not None and call.state == "held"
    started = (talk.call.bridged_at if talk.call is not None else 0.0) or (
        (call.up_at if call is not None else 0.0) or talk.accepted_at
    )
    model = talk.call
    plain = _card(s, words.who(talk), call, started=started, held=held, held_at=talk.held_at)
    here = replace(s, selected=talk.id)
    which = {"id": talk.id} if several else {}
    recording = recording_view(here, talk, which)
    card = replace(
        plain,
        interaction=talk.id,
        buttons=_buttons(here, talk, which, held=held, muted=plain.muted),
        badges=(*plain.badges, *_marks(talk, recording)),
        recording=recording,
        secure=secure_words(talk),
        people=people(here, talk, which),
        talk=model.talk if model is not None else "customer",
        notice=model.notice if model is not None else "",
        listeners=listeners(talk),
    )
    return replace(card, spoken=_spoken(card, plain.spoken))


def _foreign(s: Situation, call: PhoneCall, *, several: bool) -> CallCard:
    """The card of a call that is not my interaction: the phone alone works on it."""
    interaction = s.store.replica.interactions.get(call.interaction)
    held = call.state == "held"
    title = who_calls(call)
    if interaction is not None:
        me = s.store.replica.me.id
        owner = s.store.replica.agents.get(interaction.agent)
        name = owner.name if owner is not None else title
        listening = any(leg.agent == me for leg in supervisors(interaction))
        title = _("{agent} with {customer}", agent=name, customer=words.who(interaction))
        if not listening:
            title = _("{agent} asks about {customer}", agent=name, customer=words.who(interaction))
    plain = _card(s, title, call, started=call.up_at, held=held, held_at=call.held_at)
    which = {"call": call.id} if several else {}
    mute = button("call.unmute" if plain.muted else "call.mute", s, checked=plain.muted, given=which)
    hold = button("call.resume" if held else "call.hold", s, given=which)
    keypad, end = button("call.dtmf", s, given=which), button("call.end", s, tone=Tone.DANGER, given=which)
    card = replace(plain, interaction=call.interaction, buttons=(mute, hold, keypad, end))
    return replace(card, spoken=_spoken(card, plain.spoken))


def _card(
    s: Situation, title: str, call: PhoneCall | None, *, started: float, held: bool, held_at: float
) -> CallCard:
    """What every card has."""
    muted = call is not None and call.muted
    length = s.now - started if started else 0.0
    quality = s.store.phone.quality.get(call.id, CallQuality()) if call is not None else CallQuality()
    badges: list[Badge] = []
    if call is None or call.state in {"dialling", "ringing"}:
        badges.append(Badge(_("connecting"), Tone.WARNING))
    if held:
        since = held_at or (call.held_at if call is not None else 0.0)
        time = s.now - since if since else 0.0
        said = _("on hold for {time}", time=words.spoken(time))
        badges.append(Badge(_("held {time}", time=words.short(time)), Tone.WARNING, said))
    if muted:
        badges.append(Badge(_("muted"), Tone.WARNING))
    if call is not None and (typed := carrier_badge(text_of(s, call))) is not None:
        badges.append(typed)
    locked = call is not None and call.encrypted
    return CallCard(
        interaction="",
        call="" if call is None else call.id,
        title=title,
        timer=words.timer(length),
        badges=tuple(badges),
        tone=Tone.MUTED if held else Tone.OK,
        quiet=held,
        muted=muted,
        spoken=", ".join([_("Call with {name}", name=title), words.spoken(length)]),
        sent_db=quality.sent_db,
        received_db=quality.received_db,
        quality=quality_badge(quality),
        quality_words=quality_words(quality),
        encrypted=Badge(_("Encrypted"), Tone.OK, _("The sound is encrypted on its way (SRTP)."))
        if locked
        else None,
    )


def _spoken(card: CallCard, start: str) -> str:
    """The card as one sentence; the quality only when it is worth a word."""
    said = [start, *(b.spoken or b.text for b in card.badges), *(p.spoken for p in card.people)]
    if card.quality is not None and card.quality.tone is not Tone.OK:
        said.append(card.quality_words or card.quality.spoken)
    return ", ".join(p.rstrip(".") for p in (*said, card.secure, card.listeners) if p)


def _marks(talk: InteractionModel, recording: RecordingView) -> tuple[Badge, ...]:
    marks = [] if recording.state == "off" else [recording.badge]
    if talk.call is not None and talk.call.talk == "all" and guests(talk):
        marks.append(Badge(_("conference"), Tone.ACCENT))
    return tuple(marks)


def recording_view(s: Situation, talk: InteractionModel, which: dict[str, str]) -> RecordingView:
    """The mark, the banner of a pause and the buttons."""
    state = recording_state(talk)
    paused_at = talk.call.recording_paused_at if talk.call is not None else 0.0
    length = s.now - paused_at if paused_at else 0.0
    start = button("call.record", s, label=_("Record"), given=which, act="start")
    pause = button("call.record", s, label=_("Pause recording"), given=which, act="pause")
    resume = button("call.record", s, label=_("Resume recording"), given=which, act="resume")
    stop = button("call.record", s, label=_("Stop recording"), given=which, act="stop")
    match state:
        case "on":
            badge = Badge(_("REC"), Tone.DANGER, _("recording"))
            return RecordingView(state, badge, "", (replace(pause, icon="pause"), replace(stop, icon="stop")))
        case "paused":
            said = _("recording paused for {time}", time=words.spoken(length))
            badge = Badge(_("REC paused {time}", time=words.short(length)), Tone.WARNING, said)
            banner = _("Recording is paused for {time}", time=words.timer(length))
            return RecordingView(state, badge, banner, (resume, replace(stop, icon="stop")))
        case _:
            return RecordingView(state, Badge(_("not recorded"), Tone.MUTED), "", (start,))


def secure_words(talk: InteractionModel) -> str:
    """Card data is being given: a dot for each key."""
    if talk.call is None or not talk.call.secure:
        return ""
    keys = talk.call.secure_keys
    if not keys:
        return _("Card data: the recording is masked, nobody listens")
    dots = "\N{BULLET}" * keys
    return plural("Card data: {n} key {dots}", "Card data: {n} keys {dots}", keys, dots=dots)


def people(s: Situation, talk: InteractionModel, which: dict[str, str]) -> tuple[PersonRow, ...]:
    """The consulted, or the others of the conference, each with its buttons."""
    whom = talk.call.talk if talk.call is not None else "customer"
    return tuple(_person(s, leg, whom, which) for leg in guests(talk))


def _person(s: Situation, leg: LegModel, whom: str, which: dict[str, str]) -> PersonRow:
    name = leg.name or leg.number
    active = leg.state == "up" and whom in {"guest", "all"}
    if leg.state != "up":
        state = Badge(_("ringing"), Tone.ACCENT)
    elif leg.muted:
        state = Badge(_("muted"), Tone.WARNING)
    elif active:
        state = Badge(words.timer(s.now - leg.up_at if leg.up_at else 0.0), Tone.OK, _("talking"))
    else:
        state = Badge(_("waits, hears music"), Tone.WARNING)
    talk = button("call.swap", s, label=_("Talk"), checked=active, given={**which, "with": "guest"})
    mute = button(
        "call.mute_leg",
        s,
        label=_("Unmute") if leg.muted else _("Mute"),
        checked=leg.muted,
        given={**which, "leg": leg.id, "on": "no" if leg.muted else "yes"},
    )
    drop = button("call.drop", s, label=_("Remove"), tone=Tone.DANGER, given={**which, "leg": leg.id})
    buttons = (mute, drop) if whom == "all" else (talk, mute, drop)
    return PersonRow(leg.id, name, state, active, f"{name}, {state.spoken or state.text}", buttons)


def listeners(talk: InteractionModel) -> str:
    """Who is in the call beside us, as far as the policy lets it be known."""
    return ", ".join(listener(leg) for leg in supervisors(talk))


def listener(leg: LegModel) -> str:
    """What a supervisor does in the call."""
    match leg.mode:
        case "whisper":
            return _("{name} whispers to you", name=leg.name)
        case "barge":
            return _("{name} talks with you both", name=leg.name)
        case _:
            return _("{name} listens", name=leg.name)


def _buttons(
    s: Situation, talk: InteractionModel, which: dict[str, str], *, held: bool, muted: bool
) -> tuple[Button, ...]:
    """The buttons of the situation table; what another situation needs is there with its reason."""
    mute = button("call.unmute" if muted else "call.mute", s, checked=muted, given=which)
    end = button("call.end", s, tone=Tone.DANGER, given=which)
    hold = button(
        "call.resume" if held else "call.hold", s, tone=Tone.ACCENT if held else Tone.PLAIN, given=which
    )
    keypad = button("call.dtmf", s, given={"call": call.id} if (call := _own_call(s, talk, which)) else {})
    transfer = button("call.transfer", s, given=which)
    consult = button("call.consult", s, given=which)
    conference = button("call.conference", s, given=which)
    whom = talk.call.talk if talk.call is not None else "customer"
    if guests(talk) and whom != "all":
        swap = button("call.swap", s, label=swap_label(talk), given=which)
        complete = button("call.complete", s, tone=Tone.ACCENT, given=which)
        return (mute, swap, conference, complete, keypad, end)
    if guests(talk):
        leave = button("call.complete", s, label=_("Leave"), given=which)
        return (mute, hold, consult, leave, keypad, end)
    if held:
        return (hold, transfer, conference, end)
    on = is_written_in(s, which)
    text = button("text.on", s, checked=on, given={**which, "value": "off" if on else "on"})
    captions = button("text.captions", s, checked=is_captioned(s, which), given=which)
    reading = (captions,) if not captions.reason else ()  # most phones have none; then the verb says why
    return (mute, hold, transfer, consult, keypad, text, *reading, end)


def _own_call(s: Situation, talk: InteractionModel, which: dict[str, str]) -> PhoneCall | None:
    """The phone's call to name in the keypad's button, when there are several."""
    return s.store.call_of(talk.id) if which else None


def swap_label(talk: InteractionModel) -> str:
    """Whom the swap leads to."""
    whom = talk.call.talk if talk.call is not None else "customer"
    if whom == "guest":
        return _("Back to {name}", name=words.who(talk))
    other = next((leg.name or leg.number for leg in guests(talk)), "")
    return _("Talk with {name}", name=other)
