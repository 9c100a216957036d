"""What a session says: rows, lines and objects of what was asked for, and how a verb ended.

The half of `Session` that only writes; each thing is a line to a person and an object to a program.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.i18n import _
from agent_desktop.text import in_call, listing, panels, records, telephone, unsent
from agent_desktop.text.meaning import Numbers
from agent_desktop.text.screen import Screen
from agent_desktop.text.writing import LISTS
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.wire.events import Result
from agent_desktop.wire.models import InteractionModel


class Answers:
    """Writes to one terminal."""

    def __init__(self, desktop: Desktop, screen: Screen, *, json_lines: bool) -> None:
        self.desktop = desktop
        self.screen = screen
        self.json = json_lines
        self.numbers = Numbers()
        self._listed = 0  # how many rows of the list were said, for `more`

    def _board(self, verb: str) -> None:
        """The supervisor's listings; in JSON an object for each row before the lines."""
        view, store = self.desktop.supervisor(), self.desktop.runtime.store
        if verb == "agents":
            self.numbers.agents = tuple(row.id for row in view.agents)
            made = [records.agent(store.replica.agents[a], n) for n, a in enumerate(self.numbers.agents, 1)]
            self._records(made if self.json else [])
        elif verb != "queues":
            found = tuple(c.interaction for c in (view.calls if verb == "calls" else view.waiting))
            self.desktop.workspace.numbered = found
            if self.json:
                self._rows(found, [])
        listings = {"agents": telephone.agents, "calls": telephone.calls, "waiting": telephone.waiting}
        said = panels.queues(view.queues) if verb == "queues" else listings[verb](view)
        self._lines(verb, said)

    def _status_records(self) -> None:
        store = self.desktop.runtime.store
        phone = store.phone
        found = [
            records.state(store.replica.me),
            records.connection(store.connection),
            records.phone(phone.registration, phone.connection),
            *(records.offer(o, store, self.desktop.runtime.now) for o in store.replica.offers.values()),
            *(records.interaction(i, store) for i in self.desktop.situation().mine()),
            *(records.call(c) for c in phone.calls.values()),
        ]
        for record in found:
            self.screen.record(records.encoded(record))

    def _why(self, result: Result) -> None:
        """A line for each step of the decision; a router without steps has sentences."""
        view = self.desktop.explanation()
        if view is None:  # another one was asked about meanwhile, and told
            self._lines("why", list(result.lines))
            return
        whole = result.explanation is not None or not result.lines
        lines = list(view.lines if whole else result.lines)
        if self.json:
            self.screen.record(records.encoded(records.why(view, lines, result.explanation)))
        else:
            self.screen.answer([panels.explanation(view)[0], *lines])
        self.desktop.perform("why.close", {})

    def _found(self, result: Result) -> None:
        known = self.desktop.runtime.store.replica.interactions.values()
        by_conversation = {i.conversation: i.id for i in known if i.conversation}
        self.desktop.workspace.numbered = tuple(
            by_conversation.get(h.conversation, h.conversation) for h in result.hits
        )
        self.numbers.customers = tuple(h.customer or h.id for h in result.hits)
        if self.json:
            for number, hit in enumerate(result.hits, 1):
                self.screen.record(records.encoded(records.hit(hit, number)))
            if result.more:
                self.screen.record(records.encoded({"type": "more", "verb": "find"}))
            return
        rows = [
            f"{n}. {h.title}" + (f": {h.highlight}" if h.highlight else "")
            for n, h in enumerate(result.hits, 1)
        ]
        if result.more:
            rows.append(_("There is more. Say find +"))
        self.screen.answer(rows or [_("Nothing found.")])

    def _targets(self, result: Result) -> None:
        self.numbers.targets = tuple(target.id for target in result.targets)
        if self.json:
            for number, target in enumerate(result.targets, 1):
                self.screen.record(records.encoded(records.target(target, number)))
            return
        self.screen.answer(telephone.targets(self.desktop, result.targets))

    def _opened(self) -> None:
        interaction = self.desktop.situation().looked_at
        if self.json and interaction is not None:
            self._rows((interaction.id,), [])
            self._records(listing.read(self.desktop, interaction.conversation) if not interaction.id else [])
            for message in listing.messages(self.desktop, interaction.conversation):
                self.screen.record(records.encoded({**records.message(message), "history": True}))
        elif not self.json:
            self.screen.answer(panels.conversation(self.desktop.conversation()))

    def _customer(self) -> None:
        view = self.desktop.side().customer
        if not self.json:
            self.screen.answer(panels.customer(view))
            return
        card = None if view is None else self.desktop.runtime.store.replica.customers.get(view.id)
        if card is not None:
            self.screen.record(records.encoded(records.customer(card, self.desktop.workspace.selected)))
        elif view is not None:
            empty: records.Record = {"type": "customer", "customer": "", "name": view.name, "addresses": []}
            self.screen.record(records.encoded({**empty, "interaction": self.desktop.workspace.selected}))

    def _rows(self, ids: Iterable[str], lines: list[str]) -> None:
        if not self.json:
            self.screen.answer(lines)
            return
        store = self.desktop.runtime.store
        for number, interaction_id in enumerate(ids, 1):
            model: InteractionModel | None = store.replica.interactions.get(interaction_id)
            if model is not None:
                self.screen.record(records.encoded({**records.interaction(model, store), "number": number}))

    def _records(self, found: Iterable[records.Record]) -> None:
        for record in found:
            self.screen.record(records.encoded(record))

    def _list(self, verb: str) -> None:
        """The list, or the views."""
        desktop = self.desktop
        if verb == "views":
            if self.json:
                self._records(listing.view_records(desktop))
            else:
                self.screen.answer(listing.view_lines(desktop))
            return
        first = listing.number(desktop, self._listed if verb == "more" else 0)
        self._listed = len(desktop.workspace.numbered)
        if self.json and desktop.listing is not None:
            self._records(listing.records(desktop, first))
        else:
            self._rows(desktop.workspace.numbered, listing.lines(desktop, first))

    def _choices(self, verb: str) -> bool:
        """What could be chosen, where a value was left out; a terminal has no panel to choose in."""
        view = self.desktop.chooser()
        if view is None:
            return False
        self.numbers.choices = (verb, tuple(row.key for row in view.rows))
        self._lines("choices", panels.choices(view))
        self.desktop.perform("choose.close", {})
        return True

    def _knowledge(self) -> None:
        """The articles that were found, or the one that is read."""
        view = self.desktop.side().knowledge
        self.numbers.articles = tuple(article.id for article in view.articles)
        if self.json:
            self._records(
                {
                    "type": "article",
                    "number": n,
                    "article": a.id,
                    "title": a.title,
                    "text": a.body or a.summary,
                }
                for n, a in enumerate(view.articles, 1)
                if self.numbers.reading in {"", a.id}
            )
        else:
            read = self.numbers.reading
            self.screen.answer(panels.article(view, read) if read else panels.knowledge(view))

    def _notices(self) -> None:
        """What is still to be noticed."""
        found = self.desktop.notices()
        self.numbers.notices = tuple(notice.id for notice in found)
        if self.json:
            self._records(
                {"type": "notice", "number": n, "notice": notice.id, "text": notice.text, "at": notice.at}
                for n, notice in enumerate(found, 1)
            )
        else:
            self.screen.answer(panels.notices(found) or [_("There is nothing to notice.")])

    def _transcript(self, count: str) -> None:
        """What was typed in the call: its state, then the newest lines."""
        newest = int(count) if count.isdecimal() else panels.NEWEST
        view = self.desktop.call_text()
        if not self.json:
            said = [_("Nothing is typed in a call.")] if view is None else panels.call_text(view, newest)
            self.screen.answer(said)
            return
        text = None if view is None else self.desktop.runtime.store.phone.texts.get(view.key)
        if text is not None:
            here = self.desktop.workspace.selected
            lines = text.lines[-newest:] if newest else ()
            pieces = (in_call.Piece(text.call, line, line.text) for line in lines)
            self._records({**in_call.record(p, text, here), "history": True} for p in pieces)

    def _filter(self) -> None:
        """The filter as it stands."""
        view = self.desktop.filter_now()
        if self.json:
            self.screen.record(
                records.encoded({"type": "filter", "fields": {f.id: f.value for f in view.fields}})
            )
        else:
            self.screen.answer(panels.filter_lines(view))

    def _older(self, before: frozenset[str]) -> None:
        """What the fetched page brought."""
        here = self.desktop.situation().looked_at
        items = [item for item in self.desktop.conversation().items if item.id not in before]
        if self.json and here is not None:
            new = {item.id for item in items}
            found = (m for m in listing.messages(self.desktop, here.conversation) if m.id in new)
            self._records({**records.message(message), "history": True} for message in found)
        elif not self.json:
            self.screen.answer([item.accessible for item in items] or [_("There is nothing older.")])

    def _lines(self, kind: str, lines: list[str]) -> None:
        """Lines of an answer; in JSON one object with all of them."""
        if self.json:
            self.screen.record(records.encoded({"type": kind, "lines": lines}))
        else:
            self.screen.answer(lines)

    def _say(self, verb: str, text: str, *, good: bool, code: str = "") -> None:
        """The end of a verb: ok or error."""
        if self.json:
            self.screen.record(records.encoded(records.answered(verb, text, good=good, code=code)))
        elif not good:
            self.screen.answer([_("{verb}: not done. {why}", verb=verb, why=text)])
        elif text:
            self.screen.answer([f"{verb}: {text}"])
        elif verb in _SILENT:
            return
        else:
            self.screen.answer([_("{verb}: done", verb=verb)])

    def _unsent(self) -> None:
        if self.json:
            for record in unsent.records(self.desktop):
                self.screen.record(records.encoded(record))
        else:
            self.screen.answer(unsent.lines(self.desktop))


# What has just been printed is the answer.
BOARD = frozenset({"agents", "calls", "waiting", "queues"})
_SILENT = frozenset(
    {
        "inbox",
        *LISTS,
        "view",
        "views",
        "more",
        "open",
        "customer",
        "script",
        "status",
        "help",
        "who",
        "time",
        "last",
        "repeat",
        "n",
        "why",
    }
    | {"transcript", "knowledge", "notices", "filter", "older", "whyhere", "phone"}
    | {"find", "quit", "unsent", "targets", "devices", "quality", "keys"}
    | BOARD
)
