"""Snapshot + events == fresh snapshot, for any history; and the invariants of routing on the way."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import may_be_offered
from agent_desktop.domain.customer import Address, Customer, CustomerAdded
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId
from agent_desktop.server.hub import Step
from agent_desktop.wire import commands, inbox
from agent_desktop.wire import switch as wire
from agent_desktop.wire.listing import ViewModel
from tests.server.floor import ANA, BEN, SUE, Floor, Mirror

AGENTS = (ANA, BEN)
MOVES = (
    "call", "mail", "chat", "chat_again", "ready", "not_ready", "accept", "decline", "hold", "resume",
    "end", "wrap_up", "park", "take", "hang_up", "wait", "long_wait", "watch", "reconnect", "lost",
    "send", "note", "leg_failed", "restart", "link", "assign", "unassign", "tag", "snooze", "resolve",
    "reopen", "merge", "unmerge", "split", "unsplit", "hold_send", "call_back", "look", "leave", "follow",
    "unfollow", "share", "view",
)  # fmt: skip


THREADED = frozenset(MOVES[MOVES.index("assign") :])


class Day:
    """One history: moves of customers, agents and faults, chosen by hypothesis."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.count = 0
        self.mirrors = {a: Mirror(floor, a) for a in (ANA, BEN, SUE)}

    async def begin(self) -> None:
        await self.floor.sign_in(ANA, BEN, SUE, ready=False)
        await self.floor.hub.run(_add_amina)
        for mirror in self.mirrors.values():
            mirror.connect()

    async def move(self, name: str, agent: AgentId, pick: int) -> None:
        floor, self.count = self.floor, self.count + 1
        mine = sorted(floor.hub.tables.in_hand.get(agent, ()))
        one = mine[pick % len(mine)] if mine else "none"
        offers = floor.offers(agent)
        waiting = sorted(floor.hub.tables.interactions)
        calls = sorted(floor.hub.tables.by_call)
        match name:
            case "call":
                await floor.call(f"c{self.count}", number="200")
            case "mail":
                await floor.mail(f"<{self.count}@out>")
            case "chat":
                await floor.chat("Hello", str(self.count), visitor=f"v{pick % 3}")
            case "chat_again":
                await floor.chat("Again", str(self.count), visitor="v0")
            case "ready":
                await floor.do(agent, commands.SetReady())
            case "not_ready":
                await floor.do(agent, commands.SetNotReady(reason="break"))
            case "accept":
                await floor.do(agent, commands.AcceptOffer(offer=offers[0] if offers else "none"))
            case "decline":
                await floor.do(agent, commands.DeclineOffer(offer=offers[0] if offers else "none"))
            case "hold":
                await floor.do(agent, commands.HoldInteraction(interaction=one))
            case "resume":
                await floor.do(agent, commands.ResumeInteraction(interaction=one))
            case "end":
                await floor.do(agent, commands.EndInteraction(interaction=one))
            case "wrap_up":
                await floor.do(agent, commands.WrapUp(interaction=one, code="solved", note="done"))
            case "park":
                await floor.do(agent, commands.ParkInteraction(interaction=one))
            case "take":
                key = waiting[pick % len(waiting)] if waiting else "none"
                await floor.do(agent, commands.TakeInteraction(interaction=key))
            case "hang_up" if calls:
                call = calls[pick % len(calls)]
                ended = wire.SwitchCall(id=call, state="ended", ended_by="customer")
                floor.exchange.on_event(wire.CallEnded(call=ended))
                await floor.settle()
            case "leg_failed" if calls:
                call = calls[pick % len(calls)]
                floor.exchange.on_event(wire.AgentLegFailed(call=call, extension="101", interaction=""))
                await floor.settle()
            case "wait":
                await floor.wait(7)
            case "long_wait":
                await floor.wait(61)
            case "watch":
                scope = ("mine", "queue", "all")[pick % 3]
                await floor.do(agent, commands.Watch(scope=scope))
            case "reconnect":
                self.mirrors[agent].connect()
            case "lost":
                floor.presence.lost(agent)
                await floor.wait(15)
                await floor.presence.came(agent)
            case "send":
                thread = sorted(floor.hub.tables.conversations)
                conversation = thread[pick % len(thread)] if thread else "none"
                await floor.do(
                    agent,
                    commands.SendMessage(message=f"m-{self.count}", conversation=conversation, text="Yes"),
                )
            case "note":
                thread = sorted(floor.hub.tables.conversations)
                if thread:
                    await floor.do(
                        agent,
                        commands.AddNote(message=f"n-{self.count}", conversation=thread[0], text="A note"),
                    )
            case "link":
                await floor.do(
                    agent, commands.CreateCustomer(interaction=one, customer=f"k-{pick % 2}", name="Amina")
                )
            case _ if name in THREADED:
                await self.conversation_move(name, agent, pick)
            case "restart" if pick % 5 == 0:
                await floor.restart()
                for mirror in self.mirrors.values():
                    await floor.presence.came(mirror.agent)
                    mirror.connect()
            case _:
                pass

    async def conversation_move(self, name: str, agent: AgentId, pick: int) -> None:
        """An act on one of the conversations that there are."""
        floor, threads = self.floor, sorted(self.floor.hub.tables.conversations)
        thread = threads[pick % len(threads)] if threads else "none"
        other = threads[pick // 3 % len(threads)] if threads else "none"
        held = floor.store.messages(ConversationId(thread), limit=50)
        match name:
            case "assign":
                to = AGENTS[pick % 2]
                await floor.do(agent, inbox.AssignConversation(conversation=thread, agent=to))
            case "unassign":
                await floor.do(agent, inbox.AssignConversation(conversation=thread, queue="mail"))
            case "tag":
                await floor.do(agent, inbox.TagConversation(conversation=thread, add=(f"t{pick}",)))
            case "snooze":
                until = floor.clock.at + 30 if pick % 2 else 0.0
                await floor.do(agent, inbox.SnoozeConversation(conversation=thread, until_at=until))
            case "resolve":
                await floor.do(agent, inbox.ResolveConversation(conversation=thread, code="solved"))
            case "reopen":
                await floor.do(agent, inbox.ReopenConversation(conversation=thread))
            case "merge":
                await floor.do(SUE, inbox.MergeConversations(conversation=thread, into=other))
            case "unmerge":
                await floor.do(SUE, inbox.UnmergeConversation(conversation=thread))
            case "split":
                some = tuple(m.id for m in held[: 1 + pick % 2])
                new = f"v-split{self.count}"
                await floor.do(SUE, inbox.SplitConversation(conversation=thread, new=new, messages=some))
            case "unsplit":
                await floor.do(SUE, inbox.UnsplitConversation(conversation=thread))
            case "hold_send":
                reply = commands.SendMessage(
                    message=f"h-{self.count}", conversation=thread, text="Held", held_s=10
                )
                await floor.do(agent, reply)
            case "call_back":
                for message in held:
                    asked = inbox.CancelMessage(conversation=thread, message=message.id)
                    await floor.do(message.author or agent, asked)
            case "look":
                doing = ("viewing", "idle", "replying", "noting")[pick % 4]
                await floor.do(agent, inbox.LookAt(conversation=thread, doing=doing))
            case "leave":
                await floor.do(agent, inbox.LookAt(conversation=thread, doing=""))
            case "follow" | "unfollow":
                asked_for = inbox.FollowConversation(conversation=thread, on=name == "follow")
                await floor.do(agent, asked_for)
            case "share":
                text = "Dear Amina" if pick % 3 else ""
                await floor.do(agent, inbox.ShareDraft(conversation=thread, text=text))
            case _:
                view = ViewModel(id=f"view{pick % 3}", label=f"View {pick}")
                kept = inbox.SaveView(view=view) if pick % 4 else inbox.RemoveView(view=view.id)
                await floor.do(agent, kept)

    def check(self) -> None:
        for mirror in self.mirrors.values():
            assert mirror.differences() == []
        tables = self.floor.hub.tables
        held = [i for hand in tables.in_hand.values() for i in hand]
        assert len(held) == len(set(held)), "no interaction is in two hands"
        for agent, hand in tables.in_hand.items():
            for key in hand:
                assert interactions.holder(tables.interactions[key]) == agent
        for key, value in tables.interactions.items():
            assert value.state not in interactions.OVER
            assert self.floor.store.interaction(key) == value, "memory is what was committed"
        index = self.floor.hub.index
        for agent_id, agent in tables.agents.items():
            if may_be_offered(agent):
                assert index.match_agent(agent_id) is None, "no free agent is idle while work waits"


def _add_amina(step: Step) -> None:
    kinds = {"email": "amina@example.com", "phone": "+33611", "chat": "v0"}
    addresses = tuple(Address(kind=kind, value=value) for kind, value in kinds.items())
    key = CustomerId("amina")
    value = Customer(id=key, name="Amina Yusuf", addresses=addresses)
    step.customer(CustomerAdded(customer=key, at=step.now, value=value))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(AGENTS), st.integers(0, 20)), max_size=40))
def test_snapshot_and_events_are_a_fresh_snapshot_after_any_history(
    moves: list[tuple[str, AgentId, int]],
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            floor = await Floor(Path(folder) / "record.db").start()
            day = Day(floor)
            try:
                await day.begin()
                for name, agent, pick in moves:
                    await day.move(name, agent, pick)
                    day.check()
            finally:
                await floor.stop()

    asyncio.run(live())
