"""What can be chosen of the screen, of hearing and the ring, of the keys, as the settings pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from agent_desktop import settings
from agent_desktop.client import shortcuts
from agent_desktop.client.choices import NONE, USUAL, WAYS, Choices, media_of
from agent_desktop.client.phone_updates import CAPTIONS
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.settings import Setting
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.offers import OfferCard
from agent_desktop.viewmodels.parts import Button
from agent_desktop.viewmodels.settings_rows import ChoiceRow, ChoicesView, KeyRow, KeysView

SIZES = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


def screen_page(s: Situation, choices: Choices) -> ChoicesView:
    """Colours, size of the text, movement, and how much is read out."""
    return ChoicesView(
        _("Screen and reading"),
        tuple(
            ChoiceRow(label, _options(s, choices, setting, values), help=said)
            for setting, label, values, said in _screen(choices)
        ),
        _("What is chosen holds at once, and at the next start."),
    )


def _screen(
    choices: Choices,
) -> tuple[tuple[Setting[Any], str, Sequence[tuple[Any, str]], str], ...]:
    sizes = sorted({*SIZES, float(choices[settings.SCALE])})
    return (
        (
            settings.THEME,
            _("Colours"),
            (
                ("system", _("As the system")),
                ("light", _("Light")),
                ("dark", _("Dark")),
                ("contrast-light", _("High contrast, light")),
                ("contrast-dark", _("High contrast, dark")),
            ),
            "",
        ),
        (
            settings.SCALE,
            _("Size of the text"),
            tuple((size, _("{n} %", n=round(size * 100))) for size in sizes),
            "",
        ),
        (
            settings.REDUCED_MOTION,
            _("Less movement"),
            (("system", _("As the system")), ("on", _("Always")), ("off", _("Never"))),
            _("With less movement nothing slides or flashes: what rings has a still edge."),
        ),
        (
            settings.READING,
            _("Read out by itself"),
            (
                (0, _("Rings and ends")),
                (1, _("Also what happens")),
                (2, _("Also messages")),
                (3, _("Everything")),
            ),
            _("What the screen reader is told without being asked."),
        ),
        (
            settings.READ_CALL_TEXT,
            _("Text typed in calls, in text mode"),
            (("sentences", _("By sentences")), ("letters", _("Letter by letter"))),
            _("Letter by letter is for braille: the keys go to the call too, and Ctrl+D ends it."),
        ),
    )


def _options(
    s: Situation, choices: Choices, setting: Setting[Any], values: Sequence[tuple[Any, str]]
) -> tuple[Button, ...]:
    now = choices[setting]
    return tuple(
        button(
            "choice.set", s, label=label, checked=value == now, name=setting.name, value=str(value) or USUAL
        )
        for value, label in values
    )


def wanted(choices: Choices, said: Iterable[Announcement]) -> tuple[Announcement, ...]:
    """What is read out by itself: the rest keeps its sound, and what a notification says."""
    most = int(choices[settings.READING])
    marked = (replace(one, about=one.sound) if one.sound else one for one in said)
    found = (one if _level(one) <= most else replace(one, text="", shown=one.text) for one in marked)
    return tuple(one for one in found if one.text or one.about)


def _level(one: Announcement) -> int:
    """0 rings and ends, and times that run out; 1 what happens; 2 messages."""
    if one.assertive or one.clock:
        return 0
    return 2 if one.sound == "message" else 1


def signed(s: Situation, choices: Choices, cards: tuple[OfferCard, ...]) -> tuple[OfferCard, ...]:
    """The cards with what shows each besides: chosen for its medium."""
    if not cards:
        return ()
    known = tuple(medium.id for medium in s.store.replica.centre.media)
    on = {way.name.partition(".")[2]: media_of(choices, way, known) for way in WAYS}
    silent = s.store.phone.told.sound.silent
    return tuple(
        replace(
            card,
            signs=tuple(way for way, media in on.items() if card.medium in media),
            silent=card.medium in silent,
        )
        for card in cards
    )


def messages_shown(choices: Choices) -> tuple[str, ...]:
    """By what it is noticed that a message, or somebody's turn, waits while the window is away."""
    ways = (settings.RING_TASKBAR, settings.RING_NOTIFY)
    return tuple(way.name.partition(".")[2] for way in ways if choices[way] != NONE)


