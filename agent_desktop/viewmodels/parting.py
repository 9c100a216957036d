"""What is done with single messages: sent on to somebody, moved to a conversation of their own, explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.pending import Forwarding
from agent_desktop.viewmodels.timeline import author
from agent_desktop.wire.models import MessageModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

Given = Mapping[str, str]
LINE = 300


@dataclass(frozen=True, slots=True)
class ForwardView:
    """The panel that sends a message on; the surface gives None while it is closed."""

    key: str
    title: str
    sentence: str  # which message, and what goes with it
    address: str
    text: str
    send: Button
    close: Button


def forward_view(d: Views) -> ForwardView | None:
    """The panel as it stands."""
    open_now = d.workspace.writing.forwarding
    message = None if open_now is None else _message(d, open_now.conversation, open_now.message)
    if open_now is None or message is None:
        return None
    s = d.situation()
    line = " ".join(message.text.split())[:LINE]
    parts = [f"{author(s, message)}, {words.clock(message.at)}: {line}"]
    if message.attachments:
        parts.append(_("Its files go along: {names}", names=", ".join(a.name for a in message.attachments)))
    typed = open_now.address.strip()
    reason = "" if "@" in typed or typed.lstrip("+").isdecimal() else _("Type an address.")
    send = button("forward.send", s, tone=Tone.ACCENT, reason=reason)
    return ForwardView(
        open_now.message, _("Forward this message"), "\n".join(parts), open_now.address, open_now.text, send,
        button("forward.close", s),
    )  # fmt: skip


def _message(d: Views, conversation: str, message: str) -> MessageModel | None:
    held = d.runtime.store.replica.messages.get(conversation, ())
    found = next((m for m in held if m.id == message), None)
    if found is not None:
        return found
    page = d.workspace.older.get(conversation, {}).get(message)
    return page.message if page is not None else None


def _forward(d: Desktop, a: Given) -> None:
    conversation, message = a.get("conversation", ""), a.get("message", "")
    if _message(d, conversation, message) is None:
        raise RefusedError(_("That message is not here any more."), code="unknown")
    d.workspace.writing.forwarding = Forwarding(conversation, message)
    d.changed("forward")


def _forward_field(d: Desktop, a: Given) -> None:
    open_now = d.workspace.writing.forwarding
    if open_now is not None:
        changes = {name: a[name] for name in ("address", "text") if name in a}
        d.workspace.writing.forwarding = replace(open_now, **changes)
        d.changed("forward")


def _forward_send(d: Desktop, _a: Given) -> None:
    open_now = d.workspace.writing.forwarding
    if open_now is None:
        raise RefusedError(_("Nothing is being forwarded."), code="nothing_open")
    given = {"conversation": open_now.conversation, "source": open_now.message, "address": open_now.address,
             "text": open_now.text}  # fmt: skip
    done = d.perform("message.forward", given)
    if done.reason:
        raise RefusedError(done.reason, code=done.code)
    _forward_close(d, {})


def _forward_close(d: Desktop, _a: Given) -> None:
    d.workspace.writing.forwarding = None
    d.changed("forward")


def _choose(d: Desktop, a: Given) -> None:
    """Choose a message for a conversation of its own, or let it go again."""
    conversation, message = a.get("conversation", ""), a.get("message", "")
    picked = d.workspace.writing.splitting.get(conversation, frozenset())
    d.workspace.writing.splitting[conversation] = picked ^ {message}
    d.changed("conversation")


def _split(d: Desktop, a: Given) -> None:
    conversation = a.get("conversation", "")
    picked = d.workspace.writing.splitting.get(conversation, frozenset())
    given = {"conversation": conversation, "messages": " ".join(sorted(picked))}
    done = d.perform("conversation.split", given)
    if done.reason:
        raise RefusedError(done.reason, code=done.code)
    _split_close(d, a)


def _split_close(d: Desktop, a: Given) -> None:
    d.workspace.writing.splitting.pop(a.get("conversation", ""), None)
    d.changed("conversation")


def _why(d: Desktop, a: Given) -> None:
    """Say why a message stands in this conversation, and show it under the message; again: hide it."""
    message = _message(d, a.get("conversation", ""), a.get("message", ""))
    if message is None or not message.threading_reason:
        raise RefusedError(_("Nothing more is known about that message."), code="unknown")
    d.workspace.writing.asked_why ^= {message.id}
    if message.id in d.workspace.writing.asked_why:
        d.say(Announcement(message.threading_reason))
    d.changed("conversation")


PARTING: dict[str, Callable[[Desktop, Given], None]] = {
    "forward.open": _forward,
    "forward.field": _forward_field,
    "forward.send": _forward_send,
    "forward.close": _forward_close,
    "split.choose": _choose,
    "split.send": _split,
    "split.close": _split_close,
    "message.why": _why,
}
