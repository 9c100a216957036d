"""What the figures of the self-test mean: for each an answer, and in words what to do (row U-20).

Pure.  `ok` is fine, `warning` can be worked with, `failed` cannot.  The words are for an agent two minutes
before the shift: what is wrong first, then what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent_desktop.media.pcm import FRAME_SAMPLES, Pcm, frames_of
from agent_desktop.media.tones import level_dbfs
from agent_desktop.phone.probe import Return
from agent_desktop.wire.phone import SelfCheck

OK, WARNING, FAILED = "ok", "warning", "failed"

_CLIPPED: Final = 32_700
_TOO_LOUD_SHARE: Final = 0.002
_QUIET_DB, _FAINT_DB = -42.0, -52.0
_OVER_NOISE_DB: Final = 10.0
_NOISY_DB: Final = -45.0
_ECHO_DB, _LOUD_ECHO_DB = -46.0, -20.0


def judge_microphone(heard: Pcm) -> SelfCheck:
    """The agent's voice; `heard` holds some seconds in which the agent was asked to speak."""

    def check(state: str, words: str, value: float = -96.0) -> SelfCheck:
        return SelfCheck(id="microphone", state=state, words=words, value=round(value, 1), unit="dB")

    if len(heard) < FRAME_SAMPLES or int(np.max(np.abs(heard.astype(np.int32)))) <= 1:
        return check(
            FAILED,
            "The microphone sends nothing. It may be muted at the headset, or not allowed for this program "
            "in the system's privacy settings.",
        )
    levels = sorted(level_dbfs(frame) for frame in frames_of(heard))
    voice, noise = levels[int(0.9 * (len(levels) - 1))], levels[int(0.1 * (len(levels) - 1))]
    clipped = float(np.mean(np.abs(heard.astype(np.int32)) >= _CLIPPED))
    if clipped > _TOO_LOUD_SHARE:
        return check(
            WARNING, "Your voice is too loud and breaks up. Lower the microphone's level a little.", voice
        )
    if voice < _FAINT_DB:
        return check(
            FAILED,
            "Nobody would hear you. Speak into the microphone, bring it to your mouth, or raise its level.",
            voice,
        )
    if voice - noise < _OVER_NOISE_DB:
        return check(
            WARNING,
            "Only a steady noise was heard. Speak while the test listens; if you did, find a quieter place.",
            voice,
        )
    if voice < _QUIET_DB:
        return check(WARNING, "Your voice is quiet. Bring the microphone closer, or raise its level.", voice)
    if noise > _NOISY_DB:
        return check(
            WARNING, "Your voice is clear, but there is much noise around you. Customers will hear it.", voice
        )
    return check(OK, "Your voice is clear.", voice)


def judge_speaker(*, is_there: bool, came_back: bool) -> SelfCheck:
    """Whether a sound could be played; that it was heard, only a microphone or the agent can say."""
    if not is_there:
        return SelfCheck(
            id="speaker",
            state=FAILED,
            words="No loudspeaker or headset works. Plug it in, or choose another one in the settings.",
        )
    if came_back:
        return SelfCheck(id="speaker", state=OK, words="The sound was played, and the microphone heard it.")
    return SelfCheck(
        id="speaker",
        state=OK,
        words="A climbing tone was played. If you did not hear it, raise the volume or choose another "
        "device.",
    )


def judge_heard(*, heard: bool) -> SelfCheck:
    """The agent's own answer, which counts more."""
    if heard:
        return SelfCheck(id="speaker", state=OK, words="You heard the tone.")
    return SelfCheck(
        id="speaker",
        state=FAILED,
        words="You did not hear the tone. Raise the volume, or choose another device in the settings.",
    )


