from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.centre import Centre, OfferRules
from agent_desktop.domain.skills import Has, Lacks, Place, SkillStep
from agent_desktop.domain.types import AgentId, MediumId, QueueId, SkillId
from agent_desktop.errors import ConfigError
from agent_desktop.server import tomlfile
from agent_desktop.server.config import centre_of

CENTRE = """
name = "Lamps"
skills = ["french", "lamps"]

[queues.support]
name = "Support"
media = ["voice", "email"]
wrapup_mode = "none"

[agents.ana]
name = "Ana"
queues = ["support"]
"""


def read(queue: str = "", agent: str = "") -> Centre:
    text = CENTRE.replace("[agents.ana]", f"{queue}\n[agents.ana]") + agent
    return centre_of(tomlfile.parse(Path("centre.toml"), text.encode()))[0]


def test_a_centre_that_says_nothing_of_routing_has_its_plain_rules() -> None:
    centre = read()
    queue, agent = centre.queues[QueueId("support")], centre.agents[AgentId("ana")]
    assert (queue.steps, queue.select, queue.missed, queue.offers) == ((), "proficiency", "all", {})
    assert (agent.places, agent.capacity, agent.weight) == ({}, 0, 1)


def test_who_is_asked_is_read_from_the_file() -> None:
    queue = """
    select = "weighted"
    missed = "queue"
    auto_accept = true
    text_offer_s = 90
    steps = [
        { skills = "french >= 3", expires_s = 20 },
        { agent = "ana", skills = "not lamps", expires_s = 10.5 },
        {},
    ]
    offers = { voice = { offer_s = 7 }, email = { auto_accept = false } }
    """
    agent = """
    capacity = 4
    weight = 3
    places = { support = { priority = 99, delay_s = 9999 } }
    """
    centre = read(queue, agent)
    made, ana = centre.queues[QueueId("support")], centre.agents[AgentId("ana")]
    french, lamps = SkillId("french"), SkillId("lamps")
    assert made.steps == (
        SkillStep(wish=Has(french, 3), expires_s=20.0),  # type: ignore[arg-type]  # a number of the file
        SkillStep(wish=Lacks(Has(lamps)), agent=AgentId("ana"), expires_s=10.5),  # type: ignore[arg-type]  # the same
        SkillStep(),
    )
    assert (made.select, made.missed) == ("weighted", "queue")
    assert made.offers == {
        MediumId("voice"): OfferRules(offer_s=7.0, auto_accept=True),  # type: ignore[arg-type]  # the same
        MediumId("email"): OfferRules(offer_s=90.0, auto_accept=False),  # type: ignore[arg-type]  # the same
    }
    assert ana.places == {QueueId("support"): Place(priority=99, delay_s=9999.0)}  # type: ignore[arg-type]  # the same
    assert (ana.capacity, ana.weight) == (4, 3)


@pytest.mark.parametrize(
    ("queue", "agent", "words"),
    [
        ('steps = [{ skills = "french >=" }]', "", r"a level from 1 to 5 is expected here \(character 10\)"),
        ('steps = [{ skills = "german" }]', "", "there is no skill “german”; there are french, lamps"),
        ('steps = [{ agent = "bob" }]', "", "'bob' is not one of ana"),
        ("steps = [{}, {}]", "", "the one before never expires"),
        ("steps = [" + "{ expires_s = 1 }," * 21 + "]", "", "there are 21 steps; at most 20"),
        ("steps = [{ expire_s = 1 }]", "", "Did you mean expires_s"),
        ('select = "best"', "", "'best' is not one of least_occupied, longest_idle"),
        ('missed = "some"', "", "'some' is not one of all, off, queue"),
        ("offers = { chat = {} }", "", "this queue does not take chat"),
        ("offers = { voice = { offer_s = 6 } }", "", "6 is out of range; 7 to 900"),
        ("text_offer_s = 901", "", "901 is out of range; 7 to 900"),
        ("priority = 100", "", "100 is out of range; 1 to 99"),
        ("", "places = { sales = {} }", "the agent is not in this queue"),
        ("", "places = { support = { priority = 0 } }", "0 is out of range; 1 to 99"),
        ("", "places = { support = { delay_s = 10000 } }", "10000 is out of range; 0 to 9999"),
        ("", "capacity = -1", "-1 is out of range; 0 to 100"),
        ("", "weight = 0", "0 is out of range; 1 to 99"),
        ("", "capacity = 1", "one Voice costs 2 units: with 1 none is ever offered. Give at least 2"),
        ('steps = [{ agent = "sue" }]', '\n[agents.sue]\nname = "Sue"', "sue is in no queue, so takes"),
    ],
)
def test_what_cannot_be_is_told(queue: str, agent: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(queue, agent)


def test_a_queue_has_few_different_delays() -> None:
    crowd = "".join(
        f'\n[agents.a{n}]\nname = "A{n}"\nqueues = ["support"]\nplaces = {{ support = {{ delay_s = {n} }} }}'
        for n in range(22)
    )
    with pytest.raises(ConfigError, match="21 different delays; at most 20"):
        read(agent=crowd)
