"""What a program reads: one JSON object a line, with the fields of ARCHITECTURE.md, section 10.

More fields may be added, none renamed.  Times end in `_at` (seconds since the epoch) or `_s`.  JSON
escapes control characters itself (`ensure_ascii`), so that the text inside is what came, unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from agent_desktop.client.access_needs import needs_of
from agent_desktop.client.store import Store
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.explaining import ExplanationView
from agent_desktop.wire.calls import CallModel, TargetModel
from agent_desktop.wire.events import SearchHit, TakenOver
from agent_desktop.wire.models import (
    AgentModel,
    CustomerModel,
    InteractionModel,
    MessageModel,
    OfferModel,
    TroubleModel,
)
from agent_desktop.wire.phone import PhoneCall, Registration, SelfCheck
from agent_desktop.wire.routing import ExplanationModel

Record = dict[str, object]


def encoded(record: Mapping[str, object]) -> str:
    """One line."""
    return json.dumps(record, ensure_ascii=True, separators=(", ", ": "))


def welcome(store: Store) -> Record:
    """Signed in and in step with the router."""
    replica = store.replica
    return {
        "type": "welcome",
        "agent": replica.me.id,
        "name": replica.me.name,
        "role": replica.me.role,
        "extension": replica.me.extension,
        "centre": replica.centre.name,
        "media": [m.id for m in replica.centre.media],
        "queues": [{"id": q.id, "name": q.name} for q in replica.centre.queues],
        "reasons": [{"code": r.code, "label": r.label} for r in replica.centre.reasons if not r.system],
        "decline_reasons": [{"code": r.code, "label": r.label} for r in replica.centre.decline_reasons],
    }


def state(me: AgentModel) -> Record:
    """My state."""
    upcoming = me.next_reason if me.next_state == "not_ready" and me.next_reason else me.next_state
    return {
        "type": "state",
        "state": me.state,
        "reason": me.reason,
        "next": upcoming,
        "next_state": me.next_state,
        "next_reason": me.next_reason,
        "activity": me.activity,
        "since_at": me.since_at,
        "activity_since_at": me.activity_since_at,
    }


def why(view: ExplanationView, lines: list[str], model: ExplanationModel | None) -> Record:
    """Why the interaction came, or why nobody takes it: as lines, and as they are made of."""
    record: Record = {"type": "why", "lines": lines, "interaction": view.interaction}
    if model is None:
        return record
    told: Record = {
        name: getattr(model, name)
        for name in ("nobody", "waiting", "free", "rule", "selection", "score", "tie_break", "decided_at")
    }
    considered = [{"id": c.id, "name": c.name, "score": c.score, "why": c.why} for c in model.considered]
    return {**record, "sentence": view.sentence, **told, "waited_s": model.waited_s, "considered": considered}


def offer(model: OfferModel, store: Store, now: float) -> Record:
    """Work is offered."""
    return {
        "type": "offer",
        "offer": model.id,
        "interaction": model.interaction,
        "media": model.medium,
        "queue": model.queue,
        "queue_name": store.queue(model.queue).name,
        "customer": model.customer_name or model.from_address,
        "customer_id": model.customer,
        "from": model.from_address,
        "subject": model.subject,
        "path": list(model.path),
        "waited_s": round(max(0.0, now - model.queued_at), 1) if model.queued_at else 0.0,
        "expires_in_s": round(max(0.0, model.expires_at - now), 1) if model.expires_at else 0.0,
        "expires_at": model.expires_at,
        "reasons": list(model.reasons),
        "kind": model.kind,
        "from_agent": model.from_agent,
        "from_agent_name": model.from_name,
        "automatic": model.auto_accept,
        "more_s": model.more_s,
        "more_times": model.more_times,
        "access_needs": list(needs_of(store, model)),
    }


def offer_withdrawn(model: OfferModel, why: str) -> Record:
    """The offer is over."""
    return {"type": "offer_withdrawn", "offer": model.id, "interaction": model.interaction, "why": why}


def taken_over(word: TakenOver) -> Record:
    """Somebody took work out of my hands."""
    return {
        "type": "taken_over",
        "interaction": word.interaction,
        "media": word.medium,
        "customer": word.customer,
        "by": word.by,
        "name": word.name,
        "how": word.how,
        "to": word.to_name,
    }


def interaction(model: InteractionModel, store: Store, *, state_now: str = "") -> Record:
    """An interaction as it is now."""
    record: Record = {
        "type": "interaction",
        "interaction": model.id,
        "media": model.medium,
        "state": state_now or model.state,
        "queue": model.queue,
        "customer": model.customer_name or model.from_address,
        "customer_id": model.customer,
        "conversation": model.conversation,
        "direction": model.direction,
        "from": model.from_address,
        "to": model.to_address,
        "subject": model.subject,
        "agent": model.agent,
        "mine": store.is_mine(model),
        "reasons": list(model.reasons),
        "ended_by": model.ended_by,
        "disposition": model.disposition,
        "wrapup_deadline_at": model.wrapup_deadline_at,
        "priority": model.priority,
        "tags": list(model.tags),
        "unread": model.unread,
        "promises": [{"kind": p.kind, "state": p.state, "due_at": p.due_at} for p in model.promises],
    }
    if model.state == "wrap_up":
        infos = store.queue(model.queue).dispositions
        parents = {d.parent for d in infos}
        record["codes"] = [
            {
                "code": d.code,
                "label": d.label,
                "required": [f.id for f in d.fields if f.required],
            }
            for d in infos
            if d.code not in parents
        ]
    if model.call is not None:
        record |= call_fields(model.call)
    if model.recordings:
        record["recordings"] = [
            {"recording": r.id, "kind": r.kind, "length_s": r.length_s, "masked_s": r.masked_s}
            for r in model.recordings
        ]
    if model.callback_number:
        record["callback"] = {"number": model.callback_number, "at": model.callback_at}
    return record


def call_fields(call: CallModel) -> Record:
    """The voice side of an interaction: who is in it, how it is recorded, how it sounds."""
    measured = [leg.quality for leg in call.legs if leg.quality is not None]
    worst = min((m for q in measured for m in (q.mos, q.sent_mos) if m), default=0.0)
    return {
        "call_state": call.state,
        "talk": call.talk,
        "recording": call.recording,
        "secure": call.secure,
        "secure_keys": call.secure_keys,
        "keys": call.keys,
        "notice": call.notice,
        "quality": {"mos": worst, "loss_percent": max((q.loss_percent for q in measured), default=0.0)},
        "legs": [
            {
                "leg": leg.id,
                "kind": leg.kind,
                "state": leg.state,
                "agent": leg.agent,
                "name": leg.name,
                "number": leg.number,
                "mode": leg.mode,
                "muted": leg.muted,
            }
            for leg in call.legs
        ],
    }


def message(model: MessageModel, *, new: bool = True) -> Record:
    """A message or note; `new` is false when only its delivery moved on."""
    return {
        "type": "message" if new else "delivery",
        "message": model.id,
        "interaction": model.interaction,
        "conversation": model.conversation,
        "media": model.medium,
        "direction": model.direction,
        "text": model.text,
        "carrier": model.carrier,
        "confidence": model.confidence,
        "subject": model.subject,
        "from": model.from_address,
        "author": model.author_name,
        "delivery": model.delivery,
        "delivery_detail": model.delivery_detail,
        "attachments": [a.name for a in model.attachments],
        "files": [
            {
                "file": a.id,
                "name": a.name,
                "size_bytes": a.size_bytes,
                "media_type": a.media_type,
                "blocked": a.blocked,
            }
            for a in model.attachments
        ],
        "to": list(model.to_addresses),
        "copies": list(model.copy_addresses),
        "channel": model.channel,
        "held_until_at": model.held_until_at,
        "mentions": list(model.mentions),
        "forwarded_of": model.forwarded_of,
        "automatic": model.automatic,
        "protection": model.protection,
        "warnings": list(model.warnings),
        "threading_reason": model.threading_reason,
        "at": model.at,
    }


def customer(model: CustomerModel, interaction_id: str) -> Record:
    """The customer's card."""
    return {
        "type": "customer",
        "customer": model.id,
        "name": model.name,
        "interaction": interaction_id,
        "addresses": [{"kind": a.kind, "value": a.value, "verified": a.verified} for a in model.addresses],
        "language": model.language,
        "city": model.city,
        "tags": list(model.tags),
        "access_needs": list(model.access_needs),
        "alerts": list(model.alerts),
        "facts": [{"label": label, "value": value} for label, value in model.facts],
        "orders": [{"id": o.id, "title": o.title, "state": o.state, "value": o.value} for o in model.orders],
        "history": [
            {"interaction": h.interaction, "media": h.medium, "at": h.at, "summary": h.summary}
            for h in model.history
        ],
    }


