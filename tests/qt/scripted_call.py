"""The calls of the scripted desktop: consult, conference, paused recording, whom to transfer to, keys."""

from __future__ import annotations

from dataclasses import replace

from scripted_agent import AMINA, CALL_BUTTONS, OFFER, OKAFOR, TOPBAR

from agent_desktop.viewmodels.conversation import RecordingRow
from agent_desktop.viewmodels.keypad import KeypadView
from agent_desktop.viewmodels.offers import OfferCard
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.topbar import CallCard, PersonRow, RecordingView, TopBarView
from agent_desktop.viewmodels.transferring import TargetRow, TransferView

RECORDING = RecordingView(
    "on",
    Badge("REC", Tone.DANGER, "recording"),
    "",
    (
        Button("call.record", "Pause recording", "pause", "Ctrl+Shift+2", args=(("act", "pause"),)),
        Button(
            "call.record", "Stop recording", "stop", args=(("act", "stop"),), reason="The centre keeps it on."
        ),
    ),
)
PAUSED = RecordingView(
    "paused",
    Badge("REC paused", Tone.WARNING, "recording paused"),
    "Recording is paused for 00:12",
    (Button("call.record", "Resume recording", "record", "Ctrl+Shift+2", args=(("act", "resume"),)),),
)
CHEN = PersonRow(
    "leg-2",
    "Chen Wei",
    Badge("you talk", Tone.OK),
    active=True,
    spoken="Chen Wei, you talk",
    buttons=(
        Button("call.mute_leg", "Mute", "mute", args=(("leg", "leg-2"),)),
        Button("call.drop", "Remove", "close", args=(("leg", "leg-2"),)),
    ),
)
IN_CONSULT = (
    *CALL_BUTTONS[:-1],
    Button("call.swap", "Swap", "swap", "Ctrl+Shift+S"),
    Button("call.complete", "Complete", "transfer", "Ctrl+Shift+G", tone=Tone.ACCENT),
    Button("call.conference", "Conference", "conference", "Ctrl+Shift+C"),
    CALL_BUTTONS[-1],
)
ENCRYPTED = Badge("Encrypted", Tone.OK, "The call is encrypted both ways.")
LIVE = replace(
    AMINA,
    badges=(),
    recording=RECORDING,
    encrypted=ENCRYPTED,
    quality=Badge("good", Tone.OK, "The line is good."),
)
CONSULT = replace(LIVE, people=(CHEN,), talk="guest", buttons=IN_CONSULT)
MEETING = replace(
    CONSULT,
    people=(
        replace(CHEN, state=Badge("muted", Tone.WARNING), active=False),
        replace(
            CHEN,
            leg="leg-3",
            name="Anneliese von Hohenstein-Wittgenbach",
            state=Badge("rings", Tone.ACCENT),
            active=False,
        ),
    ),
    talk="all",
    listeners="Astrid whispers to you",
    notice="Sara did not answer.",
)
TROUBLED = replace(
    LIVE,
    quality=Badge("poor", Tone.DANGER, "The line is poor."),
    quality_words="You hear gaps: 4 % is lost.",
    recording=PAUSED,
    secure="Card data: ●●●●●●",
)


def bar(*calls: CallCard) -> TopBarView:
    state = replace(
        TOPBAR.state,
        label="On a call",
        tone=Tone.DANGER,
        timer="03:12",
        next_label="Lunch next",
        under="Ready 41:07",
    )
    return replace(TOPBAR, state=state, calls=calls)


def _blind(key: str) -> Button:
    return Button("call.transfer", "Transfer", "transfer", args=(("target", key),), tone=Tone.ACCENT)


def _consult(key: str, reason: str = "") -> Button:
    return Button("call.consult", "Ask first", "assign", args=(("target", key),), reason=reason)


TRANSFER = TransferView(
    "Transfer Amina Yusuf",
    "",
    (
        TargetRow("agent:chen", "assign", "Chen Wei", "1004 · Support, Billing", Badge("Ready", Tone.OK),
                  "Chen Wei, ready", _blind("agent:chen"), _consult("agent:chen")),
        TargetRow("agent:sara", "assign", "Sara Lind", "1006 · Billing", Badge("Lunch", Tone.WARNING),
                  "Sara Lind, lunch", _blind("agent:sara"), _consult("agent:sara", "Sara is at lunch.")),
        TargetRow("queue:billing", "inbox", "Billing", "3 waiting", Badge("2 ready, about 1 min", Tone.OK),
                  "Billing, 2 ready, about 1 minute", _blind("queue:billing"), _consult("queue:billing")),
        TargetRow("queue:support", "inbox", "Support", "nobody waiting", Badge("nobody ready", Tone.DANGER),
                  "Support, nobody ready", _blind("queue:support"), _consult("queue:support")),
        TargetRow("park:701", "park", "Parked: Tom Meyer", "place 701 · for 1:12",
                  Badge("parked", Tone.ACCENT), "Parked call of Tom Meyer",
                  _blind("park:701"), _consult("park:701", "It is parked.")),
        TargetRow("number:+49", "phone", "+49 30 901820", "", Badge("number"), "Number +49 30 901820",
                  _blind("number:+49"), _consult("number:+49")),
    ),
)  # fmt: skip
CLOSE = Button("keypad.close", "Close", "close", "Escape")
KEYS_IN_CALL = KeypadView(
    "Keys in the call with Amina Yusuf",
    in_call=True,
    entered="48213#",
    dial=Button("call.dial", "Call", reason="You are on a call."),
    close=CLOSE,
)
DIAL_PAD = KeypadView(
    "Call a number",
    in_call=False,
    entered="+49 30 9018",
    dial=Button("call.dial", "Call", "phone", tone=Tone.OK, args=(("number", "+49309018"),)),
    close=CLOSE,
    queues=(
        Button("keypad.queue", "Support", args=(("id", "support"),), checked=True),
        Button("keypad.queue", "Billing", args=(("id", "billing"),), checked=False),
        Button("keypad.queue", "My own number", args=(("id", ""),), checked=False),
    ),
)
COLLEAGUE: OfferCard = replace(
    OFFER,
    offer="",
    call="c9",
    kind="consult",
    interaction="i30",
    title="Astrid Berg asks",
    initials="AB",
    line="Consult about Priya Kulkarni · Billing",
    detail="“Can you refund 60 €?”",
    countdown=0,
    fraction=0.0,
    answer=Button("offer.accept", "Answer", "answer", "F2", args=(("id", "c9"),), tone=Tone.OK),
    decline=Button("offer.decline", "Decline", "decline", "F3", args=(("id", "c9"),)),
    decline_reasons=(),
    spoken="Astrid Berg asks about Priya Kulkarni",
)
HELD = OKAFOR
HEARABLE = RecordingRow(
    "r1", "Voice message, 0:41", Button("recording.play", "Play", "play", args=(("recording", "r1"),))
)
PLAYING = RecordingRow(
    "r1",
    "Recording, 2:41",
    Button("recording.stop", "Stop", "stop"),
    playing=True,
    at="0:52 of 2:41",
    fraction=0.32,
)
BACK = Button("call.callback", "Call back", "phone", args=(("id", "i1"),))
