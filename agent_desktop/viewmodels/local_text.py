"""The local acts of writing in a call: what is typed goes to the phone, the panel opens and closes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.actions_text import RTT, text_of
from agent_desktop.client.store import Asked
from agent_desktop.client.typing_text import Typing, macro
from agent_desktop.wire.phone import TypeText

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]
MOST_AT_ONCE = 4000  # what the phone takes with one command


def typed(d: Desktop, call: str, text: str) -> None:
    """The editor's text is now this; what can go goes to the phone."""
    typing = d.workspace.typing.setdefault(call, Typing())
    d.workspace.typed[call] = text
    _send(d, call, typing.edited(text, holds_word=_carrier(d, call) != RTT))


def answered(d: Desktop, asked: Asked) -> None:
    """The phone took what was typed, or refused it: what ended a turn and never went stands in the field."""
    if not isinstance(asked.command, TypeText):
        return
    call = asked.command.call
    typing = d.workspace.typing.get(call)
    back = typing.answered(asked.id, taken=asked.state == "confirmed") if typing is not None else ""
    if back:
        d.workspace.typed[call] = " ".join(text for text in (back, d.workspace.typed.get(call, "")) if text)
        d.workspace.turns[call] = d.workspace.turns.get(call, 0) + 1
        d.changed("conversation")


def forget(d: Desktop, call: str) -> None:
    """The call is over."""
    d.workspace.texting.discard(call)
    for kept in (d.workspace.typing, d.workspace.typed, d.workspace.turns):
        kept.pop(call, None)


def _opened(d: Desktop, a: Given) -> None:
    if a.get("value", "on") == "on":
        d.workspace.texting.add(a["call"])
    else:
        d.workspace.texting.discard(a["call"])
    d.changed("conversation", "topbar")


def _typed(d: Desktop, a: Given) -> None:
    typed(d, a["call"], a.get("text", ""))


def _finish(d: Desktop, a: Given) -> None:
    """Send the turn: what is given, else what stands in the editor, with its ending."""
    call = a["call"]
    is_tty = _carrier(d, call) != RTT
    typing = d.workspace.typing.setdefault(call, Typing())
    written = d.workspace.typed.get(call, "")
    text, word = macro(a["text"]) if "text" in a else (written, "")
    if "text" in a:  # said as a whole: it begins anew after what is being typed
        _send(d, call, typing.finished(written, is_tty=is_tty), wrote=written, closes=True)
    wrote = "" if "text" in a else written  # whoever said it as a whole is told, and has no field
    _send(
        d, call, typing.finished(text, a.get("ending", "") or word, is_tty=is_tty), wrote=wrote, closes=True
    )
    d.workspace.typed.pop(call, None)
    d.workspace.turns[call] = d.workspace.turns.get(call, 0) + 1
    d.changed("conversation")


def _send(d: Desktop, call: str, text: str, *, closes: bool = False, wrote: str = "") -> None:
    typing = d.workspace.typing[call]
    for at in range(0, len(text), MOST_AT_ONCE):
        piece = text[at : at + MOST_AT_ONCE]
        ends = closes and at + MOST_AT_ONCE >= len(text)
        request = d.runtime.ask_phone(TypeText(call=call, text=piece, ends_turn=ends))
        typing.asked(request, piece, closes=ends, wrote=wrote)
    if closes and not text:
        if wrote:  # all of it has gone
            d.runtime.ask_phone(TypeText(call=call, text="", ends_turn=True))
        typing.asked("", "", closes=True)


def _carrier(d: Desktop, call: str) -> str:
    text = text_of(d.situation(), d.runtime.store.phone.calls.get(call))
    return text.carrier if text is not None else ""


TEXTING: dict[str, Callable[[Desktop, Given], None]] = {
    "text.opened": _opened,
    "text.typed": _typed,
    "text.finish": _finish,
}
