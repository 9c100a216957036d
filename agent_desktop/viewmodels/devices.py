"""The pages of devices and of the phone: what is used, what is wanted, what this engine cannot do."""

from __future__ import annotations

from agent_desktop.client.actions_sound import names_of, needs_no_card, used, wanted
from agent_desktop.client.situation import Situation
from agent_desktop.client.store import CallQuality
from agent_desktop.i18n import _
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.quality import quality_facts
from agent_desktop.viewmodels.settings import DeviceList, DeviceRow, DevicesView, Level, PhoneView
from agent_desktop.viewmodels.topbar import phone_view
from agent_desktop.wire.phone import HeadsetInfo


def devices_view(s: Situation) -> DevicesView:
    """The page at this moment."""
    phone = s.store.phone
    sound = phone.told.sound
    levels = [q.sent_db for q in phone.quality.values()]
    running = next((c for c in phone.told.checks if c.id == "microphone" and c.state == "running"), None)
    if running is not None:
        levels.append(running.value)
    return DevicesView(
        lists=tuple(_list(s, kind, title, said) for kind, title, said in _lists()),
        switches=_switches(s),
        levels=(
            Level(_("Ring"), "sound.ring", sound.ring_db),
            Level(_("Call-waiting tone"), "sound.waiting_level", sound.waiting_db),
        ),
        headset=_headset(phone.told.headset),
        headset_detail=headset_words(phone.told.headset),
        test=button("sound.ring", s, label=_("Ring for a moment")),
        microphone_db=max(levels, default=-96.0),
    )


def _lists() -> tuple[tuple[str, str, str], ...]:
    first = _("The first one that is here is used; the next one when it is unplugged.")
    return (
        ("microphone", _("Microphone"), first),
        ("speaker", _("Earpiece"), first),
        ("ring", _("Rings"), _("All that are here ring. With none chosen the earpiece rings.")),
    )


def _list(s: Situation, kind: str, title: str, said: str) -> DeviceList:
    chosen = wanted(s, kind)
    return DeviceList(kind, title, said, tuple(_device(s, kind, name, chosen) for name in names_of(s, kind)))


def _device(s: Situation, kind: str, name: str, chosen: tuple[str, ...]) -> DeviceRow:
    listed = name in chosen
    return DeviceRow(
        name=name,
        state=device_state(s, kind, name, listed=listed),
        up=button("device.move", s, label=_("Up"), kind=kind, name=name, by="up"),
        down=button("device.move", s, label=_("Down"), kind=kind, name=name, by="down"),
        use=button(
            "device.use",
            s,
            label=_("In the list") if listed else _("Add"),
            checked=listed,
            kind=kind,
            name=name,
            on="no" if listed else "yes",
        ),
    )


def device_state(s: Situation, kind: str, name: str, *, listed: bool) -> Badge:
    """In use, here, not here."""
    told = s.store.phone.told
    here = needs_no_card(name) or any(d.name == name and d.present for d in told.devices)
    if used(s, kind) == name or (kind == "ring" and listed and here):
        return Badge(_("in use"), Tone.OK)
    if not here:
        return Badge(_("not here"), Tone.WARNING)
    system = any(d.name == name and d.default for d in told.devices)
    return Badge(_("the system's own") if system else _("here"), Tone.MUTED)


def _switches(s: Situation) -> tuple[Button, ...]:
    sound = s.store.phone.told.sound
    rows = (
        ("echo", _("Remove echo"), sound.echo),
        ("noise", _("Remove noise"), sound.noise),
        ("gain", _("Keep my voice equally loud"), sound.gain),
        ("waiting", _("Call-waiting tone during a call"), sound.waiting),
    )
    return tuple(
        button("sound.set", s, label=label, checked=on, name=name, value="off" if on else "on")
        for name, label, on in rows
    )


def _headset(headset: HeadsetInfo) -> Badge:
    if not headset.connected:
        return Badge(_("no headset with buttons"), Tone.MUTED)
    return Badge(headset.name or _("headset"), Tone.WARNING if headset.detail else Tone.OK)


def headset_words(headset: HeadsetInfo) -> str:
    """What its buttons do, or why they cannot."""
    if headset.detail:
        return headset.detail
    if not headset.connected:
        return _("Plug in a headset with call buttons (USB); it needs no other program.")
    does = _("Its hook answers and ends calls, and swaps two; its mute button mutes; its light rings.")
    return f"{does} {_('It is muted now.')}" if headset.muted else does


ABILITIES = ("hold", "dtmf", "second_call", "tls")


def phone_page(s: Situation) -> PhoneView:
    """Registration, engine and what it cannot do, the codec and encryption of a call."""
    phone = s.store.phone
    status = phone_view(phone.connection, phone.registration)
    online = phone.connection.state == "online"
    account = s.store.replica.phone
    facts: list[tuple[str, str]] = []
    if account is not None:
        facts += [
            (_("Extension"), account.extension),
            (_("Server"), account.server),
            (_("Transport"), account.transport.upper()),
            (_("Encryption of the sound"), _srtp(account.srtp)),
            (_("Codecs, most wanted first"), ", ".join(account.codecs)),
        ]
    for call in phone.calls.values():
        locked = _("encrypted (SRTP)") if call.encrypted else _("not encrypted")
        name = call.remote_name or call.remote
        facts.append((_("Call with {name}", name=name), ", ".join(p for p in (call.codec, locked) if p)))
        facts += quality_facts(phone.quality.get(call.id, CallQuality()))
    if phone.told.messages_waiting:
        facts.append((_("New voice messages"), str(phone.told.messages_waiting)))
    return PhoneView(
        registration=Badge(status.label, status.tone, status.detail),
        detail=status.detail,
        engine=phone.told.engine if online else "",
        cannot=cannot(phone.told.capabilities) if online else (),
        facts=tuple((label, value) for label, value in facts if value),
    )


def cannot(able: tuple[str, ...]) -> tuple[str, ...]:
    """What this engine cannot do, in sentences."""
    sentences = {
        "hold": _("It cannot hold a call; the server holds it while it is connected."),
        "dtmf": _("It cannot press keys in a call."),
        "second_call": _("It cannot have a second call."),
        "tls": _("It cannot register over an encrypted connection."),
    }
    return tuple(sentences[name] for name in ABILITIES if name not in able)


def _srtp(policy: str) -> str:
    return {
        "off": _("off"), "optional": _("when the other side can"), "mandatory": _("always"),
    }.get(policy, policy)  # fmt: skip
