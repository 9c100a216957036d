"""A letter from the widget, when nobody is free: it becomes a mail of the site's mailbox, answered by mail.

Nobody has checked the address: the agent is told so, and no rule answers by itself (RFC 3834, section 2:
else the form would write to whomever a stranger names).  Pure.
"""

from __future__ import annotations

import re

from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import ChannelId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.server.channels.webchat.protocol import NAME_CHARS, TEXT_CHARS, Letter, clean

UNCHECKED = "It came by the form of the web chat. Nobody has checked that the address is the sender's."

_MAIL = re.compile(
    r"[^\s@<>\"(),:;\\\x00-\x1f]{1,64}@[^\s@<>\"(),:;\\\x00-\x1f]+\.[^\s@<>\"(),:;\\\x00-\x1f]{2,}"
)


def trouble(letter: Letter) -> tuple[str, str]:
    """Why a letter is not taken: (reason, words); empty when it is."""
    if not clean(letter.text):
        return "empty", "The message is empty."
    if len(clean(letter.text)) > TEXT_CHARS:
        return "too_long", f"A message may have {TEXT_CHARS:,} characters."
    if _MAIL.fullmatch(letter.mail) is None:
        return "bad_mail", "This is not an e-mail address."
    return "", ""


def mail_of(letter: Letter, mailbox: ChannelId, thread: str, title: str) -> IncomingMessage:
    """The letter as a mail; the same `client` of the same visitor is the same mail."""
    text = clean(letter.text)
    return IncomingMessage(
        channel=mailbox,
        medium=EMAIL,
        external_id=f"<{letter.client}.{thread[:32]}@chat.invalid>",
        address_kind="email",
        from_address=letter.mail,
        from_name=clean(letter.name).replace("\n", " ")[:NAME_CHARS],
        subject=f"{title}: {text.splitlines()[0][:60]}",
        text=text,
        automatic=True,
        warnings=(UNCHECKED,),
    )
