"""The text mode as programs drive it: one object a line, each verb answered once."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agent_desktop.client.actions import BY_VERB
from agent_desktop.wire import commands as c
from agent_desktop.wire import phone as p
from tests.client.fakes import FakeCentre

from .conftest import JsonText

Start = Callable[..., JsonText]


def until(condition: Callable[[], object], within_s: float = 25.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ready_for_calls(one: JsonText) -> None:
    one.wait("welcome", name="Mateo Ruiz")
    one.wait("phone", state="registered")


def test_a_call_is_answered_held_ended_and_wrapped_up(centre: FakeCentre, text: Start) -> None:
    one = text()
    ready_for_calls(one)
    assert one.do("ready")["type"] == "ok"
    offer = centre.offer()
    rang = one.wait("offer", interaction="i1")
    assert rang["media"] == "voice"
    assert rang["customer"] == "Amina Yusuf"
    assert rang["from"] == "+212522000147"
    assert rang["reasons"] == ["speaks Arabic"]
    assert 20 <= rang["waited_s"] <= 40
    assert 0 < rang["expires_in_s"] <= 20
    assert one.wait("customer", customer="c1")["name"] == "Amina Yusuf"
    assert one.do(f"accept {offer.interaction}")["type"] == "ok"
    assert one.do("mute")["type"] == "ok"
    assert one.do("mute") == {
        "type": "error", "verb": "mute", "message": "You are muted already.", "code": "wrong_state",
    }  # fmt: skip
    assert one.do("hold")["type"] == "ok"
    assert one.do("resume")["type"] == "ok"
    assert one.do("hangup")["type"] == "ok"
    assert one.do("wrapup replacement")["message"] == "Fill in first: Order."
    assert one.do("wrapup 1 all good")["type"] == "ok"
    states = [r["state"] for r in one.records if r["type"] == "interaction" and r["interaction"] == "i1"]
    assert [s for i, s in enumerate(states) if i == 0 or states[i - 1] != s] == [
        "offered", "active", "held", "active", "wrap_up", "closed",
    ]  # fmt: skip
    assert one.end() == 0
    assert one.errors == ""
    expect = next(i for i, x in enumerate(centre.phone_commands) if isinstance(x, p.Expect))
    assert centre.phone_commands[expect] == p.Expect(interaction="i1")
    assert isinstance(centre.phone_commands[-1], p.HangUp | p.Shutdown | p.SetMute)


def test_the_end_of_input_is_quit_and_signs_out(centre: FakeCentre, text: Start) -> None:
    one = text()
    ready_for_calls(one)
    assert one.end() == 0
    assert centre.sign_outs == 1
    assert isinstance(centre.phone_commands[-1], p.Shutdown)


def test_a_verb_that_is_in_the_pipe_at_the_start_finds_the_server(centre: FakeCentre, text: Start) -> None:
    one = text()
    one.type("ready")
    one.type("quit")
    assert one.process.wait(15) == 0
    assert one.had("ok", verb="ready")


def test_another_list_is_printed_when_the_router_has_sent_it(centre: FakeCentre, text: Start) -> None:
    one = text()
    one.wait("welcome")
    assert one.do("inbox queue")["type"] == "ok"
    assert centre.truth.scope == "queue"
    assert one.do("inbox nowhere")["message"] == "There is no list nowhere. Possible: mine, queue, all."


def test_sigterm_is_quit(centre: FakeCentre, text: Start) -> None:
    one = text()
    ready_for_calls(one)
    one.process.terminate()
    assert one.end() == 0
    assert one.errors == ""
    assert centre.sign_outs == 1


def test_quit_during_a_call_leaves_the_phone_and_the_next_one_finds_the_call(
    centre: FakeCentre, text: Start
) -> None:
    one = text()
    ready_for_calls(one)
    centre.offer()
    one.wait("offer")
    assert one.do("accept")["type"] == "ok"
    assert [r["state"] for r in one.records if r["type"] == "call"] == ["up"]
    one.process.kill()
    one.end()
    assert centre.sign_outs == 0
    assert not any(isinstance(x, p.Shutdown) for x in centre.phone_commands)
    two = text()
    assert two.had("call", interaction="i1", state="up")
    assert two.had("interaction", interaction="i1", state="active")
    assert two.do("hangup")["type"] == "ok"
    assert two.had("interaction", interaction="i1", state="wrap_up")


def test_a_mail_is_read_and_answered(centre: FakeCentre, text: Start) -> None:
    one = text()
    one.wait("welcome")
    centre.offer("email", "i2", conversation="v2", from_address="amina@example.com")
    one.wait("message", direction="in", conversation="v2", text="Hello, my parcel shows delivered.")
    one.wait("offer", interaction="i2")
    assert one.do("accept")["type"] == "ok"
    assert one.do("say Dear Amina, it leaves today.")["type"] == "ok"
    assert one.do("note Courier CX-99120")["type"] == "ok"
    directions = [r["direction"] for r in one.records if r["type"] == "message"]
    assert directions == ["in", "out", "note"]
    sent = next(x for x in centre.acted if isinstance(x, c.SendMessage))
    assert (sent.text, sent.after_message) == ("Dear Amina, it leaves today.", "m-v2")
    assert one.do("wrapup solved")["type"] == "ok"
    closed = [r for r in one.records if r.get("interaction") == "i2" and r.get("state") == "closed"]
    assert [r["disposition"] for r in closed] == ["solved"]


def test_the_looking_verbs_answer(centre: FakeCentre, text: Start) -> None:
    one = text()
    one.wait("welcome")
    centre.offer("chat", "i3", conversation="v3")
    one.wait("offer")
    assert one.do("why")["type"] == "ok"
    assert next(r for r in one.records if r["type"] == "why")["lines"] == [
        "Queue Support.",
        "You speak Arabic.",
    ]
    assert one.do("accept")["type"] == "ok"
    for verb in (
        "inbox",
        "open 1",
        "customer",
        "script",
        "find lamp",
        "status",
        "help",
        "who",
        "time",
        "help accept",
    ):
        assert one.do(verb)["type"] == "ok", verb
    assert [r["number"] for r in one.records if r["type"] == "found"] == [1]


def test_a_script_is_read_answered_and_reused_in_the_wrap_up(centre: FakeCentre, text: Start) -> None:
    one = text()
    ready_for_calls(one)
    centre.offer()
    one.wait("offer")
    one.do("accept")
    assert one.do("script answer order lamp")["type"] == "ok"
    assert one.do("script 1")["type"] == "ok"
    assert one.do("script 7")["type"] == "error"
    assert one.do("script back")["type"] == "ok"
    one.do("hangup")
    assert "must be read" in one.do("wrapup replacement")["message"]
    assert one.do("script read 1")["type"] == "ok"
    assert one.do("wrapup replacement order=48213 thanked")["type"] == "ok"
    done = next(x for x in centre.acted if isinstance(x, c.WrapUp))
    assert (done.note, done.values) == ("thanked", (("order", "48213"),))


def test_errors_say_what_was_wrong_and_what_is_allowed(centre: FakeCentre, text: Start) -> None:
    one = text()
    one.wait("welcome")
    assert one.do("redy")["message"] == "There is no verb redy. Did you mean ready, retry, notready?"
    assert one.do("notready")["message"] == "Say why: notready REASON. Possible: Break, Lunch."
    assert one.do("notready holiday")["message"] == ("There is no reason holiday. Possible: Break, Lunch.")
    assert one.do("accept")["message"] == "Nothing is offered to you now."
    assert one.do("hold")["message"] == "There is no call."
    assert one.do("verbosity 9")["message"] == "Verbosity is 0, 1, 2 or 3."
    assert one.do("listen Sara")["message"] == "This is for supervisors."
    assert one.do("notready lunch")["type"] == "ok"
    assert one.had("state", state="not_ready", reason="lunch")


def test_every_verb_of_the_table_is_answered_once(centre: FakeCentre, text: Start) -> None:
    one = text()
    one.wait("welcome")
    verbs = [verb for verb in BY_VERB if verb != "quit"]
    for verb in verbs:
        assert one.do(f"{verb} 1")["verb"] == verb
    answers = [r["verb"] for r in one.records if r["type"] in {"ok", "error"}]
    assert answers == verbs


def test_a_wrong_password_is_one_error_and_status_1(centre: FakeCentre, text: Start) -> None:
    one = text("wrong")
    assert one.end() == 1
    assert one.records == [
        {
            "type": "error",
            "verb": "signin",
            "message": "The user name or the password is wrong. Check both and try again.",
        }
    ]


@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_link_comes_back_and_nothing_is_said_twice(
    centre: FakeCentre, text: Start, times: int
) -> None:
    one = text()
    one.wait("welcome")
    centre.offer("chat", "i3", conversation="v3")
    one.wait("offer")
    for _ in range(times):
        centre.cut()
        one.wait("connection", state="lost")
        one.wait("connection", state="online")
    assert one.do("accept")["type"] == "ok"
    assert len([r for r in one.records if r["type"] == "offer"]) == 1
    assert len([r for r in one.records if r["type"] == "welcome"]) == 1
