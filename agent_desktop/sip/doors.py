"""The parts of a `UserAgent`'s door beside calls and single requests: transfers, watching, the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId, RequestId, SubscriptionId
from agent_desktop.sip.core import destination_of
from agent_desktop.sip.dispatch import Dispatcher
from agent_desktop.sip.leg import LegState
from agent_desktop.sip.media import LocalMedia
from agent_desktop.sip.replaces import Replaces
from agent_desktop.sip.uri import Uri


class _Door:
    def __init__(self, parts: Dispatcher) -> None:
        self._parts = parts
        self._core = parts.core
        self._legs = parts.legs


class TransferDoor(_Door):
    """Transfers by REFER (RFC 3515), from both ends."""

    def replaces(self, leg: LegId, *, early_only: bool = False) -> Replaces:
        """What names this call, as its peer knows it, in a new INVITE or in a REFER."""
        dialog = self._legs.get(leg, LegState.UP).dialog
        assert dialog is not None  # noqa: S101 - a leg that is up has one
        return Replaces(dialog.call_id, dialog.remote.tag, dialog.local.tag, early_only)

    def refer(
        self,
        leg: LegId,
        target: Uri | None,
        now: float,
        *,
        replaces: LegId | None = None,
        headers: Headers = (),
    ) -> RequestId:
        """Ask the peer of `leg` to call `target` (blind), in place of our call `replaces` (attended).

        Without `target` an attended transfer goes where the call `replaces` leads.  Reports
        ReferProgressed and, once, ReferEnded; neither call is ended by it.
        """
        found = self._legs.get(leg, LegState.UP)
        named = self.replaces(replaces) if replaces is not None else None
        if target is None and replaces is not None:
            other = self._legs.get(replaces, LegState.UP).dialog
            target = other.remote_target if other else None
        if target is None or found.dialog is None:
            raise ValueError("a blind transfer needs a target")
        by = found.dialog.local
        return self._parts.transfers.refer(found, target, now, replaces=named, by=by, headers=headers)

    def accept_transfer(self, request: RequestId, now: float) -> None:
        """Take a TransferAsked: 202, and "100 Trying" to the asker."""
        self._parts.transfers.accept(request, now)

    def refuse_transfer(self, request: RequestId, now: float, status: int = 603) -> None:
        """Refuse a TransferAsked."""
        self._parts.transfers.refuse(request, status, now)

    def refer_progress(self, request: RequestId, status: int, now: float, reason: str = "") -> None:
        """Tell the asker of an accepted transfer how it goes; a status from 200 on is the last word."""
        self._parts.transfers.progress(request, status, reason, now)


class SubscriptionDoor(_Door):
    """Watching and being watched (RFC 6665)."""

    def notify(self, subscription: SubscriptionId, body: bytes, content_type: str, now: float) -> None:
        """Tell a watcher (`Subscribed`) the state now; RefusedError "no_such_subscription" when it left."""
        self._parts.notifier.notify(subscription, body, content_type, now)

    def end_subscription(self, subscription: SubscriptionId, now: float, reason: str = "noresource") -> None:
        """Send a watcher away, with the last state."""
        self._parts.notifier.end(subscription, reason, now)

    def subscribe(
        self,
        target: Uri,
        package: str,
        now: float,
        *,
        account: Account | None = None,
        destination: Address | None = None,
        expires_s: int = 3600,
    ) -> SubscriptionId:
        """Watch `package` of `target` and keep watching.  Reports Notified and SubscriptionEnded."""
        target = replace(target, headers="")
        towards = destination_of(target, account, destination)
        return self._parts.subscriber.subscribe(
            target, package, now, account=account, towards=towards, expires_s=expires_s
        )

    def unsubscribe(self, subscription: SubscriptionId, now: float) -> None:
        """Watch no more; ends with SubscriptionEnded whether or not the other side answers."""
        self._parts.subscriber.unsubscribe(subscription, now)


class NetworkDoor(_Door):
    """What the network does to us."""

    def connection_failed(self, destination: Address, now: float) -> None:
        """The shell could not send there, or the connection broke: what waits for it fails with 503."""
        self._core.layer.broken(destination, now)
        self._parts.registrations.connection_failed(destination, now)

    def network_changed(self, now: float) -> None:
        """The network is another one, or back: register every account again at once."""
        self._parts.registrations.network_changed(now)

    def refresh_targets(
        self,
        local: tuple[Address, ...],
        now: float,
        media: Mapping[LegId, LocalMedia] | None = None,
    ) -> None:
        """We are reached at `local` now: register again and re-INVITE every call that is up.

        `media` holds the new sound of single legs; where it says nothing, a leg's media keeps its port
        and takes the new host when it was at the old one.
        """
        old = {address.host for address in self._core.settings.local}
        self._core.settings = replace(self._core.settings, local=local)
        self._parts.registrations.network_changed(now)
        for name in self._legs.names:
            leg = self._legs.get(name)
            wanted = (media or {}).get(name) or leg.media
            if wanted is None:
                continue
            if wanted.address in old:
                wanted = replace(wanted, address=local[0].host)
            leg.origin = replace(leg.origin, address=wanted.address)
            if leg.state is LegState.UP:
                self._parts.offers.reinvite(leg, wanted, now)
            else:
                leg.media = wanted
