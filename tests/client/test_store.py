"""What the store knows of queues, and of work that never was in one."""

from __future__ import annotations

from agent_desktop.client.store import Store
from agent_desktop.wire import models as m
from agent_desktop.wire.replica import Replica


def test_work_without_a_queue_is_closed_with_any_code_and_a_key_means_one_of_them() -> None:
    solved = m.DispositionInfo(code="solved", label="Solved", key="1")
    paid = m.DispositionInfo(code="paid", label="Paid", key="1")
    queues = (
        m.QueueInfo(id="support", name="Support", dispositions=(solved,)),
        m.QueueInfo(id="billing", name="Billing", dispositions=(solved, paid)),
    )
    store = Store(replica=Replica(centre=m.CentreInfo(name="Nordlight", queues=queues)))
    assert [(d.code, d.key) for d in store.queue("").dispositions] == [("solved", "1"), ("paid", "")]
    assert store.queue("billing") is queues[1]