def call(model: PhoneCall) -> Record:
    """A call at the own phone."""
    return {
        "type": "call",
        "call": model.id,
        "interaction": model.interaction,
        "state": model.state,
        "direction": model.direction,
        "remote": model.remote,
        "remote_name": model.remote_name,
        "muted": model.muted,
        "codec": model.codec,
        "encrypted": model.encrypted,
        "ended_by": model.ended_by,
        "status": model.status,
        "detail": model.detail,
    }


def phone(registration: Registration, connection: Connection) -> Record:
    """The own phone."""
    online = connection.state == "online"
    return {
        "type": "phone",
        "state": registration.state if online else "off",
        "extension": registration.extension,
        "detail": registration.detail if online else connection.detail,
    }


def connection(model: Connection) -> Record:
    """The link to the router."""
    return {"type": "connection", "state": model.state, "detail": model.detail, "code": model.code}


def hit(model: SearchHit, number: int) -> Record:
    """One thing found."""
    return {
        "type": "found",
        "number": number,
        "kind": model.kind,
        "id": model.id,
        "title": model.title,
        "highlight": model.highlight,
        "at": model.at,
        "medium": model.medium,
        "conversation": model.conversation,
        "customer": model.customer,
    }


def agent(model: AgentModel, number: int) -> Record:
    """An agent, as a supervisor sees it."""
    return {
        "type": "agent",
        "number": number,
        "agent": model.id,
        "name": model.name,
        "extension": model.extension,
        "state": model.state,
        "reason": model.reason,
        "activity": model.activity,
        "since_at": model.activity_since_at or model.since_at,
        "phone": model.phone,
    }


