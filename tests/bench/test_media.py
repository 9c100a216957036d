from __future__ import annotations

import importlib.util
import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.bench import _baresip, media
from agent_desktop.errors import AgentDesktopError


@pytest.mark.peer
def test_ours_silence_and_baresip_are_measured_on_the_same_packets() -> None:
    results = media.run(
        losses=(0.0, 0.10), voices=("en",), text="My parcel with the blue lamp has not arrived."
    )
    assert [result.against for result in results] == ["silence", "baresip 1.0"] * 2
    whole, _, lossy, against_rival = results
    assert whole.value > 3
    assert whole.against_value > 3
    assert 1 <= lossy.against_value < lossy.value < whole.value
    assert 1 <= against_rival.against_value < 3.5  # it did lose the packets
    assert (lossy.goal, lossy.met) == (">= +0.6", lossy.value - lossy.against_value >= 0.6)
    assert (against_rival.goal, against_rival.met) == ("not below", True)


def test_the_same_share_of_packets_is_lost_in_every_run_and_none_at_the_edges() -> None:
    kept = media._kept(0.1, 1000, 1)
    assert kept == media._kept(0.1, 1000, 1)
    assert all(kept[: media._LEAD])
    assert all(kept[-media._TAIL :])
    assert 0.07 < 1 - np.mean(kept[media._LEAD : -media._TAIL]) < 0.13
    assert all(media._kept(0.0, 1000, 1))


def test_a_goal_is_on_the_difference_of_the_means() -> None:
    lane = media.Lane(0.05, ours=[3.0, 3.2], silence=[2.7, 2.8], rival=[3.2, 3.2])
    over, rival = media._results(lane)
    assert (over.value, over.against_value) == (pytest.approx(3.1), pytest.approx(2.75))
    assert over.met
    assert not rival.met
    assert len(media._results(media.Lane(0.05, ours=[3.0], silence=[2.7]))) == 1


@pytest.mark.parametrize("missing", ["pesq", "numpy"])
def test_a_missing_package_is_named_with_its_remedy(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    with pytest.raises(AgentDesktopError, match=f"needs the package {missing}: "):
        media.run()


def test_a_missing_espeak_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(AgentDesktopError, match="espeak-ng"):
        media.run()


def test_without_baresip_its_rows_are_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(media, "modules", lambda: None)
    monkeypatch.setattr(media, "_one_voice", lambda lanes, *rest: [_scored(lane) for lane in lanes])
    results = media.run(losses=(0.05,), voices=("en",), text="Hello.")
    assert [result.against for result in results] == ["silence"]
    assert "baresip is not installed" in capsys.readouterr().out
    monkeypatch.setattr(_baresip, "modules", lambda: None)
    with pytest.raises(_baresip.RivalError, match="apt-get install"):
        _baresip.Baresip(tmp_path)


def _scored(lane: media.Lane) -> None:
    lane.ours.append(3.0)
    lane.silence.append(2.0)


def test_a_port_in_use_is_not_free() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert not _baresip._is_free(taken.getsockname()[1])
    assert _baresip._free_ports(2) > 1024


@pytest.mark.parametrize(
    ("answer", "message"),
    [("486 Busy Here", "refused the call"), ("200 OK", "without sound"), ("", "did not answer")],
)
def test_a_rival_that_does_not_take_the_call_is_an_error(
    answer: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_baresip, "_ANSWER_S", 1.0)
    rival = object.__new__(_baresip.Baresip)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
    ):
        for end in (peer, own):
            end.bind(("127.0.0.1", 0))
            end.settimeout(5)
        rival._socket, rival._sip = own, peer.getsockname()[1]

        def reply() -> None:
            request, source = peer.recvfrom(8192)
            lines = request.decode().split("\r\n")
            kept = [line for line in lines if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))]
            if answer:
                peer.sendto("\r\n".join([f"SIP/2.0 {answer}", *kept, "", ""]).encode(), source)

        own.settimeout(0.2)
        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(_baresip.RivalError, match=message):
            rival.call(("127.0.0.1", 4000))
        thread.join(5)
        assert not thread.is_alive()