def _hearing(s: Situation) -> tuple[ChoiceRow, ...]:
    """How loud calls are heard, and in which ear."""
    sound = s.store.phone.told.sound
    volumes = sorted({0.0, 6.0, 12.0, 18.0, 20.0, sound.volume_db})
    volume = tuple(
        button("sound.volume", s, label=_("Usual") if not db else _("+{n} dB", n=round(db)),
               checked=db == sound.volume_db, value=f"{db:g}")
        for db in volumes
    )  # fmt: skip
    sides = {-1.0: _("Left ear alone"), -0.5: _("More left"), 0.0: _("Both ears"), 0.5: _("More right"),
             1.0: _("Right ear alone")}  # fmt: skip
    balance = tuple(
        button("sound.balance", s, label=label, checked=side == sound.balance, value=f"{round(side * 100)}")
        for side, label in sides.items()
    )
    return (
        ChoiceRow(
            _("Volume of calls"), volume, _("Loud voices are held back, so that nothing is distorted.")
        ),
        ChoiceRow(_("Balance"), balance, _("For headsets and cards with two sides.")),
    )


def _reading(s: Situation, choices: Choices) -> tuple[ChoiceRow, ...]:
    """What makes captions of calls, and when they begin."""
    told = s.store.phone.told
    is_on = choices[settings.CAPTIONS] != settings.CAPTIONS.default
    why_not = told.captions_detail if is_on and CAPTIONS not in told.capabilities else ""
    model = str(choices[settings.CAPTIONS_MODEL])
    own = (("", _("The usual one: English")),)
    rows: tuple[tuple[Setting[Any], str, Sequence[tuple[Any, str]], str], ...] = (
        (
            settings.CAPTIONS,
            _("Captions of calls"),
            (("off", _("Off")), ("whisper", _("Made on this computer"))),
            why_not or _("What is said is shown as text, with mistakes. No sound leaves this computer."),
        ),
        (
            settings.CAPTIONS_START,
            _("Captions begin"),
            ((False, _("When asked for")), (True, _("With every call"))),
            "",
        ),
        (
            settings.CAPTIONS_MODEL,
            _("Model of captions"),
            (*own, (model, model)) if model else own,
            _("Another model's folder is given by name, in settings.toml or in text mode."),
        ),
    )
    return tuple(
        ChoiceRow(label, _options(s, choices, setting, values), help=said)
        for setting, label, values, said in rows
    )


def ringing_page(s: Situation, choices: Choices) -> ChoicesView:
    """For each medium: by what it is noticed that it rings."""
    media = s.store.replica.centre.media
    known = tuple(medium.id for medium in media)
    silent = s.store.phone.told.sound.silent
    rows = []
    for medium in media:
        sound = button(
            "sound.silent", s, label=_("Sound"), checked=medium.id not in silent, medium=medium.id,
            value="on" if medium.id in silent else "off",
        )  # fmt: skip
        ways = (
            button("choice.turn", s, label=label, checked=medium.id in media_of(choices, way, known),
                   name=way.name, medium=medium.id)
            for way, label in zip(WAYS, way_words(), strict=True)
        )  # fmt: skip
        rows.append(ChoiceRow(_("{medium} rings by", medium=medium.name), (sound, *ways)))
    return ChoicesView(
        _("Hearing and ringing"),
        (*_hearing(s), *_reading(s, choices), *rows),
        _("The card with its countdown always shows what rings, and the screen reader is always told."
          " How loud it rings, and on which device, is under Devices and sound."),
    )  # fmt: skip


def way_words() -> tuple[str, ...]:
    """The ways of `client.choices.WAYS` in words."""
    return (_("Band"), _("Flashing band"), _("Task bar"), _("Notification"))


def keys_page(s: Situation) -> KeysView:
    """The keys of the actions."""
    groups: dict[str, list[KeyRow]] = {}
    for row in shortcuts.current().rows():
        groups.setdefault(row.group, []).append(KeyRow(row.id, row.label, row.keys, row.usual))
    changed = len(shortcuts.current().changed)
    reason = "" if changed else _("Every action has its usual key.")
    return KeysView(
        _("Shortcuts"),
        _("Choose an action, press Enter, then the new keys. Delete takes the key away, Backspace brings"
          " back the usual one."),
        tuple((group, tuple(rows)) for group, rows in groups.items()),
        button("keys.reset", s, reason=reason),
    )  # fmt: skip
