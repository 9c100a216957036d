"""What one window shows beside the store: the selection, tabs, forms, fetched pages, notices.

It is lost with the window except for what the agent wrote, which is in the drafts.  Only `Desktop` and
its local acts change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.client.typing_text import Typing
from agent_desktop.viewmodels.bulk import Run
from agent_desktop.viewmodels.choosing import Choosing
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.explaining import Explained
from agent_desktop.viewmodels.finding import Searched
from agent_desktop.viewmodels.keypad import Typed
from agent_desktop.viewmodels.leading import Changing
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.pending import Pending
from agent_desktop.viewmodels.siding import CUSTOMER
from agent_desktop.viewmodels.spelling_found import Spelt
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.events import SearchHit, TimelineItem
from agent_desktop.wire.models import ArticleModel, ConversationModel

OUTBOX = (
    "outbox:"  # the mode of a draft that is on its way: "outbox:MESSAGE", of a note "outbox:note:MESSAGE"
)
OUTBOX_NOTE = "outbox:note:"  # and of a note: "outbox:note:MESSAGE"
MAX_NOTICES = 5


def on_its_way(mode: str, message: str) -> str:
    """The mode of a draft that was sent, by what it was written as."""
    return (OUTBOX_NOTE if mode == NOTE else OUTBOX) + message


@dataclass(slots=True)
class Workspace:
    """The state of the screen."""

    place: str = "inbox"
    selected: str = ""
    browsed: str = ""  # a conversation that is read without its work
    read: dict[str, ConversationModel] = field(default_factory=dict)  # those that were fetched to be read
    picked: dict[str, None] = field(default_factory=dict)  # conversations, in order, for one act on all
    before_range: dict[str, None] = field(default_factory=dict)  # what was picked before the range began
    run: Run | None = None  # the work on many
    choosing: Choosing | None = None  # what is chosen for an act, while its panel is open
    filtering: bool = False  # the form of the filter is open
    counts: dict[str, int] = field(default_factory=dict)  # how many each view holds
    generation: int = 0  # of the view that is shown
    last_view: str = ""  # the saved view that was shown last
    numbered: tuple[str, ...] = ()
    side_tab: str = CUSTOMER
    pinned: bool = False
    modes: dict[str, str] = field(default_factory=dict)  # per conversation: reply or note
    began_after: dict[str, str] = field(default_factory=dict)  # per conversation: the last message seen
    older: dict[str, dict[str, TimelineItem]] = field(default_factory=dict)  # per conversation, by id
    more: set[str] = field(default_factory=set)  # conversations with older pages
    asking: dict[str, str] = field(default_factory=dict)  # request id: what it is for
    explaining: str = ""  # the interaction whose explanation is open
    explained: dict[str, Explained] = field(default_factory=dict)
    changing: Changing | None = None  # the form of what a supervisor changes, while it is open
    articles: tuple[ArticleModel, ...] = ()
    suggested: str = ""  # the interaction that the articles were suggested for
    article_query: str = ""
    unsent: bool = False  # the list of unsent acts is open
    palette: str | None = None  # the query while it is open
    hits: tuple[SearchHit, ...] = ()
    searched: Searched = field(default_factory=Searched)
    found_last: tuple[str, str] = ("", "")  # what was typed after `find`, and where its next page begins
    code_query: str = ""
    sure: tuple[str, str, float] = ("", "", 0.0)  # the form asks once more: (interaction, code, since)
    finished: tuple[str, float] = ("", 0.0)  # the last form that was handed in, and when
    notices: dict[str, Notice] = field(default_factory=dict)
    warned: set[str] = field(default_factory=set)  # interactions whose wrap-up warning was said
    draft_generation: int = 0  # grows when the editor's text must be loaded again

    transfer: tuple[str, str] | None = None  # while the panel is open: (interaction, letters)
    targets: tuple[TargetModel, ...] = ()
    keypad: Typed | None = None  # while it is open
    page: str = "devices"  # of the settings
    hears: str = "both"  # whom I hear while a customer that I listen to is on hold
    payment: tuple[str, str] | None = None  # the payment field with the focus: (interaction, field)
    invited: bool = False  # the self-test was offered in this session
    writing: Pending = field(default_factory=Pending)  # replies, macros, files
    spelt: Spelt = field(default_factory=Spelt)  # the misspelt words that were listed last
    texting: set[str] = field(default_factory=set)  # calls in which the agent asked to write
    typing: dict[str, Typing] = field(default_factory=dict)  # per call: what of the turn the phone has
    typed: dict[str, str] = field(default_factory=dict)  # per call: what stands in its editor
    turns: dict[str, int] = field(default_factory=dict)  # per call: turns that were sent

    def mode(self, conversation: str) -> str:
        """Reply or note."""
        return self.modes.get(conversation, REPLY)

    def waits_for(self, purpose: str) -> bool:
        """Whether an answer to this purpose is under way."""
        return purpose in self.asking.values()

    def notify(self, notice: Notice) -> None:
        """Show a notice; the same id replaces, the oldest beyond a few goes."""
        self.notices.pop(notice.id, None)
        self.notices[notice.id] = notice
        while len(self.notices) > MAX_NOTICES:
            del self.notices[next(iter(self.notices))]
