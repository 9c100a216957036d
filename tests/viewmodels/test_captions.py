"""Captions as the agent sees them: one act turns them on, lines say what they are, the record gets them."""

from __future__ import annotations

from typing import Any

import pytest

from agent_desktop.client.incoming import LinkReported
from agent_desktop.client.store import Connection
from agent_desktop.text import in_call
from agent_desktop.viewmodels.announcing import text_came
from agent_desktop.viewmodels.call_text import CallTextView, line_words
from agent_desktop.viewmodels.timeline import message_line, timeline
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CARRIED, CARRY, CallText, CallTextLine
from tests.client.desks import Desk
from tests.client.talks import NOW, OTHER, UP, as_supervisor, asked, changed, now_so, on_a_call, told_phone

CALL = "k1"


def line(number: int, text: str, speaker: str = "customer", **fields: Any) -> CallTextLine:
    plain = {"medium": "caption", "began_at": NOW + number, "finished": True, "confidence": 0.9}
    return CallTextLine(number=1_000_000 + number, speaker=speaker, text=text, **{**plain, **fields})


def captions(desk: Desk, *lines: CallTextLine, **fields: Any) -> None:
    text = CallText(call=CALL, lines=lines, **{"captions": "far", **fields})
    desk.phone(p.CallTextChanged(text=text))


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.phone(p.PhoneSnapshot(capabilities=("hold", "dtmf", "text", "captions")))
    on_a_call(desk)
    told_phone(desk)
    asked(desk)
    return desk


def shown(desk: Desk) -> CallTextView:
    view = desk.desktop.call_text()
    assert view is not None
    return view


def test_one_act_turns_captions_on_and_off_and_a_word_asks_for_both_sides(desk: Desk) -> None:
    assert desk.desktop.act("text.captions") == ""
    captions(desk)
    desk.desktop.act("text.captions", value="both")
    desk.desktop.act("text.captions")
    modes = [command.mode for command in told_phone(desk) if isinstance(command, p.SetCaptions)]
    assert modes == ["far", "both", "off"]
    assert desk.desktop.act("text.captions", value="loud") == "Say on, off or both."


def test_the_button_is_on_the_call_where_the_phone_can(desk: Desk) -> None:
    buttons = {button.action: button for button in desk.desktop.topbar().calls[0].buttons}
    assert not buttons["text.captions"].checked
    captions(desk)
    buttons = {button.action: button for button in desk.desktop.topbar().calls[0].buttons}
    assert buttons["text.captions"].checked
    assert "text.captions" in [button.action for button in shown(desk).buttons]


def test_a_phone_without_captions_says_why(desk: Desk) -> None:
    desk.phone(p.PhoneSnapshot(capabilities=("text",), captions_detail="No package.", calls=(), texts=()))
    on_a_call(desk)
    assert desk.desktop.act("text.captions") == "No package."
    assert "text.captions" not in [b.action for b in desk.desktop.topbar().calls[0].buttons]


def test_a_caption_says_what_it_is_and_changes_until_it_stands(desk: Desk) -> None:
    captions(desk, line(1, "My lamb", finished=False))
    (row,) = shown(desk).lines
    assert (row.text, row.author, row.typing) == ("My lamb", "Caller is speaking", True)
    captions(desk, line(1, "My lamp is broken."), line(2, "I am sorry.", "agent"))
    first, second = shown(desk).lines
    assert (first.text, first.author, first.typing) == ("My lamp is broken.", "Caption", False)
    assert "Automatic captions" in first.meta
    assert first.accessible == "Caption: My lamp is broken."
    assert second.author == "Caption, you"
    assert "automatic captions: some words are wrong" in shown(desk).subtitle
    captions(desk, captions="off", captions_detail="The program has stopped.")
    assert desk.desktop.call_text() is None


def test_what_the_machine_is_not_sure_of_is_marked_in_words(desk: Desk) -> None:
    doubtful = line(1, "My lamp.", confidence=0.4)
    captions(desk, doubtful)
    assert shown(desk).lines[0].warnings == ("The machine is not sure of this.",)
    assert line_words(doubtful) == "Caption: My lamp. The machine is not sure of this."
    assert in_call.words(in_call.Piece(CALL, doubtful, "My lamp.")).endswith("(the machine is not sure)")


