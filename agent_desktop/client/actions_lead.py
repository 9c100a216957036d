"""What a supervisor does with an agent's call: listen, whisper, barge in, take over, leave (J1, J2).

One leg for all modes: only the first one rings the own phone, which is told before.
"""

from __future__ import annotations

from agent_desktop.client.action import Action, Arguments, Check, Locally, Step, Steps, ToPhone, ToRouter
from agent_desktop.client.actions_work import needs_router
from agent_desktop.client.calling import supervisors
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.domain.permissions import can
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.calls import LegModel
from agent_desktop.wire.commands import Supervise, TakeOver
from agent_desktop.wire.models import AgentModel, InteractionModel
from agent_desktop.wire.phone import Expect

LEAD = "Supervision"
HEARS = ("both", "agent", "customer")


def leads(s: Situation) -> bool:
    """Whether this agent may look at other agents' calls."""
    return can(s.store.replica.me.role, "listen")


def can_lead(s: Situation, _a: Arguments) -> str:
    """Why the supervisor's place is closed to this agent."""
    if not s.signed_in:
        return _("Sign in first.")
    return "" if leads(s) else _("This is for supervisors.")


def listened(s: Situation) -> tuple[InteractionModel, LegModel] | None:
    """The call that this supervisor is in, with the own leg."""
    me = s.store.replica.me.id
    for call in s.store.phone.calls.values():
        interaction = s.store.replica.interactions.get(call.interaction)
        leg = _my_leg(interaction, me) if interaction is not None else None
        if interaction is not None and leg is not None:
            return interaction, leg
    for interaction in s.store.replica.interactions.values():
        if interaction.call is not None and interaction.call.legs:
            leg = _my_leg(interaction, me)
            if leg is not None:
                return interaction, leg
    return None


def _my_leg(interaction: InteractionModel, me: str) -> LegModel | None:
    return next((leg for leg in supervisors(interaction) if leg.agent == me), None)


def talk_of(s: Situation, agent: str) -> InteractionModel | None:
    """The call that an agent has in hand, the one that is up first; as far as it is in view."""
    calls = [
        i
        for i in s.store.replica.interactions.values()
        if i.agent == agent and i.state in {"active", "held"} and s.store.medium(i.medium).talk
    ]
    return min(calls, key=lambda i: (i.state != "active", i.id), default=None)


def agent_meant(s: Situation, word: str) -> AgentModel:
    """The agent that a word means.  Raises `RefusedError`."""
    others = [a for a in s.store.replica.agents.values() if a.id != s.store.replica.me.id]
    rows = [(a.id, a.name, a.extension) for a in others]
    me = s.store.replica.me
    if word.casefold() in {me.id.casefold(), me.name.casefold(), me.extension}:
        raise RefusedError(_("That is you: name another agent."), code="self")
    found = chosen(word, rows, _("There is no agent {word}. Possible: {names}."))[0]
    return next(a for a in others if a.id == found)


def _meant(s: Situation, a: Arguments) -> tuple[str, InteractionModel | None]:
    """(agent, the call if it is in view).  Nothing named: the call that I am in.  Raises `RefusedError`."""
    if a.get("id"):
        interaction = s.interaction(a["id"])
        return interaction.agent, interaction
    if a.get("agent", "").strip():
        agent = agent_meant(s, a["agent"])
        return agent.id, talk_of(s, agent.id)
    here = listened(s)
    if here is None:
        raise RefusedError(_("Say whose call: name the agent."), code="usage")
    return here[0].agent, here[0]


def _may(mode: str) -> Check:
    def check(s: Situation, a: Arguments) -> str:
        if reason := needs_router(s, a):
            return reason
        if not can(s.store.replica.me.role, mode):
            return _("This is for supervisors.")
        agent, interaction = _meant(s, a)
        if agent == s.store.replica.me.id:
            return _("This is your own call.")
        if interaction is None and not _talks(s, agent):
            name = s.store.replica.agents[agent].name
            return _("{name} has no call now.", name=name)
        here = listened(s)
        if here is not None and interaction is not None and here[0].id == interaction.id:
            return ""
        return _phone_free(s) or (_secure(interaction) if interaction is not None else "")

    return check


