"""The actions of a call, by the table of situations: what works now, and of the rest why it does not.

With the router connected it is asked (it plays the music, it keeps the record).  While it is away a call
that is up can still be muted, held and ended: the phone does it alone.
"""

from __future__ import annotations

import re
import unicodedata

from agent_desktop.client.action import Action, Arguments, Step, ToPhone, ToRouter, not_yet, nothing
from agent_desktop.client.actions_work import needs_router
from agent_desktop.client.situation import Situation
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import (
    DialNumber,
    EndInteraction,
    HoldInteraction,
    ResumeInteraction,
    TransferInteraction,
)
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.phone import HangUp, PhoneCall, SendDtmf, SetHold, SetMute


def _no_call(s: Situation) -> str:
    if not s.signed_in:
        return _("Sign in first.")
    if s.talk() is None and s.call() is None:
        return _("There is no call.")
    return ""


def _phone_call(s: Situation) -> tuple[PhoneCall | None, str]:
    """The phone's call when it is up, or why it cannot be worked on."""
    if reason := _no_call(s):
        return None, reason
    if s.store.phone.connection.state != "online":
        return None, _("The phone is not running. It is being started again.")
    call = s.call()
    if call is None:
        return None, _("Your phone does not have this call.")
    if call.state not in {"up", "held"}:
        return None, _("The call is not connected yet.")
    return call, ""


def _can_mute(s: Situation, _a: Arguments) -> str:
    call, reason = _phone_call(s)
    if call is not None and call.muted:
        return _("You are muted already.")
    return reason


def _can_unmute(s: Situation, _a: Arguments) -> str:
    call, reason = _phone_call(s)
    if call is not None and not call.muted:
        return _("You are not muted.")
    return reason


