"""The window as a whole: signed out or at work, and which parts of it are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_desktop.viewmodels.conversation import ConversationView
    from agent_desktop.viewmodels.inbox import InboxView
    from agent_desktop.viewmodels.notices import Notice
    from agent_desktop.viewmodels.offers import OfferCard
    from agent_desktop.viewmodels.palette import PaletteView
    from agent_desktop.viewmodels.side import SideView
    from agent_desktop.viewmodels.signin import SignInView
    from agent_desktop.viewmodels.topbar import TopBarView


@dataclass(frozen=True, slots=True)
class RailItem:
    """A place in the rail.  Go there by `go` with `place=id`; `reason` says why it is not there yet."""

    id: str
    label: str
    icon: str
    shortcut: str
    selected: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MainView:
    """Everything a signed-in agent sees.  Each part can also be asked for alone (`desktop.topbar()` …)."""

    rail: tuple[RailItem, ...]
    topbar: TopBarView
    inbox: InboxView
    conversation: ConversationView
    side: SideView
    offers: tuple[OfferCard, ...]
    notices: tuple[Notice, ...]
    palette: PaletteView | None
    place: str = "inbox"  # inbox, supervisor, settings: ask for the view of that place


@dataclass(frozen=True, slots=True)
class DesktopView:
    """`main` is None until the agent is signed in; `signin` is None after that."""

    title: str
    signin: SignInView | None
    main: MainView | None
