from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from agent_desktop.domain import agent, conversation, customer, interaction, timers
from agent_desktop.domain.agent import WentNotReady, WentReady
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.ports.storage import Changes
from agent_desktop.server.storage import eventlog
from agent_desktop.server.storage.store import open_store


def test_every_event_of_the_domain_is_a_kind_of_the_log() -> None:
    declared = {
        name
        for module in (agent, interaction, conversation, customer, timers)
        for name, thing in vars(module).items()
        if isinstance(thing, type)
        and issubclass(
            thing,
            agent.AgentEvent
            | interaction.InteractionEvent
            | conversation.ConversationEvent
            | customer.CustomerEvent,
        )
        and not name.endswith("Event")
    }
    assert set(eventlog.KINDS) == declared


def test_the_kinds_do_not_depend_on_what_was_imported_before() -> None:
    asked = "import agent_desktop.server.storage.eventlog as log; print(*sorted(log.KINDS))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == sorted(eventlog.KINDS)


def test_a_row_says_what_happened_when_and_to_whom() -> None:
    event = WentNotReady(agent=AgentId("mateo"), at=Instant(12.5), reason="lunch", cause="next_state")
    row = eventlog.row(event)
    assert (row["at"], row["kind"], row["subject"]) == (12.5, "WentNotReady", "mateo")
    assert eventlog.event_of("WentNotReady", str(row["body"])) == event


def test_an_event_of_an_older_program_takes_the_defaults_of_new_fields() -> None:
    event = eventlog.event_of("WentReady", '{"agent":"mateo","at":1,"some_later_field":[1]}')
    assert event == WentReady(agent=AgentId("mateo"), at=Instant(1.0))


async def test_a_kind_that_is_not_known_survives_and_hides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    store = open_store(path)
    first, last = (WentReady(agent=AgentId("mateo"), at=Instant(n)) for n in (1.0, 9.0))
    await store.commit(Changes(events=[first]))
    await store.close()
    raw = sqlite3.connect(path)
    raw.executemany(
        "INSERT INTO events(at, kind, subject, body) VALUES (2, 'FromTheFuture', 'mateo', ?)",
        [(f'{{"n":{n}}}',) for n in range(50)],
    )
    raw.commit()
    raw.close()
    store = open_store(path)
    await store.commit(Changes(events=[last]))
    assert store.events(limit=2) == [(1, first), (52, last)]
    assert store.events(after=1, limit=2) == [(52, last)]
    assert store.load().last_event == 52
    await store.close()
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT count(*) FROM events WHERE kind = 'FromTheFuture'").fetchone() == (50,)
    raw.close()
