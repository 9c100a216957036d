"""What a front end may call: the one face of the desktop for the window, the terminal and their tests.

How a front end lives with it:

1. `desktop = opening.open_desktop(arguments, program="desktop", wake=wake)`.  `wake` is called from another
   thread, at most once until the next `pump`; it must do nothing but make the front end's own loop
   call `pump()` soon (a queued signal, `call_soon_threadsafe`).
2. `pump()` is called after each wake and by a timer once a second (five times while something rings).
   It takes what came in and tells the listeners once, with one coalesced `Refresh`.
3. A listener redraws the parts named, asking for each view.  Views are cheap, frozen, comparable values.
4. Everything that the user does is `act(action, **arguments)`, `write(text)` or `sign_in(…)`.

All of it belongs to one thread: the front end's.  Nothing here blocks on the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
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
    from agent_desktop.viewmodels.spelling_found import Paragraph, SpellingView
    from agent_desktop.viewmodels.supervisor import SupervisorView
    from agent_desktop.viewmodels.topbar import TopBarView
    from agent_desktop.viewmodels.transferring import TransferView
    from agent_desktop.viewmodels.unsent import UnsentView
    from agent_desktop.viewmodels.window import DesktopView

Part = Literal[
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
]


@dataclass(frozen=True, slots=True)
class Refresh:
    """What changed since the last one.

    `parts` are the views to ask for again ("window": signed in or out, or another place).  "composer"
    means that the editor's text must be replaced by the draft (another conversation, a template, a
    draft restored).  `rows` are the steps from the old list of inbox rows to the new one.
    """

    parts: frozenset[Part] = frozenset()
    rows: tuple[RowChange, ...] = ()
    announcements: tuple[Announcement, ...] = ()


class Surface(Protocol):
    """The desktop as the front ends see it."""

    @property
    def choices(self) -> Choices:
        """What the person chose of the screen and the ring."""
        ...

    def subscribe(self, listener: Callable[[Refresh], None]) -> Callable[[], None]:
        """Be told of changes; gives the function that ends it."""
        ...

    def pump(self) -> None:
        """Take what came in and the time that passed; tell the listeners."""
        ...

    def close(self) -> None:
        """End the links; the phone process stays when a call is up."""
        ...

    def act(self, action: str, **arguments: str) -> str:
        """Run an action of the table.  Gives why it could not be, in words; empty: done, or sent."""
        ...

    def write(self, text: str, draft: str = "") -> None:
        """The composer's text as it is now, at every keystroke; `draft` is the key that the editor shows."""
        ...

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        """Begin to sign in; an empty password means the one in the keyring.

        `remember`: keep it there, remove it from there, or (None) leave the keyring as it is.
        """
        ...

    def view(self) -> DesktopView:
        """Everything."""
        ...

    def signin(self) -> SignInView: ...

    def topbar(self) -> TopBarView: ...

    def inbox(self) -> InboxView: ...

    def inbox_total(self) -> int:
        """How many rows the list has now: `inbox().total` alone."""
        ...

    def inbox_row(self, index: int) -> InboxRow:
        """The row at an index, 0 <= index < inbox().total."""
        ...

    def conversation(self) -> ConversationView: ...

    def call_text(self) -> CallTextView | None:
        """What is typed in the call that is looked at; None: the conversation is shown."""
        ...

    def side(self) -> SideView: ...

    def offers(self) -> tuple[OfferCard, ...]: ...

    def notices(self) -> tuple[Notice, ...]: ...

    def palette(self) -> PaletteView | None:
        """None while it is closed."""
        ...

    def transfer(self) -> TransferView | None:
        """The transfer panel; None while it is closed."""
        ...

    def keypad(self) -> KeypadView | None:
        """None while it is closed."""
        ...

    def explanation(self) -> ExplanationView | None:
        """Why me, or why nobody; None while it is closed."""
        ...

    def lead(self) -> LeadView | None:
        """The form of what a supervisor changes; None while it is closed."""
        ...

    def chooser(self) -> ChooserView | None:
        """What can be chosen for an act of the list; None while it is closed."""
        ...

    def filter_form(self) -> FilterView | None:
        """The filter of the list; None while it is closed."""
        ...

    def macro(self) -> MacroView | None:
        """The macro whose steps are shown; None while none is."""
        ...

    def macros(self) -> tuple[Button, ...]:
        """Every macro, with its keys."""
        ...

    def forward(self) -> ForwardView | None:
        """The message that is being sent on; None while none is."""
        ...

    def picture(self, name: str) -> bytes | None:
        """A picture of a message that was asked for; None while it comes, empty where there is none."""
        ...

    def misspelt(self, where: str, paragraph: str) -> Paragraph:
        """The marks of a paragraph of a text; `where` names it as its editor does.  Asks for what is new."""
        ...

    def spelling_of(self, where: str, word: str) -> SpellingView:
        """What can be done with a misspelt word.  Asks for suggestions."""
        ...

    def row_acts(self, index: int) -> tuple[Button, ...]:
        """What can be done with the row at an index: open it, ask why, take it, move it."""
        ...

    def unsent(self, most: int | None = None) -> UnsentView:
        """What waits for the server, and what it refused; `shown` while the list is open."""
        ...

    def supervisor(self) -> SupervisorView: ...

    def settings(self) -> SettingsView: ...

    def transfer_targets(self, query: str = "") -> tuple[PaletteItem, ...]:
        """Whom the interaction can be given to, by typing."""
        ...