def test_what_is_typed_and_what_is_said_stand_in_one_row_as_they_came(desk: Desk) -> None:
    typed = {"medium": "rtt", "began_at": NOW + 1.5}
    captions(desk, line(1, "Hello."), line(2, "Who is there?"))
    captions(desk, CallTextLine(number=1, speaker="customer", text="It is me.", finished=True, **typed))
    assert [row.text for row in shown(desk).lines] == ["Hello.", "It is me.", "Who is there?"]


def test_a_caption_is_read_out_when_it_stands_politely_and_gives_no_turn() -> None:
    ends_in_ga = line(1, "We go to GA")
    said = text_came(CallText(call=CALL, turn="agent"), (ends_in_ga,))
    assert said is not None
    assert (said.text, said.assertive, said.sound) == ("Caption: We go to GA", False, "")
    assert text_came(CallText(call=CALL), (line(1, "We go", finished=False),)) is None
    assert not in_call.gives_turn(in_call.Piece(CALL, ends_in_ga, "We go to GA"))


def test_a_line_goes_to_the_record_once_it_stands(desk: Desk) -> None:
    captions(desk, line(1, "My lamp", finished=False))
    assert asked(desk) == []
    captions(desk, line(1, "My lamp is broken."), line(2, ""))
    (kept,) = asked(desk)
    assert kept == KeepCaption(interaction="i1", call=CALL, line=line(1, "My lamp is broken."))


def test_lines_wait_for_a_server_that_is_away(desk: Desk) -> None:
    desk.put(LinkReported("router", Connection("lost", "Nobody answers.")))
    captions(desk, line(1, "One."), line(2, "Two."))
    assert asked(desk) == []
    desk.put(LinkReported("router", Connection("online")))
    assert [command.line.text for command in asked(desk)] == ["One.", "Two."]


def test_the_phone_is_told_at_once_that_card_data_is_given(desk: Desk) -> None:
    now_so(desk, secure=True)
    now_so(desk, secure=True, keys="1")
    now_so(desk, secure=False)
    pauses = [command for command in told_phone(desk) if isinstance(command, p.PauseCaptions)]
    assert pauses == [p.PauseCaptions(call=CALL, on=True), p.PauseCaptions(call=CALL, on=False)]


def test_the_panel_says_that_captions_pause_while_card_data_is_given(desk: Desk) -> None:
    captions(desk)
    now_so(desk, secure=True)
    assert "no captions while card data is given" in shown(desk).subtitle


def test_the_panel_says_that_the_centre_keeps_no_captions(desk: Desk) -> None:
    captions(desk)
    assert "captions are not kept" not in shown(desk).subtitle
    centre = desk.runtime.store.replica.centre
    desk.events(e.CentreChanged(centre=changed(centre, keep_captions=False)))
    assert "automatic captions: some words are wrong · captions are not kept" in shown(desk).subtitle


def test_the_record_says_where_the_machine_was_not_sure(desk: Desk) -> None:
    message = m.MessageModel(
        id="m1", conversation="v1", medium="voice", direction="in", at=NOW - 50, text="My lamp.",
        interaction="i1", carrier="caption", confidence=0.4,
    )  # fmt: skip
    situation = desk.desktop.situation()
    row = message_line(situation, message)
    assert row.warnings == ("The machine is not sure of this.",)
    assert "The machine is not sure of this.: My lamp." in row.accessible
    assert message_line(situation, changed(message, confidence=0.6)).warnings == ()
    assert message_line(situation, changed(message, confidence=0.0)).warnings == ()


def test_the_last_words_of_a_call_go_to_the_record_and_are_read_out(desk: Desk) -> None:
    captions(desk, line(1, "Good", finished=False))
    desk.phone(p.PhoneCallChanged(call=changed(UP, state="ended")))
    desk.refreshes.clear()
    captions(desk, line(1, "Good bye."), captions="off")
    assert asked(desk) == [KeepCaption(interaction="i1", call=CALL, line=line(1, "Good bye."))]
    assert [said.text for one in desk.refreshes for said in one.announcements] == ["Caption: Good bye."]
    assert CALL not in desk.runtime.store.phone.texts


