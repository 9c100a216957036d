"""A phone with a virtual headset: calls, buttons, lamps, and time that the test passes."""

from __future__ import annotations

import msgspec

from agent_desktop.phone import headset as desk_module
from agent_desktop.phone.headset import HeadsetDesk, lamps_of
from agent_desktop.phone.headset_hid import HidHeadset
from agent_desktop.phone.headset_virtual import VirtualHid, family
from agent_desktop.wire.phone import PhoneCall


class Phone:
    """Calls, a headset and time; carries out acts as the softphone does."""

    def __init__(self, name: str) -> None:
        self.now = 100.0
        self.calls: dict[str, PhoneCall] = {}
        self.offered = False
        self.acts = []
        self.infos = []
        self.count = 0
        self.device = family(name)
        self.hid = VirtualHid()
        self.headset = HidHeadset(lambda work: work(), self.hid, clock=lambda: self.now)
        self.headset._thread.start = lambda: None
        self.desk = HeadsetDesk(self.headset, self.act, self.infos.append)
        self.desk.start()
        self.hid.plug(self.device)
        self.settle()

    # what happens

    def settle(self, seconds: float = 4.0) -> None:
        for _ in range(8):
            self.headset.step(0)
        self.now += seconds
        for _ in range(8):
            self.headset.step(0)

    def press(self, usage: int) -> None:
        self.device.press(usage, self.now)
        self.settle()

    def put(self, call: PhoneCall | None = None, **more) -> str:
        if call is None:
            self.count += 1
            call = PhoneCall(id=f"c{self.count}", direction="in", state="ringing")
        call = msgspec.structs.replace(call, **more)
        self.calls[call.id] = call
        self.desk.follow(tuple(self.calls.values()), offered=self.offered)
        return call.id

    def end(self, name: str) -> None:
        self.calls.pop(name, None)
        self.desk.follow(tuple(self.calls.values()))

    def change(self, name: str, **more) -> None:
        if name in self.calls:
            self.put(self.calls[name], **more)

    def offer(self, *, on: bool) -> None:
        self.offered = on
        self.desk.follow(tuple(self.calls.values()), offered=on)

    def act(self, act) -> None:
        self.acts.append(act)
        match act:
            case desk_module.AnswerCall(call=call):
                for other in list(self.calls.values()):
                    if other.state == "up":
                        self.change(other.id, state="held")
                self.change(call, state="up")
            case desk_module.EndCall(call=call) | desk_module.RejectCall(call=call):
                self.end(call)
            case desk_module.MuteCall(call=call, on=on):
                self.change(call, muted=on)
            case desk_module.HoldCall(call=call, on=on):
                self.change(call, state="held" if on else "up")
            case desk_module.SwapCalls(hold=hold, resume=resume):
                self.change(hold, state="held")
                self.change(resume, state="up")
            case desk_module.AnswerOffer() | desk_module.RejectOffer():
                self.offer(on=False)
            case desk_module.Redial():
                self.put(direction="out", state="dialling")

    def take_acts(self):
        taken, self.acts = self.acts, []
        return [type(act).__name__ for act in taken]

    @property
    def expected(self):
        lamps = lamps_of(tuple(self.calls.values()), offered=self.offered)
        return lamps.ring, lamps.off_hook, lamps.muted, lamps.held and self.device.can_hold
