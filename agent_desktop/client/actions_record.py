"""The actions of recording: start, pause, resume, stop; card data; hearing a recording; calling back."""

from __future__ import annotations

import re

from agent_desktop.client.action import Action, Arguments, Locally, Step, ToRouter
from agent_desktop.client.actions_call import CALL
from agent_desktop.client.actions_party import call_in_hand
from agent_desktop.client.actions_work import needs_router
from agent_desktop.client.calling import refusal
from agent_desktop.client.numbers import dialled, is_number
from agent_desktop.client.situation import Situation
from agent_desktop.domain import transfer
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.calls import RecordingModel
from agent_desktop.wire.commands import AskCallback, SetRecording, SetSecure
from agent_desktop.wire.models import InteractionModel

NEEDED = {"start": "off", "pause": "on", "resume": "paused"}
NEXT = {"off": "start", "on": "pause", "paused": "resume"}
MOST_KEYS = 32
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0


def recording_state(talk: InteractionModel) -> str:
    """off, on or paused."""
    return talk.call.recording if talk.call is not None else "off"


def _act(talk: InteractionModel, a: Arguments) -> str:
    return a.get("act", "") or NEXT.get(recording_state(talk), "start")


def _can_record(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    talk = call_in_hand(s, a)
    if reason := refusal(transfer.RECORD, talk):
        return reason
    act, state, policy = _act(talk, a), recording_state(talk), s.store.queue(talk.queue).recording
    if act not in {*NEEDED, "stop"}:
        return _("A recording is started, paused, resumed or stopped.")
    if policy == "off":
        return _("Calls of this queue are not recorded.")
    if act == "stop" and policy == "always":
        return _("Calls of this queue are always recorded; pause it instead.")
    secure = talk.call is not None and talk.call.secure
    if act == "resume" and secure:
        return _("Card data is being given. End that first.")
    good = state != "off" if act == "stop" else state == NEEDED[act]
    return "" if good else _state_words(state)


def _state_words(state: str) -> str:
    return {
        "off": _("The call is not recorded now."),
        "on": _("The recording runs."),
        "paused": _("The recording is paused."),
    }.get(state, state)


def _record(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    return (ToRouter(SetRecording(interaction=talk.id, act=_act(talk, a))),)


def _can_secure(s: Situation, a: Arguments) -> str:
    return needs_router(s, a) or refusal(transfer.SECURE, call_in_hand(s, a))


def _secure(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    word = a.get("on", "").strip().casefold()
    if word not in {"", "on", "off"}:
        raise RefusedError(_("Say secure on, or secure off."), code="usage")
    on = word == "on" if word else not (talk.call is not None and talk.call.secure)
    keys = a.get("keys", "").strip()
    if keys and not keys.isdecimal():
        raise RefusedError(_("Say how many keys the customer will press."), code="usage")
    collect = min(int(keys), MOST_KEYS) if keys and on else 0
    command = SetSecure(interaction=talk.id, on=on, field=a.get("field", ""), collect=collect)
    return (ToRouter(command),)


def recording_of(s: Situation, a: Arguments) -> tuple[str, RecordingModel]:
    """The recording that is meant: (interaction, recording).  Raises `RefusedError`."""
    interaction = s.interaction(a.get("id", ""))
    wanted = a.get("recording", "")
    if not interaction.recordings:
        raise RefusedError(_("There is no recording of this."), code="no_recording")
    for number, recording in enumerate(interaction.recordings, 1):
        if wanted in {recording.id, str(number)} or (not wanted and number == len(interaction.recordings)):
            return interaction.id, recording
    raise RefusedError(_("There is no recording {name} of this.", name=wanted), code="no_recording")


def _can_play(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    if s.store.phone.connection.state != "online":
        return _("The phone is not running. It is being started again.")
    if any(c.state in {"up", "held", "dialling"} for c in s.store.phone.calls.values()):
        return _("You are on a call; the customer would hear it.")
    if a.get("known") != "yes":
        recording_of(s, a)
    return ""


def _play(s: Situation, a: Arguments) -> tuple[Step, ...]:
    if a.get("known") == "yes":  # of an older interaction that is only in the timeline
        pair = (("id", a.get("id", "")), ("recording", a.get("recording", "")))
    else:
        interaction, recording = recording_of(s, a)
        pair = (("id", interaction), ("recording", recording.id))
    return (Locally("recording.play", pair),)


def _can_stop(s: Situation, _a: Arguments) -> str:
    return "" if s.store.playing is not None else _("No recording is being played.")


def _stop(_s: Situation, _a: Arguments) -> tuple[Step, ...]:
    return (Locally("recording.stop"),)


def _callback(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`callback [NUMBER] [in 30m] [mine]`: any part may be left out."""
    interaction = s.interaction(a.get("id", ""))
    number, at, mine = a.get("number", ""), float(a.get("at", "0") or 0), a.get("mine", "") == "yes"
    rest = a.get("text", "").split()
    while rest:
        word = rest.pop(0)
        if word == "mine":
            mine = True
        elif word == "in" and rest:
            at = s.now + _length(rest.pop(0))
        elif is_number(word):
            number = word
        else:
            raise RefusedError(_("Say callback, then a number, in 30m, or mine."), code="usage")
    number = dialled(number) if number else ""
    return (ToRouter(AskCallback(interaction=interaction.id, number=number, at=at, mine=mine)),)


def _length(word: str) -> float:
    found = re.fullmatch(r"(\d{1,4})([mhd]?)", word, re.ASCII)
    if found is None:
        raise RefusedError(_("A time is 30m, 2h or 1d."), code="usage")
    return int(found[1]) * {"": MINUTE_S, "m": MINUTE_S, "h": HOUR_S, "d": DAY_S}[found[2]]


def _can_call_back(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    interaction = s.interaction(a.get("id", ""))
    return "" if s.store.is_mine(interaction) else _("This is not yours.")


RECORDS = (
    Action("call.record", "Record", CALL, "Start, pause, resume or stop the recording.", _can_record,
           _record, "record", "record [start|pause|resume|stop]", "Ctrl+Shift+2", "record"),
    Action("call.secure", "Card data", CALL, "Mask the recording while card data is given; nobody listens.",
           _can_secure, _secure, "secure", "secure on|off [KEYS]", "Ctrl+Shift+3", "lock"),
    Action("recording.play", "Play", CALL, "Hear a recording or a voice message.", _can_play, _play, "play",
           "play [N]", icon="play", palette=False),
    Action("recording.stop", "Stop", CALL, "Stop the recording that plays.", _can_stop, _stop, "stop", "stop",
           icon="stop", palette=False),
    Action("call.callback", "Call back", CALL, "Have the customer called back, now or later.", _can_call_back,
           _callback, "callback", "callback [NUMBER] [in 30m] [mine]", icon="phone", palette=False),
)  # fmt: skip
