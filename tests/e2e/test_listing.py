"""The unified list against the real router: views, works on many with their way back, who is where."""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Callable
from email.message import EmailMessage

from .agent import AgentInText
from .programs import Demo, until


def written(demo: Demo, count: int) -> str:
    """Mails of as many customers about one thing; gives its name."""
    about = f"lamp-{uuid.uuid4().hex[:8]}"
    host, _colon, port = demo.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        for n in range(count):
            mail = EmailMessage()
            mail["From"] = f"Customer {n} <{about}-{n}@example.com>"
            mail["To"] = "help@nordlight.example"
            mail["Subject"] = f"{about} {n}"
            mail["Message-ID"] = f"<{about}-{n}@example.com>"
            mail.set_content("Where is my lamp?")
            smtp.send_message(mail)
    return about


def listed(agent: AgentInText, line: str) -> list[dict[str, object]]:
    """The rows that a verb shows."""
    before = len(agent.all("conversation"))
    agent.done(line)
    return [row for row in agent.all("conversation")[before:] if "number" in row]


def settle(agent: AgentInText, about: str) -> None:
    """Leave nothing that would be offered to the agents of other tests."""
    listed(agent, f"inbox state:open medium:email text:{about}")
    agent.done("bulk resolve all")
    until(lambda: not listed(agent, f"inbox state:open medium:email text:{about}"), 30, "mails stay open")


def test_many_are_tagged_seen_in_a_saved_view_and_undone(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    agent = text(demo, "noor").signed_in()
    about = written(demo, 3)
    until(lambda: len(listed(agent, f"inbox state:open medium:email text:{about}")) == 3, 30, "no mail came")
    agent.done(f"bulk tag all {about}")
    assert agent.had("bulk")["done"] == 3
    rows = listed(agent, f"inbox tag:{about} sort:oldest")
    assert [row["tags"] for row in rows] == [[about]] * 3
    agent.done(f"saveview {about}")
    agent.done("views")
    assert agent.had("view", label=about)["count"] == 3
    agent.done(f"bulk untag 1,2 {about}")
    assert len(listed(agent, f"view {about}")) == 1
    agent.done("bulk undo")
    assert len(listed(agent, f"view {about}")) == 3
    agent.done(f"removeview {about}")
    settle(agent, about)


def test_a_merge_is_undone_and_colleagues_see_one_another(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    noor, ola = text(demo, "noor").signed_in(), text(demo, "ola").signed_in()
    about = written(demo, 2)
    until(lambda: len(listed(noor, f"inbox medium:email text:{about}")) == 2, 30, "no mail came")
    noor.done("merge 1 2")
    (stays,) = listed(noor, f"inbox state:open medium:email text:{about}")
    noor.done("unmerge 1")
    assert len(listed(noor, f"inbox state:open medium:email text:{about}")) == 2
    first = str(stays["conversation"])
    for agent in (noor, ola):
        listed(agent, f"inbox state:open medium:email text:{about}")
        agent.done(f"open {first}")
    for agent in (noor, ola):

        def told(agent: AgentInText = agent) -> bool:
            rows = agent.all("conversation", conversation=first)
            return any({w["agent"] for w in row["watchers"]} >= {"noor", "ola"} for row in rows)

        until(told, 30, "colleagues were not told of one another")
    settle(noor, about)