def test_that_the_call_is_shared_in_another_way_goes_to_the_record_and_gives_no_turn(desk: Desk) -> None:
    told = CallTextLine(
        number=2_000_001, speaker="system", medium=CARRY, text=CARRIED["vco"], began_at=NOW, finished=True
    )
    captions(desk, told, carrier="tty", mode="vco", found=True, turn="agent", captions="off")
    assert asked(desk) == [KeepCaption(interaction="i1", call=CALL, line=told)]
    (row,) = shown(desk).lines
    assert row.accessible == "System: Voice carry-over: the caller speaks, you type."
    said = text_came(CallText(call=CALL, turn="agent"), (told,))
    assert said is not None
    assert (said.text, said.sound) == (row.accessible, "")
    assert in_call.words(in_call.Piece(CALL, told, told.text)) == row.accessible
    assert not in_call.gives_turn(in_call.Piece(CALL, told, told.text))


def test_who_supervises_reads_along_what_is_not_kept(desk: Desk) -> None:
    as_supervisor(desk)
    assert OTHER.call is not None

    def hears(*lines: CallTextLine) -> None:
        call = changed(OTHER.call, captions=lines)
        desk.events(e.InteractionChanged(interaction=changed(OTHER, call=call)))

    hears(line(1, "My lamp."))
    desk.refreshes.clear()
    hears(line(1, "My lamp."), line(2, "It is broken.", confidence=0.3), line(3, "I am sorry.", "agent"))
    assert [said.text for one in desk.refreshes for said in one.announcements] == ["D. Okafor: It is broken."]
    watched = desk.runtime.store.replica.interactions[OTHER.id]
    rows = [row for row in timeline(desk.desktop.situation(), watched) if row.typed]
    assert [row.text for row in rows] == ["My lamp.", "It is broken.", "I am sorry."]
    assert rows[1].warnings == ("The machine is not sure of this.",)
    hears()
    watched = desk.runtime.store.replica.interactions[OTHER.id]
    assert not [row for row in timeline(desk.desktop.situation(), watched) if row.typed]


def test_the_settings_of_captions_go_to_the_phone_at_once(desk: Desk) -> None:
    told_phone(desk)
    for name, value in (
        ("captions.engine", "whisper"),
        ("start", "True"),
        ("model", "/m"),
        ("model", "usual"),
    ):
        assert desk.desktop.act("choice.set", name=name, value=value) == ""
    assert told_phone(desk) == [
        p.ChooseCaptions(engine="whisper"),
        p.ChooseCaptions(engine="whisper", start=True),
        p.ChooseCaptions(engine="whisper", start=True, model="/m"),
        p.ChooseCaptions(engine="whisper", start=True),
    ]


def test_the_page_shows_what_holds_and_why_there_are_no_captions_all_the_same(desk: Desk) -> None:
    def row(label: str) -> Any:
        return next(one for one in desk.desktop.settings().ringing.rows if one.label == label)

    def on(label: str) -> list[str]:
        return [option.label for option in row(label).options if option.checked]

    assert (on("Captions of calls"), on("Captions begin")) == (["Off"], ["When asked for"])
    assert on("Model of captions") == ["The usual one: English"]
    desk.desktop.act("choice.set", name="captions.engine", value="whisper")
    desk.desktop.act("choice.set", name="captions.model", value="/m")
    desk.phone(p.CaptionsChanged(able=False, detail="There is no model for captions in /m."))
    assert (on("Captions of calls"), on("Model of captions")) == (["Made on this computer"], ["/m"])
    assert row("Captions of calls").help == "There is no model for captions in /m."
    assert desk.desktop.act("text.captions") == "There is no model for captions in /m."
    desk.phone(p.CaptionsChanged(able=True))
    assert desk.desktop.act("text.captions") == ""
    assert "No sound leaves this computer" in row("Captions of calls").help
