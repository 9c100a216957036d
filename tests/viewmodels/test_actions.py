"""Each action says why it cannot be run, in words, in every situation; the table is whole."""

from __future__ import annotations

import msgspec
import pytest

from agent_desktop.client import actions
from agent_desktop.client.actions_call import dialled
from agent_desktop.client.actions_choices import CHOICES
from agent_desktop.client.actions_inbox import BULK, LISTS
from agent_desktop.client.actions_unsent import ACTS as UNSENT
from agent_desktop.client.actions_writing import WRITING_LOCAL
from agent_desktop.client.runtime import LinkReported
from agent_desktop.errors import RefusedError
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.local_acts import LOCAL
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from tests.client.desks import Desk

TALK = m.InteractionModel(
    id="i1", medium="voice", state="active", agent="a7", queue="support", customer="c1",
    customer_name="Amina Yusuf", accepted_at=1_795_255_100.0,
)  # fmt: skip
UP = p.PhoneCall(id="k1", direction="in", state="up", interaction="i1", up_at=1_795_255_100.0)


def on_a_call(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=TALK))
    desk.phone(p.PhoneCallChanged(call=UP))
    desk.answer_all()


def reasons(desk: Desk) -> dict[str, str]:
    return {button.action: button.reason for button in desk.desktop.topbar().calls[-1].buttons}


def test_ids_verbs_and_names_are_unique_and_every_local_action_has_its_act() -> None:
    assert len(actions.BY_ID) == len(actions.ACTIONS)
    verbs = [a.verb for a in actions.ACTIONS if a.verb]
    assert len(set(verbs)) == len(verbs)
    local = {a.id for a in (*actions.VIEWS, *WRITING_LOCAL, *BULK, *LISTS, *UNSENT, *CHOICES)}
    # Steps of actions of other tables that need no window's own row.
    assert set(LOCAL) - local == {
        "recording.play",
        "recording.stop",
        "lead.hears",
        "why.open",
        "text.opened",
        "text.typed",
        "text.finish",
    }
    assert local <= set(LOCAL)
    for action in actions.ACTIONS:
        assert action.label
        assert action.summary.endswith(".")
        assert not action.verb or action.usage.split(" ")[0] == action.verb


def test_the_verbs_of_the_architecture_are_there() -> None:
    wanted = (
        "ready notready accept decline hold resume mute unmute hangup dial dtmf transfer consult complete "
        "conference say note wrapup inbox open customer script find why listen whisper barge status help quit"
    )
    assert set(wanted.split()) <= set(actions.BY_VERB)


def test_no_shortcut_means_two_things_at_once() -> None:
    # Toggles share a key, and Send and Finish are the main button of two panels.
    shared = {frozenset(x) for x in (
        ("call.mute", "call.unmute"), ("call.hold", "call.resume"), ("composer.send", "wrapup.finish"),
    )}  # fmt: skip
    by_key: dict[str, set[str]] = {}
    for action in actions.ACTIONS:
        if action.shortcut:
            by_key.setdefault(action.shortcut, set()).add(action.id)
    assert {frozenset(ids) for ids in by_key.values() if len(ids) > 1} <= shared


def test_on_a_call_the_buttons_are_those_of_the_situation_table(desk: Desk) -> None:
    on_a_call(desk)
    assert reasons(desk) == {
        "call.mute": "",
        "call.hold": "",
        "call.transfer": "",
        "call.consult": "",
        "call.dtmf": "",
        "text.on": "",
        "call.end": "",
    }


def test_a_held_call_is_resumed_transferred_or_ended(desk: Desk) -> None:
    on_a_call(desk)
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(TALK, state="held")))
    assert list(reasons(desk)) == ["call.resume", "call.transfer", "call.conference", "call.end"]
    assert desk.desktop.act("call.hold") == "The call is on hold already."
    assert desk.desktop.topbar().calls[0].quiet


def test_while_the_server_is_away_the_phone_still_holds_mutes_and_ends(desk: Desk) -> None:
    on_a_call(desk)
    desk.put(LinkReported("router", Connection("lost", "Nobody answers.")))
    assert desk.desktop.act("call.hold") == ""
    assert desk.desktop.act("call.mute") == ""
    assert desk.desktop.act("call.end") == ""
    sent = [command for _id, command in desk.outside.phone]
    acts = [p.SetHold(call="k1", on=True), p.SetMute(call="k1", on=True), p.HangUp(call="k1")]
    assert sent == [p.PlaySound(sound="lost"), *acts]
    assert "server is not connected" in desk.desktop.act("call.transfer", target="billing")


def test_without_a_phone_an_answer_says_why_it_cannot_be(desk: Desk) -> None:
    desk.put(LinkReported("phone", Connection("lost", "The phone could not start.")))
    offer = m.OfferModel(id="o", interaction="i", agent="a7", medium="voice", expires_at=desk.now + 9)
    desk.events(e.OfferMade(offer=offer))
    assert "The phone is not running" in desk.desktop.offers()[0].answer.reason


def test_an_expired_offer_cannot_be_accepted(desk: Desk) -> None:
    offer = m.OfferModel(id="o", interaction="i", agent="a7", medium="chat", expires_at=desk.now + 1)
    desk.events(e.OfferMade(offer=offer))
    assert desk.desktop.offers()[0].answer.enabled
    desk.now += 2
    assert desk.desktop.act("offer.accept") == "The offer is over: its time has passed."


def test_a_word_means_the_only_thing_that_begins_so(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.act("call.transfer", target="sara") == ""
    assert desk.outside.commands()[-1] == c.TransferInteraction(interaction="i1", target="a8")
    assert desk.desktop.act("call.transfer", target="nobody").startswith("There is no queue or agent nobody.")
    assert desk.desktop.act("agent.not_ready", reason="not_responding").startswith("There is no reason")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("+49 (30) 1234-56", "+493012345 6".replace(" ", "")),
        ("tel:6002", "6002"),
        ("*72#", "*72#"),
        ("٠١٢", "012"),
    ],
)
def test_a_number_is_dialled_as_it_is_meant(typed: str, sent: str) -> None:
    assert dialled(typed) == sent


@pytest.mark.parametrize("typed", ["", "a b", "6002;drop", "\x1b[2J", "1\r\nINVITE", "x" * 200])
def test_what_is_no_number_is_not_dialled(typed: str) -> None:
    with pytest.raises(RefusedError, match="not a number"):
        dialled(typed)


def test_a_must_read_line_keeps_the_wrap_up_from_closing(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.act("script.field", field="order", value="48213") == ""
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(TALK, state="wrap_up")))
    assert "must be read" in desk.desktop.act("wrapup.finish", code="solved")
    assert desk.desktop.act("script.tick", line="hello:0") == ""
    assert desk.desktop.act("wrapup.finish", code="replacement") == ""
    assert desk.outside.commands()[-1] == c.WrapUp(
        interaction="i1", code="replacement", values=(("order", "48213"),)
    )
