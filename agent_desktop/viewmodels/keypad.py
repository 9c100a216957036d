"""The keypad: keys in a call, or a number to dial when there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.client.actions_call import phone_call
from agent_desktop.client.calling import who_calls
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Button, Tone

MOST_SHOWN = 32

KEYS: tuple[tuple[str, str], ...] = (
    ("1", ""), ("2", "ABC"), ("3", "DEF"),
    ("4", "GHI"), ("5", "JKL"), ("6", "MNO"),
    ("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"),
    ("*", ""), ("0", "+"), ("#", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeypadView:
    """The open keypad; the surface gives None while it is closed.

    In a call (`in_call`) a key is sent at once by `act("call.dtmf", digits=...)` and `entered` shows what
    was pressed.  Otherwise keys and typing fill the number (`act("keypad.type", text=...)`), `dial` calls
    it, `queues` are the caller IDs to choose from (`act("keypad.queue", id=...)`).
    """

    title: str
    in_call: bool
    entered: str
    dial: Button
    close: Button
    queues: tuple[Button, ...] = ()  # `checked` is the chosen one


@dataclass(frozen=True, slots=True)
class Typed:
    """What the keypad holds: the number to call, the queue to call for, the keys of each call."""

    number: str = ""
    queue: str = ""
    pressed: tuple[tuple[str, str], ...] = ()  # (phone call, keys)

    def press(self, call: str, digits: str) -> Typed:
        """With further keys of a call."""
        kept = dict(self.pressed)
        kept[call] = (kept.get(call, "") + digits)[-MOST_SHOWN:]
        return replace(self, pressed=tuple(kept.items()))

    def forget(self, call: str) -> Typed:
        """Without a call that is over."""
        return replace(self, pressed=tuple(pair for pair in self.pressed if pair[0] != call))


def keypad_view(s: Situation, typed: Typed) -> KeypadView:
    """The keypad of this moment: of the call that is up, else a dial pad."""
    call, reason = phone_call(s, {})
    close = button("keypad.close", s)
    if call is not None and not reason:
        secure = any(i.call is not None and i.call.secure for i in s.mine() if i.id == call.interaction)
        pressed = dict(typed.pressed).get(call.id, "")
        return KeypadView(
            title=_("Keys for {name}", name=who_calls(call)),
            in_call=True,
            entered="\N{BULLET}" * len(pressed) if secure else pressed,
            dial=button("call.dtmf", s),
            close=close,
        )
    return KeypadView(
        title=_("Call a number"),
        in_call=False,
        entered=typed.number,
        dial=_dial(s, typed),
        close=close,
        queues=_queues(s, typed.queue),
    )


def _dial(s: Situation, typed: Typed) -> Button:
    plain = button("call.dial", s, tone=Tone.OK, number=typed.number, queue=typed.queue)
    if plain.enabled and not typed.number.strip():
        return replace(plain, reason=_("Type a number first."))
    return plain


def _queues(s: Situation, chosen: str) -> tuple[Button, ...]:
    """For whom the call is made: its number is shown, its script and form open."""
    talk = {m.id for m in s.store.replica.centre.media if m.talk}
    queues = [q for q in s.store.replica.centre.queues if talk & set(q.media)]
    own = button("keypad.queue", s, label=_("My own number"), checked=not chosen, id="")
    return (own, *(button("keypad.queue", s, label=q.name, checked=q.id == chosen, id=q.id) for q in queues))
