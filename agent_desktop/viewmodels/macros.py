"""Macros: named steps, shown before they run, with texts that can be changed first (B10, R55).

A macro fills the draft; nothing is sent unless the step `send` says so.  Each step is a command of its own,
in order: one that is refused here stops the rest, and the result says how far it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent_desktop.client.inbox_acts import heard_last
from agent_desktop.client.situation import chosen
from agent_desktop.client.store import Asked
from agent_desktop.domain import macro as steps
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.canned import info_of, variants
from agent_desktop.viewmodels.conversation import REPLY
from agent_desktop.viewmodels.filling import filled, values
from agent_desktop.viewmodels.holding import bound, draft_key
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.pending import MacroOpen, Running
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.inbox import (
    AssignConversation,
    PrioritiseConversation,
    ResolveConversation,
    SnoozeConversation,
    TagConversation,
)
from agent_desktop.wire.listing import StepModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

Given = Mapping[str, str]
PREVIEW = "--preview"


@dataclass(frozen=True, slots=True)
class MacroStepView:
    """One step: what it will change; `text` is what it writes, which can be changed by `macro.text`."""

    number: int
    words: str
    text: str | None = None
    missing: tuple[str, ...] = ()
    sends: bool = False


@dataclass(frozen=True, slots=True)
class MacroView:
    """The preview; the surface gives None while it is closed."""

    key: str  # another one: another macro
    title: str
    sentence: str
    steps: tuple[MacroStepView, ...]
    run: Button
    close: Button


def macro_view(d: Views) -> MacroView | None:
    """The preview as it stands."""
    opened = d.workspace.writing.macro
    found = next((m for m in d.runtime.store.replica.centre.macros if opened and m.id == opened.macro), None)
    if opened is None or found is None:
        return None
    s = d.situation()
    shown = tuple(_step(d, number, step, opened) for number, step in enumerate(found.steps, 1))
    sends = any(step.sends for step in shown)
    sentence = _("Nothing is sent: the draft is for you.") if not sends else _("It sends a reply at the end.")
    run = button("macro.run", s, label=_("Run and send") if sends else _("Run"), tone=Tone.ACCENT)
    return MacroView(
        f"{found.id}/{opened.conversation}", found.label, sentence, shown, run, button("macro.close", s)
    )


def _step(d: Views, number: int, step: StepModel, opened: MacroOpen) -> MacroStepView:
    if step.act in {steps.TEMPLATE, steps.REPLY, steps.NOTE}:
        text, missing = _text(d, step, opened.conversation)
        text = opened.texts.get(number, text)
        label = _("Add this note") if step.act == steps.NOTE else _("Write into the draft")
        return MacroStepView(number, label, text, missing if number not in opened.texts else ())
    return MacroStepView(number, told(d, step), sends=step.act == steps.SEND)


def told(d: Views, step: StepModel) -> str:
    """What a step changes, in words."""
    replica, value = d.runtime.store.replica, step.value
    match step.act:
        case "route":
            return _("Give it to the queue {name}", name=d.runtime.store.queue(value).name)
        case "assign":
            agent = replica.agents.get(value)
            return _("Give it to {name}", name=agent.name if agent is not None else value)
        case "tag":
            return _("Put the tag {tag}", tag=value)
        case "untag":
            return _("Take the tag {tag} off", tag=value)
        case "prioritise":
            return _("Give it the priority {n}", n=value)
        case "snooze" if not value:
            return _("Put it aside until the customer writes")
        case "snooze":
            return _("Put it aside for {time}", time=steps.length(value))
        case "follow_up":
            return _("Bring it back after {time} without a word", time=steps.length(value))
        case "resolve":
            return _("Resolve it")
        case "send":
            return _("Send the draft")
        case act:
            return f"{act} {value}".strip()


def _text(d: Views, step: StepModel, conversation: str) -> tuple[str, tuple[str, ...]]:
    """What a step writes, in the customer's language and with the values filled in."""
    s = d.situation()
    interaction = bound(d, f"{conversation}/{REPLY}/0").interaction
    text = step.value
    if step.act == steps.TEMPLATE and interaction is not None:
        named = info_of(d, step.value)
        text = next((t.text for t in variants(s, interaction) if t.label == named.label), named.text)
    return filled(text, values(s, interaction))


def command_of(step: StepModel, conversation: str, now: float, seen: str) -> AnyCommand | None:
    """The command of a step that changes the conversation; None for one that writes or sends.

    `seen` is the customer's last message: what came after it is neither put aside nor closed unread.
    """
    value, length = step.value, steps.seconds(step.value)
    match step.act:
        case "route":
            return AssignConversation(conversation=conversation, queue=value)
        case "assign":
            return AssignConversation(conversation=conversation, agent=value)
        case "tag":
            return TagConversation(conversation=conversation, add=(value,))
        case "untag":
            return TagConversation(conversation=conversation, remove=(value,))
        case "prioritise":
            return PrioritiseConversation(conversation=conversation, priority=int(value))
        case "snooze" | "follow_up":
            until = now + length if length else 0.0
            return SnoozeConversation(conversation=conversation, until_at=until, after_message=seen)
        case "resolve":
            return ResolveConversation(conversation=conversation, after_message=seen)
        case _:
            return None


