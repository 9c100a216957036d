"""What the screens show, from the state of the store alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.client.runtime import LinkReported
from agent_desktop.client.store import Store
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.conversation import ItemKind
from agent_desktop.viewmodels.filling import filled
from agent_desktop.viewmodels.inbox import InboxOrder, RowMove
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.replica import Replica
from tests.client.desks import Desk

NOW = 1_795_255_200.0
MAIL = m.InteractionModel(
    id="i2",
    medium="email",
    state="active",
    agent="a7",
    queue="support",
    customer="c1",
    conversation="v2",
    customer_name="Amina Yusuf",
    from_address="amina@example.com",
    subject="Order 48213",
    arrived_at=NOW - 720,
    queued_at=NOW - 720,
    updated_at=NOW - 720,
    promise_at=NOW + 1084,
    reasons=("Arabic 4 of 5",),
)
THREAD = m.ConversationModel(id="v2", medium="email", customer="c1", subject="Delivery of order 48213")


def message(number: int, direction: str = "in", **fields: object) -> m.MessageModel:
    plain: dict[str, object] = {"id": f"m{number}", "conversation": "v2", "medium": "email"}
    said = {"text": f"text {number}", "at": NOW - 600 + number, "from_address": "amina@example.com"}
    return msgspec.convert({**plain, "direction": direction, **said, **fields}, m.MessageModel)


def with_mail(desk: Desk) -> None:
    desk.events(
        e.ConversationChanged(conversation=THREAD),
        e.MessageChanged(message=message(1)),
        e.InteractionChanged(interaction=MAIL),
    )


def test_the_bar_says_state_time_and_what_comes_next(desk: Desk) -> None:
    me = msgspec.structs.replace(desk.truth.me, state="ready", since_at=NOW - 133, next_state="not_ready",
                                 next_reason="lunch")  # fmt: skip
    desk.events(e.AgentChanged(agent=me))
    state = desk.desktop.topbar().state
    assert (state.label, state.timer, state.next_label, state.tone) == (
        "Ready",
        "02:13",
        "Lunch next",
        Tone.OK,
    )
    assert state.spoken == "Ready for 2 minutes 13 seconds, Lunch next"
    assert [(b.label, b.args) for b in state.choices] == [
        ("Stay Ready: take “Lunch next” back", ()), ("Ready", ()),
        ("Break", (("reason", "break"),)), ("Lunch", (("reason", "lunch"),)),
    ]  # fmt: skip
    assert [b.text for b in desk.desktop.topbar().queues][1] == "SL 90 %"


def test_a_lost_server_is_said_with_the_next_step_and_taken_back(desk: Desk) -> None:
    desk.put(LinkReported("router", Connection("lost", "Nobody answers at that address.")))
    notice = desk.desktop.notices()[0]
    assert notice.text.startswith("Nobody answers at that address. Connecting again by itself.")
    assert notice.button is not None
    assert notice.button.action == "link.retry"
    assert desk.desktop.topbar().connection.tone is Tone.DANGER
    assert desk.desktop.act("agent.ready") == "The server is not connected. It is tried again by itself."
    desk.put(LinkReported("router", Connection("online")))
    assert desk.desktop.notices() == ()


def test_a_row_has_its_clock_and_reads_as_one_sentence(desk: Desk) -> None:
    with_mail(desk)
    row = desk.desktop.inbox_row(0)
    assert (row.title, row.age, row.tags, row.initials) == ("Amina Yusuf", "12m", ("Support",), "AY")
    assert row.badge is not None
    assert (row.badge.text, row.badge.tone) == ("18:04", Tone.OK)
    assert (
        row.accessible == "Amina Yusuf. Email. 12m. Order 48213. Support. 18 minutes 4 seconds left to reply"
    )
    desk.now += 1084 + 12
    late = desk.desktop.inbox_row(0).badge
    assert late is not None
    assert (late.text, late.tone) == ("\N{MINUS SIGN}0:12", Tone.DANGER)


def test_an_empty_list_says_what_to_do(desk: Desk) -> None:
    view = desk.desktop.inbox()
    assert view.empty is not None
    assert view.empty.sentence == "Choose Ready to be offered work."
    assert desk.desktop.conversation().empty is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.sampled_from(["active", "held", "queued", "wrap_up", "gone"]),
            st.integers(0, 9),
            st.sampled_from(["mine", "queue", "all"]),
        ),
        max_size=40,
    )
)
def test_the_list_kept_change_by_change_is_the_list_made_anew(
    history: list[tuple[str, str, int, str]],
) -> None:
    store = Store(replica=Replica(me=m.AgentModel(id="a7", name="M")))
    order, shown = InboxOrder(), list[str]()
    for key, state, number, tab in history:
        if number == 9:
            order.rebuild(store, tab=tab)
            shown = list(order.ids())
        known = store.replica.interactions
        if state == "gone":
            known.pop(key, None)
        else:
            known[key] = m.InteractionModel(
                id=key, medium="chat", state=state, agent="a7", priority=number % 3, queued_at=float(number),
                updated_at=float(number),
            )  # fmt: skip
        for step in order.update([key], store):
            match step.move:
                case RowMove.REMOVED:
                    del shown[step.index]
                case RowMove.INSERTED:
                    shown.insert(step.index, order.at(step.index))
                case RowMove.CHANGED:
                    assert shown[step.index] == key
                case RowMove.RESET:
                    raise AssertionError
        fresh = InboxOrder()
        fresh.rebuild(store, tab=order.tab)
        assert shown == list(order.ids()) == list(fresh.ids())
        assert order.mine == fresh.mine
        assert [order.index(i) for i in shown] == list(range(len(shown)))


def test_a_change_costs_the_same_in_a_long_list() -> None:
    def cost(rows: int) -> float:
        store = Store(replica=Replica(me=m.AgentModel(id="a7", name="M")))
        for n in range(rows):
            store.replica.interactions[str(n)] = m.InteractionModel(
                id=str(n), medium="chat", state="active", agent="a7", updated_at=float(n)
            )
        order = InboxOrder()
        order.rebuild(store)
        best = 1e9
        for _ in range(5):
            started = time.process_time()
            for n in range(300):
                key = str(n * 7 % rows)
                old = store.replica.interactions[key]
                store.replica.interactions[key] = msgspec.structs.replace(
                    old, updated_at=old.updated_at + 1e6
                )
                order.update([key], store)
            best = min(best, time.process_time() - started)
        return best

    # A hundred times the rows: a search and a move of pointers, far from a hundred times the time.
    assert cost(50_000) < 15 * cost(500)


def test_what_is_mine_is_known_without_a_look_at_everybodys_work(desk: Desk) -> None:
    others = [msgspec.structs.replace(MAIL, id=f"x{n}", agent="a8") for n in range(50)]
    desk.events(*(e.InteractionChanged(interaction=i) for i in (*others, MAIL)))
    assert [i.id for i in desk.desktop.situation().mine()] == ["i2"]
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(MAIL, agent="a8")))
    assert desk.desktop.situation().mine() == []
    desk.events(e.InteractionChanged(interaction=MAIL), e.InteractionRemoved(interaction="i2"))
    assert desk.desktop.situation().mine() == []


def test_the_timeline_marks_days_and_the_composer_says_what_it_will_do(desk: Desk) -> None:
    with_mail(desk)
    desk.events(
        e.MessageChanged(message=message(2, "out", author="a7", delivery="read")),
        e.MessageChanged(message=message(3, "note", author="a8")),
        e.MessageChanged(message=message(-90_000)),
    )
    view = desk.desktop.conversation()
    assert [i.kind for i in view.items] == [
        ItemKind.DAY, ItemKind.IN, ItemKind.DAY, ItemKind.IN, ItemKind.OUT, ItemKind.NOTE,
    ]  # fmt: skip
    assert view.title == "Delivery of order 48213"
    assert view.subtitle == "Amina Yusuf · Support · routed to you: Arabic 4 of 5"
    assert view.items[4].author == "You"
    assert view.items[4].delivery is not None
    assert view.items[4].delivery.text == "read"
    assert view.composer is not None
    assert view.composer.says == "Reply by email to amina@example.com"
    assert view.composer.send.reason == "There is nothing written yet."
    desk.desktop.act("composer.mode", mode="note")
    note = desk.desktop.conversation().composer
    assert note is not None
    assert note.says == "Add a note that only the team sees"


def test_what_is_sent_leaves_the_editor_and_comes_back_when_refused(desk: Desk) -> None:
    with_mail(desk)
    desk.desktop.write("Dear Amina")
    assert desk.desktop.act("composer.send") == ""
    sent = next(x for x in desk.outside.commands() if isinstance(x, c.SendMessage))
    view = desk.desktop.conversation()
    assert view.composer is not None
    assert view.composer.text == ""
    assert view.items[-1].sending
    desk.answer_all(ok=False, message="The mailbox is closed.")
    again = desk.desktop.conversation()
    assert again.composer is not None
    assert again.composer.text == "Dear Amina"
    assert not again.items[-1].sending
    assert desk.desktop.notices()[-1].text == "The mailbox is closed."
    assert sent.after_message == "m1"


def test_a_window_killed_while_sending_shows_the_text_again_under_the_same_id(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    with_mail(first)
    first.desktop.write("Dear Amina")
    first.desktop.act("composer.send")
    sent = next(x for x in first.outside.commands() if isinstance(x, c.SendMessage))
    first.drafts.close()
    lost = Desk(tmp_path)
    lost.truth.conversations["v2"] = THREAD
    lost.truth.interactions["i2"] = MAIL
    from tests.client.small_centre import snapshot_of

    lost.events(snapshot_of(lost.truth))
    composer = lost.desktop.conversation().composer
    assert composer is not None
    assert composer.text == "Dear Amina"
    lost.desktop.act("composer.send")
    resent = [x for x in lost.outside.commands() if isinstance(x, c.SendMessage)][-1]
    assert resent.message == sent.message
    lost.events(e.MessageChanged(message=msgspec.structs.replace(message(5, "out"), id=sent.message)))
    assert lost.drafts.of("a7") == {}
    lost.drafts.close()


def test_the_side_opens_what_the_moment_needs_unless_pinned(desk: Desk) -> None:
    call = msgspec.structs.replace(MAIL, id="i1", medium="voice", state="active", conversation="")
    desk.events(e.InteractionChanged(interaction=call))
    assert desk.desktop.side().tab == "script"
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(call, state="wrap_up")))
    assert desk.desktop.side().tab == "wrapup"
    desk.desktop.act("side.tab", tab="customer")
    desk.desktop.act("side.pin")
    desk.events(e.InteractionChanged(interaction=call))
    assert desk.desktop.side().tab == "customer"
    card = desk.desktop.side().customer
    assert card is not None
    assert card.line.startswith("VIP · customer since 2019 · Casablanca ")


def test_the_wrap_up_form_checks_its_fields_and_its_keys_wait_a_second(desk: Desk) -> None:
    call = msgspec.structs.replace(
        MAIL, id="i1", medium="voice", state="wrap_up", wrapup_at=NOW, wrapup_deadline_at=NOW + 48
    )
    desk.events(e.InteractionChanged(interaction=call))
    form = desk.desktop.side().wrapup
    assert form is not None
    assert (form.timer, form.finish.reason) == ("0:48 left", "Choose how it ended.")
    assert [(code.code, code.key, code.level, code.selectable) for code in form.codes] == [
        ("solved", "1", 0, True), ("replacement", "2", 0, True), ("refund", "", 0, False),
        ("refund_full", "3", 1, True),
    ]  # fmt: skip
    desk.desktop.act("wrapup.code", key="2")
    assert desk.desktop.wrapup("i1").code == ""
    desk.now += 1.5
    desk.desktop.act("wrapup.code", key="2")
    desk.desktop.act("wrapup.field", field="order", value="lamp")
    form = desk.desktop.side().wrapup
    assert form is not None
    assert form.finish.reason == "Order must be a number."
    desk.desktop.act("wrapup.field", field="order", value="48117")
    assert desk.desktop.act("wrapup.finish") == ""
    desk.now += 40
    desk.desktop.pump()
    desk.desktop.pump()
    assert len([x for x in desk.said() if "of wrap-up left" in x]) == 1


def test_an_offer_is_announced_at_once_and_once(desk: Desk) -> None:
    offer = m.OfferModel(
        id="o1", interaction="i1", agent="a7", medium="voice", queue="support", customer="c1",
        customer_name="Lena Brandt", queued_at=NOW - 22, offered_at=NOW, expires_at=NOW + 14.2,
        path=("2 Orders",), reasons=("German", "knows you"),
    )  # fmt: skip
    desk.events(e.OfferMade(offer=offer), e.OfferMade(offer=offer))
    card = desk.desktop.offers()[0]
    assert (card.countdown, card.line, card.detail) == (
        15,
        "Support · waited 0:22 · German",
        "2 Orders",
    )
    assert desk.said() == ["Incoming call from Lena Brandt, Support, waited 22 seconds, German"]
    assert desk.refreshes[-1].announcements[0].assertive
    assert [b.args[-1] for b in card.decline_reasons] == [("reason", "busy")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"auto_accept": True}, "Answers by itself"),
        ({"kind": "callback"}, "Call back: +33611"),
        ({"from_agent": "a9", "from_name": "Chen Wei"}, "Transferred by Chen Wei"),
    ],
)
def test_an_offer_says_what_is_special_about_it(desk: Desk, fields: dict[str, Any], said: str) -> None:
    offer = m.OfferModel(id="o1", interaction="i1", agent="a7", medium="voice", subject="Lamp", **fields)
    waits = m.InteractionModel(id="i1", medium="voice", state="offered", callback_number="+33611")
    desk.events(e.InteractionChanged(interaction=waits), e.OfferMade(offer=offer))
    card = desk.desktop.offers()[0]
    assert card.detail == f"{said} · Lamp"
    assert f", {said}, " in card.spoken


def test_the_palette_finds_actions_reasons_and_customers(desk: Desk) -> None:
    with_mail(desk)
    desk.desktop.act("palette.open")
    desk.desktop.act("palette.find", text="lunch")
    palette = desk.desktop.palette()
    assert palette is not None
    assert palette.items[0].title == "Lunch"
    desk.desktop.act("palette.find", text="amina")
    palette = desk.desktop.palette()
    assert palette is not None
    assert "Amina Yusuf" in [item.title for item in palette.items]
    desk.desktop.act("palette.find", text="zzzz")
    desk.answer_all(result=e.Result())
    palette = desk.desktop.palette()
    assert palette is not None
    assert palette.empty == "Nothing is called that. Try fewer letters."


def test_variables_are_filled_once_and_missing_ones_are_named() -> None:
    known = {"customer.name": "{agent.name}", "agent.name": "Mateo"}
    assert filled("Dear {customer.name}, {order.id} {x!r}", known) == (
        "Dear {agent.name}, {order.id} {x!r}",
        ("order.id",),
    )


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_times_in_words_never_fail(seconds: float) -> None:
    assert words.timer(seconds)
    assert words.short(seconds)
    assert words.spoken(seconds)
    assert words.clock(seconds)
    assert words.day(seconds, NOW)
