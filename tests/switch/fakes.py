"""Doubles of what stands around the call table: a SIP stack that only remembers, a desk, a manual clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agent_desktop.errors import RefusedError
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.udp import NoPortError
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId, RegistrationId, RequestId, SubscriptionId
from agent_desktop.sip.media import PCMU, TELEPHONE_EVENT, AgreedStream, Agreement, Direction, LocalMedia
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.registrar import Binding
from agent_desktop.sip.replaces import Replaces
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch.b2bua import BackToBack
from agent_desktop.switch.orders import Orders
from agent_desktop.switch.outside import Surroundings
from agent_desktop.switch.registrar import directory_of
from agent_desktop.switch.table import Table
from agent_desktop.switch.text_desk import OnText
from agent_desktop.wire import switch as wire
from agent_desktop.wire.switch import AnySwitchEvent, Extension, LegQuality, Prompt, SetDirectory

CUSTOMER, AGENT = "c1/customer1", "c1/agent2"
PHONES = ("201", "202", "203", "204")
HERE = Address("udp", "127.0.0.1", 40000)


def agreement(direction: Direction = Direction.SENDRECV) -> Agreement:
    return Agreement(
        (AgreedStream("audio", "127.0.0.1", 4000, PCMU, TELEPHONE_EVENT, direction, 20, (PCMU,)),)
    )


class FakeSip:
    """Remembers what it was told; the test says what the peers do."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Any]] = []
        self.registered: dict[str, Binding] = {}
        self.statuses: dict[str, int] = {}
        self.no_codec = False
        self.heard: set[str] = set()
        self.accounts: dict[RegistrationId, Account] = {}
        self.offers: list[LocalMedia] = []
        self.media: dict[LegId, LocalMedia] = {}
        self.offered_in_call: list[tuple[LegId, LocalMedia]] = []
        self._made = 0

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        return (self.registered[user],) if user in self.registered else ()

    def invite(self, target: Uri, media: LocalMedia, now: float, **how: Any) -> LegId:
        self._made += 1
        leg = LegId(f"out{self._made}")
        self.offers.append(media)
        self.done.append(("invite", (leg, target.user, dict(how["headers"]), how["caller"].uri.user)))
        return leg

    def ring(
        self, leg: LegId, now: float, *, status: int = 180, media: LocalMedia | None = None
    ) -> Agreement | None:
        self.done.append(("ring" if media is None else "early", leg))
        return None if media is None else agreement()

    def answer(self, leg: LegId, media: LocalMedia, now: float) -> Agreement:
        if self.no_codec:
            raise RefusedError("No codec is shared.", code="no_codec")
        self.done.append(("answer", leg))
        return agreement()

    def reject(
        self, leg: LegId, now: float, status: int = 486, reason: str = "", *, headers: Headers = ()
    ) -> None:
        self.done.append(("reject", (leg, status)))

    def set_media(self, leg: LegId, media: LocalMedia) -> None:
        self.media[leg] = media

    def reinvite(self, leg: LegId, media: LocalMedia, now: float) -> None:
        self.offered_in_call.append((leg, media))

    def is_heard(self, leg: LegId) -> bool:
        return leg in self.heard

    def register(self, account: Account, now: float) -> RegistrationId:
        name = RegistrationId(f"reg{len(self.accounts) + 1}")
        self.accounts[name] = account
        return name

    def unregister(self, registration: RegistrationId, now: float) -> None:
        self.done.append(("unregister", registration))

    def replaces(self, leg: LegId) -> Replaces:
        return Replaces(f"call-of-{leg}", f"their-{leg}", f"our-{leg}")

    def accept_transfer(self, request: RequestId, now: float) -> None:
        self.done.append(("accepted", request))

    def refuse_transfer(self, request: RequestId, now: float, status: int = 603) -> None:
        self.done.append(("refused", (request, status)))

    def refer_progress(self, request: RequestId, status: int, now: float, reason: str = "") -> None:
        self.done.append(("progress", (request, status)))

    def notify(self, subscription: SubscriptionId, body: bytes, content_type: str, now: float) -> None:
        self.done.append(("notify", (subscription, body.decode(), content_type)))

    def end_subscription(self, subscription: SubscriptionId, now: float, reason: str = "noresource") -> None:
        self.done.append(("unwatched", (subscription, reason)))

    def challenge(self, leg: LegId, now: float) -> None:
        self.done.append(("challenge", leg))

    def hang_up(self, leg: LegId, now: float, *, status: int = 603, headers: Headers = ()) -> None:
        self.done.append(("hang_up", leg))
        self.statuses[leg] = status

    def all(self, what: str) -> list[Any]:
        return [detail for name, detail in self.done if name == what]


