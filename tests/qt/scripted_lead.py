"""The supervisor's board and the settings of the scripted desktop."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.settings import (
    CheckRow,
    DeviceList,
    DeviceRow,
    DevicesView,
    Level,
    PhoneView,
    SelfTestView,
    SettingsView,
)
from agent_desktop.viewmodels.settings_rows import ChoiceRow, ChoicesView, KeyRow, KeysView
from agent_desktop.viewmodels.supervisor import (
    AgentRow,
    CallRow,
    Figure,
    ListeningCard,
    QueueRow,
    SupervisorView,
    WaitingRow,
)

FIGURES = (
    Figure("Waiting", "7", "longest 1:12"),
    Figure("Service level 80/20", "86 %", "today", Tone.OK),
    Figure("Abandoned", "2.1 %", "9 of 431"),
    Figure("ASA", "0:14", "of 412 answered"),
    Figure("AHT", "5:08", "talk 4:10 · ACW 0:58"),
    Figure("Occupancy", "88 %", "12 of 14 busy", Tone.WARNING),
)


def _lead(agent: str, reason: str = "") -> tuple[Button, ...]:
    who = (("agent", agent),)
    return (
        Button("lead.listen", "Listen", "listen", reason=reason, args=who),
        Button("lead.whisper", "Whisper", "whisper", reason=reason, args=who),
        Button("lead.barge", "Barge in", "barge", reason=reason, args=who, tone=Tone.ACCENT),
        Button("lead.open", "State…", args=(("kind", "state"), *who)),
    )


def _wait(key: str) -> tuple[Button, ...]:
    return (
        Button("why", "Why nobody?", "help", args=(("id", key),)),
        Button("lead.open", "Move…", args=(("kind", "place"), ("id", key))),
    )


def _agent(key: str, name: str, state: Badge, timer: str, work: str, *, talks: bool = False) -> AgentRow:
    initials = "".join(word[0] for word in name.split())
    phone = (
        Badge("1001", Tone.OK, "registered as 1001") if state.text != "Break" else Badge("off", Tone.DANGER)
    )
    reason = "" if talks else f"{name} has no call now."
    return AgentRow(
        key, name, initials, state, timer, work, phone, f"{name}, {state.text}, {timer}", _lead(key, reason)
    )


AGENTS = (
    _agent(
        "sara", "Sara Lindqvist", Badge("Talking", Tone.DANGER), "07:41", "D. Okafor · Billing", talks=True
    ),
    _agent("mateo", "Mateo Ruiz", Badge("Talking", Tone.DANGER), "04:27", "A. Yusuf · Support", talks=True),
    _agent("chen", "Chen Wei", Badge("Chat", Tone.ACCENT), "11:20", "3 customers · Web"),
    replace(
        _agent("noor", "Noor Haddad", Badge("Wrap-up", Tone.WARNING), "00:52", "L. Brandt · Support"),
        after="Break next",
        buttons=(
            Button("lead.open", "Finish wrap-up…", args=(("kind", "wrap_up"), ("id", "i4"))),
            Button("lead.open", "State…", args=(("kind", "state"), ("agent", "noor"))),
        ),
    ),
    _agent("ola", "Ola Nowak", Badge("Ready", Tone.OK), "00:08", ""),
    _agent("ibrahim", "Ibrahim Sy", Badge("Break", Tone.MUTED), "16:30", ""),
)
CALLS = (
    CallRow("i1", "D. Okafor", "Billing", "Sara Lindqvist", "07:41", Badge("bridged", Tone.OK),
            Badge("poor", Tone.DANGER), Badge("REC", Tone.DANGER), "You listen",
            "D. Okafor with Sara Lindqvist", _lead("sara")),
    CallRow("i2", "Amina Yusuf", "Support", "Mateo Ruiz", "04:27", Badge("on hold", Tone.WARNING),
            Badge("good", Tone.OK), Badge("paused", Tone.WARNING), "",
            "Amina Yusuf with Mateo Ruiz", _lead("mateo")),
)  # fmt: skip
WAITING = (
    WaitingRow(
        "i5",
        "voice",
        "+44 7700 900123",
        "Support",
        "5:12",
        Tone.DANGER,
        "+44 waits 5 minutes",
        "",
        _wait("i5"),
    ),
    WaitingRow(
        "i6",
        "voice",
        "Lena Brandt",
        "Billing",
        "3:20",
        Tone.WARNING,
        "Lena Brandt waits 3 minutes",
        "",
        _wait("i6"),
    ),
    WaitingRow(
        "i7",
        "chat",
        "Jordan Diaz",
        "Web chat",
        "0:41",
        Tone.PLAIN,
        "Jordan Diaz waits 41 seconds",
        "",
        _wait("i7"),
    ),
)
QUEUES = (
    QueueRow("support", "Support", "3", "0:41", "6", "86 %", "1.8 %", Tone.OK, "Support, 3 waiting"),
    QueueRow("billing", "Billing", "4", "1:12", "3", "61 %", "4.0 %", Tone.DANGER, "Billing, 4 waiting"),
    QueueRow("web", "Web chat", "0", "\N{EN DASH}", "3", "97 %", "0 %", Tone.OK, "Web chat, nobody waiting"),
    QueueRow("email", "Email", "31", "3:40 h", "8", "78 %", "\N{EN DASH}", Tone.WARNING, "Email, 31 waiting"),
)
LISTENING = ListeningCard(
    "i1",
    "Listening to Sara Lindqvist with D. Okafor",
    "07:41",
    Badge("only you hear", Tone.ACCENT),
    (
        Button("lead.listen", "Listen", "listen", args=(("id", "i1"),), checked=True),
        Button("lead.whisper", "Whisper", "whisper", args=(("id", "i1"),), checked=False),
        Button("lead.barge", "Barge in", "barge", args=(("id", "i1"),), checked=False),
    ),
    (
        Button("lead.hears", "Agent", args=(("hears", "agent"),), checked=False),
        Button("lead.hears", "Customer", args=(("hears", "customer"),), checked=False),
        Button("lead.hears", "Both", args=(("hears", "both"),), checked=True),
    ),
    "While the customer is on hold you hear the agent and the customer.",
    Button("lead.take_over", "Take over", "assign"),
    Button("lead.leave", "Leave", "close"),
    "Listening to Sara Lindqvist, 7 minutes 41 seconds",
)
BOARD = SupervisorView(FIGURES, AGENTS, CALLS, WAITING, QUEUES, LISTENING)
QUIET = SupervisorView(
    FIGURES, (), (), (), (), None, "Nobody works now. Agents stand here when they sign in."
)


def _device(
    name: str, state: Badge, *, first: bool = False, last: bool = False, listed: bool = True
) -> DeviceRow:
    args = (("name", name),)
    out = "" if listed else "It is not in the list. Add it first."
    return DeviceRow(
        name,
        state,
        Button(
            "device.move",
            "Up",
            "up",
            reason=out or ("It is the first already." if first else ""),
            args=(*args, ("by", "up")),
        ),
        Button(
            "device.move",
            "Down",
            "chevron-down",
            reason=out or ("It is the last already." if last else ""),
            args=(*args, ("by", "down")),
        ),
        Button("device.use", "Remove" if listed else "Add", args=args),
    )


USED, THERE, AWAY = Badge("in use", Tone.OK), Badge("there"), Badge("not here", Tone.WARNING)
DEVICES = DevicesView(
    (
        DeviceList("microphone", "Microphone", "The first that is there is used.", (
            _device("Jabra Evolve2 65", USED, first=True),
            _device("Built-in microphone", THERE, last=True),
            _device("Logitech BRIO Ultra HD Webcam with a very long name", THERE, listed=False),
        )),
        DeviceList("speaker", "Speaker", "The first that is there is used.", (
            _device("Jabra Evolve2 65", USED, first=True), _device("Built-in speakers", THERE, last=True),
        )),
        DeviceList("ring", "Ring", "It rings on all of them.", (
            _device("Built-in speakers", USED, first=True), _device("Monitor LG 27UL850", AWAY, last=True),
        )),
    ),
    (
        Button("sound.set", "Take the echo away", args=(("name", "echo"),), checked=True),
        Button("sound.set", "Take noise away", args=(("name", "noise"),), checked=True),
        Button("sound.set", "Keep my voice equally loud", args=(("name", "gain"),), checked=False),
        Button("sound.set", "A tone when a second call waits", args=(("name", "waiting"),), checked=True),
    ),
    (
        Level("How loud it rings", "sound.ring", -12.0),
        Level("How loud the call-waiting tone is", "sound.waiting_level", -30.0),
    ),
    Badge("Jabra Evolve2 65", Tone.OK),
    "Its button answers and ends; held longer it swaps two calls. Mute on the headset is mute here.",
    Button("sound.ring", "Play a test sound", "bell"),
    microphone_db=-22.0,
)  # fmt: skip
PHONE = PhoneView(
    Badge("registered", Tone.OK),
    "The phone is registered as 1001.",
    "Engine: native",
    ("It cannot show video.",),
    (
        ("Server", "127.0.0.1:5060, TLS"),
        ("Codec of the call", "Opus, 48 kHz"),
        ("Encryption", "SRTP both ways"),
    ),
)
CHECKS = (
    CheckRow("microphone", "Microphone · Jabra Evolve2 65", Badge("hears you", Tone.OK), ""),
    CheckRow("speaker", "Speaker · Jabra Evolve2 65", Badge("played", Tone.OK), ""),
    CheckRow("echo", "Echo", Badge("too much echo", Tone.WARNING),
             "The microphone hears the speaker. Use a headset."),
    CheckRow("registration", "Phone · 1001", Badge("registered", Tone.OK), ""),
    CheckRow("call", "Test call", Badge("running", Tone.ACCENT), "Say something: you hear yourself.",
             running=True, level_db=-18.0),
    CheckRow("connection", "Server", Badge("waiting"), ""),
)  # fmt: skip
SELF_TEST = SelfTestView(
    "Before the shift",
    CHECKS,
    "The test runs: it takes about 20 seconds.",
    Badge("running", Tone.ACCENT),
    Button("selftest.run", "Run the test", "headset", tone=Tone.ACCENT),
    Button("selftest.cancel", "Stop the test", "stop"),
    required=True,
)
UNTESTED = replace(
    SELF_TEST,
    rows=tuple(replace(c, badge=Badge("not yet", Tone.WARNING), words="", running=False) for c in CHECKS),
    verdict="Not tested yet. The centre asks for a test before you can be ready.",
    badge=Badge(""),
)


def _choice(label: str, *options: str, on: tuple[int, ...] = (0,), said: str = "") -> ChoiceRow:
    buttons = (Button("choice.set", option, checked=n in on) for n, option in enumerate(options))
    return ChoiceRow(label, tuple(buttons), said)


PAGES = {
    "devices": "Devices and sound", "ringing": "Ringing", "screen": "Screen",
    "keys": "Shortcuts", "phone": "Phone", "selftest": "Before the shift",
}  # fmt: skip
SCREEN = ChoicesView(
    "Screen and reading",
    (
        _choice("Colours", "As the system", "Light", "Dark", "High contrast, light", "High contrast, dark"),
        _choice("Size of the text", "100 %", "110 %", "125 %", "150 %", "175 %", "200 %"),
        _choice("Less movement", "As the system", "Always", "Never",
                said="With less movement nothing slides or flashes: what rings has a still edge."),
    ),
    "What is chosen holds at once, and at the next start.",
)  # fmt: skip
WAYS = ("Sound", "Band", "Flashing band", "Task bar", "Notification")
RINGING = ChoicesView(
    "Hearing and ringing",
    (
        _choice("Volume of calls", "Usual", "+6 dB", "+12 dB", "+18 dB", "+20 dB",
                said="Loud voices are held back, so that nothing is distorted."),
        _choice("Balance", "Left ear alone", "More left", "Both ears", "More right", "Right ear alone",
                on=(2,)),
        _choice("Voice rings by", *WAYS, on=(0, 1, 3, 4)),
        _choice("Email rings by", *WAYS, on=(1, 3)),
    ),
    "The card with its countdown always shows what rings, and the screen reader is always told.",
)  # fmt: skip
KEYS = KeysView(
    "Shortcuts",
    "Choose an action, press Enter, then the new keys.",
    (
        ("Offers", (KeyRow("offer.accept", "Answer", "Ctrl+F2", "F2"),
                    KeyRow("offer.decline", "Decline", "F3", "F3"))),
        ("Calls", (KeyRow("call.mute", "Mute / Unmute", "Ctrl+M", "Ctrl+M"),
                   KeyRow("call.dtmf", "Keypad", "", ""))),
    ),
    Button("keys.reset", "All the usual keys", "back"),
)  # fmt: skip


def settings(page: str = "devices") -> SettingsView:
    pages = tuple(
        Button("settings.page", label, args=(("page", key),), checked=key == page)
        for key, label in PAGES.items()
    )
    return SettingsView(pages, page, DEVICES, PHONE, SELF_TEST, SCREEN, RINGING, KEYS)
