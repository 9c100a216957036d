"""What happened, as the objects that a program reads; one that says nothing new is not written again."""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.client.news import (
    CallMoved,
    ConnectionMoved,
    ConversationMoved,
    DraftMoved,
    FilesMoved,
    InteractionLeft,
    InteractionMoved,
    MeChanged,
    MessageCame,
    MessageLeft,
    News,
    OfferEnded,
    OfferRang,
    PhoneMoved,
    RequestEnded,
    SelfTestMoved,
    Synced,
    TroublesMoved,
    WorkTaken,
)
from agent_desktop.text import listing, records, unsent, writing
from agent_desktop.viewmodels.desktop import Desktop

# What of a conversation is told when it changes; the rest is told by its messages and its work.
MARKS = frozenset({"state", "owner", "tags", "snoozed_until_at", "watchers", "followers", "merged_into"})


class Teller:
    """Remembers the last object of each kind."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self._last_state: dict[str, records.Record] = {}

    def told(self, news: News) -> Iterable[records.Record]:
        """The objects of one piece of news."""
        store, now = self.desktop.runtime.store, self.desktop.runtime.now
        match news:
            case Synced(first=first):
                return [records.welcome(store)] if first else []
            case MeChanged(after=me):
                return self._if_other("state", records.state(me))
            case OfferRang(offer=offer):
                card = store.replica.customers.get(offer.customer)
                pop = [] if card is None else [records.customer(card, offer.interaction)]
                return [records.offer(offer, store, now), *pop]
            case OfferEnded(offer=offer, why=why):
                return [records.offer_withdrawn(offer, why)]
            case InteractionMoved(after=after):
                record = records.interaction(after, store)
                return self._if_other(f"interaction:{after.id}", record)
            case InteractionLeft(interaction=left):
                told = self._last_state.pop(f"interaction:{left.id}", {})
                gone = "closed" if left.state == "wrap_up" else left.state
                if told.get("state") == gone:
                    return []
                return [records.interaction(left, store, state_now=gone)]
            case WorkTaken(taken=taken):
                return [records.taken_over(taken)]
            case ConversationMoved(before=before, after=thread) if before is not None and thread is not None:
                told = listing.record(thread)
                same = all(told[name] == was for name, was in listing.record(before).items() if name in MARKS)
                return [] if same else [told]
            case MessageCame(message=message, new=new):
                return [records.message(message, new=new)]
            case RequestEnded(asked=asked) if asked.state == "refused" and asked.id in store.unsent:
                return [row for row in unsent.records(self.desktop) if row["request"] == asked.id]
            case FilesMoved() | MessageLeft() | DraftMoved():
                return writing.happened(news)
            case CallMoved(after=call):
                return [records.call(call)]
            case SelfTestMoved(over=over):
                test = records.self_test(store.phone.told.checks, over=over)
                return self._if_other("selftest", test)
            case PhoneMoved(after=registration):
                return self._if_other("phone", records.phone(registration, store.phone.connection))
            case TroublesMoved():
                return records.troubles(news.before, news.after)
            case ConnectionMoved(after=connection):
                return self._if_other("connection", records.connection(connection))
            case _:
                return []

    def _if_other(self, key: str, record: records.Record) -> list[records.Record]:
        """The record, unless the last one of its kind was the same."""
        if self._last_state.get(key) == record:
            return []
        self._last_state[key] = record
        return [record]
