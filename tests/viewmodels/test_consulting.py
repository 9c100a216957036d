"""More than two in a call: the buttons follow the table, each leg has its own, what happens is said."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_desktop.client import actions
from agent_desktop.domain import transfer
from agent_desktop.errors import RefusedError
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import LegModel, TargetModel
from tests.client.desks import Desk
from tests.client.talks import CALL, CHEN, NOW, TALK, UP, asked, changed, now_so, on_a_call, talk, told_phone

RINGING = changed(CHEN, state="ringing", up_at=0.0)


def buttons(desk: Desk) -> dict[str, str]:
    return {button.action: button.reason for button in desk.desktop.topbar().calls[-1].buttons}


def test_a_colleague_is_asked_swapped_to_and_put_through(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.act("call.consult", target="sara") == ""
    assert asked(desk) == [c.Consult(interaction="i1", target="a8")]
    now_so(desk, legs=(RINGING,), talk="customer")
    assert buttons(desk)["call.complete"] == "Wait until the other one has answered."
    now_so(desk, legs=(CHEN,), talk="guest")
    assert buttons(desk) == {
        "call.mute": "", "call.swap": "", "call.conference": "", "call.complete": "", "call.dtmf": "",
        "call.end": "",
    }  # fmt: skip
    assert desk.desktop.act("call.swap") == ""
    now_so(desk, legs=(CHEN,), talk="customer")
    assert desk.desktop.act("call.swap") == ""
    assert desk.desktop.act("call.conference") == ""
    assert desk.desktop.act("call.complete") == ""
    assert asked(desk) == [
        c.TalkWith(interaction="i1", with_whom="customer"),
        c.TalkWith(interaction="i1", with_whom="guest"),
        c.TalkWith(interaction="i1", with_whom="all"),
        c.CompleteTransfer(interaction="i1"),
    ]


def test_the_swap_says_whom_it_leads_to(desk: Desk) -> None:
    on_a_call(desk, talk(legs=(CHEN,), talk="guest"))
    labels = {b.action: b.label for b in desk.desktop.topbar().calls[-1].buttons}
    assert labels["call.swap"] == "Back to Amina Yusuf"
    now_so(desk, legs=(CHEN,), talk="customer")
    labels = {b.action: b.label for b in desk.desktop.topbar().calls[-1].buttons}
    assert labels["call.swap"] == "Talk with Chen Wei"


def test_a_conference_lists_its_people_each_with_mute_and_remove(desk: Desk) -> None:
    on_a_call(
        desk, talk(legs=(CHEN, LegModel(id="l4", kind="guest", state="up", number="+4930")), talk="all")
    )
    card = desk.desktop.topbar().calls[-1]
    assert [(row.name, [b.action for b in row.buttons]) for row in card.people] == [
        ("Chen Wei", ["call.mute_leg", "call.drop"]),
        ("+4930", ["call.mute_leg", "call.drop"]),
    ]
    assert [b.text for b in card.badges] == ["conference"]
    mute, drop = card.people[1].buttons
    assert desk.desktop.act(mute.action, **dict(mute.args)) == ""
    assert desk.desktop.act(drop.action, **dict(drop.args)) == ""
    assert asked(desk) == [
        c.SetLegMute(interaction="i1", leg="l4", on=True),
        c.DropLeg(interaction="i1", leg="l4"),
    ]
    leave = next(b for b in card.buttons if b.action == "call.complete")
    assert (leave.label, leave.reason) == ("Leave", "")


def test_a_person_is_meant_by_name_and_the_only_one_without(desk: Desk) -> None:
    on_a_call(desk, talk(legs=(CHEN,), talk="all"))
    assert desk.desktop.act("call.mute_leg", leg="chen off") == ""
    assert desk.desktop.act("call.mute_leg") == ""
    assert desk.desktop.act("call.drop") == ""
    assert desk.desktop.act("call.drop", leg="bo").startswith("There is no bo in the call.")
    assert asked(desk) == [
        c.SetLegMute(interaction="i1", leg="l2", on=False),
        c.SetLegMute(interaction="i1", leg="l2", on=True),
        c.DropLeg(interaction="i1", leg="l2"),
    ]


def test_the_one_who_waits_is_said_to_wait(desk: Desk) -> None:
    on_a_call(desk, talk(legs=(CHEN,), talk="customer"))
    row = desk.desktop.topbar().calls[-1].people[0]
    assert (row.active, row.state.text, row.spoken) == (
        False, "waits, hears music", "Chen Wei, waits, hears music",
    )  # fmt: skip
    now_so(desk, legs=(changed(CHEN, muted=True),), talk="guest")
    assert desk.desktop.topbar().calls[-1].people[0].state.text == "muted"
    now_so(desk, legs=(RINGING,))
    assert desk.desktop.topbar().calls[-1].people[0].state.text == "ringing"


def test_a_notice_of_the_call_is_shown_and_said_once(desk: Desk) -> None:
    on_a_call(desk)
    now_so(desk, notice="Chen did not answer.")
    now_so(desk, notice="Chen did not answer.", keys="1")
    assert [n.text for n in desk.desktop.notices()] == ["Chen did not answer."]
    assert desk.said().count("Chen did not answer.") == 1
    assert desk.desktop.topbar().calls[-1].notice == "Chen did not answer."


def test_a_callback_that_could_not_be_made_says_why_after_it_left_the_call_bar(desk: Desk) -> None:
    on_a_call(desk, changed(TALK, callback_number="+4990012345", call=changed(CALL, state="ringing")))
    refused = changed(CALL, state="ended", notice="That number may not be called.")
    later = changed(TALK, state="parked", callback_number="+4990012345", call=refused)
    desk.events(e.InteractionChanged(interaction=later))
    assert [n.text for n in desk.desktop.notices()] == ["That number may not be called."]


def test_a_notice_goes_when_the_people_of_the_call_change(desk: Desk) -> None:
    on_a_call(desk)
    now_so(desk, notice="Ringing Chen Wei.", legs=(RINGING,))
    assert [n.text for n in desk.desktop.notices()] == ["Ringing Chen Wei."]
    now_so(desk, notice="Ringing Chen Wei.", legs=(CHEN,))
    assert not desk.desktop.notices()
    now_so(desk, notice="Chen Wei left the call.")
    assert [n.text for n in desk.desktop.notices()] == ["Chen Wei left the call."]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"legs": (RINGING,)}, {"legs": (CHEN,)}, "Chen Wei answered."),
        ({"legs": (CHEN,)}, {"legs": (CHEN,), "talk": "guest"},
         "You talk with Chen Wei; the customer hears music."),
        ({"legs": (CHEN,)}, {"legs": (CHEN,), "talk": "all"}, "You talk with all of them."),
        ({"legs": (CHEN,), "talk": "guest"}, {"legs": (CHEN,)}, "You talk with Amina Yusuf."),
        ({}, {"recording": "on"}, "The call is recorded now."),
        ({"recording": "on"}, {"recording": "paused"}, "Recording paused."),
        ({"recording": "paused"}, {"recording": "on"}, "Recording resumed."),
        ({"recording": "on"}, {"recording": "off"}, "Recording stopped."),
        ({}, {"secure": True}, "Card data: the recording is masked, nobody listens."),
        ({"secure": True}, {}, "Card data is over."),
    ],
)  # fmt: skip
def test_what_changes_inside_a_call_is_said(
    desk: Desk, before: dict[str, object], after: dict[str, object], said: str
) -> None:
    on_a_call(desk, talk(**before))
    now_so(desk, **after)
    assert desk.said()[-1] == said


def test_the_panel_finds_by_typing_and_each_row_has_both_ways(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.act("call.transfer") == ""
    view = desk.desktop.transfer()
    assert view is not None
    assert (view.title, view.empty) == ("Transfer Amina Yusuf", "Looking…")
    assert desk.desktop.act("transfer.find", text="b") == ""
    found = (
        TargetModel(kind="queue", id="billing", name="Billing", ready=2, waiting=1, estimated_s=60.0),
        TargetModel(kind="agent", id="a9", name="Chen Wei", state="busy", consult=False,
                    reason="The phone is not registered."),
        TargetModel(kind="parked", id="i9", name="Bo", blind=False, consult=False),
    )  # fmt: skip
    queries = [(i, q) for i, q in desk.outside.router if isinstance(q, c.FindTargets)]
    assert queries[-1][1] == c.FindTargets(text="b", interaction="i1")
    desk.events(e.Reply(request=queries[-1][0], result=e.Result(targets=found)))
    view = desk.desktop.transfer()
    assert view is not None
    queue, chen, parked = view.rows
    assert queue.state.text == "2 ready, about 1 minute"
    assert (queue.blind.reason, queue.consult.reason) == ("", "")
    assert (chen.state.text, chen.consult.reason) == ("Busy", "The phone is not registered.")
    assert (parked.blind.action, parked.consult.reason) == (
        "interaction.take", "A parked call cannot be consulted.",
    )  # fmt: skip
    asked(desk)
    assert desk.desktop.act(chen.blind.action, **dict(chen.blind.args)) == ""
    assert asked(desk) == [c.TransferInteraction(interaction="i1", target="a9")]
    assert desk.desktop.transfer() is None


def test_a_parked_call_is_taken_and_the_phone_knows_before(desk: Desk) -> None:
    on_a_call(desk)
    desk.desktop.workspace.targets = (TargetModel(kind="parked", id="i9", name="Bo"),)
    assert desk.desktop.act("interaction.take", id="i9") == ""
    order = [type(x).__name__ for x in desk.outside.order[-2:]]
    assert order == ["Expect", "TakeInteraction"]


def test_an_older_answer_never_replaces_a_newer_one(desk: Desk) -> None:
    on_a_call(desk)
    desk.desktop.act("call.transfer")
    first = next(i for i, q in desk.outside.router if isinstance(q, c.FindTargets))
    desk.desktop.act("transfer.find", text="x")
    late = e.Result(targets=(TargetModel(kind="agent", id="a8", name="Sara"),))
    desk.events(e.Reply(request=first, result=late))
    view = desk.desktop.transfer()
    assert view is not None
    assert view.rows == ()


def test_a_number_and_a_name_unknown_here_go_where_they_are_meant(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.act("call.transfer", target="+49 (30) 1234") == ""
    assert desk.desktop.act("call.consult", target="6002") == ""
    assert asked(desk) == [
        c.TransferInteraction(interaction="i1", target="+49301234"),
        c.Consult(interaction="i1", target="a8"),
    ]
    # An agent who is not told of the others: the router knows the name.
    del desk.runtime.store.replica.agents["a8"]
    assert desk.desktop.act("call.transfer", target="Noor Haddad") == ""
    assert asked(desk) == [c.TransferInteraction(interaction="i1", target="Noor Haddad")]


def test_a_call_is_parked_and_a_consult_keeps_it_from_it(desk: Desk) -> None:
    on_a_call(desk, talk(legs=(CHEN,)))
    assert desk.desktop.act("interaction.park") == (
        "You consult somebody already. Complete it, or let them go first."
    )
    now_so(desk)
    assert desk.desktop.act("interaction.park") == ""
    assert asked(desk) == [c.ParkInteraction(interaction="i1")]


def test_a_panel_closes_with_its_call(desk: Desk) -> None:
    on_a_call(desk)
    desk.desktop.act("call.transfer")
    desk.events(e.InteractionChanged(interaction=changed(TALK, state="wrap_up")))
    assert desk.desktop.transfer() is None


def test_a_colleague_who_asks_rings_and_my_call_is_held_first(desk: Desk) -> None:
    on_a_call(desk)
    about = m.InteractionModel(id="i8", medium="voice", state="active", agent="a8", queue="billing",
                               customer_name="Lena Brandt")  # fmt: skip
    desk.events(e.InteractionChanged(interaction=about))
    rings = p.PhoneCall(id="k8", direction="in", state="ringing", interaction="i8", remote="6002",
                        remote_name="Sara Lindqvist", started_at=NOW)  # fmt: skip
    desk.phone(p.PhoneCallChanged(call=rings))
    card = desk.desktop.offers()[0]
    assert (card.title, card.line, card.kind) == (
        "Sara Lindqvist", "asks about Lena Brandt · Billing", "consult",
    )  # fmt: skip
    assert desk.said()[-1] == "Sara Lindqvist asks you about Lena Brandt"
    told_phone(desk)
    assert desk.desktop.act(card.answer.action, **dict(card.answer.args)) == ""
    assert asked(desk) == [c.HoldInteraction(interaction="i1")]
    assert told_phone(desk) == [p.Answer(call="k8")]
    desk.events(e.InteractionChanged(interaction=changed(TALK, state="held", held_at=NOW)))
    desk.phone(p.PhoneCallChanged(call=changed(rings, state="up", up_at=NOW)))
    assert desk.desktop.offers() == ()
    held, up = desk.desktop.topbar().calls
    assert (held.title, held.quiet, up.title) == (
        "Amina Yusuf",
        True,
        "Sara Lindqvist asks about Lena Brandt",
    )


def test_two_calls_each_have_buttons_that_mean_it(desk: Desk) -> None:
    on_a_call(desk, talk(held=True))
    desk.phone(
        p.PhoneCallChanged(
            call=p.PhoneCall(id="k8", direction="in", state="up", remote_name="Sara", up_at=NOW)
        )
    )
    told_phone(desk)
    held, up = desk.desktop.topbar().calls
    for card in (held, up):
        button = next(b for b in card.buttons if b.action == "call.end")
        assert button.enabled
        assert desk.desktop.act(button.action, **dict(button.args)) == ""
    assert asked(desk) == [c.EndInteraction(interaction="i1")]
    assert told_phone(desk) == [p.HangUp(call="k8")]
    # Without a name the call that is up is meant.
    assert desk.desktop.act("call.mute") == ""
    assert told_phone(desk) == [p.SetMute(call="k8", on=True)]


def test_somebody_who_dials_me_is_declined(desk: Desk) -> None:
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k9", direction="in", state="ringing", remote="6009")))
    told_phone(desk)
    assert desk.desktop.offers()[0].line == "calls you"
    assert desk.desktop.act("offer.decline") == ""
    assert told_phone(desk) == [p.Reject(call="k9")]


def test_what_the_phone_answers_itself_has_no_ringing_card(desk: Desk) -> None:
    on_a_call(desk, call=changed(UP, state="ringing"))
    offer = m.OfferModel(id="o", interaction="i7", agent="a7", medium="voice", expires_at=NOW + 9)
    desk.events(e.OfferMade(offer=offer))
    desk.phone(p.PhoneCallChanged(call=changed(UP, id="k7", state="ringing", interaction="i7")))
    assert [card.offer for card in desk.desktop.offers()] == ["o"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    state=st.sampled_from(["bridged", "held", "connecting", "ended", "treatment"]),
    held=st.booleans(),
    whom=st.sampled_from(["customer", "guest", "all"]),
    up=st.integers(0, 2),
    ringing=st.integers(0, 1),
    secure=st.booleans(),
)
def test_every_act_is_possible_exactly_when_the_table_says_so(
    desk: Desk, *, state: str, held: bool, whom: str, up: int, ringing: int, secure: bool
) -> None:
    legs = [LegModel(id=f"u{n}", kind="guest", state="up", name=f"Up {n}") for n in range(up)]
    legs += [LegModel(id=f"r{n}", kind="guest", name=f"Rings {n}") for n in range(ringing)]
    desk.events(e.InteractionChanged(
        interaction=talk(held=held, state=state, talk=whom, legs=tuple(legs), secure=secure)
    ))  # fmt: skip
    table = transfer.Situation(state=state, held=held, talk=whom, guests=up, ringing=ringing, secure=secure)
    s = desk.desktop.situation()
    rows = {
        "call.consult": "consult", "call.swap": "swap", "call.complete": "complete",
        "call.conference": "conference", "call.drop": "drop", "call.transfer": "blind",
        "call.secure": "secure", "interaction.park": "park",
    }  # fmt: skip
    for action, act in rows.items():
        given_ = {"target": "a8", "leg": "u0"} if up else {"target": "a8"}
        reason = actions.action(action).enabled(s, given_)
        assert bool(reason) == bool(transfer.refusal(act, table)), (action, reason)


def test_there_is_no_leg_to_mean_without_a_word_when_there_are_two(desk: Desk) -> None:
    on_a_call(desk, talk(legs=(CHEN, changed(CHEN, id="l4", name="Bo")), talk="all"))
    with pytest.raises(RefusedError, match=r"Chen Wei .l2., Bo .l4."):
        actions.run("call.drop", desk.desktop.situation(), {})