def judge_echo(back: Return | None, *, is_cancelled: bool) -> SelfCheck:
    """How much of what is played the microphone hears."""
    if back is None or back.level_db < _ECHO_DB:
        return SelfCheck(id="echo", state=OK, words="No echo: the microphone does not hear the speaker.")
    value = round(back.level_db, 1)
    how = f"The microphone hears the loudspeaker (after {back.delay_ms:.0f} ms)."
    if not is_cancelled:
        words = f"{how} Customers will hear themselves. Use a headset, or switch echo cancelling on."
        return SelfCheck(id="echo", state=FAILED, words=words, value=value, unit="dB")
    if back.level_db > _LOUD_ECHO_DB:
        words = f"{how} Echo cancelling may not be enough. Use a headset, or lower the volume."
        return SelfCheck(id="echo", state=WARNING, words=words, value=value, unit="dB")
    return SelfCheck(
        id="echo", state=OK, words=f"{how} Echo cancelling takes it out.", value=value, unit="dB"
    )


def judge_registration(state: str, detail: str) -> SelfCheck:
    """Whether the telephone server knows this phone."""
    if state == "registered":
        return SelfCheck(id="registration", state=OK, words="The phone is signed in at the telephone server.")
    if state == "none":
        words = "The phone has no account yet. Sign in first."
    else:
        words = f"The phone is not signed in at the telephone server. {detail or 'It does not answer.'}"
    return SelfCheck(id="registration", state=FAILED, words=words)


@dataclass(frozen=True, slots=True)
class CallMeasured:
    """A test call to a number that sends everything back."""

    back: Return | None
    loss: float = 0.0
    jitter_s: float = 0.0


def judge_call(measured: CallMeasured) -> SelfCheck:
    """The way of the sound to the telephone server and back."""
    loss, jitter_ms = measured.loss * 100, measured.jitter_s * 1000
    if measured.back is None:
        return SelfCheck(
            id="call",
            state=FAILED,
            words="The test call came up, but no sound came back. A firewall may stop it: tell your support.",
        )
    delay = measured.back.delay_ms
    figures = f"{loss:.1f} % lost, {jitter_ms:.0f} ms of jitter, {delay:.0f} ms there and back"
    for limit, state, words in (
        ((5.0, 80.0, 800.0), FAILED, "The connection is too bad for calls"),
        ((1.0, 30.0, 400.0), WARNING, "The connection is poor"),
    ):
        if loss > limit[0] or jitter_ms > limit[1] or delay > limit[2]:
            advice = "Use a cable instead of wireless, and stop downloads."
            return SelfCheck(
                id="call", state=state, words=f"{words}: {figures}. {advice}", value=round(delay), unit="ms"
            )
    return SelfCheck(
        id="call", state=OK, words=f"The test call was good: {figures}.", value=round(delay), unit="ms"
    )


def judge_connection(delay_ms: float) -> SelfCheck:
    """How long the centre's server takes to answer over the websocket."""
    value = round(delay_ms)
    if delay_ms > 1000:
        words = f"The centre answers only after {value} ms. Offers may be lost: check the network."
        return SelfCheck(id="connection", state=FAILED, words=words, value=value, unit="ms")
    if delay_ms > 300:
        words = f"The centre answers slowly ({value} ms). Screens may lag behind the calls."
        return SelfCheck(id="connection", state=WARNING, words=words, value=value, unit="ms")
    return SelfCheck(
        id="connection", state=OK, words=f"The centre answers in {value} ms.", value=value, unit="ms"
    )


def judge_clock(ahead_s: float) -> SelfCheck:
    """How far this computer's clock is from the centre's."""
    off, side = abs(ahead_s), "ahead" if ahead_s > 0 else "behind"
    value = round(ahead_s, 1)
    if off <= 2:
        return SelfCheck(id="clock", state=OK, words="The clock is right.", value=value, unit="s")
    words = f"This computer's clock is {off:.0f} s {side}. Let the system set it by itself."
    return SelfCheck(id="clock", state=WARNING if off <= 30 else FAILED, words=words, value=value, unit="s")
