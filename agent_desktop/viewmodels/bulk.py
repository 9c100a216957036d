"""The same done to many conversations: what is picked, how far it is, what was refused, the way back.

Each conversation gets its own command.  Online a few are under way at a time, so that a large work does not
hold up anybody's call; offline all of them are handed over, to wait together.  What was confirmed can be
undone for ten seconds, by the commands that lead back to what was before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent_desktop.client import actions
from agent_desktop.client.inbox_acts import REOPEN, RESOLVE, bulk_macros, heard_last, understood
from agent_desktop.client.situation import Situation
from agent_desktop.client.store import Asked
from agent_desktop.client.undoing import closes, left, meanwhile, way_back
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.conversation_row import named
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.pending import is_written
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.inbox import (
    AssignConversation,
    MergeConversations,
    ReopenConversation,
    ResolveConversation,
    SnoozeConversation,
    TagConversation,
)
from agent_desktop.wire.models import ConversationModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

AT_ONCE = 8
UNDO_S = 10.0
SHOWN_REFUSED = 5
SINGLE = "single"
NO_CODE = "no_code"  # the router's word for a queue that asks how it ended


@dataclass(frozen=True, slots=True)
class BulkView:
    """The bar under the list; the view gives None while there is nothing to say.

    `fraction` runs from 0 to 1 while a work goes on and is None otherwise.  `says` is the whole in words.
    """

    picked: int
    says: str
    acts: tuple[Button, ...]  # of what is picked
    clear: Button | None
    fraction: float | None = None
    stop: Button | None = None
    undo: Button | None = None
    refused: tuple[str, ...] = ()  # a sentence each
    dismiss: Button | None = None
    tone: Tone = Tone.PLAIN


@dataclass(slots=True)
class Piece:
    """One conversation of a work."""

    title: str
    commands: deque[AnyCommand]
    before: ConversationModel | None  # None: this is already the way back
    priority: int | None = None  # of its work, before
    seen: str = ""  # the customer's last message, before
    after: ConversationModel | None = None  # as the acts leave it
    was: ConversationModel | None = None  # of a way back: what it leads back to
    asked: AnyCommand | None = None  # what is under way
    back: list[AnyCommand] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """A work on many; `ended_at` of 0 is one that goes on."""

    kind: str
    doing: str
    done: str
    pieces: deque[Piece]
    total: int
    under_way: dict[str, Piece] = field(default_factory=dict)
    finished: int = 0
    good: int = 0
    refused: list[str] = field(default_factory=list)
    back: list[Piece] = field(default_factory=list)
    ended_at: float = 0.0
    undoing: bool = False
    drafts: int = 0  # of those to be resolved: in how many words of mine are not sent
    codeless: list[str] = field(default_factory=list)  # conversations whose queue asks for a code to resolve

    @property
    def over(self) -> bool:
        return not self.pieces and not self.under_way


def begin(d: Desktop, about: tuple[ConversationModel, ...], kind: str, value: str) -> None:
    """Begin a work.  Raises `RefusedError` for a value that means nothing."""
    work = understood(d.situation(), kind, value, d.runtime.new_id)
    s = d.situation()
    pieces = deque(_piece(s, c, deque(work.make(c))) for c in about)
    drafts = sum(_leaves_words(d, piece) for piece in pieces)
    _start(d, Run(work.kind, work.doing, work.done, pieces, len(pieces), drafts=drafts))
    d.workspace.picked.clear()


def _piece(s: Situation, c: ConversationModel, commands: deque[AnyCommand]) -> Piece:
    return Piece(named(c), commands, c, priority(s, c.id), heard_last(s, c.id))


def _leaves_words(d: Desktop, piece: Piece) -> bool:
    """Whether a conversation is resolved over words of mine that are not sent."""
    resolved = any(isinstance(command, ResolveConversation) for command in piece.commands)
    me, here = d.runtime.store.replica.me.id, piece.before.id if piece.before is not None else ""
    return resolved and any(is_written(d.drafts, me, here, mode) for mode in (REPLY, NOTE))


def _start(d: Desktop, run: Run) -> None:
    d.workspace.run = run
    if run.total > 1:
        words = plural("{doing}: {n} conversation", "{doing}: {n} conversations", run.total, doing=run.doing)
        d.say(Announcement(words))
    _send(d, run)
    d.changed("inbox")


def _send(d: Desktop, run: Run) -> None:
    """Ask for as many as may be under way."""
    room = AT_ONCE if d.situation().online else run.total
    while run.pieces and len(run.under_way) < room:
        _next(d, run, run.pieces.popleft())


def _next(d: Desktop, run: Run, piece: Piece) -> None:
    """Ask for the next command of a conversation, or count it as done."""
    if not piece.commands:
        run.finished += 1
        run.good += 1
        if piece.back:
            run.back.append(_back(piece))
        return
    piece.asked = piece.commands.popleft()
    request = d.runtime.ask(piece.asked)
    run.under_way[request] = piece
    d.workspace.asking[request] = "bulk"


def asked(d: Desktop, request: str, command: AnyCommand) -> None:
    """A single act was asked for from its row: it can be undone like many."""
    s = d.situation()
    conversation = getattr(command, "conversation", "")
    before = s.store.replica.conversations.get(conversation) or s.listed.get(conversation)
    if before is None or not way_back(command, before, priority(s, conversation)):
        return
    run = d.workspace.run
    if run is None or run.kind != SINGLE or run.over:
        run = d.workspace.run = Run(SINGLE, "", _done(command), deque(), 0)
    piece = _piece(s, before, deque())
    _remember(piece, command)
    run.total += 1
    run.under_way[request] = piece
    d.changed("inbox")


def _done(command: AnyCommand) -> str:
    """What became of a single act, when it is confirmed."""
    match command:
        case ResolveConversation():
            return _("Resolved")
        case ReopenConversation():
            return _("Reopened")
        case SnoozeConversation():
            return _("Snoozed")
        case AssignConversation():
            return _("Assigned")
        case MergeConversations():
            return _("Merged")
        case TagConversation():
            return _("Tags changed")
        case _:
            return _("Done")


def _remember(piece: Piece, command: AnyCommand) -> None:
    if piece.before is not None:
        piece.back += reversed(way_back(command, piece.before, piece.priority, piece.seen))
        piece.after = left(command, piece.after or piece.before)


def _back(piece: Piece) -> Piece:
    """The way back of what was done to one conversation."""
    way = deque(reversed(piece.back))
    return Piece(piece.title, way, None, seen=piece.seen, after=piece.after, was=piece.before)


def _changed_since(s: Situation, piece: Piece) -> bool:
    """Whether a colleague or the customer did something there since: it is not undone over their heads."""
    now = s.store.replica.conversations.get(piece.was.id) if piece.was is not None else None
    if now is None or piece.was is None or piece.after is None:
        return False
    wrote = closes(piece.commands) and heard_last(s, now.id) != piece.seen
    return wrote or meanwhile(now, piece.was, piece.after, s.store.replica.me.id)


def priority(s: Situation, conversation: str) -> int | None:
    """The priority of a conversation's work, if the work is in view."""
    known = s.store.replica.interactions.values()
    return next((i.priority for i in known if conversation and i.conversation == conversation), None)


