"""From the domain's values to the wire's: plain functions, one per thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.call import SUPERVISOR, Recording
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.service_level import Promises
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.wire import models
from agent_desktop.wire.calls import CallModel, RecordingModel
from agent_desktop.wire.customer import AddressModel, HistoryModel, OrderModel
from agent_desktop.wire.listing import WatcherModel
from agent_desktop.wire.routing import PromiseModel


def agent_model(agent: Agent, in_hand: Iterable[Interaction], *, online: bool) -> models.AgentModel:
    """An agent with what it is doing; the activity and its start are derived from the work in hand."""
    held = list(in_hand)
    activity = agents.activity(tuple(i.state for i in held))
    load: dict[str, int] = {}
    for interaction in held:
        load[interaction.medium] = load.get(interaction.medium, 0) + 1
    return models.AgentModel(
        id=agent.id,
        name=agent.name,
        role=agent.role,
        extension=agent.extension,
        state=agent.state,
        reason=agent.reason,
        since_at=agent.since_at,
        next_state=agent.next_state,
        next_reason=agent.next_reason,
        cause=agent.cause,
        team=agent.team,
        offered_media=tuple(sorted(agent.offered_media)),
        transfers=agent.transfers,
        next_media=tuple(sorted(agent.next_media)),
        next_transfers=agent.next_transfers,
        handled=agent.handled,
        handled_s=agent.handled_s,
        waited_s=agent.waited_s,
        free_at=agent.free_at,
        filled_at=agent.filled_at,
        activity=activity,
        activity_since_at=max((_since(i) for i in held), default=agent.idle_since_at),
        load=tuple(sorted(load.items())),
        online=online,
        phone=agent.phone,
        tested_at=agent.tested_at,
    )


def _since(i: Interaction) -> float:
    if i.state == interactions.OFFERED and i.offer is not None:
        return i.offer.offered_at
    return i.wrapup_at or i.held_at or i.accepted_at


def interaction_model(
    i: Interaction, *, told: bool = True, watchers: tuple[WatcherModel, ...] = ()
) -> models.InteractionModel:
    """An interaction as front ends see it; without `told` nobody who listens is shown."""
    call = None
    if i.call is not None:
        call = msgspec.convert(i.call, CallModel, from_attributes=True)
        if not told:
            seen = tuple(leg for leg in call.legs if leg.kind != SUPERVISOR)
            call = msgspec.structs.replace(call, legs=seen)
    return models.InteractionModel(
        id=i.id,
        medium=i.medium,
        state=i.state,
        queue=i.queue,
        agent=i.agent,
        customer=i.customer,
        customer_name=i.customer_name,
        conversation=i.conversation,
        channel=i.channel,
        direction=i.direction,
        from_address=i.from_address,
        to_address=i.to_address,
        subject=i.subject,
        last_line=i.last_line,
        priority=i.priority,
        path=i.path,
        tags=i.tags,
        unread=i.unread,
        arrived_at=i.arrived_at,
        queued_at=i.queued_at,
        offered_at=i.offer.offered_at if i.offer else 0.0,
        accepted_at=i.accepted_at,
        held_at=i.held_at,
        held_s=i.held_s,
        ended_at=i.ended_at,
        wrapup_at=i.wrapup_at,
        wrapup_deadline_at=i.wrapup_deadline_at,
        wrapup_extensions=i.wrapup_extensions,
        closed_at=i.closed_at,
        promise_at=i.promise_at,
        promises=_promises(i.promises) if i.promises else (),
        disposition=i.disposition,
        disposition_note=i.disposition_note,
        ended_by=i.ended_by,
        reasons=i.reasons,
        call=call,
        callback_number=i.callback_number,
        callback_at=i.callback_at,
        callback_tries=i.callback_tries,
        recordings=_recordings(i.recordings) if i.recordings else (),
        updated_at=i.updated_at,
        watchers=watchers,
    )


def _promises(promises: Promises) -> tuple[PromiseModel, ...]:
    return tuple(msgspec.convert(p, PromiseModel, from_attributes=True) for p in promises)


def _recordings(recordings: Iterable[Recording]) -> tuple[RecordingModel, ...]:
    return tuple(
        RecordingModel(
            id=r.id,
            kind=r.kind,
            at=r.at,
            length_s=r.length_s,
            masked_s=r.masked_s,
            transcript=r.transcript,
        )
        for r in recordings
    )


def offer_model(i: Interaction, colleagues: Mapping[AgentId, Agent]) -> models.OfferModel | None:
    """The offer that an interaction carries now; who gets an own transfer back is told of no sender."""
    if i.offer is None:
        return None
    sender = colleagues.get(i.sent_by) if i.sent_by != i.offer.agent else None
    return models.OfferModel(
        id=i.offer.id,
        interaction=i.id,
        agent=i.offer.agent,
        medium=i.medium,
        queue=i.queue,
        customer=i.customer,
        customer_name=i.customer_name,
        from_address=i.from_address,
        subject=i.subject,
        path=i.path,
        queued_at=i.queued_at,
        offered_at=i.offer.offered_at,
        expires_at=i.offer.expires_at,
        auto_accept=i.offer.auto_accept,
        more_s=i.offer.more_s,
        more_times=i.offer.more_times,
        from_agent=sender.id if sender is not None else "",
        from_name=sender.name if sender is not None else "",
        reasons=i.offer.reasons,
        kind="callback" if i.callback_number else "",
    )


def lease_of(interaction: Interaction | None, agent: AgentId) -> tuple[str, float] | None:
    """The offer that this agent has, and until when: what is told again when there is more time."""
    offer = interaction.offer if interaction is not None else None
    return (offer.id, offer.expires_at) if offer is not None and offer.agent == agent else None


def why_withdrawn(interaction: Interaction | None, agent: AgentId) -> str:
    """Why an offer is over for this agent, as `OfferWithdrawn` says it."""
    if interaction is None or interaction.state == interactions.CLOSED:
        return "withdrawn"
    if interaction.state == interactions.ABANDONED:
        return "abandoned"
    if interaction.agent == agent and interaction.state == interactions.ACTIVE:
        return "accepted"
    return interaction.offer_ended or "expired"


def message_model(m: Message) -> models.MessageModel:
    """A message; its raw bytes and outside names stay here."""
    return models.MessageModel(
        id=m.id,
        conversation=m.conversation,
        medium=m.medium,
        direction=m.direction,
        at=m.at,
        text=m.text,
        interaction=m.interaction,
        author=m.author,
        author_name=m.author_name,
        from_address=m.from_address,
        to_addresses=m.to_addresses,
        subject=m.subject,
        html=m.html,
        quoted=m.quoted,
        attachments=tuple(
            models.AttachmentModel(
                id=a.id,
                name=a.name,
                media_type=a.media_type,
                size_bytes=a.size_bytes,
                content_id=a.content_id,
                blocked=a.blocked,
            )
            for a in m.attachments
        ),
        delivery=m.delivery,
        delivery_detail=m.delivery_detail,
        threading_reason=m.threading_reason,
        channel=m.channel,
        copy_addresses=m.copy_addresses,
        held_until_at=m.held_until,
        mentions=m.mentions,
        forwarded_of=m.forwarded_of,
        automatic=m.automatic,
        protection=m.protection,
        warnings=m.warnings,
        carrier=m.carrier,
        damaged=m.damaged,
        confidence=m.confidence,
    )


def conversation_model(
    c: Conversation,
    *,
    customer_typing: bool = False,
    customer_present: bool = False,
    agent_typing: str = "",
    owner_name: str = "",
    promise_at: Instant = Instant(0.0),
    watchers: tuple[WatcherModel, ...] = (),
    channels: tuple[str, ...] = (),
) -> models.ConversationModel:
    """A conversation with what is not kept: who types, who is there, what its work promises."""
    return models.ConversationModel(
        id=c.id,
        medium=c.medium,
        channel=c.channel,
        customer=c.customer,
        customer_name=c.customer_name,
        subject=c.subject,
        state=c.state,
        agent=c.agent,
        queue=c.queue,
        last_line=c.last_line,
        messages=c.messages,
        customer_typing=customer_typing,
        customer_present=customer_present,
        agent_typing=agent_typing,
        updated_at=c.updated_at,
        address=c.address,
        owner=c.owner,
        owner_name=owner_name,
        tags=c.tags,
        unread=c.unread,
        snoozed_until_at=c.snoozed_until,
        promise_at=promise_at,
        watchers=watchers,
        followers=c.followers,
        merged_into=c.merged_into,
        merged=c.merged,
        split_from=c.split_from,
        bot=c.bot,
        reply_until_at=c.reply_until,
        channels=channels,
    )


def customer_model(c: Customer, history: Iterable[Interaction] = ()) -> models.CustomerModel:
    """The card, with earlier interactions."""
    return models.CustomerModel(
        id=c.id,
        name=c.name,
        addresses=tuple(AddressModel(kind=a.kind, value=a.value, verified=a.verified) for a in c.addresses),
        language=c.language,
        timezone=c.timezone,
        city=c.city,
        since_year=c.since_year,
        tags=c.tags,
        access_needs=c.access_needs,
        consent=c.consent,
        facts=c.facts,
        alerts=c.alerts,
        orders=tuple(msgspec.convert(o, OrderModel, from_attributes=True) for o in c.orders),
        history=tuple(
            HistoryModel(
                interaction=i.id,
                medium=i.medium,
                at=i.arrived_at,
                summary=i.subject or i.last_line or i.disposition_note or i.disposition,
                conversation=i.conversation,
                disposition=i.disposition,
                handle_s=max(0.0, i.closed_at - i.accepted_at) if i.accepted_at else 0.0,
            )
            for i in history
        ),
    )


def article_model(a: Article) -> models.ArticleModel:
    """A knowledge article."""
    return models.ArticleModel(
        id=a.id,
        title=a.title,
        summary=a.summary,
        body=a.body,
        tags=a.tags,
        public=a.public,
        updated_at=a.updated_at,
    )
