"""What is typed in a call, at the terminal: when it is said, how a reply goes, the objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.text.in_call import Reader, words
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallText, CallTextLine
from tests.client.talks import NOW, on_a_call, told_phone
from tests.text.terminal import Terminal
from tests.text.typists import Caller, objects, typed


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, json_lines=False)
    on_a_call(made.desk)
    made.lines()
    yield made
    made.desk.drafts.close()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, json_lines=True)
    on_a_call(made.desk)
    made.lines()
    yield made
    made.desk.drafts.close()


def test_the_first_letters_say_that_somebody_types(plain: Terminal) -> None:
    Caller(plain.desk).types("H")
    assert plain.lines() == ["Amina Yusuf: The caller types on a TTY."]


def test_letters_are_never_said_one_by_one(plain: Terminal) -> None:
    caller = Caller(plain.desk)
    caller.types("HELLO THE LAMP IS BRO")
    assert plain.lines()[1:] == []
    caller.falls_silent(plain, 0.5)
    assert plain.lines() == []
    caller.falls_silent(plain, 0.6)
    assert plain.lines() == ["Caller: HELLO THE LAMP IS"]
    caller.types("KEN")
    caller.falls_silent(plain, 1.1)
    assert plain.lines() == []
    caller.falls_silent(plain, 2.0)
    assert plain.lines() == ["Caller: BROKEN"]


def test_a_sentence_is_said_when_it_ends_and_a_number_is_no_end(plain: Terminal) -> None:
    caller = Caller(plain.desk, carrier="rtt", turn="")
    caller.types("It costs 3.50. Is that right")
    assert plain.lines()[1:] == ["Caller: It costs 3.50."]
    caller.types("\N{FULLWIDTH QUESTION MARK}")
    assert plain.lines() == ["Caller: Is that right\N{FULLWIDTH QUESTION MARK}"]


def test_the_turn_breaks_in_with_what_was_typed_last(plain: Terminal) -> None:
    plain.session.screen.half = "stat"
    caller = Caller(plain.desk)
    caller.types("HELLO. IT IS BROKEN GA")
    assert plain.lines() == []
    caller.ends(turn="agent")
    assert plain.lines() == ["Your turn. Caller: IT IS BROKEN GA"]
    assert plain.session.screen.held == [
        "Amina Yusuf: The caller types on a TTY.",
        "Caller: HELLO.",
    ]
    caller.turn = "customer"
    caller.tell()
    caller.turn = "agent"
    caller.tell()
    assert plain.lines() == ["Amina Yusuf waits for your turn (GA)."]


def test_ga_gives_the_turn_where_a_gateway_stands_between(plain: Terminal) -> None:
    caller = Caller(plain.desk, carrier="rtt", turn="")
    caller.types("IS IT ON ITS WAY GA")
    caller.ends()
    assert plain.lines()[-1] == "Your turn. Caller: IS IT ON ITS WAY GA"
    caller.types("Viva la saga")
    caller.ends()
    assert plain.lines() == ["Caller: Viva la saga"]


def test_what_was_said_and_is_changed_is_said_again_as_a_whole(plain: Terminal) -> None:
    caller = Caller(plain.desk, carrier="rtt", turn="")
    caller.types("I live in Pris. ")
    assert plain.lines()[1:] == ["Caller: I live in Pris."]
    caller.types("\b" * 5)
    assert plain.lines() == []
    caller.types("aris. ")
    caller.ends()
    assert plain.lines()[-1] == "Caller, corrected: I live in Paris."
    assert "Caller: " not in plain.out.getvalue()


def test_damage_is_said_behind_the_piece(plain: Terminal) -> None:
    caller = Caller(plain.desk)
    caller.text = "ORDER 4X8\N{REPLACEMENT CHARACTER} GA"
    caller.ends(turn="agent", damaged=(7,))
    assert plain.lines()[1:] == [
        "Your turn. Caller: ORDER 4X8\N{REPLACEMENT CHARACTER} GA (1 sign doubtful: X; text lost at 1 place)"
    ]


def test_what_is_not_said_yet_is_said_when_the_call_ends(plain: Terminal) -> None:
    Caller(plain.desk).types("WAIT PLEA")
    plain.lines()
    plain.desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k1", direction="in", state="ended")))
    assert plain.lines()[0] == "Caller: WAIT PLEA"


def test_the_record_of_what_was_heard_is_not_said_again(plain: Terminal) -> None:
    caller = Caller(plain.desk)
    caller.text = "HELLO GA"
    caller.ends(turn="agent")
    plain.lines()
    plain.desk.events(e.ConversationChanged(conversation=m.ConversationModel(id="v1", medium="voice")))
    kept = m.MessageModel(id="m1", interaction="i1", conversation="v1", medium="voice", direction="in",
                          text="HELLO GA", carrier="tty", author_name="Amina Yusuf", at=NOW)  # fmt: skip
    plain.desk.events(e.MessageChanged(message=kept))
    assert plain.lines() == []
    other = m.MessageModel(id="m2", interaction="i9", conversation="v1", medium="voice", direction="in",
                           text="GOOD DAY", carrier="tty", author_name="Lena Brandt", at=NOW)  # fmt: skip
    plain.desk.events(e.MessageChanged(message=other))  # the phone of somebody else heard it
    assert len(plain.lines()) == 1


def test_say_goes_to_the_call_and_its_macros_end_the_turn(plain: Terminal) -> None:
    caller = Caller(plain.desk)
    caller.tell()
    told_phone(plain.desk)
    for line, sent in (
        ("say hello, how may I help /ga", "hello, how may I help GA"),
        ("say thank you /sk", "thank you SK"),
        ("ga", "GA"),
        ("sk", "SK"),
        ("q", "Q"),
        ("hd", "HD"),
    ):
        plain.type(line)
        assert typed(plain.desk) == sent
        plain.desk.answer_all()
        assert plain.lines() == []


def test_a_refusal_of_the_phone_is_the_answer_of_the_verb(plain: Terminal) -> None:
    Caller(plain.desk).tell()
    told_phone(plain.desk)
    assert plain.type("say hello") == []
    request = next(r for r, c in plain.desk.outside.phone if isinstance(c, p.TypeText))
    plain.desk.phone(p.PhoneReply(request=request, ok=False, message="The line is gone."))
    assert plain.lines() == ["say: not done. The line is gone."]


def test_the_verbs_of_the_line_go_to_the_phone(plain: Terminal) -> None:
    Caller(plain.desk).tell(waiting=12)
    told_phone(plain.desk)
    for line, sent in (
        ("tty on", p.SetText(call="k1", mode="text")),
        ("vco", p.SetText(call="k1", mode="vco")),
        ("hco", p.SetText(call="k1", mode="hco")),
        ("tty off", p.SetText(call="k1", mode="off")),
        ("interrupt", p.InterruptText(call="k1")),
    ):
        plain.type(line)
        assert told_phone(plain.desk) == [sent]
        plain.desk.runtime.store.asked.clear()
    assert plain.type("tty maybe") == ["tty: not done. Say on or off."]
    assert plain.type("live maybe") == ["live: not done. Say live on or live off."]


def test_what_was_typed_can_be_read_again(plain: Terminal) -> None:
    caller = Caller(plain.desk)
    caller.text = "HELLO GA"
    caller.ends(turn="agent")
    plain.type("open 1")
    said = plain.type("transcript")
    assert said[0] == "TTY call with Amina Yusuf"
    assert "Caller: HELLO GA" in said
    assert "Your turn" in said


def test_a_program_gets_each_piece_with_the_whole_line(program: Terminal) -> None:
    caller = Caller(program.desk)
    caller.types("HELLO THE")
    assert objects(program, "call_text") == []
    caller.falls_silent(program, 1.0)
    first = objects(program, "call_text")
    assert [(r["text"], r["new"], r["finished"]) for r in first] == [("HELLO THE", "HELLO ", False)]
    caller.types("RE GA")
    caller.turn = "agent"
    caller.tell(caller.line(finished=True, damaged=(1,)))
    said = [json.loads(one) for one in program.lines()]
    text = next(r for r in said if r["type"] == "call_text")
    assert (text["interaction"], text["call"], text["speaker"], text["medium"]) == (
        "i1",
        "k1",
        "caller",
        "tty",
    )
    assert (text["text"], text["finished"], text["damaged"], text["turn"]) == (
        "HELLO THERE GA", True, [1], "you",
    )  # fmt: skip
    assert [r["turn"] for r in said if r["type"] == "turn"][-1] == "you"


def test_a_program_gets_its_own_lines_once_they_have_gone_out(program: Terminal) -> None:
    line = CallTextLine(number=0, speaker="agent", medium="rtt", text="hello", finished=True)
    Caller(program.desk, carrier="rtt", turn="").tell(line)
    assert [(r["speaker"], r["text"]) for r in objects(program, "call_text")] == [("you", "hello")]


LETTERS = st.text(st.sampled_from("ab .?\n\b"), max_size=60)


@given(LETTERS, st.lists(st.sampled_from([0.0, 0.4, 1.1, 3.2]), max_size=60))
def test_whatever_is_typed_is_said_whole_and_once(letters: str, pauses: list[float]) -> None:
    """The pieces of a line put together are the line; a change of what was said says the whole line."""
    reader, now, text, heard = Reader(), 0.0, "", ""
    waits = iter(pauses)

    def hear(pieces: list[Any]) -> None:
        nonlocal heard
        for piece in pieces:
            heard = piece.new if piece.again else heard + piece.new
            assert words(piece)

    for letter in letters:
        text = text[:-1] if letter == "\b" else text + letter
        line = CallTextLine(number=1, speaker="customer", medium="rtt", text=text)
        hear(reader.moved(CallText(call="k", found=True), (line,), now))
        now += next(waits, 0.0)
        hear(reader.due(now))
        due = reader.next_at()
        assert due is None or due > now
    last = CallTextLine(number=1, speaker="customer", medium="rtt", text=text, finished=True)
    hear(reader.moved(CallText(call="k", found=True), (last,), now))
    assert "".join(heard.split()) == "".join(text.split())
    assert reader.next_at() is None


def captioned(terminal: Terminal, text: str, *, finished: bool = True, captions: str = "far") -> None:
    line = CallTextLine(
        number=1_000_001, speaker="customer", medium="caption", text=text, finished=finished, confidence=0.4
    )
    terminal.desk.phone(p.CallTextChanged(text=CallText(call="k1", captions=captions, lines=(line,))))


def ended(terminal: Terminal) -> None:
    terminal.desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k1", direction="in", state="ended",
                                                            interaction="i1")))  # fmt: skip


def test_the_last_words_of_a_call_are_said_once_as_they_were_understood_in_the_end(plain: Terminal) -> None:
    captioned(plain, "Good", finished=False)
    ended(plain)
    assert not any("Good" in line for line in plain.lines())
    captioned(plain, "Good bye.", captions="off")
    assert plain.lines() == ["Caption: Good bye. (the machine is not sure)"]


def test_a_program_is_told_of_which_call_the_last_words_are(program: Terminal) -> None:
    captioned(program, "Good", finished=False)
    ended(program)
    program.lines()
    captioned(program, "Good bye.", captions="off")
    (told,) = objects(program, "call_text")
    assert (told["interaction"], told["text"], told["unsure"], told["kept"]) == (
        "i1",
        "Good bye.",
        True,
        True,
    )


def test_who_reads_captions_that_nobody_keeps_is_told_so_once(plain: Terminal) -> None:
    centre = plain.desk.runtime.store.replica.centre
    plain.desk.events(e.CentreChanged(centre=msgspec.structs.replace(centre, keep_captions=False)))
    plain.lines()
    captioned(plain, "One.")
    captioned(plain, "One.")
    assert plain.lines() == [
        "Amina Yusuf: captions are not kept.", "Caption: One. (the machine is not sure)"
    ]  # fmt: skip
