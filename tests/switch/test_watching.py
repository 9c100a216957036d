"""Lamps: who is on the telephone, and which messages wait."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import SubscriptionId
from agent_desktop.wire import switch as wire

from .fakes import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


def told(scene: Scene, name: str) -> list[str]:
    return [body for watcher, body, _ in scene.sip.all("notify") if watcher == name]


def test_a_lamp_shows_free_ringing_busy_and_free_again(scene: Scene) -> None:
    scene.subscribes("w1", "dialog", "201", user="202")
    scene.waiting()
    scene.do(wire.ConnectAgent(call="c1", extension="201", interaction="i"))
    scene.answers("out1")
    scene.do(wire.HoldCall(call="c1"))
    scene.ends("in1")
    states = [
        "early" if ">early<" in body else "confirmed" if ">confirmed<" in body else "free"
        for body in told(scene, "w1")
    ]
    assert states == ["free", "early", "confirmed", "free"]
    versions = [
        body.partition("dialog-info xmlns")[2].partition('version="')[2].partition('"')[0]
        for body in told(scene, "w1")
    ]
    assert versions == ["0", "1", "2", "3"]
    assert "555" not in "".join(told(scene, "w1"))


def test_messages_are_counted_for_their_owner_alone(scene: Scene) -> None:
    scene.subscribes("w1", "message-summary", "201", user="201")
    scene.subscribes("w2", "message-summary", "201", user="202")
    scene.subscribes("w3", "message-summary", "299", user="299")
    scene.b2bua.watching.messages(wire.TellMessages(extension="201", new=2, old=1))
    scene.b2bua.watching.messages(wire.TellMessages(extension="202", new=9))
    assert [body.splitlines()[0] for body in told(scene, "w1")] == [
        "Messages-Waiting: no",
        "Messages-Waiting: yes",
    ]
    assert "Voice-Message: 2/1" in told(scene, "w1")[1]
    assert scene.sip.all("unwatched") == [("w2", "rejected"), ("w3", "rejected")]
    assert not told(scene, "w2")


def test_a_watcher_that_left_is_told_no_more(scene: Scene) -> None:
    scene.subscribes("w1", "dialog", "201", user="202")
    scene.b2bua.happened(sip.Unsubscribed(SubscriptionId("w1"), "left"))
    scene.joined()
    assert len(told(scene, "w1")) == 1


def test_a_supervisor_who_listens_lights_no_lamp(scene: Scene) -> None:
    scene.subscribes("w1", "dialog", "203", user="202")
    scene.joined()
    scene.do(wire.Supervise(call="c1", leg="s1", mode="listen", extension="203"))
    scene.answers("out2")
    assert len(told(scene, "w1")) == 1
