"""Before the shift: the self-test of headset, phone and line as a list that says what to do (U-20)."""

from __future__ import annotations

from agent_desktop.client.actions_sound import NEEDS_ACCOUNT
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.viewmodels.settings import CheckRow, SelfTestView
from agent_desktop.viewmodels.signin import Check
from agent_desktop.viewmodels.words import clock
from agent_desktop.wire.phone import SelfCheck

IDS = ("microphone", "speaker", "echo", "registration", "call", "connection", "clock")
DEVICES = IDS[:3]


def self_test_view(s: Situation) -> SelfTestView:
    """The page at this moment."""
    told = {check.id: check for check in s.store.phone.told.checks}
    ids = tuple(told) or IDS
    if not s.signed_in:
        ids = (*(name for name in tuple(told) or DEVICES if name not in NEEDS_ACCOUNT), *NEEDS_ACCOUNT)
    rows = tuple(
        check_row(told.get(name, SelfCheck(id=name, state="")))
        if s.signed_in or name not in NEEDS_ACCOUNT
        else CheckRow(name, labels()[name], _later(), "", running=False)
        for name in ids
    )
    verdict, badge = verdict_of(s)
    return SelfTestView(
        title=_("Before the shift"),
        rows=rows,
        verdict=verdict,
        badge=badge,
        run=button("selftest.run", s, label=_("Test again") if told else _("Test now"), tone=Tone.ACCENT),
        cancel=button("selftest.cancel", s),
        required=s.store.replica.centre.self_test == "required",
    )


def _later() -> Badge:
    return Badge(_("after sign-in"), Tone.MUTED)


def labels() -> dict[str, str]:
    """The checks by name."""
    return {
        "microphone": _("Microphone"),
        "speaker": _("Earpiece"),
        "echo": _("Echo"),
        "registration": _("Phone"),
        "call": _("Test call"),
        "connection": _("Connection"),
        "clock": _("Clock"),
    }


def check_row(check: SelfCheck) -> CheckRow:
    """One line; while the microphone is tested its level is live."""
    running = check.state == "running"
    level = check.value if running and check.unit in {"dB", "dBFS", ""} and check.value else -96.0
    return CheckRow(
        id=check.id,
        label=labels().get(check.id, check.id),
        badge=check_badge(check),
        words=check.words or (_("Speak a sentence now.") if running and check.id == "microphone" else ""),
        running=running,
        level_db=level,
    )


def check_badge(check: SelfCheck) -> Badge:
    """How a check stands."""
    match check.state:
        case "ok":
            return Badge(_("good"), Tone.OK)
        case "warning":
            return Badge(_("can be better"), Tone.WARNING)
        case "failed":
            return Badge(_("failed"), Tone.DANGER)
        case "running":
            return Badge(_("testing"), Tone.ACCENT)
        case "waiting":
            return Badge(_("waiting"), Tone.MUTED)
        case _:
            return Badge(_("not yet"), Tone.WARNING)


def verdict_of(s: Situation) -> tuple[str, Badge]:
    """The sentence on top, and its mark."""
    checks, me = s.store.phone.told.checks, s.store.replica.me
    required = s.store.replica.centre.self_test == "required"
    if s.store.phone.testing:
        return _("Testing. Keep the headset on and speak when you are asked."), Badge(
            _("testing"), Tone.ACCENT
        )
    failed = [c for c in checks if c.state == "failed"]
    if failed:
        said = plural(
            "{n} check failed: mend it, then test again.",
            "{n} checks failed: mend them, then test again.",
            len(failed),
        )
        return said, Badge(_("failed"), Tone.DANGER)
    stopped = any(c.state in {"waiting", "running"} for c in checks)
    if checks and not stopped and not s.signed_in:
        return _("The devices are good. The line is tested after you sign in."), Badge(_("passed"), Tone.OK)
    if checks and not stopped and not me.tested_at and not {c.id for c in checks} & set(NEEDS_ACCOUNT):
        return _("The devices are good. Test again for the line."), Badge(_("not yet"), Tone.WARNING)
    if checks and not stopped:
        worse = any(c.state == "warning" for c in checks)
        if worse:
            return _("You can work; something could be better."), Badge(_("passed"), Tone.WARNING)
        return _("All is well. You can begin."), Badge(_("passed"), Tone.OK)
    if me.tested_at:
        said = _("Passed at {time}.", time=clock(me.tested_at))
        return said, Badge(_("passed"), Tone.OK)
    if required:
        return _("Not tested yet. You can be Ready once it is passed."), Badge(_("not yet"), Tone.WARNING)
    return _("Not tested yet. It takes about 20 seconds."), Badge(_("not yet"), Tone.WARNING)


def sign_in_checks(s: Situation) -> tuple[Check, ...]:
    """What is known of this computer beside the sign-in: while a phone is attached, or was tested."""
    phone = s.store.phone
    if phone.connection.state != "online":
        return ()
    told = phone.told
    headset = told.headset.name or told.microphone or _("the system's own")
    rows = [
        Check(
            "headset",
            _("Headset: {name}", name=headset),
            next(
                (check_badge(c) for c in told.checks if c.id == "microphone"),
                Badge(_("not yet"), Tone.WARNING),
            ),
        )
    ]
    registered = Badge(_("not registered"), Tone.WARNING)
    if phone.registration.state == "registered":
        registered = Badge(_("registered"), Tone.OK)
    elif phone.registration.state == "none":
        registered = _later()
    extension = phone.registration.extension or "\N{EN DASH}"
    rows.append(Check("phone", _("Phone: {extension}", extension=extension), registered))
    return tuple(rows)
