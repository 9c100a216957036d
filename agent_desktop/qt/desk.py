"""The surface as this window uses it: its own acts first, everything else to the client.

Some buttons need more before they can be sent (a transfer needs its target, the keypad its digits), and
some only move this window (the drawer).  The window answers those; a refusal comes back in words and is
shown.  Everything that a view shows still comes from the one client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.viewmodels.doorway import Doorway

if TYPE_CHECKING:
    from agent_desktop.client.choices import Choices
    from agent_desktop.viewmodels.call_text import CallTextView
    from agent_desktop.viewmodels.choosing import ChooserView
    from agent_desktop.viewmodels.conversation import ConversationView
    from agent_desktop.viewmodels.explaining import ExplanationView
    from agent_desktop.viewmodels.filters import FilterView
    from agent_desktop.viewmodels.inbox import InboxRow, InboxView
    from agent_desktop.viewmodels.keypad import KeypadView
    from agent_desktop.viewmodels.leading import LeadView
    from agent_desktop.viewmodels.macros import MacroView
    from agent_desktop.viewmodels.notices import Notice
    from agent_desktop.viewmodels.offers import OfferCard
    from agent_desktop.viewmodels.palette import PaletteItem, PaletteView
    from agent_desktop.viewmodels.parting import ForwardView
    from agent_desktop.viewmodels.parts import Button
    from agent_desktop.viewmodels.settings import SettingsView
    from agent_desktop.viewmodels.side import SideView
    from agent_desktop.viewmodels.signin import SignInView
    from agent_desktop.viewmodels.spelling_found import Paragraph, SpellingView
    from agent_desktop.viewmodels.supervisor import SupervisorView
    from agent_desktop.viewmodels.surface import Refresh, Surface
    from agent_desktop.viewmodels.topbar import TopBarView
    from agent_desktop.viewmodels.transferring import TransferView
    from agent_desktop.viewmodels.unsent import UnsentView
    from agent_desktop.viewmodels.window import DesktopView

Local = Callable[[dict[str, str]], bool]  # True: it was done here
SHOWN = 100  # unsent acts: more cards would hold the window up
TYPED_MS = 120  # after a key the screen may wait a moment: typing comes first


def _nothing(_delay_ms: int) -> None:
    """Nobody has to be told."""


class Desk:
    """A `Surface`, with the window's own acts before the client's.

    `acted(delay_ms)` is told after each act, so that its effect is shown soon.
    """

    def __init__(
        self,
        surface: Surface | Doorway,
        refused: Callable[[str], None],
        acted: Callable[[int], None] | None = None,
    ) -> None:
        self._door = surface
        self._refused = refused
        self._acted = acted or _nothing
        self.local: Mapping[str, Local] = {}

    def enter(self, surface: Surface) -> None:
        """The client has been opened behind its doorway."""
        self._door = surface

    @property
    def _surface(self) -> Surface:
        """The client; its doorway shows nothing but the sign-in."""
        if isinstance(self._door, Doorway):
            raise RuntimeError("The client has not been opened yet.")  # noqa: TRY004 - not a wrong type
        return self._door

    @property
    def choices(self) -> Choices:
        return self._surface.choices

    def act(self, action: str, **arguments: str) -> str:
        """Do it here or have it done; a refusal is shown and given back."""
        here = self.local.get(action)
        if here is not None and here(arguments):
            return ""
        reason = self._surface.act(action, **arguments)
        self._acted(0)
        if reason:
            self._refused(reason)
        return reason

    def subscribe(self, listener: Callable[[Refresh], None]) -> Callable[[], None]:
        return self._door.subscribe(listener)

    def pump(self) -> None:
        self._surface.pump()

    def close(self) -> None:
        self._surface.close()

    def write(self, text: str, draft: str = "") -> None:
        self._surface.write(text, draft)
        self._acted(TYPED_MS)

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self._door.sign_in(server=server, user=user, password=password, remember=remember)
        self._acted(0)

    def view(self) -> DesktopView:
        return self._door.view()

    def signin(self) -> SignInView:
        return self._door.signin()

    def topbar(self) -> TopBarView:
        return self._surface.topbar()

    def inbox(self) -> InboxView:
        return self._surface.inbox()

    def inbox_total(self) -> int:
        return self._surface.inbox_total()

    def inbox_row(self, index: int) -> InboxRow:
        return self._surface.inbox_row(index)

    def conversation(self) -> ConversationView:
        return self._surface.conversation()

    def call_text(self) -> CallTextView | None:
        return self._surface.call_text()

    def side(self) -> SideView:
        return self._surface.side()

    def offers(self) -> tuple[OfferCard, ...]:
        return self._surface.offers()

    def notices(self) -> tuple[Notice, ...]:
        return self._surface.notices()

    def palette(self) -> PaletteView | None:
        return self._surface.palette()

    def transfer(self) -> TransferView | None:
        return self._surface.transfer()

    def keypad(self) -> KeypadView | None:
        return self._surface.keypad()

    def explanation(self) -> ExplanationView | None:
        return self._surface.explanation()

    def lead(self) -> LeadView | None:
        return self._surface.lead()

    def chooser(self) -> ChooserView | None:
        return self._surface.chooser()

    def filter_form(self) -> FilterView | None:
        return self._surface.filter_form()

    def macro(self) -> MacroView | None:
        return self._surface.macro()

    def macros(self) -> tuple[Button, ...]:
        return self._surface.macros()

    def forward(self) -> ForwardView | None:
        return self._surface.forward()

    def picture(self, name: str) -> bytes | None:
        return self._surface.picture(name)

    def misspelt(self, where: str, paragraph: str) -> Paragraph:
        return self._surface.misspelt(where, paragraph)

    def spelling_of(self, where: str, word: str) -> SpellingView:
        return self._surface.spelling_of(where, word)

    def unsent(self, most: int | None = None) -> UnsentView:
        return self._surface.unsent(SHOWN if most is None else most)

    def row_acts(self, index: int) -> tuple[Button, ...]:
        return self._surface.row_acts(index)

    def supervisor(self) -> SupervisorView:
        return self._surface.supervisor()

    def settings(self) -> SettingsView:
        return self._surface.settings()

    def transfer_targets(self, query: str = "") -> tuple[PaletteItem, ...]:
        return self._surface.transfer_targets(query)
