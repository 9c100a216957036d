"""The local acts of the telephone: the transfer panel, the keypad, recordings, places, card data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.numbers import dialled
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels.keypad import Typed
from agent_desktop.wire.commands import FindTargets, Watch

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]
PAGES = ("devices", "ringing", "screen", "keys", "phone", "selftest")
SUPERVISOR, SETTINGS = "supervisor", "settings"
CARD_KEYS = "32"  # as many as a payment connector may be sent


def watched(d: Desktop) -> str:
    """What the stream must carry: everything for the board, and for who listens; else the list's."""
    if d.workspace.place == SUPERVISOR:
        return "all"
    return "queue" if d.listing is not None and d.order.tab == "mine" else d.order.tab


def watch(d: Desktop) -> None:
    """Ask for it, unless it is so already."""
    store = d.runtime.store
    if store.synced and store.replica.scope != watched(d):
        d.runtime.ask(Watch(scope=watched(d)))


def go(d: Desktop, place: str) -> None:
    """Show a place of the rail.  Raises `RefusedError`."""
    item = next((item for item in d.rail() if item.id == place), None)
    if item is None or item.reason:
        raise RefusedError(item.reason if item is not None else _("There is no such place."), code="unknown")
    d.workspace.place = place
    watch(d)
    d.changed("window", "supervisor", "settings")


def _supervisor(d: Desktop, _a: Given) -> None:
    go(d, SUPERVISOR)


def _settings(d: Desktop, _a: Given) -> None:
    go(d, SETTINGS)


def _page(d: Desktop, a: Given) -> None:
    page = a.get("page", "")
    if page not in PAGES:
        raise RefusedError(_("There is no such page."), code="unknown")
    d.workspace.page = page
    if d.workspace.place != SETTINGS:
        go(d, SETTINGS)
    d.changed("settings")


def _transfer_open(d: Desktop, a: Given) -> None:
    d.workspace.transfer = (d.situation().interaction(a.get("id", "")).id, "")
    _look(d, "")


def _transfer_find(d: Desktop, a: Given) -> None:
    if d.workspace.transfer is None:
        _transfer_open(d, {})
    if d.workspace.transfer is not None:
        text = a.get("text", "")
        d.workspace.transfer = (d.workspace.transfer[0], text)
        _look(d, text)


def _look(d: Desktop, text: str) -> None:
    subject = d.workspace.transfer[0] if d.workspace.transfer is not None else ""
    d.query(FindTargets(text=text.strip(), interaction=subject), "targets")
    d.changed("transfer")


def _transfer_close(d: Desktop, _a: Given) -> None:
    if d.workspace.transfer is not None:
        d.workspace.transfer = None
        d.changed("transfer")


def _keypad_open(d: Desktop, a: Given) -> None:
    d.workspace.keypad = d.workspace.keypad or Typed()
    if a.get("number"):
        _keypad_type(d, {"text": dialled(a["number"])})
    d.changed("keypad")


def _keypad_type(d: Desktop, a: Given) -> None:
    typed = d.workspace.keypad or Typed()
    d.workspace.keypad = Typed(a.get("text", "")[:128], typed.queue, typed.pressed)
    d.changed("keypad")


def _keypad_pressed(d: Desktop, a: Given) -> None:
    call = d.pressing(a)
    if call and d.workspace.keypad is not None:
        d.workspace.keypad = d.workspace.keypad.press(call, a.get("digits", ""))
        d.changed("keypad")


def _keypad_queue(d: Desktop, a: Given) -> None:
    typed = d.workspace.keypad or Typed()
    d.workspace.keypad = Typed(typed.number, a.get("id", ""), typed.pressed)
    d.changed("keypad")


def _keypad_close(d: Desktop, _a: Given) -> None:
    d.workspace.keypad = None
    d.changed("keypad")


def _play(d: Desktop, a: Given) -> None:
    d.runtime.play(a.get("id", ""), a.get("recording", ""))
    d.changed("conversation")


def _stop(d: Desktop, _a: Given) -> None:
    d.runtime.stop_playing()
    d.changed("conversation")


def _ring(d: Desktop, _a: Given) -> None:
    d.runtime.ring_for_a_moment()


def _hears(d: Desktop, a: Given) -> None:
    d.workspace.hears = a.get("hears", "both")
    d.changed("supervisor")


def _focus(d: Desktop, a: Given) -> None:
    """The focus came to a field or left it: card data is masked as long as a payment field has it."""
    field, on = a.get("field", ""), a.get("on", "yes") == "yes"
    if not on:
        if d.workspace.payment is not None and d.workspace.payment[1] == field:
            _secure(d, None)
        return
    talk = d.situation().talk()
    looked_at = d.situation().looked_at
    if talk is not None and looked_at is not None and talk.id == looked_at.id and d.is_payment(field):
        _secure(d, (talk.id, field))


def mask(d: Desktop) -> None:
    """Ask for the masking of the payment field that has the focus; again when the server is back."""
    if d.workspace.payment is None:
        return
    interaction, field = d.workspace.payment
    talk = d.runtime.store.replica.interactions.get(interaction)
    if talk is None or talk.call is None or not talk.call.secure:
        d.perform("call.secure", {"id": interaction, "on": "on", "field": field, "keys": CARD_KEYS})


def _secure(d: Desktop, now: tuple[str, str] | None) -> None:
    before, d.workspace.payment = d.workspace.payment, now
    if now is not None:
        mask(d)
    elif before is not None:
        d.perform("call.secure", {"id": before[0], "on": "off", "field": before[1]})


PHONE: dict[str, Callable[[Desktop, Given], None]] = {
    "go.supervisor": _supervisor,
    "go.settings": _settings,
    "settings.page": _page,
    "transfer.open": _transfer_open,
    "transfer.find": _transfer_find,
    "transfer.close": _transfer_close,
    "keypad.open": _keypad_open,
    "keypad.type": _keypad_type,
    "keypad.pressed": _keypad_pressed,
    "keypad.queue": _keypad_queue,
    "keypad.close": _keypad_close,
    "recording.play": _play,
    "recording.stop": _stop,
    "ring.test": _ring,
    "lead.hears": _hears,
    "field.focus": _focus,
}
