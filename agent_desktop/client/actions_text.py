"""Writing in a call: TTY and real-time text.  The phone sends and reads; here is what an agent can do.

The turn words (GA, SK, Q, HD) end what is written; what is being typed goes before them.  A greeting is for
a call on which nobody speaks: a TTY is silent until somebody types.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from msgspec import structs

from agent_desktop.client.action import Action, Arguments, Locally, Step, ToPhone, ToRouter, local
from agent_desktop.client.actions_call import phone_call
from agent_desktop.client.calling import meant
from agent_desktop.client.phone_updates import CAPTIONS
from agent_desktop.client.situation import Situation
from agent_desktop.client.typing_text import GO_AHEAD, HOLD_ON, QUESTION, STOP_KEYING
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.access import ActOnText
from agent_desktop.wire.calls import CallText
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.phone import FixShift, InterruptText, PhoneCall, SetCaptions, SetText

OFF, TEXT, VCO, HCO = "off", "text", "vco", "hco"
TTY, RTT = "tty", "rtt"
CAPTION_MODES: Final = {OFF: OFF, "on": "far", "both": "both"}
ON_OFF: Final = {"": TEXT, "on": TEXT, "off": OFF}


def text_of(s: Situation, call: PhoneCall | None) -> CallText | None:
    """What is typed in a call; None where there is none, or its phone has no text.

    Where the exchange is the modem of a customer's TTY, the lines are the phone's and all else is the TTY's.
    """
    text = s.store.phone.texts.get(call.id) if call is not None else None
    line = _line(s, call) if call is not None else None
    if text is None or line is None or text.carrier != RTT:
        return text
    return structs.replace(
        line,
        call=text.call,
        mode=text.mode,
        lines=text.lines,
        detail=text.detail,
        captions=text.captions,
        captions_detail=text.captions_detail,
    )


def _line(s: Situation, call: PhoneCall) -> CallText | None:
    talk = s.store.replica.interactions.get(call.interaction)
    return talk.call.line if talk is not None and talk.call is not None else None


def _named(s: Situation, a: Arguments) -> Arguments:
    """The call that is looked at is meant where none is named: it is the one whose letters are seen."""
    here = s.looked_at
    if a.get("call") or a.get("id") or here is None or s.store.call_of(here.id) is None:
        return a
    return {**a, "id": here.id} if s.store.is_mine(here) else a


def _meant(s: Situation, a: Arguments) -> tuple[InteractionModel | None, PhoneCall | None]:
    return meant(s, _named(s, a))


def call_text(s: Situation, a: Arguments) -> CallText | None:
    """What is typed in the call that is meant."""
    return text_of(s, _meant(s, a)[1])


def is_written_in(s: Situation, a: Arguments) -> bool:
    """Whether what is said in this call is typed."""
    text = call_text(s, a)
    return text is not None and text.found and text.mode != OFF


def can_text(s: Situation, a: Arguments) -> str:
    """Why nothing can be typed in the call, in words."""
    call, reason = phone_call(s, _named(s, a))
    if call is None:
        return reason
    able = s.store.phone.told.capabilities
    if able and "text" not in able:
        return _("The phone's engine cannot write in calls.")
    text = text_of(s, call)
    return text.detail if text is not None and not text.carrier else ""


def _can_carry(s: Situation, a: Arguments) -> str:
    """VCO and HCO are ways to share one line; with real-time text voice and text are there at once."""
    if reason := can_text(s, a):
        return reason
    text = call_text(s, a)
    return _("Voice and text go at once here.") if text is not None and text.carrier == RTT else ""


def _can_interrupt(s: Situation, a: Arguments) -> str:
    if reason := can_text(s, a):
        return reason
    text = call_text(s, a)
    return "" if text is not None and text.waiting else _("Nothing waits to be sent.")


def _can_fix(s: Situation, a: Arguments) -> str:
    if reason := can_text(s, a):
        return reason
    text = call_text(s, a)
    return "" if text is not None and text.carrier == TTY else _("Only a TTY has figures and letters.")


def _on(s: Situation, a: Arguments) -> tuple[Step, ...]:
    word = a.get("value", "").lower()
    if word not in ON_OFF:
        raise RefusedError(_("Say on or off."), code="bad_value")
    return _set(s, a, ON_OFF[word])


def _set(s: Situation, a: Arguments, mode: str) -> tuple[Step, ...]:
    _talk, call = _meant(s, a)
    if call is None:
        return ()
    opened = Locally("text.opened", (("call", call.id), ("value", "off" if mode == OFF else "on")))
    return (ToPhone(SetText(call=call.id, mode=mode)), opened)


def _carry(s: Situation, a: Arguments, *, mode: str) -> tuple[Step, ...]:
    """The same again goes back to plain text."""
    text = call_text(s, a)
    return _set(s, a, TEXT if text is not None and text.mode == mode else mode)


def can_caption(s: Situation, a: Arguments) -> str:
    """Why there are no captions of the call, in words."""
    call, reason = phone_call(s, _named(s, a))
    if call is None:
        return reason
    told = s.store.phone.told
    return "" if CAPTIONS in told.capabilities else told.captions_detail or _("This phone has no captions.")


def is_captioned(s: Situation, a: Arguments) -> bool:
    """Whether what is said in this call is shown."""
    text = call_text(s, a)
    return text is not None and text.captions != OFF


def _caption(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """Without a word it is turned round."""
    _talk, call = _meant(s, a)
    word = a.get("value", "").lower() or (OFF if is_captioned(s, a) else "on")
    if word not in CAPTION_MODES:
        raise RefusedError(_("Say on, off or both."), code="bad_value")
    return () if call is None else (ToPhone(SetCaptions(call=call.id, mode=CAPTION_MODES[word])),)


def _turn(s: Situation, a: Arguments, *, word: str) -> tuple[Step, ...]:
    return _finished(s, a, word)


def say_in_call(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """Send a text, or what stands in the editor when none is given; `/ga` and `/sk` at its end are macros."""
    return _finished(s, a, a.get("ending", ""))


def _finished(s: Situation, a: Arguments, ending: str) -> tuple[Step, ...]:
    _talk, call = _meant(s, a)
    if call is None:
        return ()
    told = {"call": call.id, "ending": ending, **({"text": a["text"]} if "text" in a else {})}
    return (Locally("text.finish", tuple(sorted(told.items()))),)


def _greet(s: Situation, a: Arguments) -> tuple[Step, ...]:
    _talk, call = _meant(s, a)
    if call is None:
        return ()
    words = s.store.replica.centre.text_greeting
    return (*_set(s, a, TEXT), Locally("text.finish", (("call", call.id), ("text", words))))


def _interrupt(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return _on_tty(s, a, InterruptText, "interrupt")


def _fix(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return _on_tty(s, a, FixShift, "fix_shift")


def _on_tty(
    s: Situation, a: Arguments, command: type[InterruptText | FixShift], act: str
) -> tuple[Step, ...]:
    """The modem is the phone's, or the exchange's."""
    talk, call = _meant(s, a)
    if call is None:
        return ()
    if talk is not None and _line(s, call) is not None:
        return (ToRouter(ActOnText(interaction=talk.id, act=act)),)
    return (ToPhone(command(call=call.id)),)


TYPED = "Text in calls"
_local = partial(local, group=TYPED)

TEXTS = (
    Action("text.on", "TTY", TYPED, "Write in the call: TTY or real-time text.", can_text, _on, "tty",
           "tty on|off", "Ctrl+Shift+Y", "tty"),
    Action("text.captions", "Captions", TYPED, "Read what is said in the call: automatic captions.",
           can_caption, _caption, "captions", "captions [on|off|both]", "Ctrl+Shift+O", "eye"),
    Action("text.greet", "Greeting", TYPED, "Type a greeting into a call on which nobody speaks.", can_text,
           _greet, "greeting", "greeting", icon="tty"),
    Action("text.vco", "VCO", TYPED, "The caller speaks and reads.", _can_carry,
           partial(_carry, mode=VCO), "vco", "vco", icon="voice"),
    Action("text.hco", "HCO", TYPED, "The caller types and hears.", _can_carry,
           partial(_carry, mode=HCO), "hco", "hco", icon="tty"),
    _local("text.typed", "Type", "Type in the call; what can go goes at once.", check=can_text),
    Action("text.say", "Send", TYPED, "Send what is typed in the call.", can_text, say_in_call,
           palette=False),
    Action("text.ga", "GA", TYPED, "Go ahead: the caller's turn.", can_text,
           partial(_turn, word=GO_AHEAD), "ga", "ga", "Ctrl+G", "send"),
    Action("text.sk", "SK", TYPED, "Stop keying: the end.", can_text, partial(_turn, word=STOP_KEYING), "sk",
           "sk"),
    Action("text.q", "Q", TYPED, "A question mark.", can_text, partial(_turn, word=QUESTION), "q", "q"),
    Action("text.hd", "HD", TYPED, "Hold on, please.", can_text, partial(_turn, word=HOLD_ON), "hd", "hd"),
    Action("text.interrupt", "Interrupt", TYPED, "Send without waiting for your turn.", _can_interrupt,
           _interrupt, "interrupt", "interrupt"),
    Action("text.fix_shift", "Fix letters", TYPED, "Read the caller's turn again: figures as letters.",
           _can_fix, _fix, "fix", "fix", icon="back"),
)  # fmt: skip
