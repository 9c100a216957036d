"""The centre's own words about a customer: what an export leaves out unless it is asked for.

A copy for the customer holds what was said with them and what is kept about them.  Notes of one colleague
for another, what was whispered in a typed call (it is kept as a note) and the notes of wrap-ups are left out,
with files that lie in nothing else and with what the log says of them; the export says so in words.

Rule of the file: what is not known to be a note stays: an export is never short by a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent_desktop.domain.conversation import NOTE

LEFT_OUT: Final = "left_out"
ASK: Final = "--with-notes puts them in."
_NOTED: Final = frozenset({"DispositionChosen", "Closed"})  # events whose `note` was typed in a wrap-up
_FINISHED: Final = "disposition_note"

Document = dict[str, Any]


def without(whole: Document) -> Document:
    """Give an export without the centre's own words, and with a sentence that says what was left out."""
    notes = {one["id"] for one in whole["messages"] if one["direction"] == NOTE}
    notes |= {said["id"] for event in whole["events"] if (said := _added(event)).get("direction") == NOTE}
    messages = [one for one in whole["messages"] if one["id"] not in notes]
    shown = {file["id"] for one in messages for file in one.get("attachments", ())}
    inside = {file["id"] for one in whole["messages"] for file in one.get("attachments", ())} - shown
    finished = [one for one in whole["interactions"] if one.get(_FINISHED)]
    events = [event for event in whole["events"] if _named(event) not in notes]
    return {
        **whole,
        "messages": messages,
        "files": {key: data for key, data in whole["files"].items() if key not in inside},
        "interactions": [_but(one, _FINISHED) for one in whole["interactions"]],
        "events": [_quiet(event) for event in events],
        LEFT_OUT: _told(len(whole["messages"]) - len(messages), len(finished)),
    }


def _told(notes: int, finished: int) -> str:
    counts = f"Notes and whispers of the centre's people: {notes}. Notes of wrap-ups: {finished}."
    return f"Left out, because the centre wrote it for itself. {counts} {ASK}"


def _added(event: Document) -> Document:
    """The message that an event added; nothing of any other."""
    said = event["body"].get("message")
    return said if isinstance(said, dict) else {}


def _named(event: Document) -> str:
    """The message that an event is about; empty: none."""
    said = event["body"].get("message", "")
    return str(said["id"]) if isinstance(said, dict) else str(said)


def _quiet(event: Document) -> Document:
    """An event without what was typed in a wrap-up."""
    body = event["body"]
    if event["kind"] in _NOTED:
        body = _but(body, "note")
    if isinstance(body.get("value"), dict):
        body = {**body, "value": _but(body["value"], _FINISHED)}
    return {**event, "body": body}


def _but(values: Mapping[str, Any], name: str) -> Document:
    return {key: value for key, value in values.items() if key != name}
