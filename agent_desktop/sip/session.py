"""One end of SIP: the agent's phone, or the switch.  The only door to this package.

Sans-I/O: the shell (`transport`) feeds bytes and times and carries out what comes back:

    agent.receive(data, source, now)      bytes of one datagram, or one message cut from a stream
    agent.tick(now)                       when `agent.deadline` has come
    for packet in agent.take_outgoing():  send packet.data to packet.destination
    for event in agent.take_events():     tell the application

Every method takes `now`, in seconds of any clock that only grows.  Every call has a `LegId` that is known
before its first packet leaves (trap T8).  A method that a leg's state does not allow raises
IllegalStepError; an unknown leg raises RefusedError with code "no_such_call".

Rules kept here without the application's help: retransmission and its absorption (T2), ACK for every
final answer (T3), CANCEL only after a provisional answer and BYE after a crossing 200 (T4), every
re-INVITE and UPDATE answered from the leg's present media (T5), 491 on glare, 401 and 407 answered for
the account's realm only (T10), OPTIONS answered (T13), unknown methods 405, unknown extensions 420.
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address, Headers, LegId, Outgoing, Randomness, RegistrationId, RequestId
from agent_desktop.sip.dispatch import Dispatcher
from agent_desktop.sip.doors import NetworkDoor, SubscriptionDoor, TransferDoor
from agent_desktop.sip.events import Event
from agent_desktop.sip.leg import LegState
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.reason import Reason
from agent_desktop.sip.registrar import Binding
from agent_desktop.sip.replaces import Replaces
from agent_desktop.sip.uri import NameAddr, Uri


class UserAgent(TransferDoor, SubscriptionDoor, NetworkDoor):
    """UAC, UAS, registering client and registrar in one object without sockets, threads or clocks."""

    def __init__(self, settings: Settings, randomness: Randomness) -> None:
        super().__init__(Dispatcher(settings, randomness))

    # ------------------------------------------------------------ the shell's side

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take in one datagram, or one message of a stream.  Never raises, whatever the bytes are."""
        self._parts.receive(data, source, now)

    def tick(self, now: float) -> None:
        """Carry out every deadline up to `now`."""
        self._core.deadlines.run(now)

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next; None when nothing waits."""
        return self._core.deadlines.next

    def take_outgoing(self) -> list[Outgoing]:
        """Packets to be sent, in order; each is handed out once."""
        taken, self._core.layer.outgoing = self._core.layer.outgoing, []
        return taken

    def take_events(self) -> list[Event]:
        """What happened, in order; each is handed out once."""
        taken, self._core.events = self._core.events, []
        return taken

    # ------------------------------------------------------------ registration

    def register(self, account: Account, now: float) -> RegistrationId:
        """Register and stay registered: refresh, answer challenges, retry with jittered back-off."""
        return self._parts.registrations.register(account, now)

    def unregister(self, registration: RegistrationId, now: float) -> None:
        """Remove our binding; ends with `Unregistered` whether or not the registrar answers."""
        self._parts.registrations.unregister(registration, now)

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        """Registrar: where a user can be reached now, newest first.

        Call one with `invite(binding.contact, ..., destination=binding.source)`.
        """
        registrar = self._parts.registrar
        return registrar.bindings(user, now) if registrar else ()

    @property
    def all_bindings(self) -> tuple[Binding, ...]:
        """Registrar: every binding, to be kept over a restart."""
        registrar = self._parts.registrar
        return registrar.all if registrar else ()

    def restore_binding(self, binding: Binding) -> None:
        """Registrar: put back what was kept; reports Bound."""
        if self._parts.registrar:
            self._parts.registrar.restore(binding)

    def forget_binding(self, user: str, contact: Uri) -> None:
        """Registrar: the phone does not answer; reports Unbound."""
        if self._parts.registrar:
            self._parts.registrar.forget(user, contact)

    # ------------------------------------------------------------ calls that we make

    def invite(
        self,
        target: Uri,
        media: LocalMedia,
        now: float,
        *,
        caller: NameAddr | None = None,
        account: Account | None = None,
        headers: Headers = (),
        destination: Address | None = None,
        replaces: Replaces | None = None,
        asserted: NameAddr | None = None,
    ) -> LegId:
        """Call `target`, through `destination`, else the account's server, else where the address points.

        `caller` is what From shows (the account's own address when None).  `headers` are added as they
        are, for example (("X-Interaction", "i7"),).  `replaces` names the call at the callee that this one
        takes the place of; `asserted` is who calls, for a network that trusts us (P-Asserted-Identity).
        Reports Progressed, then Answered or Ended.
        """
        return self._parts.outgoing.invite(
            replace(target, headers=""),
            media,
            now,
            caller=caller,
            account=account,
            headers=headers,
            destination=destination,
            replaces=replaces,
            asserted=asserted,
        )

    def cancel(self, leg: LegId, now: float, *, headers: Headers = (), reason: Reason | None = None) -> None:
        """Give up a call of ours that is not answered; Ended(LOCAL) is reported at once.

        `reason` tells why, for example `reason.ELSEWHERE` when another phone has answered.
        """
        found = self._legs.find(leg)
        if found is not None:
            headers = _with_reason(headers, reason)
            self._parts.outgoing.cancel(self._legs.get(leg, LegState.CALLING), now, headers)

    # ------------------------------------------------------------ calls that arrive

    def ring(
        self,
        leg: LegId,
        now: float,
        *,
        status: int = 180,
        media: LocalMedia | None = None,
        headers: Headers = (),
        reliable: bool = False,
    ) -> Agreement | None:
        """Send a provisional answer; with `media` (usually 183) it opens early media.

        `reliable` repeats it until the caller has it, when the caller can do that (100rel); it is always
        reliable when the caller demands so.
        """
        found = self._legs.get(leg, LegState.RINGING)
        return self._parts.incoming.ring(found, now, status, media, headers, reliable=reliable)

    def answer(self, leg: LegId, media: LocalMedia, now: float, *, headers: Headers = ()) -> Agreement | None:
        """Answer with 200.  None when the caller left the offer to us: `MediaChanged` follows with its ACK.

        Without a shared codec the call is refused with 488 and RefusedError (code "no_codec") is raised.
        """
        return self._parts.incoming.answer(self._legs.get(leg, LegState.RINGING), media, now, headers)

    def reject(
        self, leg: LegId, now: float, status: int = 486, reason: str = "", *, headers: Headers = ()
    ) -> None:
        """Refuse a call that is not answered yet; Ended(LOCAL) is reported."""
        self._parts.incoming.reject(self._legs.get(leg, LegState.RINGING), now, status, reason, headers)

    def challenge(self, leg: LegId, now: float) -> None:
        """Ask for the account's digest (401).  The leg ends silently; the caller comes again as a new one."""
        self._parts.incoming.challenge(self._legs.get(leg, LegState.RINGING), now)

    # ------------------------------------------------------------ every call

    def hang_up(
        self,
        leg: LegId,
        now: float,
        *,
        status: int = 603,
        headers: Headers = (),
        reason: Reason | None = None,
    ) -> None:
        """End a call in any state: BYE, CANCEL, or a refusal with `status`.  Twice does nothing.

        `reason` goes into the Reason header; without it Q.850 cause 16 (normal call clearing) does.
        """
        found = self._legs.find(leg)
        if found is None:
            return
        headers = _with_reason(headers, reason)
        match found.state:
            case LegState.CALLING:
                self._parts.outgoing.cancel(found, now, headers)
            case LegState.RINGING:
                self._parts.incoming.reject(found, now, status, "", headers)
            case LegState.UP:
                self._parts.midcall.hang_up(found, now, headers)
            case LegState.GONE:
                pass

    def reinvite(self, leg: LegId, media: LocalMedia, now: float) -> None:
        """Offer new media in a call that is up; waits for what is under way and retries a glare by itself.

        Reports MediaChanged or ReinviteRefused.
        """
        self._parts.offers.reinvite(self._legs.get(leg, LegState.UP), media, now)

    def update(self, leg: LegId, media: LocalMedia, now: float) -> None:
        """Offer new media by UPDATE, also while it rings once early media was agreed reliably.

        Reports as `reinvite`; IllegalStepError when the other side cannot do it or has agreed to nothing.
        """
        states = (LegState.CALLING, LegState.RINGING, LegState.UP)
        self._parts.offers.update(self._legs.get(leg, *states), media, now)

    def hold(self, leg: LegId, now: float) -> None:
        """Re-INVITE with `sendonly` (`inactive` while the peer holds us too).  Reports as `reinvite`."""
        self._parts.offers.hold(self._legs.get(leg, LegState.UP), now)

    def resume(self, leg: LegId, now: float) -> None:
        """Re-INVITE with `sendrecv`.  Reports as `reinvite`."""
        self._parts.offers.resume(self._legs.get(leg, LegState.UP), now)

    def set_media(self, leg: LegId, media: LocalMedia) -> None:
        """Change what the next offer of the peer is answered from, without asking the peer now."""
        self._legs.get(leg).media = media

    def agreement(self, leg: LegId) -> Agreement | None:
        """What the leg's media does now."""
        return self._legs.get(leg).agreement

    def is_up(self, leg: LegId) -> bool:
        """The leg is answered and not ended."""
        found = self._legs.find(leg)
        return found is not None and found.state is LegState.UP

    def is_heard(self, leg: LegId) -> bool:
        """The peer has said anything at all to our INVITE, if only 100."""
        found = self._legs.find(leg)
        return found is not None and found.has_progressed

    @property
    def legs(self) -> tuple[LegId, ...]:
        """Every leg that has not ended."""
        return self._legs.names

    def replaces_header(self, leg: LegId) -> str:
        """The value of a Replaces header (RFC 3891) that names this call as its peer knows it."""
        return str(self.replaces(leg))

    # ------------------------------------------------------------ other requests

    def request(
        self,
        method: str,
        now: float,
        *,
        leg: LegId | None = None,
        target: Uri | None = None,
        account: Account | None = None,
        destination: Address | None = None,
        headers: Headers = (),
        body: bytes = b"",
    ) -> RequestId:
        """Send OPTIONS, INFO, REFER, NOTIFY, SUBSCRIBE or MESSAGE, inside a call or to `target`.

        ResponseArrived follows, with 408 when nobody answers.
        """
        if leg is not None:
            found = self._legs.get(leg, LegState.UP)
            return self._parts.requests.send_in_call(found, method, now, headers, body)
        if target is None:
            raise SipError("A request needs a call or an address to go to.")
        return self._parts.requests.send_to(
            replace(target, headers=""),
            method,
            now,
            account=account,
            destination=destination,
            headers=headers,
            body=body,
        )

    def respond(
        self,
        request: RequestId,
        status: int,
        now: float,
        *,
        reason: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> None:
        """Answer a RequestArrived that has `needs_response`."""
        self._parts.requests.respond(request, status, now, reason=reason, headers=headers, body=body)


def _with_reason(headers: Headers, reason: Reason | None) -> Headers:
    return headers if reason is None else (*headers, ("Reason", str(reason)))
