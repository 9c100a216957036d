"""What is typed in the call that is looked at: both sides' lines, whose turn it is, what can be pressed.

One line is one utterance and reads as one: "Caller: …", "You: …" (EN 301 549, 6.2.2.2).  What came damaged is
underlined and said in words beside it; text is never changed.  Voice and text go at once with real-time
text; on a TTY one side types at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from agent_desktop.client import actions
from agent_desktop.client.actions_text import HCO, OFF, RTT, TEXT, TTY, VCO, is_written_in, text_of
from agent_desktop.client.calling import who_calls
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import ItemKind, TimelineItemView
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.wire.calls import CAPTION, CARRIED, CARRY, CallText, CallTextLine
from agent_desktop.wire.models import InteractionModel, MessageModel

LOST: Final = "\ufffd"
SURE: Final = 0.6  # of a caption (`CallTextLine.confidence`): below it the line says that it is not sure
NOTHING: Final[Mapping[str, str]] = {}
NO_TURNS: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class CallTextView:
    """The panel.  Give the editor's whole text to `text.typed` at every change; `key` is the call's id.

    The editor is emptied when `turn_number` grows: what stood there has gone out as a whole.
    """

    key: str
    title: str
    subtitle: str
    lines: tuple[TimelineItemView, ...]
    buttons: tuple[Button, ...]
    turn: Badge | None  # whose turn it is; None where both may write
    says: str  # "Your text waits until the caller sends GA, or press Interrupt"
    waiting: str  # "18 characters waiting, 4 s"
    label: str  # the editor's name
    macros: tuple[Button, ...]
    send: Button
    text: str = ""  # what stands in the field: put it there when another call is shown
    reason: str = ""  # why nothing can be written now
    turn_number: int = 0


def call_text_view(
    s: Situation,
    *,
    opened: Collection[str],
    typed: Mapping[str, str] = NOTHING,
    turns: Mapping[str, int] = NO_TURNS,
    zone: tzinfo | None = None,
) -> CallTextView | None:
    """The panel for the call that is looked at; None while nobody types or reads in it, or asked for it."""
    talk = s.looked_at
    call = s.store.call_of(talk.id) if talk is not None else None
    if talk is None or call is None or call.state not in {"up", "held"}:
        return None
    text = text_of(s, call) or CallText(call=call.id)
    here = {"call": call.id}
    is_open = text.mode != OFF and (call.id in opened or is_written_in(s, here))
    if not is_open and text.captions == OFF:
        return None
    send = button("text.say", s, label=_("Send"), tone=Tone.ACCENT, call=call.id)
    if text.carrier == TTY:
        send = button("text.ga", s, label=_("Send and GA"), tone=Tone.ACCENT, call=call.id)
    return CallTextView(
        key=call.id,
        title=_title(text, words.who(talk) or who_calls(call)),
        subtitle=" · ".join(_state(s, talk, text)),
        lines=(*_before(s, talk, zone), *(_item(line, talk, zone) for line in text.lines)),
        buttons=_buttons(s, text, here),
        turn=turn_badge(text),
        says=_says(text),
        waiting=_waiting(text),
        label=_("Type to {name}", name=words.who(talk)),
        macros=_macros(s, text, here),
        send=replace(send, shortcut=actions.action("composer.send").keys),
        reason=send.reason,
        text=typed.get(call.id, ""),
        turn_number=turns.get(call.id, 0),
    )


def _before(s: Situation, talk: InteractionModel, zone: tzinfo | None) -> tuple[TimelineItemView, ...]:
    """What was typed in this call before it came to this agent: in the menu, in the queue, to a colleague."""
    kept = s.store.replica.messages.get(talk.conversation, ())
    early = (m for m in kept if m.carrier and m.interaction == talk.id and m.at < talk.accepted_at)
    return tuple(
        _item(
            CallTextLine(
                number=-1,
                speaker=_who(s, m),
                medium=m.carrier,
                text=m.text,
                began_at=m.at,
                finished=True,
                damaged=m.damaged,
                confidence=m.confidence,
            ),
            talk,
            zone,
            item=m.id,
        )
        for m in early
        if m.direction != "note"
    )


def _who(s: Situation, message: MessageModel) -> str:
    if message.direction in {"in", "system"}:
        return "customer" if message.direction == "in" else "system"
    mine = not message.author or message.author == s.store.replica.me.id
    return "agent" if mine else message.author_name or _("A colleague")


def carrier_badge(text: CallText | None) -> Badge | None:
    """The mark on the call's card: "TTY 45.45", "RTT"."""
    if text is None or not text.found or text.mode == OFF:
        return None
    if text.carrier == TTY:
        rate = f"TTY {text.baud:.4g}" if text.baud else "TTY"
        return Badge(rate, Tone.ACCENT, _("The caller types on a TTY."))
    return Badge("RTT", Tone.ACCENT, _("The caller types real-time text."))


def turn_badge(text: CallText) -> Badge | None:
    """Whose turn it is, in words."""
    match text.turn:
        case "agent":
            return Badge(_("Your turn"), Tone.OK)
        case "customer":
            return Badge(_("The caller's turn"), Tone.WARNING)
        case _:
            return None


def line_words(line: CallTextLine) -> str:
    """One line as it is read out: who, what, and what of it came damaged."""
    said = (f"{speaker(line)}: {line_text(line)}", damage(line.text, line.damaged), doubt(line.confidence))
    return " ".join(part for part in said if part)


def speaker(line: CallTextLine) -> str:
    """Who typed it, as agents say it."""
    if line.medium == CAPTION:
        return _("Caption, you") if line.speaker == "agent" else _("Caption")
    names = {"customer": _("Caller"), "agent": _("You"), "system": _("System")}
    return names.get(line.speaker, line.speaker)


