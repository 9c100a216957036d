from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.call import SUPERVISOR
from agent_desktop.domain.conversation import IN, NOTE, OUT, SYSTEM
from agent_desktop.errors import StorageError
from agent_desktop.server import typed
from agent_desktop.server.storage import personal
from agent_desktop.wire import commands, inbox
from agent_desktop.wire import switch as wire
from tests.server.failing import failing
from tests.server.floor import ANA, SUE, Floor, Mirror
from tests.server.talking import Talk, talk
from tests.server.typing_call import kept, said, tell


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


@pytest.fixture
async def call(floor: Floor) -> Talk:
    await floor.sign_in(SUE, ready=False)
    return await talk(floor)


async def test_a_line_of_each_side_is_a_message_with_its_speaker_and_carrier(call: Talk) -> None:
    await tell(
        call.floor,
        said("WHERE IS MY LAMP GA", damaged=(3, 99)),
        said("ON ITS WAY GA", leg="la", speaker="agent"),
        said("PLEASE WAIT", 2, leg="switch", speaker="system"),
    )
    rows = kept(call.floor)
    assert [(m.direction, m.text, m.author_name) for m in rows] == [
        (IN, "WHERE IS MY LAMP GA", call.now.customer_name),
        (OUT, "ON ITS WAY GA", "Ana"),
        (SYSTEM, "PLEASE WAIT", ""),
    ]
    assert [m.carrier for m in rows] == ["tty"] * 3
    assert rows[0].damaged == (3,)
    assert rows[1].author == ANA
    assert {m.interaction for m in rows} == {call.interaction}
    assert call.now.last_line == "WHERE IS MY LAMP GA"


async def test_a_line_that_is_told_again_is_kept_once_also_after_a_restart(call: Talk) -> None:
    line = said("HELLO GA")
    await tell(call.floor, line, line)
    await call.floor.restart()
    await tell(call.floor, line, said("HELLO GA", 2))
    assert [m.text for m in kept(call.floor)] == ["HELLO GA", "HELLO GA"]


async def test_lines_of_a_snapshot_are_kept_though_their_call_is_over(call: Talk) -> None:
    floor = call.floor
    await floor.stop()
    floor._open()
    await floor.start()
    await tell(floor, wire.SwitchSnapshot(said=(said("BYE SK", 7),), configured=True))
    assert [m.text for m in kept(floor)] == ["BYE SK"]
    assert call.now.state == "wrap_up"


async def test_lines_that_come_before_their_call_is_known_are_kept_when_it_is(floor: Floor) -> None:
    await tell(floor, said("HELLO", call="c9"), said("TWO", 2, call="c9"))
    await floor.call("c9")
    assert [m.text for m in kept(floor, "c9")] == ["HELLO", "TWO"]


async def test_a_line_that_is_finished_after_the_form_is_done_reopens_nothing(call: Talk) -> None:
    floor, key = call.floor, call.interaction
    await call.tell(text="tty")
    await floor.do(ANA, commands.EndInteraction(interaction=key))
    thread_key = call.now.conversation
    assert (await floor.do(ANA, commands.WrapUp(interaction=key, code="solved"))).ok
    assert (await floor.do(SUE, inbox.ResolveConversation(conversation=thread_key))).ok
    await tell(floor, said("BYE SKSK"))
    (row,) = kept(floor)
    thread = floor.store.conversation(row.conversation)
    assert thread is not None
    assert (row.text, thread.state, thread.unread) == ("BYE SKSK", "resolved", 0)


async def test_a_commit_that_fails_leaves_the_line_to_be_told_again(call: Talk) -> None:
    line = said("HELLO")
    failing(call.floor)
    call.floor.exchange.on_event(line)
    with pytest.raises(StorageError):
        await call.floor.hub.run(lambda _step: None)
    await call.floor.settle()
    assert kept(call.floor) == []
    await tell(call.floor, line)
    assert [m.text for m in kept(call.floor)] == ["HELLO"]


async def test_while_card_data_is_given_only_the_exchanges_own_line_is_kept(call: Talk) -> None:
    await call.tell(secure=True)
    await tell(
        call.floor,
        said("4111 1111 1111 1111"),
        said("GOT IT", leg="la", speaker="agent"),
        said("What is typed now is not kept.", leg="switch", speaker="system"),
    )
    await call.tell()
    await tell(call.floor, said("THANKS", 2))
    assert [m.text for m in kept(call.floor)] == ["What is typed now is not kept.", "THANKS"]


@pytest.mark.parametrize(("mode", "direction"), [("whisper", NOTE), ("barge", OUT)])
async def test_a_whisper_is_a_note_and_a_barge_is_read_by_all(call: Talk, mode: str, direction: str) -> None:
    call.legs.append(wire.SwitchLeg(id="s1", kind=SUPERVISOR, state="up", extension="103", mode=mode))
    await call.tell()
    await tell(call.floor, said("offer a refund", leg="s1", speaker="agent"))
    (row,) = kept(call.floor)
    assert (row.direction, row.author, row.author_name) == (direction, SUE, "Sue")


