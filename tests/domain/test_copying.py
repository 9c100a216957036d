"""A copy is equal to what `dataclasses.replace` gives, and the original stays as it was."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.agent import Agent
from agent_desktop.domain.copying import quick, replace
from agent_desktop.domain.interaction import Held, Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId

ONE = Interaction(id=InteractionId("i1"), medium=MediumId("email"), skills={}, tags=("new",))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "state": st.text(),
            "unread": st.integers(),
            "path": st.tuples(st.text()),
            "offer": st.none(),
        },
    )
)
def test_a_copy_is_what_the_standard_library_gives(changes: dict[str, object]) -> None:
    before = dataclasses.asdict(ONE)
    assert replace(ONE, **changes) == dataclasses.replace(ONE, **changes)  # type: ignore[arg-type]  # fields by name
    assert dataclasses.asdict(ONE) == before


def test_an_agent_can_be_copied() -> None:
    agent = Agent(id=AgentId("ana"), name="Ana")
    assert replace(agent, state="ready") == dataclasses.replace(agent, state="ready")
    assert replace(agent) == agent
    assert replace(agent) is not agent


def test_an_event_with_the_fields_of_its_base_can_be_copied_and_stays_frozen() -> None:
    event = Held(interaction=ONE.id, at=Instant(1.0))
    later = replace(event, at=Instant(2.0))
    assert later == Held(interaction=ONE.id, at=Instant(2.0))
    assert type(later) is Held
    with pytest.raises(dataclasses.FrozenInstanceError):
        later.at = Instant(3.0)  # type: ignore[misc]  # it is frozen


def test_what_is_made_quickly_is_what_the_standard_library_makes() -> None:
    one, other = Quick(name="a"), Plain(name="a")
    assert dataclasses.asdict(one) == dataclasses.asdict(other) == {"name": "a", "level": 1, "tags": {}}
    assert one == Quick(name="a", level=1, tags={})
    assert one.tags is not Quick(name="a").tags, "each has its own"
    assert hash(dataclasses.replace(one, tags=())) == hash(Quick(name="a", tags=()))
    assert inspect.signature(Quick) == inspect.signature(Plain)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.level = 2  # type: ignore[misc]  # it is frozen
    with pytest.raises(TypeError):
        Quick()  # type: ignore[call-arg]  # it has no name
    with pytest.raises(TypeError):
        Quick(name="a", colour="red")  # type: ignore[call-arg]  # there is no such field


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="has no field 'colour'"):
        replace(ONE, colour="red")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    name: str
    level: int = 1
    tags: object = dataclasses.field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    name: str
    level: int = 1
    tags: object = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Loose:
    one: int = 1
    two: int = 2


@dataclass(frozen=True, slots=True)
class Careful:
    one: int = 1
    two: int = 2

    def __post_init__(self) -> None:
        """Something that a copy must not leave out."""


@pytest.mark.parametrize("kind", [Loose, Careful])
def test_what_is_not_of_slots_alone_is_refused(kind: type[object]) -> None:
    with pytest.raises(TypeError, match="no dataclass of slots alone"):
        replace(kind())
