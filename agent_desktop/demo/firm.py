"""The small firm Nordlight as data: customers, what they came for, knowledge (`resources/centre`).

Days in the files count back from the instant at which the sample is written, so that the firm is always
of today.  The instants here fall into working hours and never into the future.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop import assets
from agent_desktop.domain.customer import Address, Customer, Order
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.types import CustomerId, Instant

DAY_S: Final = 86_400.0
OPENS_S: Final = 9 * 3600.0
REVIEW_DAYS: Final = 180


class OrderRow(msgspec.Struct, frozen=True):
    """A purchase."""

    id: str
    title: str
    state: str
    tone: str
    value: str
    days: int


class PastRow(msgspec.Struct, frozen=True):
    """That a customer came for a topic, so many days ago."""

    topic: str
    days: int


class CustomerRow(msgspec.Struct, frozen=True):
    """One [[customers]]."""

    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    city: str
    timezone: str
    language: str
    since: int
    orders: tuple[OrderRow, ...] = ()
    past: tuple[PastRow, ...] = ()
    tags: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    verified: bool = False

    @property
    def id(self) -> CustomerId:
        """The name in plain letters: `amina-yusuf`."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lower()
        return CustomerId(re.sub(r"[^a-z0-9]+", "-", plain).strip("-"))


class Topic(msgspec.Struct, frozen=True):
    """One [topics.ID]."""

    medium: str
    queue: str
    subject: str
    talk_s: float
    disposition: str = ""
    values: dict[str, str] = {}
    note: str = ""
    agent: str = ""
    path: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    open: bool = False
    abandoned: bool = False


class ArticleRow(msgspec.Struct, frozen=True):
    """One [articles.ID]."""

    title: str
    summary: str
    body: str
    owner: str
    updated_days: int
    tags: tuple[str, ...] = ()
    public: bool = True


class Firm(msgspec.Struct, frozen=True):
    """Everything that the sample holds."""

    customers: tuple[CustomerRow, ...]
    topics: dict[str, Topic]
    articles: dict[str, ArticleRow]


def centre_file() -> Path:
    """The sample `centre.toml`."""
    return assets.resource("centre", "centre.toml")


def firm() -> Firm:
    """Read the files."""
    return Firm(
        customers=msgspec.convert(_toml("customers")["customers"], tuple[CustomerRow, ...]),
        topics=msgspec.convert(_toml("topics")["topics"], dict[str, Topic]),
        articles=msgspec.convert(_toml("articles")["articles"], dict[str, ArticleRow]),
    )


def card(row: CustomerRow, now: Instant) -> Customer:
    """The card of a customer."""
    ways = [("phone", value) for value in row.phones] + [("email", value) for value in row.emails]
    return Customer(
        id=row.id,
        name=row.name,
        addresses=tuple(Address(kind=kind, value=value, verified=row.verified) for kind, value in ways),
        language=row.language,
        timezone=row.timezone,
        city=row.city,
        since_year=row.since,
        tags=row.tags,
        access_needs=row.access,
        consent=row.consent,
        facts=row.facts,
        alerts=row.alerts,
        orders=tuple(
            Order(
                id=order.id,
                title=order.title,
                state=order.state,
                tone=order.tone,
                value=order.value,
                ordered_at=days_before(now, order.days),
            )
            for order in row.orders
        ),
    )


def article(key: str, row: ArticleRow, now: Instant) -> Article:
    """A knowledge article."""
    return Article(
        id=key,
        title=row.title,
        summary=row.summary,
        body=row.body.strip(),
        tags=row.tags,
        public=row.public,
        owner=row.owner,
        updated_at=days_before(now, row.updated_days),
        review_at=Instant(days_before(now, row.updated_days) + REVIEW_DAYS * DAY_S),
    )


def days_before(now: Instant, days: int, number: int = 0) -> Instant:
    """An instant in the working hours of an earlier day (UTC); `number` moves it about."""
    midnight = now - now % DAY_S - max(1, days) * DAY_S
    return Instant(midnight + OPENS_S + number * 2_837 % 28_800)


def _toml(name: str) -> dict[str, object]:
    with assets.resource("centre", f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
