"""liblinphone (Debian: liblinphone10) as a peer with real-time text, by ctypes, in a process of its own.

`python -m agent_desktop.bench._linphone_child SIP TEXT AUDIO WAV [URI]`: calls URI, or accepts one call.  It
types what it reads on standard input, sign by sign as the lines come (JSON strings), and prints what happens,
one JSON object a line: ready, up, sent, char; `t` is Unix time in seconds.  It ends with its input.

liblinphone logs on file descriptor 1, needs a home of its own, explicit transports and no monitor of the
network; it types a byte order mark three times a second, which is left out here.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

_P, _S, _I, _U = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32
_RUNNING: Final = 8
_OVER: Final = frozenset({13, 14, 19})
_MARK: Final = 0xFEFF
_RC: Final = """[sip]
sip_port={sip}
sip_tcp_port=0
sip_tls_port=0
bind_address=127.0.0.1
contact=sip:peer@127.0.0.1
guess_hostname=0
use_ipv6=0
default_proxy=-1
auto_net_state_mon=0
[rtp]
audio_rtp_port={audio}
text_rtp_port={text}
[misc]
user_certificates_path={home}
[net]
dns_srv_enabled=0
"""


class Library:
    """liblinphone's functions by their names."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("liblinphone.so.10")

    def __call__(self, name: str, result: Any, *pairs: Any) -> Any:
        """Call it: the result's type, then (type, value) pairs."""
        function = getattr(self._library, f"linphone_{name}")
        function.restype, function.argtypes = result, [kind for kind, _ in pairs]
        return function(*(value for _, value in pairs))


def _core(lp: Library, home: Path, ports: tuple[int, int, int], voice: str) -> Any:
    (home / ".local/share/linphone").mkdir(parents=True)
    os.environ.update(HOME=str(home), XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home))
    sip, text, audio = ports
    rc = home / "rc"
    rc.write_text(_RC.format(sip=sip, text=text, audio=audio, home=home), encoding="ascii")
    factory = lp("factory_get", _P)
    core = lp("factory_create_core_3", _P, (_P, factory), (_S, str(rc).encode()), (_S, None), (_P, None))
    lp("core_set_use_files", None, (_P, core), (_I, 1))
    lp("core_set_ring", None, (_P, core), (_S, None))
    lp("core_set_play_file", None, (_P, core), (_S, voice.encode()))
    lp("core_set_record_file", None, (_P, core), (_S, None))
    lp("core_enable_realtime_text", _I, (_P, core), (_I, 1))
    lp("core_set_text_port", None, (_P, core), (_I, text))
    lp("core_set_audio_port", None, (_P, core), (_I, audio))
    lp("core_start", _I, (_P, core))
    transports = lp("factory_create_transports", _P, (_P, factory))
    for kind, port in (("udp", sip), ("tcp", 0), ("tls", 0)):
        lp(f"transports_set_{kind}_port", None, (_P, transports), (_I, port))
    lp("core_set_transports", _I, (_P, core), (_P, transports))
    lp("core_enable_ipv6", None, (_P, core), (_I, 0))
    lp("core_set_primary_contact", _I, (_P, core), (_S, f"sip:peer@127.0.0.1:{sip}".encode()))
    lp("core_set_network_reachable", None, (_P, core), (_I, 1))
    return core


def _params(lp: Library, core: Any, call: Any = None) -> Any:
    params = lp("core_create_call_params", _P, (_P, core), (_P, call))
    lp("call_params_enable_realtime_text", _I, (_P, params), (_I, 1))
    lp("call_params_enable_video", None, (_P, params), (_I, 0))
    return params


def main() -> None:
    """Run until the input ends."""
    sip, text, audio = (int(word) for word in sys.argv[1:4])
    target = sys.argv[5] if len(sys.argv) > 5 else ""
    with os.fdopen(os.dup(1), "w", encoding="ascii") as out:
        os.dup2(2, 1)

        def say(event: str, **more: object) -> None:
            print(json.dumps({"t": time.time(), "event": event, **more}), file=out, flush=True)

        keys: queue.SimpleQueue[str | None] = queue.SimpleQueue()

        def listen() -> None:
            for line in sys.stdin:
                for sign in json.loads(line):
                    keys.put(sign)
            keys.put(None)

        with tempfile.TemporaryDirectory(prefix="linphone-") as home:
            lp = Library()
            core = _core(lp, Path(home), (sip, text, audio), sys.argv[4])
            threading.Thread(target=listen, daemon=True).start()
            say("ready")
            _talk(lp, core, target, keys, say)
            lp("core_terminate_all_calls", _I, (_P, core))
            for _ in range(40):
                lp("core_iterate", None, (_P, core))
                time.sleep(0.005)


def _talk(lp: Library, core: Any, target: str, keys: queue.SimpleQueue[str | None], say: Any) -> None:
    call = room = message = None
    if target:
        call = lp("core_invite_with_params", _P, (_P, core), (_S, target.encode()), (_P, _params(lp, core)))
    while True:
        lp("core_iterate", None, (_P, core))
        time.sleep(0.003)
        if call is None:
            call = lp("core_get_current_call", _P, (_P, core))
            if call is not None:
                lp("call_accept_with_params", _I, (_P, call), (_P, _params(lp, core, call)))
            continue
        state = lp("call_get_state", _I, (_P, call))
        if state in _OVER:
            return
        if room is None:
            if state == _RUNNING:
                room = lp("call_get_chat_room", _P, (_P, call))
                message = lp("chat_room_create_empty_message", _P, (_P, room))
                say("up")
            continue
        while code := lp("chat_room_get_char", _U, (_P, room)):
            if code != _MARK:
                say("char", char=chr(code))
        while not keys.empty():
            key = keys.get()
            if key is None:
                return
            lp("chat_message_put_char", _I, (_P, message), (_U, ord(key)))
            say("sent", char=key)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # liblinphone's own threads may outlive the interpreter