class FakeText:
    """Remembers what was written to a leg; the test types there."""

    def __init__(self, told: OnText) -> None:
        self.told = told
        self.written: list[tuple[str, str]] = []
        self.announced = False
        self.finished = self.taken_back = 0

    def write(self, text: str, speaker: str = "") -> None:
        self.written.append((speaker, text))

    def announce(self) -> None:
        self.announced = True

    def finish_lines(self) -> None:
        self.finished += 1

    def take_back(self, speaker: str = "") -> None:
        self.taken_back += 1

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.written)


@dataclass
class FakeTexts:
    legs: dict[str, FakeText] = field(default_factory=dict)
    reading: set[str] = field(default_factory=set)
    given_up: Callable[[str], None] = lambda _leg: None

    def of(self, leg: str) -> FakeText | None:
        return self.legs.get(leg)

    def open_stream(self, leg: str, *, is_needed: bool = True, is_offered: bool = False) -> int:
        assert leg in self.legs
        return 21400

    def read_tones(self, leg: str) -> None:
        self.reading.add(leg)


@dataclass
class FakeDesk:
    """Knows who hears whom."""

    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    open: dict[str, Callable[[str], None]] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    silent: dict[str, float] = field(default_factory=dict)
    pressed: list[tuple[str, str]] = field(default_factory=list)
    qualities: dict[str, LegQuality] = field(default_factory=dict)
    tapes: dict[str, Callable[[Pcm, Pcm], None]] = field(default_factory=dict)
    heard_by_tape: dict[str, tuple[dict[str, float], dict[str, float]]] = field(default_factory=dict)
    texts: FakeTexts = field(default_factory=FakeTexts)
    spared: set[str] = field(default_factory=set)
    full: bool = False
    load: float = 0.0

    def open_leg(
        self, leg: str, on_digit: Callable[[str], None], on_text: OnText | None = None
    ) -> tuple[str, int]:
        if self.full:
            raise NoPortError("No free port is left.")
        self.open[leg] = on_digit
        if on_text is not None:
            self.texts.legs[leg] = FakeText(on_text)
        return ("127.0.0.1", 21300)

    def spare(self, leg: str, *, on: bool) -> None:
        (self.spared.add if on else self.spared.discard)(leg)

    def configure(self, leg: str, agreement: Agreement) -> None:
        assert leg in self.open

    def close_leg(self, leg: str) -> None:
        del self.open[leg]
        text = self.texts.legs.pop(leg, None)
        if text is not None:
            text.told(None)
        self.rows.pop(leg, None)

    def hear(self, listener: str, gains: Mapping[str, float]) -> None:
        self.rows[listener] = dict(gains)

    def add_source(self, name: str, source: Any) -> None:
        self.sources[name] = source

    def remove_source(self, name: str) -> None:
        self.sources.pop(name, None)

    def add_tape(self, name: str, write: Callable[[Pcm, Pcm], None]) -> None:
        self.tapes[name] = write

    def tape_hears(self, name: str, left: Mapping[str, float], right: Mapping[str, float]) -> None:
        self.heard_by_tape[name] = (dict(left), dict(right))

    def remove_tape(self, name: str) -> None:
        self.tapes.pop(name, None)

    def press(self, leg: str, digits: str) -> bool:
        self.pressed.append((leg, digits))
        return True

    def quality_now(self, leg: str) -> LegQuality | None:
        return self.qualities.get(leg)

    def quality(self, leg: str) -> LegQuality | None:
        return self.qualities.get(leg)

    def silent_s(self, leg: str) -> float:
        return self.silent.get(leg, 0.0)


class FakeSpeaking:
    async def sound_of(self, prompts: Sequence[Prompt]) -> list[Pcm]:
        return [np.ones(320, np.int16) for _ in prompts]


@dataclass
class Alarm:
    at: float
    act: Callable[[], None]
    off: bool = False

    def cancel(self) -> None:
        self.off = True


