# ruff: noqa: E501 - the tables below read best as one case a row
"""The states of an agent as tables: the operating guide prints them, the tests run them.

A row is a situation and what happens; then what everybody is shown: the state with its reason, the next
state, and the cause that the log keeps (PRODUCT 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.agent import (
    CRASH,
    LOGGED_OUT,
    LOST_CONNECTION,
    NOT_READY,
    NOT_RESPONDING,
    READY,
    SELF_TEST_FAILED,
    SIGNED_IN,
    SIGNED_IN_ELSEWHERE,
    SIGNED_OUT,
    SUPERVISOR,
    Agent,
    AgentEvent,
    HandsEased,
    HandsEmptied,
    HandsFilled,
    NextStateChosen,
    ShiftEnded,
    ShiftStarted,
    WentNotReady,
    WentReady,
)
from agent_desktop.domain.choosing import Choice
from agent_desktop.domain.interaction import ACTIVE, HELD, WRAP_UP, Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId

ANA = AgentId("ana")
NOW = Instant(100.0)
EMAIL, VOICE, CHAT = MediumId("email"), MediumId("voice"), MediumId("chat")
BREAK, LUNCH = Choice(state=NOT_READY, reason="break"), Choice(state=NOT_READY, reason="lunch")
EMAIL_ONLY = Choice(state=NOT_READY, reason="away", media=(EMAIL,))
TRANSFER_ONLY = Choice(state=NOT_READY, reason="transfers", transfers=True)
TO_READY, OUT = Choice(state=READY), Choice(state=LOGGED_OUT, reason=SUPERVISOR)


def ana(state: str = READY, reason: str = "", **more: object) -> Agent:
    return Agent(id=ANA, name="Ana", state=state, reason=reason, **more)  # type: ignore[arg-type]  # by name


def working(state: str = READY, reason: str = "", **more: object) -> Agent:
    """With work in hand since before."""
    return ana(state, reason, filled_at=Instant(50.0), **more)


def held(medium: MediumId, state: str = ACTIVE) -> Interaction:
    """A piece of work in hand."""
    return Interaction(id=InteractionId(f"{medium}-{state}"), medium=medium, state=state, agent=ANA)


IN_CALL, MAIL = held(VOICE), held(EMAIL)


@dataclass(frozen=True)
class Row:
    """One line of the guide: who, what is chosen (by whom), what is shown."""

    id: str
    situation: str
    agent: Agent
    choice: Choice
    shown: tuple[str, str]
    next: tuple[str, str] = ("", "")
    cause: str = "agent"  # of the event; empty: nothing is to be written
    by: str = "agent"
    hands: tuple[Interaction, ...] = ()  # what an agent at work has in hand; empty: a call

    @property
    def work(self) -> tuple[Interaction, ...]:
        """What is in the agent's hands."""
        return self.hands or ((IN_CALL,) if self.agent.filled_at else ())


