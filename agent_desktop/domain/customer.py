"""Who it is: addresses, matching.  A match is certain or a suggestion, never a silent merge (C5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent_desktop.domain.types import CustomerId, Instant

COUNTRY_PREFIX_DIGITS = 9
DO_NOT_CALL = "do_not_call"  # the tag of a customer whom nobody may call (I5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One way to reach a customer; `kind` is phone, email, chat, sms or social."""

    kind: str
    value: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A purchase as the shop connector tells it; `tone` is ok, warning, danger or plain."""

    id: str
    title: str
    state: str = ""
    tone: str = "plain"
    value: str = ""
    ordered_at: Instant = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The person or firm served, with the card's contents."""

    id: CustomerId
    name: str
    addresses: tuple[Address, ...] = ()
    language: str = ""
    timezone: str = ""
    city: str = ""
    since_year: int = 0
    tags: tuple[str, ...] = ()
    access_needs: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    alerts: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent:
    """Something that became known about a customer."""

    customer: CustomerId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAdded(CustomerEvent):
    """A new card."""

    value: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAdded(CustomerEvent):
    """One more way to reach the customer."""

    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged(CustomerEvent):
    """A word that holds for the customer from now on: `do_not_call`."""

    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untagged(CustomerEvent):
    """A word that does not hold any more."""

    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessNeedsSet(CustomerEvent):
    """What this customer needs to be served well, all of it: known codes (`timers.NEEDS`) or own words."""

    needs: tuple[str, ...]


def step(before: Customer | None, event: CustomerEvent) -> Customer:
    """The customer after `event`; `before` is None for `CustomerAdded` alone."""
    match event:
        case CustomerAdded():
            return event.value
        case AddressAdded(address=address) if before is not None:
            if any((a.kind, a.value) == (address.kind, address.value) for a in before.addresses):
                return before
            return replace(before, addresses=(*before.addresses, address))
        case Tagged(tag=tag) if before is not None:
            return before if tag in before.tags else replace(before, tags=(*before.tags, tag))
        case Untagged(tag=tag) if before is not None:
            return replace(before, tags=tuple(one for one in before.tags if one != tag))
        case AccessNeedsSet(needs=needs) if before is not None:
            return replace(before, access_needs=needs)
        case _:
            raise ValueError(event.customer)


def normal(kind: str, value: str) -> str:
    """The form in which addresses are compared: lower-case mail, digits of a number."""
    if kind == "phone":
        digits = "".join(c for c in value if c.isdigit())
        if value.strip().startswith("00"):
            digits = digits[2:]
        return f"+{digits}" if len(digits) > COUNTRY_PREFIX_DIGITS else digits
    return value.strip().casefold()


def match(candidates: Sequence[Customer]) -> tuple[Customer | None, tuple[Customer, ...]]:
    """One card with the address is who it is; several are suggestions for a person to choose from."""
    if len(candidates) == 1:
        return candidates[0], ()
    return None, tuple(candidates)
