"""What a desktop may keep for work without the router: a page of everything, then a page of each change.

A cursor says where a desktop stands.  First come all messages that the agent may see, the newest first, then
the calls; then, from the place in the log where that began, whatever changed, the oldest first, as it is now.
So nothing that changes meanwhile is missed, and a thing that is sent twice is the same thing.

All desktops together get a fifth of the router's time at most, one page after the other, so that a morning on
which everybody's copies are filled costs no offer its time.

Rules of the file: a page costs what it holds and not what the record holds; an agent gets what
`permissions.see_conversation` gives, and what is not to be seen any more is named as removed; a cursor of
other rights, of a record that was restored, or of a time before somebody was erased begins anew.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from typing import Final

import msgspec

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import OVER, Interaction
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, InteractionId, MessageId
from agent_desktop.ports.storage import Change
from agent_desktop.server import rights, views
from agent_desktop.server.committed import HISTORY
from agent_desktop.server.hub import Hub
from agent_desktop.wire.events import Result
from agent_desktop.wire.inbox import FetchCopies
from agent_desktop.wire.models import ConversationModel, CustomerModel, InteractionModel, MessageModel

SHARE: Final = 0.2  # of the router's time, for all desktops together
PAGE_MOST: Final = 200
PAGE_BYTES: Final = 256 * 1024  # of text and HTML: a page must not fill an agent's queue
HTML_BYTES: Final = 128 * 1024  # a longer one is fetched when it is looked at
SCANNED_MOST: Final = 1000  # entries of the log
WHOLE_MOST: Final = 200  # messages of a conversation that came into view
ERASED: Final = "erased"  # the setting that counts erasures
MESSAGES, CALLS, CHANGES = "m", "i", "c"
EVERYTHING: Final = ("everything", "")
# With these a conversation may come into an agent's view, with what was said in it before.
_OPENING: Final = frozenset({"OwnerChanged", "Accepted", "Unmerged", "MergeChanged"})


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a desktop stands: `seq` and `at` name the log's entry, `place` the row while filling."""

    phase: str
    rights: str
    seq: int
    at: float
    place: float = 0.0


@dataclasses.dataclass(slots=True)
class _Page:
    """A page in the making; each thing once."""

    conversations: dict[str, ConversationModel] = dataclasses.field(default_factory=dict)
    messages: dict[str, MessageModel] = dataclasses.field(default_factory=dict)
    customers: dict[str, CustomerModel] = dataclasses.field(default_factory=dict)
    interactions: dict[str, InteractionModel] = dataclasses.field(default_factory=dict)
    removed: dict[tuple[str, str], None] = dataclasses.field(default_factory=dict)
    size: int = 0

    def result(self, cursor: Cursor, *, more: bool) -> Result:
        return Result(
            conversations=tuple(self.conversations.values()),
            messages=tuple(self.messages.values()),
            customers=tuple(self.customers.values()),
            interactions=tuple(self.interactions.values()),
            removed=tuple(self.removed),
            cursor=msgspec.json.encode(cursor).decode(),
            more=more,
        )


class Copies:
    """Pages for desktops; reads only."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    async def answer(self, agent: AgentId, query: FetchCopies) -> Result:
        """The page after a cursor, when it is its turn."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(max(0.0, self._free_at - loop.time()))
            began = loop.time()
            page = self.page(agent, query)
            self._free_at = loop.time() + (loop.time() - began) * (1 / SHARE - 1)
        return page

    def page(self, agent: AgentId, query: FetchCopies) -> Result:
        """The page after a cursor."""
        who = self._hub.tables.agents[agent]
        store = self._hub.store
        last, now = store.last_event(), _rights(who, store.setting(ERASED))
        limit = max(1, min(query.limit, PAGE_MOST))
        cursor = self._known(query.cursor, now)
        making = _Making(self._hub, who)
        if cursor is None:
            making.page.removed[EVERYTHING] = None
            cursor = Cursor(MESSAGES, now, last, self._at(last))
        match cursor.phase:
            case "m":
                return making.messages(cursor, limit)
            case "i":
                return making.calls(cursor, limit)
            case _:
                return making.changes(cursor, limit)

    def _known(self, said: str, now: str) -> Cursor | None:
        """The cursor, if it is of these rights and of this record."""
        try:
            cursor = msgspec.json.decode(said, type=Cursor)
        except msgspec.MsgspecError:
            return None
        if cursor.rights != now or cursor.phase not in (MESSAGES, CALLS, CHANGES):
            return None
        return cursor if self._at(cursor.seq) == cursor.at else None

    def _at(self, seq: int) -> float:
        """When an entry of the log was made; -1 where there is none."""
        if seq == 0:
            return 0.0
        found = self._hub.store.changes(seq - 1, 1)
        return found[0].at if found and found[0].seq == seq else -1.0


