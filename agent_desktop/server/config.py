"""`centre.toml`: the whole configuration of a centre in one readable file, checked before it is used.

`load_centre` reads the file into values of the domain; every problem is told with its line, and all of
them at once.  What refers to something (a queue, a skill, a flow, a script) must find it; what would
strand a customer (a flow that leads nowhere, a number whose queue takes no calls) is a problem too.
The `[server]` table says where the router listens; the guide is `resources/centre/centre.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.domain.centre import (
    ROLES,
    SELF_TEST,
    SUPERVISION,
    TEXT,
    AgentEntry,
    Centre,
    ChatSite,
    Mailbox,
    Number,
    Queue,
)
from agent_desktop.domain.medium import CHAT, EMAIL, MEDIA, VOICE, VOICEMAIL
from agent_desktop.domain.sources import LONGEST_UNDO_S, OWNERSHIP
from agent_desktop.domain.timers import LONGEST, NEEDS
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    MediumId,
    QueueId,
    Seconds,
    SkillId,
)
from agent_desktop.server import (
    config_flows,
    config_guides,
    config_messaging,
    config_queues,
    config_reasons,
    config_replies,
    config_routing,
    config_rules,
    config_telephony,
    config_wrapup,
    tomlfile,
)
from agent_desktop.server.tomlfile import Document, Table

LABEL_MOST: Final = 40
TLS: Final = ("none", "starttls", "tls")

_EXTENSION: Final = re.compile(r"[0-9]{2,10}")
_NUMBER: Final = re.compile(r"\+?[0-9]{2,15}")
_ADDRESS: Final = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")
_SELECTOR: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_ORIGIN: Final = re.compile(r"https?://[^/\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the router and its switch listen, and where they keep the record; 0: any free port."""

    http_host: str = "127.0.0.1"
    http_port: int = 8080
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 2525
    lmtp_port: int | None = None  # none: mail servers hand over by SMTP
    smtp_certificate: str = ""  # with smtp_key: mail servers may hand over by TLS (STARTTLS)
    smtp_key: str = ""
    smtp_tls_required: bool = False  # and nothing is taken without it
    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    sip_tls_port: int = 0  # any free one, which the phones are told
    rtp_first: int = 40_000
    rtp_last: int = 40_999
    data: str = ""


@dataclass(frozen=True, slots=True)
class _Names:
    """What the rest of the file may refer to."""

    queues: Collection[str]
    skills: Collection[str]
    dispositions: Collection[str]
    scripts: Collection[str]
    flows: Collection[str]


def load_centre(path: Path) -> Centre:
    """Read and check a `centre.toml`.  Raises `ConfigError` that lists every problem with its line."""
    return centre_of(tomlfile.read(path))[0]


def load_server(path: Path) -> ServerSettings:
    """Read the `[server]` table of a `centre.toml`.  Raises `ConfigError`."""
    return centre_of(tomlfile.read(path))[1]


