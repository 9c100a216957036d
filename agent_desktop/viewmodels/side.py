"""The side: customer, script, knowledge and wrap-up, at the tab that the moment needs."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Badge, Button, Empty, Field, Tone


@dataclass(frozen=True, slots=True)
class SideTab:
    """customer, script, knowledge or wrapup.  Choose it by `side.tab` with `tab=id`."""

    id: str
    label: str
    selected: bool
    badge: Badge | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the card: label, value, and a badge such as `verified`."""

    label: str
    value: str
    badge: Badge | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase: "48213 · Lamp Nour", its state as a badge."""

    id: str
    title: str
    badge: Badge | None
    value: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An earlier interaction: icon, "14 Mar · Where is my invoice? · 4 min"."""

    interaction: str
    conversation: str
    icon: str
    text: str
    accessible: str


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """Who it is.  An unknown customer has `known` False and a button that makes a card."""

    id: str
    known: bool
    name: str
    initials: str
    line: str  # "VIP · customer since 2019 · Casablanca 10:42"
    alerts: tuple[str, ...]
    facts: tuple[Fact, ...]
    orders: tuple[Order, ...]
    history: tuple[HistoryLine, ...]
    tags: tuple[str, ...] = ()
    create: Button | None = None
    needs: tuple[Button, ...] = ()  # each turns one of the access needs
    advice: str = ""  # what the agent does about those that are noted


@dataclass(frozen=True, slots=True)
class Tick:
    """A must-read line.  Tick it by `script.tick` with `line=id`; `at` is when, in words."""

    id: str
    text: str
    ticked: bool
    at: str = ""


@dataclass(frozen=True, slots=True)
class ScriptView:
    """A page of the script, its variables filled; `choices` go on by `script.go`."""

    script: str
    title: str
    page: str
    page_title: str
    text: str
    must_read: tuple[Tick, ...]
    fields: tuple[Field, ...]  # write by `script.field` with `field=id`, `value=…`
    choices: tuple[Button, ...]
    back: Button


@dataclass(frozen=True, slots=True)
class Article:
    """A knowledge article as the panel shows it."""

    id: str
    title: str
    summary: str
    body: str
    insert: Button


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """Suggestions for the text so far, or what `knowledge.find` with `text=…` found."""

    query: str
    articles: tuple[Article, ...]
    loading: bool = False
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A disposition code; a branch of the tree is not selectable.  Choose by `wrapup.code` with `code=…`."""

    code: str
    label: str
    key: str  # its digit, or empty
    level: int
    selectable: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class WrapUpView:
    """The wrap-up form.  It may be filled during the call; `finish` works once the customer is gone.

    `timer` is what is left ("0:48 left"), empty without a limit.  `warn` is True in the last ten
    seconds (say it once), `says` what the mode asks for.  `effects` is what the code in the form will do;
    `confirm` is not empty while the form asks once more.  `digits`: a digit chooses its code now.
    `chosen` tells a code that the router keeps until the deadline.

    Fields by `wrapup.field` (`field=`, `value=`), the note by `wrapup.note` (`text=`), the search by
    `wrapup.find` (`text=`), the survey by `wrapup.survey`.
    """

    interaction: str
    title: str
    timer: str
    timer_tone: Tone
    warn: bool
    extend: Button
    query: str
    codes: tuple[Code, ...]
    fields: tuple[Field, ...]
    note: str
    survey_offered: bool
    survey: bool
    errors: tuple[str, ...]
    finish: Button
    timer_spoken: str = ""
    says: str = ""
    chosen: str = ""
    effects: tuple[str, ...] = ()
    confirm: str = ""
    digits: bool = False
    limited: bool = False


@dataclass(frozen=True, slots=True)
class SideView:
    """The panel.  Only the selected tab's contents need to be drawn."""

    tab: str
    tabs: tuple[SideTab, ...]
    pinned: bool
    pin: Button
    customer: CustomerCard | None
    script: ScriptView | None
    knowledge: KnowledgeView
    wrapup: WrapUpView | None
    empty: Empty | None = None
