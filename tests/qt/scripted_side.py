"""The side of the scripted desktop: the customer, the script, the articles and the wrap-up of its call."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.viewmodels.parts import Badge, Button, Field, Tone
from agent_desktop.viewmodels.side import (
    Article,
    Code,
    CustomerCard,
    Fact,
    HistoryLine,
    KnowledgeView,
    Order,
    ScriptView,
    SideTab,
    SideView,
    Tick,
    WrapUpView,
)

ARTICLES = (
    Article(
        "a1",
        "Parcel marked delivered, not received",
        "Ask both neighbours, open a courier search, replace after 24 h.",
        "1. Ask whether a neighbour or the porter took it.\n2. Open a search with the courier: CX number.\n"
        "3. After 24 hours without a trace send a replacement.",
        Button("knowledge.insert", "Insert", "article", args=(("id", "a1"),)),
    ),
    Article(
        "a2",
        "Refund limits per role",
        "Agents up to 50 €, team leads up to 250 €.",
        "",
        Button("knowledge.insert", "Insert", "article", args=(("id", "a2"),)),
    ),
)

CUSTOMER = CustomerCard(
    "u1",
    known=True,
    name="Amina Yusuf",
    initials="AY",
    line="Customer since 2019 · Casablanca 10:42",
    alerts=(),
    tags=("VIP",),
    facts=(
        Fact("Phone", "+212 522 000 147", Badge("verified", Tone.PLAIN)),
        Fact("Email", "amina@example.com"),
        Fact("Language", "Arabic, French"),
        Fact("Lifetime", "2 184 €"),
        Fact("Churn risk", "", Badge("elevated 0.61", Tone.WARNING)),
        Fact("CSAT / NPS", "4.2 / 9"),
    ),
    orders=(
        Order("48213", "48213 · Lamp “Nour”", Badge("missing", Tone.DANGER)),
        Order("47120", "47120 · Rug 160 by 230", Badge("delivered", Tone.OK)),
    ),
    history=(
        HistoryLine(
            "h1",
            "c5",
            "email",
            "14 Mar · Where is my invoice? · 4 min",
            "14 March, email: Where is my invoice?",
        ),
        HistoryLine("h2", "c6", "chat", "02 Feb · Size exchange · CSAT 5", "2 February, chat: Size exchange"),
        HistoryLine("h3", "c7", "voice", "11 Jan · Late delivery · 6:12", "11 January, call: Late delivery"),
    ),
)

SCRIPT = ScriptView(
    "s1",
    "Delivery problems · version 3",
    "p2",
    "Parcel is missing",
    "“I am sorry that your parcel has not reached you, Amina. I will look for it right now. May I ask if "
    "a neighbour took it?”",
    (
        Tick("l1", "This call is recorded for quality.", ticked=True, at="09:38"),
        Tick(
            "l2",
            "The refund takes up to five working days after we have received the parcel back.",
            ticked=False,
        ),
    ),
    (
        Field("neighbour", "Asked neighbours", "check", "yes"),
        Field("ref", "Courier reference", "text", "CX-99120"),
    ),
    (
        Button("script.go", "Neighbour has it", "chevron-right", args=(("page", "p3"),)),
        Button("script.go", "Nobody has it", "chevron-right", args=(("page", "p4"),)),
    ),
    Button("script.back", "Back", "back"),
)

WRAPUP = WrapUpView(
    "i1",
    "Wrap-up",
    "0:48 left",
    Tone.WARNING,
    warn=False,
    extend=Button("wrapup.extend", "+30 s", "plus", "Ctrl+Shift+E"),
    query="",
    codes=(
        Code("sent", "Replacement sent", "1", 0, selectable=True, selected=True),
        Code("refund", "Refund", "2", 0, selectable=True, selected=False),
        Code("callback", "Call back", "3", 0, selectable=True, selected=False),
        Code("courier", "Passed to courier", "4", 0, selectable=True, selected=False),
    ),
    fields=(
        Field("order", "Order", "text", "48213", required=True),
        Field("ship", "Ship by", "date", "2026-11-27", required=True),
        Field("why", "Reason", "choice", "Lost on the way", choices=("Broken on arrival", "Lost on the way")),
    ),
    note="Courier cannot find it. Replacement leaves today, not before Friday.",
    survey_offered=True,
    survey=True,
    errors=(),
    finish=Button("wrapup.finish", "Finish", "check", "Ctrl+Return", tone=Tone.ACCENT),
)


TREE = (
    Code("sent", "Replacement sent", "1", 0, selectable=True, selected=False),
    Code("again", "Call back", "", 0, selectable=False, selected=False),
    Code("hour", "Call back in an hour", "3", 1, selectable=True, selected=False),
    Code("tomorrow", "Call back tomorrow", "", 1, selectable=True, selected=False),
    Code("answered", "Question answered", "5", 0, selectable=True, selected=False),
    Code("unwanted", "Wants no calls", "", 0, selectable=True, selected=True),
)
ENDING = replace(
    WRAPUP,
    title="Wrap-up: Amina Yusuf",
    timer="0:09 left",
    timer_tone=Tone.DANGER,
    timer_spoken="9 seconds of wrap-up left",
    warn=True,
    extend=Button("wrapup.extend", "More time (2 left)", "plus", "Ctrl+Shift+E"),
    codes=TREE,
    fields=(),
    survey_offered=False,
    says="It ends with a code, or without one when the time is over.",
    effects=("Nobody calls this customer again",),
    confirm="Wants no calls: Nobody calls this customer again. Do it once more if you are sure.",
    finish=Button("wrapup.finish", "Yes, finish", "check", "Ctrl+Return", tone=Tone.ACCENT),
    digits=True,
    limited=True,
)
KEPT = replace(
    ENDING,
    says="It ends when the time is over. Until then the code can be changed.",
    chosen="Chosen: Question answered. It is written in 0:09.",
    codes=tuple(replace(code, selected=code.code == "answered") for code in TREE),
    effects=(),
    confirm="",
    extend=Button("wrapup.extend", "More time", "plus", reason="It was lengthened 3 times already."),
    finish=Button("wrapup.finish", "Change the code", "check", "Ctrl+Return", tone=Tone.ACCENT),
)


def side(tab: str) -> SideView:
    names = (
        ("customer", "Customer"),
        ("script", "Script"),
        ("knowledge", "Knowledge"),
        ("wrapup", "Wrap-up"),
    )
    return SideView(
        tab,
        tuple(SideTab(i, label, selected=i == tab) for i, label in names),
        pinned=False,
        pin=Button("side.pin", "Keep this tab", "star", checked=False),
        customer=CUSTOMER,
        script=SCRIPT,
        knowledge=KnowledgeView("", ARTICLES),
        wrapup=WRAPUP,
    )
