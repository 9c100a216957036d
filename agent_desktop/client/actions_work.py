"""The actions of work: my state, the interaction in hand, wrap-up.  Writing is `actions_writing`."""

from __future__ import annotations

from agent_desktop.client import waits, wrapping
from agent_desktop.client.action import Action, Arguments, Locally, Step, ToRouter
from agent_desktop.client.calling import refusal
from agent_desktop.client.finding_words import sought
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.domain import transfer
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.command import Command
from agent_desktop.wire.commands import (
    CreateCustomer,
    EndInteraction,
    ExplainInteraction,
    ExtendWrapUp,
    FetchTimeline,
    LinkCustomer,
    ParkInteraction,
    SetNotReady,
    SetReady,
    WrapUp,
)
from agent_desktop.wire.models import DispositionInfo, InteractionModel


def needs_router(s: Situation, _a: Arguments) -> str:
    """Nothing can be asked of a router that is not there."""
    if not s.signed_in:
        return _("Sign in first.")
    return "" if s.online else _("The server is not connected. It is tried again by itself.")


def may_wait(s: Situation, _a: Arguments) -> str:
    """What can be done while the server is away: it waits (`waits.py`), or the copies answer it."""
    return "" if s.signed_in else _("Sign in first.")


def cannot_wait(s: Situation, kind: type[Command]) -> str:
    """Why a command cannot be given now, and why it cannot wait until the server is back."""
    reason = needs_router(s, {})
    return f"{reason} {waits.why_not(kind)}".strip() if reason and s.signed_in else reason


