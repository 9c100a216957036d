"""Which numbers may be called from here, how often and for how much: the limits against toll fraud.

Somebody who has stolen one telephone's password calls dear numbers all night; whoever pays the bill sees
it a month later.  So every call to the outside is judged before it is dialled, and pays ahead: a minute is
bought when the number is dialled, the next one before the last is over.  A call that cannot buy its next
minute ends.  What is bought is therefore never more than the limit, whatever happens in whatever order.

Rules of the file: numbers are compared in one form (`normal`), so that no spelling passes a prefix by; a
number is judged as it was dialled and as it leaves the house; what is refused in either form is refused;
emergency numbers are always allowed and cost nothing; "a day" is any 24 hours; money is counted in whole
ten-thousandths, prices rounded up and the limit down.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.domain.types import Instant, Seconds

EMERGENCY: Final = ("112", "911", "999", "110")
MINUTE: Final = Seconds(60.0)
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_BUCKET_S: Final = 900
_UNIT: Final = 10_000
_LONGEST: Final = 40
_SEPARATORS: Final = frozenset(" -./()\u00a0\u2007\u2010\u2011\u2012\u2013\u202f\t")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the centre allows; 0 is no limit, no `allowed` prefix allows what is not refused."""

    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    emergency: tuple[str, ...] = EMERGENCY
    calls_per_agent: int = 0
    dials_per_agent_hour: int = 0
    minutes_per_call: float = 0.0
    prices: tuple[tuple[str, float], ...] = ()
    per_day: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One call to the outside.  `price` is what a minute costs; until the answer one minute is only kept."""

    call: str
    agent: str
    price: int
    emergency: bool
    begun_at: Instant
    answered_at: Instant | None = None
    paid_until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was dialled and bought: calls that are up, dials of the last hour, minutes of the last day."""

    lines: tuple[Line, ...] = ()
    dials: tuple[tuple[str, Instant], ...] = ()
    spent: tuple[tuple[int, int], ...] = ()
    """Quarters of an hour (counted since 1970) and what was bought in each."""

    def line(self, call: str) -> Line | None:
        return next((line for line in self.lines if line.call == call), None)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The number may be dialled; a minute costs `price` ten-thousandths."""

    price: int = 0
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not; `words` are for the agent, `code` for programs."""

    words: str
    code: str


def dialable(number: str) -> str:
    """The number as it is sent: ASCII digits, `*`, `#` and a leading `+`; "" for what is none.

    Spaces and the usual separators go; digits of every script become ASCII, full-width signs too.
    """
    kept: list[str] = []
    for sign in unicodedata.normalize("NFKC", number):
        if sign in _SEPARATORS:
            continue
        if sign.isdecimal():
            kept.append(str(unicodedata.decimal(sign)))
        elif sign in "*#" or (sign == "+" and not kept):
            kept.append(sign)
        else:
            return ""
    found = "".join(kept)
    return found if 0 < len(found.removeprefix("+")) <= _LONGEST else ""


def normal(number: str) -> str:
    """The form in which numbers and prefixes are compared: as `dialable`, with `+` for a leading 00."""
    found = "+" if number.strip() == "+" else dialable(number)
    return "+" + found[2:] if found.startswith("00") else found


def longest_fit(number: str, prefixes: Iterable[str]) -> str | None:
    """The longest prefix that a number (in its normal form) begins with; "" stands for every number.

    A prefix that is no beginning of a number fits none.
    """
    readable = {prefix: normal(prefix) for prefix in prefixes}
    fitting = [p for p, form in readable.items() if number.startswith(form) and (form or not p.strip())]
    return max(fitting, key=lambda prefix: len(readable[prefix]), default=None)


def verdict(
    limits: Limits, ledger: Ledger, number: str, agent: str, now: Instant, *, leaves_as: str = ""
) -> Allowed | Refused:
    """May `agent` ("" for the centre itself) dial this number now?

    `leaves_as` is what the outbound route makes of it.
    """
    forms = tuple({form for form in (normal(number), normal(leaves_as)) if form})
    if not normal(number):
        return Refused("This is not a telephone number.", "bad_number")
    if normal(number) in {normal(known) for known in limits.emergency}:
        return Allowed(emergency=True)
    if any(_is_refused(limits, form) for form in forms):
        return Refused("This centre does not call such numbers.", "refused_number")
    if limits.allowed and not any(longest_fit(form, limits.allowed) is not None for form in forms):
        return Refused("This centre does not call such numbers.", "refused_number")
    if agent and (refusal := _pace(limits, ledger, agent, now)):
        return refusal
    price = max(price_of(limits, form) for form in forms)
    if price and not _affords(limits, ledger, price, now):
        return Refused("The centre has spent what it may on calls today.", "spent")
    return Allowed(price)


