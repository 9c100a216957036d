"""pyVoIP 1.6.8, imported in one place for those who make subclasses of it.

Only the phone's child process and tests import this file.  Importing it raises ModuleNotFoundError where
pyVoIP, or the part of Python that it needs, is not there; `missing_words` says so to the agent.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # pyVoIP imports `audioop`, deprecated since Python 3.11; its G.711 is not used here.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyVoIP.VoIP  # first, because pyVoIP's parts import each other in a ring
    from pyVoIP.RTP import PayloadType, RTPClient, TransmitType
    from pyVoIP.SIP import SIPClient, SIPMessage, SIPMessageType, SIPParseError, SIPStatus
    from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone
    from pyVoIP.VoIP.status import PhoneStatus

__all__ = [
    "CallState",
    "PayloadType",
    "PhoneStatus",
    "RTPClient",
    "SIPClient",
    "SIPMessage",
    "SIPMessageType",
    "SIPParseError",
    "SIPStatus",
    "TransmitType",
    "VoIPCall",
    "VoIPPhone",
    "pyVoIP",
]