def _mute(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    return _set_mute(s, on=True)


def _unmute(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    return _set_mute(s, on=False)


def _set_mute(s: Situation, *, on: bool) -> tuple[Step, ...]:
    call = s.call()
    return () if call is None else (ToPhone(SetMute(call=call.id, on=on)),)


def is_held(s: Situation, talk: InteractionModel | None, call: PhoneCall | None) -> bool:
    """Whether the customer hears music: the router's word, the phone's while the router is away."""
    if talk is not None and s.online:
        return talk.state == "held"
    return call is not None and call.state == "held"


def _can_hold(s: Situation, _a: Arguments) -> str:
    if reason := _no_call(s):
        return reason
    if is_held(s, s.talk(), s.call()):
        return _("The call is on hold already.")
    return _reachable(s)


def _can_resume(s: Situation, _a: Arguments) -> str:
    if reason := _no_call(s):
        return reason
    if not is_held(s, s.talk(), s.call()):
        return _("The call is not on hold.")
    return _reachable(s)


def _reachable(s: Situation) -> str:
    """The router can do it, or else the phone can."""
    return "" if s.online and s.talk() is not None else _phone_call(s)[1]


def _hold(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    talk, call = s.talk(), s.call()
    if talk is not None and s.online:
        return (ToRouter(HoldInteraction(interaction=talk.id)),)
    return () if call is None else (ToPhone(SetHold(call=call.id, on=True)),)


def _resume(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    talk, call = s.talk(), s.call()
    if talk is not None and s.online:
        return (ToRouter(ResumeInteraction(interaction=talk.id)),)
    return () if call is None else (ToPhone(SetHold(call=call.id, on=False)),)


def _can_end(s: Situation, _a: Arguments) -> str:
    reason = _no_call(s)
    if reason or (s.online and s.talk() is not None):
        return reason
    if s.store.phone.connection.state != "online":
        return _("Neither the server nor the phone can be reached now.")
    return "" if s.call() is not None else _("There is no call.")


def _end(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    talk, call = s.talk(), s.call()
    if talk is not None and s.online:
        return (ToRouter(EndInteraction(interaction=talk.id)),)
    return () if call is None else (ToPhone(HangUp(call=call.id)),)


def dialled(text: str) -> str:
    """A number as it may be dialled: digits of any script, + * # and letters of a SIP name.

    Raises `RefusedError` for what is none.
    """
    plain = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text.strip())
    plain = plain.removeprefix("tel:")
    if re.fullmatch(r"[+\d*#][\d*#().\s/-]*", plain):
        plain = re.sub(r"[().\s/-]", "", plain)
    if not re.fullmatch(r"\+?[\w*#.@:-]{1,128}", plain, re.ASCII):
        raise RefusedError(_("“{text}” is not a number that can be called.", text=text), code="bad_number")
    return plain


def _can_dial(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    if s.talk() is not None:
        return _("You are on a call. End it or put it through first.")
    if s.store.phone.connection.state != "online":
        return _("The phone is not running. It is being started again.")
    return ""


def _dial(s: Situation, a: Arguments) -> tuple[Step, ...]:
    word = a.get("queue", "")
    queue = next((q.id for q in s.store.replica.centre.queues if word and word in {q.id, q.name}), "")
    return (ToRouter(DialNumber(number=dialled(a.get("number", "")), queue=queue)),)


def _can_press(s: Situation, _a: Arguments) -> str:
    return _phone_call(s)[1]


def _press(s: Situation, a: Arguments) -> tuple[Step, ...]:
    digits = re.sub(r"[\s,]", "", a.get("digits", "")).upper()
    if not re.fullmatch(r"[0-9*#A-D]{1,64}", digits):
        raise RefusedError(_("Keys are the digits 0 to 9, * and #."), code="bad_digits")
    call = s.call()
    return () if call is None else (ToPhone(SendDtmf(call=call.id, digits=digits)),)


def _can_transfer(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    interaction = _to_transfer(s, a)
    if not s.store.is_mine(interaction):
        return _("This is not yours.")
    if interaction.state == "wrap_up":
        return _("It has ended: only what goes on can be transferred.")
    return ""


def _to_transfer(s: Situation, a: Arguments) -> InteractionModel:
    if a.get("id"):
        return s.interaction(a["id"])
    looked_at = s.looked_at
    if looked_at is not None and s.store.is_mine(looked_at) and not s.store.medium(looked_at.medium).talk:
        return looked_at
    return s.talk() or s.interaction()


def _transfer(s: Situation, a: Arguments) -> tuple[Step, ...]:
    target, _name = s.target(a.get("target", ""))
    interaction = _to_transfer(s, a).id
    return (ToRouter(TransferInteraction(interaction=interaction, target=target, note=a.get("note", ""))),)


CALL, LEAD = "Call", "Supervision"

CALLS = (
    Action("call.mute", "Mute", CALL, "The customer does not hear you.", _can_mute, _mute, "mute", "mute",
           "Ctrl+M", "mute"),
    Action("call.unmute", "Unmute", CALL, "The customer hears you again.", _can_unmute, _unmute, "unmute",
           "unmute", "Ctrl+M", "unmute"),
    Action("call.hold", "Hold", CALL, "The customer hears music.", _can_hold, _hold, "hold", "hold",
           "Ctrl+H", "hold"),
    Action("call.resume", "Resume", CALL, "Go on with the held call.", _can_resume, _resume, "resume",
           "resume", "Ctrl+H", "resume"),
    Action("call.transfer", "Transfer", CALL, "Give it to a queue or an agent.", _can_transfer, _transfer,
           "transfer", "transfer TARGET", "Ctrl+T", "transfer"),
    Action("call.consult", "Consult", CALL, "Ask a colleague first.", not_yet, nothing, "consult",
           "consult TARGET", icon="assign"),
    Action("call.complete", "Complete", CALL, "Put the customer through.", not_yet, nothing, "complete",
           "complete", icon="transfer"),
    Action("call.conference", "Conference", CALL, "Talk with all of them.", not_yet, nothing, "conference",
           "conference", icon="plus"),
    Action("call.dtmf", "Keypad", CALL, "Press keys in the call.", _can_press, _press, "dtmf", "dtmf DIGITS",
           "Ctrl+Shift+K", "keypad"),
    Action("call.dial", "Call", CALL, "Call a number.", _can_dial, _dial, "dial", "dial NUMBER", "Ctrl+D",
           "phone"),
    Action("call.end", "End", CALL, "Hang up.", _can_end, _end, "hangup", "hangup", "Ctrl+Shift+End", "end"),
    Action("text.on", "TTY", CALL, "Write in the call: TTY or real-time text.", not_yet, nothing, "tty",
           "tty on|off", icon="tty"),
    Action("text.vco", "VCO", CALL, "The caller speaks and reads.", not_yet, nothing, "vco", "vco"),
    Action("text.hco", "HCO", CALL, "The caller types and hears.", not_yet, nothing, "hco", "hco"),
    Action("text.ga", "GA", CALL, "Go ahead: the caller's turn.", not_yet, nothing, "ga", "ga"),
    Action("text.sk", "SK", CALL, "Stop keying: the end.", not_yet, nothing, "sk", "sk"),
    Action("text.q", "Q", CALL, "A question mark.", not_yet, nothing, "q", "q"),
    Action("text.interrupt", "Interrupt", CALL, "Send without waiting for your turn.", not_yet, nothing,
           "interrupt", "interrupt"),
    Action("text.live", "Live text", CALL, "Letter by letter, for braille.", not_yet, nothing, "live",
           "live on|off"),
    Action("lead.listen", "Listen", LEAD, "Hear an agent's call.", not_yet, nothing, "listen",
           "listen AGENT", icon="supervisor"),
    Action("lead.whisper", "Whisper", LEAD, "Speak to the agent only.", not_yet, nothing, "whisper",
           "whisper AGENT", icon="supervisor"),
    Action("lead.barge", "Barge in", LEAD, "Speak to both.", not_yet, nothing, "barge", "barge AGENT",
           icon="supervisor"),
)  # fmt: skip
