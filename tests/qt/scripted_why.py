"""Why, and what a supervisor changes, of the scripted desktop."""

from __future__ import annotations

from dataclasses import replace

from scripted_agent import OFFER, TOPBAR

from agent_desktop.viewmodels.explaining import ConsideredRow, ExplanationView, StepRow
from agent_desktop.viewmodels.leading import LeadView
from agent_desktop.viewmodels.parts import Badge, Button, Field, Tone

CLOSE = Button("why.close", "Close", "close")
GOT = ExplanationView(
    interaction="i20",
    title="Why did I get this?",
    subject="Lena Brandt · Support",
    sentence="Longest idle of 3 free agents",
    steps=(
        StepRow("Waiting work", "7 waiting · Support"),
        StepRow("Candidates", "3 free agents"),
        StepRow("Rule step", "Step 1: German at level 3 or more, and Orders"),
        StepRow("Chosen by", "Longest idle"),
        StepRow("Score", "idle for 4:12"),
        StepRow("Tie-break", "None was needed"),
        StepRow("Clock", "16:02:33, after 22 seconds of waiting"),
    ),
    considered=(
        ConsideredRow("Mateo Ruiz", "idle for 4:12", "", "Chosen"),
        ConsideredRow("Sara Lindqvist", "idle for 1:40", "less idle"),
        ConsideredRow("Chen Wei", "idle for 0:08", "less idle"),
    ),
    considered_title="Looked at",
    note="As of 16:02:33.",
    buttons=(),
    close=CLOSE,
    spoken="Why did I get this. Lena Brandt · Support. Longest idle of 3 free agents",
)
NOBODY = ExplanationView(
    interaction="i5",
    title="Why is nobody taking this?",
    subject="+44 7700 900123 · Support",
    sentence="None of 4 agents can take it now",
    steps=(
        StepRow("Waiting work", "7 waiting · Support"),
        StepRow("Candidates", "0 free agents"),
        StepRow("Rule step", "Step 2: French at level 2 or more (step 1 ended after 30 s)"),
        StepRow("Clock", "16:02:33, waits for 5 minutes 12 seconds"),
    ),
    considered=(
        ConsideredRow("Sara Lindqvist", "", "On another call"),
        ConsideredRow("Chen Wei", "", "French 1 of the 2 asked for"),
        ConsideredRow("Ola Nowak", "", "Break next: no new work before the break"),
        ConsideredRow("Ibrahim Sy", "", "Not ready: Break"),
    ),
    considered_title="Who could take it",
    note="As of 16:02:33.",
    buttons=(Button("interaction.take", "Take", "assign"), Button("lead.open", "Move up…", "plus")),
    close=CLOSE,
    spoken="Why is nobody taking this. None of 4 agents can take it now",
)
SENTENCES = replace(
    GOT,
    sentence="Arabic ≥ 3: you have 4",
    steps=(StepRow("", "You were the only free agent"), StepRow("", "Waited 0:22 in Support")),
    considered=(),
    note="",
)
_STATES = ("Ready", "Break", "Lunch", "Away: Email only", "Not ready, set by a supervisor", "Sign out")
STATE_FORM = LeadView(
    "state:sara",
    "Set the state of Sara Lindqvist",
    "Sara Lindqvist is at work (On a call): it becomes the next state.",
    (Field("state", "State", "choice", "Lunch", required=True, choices=_STATES),),
    Button("lead.confirm", "Set the state", "check", tone=Tone.ACCENT),
    Button("lead.close", "Close", "close"),
)
WRAPUP_FORM = LeadView(
    "wrap_up:i4",
    "Finish the wrap-up of Lena Brandt",
    "Noor Haddad has been in it for 12 minutes 4 seconds. What is written in the form is not sent.",
    (
        Field("code", "Code", "choice", "Solved", required=True, choices=("Solved", "Replacement sent")),
        Field("reason", "Why", "text", "", required=True),
    ),
    Button("lead.confirm", "Finish the wrap-up", "check", reason="Fill in first: Why.", tone=Tone.ACCENT),
    Button("lead.close", "Close", "close"),
)
PLACE_FORM = LeadView(
    "place:i5",
    "Move +44 7700 900123 in the queue",
    "Waits in Support for 5 minutes 12 seconds. Reports go on showing the true wait.",
    (
        Field("priority", "Priority, 1 to 99", "number", "80", required=True),
        Field("older", "Counts as older, minutes", "number", ""),
        Field("reason", "Why", "text", ""),
    ),
    Button("lead.confirm", "Change the place", "check", tone=Tone.ACCENT),
    Button("lead.close", "Close", "close"),
)
ASKED = replace(OFFER, why=Button("why", "Why me?", "help", args=(("id", "o1"),)))
WRAPPING = replace(
    TOPBAR,
    calls=(),
    state=replace(
        TOPBAR.state,
        label="Wrap-up",
        tone=Tone.WARNING,
        timer="00:12",
        under="Ready 41:07",
        next_label="Break next",
        timers=(Badge("Wrap-up 0:48 left", Tone.WARNING, "wrap-up of Amina Yusuf, 48 seconds left"),),
    ),
)
MISSED = replace(
    TOPBAR,
    calls=(),
    state=replace(
        TOPBAR.state,
        label="Not responding",
        tone=Tone.WARNING,
        timer="00:31",
        advice="You missed an offer. Choose Ready when you are back.",
    ),
)
