"""Keys in the session description (RFC 4568): which lines are followed, and which refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import SipError
from agent_desktop.sip.sdes import KEY_BYTES, Crypto, parse_crypto

KEY = bytes(range(30))
TEXT = base64.b64encode(KEY).decode()
SUITE = "AES_CM_128_HMAC_SHA1_80"


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "|2^31",
        "|2^20",
        "|2^48",
        "|1048576",
        " WSH=128",
        " KDR=0",
        " -anything=1",
        "|2^31 WSH=64 -x",
    ],
)
def test_a_line_with_what_changes_nothing_is_followed(tail):
    assert parse_crypto(f"1 {SUITE} inline:{TEXT}{tail}") == Crypto(1, SUITE, KEY)


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"x {SUITE} inline:{TEXT}",
        f"1234567890 {SUITE} inline:{TEXT}",
        f"1 F8_128_HMAC_SHA1_80 inline:{TEXT}",
        f"1 {SUITE} {TEXT}",
        f"1 {SUITE} uri:{TEXT}",
        f"1 {SUITE} inline:{TEXT[:-4]}",
        f"1 {SUITE} inline:{TEXT}AAAA",
        f"1 {SUITE} inline:A{TEXT[:-1]}!",
        f"1 {SUITE} inline:AAAAA",
        # a key identifier: our SRTP carries none (section 6.1)
        f"1 {SUITE} inline:{TEXT}|1:4",
        f"1 {SUITE} inline:{TEXT}|2^31|1:4",
        f"1 {SUITE} inline:{TEXT};inline:{TEXT}",
        # a life that a call outlives, or that SRTP does not have
        f"1 {SUITE} inline:{TEXT}|2^10",
        f"1 {SUITE} inline:{TEXT}|2^49",
        f"1 {SUITE} inline:{TEXT}|0",
        f"1 {SUITE} inline:{TEXT}|2^999999999999999",
        f"1 {SUITE} inline:{TEXT}|3^31",
        # section 6.3: what would weaken the stream or needs what we do not do
        f"1 {SUITE} inline:{TEXT} UNENCRYPTED_SRTP",
        f"1 {SUITE} inline:{TEXT} UNENCRYPTED_SRTCP",
        f"1 {SUITE} inline:{TEXT} UNAUTHENTICATED_SRTP",
        f"1 {SUITE} inline:{TEXT} KDR=10",
        f"1 {SUITE} inline:{TEXT} FEC_ORDER=FEC_SRTP",
        f"1 {SUITE} inline:{TEXT} SOMETHING_NEW",
    ],
)
def test_a_line_that_cannot_be_followed_is_refused(line):
    with pytest.raises(SipError) as refused:
        parse_crypto(line)
    assert refused.value.status == 488


@given(st.integers(0, 999_999_999), st.sampled_from(sorted(KEY_BYTES)), st.binary(min_size=44, max_size=44))
def test_a_key_survives_being_written_and_read(tag, suite, drawn):
    line = Crypto(tag, suite, drawn[: KEY_BYTES[suite]])
    assert parse_crypto(str(line)) == line


@given(st.text(max_size=200) | st.from_regex(r"1 AES_CM_128_HMAC_SHA1_80 inline:.*", fullmatch=True))
def test_any_line_is_followed_or_refused(line):
    try:
        found = parse_crypto(line)
    except SipError as error:
        refused = error.status
    else:
        refused = 488 if len(found.key) == KEY_BYTES[found.suite] else 0
    assert refused == 488


def test_a_key_reaches_no_log():
    assert TEXT not in repr(Crypto(1, SUITE, KEY))
    assert repr(KEY) not in repr(Crypto(1, SUITE, KEY))
