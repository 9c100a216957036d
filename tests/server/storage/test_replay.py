"""The log alone rebuilds every projection, for any legal history."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import tempfile
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from agent_desktop.domain import agent as a
from agent_desktop.domain import conversation as c
from agent_desktop.domain import customer as k
from agent_desktop.domain import interaction as i
from agent_desktop.domain import lifecycle
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, InteractionId
from agent_desktop.ports.storage import Changes
from agent_desktop.server.storage.store import SqliteStore, open_store

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.floats(0, 2e9)
IDS = st.sampled_from(["one", "two", "three"])


@functools.cache
def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type; the domain's own dataclasses are made field by field."""
    if hasattr(hint, "__supertype__"):
        return of_type(hint.__supertype__)
    if dataclasses.is_dataclass(hint):
        return filled(typing.cast("type[Any]", hint))
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([of_type(one) for one in inside])
    if origin is tuple and inside[-1] is Ellipsis:
        return st.lists(of_type(inside[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(of_type(one) for one in inside))
    if origin is dict:
        return st.dictionaries(of_type(inside[0]), of_type(inside[1]), max_size=2)
    if origin is frozenset:
        return st.frozensets(of_type(inside[0]), max_size=2)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXT,
        float: NUMBER,
        int: st.integers(0, 100),
        bool: st.booleans(),
        types.NoneType: st.none(),
    }
    return plain[hint]


@functools.cache
def hints_of(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def filled(kind: type[Any], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = hints_of(kind)
    return st.fixed_dictionaries(
        {
            field.name: fixed[field.name] if field.name in fixed else of_type(hints[field.name])
            for field in dataclasses.fields(kind)
        }
    ).map(lambda values: kind(**values))


@dataclasses.dataclass
class World:
    agents: dict[Any, a.Agent]
    interactions: dict[Any, i.Interaction]
    conversations: dict[Any, c.Conversation]
    customers: dict[Any, k.Customer]


def empty() -> World:
    agents = {AgentId(key): a.Agent(id=AgentId(key), name=key) for key in ("one", "two", "three")}
    return World(agents, {}, {}, {})


def applied(world: World, event: Any) -> Changes:
    """Step the world by an event and give the commit of it."""
    changes = Changes(events=[event])
    match event:
        case a.AgentEvent():
            changes.agents[event.agent] = a.step(world.agents[event.agent], event)
        case i.InteractionEvent():
            before = world.interactions.get(event.interaction)
            changes.interactions[event.interaction] = lifecycle.step(before, event)
        case c.ConversationEvent():
            thread = c.step(world.conversations.get(event.conversation), event)
            changes.conversations[event.conversation] = thread
            if isinstance(event, c.MessageAdded):
                changes.messages[event.message.id] = event.message
        case k.CustomerEvent():
            changes.customers[event.customer] = k.step(world.customers.get(event.customer), event)
    world.agents |= changes.agents
    world.interactions |= changes.interactions
    world.conversations |= changes.conversations
    world.customers |= changes.customers
    return changes


def next_events(world: World, key: str) -> list[st.SearchStrategy[Any]]:
    """The events that are legal now for the things called `key`."""
    agent, work = world.agents[AgentId(key)], world.interactions.get(InteractionId(key))
    legal: list[st.SearchStrategy[Any]] = [
        filled(kind, agent=st.just(AgentId(key)), at=NUMBER)
        for state, kind in a.MACHINE.table
        if state == agent.state
    ]
    if work is None:
        new = filled(i.Interaction, id=st.just(InteractionId(key)), state=st.just(i.ARRIVED))
        legal.append(filled(i.Arrived, interaction=st.just(InteractionId(key)), value=new))
    else:
        legal += [
            filled(kind, interaction=st.just(work.id))
            for (state, kind), after in lifecycle.MACHINE.table.items()
            if state == work.state
            for _ in range(1 if after == state else 4)  # so that histories come to an end
        ]
    if ConversationId(key) not in world.conversations:
        thread = filled(c.Conversation, id=st.just(ConversationId(key)))
        legal.append(filled(c.Started, conversation=st.just(ConversationId(key)), value=thread))
    else:
        message = filled(c.Message, conversation=st.just(ConversationId(key)))
        legal.append(filled(c.MessageAdded, conversation=st.just(ConversationId(key)), message=message))
        for kind in (c.DeliveryMoved, c.CustomerTied, c.Resolved):
            legal.append(filled(kind, conversation=st.just(ConversationId(key))))
    if CustomerId(key) not in world.customers:
        card = filled(k.Customer, id=st.just(CustomerId(key)))
        legal.append(filled(k.CustomerAdded, customer=st.just(CustomerId(key)), value=card))
    else:
        legal.append(filled(k.AddressAdded, customer=st.just(CustomerId(key))))
    return legal


@st.composite
def histories(draw: Callable[..., Any]) -> list[Changes]:
    world, commits = empty(), []
    for _ in range(draw(st.integers(1, 25))):
        event = draw(st.one_of(next_events(world, draw(IDS))))
        commits.append(applied(world, event))
    return commits


def refolded(store: SqliteStore) -> World:
    """The projections, folded anew from the log."""
    world, after = empty(), 0
    while page := store.events(after=after, limit=7):
        for seq, event in page:
            applied(world, event)
            after = seq
    return world


async def replay(folder: Path, commits: list[Changes]) -> None:
    store = open_store(folder / "record.db")
    try:
        await asyncio.gather(*(store.commit(changes) for changes in commits))
        world = refolded(store)
        assert store.load().last_event == len(commits)
        for agent in store.load().agents.values():
            assert agent == world.agents[agent.id]
        for key in ("one", "two", "three"):
            assert store.interaction(InteractionId(key)) == world.interactions.get(key)
            assert store.conversation(ConversationId(key)) == world.conversations.get(key)
            assert store.customer(CustomerId(key)) == world.customers.get(key)
        live = {key for key, work in world.interactions.items() if work.state not in i.OVER}
        assert set(store.load().interactions) == live
    finally:
        await store.close()


def test_folding_the_log_gives_the_projections() -> None:
    reached: set[str] = set()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(histories())
    def holds(commits: list[Changes]) -> None:
        reached.update(work.state for changes in commits for work in changes.interactions.values())
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(replay(Path(folder), commits))

    # The histories are not all short: they come to the ends of the machine, sooner or later.
    for number in range(10):
        seed(number)(holds)()
        if reached >= {i.QUEUED, i.ACTIVE, i.CLOSED}:
            return
    raise AssertionError(f"no history came further than {reached}")
