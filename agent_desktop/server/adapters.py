"""From the configured numbers and accounts to the adapters that serve them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.messaging import MASTODON, META, SMPP, TELEGRAM, TWILIO, SmsNumber, SocialAccount
from agent_desktop.ports.channels import Channel
from agent_desktop.server.channels.sms.smpp import SmppChannel
from agent_desktop.server.channels.sms.twilio import TwilioChannel
from agent_desktop.server.channels.social.mastodon import MastodonChannel
from agent_desktop.server.channels.social.meta import MetaChannel
from agent_desktop.server.channels.social.telegram import TelegramChannel
from agent_desktop.server.pieces import ReadFile

OF_NUMBER: Final[Mapping[str, Callable[[SmsNumber, ReadFile | None], Channel]]] = {
    TWILIO: TwilioChannel,
    SMPP: lambda number, _read_file: SmppChannel(number),
}
OF_ACCOUNT: Final[Mapping[str, Callable[[SocialAccount, ReadFile | None], Channel]]] = {
    **dict.fromkeys(META, MetaChannel),
    TELEGRAM: TelegramChannel,
    MASTODON: MastodonChannel,
}


def messaging_channels(centre: Centre, read_file: ReadFile | None = None) -> list[Channel]:
    """The channels for SMS and social messages; nothing runs yet.  `read_file`: the bytes that they send."""
    numbers = [OF_NUMBER[number.provider](number, read_file) for number in centre.sms]
    return [*numbers, *(OF_ACCOUNT[account.provider](account, read_file) for account in centre.social)]
