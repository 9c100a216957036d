"""What the router of the tests answers: the reply to a command, and the events that follow from it."""

from __future__ import annotations

import time
from typing import Any, TypeAlias

import msgspec

from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.replica import Replica

# Whether it is done, the code and the words of a refusal, the result of a question, the events that follow.
Answer: TypeAlias = tuple[bool, str, str, e.Result | None, list[Any]]


def answered(truth: Replica, command: Any) -> Answer:
    """What a router does, in the little that the tests need."""
    now = time.time()
    match command:
        case c.SetReady():
            return _ok(e.AgentChanged(agent=changed(truth.me, state="ready", reason="", since_at=now)))
        case c.SetNotReady(reason=reason):
            agent = changed(truth.me, state="not_ready", reason=reason, since_at=now)
            return _ok(e.AgentChanged(agent=agent))
        case c.AcceptOffer(offer=offer_id):
            offer = truth.offers.get(offer_id)
            if offer is None:
                return False, "gone", "The offer is over.", None, []
            work = changed(truth.interactions[offer.interaction], state="active", accepted_at=now)
            return _ok(
                e.OfferWithdrawn(offer=offer_id, interaction=offer.interaction, why="accepted"),
                e.InteractionChanged(interaction=work),
                e.AgentChanged(agent=changed(truth.me, activity="busy", activity_since_at=now)),
            )
        case c.DeclineOffer(offer=offer_id):
            interaction = truth.offers[offer_id].interaction
            return _ok(
                e.OfferWithdrawn(offer=offer_id, interaction=interaction, why="declined"),
                e.InteractionRemoved(interaction=interaction),
            )
        case c.HoldInteraction(interaction=i):
            work = changed(truth.interactions[i], state="held", held_at=now)
            return _ok(e.InteractionChanged(interaction=work))
        case c.ResumeInteraction(interaction=i):
            return _ok(e.InteractionChanged(interaction=changed(truth.interactions[i], state="active")))
        case c.EndInteraction(interaction=i):
            work = changed(
                truth.interactions[i],
                state="wrap_up",
                wrapup_at=now,
                ended_at=now,
                wrapup_deadline_at=now + 60,
            )
            return _ok(e.InteractionChanged(interaction=work))
        case c.WrapUp(interaction=i, code=code):
            if truth.interactions[i].state not in {"wrap_up", "active", "held"}:
                return False, "wrong_state", "It is not in wrap-up.", None, []
            idle = changed(truth.me, activity="idle", activity_since_at=now)
            closed = changed(truth.interactions[i], state="closed", disposition=code, closed_at=now)
            return _ok(
                e.InteractionChanged(interaction=closed),
                e.InteractionRemoved(interaction=i),
                e.AgentChanged(agent=idle),
            )
        case c.SendMessage() | c.AddNote():
            note = isinstance(command, c.AddNote)
            sent = m.MessageModel(
                id=command.message,
                conversation=command.conversation,
                medium="email",
                at=now,
                author="a7",
                direction="note" if note else "out",
                text=command.text,
                interaction=command.interaction,
                delivery="" if note else "queued",
            )
            return _ok(e.MessageChanged(message=sent))
        case c.ExplainInteraction():
            return True, "", "", e.Result(lines=("Queue Support.", "You speak Arabic.")), []
        case c.SearchEverything(text=text):
            hit = e.SearchHit(
                kind="customer", id="c1", title="Amina Yusuf", highlight=f"[{text}]", customer="c1"
            )
            return True, "", "", e.Result(hits=(hit,)), []
        case c.Watch(scope=scope):
            return _ok(e.ScopeChanged(scope=scope))
        case c.TransferInteraction(interaction=i):
            return _ok(e.InteractionRemoved(interaction=i))
        case c.FetchTimeline() | c.SuggestArticles() | c.FetchCustomer() | c.ListInteractions():
            return True, "", "", e.Result(), []
        case _:
            return _ok()


def _ok(*events: Any) -> Answer:
    return True, "", "", None, list(events)


def changed(model: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(model, **fields)
