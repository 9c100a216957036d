"""A desktop that says what it is told: the people of the drawings, for the window's tests and pictures.

It keeps the rules of `viewmodels.surface.Surface`: `act` records what the agent did, `change` replaces
views and tells the listeners once.

What it shows is written in `scripted_agent`, `scripted_call`, `scripted_work`, `scripted_side` and
`scripted_lead`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from scripted_agent import RAIL, SIGNIN, TARGETS, TOPBAR
from scripted_lead import BOARD, settings
from scripted_side import side
from scripted_work import CONVERSATION, INBOX, ROWS

from agent_desktop.client.choices import Choices
from agent_desktop.viewmodels.call_text import CallTextView
from agent_desktop.viewmodels.choosing import ChooserView
from agent_desktop.viewmodels.conversation import ConversationView
from agent_desktop.viewmodels.explaining import ExplanationView
from agent_desktop.viewmodels.filters import FilterView
from agent_desktop.viewmodels.inbox import InboxRow, InboxView, RowChange
from agent_desktop.viewmodels.keypad import KeypadView
from agent_desktop.viewmodels.leading import LeadView
from agent_desktop.viewmodels.macros import MacroView
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.offers import OfferCard
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView
from agent_desktop.viewmodels.parting import ForwardView
from agent_desktop.viewmodels.parts import Button
from agent_desktop.viewmodels.settings import SettingsView
from agent_desktop.viewmodels.side import SideView
from agent_desktop.viewmodels.signin import SignInView
from agent_desktop.viewmodels.spelling_found import Misspelt, Paragraph, SpellingView
from agent_desktop.viewmodels.supervisor import SupervisorView
from agent_desktop.viewmodels.surface import Part, Refresh
from agent_desktop.viewmodels.topbar import TopBarView
from agent_desktop.viewmodels.transferring import TransferView
from agent_desktop.viewmodels.unsent import UnsentView
from agent_desktop.viewmodels.window import DesktopView, MainView, RailItem

NOTHING_UNSENT = UnsentView("Unsent", "", (), 0, 0, shown=False, close=Button("unsent.close", "Close"))
ALL_PARTS: frozenset[Part] = frozenset(
    {
        "window",
        "signin",
        "topbar",
        "inbox",
        "conversation",
        "side",
        "offers",
        "notices",
        "palette",
        "composer",
        "transfer",
        "keypad",
        "supervisor",
        "settings",
        "explanation",
        "lead",
        "unsent",
        "chooser",
        "filter",
        "macro",
        "forward",
        "spelling",
    }
)


@dataclass
class Scripted:
    """The surface; every view can be replaced by `change`."""

    signed_in: bool = True
    signin_view: SignInView = SIGNIN
    topbar_view: TopBarView = TOPBAR
    inbox_view: InboxView = INBOX
    rows: Sequence[InboxRow] = ROWS
    conversation_view: ConversationView = CONVERSATION
    call_text_view: CallTextView | None = None
    side_view: SideView = field(default_factory=lambda: side("customer"))
    offers_view: tuple[OfferCard, ...] = ()
    notices_view: tuple[Notice, ...] = ()
    palette_view: PaletteView | None = None
    transfer_view: TransferView | None = None
    keypad_view: KeypadView | None = None
    explanation_view: ExplanationView | None = None
    lead_view: LeadView | None = None
    chooser_view: ChooserView | None = None
    filter_view: FilterView | None = None
    unsent_view: UnsentView = NOTHING_UNSENT
    macro_view: MacroView | None = None
    macro_buttons: tuple[Button, ...] = ()
    forward_view: ForwardView | None = None
    pictures: dict[str, bytes | None] = field(default_factory=dict)
    drafts: list[str] = field(default_factory=list)
    rows_acts: tuple[Button, ...] = ()
    supervisor_view: SupervisorView = field(default_factory=lambda: replace(BOARD, listening=None))
    settings_view: SettingsView = field(default_factory=settings)
    wrong: dict[str, tuple[str, ...] | None] = field(default_factory=dict)  # misspelt, and what was meant
    looked: list[tuple[str, str]] = field(default_factory=list)  # paragraphs that were looked at
    dictionary_there: bool = True
    rail: tuple[RailItem, ...] = RAIL
    choices: Choices = field(default_factory=Choices)
    refusal: str = ""
    acts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    signed: list[dict[str, object]] = field(default_factory=list)
    listeners: list[Callable[[Refresh], None]] = field(default_factory=list)
    pumped: int = 0

    def change(
        self,
        rows_changed: tuple[RowChange, ...] = (),
        announcements: tuple[Announcement, ...] = (),
        parts: frozenset[Part] = ALL_PARTS - {"composer"},
        **views: object,
    ) -> None:
        for name, value in views.items():
            setattr(self, name, value)
        for listener in list(self.listeners):
            listener(Refresh(parts, rows_changed, announcements))

    def subscribe(self, listener: Callable[[Refresh], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def pump(self) -> None:
        self.pumped += 1

    def close(self) -> None:
        self.listeners.clear()

    def act(self, action: str, **arguments: str) -> str:
        self.acts.append((action, arguments))
        return self.refusal

    def write(self, text: str, draft: str = "") -> None:
        self.written.append(text)
        self.drafts.append(draft)

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self.signed.append({"server": server, "user": user, "password": password, "remember": remember})

    def view(self) -> DesktopView:
        if not self.signed_in:
            return DesktopView("Sign in · agent-desktop", self.signin_view, None)
        main = MainView(
            self.rail,
            self.topbar_view,
            self.inbox_view,
            self.conversation_view,
            self.side_view,
            self.offers_view,
            self.notices_view,
            self.palette_view,
            next((item.id for item in self.rail if item.selected), "inbox"),
        )
        return DesktopView("Delivery of order 48213 · agent-desktop", None, main)

    def signin(self) -> SignInView:
        return self.signin_view

    def topbar(self) -> TopBarView:
        return self.topbar_view

    def inbox(self) -> InboxView:
        return self.inbox_view

    def inbox_total(self) -> int:
        return self.inbox_view.total

    def inbox_row(self, index: int) -> InboxRow:
        return self.rows[index]

    def conversation(self) -> ConversationView:
        return self.conversation_view

    def call_text(self) -> CallTextView | None:
        return self.call_text_view

    def side(self) -> SideView:
        return self.side_view

    def offers(self) -> tuple[OfferCard, ...]:
        return self.offers_view

    def notices(self) -> tuple[Notice, ...]:
        return self.notices_view

    def palette(self) -> PaletteView | None:
        return self.palette_view

    def transfer(self) -> TransferView | None:
        return self.transfer_view

    def keypad(self) -> KeypadView | None:
        return self.keypad_view

    def explanation(self) -> ExplanationView | None:
        return self.explanation_view

    def lead(self) -> LeadView | None:
        return self.lead_view

    def chooser(self) -> ChooserView | None:
        return self.chooser_view

    def filter_form(self) -> FilterView | None:
        return self.filter_view

    def macro(self) -> MacroView | None:
        return self.macro_view

    def macros(self) -> tuple[Button, ...]:
        return self.macro_buttons

    def forward(self) -> ForwardView | None:
        return self.forward_view

    def misspelt(self, where: str, paragraph: str) -> Paragraph:
        self.looked.append((where, paragraph))
        found = (Misspelt(m.start(), m[0]) for m in re.finditer(r"\w+", paragraph) if m[0] in self.wrong)
        return Paragraph(tuple(found), complete=self.dictionary_there)

    def spelling_of(self, where: str, word: str) -> SpellingView:
        found = self.wrong.get(word)
        given = (("word", word), ("draft", where))
        says = "Looking for suggestions…" if found is None else "" if found else "Nothing similar."
        return SpellingView(
            word, found or (), found is None, says,
            Button("spelling.learn", "Add to dictionary", args=given),
            Button("spelling.ignore", "Ignore in this text", args=given),
        )  # fmt: skip

    def picture(self, name: str) -> bytes | None:
        return self.pictures.get(name, b"")

    def unsent(self, _most: int | None = None) -> UnsentView:
        return self.unsent_view

    def row_acts(self, index: int) -> tuple[Button, ...]:
        return self.rows_acts

    def supervisor(self) -> SupervisorView:
        return self.supervisor_view

    def settings(self) -> SettingsView:
        return self.settings_view

    def transfer_targets(self, query: str = "") -> tuple[PaletteItem, ...]:
        wanted = query.casefold()
        return tuple(item for item in TARGETS if wanted in item.title.casefold())