def answered(d: Desktop, ended: Asked) -> None:
    """An answer came: count it, ask for the next one, say how it went."""
    run = d.workspace.run
    piece = run.under_way.pop(ended.id, None) if run is not None else None
    if run is None or piece is None:
        return
    if ended.state == "refused":
        run.finished += 1
        run.refused.append(f"{piece.title}: {ended.message or _('That was refused.')}")
        if ended.code == NO_CODE and piece.before is not None:
            run.codeless.append(piece.before.id)
        if piece.back and run.kind != SINGLE:
            run.back.append(_back(piece))
    else:
        if run.kind != SINGLE and piece.asked is not None:
            _remember(piece, piece.asked)
        _next(d, run, piece)
    _send(d, run)
    if run.over:
        _over(d, run)
    d.changed("inbox")


def _over(d: Desktop, run: Run) -> None:
    run.ended_at = d.runtime.now
    if run.codeless:  # the next step: which code
        about = ",".join(run.codeless)
        d.perform("choose.open", {"kind": RESOLVE, "about": about})
    if run.total == 1 and run.refused and not run.back and run.kind == SINGLE:
        d.workspace.run = None  # the notice says why
        return
    said = [result(run), *run.refused[:SHOWN_REFUSED]]
    if run.back:
        keys = actions.action("bulk.undo").keys
        said.append(_("It can be undone for 10 seconds: {keys}.", keys=keys))
    d.say(Announcement(" ".join(said)))


def result(run: Run) -> str:
    """How it went, in a sentence."""
    parts = [f"{run.done}."] if run.total == 1 and run.good else []
    if run.total > 1:
        parts.append(
            plural("{done}: {n} conversation.", "{done}: {n} conversations.", run.good, done=run.done)
        )
    if run.refused:
        parts.append(plural("{n} refused.", "{n} refused.", len(run.refused)))
    if run.drafts:
        parts.append(
            plural("What you wrote in one of them is not sent: it is in Drafts.",
                   "What you wrote in {n} of them is not sent: it is in Drafts.", run.drafts)
        )  # fmt: skip
    left = run.total - run.finished
    if run.ended_at and left > 0:
        parts.append(plural("{n} left as it was.", "{n} left as they were.", left))
    return " ".join(parts)


