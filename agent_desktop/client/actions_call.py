"""The actions of a call, by the table of situations: what works now, and of the rest why it does not.

With the router connected it is asked (it plays the music, it keeps the record).  While it is away a call
that is up can still be muted, held and ended: the phone does it alone.
"""

from __future__ import annotations

import re

from agent_desktop.client.action import Action, Arguments, Locally, Step, ToPhone, ToRouter
from agent_desktop.client.actions_work import cannot_wait
from agent_desktop.client.calling import meant, refusal
from agent_desktop.client.numbers import dialled
from agent_desktop.client.situation import Situation
from agent_desktop.domain import transfer
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import DialNumber, EndInteraction, HoldInteraction, ResumeInteraction
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.phone import HangUp, PhoneCall, SendDtmf, SetHold, SetMute


def _no_call(s: Situation, a: Arguments) -> str:
    if not s.signed_in:
        return _("Sign in first.")
    if meant(s, a) == (None, None):
        return _("There is no call.")
    return ""


def phone_call(s: Situation, a: Arguments) -> tuple[PhoneCall | None, str]:
    """The phone's call when it is up, or why it cannot be worked on."""
    if reason := _no_call(s, a):
        return None, reason
    if s.store.phone.connection.state != "online":
        return None, _("The phone is not running. It is being started again.")
    _talk, call = meant(s, a)
    if call is None:
        return None, _("Your phone does not have this call.")
    if call.state not in {"up", "held"}:
        return None, _("The call is not connected yet.")
    return call, ""


def _can_mute(s: Situation, a: Arguments) -> str:
    call, reason = phone_call(s, a)
    if call is not None and call.muted:
        return _("You are muted already.")
    return reason


def _can_unmute(s: Situation, a: Arguments) -> str:
    call, reason = phone_call(s, a)
    if call is not None and not call.muted:
        return _("You are not muted.")
    return reason