def centre_of(document: Document) -> tuple[Centre, ServerSettings]:
    """Give the values of a parsed file.  Raises `ConfigError`."""
    root = document.root
    skills = root.texts("skills")
    names = _Names(
        queues=root.table("queues").names(),
        skills=skills,
        dispositions=root.table("dispositions").names(),
        scripts=root.table("scripts").names(),
        flows=root.table("flows").names(),
    )
    waits = config_queues.Names(
        queues=names.queues,
        skills=skills,
        dispositions=names.dispositions,
        scripts=names.scripts,
        hours=root.table("hours").names(),
        agents=root.table("agents").names(),
    )
    dispositions = [
        config_wrapup.disposition(key, table, names.dispositions)
        for key, table in root.tables("dispositions")
    ]
    queues = {QueueId(key): config_queues.queue(key, table, waits) for key, table in root.tables("queues")}
    voice = {str(key) for key, queue in queues.items() if VOICE in queue.media}
    guides = config_flows.Names(
        queues=voice,
        mailboxes={str(key) for key, queue in queues.items() if VOICEMAIL in queue.media},
        skills=skills,
        hours=root.table("hours").names(),
    )
    agents = [_agent(key, table, names) for key, table in root.tables("agents")]
    ruled = config_rules.names_of(document)
    centre = Centre(
        name=root.text("name", None, most=100),
        queues=queues,
        agents={agent.id: agent for agent in agents},
        skills=tuple(SkillId(skill) for skill in skills),
        reasons=config_reasons.breaks(root, {agent.team for agent in agents}),
        decline_reasons=config_reasons.declines(root),
        decline_needs_reason=root.flag("decline_needs_reason", default=False),
        dispositions={disposition.code: disposition for disposition in dispositions},
        scripts={key: config_guides.script(key, table) for key, table in root.tables("scripts")},
        templates=tuple(config_replies.template(key, table) for key, table in root.tables("templates")),
        views=config_replies.views(root),
        numbers=tuple(_number(table, names) for table in root.rows("numbers")),
        flows={key: config_flows.flow(key, table, guides) for key, table in root.tables("flows")},
        hours={key: config_flows.hours(key, table) for key, table in root.tables("hours")},
        mailboxes=tuple(_mailbox(key, table, queues) for key, table in root.tables("mailboxes")),
        chats=tuple(
            _chat(key, table, queues, root.table("mailboxes").names()) for key, table in root.tables("chats")
        ),
        sms=tuple(config_messaging.number(key, table, queues) for key, table in root.tables("sms")),
        social=tuple(config_messaging.account(key, table, queues) for key, table in root.tables("social")),
        languages=_languages(root),
        trunks=root.texts("trunk_addresses"),
        trunk_accounts=tuple(config_telephony.trunk(key, table) for key, table in root.tables("trunks")),
        routes=tuple(
            config_telephony.route(table, root.table("trunks").names()) for table in root.rows("routes")
        ),
        limits=config_telephony.limits(root.table("limits")),
        exchange=config_telephony.exchange(root.table("exchange")),
        supervision=root.text("supervision", "told", choices=SUPERVISION),
        self_test=root.text("self_test", "offered", choices=SELF_TEST),
        text_greeting=root.text("text_greeting", Centre(name="").text_greeting),
        keep_captions=root.flag("keep_captions", default=True),
        wrapup_safety_s=config_wrapup.safety(root, Centre(name="").wrapup_safety_s),
        outbound_keeps_idle=root.flag("outbound_keeps_idle", default=False),
        away_s=Seconds(root.number("away_s", 1800.0, least=0.0, most=86_400.0)),
        keep_recordings_days=root.whole("keep_recordings_days", 0, least=0, most=36_500),
        music=root.file("music"),
        text_skill=_text_skill(root, skills),
        relay_timers=root.number("relay_timers", 2.0, least=1.0, most=LONGEST),
        rules=tuple(config_rules.rule(key, table, ruled) for key, table in root.tables("rules")),
        macros=tuple(config_rules.macro(key, table, ruled) for key, table in root.tables("macros")),
    )
    settings = _server(root.table("server"))
    root.done()
    config_wrapup.check(document, centre)
    _check_doubles(root, centre)
    config_queues.check(root, centre)
    config_routing.check_reach(root, centre)
    config_routing.check_delays(root, [(q, p.delay_s) for a in agents for q, p in a.places.items()])
    document.check()
    return centre, settings


def _agent(key: str, table: Table, names: _Names) -> AgentEntry:
    queues = table.texts("queues", choices=names.queues)
    agent = AgentEntry(
        id=AgentId(key),
        name=table.text("name", None, most=100),
        role=table.text("role", "agent", choices=ROLES),
        extension=table.match("extension", _EXTENSION, "an extension: 2 to 10 digits"),
        team=table.text("team", most=LABEL_MOST),
        queues=tuple(QueueId(queue) for queue in queues),
        **config_routing.of_agent(table, queues),
        skills={SkillId(skill): level for skill, level in table.levels("skills", names.skills).items()},
        limits={
            MediumId(medium): most for medium, most in table.levels("limits", MEDIA, least=0, most=20).items()
        },
    )
    if table.has("password"):
        table.blame("password", "a password never stands in this file; use: agent-desktop admin users.")
        table.text("password")
    table.done()
    return agent


