"""Typing in a call at the terminal: what the caller types is said, what is typed here goes to the phone.

Without `live` a line goes at Enter (`say`), and the caller's text is said in pieces (see `in_call.py`).  With
`live on` each key goes to the call and each letter comes as it is typed, for braille: own rows begin with
"You:", the caller's with "Caller:", and Ctrl+D ends it.  On a TTY the word that is being typed is held, so
that backspace works until its space; what has gone cannot be taken back there.  Who has chosen letters in the
settings has each call's text live from its first letter, once no other line is half typed.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.client.actions_text import OFF, RTT, can_text
from agent_desktop.client.calling import meant
from agent_desktop.client.news import CallMoved, CallTextMoved, MessageCame, News
from agent_desktop.client.typing_text import macro
from agent_desktop.i18n import _
from agent_desktop.settings import READ_CALL_TEXT
from agent_desktop.text import in_call, plain, records
from agent_desktop.text.in_call import Piece, Reader
from agent_desktop.text.keyboard import END, Editor, Ended, LineTyped
from agent_desktop.text.screen import Screen
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.call_text import carrier_badge, speaker
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.wire.calls import CallText

LETTERS = "letters"
OWN_LINES = 3  # the verbosity from which the own lines are said when they have gone out


class TypedCalls:
    """The text of all calls, at one terminal."""

    def __init__(self, desktop: Desktop, screen: Screen, *, json_lines: bool) -> None:
        self.desktop = desktop
        self.screen = screen
        self.json = json_lines
        self.keys = False  # the terminal is read key by key: live text can be typed
        self.call = ""  # the call that the keys go to
        self.reader = Reader(live=desktop.choices[READ_CALL_TEXT] == LETTERS)
        self._editor = Editor()
        self._interactions: dict[str, str] = {}
        self._heard_in: set[str] = set()  # the interactions in whose calls the phone heard text
        self._carried: dict[str, dict[str, object]] = {}
        self._left: set[str] = set()  # calls whose live text was ended by hand
        self._unkept: set[str] = set()  # calls of which it was said that their captions are not kept

    # ── what comes ──

    def said_already(self, news: News) -> bool:
        """Whether it is the record of what the own phone heard: that was said as it came."""
        return (
            isinstance(news, MessageCame)
            and bool(news.message.carrier)
            and news.message.interaction in self._heard_in
        )

    def heard(self, news: News, verbosity: int) -> None:
        """Say what came in a call."""
        match news:
            case CallTextMoved(call=call, changed=changed):
                now = self.desktop.runtime.now
                text = self.desktop.runtime.store.phone.texts.get(call)
                if text is not None:
                    self._as_chosen(text)
                    self._came(text, self.reader.moved(text, changed, now), verbosity)
                else:  # the last words of a call that is over
                    self._say(self.reader.moved(CallText(call=call), changed, now), verbosity)
                    self.reader.forget(call)
            case CallMoved(after=call) if call.state == "ended":
                self._say(self.reader.forget(call.id), verbosity)
                self._carried.pop(call.id, None)
                self._left.discard(call.id)
                self._unkept.discard(call.id)
                if self.call == call.id:
                    self._leave()
            case _:
                pass

    def tick(self, verbosity: int) -> None:
        """Time passed: what is said after a silence."""
        self._say(self.reader.due(self.desktop.runtime.now), verbosity)

    def wait_s(self, most: float) -> float:
        """How long the loop may sleep."""
        at = self.reader.next_at()
        return most if at is None else min(most, max(0.0, at - self.desktop.runtime.now))

    def _came(self, text: CallText, pieces: list[Piece], verbosity: int) -> None:
        call = self.desktop.runtime.store.phone.calls.get(text.call)
        if call is not None and call.interaction:
            self._interactions[text.call] = call.interaction
            self._heard_in |= {call.interaction} if text.found or text.lines else set()
        badge = carrier_badge(text)
        if self.reader.began(text) and badge is not None and not self.json:
            self.screen.events([(f"{self._name(text.call)}: {badge.spoken}", False)])
        self._say_unkept(text)
        mine, rest = self.reader.turned(text)
        mine = mine or any(in_call.gives_turn(piece) for piece in pieces)
        if not mine:
            self._say(pieces, verbosity)
        elif self.json or self.reader.live:
            self._say([*pieces, *rest], verbosity)
        if mine and not self.json:
            said = [] if self.reader.live else [in_call.words(p) for p in (*pieces, *rest) if _theirs(p)]
            self.screen.events([(self._turn(text.call, said), True)])
        if self.json:
            self._carry(text)

    def _say_unkept(self, text: CallText) -> None:
        """The centre may keep no captions; who reads them is told so once."""
        if text.captions == OFF or self._keeps or text.call in self._unkept:
            return
        self._unkept.add(text.call)
        if not self.json:
            said = _("{name}: captions are not kept.", name=self._name(text.call))
            self.screen.events([(said, False)])

    @property
    def _keeps(self) -> bool:
        return self.desktop.runtime.store.replica.centre.keep_captions

    def _turn(self, call: str, said: list[str]) -> str:
        """The caller waits: what they typed last, and that it is the agent's turn."""
        if said:
            return _("Your turn. {text}", text=" ".join(said))
        return _("{name} waits for your turn (GA).", name=self._name(call))

    def _carry(self, text: CallText) -> None:
        told = in_call.turn_record(text, self._interactions.get(text.call, ""))
        if text.found and self._carried.get(text.call) != told:
            self._carried[text.call] = told
            self.screen.record(records.encoded(told))

    def _say(self, pieces: Iterable[Piece], verbosity: int) -> None:
        texts = self.desktop.runtime.store.phone.texts
        for piece in pieces:
            if self.json:
                text = texts.get(piece.call, CallText(call=piece.call))
                interaction = self._interactions.get(piece.call, "")
                made = in_call.record(piece, text, interaction, keeps_captions=self._keeps)
                self.screen.record(records.encoded(made))
            elif self.reader.live and _theirs(piece):
                self._run(piece)
            elif _theirs(piece) or verbosity >= OWN_LINES:
                self.screen.events([(in_call.words(piece), False)])

    def _run(self, piece: Piece) -> None:
        """Letters as they come: behind the caller's row, or on a new one."""
        who = speaker(piece.line)
        if piece.again or not piece.line.text:
            self.screen.events([(in_call.words(piece), True)])
            return
        self.screen.run(who, plain.piece(piece.new), plain.piece(piece.new))
        if marks := in_call.damage(piece):
            self.screen.run(who, plain.piece(marks), plain.piece(marks))
        if piece.line.finished:
            self.screen.end()

    def _name(self, call: str) -> str:
        store = self.desktop.runtime.store
        model = store.phone.calls.get(call)
        interaction = store.replica.interactions.get(model.interaction) if model is not None else None
        if interaction is not None:
            return words.who(interaction)
        return (model.remote_name or model.remote) if model is not None else _("The caller")

    # ── what is typed ──

    def switch(self, word: str) -> str:
        """`live on`, `live off`; gives why not, in words."""
        if word not in {"on", "off"}:
            return _("Say live on or live off.")
        if word == "off":
            self._leave(by_hand=True)
            return ""
        if reason := can_text(self.desktop.situation(), {}):
            return reason
        _talk, call = meant(self.desktop.situation(), {})
        self.reader.live = True
        self._left.clear()
        if self.keys and call is not None:
            self._begin(call.id)
        return ""

    def _as_chosen(self, text: CallText) -> None:
        """Live text begins by itself for who chose it, and without keys it is read so."""
        if self.desktop.choices[READ_CALL_TEXT] != LETTERS or not text.found:
            return
        if not self.keys:
            self.reader.live = text.call not in self._left
        elif not (self.call or self.screen.half or text.call in self._left):
            self.screen.answer([_("live: on. Ctrl+D ends it.")])
            self.reader.live = True
            self._begin(text.call)

    def _begin(self, call: str) -> None:
        """The keys go to a call."""
        self.call = self.screen.live = call
        self._editor = Editor()

    def feed(self, data: bytes) -> bytes:
        """Keys of live text; gives what was typed behind the key that ends it."""
        mine, ended, rest = data.partition(bytes([END]))
        for echo, finished in self._editor.feed(mine):
            match finished:
                case LineTyped(text=text):
                    self._entered(text)
                case Ended():
                    self._leave(by_hand=True)
                case None if echo:
                    self._act("text.typed", text=self._editor.text)
                    self.screen.run(_("You"), echo, plain.piece(self._editor.text))
                case None:
                    pass
            self._editor.floor = self._gone()
            self.screen.half = self._editor.text
            if not self.call:
                return rest
        if ended:
            self._leave(by_hand=True)
        return rest

    def again(self) -> None:
        """What is half typed stands on its row again after something broke in."""
        if self.call and self._editor.text:
            self.screen.run(_("You"), "", plain.piece(self._editor.text))

    def _gone(self) -> int:
        """How much of the line cannot be taken back: on a TTY all whole words."""
        text = self.desktop.runtime.store.phone.texts.get(self.call)
        if text is not None and text.carrier == RTT:
            return 0
        typed = self._editor.text
        return max((at + 1 for at, sign in enumerate(typed) if sign.isspace()), default=0)

    def _entered(self, text: str) -> None:
        """Enter ends the turn; `/ga` and `/sk` at its end are turn words."""
        self.screen.end()
        self.screen.half = ""
        self.screen.release()
        word = macro(text)[1]
        if word:  # the space before it may have gone already, and stays
            self._act("text.typed", text=text.rstrip().rpartition("/")[0])
        self._act("text.say", ending=word)

    def _act(self, action: str, **given: str) -> None:
        done = self.desktop.perform(action, {"call": self.call, **given})
        if done.reason:
            self.screen.answer([_("{verb}: not done. {why}", verb="live", why=done.reason)])

    def _leave(self, *, by_hand: bool = False) -> None:
        self._left |= set(self.desktop.runtime.store.phone.calls) if by_hand else set()
        self.reader.live = False
        self.call = self.screen.live = ""
        self.screen.half = ""
        self.screen.end()
        self.screen.release()


def _theirs(piece: Piece) -> bool:
    return piece.line.speaker != in_call.AGENT
