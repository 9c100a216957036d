"""Names with their units.

Every identifier is an opaque string with a type of its own, every point in time an `Instant`
(seconds since the Unix epoch, UTC) and every length of time `Seconds`.  No function of the domain
reads a clock: `now: Instant` is an argument.
"""

from __future__ import annotations

from typing import NewType

Instant = NewType("Instant", float)
Seconds = NewType("Seconds", float)

AgentId = NewType("AgentId", str)
CallId = NewType("CallId", str)
ChannelId = NewType("ChannelId", str)
CommandId = NewType("CommandId", str)
ConversationId = NewType("ConversationId", str)
CustomerId = NewType("CustomerId", str)
InteractionId = NewType("InteractionId", str)
MessageId = NewType("MessageId", str)
LegId = NewType("LegId", str)
OfferId = NewType("OfferId", str)
QueueId = NewType("QueueId", str)
RecordingId = NewType("RecordingId", str)
SkillId = NewType("SkillId", str)
DispositionCode = NewType("DispositionCode", str)
ReasonCode = NewType("ReasonCode", str)
MediumId = NewType("MediumId", str)
