"""The agent of the scripted desktop: sign-in, state, calls, the offer that rings, and what can be found."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.viewmodels.offers import OfferCard
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.signin import Check, SignInView
from agent_desktop.viewmodels.topbar import CallCard, StateView, StatusView, TopBarView
from agent_desktop.viewmodels.window import RailItem

CALL_BUTTONS = (
    Button("call.mute", "Mute", "mute", "Ctrl+M"),
    Button("call.hold", "Hold", "hold", "Ctrl+H"),
    Button("call.transfer", "Transfer", "transfer", "Ctrl+T"),
    Button("call.dtmf", "Keypad", "keypad", "Ctrl+Shift+K"),
    Button("text.on", "TTY", "tty", reason="The centre's server does not offer this yet."),
    Button("call.end", "End", "end", "Ctrl+Shift+End", tone=Tone.DANGER),
)
AMINA = CallCard(
    "i1",
    "call-1",
    "Amina Yusuf",
    "04:27",
    (Badge("● REC", Tone.PLAIN, "Recording"),),
    Tone.OK,
    quiet=False,
    muted=False,
    spoken="Call with Amina Yusuf, 4 minutes 27 seconds, recording",
    buttons=CALL_BUTTONS,
    sent_db=-18.0,
    received_db=-24.0,
)
OKAFOR = CallCard(
    "i9",
    "call-2",
    "D. Okafor",
    "0:48",
    (Badge("held", Tone.PLAIN),),
    Tone.WARNING,
    quiet=True,
    muted=False,
    spoken="Call with D. Okafor, on hold for 48 seconds",
    buttons=(Button("call.resume", "Resume", "resume", "Ctrl+H"),),
)

TOPBAR = TopBarView(
    "Mateo Rossi",
    "MR",
    StateView(
        "Ready",
        Tone.OK,
        "check",
        "02:13",
        "",
        "Ready for 2 minutes 13 seconds",
        (
            Button("agent.ready", "Ready", "check", checked=True),
            Button("agent.not_ready", "Break", "clock", args=(("reason", "break"),)),
            Button("agent.not_ready", "Lunch", "clock", args=(("reason", "lunch"),)),
            Button("agent.not_ready", "Training", "clock", args=(("reason", "training"),)),
        ),
    ),
    (Badge("3 waiting · 0:41", Tone.PLAIN, "3 waiting, oldest 41 seconds"), Badge("SL 86 %", Tone.OK)),
    StatusView("Connected", Tone.OK, "connected", "The server answers in 12 ms."),
    StatusView("6001", Tone.OK, "phone", "The phone is registered as 6001."),
    (AMINA,),
    Button("palette.open", "Search or run…", "search", "Ctrl+K"),
    Button("session.end", "Sign out", "close"),
)


def two_calls() -> TopBarView:
    state = replace(
        TOPBAR.state,
        label="On a call",
        tone=Tone.DANGER,
        timer="03:12",
        under="Ready 41:07",
        next_label="Lunch next",
        choices=(Button("agent.stay", "Stay Ready: take “Lunch next” back", "back"), *TOPBAR.state.choices),
    )
    return replace(TOPBAR, state=state, calls=(OKAFOR, AMINA))


RAIL = (
    RailItem("inbox", "Inbox", "inbox", "Ctrl+1", selected=True),
    RailItem("phone", "Phone", "phone", "", selected=False),
    RailItem("customers", "Customers", "customers", "", selected=False),
    RailItem("knowledge", "Knowledge", "knowledge", "", selected=False),
    RailItem("supervisor", "Supervisor", "supervisor", "", selected=False, reason="For supervisors only."),
    RailItem("reports", "Reports", "reports", "", selected=False, reason="Not there yet."),
    RailItem("settings", "Settings", "settings", "", selected=False),
)


OFFER = OfferCard(
    "o1",
    "i20",
    "voice",
    "voice",
    "Lena Brandt",
    "LB",
    "Support · waited 0:22 · German · knows you",
    "2 Orders → 1 Delivery · last contact yesterday by email",
    ("German at level 4", "She last spoke with you"),
    "0:22",
    14,
    0.7,
    expired=False,
    answer=Button("offer.accept", "Answer", "answer", "F2", args=(("id", "o1"),), tone=Tone.OK),
    decline=Button("offer.decline", "Decline", "decline", "F3", args=(("id", "o1"),)),
    decline_reasons=(
        Button("offer.decline", "Wrong skill", args=(("id", "o1"), ("reason", "skill"))),
        Button("offer.decline", "Not at my desk", args=(("id", "o1"), ("reason", "away"))),
    ),
    spoken="Incoming call from Lena Brandt, Support, waited 22 seconds",
)

PALETTE = PaletteView(
    "",
    (
        PaletteItem(
            "My state",
            "Ready",
            "Be offered work.",
            Button("agent.ready", "Ready", "check", "Ctrl+Shift+R"),
            "Ready, my state",
        ),
        PaletteItem(
            "Call", "Call", "Call a number.", Button("call.dial", "Call", "phone", "Ctrl+D"), "Call a number"
        ),
        PaletteItem(
            "Call",
            "Hold",
            "The customer hears music.",
            Button("call.hold", "Hold", "hold", "Ctrl+H"),
            "Hold, call",
        ),
        PaletteItem(
            "Customer",
            "Amina Yusuf",
            "amina@example.com · Casablanca",
            Button("customer.open", "Amina", "customers"),
            "Customer Amina Yusuf",
        ),
        PaletteItem(
            "Article",
            "Refund limits per role",
            "Agents up to 50 €",
            Button("article.open", "Refund", "article"),
            "Article Refund limits per role",
        ),
        PaletteItem(
            "View",
            "Script",
            "Show what to say.",
            Button("go.script", "Script", "article", "Ctrl+3", reason="This queue has no script."),
            "Script",
        ),
    ),
)


def _target(group: str, title: str, detail: str, target: str) -> PaletteItem:
    press = Button("call.transfer", title, args=(("target", target),))
    return PaletteItem(group, title, detail, press, f"{title}, {detail}")


TARGETS = (
    _target("Queues", "Support", "3 ready, 2 waiting", "support"),
    _target("Queues", "Billing", "1 ready, 0 waiting", "billing"),
    _target("Agents", "Chen Wei", "Ready", "chen"),
    _target("Agents", "Sara Lind", "Lunch", "sara"),
)

SIGNIN = SignInView(
    "Sign in",
    "nordlight.example · version 0.1",
    "http://127.0.0.1:8080",
    "mateo",
    remember=True,
    can_remember=True,
    remember_note="The password is kept in this computer's keyring.",
    password_known=False,
    busy=False,
    error="",
    sign_in=Button("signin", "Sign in", tone=Tone.ACCENT),
    checks=(
        Check("headset", "Headset · Jabra Evolve2", Badge("hears you", Tone.OK)),
        Check("phone", "Phone · 6001", Badge("registered", Tone.OK)),
        Check("router", "Router", Badge("connected, 12 ms", Tone.OK)),
        Check("echo", "Echo test", Badge("not yet", Tone.WARNING)),
    ),
)
