"""The local acts of what a person chooses: the screen, the ways of ringing, captions, the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from agent_desktop import settings
from agent_desktop.client import shortcuts
from agent_desktop.client.choices import CHOSEN, NONE, OF_CAPTIONS, USUAL, WAYS, turned
from agent_desktop.client.situation import chosen
from agent_desktop.errors import ConfigError, RefusedError
from agent_desktop.i18n import _
from agent_desktop.settings import Setting
from agent_desktop.viewmodels.local_phone import go
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.phone import ChooseCaptions

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]
PER_CENT = 100  # a size of the text is said as 1.5 or as 150
KEYS_NOTICE, CHOICE_NOTICE = "keys", "choice"


def setting_meant(name: str) -> Setting[Any]:
    """What can be chosen, by its name, the part after the dot or its beginning.  Raises `RefusedError`."""
    rows = [(one.name, one.name.partition(".")[2], "") for one in CHOSEN]
    found = chosen(name, rows, _("There is no setting {word}. Possible: {names}."))[0]
    return next(one for one in CHOSEN if one.name == found)


def _choose(d: Desktop, a: Given) -> None:
    if not a.get("name") or not a.get("value"):  # typed without a value: the answer is the list
        setting_meant(a["name"]) if a.get("name") else None
        return
    setting = setting_meant(a["name"])
    _put(
        d,
        setting,
        a["value"].strip().removesuffix("%").strip() if setting.kind is float else a["value"].strip(),
    )


def _put(d: Desktop, setting: Setting[Any], text: str) -> None:
    try:
        value = settings.parsed(setting, text, _("This choice"))
    except ConfigError as error:
        raise RefusedError(str(error), code="bad_value") from None
    if setting is settings.SCALE and isinstance(value, float) and value >= PER_CENT:
        value /= PER_CENT
    if setting in WAYS:
        value = _media(d, str(value))
    if setting is settings.CAPTIONS_MODEL and value == USUAL:
        value = setting.default
    said = d.choices.choose(setting, value)
    if said:
        d.notice(CHOICE_NOTICE, said)
    if setting in OF_CAPTIONS and d.runtime.store.phone.connection.state == "online":
        d.runtime.ask_phone(_captions(d))
    d.changed("settings", "offers", "topbar")


def _captions(d: Desktop) -> ChooseCaptions:
    """What the phone is told; one that starts later reads the file."""
    return ChooseCaptions(
        engine=d.choices[settings.CAPTIONS],
        model=d.choices[settings.CAPTIONS_MODEL],
        start=d.choices[settings.CAPTIONS_START],
    )


def _media(d: Desktop, words: str) -> str:
    """`all`, `none`, or names of media.  Raises `RefusedError`."""
    if words in {"all", NONE}:
        return words
    rows = [(m.id, m.name, "") for m in d.runtime.store.replica.centre.media]
    sentence = _("There is no medium {word}. Possible: all, none, {names}.")
    return " ".join(
        dict.fromkeys(chosen(word, rows, sentence)[0] for word in words.replace(",", " ").split())
    )


def _turn(d: Desktop, a: Given) -> None:
    way, medium = setting_meant(a.get("name", "")), a.get("medium", "")
    known = tuple(m.id for m in d.runtime.store.replica.centre.media)
    if way not in WAYS or medium not in known:
        raise RefusedError(_("There is no such way of ringing."), code="unknown")
    _put(d, way, turned(d.choices, way, medium, known))


def _keys(d: Desktop, a: Given) -> None:
    action, keys = a.get("id", "").strip(), a.get("keys", "").strip()
    if action == USUAL and not keys:
        _reset(d, {})
        return
    if not action or ("keys" not in a and not keys):
        if action:
            shortcuts.current().row(action)
        return
    table = shortcuts.current()
    before = table.row(action)
    table = table.reset(action) if keys == USUAL else table.change(action, "" if keys == NONE else keys)
    after = table.row(before.id)
    _keep(d, table)
    if after.keys:
        d.say(Announcement(_("{label}: {keys} now.", label=after.label, keys=after.keys)))
    else:
        d.say(Announcement(_("{label}: no key now.", label=after.label)))


def _reset(d: Desktop, _a: Given) -> None:
    _keep(d, shortcuts.Shortcuts())
    d.say(Announcement(_("Every action has its usual key.")))


def _keep(d: Desktop, table: shortcuts.Shortcuts) -> None:
    shortcuts.use(table)
    said = d.choices.choose(settings.SHORTCUTS, table.written())
    d.workspace.notices.pop(KEYS_NOTICE, None)
    if said:
        d.notice(CHOICE_NOTICE, said)
    d.changed("settings", "topbar", "conversation", "side", "offers", "inbox", "notices", "window")


def _keys_page(d: Desktop, _a: Given) -> None:
    go(d, "settings")
    d.workspace.page = "keys"
    d.changed("settings")


def begin(d: Desktop) -> None:
    """At the start: put the kept keys in force, and say what of them cannot be used."""
    table, problems = shortcuts.read(str(d.choices[settings.SHORTCUTS]))
    shortcuts.use(table)
    if problems:
        said = _(
            "Some shortcuts of the settings cannot be used; the usual keys hold. {why}",
            why=" ".join(problems),
        )
        d.notice(KEYS_NOTICE, said, Tone.WARNING)


CHOICES: dict[str, Callable[[Desktop, Given], None]] = {
    "choice.set": _choose,
    "choice.turn": _turn,
    "keys.set": _keys,
    "keys.reset": _reset,
    "keys.page": _keys_page,
}
