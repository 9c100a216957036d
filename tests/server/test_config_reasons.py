"""Reasons as data (PRODUCT 3.1.1, 3.1.4, 3.1.5, P3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.agent import RESERVED_NUMBERS, SYSTEM_NUMBERS, SYSTEM_REASONS
from agent_desktop.domain.centre import Centre, Reason
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import centre_of, load_centre

SAMPLE = Path(__file__).parents[2] / "resources" / "centre" / "centre.toml"
PEOPLE = '\n[agents.mateo]\nname = "Mateo"\nteam = "Home"\n\n[agents.ida]\nname = "Ida"\nteam = "Money"\n'


def read(text: str) -> Centre:
    return centre_of(tomlfile.parse(Path("centre.toml"), f'name = "Small"\n{PEOPLE}\n{text}'.encode()))[0]


def own(centre: Centre) -> dict[str, Reason]:
    return {reason.code: reason for reason in centre.reasons if not reason.system}


def test_a_reason_is_a_label_or_says_more() -> None:
    """PRODUCT 3.1.1: a status of the centre's own says what is still offered."""
    made = own(
        read(
            '[reasons]\nbreak = "Break"\n'
            'away = { label = "Away: email only", number = 20, media = ["email"] }\n'
            'transfers = { label = "Transfer only", number = 21, transfers = true, team = "Home" }\n'
        )
    )
    assert made["break"] == Reason(code=made["break"].code, label="Break")
    assert (made["away"].number, made["away"].media, made["away"].transfers) == (20, ("email",), False)
    assert (made["transfers"].media, made["transfers"].transfers, made["transfers"].team) == (
        (),
        True,
        "Home",
    )


def test_the_systems_reasons_come_with_their_numbers_after_the_files() -> None:
    """PRODUCT 3.1.5."""
    system = [reason for reason in read("").reasons if reason.system]
    assert {reason.code for reason in system} == set(SYSTEM_REASONS)
    assert {reason.code: reason.number for reason in system if reason.number} == SYSTEM_NUMBERS
    assert {33, 255, 32_740, 32_741, 32_742} == RESERVED_NUMBERS


def test_the_sample_has_email_only_and_transfer_only() -> None:
    made = own(load_centre(SAMPLE))
    assert made["away"].media == ("email",)
    assert made["transfers"].transfers


def test_a_decline_reason_may_have_a_number() -> None:
    centre = read('[decline_reasons]\nbusy = "Busy"\nskill = { label = "Needs another skill", number = 7 }\n')
    assert [(reason.code, reason.number) for reason in centre.decline_reasons] == [("busy", 0), ("skill", 7)]


WRONG = [
    ('[reasons]\nx = { label = "X", number = 0 }', "1 to 65535"),
    ('[reasons]\nx = { label = "X", number = 65536 }', "1 to 65535"),
    ('[reasons]\nx = { label = "X", number = 33 }', "33 is the system's own"),
    ('[reasons]\nx = { label = "X", number = 32741 }', "32741 is the system's own"),
    (
        '[reasons]\nx = { label = "X", number = 5 }\ny = { label = "Y", number = 5 }',
        "the number 5 stands for 2",
    ),
    ("[reasons]\nx = { number = 5 }", "this is missing"),
    ('[reasons]\nx = { label = "X", colour = "red" }', "there is no such key here"),
    (f'[reasons]\nx = {{ label = "{"x" * 41}" }}', "at most 40"),
    ('[reasons]\nx = { label = "X", media = ["smoke"] }', "smoke"),
    ('[reasons]\nx = { label = "X", team = "Moon" }', "no agent of this file is in the team 'Moon'"),
    ("[reasons]\nx = 3", "a text"),
    ('[reasons]\ncrash = "Crash"', "the system's own"),
    ('[decline_reasons]\nx = { label = "X", media = ["email"] }', "there is no such key here"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match="line ") as caught:
        read(text)
    assert words in str(caught.value)


def test_a_hundred_reasons_for_everybody_and_a_hundred_for_each_team() -> None:
    """PRODUCT 3.1.4."""

    def many(name: str, count: int, more: str = "") -> str:
        return "".join(f'{name}{n} = {{ label = "{n}"{more} }}\n' for n in range(count))

    full = (
        "[reasons]\n"
        + many("a", 100)
        + many("h", 100, ', team = "Home"')
        + many("m", 100, ', team = "Money"')
    )
    assert len(own(read(full))) == 300
    with pytest.raises(ConfigError, match="101 reasons of the team 'Money'; at most 100"):
        read(full + 'one = { label = "One", team = "Money" }\n')
    with pytest.raises(ConfigError, match="101 reasons; at most 100"):
        read(full + 'one = "One"\n')


def test_how_long_one_may_be_away_and_what_outbound_work_means_for_the_turn() -> None:
    plain, said = (
        read(""),
        centre_of(
            tomlfile.parse(Path("centre.toml"), b'name = "S"\naway_s = 60\noutbound_keeps_idle = true\n')
        )[0],
    )
    assert (plain.away_s, plain.outbound_keeps_idle) == (1800, False)
    assert (said.away_s, said.outbound_keeps_idle) == (60, True)
