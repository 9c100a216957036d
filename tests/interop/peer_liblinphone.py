"""A telephone on liblinphone (by ctypes) for the table: a tone from a file, a tape of what it hears.

`peer_liblinphone.py --sip PORT --door PORT --rtp FIRST --hz HZ --folder DIR`.  What it hears
goes to `DIR/heard-N.wav`, a new N after each call.

A file's header is written at its end only: who reads it before knows its rate by the codec.

What the kit's `rtt_peer.py` found out is kept: explicit transports, IPv6 off, no monitor of the network,
`use_files`, a home of its own; it logs on file descriptor 1.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import sys
from array import array
from math import pi, sin
from pathlib import Path
from typing import Any

from peer_door import Asked, Door, Tape

P, S, I, B = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_bool  # noqa: E741 - as in C
STATES = (  # noqa: SIM905 - names read best as words
    "idle incoming push outgoing progress ringing early connected running pausing paused resuming referred "
    "error end held updated early-in updating released early-updated early-updating"
).split()
OVER = {"error", "end", "released"}
SRTP = 1
VOICE_S = 120
WE_REFRESH = 2  # LinphoneSessionExpiresRefresherUAC: the caller
MESSAGES = 4  # LinphoneLogLevelMessage: every SIP message is written down
RC = """[sip]
sip_port={sip}
sip_tcp_port=0
sip_tls_port=0
bind_address=127.0.0.1
contact=sip:linphone@127.0.0.1
guess_hostname=0
use_ipv6=0
default_proxy=-1
auto_net_state_mon=0
inc_timeout=60
in_call_timeout=0
[rtp]
audio_rtp_port={rtp}
[misc]
user_certificates_path={home}
[net]
dns_srv_enabled=0
"""


class Library:
    """liblinphone's functions by their names."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL("liblinphone.so.10")

    def __call__(self, name: str, result: Any, *pairs: Any) -> Any:
        """Call it: the result's type, then (type, value) pairs."""
        function = getattr(self._lib, f"linphone_{name}")
        function.restype, function.argtypes = result, [kind for kind, _value in pairs]
        return function(*(value for _kind, value in pairs))


