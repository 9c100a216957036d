"""A number at an SMS centre or gateway by SMPP 3.4: we are the client, bound as transceiver.

What is delivered is answered after our commit; a part of a long text is kept as it came, answered, and joined
when all are there, over a restart too.  A text that was answered just before the connection broke may come
again: it is known and taken once.  Receipts name the parts of our messages: a message is delivered when all
of its parts are.

Rule of the file: the connection is made again for ever, after growing pauses with chance in them, so that a
centre that comes back is not run over by all its clients at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import random
import ssl
from collections import OrderedDict
from typing import Final

from agent_desktop.domain import gsm
from agent_desktop.domain.conversation import OUT
from agent_desktop.domain.gsm import Place
from agent_desktop.domain.medium import SMS
from agent_desktop.domain.messaging import SmsNumber
from agent_desktop.domain.types import MessageId
from agent_desktop.errors import ProtocolError
from agent_desktop.ports.channels import DeliveryError, IncomingMessage, Intake, OutgoingMessage
from agent_desktop.server import outside
from agent_desktop.server.channels.sms import smpp_pdu as pdu
from agent_desktop.server.channels.sms.smpp_parts import Parts, Sent
from agent_desktop.server.channels.sms.smpp_pdu import Short, Unit
from agent_desktop.server.channels.sms.smpp_said import (
    UCS2_CODING,
    Receipt,
    Text,
    address_of,
    read,
    same_ids,
)
from agent_desktop.server.channels.sms.smpp_session import LostError, Session, Times
from agent_desktop.server.pieces import textual

PAUSE_S, PAUSE_MOST_S = 1.0, 60.0
THROTTLED_S: Final = 5.0
LOST_S: Final = 2.0
EARLY_MOST: Final = 1000
DOUBTFUL_MOST: Final = 200
DOUBTFUL_S: Final = 90.0
WAIT: Final = frozenset({pdu.THROTTLED, pdu.QUEUE_FULL, pdu.SYSTEM_ERROR, pdu.TEMPORARY})
WORDS: Final = {
    0x01: "the message is too long",
    0x0A: "our own number is not allowed",
    0x0B: "the number is not valid",
    0x45: "the message cannot be submitted",
    0x61: "the time is not valid",
    0x66: "the network refused it",
    0x67: "this service is not allowed",
}

log = logging.getLogger(__name__)


class SmppChannel:
    """One number (`ports.channels.Channel`)."""

    medium = SMS

    def __init__(
        self,
        number: SmsNumber,
        *,
        times: Times | None = None,
        pause_s: float = PAUSE_S,
        throttled_s: float = THROTTLED_S,
        chance: random.Random | None = None,
    ) -> None:
        self.id = number.id
        self.number = number
        self.trouble = "not connected yet"
        self._times, self._pause_s, self._throttled_s = times, pause_s, throttled_s
        self._chance = chance or random.SystemRandom()
        self._password = ""
        self._session: Session | None = None
        self._intake: Intake | None = None
        self._task: asyncio.Task[None] | None = None
        self._parts, self._sent = Parts(), Sent()
        self._early: OrderedDict[str, Receipt] = OrderedDict()  # before the answer that names their message
        # Texts of this connection by their bytes, with when; those that may come again, with until when.
        self._taken: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._doubtful: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def start(self, intake: Intake) -> None:
        """Read the secret and begin to connect; raises `ConfigError`."""
        self._password = await outside.secret(self.number.password_file, "password_file")
        self._intake = intake
        for raw, body in intake.unparsed(self.id):
            with contextlib.suppress(ProtocolError):
                said = read(pdu.short_of(body))
                if isinstance(said, Text) and said.place is not None:
                    await self._part(intake, said, said.place, raw)
        self._task = asyncio.create_task(self._stay_connected(), name=f"smpp-{self.id}")

    async def stop(self) -> None:
        """Take leave."""
        if self._session is not None:
            await self._session.unbind()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._intake = None

    @property
    def connected(self) -> bool:
        """Whether the centre has bound us."""
        return self._session is not None

    # Out.

    async def send(self, outgoing: OutgoingMessage) -> str:
        """Submit every part; a second try submits only those that were not taken.  Raises `DeliveryError`."""
        message = outgoing.message
        textual("This number", message)
        try:
            cut = gsm.cut(message.text)
        except ValueError as error:
            raise DeliveryError(str(error), permanent=True) from error
        going = self._sent.going(message.id, len(cut.parts))
        missing = [n for n in range(1, len(cut.parts) + 1) if n not in going.ids]
        shorts = [self._short(outgoing.to_address, cut, n, going.reference) for n in missing]
        asked = [self._submit(message.id, n, one) for n, one in zip(missing, shorts, strict=True)]
        failed = [one for one in await asyncio.gather(*asked, return_exceptions=True) if one is not None]
        for one in failed:
            if not isinstance(one, DeliveryError) or one.permanent:
                raise one
        if failed:
            raise failed[0]
        return "sent"

    def _short(self, to: str, cut: gsm.Cut, number: int, reference: int) -> Short:
        source, source_ton, source_npi = address_of(self.number.number)
        destination, ton, npi = address_of(to)
        text = gsm.encode(cut.parts[number - 1], cut.alphabet)
        many = len(cut.parts) > 1
        return Short(
            source=source,
            source_ton=source_ton,
            source_npi=source_npi,
            destination=destination,
            destination_ton=ton,
            destination_npi=npi,
            esm_class=pdu.HAS_HEADER if many else 0,
            receipt=1,
            data_coding=UCS2_CODING if cut.alphabet == gsm.UCS2 else 0,
            text=gsm.header(Place(reference, len(cut.parts), number)) + text if many else text,
        )

    async def _submit(self, message: MessageId, number: int, short: Short) -> None:
        session = self._session
        if session is None:
            raise DeliveryError(f"The SMS centre: {self.trouble}", permanent=False, retry_s=LOST_S)
        try:
            answer = await session.ask(pdu.SUBMIT_SM, pdu.short(short))
            name = pdu.name_of(answer.body) if answer.status == pdu.OK else ""
        except LostError as error:
            raise DeliveryError(str(error), permanent=False, retry_s=LOST_S) from error
        except ProtocolError as error:
            raise DeliveryError("The SMS centre's answer cannot be read.", permanent=True) from error
        if answer.status in WAIT:
            raise DeliveryError(
                "The SMS centre takes nothing just now.", permanent=False, retry_s=self._throttled_s
            )
        if answer.status != pdu.OK:
            why = WORDS.get(answer.status, "it gives only a number")
            raise DeliveryError(
                f"The SMS centre refused the message: {why} (0x{answer.status:02X}).", permanent=True
            )
        self._sent.took(message, number, name)
        early = next((self._early.pop(one) for one in same_ids(name) if one in self._early), None)
        if early is not None and self._intake is not None:
            await self._receipt(self._intake, early)

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """A text message shows nobody that somebody writes."""

    def agent_joined(self, thread: str, name: str) -> None:
        """Nor who is there."""

    def agent_read(self, thread: str) -> None:
        """Nor who has read."""

    def external_id(self, message: MessageId) -> str:
        """Our own id; the centre's are known later."""
        return str(message)

    # In.

    async def _deliver(self, unit: Unit) -> None:
        """Take what the centre delivers; it is answered when this has come back."""
        intake = self._intake
        if intake is None:
            raise LostError("The channel is not open.")
        said = read(pdu.short_of(unit.body))
        if isinstance(said, Receipt):
            await self._receipt(intake, said)
            return
        key = hashlib.sha256(unit.body).hexdigest()
        now = asyncio.get_running_loop().time()
        known, until = self._doubtful.pop(key, ("", 0.0))
        name = known if now < until else f"{key[:32]}:{self._chance.getrandbits(64):016x}"
        try:
            if said.place is None:
                await intake.message_arrived(self._message(name, said.sender, said.text))
            else:
                await self._part(intake, said, said.place, await intake.raw_arrived(self.id, name, unit.body))
        except BaseException:  # it comes again, by the same name
            self._doubtful[key] = (name, now + DOUBTFUL_S)
            raise
        self._taken[key] = (name, now)
        while len(self._taken) > DOUBTFUL_MOST:
            self._taken.popitem(last=False)

    async def _part(self, intake: Intake, said: Text, place: Place, raw: str | None) -> None:
        joined = self._parts.add(said, place, raw) if raw else self._parts.whole(said, place)
        if joined is not None:
            first, *rest = joined.raws
            await intake.message_arrived(
                self._message(f"parts:{first}", joined.sender, joined.text, first, tuple(rest))
            )
            self._parts.done(said, place)

    def _message(
        self, name: str, sender: str, text: str, raw: str = "", parts: tuple[str, ...] = ()
    ) -> IncomingMessage:
        return IncomingMessage(
            channel=self.id,
            medium=SMS,
            external_id=name,
            address_kind="phone",
            from_address=sender,
            shown_address=sender,
            to_addresses=(self.number.number,),
            text=text,
            thread=sender,
            raw=raw,
            parts=parts,
        )

    async def _receipt(self, intake: Intake, receipt: Receipt) -> None:
        if not receipt.state:
            return
        name = next((one for one in same_ids(receipt.id) if self._sent.of(one)), "")
        message = self._sent.of(name) if name else None
        if message is not None:
            if receipt.state != "delivered" or self._sent.arrived(name):
                await intake.delivery_moved(str(message), receipt.state, receipt.detail)
            return
        # After a restart the centre's ids are not known; one open message alone can be meant.
        said = intake.transcript(self.id, receipt.number)
        waiting = [m for m in said if m.direction == OUT and m.delivery == "sent"]
        if len(waiting) == 1 and self._sent.going(waiting[0].id, 1).ids == {}:
            await intake.delivery_moved(waiting[0].external_id, receipt.state, receipt.detail)
            return
        self._early[receipt.id] = receipt
        while len(self._early) > EARLY_MOST:
            self._early.popitem(last=False)

    def _doubt(self, now: float) -> None:
        """What was answered just before the last connection broke may come again, for a while.

        Not for longer: a customer may write the same word twice, and a text lost is worse than one doubled.
        """
        lately = {key: name for key, (name, at) in self._taken.items() if at > now - DOUBTFUL_S}
        self._doubtful.update({key: (name, now + DOUBTFUL_S) for key, name in lately.items()})
        self._taken.clear()

    # The connection.

    async def _stay_connected(self) -> None:
        pause = self._pause_s
        while True:
            if await self._connect():
                pause = self._pause_s
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.0))
            pause = min(pause * 2, PAUSE_MOST_S)

    async def _connect(self) -> bool:
        """Be connected until that ends; whether the centre had bound us."""
        number, tls = self.number, ssl.create_default_context() if self.number.tls else None
        try:
            async with asyncio.timeout(10.0):
                reader, writer = await asyncio.open_connection(number.host, number.port, ssl=tls)
        except (OSError, TimeoutError) as error:
            self.trouble = f"{number.host}:{number.port} cannot be reached ({type(error).__name__})."
            return False
        session = Session(reader, writer, self._deliver, window=number.window, times=self._times)
        running = asyncio.ensure_future(session.run())
        bound = False
        try:
            answer = await session.bind(number.system_id, self._password, number.system_type)
            bound = answer.status == pdu.OK
            if bound:
                self.trouble, self._session = "", session
                self._doubt(asyncio.get_running_loop().time())
                await running
            else:
                why = "Check system_id and its password."
                self.trouble = f"the centre does not let us in (0x{answer.status:02X}). {why}"
                log.error("the SMS centre refuses us", extra={"channel": self.id, "status": answer.status})
        except (LostError, ProtocolError, OSError) as error:
            self.trouble = str(error)
            log.warning("the SMS centre is gone", extra={"channel": self.id, "why": str(error)})
        except Exception:
            self.trouble = "the connection failed; the reason is in the log."
            log.exception("the connection to the SMS centre is made again")
        finally:
            self._session = None
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            session.close()
        return bound
