"""The views of the desktop: from what is known and what is chosen to what the screens show.

Nothing here changes anything; `Desktop` acts, and says which of these views to ask for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

from agent_desktop.client.actions_lead import leads
from agent_desktop.client.calling import meant
from agent_desktop.client.choices import Choices
from agent_desktop.client.conversations import known
from agent_desktop.client.drafts import Draft, Drafts, Key
from agent_desktop.client.habits import Habits
from agent_desktop.client.runtime import Runtime
from agent_desktop.client.situation import Situation
from agent_desktop.client.spelling import Spelling
from agent_desktop.i18n import _
from agent_desktop.viewmodels import concluding, finishing, preferring, troubling
from agent_desktop.viewmodels.attaching import chips, states
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.call_text import CallTextView, call_text_view
from agent_desktop.viewmodels.canned import templates
from agent_desktop.viewmodels.choosing import Written
from agent_desktop.viewmodels.composing import Composed, composer_view
from agent_desktop.viewmodels.conversation import NOTE, REPLY, ComposerView, ConversationView, Template
from agent_desktop.viewmodels.conversing import conversation_view
from agent_desktop.viewmodels.devices import devices_view, phone_page
from agent_desktop.viewmodels.explaining import ExplanationView, explanation_view
from agent_desktop.viewmodels.forms import Filled, ScriptState, WrapUpState, script_state, wrapup_state
from agent_desktop.viewmodels.holding import bound, colleagues, draft_key, extras, writing_of
from agent_desktop.viewmodels.interlocking import interlock, interlocks
from agent_desktop.viewmodels.keypad import KeypadView, keypad_view
from agent_desktop.viewmodels.leading import LeadView, lead_view
from agent_desktop.viewmodels.list_views import ListViews
from agent_desktop.viewmodels.macro_keys import macro_buttons
from agent_desktop.viewmodels.macros import MacroView, macro_view
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.offers import OfferCard, offer_cards
from agent_desktop.viewmodels.palette import PaletteItem, PaletteView, palette_view, transfer_targets
from agent_desktop.viewmodels.parting import ForwardView, forward_view
from agent_desktop.viewmodels.parts import Button
from agent_desktop.viewmodels.pending import Extras
from agent_desktop.viewmodels.railing import rail_items
from agent_desktop.viewmodels.scripting import must_read_open, script_of
from agent_desktop.viewmodels.selftesting import self_test_view, sign_in_checks
from agent_desktop.viewmodels.settings import SettingsView
from agent_desktop.viewmodels.side import SideView
from agent_desktop.viewmodels.siding import side_view
from agent_desktop.viewmodels.signin import SignInView
from agent_desktop.viewmodels.signing import Entry, signin_view
from agent_desktop.viewmodels.spelling import misspelt, spelling_view
from agent_desktop.viewmodels.spelling_found import Paragraph, SpellingView
from agent_desktop.viewmodels.supervising import supervisor_view
from agent_desktop.viewmodels.supervisor import SupervisorView
from agent_desktop.viewmodels.topbar import TopBarView, top_bar
from agent_desktop.viewmodels.transferring import TransferView, transfer_view
from agent_desktop.viewmodels.unsent import UnsentView, unsent_view
from agent_desktop.viewmodels.window import DesktopView, MainView, RailItem


class Views(ListViews):
    """What is known, what is chosen, and the views of both."""

    def __init__(self, runtime: Runtime, drafts: Drafts, *, entry: Entry, zone: tzinfo | None) -> None:
        super().__init__(runtime)
        self.drafts = drafts
        self.entry = entry
        self._zone = zone
        self.habits = Habits()
        self.spelling = Spelling()
        self.choices = Choices()

    def key(self, conversation: str, mode: str) -> Key:
        """Where a draft of mine is kept."""
        return Key(self.runtime.store.replica.me.id, conversation, mode)

    def written(self) -> tuple[Written, ...]:
        """What I have written and not sent, a line a draft."""
        replica = self.runtime.store.replica
        made = []
        for key, draft in self.drafts.of(replica.me.id).items():
            text = " ".join(draft.text.split())
            if text and key.mode in {REPLY, NOTE}:
                made.append(Written(key.conversation, self.whose(key.conversation), text))
        return tuple(made)

    def whose(self, conversation: str) -> str:
        """The customer of a conversation by name, also of one that is not in view any more."""
        thread = known(self.situation(), conversation)
        return (thread.customer_name or thread.address if thread is not None else "") or _("Not in view now")

    def misspelt(self, where: str, paragraph: str) -> Paragraph:
        return misspelt(self, where, paragraph)

    def spelling_of(self, where: str, word: str) -> SpellingView:
        return spelling_view(self, where, word)

    def script(self, interaction: str) -> ScriptState:
        """What was answered and ticked for an interaction."""
        return script_state(self.drafts.get(self.key(interaction, "script")).text)

    def wrapup(self, interaction: str) -> WrapUpState:
        """The wrap-up form as it is filled in."""
        return wrapup_state(self.drafts.get(self.key(interaction, "wrapup")).text)

    def situation(self) -> Situation:
        """Where the agent stands now."""
        store, now = self.runtime.store, self.runtime.now
        plain = Situation(store, now, self.workspace.selected, signed_in=self.runtime.session is not None)
        wrapping = plain.wrapping()
        open_lines = must_read_open(plain, wrapping, self.script(wrapping.id)) if wrapping is not None else ()
        return replace(
            plain,
            must_read_open=open_lines,
            numbered=self.workspace.numbered or self.numbers(),
            listed=self.listed(),
            picked=tuple(self.workspace.picked),
            browsed=self.browsed(),
            targets=self.workspace.targets,
            colleagues=colleagues(self),
            hears=self.workspace.hears,
        )

    def is_payment(self, field: str) -> bool:
        """Whether a field of the script or the forms of what is looked at takes card data."""
        s = self.situation()
        interaction = s.looked_at
        if interaction is None:
            return False
        script = script_of(s, interaction)
        fields = [f for page in (script.pages if script is not None else ()) for f in page.fields]
        fields += [f for d in s.store.queue(interaction.queue).dispositions for f in d.fields]
        return any(f.id == field and f.kind == "payment" for f in fields)

    def pressing(self, given: Mapping[str, str]) -> str:
        """The phone's call that keys go to."""
        call = meant(self.situation(), given)[1]
        return call.id if call is not None else ""

    def view(self) -> DesktopView:
        centre = self.runtime.store.replica.centre.name
        if self.runtime.session is None:
            return DesktopView(_("Sign in"), self.signin(), None)
        main = MainView(
            rail=self.rail(),
            topbar=self.topbar(),
            inbox=self.inbox(),
            conversation=self.conversation(),
            side=self.side(),
            offers=self.offers(),
            notices=self.notices(),
            palette=self.palette(),
            place=self.workspace.place,
        )
        return DesktopView(centre or _("Agent desktop"), None, main)

    def signin(self) -> SignInView:
        plain = signin_view(self.entry, busy=self.runtime.signing_in, error=self.runtime.sign_in_error)
        s = self.situation()
        if s.store.phone.connection.state != "online":
            return plain
        return replace(plain, checks=sign_in_checks(s), self_test=self_test_view(s))

    def rail(self) -> tuple[RailItem, ...]:
        """The places of the rail."""
        return rail_items(self.workspace.place, leads=leads(self.situation()))

    def topbar(self) -> TopBarView:
        return top_bar(self.situation())

    def composer(self) -> ComposerView | None:
        """The composer alone."""
        s, at = self.situation(), bound(self)
        key = self.key(at.conversation, at.mode)
        writing = writing_of(self, at)
        composed = Composed(
            mode=at.mode,
            key=draft_key(self, at.conversation, at.mode),
            draft=self.drafts.get(key) if at.conversation else Draft(),
            saved_at=self.drafts.saved_at(key),
            extras=extras(self, at.conversation, at.mode) if at.conversation else Extras(),
            strips=(
                *concluding.strips(self, at),
                *(interlocks(s, self.workspace, writing) if writing is not None else ()),
            ),
            files=chips(self, at),
            templates=self.canned(),
            after=self.habits.mine.after,
        )
        reply = self.drafts.get(self.key(at.conversation, REPLY)) if at.conversation else Draft()
        return composer_view(s, composed, interlock=interlock(s, self.workspace, reply.text), zone=self._zone)

    def canned(self) -> tuple[Template, ...]:
        """The canned replies for what is looked at."""
        return templates(self.situation(), self.situation().looked_at, self.habits.mine.used)

    def macro(self) -> MacroView | None:
        return macro_view(self)

    def macros(self) -> tuple[Button, ...]:
        return macro_buttons(self.situation())

    def forward(self) -> ForwardView | None:
        return forward_view(self)

    def picture(self, name: str) -> bytes | None:
        return self.runtime.files.picture(self.runtime.session, name)

    def conversation(self) -> ConversationView:
        s = self.situation()
        interaction = s.looked_at
        conversation = interaction.conversation if interaction is not None else ""
        older = self.workspace.older.get(conversation, {})
        view = conversation_view(
            s,
            self.composer(),
            older=older.values(),
            more=conversation in self.workspace.more,
            loading=self.workspace.waits_for(f"timeline:{conversation}"),
            pending=self.workspace.writing,
            files=states(self),
            zone=self._zone,
        )
        explained = self.workspace.explained.get(view.interaction)
        return replace(view, why=explained.lines) if explained is not None and explained.lines else view

    def call_text(self) -> CallTextView | None:
        """What is typed in the call that is looked at."""
        w = self.workspace
        return call_text_view(
            self.situation(), opened=w.texting, typed=w.typed, turns=w.turns, zone=self._zone
        )

    def side(self) -> SideView:
        s = self.situation()
        selected = self.workspace.selected
        return side_view(
            s,
            tab=self.workspace.side_tab,
            pinned=self.workspace.pinned,
            filled=Filled(
                self.script(selected),
                self.wrapup(selected),
                self.workspace.code_query,
                finishing.sure_code(self),
            ),
            articles=self.workspace.articles,
            query=self.workspace.article_query,
            searching=self.workspace.waits_for("articles"),
            zone=self._zone,
        )

    def offers(self) -> tuple[OfferCard, ...]:
        s = self.situation()
        return preferring.signed(s, self.choices, offer_cards(s))

    def notices(self) -> tuple[Notice, ...]:
        return (*troubling.notices(self.situation(), self._zone), *self.workspace.notices.values())

    def palette(self) -> PaletteView | None:
        query = self.workspace.palette
        if query is None:
            return None
        searching = self.workspace.waits_for("palette")
        more = self.workspace.searched.more
        return palette_view(self.situation(), query, self.workspace.hits, searching=searching, more=more)

    def transfer_targets(self, query: str = "") -> tuple[PaletteItem, ...]:
        """Whom the interaction can be given to, by typing."""
        return transfer_targets(self.situation(), query)

    def transfer(self) -> TransferView | None:
        if self.workspace.transfer is None:
            return None
        subject, query = self.workspace.transfer
        interaction = self.runtime.store.replica.interactions.get(subject)
        if interaction is None:
            return None
        searching = self.workspace.waits_for("targets")
        return transfer_view(self.situation(), interaction, query, searching=searching)

    def keypad(self) -> KeypadView | None:
        typed = self.workspace.keypad
        return None if typed is None else keypad_view(self.situation(), typed)

    def explanation(self) -> ExplanationView | None:
        about = self.workspace.explaining
        if not about:
            return None
        answer = self.workspace.explained.get(about)
        asking = self.workspace.waits_for(f"why:{about}")
        return explanation_view(self.situation(), about, answer, asking=asking, zone=self._zone)

    def lead(self) -> LeadView | None:
        changing = self.workspace.changing
        return None if changing is None else lead_view(self.situation(), changing)

    def unsent(self, most: int | None = None) -> UnsentView:
        return unsent_view(self.situation(), is_shown=self.workspace.unsent, zone=self._zone, most=most)

    def supervisor(self) -> SupervisorView:
        return supervisor_view(self.situation())

    def settings(self) -> SettingsView:
        s, here = self.situation(), self.workspace.page
        labels = {
            "devices": _("Devices and sound"),
            "ringing": _("Ringing"),
            "screen": _("Screen"),
            "keys": _("Shortcuts"),
            "phone": _("Phone"),
            "selftest": _("Before the shift"),
        }
        return SettingsView(
            pages=tuple(
                button("settings.page", s, label=label, checked=page == here, page=page)
                for page, label in labels.items()
            ),
            page=here,
            devices=devices_view(s),
            phone=phone_page(s),
            self_test=self_test_view(s),
            screen=preferring.screen_page(s, self.choices),
            ringing=preferring.ringing_page(s, self.choices),
            keys=preferring.keys_page(s),
        )
