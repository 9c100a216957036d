from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import rtt
from agent_desktop.media.rtt import Block


def test_a_packet_is_what_liblinphone_sends() -> None:
    """The bytes that the reference saw on the wire."""
    seen = bytes.fromhex("e1096000e104b00461") + b"abcde"
    blocks = [Block(97, 600, b""), Block(97, 300, b"abcd")]
    assert rtt.pack(blocks, 97, b"e") == seen
    assert rtt.unpack(seen) == [*blocks, Block(97, 0, b"e")]


@given(
    st.lists(
        st.builds(Block, st.integers(0, 127), st.integers(0, 0x3FFF), st.binary(max_size=60)), max_size=8
    )
)
def test_what_is_packed_is_unpacked(blocks: list[Block]) -> None:
    assert rtt.unpack(rtt.pack(blocks, 97, b"new")) == [*blocks, Block(97, 0, b"new")]


def test_what_is_too_old_or_too_long_keeps_its_place_and_is_empty() -> None:
    packed = rtt.unpack(rtt.pack([Block(97, 16384, b"old"), Block(97, 300, bytes(1024))], 97, b"x"))
    assert [block.data for block in packed] == [b"", b"", b"x"]


@pytest.mark.parametrize(
    "payload", [b"", b"\xe1", b"\xe1\x09\x60\x04", b"\xe1\x09\x60\x04\x61abc", b"\xe1\0\0\0" * 40 + b"\x61"]
)
def test_a_payload_that_does_not_fit_together_is_refused(payload: bytes) -> None:
    with pytest.raises(rtt.RedundancyError):
        rtt.unpack(payload)
