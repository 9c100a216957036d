"""Events of the own phone in, store changed, news out: the other half of the one writer."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from agent_desktop.client.news import (
    CallMoved,
    CallTextMoved,
    FileMoved,
    HeadsetActed,
    LevelsMoved,
    News,
    PhoneMoved,
    RequestEnded,
    SelfTestMoved,
)
from agent_desktop.client.store import CallQuality, Store
from agent_desktop.wire.calls import CAPTION, CallText, CallTextLine
from agent_desktop.wire.phone import (
    AnyPhoneEvent,
    CallTextChanged,
    CaptionsChanged,
    DevicesChanged,
    FilePlayed,
    HeadsetChanged,
    HeadsetPressed,
    LevelsMeasured,
    MessagesWaiting,
    PhoneCall,
    PhoneCallChanged,
    PhoneReply,
    PhoneSnapshot,
    QualityMeasured,
    RegistrationChanged,
    SelfTestChanged,
    SoundChanged,
)

LINES_KEPT = 400
CAPTIONS = "captions"
"""The word among the phone's capabilities."""
_DEVICES = ("devices", "microphone", "speaker", "microphones", "speakers", "rings")


def apply_phone(store: Store, event: AnyPhoneEvent) -> tuple[News, ...]:
    """Take one event of the phone's link."""
    phone = store.phone
    match event:
        case PhoneSnapshot():
            return _snapshot(store, event)
        case RegistrationChanged(registration=registration):
            before, phone.registration = phone.registration, registration
            return (PhoneMoved(before, registration),) if before != registration else ()
        case PhoneCallChanged(call=call):
            return _call(store, call)
        case CallTextChanged(text=text):
            return _text(store, text)
        case CaptionsChanged(able=able, detail=detail):
            others = tuple(one for one in phone.told.capabilities if one != CAPTIONS)
            now_able = (*others, CAPTIONS) if able else others
            return _told(store, structs.replace(phone.told, capabilities=now_able, captions_detail=detail))
        case DevicesChanged():
            return _told(store, structs.replace(phone.told, **{n: getattr(event, n) for n in _DEVICES}))
        case HeadsetChanged(headset=headset):
            return _told(store, structs.replace(phone.told, headset=headset))
        case SoundChanged(sound=sound):
            return _told(store, structs.replace(phone.told, sound=sound))
        case MessagesWaiting(new=new):
            return _told(store, structs.replace(phone.told, messages_waiting=new))
        case SelfTestChanged(checks=checks, over=over):
            phone.told, phone.testing = structs.replace(phone.told, checks=checks), not over
            return (SelfTestMoved(over),)
        case HeadsetPressed(act=act, call=pressed):
            return (HeadsetActed(act, pressed),)
        case FilePlayed():
            phone.played = None if event.over else event
            _played(store, event)
            return (FileMoved(event),)
        case LevelsMeasured(call=call_id):
            quality = phone.quality.get(call_id, CallQuality())
            phone.quality[call_id] = replace(quality, sent_db=event.sent_db, received_db=event.received_db)
            return (LevelsMoved(call_id),) if call_id in phone.calls else ()
        case QualityMeasured(call=call_id):
            quality = phone.quality.get(call_id, CallQuality())
            phone.quality[call_id] = replace(
                quality,
                loss_percent=event.loss_percent,
                jitter_ms=event.jitter_ms,
                delay_ms=event.delay_ms,
                mos=event.mos,
                r_factor=event.r_factor,
                sent_loss_percent=event.sent_loss_percent,
                sent_mos=event.sent_mos,
                codec=event.codec,
                text_lost=event.text_lost,
                text_flooded=event.text_flooded,
                text_dropped=event.text_dropped,
            )
            return (LevelsMoved(call_id),) if call_id in phone.calls else ()
        case PhoneReply():
            asked = store.asked.pop(event.request, None)
            if asked is None:
                return ()
            state = replace(
                asked,
                state="confirmed" if event.ok else "refused",
                code=event.code,
                message=event.message,
            )
            return (RequestEnded(state),)


def _played(store: Store, event: FilePlayed) -> None:
    playing = store.playing
    if playing is not None and playing.path == event.path:
        now = replace(playing, at_s=event.at_s, length_s=event.length_s)
        store.playing = None if event.over else now


def _told(store: Store, told: PhoneSnapshot) -> tuple[News, ...]:
    before, store.phone.told = store.phone.told, told
    registration = store.phone.registration
    return (PhoneMoved(registration, registration),) if before != told else ()


def _snapshot(store: Store, event: PhoneSnapshot) -> tuple[News, ...]:
    phone = store.phone
    before, phone.registration = phone.registration, event.registration
    phone.told = event
    phone.testing = any(check.state == "running" for check in event.checks)
    there = {c.id: c for c in event.calls if c.state != "ended"}
    gone = [c for c in phone.calls.values() if c.id not in there]
    news: list[News] = [PhoneMoved(before, event.registration)]
    for call in gone:
        news += _call(store, _ended(call))
    for call in there.values():
        news += _call(store, call)
    for text in event.texts:
        news += _text(store, text)
    return tuple(news)


def _call(store: Store, call: PhoneCall) -> tuple[News, ...]:
    before = store.phone.calls.get(call.id)
    if call.state == "ended":
        store.phone.calls.pop(call.id, None)
        store.phone.quality.pop(call.id, None)
        store.phone.texts.pop(call.id, None)
    else:
        store.phone.calls[call.id] = call
    return (CallMoved(before, call),) if before != call else ()


def _text(store: Store, text: CallText) -> tuple[News, ...]:
    """Put the lines that changed in their places; what is new comes at the end, what was erased is gone.

    The last words of a call come when it is gone: they are told and stand nowhere here.
    """
    if text.call not in store.phone.calls:
        late = tuple(line for line in text.lines if line.medium == CAPTION and line.finished)
        return (CallTextMoved(text.call, late),) if late else ()
    before = store.phone.texts.get(text.call, CallText(call=text.call))
    lines = {line.number: line for line in before.lines}
    lines.update((line.number, line) for line in text.lines)
    kept = sorted((line for line in lines.values() if line.text), key=_order)
    now = structs.replace(text, lines=tuple(kept[-LINES_KEPT:]))
    store.phone.texts[text.call] = now
    return (CallTextMoved(text.call, text.lines),) if now != before else ()


def _order(line: CallTextLine) -> tuple[float, int]:
    """What was typed and what was said stand in one row, as it came."""
    return line.began_at, line.number


def _ended(call: PhoneCall) -> PhoneCall:
    """A call that the phone no longer has: it ended while nobody looked."""
    return PhoneCall(
        id=call.id,
        direction=call.direction,
        state="ended",
        interaction=call.interaction,
        remote=call.remote,
        remote_name=call.remote_name,
        started_at=call.started_at,
        up_at=call.up_at,
    )
