"""The parts of a customer's card."""

from __future__ import annotations

from agent_desktop.wire.model import Model


class AddressModel(Model, frozen=True, kw_only=True):
    """One way to reach a customer; `kind` is phone, email, chat, sms or social."""

    kind: str
    value: str
    verified: bool = False


class OrderModel(Model, frozen=True, kw_only=True):
    """A purchase, from the shop connector; `tone` is ok, warning, danger or plain."""

    id: str
    title: str
    state: str = ""
    tone: str = "plain"
    value: str = ""
    ordered_at: float = 0.0


class HistoryModel(Model, frozen=True, kw_only=True):
    """One earlier interaction on the customer's card."""

    interaction: str
    medium: str
    at: float
    summary: str
    conversation: str = ""
    disposition: str = ""
    handle_s: float = 0.0