def _mute(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return _set_mute(s, a, on=True)


def _unmute(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return _set_mute(s, a, on=False)


def _set_mute(s: Situation, a: Arguments, *, on: bool) -> tuple[Step, ...]:
    _talk, call = meant(s, a)
    return () if call is None else (ToPhone(SetMute(call=call.id, on=on)),)


def is_held(s: Situation, talk: InteractionModel | None, call: PhoneCall | None) -> bool:
    """Whether the call is put aside: by the router, or by the phone alone for another call."""
    return (talk is not None and s.online and talk.state == "held") or _aside(call)


def _aside(call: PhoneCall | None) -> bool:
    return call is not None and call.state == "held"


def _can_hold(s: Situation, a: Arguments) -> str:
    return _can_change_hold(s, a, held=False)


def _can_resume(s: Situation, a: Arguments) -> str:
    return _can_change_hold(s, a, held=True)


def _can_change_hold(s: Situation, a: Arguments, *, held: bool) -> str:
    """Only another call than the one that is so already; by the router's table, or by the phone alone."""
    if reason := _no_call(s, a):
        return reason
    talk, call = meant(s, a)
    if is_held(s, talk, call) != held:
        return _("The call is not on hold.") if held else _("The call is on hold already.")
    if s.online and talk is not None and (not held or talk.state == "held"):
        return refusal(transfer.RESUME if held else transfer.HOLD, talk)
    if reason := phone_call(s, a)[1]:
        return reason
    able = s.store.phone.told.capabilities
    if able and "hold" not in able:
        return _("The phone's engine cannot hold calls.")
    return ""


def _hold(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk, call = meant(s, a)
    if talk is not None and s.online:
        return (ToRouter(HoldInteraction(interaction=talk.id)),)
    return () if call is None else (ToPhone(SetHold(call=call.id, on=True)),)


def _resume(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """Undo both holds: the router's, and the phone's own for another call that was answered."""
    talk, call = meant(s, a)
    steps: list[Step] = []
    if call is not None and _aside(call) and s.store.phone.connection.state == "online":
        steps.append(ToPhone(SetHold(call=call.id, on=False)))
    if talk is not None and s.online and talk.state == "held":
        steps.append(ToRouter(ResumeInteraction(interaction=talk.id)))
    return tuple(steps)


def _can_end(s: Situation, a: Arguments) -> str:
    reason = _no_call(s, a)
    talk, call = (None, None) if reason else meant(s, a)
    if reason or (s.online and talk is not None):
        return reason
    if s.store.phone.connection.state != "online":
        return _("Neither the server nor the phone can be reached now.")
    return "" if call is not None else _("There is no call.")


def _end(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk, call = meant(s, a)
    if talk is not None and s.online:
        return (ToRouter(EndInteraction(interaction=talk.id)),)
    return () if call is None else (ToPhone(HangUp(call=call.id)),)


def can_dial(s: Situation, _a: Arguments) -> str:
    """Whether a number could be called now."""
    if reason := cannot_wait(s, DialNumber):
        return reason
    if s.talk() is not None:
        return _("You are on a call. End it or put it through first.")
    if s.store.phone.connection.state != "online":
        return _("The phone is not running. It is being started again.")
    return ""


def _dial(s: Situation, a: Arguments) -> tuple[Step, ...]:
    if not a.get("number", "").strip():
        return (Locally("keypad.open"),)
    word = a.get("queue", "")
    queue = next((q.id for q in s.store.replica.centre.queues if word and word in {q.id, q.name}), "")
    return (ToRouter(DialNumber(number=dialled(a.get("number", "")), queue=queue)),)


def _can_press(s: Situation, a: Arguments) -> str:
    if not a.get("digits") and meant(s, a) == (None, None):
        return can_dial(s, a)  # without a call the keypad is a dial pad
    call, reason = phone_call(s, a)
    able = s.store.phone.told.capabilities
    if call is not None and able and "dtmf" not in able:
        return _("The phone's engine cannot press keys.")
    return reason


def _press(s: Situation, a: Arguments) -> tuple[Step, ...]:
    digits = re.sub(r"[\s,]", "", a.get("digits", "")).upper()
    if not digits:
        return (Locally("keypad.open"),)
    if not re.fullmatch(r"[0-9*#A-D]{1,64}", digits, re.ASCII):
        raise RefusedError(_("Keys are the digits, * and #."), code="bad_digits")
    _talk, call = meant(s, a)
    if call is None:
        return ()
    pressed = Locally("keypad.pressed", (("call", call.id), ("digits", digits)))
    return (ToPhone(SendDtmf(call=call.id, digits=digits)), pressed)


CALL = "Call"

CALLS = (
    Action("call.mute", "Mute", CALL, "The customer does not hear you.", _can_mute, _mute, "mute", "mute",
           "Ctrl+M", "mute"),
    Action("call.unmute", "Unmute", CALL, "The customer hears you again.", _can_unmute, _unmute, "unmute",
           "unmute", "Ctrl+M", "unmute"),
    Action("call.hold", "Hold", CALL, "The customer hears music.", _can_hold, _hold, "hold", "hold",
           "Ctrl+H", "hold"),
    Action("call.resume", "Resume", CALL, "Go on with the held call.", _can_resume, _resume, "resume",
           "resume", "Ctrl+H", "resume"),
    Action("call.dtmf", "Keypad", CALL, "Press keys in the call, or dial a number.", _can_press, _press,
           "dtmf", "dtmf DIGITS", "Ctrl+Shift+K", "keypad"),
    Action("call.dial", "Call", CALL, "Call a number.", can_dial, _dial, "dial", "dial NUMBER [for QUEUE]",
           "Ctrl+D", "phone"),
    Action("call.end", "End", CALL, "Hang up.", _can_end, _end, "hangup", "hangup", "Ctrl+Shift+End", "end"),
)  # fmt: skip