class Peer:
    """One core, one account, its calls."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._lp = Library()
        self._calls: dict[int, int] = {}
        self._states: dict[int, str] = {}
        self._is_quiet = False
        self._tapes = 1
        self._account: int | None = None
        self._kept: list[Any] = []  # callbacks must outlive the calls
        self.door = Door(self._do)
        self._core = self._open(Path(args.folder))

    def _open(self, folder: Path) -> int:
        args, lp = self._args, self._lp
        (folder / ".local/share/linphone").mkdir(parents=True, exist_ok=True)
        os.environ.update(HOME=str(folder), XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder))
        rc = folder / "rc"
        rc.write_text(RC.format(sip=args.sip, rtp=args.rtp, home=folder))
        voice = Tape(folder / "voice.wav", 16000)
        voice.write(
            array("h", (int(8000 * sin(2 * pi * args.hz * n / 16000)) for n in range(16000))) * VOICE_S
        )
        voice.close()
        _with_length(folder / "voice.wav")
        factory = lp("factory_get", P)
        core = lp("factory_create_core_3", P, (P, factory), (S, str(rc).encode()), (S, None), (P, None))
        assert core, "liblinphone made no core"
        lp("core_set_use_files", None, (P, core), (I, 1))
        lp("core_set_ring", None, (P, core), (S, None))
        lp("core_set_ringback", None, (P, core), (S, None))
        lp("core_set_play_file", None, (P, core), (S, str(folder / "voice.wav").encode()))
        lp("core_set_record_file", None, (P, core), (S, str(folder / "heard-1.wav").encode()))
        lp("core_enable_echo_cancellation", None, (P, core), (I, 0))
        lp("core_enable_adaptive_rate_control", None, (P, core), (I, 0))
        lp("core_set_use_rfc2833_for_dtmf", None, (P, core), (I, 1))
        lp("core_start", I, (P, core))
        transports = lp("factory_create_transports", P, (P, factory))
        for kind, port in (("udp", args.sip), ("tcp", 0), ("tls", 0)):
            lp(f"transports_set_{kind}_port", None, (P, transports), (I, port))
        lp("core_set_transports", I, (P, core), (P, transports))
        lp("core_enable_ipv6", None, (P, core), (I, 0))
        contact = f"sip:{args.user}@127.0.0.1:{args.sip}".encode()
        lp("core_set_primary_contact", I, (P, core), (S, contact))
        lp("core_set_network_reachable", None, (P, core), (I, 1))
        self._factory = factory
        return int(core)

    async def run(self) -> None:
        turning = asyncio.ensure_future(self._turn())
        turning.add_done_callback(lambda _task: self.door.done.set())  # a fault in there ends the peer
        try:
            await self.door.serve(self._args.door)
        finally:
            turning.cancel()

    async def _turn(self) -> None:
        while True:
            self._lp("core_iterate", None, (P, self._core))
            self._look()
            await asyncio.sleep(0.005)

    def _look(self) -> None:
        """New calls and new states."""
        calls = self._lp("core_get_calls", P, (P, self._core))
        while calls:
            data = self._lp_list(calls)
            if data not in self._calls.values():
                self._adopt(data)
            calls = self._lp_next(calls)
        for number, call in self._calls.items():
            if self._states[number] == "released":
                continue
            state = STATES[self._lp("call_get_state", I, (P, call))]
            if state != self._states[number]:
                self._states[number] = state
                self.door.tell(event="state", call=number, state=state)
                if state == "released" and set(self._states.values()) == {"released"}:
                    self._record()
                if state == "incoming" and not self._is_quiet:
                    self._lp("call_accept", I, (P, call))

    def _lp_list(self, item: int) -> int:
        get = ctypes.CDLL("libbctoolbox.so.1").bctbx_list_get_data
        get.restype, get.argtypes = P, [P]
        return int(get(item))

    def _lp_next(self, item: int) -> int | None:
        step = ctypes.CDLL("libbctoolbox.so.1").bctbx_list_next
        step.restype, step.argtypes = P, [P]
        found = step(item)
        return int(found) if found else None

    def _adopt(self, call: int) -> int:
        self._lp("call_ref", P, (P, call))
        number = len(self._calls) + 1
        self._calls[number], self._states[number] = call, "idle"
        kind = ctypes.CFUNCTYPE(None, P, I)
        heard = kind(lambda _call, digit: self.door.tell(event="digit", call=number, digit=chr(digit)))
        listeners = self._lp("factory_create_call_cbs", P, (P, self._factory))
        self._lp("call_cbs_set_dtmf_received", None, (P, listeners), (kind, heard))
        self._lp("call_add_callbacks", None, (P, call), (P, listeners))
        self._kept.append(heard)
        self.door.tell(event="call", call=number)
        return number

    def _record(self) -> None:
        """A new file, for liblinphone would append, whatever the rate.

        Only while there is no call: with a call that rings, `linphone_core_set_record_file` of 5.1 crashes.
        """
        self._tapes += 1
        path = Path(self._args.folder) / f"heard-{self._tapes}.wav"
        self._lp("core_set_record_file", None, (P, self._core), (S, str(path).encode()))

    async def _do(self, asked: Asked) -> Asked:
        lp = self._lp
        match asked["do"]:
            case "account":
                return await self._register(asked)
            case "quiet":
                self._is_quiet = asked["on"]
                return {}
            case "codecs":
                self._codecs(asked["codecs"])
                return {}
            case "srtp":
                lp("core_set_media_encryption", I, (P, self._core), (I, SRTP if asked["on"] else 0))
                lp("core_set_media_encryption_mandatory", None, (P, self._core), (I, int(asked["on"])))
                return {}
            case "session":
                lp("core_set_session_expires_enabled", None, (P, self._core), (I, 1))
                lp("core_set_session_expires_value", None, (P, self._core), (I, asked["seconds"]))
                lp("core_set_session_expires_min_value", None, (P, self._core), (I, 90))
                lp("core_set_session_expires_refresher_value", None, (P, self._core), (I, WE_REFRESH))
                lp("logging_service_set_log_level", None, (P, lp("logging_service_get", P)), (I, MESSAGES))
                return {}
            case "dial":
                call = lp("core_invite", P, (P, self._core), (S, asked["uri"].encode()))
                assert call, "liblinphone made no call"
                known = next((n for n, c in self._calls.items() if c == call), None)
                return {"call": known or self._adopt(call)}
            case "states":
                return {"states": self._states}
        call = self._calls[asked["call"]]
        match asked["do"]:
            case "hold":
                lp("call_pause" if asked["on"] else "call_resume", I, (P, call))
            case "press":
                for digit in asked["digits"]:
                    lp("call_send_dtmf", I, (P, call), (ctypes.c_char, digit.encode()))
                    await asyncio.sleep(0.3)
            case "transfer":
                lp("call_transfer", I, (P, call), (S, asked["uri"].encode()))
            case "attended":
                lp("call_transfer_to_another", I, (P, call), (P, self._calls[asked["to"]]))
            case "reinvite":
                lp("call_update", I, (P, call), (P, None))
            case "answer":
                lp("call_accept", I, (P, call))
            case "hangup":
                lp("call_terminate", I, (P, call))
            case what:
                raise ValueError(what)
        return {}

    async def _register(self, asked: Asked) -> Asked:
        """Sign in; liblinphone keeps it."""
        lp, core, user, domain = self._lp, self._core, asked["user"], asked["domain"]
        host = domain.rpartition(":")[0]
        info = lp(
            "auth_info_new",
            P,
            *(
                (S, text.encode() if text else None)
                for text in (user, "", asked.get("password", "secret"), "")
            ),
            (S, asked["realm"].encode() if asked.get("realm") else None),
            (S, None),
        )
        lp("core_add_auth_info", None, (P, core), (P, info))
        params = lp("core_create_account_params", P, (P, core))

        def address(text: str) -> Any:
            return lp("factory_create_address", P, (P, self._factory), (S, text.encode()))

        lp("account_params_set_identity_address", I, (P, params), (P, address(f"sip:{user}@{host}")))
        lp("account_params_set_server_address", I, (P, params), (P, address(f"sip:{domain}")))
        lp("account_params_set_expires", None, (P, params), (I, 300))
        lp("account_params_enable_register", None, (P, params), (I, 1))
        account = lp("core_create_account", P, (P, core), (P, params))
        lp("core_add_account", I, (P, core), (P, account))
        lp("core_set_default_account", None, (P, core), (P, account))
        for _turn in range(400):
            state = lp("account_get_state", I, (P, account))
            if state == 2:
                return {}
            if state == 4:
                break
            await asyncio.sleep(0.02)
        raise RuntimeError(f"liblinphone did not register: state {state}")

    def _codecs(self, wanted: list[str]) -> None:
        """Only these, by name and clock rate."""
        rates = {"opus": 48000, "PCMU": 8000, "PCMA": 8000, "G722": 8000}
        for name in (
            "opus",
            "speex",
            "PCMU",
            "PCMA",
            "G722",
            "GSM",
            "iLBC",
            "BV16",
            "L16",
            "G726-16",
            "AAL2",
        ):
            for rate in (8000, 16000, 32000, 44100, 48000):
                kind = lp_type(self._lp, self._core, name, rate)
                if kind:
                    on = name in wanted and rate == rates.get(name)
                    self._lp("payload_type_enable", I, (P, kind), (B, on))


def lp_type(lp: Library, core: int, name: str, rate: int) -> int | None:
    found = lp("core_get_payload_type", P, (P, core), (S, name.encode()), (I, rate), (I, -1))
    return int(found) if found else None


def _with_length(path: Path) -> None:
    """Write the true lengths into the header: liblinphone believes them."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4)
        file.write((size - 8).to_bytes(4, "little"))
        file.seek(40)
        file.write((size - 44).to_bytes(4, "little"))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("sip", "door", "rtp"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--hz", type=float, required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--user", default="linphone")
    out = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(out, "w")
    asyncio.run(Peer(parser.parse_args()).run())
    os._exit(0)  # liblinphone's own threads may outlive the interpreter


if __name__ == "__main__":
    main()
