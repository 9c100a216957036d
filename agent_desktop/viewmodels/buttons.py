"""Buttons from the table of actions: the label, the shortcut and the reason come from there alone."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.client import actions
from agent_desktop.client.action import Arguments
from agent_desktop.client.situation import Situation
from agent_desktop.viewmodels.parts import Button, Tone


def button(
    action_id: str,
    situation: Situation,
    *,
    label: str = "",
    tone: Tone = Tone.PLAIN,
    checked: bool | None = None,
    reason: str | None = None,
    given: Arguments | None = None,
    **named: str,
) -> Button:
    """The button of an action with its arguments; `reason` overrides the table's (a form has its own)."""
    row = actions.action(action_id)
    arguments = {**(given or {}), **named}
    return Button(
        action=action_id,
        label=label or row.title,
        icon=row.icon,
        shortcut=row.keys,
        reason=row.enabled(situation, arguments) if reason is None else reason,
        args=tuple(arguments.items()),
        tone=tone,
        checked=checked,
        sending=_sending(row.id, situation, arguments),
    )


def with_arguments(plain: Button, **arguments: str) -> Button:
    """The same button with further arguments, without its shortcut: that belongs to the plain one."""
    return replace(plain, args=(*plain.args, *arguments.items()), shortcut="")


def _sending(action_id: str, situation: Situation, arguments: dict[str, str]) -> bool:
    """Whether the same was asked and has no answer yet."""
    waiting = situation.store.asked
    if not waiting:
        return False
    names = _SENT_AS.get(action_id, ())
    subject = arguments.get("leg", "") or arguments.get("id", "")
    return any(
        type(asked.command).__name__ in names
        and (
            not subject
            or subject in {getattr(asked.command, name, "") for name in ("offer", "interaction", "leg")}
        )
        for asked in waiting.values()
    )


_SENT_AS: dict[str, tuple[str, ...]] = {
    "offer.accept": ("AcceptOffer",),
    "offer.decline": ("DeclineOffer",),
    "offer.more": ("ExtendOffer",),
    "customer.access": ("SetAccessNeeds",),
    "call.hold": ("HoldInteraction", "SetHold"),
    "call.resume": ("ResumeInteraction", "SetHold"),
    "call.mute": ("SetMute",),
    "call.unmute": ("SetMute",),
    "call.end": ("EndInteraction", "HangUp"),
    "call.transfer": ("TransferInteraction",),
    "call.consult": ("Consult",),
    "call.swap": ("TalkWith",),
    "call.conference": ("TalkWith",),
    "call.complete": ("CompleteTransfer",),
    "call.drop": ("DropLeg",),
    "call.mute_leg": ("SetLegMute",),
    "call.record": ("SetRecording",),
    "call.secure": ("SetSecure",),
    "call.callback": ("AskCallback",),
    "interaction.park": ("ParkInteraction",),
    "lead.listen": ("Supervise",),
    "lead.whisper": ("Supervise",),
    "lead.barge": ("Supervise",),
    "lead.leave": ("Supervise",),
    "lead.take_over": ("TakeOver",),
    "selftest.run": ("RunSelfTest",),
    "interaction.end": ("EndInteraction",),
    "interaction.take": ("TakeInteraction",),
    "composer.send": ("SendMessage",),
    "wrapup.finish": ("WrapUp",),
    "wrapup.extend": ("ExtendWrapUp",),
    "agent.ready": ("SetReady",),
    "agent.not_ready": ("SetNotReady",),
    "agent.stay": ("SetReady", "SetNotReady"),
}
