"""Textphone (TTY) calls: wrong characters against minimodem and spandsp, false text, echo, turns, CPU.

Two thousand characters through G.711 in both laws, with noise, with lost frames, in both directions; the
same sound is given to minimodem in the same run.  Then machines with other stop bits, clocks and levels,
ten minutes of sounds that are no textphone, a line with an echo, a caller who types and speaks, and a
paste of real-time text through the gateway.  Goals: references/text-and-accessibility, section 7.

Needs numpy, minimodem, espeak-ng and, for its rows, libspandsp2 (left out and said when it is missing).
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final

from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError

if TYPE_CHECKING:
    from agent_desktop.media.pcm import Pcm

_MINIMODEM: Final = "minimodem to minimodem"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; a test asks for less."""

    characters: int = 2000
    seeds: Sequence[int] = (1, 2, 3, 4, 5, 6)
    noises: Sequence[float | None] = (None, 10.0, 5.0)
    peer_characters: int = 600
    swept_characters: int = 100
    sounds: float = 1.0
    """Of ten minutes of other sounds."""
    echoes_db: Sequence[float] = (-6.0, -12.0, -20.0, -30.0)
    delays_ms: Sequence[int] = (0, 100, 200, 300, 400, 500, 600, 700, 800)
    cpu_s: float = 60.0
    carriers: int = 10
    pasted: int = 400


def run(size: Size | None = None) -> list[Result]:
    """Measure every goal that is about the sound."""
    if importlib.util.find_spec("numpy") is None:
        raise AgentDesktopError("This bench needs the package numpy: agent-desktop[phone].")
    asked = size or Size()
    found: list[Result] = []
    for part in (both_laws, losses, second_peer, shifts, machines, false_text, cpu, echo, voice, gateway):
        begun = time.monotonic()
        found += part(asked)
        print(f"bench tty: {part.__name__} took {time.monotonic() - begun:.0f} s")
    return found


