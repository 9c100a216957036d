"""A small centre: its queues, reasons, script and template, one customer, and the agent who is signed in."""

from __future__ import annotations

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.customer import AddressModel, HistoryModel, OrderModel
from agent_desktop.wire.replica import Replica, from_snapshot

CENTRE = m.CentreInfo(
    name="Nordlight",
    media=(
        m.MediumInfo(id="voice", name="Voice", icon="voice", live=True, talk=True, exclusive=True),
        m.MediumInfo(id="email", name="Email", icon="email", text=True, subject=True),
        m.MediumInfo(id="chat", name="Chat", icon="chat", text=True, live=True, typing=True),
    ),
    queues=(
        m.QueueInfo(
            id="support",
            name="Support",
            media=("voice", "email", "chat"),
            script="greeting",
            dispositions=(
                m.DispositionInfo(code="solved", label="Solved", key="1", survey=True),
                m.DispositionInfo(
                    code="replacement",
                    label="Replacement sent",
                    key="2",
                    fields=(m.FieldInfo(id="order", label="Order", required=True, kind="number"),),
                ),
                m.DispositionInfo(code="refund", label="Refund"),
                m.DispositionInfo(code="refund_full", label="Full refund", parent="refund", key="3"),
            ),
        ),
        m.QueueInfo(id="billing", name="Billing", media=("voice", "email")),
    ),
    reasons=(
        m.ReasonInfo(code="break", label="Break"),
        m.ReasonInfo(code="lunch", label="Lunch"),
        m.ReasonInfo(code="not_responding", label="Not responding", system=True),
    ),
    decline_reasons=(m.ReasonInfo(code="busy", label="Busy with a case"),),
    scripts=(
        m.ScriptInfo(
            id="greeting",
            title="Greeting",
            pages=(
                m.ScriptPage(
                    id="hello",
                    title="Hello",
                    text="Good day {customer.name}, this is {agent.name}.",
                    must_read=("This call may be recorded.",),
                    fields=(m.FieldInfo(id="order", label="Order"),),
                    choices=(("Order missing", "missing"),),
                ),
                m.ScriptPage(id="missing", title="Missing", text="I will look for order {order}."),
            ),
        ),
    ),
    templates=(
        m.TemplateInfo(id="thanks", label="Thanks", text="Dear {customer.name}, thank you. {order.id}"),
    ),
)
ME = m.AgentModel(
    id="a7", name="Mateo Ruiz", extension="6001", state="not_ready", reason="break", since_at=1.0
)
CUSTOMER = m.CustomerModel(
    id="c1",
    name="Amina Yusuf",
    addresses=(AddressModel(kind="phone", value="+212522000147", verified=True),),
    city="Casablanca",
    timezone="Africa/Casablanca",
    since_year=2019,
    tags=("VIP",),
    facts=(("Lifetime", "2 184 €"),),
    orders=(OrderModel(id="48213", title="Lamp Nour", state="missing", tone="danger"),),
    history=(HistoryModel(interaction="i0", medium="email", at=1000.0, summary="Where is my invoice?"),),
)


def snapshot_of(replica: Replica) -> e.Snapshot:
    return e.Snapshot(
        me=replica.me,
        centre=replica.centre,
        phone=replica.phone,
        scope=replica.scope,
        interactions=tuple(replica.interactions.values()),
        offers=tuple(replica.offers.values()),
        conversations=tuple(replica.conversations.values()),
        messages=tuple(message for thread in replica.messages.values() for message in thread),
        customers=tuple(replica.customers.values()),
        queues=tuple(replica.queues.values()),
        agents=tuple(replica.agents.values()),
    )


def small_centre() -> Replica:
    return from_snapshot(
        e.Snapshot(
            me=ME,
            centre=CENTRE,
            phone=m.PhoneAccount(extension="6001", server="127.0.0.1:5060", password="s"),
            customers=(CUSTOMER,),
            queues=(m.QueueModel(id="support", waiting=3, answered=10, answered_in_time=9),),
            agents=(ME, m.AgentModel(id="a8", name="Sara Lindqvist", extension="6002", state="ready")),
        )
    )
