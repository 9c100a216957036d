"""What a flow can find out while a caller waits: opening hours, the customer, an order (H2), where to wait.

A customer is found by telephone number, an order among those of the calling customer alone: nobody hears
of a stranger's order by guessing numbers.  Values are for prompts: short texts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from agent_desktop.domain import customer as customers
from agent_desktop.domain import overflow
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.customer import Customer, Order
from agent_desktop.domain.hours import is_open
from agent_desktop.domain.types import AgentId, QueueId
from agent_desktop.server.hub import Hub


def find_out(hub: Hub, kind: str, value: str, caller: str) -> tuple[bool, dict[str, str]]:
    """(found or open, values for the flow's variables)."""
    match kind:
        case "hours":
            return open_now(hub, value), {}
        case "customer":
            customer = _customer(hub, value)
            return customer is not None, {} if customer is None else _of_customer(customer)
        case "order":
            order = _order(hub, value, caller)
            return order is not None, {} if order is None else _of_order(order)
        case _:
            return False, {}


def open_now(hub: Hub, calendar: str) -> bool:
    """Whether the hours of that name are open."""
    hours = hub.centre.hours.get(calendar)
    return hours is not None and is_open(hours, hub.clock.now())


def admitted(hub: Hub, queue: QueueId) -> overflow.Admission:
    """Where a caller who is sent to a queue waits now."""
    return _admitted(hub, queue, lambda one: is_empty(hub, one, one.join_empty))


def sent_away(hub: Hub, queue: QueueId) -> overflow.Admission:
    """Where a caller waits on whom a queue sends away because nobody is left in it."""
    return _admitted(hub, queue, lambda one: one.id == queue or is_empty(hub, one, one.join_empty))


def is_empty(hub: Hub, queue: Queue, factors: Collection[str]) -> bool:
    """Whether no agent of a queue is there, but for those in one of the factors (G9)."""
    found = (overflow.absence(a, queue.id, _calls(hub, a.id)) for a in hub.index.members(queue.id))
    return bool(factors) and overflow.nobody_there(factors, found)


def _calls(hub: Hub, agent: AgentId) -> list[str]:
    """The states of the calls that an agent has in hand."""
    mine = (hub.tables.interactions[key] for key in hub.tables.in_hand.get(agent, ()))
    return [i.state for i in mine if hub.media[i.medium].talk]


def _admitted(hub: Hub, queue: QueueId, empty: Callable[[Queue], bool]) -> overflow.Admission:
    return overflow.admitted(
        hub.centre.queues,
        queue,
        is_open=lambda name: open_now(hub, name),
        waiting=hub.index.waiting,
        is_empty=empty,
    )


def _customer(hub: Hub, number: str) -> Customer | None:
    if not number:
        return None
    return customers.match(hub.store.customers_at("phone", customers.normal("phone", number)))[0]


def _order(hub: Hub, value: str, caller: str) -> Order | None:
    """The caller's order of that number; the newest one when the value is the caller's own number."""
    customer = _customer(hub, caller)
    if customer is None:
        return None
    if value == caller:
        return max(customer.orders, key=lambda order: order.ordered_at, default=None)
    wanted = _digits(value)
    return next((order for order in customer.orders if wanted and _digits(order.id) == wanted), None)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _of_customer(customer: Customer) -> dict[str, str]:
    return {
        "customer.name": customer.name,
        "customer.city": customer.city,
        "customer.language": customer.language,
    }


def _of_order(order: Order) -> dict[str, str]:
    return {
        "order.id": order.id,
        "order.title": order.title,
        "order.state": order.state,
        "order.value": order.value,
    }
