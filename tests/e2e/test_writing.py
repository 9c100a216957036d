"""Writing against the real router: a reply called back, sent with a file, a note to a colleague, a macro."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .agent import AgentInText
from .programs import Demo
from .test_mail import swaks, taken

pytestmark = pytest.mark.peer


def test_a_reply_is_called_back_and_sent_with_a_file(
    demo: Demo, text: Callable[..., AgentInText], tmp_path: Path
) -> None:
    text(demo, "mateo").wait("welcome")
    agent = text(demo, "chen").ready()
    outside = demo.data / "outside"
    before = len(list((outside / "new").glob("*")))
    swaks(
        demo,
        "Where is the form?",
        "Hello,\n\nplease send me the form.\n\nGrace",
        Message_Id="<w-1@example.com>",
    )
    offer = agent.wait("offer", media="email", subject="Where is the form?")
    agent.done(f"accept {offer['interaction']}")
    agent.had("message", direction="in", interaction=offer["interaction"])

    agent.done("say I cannot find it.")
    held = agent.wait("message", direction="out", text="I cannot find it.")
    assert held["held_until_at"] > held["at"]
    agent.done("undo")
    agent.had("message_removed", message=held["message"])
    agent.type("drafts")
    assert agent.wait("draft")["text"] == "I cannot find it."

    form = tmp_path / "the form.pdf"
    form.write_bytes(b"%PDF-1.4\n" * 200)
    agent.done(f"attach {form}")
    assert agent.wait("file")["name"] == "the form.pdf"
    agent.done("say Here is the form.")
    (reply,) = taken(outside, before + 1)[before:]
    body = reply.get_body(("plain",))
    assert body is not None
    assert "Here is the form." in body.get_content()
    assert "I cannot find it" not in reply.as_string()
    (file,) = list(reply.iter_attachments())
    assert file.get_filename() == "the form.pdf"
    assert file.get_content() == form.read_bytes()
    agent.had("delivery", delivery="sent", direction="out", interaction=offer["interaction"])

    swaks(demo, "Re: Where is the form?", "And this?", Message_Id="<w-2@example.com>",
          In_Reply_To=reply["Message-ID"])  # fmt: skip
    agent.had("message", direction="in", text="And this?")
    agent.done("mention mateo can you look?")
    noted = agent.had("message", direction="note", text="@@Mateo Ruiz can you look?")
    assert len(noted["mentions"]) == 1
    agent.type("macro")
    listed = agent.wait("macro")
    agent.done(f"macro {listed['macro']}")
    # What was called back, and what the macro wrote, is not sent.
    assert agent.do("wrapup answered done")["code"] == "unsent_reply"
    agent.done("finish keep")
    agent.wait("interaction", interaction=offer["interaction"], state="closed")


def test_what_does_not_belong_is_split_forwarded_and_put_back(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    agent = text(demo, "chen").ready()
    outside = demo.data / "outside"
    before = len(list((outside / "new").glob("*")))
    swaks(demo, "Two things", "The lamp is broken.", Message_Id="<x-1@example.com>")
    offer = agent.wait("offer", media="email", subject="Two things")
    agent.done(f"accept {offer['interaction']}")
    first = agent.had("message", direction="in", interaction=offer["interaction"])
    swaks(demo, "Re: Two things", "And who is your auditor?", Message_Id="<x-2@example.com>",
          In_Reply_To="<x-1@example.com>", References="<x-1@example.com>")  # fmt: skip
    second = agent.had("message", direction="in", text="And who is your auditor?")
    assert second["conversation"] == first["conversation"]
    assert second["threading_reason"]

    agent.done("forward auditor@example.com Please answer.")
    (forwarded,) = taken(outside, before + 1)[before:]
    assert forwarded["To"].addresses[0].addr_spec == "auditor@example.com"
    assert "And who is your auditor?" in forwarded.as_string()

    agent.done("split 2")  # the forward is the newest
    agent.had("message_removed", message=second["message"])
    agent.finish(offer["interaction"])
