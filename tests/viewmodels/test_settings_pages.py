"""Devices, the phone's page, the self-test, the keypad, and how a call sounds in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_desktop.client.preferences import PreferenceFile
from agent_desktop.client.runtime import LinkReported
from agent_desktop.client.store import CallQuality
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels import calling
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.quality import quality_badge, quality_words
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.small_centre import CENTRE
from tests.client.talks import NOW, UP, asked, changed, now_so, on_a_call, talk, told_phone

TOLD = p.PhoneSnapshot(
    registration=p.Registration(state="registered", extension="6001"),
    devices=(
        p.DeviceInfo(name="Jabra", microphone=True, speaker=True),
        p.DeviceInfo(name="Built-in", microphone=True, speaker=True, default=True),
    ),
    microphone="Jabra",
    speaker="Jabra",
    microphones=("Jabra", "Old headset"),
    speakers=("Jabra",),
    headset=p.HeadsetInfo(name="Jabra Evolve2", connected=True),
    capabilities=("hold", "dtmf", "second_call", "tls"),
)


def press(desk: Desk, button: Button) -> str:
    return desk.desktop.act(button.action, **dict(button.args))


def test_devices_stand_in_their_order_and_say_whether_they_are_here(desk: Desk) -> None:
    desk.phone(TOLD)
    page = desk.desktop.settings().devices
    microphone, speaker, ring = page.lists
    assert [(r.name, r.state.text, r.use.checked) for r in microphone.rows] == [
        ("Jabra", "in use", True), ("Old headset", "not here", True), ("Built-in", "the system's own", False),
    ]  # fmt: skip
    first, second, third = microphone.rows
    assert first.up.reason == "It is the first already."
    assert second.down.reason == "It is the last already."
    assert third.up.reason == "It is not in the list. Add it first."
    assert [r.name for r in speaker.rows] == ["Jabra", "Built-in"]
    assert ring.kind == "ring"
    assert page.headset.text == "Jabra Evolve2"
    assert "swaps two" in page.headset_detail


@pytest.mark.parametrize("name", ["silent", "file:in.wav:out.wav", "said.wav"])
def test_what_is_in_use_without_a_card_is_shown_in_use(desk: Desk, name: str) -> None:
    wanted = {"microphones": (name, "Jabra"), "speakers": (), "rings": (name,)}
    desk.phone(changed(TOLD, devices=(), microphone=name, speaker=name, **wanted))
    microphone, speaker, ring = desk.desktop.settings().devices.lists
    rows = [(r.name, r.state.text, r.use.checked) for one in (microphone, speaker, ring) for r in one.rows]
    assert rows == [
        (name, "in use", True), ("Jabra", "not here", True), (name, "in use", False), (name, "in use", True),
    ]  # fmt: skip
    told_phone(desk)
    assert press(desk, speaker.rows[0].use) == ""  # what is open can be wanted from now on
    assert told_phone(desk)[0].speakers == (name,)


def test_silence_that_is_not_in_use_is_here_all_the_same(desk: Desk) -> None:
    desk.phone(changed(TOLD, microphones=("Jabra", "silent")))
    rows = desk.desktop.settings().devices.lists[0].rows
    assert [(r.name, r.state.text) for r in rows][:2] == [("Jabra", "in use"), ("silent", "here")]


def test_a_device_is_moved_added_and_taken_away(desk: Desk) -> None:
    desk.phone(TOLD)
    told_phone(desk)
    microphone = desk.desktop.settings().devices.lists[0]
    assert press(desk, microphone.rows[1].up) == ""
    assert press(desk, microphone.rows[2].use) == ""
    assert press(desk, microphone.rows[0].use) == ""
    assert [x.microphones for x in told_phone(desk)] == [
        ("Old headset", "Jabra"), ("Jabra", "Old headset", "Built-in"), ("Old headset",),
    ]  # fmt: skip
    assert desk.desktop.act("device.first", kind="mic", name="built") == ""
    assert desk.desktop.act("device.first", kind="speaker", name="Jabra off") == ""
    one, two = told_phone(desk)
    assert (one.microphones, one.speakers) == (("Built-in", "Jabra", "Old headset"), ("Jabra",))
    assert two.speakers == ()
    assert desk.desktop.act("device.first", kind="nose", name="x").startswith("There is no nose.")
    assert desk.desktop.act("device.first", kind="ring", name="x").startswith("There is no device x.")


def test_the_sound_is_switched_and_its_levels_set(desk: Desk) -> None:
    desk.phone(TOLD)
    told_phone(desk)
    page = desk.desktop.settings().devices
    assert press(desk, page.switches[0]) == ""
    assert desk.desktop.act("sound.ring", value="-20") == ""
    assert desk.desktop.act("sound.set", name="waiting", value="-40") == ""
    assert desk.desktop.act("sound.waiting_level", value="-35") == ""
    assert told_phone(desk) == [
        p.SetSound(echo=False), p.SetSound(echo=False, ring_db=-20.0),
        p.SetSound(echo=False, ring_db=-20.0, waiting_db=-40.0),
        p.SetSound(echo=False, ring_db=-20.0, waiting_db=-35.0),
    ]  # fmt: skip
    assert desk.desktop.act("sound.ring", value="loud") == "A level is between -60 and 0 dB."
    assert desk.desktop.act("sound.set", name="echo", value="maybe") == "Say on or off."
    desk.put(LinkReported("phone", Connection("lost")))
    assert desk.desktop.act("sound.set", name="echo").startswith("The phone is not running.")


def test_the_ring_is_tried_for_a_moment(desk: Desk) -> None:
    desk.phone(TOLD)
    told_phone(desk)
    assert press(desk, desk.desktop.settings().devices.test) == ""
    assert told_phone(desk) == [p.SetRinging(on=True, kind="voice")]
    desk.now += 4
    desk.put()
    assert told_phone(desk) == [p.SetRinging(on=False, kind="voice")]


def test_what_was_chosen_is_told_to_the_next_phone(tmp_path: Path) -> None:
    file = PreferenceFile(tmp_path / "folder" / "devices.json")
    assert file.keep(p.SelectDevices(microphones=("Jabra",))) == ""
    assert file.keep(p.SetSound(ring_db=-3.0)) == ""
    assert file.keep(p.Answer(call="k")) == ""
    again = PreferenceFile(tmp_path / "folder" / "devices.json")
    assert again.chosen.commands() == (p.SelectDevices(microphones=("Jabra",)), p.SetSound(ring_db=-3.0))
    (tmp_path / "folder" / "devices.json").write_text("{half")
    assert PreferenceFile(tmp_path / "folder" / "devices.json").chosen.commands() == ()
    (tmp_path / "x").write_text("a file, no folder")
    assert PreferenceFile(tmp_path / "x" / "devices.json").keep(p.SetSound(ring_db=-3.0))


def test_a_phone_that_comes_back_is_given_devices_and_sound_again(desk: Desk) -> None:
    desk.phone(TOLD)
    desk.desktop.act("device.first", kind="speaker", name="Built-in")
    desk.put(LinkReported("phone", Connection("lost")))
    told_phone(desk)
    desk.put(LinkReported("phone", Connection("online")))
    assert [type(x).__name__ for x in told_phone(desk)] == ["SelectDevices", "SetAccount"]


def test_the_phones_page_says_what_its_engine_cannot_do(desk: Desk) -> None:
    desk.phone(changed(TOLD, engine="pyvoip", capabilities=("dtmf_receive",)))
    page = desk.desktop.settings().phone
    assert page.engine == "pyvoip"
    assert len(page.cannot) == 4
    assert ("Extension", "6001") in page.facts
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k2", direction="in", state="up", remote="6002")))
    assert desk.desktop.act("call.hold", call="k2") == "The phone's engine cannot hold calls."
    assert desk.desktop.act("call.dtmf", call="k2", digits="1") == "The phone's engine cannot press keys."


def test_a_lost_registration_is_said_in_words(desk: Desk) -> None:
    failed = p.Registration(state="failed", detail="The exchange does not answer. It is tried again.")
    desk.phone(p.RegistrationChanged(registration=failed))
    assert desk.desktop.settings().phone.detail == (
        "The phone is not registered: The exchange does not answer. It is tried again."
    )
    assert desk.desktop.notices()[-1].tone is Tone.DANGER


def checks(*states: str) -> tuple[p.SelfCheck, ...]:
    ids = ("microphone", "speaker", "registration")
    return tuple(p.SelfCheck(id=i, state=s) for i, s in zip(ids, states, strict=False))


def test_the_self_test_runs_is_told_and_gates_ready(desk: Desk) -> None:
    desk.events(e.CentreChanged(centre=changed(CENTRE, self_test="required")))
    assert desk.desktop.act("agent.ready") == "Pass the self-test first: Settings, Before the shift."
    told_phone(desk), asked(desk)
    page = desk.desktop.settings().self_test
    assert (page.required, page.badge.text, len(page.rows)) == (True, "not yet", 7)
    assert press(desk, page.run) == ""
    assert told_phone(desk) == [p.RunSelfTest()]
    desk.phone(p.SelfTestChanged(checks=(
        p.SelfCheck(id="microphone", state="running", value=-22.0, unit="dB"), *checks("", "waiting")[1:],
    )))  # fmt: skip
    page = desk.desktop.settings().self_test
    assert (page.rows[0].running, page.rows[0].level_db, page.badge.text) == (True, -22.0, "testing")
    assert page.run.reason == "The self-test runs already."
    assert page.cancel.enabled
    desk.phone(p.SelfTestChanged(checks=checks("ok", "failed", "ok"), over=True))
    assert asked(desk) == [c.ReportSelfTest(passed=("microphone", "registration"), failed=("speaker",))]
    assert desk.desktop.settings().self_test.verdict == "1 check failed: mend it, then test again."
    desk.phone(p.SelfTestChanged(checks=checks("ok", "warning", "ok"), over=True))
    assert asked(desk) == [c.ReportSelfTest(passed=("microphone", "speaker", "registration"))]
    assert desk.desktop.settings().self_test.verdict == "You can work; something could be better."
    desk.events(e.AgentChanged(agent=changed(desk.truth.me, tested_at=NOW)))
    assert desk.desktop.act("agent.ready") == ""


def test_a_self_test_that_was_stopped_is_not_told(desk: Desk) -> None:
    desk.phone(p.SelfTestChanged(checks=checks("ok", "running", "waiting")))
    assert desk.desktop.act("selftest.cancel") == ""
    asked(desk)
    desk.phone(p.SelfTestChanged(checks=checks("ok", "waiting", "waiting"), over=True))
    assert asked(desk) == []
    assert desk.desktop.act("selftest.cancel") == "No self-test runs."
    on_a_call(desk)
    assert desk.desktop.act("selftest.run") == "The self-test needs the phone: end the call first."


def test_a_required_self_test_opens_its_page_once(tmp_path: Path) -> None:
    from tests.client.small_centre import small_centre

    truth = small_centre()
    truth.centre = changed(truth.centre, self_test="required")
    desk = Desk(tmp_path, truth=truth)
    try:
        assert (desk.desktop.workspace.place, desk.desktop.settings().page) == ("settings", "selftest")
        assert desk.desktop.notices()[-1].button is not None
    finally:
        desk.drafts.close()


def test_a_page_of_the_settings_is_chosen(desk: Desk) -> None:
    assert desk.desktop.act("settings.page", page="phone") == ""
    view = desk.desktop.settings()
    assert view.page == "phone"
    assert [b.checked for b in view.pages] == [b.args == (("page", "phone"),) for b in view.pages]
    assert desk.desktop.act("settings.page", page="nowhere") == "There is no such page."
    assert desk.desktop.act("go.place", place="reports") == "This place comes with a later version."


def test_the_keypad_presses_in_a_call_and_dials_without_one(desk: Desk) -> None:
    assert desk.desktop.act("call.dtmf") == ""
    pad = desk.desktop.keypad()
    assert pad is not None
    assert (pad.in_call, pad.dial.reason) == (False, "Type a number first.")
    assert [b.label for b in pad.queues] == ["My own number", "Support", "Billing"]
    desk.desktop.act("keypad.type", text="+4930123")
    desk.desktop.act("keypad.queue", id="billing")
    pad = desk.desktop.keypad()
    assert pad is not None
    assert press(desk, pad.dial) == ""
    assert asked(desk) == [c.DialNumber(number="+4930123", queue="billing")]
    on_a_call(desk)
    desk.desktop.act("call.dtmf", digits="12")
    desk.desktop.act("call.dtmf", digits="#")
    pad = desk.desktop.keypad()
    assert pad is not None
    assert (pad.in_call, pad.entered) == (True, "12#")
    now_so(desk, secure=True)
    pad = desk.desktop.keypad()
    assert pad is not None
    assert pad.entered == "•••"
    desk.phone(p.PhoneCallChanged(call=changed(UP, state="ended")))
    typed = desk.desktop.workspace.keypad
    assert typed is not None
    assert typed.pressed == ()
    desk.desktop.act("keypad.close")
    assert desk.desktop.keypad() is None


def test_a_clicked_link_waits_in_the_keypad_and_never_dials(desk: Desk) -> None:
    desk.desktop.link = "tel:+49-30-1234;ext=5"
    calling.open_link(desk.desktop)
    pad = desk.desktop.keypad()
    assert pad is not None
    assert pad.entered == "+49301234"
    assert asked(desk) == []
    desk.desktop.link = "tel:javascript alert"
    calling.open_link(desk.desktop)
    assert desk.desktop.notices()[-1].text.startswith("The number tel:javascript alert was not taken:")


@pytest.mark.parametrize(
    ("measured", "badge", "said"),
    [
        (CallQuality(), None, ""),
        (CallQuality(mos=4.2, sent_mos=4.1), "Good", ""),
        (CallQuality(mos=3.4, loss_percent=4.0), "Fair", "You hear gaps: 4 % is lost."),
        (CallQuality(mos=4.2, sent_mos=2.1, sent_loss_percent=9.0), "Poor",
         "They hear you badly: 9 % is lost."),
        (CallQuality(mos=4.0, sent_mos=2.9), "Poor", "They hear you badly."),
        (CallQuality(mos=3.8, jitter_ms=60, delay_ms=400), "Good",
         "The sound comes unevenly: 60 ms. The sound is late: 400 ms."),
        (CallQuality(mos=4.2, text_flooded=9), "Good", "Some of what the other side typed is missing."),
        (CallQuality(mos=4.2, text_dropped=9), "Good",
         "Some of what you typed was not sent: too much of it waited."),
    ],
)  # fmt: skip
def test_how_a_call_sounds_is_said_in_words(measured: CallQuality, badge: str | None, said: str) -> None:
    shown = quality_badge(measured)
    assert (shown.text if shown is not None else None) == badge
    assert quality_words(measured) == said


def test_the_card_shows_quality_and_the_lock(desk: Desk) -> None:
    on_a_call(desk, call=changed(UP, encrypted=True, codec="opus"))
    desk.phone(
        p.QualityMeasured(
            call="k1", mos=3.3, sent_mos=4.0, loss_percent=3.0, codec="opus", text_lost=1, text_dropped=2
        )
    )
    kept = desk.runtime.store.phone.quality["k1"]
    assert (kept.text_lost, kept.text_flooded, kept.text_dropped) == (1, 0, 2)
    card = desk.desktop.topbar().calls[0]
    assert card.quality is not None
    assert card.encrypted is not None
    assert (card.quality.text, card.quality_words) == (
        "Fair",
        (
            "You hear gaps: 3 % is lost. Some of what the other side typed is missing. "
            "Some of what you typed was not sent: too much of it waited."
        ),
    )
    assert card.encrypted.spoken == "The sound is encrypted on its way (SRTP)."
    assert "You hear gaps" in card.spoken
    facts = dict(desk.desktop.settings().phone.facts)
    assert facts["MOS"] == "3.3"


OFFER = m.OfferModel(
    id="o1", interaction="i9", agent="a7", medium="chat", expires_at=NOW + 20, offered_at=NOW
)


def ended_by_withdrawal(desk: Desk) -> None:
    desk.events(e.OfferWithdrawn(offer="o1", interaction="i9", why="abandoned"))


def ended_by_time(desk: Desk) -> None:
    desk.now += 21
    desk.put()


def ended_by_accepting(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=m.InteractionModel(id="i9", medium="chat", state="offered")))
    assert desk.desktop.act("offer.accept") == ""
    desk.put()


def ended_by_declining(desk: Desk) -> None:
    assert desk.desktop.act("offer.decline") == ""
    desk.put()


@pytest.mark.parametrize("end", [ended_by_withdrawal, ended_by_time, ended_by_accepting, ended_by_declining])
def test_the_phone_rings_from_the_first_offer_until_whatever_ends_it(
    desk: Desk, end: Callable[[Desk], None]
) -> None:
    told_phone(desk)
    desk.events(e.OfferMade(offer=OFFER))
    assert told_phone(desk) == [p.SetRinging(on=True, kind="chat")]
    end(desk)
    assert told_phone(desk) == [p.SetRinging(on=False, kind="chat")]
    assert desk.desktop.topbar().phone_rings


def test_an_offer_that_is_taken_by_itself_does_not_ring(desk: Desk) -> None:
    told_phone(desk)
    desk.events(
        e.InteractionChanged(interaction=m.InteractionModel(id="i9", medium="voice", state="offered"))
    )
    desk.events(e.OfferMade(offer=changed(OFFER, medium="voice", auto_accept=True)))
    assert told_phone(desk) == [p.Expect(interaction="i9")]
    assert asked(desk) == []  # the router accepts it


def test_the_headset_answers_ends_and_swaps(desk: Desk) -> None:
    desk.events(
        e.InteractionChanged(interaction=m.InteractionModel(id="i9", medium="voice", state="offered"))
    )
    desk.events(e.OfferMade(offer=changed(OFFER, medium="voice")))
    asked(desk)
    desk.phone(p.HeadsetPressed(act="answer"))
    assert asked(desk) == [c.AcceptOffer(offer="o1")]
    desk.events(e.OfferWithdrawn(offer="o1", interaction="i9", why="accepted"))
    on_a_call(desk, talk(held=True))
    second = talk().__class__(id="i2", medium="voice", state="active", agent="a7", accepted_at=NOW)
    desk.events(e.InteractionChanged(interaction=second))
    asked(desk)
    desk.phone(p.HeadsetPressed(act="swap"))
    assert asked(desk) == [c.HoldInteraction(interaction="i2"), c.ResumeInteraction(interaction="i1")]
    desk.phone(p.HeadsetPressed(act="end", call="k1"))
    assert asked(desk) == [c.EndInteraction(interaction="i1")]
    desk.phone(p.HeadsetPressed(act="dance"))
    assert asked(desk) == []


def test_a_swap_key_takes_the_call_that_rings(desk: Desk) -> None:
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k9", direction="in", state="ringing", remote="6009")))
    told_phone(desk)
    desk.phone(p.HeadsetPressed(act="swap"))
    assert told_phone(desk) == [p.Answer(call="k9")]
