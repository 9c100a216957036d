"""Choosing in lines: settings, shortcuts, loudness, what rings; more time and access needs by verb."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent_desktop.client import shortcuts
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.access import ExtendOffer, SetAccessNeeds
from tests.client.talks import NOW, asked
from tests.text.terminal import Terminal

OFFER = m.OfferModel(
    id="o6", interaction="i6", agent="a7", medium="voice", queue="support", customer="k1",
    customer_name="Bo", offered_at=NOW, expires_at=NOW + 20, more_s=15.0, more_times=1,
)  # fmt: skip
WORK = m.InteractionModel(id="i6", medium="voice", state="offered", customer="k1", customer_name="Bo")
BO = m.CustomerModel(id="k1", name="Bo", access_needs=("relay",))


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    shortcuts.use(shortcuts.Shortcuts())


def test_settings_lists_what_holds_and_what_there_is(plain: Terminal) -> None:
    lines = plain.type("settings")
    assert lines[0].startswith("1. look.theme, Colours: As the system. Also: Light")
    assert any("volume, Volume of calls: Usual. Also: +6 dB" in line for line in lines)
    assert any("ringing, Voice rings by: Sound, Band" in line for line in lines)
    assert any("ring.flash: none. " in line for line in lines)
    assert all("\x1b" not in line for line in lines)


def test_a_setting_is_chosen_and_the_answer_is_what_holds_now(plain: Terminal) -> None:
    assert plain.type("settings theme contrast-dark")[0].startswith("look.theme: contrast-dark.")
    assert plain.type("settings scale 175")[0].startswith("look.scale: 1.75.")
    (refused,) = plain.type("settings theme mauve")
    assert "must be one of system, light, dark" in refused
    (unknown,) = plain.type("settings colour red")
    assert "Possible: theme (look.theme)" in unknown


def test_captions_are_settings_like_others(plain: Terminal) -> None:
    lines = plain.type("settings")
    assert any(
        "captions.engine, Captions of calls: Off. Also: Made on this computer." in line for line in lines
    )
    assert plain.type("settings captions.start yes")[0].startswith("captions.start: True.")
    assert plain.type("settings captions.model")[0].startswith("captions.model: usual.")
    assert "must be one of off, whisper" in plain.type("settings captions.engine loud")[0]


def test_verbosity_is_the_setting_of_what_is_read_out(plain: Terminal) -> None:
    plain.type("verbosity 0")
    assert plain.type("settings verbosity")[0].startswith("read.verbosity: 0.")


def test_shortcuts_are_listed_changed_and_brought_back(plain: Terminal) -> None:
    assert any(line.endswith("Answer (offer.accept): F2") for line in plain.type("shortcuts"))
    assert plain.type("shortcuts accept ctrl+f2")[0] == "Answer (offer.accept): Ctrl+F2, usually F2"
    assert "F3 is the key of Decline already" in plain.type("shortcuts accept F3")[0]
    assert "Add Ctrl or Alt" in plain.type("shortcuts accept a")[0]
    assert plain.type("shortcuts accept none")[0] == "Answer (offer.accept): no key, usually F2"
    assert plain.type("shortcuts accept usual")[0] == "Answer (offer.accept): F2"
    plain.type("shortcuts accept F10")
    plain.type("shortcuts usual")
    assert shortcuts.current().changed == {}
    assert "no action abracadabra" in plain.type("shortcuts abracadabra F10")[0]


def test_a_program_gets_the_same_lines_in_one_object(program: Terminal) -> None:
    found = program.records("shortcuts accept F10")
    assert found[0] == {"type": "shortcuts", "lines": ["Answer (offer.accept): F10, usually F2"]}
    assert (found[-1]["type"], found[-1]["verb"]) == ("ok", "shortcuts")


def test_loudness_balance_and_silence_go_to_the_phone(plain: Terminal) -> None:
    plain.desk.outside.phone.clear()
    for line in ("volume up", "balance left", "ringing email off"):
        plain.type(line)
    told = [c for _id, c in plain.desk.outside.phone if isinstance(c, p.SetSound)]
    # Each keeps what was asked just before, although the phone has not answered yet.
    assert [(c.volume_db, c.balance, c.silent) for c in told] == [
        (12.0, 0.0, ()), (12.0, -1.0, ()), (12.0, -1.0, ("email",)),
    ]  # fmt: skip


def test_an_offer_says_what_is_needed_and_gives_more_time(plain: Terminal) -> None:
    plain.desk.events(
        e.CustomerChanged(customer=BO), e.InteractionChanged(interaction=WORK), e.OfferMade(offer=OFFER)
    )
    assert "Access needs: Text relay" in " ".join(plain.lines())
    plain.type("moretime")
    assert asked(plain.desk) == [ExtendOffer(offer="o6")]


def test_a_program_is_told_needs_and_more_time_as_fields(program: Terminal) -> None:
    program.desk.events(
        e.CustomerChanged(customer=BO), e.InteractionChanged(interaction=WORK), e.OfferMade(offer=OFFER)
    )
    offer = next(r for r in program.records("status") if r["type"] == "offer")
    assert (offer["access_needs"], offer["more_s"], offer["more_times"]) == (["relay"], 15.0, 1)


def test_needs_are_noted_by_a_verb(plain: Terminal) -> None:
    work = m.InteractionModel(id="i6", medium="voice", state="active", customer="k1", agent="a7")
    plain.desk.events(e.CustomerChanged(customer=BO), e.InteractionChanged(interaction=work))
    plain.type("open i6")
    asked(plain.desk)
    plain.type("needs text relay, Speak slowly")
    assert asked(plain.desk) == [SetAccessNeeds(interaction="i6", needs=("relay", "Speak slowly"))]
    assert "Known: Text relay" in plain.type("needs")[0]
