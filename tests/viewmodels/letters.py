"""A mailbox, a text channel and a chat for the tests of writing: what is written, and to whom it goes."""

from __future__ import annotations

from typing import Any

import msgspec

from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.customer import AddressModel
from agent_desktop.wire.listing import ChannelInfo, MacroModel, StepModel
from tests.client.desks import Desk
from tests.client.small_centre import CENTRE, CUSTOMER

NOW = 1_795_255_200.0
MAILBOX = ChannelInfo(
    id="help", medium="email", name="Help", address="help@nordlight.example", undo_s=10.0,
    file_limit_bytes=1_000_000, file_types=("application/pdf", "image/png", "text/plain"),
)  # fmt: skip
TEXTS = ChannelInfo(id="sms1", medium="sms", name="Nordlight SMS", address="+4930123", text_limit=160)
MACROS = (
    MacroModel(id="refund", label="Refund", key="1", steps=(
        StepModel(act="tag", value="refund"),
        StepModel(act="template", value="thanks"),
        StepModel(act="note", value="Refund promised to {customer.name}."),
        StepModel(act="snooze", value="3d"),
    )),
    MacroModel(id="bye", label="Goodbye", steps=(
        StepModel(act="reply", value="Thank you for writing."),
        StepModel(act="send"),
        StepModel(act="resolve"),
    )),
)  # fmt: skip
PEOPLE = {"v1": ("Amina Yusuf", "amina@example.com", "c1"), "v2": ("Omar Haddad", "omar@example.com", "c2"),
          "v3": ("Lena Brandt", "lena@example.com", "c3")}  # fmt: skip


def work(conversation: str) -> m.InteractionModel:
    name, address, customer = PEOPLE[conversation]
    return m.InteractionModel(
        id=f"i{conversation[1:]}", medium="email", state="active", agent="a7", queue="support",
        customer=customer, conversation=conversation, customer_name=name, from_address=address,
        subject="Order 48213", channel="help", arrived_at=NOW - 700,
        updated_at=NOW - 700 + int(conversation[1:]),
    )  # fmt: skip


def thread(conversation: str, **fields: Any) -> m.ConversationModel:
    name, address, customer = PEOPLE[conversation]
    plain = m.ConversationModel(
        id=conversation, medium="email", channel="help", customer=customer, customer_name=name,
        address=address, subject=f"Order of {name}", channels=("help", "sms1"), owner="a7",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def said(number: int, conversation: str = "v1", direction: str = "in", **fields: Any) -> m.MessageModel:
    name, address, _customer = PEOPLE[conversation]
    plain = m.MessageModel(
        id=f"{conversation}-m{number}", conversation=conversation, medium="email", direction=direction,
        text=f"text {number}", at=NOW - 600 + number, from_address=address if direction == "in" else "",
        author_name=name if direction == "in" else "",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def centre(**fields: Any) -> m.CentreInfo:
    sms = m.MediumInfo(id="sms", name="SMS", icon="sms", text=True)
    templates = (
        *CENTRE.templates,
        m.TemplateInfo(id="late", label="Late", text="Your parcel is late, {customer.first_name}.",
                       language="en"),
        m.TemplateInfo(id="late-fr", label="Late", text="Votre colis a du retard.", language="fr"),
        m.TemplateInfo(id="form", label="Form", text="The form is attached.",
                       files=(m.AttachmentModel(id="f9", name="form.pdf", size_bytes=1200),)),
        m.TemplateInfo(id="texted", label="Texted", text="Short.", media=("sms",)),
    )  # fmt: skip
    return msgspec.structs.replace(
        CENTRE, media=(*CENTRE.media, sms), channels=(MAILBOX, TEXTS), macros=MACROS, templates=templates,
        **fields,
    )  # fmt: skip


def with_letters(desk: Desk, *conversations: str, **fields: Any) -> None:
    """Conversations in hand, each with a first letter; the first one is looked at."""
    card = msgspec.structs.replace(
        CUSTOMER, addresses=(*CUSTOMER.addresses, AddressModel(kind="email", value="amina@example.com"))
    )
    desk.events(e.CentreChanged(centre=centre()), e.CustomerChanged(customer=card))
    for one in conversations or ("v1",):
        desk.events(
            e.ConversationChanged(conversation=thread(one, **fields)),
            e.MessageChanged(message=said(1, one)),
            e.InteractionChanged(interaction=work(one)),
        )
    look_at(desk, (conversations or ("v1",))[0])
    desk.outside.router.clear()
    desk.refreshes.clear()


def look_at(desk: Desk, conversation: str) -> None:
    assert desk.desktop.act("inbox.open", id=work(conversation).id) == ""


def key(desk: Desk) -> str:
    """The key of the draft as the editor shows it."""
    composer = desk.desktop.composer()
    assert composer is not None
    return composer.draft_key


def sent(desk: Desk) -> list[c.SendMessage]:
    return [x for x in desk.outside.commands() if isinstance(x, c.SendMessage)]


def strips(desk: Desk) -> list[str]:
    composer = desk.desktop.composer()
    assert composer is not None
    return [strip.id for strip in composer.strips]


def confirm(desk: Desk, command: c.SendMessage, **fields: Any) -> m.MessageModel:
    """The router takes a reply and tells of it."""
    held = desk.now + command.held_s if command.held_s else 0.0
    message = m.MessageModel(
        id=command.message, conversation=command.conversation, medium="email", direction="out", at=desk.now,
        text=command.text, author="a7", to_addresses=(command.to_address,), delivery="queued",
        held_until_at=held,
    )  # fmt: skip
    message = msgspec.structs.replace(message, **fields)
    desk.events(e.MessageChanged(message=message))
    request = next(i for i, x in desk.outside.router if x is command)
    desk.events(e.Reply(request=request))
    return message
