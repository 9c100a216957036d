"""The conversation between an agent and the desktop in lines: verbs in, answers and events out.

The same verbs in both modes; with JSON lines every answer is exactly one `ok` or `error` object with its
verb, after the router or the phone confirmed it, and the things asked for come before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_desktop.client.actions import TERMINAL_IDS
from agent_desktop.client.news import News, RequestEnded, SessionEnded
from agent_desktop.client.store import Asked
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.settings import READING
from agent_desktop.text import (
    chosen,
    listing,
    meaning,
    panels,
    records,
    reports,
    spelling,
    telephone,
    unsent,
    verbs,
    wrapping,
    writing,
)
from agent_desktop.text.answering import BOARD, Answers
from agent_desktop.text.screen import Screen
from agent_desktop.text.sentences import said
from agent_desktop.text.telling import Teller
from agent_desktop.text.typed_call import TypedCalls
from agent_desktop.viewmodels.concluding import under_way
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.surface import Refresh
from agent_desktop.wire.commands import Watch
from agent_desktop.wire.events import Result

_NO_IDS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Waiting:
    """A verb whose answers are under way."""

    verb: str
    requests: set[str]
    results: list[Result] = field(default_factory=list)


class Session(Answers):
    """One agent at one terminal."""

    def __init__(self, desktop: Desktop, screen: Screen, *, json_lines: bool) -> None:
        super().__init__(desktop, screen, json_lines=json_lines)
        self.verbosity = int(desktop.choices[READING])
        self.quit = False
        self.status = 0
        self._waiting: list[Waiting] = []
        self._read = _NO_IDS  # the lines of the conversation that were there before `older`
        self._bulk = ""  # the verb of a work on many that goes on
        self._spelling: tuple[str | None] | None = None  # the line that is looked at; of None: the draft
        self._teller = Teller(desktop)
        self.calls = TypedCalls(desktop, screen, json_lines=json_lines)
        desktop.runtime.subscribe(self.heard)
        desktop.subscribe(self.refreshed)

    @property
    def waiting(self) -> bool:
        """Whether an answer to a verb is under way."""
        return bool(self._waiting) or bool(self._bulk) or self._spelling is not None

    # ── what happened ──

    def heard(self, news: tuple[News, ...]) -> None:
        """Say the news of one pump."""
        for one in news:
            self.calls.heard(one, self.verbosity)
        if self.json:
            for one in news:
                for record in self._teller.told(one):
                    self.screen.record(records.encoded(record))
        else:
            s = self.desktop.situation()
            told = (said(s, one) for one in news if not self.calls.said_already(one))
            lines = [line for line in told if line is not None]
            self.screen.events((x.text, x.urgent) for x in lines if x.level <= self.verbosity)
        for one in news:
            if isinstance(one, RequestEnded):
                self._answered(one.asked)
            elif isinstance(one, SessionEnded):
                self.quit = True
                self.status = 0 if one.reason == "signed_out" else 1
                if self.json and one.reason != "signed_out":
                    self._say("session", one.message, good=False, code=one.reason)

    def refreshed(self, refresh: Refresh) -> None:
        """Say the times that no event tells: a wrap-up that ends in ten seconds."""
        for text in (one.text for one in refresh.announcements if one.clock):
            if self.json:
                self.screen.record(records.encoded({"type": "warning", "message": text}))
            else:
                self.screen.events([(text, False)])  # only a call and its turns break into typing

        self._bulk_over()
        if "spelling" in refresh.parts:
            self._spelt()

    def _spelt(self) -> None:
        """Say the misspelt words once all are known."""
        found = spelling.listed(self.desktop, self._spelling[0]) if self._spelling is not None else None
        if found is None:
            return
        self._spelling = None
        lines, made, sentence = found
        if self.json:
            self._records(made)
        else:
            self.screen.answer(lines)
        self._say(spelling.VERB, sentence, good=True)

    def _bulk_over(self) -> None:
        """A work on many has come to its end: how it went, and what was refused."""
        run = self.desktop.workspace.run
        if not self._bulk or (run is not None and not run.over and not listing.waits(self.desktop, run)):
            return
        verb, self._bulk = self._bulk, ""
        if run is not None:
            if self.json:
                self._records([listing.bulk_record(self.desktop, run)])
            else:
                self.screen.answer(run.refused)
        good = run is None or not run.refused
        self._say(verb, listing.bulk_words(self.desktop, run), good=good, code="" if good else "refused")

    # ── what was typed ──

    def typed(self, line: str) -> None:
        """Carry out one line."""
        self.screen.release()
        understood = verbs.read(line)
        if understood is None:
            return
        if understood.error or understood.action is None:
            self._say(understood.verb, understood.error, good=False, code="usage")
            return
        given = dict(understood.arguments)
        action = understood.action.id
        if action in TERMINAL_IDS:
            self._own(understood.verb, action, given)
        elif understood.verb == "script" and given:
            self._script(given["page"], given.get("what", ""))
        else:
            self._perform(understood.verb, action, given)

    def _perform(self, verb: str, action: str, given: Mapping[str, str]) -> None:
        if verb == spelling.VERB:
            line, given = spelling.typed(given)
            if not given:
                self._spelling = (line,)
                self._spelt()
                return
        try:
            action, given = meaning.meant(self.desktop, self.numbers, verb, action, dict(given))
        except RefusedError as error:
            self._say(verb, str(error), good=False, code=error.code)
            return
        if not action:  # it only says what is there
            self._written(verb, given)
            self._looked(verb)
            return
        before = set(self.desktop.runtime.store.asked) if verb in writing.NESTED else set()
        if verb == "older":
            self._read = frozenset(item.id for item in self.desktop.conversation().items)
        if verb == "wrapup":
            given = wrapping.given(self.desktop, given)
            if not given.get("code") and wrapping.wrapping(self.desktop) is not None:
                filled_in = panels.wrapup(self.desktop.side().wrapup)
                self._lines("codes", wrapping.listing(self.desktop) + filled_in)
                self._say(verb, _("Choose a code."), good=False, code="no_code")
                return
        run = self.desktop.workspace.run
        done = self.desktop.perform(action, given)
        if verb in listing.VERBS:
            self.desktop.perform("choose.close", {})  # what `views` opens in a window is said as lines here
        asked = self.desktop.runtime.store.asked
        inside = set(asked) - before if verb in writing.NESTED else set()
        fetched = (Watch,) if verb in BOARD else listing.FETCHED.get(verb, ())
        widening = {i for i, a in asked.items() if isinstance(a.command, fetched)} if fetched else set()
        if done.reason:
            self._helped(verb, done.code, given)
            why = f"{done.reason} {writing.hint(done.code)}".strip()
            self._say(verb, why, good=False, code=done.code)
        elif verb not in listing.VERBS and self._choices(verb):
            why = _("Say which of these: {usage}", usage=verbs.usage(verb))
            self._say(verb, why, good=False, code="no_value")
        elif listing.begun(self.desktop, run):
            self._bulk = verb
            self._bulk_over()
        elif done.requests and all(r in asked and asked[r].state == "waiting" for r in done.requests):
            self._say(verb, _("It waits for the server. Say unsent for the list."), good=True)
        elif done.requests or widening or inside:
            # Another list is shown once the router has sent what stands in it.
            self._waiting.append(Waiting(verb, {*done.requests, *widening, *inside}))
        else:
            self._written(verb, given)
            self._looked(verb)

    def _written(self, verb: str, given: dict[str, str]) -> None:
        """What a verb of writing has to say before its answer."""
        if verb in chosen.VERBS:
            self._lines(verb, chosen.lines(self.desktop, verb, given))
            return
        lines, made = writing.looked(self.desktop, verb, given)
        if self.json:
            for record in made:
                self.screen.record(records.encoded(record))
        elif lines:
            self.screen.answer(lines)

    def _looked(self, verb: str) -> None:
        """The answer of a verb that only looks."""
        match verb:
            case "inbox" | "view" | "views" | "more":
                self._list(verb)
            case "open":
                self._opened()
            case "customer":
                self._customer()
            case "knowledge":
                self._knowledge()
            case "filter":
                self._filter()
            case "older":
                self._older(self._read)
            case unsent.VERB:
                self._unsent()
            case "script":
                self._lines("script", panels.script(self.desktop.side().script))
            case _ if verb in BOARD:
                self._board(verb)
            case _:
                pass
        self._say(verb, "", good=True)

    def _helped(self, verb: str, code: str, given: Mapping[str, str]) -> None:
        """What could have been typed, before the words that say what was wrong."""
        if verb == "wrapup" and code in wrapping.LISTED:
            self._lines("codes", wrapping.listing(self.desktop))
        elif verb == "wrapup" and code in wrapping.FIELDS:
            self._lines("fields", wrapping.asked(self.desktop, given.get("code", "")))

    def _script(self, word: str, what: str) -> None:
        """`script 2` goes on, `script back`, `script read 1` ticks, `script answer FIELD VALUE` notes."""
        view = self.desktop.side().script
        number = int(what) - 1 if what.isdecimal() else -1
        choice = int(word) - 1 if word.isdecimal() else -1
        done = self.desktop.perform("go.script", {})
        if done.reason or view is None:
            self._say("script", done.reason, good=False, code=done.code)
            return
        fields = {field.id.casefold(): field.id for field in view.fields}
        if word == "back":
            done = self.desktop.perform("script.back", {})
        elif word == "read" and 0 <= number < len(view.must_read):
            done = self.desktop.perform("script.tick", {"line": view.must_read[number].id})
        elif word == "answer" and what.partition(" ")[0].casefold() in fields:
            name, _space, value = what.partition(" ")
            done = self.desktop.perform("script.field", {"field": fields[name.casefold()], "value": value})
        elif 0 <= choice < len(view.choices):
            done = self.desktop.perform("script.go", dict(view.choices[choice].args))
        else:
            text = _("The script has no {what}. Say script for the list.", what=f"{word} {what}".strip())
            self._say("script", text, good=False, code="unknown")
            return
        if done.reason:
            self._say("script", done.reason, good=False, code=done.code)
        else:
            self._looked("script")

    def _own(self, verb: str, action: str, given: Mapping[str, str]) -> None:
        """The verbs of the terminal itself."""
        match action:
            case "text.quit":
                self.quit = True
            case "text.help":
                self._lines("help", verbs.help_lines(given.get("word", "")))
            case "text.status":
                if self.json:
                    self._status_records()
                self._lines("status", reports.status(self.desktop))
            case "text.agents" | "text.calls" | "text.waiting" | "text.queues":
                # The board needs everybody's work in view: the router is asked, then the rows are said.
                self._perform(verb, "go.supervisor", {})
                return
            case "text.devices":
                self._lines("devices", telephone.devices(self.desktop.settings().devices))
            case "text.phone":
                self._lines("phone", telephone.phone(self.desktop.settings().phone))
            case "text.notices":
                self._notices()
            case "text.quality":
                self._lines("quality", telephone.quality(self.desktop))
            case "text.keys":
                self._lines("keys", telephone.keys(self.desktop))
            case "text.live":
                if why := self.calls.switch(given.get("on", "").lower()):
                    self._say(verb, why, good=False, code="usage")
                    return
                text = _("on. Ctrl+D ends it.") if self.calls.call else ""
                self._say(verb, text, good=True)
                return
            case "text.transcript":
                self._transcript(given.get("count", ""))
            case "text.who":
                mine = tuple(interaction.id for interaction in self.desktop.situation().mine())
                self.desktop.workspace.numbered = mine or self.desktop.workspace.numbered
                self._lines("who", reports.who(self.desktop))
            case "text.time":
                self._lines("time", reports.times(self.desktop))
            case "text.last":
                count = int(given["count"]) if given.get("count", "").isdecimal() else 5
                self._lines("last", list(self.screen.said)[-min(count, 200) :] if count else [])
            case "text.repeat":
                self._lines("repeat", list(self.screen.said)[-1:])
            case "text.verbosity":
                level = given.get("level", "")
                if level not in {"0", "1", "2", "3"}:
                    self._say(verb, _("Verbosity is 0, 1, 2 or 3."), good=False, code="usage")
                    return
                self.verbosity = int(level)
                self.desktop.choices.choose(READING, self.verbosity)
            case _:
                pass
        self._say(verb, "", good=True)

    # ── answers ──

    def _answered(self, asked: Asked) -> None:
        for waiting in tuple(self._waiting):
            if asked.id not in waiting.requests:
                continue
            waiting.requests.discard(asked.id)
            if asked.result is not None:
                waiting.results.append(asked.result)
            if asked.state == "refused":
                self._waiting.remove(waiting)
                text = asked.message or _("That was refused.")
                text = f"{text} {writing.hint(asked.code) if waiting.verb == 'say' else ''}".strip()
                self._say(waiting.verb, text, good=False, code=asked.code)
            elif not waiting.requests and waiting.verb == "finish" and (then := under_way(self.desktop)):
                waiting.requests = then  # what was to be sent first is sent: now it is finished
            elif not waiting.requests:
                self._waiting.remove(waiting)
                self._results(waiting)
                if waiting.verb in listing.VERBS or waiting.verb in BOARD:
                    self._looked(waiting.verb)
                else:
                    said = asked.message or wrapping.kept(self.desktop, asked)
                    said = said or writing.result(self.desktop, waiting.verb)
                    self._say(waiting.verb, said, good=True)

    def _results(self, waiting: Waiting) -> None:
        for result in waiting.results:
            match waiting.verb:
                case "why":
                    self._why(result)
                case "find":
                    self._found(result)
                case "targets":
                    self._targets(result)
                case _:
                    pass