CHOSEN = (
    Row("C1", "Not ready, nothing in hand: ready", ana(NOT_READY, "lunch"), TO_READY, (READY, "")),
    Row("C2", "Ready, nothing in hand: a break", ana(), BREAK, (NOT_READY, "break")),
    Row("C3", "On a break: a further reason", ana(NOT_READY, "break"), LUNCH, (NOT_READY, "lunch")),
    Row("C4", "On a break: the same again", ana(NOT_READY, "break"), BREAK, (NOT_READY, "break"), cause=""),
    Row("C5", "Ready, at work: break next", working(), BREAK, (READY, ""), (NOT_READY, "break")),
    Row("C6", "Not ready, in a call: ready next", working(NOT_READY, "lunch"), TO_READY, (NOT_READY, "lunch"), (READY, "")),
    Row("C7", "At work, break next: lunch instead", working(next_state=NOT_READY, next_reason="break"), LUNCH, (READY, ""), (NOT_READY, "lunch")),
    Row("C8", "At work, break next: stay ready", working(next_state=NOT_READY, next_reason="break"), TO_READY, (READY, "")),
    Row("C9", "Ready, at work: ready", working(), TO_READY, (READY, ""), cause=""),
    Row("C10", "On a break, at work: another reason next", working(NOT_READY, "break"), LUNCH, (NOT_READY, "break"), (NOT_READY, "lunch")),
    Row("C11", "Ready, nothing in hand: email only", ana(), EMAIL_ONLY, (NOT_READY, "away")),
    Row("C12", "Ready, at work: transfer only next", working(), TRANSFER_ONLY, (READY, ""), (NOT_READY, "transfers")),
    Row("C13", "A supervisor, nothing in hand: not ready", ana(), Choice(state=NOT_READY, reason=SUPERVISOR), (NOT_READY, SUPERVISOR), cause="supervisor", by="supervisor"),
    Row("C14", "A supervisor, at work: not ready next", working(), Choice(state=NOT_READY, reason=SUPERVISOR), (READY, ""), (NOT_READY, SUPERVISOR), "supervisor", "supervisor"),
    Row("C15", "A supervisor, nothing in hand: logged out", ana(NOT_READY, "lunch"), OUT, (LOGGED_OUT, SUPERVISOR), cause="supervisor", by="supervisor"),
    Row("C16", "A supervisor, at work: logged out next", working(), OUT, (READY, ""), (LOGGED_OUT, SUPERVISOR), "supervisor", "supervisor"),
    Row("C17", "A supervisor, on a break: ready", ana(NOT_READY, "lunch"), TO_READY, (READY, ""), cause="supervisor", by="supervisor"),
    Row("C18", "After a supervisor's choice the agent's later one wins", working(next_state=NOT_READY, next_reason=SUPERVISOR), LUNCH, (READY, ""), (NOT_READY, "lunch")),
    Row("C19", "Ready, at work, paused in a queue after a missed offer: ready", working(paused=frozenset({QueueId("support")})), TO_READY, (READY, "")),
    Row("C20", "Not ready, only emails in hand: ready at once", working(NOT_READY, "lunch"), TO_READY, (READY, ""), hands=(MAIL, MAIL)),
    Row("C21", "Not ready, a chat and an email in hand: ready at once", working(NOT_READY, "lunch"), TO_READY, (READY, ""), hands=(held(CHAT), MAIL)),
    Row("C22", "Just signed in, an email in hand: ready at once", working(NOT_READY, SIGNED_IN), TO_READY, (READY, ""), hands=(MAIL,)),
    Row("C23", "Email only, an email in hand: ready at once", working(NOT_READY, "away", offered_media=frozenset({EMAIL})), TO_READY, (READY, ""), hands=(MAIL,)),
    Row("C24", "On a break, an email in hand, lunch next: ready at once", working(NOT_READY, "break", next_state=NOT_READY, next_reason="lunch"), TO_READY, (READY, ""), hands=(MAIL,)),
    Row("C25", "A supervisor, not ready, an email in hand: ready at once", working(NOT_READY, "lunch"), TO_READY, (READY, ""), cause="supervisor", by="supervisor", hands=(MAIL,)),
    Row("C26", "Not ready, an email and a call in hand: ready next", working(NOT_READY, "lunch"), TO_READY, (NOT_READY, "lunch"), (READY, ""), hands=(MAIL, IN_CALL)),
    Row("C27", "Not ready, an email and a call on hold: ready next", working(NOT_READY, "lunch"), TO_READY, (NOT_READY, "lunch"), (READY, ""), hands=(MAIL, held(VOICE, HELD))),
    Row("C28", "Not ready, an email in hand and a wrap-up: ready next", working(NOT_READY, "lunch"), TO_READY, (NOT_READY, "lunch"), (READY, ""), hands=(MAIL, held(EMAIL, WRAP_UP))),
    Row("C29", "Ready, only an email in hand: break next", working(), BREAK, (READY, ""), (NOT_READY, "break"), hands=(MAIL,)),
    Row("C30", "On a break, only an email in hand: another reason next", working(NOT_READY, "break"), LUNCH, (NOT_READY, "break"), (NOT_READY, "lunch"), hands=(MAIL,)),
    Row("C31", "Ready, an email in hand, break next: stay ready", working(next_state=NOT_READY, next_reason="break"), TO_READY, (READY, ""), hands=(MAIL,)),
)  # fmt: skip


@dataclass(frozen=True)
class Course:
    """One line of the guide: who, what happens one after the other, what is shown when the hands are empty."""

    id: str
    situation: str
    agent: Agent
    events: tuple[AgentEvent, ...]
    shown: tuple[str, str]
    cause: str = ""  # of the last change of state
    next: tuple[str, str] = ("", "")


def filled(
    at: float = 100.0,
    *,
    key: str = "i1",
    outbound: bool = False,
    keeps_idle: bool = False,
    rest: bool = False,
) -> HandsFilled:
    return HandsFilled(
        agent=ANA, at=Instant(at), cause="work", interaction=InteractionId(key), outbound=outbound, keeps_idle=keeps_idle, rest=rest
    )  # fmt: skip


def eased(at: float = 120.0, key: str = "i1") -> HandsEased:
    return HandsEased(agent=ANA, at=Instant(at), cause="work", interaction=InteractionId(key))


def emptied(at: float = 130.0, key: str = "") -> HandsEmptied:
    """The hands are empty; without a `key` as older routers wrote it."""
    return HandsEmptied(agent=ANA, at=Instant(at), cause="work", interaction=InteractionId(key))