async def test_what_is_typed_to_a_consulted_colleague_is_a_note(call: Talk) -> None:
    await call.guest("ben", leg="g1")
    await tell(
        call.floor,
        said("can she have a refund?", leg="la", speaker="agent"),
        said("yes", leg="g1", speaker="agent"),
    )
    assert [(m.direction, m.author_name) for m in kept(call.floor)] == [(NOTE, "Ana"), (NOTE, "Ben")]


async def test_a_guest_from_outside_is_named_by_the_number(call: Talk) -> None:
    await call.guest(number="+4930", leg="g1")
    call.with_whom = "all"
    await call.tell()
    await tell(call.floor, said("hello all", leg="g1", speaker="agent"))
    (row,) = kept(call.floor)
    assert (row.direction, row.author, row.author_name) == (OUT, "", "+4930")


async def test_the_agent_and_a_supervisor_who_listens_read_along_at_once(call: Talk) -> None:
    floor = call.floor
    await floor.do(SUE, commands.Supervise(agent="ana", mode="listen"))
    call.legs.append(wire.SwitchLeg(id="s1", kind=SUPERVISOR, state="up", extension="103", mode="listen"))
    await call.tell()
    ana, sue = Mirror(floor, ANA), Mirror(floor, SUE)
    ana.connect()
    sue.connect()
    await tell(floor, said("HELLO GA"))
    for mirror in (ana, sue):
        mirror.catch_up()
        texts = [(m.text, m.carrier) for m in mirror.replica.messages[call.now.conversation]]
        assert ("HELLO GA", "tty") in texts
        assert mirror.differences() == []


async def test_lines_are_bounded_in_length_and_in_number(call: Talk) -> None:
    await tell(call.floor, said("A\x00B\x1b" + "X" * 5000))
    await tell(call.floor, *[said("SPAM", number) for number in range(2, 400)])
    rows = kept(call.floor)
    assert rows[0].text == "A B " + "X" * 1996
    assert len(rows) == typed.LINES_AT_ONCE + 1
    assert (rows[-1].direction, rows[-1].text) == (SYSTEM, typed.TOO_MUCH)
    await call.floor.wait(10)
    await tell(call.floor, said("AGAIN", 500))
    assert kept(call.floor)[-1].text == "AGAIN"


async def test_a_line_is_found_by_its_words_and_is_in_the_customers_export(call: Talk) -> None:
    floor = call.floor
    created = await floor.do(
        ANA, commands.CreateCustomer(customer="k1", name="Amina", interaction=call.interaction)
    )
    assert created.ok
    await tell(floor, said("THE XYLOPHONE IS BROKEN GA"))
    found = await floor.do(SUE, commands.SearchEverything(text="xylophone"))
    assert found.ok
    assert "XYLOPHONE" in str(found.result)
    timeline = await floor.do(ANA, commands.FetchTimeline(conversation=call.now.conversation))
    assert "XYLOPHONE" in str(timeline.result)
    with personal.opened(floor.path, read_only=True) as connection:
        document = personal.document(connection, personal.find(connection, "k1"))
    (row,) = [one for one in document["messages"] if "XYLOPHONE" in str(one)]
    assert "tty" in str(row)


async def test_every_carrier_of_the_call_is_in_its_model(call: Talk) -> None:
    await call.tell(text="rtt")
    model = next(i for i in call.floor.board.snapshot(ANA).interactions if i.id == call.interaction)
    assert model.call is not None
    assert model.call.text == "rtt"


async def test_lines_of_one_moment_keep_their_order(call: Talk) -> None:
    words = [f"line {number}" for number in range(1, 30)]
    await tell(call.floor, *[said(text, number) for number, text in enumerate(words, 1)])
    assert [m.text for m in kept(call.floor)] == words


async def test_the_switch_says_for_whom_a_line_was_typed_however_late_it_comes(call: Talk) -> None:
    await call.tell(secure=True)
    await tell(
        call.floor,
        said("BEFORE THE CARD", audience="customer"),
        said("he is in debt", 2, leg="la", speaker="agent", audience="centre"),
    )
    await call.tell()
    await call.guest("ben", leg="g1")  # a consult began meanwhile
    await tell(call.floor, said("ON ITS WAY", 3, leg="la", speaker="agent", audience="customer"))
    assert [(m.direction, m.text) for m in kept(call.floor)] == [
        (IN, "BEFORE THE CARD"),
        (NOTE, "he is in debt"),
        (OUT, "ON ITS WAY"),
    ]
