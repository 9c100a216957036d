"""Where the agent stands: what an action would act on, and whom a word means.

A situation is made of the store for one question and thrown away.  It names what is meant when nothing is
named: the offer that waits least, the call that is up, the interaction that is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent_desktop.client.store import IN_HAND, Store
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.models import ConversationModel, InteractionModel, OfferModel
from agent_desktop.wire.phone import PhoneCall


@dataclass(frozen=True, slots=True)
class Situation:
    """The store, the moment and what is looked at.  `ticked` says whether every must-read line is ticked."""

    store: Store
    now: float
    selected: str = ""
    draft: str = ""
    signed_in: bool = True
    must_read_open: tuple[str, ...] = ()
    numbered: tuple[str, ...] = field(default=())  # interactions as the last list numbered them
    targets: tuple[TargetModel, ...] = ()  # what was found last to transfer to
    colleagues: tuple[tuple[str, str], ...] = ()  # whom a note can mention: (id, name)
    hears: str = "both"  # whom a supervisor hears on hold
    listed: Mapping[str, ConversationModel] = field(default_factory=dict)  # what a view's pages brought
    picked: tuple[str, ...] = ()  # conversations that are picked for one act on all of them
    browsed: InteractionModel | None = None  # stands for a conversation that is read without its work

    @property
    def online(self) -> bool:
        """The router hears us now."""
        return self.store.connection.state == "online"

    @property
    def looked_at(self) -> InteractionModel | None:
        """The interaction that is selected, if it is still in view; else what is only read."""
        return self.store.replica.interactions.get(self.selected) or self.browsed

    def mine(self) -> list[InteractionModel]:
        """What this agent has in hand, oldest first."""
        return sorted(
            (self.store.replica.interactions[i] for i in self.store.mine),
            key=lambda i: (i.accepted_at or i.arrived_at, i.id),
        )

    def talk(self) -> InteractionModel | None:
        """The call in hand: the one looked at, else the one that is up, else the held one."""
        calls = [i for i in self.mine() if self.store.medium(i.medium).talk and i.state in {"active", "held"}]
        calls.sort(key=lambda i: (i.id != self.selected, i.state != "active"))
        return calls[0] if calls else None

    def call(self) -> PhoneCall | None:
        """The own phone's call for `talk`, or one that the router does not know."""
        talk = self.talk()
        if talk is not None:
            return self.store.call_of(talk.id)
        calls = sorted(self.store.phone.calls.values(), key=lambda c: (c.state != "up", c.started_at))
        return calls[0] if calls else None

    def wrapping(self) -> InteractionModel | None:
        """The interaction to wrap up: the one looked at, else the oldest in wrap-up."""
        looked_at = self.looked_at
        if looked_at is not None and self.store.is_mine(looked_at) and looked_at.state in IN_HAND:
            return looked_at
        return next((i for i in self.mine() if i.state == "wrap_up"), looked_at)

    def offer(self, reference: str = "") -> OfferModel:
        """The offer meant.  Raises `RefusedError` when nothing is offered or no offer is called so."""
        offers = self.store.offers()
        if not offers:
            raise RefusedError(_("Nothing is offered to you now."), code="no_offer")
        if not reference:
            return offers[0]
        for offer in offers:
            if reference in {offer.id, offer.interaction}:
                return offer
        if reference.isdecimal() and 1 <= int(reference) <= len(offers):
            return offers[int(reference) - 1]
        raise RefusedError(
            _("There is no offer {reference}. Leave the name out for the first.", reference=reference),
            code="unknown",
        )

    def interaction(self, reference: str = "") -> InteractionModel:
        """The interaction meant: by id, by number in the last list, or the one looked at."""
        known = self.store.replica.interactions
        if not reference:
            chosen = self.looked_at or self.talk() or next(iter(self.mine()), None)
            if chosen is None:
                raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
            return chosen
        if reference in known:
            return known[reference]
        if reference.isdecimal() and 1 <= int(reference) <= len(self.numbered):
            found = known.get(self.numbered[int(reference) - 1])
            if found is not None:
                return found
        offer = self.store.replica.offers.get(reference)
        if offer is not None and offer.interaction in known:
            return known[offer.interaction]
        raise RefusedError(
            _("There is nothing called {reference} here.", reference=reference), code="unknown"
        )

    def target(self, word: str) -> tuple[str, str]:
        """A queue or an agent by id, name or extension: (id, name).  Raises `RefusedError`."""
        replica = self.store.replica
        rows = [(q.id, q.name, "") for q in replica.centre.queues]
        rows += [(a.id, a.name, a.extension) for a in replica.agents.values() if a.id != replica.me.id]
        known = {row[0] for row in rows}
        rows += [
            (t.id, t.name, "") for t in self.targets if t.kind in {"agent", "queue"} and t.id not in known
        ]
        return chosen(word, rows, _("There is no queue or agent {word}. Possible: {names}."))

    def reason(self, word: str) -> str:
        """A reason code that the agent may pick, by code or label.  Raises `RefusedError`."""
        rows = [(r.code, r.label, "") for r in self.store.replica.centre.reasons if not r.system]
        return chosen(word, rows, _("There is no reason {word}. Possible: {names}."))[0]


def chosen(word: str, rows: Iterable[tuple[str, str, str]], sentence: str) -> tuple[str, str]:
    """The row (id, name, other name) that a word means, exactly or by its only beginning."""
    rows = list(rows)
    folded = word.strip().casefold()
    exact = [row for row in rows if folded in {name.casefold() for name in row if name}]
    begun = [row for row in rows if folded and any(n.casefold().startswith(folded) for n in row if n)]
    found = exact or begun
    if len(found) == 1:
        return found[0][0], found[0][1]
    rows = found or rows
    names = ", ".join(
        name if name.casefold() == key.casefold() else f"{name} ({key})" for key, name, _other in rows
    )
    raise RefusedError(sentence.format(word=word or "“”", names=names or _("none")), code="unknown")
