"""More time for who needs it (WCAG 2.2, 2.2.1): longer leases, longer wrap-ups, no answer by itself.

Two things lengthen a timer.  An agent's own factor (`timers` in `centre.toml`) lengthens every offer and
every wrap-up of that agent.  A customer who speaks through a relay, types or needs more time
(`SLOW_NEEDS`) lengthens the wrap-up of that conversation.

An agent may ask for more time while an offer rings, where the queue gives any (`offer_extend_s`) or the
agent's timers are longer ones; each time is counted, and the lease is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from agent_desktop.domain.agent import Agent
from agent_desktop.domain.centre import OfferRules, Queue, WrapUpRules
from agent_desktop.domain.copying import replace
from agent_desktop.domain.interaction import Interaction, InteractionEvent
from agent_desktop.domain.types import AgentId, Instant, OfferId, Seconds
from agent_desktop.errors import RefusedError

LONGEST: Final = 10.0  # WCAG asks for ten times the usual
OWN_TIMES: Final = 3  # how often an agent with longer timers may ask where the queue says nothing
RELAY, TTY, RTT, MORE_TIME = "relay", "tty", "rtt", "more_time"
SLOW_NEEDS: Final = frozenset({RELAY, TTY, RTT, MORE_TIME})
# What an agent may note at a customer; the front ends say each in words.
NEEDS: Final = (RELAY, TTY, RTT, MORE_TIME, "sign_language", "large_print", "screen_reader", "write_only")
NEED_MOST, NEEDS_MOST = 60, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferExtended(InteractionEvent):
    """The agent asked for more time to answer; the lease is the same one."""

    offer: OfferId
    agent: AgentId
    expires_at: Instant


def is_slow(needs: Iterable[str]) -> bool:
    """Whether a conversation with this customer takes longer than others."""
    return any(need.casefold() in SLOW_NEEDS for need in needs)


def lease(rules: OfferRules, queue: Queue, agent: Agent, now: Instant) -> dict[str, Any]:
    """The fields of an offer that say until when, whether by itself, and how much more time there is."""
    own = agent.timers > 1
    more_s = Seconds(queue.offer_extend_s or (rules.offer_s if own else 0.0))
    times = queue.offer_extend_times if queue.offer_extend_s else OWN_TIMES
    by_itself = rules.auto_accept and agent.auto_accept
    return {
        "expires_at": Instant(now + rules.offer_s * agent.timers),
        "auto_accept": by_itself,
        "more_s": Seconds(more_s * agent.timers) if not by_itself else Seconds(0.0),
        "more_times": times if more_s and not by_itself else 0,
    }


def extended(i: Interaction, offer: OfferId, agent: AgentId, now: Instant) -> OfferExtended:
    """More time for an offer.  Raises `RefusedError`: over, another's, none given, or used up."""
    if i.offer is None or i.offer.id != offer or i.offer.agent != agent or now >= i.offer.expires_at:
        raise RefusedError("This offer is over; the interaction went elsewhere.", code="offer_over")
    if not i.offer.more_s:
        raise RefusedError("This queue gives no more time to answer.", code="no_more_time")
    if not i.offer.more_times:
        raise RefusedError("You had all the time there is for this offer.", code="extended_out")
    until = Instant(i.offer.expires_at + i.offer.more_s)
    return OfferExtended(interaction=i.id, at=now, offer=offer, agent=agent, expires_at=until)


def after(i: Interaction, event: OfferExtended) -> dict[str, Any]:
    """What the event changes."""
    if i.offer is None or i.offer.id != event.offer:
        return {}
    left = max(0, i.offer.more_times - 1)
    return {"offer": replace(i.offer, expires_at=event.expires_at, more_times=left)}


def wrap_up(rule: WrapUpRules, agent: Agent | None, needs: Iterable[str], relay_timers: float) -> WrapUpRules:
    """The rules of a wrap-up for this agent after this customer: the longer of the two factors."""
    factor = max(agent.timers if agent is not None else 1.0, relay_timers if is_slow(needs) else 1.0)
    return rule if factor <= 1 else WrapUpRules(mode=rule.mode, wrapup_s=Seconds(rule.wrapup_s * factor))


def noted(needs: Iterable[str]) -> tuple[str, ...]:
    """Needs as they are kept: known codes and own words, each once.  Raises `RefusedError`."""
    found = tuple(dict.fromkeys(" ".join(need.split()) for need in needs if need.strip()))
    if len(found) > NEEDS_MOST or any(len(need) > NEED_MOST for need in found):
        raise RefusedError(
            f"At most {NEEDS_MOST} access needs of {NEED_MOST} letters each can be noted.", code="bad_value"
        )
    if any(not letter.isprintable() for need in found for letter in need):
        raise RefusedError("An access need is plain text.", code="bad_value")
    return found