class _Making:
    """One page for one agent: what is looked up, is looked up once."""

    def __init__(self, hub: Hub, agent: Agent) -> None:
        self._hub = hub
        self._agent = agent
        self._seen: dict[ConversationId, Conversation | None] = {}
        self.page = _Page()

    # --- filling ----------------------------------------------------------------------------------

    def messages(self, cursor: Cursor, limit: int) -> Result:
        """The newest messages below a row's number."""
        rows = self._hub.store.recent_messages(Instant(0.0), before=int(cursor.place), limit=limit)
        place = cursor.place
        for taken, (number, message) in enumerate(rows, 1):
            self._put_message(message)
            place = float(number)
            if self.page.size >= PAGE_BYTES:
                whole = taken == len(rows)
                break
        else:
            whole = True
        after = Cursor(MESSAGES, cursor.rights, cursor.seq, cursor.at, place)
        if whole and len(rows) < limit:
            after = Cursor(CALLS, cursor.rights, cursor.seq, cursor.at)
        return self.page.result(after, more=True)

    def calls(self, cursor: Cursor, limit: int) -> Result:
        """Interactions that arrived before an instant, the newest first."""
        before = Instant(cursor.place) if cursor.place else None
        rows = self._hub.store.interactions_before(agent=None, before=before, limit=limit)
        for interaction in rows:
            self._put_interaction(interaction)
        if len(rows) < limit:
            return self.page.result(Cursor(CHANGES, cursor.rights, cursor.seq, cursor.at), more=True)
        oldest = min(i.arrived_at for i in rows)
        return self.page.result(Cursor(CALLS, cursor.rights, cursor.seq, cursor.at, oldest), more=True)

    # --- changes ----------------------------------------------------------------------------------

    def changes(self, cursor: Cursor, limit: int) -> Result:
        """What changed after an entry of the log, as it is now."""
        rows = self._hub.store.changes(cursor.seq, SCANNED_MOST)
        seq, at, whole = cursor.seq, cursor.at, True
        for row in rows:
            if len(self.page.messages) >= limit or self.page.size >= PAGE_BYTES:
                whole = False
                break
            self._changed(row)
            seq, at = row.seq, row.at
        more = not whole or len(rows) == SCANNED_MOST
        return self.page.result(Cursor(CHANGES, cursor.rights, seq, at), more=more)

    def _changed(self, row: Change) -> None:
        match row.about:
            case "conversation":
                self._conversation_changed(row)
            case "interaction":
                self._interaction_changed(row)
            case "customer" if row.subject not in self.page.customers:
                # An agent may see every customer's card (`permissions.see_customer`).
                self._put_customer(CustomerId(row.subject))
            case _:
                pass

    def _conversation_changed(self, row: Change) -> None:
        key = ConversationId(row.subject)
        thread = self._visible(key)
        if thread is None:
            self.page.removed[("conversation", key)] = None
        else:
            self._put_conversation(thread)
            if row.kind in _OPENING:
                self._put_whole(key)
        if row.message:
            message = self._hub.store.message(MessageId(row.message))
            if message is None or self._visible(message.conversation) is None:
                self.page.removed[("message", row.message)] = None
            else:
                self._put_message(message)

    def _interaction_changed(self, row: Change) -> None:
        key = InteractionId(row.subject)
        if key in self.page.interactions:
            return
        interaction = self._hub.tables.interactions.get(key) or self._hub.store.interaction(key)
        if interaction is None:
            self.page.removed[("interaction", key)] = None
            return
        self._put_interaction(interaction)
        if self._goes_on_elsewhere(interaction):  # it may have been this agent's
            self.page.removed[("interaction", key)] = None
        thread = interaction.conversation
        if thread and self._visible(thread) is None:
            self.page.removed[("conversation", thread)] = None
        elif thread and row.kind in _OPENING and interaction.agent == self._agent.id:
            self._put_whole(thread)

    # --- what is put in ---------------------------------------------------------------------------

    def _visible(self, key: ConversationId) -> Conversation | None:
        """The conversation, if this agent may see it."""
        if key not in self._seen:
            thread = self._hub.tables.conversations.get(key) or self._hub.store.conversation(key)
            allowed = thread is not None and rights.may_see(self._hub, self._agent, key)
            self._seen[key] = thread if allowed else None
        return self._seen[key]

    def _put_whole(self, key: ConversationId) -> None:
        """A conversation came into view: what was said in it before comes with it."""
        for message in self._hub.store.messages(key, limit=WHOLE_MOST):
            self._put_message(message)

    def _put_message(self, message: Message) -> None:
        thread = self._visible(message.conversation)
        if thread is None:
            return
        self._put_conversation(thread)
        shown = message
        if len(message.html) > HTML_BYTES:
            shown = dataclasses.replace(message, html="")
        self.page.messages[message.id] = views.message_model(shown)
        self.page.size += len(shown.text) + len(shown.html) + len(shown.quoted)

    def _put_conversation(self, thread: conversations.Conversation) -> None:
        if thread.id in self.page.conversations:
            return
        self.page.conversations[thread.id] = views.conversation_model(thread)
        self.page.removed.pop(("conversation", thread.id), None)
        self._put_customer(thread.customer)
        for other in thread.merged:  # without messages of its own: its name leads here
            merged = self._visible(other)
            if merged is not None:
                self._put_conversation(merged)

    def _put_customer(self, key: CustomerId) -> None:
        if not key or key in self.page.customers:
            return
        customer = self._hub.store.customer(key)
        if customer is None:
            self.page.removed[("customer", key)] = None
        else:
            self.page.customers[key] = views.customer_model(customer, self._hub.store.history(key, HISTORY))

    def _goes_on_elsewhere(self, interaction: Interaction) -> bool:
        return interaction.state not in OVER and interaction.agent != self._agent.id

    def _put_interaction(self, interaction: Interaction) -> None:
        """Work of others that goes on is theirs; what is over is a part of the customer's history."""
        if self._goes_on_elsewhere(interaction):
            return
        if rights.may_see_work(self._agent, interaction):
            self.page.interactions[interaction.id] = views.interaction_model(interaction, told=False)
            self._put_customer(interaction.customer)


def _rights(agent: Agent, erased: str) -> str:
    """What a desktop's copies depend on, as one word: who may see what, and who was erased."""
    whole = "|".join((agent.role, ",".join(sorted(agent.queues)), erased))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:12]
