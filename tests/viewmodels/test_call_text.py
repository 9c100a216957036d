"""Writing in a call: what the agent sees, what goes to the phone, what is said aloud."""

from __future__ import annotations

from typing import Any

from agent_desktop.viewmodels.call_text import CallTextView
from agent_desktop.viewmodels.conversation import ItemKind
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.access import ActOnText
from agent_desktop.wire.calls import CallText, CallTextLine
from tests.client.desks import Desk
from tests.client.talks import NOW, asked, now_so, on_a_call, told_phone

CALLER = "customer"


def line(number: int, text: str, speaker: str = CALLER, **fields: Any) -> CallTextLine:
    plain = {"medium": "tty", "began_at": NOW, "changed_at": NOW, "finished": True}
    return CallTextLine(number=number, speaker=speaker, text=text, **{**plain, **fields})


def texting(desk: Desk, *lines: CallTextLine, **fields: Any) -> None:
    plain = {"carrier": "tty", "found": True, "baud": 45.4545}
    call = next(iter(desk.desktop.runtime.store.phone.calls))
    desk.phone(p.CallTextChanged(text=CallText(call=call, lines=lines, **{**plain, **fields})))


def on_a_text_call(desk: Desk, *lines: CallTextLine, **fields: Any) -> None:
    on_a_call(desk)
    texting(desk, *lines, **fields)
    told_phone(desk)


def shown(desk: Desk) -> CallTextView:
    view = desk.desktop.call_text()
    assert view is not None
    return view


def call_of(desk: Desk) -> str:
    return next(iter(desk.desktop.runtime.store.phone.calls))


def typed(desk: Desk, *texts: str) -> list[str]:
    for text in texts:
        desk.desktop.act("text.typed", call=call_of(desk), text=text)
    return [command.text for command in told_phone(desk) if isinstance(command, p.TypeText)]


