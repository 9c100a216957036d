"""snapshot + events == fresh snapshot, for any history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.replica import NEWEST_MESSAGES, Replica, apply, from_snapshot
from tests.client.small_centre import CENTRE, snapshot_of

IDS = st.sampled_from("abc")
NUMBERS = st.integers(0, 5)

EVENTS: st.SearchStrategy[e.AnyEvent] = st.one_of(
    st.builds(
        lambda i, n: e.AgentChanged(agent=m.AgentModel(id=i, name="n", since_at=float(n))), IDS, NUMBERS
    ),
    st.builds(
        lambda i, n: e.OfferMade(
            offer=m.OfferModel(id=i, interaction=i, agent="a", medium="voice", expires_at=float(n))
        ),
        IDS,
        NUMBERS,
    ),
    st.builds(lambda i: e.OfferWithdrawn(offer=i, interaction=i), IDS),
    st.builds(
        lambda i, n: e.InteractionChanged(interaction=m.InteractionModel(id=i, medium="voice", state=str(n))),
        IDS,
        NUMBERS,
    ),
    st.builds(lambda i: e.InteractionRemoved(interaction=i), IDS),
    st.builds(
        lambda i, n: e.ConversationChanged(conversation=m.ConversationModel(id=i, medium="chat", messages=n)),
        IDS,
        NUMBERS,
    ),
    st.builds(lambda i: e.ConversationRemoved(conversation=i), IDS),
    st.builds(
        lambda i, n, t: e.MessageChanged(
            message=m.MessageModel(
                id=f"m{n}", conversation=i, medium="chat", direction="in", at=float(n), text=t
            )
        ),
        IDS,
        st.integers(0, 50),
        st.text(max_size=3),
    ),
    st.builds(lambda i: e.CustomerChanged(customer=m.CustomerModel(id=i, name=i)), IDS),
    st.builds(lambda i: e.CustomerRemoved(customer=i), IDS),
    st.builds(lambda i, n: e.QueueChanged(queue=m.QueueModel(id=i, waiting=n)), IDS, NUMBERS),
    st.just(e.CentreChanged(centre=CENTRE)),
    st.builds(lambda scope: e.ScopeChanged(scope=scope), st.sampled_from(["mine", "queue", "all"])),
)


def start() -> Replica:
    return Replica(me=m.AgentModel(id="a", name="A"))


@given(st.lists(EVENTS, max_size=60), st.integers(0, 60))
def test_snapshot_and_events_are_a_fresh_snapshot(history: list[e.AnyEvent], joined_after: int) -> None:
    truth = start()
    late: Replica | None = None
    for index, event in enumerate(history):
        if index == joined_after:
            late = from_snapshot(snapshot_of(truth))
        truth = apply(truth, event)
        late = apply(late, event) if late is not None else None
    fresh = from_snapshot(snapshot_of(truth))
    compare = late if late is not None else fresh
    assert compare.interactions == fresh.interactions
    assert compare.offers == fresh.offers
    assert compare.conversations == fresh.conversations
    assert compare.customers == fresh.customers
    assert compare.queues == fresh.queues
    assert compare.agents == fresh.agents
    assert (compare.me, compare.scope, compare.centre) == (fresh.me, fresh.scope, fresh.centre)
    assert compare.messages == fresh.messages
    assert all(len(thread) <= NEWEST_MESSAGES for thread in compare.messages.values())


@given(st.lists(EVENTS, max_size=40))
def test_an_event_applied_twice_changes_nothing(history: list[e.AnyEvent]) -> None:
    once, twice = start(), start()
    for event in history:
        once = apply(once, event)
        twice = apply(apply(twice, event), event)
    assert once == twice