def _talks(s: Situation, agent: str) -> bool:
    """Whether an agent may have a call that is not in view: what is in view is one list of many."""
    known = s.store.replica.agents.get(agent)
    in_view = s.store.replica.scope == "all"
    return known is not None and not in_view and known.activity in {"busy", "held"}


def _phone_free(s: Situation) -> str:
    phone = s.store.phone
    if phone.connection.state != "online":
        return _("The phone is not running. It is being started again.")
    if s.talk() is not None:
        return _("You are on a call. End it or put it through first.")
    return ""


def _secure(interaction: InteractionModel) -> str:
    if interaction.call is None or interaction.call.state not in {"bridged", "held"}:
        return _("The call is not connected to an agent now.")
    return ""


def _supervise(mode: str) -> Steps:
    def steps(s: Situation, a: Arguments) -> tuple[Step, ...]:
        agent, interaction = _meant(s, a)
        here = listened(s)
        if here is not None and interaction is not None and here[0].id == interaction.id:
            return (ToRouter(Supervise(interaction=interaction.id, mode=mode, hears=s.hears)),)
        before: tuple[Step, ...] = ()
        if here is not None:
            before = (ToRouter(Supervise(interaction=here[0].id, mode="off")),)
        start = Locally("lead.hears", (("hears", "both"),))
        if interaction is None:
            return (*before, start, ToRouter(Supervise(agent=agent, mode=mode)))
        expect = ToPhone(Expect(interaction=interaction.id))
        return (*before, start, expect, ToRouter(Supervise(interaction=interaction.id, mode=mode)))

    return steps


def _can_leave(s: Situation, a: Arguments) -> str:
    if reason := needs_router(s, a):
        return reason
    return "" if listened(s) is not None else _("You are not in anybody's call.")


def _can_take_over(s: Situation, a: Arguments) -> str:
    if reason := _can_leave(s, a):
        return reason
    here = listened(s)
    if not can(s.store.replica.me.role, "take_over"):
        return _("This is for supervisors.")
    return "" if here is not None and here[1].state == "up" else _("You are not connected yet.")


def _take_over(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    here = listened(s)
    return () if here is None else (ToRouter(TakeOver(interaction=here[0].id)),)


def _leave(s: Situation, _a: Arguments) -> tuple[Step, ...]:
    here = listened(s)
    return () if here is None else (ToRouter(Supervise(interaction=here[0].id, mode="off")),)


def _hears(s: Situation, a: Arguments) -> tuple[Step, ...]:
    here, hears = listened(s), a.get("hears", "").strip().casefold()
    if hears not in HEARS:
        raise RefusedError(_("You hear agent, customer or both."), code="usage")
    if here is None:
        return ()
    change = Supervise(interaction=here[0].id, mode=here[1].mode or "listen", hears=hears)
    return (Locally("lead.hears", (("hears", hears),)), ToRouter(change))


LEADS = (
    Action("lead.listen", "Listen", LEAD, "Hear an agent's call.", _may("listen"), _supervise("listen"),
           "listen", "listen [AGENT]", icon="listen", palette=False),
    Action("lead.whisper", "Whisper", LEAD, "Speak to the agent only.", _may("whisper"),
           _supervise("whisper"), "whisper", "whisper [AGENT]", icon="whisper", palette=False),
    Action("lead.barge", "Barge in", LEAD, "Speak to both.", _may("barge"), _supervise("barge"), "barge",
           "barge [AGENT]", icon="barge", palette=False),
    Action("lead.take_over", "Take over", LEAD, "Go on with the customer in the agent's place.",
           _can_take_over, _take_over, "takeover", "takeover", icon="assign"),
    Action("lead.leave", "Leave", LEAD, "Leave the agent's call.", _can_leave, _leave, "leave", "leave",
           icon="close"),
    Action("lead.hears", "Hear", LEAD, "Whom you hear while the customer is on hold.", _can_leave, _hears,
           "hears", "hears agent|customer|both", icon="listen", palette=False),
)  # fmt: skip
