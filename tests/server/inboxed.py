"""The words of tests about conversations: a mail that somebody has, one that is closed, what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agent_desktop.domain.centre import Centre, Mailbox
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.customer import Address, Customer, CustomerAdded
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ChannelId, ConversationId, CustomerId
from agent_desktop.server.hub import Step
from agent_desktop.wire import commands, events, inbox
from tests.server.floor import ANA, BEN, CHAT, MAIL, SUPPORT, FakeChannel, Floor
from tests.server.floor import centre as plain

HELP, SALES, DEMO = ChannelId("help"), ChannelId("sales"), ChannelId("demo")

AMINA = CustomerId("amina")


class Inbox(Floor):
    """A floor where Ana and Ben both serve the mail, and whose policies a test may change."""

    changed: Callable[[Centre], Centre] = staticmethod(lambda centre: centre)

    def configuration(self) -> Centre:
        made = plain()
        ben = replace(made.agents[BEN], queues=(SUPPORT, MAIL, CHAT))
        return type(self).changed(replace(made, agents={**made.agents, BEN: ben}))

    def thread(self, key: str) -> Conversation:
        """A conversation as the record has it."""
        held = self.store.conversation(ConversationId(key))
        assert held is not None
        return held

    def live(self, thread: str) -> Interaction | None:
        key = self.hub.tables.live_of.get(ConversationId(thread))
        return self.hub.tables.interactions.get(key) if key else None

    def texts(self, thread: str) -> list[str]:
        """What was said in a conversation, without the system's lines."""
        kept = self.store.messages(ConversationId(thread), limit=1000)
        return [m.text for m in kept if m.direction != "system"]

    def messages(self, thread: str) -> list[Message]:
        return [m for m in self.store.messages(ConversationId(thread), limit=1000) if m.direction != "system"]

    async def arrived(self, external: str = "<1@out>", sender: str = "amina@example.com") -> str:
        """A mail comes in; the id of its conversation."""
        await self.mail(external, sender=sender)
        (channel,) = (c for c in self.channels if c == "help")
        message = self.store.message_by_external(channel, external)
        assert message is not None
        return message.conversation

    async def taken(self, agent: AgentId = ANA, external: str = "<1@out>") -> str:
        """A mail that an agent has in hand."""
        thread = await self.arrived(external)
        await self.said(agent, inbox.AssignConversation(conversation=thread, agent=agent))
        return thread

    async def closed(self, agent: AgentId = ANA, external: str = "<1@out>") -> str:
        """A mail that an agent had and closed."""
        thread = await self.taken(agent, external)
        await self.said(agent, inbox.ResolveConversation(conversation=thread))
        return thread

    async def said(self, agent: AgentId, command: commands.AnyCommand) -> events.Reply:
        """A command that must be carried out."""
        reply = await self.do(agent, command)
        assert reply.ok, (reply.code, reply.message)
        return reply

    async def refused(self, agent: AgentId, command: commands.AnyCommand) -> str:
        """The code of a refusal; its words are a sentence."""
        reply = await self.do(agent, command)
        assert not reply.ok
        assert reply.message[0].isupper() or reply.message[0] == "“"
        assert reply.message[-1] in ".?"
        return reply.code

    async def card(self, *addresses: Address) -> None:
        """Amina's card."""
        value = Customer(id=AMINA, name="Amina Yusuf", addresses=addresses)

        def add(step: Step) -> None:
            step.customer(CustomerAdded(customer=AMINA, at=step.now, value=value))

        await self.hub.run(add)


class Policies(Inbox):
    """Two mailboxes and a chat; the first mailbox lets others reply as a test says."""

    def __init__(self, path: Path, ownership: str = "assignee") -> None:
        self.ownership = ownership
        super().__init__(path)
        self.channels[SALES] = FakeChannel(SALES, self.channels[HELP].medium)

    def configuration(self) -> Centre:
        made = super().configuration()
        (first,) = made.mailboxes
        second = Mailbox(id=SALES, address="sales@centre.example", queue=MAIL)
        return replace(made, mailboxes=(replace(first, ownership=self.ownership), second))


def reply(thread: str, text: str = "On its way", **more: object) -> commands.SendMessage:
    return commands.SendMessage(message=str(more.pop("message", "m")), conversation=thread, text=text, **more)  # type: ignore[arg-type] # the fields of the test
