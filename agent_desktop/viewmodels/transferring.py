"""The transfer panel: whom the call can go to, by typing; blind or after asking (PRODUCT 3.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.models import InteractionModel


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One agent, queue, parked call or number.

    `state` is a badge: Ready, On a call, "2 ready, about 1 min".  `blind` is the button of Enter, `consult`
    that of Shift+Enter; a disabled one says why.
    """

    key: str  # kind:id, stable while typing
    icon: str
    name: str
    detail: str
    state: Badge
    spoken: str
    blind: Button
    consult: Button


@dataclass(frozen=True, slots=True)
class TransferView:
    """The open panel; the surface gives None while it is closed.

    `query` is what was typed; `empty` is a sentence when no row fits.  Typing calls
    `act("transfer.find", text=...)`, closing `act("transfer.close")`.
    """

    title: str  # "Transfer Amina Okafor"
    query: str
    rows: tuple[TargetRow, ...] = ()
    empty: str = ""
    tone: Tone = Tone.PLAIN


def transfer_view(
    s: Situation, interaction: InteractionModel, query: str, *, searching: bool = False
) -> TransferView:
    """The panel at this moment: what the router found for the letters, the best first."""
    rows = tuple(target_row(s, interaction, target) for target in s.targets)
    empty = ""
    if not rows:
        empty = _("Looking…") if searching else _("Nobody is called that. Type a name, a queue or a number.")
    title = _("Transfer {name}", name=words.who(interaction))
    return TransferView(title, query, rows, empty)


def target_row(s: Situation, interaction: InteractionModel, target: TargetModel) -> TargetRow:
    """One line of the panel."""
    icons = {"agent": "customers", "queue": "inbox", "number": "phone", "parked": "park"}
    state = target_state(s, target)
    detail = _detail(s, target)
    parked = target.kind == "parked"
    blind = button(
        "call.transfer",
        s,
        tone=Tone.ACCENT,
        reason=None if target.blind else target.reason or _("You may not transfer there."),
        id=interaction.id,
        target=target.id,
    )
    if parked:
        blind = button("interaction.take", s, tone=Tone.ACCENT, id=target.id)
    talk = s.store.medium(interaction.medium).talk
    why = target.reason or _("You may not consult there.")
    if parked:
        why = _("A parked call cannot be consulted.")
    elif not talk:
        why = _("Only in a call can somebody be consulted.")
    consult = button(
        "call.consult",
        s,
        reason=None if target.consult and talk and not parked else why,
        id=interaction.id,
        target=target.id,
    )
    said = ", ".join(
        p for p in (target.name, kind_name(target.kind), state.spoken or state.text, detail) if p
    )
    return TargetRow(
        key=f"{target.kind}:{target.id}",
        icon=icons.get(target.kind, "phone"),
        name=target.name or target.id,
        detail=detail,
        state=state,
        spoken=said,
        blind=replace(blind, shortcut="Return"),
        consult=replace(consult, shortcut="Shift+Return"),
    )


def kind_name(kind: str) -> str:
    """What a target is, as a word."""
    return {
        "agent": _("Agent"), "queue": _("Queue"), "number": _("Number"), "parked": _("Parked call"),
    }.get(kind, kind)  # fmt: skip


def _detail(s: Situation, target: TargetModel) -> str:
    """What stands under the name: an extension, how many wait."""
    if target.kind == "queue":
        return plural("{n} is waiting", "{n} are waiting", target.waiting) if target.waiting else ""
    if target.kind == "agent":
        known = s.store.replica.agents.get(target.id)
        return known.extension if known is not None else ""
    return kind_name(target.kind)


def target_state(s: Situation, target: TargetModel) -> Badge:
    """Ready, On a call, "2 ready, about 1 min"."""
    if target.kind == "queue":
        ready = plural("{n} ready", "{n} ready", target.ready)
        if not target.ready:
            ready = _("nobody ready")
        wait = _("about {time}", time=words.spoken(target.estimated_s)) if target.estimated_s >= 1 else ""
        tone = Tone.OK if target.ready else Tone.WARNING
        return Badge(", ".join(p for p in (ready, wait) if p), tone)
    if target.kind == "agent":
        return _agent_state(s, target.state)
    return Badge(_("waits, hears music") if target.kind == "parked" else "", Tone.MUTED)


def _agent_state(s: Situation, state: str) -> Badge:
    match state:
        case "ready":
            return Badge(_("Ready"), Tone.OK)
        case "ringing":
            return Badge(_("Ringing"), Tone.ACCENT)
        case "busy" | "held":
            return Badge(_("Busy"), Tone.DANGER)
        case "wrap_up":
            return Badge(_("Wrap-up"), Tone.WARNING)
        case "not_ready":
            return Badge(_("Not ready"), Tone.MUTED)
        case _:
            return Badge(words.reason_label(s.store.replica.centre, state) or state, Tone.MUTED)
