"""The top bar: my state and the time in it, my queues, the connection, the phone, the live calls."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.callbar import call_cards
from agent_desktop.viewmodels.callcard import CallCard, PersonRow, RecordingView
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.service import level_tone, service_level
from agent_desktop.viewmodels.stating import StateView, state_view
from agent_desktop.viewmodels.unsent import unsent_badge
from agent_desktop.wire.phone import Registration

__all__ = ["CallCard", "PersonRow", "RecordingView", "StateView", "StatusView", "TopBarView", "top_bar"]


@dataclass(frozen=True, slots=True)
class StatusView:
    """A connection or registration: short label, tone, icon, and the sentence of its tooltip."""

    label: str
    tone: Tone
    icon: str
    detail: str


@dataclass(frozen=True, slots=True)
class TopBarView:
    """The whole bar.  `queues` are small badges: waiting count with the oldest wait, service level."""

    agent_name: str
    agent_initials: str
    state: StateView
    queues: tuple[Badge, ...]
    connection: StatusView
    phone: StatusView
    calls: tuple[CallCard, ...]
    palette: Button
    sign_out: Button
    unsent: Badge | None = None  # what waits for the server or was refused; `unsent.show` lists it
    phone_rings: bool = False  # the phone rings on its own devices: the window makes no sound


def top_bar(s: Situation) -> TopBarView:
    """The bar of this moment."""
    me = s.store.replica.me
    return TopBarView(
        agent_name=me.name,
        agent_initials=words.initials(me.name),
        state=state_view(s),
        queues=queue_badges(s),
        connection=connection_view(s.store.connection),
        phone=phone_view(s.store.phone.connection, s.store.phone.registration),
        calls=call_cards(s),
        palette=button("palette.open", s),
        sign_out=button("session.end", s),
        unsent=unsent_badge(s),
        phone_rings=s.store.phone.connection.state == "online",
    )


def queue_badges(s: Situation) -> tuple[Badge, ...]:
    """Waiting count with the oldest wait, and the service level, over the queues in view."""
    queues = tuple(s.store.replica.queues.values())
    if not queues:
        return ()
    waiting = sum(q.waiting for q in queues)
    oldest = min((q.oldest_at for q in queues if q.waiting and q.oldest_at), default=0.0)
    badges = [_waiting(waiting, s.now - oldest if oldest else 0.0)]
    level = service_level(queues)
    if level is not None:
        text = _("SL {n} %", n=level)
        said = _("Service level {n} percent", n=level)
        badges.append(Badge(text, level_tone(level), said))
    return tuple(badges)


def _waiting(waiting: int, oldest_s: float) -> Badge:
    if not waiting:
        return Badge(_("0 waiting"), Tone.PLAIN, _("Nobody is waiting"))
    text = _("{n} waiting · {time}", n=waiting, time=words.short(oldest_s))
    said = plural("{n} is waiting", "{n} are waiting", waiting)
    longest = _("the oldest for {time}", time=words.spoken(oldest_s))
    return Badge(text, Tone.PLAIN, f"{said}, {longest}")


def connection_view(connection: Connection) -> StatusView:
    """The link to the router."""
    match connection.state:
        case "online":
            return StatusView(_("Connected"), Tone.OK, "connected", _("The server is connected."))
        case "connecting":
            return StatusView(_("Connecting"), Tone.WARNING, "offline", _("Connecting to the server."))
        case "lost":
            detail = _(
                "{why} Connecting again by itself; a call that is up goes on.",
                why=connection.detail or _("The server is not connected."),
            )
            return StatusView(_("Offline"), Tone.DANGER, "offline", detail)
        case "off" | "ended":
            return StatusView(
                _("Signed out"), Tone.MUTED, "offline", connection.detail or _("You are signed out.")
            )


def phone_view(connection: Connection, registration: Registration) -> StatusView:
    """The phone's registration."""
    if connection.state != "online":
        detail = connection.detail or _("The phone is being started.")
        if connection.state == "lost":
            return StatusView(_("Phone: lost"), Tone.DANGER, "phone", detail)
        return StatusView(_("Phone: off"), Tone.WARNING, "phone", detail)
    match registration.state:
        case "registered":
            detail = _("The phone is registered as {extension}.", extension=registration.extension)
            return StatusView(registration.extension or _("Phone"), Tone.OK, "phone", detail)
        case "registering":
            return StatusView(_("Phone: …"), Tone.WARNING, "phone", _("The phone is registering."))
        case "failed":
            detail = _("The phone is not registered: {why}", why=registration.detail or _("no answer."))
            return StatusView(_("Phone: failed"), Tone.DANGER, "phone", detail)
        case _:
            return StatusView(_("Phone: off"), Tone.WARNING, "phone", _("The phone has no account yet."))
