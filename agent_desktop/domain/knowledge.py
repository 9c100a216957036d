"""Knowledge articles: one text for agents and for the public help centre (E2)."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.types import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article; `public` ones are on the help centre too; `review_at` asks its owner to look again."""

    id: str
    title: str
    summary: str = ""
    body: str = ""
    tags: tuple[str, ...] = ()
    public: bool = True
    owner: str = ""
    updated_at: Instant = Instant(0.0)
    review_at: Instant = Instant(0.0)
