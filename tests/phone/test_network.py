"""What a look at the clocks and at the way to the server means."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.phone import network
from agent_desktop.phone.network import ASLEEP_S, POLL_S, Change, Look, NetworkWatch, judge


def test_nothing_happened_while_the_clocks_went_on_as_they_should():
    assert judge(Look(0, 1000, "a"), Look(POLL_S, 1000 + POLL_S, "a")) is None
    assert judge(Look(0, 1000, "a"), Look(POLL_S + 4, 1000 + POLL_S + 4, "a")) is None  # a busy computer


def test_a_clock_that_went_on_alone_means_sleep_whichever_it_is():
    asleep = POLL_S + ASLEEP_S + 1
    assert judge(Look(0, 0, "a"), Look(POLL_S, asleep, "a")) is Change.SLEPT  # Linux, macOS
    assert judge(Look(0, 0, "a"), Look(asleep, asleep, "a")) is Change.SLEPT  # Windows


def test_another_way_is_a_move_and_no_way_is_told_once():
    assert judge(Look(0, 0, "a"), Look(1, 1, "b")) is Change.MOVED
    assert judge(Look(0, 0, "a"), Look(1, 1, "")) is Change.GONE
    assert judge(Look(0, 0, ""), Look(1, 1, "")) is None
    assert judge(Look(0, 0, ""), Look(1, 1, "a")) is Change.MOVED


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["a", "b", ""])), min_size=2))
def test_no_move_is_ever_missed(steps):
    now, looks = 0.0, []
    for pause, way in steps:
        now += pause
        looks.append(Look(now, now, way))
    for before, after in itertools.pairwise(looks):
        if after.way and after.way != before.way:
            assert judge(before, after) is Change.MOVED


async def test_the_watch_looks_until_it_is_stopped(eventually, monkeypatch):
    monkeypatch.setattr(network, "POLL_S", 0.01)
    ways, told = ["a", "a", "", "b"], []
    watch = NetworkWatch(lambda: ways.pop(0) if len(ways) > 1 else ways[0], told.append)
    watch.start()
    watch.start()
    await eventually(lambda: told == [Change.GONE, Change.MOVED])
    await watch.stop()
    ways[:] = ["c"]
    await asyncio.sleep(0.05)
    assert told == [Change.GONE, Change.MOVED]


def test_another_server_is_no_move():
    ways, told = ["a", "b"], []
    watch = NetworkWatch(lambda: ways.pop(0), told.append)
    watch.look()
    watch.forget()
    watch.look()
    assert told == []


def test_our_own_address_is_known_without_sending_anything():
    assert network.own_address("127.0.0.1", 9) == "127.0.0.1"
    assert network.own_address("::1", 9) == "::1"


def test_routes_are_shown_on_linux_and_nowhere_else(monkeypatch, tmp_path):
    table = tmp_path / "route"
    table.write_text("Iface Destination Gateway\neth0 00000000 0102A8C0\neth0 0002A8C0 00000000\nbad\n")
    monkeypatch.setattr(network, "_ROUTES", table)
    assert network.default_routes() == "eth0/0102A8C0"
    monkeypatch.setattr(network, "_ROUTES", tmp_path / "none")
    assert network.default_routes() == ""
