"""The actions of devices and sound, and the self-test before the shift.

The phone's own lists are the truth; what is chosen here is kept by `client.preferences` and given to the
phone whenever it is attached.
"""

from __future__ import annotations

from msgspec import structs

from agent_desktop.client.action import Action, Arguments, Locally, Step, ToPhone
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.phone import CancelSelfTest, DeviceInfo, RunSelfTest, SelectDevices, SetSound

SOUND = "Sound"
KINDS = ("microphone", "speaker", "ring")
SWITCHES = ("echo", "noise", "gain", "waiting")
SILENT = "silent"
NEEDS_ACCOUNT = ("registration", "call")  # checks of the line: a phone has one after the sign-in
LEAST_DB, MOST_DB = -60.0, 0.0
STEP_DB, MOST_GAIN_DB = 12.0, 20.0  # Section 508: 20 dB of gain, with a step of 12 dB


def needs_phone(s: Situation, _a: Arguments) -> str:
    """Nothing can be set at a phone that is not there."""
    if s.store.phone.connection.state != "online":
        return _("The phone is not running. It is being started again.")
    return ""


def sound_of(s: Situation) -> SetSound:
    """The sound as it will be: what was asked last and has no answer yet, else what the phone told."""
    asked = [a.command for a in s.store.asked.values() if isinstance(a.command, SetSound)]
    return asked[-1] if asked else s.store.phone.told.sound


def kind_meant(word: str) -> str:
    """microphone, speaker or ring, by its beginning.  Raises `RefusedError`."""
    rows = [(kind, kind, "") for kind in KINDS]
    return chosen(word, rows, _("There is no {word}. Possible: {names}."))[0]


def fitting(s: Situation, kind: str) -> tuple[DeviceInfo, ...]:
    """The devices that can be used so."""
    devices = s.store.phone.told.devices
    return tuple(d for d in devices if (d.microphone if kind == "microphone" else d.speaker))


def wanted(s: Situation, kind: str) -> tuple[str, ...]:
    """The list of a kind, most wanted first."""
    told = s.store.phone.told
    return {"microphone": told.microphones, "speaker": told.speakers, "ring": told.rings}[kind]


def used(s: Situation, kind: str) -> str:
    """The device that a kind has open now, as far as it has one; empty: the system's own, or none."""
    told = s.store.phone.told
    return {"microphone": told.microphone, "speaker": told.speaker}.get(kind, "")


def needs_no_card(name: str) -> bool:
    """Silence and sound files are always there, though no list of devices names them."""
    return name == SILENT or name.startswith("file:") or name.lower().endswith(".wav")


def names_of(s: Situation, kind: str) -> tuple[str, ...]:
    """What can be chosen for a kind: what is wanted in its order, what is here, what is open."""
    names = [*wanted(s, kind), *(d.name for d in fitting(s, kind)), used(s, kind)]
    return tuple(dict.fromkeys(name for name in names if name))


def name_meant(s: Situation, kind: str, word: str) -> str:
    """A device by its name or beginning.  Raises `RefusedError`."""
    names = names_of(s, kind)
    if word in names:
        return word
    rows = [(name, name, "") for name in names]
    numbered = [str(n) for n in range(1, len(rows) + 1)]
    if word in numbered:
        return rows[numbered.index(word)][0]
    return chosen(word, rows, _("There is no device {word}. Possible: {names}."))[0]


def select(s: Situation, kind: str, names: tuple[str, ...]) -> tuple[Step, ...]:
    """The lists with one of them changed."""
    lists = {k: wanted(s, k) for k in KINDS} | {kind: names}
    return (
        ToPhone(
            SelectDevices(microphones=lists["microphone"], speakers=lists["speaker"], rings=lists["ring"])
        ),
    )


