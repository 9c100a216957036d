"""The child of the pyVoIP engine, in this process: orders in, news out, frame for frame."""

from __future__ import annotations

import io
import json
import socket
import sys

import numpy as np
import pytest

from agent_desktop.media.pcm import SAMPLE_RATE_HZ, SILENCE
from agent_desktop.phone import pyvoip_child
from agent_desktop.phone.pyvoip_child import Child
from agent_desktop.phone.pyvoip_sound import LoopbackSound
from tests.phone.pyvoip_peer import HOST, Peer, sdp, sine, tag_of, until


class Run:
    """A child that says its news into a list, registered at a scripted server."""

    def __init__(self) -> None:
        self.peer = Peer()
        self.child = Child()
        self.news = []
        self.child.say = lambda **news: self.news.append(news)
        self.config = {
            "server": HOST,
            "port": self.peer.place[1],
            "domain": f"{HOST}:{self.peer.place[1]}",
            "realm": "",
            "user": "201",
            "password": "secret",
            "display_name": "",
            "host": HOST,
            "rtp_low": 22_400,
            "rtp_high": 22_440,
        }

    def start(self) -> None:
        self.child.start(self.config)
        self.peer.answer(self.peer.expect("REGISTER"), 200)
        self.wait("registered", ok=True)

    def wait(self, event: str, **wanted) -> dict:
        def find():
            return next((n for n in self.news if n["event"] == event and wanted.items() <= n.items()), None)

        return until(find, why=lambda: (event, wanted, self.news))

    def order(self, **order) -> None:
        self.child.order({"id": 7, **order})


@pytest.fixture
def run():
    made = Run()
    made.start()
    yield made
    made.child._phone.stop()
    made.child._phone.client.join(2.0)
    made.peer.socket.close()


def test_a_call_in_is_told_answered_and_carries_sound_frame_for_frame(run):
    sound = LoopbackSound()
    body = sdp(port=run.peer.place[1])
    run.peer.request("INVITE", body=body, branch="z9hG4bKin", X_Interaction="i7")
    told = run.wait("arrived")
    assert (told["number"], told["name"], told["interaction"]) == ("+4930123", "Grace Hopper", "i7")
    run.order(do="answer", call=told["call"], audio=sound.port, secret=sound.secret)
    ok = run.peer.expect(200)
    run.peer.request("ACK", tags=("there", tag_of(ok, "To")))
    run.wait("up", call=told["call"])
    run.wait("done", id=7)

    def answered():
        sound.receive_due()
        sound.write_frame(sine(600, 0.02, SAMPLE_RATE_HZ))
        return sound._frames

    assert len(until(answered)[0]) == len(SILENCE)
    run.peer.request("BYE", cseq=2, tags=("there", tag_of(ok, "To")))
    assert run.wait("gone")["by"] == "remote"
    sound.close()


def test_a_call_out_rings_comes_up_hears_a_key_and_is_hung_up(run):
    sound = LoopbackSound()
    run.order(do="dial", call="c1", target="100", interaction="i8", audio=sound.port, secret=sound.secret)
    invite = run.peer.expect("INVITE")
    assert invite.header("X-Interaction") == "i8"
    run.peer.answer(invite, 180)
    assert run.wait("rings")["has_sound"] is False
    run.peer.answer(invite, 200, body=sdp(), Contact=run.peer.contact)
    run.wait("up", call="c1")
    run.child._calls["c1"].dtmf_callback("5")
    assert run.child._calls["c1"].get_dtmf() == "5"  # pyVoIP's own memory of it
    assert run.wait("digit") == {"event": "digit", "call": "c1", "digit": "5"}
    run.order(do="hang_up", call="c1")
    assert run.wait("gone") == {"event": "gone", "call": "c1", "by": "agent", "status": 0}
    sound.close()


def test_an_order_that_fails_is_told_and_is_done(run, monkeypatch):
    run.order(do="dial", call="c1", target="sips:a@b", interaction="", audio=1, secret="00")
    assert "sip:" in run.wait("failed", call="c1")["detail"]
    monkeypatch.setattr(run.child._phone, "call", lambda *_a: 1 / 0)
    run.order(do="dial", call="c2", target="100", interaction="", audio=1, secret="00")
    assert run.wait("failed", call="c2")["detail"] == ""
    assert "ZeroDivisionError" in run.wait("trouble")["detail"]
    run.order(do="ping")
    run.order(do="hang_up", call="gone meanwhile")
    until(lambda: sum(news["event"] == "done" for news in run.news) == 4)


def test_a_declined_call_is_told_as_ours(run):
    run.peer.request("INVITE", body=sdp(), branch="z9hG4bKin")
    run.order(do="reject", call=run.wait("arrived")["call"], status=603)
    assert run.peer.expect(603)
    assert run.wait("gone")["by"] == "agent"


def test_the_end_of_the_input_signs_off(run, monkeypatch):
    run.child.end()
    assert run.peer.expect("REGISTER").header("Expires") == "0"
    assert not run.child._phone.client._thread.is_alive()


def said(monkeypatch, lines=""):
    out, run = io.StringIO(), Run()
    run.peer.socket.close()
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(run.config) + "\n" + lines))
    monkeypatch.setattr(sys, "stdout", out)
    pyvoip_child.main()
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("error", "word"),
    [(ModuleNotFoundError("gone", name="audioop"), "audioop-lts"), (OSError("in use"), "port")],
)
def test_what_keeps_it_from_starting_is_said_in_words(monkeypatch, error, word):
    def start(_self, _config):
        raise error

    monkeypatch.setattr(Child, "start", start)
    told = said(monkeypatch)[-1]
    assert told["event"] == "unavailable"
    assert word in told["detail"]


def test_its_main_carries_out_orders_and_ends_with_its_input(monkeypatch):
    monkeypatch.setattr("agent_desktop.phone.pyvoip_register.LIFE_S", 0.05)
    told = said(monkeypatch, json.dumps({"id": 3, "do": "ping"}) + "\n")
    assert {"event": "done", "id": 3} in told


def test_sound_waits_for_a_phone_that_is_not_there_and_ends_with_the_call(monkeypatch):
    monkeypatch.setattr(pyvoip_child, "_QUIET_S", 0.01)
    states = iter(["DIALING"] * 4 + ["ENDED"])

    class State:
        @property
        def name(self):
            return next(states)

    class Call:
        state = State()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind((HOST, 0))
        port = nobody.getsockname()[1]
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.connect((HOST, port))
    wire.settimeout(0.01)
    pyvoip_child.carry_sound(Call(), wire, b"secret")
    assert wire.fileno() < 0


def test_frames_of_another_length_are_no_sound():
    sound = LoopbackSound()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as child:
        child.sendto(bytes.fromhex(sound.secret), (HOST, sound.port))
        child.sendto(np.ones(7, dtype=np.int16).tobytes(), (HOST, sound.port))
        until(lambda: (sound.receive_due(), sound._child)[1])
        sound.receive_due()
        assert not sound.read_frame().any()
    sound.close()
