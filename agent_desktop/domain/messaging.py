"""SMS numbers and social accounts as configured; what may be written to them: STOP words, the 24-hour rule.

A customer who writes STOP to a number is never written to from there again, until they write START.  Meta's
channels take free replies for 24 hours after the customer's last message and refuse them later.

Rule of the file: a word counts only when it is the whole message, as carriers have it: "stop sending me the
wrong bill" is a complaint to be read, not an opt-out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain.types import ChannelId, Instant, QueueId, Seconds

TWILIO, SMPP = "twilio", "smpp"
MESSENGER, INSTAGRAM, WHATSAPP, TELEGRAM, MASTODON = (
    "messenger",
    "instagram",
    "whatsapp",
    "telegram",
    "mastodon",
)
SMS_PROVIDERS: Final = (TWILIO, SMPP)
META: Final = (MESSENGER, INSTAGRAM, WHATSAPP)
SOCIAL_PROVIDERS: Final = (*META, TELEGRAM, MASTODON)
REPLY_WINDOW_S: Final = {kind: Seconds(86_400.0) for kind in META}
TEXT_MOST: Final = {
    TWILIO: 1600,
    SMPP: 1600,
    MESSENGER: 2000,
    INSTAGRAM: 1000,
    WHATSAPP: 4096,
    TELEGRAM: 4096,
    MASTODON: 450,  # of a server's usual 500: the customer's name stands in front
}
PICTURES: Final = ("image/jpeg", "image/png", "image/gif")
SOUNDS: Final = ("audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "audio/aac")
FILMS: Final = ("video/mp4", "video/webm", "video/quicktime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Which files a service takes with one message; by its published interface."""

    bytes: int = 0  # of one; 0: it takes none
    most: int = 0
    together: int = 0  # bytes of all; 0: no limit of its own
    types: tuple[str, ...] = ()  # empty: all


# Instagram and SMPP are not here: the one fetches files from public addresses alone, the other has none.
FILES: Final = {
    TWILIO: Files(
        bytes=5_000_000,
        most=10,
        together=5_000_000,
        types=(*PICTURES, "application/pdf", "text/vcard", "audio/mpeg", "video/mp4"),
    ),
    MESSENGER: Files(bytes=25_000_000, most=10),
    WHATSAPP: Files(bytes=25_000_000, most=10),
    TELEGRAM: Files(bytes=25_000_000, most=10),
    MASTODON: Files(bytes=10_000_000, most=4, types=(*PICTURES, "image/webp", *SOUNDS, *FILMS)),
}
OPTED_OUT: Final = "opted_out"  # the tag of a conversation, and of a customer, who asked to be left alone
STOP, START, HELP = "stop", "start", "help"
STOPPED: Final = "This number asked not to be written to (STOP). Only they can undo that, by writing START."

_WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {
        STOP: ("stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"),
        START: ("start", "unstop", "yes", "optin"),
        HELP: ("help", "info"),
    },
    "de": {
        STOP: ("stopp", "abmelden", "abbestellen", "ende"),
        START: ("anmelden", "starten"),
        HELP: ("hilfe",),
    },
    "fr": {
        STOP: ("arret", "arrêt", "arreter", "arrêter", "desabonner", "désabonner"),
        START: ("debut", "début", "reprendre"),
        HELP: ("aide",),
    },
    "es": {STOP: ("alto", "parar", "baja", "cancelar"), START: ("iniciar", "alta"), HELP: ("ayuda",)},
    "pt": {STOP: ("parar", "sair", "cancelar"), START: ("iniciar", "começar"), HELP: ("ajuda",)},
    "it": {STOP: ("ferma", "cancella"), START: ("inizia", "avvia"), HELP: ("aiuto",)},
    "nl": {STOP: ("stoppen", "afmelden"), START: ("starten", "aanmelden"), HELP: ("hulp",)},
    "pl": {STOP: ("koniec", "rezygnuję", "rezygnuje"), START: ("wznów", "wznow"), HELP: ("pomoc",)},
    "sv": {STOP: ("stopp", "avsluta"), START: ("starta",), HELP: ("hjälp",)},
    "nb": {STOP: ("stopp", "avslutt"), START: ("begynn",), HELP: ("hjelp",)},
    "da": {STOP: ("stop", "afmeld"), START: ("tilmeld",), HELP: ("hjælp",)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsNumber:
    """A number of the centre for text messages, by a provider's web interface or by SMPP."""

    id: ChannelId
    number: str
    queue: QueueId
    provider: str = TWILIO  # one of SMS_PROVIDERS
    name: str = ""
    ownership: str = "assignee"  # who may reply: open, warn, assignee
    undo_s: Seconds = Seconds(0.0)
    account: str = ""  # Twilio: the account's SID
    secret_file: str = ""  # Twilio: its auth token
    api_url: str = "https://api.twilio.com"
    webhook_url: str = ""  # as the provider calls it: it is part of what is signed
    media_hosts: tuple[str, ...] = (
        "api.twilio.com",
        "mms.twiliocdn.com",
    )  # files are fetched from there alone
    mms: bool = False  # Twilio: the number sends pictures, and the provider reaches `webhook_url` for them
    host: str = ""  # SMPP
    port: int = 2775
    tls: bool = False
    system_id: str = ""
    system_type: str = ""
    password_file: str = ""
    window: int = 10  # messages on their way at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialAccount:
    """A page, a bot or an account of the centre with a social service."""

    id: ChannelId
    provider: str  # one of SOCIAL_PROVIDERS
    queue: QueueId
    account: str = ""  # the page's, the account's or the phone number's id; the bot's or Mastodon's name
    name: str = ""
    ownership: str = "assignee"
    undo_s: Seconds = Seconds(0.0)
    token_file: str = ""  # what we show them
    secret_file: str = ""  # what they sign with, or show us
    verify_file: str = ""  # Meta: the word that its first request must know
    api_url: str = ""


def word_of(text: str, languages: Iterable[str] = ("en",)) -> str:
    """What a message asks for when it is one of the words: STOP, START, HELP, or nothing.

    The English words count everywhere: carriers print them on every sign-up.
    """
    said = " ".join(text.casefold().strip(" \t\r\n.!\"'«»“”").split())
    for language in dict.fromkeys(("en", *(one.partition("-")[0] for one in languages))):
        for meaning, words in _WORDS.get(language, {}).items():
            if said in words:
                return meaning
    return ""


def until(last: Instant, window_s: Seconds) -> Instant:
    """Until when a reply is taken, counted from the customer's last message; 0: always."""
    return Instant(last + window_s) if window_s else Instant(0.0)


def too_late(reply_until: Instant, now: Instant) -> str:
    """Why a reply is not taken any more, in words; empty when it is."""
    if not reply_until or now <= reply_until:
        return ""
    return (
        "More than 24 hours have passed since the customer last wrote. This service takes no more replies "
        "until they write again. Reach them another way."
    )