def _use(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """Take a device into its list, or out of it; without `on` what it is not."""
    kind = kind_meant(a.get("kind", ""))
    name = name_meant(s, kind, a.get("name", ""))
    before, on = wanted(s, kind), a.get("on", "")
    into = on == "yes" if on else name not in before
    rest = tuple(n for n in before if n != name)
    return select(s, kind, (*rest, name) if into else rest)


def _first(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`use KIND NAME`: most wanted from now on; `use KIND NAME off`: not wanted."""
    kind, word = kind_meant(a.get("kind", "")), a.get("name", "").strip()
    off = word.endswith(" off")
    name = name_meant(s, kind, word.removesuffix(" off").strip())
    rest = tuple(n for n in wanted(s, kind) if n != name)
    return select(s, kind, rest if off else (name, *rest))


def _can_move(s: Situation, a: Arguments) -> str:
    if reason := needs_phone(s, a):
        return reason
    kind, step = kind_meant(a.get("kind", "")), a.get("by", "up")
    names = wanted(s, kind)
    if a.get("name", "") not in names:
        return _("It is not in the list. Add it first.")
    place = names.index(a["name"])
    if step == "up":
        return _("It is the first already.") if place == 0 else ""
    return _("It is the last already.") if place == len(names) - 1 else ""


def _move(s: Situation, a: Arguments) -> tuple[Step, ...]:
    kind = kind_meant(a.get("kind", ""))
    names = list(wanted(s, kind))
    place = names.index(a["name"])
    names.insert(place + (1 if a.get("by", "up") == "down" else -1), names.pop(place))
    return select(s, kind, tuple(names))


def _sound(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """Switch echo, noise, gain or waiting; `waiting -30` is its level."""
    sound, value = sound_of(s), a.get("value", "").strip()
    rows = [(name, name, "") for name in SWITCHES]
    name = chosen(a.get("name", ""), rows, _("There is no {word}. Possible: {names}."))[0]
    if name == "waiting" and value not in {"", "on", "off"}:
        return (ToPhone(structs.replace(sound, waiting_db=level_of(value))),)
    if value not in {"", "on", "off"}:
        raise RefusedError(_("Say on or off."), code="usage")
    on = value == "on" if value else not getattr(sound, name)
    return (ToPhone(structs.replace(sound, **{name: on})),)


def level_of(text: str) -> float:
    """A level in dB below full scale.  Raises `RefusedError`."""
    try:
        value = float(text.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        value = 1.0
    if not LEAST_DB <= value <= MOST_DB:
        raise RefusedError(_("A level is between -60 and 0 dB."), code="usage")
    return value


def _ring(s: Situation, a: Arguments) -> tuple[Step, ...]:
    value = a.get("value", "").strip()
    if not value:
        return (Locally("ring.test"),)
    return (ToPhone(structs.replace(sound_of(s), ring_db=level_of(value))),)


def _waiting_level(s: Situation, a: Arguments) -> tuple[Step, ...]:
    sound = sound_of(s)
    return (ToPhone(structs.replace(sound, waiting_db=level_of(a.get("value", "")))),)


def _silent(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`ringing chat off`: this medium does not ring aloud."""
    rows = [(m.id, m.name, "") for m in s.store.replica.centre.media]
    medium = chosen(a.get("medium", ""), rows, _("There is no medium {word}. Possible: {names}."))[0]
    sound, value = sound_of(s), a.get("value", "").strip()
    if value not in {"", "on", "off"}:
        raise RefusedError(_("Say on or off."), code="usage")
    on = value == "on" if value else medium in sound.silent
    rest = tuple(one for one in sound.silent if one != medium)
    return (ToPhone(structs.replace(sound, silent=rest if on else (*rest, medium))),)


def _volume(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`volume 12` in dB, `volume up` by 12 dB, `volume usual`."""
    sound, word = sound_of(s), a.get("value", "").strip().lower()
    words = {"usual": 0.0, "up": min(sound.volume_db + STEP_DB, MOST_GAIN_DB),
             "down": max(sound.volume_db - STEP_DB, 0.0)}  # fmt: skip
    value = words.get(word)
    if value is None:
        value = float(word) if word.replace(".", "", 1).isdecimal() and word.isascii() else -1.0
    if not 0.0 <= value <= MOST_GAIN_DB:
        raise RefusedError(_("Louder by 0 to 20 dB: say a number, up, down or usual."), code="usage")
    return (ToPhone(structs.replace(sound, volume_db=value)),)


def _balance(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`balance left`, `both`, `right`, or a number from -100 (left alone) to 100."""
    word = a.get("value", "").strip().lower().replace("\N{MINUS SIGN}", "-")
    rows = {"left": -100.0, "both": 0.0, "right": 100.0}
    value = rows.get(word)
    if value is None:
        value = float(word) if word.isascii() and word.removeprefix("-").isdecimal() else 999.0
    if not -100.0 <= value <= 100.0:
        raise RefusedError(_("Say left, both, right, or a number from -100 to 100."), code="usage")
    return (ToPhone(structs.replace(sound_of(s), balance=value / 100)),)


def _can_test(s: Situation, a: Arguments) -> str:
    if reason := needs_phone(s, a):
        return reason
    if s.store.phone.calls:
        return _("The self-test needs the phone: end the call first.")
    return _("The self-test runs already.") if s.store.phone.testing else ""


def _test(s: Situation, a: Arguments) -> tuple[Step, ...]:
    later = () if s.signed_in else NEEDS_ACCOUNT
    return (ToPhone(RunSelfTest(skip=(*a.get("skip", "").split(), *later))),)


def _can_cancel(s: Situation, a: Arguments) -> str:
    if reason := needs_phone(s, a):
        return reason
    return "" if s.store.phone.testing else _("No self-test runs.")


def _cancel(_s: Situation, _a: Arguments) -> tuple[Step, ...]:
    return (ToPhone(CancelSelfTest()),)


SOUNDS = (
    Action("device.first", "Use this device", SOUND, "Use a device first, or with off not at all.",
           needs_phone, _first, "use", "use microphone|speaker|ring DEVICE [off|add|up|down]",
           palette=False),
    Action("device.use", "Use", SOUND, "Take a device into the list, or out of it.", needs_phone, _use,
           palette=False),
    Action("device.move", "Move", SOUND, "Want a device more, or less.", _can_move, _move, palette=False),
    Action("sound.set", "Sound", SOUND, "Switch the cleaning of the sound and the call-waiting tone.",
           needs_phone, _sound, "sound", "sound echo|noise|gain|waiting [on|off|DB]", palette=False),
    Action("sound.ring", "Ring", SOUND, "Set how loud it rings, or ring for a moment.", needs_phone, _ring,
           "ring", "ring [DB]", icon="bell", palette=False),
    Action("sound.waiting_level", "Call-waiting tone", SOUND, "Set how loud the call-waiting tone is.",
           needs_phone, _waiting_level, palette=False),
    Action("sound.silent", "Sound", SOUND, "Say whether a medium rings aloud.", needs_phone, _silent,
           "ringing", "ringing MEDIUM [on|off]", palette=False),
    Action("sound.volume", "Volume", SOUND, "Hear calls louder, by up to 20 dB.", needs_phone, _volume,
           "volume", "volume DB|up|down|usual", icon="speaker", palette=False),
    Action("sound.balance", "Balance", SOUND, "Hear calls more in one ear.", needs_phone, _balance,
           "balance", "balance left|both|right|NUMBER", palette=False),
    Action("selftest.run", "Test headset and line", SOUND, "Test the headset, the phone and the line.",
           _can_test, _test, "selftest", "selftest", icon="headset"),
    Action("selftest.cancel", "Stop the test", SOUND, "End the self-test now.", _can_cancel, _cancel,
           "stoptest", "stoptest", icon="stop", palette=False),
)  # fmt: skip
