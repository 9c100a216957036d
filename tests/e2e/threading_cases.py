"""The threading table (PRODUCT B3, U-18): mails as they come, where each belongs, and what the agent reads.

One row after the other happens in the same centre with two mailboxes.  A row names earlier rows by their
names; `lands` says for each mailbox in which row's conversation the mail is, and with which reason.  DAY is
the date.
The complaints (R40 to R46) are those of `PRODUCT.md`: faults of other programs that ours must not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HELP, SALES = "help", "sales"
ADA, BO, EVE = "ada@outside.example", "bo@outside.example", "eve@outside.example"
GONE = "carla@gone.example"
NOTHING = "It names no earlier mail: a new conversation."
UNKNOWN = "It names only mails that are not kept here: a new conversation."


@dataclass(frozen=True, kw_only=True)
class Came:
    """A mail comes: `answers` and `refers` name rows, whose Message-IDs then stand in the headers."""

    name: str
    lands: Mapping[str, tuple[str, str]]
    complaint: str = ""
    sender: str = ADA
    subject: str = "My lamp"
    to: tuple[str, ...] = (HELP,)
    copy: tuple[str, ...] = ()
    answers: str = ""
    refers: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    same_as: str = ""  # it is that mail once more, byte for byte
    envelope: str | None = None  # what MAIL FROM says; none: the sender
    detail: str = ""  # of the address: help+detail@
    automatic: bool = False


@dataclass(frozen=True, kw_only=True)
class Replied:
    """The agent answers in the conversation of a row; the customer's mailbox gets it."""

    name: str
    within: str
    mailbox: str = HELP
    reader: str = ADA


@dataclass(frozen=True, kw_only=True)
class Bounced:
    """The agent answers somebody whose server knows nobody: Postfix sends a report."""

    name: str
    within: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A conversation goes into another."""

    name: str
    into: str


TABLE: tuple[Came | Replied | Bounced | Merged, ...] = (
    Came(name="first", lands={HELP: ("first", NOTHING)}),
    Came(
        name="same-words",
        complaint="R40: the same subject from the same sender was merged",
        lands={HELP: ("same-words", NOTHING)},
    ),
    Came(
        name="same-subject",
        complaint="R40: the same subject with Re: from somebody else was merged",
        sender=BO,
        subject="Re: My lamp",
        lands={HELP: ("same-subject", NOTHING)},
    ),
    Came(
        name="more",
        answers="first",
        subject="Re: My lamp",
        lands={HELP: ("first", "In-Reply-To names the customer's mail of DAY.")},
    ),
    Replied(name="reply", within="first"),
    Came(
        name="thunderbird",
        complaint="R42: In-Reply-To and References of our own reply",
        answers="reply",
        refers=("first", "more", "reply"),
        subject="Re: My lamp",
        lands={HELP: ("first", "In-Reply-To names your reply of DAY.")},
    ),
    Came(
        name="outlook",
        complaint="R42: a subject of its own language, and Outlook's own thread fields",
        answers="reply",
        refers=("first", "more", "reply"),
        subject="AW: My lamp",
        fields={"Thread-Topic": "My lamp", "Thread-Index": "AQHZmxT1d2sWqkKxTUe0"},
        lands={HELP: ("first", "In-Reply-To names your reply of DAY.")},
    ),
    Came(
        name="gmail",
        complaint="R40: another subject in the same thread was dropped",
        answers="reply",
        refers=("first", "more", "reply"),
        subject="Something else entirely",
        lands={HELP: ("first", "In-Reply-To names your reply of DAY.")},
    ),
    Came(
        name="references-alone",
        complaint="R41: a program that sends no In-Reply-To",
        refers=("first", "reply"),
        lands={HELP: ("first", "References names your reply of DAY.")},
    ),
    Came(
        name="long-chain",
        complaint="R42: References that a program cut in the middle",
        refers=("unknown-1", "unknown-2", "first"),
        answers="unknown-3",
        lands={HELP: ("first", "References names the customer's mail of DAY.")},
    ),
    Came(
        name="stranger",
        complaint="R40: whoever names a mail's id got into its conversation",
        sender=EVE,
        answers="first",
        lands={
            HELP: (
                "stranger",
                f"In-Reply-To names a mail of DAY, but {EVE} had no part in it: a new conversation.",
            )
        },
    ),
    Came(
        name="colleague",
        complaint="R41: a reply from another address opened a new ticket",
        sender=BO,
        answers="reply",
        lands={HELP: ("first", f"In-Reply-To names your reply of DAY; {BO} is new here.")},
    ),
    Came(
        name="garbage",
        complaint="R40: fields that hold no id",
        fields={"In-Reply-To": "your ticket of <today"},
        lands={HELP: ("garbage", NOTHING)},
    ),
    Came(
        name="unknown",
        complaint="R40: an answer to a mail that was never here",
        answers="unknown-9",
        lands={HELP: ("unknown", UNKNOWN)},
    ),
    Came(
        name="both",
        complaint="R41: one mail to two mailboxes",
        to=(HELP,),
        copy=(SALES,),
        subject="To both",
        lands={HELP: ("both", NOTHING), SALES: ("both", NOTHING)},
    ),
    Replied(name="from-help", within="both"),
    Came(
        name="reply-all",
        complaint="R41: replies to both mix up",
        to=(HELP,),
        copy=(SALES,),
        answers="from-help",
        refers=("both", "from-help"),
        subject="Re: To both",
        lands={
            HELP: ("both", "In-Reply-To names your reply of DAY."),
            SALES: ("both", "References names the customer's mail of DAY."),
        },
    ),
    Came(
        name="to-the-other",
        complaint="R41: an answer to one mailbox sent to the other",
        to=(SALES,),
        answers="reply",
        lands={
            SALES: (
                "to-the-other",
                "In-Reply-To names your reply of DAY in another mailbox: a new conversation in this one.",
            )
        },
    ),
    Came(
        name="again",
        complaint="R43: the same mail delivered twice",
        same_as="both",
        to=(HELP,),
        copy=(SALES,),
        lands={},
    ),
    Came(
        name="detail",
        complaint="R41: an address with a detail",
        detail="order-48213",
        lands={HELP: ("detail", NOTHING)},
    ),
    Came(
        name="absence",
        complaint="R44: an absence note",
        answers="reply",
        envelope="",
        automatic=True,
        fields={"Auto-Submitted": "auto-replied", "Precedence": "bulk"},
        lands={HELP: ("first", "In-Reply-To names your reply of DAY.")},
    ),
    Came(
        name="list",
        complaint="R44: a list",
        sender=BO,
        fields={"List-Id": "<news.outside.example>"},
        automatic=True,
        lands={HELP: ("list", NOTHING)},
    ),
    Came(name="to-nobody", sender=GONE, lands={HELP: ("to-nobody", NOTHING)}),
    Bounced(
        name="bounce",
        within="to-nobody",
        reason="The delivery report names your reply of DAY.",
    ),
    Merged(name="same-words", into="first"),
    Came(
        name="after-merge",
        complaint="R45: an answer to a conversation that went into another",
        answers="same-words",
        lands={HELP: ("first", "In-Reply-To names the customer's mail of DAY.")},
    ),
)
