"""What the native engine says that this computer can do; see `engine.Engine.capabilities`."""

from __future__ import annotations

from agent_desktop.media import codecs, srtp
from agent_desktop.phone.engine import (
    DTMF,
    DTMF_RECEIVE,
    G722,
    HOLD,
    IPV6,
    MAILBOX,
    OPUS,
    REPLACES,
    SECOND_CALL,
    SRTP,
    TCP,
    TEXT,
    TLS,
    TRANSFER,
)


def declared() -> tuple[str, ...]:
    """The words, in the order in which they are shown."""
    here = {name.lower() for name in codecs.available()}
    found = [HOLD, DTMF, DTMF_RECEIVE, TCP, TLS, IPV6, SECOND_CALL, TRANSFER, REPLACES, MAILBOX, TEXT]
    found += [name for name, needs in ((OPUS, "opus"), (G722, "g722")) if needs in here]
    return (*found, SRTP) if srtp.suites() else tuple(found)