def stop(d: Desktop) -> None:
    """Leave the rest as it is; what is under way comes to its end."""
    run = d.workspace.run
    if run is not None and not run.over:
        run.pieces.clear()
        if not run.under_way:
            _over(d, run)
        d.changed("inbox")


def cannot_undo(run: Run | None, now: float) -> str:
    """Why there is nothing to undo, in words; empty when there is."""
    if run is None or not run.back or run.undoing:
        return _("There is nothing to undo.")
    if not run.over:
        return _("It goes on still. Stop it first.")
    return _("Ten seconds have passed: it cannot be undone any more.") if now - run.ended_at > UNDO_S else ""


def undo(d: Desktop) -> None:
    """Go the way back."""
    run = d.workspace.run
    if run is None:
        return
    s = d.situation()
    refused = [_since(piece) for piece in run.back if _changed_since(s, piece)]
    pieces = deque(piece for piece in run.back if not _changed_since(s, piece))
    total = len(run.back)
    if not pieces:
        d.workspace.run = None
        d.changed("inbox")
        raise RefusedError(refused[0], code="changed")
    undoing = Run("undo", _("Undoing"), _("Undone"), pieces, total, undoing=True, refused=refused)
    undoing.finished = len(refused)
    _start(d, undoing)


def _since(piece: Piece) -> str:
    return _("{title}: it was changed since, and is left as it is.", title=piece.title)


def time_passed(d: Desktop) -> None:
    """Once a second: the way back closes, and the bar goes when it has nothing more to say."""
    run = d.workspace.run
    if run is None or not run.ended_at:
        return
    d.changed("inbox")
    if d.runtime.now - run.ended_at > UNDO_S and not run.refused:
        d.workspace.run = None


def dismiss(d: Desktop) -> None:
    """Take the result away."""
    if d.workspace.run is not None and d.workspace.run.over:
        d.workspace.run = None
        d.changed("inbox")


def bulk_view(s: Situation, run: Run | None, *, more: bool = False) -> BulkView | None:
    """The bar: a work first, then what is picked; `more`: the list has pages that are not here yet."""
    if run is not None and (not run.over or not s.picked):
        return _work_view(s, run)
    if not s.picked:
        return None
    says = plural("{n} picked", "{n} picked", len(s.picked))
    if more:
        says = _("{picked}, more are coming", picked=says)
    return BulkView(len(s.picked), says, _acts(s), button("bulk.none", s, label=_("Let go")))


def _acts(s: Situation) -> tuple[Button, ...]:
    names = ["assign", "tag", "snooze", "resolve", "reopen", "prioritise", "annotate"]
    names += ["macro"] if bulk_macros(s) else []
    labels = {"assign": _("Assign"), "tag": _("Tag"), "snooze": _("Snooze"), "prioritise": _("Priority"),
              "annotate": _("Note"), "macro": _("Macro")}  # fmt: skip
    # Whether all are resolved or open already is asked of each; the rest can be done to whatever is picked.
    told = {n: None if n in {RESOLVE, REOPEN} else "" for n in names}
    return tuple(button(f"conversation.{n}", s, label=labels.get(n, ""), reason=told[n]) for n in names)


def _work_view(s: Situation, run: Run) -> BulkView:
    if not run.over:
        says = _("{doing}: {n} of {total}", doing=run.doing or _("Sending"), n=run.finished, total=run.total)
        if not s.online:
            says = plural("{n} act waits for the server", "{n} acts wait for the server", len(run.under_way))
        fraction = run.finished / max(run.total, 1)
        stopping = button("bulk.stop", s) if run.pieces else None
        return BulkView(len(s.picked), says, (), None, fraction, stopping, refused=tuple(run.refused))
    left = UNDO_S - (s.now - run.ended_at)
    back = None
    if not cannot_undo(run, s.now):
        back = button("bulk.undo", s, label=_("Undo, {n} s", n=max(1, round(left))))
    return BulkView(
        picked=len(s.picked),
        says=result(run),
        acts=(),
        clear=None,
        undo=back,
        refused=tuple(run.refused),
        dismiss=button("bulk.dismiss", s),
        tone=Tone.WARNING if run.refused else Tone.OK,
    )
