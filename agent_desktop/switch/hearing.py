"""Who hears whom: a pure function from a call to the gains of every listener.

The circle is those who talk with one another now: the agent, the customer unless on hold or left out, and
the guests whom the agent talks with.  Everything else follows from it.

Rules, each kept by a test over any history:
- a customer or guest who is left out of the circle, or alone in it, hears music;
- a supervisor who listens is heard by nobody, one who whispers by the agent alone, one who barges by the
  circle; a customer who waits hears none of them;
- while the call is secure no supervisor hears anything; while secret keys are gathered nobody hears the
  customer (a key is a tone too);
- prompts are the customer's alone, an announcement is everybody's but the supervisors';
- a customer who types by textphone hears no music: the machine prints it as letters; where one is only
  thought to be there, and nothing was typed, an ear hears the music;
- nobody hears itself, and whoever is muted is heard by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from agent_desktop.switch.calls import Call, Hears, Leg, Mode, Side, Talk

MUSIC: Final = "music"
RINGBACK: Final = "ringback"
TTY: Final = "tty"
DUCKED: Final = 0.1
"""The music beneath an announcement in the queue: 20 dB softer."""

Row = dict[str, float]


def rows(
    call: Call, prompts: str | None = None, *, hold_music: bool = True, typed: bool = False
) -> dict[str, Row]:
    """For every leg that has sound, whom it hears.  `prompts` is the source that plays to the customer.

    With `typed` it is whom it reads: an announcement drowns no text, and who is muted types all the same.
    """
    talking = circle(call)
    waiting = (MUSIC,) if hold_music else ()
    silent = frozenset(leg.name for leg in call.legs if leg.muted and not typed)
    heard: dict[str, Row] = {}
    for leg in call.legs:
        if not leg.sounds:
            continue
        match leg.side:
            case Side.SUPERVISOR:
                sources = _supervisor(call, leg, talking)
            case _ if call.announcement and leg.up and not typed:
                sources = (call.announcement,)
            case Side.CUSTOMER if prompts is not None:
                sources = (prompts,)
            case Side.CUSTOMER:
                sources = _customer(call, leg, talking, waiting)
            case Side.AGENT:
                sources = _agent(call, leg, talking)
            case Side.GUEST:
                sources = _talker(call, leg, talking) if _talks(leg, talking) else waiting if leg.up else ()
        heard[leg.name] = {name: 1.0 for name in sources if name not in silent}
        if leg is call.customer and sources == (prompts,) and call.ducked and not _prints(call):
            heard[leg.name][MUSIC] = DUCKED
    return heard


def circle(call: Call) -> tuple[Leg, ...]:
    """Those who talk with one another now, or would if somebody else were there."""
    agent, customer = call.agent, call.customer
    members: list[Leg] = []
    if agent is not None and agent.up and not agent.held_by_peer:
        members.append(agent)
    if customer is not None and customer.up and not call.held and call.talk is not Talk.GUEST:
        members.append(customer)
    match call.talk:
        case Talk.ALL:
            guests: Iterable[Leg] = call.guests
        case Talk.GUEST:
            guests = call.consulted
        case Talk.CUSTOMER:
            guests = (leg for leg in call.guests if leg.joined)
    members += (leg for leg in guests if leg.up and not leg.held_by_peer)
    return tuple(members)


def is_kept_waiting(call: Call) -> bool:
    """The customer is there and talks with nobody."""
    customer = call.customer
    return customer is not None and customer.up and not _talks(customer, circle(call))


def _prints(call: Call) -> bool:
    """Music would be letters to the customer's machine."""
    return call.text == TTY and call.prints


def _talks(leg: Leg, talking: tuple[Leg, ...]) -> bool:
    return len(talking) > 1 and leg in talking


def _voices(call: Call, legs: Iterable[Leg], listener: Leg) -> tuple[str, ...]:
    """The names of those who may be heard by this listener, unless they are muted."""
    return tuple(
        leg.name
        for leg in legs
        if leg is not listener and not (leg is call.customer and call.secret is not None)
    )


def _bargers(call: Call) -> tuple[Leg, ...]:
    return tuple(leg for leg in call.supervisors if leg.up and leg.mode is Mode.BARGE)


def _talker(call: Call, leg: Leg, talking: tuple[Leg, ...]) -> tuple[str, ...]:
    return _voices(call, (*talking, *_bargers(call)), leg)


def _customer(call: Call, leg: Leg, talking: tuple[Leg, ...], waiting: tuple[str, ...]) -> tuple[str, ...]:
    if _talks(leg, talking):
        return _talker(call, leg, talking)
    if not leg.up or _prints(call):
        return ()
    if call.bridged:
        return waiting
    return (MUSIC,) if call.music and (call.ducked or not call.play) else ()


def _agent(call: Call, leg: Leg, talking: tuple[Leg, ...]) -> tuple[str, ...]:
    customer = call.customer
    if not leg.up or (len(talking) < 2 and (customer is None or not customer.up)):
        return _progress(call, (customer,) if customer is not None and customer.ours else (), leg)
    teaching = tuple(sup for sup in call.supervisors if sup.up and sup.mode is not Mode.LISTEN)
    if leg not in talking:
        return _voices(call, teaching, leg)
    ringing = tuple(guest for guest in call.consulted if not guest.up)
    if call.talk is Talk.GUEST and ringing and len(talking) == 1:
        return (*_progress(call, ringing, leg), *_voices(call, teaching, leg))
    return _voices(call, (*talking, *teaching), leg)


def _progress(call: Call, ringing: Iterable[Leg], listener: Leg) -> tuple[str, ...]:
    """What the far end plays before it answers, else a ringback tone of ours."""
    early = tuple(leg for leg in ringing if leg.sounds)
    return _voices(call, early, listener) if early else (RINGBACK,)


def _supervisor(call: Call, leg: Leg, talking: tuple[Leg, ...]) -> tuple[str, ...]:
    if call.secure or not leg.up:
        return ()
    customer = call.customer
    there = (customer,) if customer is not None and customer.up else ()
    if is_kept_waiting(call):
        centre = tuple(member for member in talking if member is not customer)
        match leg.hears:
            case Hears.AGENT:
                voices = centre
            case Hears.CUSTOMER:
                voices = there
            case Hears.BOTH:
                voices = (*centre, *there)
    else:
        voices = talking
    return _voices(call, (*voices, *_bargers(call)), leg)