def _number(table: Table, names: _Names) -> Number:
    number = table.match("number", _NUMBER, "a number: 2 to 15 digits, '+' in front if international", None)
    flow = table.text("flow", None)
    if flow and flow not in names.flows:
        table.blame("flow", f"there is no flow {flow!r}.")
    text = table.text("text", choices=TEXT)
    needs = table.texts("needs", choices=NEEDS)
    table.done()
    return Number(number=number, flow=flow, text=text, needs=needs)


def _mailbox(key: str, table: Table, queues: dict[QueueId, Queue]) -> Mailbox:
    mailbox = Mailbox(
        id=ChannelId(key),
        address=table.match("address", _ADDRESS, "a mail address", None),
        queue=config_messaging.queue_for(table, EMAIL, queues),
        name=table.text("name", most=100),
        signature=table.text("signature"),
        imap_host=table.text("imap_host"),
        imap_port=table.whole("imap_port", 993, least=1, most=65_535),
        imap_tls=table.flag("imap_tls", default=True),
        imap_user=table.text("imap_user"),
        imap_password_file=table.file("imap_password_file"),
        imap_folder=table.text("imap_folder", "INBOX"),
        smtp_host=table.text("smtp_host"),
        smtp_port=table.whole("smtp_port", 25, least=1, most=65_535),
        smtp_tls=table.text("smtp_tls", "none", choices=TLS),
        smtp_user=table.text("smtp_user"),
        smtp_password_file=table.file("smtp_password_file"),
        ownership=table.text("ownership", "assignee", choices=OWNERSHIP),
        undo_s=Seconds(table.number("undo_s", 10.0, least=0.0, most=LONGEST_UNDO_S)),
        aliases=_aliases(table),
        dkim_selector=table.match("dkim_selector", _SELECTOR, "a selector such as mail2026"),
        dkim_key_file=table.file("dkim_key_file"),
        imap_starttls=table.flag("imap_starttls", default=False),
    )
    if mailbox.imap_tls and mailbox.imap_starttls:
        table.blame("imap_starttls", "imap_tls is safe from the start: set imap_tls = false for STARTTLS.")
    if bool(mailbox.dkim_selector) != bool(mailbox.dkim_key_file):
        table.blame("dkim_key_file", "dkim_selector and dkim_key_file belong together.")
    for side, host, needs in (
        ("imap", mailbox.imap_host, (mailbox.imap_user, mailbox.imap_password_file)),
        ("smtp", mailbox.smtp_user, (mailbox.smtp_host, mailbox.smtp_password_file)),
    ):
        if host and not all(needs):
            table.blame("", f"{side}_host, {side}_user and {side}_password_file belong together.")
    table.done()
    return mailbox


def _aliases(table: Table) -> tuple[str, ...]:
    found = table.texts("aliases")
    for place, address in enumerate(found):
        if _ADDRESS.fullmatch(address) is None:
            table.document.blame((*table.where, "aliases", place), f"{address!r} is not a mail address.")
    return found


