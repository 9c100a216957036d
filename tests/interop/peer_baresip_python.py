"""A telephone on baresip-python (libre 4) for the table: several accounts, a tone, a tape of what it hears.

`peer_baresip_python.py --sip PORT --door PORT --rtp FIRST --hz HZ --folder DIR`.  Calls are numbered from
1; call N is heard in `DIR/heard-N-M.wav`, a new M after each change of the stream's rate.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
from array import array
from pathlib import Path
from typing import Any

from baresip import Account, Call, CallState, Config, Runtime, UserAgent
from peer_door import Asked, Door, Tape

TICK_S = 0.02
LEVEL = 8000


class Leg:
    """One call."""

    def __init__(self, number: int, call: Call, folder: Path) -> None:
        self.number, self.call, self._folder = number, call, folder
        self._phase = 0
        self._tapes = 0
        self._tape: Tape | None = None

    def tick(self, hz: float) -> None:
        with contextlib.suppress(Exception):  # no sound now, or a re-INVITE replaced the streams
            info = self.call.audio.info()
            if info.tx_ready:
                self._say(hz, info.tx_sample_rate, info.tx_channels, info.tx_buffered)
            if info.rx_ready:
                self._hear(info.rx_sample_rate, max(1, info.rx_channels))

    def _say(self, hz: float, rate: int, channels: int, waiting: int) -> None:
        """Keep 60 ms ahead, so that a late turn of this program is no gap."""
        wanted = int(rate * 0.06) - waiting // (2 * channels)
        if wanted <= 0:
            return
        step = 2 * math.pi * hz / rate
        mono = [int(LEVEL * math.sin(step * (self._phase + n))) for n in range(wanted)]
        self._phase += wanted
        self.call.audio.write(array("h", (s for s in mono for _ in range(channels))).tobytes())

    def _hear(self, rate: int, channels: int) -> None:
        data = self.call.audio.read(1 << 16)
        if self._tape is None or self._tape.rate != rate:
            self._tapes += 1
            self._tape = Tape(self._folder / f"heard-{self.number}-{self._tapes}.wav", rate)
        self._tape.write(array("h", data[: len(data) & ~1])[::channels].tobytes())


class Peer:
    """All accounts of one stack."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._folder = Path(args.folder)
        self._runtime = Runtime()
        self._agents: dict[str, UserAgent] = {}
        self._quiet: set[str] = set()
        self._legs: dict[int, Leg] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.door = Door(self._do)

    async def run(self) -> None:
        args = self._args
        text = f"sip_listen 127.0.0.1:{args.sip}\nrtp_ports {args.rtp}-{args.rtp + 98}\n"
        if args.cafile:
            text += f"sip_cafile {args.cafile}\nsip_verify_server yes\n"
        await self._runtime.start(
            Config(net_interface="127.0.0.1", max_concurrent_calls=None, extra_config_text=text)
        )
        sound = asyncio.ensure_future(self._sound())
        try:
            await self.door.serve(args.door)
        finally:
            sound.cancel()
            await self._runtime.close()

    async def _sound(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time() - TICK_S)
            await asyncio.sleep(max(0.0, due - loop.time()))
            for leg in list(self._legs.values()):
                if leg.call.state is CallState.ESTABLISHED:
                    leg.tick(self._args.hz)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _adopt(self, call: Call, direction: str) -> Leg:
        number = len(self._legs) + 1
        leg = self._legs[number] = Leg(number, call, self._folder)
        self.door.tell(event="call", call=number, direction=direction, peer=call.peer)

        def happened(event: Any) -> None:
            if event.event < 900:
                self.door.tell(event=event.event.name, call=number, text=event.text)

        call.on(happened)
        call.on_dtmf(lambda d: self.door.tell(event="digit", call=number, digit=d.digit))
        call.on_transfer_request(lambda _request: self._spawn(self._follow(leg)))
        return leg

    async def _follow(self, leg: Leg) -> None:
        """Do what a REFER asks for."""
        try:
            self._adopt(await leg.call.accept_transfer(), "transfer")
        except Exception as error:  # noqa: BLE001 - told to the test
            self.door.tell(event="refer_failed", call=leg.number, text=repr(error))

    async def _came(self, user: str, call: Call) -> None:
        leg = self._adopt(call, "in")
        if user not in self._quiet:
            try:
                await call.answer()
            except Exception as error:  # noqa: BLE001 - told to the test
                self.door.tell(event="answer_failed", call=leg.number, text=repr(error))

    async def _do(self, asked: Asked) -> Asked:
        match asked["do"]:
            case "account":
                return await self._account(asked)
            case "quiet":  # rings from now on, or answers again
                (self._quiet.add if asked["on"] else self._quiet.discard)(asked["user"])
                return {}
            case "dial":
                return await self._dial(asked)
            case "states":
                return {"states": {leg.number: leg.call.state.name for leg in self._legs.values()}}
        call = self._legs[asked["call"]].call
        match asked["do"]:
            case "hold":
                await (call.hold if asked["on"] else call.resume)()
            case "press":
                await call.send_dtmf(asked["digits"])
            case "transfer":
                await call.transfer(asked["uri"], timeout=25)
            case "attended":
                await call.attended_transfer(self._legs[asked["to"]].call, timeout=25)
            case "answer":
                await call.answer()
            case "hangup":
                await call.hangup()
            case what:
                raise ValueError(what)
        return {}

    async def _account(self, asked: Asked) -> Asked:
        user = asked["user"]
        agent = await UserAgent.create(
            self._runtime,
            Account(
                user=user,
                domain=asked["domain"],
                password=asked.get("password", "secret"),
                transport=asked.get("transport", "udp"),
                reg_interval=300 if asked.get("register", True) else 0,
                audio_codecs=tuple(asked.get("codecs", ("PCMU/8000/1", "PCMA/8000/1"))),
                extra_params=(f"mediaenc={asked['srtp']}",) if asked.get("srtp") else (),
            ),
        )
        agent.on_incoming(lambda call: self._spawn(self._came(user, call)))
        self._agents[user] = agent
        if asked.get("register", True):
            await agent.register(timeout=25)
        return {}

    async def _dial(self, asked: Asked) -> Asked:
        """The library reports a callee that answers within 1 ms before it has made the call: replay it."""
        agent = self._agents[asked["user"]]
        early: list[Any] = []
        agent.on(early.append)
        try:
            call = await agent.dial(asked["uri"])
            if call.state is CallState.OUTGOING:
                for event in early:
                    if event.call == call.handle:
                        call._on_stack_event(event)
        finally:
            agent.off(early.append)
        leg = self._adopt(call, "out")
        if asked.get("up", True):
            await call.wait_established(timeout=25)
        return {"call": leg.number}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("sip", "door", "rtp"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--hz", type=float, required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--cafile")
    asyncio.run(Peer(parser.parse_args()).run())


if __name__ == "__main__":
    main()
