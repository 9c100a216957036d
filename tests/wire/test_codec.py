"""A frame from anywhere is a frame, an unknown, or a WireError: never anything else."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import WireError
from agent_desktop.wire import commands as c
from agent_desktop.wire.calls import CallTextLine
from agent_desktop.wire.codec import (
    AGENT_LINK,
    PHONE_LINK,
    SWITCH_LINK,
    Hello,
    Ping,
    Request,
    encode_body,
    envelop,
)
from agent_desktop.wire.events import AnyEvent, OfferWithdrawn, Unknown
from agent_desktop.wire.listing import ViewModel

CORPUS = Path(__file__).resolve().parents[1] / "corpora" / "json_nst"
LINKS = pytest.mark.parametrize("link", [AGENT_LINK, PHONE_LINK, SWITCH_LINK])


def test_an_event_comes_back_with_its_envelope() -> None:
    event = OfferWithdrawn(offer="o1", interaction="i1", why="expired")
    envelope, body = AGENT_LINK.decode(envelop(encode_body(event), seq=7, ack=3))
    assert (envelope.seq, envelope.ack, body) == (7, 3, event)


def test_an_unknown_tag_is_unknown_and_no_error() -> None:
    envelope, body = AGENT_LINK.decode(b'{"seq":9,"body":{"type":"Teleported","to":"moon"}}')
    assert (envelope.seq, body) == (9, Unknown("Teleported"))
    assert AGENT_LINK.decode_command(msgspec.Raw(b'{"type":"Teleport"}')) == Unknown("Teleport")


def test_an_unknown_field_is_skipped() -> None:
    raw = b'{"new":1,"seq":1,"body":{"type":"OfferWithdrawn","offer":"o","interaction":"i","mood":"good"}}'
    assert AGENT_LINK.decode(raw)[1] == OfferWithdrawn(offer="o", interaction="i")


def test_a_known_tag_with_wrong_fields_is_an_error_in_words() -> None:
    with pytest.raises(WireError, match="could not be read"):
        AGENT_LINK.decode(b'{"body":{"type":"OfferWithdrawn","offer":5}}')
    with pytest.raises(WireError, match="could not be read"):
        AGENT_LINK.decode_command(msgspec.Raw(b'{"type":"AcceptOffer"}'))


def test_a_command_of_one_link_is_unknown_on_another() -> None:
    raw = msgspec.Raw(encode_body(c.AcceptOffer(offer="o1")))
    assert AGENT_LINK.decode_command(raw) == c.AcceptOffer(offer="o1")
    assert PHONE_LINK.decode_command(raw) == Unknown("AcceptOffer")


def test_every_command_survives_a_request() -> None:
    view = ViewModel(id="v", label="Late")
    line = CallTextLine(number=1, speaker="customer", medium="caption")
    filled = {str: "x", bool: True, float: 1.5, int: 3, tuple[str, ...]: ("a",), ViewModel: view}
    filled |= {CallTextLine: line}
    for kind in c.AnyCommand.__args__:
        fields = {
            f.name: filled.get(f.type, (("a", "b"),)) for f in msgspec.structs.fields(kind) if f.required
        }
        command = kind(**fields)
        request = Request(id="r", command=msgspec.Raw(encode_body(command)))
        _envelope, body = AGENT_LINK.decode(envelop(encode_body(request)))
        assert isinstance(body, Request)
        assert AGENT_LINK.decode_command(body.command) == command


@LINKS
@pytest.mark.parametrize("where", ["frame", "body", "field"])
def test_the_json_corpus_never_raises_anything_else(link: object, where: str) -> None:
    files = sorted(p for p in CORPUS.rglob("*.json") if p.is_file())
    assert len(files) > 200
    for path in files:
        data = path.read_bytes()
        frames = {
            "frame": data,
            "body": b'{"body":' + data + b"}",
            "field": b'{"body":{"type":"Hello","protocol":1,"token":' + data + b"}}",
        }
        try:
            link.decode(frames[where])  # type: ignore[attr-defined]  # three kinds of link
        except WireError:
            continue


@LINKS
@given(data=st.binary(max_size=300))
def test_random_bytes_never_raise_anything_else(link: object, data: bytes) -> None:
    for frame in (data, b'{"body":' + data, b'{"seq":1,"body":{"type":' + data + b"}}"):
        try:
            link.decode(frame)  # type: ignore[attr-defined]  # three kinds of link
        except WireError:
            continue


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(WireError):
        AGENT_LINK.decode(b'{"body":' + b"[" * 100_000)


def test_frames_are_shared_by_all_links() -> None:
    for frame in (Ping(), Hello(protocol=1, token="t")):
        for link in (AGENT_LINK, PHONE_LINK, SWITCH_LINK):
            assert link.decode(envelop(encode_body(frame)))[1] == frame  # type: ignore[attr-defined]  # a union of links


def test_tags_are_the_names_of_the_classes() -> None:
    for kind in AnyEvent.__args__:
        assert msgspec.inspect.type_info(kind).tag == kind.__name__  # type: ignore[union-attr]  # all are structs
    assert json.loads(encode_body(c.SetReady())) == {"type": "SetReady"}
