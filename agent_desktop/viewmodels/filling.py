"""Variables in templates and scripts, filled from the card: `{customer.name}`, `{agent.name}`.

Only the names of `values` mean anything: a text from a configuration can reach nothing else, and a value
from outside that contains braces is not filled again.
"""

from __future__ import annotations

import re

from agent_desktop.client.situation import Situation
from agent_desktop.wire.models import InteractionModel

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


def values(s: Situation, interaction: InteractionModel | None) -> dict[str, str]:
    """Every variable and its value here; an empty value is missing."""
    replica = s.store.replica
    card = replica.customers.get(interaction.customer) if interaction is not None else None
    name = (card.name if card is not None else "") or (interaction.customer_name if interaction else "")
    order = card.orders[0] if card is not None and card.orders else None
    known = {
        "customer.name": name,
        "customer.first_name": name.split()[0] if name.split() else "",
        "customer.city": card.city if card is not None else "",
        "customer.language": card.language if card is not None else "",
        "customer.email": _address(s, interaction, "email"),
        "customer.phone": _address(s, interaction, "phone"),
        "order.id": order.id if order is not None else "",
        "order.title": order.title if order is not None else "",
        "order.state": order.state if order is not None else "",
        "agent.name": replica.me.name,
        "agent.first_name": replica.me.name.split()[0] if replica.me.name.split() else "",
        "centre.name": replica.centre.name,
        "queue.name": s.store.queue(interaction.queue).name if interaction is not None else "",
        "subject": interaction.subject if interaction is not None else "",
    }
    if card is not None:
        known |= {f"customer.{label.lower().replace(' ', '_')}": value for label, value in card.facts}
    return known


def _address(s: Situation, interaction: InteractionModel | None, kind: str) -> str:
    card = s.store.replica.customers.get(interaction.customer) if interaction is not None else None
    return next((a.value for a in card.addresses if a.kind == kind), "") if card is not None else ""


def filled(text: str, known: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with its variables replaced, and the names of those that have no value."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        known_value = known.get(found[1], "")
        if not known_value and found[1] not in missing:
            missing.append(found[1])
        return known_value or found[0]

    return _VARIABLE.sub(value, text), tuple(missing)


def variables(text: str) -> tuple[str, ...]:
    """The names of the variables that still stand in a text, each once."""
    return tuple(dict.fromkeys(found[1] for found in _VARIABLE.finditer(text)))
