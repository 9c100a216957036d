"""In text mode the server goes and comes back: what is typed waits, is listed, and is sent once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox
from agent_desktop.wire import models as m
from tests.client.fakes import FakeCentre
from tests.client.ports import free_port

from .conftest import JsonText

WORK = m.InteractionModel(
    id="i1", medium="email", state="active", agent="a7", customer="c1", customer_name="Amina Yusuf",
    conversation="v1", queue="support",
)  # fmt: skip
THREAD = m.ConversationModel(id="v1", medium="email", customer="c1", customer_name="Amina Yusuf", owner="a7")


def until(condition: Callable[[], object], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def opened(port: int) -> FakeCentre:
    router = FakeCentre(port)
    router.say(e.InteractionChanged(interaction=WORK), e.ConversationChanged(conversation=THREAD))
    return router


def test_what_is_typed_without_the_server_waits_is_listed_and_is_sent_once(
    centre: FakeCentre, data: Path
) -> None:
    del centre  # it is the phone's; the router is one that goes and comes back
    port = free_port()
    router = opened(port)
    one = JsonText(router, data)
    one.wait("welcome", name="Mateo Ruiz")
    assert one.do("open i1")["type"] == "ok"
    router.close()
    one.wait("connection", within_s=30.0, state="lost")
    said = one.do("note He waits.")
    assert (said["type"], said["message"]) == ("ok", "It waits for the server. Say unsent for the list.")
    assert one.do("tag i1 vip")["type"] == "ok"
    assert one.do("unsent")["type"] == "ok"
    rows = [r for r in one.records if r["type"] == "unsent"]
    assert [(r["number"], r["what"], r["text"], r["customer"]) for r in rows] == [
        (1, "Note", "He waits.", "Amina Yusuf"),
        (2, "Tags", "+vip", "Amina Yusuf"),
    ]
    assert one.do("unsent keep 1") == {
        "type": "error", "verb": "unsent", "code": "usage",
        "message": "Say unsent alone, or retry, edit, open or discard with a number.",
    }  # fmt: skip
    assert one.do("unsent discard 2")["type"] == "ok"
    router = opened(port)
    one.wait("connection", within_s=30.0, state="online")
    until(lambda: [x for x in router.acted if isinstance(x, c.AddNote)])
    one.do("unsent")
    assert [x.text for x in router.acted if isinstance(x, c.AddNote)] == ["He waits."]
    assert not [x for x in router.acted if isinstance(x, inbox.TagConversation)]
    assert one.end() == 0
    assert one.errors == ""
    router.close()