def both_laws(size: Size) -> Iterator[Result]:
    """Goal G1."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench._tty_peers import minimodem_reads, minimodem_sends
    from agent_desktop.media.codecs import PCMA, PCMU

    text = line.prose(size.characters)
    ours, theirs = line.spoken(text)[1600:-1600], minimodem_sends(text)
    for name, law in (("mu-law", PCMU), ("A-law", PCMA)):
        for noise in size.noises:
            sent, came = (
                line.through(sound if noise is None else line.noisy(sound, noise), law)
                for sound in (ours, theirs)
            )
            rival = _errors(text, minimodem_reads(came))
            where = f"{name}, {'clean' if noise is None else f'SNR {noise:g} dB'}"
            for way, got in (("we send", minimodem_reads(sent)), ("we read", line.read(line.heard(came)))):
                yield _none(f"G1 wrong characters, {where}, {way}", _errors(text, got), "%", rival)


def losses(size: Size) -> Iterator[Result]:
    """Goal G2: lost frames are told to us; minimodem hears silence there, or the frame before it again."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench._tty_peers import minimodem_reads, minimodem_sends

    text = line.prose(size.characters)
    by_hand = line.prose(max(40, size.characters // 5))
    senders = {
        "our tones": (text, line.through(line.spoken(text))),
        "minimodem's": (text, line.through(minimodem_sends(text))),
        "typed by hand": (by_hand, line.through(line.typed(by_hand, (0.2, 0.9)))),
    }
    for samples, goal in ((160, 1.0), (80, 0.1)):
        for whose, (text, sound) in senders.items():
            ours, erased, repeated = list[float](), list[float](), list[float]()
            for seed in size.seeds:
                lost = line.lost_frames(len(sound), samples, 0.01, seed)
                ours.append(_errors(text, line.read(line.heard(sound, samples, lost))))
                for rates, repeats in ((erased, False), (repeated, True)):
                    damaged = line.without(sound, samples, lost, repeats=repeats)
                    rates.append(_errors(text, minimodem_reads(damaged)))
            where = f"1 % of {samples // 8} ms frames lost, {whose}, {len(ours)} seeds"
            for kind, figure in (("mean", statistics.fmean), ("worst", max)):
                for against, rates in (("erased", erased), ("repeated", repeated)):
                    if kind == "worst" and against == "repeated":
                        continue
                    yield Result(
                        metric=f"G2 wrong characters, {where}, {kind}",
                        value=figure(ours),
                        unit="%",
                        against=f"minimodem, frames {against}",
                        against_value=figure(rates),
                        goal=f"<= {goal:g}",
                        met=figure(ours) <= goal,
                    )


def second_peer(size: Size) -> Iterator[Result]:
    """Goal G3."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench._tty_peers import Spandsp, spandsp

    if spandsp() is None:
        print("libspandsp is not installed: its rows are left out (apt-get install libspandsp2).")
        return
    text = line.prose(size.peer_characters)
    first, second = Spandsp(is_calling=True), Spandsp(is_calling=False)
    rival, reader = Spandsp(is_calling=False), line.through(first.sends(text))
    second.hear(line.through(line.spoken(text)))
    rival.hear(reader)
    against = "spandsp to spandsp"
    itself = _errors(text, rival.text)
    yield _none("G3 wrong characters, spandsp reads us", _errors(text, second.text), "%", itself, against)
    got = line.read(line.heard(reader))
    yield _none("G3 wrong characters, we read spandsp", _errors(text, got), "%", itself, against)
    for modem in (first, second, rival):
        modem.close()


def shifts(size: Size) -> Iterator[Result]:
    """Goal G4: machines that go back to letters at a space, and machines that do not."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.media.ita2 import codes_of

    text = "ORDER 5 6 AND 7 AB OR 12 34 GA " + line.prose(size.swept_characters)
    for unshifts, kind in ((True, "with USOS"), (False, "without USOS")):
        sound = line.through(line.machine(line.plain_codes(text, unshifts=unshifts)))
        codes = line.heard(sound)
        plain = _errors(text, line.read_by_machine((c.code for c in codes), unshifts=not unshifts))
        against = "a receiver of the other kind"
        got = _errors(text, line.read(codes))
        yield _none(f"G4 wrong characters, we read a machine {kind}", got, "%", plain, against)
        bare = line.plain_codes(text, unshifts=not unshifts)
        other = _errors(text, line.read_by_machine(bare, unshifts=unshifts))
        sent = _errors(text, line.read_by_machine(codes_of(text), unshifts=unshifts))
        against = "a sender of the other kind"
        yield _none(f"G4 wrong characters, a machine {kind} reads us", sent, "%", other, against)


def machines(size: Size) -> Iterator[Result]:
    """Goal G5: the worst of each row's machines."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench._tty_peers import minimodem_reads
    from agent_desktop.media.ita2 import codes_of
    from agent_desktop.media.tty_send import BAUD_EUROPE, BAUD_US

    text = line.prose(size.swept_characters)
    codes = codes_of(text)
    for stop_bits in (1.0, 1.5, 2.0):
        ours, rival = list[float](), 0.0
        for baud in (BAUD_US, BAUD_EUROPE):
            for skew in (0.99, 1.0, 1.01):
                for level in (0.0, -20.0, -50.0):
                    sound = line.machine(codes, baud, stop_bits=stop_bits, level_dbfs=level, skew=skew)
                    ours.append(_errors(text, line.read(line.heard(line.through(sound)))))
                    if (baud, skew, level) == (BAUD_US, 1.0, -20.0):
                        rival = _errors(text, minimodem_reads(line.through(sound)))
        yield _none(
            f"G5 wrong characters, {stop_bits:g} stop bits, worst of {len(ours)} machines "
            "(45.45 and 50 baud, clock -1 to +1 %, 0 to -50 dBFS)",
            max(ours),
            "%",
            rival,
            "minimodem, 45.45 baud, -20 dBFS",
        )


def false_text(size: Size) -> Iterator[Result]:
    """Goal G6: what the agent would read with the panel open already."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench import _tty_sounds as sounds
    from agent_desktop.bench._tty_peers import minimodem_reads

    for name, sound in sounds.all_sounds(size.sounds):
        came = line.through(sound)
        shown = len(line.read(line.heard(came)))
        rival = len(minimodem_reads(came).strip())
        long_s = f"{len(sound) / 8000:.0f} s of {name}"
        yield _none(f"G6 false characters in {long_s}", shown, "characters", rival, "minimodem")


def cpu(size: Size) -> Iterator[Result]:
    """Goal G7."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench import _tty_sounds as sounds
    from agent_desktop.media.baudot import BaudotLeg

    text = line.prose(int(size.cpu_s * 5.2))
    lines = {
        "reading": line.through(line.spoken(text)),
        "waiting, a voice on the line": line.through(sounds.speech(size.cpu_s)),
        "sending": line.quiet(size.cpu_s),
    }
    for name, sound in lines.items():
        leg = BaudotLeg(is_found=name != "waiting, a voice on the line")
        if name == "sending":
            leg.say(text)
        begun = time.process_time()
        for start in range(0, len(sound), 160):
            leg.frame(160)
            leg.hear(sound[start : start + 160])
        took, lasted = time.process_time() - begun, len(sound) / 8000
        yield Result(
            metric=f"G7 CPU of a TTY call, {name}",
            value=1000 * took / lasted,
            unit="ms/s",
            against="real time",
            against_value=1000.0,
            goal="ratio <= 0.01",
            met=took <= 0.01 * lasted,
        )


def echo(size: Size) -> Iterator[Result]:
    """Goal G8."""
    from agent_desktop.bench._tty_call import echoed, overlap_ms

    cases = [echoed(loud, late) for loud in size.echoes_db for late in size.delays_ms]
    where = f"{len(cases)} echoes, -6 to -30 dB, 0 to 800 ms"
    own = sum(case.own for case in cases)
    bare = sum(map(_echo_read_by_receiver, size.echoes_db))
    against = "the bare receiver"
    yield _none(f"G8 own characters shown as the caller's, {where}", own, "characters", bare, against)
    unread = sum(not case.is_read for case in cases)
    yield _none(f"G8 answers of the caller not read whole, {where}", unread, "answers", 0, "the goal")
    longest = max(overlap_ms(after) for after in range(20, 420, 20))
    yield Result(
        metric="G8 longest overlap of both tones, the caller began 20 to 400 ms earlier",
        value=longest,
        unit="ms",
        against="the rule of 300 ms",
        against_value=300.0,
        goal="<= 100",
        met=longest <= 100,
    )


def voice(size: Size) -> Iterator[Result]:
    """Goal G9: a caller who speaks and reads (VCO)."""
    from agent_desktop.bench import _tty_sounds as sounds
    from agent_desktop.bench._tty_call import microphone_in_tones, voice_carried_over

    said = ("GA", "HELLO 5 6", "THANK YOU GA", "E", "MY NUMBER IS 4711 GA", "OK", "12", "YES GA", "SK", "BYE")
    texts = list(islice(cycle(said), size.carriers))
    heard = voice_carried_over(sounds.speech(2.0 * len(texts)), texts)
    yield Result(
        metric=f"G9 voice in the agent's ear after the carrier's end, longest of {len(texts)}",
        value=max(heard.back_ms),
        unit="ms",
        against="the turn's 300 ms",
        against_value=300.0,
        goal="<= 100",
        met=max(heard.back_ms) <= 100,
    )
    yield _none("G9 voice taken for a carrier", 100 * heard.hidden, "%", 0, "the goal")
    leaked = 100 * microphone_in_tones("HELLO 5 6 GA")
    yield _none("G9 sending time with the microphone on the line", leaked, "%", 0, "the goal")


def gateway(size: Size) -> Iterator[Result]:
    """Goal G14."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.bench._tty_call import pasted, read_on_tty
    from agent_desktop.bench._tty_peers import minimodem_reads

    text = line.prose(size.pasted)
    paste = pasted(text)
    told = paste.waiting[0] == len(text) and sorted(paste.waiting, reverse=True) == paste.waiting
    lost = _errors(text, minimodem_reads(line.through(paste.line)))
    yield Result(
        metric=f"G14 wrong characters of {len(text)} pasted ones, read by minimodem, the waiting count told",
        value=lost,
        unit="%",
        against="the same paste sent straight",
        against_value=_errors(text, minimodem_reads(line.through(line.spoken(text)))),
        goal="0, the count falls to 0",
        met=not lost and told and not paste.waiting[-1] and not paste.dropped,
    )
    broken = pasted(text, interrupted_by="wait please ga")
    got = _errors(text, read_on_tty(broken.line))
    yield _none("G14 the same while the TTY types in between, read by us", got, "%", 0, "the goal")


def _echo_read_by_receiver(echo_db: float) -> int:
    """Why the guard is there: a receiver alone reads an echo as it reads a caller."""
    from agent_desktop.bench import _tty_line as line
    from agent_desktop.media.tty_send import LEVEL_DBFS

    sound: Pcm = line.spoken("HELLO 42 GA", level_dbfs=LEVEL_DBFS + echo_db)
    return len(line.read(line.heard(line.through(sound))))


def _errors(meant: str, got: str) -> float:
    from agent_desktop.bench import _tty_line as line

    return line.wrong(line.folded(meant), line.folded(got))


def _none(metric: str, value: float, unit: str, rival: float, against: str = _MINIMODEM) -> Result:
    """A figure whose goal is nothing at all."""
    return Result(
        metric=metric,
        value=value,
        unit=unit,
        against=against,
        against_value=rival,
        goal="0",
        met=value == 0,
    )
