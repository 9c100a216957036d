"""Wrap-up as rules: which of the five modes, how long, who may leave when, and what a code brings about.

The five modes (PRODUCT 3.6) are rows of one table; `tests/domain/wrapup_tables.py` says the same in words.

One clock (PRODUCT 3.3.6, R26): the wrap-ups of one agent that have a limit end together, at the latest of
their deadlines.  One that begins while another runs never shortens anything, whatever its queue says.

The safety time (PRODUCT 3.3.4) ends what the deadline did not: a limit that was lost or came later, a clock
that was lengthened again and again.  It never cuts a queue's own time, and knows no work without a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.centre import Disposition, Queue, WrapUpRules
from agent_desktop.domain.interaction import WRAP_UP, Interaction
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.types import CustomerId, DispositionCode, Instant, MediumId, Seconds

NONE = DispositionCode("none")  # there was no wrap-up, or it was left without a code
TIMEOUT = DispositionCode("timeout")  # the time was over and no code was chosen
LEFT = DispositionCode("left")  # the agent was gone and did not come back
FORCED = DispositionCode("forced")  # a supervisor ended it and chose no other code
SYSTEM_CODES: Final[Mapping[DispositionCode, str]] = {
    NONE: "No code",
    TIMEOUT: "Time was over",
    LEFT: "The agent left",
    FORCED: "Ended by a supervisor",
}

CALLBACK = MediumId("callback")  # of `wrapups`: callbacks by which the agent's phone rings first
LONGEST_S: Final = 2_000_000.0
AGENT_FIRST: Final = "agent_first"
PHONE: Final = "phone"
_AFTER: Final = {
    "open": "The conversation stays open",
    "snoozed": "The conversation is put aside until the customer writes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What a mode allows; the words are the operating guide's."""

    begins: bool = True  # there is a wrap-up at all
    needs_code: bool = True  # it cannot be left without one
    leaves_early: bool = True  # a code ends it at once; else at the deadline
    timed: bool = False  # the deadline ends it


MODES: Final[Mapping[str, Mode]] = {
    "none": Mode(begins=False, needs_code=False),
    "optional": Mode(needs_code=False),
    "mandatory": Mode(),
    "mandatory_timed": Mode(timed=True),
    "mandatory_fixed": Mode(timed=True, leaves_early=False),
}


def rules(queue: Queue, medium: MediumId, *, callback: bool = False) -> WrapUpRules:
    """How work of a medium is wrapped up in a queue; `callback`: the customer was called back."""
    own = WrapUpRules(mode=queue.wrapup_mode, wrapup_s=queue.wrapup_s)
    if callback and queue.callback == AGENT_FIRST and CALLBACK in queue.wrapups:
        return queue.wrapups[CALLBACK]
    return queue.wrapups.get(medium, own)


def rules_for(queue: Queue, i: Interaction) -> WrapUpRules:
    """How this interaction is wrapped up."""
    return rules(queue, i.medium, callback=i.callback_tries > 0)


def limited(rule: WrapUpRules) -> bool:
    """Whether it ends by itself: a mode with a clock, and a time above 0 (0: no limit)."""
    return MODES[rule.mode].timed and rule.wrapup_s > 0


def deadline(rule: WrapUpRules, now: Instant, running: Iterable[Interaction] = ()) -> Instant:
    """When a wrap-up that begins now ends; 0: it has no limit.  `running`: the agent's other wrap-ups."""
    if not limited(rule):
        return Instant(0.0)
    return max(Instant(now + rule.wrapup_s), clock(running))


def clock(running: Iterable[Interaction]) -> Instant:
    """When the one clock of an agent ends; 0: none runs."""
    ends = (i.wrapup_deadline_at for i in running if i.state == WRAP_UP)
    return max(ends, default=Instant(0.0))


def followers(running: Iterable[Interaction], end: Instant) -> tuple[Interaction, ...]:
    """The wrap-ups whose deadline moves to the clock's new end; never to an earlier one."""
    timed = (i for i in running if i.state == WRAP_UP and i.wrapup_deadline_at)
    return tuple(i for i in timed if i.wrapup_deadline_at < end)


def safe_until(rule: WrapUpRules, i: Interaction, safety_s: Seconds) -> Instant:
    """When the safety job ends it at the latest; 0: never.  A queue's own longer time may be lengthened."""
    if not limited(rule):
        return Instant(0.0)
    if rule.wrapup_s >= safety_s and i.wrapup_extensions:
        return i.wrapup_deadline_at
    return Instant(i.wrapup_at + max(safety_s, rule.wrapup_s))


def over_at(rule: WrapUpRules, i: Interaction, safety_s: Seconds) -> Instant:
    """When the router ends it: its deadline or the safety time, whichever is first; 0: never."""
    safe = safe_until(rule, i, safety_s)
    ends = [at for at in (i.wrapup_deadline_at, safe) if at]
    return min(ends, default=Instant(0.0))


def code_at_end(i: Interaction) -> tuple[DispositionCode, str]:
    """The code that is written when the time is over, and by whom: the one chosen, else `timeout`."""
    return (i.disposition, "agent") if i.disposition else (TIMEOUT, "timeout")


# --- what a code brings about ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """The customer is called back at this number, not before."""

    number: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCalling:
    """Nobody calls this customer again; one without a card is known by the address alone."""

    customer: CustomerId
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveConversation:
    """The conversation is resolved, open or snoozed from now on."""

    state: str


Effect = CallBack | StopCalling | MoveConversation


def customers_address(i: Interaction) -> str:
    """Where the customer is: the other side of it."""
    return i.to_address if i.direction == "out" else i.from_address


def number_of(i: Interaction, values: Mapping[str, str]) -> str:
    """The number to call back: the form's field `number`, else the customer's own; empty: none is known."""
    calls = i.medium in MEDIA and MEDIA[i.medium].address_kind == PHONE
    number = values.get("number", "").strip() or (customers_address(i) if calls else "")
    return number if any(sign.isdigit() for sign in number) else ""


def effects(d: Disposition, i: Interaction, values: Mapping[str, str], now: Instant) -> tuple[Effect, ...]:
    """What choosing a code does, in the order in which it is done."""
    found: list[Effect] = []
    if d.do_not_call:
        found.append(StopCalling(customer=i.customer, address=customers_address(i)))
    if d.callback_s:
        found.append(CallBack(number=number_of(i, values), at=Instant(now + d.callback_s)))
    if i.conversation:
        found.append(MoveConversation(state=d.conversation))
    return tuple(found)


def told(d: Disposition) -> tuple[str, ...]:
    """What a code does, as the form says it before it is chosen."""
    words = []
    if d.do_not_call:
        words.append("Nobody calls this customer again")
    if d.callback_s:
        words.append(f"The customer is called back in {spoken(d.callback_s)}")
    if d.survey:
        words.append("A survey can be asked for")
    if d.conversation != "resolved":
        words.append(_AFTER[d.conversation])
    return tuple(words)


def spoken(seconds: Seconds) -> str:
    """A span in the largest unit that tells it exactly: 1 day, 90 minutes."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and not seconds % size:
            count = round(seconds / size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds:g} seconds"
