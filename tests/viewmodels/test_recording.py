"""Recording, card data, hearing a recording: what the agent sees, and what is never kept."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent_desktop.client.player import RecordingFetched
from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import RecordingModel
from tests.client.desks import Desk
from tests.client.small_centre import CENTRE, snapshot_of
from tests.client.talks import NOW, TALK, UP, asked, changed, now_so, on_a_call, talk, told_phone

MESSAGE = RecordingModel(id="r1", kind="voicemail", length_s=32.0, transcript="Please call me.")
LEFT = m.InteractionModel(
    id="i4", medium="voice", state="active", agent="a7", queue="support", customer_name="Bo", arrived_at=NOW,
    recordings=(MESSAGE, RecordingModel(id="r2", length_s=267.0, masked_s=12.0)),
)  # fmt: skip


def recorded(desk: Desk, policy: str) -> None:
    queues = tuple(changed(q, recording=policy) if q.id == "support" else q for q in CENTRE.queues)
    desk.events(e.CentreChanged(centre=changed(CENTRE, queues=queues)))


def test_one_key_starts_pauses_and_resumes(desk: Desk) -> None:
    recorded(desk, "on_demand")
    on_a_call(desk)
    for state in ("off", "on", "paused"):
        now_so(desk, recording=state)
        assert desk.desktop.act("call.record") == ""
    assert [x.act for x in asked(desk)] == ["start", "pause", "resume"]


@pytest.mark.parametrize(
    ("policy", "state", "act", "why"),
    [
        ("off", "off", "start", "Calls of this queue are not recorded."),
        ("always", "on", "stop", "Calls of this queue are always recorded; pause it instead."),
        ("on_demand", "off", "pause", "The call is not recorded now."),
        ("on_demand", "on", "start", "The recording runs."),
        ("on_demand", "on", "resume", "The recording runs."),
        ("on_demand", "paused", "pause", "The recording is paused."),
        ("on_demand", "off", "stop", "The call is not recorded now."),
        ("on_demand", "on", "erase", "A recording is started, paused, resumed or stopped."),
    ],
)
def test_what_cannot_be_done_with_a_recording_says_why(
    desk: Desk, policy: str, state: str, act: str, why: str
) -> None:
    recorded(desk, policy)
    on_a_call(desk, talk(recording=state))
    assert desk.desktop.act("call.record", act=act) == why


def test_a_pause_has_a_lasting_mark_with_its_time(desk: Desk) -> None:
    recorded(desk, "on_demand")
    on_a_call(desk, talk(recording="paused", recording_paused_at=NOW - 12))
    view = desk.desktop.topbar().calls[0].recording
    assert view is not None
    assert (view.badge.text, view.badge.spoken) == ("REC paused 0:12", "recording paused for 12 seconds")
    assert view.banner == "Recording is paused for 00:12"
    assert [(b.label, b.reason) for b in view.buttons] == [("Resume recording", ""), ("Stop recording", "")]


def test_card_data_is_masked_as_long_as_its_field_has_the_focus(desk: Desk) -> None:
    page = changed(CENTRE.scripts[0].pages[0], fields=(m.FieldInfo(id="card", label="Card", kind="payment"),))
    script = changed(CENTRE.scripts[0], pages=(page,))
    desk.events(e.CentreChanged(centre=changed(CENTRE, scripts=(script,))))
    on_a_call(desk)
    assert desk.desktop.act("field.focus", field="card", on="yes") == ""
    assert asked(desk) == [c.SetSecure(interaction="i1", on=True, field="card", collect=32)]
    now_so(desk, secure=True, secure_keys=4)
    card = desk.desktop.topbar().calls[0]
    assert card.secure == "Card data: 4 keys ••••"
    assert "Card data" in card.spoken
    # What is typed there is kept nowhere.
    desk.desktop.act("script.field", field="card", value="4111111111111111")
    assert desk.desktop.script("i1").answers == {}
    assert desk.desktop.act("field.focus", field="card", on="no") == ""
    assert asked(desk) == [c.SetSecure(interaction="i1", on=False, field="card")]
    assert desk.desktop.act("field.focus", field="order", on="yes") == ""
    assert asked(desk) == []


def locked(desk: Desk) -> str:
    script = desk.desktop.side().script
    assert script is not None
    return script.fields[0].locked


def test_a_payment_field_takes_nothing_until_the_masking_is_confirmed(desk: Desk) -> None:
    card = m.FieldInfo(id="card", label="Card", kind="payment")
    page = changed(CENTRE.scripts[0].pages[0], fields=(card,))
    support = changed(
        CENTRE.queues[0], dispositions=(m.DispositionInfo(code="x", label="X", fields=(card,)),)
    )
    script = changed(CENTRE.scripts[0], pages=(page,))
    desk.events(e.CentreChanged(centre=changed(CENTRE, scripts=(script,), queues=(support,))))
    on_a_call(desk)
    asked(desk)
    assert "until the recording is masked" in locked(desk)
    desk.put(LinkReported("router", Connection("lost")))
    desk.desktop.act("field.focus", field="card", on="yes")
    assert "Take no card data now" in locked(desk)
    assert asked(desk) == []
    # The server is back and the cursor is still there: the masking is asked for again, once.
    desk.put(LinkReported("router", Connection("online")))
    centre = desk.runtime.store.replica.centre
    desk.events(changed(snapshot_of(desk.truth), interactions=(TALK,), centre=centre))
    assert asked(desk) == [c.SetSecure(interaction="i1", on=True, field="card", collect=32)]
    assert "until the recording is masked" in locked(desk)
    now_so(desk, secure=True)
    assert locked(desk) == ""
    desk.desktop.act("wrapup.code", code="x")
    form = desk.desktop.side().wrapup
    assert form is not None
    assert [f.locked for f in form.fields] == [""]
    desk.put(LinkReported("router", Connection("lost")))
    assert "Take no card data now" in locked(desk)
    # Nothing is recorded any more when the call is over.
    desk.put(LinkReported("router", Connection("online")))
    desk.events(e.InteractionChanged(interaction=changed(TALK, state="wrap_up")))
    assert locked(desk) == ""


def test_while_card_data_is_given_nothing_else_is_done(desk: Desk) -> None:
    recorded(desk, "on_demand")
    on_a_call(desk, talk(secure=True, recording="paused"))
    why = "Card data is being given. End that first."
    assert desk.desktop.act("call.consult", target="sara") == why
    assert desk.desktop.act("call.transfer", target="sara") == why
    assert desk.desktop.act("call.record", act="resume") == why
    assert desk.desktop.act("call.secure", on="perhaps") == "Say secure on, or secure off."
    assert desk.desktop.act("call.secure") == ""
    assert asked(desk) == [c.SetSecure(interaction="i1", on=False)]


def rows(desk: Desk) -> tuple[object, ...]:
    desk.events(e.InteractionChanged(interaction=LEFT))
    desk.desktop.act("inbox.open", id="i4")
    return next(i for i in desk.desktop.conversation().items if i.recordings).recordings


def test_a_voice_message_stands_in_the_timeline_with_its_words(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=LEFT))
    desk.desktop.act("inbox.open", id="i4")
    item = next(i for i in desk.desktop.conversation().items if i.recordings)
    first, second = item.recordings
    assert (first.label, first.transcript) == ("Voice message, 0:32", "Please call me.")
    assert second.label == "Recording, 4:27 · 0:12 masked"
    assert "Voice message, 0:32, Please call me." in item.accessible
    assert first.play.enabled


def test_a_recording_is_fetched_played_and_removed(desk: Desk, tmp_path: Path) -> None:
    rows(desk)
    told_phone(desk)
    assert desk.desktop.act("recording.play", id="i4", recording="r1") == ""
    assert desk.outside.order[-1] == ("fetch", "i4", "r1")
    row = desk.desktop.conversation().items[-1].recordings[0]
    assert (row.playing, row.at, row.play.action) == (True, "Fetching…", "recording.stop")
    file = tmp_path / "r1.ogg"
    file.write_bytes(b"OggS")
    desk.put(RecordingFetched("i4", "r1", str(file)))
    assert told_phone(desk) == [p.PlayFile(path=str(file))]
    desk.phone(p.FilePlayed(path=str(file), at_s=8.0, length_s=32.0))
    row = desk.desktop.conversation().items[-1].recordings[0]
    assert (row.at, row.fraction) == ("0:08 of 0:32", 0.25)
    desk.phone(p.FilePlayed(path=str(file), at_s=32.0, length_s=32.0, over=True))
    assert not file.exists()
    assert not desk.desktop.conversation().items[-1].recordings[0].playing


def test_a_recording_that_is_stopped_is_removed_also_when_it_comes_late(desk: Desk, tmp_path: Path) -> None:
    rows(desk)
    first, late = tmp_path / "a.ogg", tmp_path / "b.ogg"
    first.write_bytes(b"1"), late.write_bytes(b"2")
    desk.desktop.act("recording.play", id="i4", recording="r1")
    desk.put(RecordingFetched("i4", "r1", str(first)))
    told_phone(desk)
    assert desk.desktop.act("recording.stop") == ""
    assert told_phone(desk) == [p.StopFile()]
    assert not first.exists()
    desk.put(RecordingFetched("i4", "r1", str(late)))
    assert not late.exists()
    assert told_phone(desk) == []
    assert desk.desktop.act("recording.stop") == "No recording is being played."


def test_a_recording_that_cannot_be_heard_says_why(desk: Desk) -> None:
    rows(desk)
    desk.desktop.act("recording.play", id="i4", recording="r1")
    desk.put(RecordingFetched("i4", "r1", "", "The recording was erased."))
    assert desk.desktop.notices()[-1].text == "The recording cannot be heard: The recording was erased."
    desk.desktop.act("recording.play", id="i4", recording="r2")
    desk.put(RecordingFetched("i4", "r2", "/nowhere/x.ogg"))
    desk.phone(p.FilePlayed(path="/nowhere/x.ogg", over=True, detail="it cannot be read."))
    assert desk.desktop.notices()[-1].text == "The recording cannot be heard: it cannot be read."


def test_nothing_is_played_into_a_call(desk: Desk) -> None:
    rows(desk)
    on_a_call(desk)
    assert desk.desktop.act("recording.play", id="i4") == "You are on a call; the customer would hear it."
    desk.phone(p.PhoneCallChanged(call=changed(UP, state="ended")))
    assert desk.desktop.act("recording.play", id="i1") == "There is no recording of this."
    assert desk.desktop.act("recording.play", id="i4", recording="9") == "There is no recording 9 of this."


def test_a_customer_is_to_be_called_back(desk: Desk) -> None:
    on_a_call(desk)
    desk.events(e.InteractionChanged(interaction=msgspec.structs.replace(TALK, state="wrap_up")))
    act = desk.desktop.act
    assert act("call.callback") == ""
    assert act("call.callback", text="+49 in 30m mine") == ""
    assert act("call.callback", text="in soon") == "A time is 30m, 2h or 1d."
    assert act("call.callback", text="please").startswith("Say callback, then a number")
    assert asked(desk) == [
        c.AskCallback(interaction="i1"),
        c.AskCallback(interaction="i1", number="+49", at=NOW + 1800, mine=True),
    ]
    item = next(i for i in desk.desktop.conversation().items if i.callback)
    assert item.callback is not None
    assert item.callback.enabled


def test_a_message_of_another_medium_is_heard_and_called_back_too(desk: Desk) -> None:
    medium = m.MediumInfo(id="voicemail", name="Voice message", icon="voice")
    desk.events(e.CentreChanged(centre=changed(CENTRE, media=(*CENTRE.media, medium))))
    desk.events(e.InteractionChanged(interaction=changed(LEFT, medium="voicemail")))
    desk.desktop.act("inbox.open", id="i4")
    item = desk.desktop.conversation().items[-1]
    assert [r.id for r in item.recordings] == ["r1", "r2"]
    assert item.callback is not None
    assert desk.desktop.topbar().calls == ()


def test_a_parked_call_is_taken_from_its_header(desk: Desk) -> None:
    on_a_call(desk)
    desk.desktop.act("inbox.open", id="i1")
    assert [b.action for b in desk.desktop.conversation().buttons] == ["why", "interaction.park"]
    desk.events(e.InteractionChanged(interaction=changed(TALK, state="parked")))
    take = desk.desktop.conversation().buttons[-1]
    asked(desk)
    assert desk.desktop.act(take.action, **dict(take.args)) == ""
    assert asked(desk) == [c.TakeInteraction(interaction="i1")]
