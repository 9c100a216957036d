"""What of the centre does not work, as sentences: since when, why, and gone when it works again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from agent_desktop.client.news import TroublesMoved
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.models import TroubleModel

DAY_S = 86_400.0


def notices(s: Situation, zone: tzinfo | None = None) -> Iterator[Notice]:
    """One for each; it goes when its cause is gone."""
    for one in s.store.replica.troubles:
        yield Notice(f"trouble:{one.id}", sentence(s, one, zone), Tone.DANGER, one.since_at)


def sentence(s: Situation, one: TroubleModel, zone: tzinfo | None = None) -> str:
    """Since when, and why."""
    since = words.clock(one.since_at, zone)
    if s.now - one.since_at > DAY_S:
        since = f"{words.date(one.since_at, s.now, zone)} {since}"
    return _("{name} has not worked since {time}: {why}", name=one.name, time=since, why=one.text)


def told(s: Situation, news: TroublesMoved, zone: tzinfo | None = None) -> tuple[str, ...]:
    """What is new and what works again; another reason for the same one is not said again."""
    before, after = _names(news.before), _names(news.after)
    new = [sentence(s, one, zone) for one in news.after if one.id not in before]
    return (*new, *(_("{name} works again.", name=name) for key, name in before.items() if key not in after))


def _names(troubles: Iterable[TroubleModel]) -> dict[str, str]:
    return {one.id: one.name for one in troubles}
