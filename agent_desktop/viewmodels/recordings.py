"""Recordings and voice messages in the timeline: what they are, and hearing them."""

from __future__ import annotations

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import RecordingRow
from agent_desktop.wire.calls import RecordingModel
from agent_desktop.wire.models import InteractionModel


def recording_rows(s: Situation, interaction: InteractionModel) -> tuple[RecordingRow, ...]:
    """Each recording with its button."""
    return tuple(_row(s, interaction, recording) for recording in interaction.recordings)


def _row(s: Situation, interaction: InteractionModel, recording: RecordingModel) -> RecordingRow:
    voicemail = recording.kind == "voicemail"
    name = _("Voice message") if voicemail else _("Recording")
    label = _("{name}, {time}", name=name, time=words.short(recording.length_s))
    playing = s.store.playing
    here = playing is not None and (playing.interaction, playing.recording) == (interaction.id, recording.id)
    play = button(
        "recording.play", s, label=_("Play"), id=interaction.id, recording=recording.id, known="yes"
    )
    at, fraction = "", 0.0
    if here and playing is not None:
        play = button("recording.stop", s, label=_("Stop"))
        length = playing.length_s or recording.length_s
        fraction = min(1.0, playing.at_s / length) if length else 0.0
        at = _("{at} of {length}", at=words.short(playing.at_s), length=words.short(length))
        at = at if playing.path else _("Fetching…")
    masked = _("{time} masked", time=words.short(recording.masked_s)) if recording.masked_s >= 1 else ""
    return RecordingRow(
        id=recording.id,
        label=" · ".join(p for p in (label, masked) if p),
        play=play,
        playing=here,
        at=at,
        fraction=fraction,
        transcript=recording.transcript,
        spoken=", ".join(p for p in (label, masked, at, recording.transcript) if p),
    )