def target(model: TargetModel, number: int) -> Record:
    """Whom a call can go to."""
    return {
        "type": "target",
        "number": number,
        "kind": model.kind,
        "target": model.id,
        "name": model.name,
        "state": model.state,
        "ready": model.ready,
        "waiting": model.waiting,
        "estimated_s": model.estimated_s,
        "blind": model.blind,
        "consult": model.consult,
        "reason": model.reason,
    }


def self_test(checks: tuple[SelfCheck, ...], *, over: bool) -> Record:
    """How the self-test goes."""
    return {
        "type": "selftest",
        "over": over,
        "checks": [{"check": c.id, "state": c.state, "words": c.words} for c in checks],
    }


def answered(verb: str, text: str, *, good: bool, code: str = "") -> Record:
    """What became of a verb."""
    record: Record = {"type": "ok" if good else "error", "verb": verb, "message": text}
    if code:
        record["code"] = code
    return record


def troubles(before: tuple[TroubleModel, ...], after: tuple[TroubleModel, ...]) -> list[Record]:
    """What of the centre does not work, and what works again."""
    now, known = {one.id for one in after}, set(before)
    return [
        *(_trouble(one, works=False) for one in after if one not in known),
        *(_trouble(one, works=True) for one in before if one.id not in now),
    ]


def _trouble(one: TroubleModel, *, works: bool) -> Record:
    why = "" if works else one.text
    return {"type": "trouble", "channel": one.id, "name": one.name, "works": works, "text": why,
            "since": one.since_at}  # fmt: skip
