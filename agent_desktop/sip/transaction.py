"""The four transaction machines as one table (RFC 3261 section 17, with the accepted states of RFC 6026).

A row says: in this machine and state, on this trigger, go there and do that.  A pair that is not in the
table is ignored, which is what the RFC asks for stray messages and late timers.  `layer` carries out the
actions; nothing here sends or waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from agent_desktop.sip.accounts import Timers


class Kind(Enum):
    """Which of the four machines."""

    INVITE_CLIENT = auto()
    CLIENT = auto()
    INVITE_SERVER = auto()
    SERVER = auto()


class State(Enum):
    """Where a transaction stands."""

    TRYING = auto()  # "calling" for INVITE
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Trigger(Enum):
    """A message seen or sent, a timer, or a transport that failed."""

    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    REPEATED = auto()  # the same request again
    ACKED = auto()
    TIMER_A = auto()
    TIMER_B = auto()
    TIMER_D = auto()
    TIMER_E = auto()
    TIMER_F = auto()
    TIMER_G = auto()
    TIMER_H = auto()
    TIMER_I = auto()
    TIMER_J = auto()
    TIMER_K = auto()
    TIMER_L = auto()
    TIMER_M = auto()
    BROKEN = auto()


class Do(Enum):
    """What the layer has to carry out."""

    REPORT = auto()  # hand the response, or the ACK, to the user of the transaction
    ACK = auto()  # acknowledge a failure on the INVITE's branch (T3)
    RESEND = auto()  # the request, or the last response, again
    SEND = auto()  # the response that was just given
    TIME_OUT = auto()
    BREAK = auto()
    A = auto()  # arm a timer; with a reliable transport the retransmission timers stay off
    B = auto()
    D = auto()
    E = auto()
    F = auto()
    G = auto()
    H = auto()
    I = auto()  # noqa: E741 - the RFC's name
    J = auto()
    K = auto()
    L = auto()
    M = auto()
    STOP = auto()  # disarm every timer


_IC, _C, _IS, _S = Kind.INVITE_CLIENT, Kind.CLIENT, Kind.INVITE_SERVER, Kind.SERVER
_T, _P, _A, _D, _F, _X = (
    State.TRYING,
    State.PROCEEDING,
    State.ACCEPTED,
    State.COMPLETED,
    State.CONFIRMED,
    State.TERMINATED,
)
Row = tuple[State, tuple[Do, ...]]

TABLE: dict[tuple[Kind, State, Trigger], Row] = {
    # -------- INVITE client (figure 5; RFC 6026 figure 1)
    (_IC, _T, Trigger.TIMER_A): (_T, (Do.RESEND, Do.A)),
    (_IC, _T, Trigger.TIMER_B): (_X, (Do.STOP, Do.TIME_OUT)),
    (_IC, _T, Trigger.BROKEN): (_X, (Do.STOP, Do.BREAK)),
    (_IC, _T, Trigger.PROVISIONAL): (_P, (Do.STOP, Do.REPORT)),
    (_IC, _T, Trigger.SUCCESS): (_A, (Do.STOP, Do.M, Do.REPORT)),
    (_IC, _T, Trigger.FAILURE): (_D, (Do.STOP, Do.D, Do.ACK, Do.REPORT)),
    (_IC, _P, Trigger.PROVISIONAL): (_P, (Do.REPORT,)),
    (_IC, _P, Trigger.SUCCESS): (_A, (Do.M, Do.REPORT)),
    (_IC, _P, Trigger.FAILURE): (_D, (Do.D, Do.ACK, Do.REPORT)),
    (_IC, _P, Trigger.BROKEN): (_X, (Do.STOP, Do.BREAK)),
    (_IC, _A, Trigger.SUCCESS): (_A, (Do.REPORT,)),
    (_IC, _A, Trigger.TIMER_M): (_X, (Do.STOP,)),
    (_IC, _D, Trigger.FAILURE): (_D, (Do.ACK,)),
    (_IC, _D, Trigger.TIMER_D): (_X, (Do.STOP,)),
    (_IC, _D, Trigger.BROKEN): (_X, (Do.STOP,)),
    # -------- other client (figure 6)
    (_C, _T, Trigger.TIMER_E): (_T, (Do.RESEND, Do.E)),
    (_C, _T, Trigger.TIMER_F): (_X, (Do.STOP, Do.TIME_OUT)),
    (_C, _T, Trigger.BROKEN): (_X, (Do.STOP, Do.BREAK)),
    (_C, _T, Trigger.PROVISIONAL): (_P, (Do.REPORT,)),
    (_C, _T, Trigger.SUCCESS): (_D, (Do.STOP, Do.K, Do.REPORT)),
    (_C, _T, Trigger.FAILURE): (_D, (Do.STOP, Do.K, Do.REPORT)),
    (_C, _P, Trigger.TIMER_E): (_P, (Do.RESEND, Do.E)),
    (_C, _P, Trigger.TIMER_F): (_X, (Do.STOP, Do.TIME_OUT)),
    (_C, _P, Trigger.BROKEN): (_X, (Do.STOP, Do.BREAK)),
    (_C, _P, Trigger.PROVISIONAL): (_P, (Do.REPORT,)),
    (_C, _P, Trigger.SUCCESS): (_D, (Do.STOP, Do.K, Do.REPORT)),
    (_C, _P, Trigger.FAILURE): (_D, (Do.STOP, Do.K, Do.REPORT)),
    (_C, _D, Trigger.TIMER_K): (_X, (Do.STOP,)),
    # -------- INVITE server (figure 7; RFC 6026 figure 2)
    (_IS, _P, Trigger.REPEATED): (_P, (Do.RESEND,)),
    (_IS, _P, Trigger.PROVISIONAL): (_P, (Do.SEND,)),
    (_IS, _P, Trigger.SUCCESS): (_A, (Do.SEND, Do.L)),
    (_IS, _P, Trigger.FAILURE): (_D, (Do.SEND, Do.G, Do.H)),
    (_IS, _P, Trigger.BROKEN): (_X, (Do.STOP, Do.BREAK)),
    (_IS, _A, Trigger.SUCCESS): (_A, (Do.SEND,)),
    (_IS, _A, Trigger.ACKED): (_A, (Do.REPORT,)),
    (_IS, _A, Trigger.TIMER_L): (_X, (Do.STOP,)),
    (_IS, _D, Trigger.REPEATED): (_D, (Do.RESEND,)),
    (_IS, _D, Trigger.TIMER_G): (_D, (Do.RESEND, Do.G)),
    (_IS, _D, Trigger.TIMER_H): (_X, (Do.STOP,)),
    (_IS, _D, Trigger.ACKED): (_F, (Do.STOP, Do.I)),
    (_IS, _D, Trigger.BROKEN): (_X, (Do.STOP,)),
    (_IS, _F, Trigger.TIMER_I): (_X, (Do.STOP,)),
    # -------- other server (figure 8)
    (_S, _T, Trigger.PROVISIONAL): (_P, (Do.SEND,)),
    (_S, _T, Trigger.SUCCESS): (_D, (Do.SEND, Do.J)),
    (_S, _T, Trigger.FAILURE): (_D, (Do.SEND, Do.J)),
    (_S, _T, Trigger.BROKEN): (_X, (Do.STOP,)),
    (_S, _P, Trigger.REPEATED): (_P, (Do.RESEND,)),
    (_S, _P, Trigger.PROVISIONAL): (_P, (Do.SEND,)),
    (_S, _P, Trigger.SUCCESS): (_D, (Do.SEND, Do.J)),
    (_S, _P, Trigger.FAILURE): (_D, (Do.SEND, Do.J)),
    (_S, _P, Trigger.BROKEN): (_X, (Do.STOP,)),
    (_S, _D, Trigger.REPEATED): (_D, (Do.RESEND,)),
    (_S, _D, Trigger.TIMER_J): (_X, (Do.STOP,)),
    (_S, _D, Trigger.BROKEN): (_X, (Do.STOP,)),
}


@dataclass(slots=True)
class Machine:
    """One transaction's place in the table, and how far its retransmissions have backed off."""

    kind: Kind
    is_reliable: bool
    timers: Timers
    state: State
    interval: float = 0.0
    armed: set[Trigger] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return self.state is State.TERMINATED

    def advance(self, trigger: Trigger) -> tuple[Do, ...]:
        """Take the step that the table has for `trigger`; nothing when it has none."""
        row = TABLE.get((self.kind, self.state, trigger))
        if row is None:
            return ()
        self.state = row[0]
        return row[1]

    def wait(self, timer: Do) -> tuple[Trigger, float] | None:
        """Which trigger a timer action arms and after how long; None when it stays off (table 4)."""
        t = self.timers
        match timer:
            case Do.A if not self.is_reliable:
                self.interval = self.interval * 2 or t.t1
                return Trigger.TIMER_A, self.interval
            case Do.E if not self.is_reliable:
                doubled = min(self.interval * 2, t.t2) or t.t1
                self.interval = t.t2 if self.state is State.PROCEEDING else doubled
                return Trigger.TIMER_E, self.interval
            case Do.G if not self.is_reliable:
                self.interval = min(self.interval * 2, t.t2) or t.t1
                return Trigger.TIMER_G, self.interval
            case Do.B:
                return Trigger.TIMER_B, 64 * t.t1
            case Do.F:
                return Trigger.TIMER_F, 64 * t.t1
            case Do.H:
                return Trigger.TIMER_H, 64 * t.t1
            case Do.L:
                return Trigger.TIMER_L, 64 * t.t1
            case Do.M:
                return Trigger.TIMER_M, 64 * t.t1
            case Do.D:
                return Trigger.TIMER_D, 0.0 if self.is_reliable else 64 * t.t1
            case Do.J:
                return Trigger.TIMER_J, 0.0 if self.is_reliable else 64 * t.t1
            case Do.I:
                return Trigger.TIMER_I, 0.0 if self.is_reliable else t.t4
            case Do.K:
                return Trigger.TIMER_K, 0.0 if self.is_reliable else t.t4
            case _:
                return None


def first_state(kind: Kind) -> State:
    """Where a machine of a kind starts; an INVITE server answers 100 at once."""
    return State.PROCEEDING if kind is Kind.INVITE_SERVER else State.TRYING


FIRST_TIMERS: dict[Kind, tuple[Do, ...]] = {
    Kind.INVITE_CLIENT: (Do.A, Do.B),
    Kind.CLIENT: (Do.E, Do.F),
    Kind.INVITE_SERVER: (),
    Kind.SERVER: (),
}
TIMER_ACTIONS = frozenset({Do.A, Do.B, Do.D, Do.E, Do.F, Do.G, Do.H, Do.I, Do.J, Do.K, Do.L, Do.M})


def trigger_of(status: int) -> Trigger:
    """The column of the table that a response falls in."""
    if status < 200:
        return Trigger.PROVISIONAL
    return Trigger.SUCCESS if status < 300 else Trigger.FAILURE
