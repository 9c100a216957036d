"""The keys that people press in a call: whom they are for.

A key of the customer belongs to the prompts while a `Play` gathers, to the router alone while secret
digits are given, else to those whom the customer talks with.  A key of anybody else goes to those with
whom that person talks: a consulted firm's own menu is worked with the agent's keys.

Rules: secret keys reach nobody in the call, neither as events nor as sound (the customer is not heard
while they are gathered); they are told once, never logged, and forgotten; the router hears of other keys
unless the call is secure or a `Play` gathers them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from agent_desktop.switch.calls import Call, Leg, Secret, Side
from agent_desktop.switch.hearing import circle
from agent_desktop.switch.outside import Surroundings, Timer
from agent_desktop.switch.playing import Playing
from agent_desktop.wire.switch import KeysPressed, SecureDigits


class Keys:
    """Sends each key on its way."""

    def __init__(self, around: Surroundings, playing: Playing, route: Callable[[Call], None]) -> None:
        self._around = around
        self._playing = playing
        self._route = route
        self._timers: dict[str, Timer] = {}
        self.is_messages: Callable[[Call, str], bool] = lambda _call, _digit: False
        """Takes a key of the customer who is leaving a message."""

    def pressed(self, call: Call, leg: Leg, digit: str) -> None:
        """Somebody pressed a key."""
        if call.ended_at or leg not in call.legs or leg.side is Side.SUPERVISOR:
            return
        if leg is call.customer:
            if self.is_messages(call, digit):
                return
            if call.secret is not None:
                self._gather(call, call.secret, digit)
                return
            if call.collection is not None:
                self._playing.pressed(call, digit)
                return
        talking = circle(call)
        if leg in talking and leg.up:
            for other in talking:
                if other is not leg:
                    self._around.desk.press(other.name, digit)
        if not call.secure:
            self._around.emit(KeysPressed(call=call.id, leg=leg.label, digits=digit))

    def begin_secret(self, call: Call, *, wanted: int, wait_s: float, end_key: str) -> None:
        """From now on the customer's keys are the router's alone."""
        self.stop(call)
        call.secret = Secret(wanted, wait_s, end_key)
        self._wait(call, call.secret)

    def stop(self, call: Call) -> None:
        """No secret is gathered any more; what was pressed is forgotten untold."""
        call.secret = None
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()

    def _gather(self, call: Call, secret: Secret, digit: str) -> None:
        if secret.end_key and digit == secret.end_key:
            self._done(call, secret)
            return
        secret.digits += digit
        if len(secret.digits) >= secret.wanted:
            self._done(call, secret)
            return
        self._around.emit(SecureDigits(call=call.id, count=len(secret.digits)))
        self._wait(call, secret)

    def _wait(self, call: Call, secret: Secret) -> None:
        before = self._timers.pop(call.id, None)
        if before is not None:
            before.cancel()
        self._timers[call.id] = self._around.later(secret.wait_s, partial(self._done, call, secret))

    def _done(self, call: Call, secret: Secret) -> None:
        if call.secret is not secret:
            return
        self.stop(call)
        self._around.emit(
            SecureDigits(call=call.id, count=len(secret.digits), digits=secret.digits, over=True)
        )
        self._route(call)