def test_a_call_in_which_nobody_types_shows_its_conversation(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.call_text() is None
    texting(desk, carrier="rtt", found=False)
    assert desk.desktop.call_text() is None


def test_three_good_letters_open_the_panel_and_the_card_says_so(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HELLO THIS IS TOM GA"))
    view = shown(desk)
    assert view.title.startswith("TTY call with")
    assert [(item.kind, item.accessible) for item in view.lines] == [
        (ItemKind.IN, "Caller: HELLO THIS IS TOM GA")
    ]
    assert "TTY 45.45" in [badge.text for badge in desk.desktop.topbar().calls[-1].badges]


def test_a_line_that_goes_on_takes_its_own_place_and_an_erased_one_is_gone(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HEL", finished=False), line(2, "HI", speaker="agent"))
    texting(desk, line(1, "HELLO"))
    assert [item.text for item in shown(desk).lines] == ["HELLO", "HI"]
    texting(desk, line(2, ""))
    assert [item.text for item in shown(desk).lines] == ["HELLO"]


def test_damage_is_marked_and_said_in_words(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "ORDER 48\ufffd17", damaged=(7,)), damaged=1)
    item = shown(desk).lines[0]
    assert item.damaged == (7,)
    assert item.accessible == (
        "Caller: ORDER 48\ufffd17 The underlined character was damaged on the line: 8"
        " Text was lost at 1 place."
    )
    assert "1 character doubtful" in shown(desk).subtitle


def test_on_a_tty_words_go_as_they_are_finished_and_the_turn_with_ga(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"), turn="agent")
    before = shown(desk).turn_number
    assert typed(desk, "A", "A N", "A NEW", "A NEW LAMP") == ["A ", "NEW "]
    desk.desktop.act("text.ga", call=call_of(desk))
    assert [one.text for one in told_phone(desk)] == ["LAMP GA"]
    assert shown(desk).turn_number == before + 1
    assert shown(desk).send.action == "text.ga"


def test_real_time_text_goes_letter_by_letter_and_a_line_ends_with_send(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "您好", medium="rtt"), carrier="rtt", baud=0.0)
    assert typed(desk, "H", "Hi", "H") == ["H", "i", "\b"]
    desk.desktop.act("text.say", call=call_of(desk))
    assert [one.text for one in told_phone(desk)] == ["\n"]
    view = shown(desk)
    assert (view.turn, view.macros, view.send.action) == (None, (), "text.say")


def test_say_in_a_call_sends_text_and_its_macro(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"))
    assert not desk.desktop.act("composer.send", text="IT LEAVES TODAY /ga", message="m1")
    assert [one.text for one in told_phone(desk)] == ["IT LEAVES TODAY GA"]


def test_voice_carry_over_is_switched_by_one_key_and_back_by_the_same(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"))
    desk.desktop.act("text.vco")
    assert told_phone(desk) == [p.SetText(call=call_of(desk), mode="vco")]
    texting(desk, mode="vco")
    assert "voice carry-over on" in shown(desk).subtitle
    desk.desktop.act("text.vco")
    assert told_phone(desk) == [p.SetText(call=call_of(desk), mode="text")]


def test_with_real_time_text_voice_needs_no_carry_over(desk: Desk) -> None:
    on_a_text_call(desk, carrier="rtt")
    assert desk.desktop.act("text.vco") == "Voice and text go at once here."


def test_nothing_waits_so_nothing_is_interrupted(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI"))
    assert desk.desktop.act("text.interrupt") == "Nothing waits to be sent."
    texting(desk, waiting=18, waiting_s=3.6)
    assert shown(desk).waiting == "18 characters waiting · 4 s"
    desk.desktop.act("text.interrupt")
    assert told_phone(desk) == [p.InterruptText(call=call_of(desk))]


def test_a_silent_call_is_greeted(desk: Desk) -> None:
    on_a_text_call(desk, found=False)
    desk.desktop.act("text.greet")
    told = told_phone(desk)
    assert told[0] == p.SetText(call=call_of(desk), mode="text")
    assert [one.text for one in told[1:]] == [desk.desktop.runtime.store.replica.centre.text_greeting]
    assert "text.greet" in [button.action for button in shown(desk).buttons]


def test_the_panel_is_closed_by_the_agent_and_opened_again(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI"))
    desk.desktop.act("text.on", value="off")
    assert told_phone(desk) == [p.SetText(call=call_of(desk), mode="off")]
    texting(desk, mode="off")
    assert desk.desktop.call_text() is None
    assert desk.desktop.act("text.on", value="perhaps") == "Say on or off."


def test_a_phone_without_text_says_so(desk: Desk) -> None:
    on_a_call(desk)
    desk.phone(
        p.PhoneSnapshot(
            registration=p.Registration(state="registered"),
            calls=tuple(desk.desktop.runtime.store.phone.calls.values()),
            capabilities=("dial",),
        )
    )
    assert desk.desktop.act("text.on") == "The phone's engine cannot write in calls."


def test_a_finished_line_is_read_out_once_with_the_turn(desk: Desk) -> None:
    on_a_text_call(desk)
    before = desk.said()
    texting(desk, line(1, "WHERE IS IT", finished=False))
    assert desk.said() == before
    texting(desk, line(1, "WHERE IS IT Q GA"), turn="agent")
    assert desk.said() == [*before, "Caller: WHERE IS IT Q GA Your turn."]


def test_what_stood_in_the_field_is_forgotten_with_the_call(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI"))
    typed(desk, "HALF A")
    call = desk.desktop.runtime.store.phone.calls[call_of(desk)]
    ended = p.PhoneCall(id=call.id, direction="in", state="ended", interaction=call.interaction)
    desk.phone(p.PhoneCallChanged(call=ended))
    assert not desk.desktop.workspace.typed
    assert not desk.desktop.runtime.store.phone.texts


def test_a_customer_who_begins_to_type_in_a_call_by_voice_opens_the_text(desk: Desk) -> None:
    on_a_call(desk)
    told_phone(desk)
    now_so(desk, text="tty")
    assert told_phone(desk) == [p.SetText(call="k1", mode="text")]
    now_so(desk, text="tty", notice="Still typing.")
    assert told_phone(desk) == []


def test_where_the_phone_has_text_already_nothing_is_asked(desk: Desk) -> None:
    on_a_call(desk)
    desk.phone(p.CallTextChanged(text=CallText(call="k1", carrier="rtt")))
    told_phone(desk)
    now_so(desk, text="rtt")
    assert told_phone(desk) == []


def on_a_tty_of_the_exchange(desk: Desk, **line_fields: Any) -> None:
    """The agent's phone has letters; the tones are made and read by the exchange."""
    on_a_call(desk)
    texting(desk, line(1, "HI GA", medium="rtt"), carrier="rtt", baud=0.0)
    stands = CallText(call="s1", carrier="tty", found=True, baud=45.4545, **line_fields)
    now_so(desk, text="tty", line=stands)
    told_phone(desk)


def test_where_the_exchange_is_the_modem_the_panel_is_a_ttys(desk: Desk) -> None:
    on_a_tty_of_the_exchange(desk, turn="customer", waiting=18, waiting_s=3.6, damaged=2)
    view = shown(desk)
    assert view.title.startswith("TTY call")
    assert (view.turn.text if view.turn else "", view.waiting) == (
        "The caller's turn",
        "18 characters waiting · 4 s",
    )
    assert [item.text for item in view.lines] == ["HI GA"]
    assert typed(desk, "A NEW", "A NEW LAMP") == ["A ", "NEW "]
    desk.desktop.act("text.ga", call=call_of(desk))
    assert [(one.text, one.ends_turn) for one in told_phone(desk)] == [("LAMP GA", True)]


def test_a_turn_that_has_gone_to_its_last_word_still_ends(desk: Desk) -> None:
    on_a_tty_of_the_exchange(desk)
    assert typed(desk, "YES ") == ["YES "]
    desk.desktop.act("text.say", call=call_of(desk))
    assert [(one.text, one.ends_turn) for one in told_phone(desk)] == [("", True)]


def test_an_interruption_goes_to_whoever_is_the_modem(desk: Desk) -> None:
    on_a_tty_of_the_exchange(desk, waiting=4)
    asked(desk)
    desk.desktop.act("text.interrupt")
    desk.desktop.act("text.fix_shift")
    assert asked(desk) == [
        ActOnText(interaction="i1", act="interrupt"),
        ActOnText(interaction="i1", act="fix_shift"),
    ]
    assert told_phone(desk) == []


def test_what_stands_in_the_field_of_a_call_comes_back_with_it(desk: Desk) -> None:
    """Else the next letter would take back what the caller has read, or send what nobody sees."""
    on_a_text_call(desk, line(1, "HI GA"))
    typed(desk, "A NEW LA")
    assert shown(desk).text == "A NEW LA"
    desk.desktop.act("text.ga")
    assert shown(desk).text == ""


def test_a_key_without_a_call_means_the_call_that_is_looked_at(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"))
    other = p.PhoneCall(id="k9", direction="in", state="up", interaction="i9", up_at=NOW)
    desk.phone(p.PhoneCallChanged(call=other))
    now_so(desk, held=True)
    told_phone(desk)
    desk.desktop.act("text.ga")
    assert {one.call for one in told_phone(desk)} == {call_of(desk)}


def test_a_long_paste_goes_in_pieces_that_the_phone_takes(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "您好", medium="rtt"), carrier="rtt", baud=0.0)
    whole = "word " * 2500
    pieces = typed(desk, whole)
    assert "".join(pieces) == whole
    assert max(map(len, pieces)) == 4000


def test_what_was_typed_before_the_agent_came_stands_first(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"))
    early = [
        m.MessageModel(
            id=f"m{n}", conversation="v1", medium="voice", direction=way, at=NOW - 200 + n, text=text,
            interaction="i1", carrier="tty", author=author, author_name=name,
        )
        for n, (way, text, author, name) in enumerate(
            [("in", "ORDER 4711", "", ""), ("system", "PLEASE WAIT", "", ""),
             ("out", "ONE MOMENT GA", "a8", "Sara"),
             ("note", "between us", "a8", "Sara")]
        )
    ]  # fmt: skip
    desk.events(e.ConversationChanged(conversation=m.ConversationModel(id="v1", medium="voice")))
    desk.events(*(e.MessageChanged(message=one) for one in early))
    assert [item.accessible for item in shown(desk).lines] == [
        "Caller: ORDER 4711",
        "System: PLEASE WAIT",
        "Sara: ONE MOMENT GA",
        "Caller: HI GA",
    ]


def refuse(desk: Desk, *, from_number: int = 0) -> None:
    """The phone takes what was typed up to a number, and refuses the rest."""
    for number, (request, _command) in enumerate(tuple(desk.outside.phone)):
        desk.phone(p.PhoneReply(request=request, ok=number < from_number, code="text_off", message="Off."))
    desk.outside.phone.clear()


def test_a_turn_that_the_phone_refuses_stands_in_the_field_again(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"), turn="agent")
    call = call_of(desk)
    desk.desktop.act("text.typed", call=call, text="IT LEAVES ")
    desk.desktop.act("text.typed", call=call, text="IT LEAVES TODAY")
    desk.desktop.act("text.ga", call=call)
    gone = shown(desk)
    assert gone.text == ""
    refuse(desk, from_number=1)
    back = shown(desk)
    assert (back.text, back.turn_number) == ("IT LEAVES TODAY", gone.turn_number + 1)
    assert "Off." in " ".join(desk.said())
    desk.desktop.act("text.ga", call=call)
    assert [one.text for one in told_phone(desk)] == ["TODAY GA"]


def test_a_letter_that_the_phone_refuses_goes_with_the_next(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI", medium="rtt"), carrier="rtt", baud=0.0)
    desk.desktop.act("text.typed", call=call_of(desk), text="H")
    refuse(desk)
    assert typed(desk, "He") == ["He"]


def test_a_whole_text_that_is_refused_is_told_and_not_kept(desk: Desk) -> None:
    on_a_text_call(desk, line(1, "HI GA"), turn="agent")
    desk.desktop.act("text.say", call=call_of(desk), text="IT LEAVES TODAY")
    refuse(desk)
    assert shown(desk).text == ""
    assert "Off." in " ".join(desk.said())
