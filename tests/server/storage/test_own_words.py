"""What an export leaves out unless it is asked for: what the centre's people wrote for themselves."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Attachment, Message
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import ConversationId, DispositionCode, InteractionId, MessageId
from agent_desktop.ports.storage import Changes
from tests.server.test_admin import NOW, keep, personal_data, run

INWARD = "zzqbetweenus"


def noted(key: str) -> Changes:
    """What the centre's people wrote for themselves about a customer."""
    thread, file = ConversationId(f"v-{key}"), Attachment(id="b-note", name="plan")
    shared = Attachment(id="b-both", name="two")
    note = Message(
        id=MessageId("note"),
        conversation=thread,
        medium=EMAIL,
        direction=conversations.NOTE,
        at=NOW,
        text=f"{INWARD}: be careful",
        attachments=(file, shared),
    )
    gone = replace(note, id=MessageId("gone"), text=f"{INWARD} and thought better of it")
    work = InteractionId(f"i-{key}")
    code = DispositionCode("solved")
    held = personal_data(key, "Amina").interactions[work]
    return Changes(
        events=[
            conversations.MessageAdded(conversation=thread, at=NOW, message=note),
            conversations.MessageMoved(conversation=thread, at=NOW, message=note.id, to=thread),
            conversations.MessageAdded(conversation=thread, at=NOW, message=gone),
            conversations.MessageCalledBack(conversation=thread, at=NOW, message=gone.id),
            interactions.DispositionChosen(interaction=work, at=NOW, code=code, note=INWARD),
            interactions.Closed(interaction=work, at=NOW, code=code, note=INWARD),
        ],
        messages={note.id: note},
        blobs={"b-note": INWARD.encode()},
        interactions={work: replace(held, disposition_note=INWARD)},
    )


def exported(data: Path, *more: str) -> tuple[str, dict[str, Any]]:
    out = data / f"export{len(more)}.json"
    assert run("--data", str(data), "export", "amina", "--output", str(out), *more) == 0
    text = out.read_text("utf-8")
    return text, json.loads(text)


def test_an_export_for_the_customer_leaves_out_what_the_centre_wrote_for_itself_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, personal_data("amina", "Amina"), noted("amina"))
    text, found = exported(tmp_path)
    assert INWARD not in text
    assert base64.b64encode(INWARD.encode()).decode() not in text
    assert [one["id"] for one in found["messages"]] == ["m-amina"]
    assert set(found["files"]) == {"b-amina", "b-both"}, "a file that the customer sent too stays"
    assert [one["kind"] for one in found["events"]].count("Closed") == 1, "that it ended is no secret"
    told = found["left_out"]
    assert "Notes and whispers of the centre's people: 1. Notes of wrap-ups: 1. --with-notes" in told
    assert told in capsys.readouterr().out


def test_an_export_with_notes_holds_them_all(tmp_path: Path) -> None:
    keep(tmp_path, personal_data("amina", "Amina"), noted("amina"))
    text, found = exported(tmp_path, "--with-notes")
    assert text.count(INWARD) == 6
    assert {one["id"] for one in found["messages"]} == {"m-amina", "note"}
    assert base64.b64decode(found["files"]["b-note"]) == INWARD.encode()
    assert "left_out" not in found