def line_text(line: CallTextLine) -> str:
    """What a line says; that the call is shared in another way is said in the agent's language."""
    said = {
        CARRIED[VCO]: _("Voice carry-over: the caller speaks, you type."),
        CARRIED[HCO]: _("Hearing carry-over: the caller types, you speak."),
        CARRIED[TEXT]: _("Both sides type again."),
    }
    return said.get(line.text, line.text) if line.medium == CARRY else line.text


def carriers() -> dict[str, str]:
    """What carried typed text, in words."""
    return {TTY: _("TTY"), RTT: _("Real-time text"), CAPTION: _("Automatic captions")}


def doubt(confidence: float) -> str:
    """That a machine is not sure of what it understood, in words."""
    return _("The machine is not sure of this.") if 0 < confidence < SURE else ""


def damage(text: str, places: tuple[int, ...]) -> str:
    """What came damaged or not at all, in words."""
    said = []
    if n := len(places):
        shown = ", ".join(text[at : at + 1] for at in places[:5])
        one = "The underlined character was damaged on the line: {shown}"
        more = "{n} underlined characters were damaged on the line: {shown}"
        said.append(plural(one, more, n, shown=shown))
    if n := text.count(LOST):
        said.append(plural("Text was lost at {n} place.", "Text was lost at {n} places.", n))
    return " ".join(said)


def _title(text: CallText, name: str) -> str:
    match text.carrier:
        case "tty":
            return _("TTY call with {name}", name=name)
        case "rtt":
            return _("Text call with {name}", name=name)
        case _:
            return _("Call with {name}", name=name)


def _state(s: Situation, talk: InteractionModel, text: CallText) -> tuple[str, ...]:
    """Queue, way of sharing the line, and how good it is."""
    modes = {VCO: _("voice carry-over on"), HCO: _("hearing carry-over on")}
    carried = {RTT: _("voice and text at once")}
    good = _("line quality good") if text.carrier == TTY and not text.damaged else ""
    bad = plural("{n} character doubtful", "{n} characters doubtful", text.damaged) if text.damaged else ""
    queue = s.store.queue(talk.queue).name if talk.queue else ""
    detail = text.detail if text.captions == OFF else ""
    parts = (queue, carried.get(text.carrier, ""), modes.get(text.mode, ""), good, bad, detail)
    return tuple(part for part in (*parts, *_captions(s, talk, text), text.captions_detail) if part)


def _captions(s: Situation, talk: InteractionModel, text: CallText) -> tuple[str, ...]:
    if text.captions == OFF:
        return ()
    if talk.call is not None and talk.call.secure:
        return (_("no captions while card data is given"),)
    kept = () if s.store.replica.centre.keep_captions else (_("captions are not kept"),)
    return (_("automatic captions: some words are wrong"), *kept)


def _item(
    line: CallTextLine, talk: InteractionModel, zone: tzinfo | None, *, item: str = ""
) -> TimelineItemView:
    typing = not line.finished and line.speaker == "customer"
    hurt = damage(line.text, line.damaged)
    kind = {"customer": ItemKind.IN, "system": ItemKind.SYSTEM}.get(line.speaker, ItemKind.OUT)
    is_caption = line.medium == CAPTION
    who = (_("Caller is speaking") if is_caption else _("Caller is typing")) if typing else speaker(line)
    warnings = tuple(words_ for words_ in (hurt, doubt(line.confidence)) if words_)
    said = (who, carriers()[CAPTION] if is_caption else "", words.clock(line.began_at, zone))
    return TimelineItemView(
        kind=kind,
        id=item or f"text:{talk.id}:{line.number}",
        text=line_text(line),
        author=who,
        meta=" · ".join(part for part in said if part) if line.began_at else who,
        at=line.began_at,
        warnings=warnings,
        damaged=line.damaged,
        typed=True,
        typing=typing,
        accessible=line_words(line),
    )


def _buttons(s: Situation, text: CallText, here: dict[str, str]) -> tuple[Button, ...]:
    greet = () if text.found else (button("text.greet", s, given=here),)
    close = button("text.on", s, label=_("End text"), given={**here, "value": "off"})
    if text.captions != OFF:
        reading = button("text.captions", s, checked=True, given={**here, "value": "off"})
        return (reading, *greet, *((close,) if text.found and text.mode != OFF else ()))
    if text.carrier != TTY:
        return (*greet, close)
    carried = (
        button("text.vco", s, checked=text.mode == VCO, given=here),
        button("text.hco", s, checked=text.mode == HCO, given=here),
    )
    return (*greet, *carried, close)


def _macros(s: Situation, text: CallText, here: dict[str, str]) -> tuple[Button, ...]:
    if text.carrier != TTY:
        return ()
    turn_words = tuple(button(f"text.{word}", s, given=here) for word in ("ga", "sk", "q", "hd"))
    return (*turn_words, button("text.interrupt", s, given=here), button("text.fix_shift", s, given=here))


def _says(text: CallText) -> str:
    if text.carrier == RTT:
        return _("The caller reads every letter as you type it")
    if text.mode == HCO:
        return _("The caller hears you: speak, or type")
    if text.typing:
        return _("The caller is typing: your text waits, or press Interrupt")
    if text.turn == "customer":
        return _("Your text waits until the caller sends GA, or press Interrupt")
    return _("Words go out as you finish them; GA gives the turn")


def _waiting(text: CallText) -> str:
    if not text.waiting:
        return _("sending") if text.sending else ""
    left = plural("{n} character waiting", "{n} characters waiting", text.waiting)
    return _("{waiting} · {time} s", waiting=left, time=round(text.waiting_s)) if text.waiting_s else left
