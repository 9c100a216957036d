"""Which conversations are meant: a number of the last list, an id, a range, the picked ones, the open one.

A conversation is known from the router's stream or from a page of a view; both are asked, the stream
first, because it is newer.
"""

from __future__ import annotations

import re

from agent_desktop.client.situation import Situation, chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.models import ConversationModel, InteractionModel

ALL, ME, NOBODY = "all", "me", "nobody"
AGENT, QUEUE = "agent", "queue"
_RANGE = re.compile(r"(?P<first>\d{1,5})-(?P<last>\d{1,5})")


def known(s: Situation, conversation: str) -> ConversationModel | None:
    """What is known of a conversation."""
    return s.store.replica.conversations.get(conversation) or s.listed.get(conversation)


def of_work(s: Situation, interaction: InteractionModel) -> ConversationModel | None:
    """The conversation of a piece of work; as much as the work says where nothing else is known."""
    if not interaction.conversation:
        return None
    return known(s, interaction.conversation) or ConversationModel(
        id=interaction.conversation,
        medium=interaction.medium,
        customer=interaction.customer,
        customer_name=interaction.customer_name,
        subject=interaction.subject,
        agent=interaction.agent,
        owner=interaction.agent,
        queue=interaction.queue,
        last_line=interaction.last_line,
        tags=interaction.tags,
        address=interaction.from_address,
    )


def in_view(s: Situation, conversation: str) -> ConversationModel | None:
    """A conversation by its id; that of waiting work too, of which only the work is here."""
    if (found := known(s, conversation)) is not None or not conversation:
        return found
    work = s.store.replica.interactions.values()
    return next((of_work(s, i) for i in work if i.conversation == conversation), None)


def conversation(s: Situation, reference: str = "") -> ConversationModel:
    """The one meant: by id, by number in the last list, or the one that is open.  Raises `RefusedError`."""
    found = known(s, reference) if reference.isdecimal() else in_view(s, reference)
    if found is not None:
        return found
    if reference.isdecimal() and 1 <= int(reference) <= len(s.numbered):
        listed = s.numbered[int(reference) - 1]
        found = in_view(s, listed)
        if found is not None:
            return found
        reference = listed or reference
    interaction = s.interaction(reference)
    found = of_work(s, interaction)
    if found is None:
        raise RefusedError(_("This has no conversation."), code="no_conversation")
    return found


def numbered(s: Situation, reference: str) -> str:
    """What a number of the last list stands for; empty for everything else."""
    number = int(reference) if reference.isdecimal() else 0
    return s.numbered[number - 1] if 1 <= number <= len(s.numbered) else ""


def conversation_or_work(s: Situation, reference: str) -> None:
    """Whether a word means anything that can be opened.  Raises `RefusedError`."""
    try:
        s.interaction(reference)
    except RefusedError:
        if not numbered(s, reference):
            conversation(s, reference)


def conversations(s: Situation, reference: str = "") -> tuple[ConversationModel, ...]:
    """Those meant, each once: `3`, an id, `1,4-9`, `all`; without a word the picked ones, or the open one."""
    if not reference:
        picked = [c for c in (in_view(s, p) for p in s.picked) if c is not None]
        return tuple(picked) or (conversation(s),)
    if in_view(s, reference) is not None or reference in s.store.replica.interactions:
        return (conversation(s, reference),)
    words = [str(n) for n in range(1, len(s.numbered) + 1)] if reference == ALL else reference.split(",")
    found: dict[str, ConversationModel] = {}
    for word in words:
        span = _RANGE.fullmatch(word.strip())
        numbers = [word.strip()]
        if span is not None:
            last = min(int(span["last"]), len(s.numbered))
            numbers = [str(n) for n in range(int(span["first"]), last + 1)]
        for number in numbers:
            if reference == ALL and not s.numbered[int(number) - 1]:
                continue
            one = conversation(s, number)
            found[one.id] = one
    if not found and reference == ALL:
        raise RefusedError(_("The list is empty."), code="empty")
    if not found:
        raise RefusedError(_("There is nothing called {reference} here.", reference=reference[:40]),
                           code="unknown")  # fmt: skip
    return tuple(found.values())


def recipient(s: Situation, word: str) -> tuple[str, str, str]:
    """To whom: (agent or queue or nothing, id, name).  `me` and `nobody` are words too."""
    replica = s.store.replica
    folded = word.strip().casefold()
    if folded in {ME, _("me").casefold(), replica.me.id.casefold()}:
        return AGENT, replica.me.id, replica.me.name
    if folded in {NOBODY, _("nobody").casefold()}:
        return "", "", _("nobody")
    queues = {q.id: q.name for q in replica.centre.queues}
    rows = [(q, name, "") for q, name in queues.items()]
    rows += [(a.id, a.name, a.extension) for a in replica.agents.values()]
    rows += [(t.id, t.name, "") for t in s.targets if t.kind == AGENT and t.id not in replica.agents]
    found, name = chosen(word, rows, _("There is no queue or agent {word}. Possible: {names}."))
    return QUEUE if found in queues else AGENT, found, name


def tags_of(words: str) -> tuple[str, ...]:
    """Tags as they are typed: with commas or spaces between them, each once."""
    parts = words.split(",") if "," in words else words.split()
    return tuple(dict.fromkeys(" ".join(p.split()) for p in parts if p.strip()))