def broke(reason: str, cause: str, at: float = 110.0) -> WentNotReady:
    return WentNotReady(agent=ANA, at=Instant(at), reason=reason, cause=cause)


def then(choice: Choice, at: float = 120.0, cause: str = "agent") -> NextStateChosen:
    return NextStateChosen(
        agent=ANA, at=Instant(at), cause=cause, state=choice.state, reason=choice.reason, media=choice.media, transfers=choice.transfers
    )  # fmt: skip


MISSED = broke(NOT_RESPONDING, "offer_expired")
GONE = broke(LOST_CONNECTION, "lost_connection")
DIAL, CALL, OVER = filled(outbound=True), filled(), emptied()
SIGN_IN = ShiftStarted(agent=ANA, at=NOW, cause="login")

COURSES = (
    Course("H1", "Signs in", ana(LOGGED_OUT), (SIGN_IN,), (NOT_READY, SIGNED_IN), "login"),
    Course("H2", "Works and is ready again", ana(), (CALL, OVER), (READY, "")),
    Course("H3", "Break next", ana(), (CALL, then(BREAK), OVER), (NOT_READY, "break"), "next_state"),
    Course("H4", "Break next, then lunch", ana(), (CALL, then(BREAK), then(LUNCH, 125.0), OVER), (NOT_READY, "lunch"), "next_state"),
    Course("H5", "Email only next", ana(), (CALL, then(EMAIL_ONLY), OVER), (NOT_READY, "away"), "next_state"),
    Course("H6", "Logged out next, by a supervisor", ana(), (CALL, then(OUT, cause="supervisor"), OVER), (LOGGED_OUT, SUPERVISOR), "next_state"),
    Course("H7", "Misses an offer", ana(), (MISSED,), (NOT_READY, NOT_RESPONDING), "offer_expired"),
    Course("H8", "Break next, then misses an offer: the break stands (R22)", ana(), (CALL, then(BREAK, 105.0), MISSED, OVER), (NOT_READY, "break"), "next_state"),
    Course("H9", "Misses an offer at work, then chooses ready", ana(), (CALL, MISSED, then(TO_READY), OVER), (READY, ""), "next_state"),
    Course("H10", "Ready next, then the connection is lost", working(NOT_READY, "break"), (then(TO_READY, 105.0), GONE, OVER), (NOT_READY, LOST_CONNECTION), "lost_connection"),
    Course("H11", "Lunch next, then the connection is lost", ana(), (CALL, then(LUNCH, 105.0), GONE, OVER), (NOT_READY, "lunch"), "next_state"),
    Course("H12", "Dials on a break: the break stands (R23)", ana(NOT_READY, "break"), (DIAL, OVER), (NOT_READY, "break")),
    Course("H13", "Dials when ready", ana(), (DIAL, OVER), (READY, "")),
    Course("H14", "Dials, misses an offer meanwhile: as before (F9)", ana(), (DIAL, MISSED, OVER), (READY, ""), "returned"),
    Course("H15", "Dials with email only, misses one: email only again", ana(NOT_READY, "away", offered_media=frozenset({EMAIL})), (DIAL, MISSED, OVER), (NOT_READY, "away"), "returned"),
    Course("H16", "Dials, misses an offer, chooses lunch: lunch", ana(), (DIAL, MISSED, then(LUNCH), OVER), (NOT_READY, "lunch"), "next_state"),
    Course("H17", "Dials, loses the connection: not ready", ana(), (DIAL, GONE, OVER), (NOT_READY, LOST_CONNECTION), "lost_connection"),
    Course("H18", "Answers a call, misses an offer: missed", ana(), (CALL, MISSED, OVER), (NOT_READY, NOT_RESPONDING), "offer_expired"),
    Course("H19", "Signs in elsewhere", ana(), (broke(SIGNED_IN_ELSEWHERE, "signed_in_elsewhere"),), (NOT_READY, SIGNED_IN_ELSEWHERE), "signed_in_elsewhere"),
    Course("H20", "The program ends unexpectedly at work", ana(), (CALL, broke(CRASH, "crash"), OVER), (NOT_READY, CRASH), "crash"),
    Course("H21", "Fails the self-test", ana(), (broke(SELF_TEST_FAILED, "self_test"),), (NOT_READY, SELF_TEST_FAILED), "self_test"),
    Course("H22", "Signs out", ana(), (ShiftEnded(agent=ANA, at=NOW, reason=SIGNED_OUT),), (LOGGED_OUT, SIGNED_OUT), "agent"),
    Course("H23", "At work, lunch next", ana(), (CALL, then(LUNCH)), (READY, ""), next=(NOT_READY, "lunch")),
    Course("H24", "Ready again while ready: the turn stays", ana(), (WentReady(agent=ANA, at=NOW),), (READY, "")),
)  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One line of the guide: what happens, the last of it now; does the turn of the longest idle begin anew?"""

    id: str
    situation: str
    agent: Agent
    events: tuple[AgentEvent, ...]
    begins: bool


IDLE = {"idle_since_at": Instant(40.0)}
READIED = WentReady(agent=ANA, at=NOW)
MAIL_IN = filled(90.0, key="mail")
MADE = filled(outbound=True, keeps_idle=True)  # where calls that agents make leave the turn alone
FORM, MADE_FORM = filled(110.0, key="form", rest=True), filled(110.0, key="form", rest=True, keeps_idle=True)
TURNS = (
    Turn("T1", "Ready after a break", ana(NOT_READY, "break", **IDLE), (READIED,), True),
    Turn("T2", "Ready after a break, a mail lies open", working(NOT_READY, "break", **IDLE), (READIED,), True),
    Turn("T3", "Ready while ready", ana(**IDLE), (READIED,), False),
    Turn("T4", "Work is accepted, or taken from the list", ana(**IDLE), (CALL,), False),
    Turn("T5", "An offer is missed", ana(**IDLE), (MISSED,), False),
    Turn("T6", "The only work leaves the hands: done, given on, parked or taken away", ana(**IDLE), (CALL, emptied(key="i1")), True),
    Turn("T7", "A call and its form are over, a mail lies open", ana(**IDLE), (MAIL_IN, CALL, eased()), True),
    Turn("T8", "A mail is done, a call goes on", ana(**IDLE), (MAIL_IN, CALL, eased(key="mail")), True),
    Turn("T9", "A call is put through, its form lies open", ana(**IDLE), (CALL, FORM, eased()), True),
    Turn("T10", "Then the form is done, a mail lies open", ana(**IDLE), (MAIL_IN, CALL, FORM, eased(), eased(125.0, "form")), True),
    Turn("T11", "A call that the agent made is over", ana(**IDLE), (DIAL, emptied(key="i1")), True),
    Turn("T12", "A call that the agent made is over, a mail lies open", ana(**IDLE), (MAIL_IN, DIAL, eased()), True),
    Turn("T13", "`outbound_keeps_idle`: a call that the agent made is over", ana(**IDLE), (MADE, emptied(key="i1")), False),
    Turn("T14", "The same, a mail lies open", ana(**IDLE), (MAIL_IN, MADE, eased()), False),
    Turn("T15", "The same, put through and the form done, a mail lies open", ana(**IDLE), (MAIL_IN, MADE, MADE_FORM, eased(), eased(125.0, "form")), False),
    Turn("T16", "The same, and the mail was done before", ana(**IDLE), (MAIL_IN, MADE, eased(110.0, "mail"), emptied(key="i1")), False),
    Turn("T17", "The same, and the mail is done after it", ana(**IDLE), (MAIL_IN, MADE, eased(), emptied(key="mail")), True),
)  # fmt: skip


@dataclass(frozen=True)
class Open:
    """One line of the guide: in this state, may this be offered?"""

    id: str
    situation: str
    agent: Agent
    email: bool
    call: bool
    transferred_call: bool


AWAY, ONLY = frozenset({EMAIL}), True
OPEN = (
    Open("O1", "Ready", ana(), True, True, True),
    Open("O2", "On a break", ana(NOT_READY, "break"), False, False, False),
    Open("O3", "Logged out", ana(LOGGED_OUT), False, False, False),
    Open("O4", "Email only", ana(NOT_READY, "away", offered_media=AWAY), True, False, False),
    Open("O5", "Transfer only (G15)", ana(NOT_READY, "transfers", transfers=ONLY), False, False, True),
    Open("O6", "Ready, break next", ana(next_state=NOT_READY, next_reason="break"), False, False, False),
    Open("O7", "Ready, email only next", ana(next_state=NOT_READY, next_reason="away", next_media=AWAY), True, False, False),
    Open("O8", "Ready, transfer only next", ana(next_state=NOT_READY, next_reason="transfers", next_transfers=ONLY), False, False, True),
    Open("O9", "Email only, break next", ana(NOT_READY, "away", offered_media=AWAY, next_state=NOT_READY), False, False, False),
    Open("O10", "Email only, ready next", ana(NOT_READY, "away", offered_media=AWAY, next_state=READY), True, False, False),
    Open("O11", "Ready, logged out next", ana(next_state=LOGGED_OUT), False, False, False),
    Open("O12", "Email only, logged out next", ana(NOT_READY, "away", offered_media=AWAY, next_state=LOGGED_OUT), False, False, False),
)  # fmt: skip
