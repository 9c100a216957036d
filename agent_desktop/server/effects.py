"""What a disposition code brings about: a callback, no more calls, the state of the conversation (F7).

`domain.wrapup.effects` says what; here it is done, once, in the step that closes the interaction.  What can
be refused is refused before anything changes (`check`); a code that was chosen earlier and takes effect at
the deadline closes the interaction all the same, and what could not be done is noted in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import wrapup
from agent_desktop.domain.centre import Disposition
from agent_desktop.domain.customer import DO_NOT_CALL, Customer
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import CustomerId, DispositionCode, Instant
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Hub, Step

UNWANTED = DispositionCode(DO_NOT_CALL)  # of callbacks that waited when the customer wanted no more calls
_WAITS = frozenset({interactions.PARKED, interactions.QUEUED, interactions.OFFERED})

CallLater = Callable[[Step, Interaction, str, Instant], object]


def may_call(step: Step, customer: CustomerId, number: str) -> None:
    """Raise `RefusedError` when the customer, or whoever has this number, wants no calls (I5)."""
    known = step.customer_of(customer)
    for one in (*((known,) if known is not None else ()), *at_address(step, wrapup.PHONE, number)):
        if DO_NOT_CALL in one.tags:
            raise RefusedError(f"{one.name} asked not to be called: {number}.", code="do_not_call")


def at_address(step: Step, kind: str, address: str) -> tuple[Customer, ...]:
    """The cards with an address, as they are in this step."""
    if not address or not kind:
        return ()
    found = step.hub.store.customers_at(kind, customers.normal(kind, address))
    return tuple(step.customer_of(one.id) or one for one in found)


class Effects:
    """Carries out what codes bring about."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.call_later: CallLater | None = None  # the callbacks join here

    def check(self, step: Step, i: Interaction, disposition: Disposition, values: Mapping[str, str]) -> None:
        """Raise `RefusedError` in words when something that the code wants cannot be done."""
        for effect in wrapup.effects(disposition, i, values, step.now):
            if isinstance(effect, wrapup.CallBack):
                self._can_call(step, i, effect)

    def carry_out(self, step: Step, i: Interaction) -> None:
        """Do it; `i` has just been closed."""
        disposition = self._hub.centre.dispositions.get(i.disposition)
        if disposition is None:  # a code of the system's own, or one that is not configured any more
            if i.disposition == wrapup.NONE:
                _move(step, i, "resolved")
            return
        for effect in wrapup.effects(disposition, i, i.disposition_values, step.now):
            match effect:
                case wrapup.StopCalling():
                    self._stop_calling(step, i, effect)
                case wrapup.CallBack():
                    self._call_back(step, i, effect)
                case wrapup.MoveConversation():
                    _move(step, i, effect.state)

    def _can_call(self, step: Step, i: Interaction, effect: wrapup.CallBack) -> None:
        if self.call_later is None:
            raise RefusedError("This centre makes no calls. Choose another code.", code="no_calls")
        if not (number := _number(step, i, effect)):
            said = "There is no number to call back. Write it into the form, or choose another code."
            raise RefusedError(said, code="no_number")
        may_call(step, i.customer, number)

    def _call_back(self, step: Step, i: Interaction, effect: wrapup.CallBack) -> None:
        try:
            self._can_call(step, i, effect)
        except RefusedError as error:
            said = interactions.ActNoted(
                interaction=i.id, at=step.now, by=i.agent, act="callback_refused", detail=str(error)
            )
            step.note(said)
            return
        if self.call_later is not None:
            self.call_later(step, i, _number(step, i, effect), effect.at)

    def _stop_calling(self, step: Step, i: Interaction, effect: wrapup.StopCalling) -> None:
        """The card is marked; who has none gets one, so that the address is known next time."""
        kind = self._hub.media[i.medium].address_kind
        known = step.customer_of(effect.customer)
        cards = (known,) if known is not None else at_address(step, kind, effect.address)
        if not cards and effect.address and kind:
            name = i.customer_name or effect.address
            made = Customer(
                id=CustomerId(step.new_id("k")),
                name=name,
                addresses=(customers.Address(kind=kind, value=effect.address),),
            )
            step.customer(customers.CustomerAdded(customer=made.id, at=step.now, value=made))
            cards = (made,)
        for card in cards:
            step.customer(customers.Tagged(customer=card.id, at=step.now, tag=DO_NOT_CALL))
        self._cancel_callbacks(step, {card.id for card in cards}, effect.address)

    def _cancel_callbacks(self, step: Step, cards: set[CustomerId], address: str) -> None:
        """What waits to be called back is called back no more."""
        for other in tuple(step.tables.interactions.values()):
            waits = other.state in _WAITS and other.callback_number
            if waits and (other.customer in cards or other.callback_number == address):
                if other.offer is not None:
                    step.interaction(
                        interactions.OfferEnded(
                            interaction=other.id,
                            at=step.now,
                            offer=other.offer.id,
                            agent=other.offer.agent,
                            why="withdrawn",
                        )
                    )
                step.interaction(
                    interactions.Closed(interaction=other.id, at=step.now, code=UNWANTED, cause="system")
                )


def _number(step: Step, i: Interaction, effect: wrapup.CallBack) -> str:
    """The number that the effect names, else one of the customer's card; empty: none is known."""
    card = step.customer_of(i.customer)
    known = (a.value for a in card.addresses if a.kind == wrapup.PHONE) if card is not None else ()
    return effect.number or next(iter(known), "")


def _move(step: Step, i: Interaction, state: str) -> None:
    """The conversation's state; one without messages (a call's) has none to keep."""
    conversation = step.conversation_of(i.conversation)
    if conversation is None or not conversation.messages or conversation.state == state:
        return
    events = {
        "resolved": conversations.Resolved,
        "open": conversations.Reopened,
        "snoozed": conversations.Snoozed,
    }
    step.conversation(events[state](conversation=conversation.id, at=step.now))
