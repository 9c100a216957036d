"""Requests that we send inside a call, and the BYE that ends it (RFC 3261 sections 12.2.1 and 15)."""

from __future__ import annotations

from agent_desktop.sip.address import Headers
from agent_desktop.sip.challenges import Asked
from agent_desktop.sip.core import Core
from agent_desktop.sip.dialog import Dialog
from agent_desktop.sip.layer import OnResponse
from agent_desktop.sip.leg import Leg
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.reason import CLEARED, Reason


def _ignored(_response: Response, _now: float) -> None:
    """Whatever the answer to a BYE is, the call is over."""


class InCall:
    """The caller's and the callee's way to the peer of a dialog."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def send(
        self,
        leg: Leg,
        method: str,
        now: float,
        on_response: OnResponse,
        *,
        headers: Headers = (),
        body: bytes = b"",
        dialog: Dialog | None = None,
    ) -> Asked | None:
        """Send a request in the dialog (or in that early one); challenges of our own server are answered."""
        way = dialog or leg.dialog
        if way is None:
            return None

        def next_cseq(_request: Request) -> int:
            way.local_cseq += 1
            return way.local_cseq

        request = way.next_request(method, headers, body)
        return Asked(self._core, request, leg.account, way.destination, on_response, next_cseq).send(now)

    def bye(self, leg: Leg, now: float, reason: Reason = CLEARED, dialog: Dialog | None = None) -> None:
        """End the dialog at the peer; `leg.end_headers` are the application's own words for it."""
        headers = leg.end_headers
        if not any(name.lower() == "reason" for name, _ in headers):
            headers = (*headers, ("Reason", str(reason)))
        self.send(leg, "BYE", now, _ignored, headers=headers, dialog=dialog)
