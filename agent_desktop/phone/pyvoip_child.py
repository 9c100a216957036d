"""The child process of the pyVoIP engine: what pyVoIP may break, it breaks here and never in the phone.

JSON lines: orders on standard input, news on standard output.  Every order is carried out by the SIP
thread and answered by `done`, so that a `ping` that does not come back tells the parent of a thread that
hangs.  Sound goes over a pair of loopback UDP ports as 16-bit frames of 20 ms: a frame from the parent is
answered by a frame, so that the phone's own clock drives both ways and nothing polls.

The process ends when its input ends, so that it never outlives the phone.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from agent_desktop.errors import AgentDesktopError
from agent_desktop.media.pacer import yield_often
from agent_desktop.media.realtime import ask_for_urgency, watch_for_hogs

if TYPE_CHECKING:
    from agent_desktop.phone.pyvoip_call import Call
    from agent_desktop.phone.pyvoip_phone import Phone

_QUIET_S: Final = 0.5
_GOODBYE_S: Final = 2.0
_LARGEST_FRAME: Final = 8192


class Child:
    """Carries out orders and says what happens; see `pyvoip_phone.Listener`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}
        self._names: dict[Call, str] = {}
        self._made = 0
        self._phone: Phone | None = None

    def start(self, config: dict[str, Any]) -> None:
        """Open the port and register; ImportError where pyVoIP does not run, OSError without a port."""
        from agent_desktop.phone.pyvoip_phone import Phone  # noqa: PLC0415 - only this process needs it
        from agent_desktop.phone.pyvoip_register import Identity  # noqa: PLC0415 - likewise

        identity = Identity(
            config["user"], config["password"], config["domain"], config["realm"], config["display_name"]
        )
        ports = config["rtp_low"], config["rtp_high"]
        self._phone = Phone(identity, (config["server"], config["port"]), config["host"], ports, self)
        self._phone.start()

    # ------------------------------------------------------------ what is said

    def say(self, **news: Any) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(news) + "\n")
            sys.stdout.flush()

    def registered(self, status: int, *, ok: bool) -> None:
        self.say(event="registered", ok=ok, status=status)

    def arrived(self, call: Call) -> None:
        self._made += 1
        self._keep(f"in-{self._made}", call)
        caller = call.heard.headers["From"]
        self.say(
            event="arrived",
            call=self._names[call],
            number=str(caller["number"] or caller["host"]),
            name=str(caller["caller"]),
            interaction=call.heard.parsed.header("X-Interaction"),
        )

    def rings(self, call: Call, *, has_sound: bool) -> None:
        self.say(event="rings", call=self._names.get(call, ""), has_sound=has_sound)

    def up(self, call: Call) -> None:
        self.say(event="up", call=self._names.get(call, ""))

    def gone(self, call: Call, by: str, status: int) -> None:
        name = self._names.pop(call, "")
        self._calls.pop(name, None)
        self.say(event="gone", call=name, by=by, status=status)

    def digit(self, call: Call, digit: str) -> None:
        self.say(event="digit", call=self._names.get(call, ""), digit=digit)

    def trouble(self, text: str) -> None:
        self.say(event="trouble", detail=text)

    # ------------------------------------------------------------ what is asked

    def order(self, order: dict[str, Any]) -> None:
        """Have an order carried out in the SIP thread."""
        if self._phone is not None:
            self._phone.client.post(lambda: self._do(order))

    def _do(self, order: dict[str, Any]) -> None:
        try:
            self._carry_out(order)
        except AgentDesktopError as error:
            self.say(event="failed", order=order["do"], call=order.get("call", ""), detail=str(error))
        except Exception as error:  # noqa: BLE001 - pyVoIP raises anything, and the parent must hear of it
            self.trouble(f"{order['do']}: {error!r}")
            self.say(event="failed", order=order["do"], call=order.get("call", ""), detail="")
        self.say(event="done", id=order.get("id", 0))

    def _carry_out(self, order: dict[str, Any]) -> None:
        assert self._phone is not None  # noqa: S101 - orders come after the start
        name = order.get("call", "")
        match order["do"]:
            case "dial":
                extra = (("X-Interaction", order["interaction"]),) if order["interaction"] else ()
                call = self._phone.call(order["target"], extra)
                self._keep(name, call)
                self._follow(call, order)
            case "answer" if name in self._calls:
                self._follow(self._calls[name], order)
                self._calls[name].answer()
            case "reject" if name in self._calls:
                self._calls[name].deny(order["status"])
            case "hang_up" if name in self._calls:
                self._calls[name].hangup()
            case "stop":
                self._phone.leave(self._phone.stop)
            case _:
                pass  # a ping, or a call that is gone meanwhile

    def _keep(self, name: str, call: Call) -> None:
        self._calls[name] = call
        self._names[call] = name

    def end(self) -> None:
        """The parent is gone, or wants us to go: say goodbye and end."""
        if self._phone is not None:
            self.order({"do": "stop"})
            self._phone.client.join(_GOODBYE_S)

    # ------------------------------------------------------------ sound

    def _follow(self, call: Call, order: dict[str, Any]) -> None:
        wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        wire.bind(("127.0.0.1", 0))
        wire.connect(("127.0.0.1", order["audio"]))
        wire.settimeout(_QUIET_S)
        secret = bytes.fromhex(order["secret"])
        threading.Thread(target=carry_sound, args=(call, wire, secret), daemon=True).start()


def carry_sound(call: Call, wire: socket.socket, secret: bytes) -> None:
    """Frame for frame, until the call is over; the secret tells the parent who we are."""
    from agent_desktop.phone.pyvoip_rtp import FRAME_BYTES  # noqa: PLC0415 - it imports pyVoIP

    ask_for_urgency()
    yield_often()
    is_known = False
    with wire:
        while call.state.name != "ENDED":
            try:
                if not is_known:
                    wire.send(secret)
                data = wire.recv(_LARGEST_FRAME)
                is_known = True
                if len(data) == FRAME_BYTES:
                    call.write_audio(data)
                    wire.send(call.read_audio(FRAME_BYTES, blocking=False))
            except TimeoutError:
                is_known = False  # nobody asked for a while: say again where we are
            except OSError:
                threading.Event().wait(_QUIET_S)  # the phone's end is closed, or not open yet


def missing_words(module: str) -> str:
    """Why pyVoIP does not run here, and what to do."""
    if module == "audioop":
        return (
            "This telephone engine (pyVoIP) needs a part that Python left out in 3.13: install the package "
            "audioop-lts, or choose the native engine."
        )
    return f"This telephone engine needs the package {module}: install it, or choose the native engine."


def main() -> None:
    """Read the account from the first line, then orders until the input ends."""
    watch_for_hogs()
    child = Child()
    try:
        child.start(json.loads(sys.stdin.readline()))
    except ModuleNotFoundError as error:
        child.say(event="unavailable", detail=missing_words(error.name or "pyVoIP"))
        return
    except OSError as error:
        child.trouble(repr(error))
        child.say(event="unavailable", detail="No telephone port can be opened on this computer.")
        return
    for line in iter(sys.stdin.readline, ""):
        child.order(json.loads(line))
    child.end()


if __name__ == "__main__":
    main()
