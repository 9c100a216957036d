"""Frames: what is read, what is refused, and that nothing crashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import ProtocolError
from agent_desktop.server.channels.webchat.protocol import Say, clean, decode

CORPUS = Path(__file__).parents[3] / "corpora" / "json_nst" / "test_parsing"


def reading(text: str) -> str:
    """Read a text; what went wrong, or `read`."""
    try:
        decode(text)
    except ProtocolError as error:
        return str(error)
    return "read"


def content(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="surrogateescape")


async def first_frame(chat: Any, frame: str | bytes) -> tuple[int, str] | None:
    connection = chat.channel.connect()
    await connection.received(frame)
    closing: tuple[int, str] | None = connection.outbox.closing
    await connection.gone()
    return closing


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
async def test_json_of_any_kind_is_answered_by_a_close_with_a_reason(chat: Any, path: Path) -> None:
    closing = await first_frame(chat, content(path))
    assert closing is not None
    assert closing[0] in {1007, 1008}
    assert closing[1]


def test_the_corpus_is_there() -> None:
    assert len(list(CORPUS.iterdir())) == 318


async def test_bytes_are_no_text(chat: Any) -> None:
    assert await first_frame(chat, b"\x00\xff") == (1003, "Send text frames.")


@given(text=st.text())
def test_any_text_is_a_frame_or_an_error(text: str) -> None:
    assert reading(text) in {"read", "The frame is not of the chat protocol."}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KINDS = ("hello", "say", "typing", "window", "have", "leave", "ping", "other")
FIELDS = ("client", "text", "on", "open", "seq", "seen", "n", "token", "epoch", "last", "name", "v")


@given(kind=st.sampled_from(KINDS), fields=st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_object_is_a_frame_or_an_error(kind: str, fields: dict[str, Any]) -> None:
    frame = json.dumps({**fields, "type": kind})
    assert reading(frame) in {"read", "The frame is not of the chat protocol."}


def test_an_unknown_type_is_skipped_and_an_unknown_field_too() -> None:
    assert decode('{"type": "wave"}') is None
    said = decode('{"type": "say", "client": "abcdefgh", "text": "Hi", "mood": 7}')
    assert said == Say(client="abcdefgh", text="Hi")


@pytest.mark.parametrize("client", ["short", "a" * 65, "with space", "a:b:c:d:e", "abcdefgh\n"])
def test_a_client_id_has_a_narrow_form(client: str) -> None:
    with pytest.raises(ProtocolError):
        decode(json.dumps({"type": "say", "client": client, "text": "Hi"}))


def test_a_frame_over_64_kb_is_refused() -> None:
    with pytest.raises(ProtocolError, match="64 KB"):
        decode(json.dumps({"type": "say", "client": "abcdefgh", "text": "x" * 65_536}))


async def test_the_first_frame_must_be_hello_and_only_the_first(chat: Any) -> None:
    assert await first_frame(chat, '{"type": "ping", "n": 1}') == (1008, "Say hello first.")
    assert await first_frame(chat, '{"type": "wave"}') == (1008, "Say hello first.")
    widget = await chat.seated()
    widget.tell("hello")
    await widget.settle()
    assert widget.connection.outbox.closing == (1008, "Say hello once.")


async def test_a_flood_of_frames_is_closed(chat: Any) -> None:
    widget = await chat.seated()
    for number in range(60):
        widget.tell("ping", n=number)
    await widget.settle()
    assert widget.connection.outbox.closing == (1008, "Too many frames: wait a minute.")


@given(text=st.text())
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
