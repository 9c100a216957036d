"""Small centres of many kinds: each history has one, chosen by its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from agent_desktop.domain.centre import (
    MISSED,
    SELECTIONS,
    WRAP_UP_MODES,
    AgentEntry,
    Centre,
    ChatSite,
    Disposition,
    FormField,
    Mailbox,
    Number,
    OfferRules,
    Queue,
    Reason,
    WrapUpRules,
)
from agent_desktop.domain.ivr import Choice, Flow, Node, Say
from agent_desktop.domain.skills import Has, Place, SkillStep
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    DispositionCode,
    MediumId,
    QueueId,
    ReasonCode,
    Seconds,
    SkillId,
)

VOICE, EMAIL, CHAT, SMS = (MediumId(m) for m in ("voice", "email", "chat", "sms"))
SUPPORT, SALES, MAIL, CHATS, TEXTS = (QueueId(q) for q in ("support", "sales", "mail", "chats", "texts"))
ANA, BEN, CAT, SUE, DAN = (AgentId(a) for a in ("ana", "ben", "cat", "sue", "dan"))
AGENTS = (ANA, BEN, CAT)  # Dan comes later, if at all
EXTENSIONS = {ANA: "101", BEN: "102", CAT: "103", SUE: "104", DAN: "105"}
FRENCH = SkillId("french")
T = TypeVar("T")


class Dice:
    """Choices drawn from one number: the same number, the same choices."""

    def __init__(self, number: int) -> None:
        self._left = number

    def of(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[self.below(len(things))]

    def below(self, most: int) -> int:
        """A number from 0 to `most` - 1."""
        self._left, rest = divmod(self._left, most)
        return rest

    def one_in(self, many: int) -> bool:
        """True once in so many times."""
        return self.below(many) == 0


def centre(number: int) -> Centre:
    """A centre: queues with every kind of rule, three agents who differ, one supervisor."""
    dice = Dice(number)
    plain = _plain(dice)
    agents = {key: _placed(entry, dice) for key, entry in plain.agents.items()}
    return replace(
        plain, queues={key: _varied(queue, dice) for key, queue in plain.queues.items()}, agents=agents
    )


def _varied(queue: Queue, dice: Dice) -> Queue:
    """The rules of routing, some of them, some of the time."""
    first = SkillStep(wish=Has(FRENCH, 1 + dice.below(4)), expires_s=Seconds(20))
    steps = ((), (), (first,), (SkillStep(agent=BEN, expires_s=Seconds(10)), first))
    return replace(
        queue,
        select=dice.of(SELECTIONS),
        missed=dice.of(MISSED),
        steps=dice.of(steps),
        return_s=Seconds(60 if dice.one_in(4) else 0),
        first_reply_s=Seconds(40 if dice.one_in(4) else 0),
        next_reply_s=Seconds(30 if dice.one_in(4) else 0),
        resolution_s=Seconds(200 if dice.one_in(4) else 0),
        leave_empty=("logged_out", "not_ready") if dice.one_in(6) else (),
        preferred_s=Seconds(10) if dice.one_in(4) else queue.preferred_s,
        offers={medium: OfferRules(offer_s=Seconds(12), auto_accept=True) for medium in queue.media}
        if dice.one_in(6)
        else {},
        wrapups={
            medium: WrapUpRules(mode=dice.of(WRAP_UP_MODES), wrapup_s=Seconds(15)) for medium in queue.media
        }
        if dice.one_in(4)
        else {},
    )


def _placed(entry: AgentEntry, dice: Dice) -> AgentEntry:
    """Some agents serve one queue first, or only its older work."""
    places = {
        queue: Place(priority=1 + dice.below(99), delay_s=Seconds(dice.of((0, 0, 5, 30))))
        for queue in entry.queues
        if dice.one_in(3)
    }
    return replace(entry, places=places, weight=1 + dice.below(3))


def _plain(dice: Dice) -> Centre:
    mode = [dice.of(WRAP_UP_MODES) for _ in range(5)]
    auto = [dice.one_in(4) for _ in range(4)]
    overflow = dice.one_in(3)
    ana = (SUPPORT, MAIL, CHATS, TEXTS) if dice.one_in(2) else (SUPPORT, SALES, MAIL, CHATS, TEXTS)
    return Centre(
        name="Histories",
        queues={
            SUPPORT: Queue(
                id=SUPPORT,
                name="Support",
                media=(VOICE,),
                wrapup_mode=mode[0],
                wrapup_s=Seconds(30),
                auto_accept=auto[0],
                offer_s=Seconds(15),
                offer_extend_s=Seconds(10),
                overflow=SALES if overflow else QueueId(""),
                overflow_s=Seconds(90 if overflow else 0),
                callback_tries=2,
                callback_retry_s=Seconds(45),
            ),
            SALES: Queue(
                id=SALES, name="Sales", media=(VOICE,), wrapup_mode=mode[1], priority=60, auto_accept=auto[1]
            ),
            MAIL: Queue(
                id=MAIL,
                name="Mail",
                media=(EMAIL,),
                wrapup_mode=mode[2],
                wrapup_s=Seconds(20),
                text_offer_s=Seconds(40),
                priority=20,
            ),
            CHATS: Queue(
                id=CHATS,
                name="Chats",
                media=(CHAT,),
                wrapup_mode=mode[3],
                preferred_s=Seconds(10 if dice.one_in(2) else 0),
                auto_accept=auto[2],
                skills={FRENCH: 2} if dice.one_in(3) else {},
            ),
            TEXTS: Queue(id=TEXTS, name="Texts", media=(SMS,), wrapup_mode=mode[4], auto_accept=auto[3]),
        },
        agents={
            ANA: AgentEntry(id=ANA, name="Ana", extension="101", queues=ana, skills={FRENCH: 4}),
            BEN: AgentEntry(
                id=BEN,
                name="Ben",
                extension="102",
                queues=(SUPPORT, SALES, CHATS),
                limits={CHAT: 1 + dice.below(3)},
                capacity=dice.below(2) * 3,
            ),
            CAT: AgentEntry(
                id=CAT,
                name="Cat",
                extension="103",
                queues=(SALES, MAIL, TEXTS),
                skills={FRENCH: 1 + dice.below(4)},
                capacity=dice.below(3) * 2,
            ),
            SUE: AgentEntry(id=SUE, name="Sue", role="supervisor", extension="104"),
        },
        skills=(FRENCH,),
        reasons=(
            Reason(code=ReasonCode("break"), label="Break"),
            Reason(code=ReasonCode("mail"), label="Mail alone", media=(EMAIL,)),
            Reason(code=ReasonCode("sent"), label="What is transferred", transfers=True),
        ),
        dispositions={
            DispositionCode("solved"): Disposition(code=DispositionCode("solved"), label="Solved"),
            DispositionCode("form"): Disposition(
                code=DispositionCode("form"),
                label="With a form",
                fields=(FormField(id="order", label="Order", required=True),),
            ),
            DispositionCode("never"): Disposition(
                code=DispositionCode("never"), label="No more calls", do_not_call=True
            ),
            DispositionCode("later"): Disposition(
                code=DispositionCode("later"), label="Call later", callback_s=Seconds(60)
            ),
        },
        numbers=(Number(number="100", flow="menu"), Number(number="200", flow="straight")),
        flows={
            "menu": Flow(
                id="menu",
                person_queue=SUPPORT,
                nodes=(
                    Node(
                        id="menu",
                        say=(Say(text="Press a key"),),
                        choices=(
                            Choice(key="1", label="Sales", queue=SALES),
                            Choice(key="2", label="French", queue=SUPPORT, skills={FRENCH: 3}),
                        ),
                    ),
                ),
            ),
            "straight": Flow(
                id="straight", person_queue=SUPPORT, nodes=(Node(id="in", say=(Say(text="Hello"),)),)
            ),
        },
        mailboxes=(Mailbox(id=ChannelId("help"), address="help@centre.example", queue=MAIL),),
        chats=(ChatSite(id=ChannelId("site"), queue=CHATS), ChatSite(id=ChannelId("texts"), queue=TEXTS)),
    )
