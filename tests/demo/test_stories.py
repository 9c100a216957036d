"""The simulated customers are the sample's, and reach what they ask for."""

from __future__ import annotations

import pytest

from agent_desktop.demo.callers import STORIES, Story
from agent_desktop.demo.customers import LETTERS
from agent_desktop.demo.firm import centre_file, firm
from agent_desktop.domain import ivr
from agent_desktop.domain.customer import normal
from agent_desktop.server.config import load_centre


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_caller_is_a_customer_and_comes_to_a_queue(story: Story) -> None:
    known = {normal("phone", p): row.name for row in firm().customers for p in row.phones}
    assert known.get(normal("phone", story.number)) == story.name
    centre = load_centre(centre_file())
    flow = centre.flows[centre.numbers[story.dials].flow]
    taken = ivr.begin(flow)
    if isinstance(taken.effect, ivr.Ask):  # the demo never closes
        taken = ivr.answered(flow, taken.place, found=True)
    if story.key:
        taken = ivr.pressed(flow, taken.place, story.key)
    assert isinstance(taken.effect, ivr.PutInQueue)


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter[0])
def test_a_writer_is_a_customer(letter: tuple[str, str, str, str]) -> None:
    known = {mail: row.name for row in firm().customers for mail in row.emails}
    assert known.get(letter[1]) == letter[0]