def _open(d: Desktop, a: Given) -> None:
    """Show what it would do; a line of text runs it at once, unless it asks for the preview."""
    word = a.get("name", "")
    asked = word.replace(PREVIEW, "").strip()
    if "name" not in a and not a.get("macro"):
        return  # the front end lists them
    rows = [(m.id, m.label, m.key) for m in d.runtime.store.replica.centre.macros]
    macro = a.get("macro") or chosen(asked, rows, _("There is no macro {word}. Possible: {names}."))[0]
    at = bound(d)
    if at.interaction is None or not at.conversation:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    d.workspace.writing.macro = MacroOpen(macro, at.conversation)
    d.changed("macro")
    if word and PREVIEW not in word:
        _run(d, {})


def _change(d: Desktop, a: Given) -> None:
    opened = d.workspace.writing.macro
    if opened is not None:
        texts = {**opened.texts, int(a.get("step", "0") or 0): a.get("text", "")}
        d.workspace.writing.macro = replace(opened, texts=texts)
        d.changed("macro")


def _close(d: Desktop, _a: Given) -> None:
    d.workspace.writing.macro = None
    d.changed("macro")


def _run(d: Desktop, _a: Given) -> None:
    """Carry out the steps in order."""
    opened = d.workspace.writing.macro
    found = next((m for m in d.runtime.store.replica.centre.macros if opened and m.id == opened.macro), None)
    if opened is None or found is None:
        raise RefusedError(_("No macro is open."), code="nothing_open")
    _close(d, {})
    run = Running(found.label, len(found.steps))
    for number, step in enumerate(found.steps, 1):
        try:
            requests = tuple(_carried_out(d, number, step, opened))
        except RefusedError as error:
            run.problem = _("stopped at step {n}: {why}", n=number, why=str(error))
            break
        run.done += not requests
        for request in requests:
            run.waiting.add(request)
            d.workspace.writing.running[request] = run
    _result(d, run)


def _carried_out(d: Desktop, number: int, step: StepModel, opened: MacroOpen) -> Iterator[str]:
    """Do one step; gives the requests whose answers tell that it is done.  Raises `RefusedError`."""
    conversation = opened.conversation
    if step.act in {steps.TEMPLATE, steps.REPLY}:
        text = opened.texts.get(number) or _text(d, step, conversation)[0]
        d.workspace.modes[conversation] = REPLY
        d.insert(text)
        return
    if step.act == steps.NOTE:
        text = opened.texts.get(number) or _text(d, step, conversation)[0]
        interaction = bound(d, f"{conversation}/{REPLY}/0").interaction
        given = {"text": text, "id": interaction.id if interaction is not None else "", "files": ""}
        yield from _asked(d, "note.add", given)
    elif step.act == steps.SEND:
        yield from _asked(d, "composer.send", {"draft": draft_key(d, conversation, REPLY)})
    elif (command := command_of(step, conversation, d.runtime.now, _heard(d, conversation))) is not None:
        yield d.runtime.ask(command)
    else:
        raise RefusedError(_("this program does not know “{act}”.", act=step.act), code="unknown")


def _heard(d: Desktop, conversation: str) -> str:
    return heard_last(d.situation(), conversation)


def _asked(d: Desktop, action: str, given: Given) -> tuple[str, ...]:
    done = d.perform(action, given)
    if done.reason:
        raise RefusedError(done.reason, code=done.code)
    return done.requests


def answered(d: Desktop, asked: Asked) -> None:
    """A step's answer came; the last one tells the result."""
    run = d.workspace.writing.running.pop(asked.id, None)
    if run is None:
        return
    run.waiting.discard(asked.id)
    if asked.state == "confirmed":
        run.done += 1
    else:
        run.problem = run.problem or asked.message
    _result(d, run)


def _result(d: Desktop, run: Running) -> None:
    if run.waiting:
        return
    count = plural("{n} step of {all} done", "{n} steps of {all} done", run.done, all=run.steps)
    text = f"{run.label}: {count}" + (f", {run.problem}" if run.problem else ".")
    d.notice("macro", text, Tone.WARNING if run.problem else Tone.OK)
    d.say(Announcement(text))


MACROS: dict[str, Callable[[Desktop, Given], None]] = {
    "macro.open": _open,
    "macro.text": _change,
    "macro.run": _run,
    "macro.close": _close,
}
