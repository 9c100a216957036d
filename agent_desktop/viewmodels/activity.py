"""What an agent does now, in words: also in somebody else's call, which the agent's own work does not show.

The router counts a call that one listens to, or is asked about, among the work in hand; on the screen it is
told apart, because who listens serves nobody.
"""

from __future__ import annotations

from agent_desktop.client.actions_lead import talk_of
from agent_desktop.client.calling import GUEST, SUPERVISOR, UP
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.calls import LegModel
from agent_desktop.wire.models import AgentModel, InteractionModel

IN_A_CALL = frozenset({"busy", "held"})


def beside(s: Situation, agent: AgentModel) -> tuple[InteractionModel, LegModel] | None:
    """The call of a colleague that an agent is in, with the agent's leg; None for who has an own call."""
    if agent.activity not in IN_A_CALL or _talks(s, agent):
        return None
    for interaction in s.store.replica.interactions.values():
        for leg in interaction.call.legs if interaction.call is not None else ():
            if leg.agent == agent.id and leg.kind in {GUEST, SUPERVISOR}:
                return interaction, leg
    return None


def _talks(s: Situation, agent: AgentModel) -> bool:
    """Whether an agent has an own call; of oneself that is known without a look at everybody's work."""
    return (s.talk() if agent.id == s.store.replica.me.id else talk_of(s, agent.id)) is not None


def supervises(s: Situation, agent: AgentModel) -> bool:
    """Whether an agent listens, whispers or has barged in."""
    here = beside(s, agent)
    return here is not None and here[1].kind == SUPERVISOR


def state_of(s: Situation, agent: AgentModel) -> tuple[str, Tone, str]:
    """The agent's state as it is shown: words, tone, icon."""
    here = beside(s, agent)
    if here is None:
        return words.state_label(agent, s.store.replica.centre, talking=_talks(s, agent))
    interaction, leg = here
    if leg.kind == GUEST and leg.state != UP:
        return _("Ringing"), Tone.ACCENT, "answer"
    if leg.kind == GUEST:
        return _("Consulted"), Tone.DANGER, "voice"
    replica = s.store.replica
    owner = replica.me if interaction.agent == replica.me.id else replica.agents.get(interaction.agent)
    name = owner.name.split(" ", maxsplit=1)[0] if owner is not None else _("the agent")
    match leg.mode:
        case "whisper":
            return _("Whispering to {name}", name=name), Tone.ACCENT, "whisper"
        case "barge":
            return _("In the call of {name}", name=name), Tone.ACCENT, "barge"
        case _:
            return _("Listening to {name}", name=name), Tone.ACCENT, "listen"


def at_work(agent: AgentModel) -> bool:
    """Whether something is in the agent's hands: the state stands below it then."""
    return agent.activity not in {"", "idle"}


def since(s: Situation, agent: AgentModel) -> float:
    """When that began."""
    here = beside(s, agent)
    if here is not None and here[1].up_at:
        return here[1].up_at
    return agent.activity_since_at if at_work(agent) and agent.activity_since_at else agent.since_at