def _can_ready(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    if s.store.replica.centre.self_test == "required" and not s.store.replica.me.tested_at:
        return _("Pass the self-test first: Settings, Before the shift.")
    return ""


def _ready(_s: Situation, _a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(SetReady()),)


def _not_ready(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(SetNotReady(reason=s.reason(a.get("reason", "")))),)


def _can_stay(s: Situation, a: Arguments) -> str:
    """Only a next state can be taken back; a state that the system set cannot be chosen again."""
    if reason := needs_router(s, a):
        return reason
    me = s.store.replica.me
    if not me.next_state:
        return _("No next state is chosen.")
    picked = {r.code for r in s.store.replica.centre.reasons if not r.system}
    if me.state == "not_ready" and me.reason not in picked:
        return _("The state of now was set by the system. Choose the one that you want instead.")
    return ""


def _stay(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    """Choosing the state of now takes the next one back: the latest choice wins."""
    me = s.store.replica.me
    return (ToRouter(SetReady() if me.state == "ready" else SetNotReady(reason=me.reason)),)


def _open_item(s: Situation, a: Arguments) -> str:
    reason = needs_router(s, a)
    if reason:
        return reason
    interaction = s.interaction(a.get("id", ""))
    return "" if s.store.is_mine(interaction) else _("This is not yours. Take it first.")


def _can_end(s: Situation, a: Arguments) -> str:
    reason = _open_item(s, a)
    if reason:
        return reason
    if s.interaction(a.get("id", "")).state == "wrap_up":
        return _("It has ended already. Finish its wrap-up.")
    return ""


def _end(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(EndInteraction(interaction=s.interaction(a.get("id", "")).id)),)


def _can_park(s: Situation, a: Arguments) -> str:
    reason = _can_end(s, a)
    if reason:
        return reason
    interaction = s.interaction(a.get("id", ""))
    if interaction.state == "parked":
        return _("It is parked already.")
    return refusal(transfer.PARK, interaction) if s.store.medium(interaction.medium).talk else ""


def _park(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(ParkInteraction(interaction=s.interaction(a.get("id", "")).id)),)


def _to_wrap(s: Situation) -> InteractionModel:
    interaction = s.wrapping()
    if interaction is None:
        raise RefusedError(_("Nothing is in wrap-up."), code="nothing_open")
    return interaction


def _can_wrap(s: Situation, a: Arguments) -> str:
    reason = may_wait(s, a)
    if reason:
        return reason
    interaction = _to_wrap(s)
    medium = s.store.medium(interaction.medium)
    if not s.store.is_mine(interaction):
        return _("Nothing of yours is in wrap-up.")
    if interaction.state != "wrap_up" and medium.live:
        return _("The customer is still there. End the interaction first.")
    if s.must_read_open:
        return _("A line that must be read aloud is not ticked: {line}", line=s.must_read_open[0])
    return ""


def _wrap(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = _to_wrap(s)
    word = a.get("code", "")
    if word in {"", wrapping.NONE} and not wrapping.rules(s, interaction).needs_code:
        return (ToRouter(WrapUp(interaction=interaction.id, code="", note=a.get("note", ""))),)
    code = disposition(s, interaction, word)
    if code.confirm and a.get("sure", "") != "yes":
        raise RefusedError(wrapping.asks_once_more(code), code="confirm")
    values = tuple((k.removeprefix("field."), v) for k, v in sorted(a.items()) if k.startswith("field."))
    missing = [f.label for f in code.fields if f.required and not dict(values).get(f.id, "").strip()]
    if missing:
        raise RefusedError(_("Fill in first: {fields}.", fields=", ".join(missing)), code="missing_field")
    finish = WrapUp(
        interaction=interaction.id,
        code=code.code,
        note=a.get("note", ""),
        values=values,
        survey=a.get("survey", "") == "yes",
    )
    return (ToRouter(finish),)  # the router ends what has not ended


def disposition(s: Situation, interaction: InteractionModel, word: str) -> DispositionInfo:
    """The code that a word means: its code, label or digit key.  Raises `RefusedError`."""
    infos = s.store.queue(interaction.queue).dispositions
    parents = {i.parent for i in infos if i.parent}
    rows = [(i.code, i.label, i.key) for i in infos if i.code not in parents]
    if not word:
        raise RefusedError(_("Choose a code first."), code="no_code")
    code, _label = chosen(word, rows, _("There is no code {word}. Possible: {names}."))
    return next(i for i in infos if i.code == code)


def _can_extend(s: Situation, a: Arguments) -> str:
    reason = needs_router(s, a)
    if reason:
        return reason
    return wrapping.no_more_time(s, _to_wrap(s))


def _extend(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(ExtendWrapUp(interaction=_to_wrap(s).id)),)


def asked_about(s: Situation, reference: str) -> str:
    """What "why" is about: what is offered when nothing is named, else what is meant."""
    offers = s.store.replica.offers
    if not reference and offers:
        return s.offer().interaction
    if reference in offers:
        return offers[reference].interaction
    return s.interaction(reference).id


def _why(s: Situation, a: Arguments) -> tuple[Step, ...]:
    about = asked_about(s, a.get("id", ""))
    return (ToRouter(ExplainInteraction(interaction=about)), Locally("why.open", (("id", about),)))


def _can_why(s: Situation, a: Arguments) -> str:
    reason = needs_router(s, a)
    if not reason:
        asked_about(s, a.get("id", ""))
    return reason


def _find(_s: Situation, a: Arguments) -> tuple[Step, ...]:
    asked = sought(a.get("text", ""), after=a.get("after", ""))
    if asked.text == NEXT_PAGE:
        raise RefusedError(_("There is nothing more of what was found last."), code="missing")
    if not asked.text:
        raise RefusedError(_("Say what to find."), code="missing")
    return (ToRouter(asked),)


def _older(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = s.interaction(a.get("id", ""))
    before = float(a.get("before", "0") or 0)
    return (ToRouter(FetchTimeline(conversation=interaction.conversation, before_at=before)),)


def _create(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = s.interaction(a.get("id", ""))
    name = a.get("name", "").strip() or interaction.customer_name or interaction.from_address
    return (ToRouter(CreateCustomer(interaction=interaction.id, customer=a["customer"], name=name)),)


def _can_link(s: Situation, a: Arguments) -> str:
    reason = may_wait(s, a)
    if not reason:
        s.interaction(a.get("id", ""))
    return reason


def _link(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = s.interaction(a.get("id", ""))
    if not a.get("customer", ""):
        return (Locally("choose.open", (("about", interaction.id), ("kind", "customer"))),)
    return (ToRouter(LinkCustomer(interaction=interaction.id, customer=a.get("customer", ""))),)


NEXT_PAGE = "+"  # instead of words: the next page of what was found last
STATE, WRITE, WRAP = "My state", "Conversation", "Wrap-up"

WORK = (
    Action("agent.ready", "Ready", STATE, "Be offered work.", _can_ready, _ready, "ready", "ready",
           "Ctrl+Shift+R", "check"),
    Action("agent.not_ready", "Not ready", STATE, "Be offered nothing new, and say why.", needs_router,
           _not_ready, "notready", "notready REASON", "Ctrl+Shift+N", "clock"),
    Action("agent.stay", "Take the next state back", STATE, "Stay in the state of now after this work.",
           _can_stay, _stay, "stay", "stay", icon="back"),
    Action("interaction.end", "Done", WRITE, "End the interaction; its wrap-up begins.", _can_end, _end,
           "end", "end [ID]", "Ctrl+Shift+D", "resolve"),
    Action("interaction.park", "Park", WRITE, "Put it aside; a parked call hears music.", _can_park, _park,
           "park", "park [ID]", "Ctrl+Shift+P", "snooze"),
    Action("wrapup.finish", "Finish", WRAP, "Finish the wrap-up with a code.", _can_wrap, _wrap, "wrapup",
           "wrapup CODE [FIELD=VALUE] [survey=yes] [NOTE]", "Ctrl+Return", "check"),
    Action("wrapup.extend", "More time", WRAP, "Lengthen the wrap-up.", _can_extend, _extend, "extend",
           "extend", "Ctrl+Shift+E", "plus"),
    Action("why", "Why did I get this?", WRITE, "Say why it came to you, or why nobody takes it.", _can_why,
           _why, "why", "why [ID]", "Ctrl+Shift+W", "help"),
    Action("find", "Find", WRITE, "Find people, messages, notes, calls, articles.", may_wait, _find, "find",
           "find TEXT", "Ctrl+F", "search"),
    Action("conversation.older", "Show older", WRITE, "Fetch older items of the timeline.", may_wait,
           _older, "older", "older", palette=False),
    Action("customer.create", "Make a customer card", WRITE, "Make a card for an unknown customer.",
           may_wait, _create, "newcustomer", "newcustomer [NAME]", icon="plus"),
    Action("customer.link", "This is…", WRITE, "Say which customer it is.", _can_link, _link, "link",
           "link N|CUSTOMER", icon="customers"),
)  # fmt: skip