def _is_refused(limits: Limits, number: str) -> bool:
    refused = longest_fit(number, limits.refused)
    if refused is None:
        return False
    allowed = longest_fit(number, limits.allowed)
    return allowed is None or len(normal(allowed)) <= len(normal(refused))


def _pace(limits: Limits, ledger: Ledger, agent: str, now: Instant) -> Refused | None:
    up = sum(line.agent == agent and not line.emergency for line in ledger.lines)
    if limits.calls_per_agent and up >= limits.calls_per_agent:
        return Refused(f"You have {up} calls outside already; end one first.", "too_many_calls")
    dialled = sum(who == agent and now - at < _HOUR_S for who, at in ledger.dials)
    if limits.dials_per_agent_hour and dialled >= limits.dials_per_agent_hour:
        return Refused(f"You have dialled {dialled} times within an hour; wait a little.", "too_many_dials")
    return None


def price_of(limits: Limits, number: str) -> int:
    """What a minute to this number (in its normal form) costs, in ten-thousandths, rounded up."""
    prices = dict(limits.prices)
    found = longest_fit(number, prices)
    return 0 if found is None else max(0, math.ceil(round(prices[found] * _UNIT, 6)))


def _affords(limits: Limits, ledger: Ledger, price: int, now: Instant) -> bool:
    if not limits.per_day:
        return True
    return bought(ledger, now) + kept(ledger) + price <= math.floor(round(limits.per_day * _UNIT, 6))


def bought(ledger: Ledger, now: Instant) -> int:
    """What the last 24 hours cost; a quarter of an hour counts until its end is a day old.

    A clock that was set back makes nothing cheaper: what lies in the future counts too.
    """
    return sum(cost for quarter, cost in ledger.spent if (quarter + 1) * _BUCKET_S > now - _DAY_S)


def kept(ledger: Ledger) -> int:
    """What is set aside for the first minute of calls that are not answered yet."""
    return sum(line.price for line in ledger.lines if line.answered_at is None)


def begun(ledger: Ledger, call: str, agent: str, allowed: Allowed, now: Instant) -> Ledger:
    """The number is being dialled: the dial counts, and its first minute is set aside."""
    dials = tuple((who, at) for who, at in ledger.dials if now - at < _HOUR_S)
    if agent and not allowed.emergency:
        dials = (*dials, (agent, now))
    line = Line(call, agent, allowed.price, allowed.emergency, now)
    return replace(ledger, lines=(*_without(ledger, call), line), dials=dials)


def answered(ledger: Ledger, call: str, now: Instant) -> Ledger:
    """The first minute that was set aside is bought."""
    line = ledger.line(call)
    if line is None or line.answered_at is not None:
        return ledger
    up = replace(line, answered_at=now, paid_until=Instant(now + MINUTE))
    return _paid(replace(ledger, lines=(*_without(ledger, call), up)), line.price, now)


def renewed(limits: Limits, ledger: Ledger, call: str, now: Instant) -> Ledger | None:
    """Buy one more minute; None when there is no money for it, or the call has lasted its time."""
    line = ledger.line(call)
    if line is None or line.paid_until is None or line.answered_at is None:
        return None
    if line.paid_until >= last_moment(limits, line):
        return None
    if line.price and not _affords(limits, ledger, line.price, now):
        return None
    longer = replace(line, paid_until=Instant(line.paid_until + MINUTE))
    return _paid(replace(ledger, lines=(*_without(ledger, call), longer)), line.price, now)


def last_moment(limits: Limits, line: Line) -> float:
    """When the call has lasted as long as a call may."""
    if line.answered_at is None or line.emergency or not limits.minutes_per_call:
        return math.inf
    return line.answered_at + limits.minutes_per_call * MINUTE


def ends_at(limits: Limits, line: Line) -> float:
    """When the call has to end as things stand: its paid time or its longest time is over."""
    return math.inf if line.paid_until is None else min(line.paid_until, last_moment(limits, line))


def ended(ledger: Ledger, call: str) -> Ledger:
    """The call is over; a minute that was only set aside is free again."""
    return replace(ledger, lines=_without(ledger, call))


def settled(ledger: Ledger) -> Ledger:
    """What has to be remembered if every call is forgotten now: minutes set aside are bought."""
    for line in ledger.lines:
        if line.answered_at is None:
            ledger = _paid(ledger, line.price, line.begun_at)
    return replace(ledger, lines=())


def _without(ledger: Ledger, call: str) -> tuple[Line, ...]:
    return tuple(line for line in ledger.lines if line.call != call)


def _paid(ledger: Ledger, price: int, now: Instant) -> Ledger:
    if not price:
        return ledger
    quarter = int(now // _BUCKET_S)
    recent = {q: cost for q, cost in ledger.spent if (q + 1) * _BUCKET_S > now - _DAY_S}
    recent[quarter] = recent.get(quarter, 0) + price
    return replace(ledger, spent=tuple(sorted(recent.items())))
