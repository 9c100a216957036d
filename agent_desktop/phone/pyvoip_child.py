"""The child process of the pyVoIP engine: pyVoIP's blocking calls live and hang here, never in the phone.

JSON lines: orders on standard input, news on standard output; each order is answered by `done` when
pyVoIP came back from it, so that the parent's watchdog sees one that never does.  Sound goes over a pair
of loopback UDP ports as 16-bit frames of 20 ms.

pyVoIP gives and takes 8-bit unsigned sound, fills gaps with byte 0 (full-scale negative, a bang) and is
polled; what can be mended in a few lines is mended here, the rest is in the engine's capabilities.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from typing import Any, Final

import numpy as np

from agent_desktop.media.pcm import FRAME_S, FRAME_SAMPLES, NARROW_FRAME_SAMPLES, Pcm
from agent_desktop.media.resampling import Downsampler, Upsampler

_SHORTEST_GAP: Final = 8
_SILENT_BYTE: Final = 128


def to_bytes(frame: Pcm) -> bytes:
    """16-bit sound in pyVoIP's 8 bits, unsigned."""
    return ((frame.astype(np.int32) >> 8) + _SILENT_BYTE).astype(np.uint8).tobytes()


def from_bytes(data: bytes) -> Pcm:
    """From pyVoIP's 8 bits to 16; runs of byte 0 are its gaps and become silence (trap T12)."""
    raw = np.frombuffer(data, dtype=np.uint8).astype(np.int32)
    zero = np.concatenate([[False], raw == 0, [False]])
    edges = np.flatnonzero(zero[1:] != zero[:-1])
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= _SHORTEST_GAP:
            raw[start:end] = _SILENT_BYTE
    return ((raw - _SILENT_BYTE) << 8).astype(np.int16)


class Child:
    """Carries out orders, each on a thread of its own."""

    def __init__(self, config: dict[str, Any]) -> None:
        from pyVoIP.VoIP import VoIPPhone  # noqa: PLC0415 - only this process needs it

        self._lock = threading.Lock()
        self._calls: dict[str, Any] = {}
        self._made = 0
        self._phone = VoIPPhone(
            config["server"],
            config["port"],
            config["user"],
            config["password"],
            myIP=config["host"],
            callCallback=self._arrived,
            sipPort=config["sip_port"],
            rtpPortLow=config["rtp_low"],
            rtpPortHigh=config["rtp_low"] + 40,
        )
        client: Any = self._phone.sip
        passed_on = client.parse_message

        def parse_message(message: Any) -> None:
            self._mend(message)
            passed_on(message)

        client.parse_message = parse_message

    def _mend(self, message: Any) -> None:
        """What pyVoIP drops on the floor: a busy or refused number, and a caller who gives up."""
        call = self._phone.calls.get(message.headers.get("Call-ID"))
        if call is None:
            return
        if message.type.name != "MESSAGE":
            status = int(message.status.value)
            if call.state.name == "DIALING" and status >= 300 and status not in {401, 404, 407, 503}:
                ack = self._phone.sip.gen_ack(message)
                self._phone.sip.out.sendto(ack.encode("utf8"), (self._phone.server, self._phone.port))
                self._end(call, status)
        elif message.method == "CANCEL" and call.state.name == "RINGING":
            self._end(call, 487)

    def _end(self, call: Any, status: int) -> None:
        call.state = type(call.state).ENDED
        self._phone.calls.pop(call.call_id, None)
        for name, known in tuple(self._calls.items()):
            if known is call:
                self.say(event="gone", call=name, by="remote", status=status)

    def say(self, **news: Any) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(news) + "\n")
            sys.stdout.flush()

    def order(self, order: dict[str, Any]) -> None:
        """Start an order; `done` follows when pyVoIP returns."""
        threading.Thread(target=self._do, args=(order,), daemon=True).start()

    def _do(self, order: dict[str, Any]) -> None:
        try:
            self._carry_out(order)
        except Exception as error:  # noqa: BLE001 - pyVoIP raises anything, a KeyError for a 404
            self.say(event="failed", order=order["do"], call=order.get("call", ""), detail=repr(error))
        self.say(event="done", id=order["id"])

    def _carry_out(self, order: dict[str, Any]) -> None:
        name = order.get("call", "")
        match order["do"]:
            case "start":
                self._phone.start()
                self.say(event="registered", ok=self._phone.get_status().name == "REGISTERED")
            case "stop":
                self._phone.stop()
            case "dial":
                call = self._phone.call(order["target"])
                self._calls[name] = call
                self._follow(name, call, order["audio"])
            case "answer":
                call = self._calls[name]
                call.answer()
                self._follow(name, call, order["audio"])
            case "reject":
                self._calls.pop(name).deny()
                self.say(event="gone", call=name, by="agent")
            case "hang_up":
                self._calls[name].hangup()
            case _:
                pass

    def _arrived(self, call: Any) -> None:
        self._made += 1
        name = f"{self._made}"
        self._calls[name] = call
        headers = call.request.headers
        caller = headers.get("From", {})
        self.say(
            event="arrived",
            call=name,
            number=str(caller.get("number", "")),
            name=str(caller.get("caller", "")),
            interaction=str(headers.get("X-Interaction", "")),
        )

    def _follow(self, name: str, call: Any, port: int) -> None:
        threading.Thread(target=self._sound, args=(name, call, port), daemon=True).start()

    def _sound(self, name: str, call: Any, port: int) -> None:
        """Every 20 ms: 20 ms each way, and what pyVoIP says of the call."""
        wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wire.bind(("127.0.0.1", 0))
        wire.connect(("127.0.0.1", port))
        wire.settimeout(0.0)
        up, down = Upsampler(), Downsampler()
        was, deadline = "", time.monotonic()
        while True:
            state = call.state.name
            if state != was and state == "ANSWERED":
                self.say(event="up", call=name)
            if state == "ENDED":
                self.say(event="gone", call=name, by="remote")
                self._calls.pop(name, None)
                wire.close()
                return
            was = state
            if state == "ANSWERED":
                _exchange(call, wire, up, down)
            deadline += FRAME_S
            time.sleep(max(0.0, deadline - time.monotonic()))


def _exchange(call: Any, wire: socket.socket, up: Upsampler, down: Downsampler) -> None:
    try:
        wire.send(up(from_bytes(call.read_audio(NARROW_FRAME_SAMPLES, blocking=False))).tobytes())
        for _ in range(4):
            data = wire.recv(4 * FRAME_SAMPLES)
            call.write_audio(to_bytes(down(np.frombuffer(data, dtype=np.int16))))
    except OSError:
        return  # nothing has come, or the parent is gone


def main() -> None:
    """Read the account from the first line, then orders until the input ends."""
    child = Child(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        child.order(json.loads(line))


if __name__ == "__main__":
    main()
