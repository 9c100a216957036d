"""My state in words: what I am doing with its timer, the state under it with its own, what comes next.

Always there and never in doubt (S-8, 3.3.1, F8): the state and its reason stay on the screen while work is in
hand, a state that the system set says what happened and what to do, and the menu says what is still offered
in each state.  Every time is counted on the server's clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import activity, words
from agent_desktop.viewmodels.buttons import button, with_arguments
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.wire.models import AgentModel, CentreInfo, ReasonInfo

WARN_S = 10.0


@dataclass(frozen=True, slots=True)
class StateView:
    """The state selector.  `choices` are ready and each reason that an agent may pick.

    `label` and `timer` are what the agent does now; while that is work, `under` is the state below it with
    its own time.  `advice` is what to do about a state that the system set; `timers` are the wrap-ups.
    """

    label: str  # "Ready", "Break", "On a call"
    tone: Tone
    icon: str
    timer: str  # "02:13"
    next_label: str  # "Lunch next", or empty
    spoken: str  # "Ready for 2 minutes 13 seconds, Lunch next"
    choices: tuple[Button, ...] = ()
    under: str = ""  # "Ready 12:40"
    advice: str = ""
    timers: tuple[Badge, ...] = ()


def state_view(s: Situation) -> StateView:
    """My state, the time in it, what comes next, and what may be chosen."""
    me = s.store.replica.me
    label, tone, icon = activity.state_of(s, me)
    working = activity.at_work(me)
    began = activity.since(s, me)
    in_it = max(0.0, s.now - began) if began else 0.0
    under = under_words(s, me) if working else ""
    upcoming = next_words(s, me)
    advice = advice_of(s, me)
    spoken = [
        _("{state} for {time}", state=label, time=words.spoken(in_it)),
        under_spoken(s, me) if working else "",
        upcoming,
        advice.rstrip("."),
    ]
    return StateView(
        label=label,
        tone=tone,
        icon=icon,
        timer=words.timer(in_it),
        next_label=upcoming,
        spoken=", ".join(p for p in spoken if p),
        choices=choices(s),
        under=under,
        advice=advice,
        timers=wrap_up_timers(s),
    )


def base_label(centre: CentreInfo, agent: AgentModel) -> str:
    """The state itself, whatever is in hand: Ready, Break, Signed out."""
    match agent.state:
        case "ready":
            return _("Ready")
        case "not_ready":
            return words.reason_label(centre, agent.reason) or _("Not ready")
        case _:
            return _("Signed out")


def under_words(s: Situation, me: AgentModel) -> str:
    """The state below the work, with the time in it: Ready 12:40."""
    label = base_label(s.store.replica.centre, me)
    return f"{label} {words.timer(s.now - me.since_at)}" if me.since_at else label


def under_spoken(s: Situation, me: AgentModel) -> str:
    """The same to be read aloud."""
    label = base_label(s.store.replica.centre, me)
    if not me.since_at:
        return _("state {state}", state=label)
    return _("state {state} for {time}", state=label, time=words.spoken(s.now - me.since_at))


def next_words(s: Situation, agent: AgentModel) -> str:
    """What is chosen for after this work: "Break next"; empty when nothing is."""
    match agent.next_state:
        case "":
            return ""
        case "ready":
            return _("Ready next")
        case "logged_out":
            return _("Signed out next")
        case _:
            label = words.reason_label(s.store.replica.centre, agent.next_reason) or _("Not ready")
            return _("{state} next", state=label)


def choices(s: Situation) -> tuple[Button, ...]:
    """What may be chosen; a next state can be taken back first.  System reasons are none of them."""
    me, centre = s.store.replica.me, s.store.replica.centre
    made: list[Button] = []
    if me.next_state:
        now = base_label(centre, me)
        made.append(button("agent.stay", s, label=_("Stay {state}: take “{next}” back", state=now,
                                                    next=next_words(s, me))))  # fmt: skip
    made.append(button("agent.ready", s, checked=me.state == "ready"))
    made += [
        _choice(s, reason, checked=me.state == "not_ready" and me.reason == reason.code)
        for reason in centre.reasons
        if not reason.system
    ]
    return tuple(made)


def _choice(s: Situation, reason: ReasonInfo, *, checked: bool) -> Button:
    plain = button("agent.not_ready", s, label=words.offered_meanwhile(s, reason), checked=checked)
    return with_arguments(plain, reason=reason.code)


def advice_of(s: Situation, agent: AgentModel) -> str:
    """What happened and what to do, of a state that nobody chose; empty for one that was chosen."""
    if agent.state != "not_ready":
        return ""
    known = next((r for r in s.store.replica.centre.reasons if r.code == agent.reason), None)
    if known is not None and not known.system:
        return ""
    told = {
        "not_responding": _("You missed an offer. Choose Ready when you are back."),
        "missed": _("You missed an offer. Choose Ready when you are back."),
        "lost_connection": _("Your connection was lost. Choose Ready when you can work again."),
        "self_test_failed": _("The self-test failed. Pass it in the settings, then choose Ready."),
        "crash": _("The program ended without signing out. Choose Ready when you can work again."),
        "signed_in_elsewhere": _("You signed in on another computer. Choose Ready to work at this one."),
        "supervisor": _("A supervisor set your state. Choose another when you are ready for it."),
        "signed_in": _("You have just signed in. Choose Ready to be offered work."),
    }
    plain = _("The system set this state. Choose Ready when you want work.") if known is not None else ""
    return told.get(agent.reason, plain)


def wrap_up_timers(s: Situation) -> tuple[Badge, ...]:
    """The clock of each wrap-up of mine; one without a limit counts up."""
    return tuple(
        _wrap_up(s, i.wrapup_deadline_at, i.wrapup_at, words.who(i)) for i in s.mine() if i.state == "wrap_up"
    )


def _wrap_up(s: Situation, deadline_at: float, began_at: float, name: str) -> Badge:
    if deadline_at:
        left = max(0.0, deadline_at - s.now)
        said = _("wrap-up of {name}, {time} left", name=name, time=words.spoken(left))
        text = _("Wrap-up {time} left", time=words.short(left))
        return Badge(text, Tone.DANGER if left <= WARN_S else Tone.WARNING, said)
    past = max(0.0, s.now - began_at) if began_at else 0.0
    said = _("wrap-up of {name} for {time}", name=name, time=words.spoken(past))
    return Badge(_("Wrap-up {time}", time=words.timer(past)), Tone.WARNING, said)