class Scene:
    """A call table with doubles all round it."""

    def __init__(self, *, most_calls: int = 500) -> None:
        self.now = 1000.0
        self.alarms: list[Alarm] = []
        self.sip, self.desk, self.speaking = FakeSip(), FakeDesk(), FakeSpeaking()
        self.events: list[AnySwitchEvent] = []
        self.attended = True
        self._ids = 0
        self.table = Table(
            Surroundings(
                signalling=lambda: self.sip,
                desk=self.desk,
                speaking=self.speaking,
                emit=self.events.append,
                later=self._later,
                soon=lambda act: act(),
                monotonic=lambda: self.now,
                wall=lambda: self.now + 1e9,
                new_id=self._new_id,
                attended=lambda: self.attended,
                host="127.0.0.1",
            ),
            most_calls=most_calls,
        )
        self.table.directory = directory_of(
            SetDirectory(
                realm="r",
                extensions=tuple(Extension(extension=number, agent=f"a{number}") for number in PHONES),
                numbers=("4000",),
                trunks=("127.0.0.1:5099",),
            )
        )
        self.do = Orders(self.table).do
        self.b2bua = BackToBack(self.table)
        for user in PHONES:
            self.sip.registered[user] = Binding(
                user, Uri("sip", user, "127.0.0.1", 6000), HERE, self.now + 300, "c", 1
            )

    def _new_id(self) -> str:
        self._ids += 1
        return f"c{self._ids}"

    def _later(self, seconds: float, act: Callable[[], None]) -> Alarm:
        self.alarms.append(Alarm(self.now + seconds, act))
        return self.alarms[-1]

    def wait(self, seconds: float) -> None:
        """Let time pass; what is due happens."""
        end = self.now + seconds
        while due := [alarm for alarm in self.alarms if not alarm.off and alarm.at <= end]:
            first = min(due, key=lambda alarm: alarm.at)
            self.alarms.remove(first)
            self.now = first.at
            first.act()
        self.now = end

    def hear_all(self) -> None:
        """Let the prompts play to their end."""
        for source in tuple(self.desk.sources.values()):
            for _ in range(50):
                source.frame()

    def all(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def waiting(self) -> str:
        """A customer who is answered."""
        self.arrives()
        self.do(wire.AnswerCall(call="c1"))
        return "c1"

    def joined(self) -> str:
        """A customer and extension 201."""
        call = self.waiting()
        self.do(wire.ConnectAgent(call=call, extension="201", interaction="i1"))
        self.answers("out1")
        return call

    # -- the peers --------------------------------------------------------------------------------------

    def arrives(self, leg: str = "in1", *, caller: str = "555", called: str = "4000", **more: Any) -> LegId:
        source, user = more.get("source", HERE), more.get("user")
        headers = tuple(more.get("headers", ()))
        self.b2bua.happened(
            sip.CallArrived(
                leg=LegId(leg),
                caller=NameAddr(Uri("sip", caller, "127.0.0.1"), more.get("name", "")),
                called=Uri("sip", called, "127.0.0.1"),
                source=source,
                offer=more.get("offer"),
                user=user,
                message=Request(headers=headers),
                replaces=more.get("replaces"),
            )
        )
        return LegId(leg)

    def answers(self, leg: str, direction: Direction = Direction.SENDRECV) -> None:
        self.b2bua.happened(sip.Answered(LegId(leg), agreement(direction), Response()))

    def progresses(self, leg: str, *, early: bool = False) -> None:
        self.b2bua.happened(sip.Progressed(LegId(leg), 180, agreement() if early else None, Response()))

    def changes(self, leg: str, direction: Direction) -> None:
        self.b2bua.happened(sip.MediaChanged(LegId(leg), agreement(direction), by_peer=True))

    def ends(self, leg: str, by: sip.EndedBy = sip.EndedBy.REMOTE, status: int = 200) -> None:
        self.b2bua.happened(sip.Ended(LegId(leg), by, status, "reason"))

    def refers(self, leg: str, target: str, *, replaces: Replaces | None = None) -> None:
        request = RequestId(f"refer-{leg}")
        uri = Uri("sip", target, "127.0.0.1")
        self.b2bua.happened(sip.TransferAsked(request, LegId(leg), uri, replaces, None, Request()))

    def subscribes(self, name: str, package: str, extension: str, *, user: str) -> None:
        who = NameAddr(Uri("sip", user, "127.0.0.1"))
        watcher, target = SubscriptionId(name), Uri("sip", extension, "127.0.0.1")
        self.b2bua.happened(sip.Subscribed(watcher, package, target, who, user, HERE, 300, Request()))

    def registers(self, user: str, *, is_new: bool = True) -> None:
        contact = Uri("sip", user, "127.0.0.1", 6001)
        self.b2bua.happened(sip.Bound(user, contact, HERE, self.now + 300, is_new=is_new))
