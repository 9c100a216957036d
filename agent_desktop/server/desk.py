"""Commands from the agents' programs: one branch per command, each a small act of another room.

A command's UUID and its reply are written in the transaction of its effect; a resend gets the same
reply and changes nothing.  Refusals are replies too.  Queries read the record and are not stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import msgspec

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import timers
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    InteractionId,
    MessageId,
    OfferId,
)
from agent_desktop.errors import AgentDesktopError, RefusedError, StorageError
from agent_desktop.ports.storage import StoredReply
from agent_desktop.server import rights
from agent_desktop.server.board import Board
from agent_desktop.server.conversing import Conversing
from agent_desktop.server.forms import Forms
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.listing import ANSWERED, Listing
from agent_desktop.server.queries import Queries
from agent_desktop.server.states import States
from agent_desktop.server.telephone import Telephone
from agent_desktop.server.work import Work
from agent_desktop.server.writing import Writing
from agent_desktop.wire import access, commands, events, inbox
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.events import Unknown

INBOX = inbox.InboxCommand.__args__
PASSING = (inbox.LookAt, inbox.ShareDraft)  # shown to colleagues, in no record
_replies = msgspec.json.Decoder(events.Reply)


class Desk:
    """What agents can ask for."""

    def __init__(
        self,
        hub: Hub,
        *,
        board: Board,
        work: Work,
        writing: Writing,
        telephone: Telephone,
        queries: Queries,
    ) -> None:
        self._hub = hub
        self._board = board
        self._work = work
        self._forms = Forms(hub, work.wrapping)
        self.conversing = Conversing(hub, work, self._forms, writing)
        self._listing = Listing(hub, board, work)
        self._writing = writing
        self._telephone = telephone
        self._queries = queries
        self.states = States(
            hub, work, online=lambda agent: board.receiver(agent).online, end_session=self._end_session
        )
        self._running: dict[str, asyncio.Future[events.Reply]] = {}
        self.sign_out: Callable[[AgentId, str], Awaitable[None]] | None = None

    async def handle(
        self, agent: AgentId, request: str, command: commands.AnyCommand | Unknown
    ) -> events.Reply:
        """Carry out one request and return its reply; never raises."""
        if isinstance(command, Unknown):
            text = f"The server does not know “{command.tag}”. It is older than your program."
            return events.Reply(request=request, ok=False, code="unknown_command", message=text)
        try:
            if not isinstance(command, commands.QUERIES):
                # What was done once has its answer, whatever the agent may do by now.
                told = await self._told(agent, request)
                if told is not None:
                    return told
            rights.check(self._hub, self._hub.tables.agents[agent], command)
            if isinstance(command, ANSWERED):
                return events.Reply(request=request, result=await self._listing.answer(agent, command))
            if isinstance(command, PASSING):
                self._pass(agent, command)
                return events.Reply(request=request)
            if isinstance(command, commands.QUERIES):
                return events.Reply(request=request, result=await self._queries.answer(agent, command))
            return await self._once(agent, request, command)
        except StorageError as error:
            return events.Reply(request=request, ok=False, code="not_kept", message=str(error))
        except AgentDesktopError as error:
            return events.Reply(request=request, ok=False, code=_code(error), message=str(error))

    def _pass(self, agent: AgentId, command: inbox.LookAt | inbox.ShareDraft) -> None:
        """What is told and never kept: a resend tells the same again."""
        match command:
            case inbox.LookAt():
                self._board.looks.look(agent, command)
            case inbox.ShareDraft():
                self._board.looks.share(agent, command)

    async def _told(self, agent: AgentId, request: str) -> events.Reply | None:
        """The answer that this request has already, or will have."""
        running = self._running.get(request)
        if running is not None:
            return await asyncio.shield(running)
        stored = self._hub.store.reply_to(request)
        if stored is None:
            return None
        if stored.agent != agent:
            raise RefusedError("This request belongs to somebody else.", code="not_yours")
        return _replies.decode(stored.reply)

    async def _once(self, agent: AgentId, request: str, command: commands.Command) -> events.Reply:
        reading = self.conversing.reading(command)
        if reading is None:
            future = self._hub.run(lambda step: self._carry_out(step, agent, request, command))
        else:
            future = asyncio.ensure_future(self._after(reading, agent, request, command))
        self._running[request] = future
        try:
            reply = await future
        finally:
            self._running.pop(request, None)
        if isinstance(command, commands.SignOut) and reply.ok:
            await self._end_session(agent, "signed_out")
        return reply

    async def _after(
        self,
        reading: AbstractAsyncContextManager[None],
        agent: AgentId,
        request: str,
        command: commands.Command,
    ) -> events.Reply:
        """Carry out what needs a long conversation to be read first."""

        def change(step: Step) -> events.Reply:
            rights.check(self._hub, step.agent_of(agent), command)  # it took a while
            return self._carry_out(step, agent, request, command)

        async with reading:
            return await self._hub.run(change)

    async def _end_session(self, agent: AgentId, reason: str) -> None:
        if self.sign_out is not None:
            await self.sign_out(agent, reason)

    def _carry_out(self, step: Step, agent: AgentId, request: str, command: commands.Command) -> events.Reply:
        reply = events.Reply(request=request)
        try:
            self._act(step, agent, command)
        except RefusedError as error:
            reply = events.Reply(request=request, ok=False, code=error.code, message=str(error))
        step.changes.replies.append(
            StoredReply(command=request, agent=agent, at=step.now, reply=encode_body(reply))
        )
        return reply

    def _act(self, step: Step, agent: AgentId, command: commands.Command) -> None:
        work = self._work
        match command:
            case commands.SetReady():
                self.states.ready(step, agent)
            case commands.SetNotReady():
                self.states.not_ready(step, agent, command.reason)
            case commands.SignOut():
                self.states.sign_out(step, agent)
            case commands.SetAgentState():
                self.states.set_state(step, agent, command)
            case commands.AcceptOffer():
                work.offering.accept(step, agent, OfferId(command.offer))
            case commands.DeclineOffer():
                work.offering.decline(step, agent, OfferId(command.offer), command.reason)
            case access.ExtendOffer():
                work.offering.more_time(step, agent, OfferId(command.offer))
            case access.SetAccessNeeds():
                self._need(step, command)
            case commands.MoveInQueue():
                work.waiting.move(
                    step,
                    agent,
                    InteractionId(command.interaction),
                    priority=command.priority,
                    older_s=command.older_s,
                    reason=command.reason,
                )
            case commands.TakeInteraction():
                work.take(step, agent, InteractionId(command.interaction))
            case commands.HoldInteraction():
                work.hold(step, agent, InteractionId(command.interaction))
            case commands.ResumeInteraction():
                work.resume(step, agent, InteractionId(command.interaction))
            case commands.EndInteraction():
                mine(step, agent, InteractionId(command.interaction))
                work.wrapping.end(step, InteractionId(command.interaction), "agent")
            case commands.ParkInteraction():
                self._telephone.parking.park(step, agent, InteractionId(command.interaction))
            case commands.TransferInteraction():
                self._transfer(step, agent, command)
            case commands.ReportSelfTest():
                self.states.tested(step, agent, command.passed, command.failed)
            case commands.SendMessage():
                self._writing.write(step, agent, command)
            case commands.AddNote():
                self._writing.note(
                    step,
                    agent,
                    message=MessageId(command.message),
                    conversation=ConversationId(command.conversation),
                    text=command.text,
                    mentions=command.mentions,
                    files=command.files,
                )
            case commands.SetTyping():
                self._writing.typing(step, agent, ConversationId(command.conversation), typing=command.typing)
            case commands.MarkRead():
                self._writing.read(step, mine(step, agent, InteractionId(command.interaction)))
            case commands.WrapUp():
                self._forms.wrap_up(step, agent, command)
            case commands.ExtendWrapUp():
                work.wrapping.extend(step, agent, InteractionId(command.interaction))
            case commands.ForceWrapUp():
                self._forms.force(step, agent, command)
            case commands.LinkCustomer():
                self._link(step, agent, command.interaction, CustomerId(command.customer))
            case commands.CreateCustomer():
                self._create(step, agent, command)
            case commands.Watch():
                if command.scope not in ("mine", "queue", "all"):
                    raise RefusedError("The scope is mine, queue or all.", code="bad_value")
                step.after(lambda: self._board.watch(agent, command.scope))
            case inbox.SaveView():
                self._listing.save(step, agent, command.view)
            case inbox.RemoveView():
                self._listing.remove(step, agent, command.view)
            case _ if isinstance(command, INBOX):
                self.conversing.act(step, agent, command)
            case _:
                self._telephone.act(step, agent, command)

    def _transfer(self, step: Step, agent: AgentId, command: commands.TransferInteraction) -> None:
        key = InteractionId(command.interaction)
        self._telephone.transfer(step, agent, key, command.target)
        if command.note:
            conversation = step.interaction_of(key).conversation
            self._writing.note(
                step,
                agent,
                message=MessageId(step.new_id("m")),
                conversation=conversation,
                text=command.note,
            )

    def _link(self, step: Step, agent: AgentId, key: str, customer_key: CustomerId) -> None:
        interaction = mine(step, agent, InteractionId(key))
        customer = step.customer_of(customer_key)
        if customer is None:
            raise RefusedError("There is no such customer.", code="unknown_customer")
        kind = step.hub.media[interaction.medium].address_kind
        thread = step.conversation_of(interaction.conversation)
        address = thread.address if thread is not None else ""
        if address and kind:
            step.customer(
                customers.AddressAdded(
                    customer=customer.id, at=step.now, address=customers.Address(kind=kind, value=address)
                )
            )
        if interaction.conversation:
            step.conversation(
                conversations.CustomerTied(
                    conversation=interaction.conversation,
                    at=step.now,
                    customer=customer.id,
                    customer_name=customer.name,
                )
            )
        step.interaction(
            interactions.Noted(
                interaction=interaction.id, at=step.now, customer=customer.id, customer_name=customer.name
            )
        )

    def _need(self, step: Step, command: access.SetAccessNeeds) -> None:
        key = InteractionId(command.interaction)
        interaction = step.tables.interactions.get(key) or self._hub.store.interaction(key)
        customer = step.customer_of(interaction.customer) if interaction is not None else None
        if customer is None:
            raise RefusedError("There is no card for this customer yet. Make one first.", code="no_customer")
        needs = timers.noted(command.needs)
        if needs != customer.access_needs:
            step.customer(customers.AccessNeedsSet(customer=customer.id, at=step.now, needs=needs))

    def _create(self, step: Step, agent: AgentId, command: commands.CreateCustomer) -> None:
        key = CustomerId(command.customer)
        mine(step, agent, InteractionId(command.interaction))
        if not command.name.strip():
            raise RefusedError("A customer needs a name.", code="empty")
        if step.customer_of(key) is None:
            value = customers.Customer(id=key, name=command.name.strip())
            step.customer(customers.CustomerAdded(customer=key, at=step.now, value=value))
        self._link(step, agent, command.interaction, key)


def _code(error: AgentDesktopError) -> str:
    return error.code if isinstance(error, RefusedError) else "refused"