def _chat(key: str, table: Table, queues: dict[QueueId, Queue], boxes: Collection[str]) -> ChatSite:
    chat = ChatSite(
        id=ChannelId(key),
        queue=config_messaging.queue_for(table, CHAT, queues),
        title=table.text("title", "Chat with us", most=100),
        greeting=table.text("greeting", most=500),
        origins=table.texts("origins"),
        ownership=table.text("ownership", "assignee", choices=OWNERSHIP),
        mailbox=ChannelId(table.text("mailbox")),
    )
    if chat.mailbox and chat.mailbox not in boxes:
        table.blame("mailbox", f"there is no mailbox {chat.mailbox!r}.")
    for place, origin in enumerate(chat.origins):
        if _ORIGIN.fullmatch(origin) is None:
            table.document.blame(
                (*table.where, "origins", place), f"{origin!r} is not like https://www.example.com."
            )
    table.done()
    return chat


def _text_skill(root: Table, skills: tuple[str, ...]) -> SkillId:
    """What serves customers who type in calls; the usual one need not be among the skills."""
    usual = Centre(name="").text_skill
    return SkillId(root.text("text_skill", usual, choices=("", usual, *skills)))


def _languages(root: Table) -> tuple[str, ...]:
    languages = root.texts("languages") or ("en",)
    for place, language in enumerate(languages):
        if config_replies.LANGUAGE.fullmatch(language) is None:
            root.document.blame(("languages", place), f"{language!r} is not a language such as en or pt-BR.")
    return languages


def _server(table: Table) -> ServerSettings:
    plain = ServerSettings()

    def port(name: str, least: int = 0) -> int:
        return table.whole(name, getattr(plain, name), least=least, most=65_535)

    settings = ServerSettings(
        http_host=table.text("http_host", plain.http_host, most=255),
        http_port=port("http_port"),
        smtp_host=table.text("smtp_host", plain.smtp_host, most=255),
        smtp_port=port("smtp_port"),
        lmtp_port=port("lmtp_port") if table.has("lmtp_port") else None,
        smtp_certificate=table.file("smtp_certificate"),
        smtp_key=table.file("smtp_key"),
        smtp_tls_required=table.flag("smtp_tls_required", default=False),
        sip_host=table.text("sip_host", plain.sip_host, most=255),
        sip_port=port("sip_port"),
        sip_tls_port=port("sip_tls_port"),
        rtp_first=port("rtp_first", 1024),
        rtp_last=port("rtp_last", 1024),
        data=table.text("data"),
    )
    if settings.rtp_last - settings.rtp_first < 3:
        table.blame("rtp_last", "a call needs four ports: rtp_last is at least rtp_first + 3.")
    if bool(settings.smtp_certificate) != bool(settings.smtp_key):
        table.blame("smtp_key", "smtp_certificate and smtp_key belong together.")
    if settings.smtp_tls_required and not settings.smtp_certificate:
        table.blame("smtp_tls_required", "TLS needs smtp_certificate and smtp_key.")
    table.done()
    return settings


def _check_doubles(root: Table, centre: Centre) -> None:
    """What must be told apart is not there twice."""
    places: list[tuple[str, str, tuple[str | int, ...]]] = [
        *(("extension", a.extension, ("agents", key, "extension")) for key, a in centre.agents.items()),
        *(("number", n.number, ("numbers", place, "number")) for place, n in enumerate(centre.numbers)),
        *(("mail address", m.address.casefold(), ("mailboxes", m.id, "address")) for m in centre.mailboxes),
        *(
            ("mail address", alias.casefold(), ("mailboxes", m.id, "aliases", place))
            for m in centre.mailboxes
            for place, alias in enumerate(m.aliases)
        ),
        *(("channel", m.id, ("mailboxes", m.id)) for m in centre.mailboxes),
        *(("channel", chat.id, ("chats", chat.id)) for chat in centre.chats),
        *(("channel", one.id, ("sms", one.id)) for one in centre.sms),
        *(("channel", one.id, ("social", one.id)) for one in centre.social),
    ]
    # An extension and a number are dialled alike.
    taken: set[tuple[str, str]] = set()
    for kind, value, where in places:
        name = ("dialled" if kind in {"extension", "number"} else kind, value)
        if value and name in taken:
            root.document.blame(where, f"the {kind} {value} is taken already.")
        taken.add(name)
